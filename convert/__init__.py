r"""Mathematics from any of its forms into any other.

>>> convert(r"\frac{a}{b}", to="unicode").value
'a/b'

Three verbs and the types that they take and give. Everything else is imported by its module path.
"""

from __future__ import annotations

from .errors import (
    CheckpointError,
    EdgeError,
    InputError,
    Loss,
    MissingExtraError,
    NoRouteError,
    OptionError,
    OutputError,
    PanmathError,
    ParseError,
    TableError,
    UnsupportedError,
    UnverifiedError,
)
from .nodes import Node
from .pipeline import Blob, Pipeline, convert, read, write
from .result import Alternative, Hop, Result, Verification
from .source import Source

__all__ = [
    "Alternative",
    "Blob",
    "CheckpointError",
    "EdgeError",
    "Hop",
    "InputError",
    "Loss",
    "MissingExtraError",
    "NoRouteError",
    "Node",
    "OptionError",
    "OutputError",
    "PanmathError",
    "ParseError",
    "Pipeline",
    "Result",
    "Source",
    "TableError",
    "UnsupportedError",
    "UnverifiedError",
    "Verification",
    "convert",
    "read",
    "write",
]


def __getattr__(name: str) -> str:
    # The version is looked up when it is asked for: that takes longer than importing all of the above.
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib.metadata import version

    return version("panmath")
