"""The peers written in JavaScript: peers/*.mjs, run under node with what `npm ci` has put into node_modules."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

HERE = Path(__file__).parent
_BATCH = 500


def available() -> bool:
    """Whether node and the packages are there."""
    return shutil.which("node") is not None and (HERE / "node_modules").exists()


class NodePeer:
    """One peer as a running process; see peers/serve.mjs for what is said."""

    def __init__(self, script: str) -> None:
        """`script` is the name of a file in peers/ without its suffix."""
        command = ["node", "--stack-size=4000", str(HERE / "peers" / f"{script}.mjs")]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        greeting = self._read()
        self.name, self.version, self.tasks = greeting["name"], greeting["version"], greeting["tasks"]

    def __enter__(self) -> NodePeer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def run(self, task: str, texts: Sequence[str], macros: Sequence[dict[str, str]] = ()) -> list[str | Exception]:
        """For each formula what the peer makes of it, or the error it gives."""
        results: list[str | Exception] = []
        for start in range(0, len(texts), _BATCH):
            end = start + _BATCH
            answer = self._ask({"do": task, "tex": texts[start:end], "macros": macros[start:end]})
            results += (item["value"] if "value" in item else ValueError(item["error"]) for item in answer["results"])
        return results

    def seconds(self, task: str, texts: Sequence[str]) -> float:
        """CPU seconds that the peer takes for the formulas, its own threads included."""
        return float(self._ask({"time": task, "tex": texts})["seconds"])

    def _ask(self, request: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{' '.join(map(str, self._process.args))} ended with {self._process.wait()}")  # type: ignore[arg-type]
        return json.loads(line)
