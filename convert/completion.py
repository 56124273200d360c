"""Completion scripts for bash, zsh and fish, made from the lists of formats, options and commands.

The scripts hold the words themselves and never run panmath, so that completion is instant.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .edges import EDGES
from .formats import names as format_names
from .options import COMMANDS, FLAGS, OPTIONS, lookup

SHELLS = ("bash", "zsh", "fish")
LANGUAGES = lookup("language").choices


def script(shell: str) -> str:
    """The script for one of `SHELLS`."""
    flags = tuple(_flags())
    return {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell](flags)


@dataclass(frozen=True, slots=True)
class _Flag:
    """`values`: the words that may follow; None where no value does, empty where it is a file or free."""

    names: tuple[str, ...]
    help: str
    values: tuple[str, ...] | None


def _flags() -> Iterator[_Flag]:
    formats = {"--from": {edge.source for edge in EDGES}, "--to": {edge.target for edge in EDGES}}
    for flag in FLAGS:
        values = tuple(sorted(formats.get(flag.names[-1], ())))
        yield _Flag(flag.names, flag.help, values if flag.metavar else None)
    for option in OPTIONS:
        yield _Flag(option.flags, option.help, None if option.kind == "flag" else option.choices)


def _bash(flags: tuple[_Flag, ...]) -> str:
    names = " ".join(name for flag in flags for name in flag.names)
    cases = "\n".join(
        f'        {"|".join(flag.names)}) COMPREPLY=($(compgen -W "{" ".join(flag.values)}" -- "$word")); return ;;'
        for flag in flags
        if flag.values
    )
    return f"""\
# bash completion for panmath: eval "$(panmath completion bash)"
_panmath() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}}
    case $before in
{cases}
    esac
    case ${{COMP_WORDS[1]}} in
        routes) COMPREPLY=($(compgen -W "{" ".join(format_names())}" -- "$word")); return ;;
        voices) COMPREPLY=($(compgen -W "{" ".join(LANGUAGES)}" -- "$word")); return ;;
        completion) COMPREPLY=($(compgen -W "{" ".join(SHELLS)}" -- "$word")); return ;;
    esac
    case $word in
        -*) COMPREPLY=($(compgen -W "{names}" -- "$word")) ;;
        *) COMPREPLY=($(compgen -f -- "$word"))
           if [[ $COMP_CWORD -eq 1 ]]; then
               COMPREPLY+=($(compgen -W "{" ".join(COMMANDS)}" -- "$word"))
           fi ;;
    esac
}}
complete -o filenames -F _panmath panmath
"""


def _zsh(flags: tuple[_Flag, ...]) -> str:
    lines = [_zsh_flag(flag, name) for flag in flags for name in flag.names]
    described = " ".join(f"'{name}:{_escaped(text)}'" for name, (_, text) in COMMANDS.items())
    body = " \\\n        ".join(lines)
    return f"""\
#compdef panmath
# zsh completion for panmath: panmath completion zsh > a file named _panmath in a directory of $fpath
_panmath() {{
    case $words[2] in
        routes) _values format {" ".join(format_names())}; return ;;
        voices) _values language {" ".join(LANGUAGES)}; return ;;
        completion) _values shell {" ".join(SHELLS)}; return ;;
    esac
    if (( CURRENT == 2 )); then
        local -a commands=({described})
        _describe command commands
    fi
    _arguments -s \\
        {body} \\
        '*:file:_files'
}}
if [[ $funcstack[1] == _panmath ]]; then _panmath "$@"; else compdef _panmath panmath; fi
"""


def _zsh_flag(flag: _Flag, name: str) -> str:
    others = " ".join(flag.names)
    head = f"'({others}){name}[{_escaped(flag.help)}]"
    if flag.values is None:
        return head + "'"
    return f"{head}:value:({' '.join(flag.values)})'" if flag.values else f"{head}:value:_files'"


def _fish(flags: tuple[_Flag, ...]) -> str:
    lines = ["# fish completion for panmath: panmath completion fish | source"]
    lines += [
        f"complete -c panmath -n __fish_use_subcommand -a {name} -d '{_escaped(text)}'"
        for name, (_, text) in COMMANDS.items()
    ]
    lines += [
        f"complete -c panmath -n '__fish_seen_subcommand_from routes' -f -a '{' '.join(format_names())}'",
        f"complete -c panmath -n '__fish_seen_subcommand_from voices' -f -a '{' '.join(LANGUAGES)}'",
        f"complete -c panmath -n '__fish_seen_subcommand_from completion' -f -a '{' '.join(SHELLS)}'",
    ]
    return "\n".join((*lines, *map(_fish_flag, flags))) + "\n"


def _fish_flag(flag: _Flag) -> str:
    names = " ".join(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in flag.names)
    value = "" if flag.values is None else f" -x -a '{' '.join(flag.values)}'" if flag.values else " -r"
    return f"complete -c panmath {names}{value} -d '{_escaped(flag.help)}'"


def _escaped(text: str) -> str:
    """Help text inside single quotes, where zsh gives brackets and colons a meaning."""
    for char in "[]:":
        text = text.replace(char, f"\\{char}" if char != ":" else " -")
    return text.replace("'", "’").replace("\\n", " ")
