"""The card of a data set: README.md as the Hugging Face hub reads it, made from the manifest."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from .recipe import Recipe, to_toml

_SIZES = ("n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "10M<n<100M", "100M<n<1B")
"""The hub's words for how many rows there are; each is ten times the one before, from a thousand."""


def card(recipe: Recipe, manifest: Mapping[str, Any]) -> str:
    """The card. Its head is YAML, which JSON's scalars and lists are."""
    return "\n".join((*_head(recipe, manifest), "", *_body(recipe, manifest))) + "\n"


def _head(recipe: Recipe, manifest: Mapping[str, Any]) -> Iterator[str]:
    rows = sum(manifest["rows"].values())
    yield "---"
    yield f"license: {json.dumps(recipe.licence)}"
    yield f"pretty_name: {json.dumps(recipe.title, ensure_ascii=False)}"
    if recipe.languages:
        yield f"language: {json.dumps(list(recipe.languages))}"
    if recipe.tasks:
        yield f"task_categories: {json.dumps(list(recipe.tasks))}"
    yield f"size_categories: [{json.dumps(_SIZES[min(max(len(str(rows)) - 3, 0), len(_SIZES) - 1)])}]"
    yield 'tags: ["mathematics", "panmath"]'
    if manifest["rows"]:
        yield "configs:"
        yield "  - config_name: default"
        yield "    data_files:"
        for split in manifest["rows"]:
            yield f"      - split: {split}"
            yield f"        path: data/{split}-*"
    yield "---"


def _body(recipe: Recipe, manifest: Mapping[str, Any]) -> Iterator[str]:
    yield f"# {recipe.title}"
    yield ""
    if recipe.about:
        yield recipe.about.strip()
        yield ""
    yield "| split | records |"
    yield "|---|--:|"
    for split, rows in manifest["rows"].items():
        yield f"| {split} | {rows} |"
    yield ""
    yield f"Of {manifest['units']} records that were read, these were taken out:"
    yield ""
    if manifest["reasons"]:
        yield "| step | reason | failed | records |"
        yield "|---|---|---|--:|"
        for row in manifest["reasons"]:
            reason = row["reason"].replace("|", "\\|").replace("\n", " ")
            yield f"| {row['step']} | {reason} | {'yes' if row['failed'] else 'no'} | {row['count']} |"
    else:
        yield "none."
    yield ""
    yield "## Sources"
    yield ""
    for source in manifest["inputs"]:
        yield f"- {_source(source)}"
    yield ""
    yield "The licence of the sources holds for what is made from them."
    yield ""
    yield "## How it was made"
    yield ""
    versions = ", ".join(f"{name} {version}" for name, version in manifest["versions"].items())
    yield f"With {versions}, by these steps; `manifest.json` has all counts and checksums."
    yield ""
    yield "```toml"
    yield to_toml(manifest["steps"]).rstrip("\n")
    yield "```"


def _source(source: Mapping[str, Any]) -> str:
    if "files" in source:
        return f"{source['files']} files, {source['bytes']} bytes"
    return f"`{source['name']}`, {source['bytes']} bytes, sha256 `{source['sha256']}`"
