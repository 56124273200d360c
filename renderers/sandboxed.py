"""The program that sandbox.py starts: loads matplotlib, shuts itself in, runs a figure program, writes the SVG. For a
program without a figure it loads NumPy alone, and writes what it leaves in `result`.

The program comes on standard input and the SVG goes to standard output; all that the program prints goes to standard
error. What is loaded before the locks close is trusted; nothing after them is. Nothing of panmath is imported.

Landlock (Linux 5.13) takes away the files, seccomp the network, new processes and what Landlock leaves open (changing
the owner, mode or times of files), rlimits the rest. Numbers of system calls are those of the kernel's tables.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import platform
import struct
import sys
from typing import Any

# x86_64 and aarch64: numbers of what a figure never needs.
DENIED = {
    "x86_64": (
        0xC000003E,
        """
        29 41 42 43 49 50 53 56 57 58 59 62 76 90 91 92 93 94 101 132 133 135 136 153 154 155 159 160 161
        163 164 165 166 167 168 169 170 171 172 173 175 176 188 189 190 197 198 199 200 206 235 240 246 248
        249 250 256 259 260 261 268 272 279 280 288 298 300 303 304 308 310 311 312 313 317 319 320 321 322
        323 325 424 425 426 427 428 429 430 431 432 433 434 435 438 442 447 452
        """,
    ),
    "aarch64": (
        0xC00000B7,
        """
        5 6 7 14 15 16 33 39 40 41 45 51 52 53 54 55 58 60 88 89 92 97 104 105 106 112 117 129 130 142 161
        162 170 171 180 194 198 199 200 201 202 203 217 218 219 220 221 224 225 239 241 242 262 264 265 266
        268 270 271 272 273 277 279 280 281 282 294 424 425 426 427 428 429 430 431 432 433 434 435 438 442
        447 452
        """,
    ),
}
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, PR_SET_DUMPABLE = 38, 22, 4
LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 444, 445, 446


def main() -> None:
    """Loads, locks, runs, answers."""
    settings = json.loads(sys.argv[1])
    source = sys.stdin.buffer.read().decode("utf-8")
    answer = os.dup(1)
    os.dup2(2, 1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    if settings["wanted"] == "figure":
        pyplot = load()
        level = lock(settings)
        run(source, pyplot)
        body = drawn(pyplot)
    else:
        import numpy  # noqa: F401 (loaded before the locks close)

        level = lock(settings)
        body = evaluated(source)
    head = json.dumps({"level": level}).encode()
    with os.fdopen(answer, "wb") as stream:
        stream.write(struct.pack(">I", len(head)) + head + body)


def load() -> Any:
    """Everything that a drawing loads late, loaded now."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.fonttype"] = "none"
    matplotlib.rcParams["svg.hashsalt"] = "panmath"
    import io

    import matplotlib.patches
    import matplotlib.pyplot as plt
    import numpy.random  # noqa: F401 (loaded before the locks close)

    figure, axes = plt.subplots()
    axes.plot([0, 1], [0, 1], label="a")
    axes.set_title("a $b$")
    axes.legend()
    figure.savefig(io.BytesIO(), format="svg")
    plt.close(figure)
    return plt


def lock(settings: dict[str, Any]) -> str:
    """Closes the locks; the level that was reached, or SystemExit where it is less than was asked for."""
    limit(settings)
    if settings["level"] != "landlock+seccomp":
        return str(settings["level"])
    libc = ctypes.CDLL(None, use_errno=True)
    landlock(libc, settings["readable"])
    seccomp(libc)
    return "landlock+seccomp"


def limit(settings: dict[str, Any]) -> None:
    import resource

    for what, value in (
        (resource.RLIMIT_AS, settings["memory"]),
        (resource.RLIMIT_CPU, settings["seconds"]),
        (resource.RLIMIT_FSIZE, settings["disk"]),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        resource.setrlimit(what, (value, value))
    for name in list(os.environ):
        del os.environ[name]


def landlock(libc: Any, readable: list[str]) -> None:
    """Files may be read in the folders where Python and its packages are, and nothing may be written anywhere."""
    version = libc.syscall(LANDLOCK_CREATE, None, 0, 1)
    if version < 1:
        raise SystemExit("Landlock is not there")
    rights = (1 << (13 if version == 1 else 14 if version == 2 else 15 if version < 5 else 16)) - 1
    net = 3 if version >= 4 else 0
    scope = 3 if version >= 6 else 0
    attributes = struct.pack("<QQQ", rights, net, scope)
    size = 8 if version < 4 else 16 if version < 6 else 24
    rules = libc.syscall(LANDLOCK_CREATE, attributes[:size], size, 0)
    if rules < 0:
        raise SystemExit("Landlock takes no rules")
    for folder in readable:
        try:
            at = os.open(folder, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue
        allowed = 0b1100 if os.path.isdir(folder) else 0b100  # read files, list folders
        libc.syscall(LANDLOCK_ADD, rules, 1, struct.pack("<Qi", allowed, at), 0)
        os.close(at)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 or libc.syscall(LANDLOCK_RESTRICT, rules, 0) != 0:
        raise SystemExit("Landlock could not be turned on")
    os.close(rules)


def seccomp(libc: Any) -> None:
    """System calls of the list fail with EPERM; those of another architecture end the process."""
    architecture, numbers = DENIED[platform.machine()]
    calls = [int(number) for number in numbers.split()]
    program = [(0x20, 0, 0, 4), (0x15, 1, 0, architecture), (0x06, 0, 0, 0x80000000), (0x20, 0, 0, 0)]
    # The x32 calls of x86_64 go around the list.
    program += [(0x35, 0, 1, 0x40000000), (0x06, 0, 0, 0x80000000)]
    for call in calls:
        program += [(0x15, 0, 1, call), (0x06, 0, 0, 0x00050000 | 1)]
    program.append((0x06, 0, 0, 0x7FFF0000))
    code = b"".join(struct.pack("<HBBI", *line) for line in program)
    buffer = ctypes.create_string_buffer(code, len(code))
    header = struct.pack("<HxxxxxxQ", len(program), ctypes.addressof(buffer))
    if libc.prctl(PR_SET_SECCOMP, 2, header, 0, 0) != 0:
        raise SystemExit("seccomp could not be turned on")


def run(source: str, pyplot: Any) -> None:
    """Runs the program. Saving and showing do nothing: the figures are drawn when it has ended."""
    from matplotlib.figure import Figure

    kept: list[Any] = []

    def keep(figure: Any, *_: object, **__: object) -> None:
        if all(figure is not other for other in kept):
            kept.append(figure)

    draw = Figure.savefig
    Figure.savefig = keep  # type: ignore[method-assign, assignment]
    pyplot.show = lambda *_, **__: None
    close = pyplot.close
    pyplot.close = lambda *_, **__: None
    names = {"__name__": "__main__", "__file__": "<figure>"}
    try:
        with contextlib.suppress(SystemExit):
            exec(compile(source, "<figure>", "exec"), names)
    finally:
        Figure.savefig, pyplot.close = draw, close  # type: ignore[method-assign]


def evaluated(source: str) -> bytes:
    """What the program leaves in `result`, as JSON."""
    names: dict[str, Any] = {"__name__": "__main__", "__file__": "<program>"}
    exec(compile(source, "<program>", "exec"), names)
    return json.dumps(names.get("result")).encode()


def drawn(pyplot: Any) -> bytes:
    """The first figure as SVG, its labels as text, formulas word for word."""
    import io

    from matplotlib.text import Text

    numbers = pyplot.get_fignums()
    if not numbers:
        raise SystemExit("the program makes no figure")
    figure = pyplot.figure(numbers[0])
    figure.canvas.draw()
    for text in figure.findobj(Text):
        text.set_parse_math(False)
    stream = io.BytesIO()
    figure.savefig(stream, format="svg", metadata={"Date": None})
    return stream.getvalue()


if __name__ == "__main__":
    main()
