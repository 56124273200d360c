"""Logistic regressions beside checkpoints: probabilities, and tables that are damaged."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from panmath.convert.errors import TableError
from panmath.convert.logistic import Logistic, from_table, json_table, to_table
from panmath.models.train.logistic import fitted

NAMES = ("far", "long")


def test_probability() -> None:
    assert Logistic(1.0, (2.0, 0.5)).probability((-1.0, 2.0)) == 0.5
    assert Logistic(0.0, (1.0,)).probability((math.log(3),)) == pytest.approx(0.75)
    assert 0 < Logistic(-1e9, (0.0,)).probability((0.0,)) < 1e-20


@given(st.floats(-9, 9), st.floats(-9, 9), st.floats(-9, 9))
def test_a_table_gives_the_regression_back(bias: float, one: float, other: float) -> None:
    regression = Logistic(bias, (one, other))
    assert from_table(json.loads(json.dumps(to_table(regression, NAMES))), NAMES, "x.json") == regression


def test_what_is_fitted_tells_what_it_was_fitted_to() -> None:
    rows = [(number / 10, 0.0) for number in range(-20, 20)]
    regression = fitted(rows, [row[0] > 0.3 for row in rows])
    assert regression.probability((-1.0, 0.0)) < 0.1
    assert regression.probability((1.5, 0.0)) > 0.9


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "r.json: damaged: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ("[]", "r.json: no object"),
        ("{}", "r.json: no weights of far, long: 'bias'"),
        ('{"bias": 1, "weights": {"far": 1}}', "r.json: no weights of far, long: 'long'"),
        ('{"bias": "x"}', "r.json: no weights of far, long: could not convert string to float: 'x'"),
    ],
)
def test_damaged_tables(content: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    file.write_text(content)
    with pytest.raises(TableError) as caught:
        from_table(json_table(file), NAMES, file.name)
    assert str(caught.value) == message
