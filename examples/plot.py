"""Plots a formula and shows the program for it: `echo 'y = \\frac{1}{x}' | python examples/plot.py`."""

import sys

from panmath.convert import convert

formula = sys.stdin.read().strip()
print(convert(formula, "description", source="tex").text)
print(convert(formula, "pyplot", source="tex").text)
