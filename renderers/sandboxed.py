"""The program that sandbox.py starts: loads matplotlib, shuts itself in, runs a figure program, writes the SVG. For a
program without a figure it loads NumPy alone, and writes what it leaves in `result`.

The program comes on standard input and the SVG goes to standard output; all that the program prints goes to standard
error. What is loaded before the locks close is trusted; nothing after them is. Nothing of panmath is imported but the
locks, from the file beside this one.
"""

from __future__ import annotations

import contextlib
import json
import os
import runpy
import struct
import sys
from pathlib import Path
from typing import Any

lock = runpy.run_path(str(Path(__file__).with_name("locks.py")))["lock"]


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
        os.environ.clear()
        run(source, pyplot)
        body = drawn(pyplot)
    else:
        import numpy  # noqa: F401 (loaded before the locks close)

        level = lock(settings)
        os.environ.clear()
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
