"""A TeX installation as an engine: latex, and dvisvgm after it.

TeX is a programming language, so that it runs shut in: without shell escape, with openin_any and openout_any paranoid,
in an empty folder with its own environment, and with what `confinement` has. dvisvgm obeys no
PostScript.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path
from time import monotonic
from typing import Final

from ...convert.errors import EdgeError, MissingExtraError, UnsupportedError
from ...convert.source import Source
from ..confinement import Answer, Limits, ask, shut_in
from .document import Document

PROGRAMS: Final = ("latex", "dvisvgm")
_TREES: Final = (
    "/usr/share/texlive", "/usr/share/texmf", "/usr/share/texmf-dist", "/var/lib/texmf", "/etc/texmf",
    "/usr/local/share/texmf", "/usr/share/ghostscript", "/var/lib/ghostscript", "/usr/share/color", "/usr/share/fonts",
    "/etc/fonts",
)  # fmt: skip
_SPECIALS: Final = "ps,pdf,html"
"""What dvisvgm must not obey: PostScript is a language, pdf specials name files, html specials link to the outside.
dvisvgm 3.0 forgets a list of more than 15 characters."""
_FAILURE: Final = re.compile(r"^(?:\S*:\d+): (.*)$|^! (.*)$", re.MULTILINE)


def installed() -> bool:
    """Whether both programs are there."""
    return all(shutil.which(name) for name in PROGRAMS)


def draw(figure: Document, source: Source, timeout: float) -> str:
    """The SVG of the first page, letters as outlines. MissingExtraError, UnsupportedError (TeX refuses), EdgeError."""
    if not installed():
        raise MissingExtraError(
            "drawing with TeX needs latex and dvisvgm, which are not both installed; TeX Live has them (on Debian: "
            "apt install texlive-pictures dvisvgm)"
        )
    until = monotonic() + timeout
    with tempfile.TemporaryDirectory(prefix="panmath-tex-") as folder:
        Path(folder, "figure.tex").write_text(_text(figure), encoding="utf-8")
        arguments = ["-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error", "-file-line-error", "figure.tex"]
        log = _run("latex", arguments, folder, timeout)
        if log.code != 0 or not Path(folder, "figure.dvi").is_file():
            raise UnsupportedError(_refusal(log, source))
        left = max(0.1, until - monotonic())
        arguments = ["--no-fonts", "--page=1", "--bbox=min", f"--no-specials={_SPECIALS}", "--stdout", "figure.dvi"]
        drawn = _run("dvisvgm", arguments, folder, left)
    if drawn.code != 0 or not drawn.output.strip():
        raise EdgeError(f"dvisvgm failed: {drawn.last_words}", drawn.said)
    return drawn.output.decode("utf-8", "replace")


def _text(figure: Document) -> str:
    """The document for pgf's driver that writes SVG."""
    options = ",".join(option for option in figure.options if option)
    return (
        f"\\def\\pgfsysdriver{{pgfsys-dvisvgm.def}}\\documentclass[{options}]{{standalone}}"
        f"\\usepackage{{tikz}}{figure.preamble}\\begin{{document}}{figure.body}\\end{{document}}\n"
    )


def _run(program: str, arguments: list[str], folder: str, timeout: float) -> Answer:
    path = shutil.which(program)
    assert path is not None
    limits = Limits(timeout, files=256)
    command = shut_in([path, *arguments], folder, _readable(path), limits)
    return ask(command, b"", folder, _environment(folder, path), limits, program)


def _readable(path: str) -> list[str]:
    """The program itself, and the trees of the distribution that it belongs to."""
    real = Path(path).resolve()
    own = [str(parent) for parent in real.parents if (parent / "texmf-dist").is_dir()]
    return [str(real), path, *own, *(tree for tree in _TREES if os.path.exists(tree))]


def _environment(folder: str, path: str) -> dict[str, str]:
    own = dict.fromkeys(("HOME", "TMPDIR", "TEXMFHOME", "TEXMFVAR", "TEXMFCONFIG", "TEXMFOUTPUT"), folder)
    never = dict.fromkeys(("MKTEXPK", "MKTEXTFM", "MKTEXMF", "MKTEXFMT", "MKTEXTEX"), "0")
    return {
        **own, **never, "PATH": str(Path(path).parent), "openin_any": "p", "openout_any": "p", "shell_escape": "f",
        "max_print_line": "1000", "SOURCE_DATE_EPOCH": "0", "LC_ALL": "C.UTF-8",
    }  # fmt: skip


def _refusal(log: Answer, source: Source) -> str:
    """What TeX complains of first."""
    found = _FAILURE.search(log.output.decode("utf-8", "replace"))
    said = (found[1] or found[2]).strip()[:200] if found is not None else log.last_words
    return f"{source.name}: TeX refuses it: {said}"
