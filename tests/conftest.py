"""What all tests share: hypothesis profiles and the checkout's folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Hypothesis measures time, and a shared machine is slow at times; a test must not fail for that.
# The gate tries the same examples each time; `pytest --hypothesis-profile default` looks for new ones.
settings.register_profile(
    "gate", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("gate")


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The folder with pyproject.toml."""
    return Path(__file__).parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--accept` writes expected results anew."""
    parser.addoption("--accept", action="store_true", help="write the expected results of case files anew")
