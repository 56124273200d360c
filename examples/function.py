r"""Evaluates a formula on an array: LaTeX → a Python function.

python examples/function.py 'e^{-x^2/2}' 0 0.5 1
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy
from panmath.convert import PanmathError, convert


def function(tex: str) -> Callable[..., Any]:
    """The formula as a function of its free variables, in alphabetical order."""
    made: Callable[..., Any] = eval(convert(tex, to="python", source="tex").value, {"numpy": numpy})
    return made


if __name__ == "__main__":
    try:
        print(function(sys.argv[1])(numpy.array(sys.argv[2:], dtype=float)))
    except PanmathError as error:
        sys.exit(str(error))
