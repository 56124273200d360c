"""SimpleSpeak, MathCAT's style that says where things end."""

from __future__ import annotations

from ...errors import Losses
from ...nodes import Node
from . import mathcat
from .said import Spoken, Voice


def phrases(node: Node, voice: Voice, losses: Losses) -> list[Spoken]:
    """The phrases in order. Of ClearSpeak's preferences those mean something that MathCAT asks for in all styles."""
    return mathcat.phrases(node, voice, losses, "simple")
