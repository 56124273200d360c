"""Programs for formulas: run shut in, and compared with what SymPy says."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, ClassVar, Final, NamedTuple

from ...convert.errors import EdgeError, PanmathError
from ...renderers import sandbox
from .. import formulas, symbolic
from ..sample import Reject, Sample, Unfit, failed, left_out
from ..step import Step

_TOGETHER: Final = 32
"""Programs that run in one process; if it fails, each runs in its own."""
_POINTS: Final = 8
_ENOUGH: Final = 3
"""Points at which both have a value, so that the program is believed."""
_CLOSE: Final = 1e-6


class _Case(NamedTuple):
    """A sample, its program and the points with the values that are expected."""

    sample: Sample
    program: str
    points: list[list[float]]
    expected: list[float]


@dataclass(frozen=True)
class Execute(Step):
    """Runs the Python function in the column `python` at random points and keeps it if SymPy gets the same from the
    formula in `column`.

    Columns: `arguments`, the names of what it takes; `conditions`, where it was tried; `checks`, some arguments with
    the value.
    """

    name: ClassVar[str] = "execute"
    column: str = "tex"
    python: str = "python"
    seed: int = 0
    timeout: float = 20.0

    def __call__(self, samples: Iterable[Sample], rejects: list[Reject]) -> Iterator[Sample]:
        """The samples whose program is right."""
        remaining = iter(samples)
        while batch := list(islice(remaining, _TOGETHER)):
            cases = [case for sample in batch if (case := self._prepared(sample, rejects)) is not None]
            for case, values in zip(cases, self._run(cases), strict=True):
                try:
                    yield _checked(case, values)
                except Unfit as reason:
                    rejects.append(left_out(case.sample, self.name, reason))
                except PanmathError as error:
                    rejects.append(failed(case.sample, self.name, error))

    def _prepared(self, sample: Sample, rejects: list[Reject]) -> _Case | None:
        try:
            return self._case(sample)
        except Unfit as reason:
            rejects.append(left_out(sample, self.name, reason))
        except PanmathError as error:
            rejects.append(failed(sample, self.name, error))
        return None

    def _case(self, sample: Sample) -> _Case:
        program = formulas.text(sample, self.python)
        arguments = _arguments(program)
        enough = _ENOUGH if arguments else 1
        value = symbolic.expression(formulas.tree(sample, self.column))
        sympy = symbolic.package()
        if isinstance(value, sympy.Eq):
            value = value.rhs
        if not isinstance(value, sympy.Expr):
            raise Unfit("no expression")
        names = {symbol.name: symbol for symbol in value.free_symbols}
        unknown = [name for name in names if name not in arguments and f"{name}_" not in arguments]
        if unknown:
            raise Unfit("its arguments are not the formula's symbols")
        random = sample.chance(self.seed, self.name)
        points, expected = list[list[float]](), list[float]()
        for _ in range(_POINTS if arguments else 1):
            point = [random.randint(1, 300) / 100 for _ in arguments]
            at = {
                names[name]: value
                for name, value in zip((a.removesuffix("_") for a in arguments), point, strict=True)
                if name in names
            }
            found = symbolic.value_at(value, at)
            if found is not None and abs(found.imag) < 1e-12:
                points.append(point)
                expected.append(found.real)
        if len(points) < enough:
            raise Unfit("no real values at the points that were tried")
        conditions = f"{', '.join(arguments)} real, from 0 to 3" if arguments else "none"
        sample.fields |= {"arguments": arguments, "conditions": conditions}
        return _Case(sample, program, points, expected)

    def _run(self, cases: list[_Case]) -> list[list[float | None] | PanmathError]:
        """For each case the values, or what went wrong."""
        if not cases:
            return []
        try:
            found: list[list[float | None] | PanmathError] = json.loads(
                sandbox.evaluate(_program(cases), timeout=self.timeout)
            )
            return found
        except EdgeError as error:
            return [error] if len(cases) == 1 else [self._run([case])[0] for case in cases]


def _arguments(program: str) -> list[str]:
    """What the one function of the program takes."""
    functions = [node for node in ast.walk(ast.parse(program)) if isinstance(node, ast.FunctionDef | ast.Lambda)]
    if not functions:
        raise Unfit("no function")
    body = functions[0].body
    value = body[-1].value if isinstance(body, list) and isinstance(body[-1], ast.Return) else body
    if isinstance(value, ast.Compare | ast.BoolOp):
        raise Unfit("a condition and no value")
    return [argument.arg for argument in functions[0].args.args]


def _program(cases: list[_Case]) -> str:
    """A program that works all cases out, a function and its points each."""
    lines = ["import numpy", "result = []", "numpy.seterr(all='ignore')"]
    for case in cases:
        source, name = case.program, "f"
        if isinstance(ast.parse(source).body[0], ast.Expr):
            source = f"f = {source}"
        else:
            name = next(node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef))
        lines += [source, "values = []", f"for point in {case.points!r}:", "    try:"]
        lines += [
            f"        values.append(float({name}(*point)))",
            "    except Exception:",
            "        values.append(None)",
        ]
        lines += ["result.append(values)"]
    return "\n".join(lines)


def _checked(case: _Case, values: list[float | None] | PanmathError) -> Sample:
    if isinstance(values, PanmathError):
        raise values
    checks: list[dict[str, Any]] = []
    for point, expected, value in zip(case.points, case.expected, values, strict=True):
        if value is None or not abs(value - expected) <= _CLOSE * max(1.0, abs(expected)):
            raise Unfit("another value than SymPy's")
        checks.append({"arguments": point, "value": value})
    case.sample.fields["checks"] = checks[:_ENOUGH]
    return case.sample
