"""A run that is killed again and again, and is whole in the end.

python examples/killed.py
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

FORMULAS = [rf"\frac{{x^{{{number}}}}}{{{number}!}}" for number in range(600)]
TIMES = 3


def command(folder: Path, out: str) -> list[str]:
    """The command that is run: English words and MathML for each formula, in shards of 100."""
    program = [sys.executable, "-m", "panmath.convert", "batch", str(folder / "formulas.txt"), "-f", "tex"]
    return [*program, "-t", "spoken.en", "-t", "mathml", "--shard-size", "100", "-q", "-o", str(folder / out)]


def shards(folder: Path) -> int:
    """How many are done."""
    return len(list((folder / "killed" / "markers").glob("*.json")))


def main() -> None:
    """Runs once undisturbed and once not, and compares."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "formulas.txt").write_text("\n".join(FORMULAS), "utf-8")
        subprocess.run(command(folder, "undisturbed"), check=True)
        for number in range(1, TIMES + 1):
            process = subprocess.Popen(command(folder, "killed"), stderr=subprocess.DEVNULL)
            while shards(folder) < number and process.poll() is None:
                time.sleep(0.005)
            process.kill()
            process.wait()
            print(f"killed when {shards(folder)} of {len(FORMULAS) // 100} shards were done")
        subprocess.run(command(folder, "killed"), check=True)
        files = [path.relative_to(folder / "killed") for path in (folder / "killed").rglob("*") if path.is_file()]
        same = all(
            (folder / "killed" / file).read_bytes() == (folder / "undisturbed" / file).read_bytes() for file in files
        )
        lines = sum(len(path.read_bytes().splitlines()) for path in (folder / "killed" / "data").iterdir())
        print(f"{lines} records in the end, {'to the byte as' if same else 'and not as'} undisturbed")


if __name__ == "__main__":
    main()
