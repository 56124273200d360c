"""The program that `confinement` starts before another one: closes the locks, and becomes that one.

``confined.py SETTINGS COMMAND…``: settings are those of `locks.lock`, with `threads` where the command needs some.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
from pathlib import Path


def main() -> None:
    """Does not return."""
    settings, command = json.loads(sys.argv[1]), sys.argv[2:]
    runpy.run_path(str(Path(__file__).with_name("locks.py")))["lock"](settings, True, settings["threads"])
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
