"""The part of the packaging that pyproject.toml cannot say: the folders are sub-packages of the namespace `panmath`."""

from setuptools import find_packages, setup

FOLDERS = ("convert", "renderers", "corpora", "models")

setup(
    packages=[f"panmath.{name}" for name in find_packages(include=[f"{folder}*" for folder in FOLDERS])],
    package_dir={f"panmath.{folder}": folder for folder in FOLDERS},
)
