"""The wheel: built from a copy of the sources, installed into an empty environment, used from an empty folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
import venv
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

PACKAGES = ("convert", "renderers")


@pytest.fixture(scope="module")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    sources, out = tmp_path_factory.mktemp("sources"), tmp_path_factory.mktemp("dist")
    for name in PACKAGES:
        shutil.copytree(checkout / name, sources / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(checkout / name, sources)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(sources)]
    built = subprocess.run(command, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    (path,) = out.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def empty_environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment that holds the wheel and nothing else; no index is asked."""
    place = tmp_path_factory.mktemp("environment")
    venv.create(place, with_pip=True)
    programs = place / ("Scripts" if os.name == "nt" else "bin")
    install = [str(programs / "python"), "-m", "pip", "install", "--quiet", "--no-index", str(wheel)]
    installed = subprocess.run(install, capture_output=True, text=True)
    assert installed.returncode == 0, installed.stdout + installed.stderr
    return programs


def run(programs: Path, folder: Path, command: Sequence[str], text: str = "") -> subprocess.CompletedProcess[str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    program = str(programs / command[0])
    return subprocess.run(
        [program, *command[1:]], input=text, capture_output=True, encoding="utf-8", cwd=folder, env=plain
    )


def test_the_wheel_holds_every_file_of_the_packages_and_nothing_else(checkout: Path, wheel: Path) -> None:
    there = {
        f"panmath/{path.relative_to(checkout).as_posix()}"
        for name in PACKAGES
        for path in (checkout / name).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert packed == there


def test_the_core_needs_no_other_package(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        needs = [line for line in archive.read(name).decode().splitlines() if line.startswith("Requires-Dist:")]
    assert [line for line in needs if "extra ==" not in line] == []


def test_the_version_is_that_of_the_project(checkout: Path, empty_environment: Path, tmp_path: Path) -> None:
    version = tomllib.loads((checkout / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    shown = run(empty_environment, tmp_path, ["panmath", "--version"])
    assert (shown.stdout, shown.stderr, shown.returncode) == (f"panmath {version}\n", "", 0)


@pytest.mark.parametrize(
    ("arguments", "text", "answer"),
    [
        (["-f", "tex", "-t", "unicode"], r"\alpha \leq \beta", "α ≤ β\n"),
        (["-f", "unicode", "-t", "tex"], "α ≤ β", "\\alpha\\le\\beta\n"),
    ],
)
def test_a_formula_goes_through_a_pipe(
    empty_environment: Path, tmp_path: Path, arguments: list[str], text: str, answer: str
) -> None:
    ran = run(empty_environment, tmp_path, ["panmath", *arguments], text)
    assert (ran.stdout, ran.stderr, ran.returncode) == (answer, "", 0)


def test_the_core_writes_mathml(empty_environment: Path, tmp_path: Path) -> None:
    ran = run(empty_environment, tmp_path, ["panmath", "-f", "tex", "-t", "mathml"], r"\frac{a}{b}")
    assert "<mfrac><mi>a</mi><mi>b</mi></mfrac>" in ran.stdout
    assert ran.returncode == 0


def test_a_missing_extra_is_named(empty_environment: Path, tmp_path: Path) -> None:
    ran = run(empty_environment, tmp_path, ["panmath", "-f", "tex", "-t", "svg"], "x")
    assert ran.returncode == 69
    assert 'pip install "panmath[render]"' in ran.stderr


def test_a_missing_voice_is_named(empty_environment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")  # nor is flite there
    for command in (["panmath", "-f", "tex", "-t", "speech"], ["panmath", "voices"]):
        ran = run(empty_environment, tmp_path, command, "x")
        assert ran.returncode == 69
        assert 'pip install "panmath[speech-gpl]" (it brings espeak-ng, whose licence is the GPL-3)' in ran.stderr


def test_python_finds_the_packages_where_they_are_installed(empty_environment: Path, tmp_path: Path) -> None:
    ran = run(empty_environment, tmp_path, ["python", "-c", "import panmath.convert as c; print(c.__file__)"])
    assert Path(ran.stdout.strip()).is_relative_to(empty_environment.parent)
