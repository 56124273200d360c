"""Logistic regression, for what turns scores into probabilities."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from panmath.convert.logistic import Logistic

_PENALTY = 1e-3


def fitted(rows: Sequence[Sequence[float]], truth: Sequence[bool]) -> Logistic:
    """The regression with the greatest likelihood, lightly penalised. `rows` are (examples, features)."""
    features = torch.tensor(rows, dtype=torch.float64)
    wanted = torch.tensor(truth, dtype=torch.float64)
    weights = torch.zeros(features.shape[1] + 1, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([weights], max_iter=200)

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        logits = features @ weights[1:] + weights[0]
        error = torch.nn.functional.binary_cross_entropy_with_logits(logits, wanted)
        value: torch.Tensor = error + _PENALTY * weights[1:].square().sum()
        value.backward()
        return value

    optimiser.step(loss)
    bias, *rest = weights.tolist()
    return Logistic(bias, tuple(rest))
