r"""Evaluates a formula on an array: LaTeX → a Python function.

python examples/function.py 'e^{-x^2/2}' 0 0.5 1
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from panmath.convert import PanmathError, convert


def function(tex: str) -> Callable[..., Any]:
    """The formula as a function of its free variables, in alphabetical order."""
    names: dict[str, Any] = {}
    exec(convert(tex, to="python", source="tex").value, names)
    made: Callable[..., Any] = names["f"]
    return made


if __name__ == "__main__":
    try:
        print(function(sys.argv[1])(np.array(sys.argv[2:], dtype=float)))
    except PanmathError as error:
        sys.exit(str(error))
