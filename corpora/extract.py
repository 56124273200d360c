"""`panmath extract`: mathematics out of what it is published in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module

from ..convert.errors import MissingExtraError, OptionError

KINDS: Mapping[str, tuple[str, str]] = {
    "html": ("html_command", "web pages, as files, in folders or in WARC archives, to Markdown with LaTeX"),
    "tex": ("papers.command", "papers in TeX, as files, in folders or in archives of arXiv, to formulas in context"),
}
"""What is read: the module with its command, and what the command does."""


def extract(arguments: Sequence[str]) -> int:
    """Run the command for a kind of document; returns the exit status."""
    kind, *rest = arguments or ("--help",)
    if kind in ("-h", "--help"):
        lines = "".join(f"  panmath extract {name:<6} {text}\n" for name, (_, text) in KINDS.items())
        print(
            f"usage: panmath extract KIND [OPTION…] [FILE…]\n\nkinds:\n{lines}\npanmath extract KIND --help tells more."
        )
        return 0
    if kind not in KINDS:
        raise OptionError(f"extract reads {', '.join(KINDS)}, not {kind!r}; panmath extract --help shows what there is")
    try:
        run: Callable[[Sequence[str]], int] = import_module(f".{KINDS[kind][0]}", __package__).run
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("panmath"):
            raise
        raise MissingExtraError(
            f'reading {kind} needs {error.name}, which is not installed: pip install "panmath[corpora]"'
        ) from error
    return run(rest)
