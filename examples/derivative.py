r"""Differentiates a formula: LaTeX → SymPy → LaTeX.

python examples/derivative.py '\frac{\sin x}{x}' x
"""

from __future__ import annotations

import sys

import sympy
from panmath.convert import PanmathError, convert, read
from panmath.convert.writers.sympy import to_sympy


def derivative(tex: str, variable: str) -> str:
    """The derivative by the variable, simplified, as LaTeX."""
    expression = to_sympy(read(tex))
    answer: str = convert(sympy.simplify(expression.diff(sympy.Symbol(variable))), to="tex").value
    return answer


if __name__ == "__main__":
    try:
        print(derivative(*sys.argv[1:3]))
    except PanmathError as error:
        sys.exit(str(error))
