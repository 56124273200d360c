"""The folder that a run writes: shards that are whole or not there, and a marker for each that is done.

    data/SPLIT-NUMBER.SUFFIX    the records
    failed/NUMBER.jsonl         those on which a step failed: id, step, error and the record
    left_out/NUMBER.jsonl       those that a step left out on purpose, with the reason
    markers/NUMBER.json         what a shard has: its files with checksums, its counts
    run.json                    what is being run on what; another run does not go into the same folder
    manifest.json, README.md    when all is done: everything about the data, and the card

A shard is written aside, its files get their names one by one, and its marker comes last. So after a kill at any moment
a shard has its marker, and is whole, or has none, and is made again, to the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, cast

from ..convert.errors import OptionError, OutputError
from .outputs import Output, json_line
from .sample import Reject
from .stage import Chunk

MARKERS, DATA, FAILED, LEFT_OUT = "markers", "data", "failed", "left_out"
RUN, MANIFEST, CARD = "run.json", "manifest.json", "README.md"
STATE = ".state"


@contextmanager
def writing(path: Path, begun: bool = True) -> Iterator[None]:
    """Turns what the system says about files into an OutputError that names the folder and, where the run has begun,
    says that it can go on.
    """
    try:
        yield
    except OSError as error:
        hint = "; run the same command again to go on" if begun else ""
        raise OutputError(f"{error.filename or path}: {error.strerror or error}{hint}") from error


class Folder:
    """The folder of a run. `part` tells several machines that write into it apart."""

    def __init__(self, path: Path, part: str = "") -> None:
        self.path = path
        self.state = path / STATE
        self._aside = self.state / f"aside{part}"
        self._lock: BinaryIO | None = None
        self._part = part

    def open(self, run: Mapping[str, Any]) -> None:
        """Makes the folder, or takes up what was begun there. OptionError if that was another run, or no run at all."""
        if self.run() is None and (foreign := next(self._foreign(), None)):
            raise OptionError(f"{self.path} holds other things, such as {foreign}; choose a new or empty folder")
        with writing(self.path, begun=False):
            for name in (MARKERS, DATA, STATE):
                (self.path / name).mkdir(parents=True, exist_ok=True)
            self._take_lock()
            shutil.rmtree(self._aside, ignore_errors=True)
            self._aside.mkdir()
            before = self.run()
            if before is None:
                self.write(RUN, pretty(run), begun=False)
            elif different := _different(before, run):
                raise OptionError(
                    f"{self.path} holds another run, with other {', '.join(different)}; "
                    "choose another folder, or remove it"
                )

    def close(self) -> None:
        """Removes what is of use only while it is written, and lets others write into it."""
        if self._lock is None:
            return
        shutil.rmtree(self._aside, ignore_errors=True)
        if self.manifest() is not None:
            for path in self.state.iterdir():
                if path.is_dir() and not path.name.startswith("aside"):
                    shutil.rmtree(path, ignore_errors=True)
                elif path.is_file() and not path.name.startswith("lock"):
                    path.unlink(missing_ok=True)
        (self.state / f"lock{self._part}").unlink(missing_ok=True)
        self._lock.close()
        with suppress(OSError):  # something is left for the next time, or other machines are still there
            self.state.rmdir()

    def _foreign(self) -> Iterator[str]:
        """What no run has put there, before it says that it is one."""
        for path in self.path.iterdir() if self.path.is_dir() else ():
            if path.name not in (MARKERS, DATA, STATE) or (path.name == DATA and any(path.iterdir())):
                yield path.name

    def _take_lock(self) -> None:
        lock = (self.state / f"lock{self._part}").open("wb")
        with suppress(ModuleNotFoundError):  # Windows has none
            import fcntl

            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                lock.close()
                raise OptionError(f"{self.path}: another run writes into it at this moment") from error
        self._lock = lock

    def run(self) -> dict[str, Any] | None:
        """What is being run here, None where nothing is."""
        return _json(self.path / RUN)

    def manifest(self) -> dict[str, Any] | None:
        """The manifest, None as long as the run is not finished."""
        return _json(self.path / MANIFEST)

    def marker(self, shard: int) -> dict[str, Any] | None:
        """The marker of a shard, None where it is not done."""
        return _json(self.path / MARKERS / f"{shard:05d}.json")

    def markers(self) -> Iterator[dict[str, Any]]:
        """Those of all shards that are done."""
        for path in sorted((self.path / MARKERS).glob("*.json")):
            found = _json(path)
            if found is not None:
                yield found

    def write(self, name: str, data: bytes, begun: bool = True) -> None:
        """A whole file, or none."""
        with writing(self.path / name, begun):
            aside = self._aside / f"whole-{name.replace('/', '-')}"
            with aside.open("wb") as file:
                file.write(data)
                _to_disk(file)
            aside.replace(self.path / name)

    def shard(self, number: int, output: Output) -> Shard:
        """A shard that is about to be written."""
        return Shard(self, number, output)

    def name(self, aside: Path, name: str) -> None:
        """Gives a file that was written aside its name."""
        target = self.path / name
        target.parent.mkdir(exist_ok=True)
        aside.replace(target)

    def aside(self, name: str) -> Path:
        """Where a file is written before it has its name."""
        return self._aside / name.replace("/", "-")


class Shard:
    """A shard that is being written: chunks are added in their order, then it is finished."""

    def __init__(self, folder: Folder, number: int, output: Output) -> None:
        self.number = number
        self._folder, self._output = folder, output
        self._spools: dict[str, BinaryIO] = {}
        self._counts: Counter[str] = Counter()
        self._rows: Counter[str] = Counter()
        self._reasons: Counter[tuple[str, str, bool]] = Counter()
        self._rejects: dict[bool, list[Reject]] = {True: [], False: []}
        self._units = 0

    def add(self, chunk: Chunk) -> None:
        """A chunk that has gone through all stages."""
        with writing(self._folder.path):
            for split, data in chunk.encoded.items():
                if split not in self._spools:
                    self._spools[split] = self._folder.aside(f"spool-{split}").open("wb")
                self._spools[split].write(data)
            for failed in (True, False):
                rejects = [reject for reject in chunk.rejects if reject.failed is failed]
                if rejects:
                    self._write_rejects(FAILED if failed else LEFT_OUT, rejects)
        self._counts += chunk.counts
        self._rows += chunk.rows
        self._units += chunk.units
        self._reasons.update((reject.step, reject.reason, reject.failed) for reject in chunk.rejects)

    def _write_rejects(self, kind: str, rejects: list[Reject]) -> None:
        if kind not in self._spools:
            self._spools[kind] = self._folder.aside(f"spool-{kind}").open("wb")
        # Steps reject in turn, and readers want the order of the input.
        for reject in sorted(rejects, key=lambda reject: reject.place):
            self._spools[kind].write(json_line(reject.to_dict()))

    def finish(self) -> dict[str, Any]:
        """Names the files, and then the marker; returns what is in that."""
        folder, files = self._folder, dict[str, Any]()
        with writing(folder.path):
            for kind, spool in sorted(self._spools.items()):
                spool.close()
                if kind in (FAILED, LEFT_OUT):
                    name, aside = f"{kind}/{self.number:05d}.jsonl", Path(spool.name)
                    rows = sum(count for (_, _, failed), count in self._reasons.items() if failed is (kind == FAILED))
                else:
                    name, rows = f"{DATA}/{kind}-{self.number:05d}{self._output.suffix}", self._rows[kind]
                    aside = folder.aside(name)
                    with aside.open("wb") as file:
                        self._output.finish(Path(spool.name), file)
                        _to_disk(file)
                    Path(spool.name).unlink()
                with aside.open("rb") as file:
                    checksum = hashlib.file_digest(cast(Any, file), "sha256").hexdigest()
                files[name] = {"rows": rows, "bytes": aside.stat().st_size, "sha256": checksum}
                folder.name(aside, name)
        marker = {
            "shard": self.number,
            "units": self._units,
            "rows": dict(sorted(self._rows.items())),
            "counts": dict(self._counts),
            "reasons": [
                {"step": step, "reason": reason, "failed": failed, "count": count}
                for (step, reason, failed), count in sorted(self._reasons.items())
            ],
            "files": files,
        }
        folder.write(f"{MARKERS}/{self.number:05d}.json", pretty(marker))
        return marker

    def abandon(self) -> None:
        """Closes what was opened; it is removed when the folder is next opened."""
        for spool in self._spools.values():
            with suppress(OSError):
                spool.close()


def pretty(value: Mapping[str, Any]) -> bytes:
    """JSON for people and programs."""
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "backslashreplace")


def _json(path: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise OptionError(f"{path} cannot be read: {error}") from error
    return found


def _different(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What is not the same about two runs."""
    now = json.loads(json.dumps(now))
    return [name for name in dict.fromkeys((*before, *now)) if before.get(name) != now.get(name)]


def _to_disk(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
