"""`panmath extract html`: web pages as Markdown or as records, from files, folders and archives."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from panmath.convert import console
from panmath.convert.cli import Parser, complain
from panmath.convert.errors import OptionError, PanmathError

from . import html
from .html_sources import WARC_SUFFIXES, Document, count, documents

_EXAMPLES = """
examples:
  panmath extract html page.html                     Markdown on standard output
  curl -s https://example.org/ | panmath extract html -
  panmath extract html pages/ -o pages.jsonl         a record for each page, with the list of its formulas
  panmath extract html crawl.warc.gz -o pages.jsonl.gz
  panmath extract html pages/ -o markdown/           a file for each page

A record has id, url, title, language, text (Markdown), formulas (tex, display, form, and where they stand in the text)
and images. `panmath extract html --forms` tells what forms there are. A page that cannot be read is named on standard
error, and the others go through; the exit status is then that of the first error.
"""
_UNSAFE = re.compile(r"[^\w.-]+")


def run(arguments: Sequence[str]) -> int:
    """Run the command; returns the exit status."""
    parser = Parser(
        prog="panmath extract html",
        description="Web pages to text with LaTeX: the content as Markdown, formulas as TeX from every form they have.",
        epilog=_EXAMPLES,
    )
    parser.add_argument(
        "inputs", nargs="*", metavar="FILE|FOLDER|WARC|-", help="pages; standard input if none is given"
    )
    parser.add_argument(
        "-o", "--output", metavar="OUT", help="a .md, .jsonl or .jsonl.gz file, or a folder for .md files"
    )
    parser.add_argument("--json", action="store_true", help="records, one a line, also for one page")
    parser.add_argument("--whole", action="store_true", help="take navigation, bars at the sides and footers, too")
    parser.add_argument("--links", action="store_true", help="keep the addresses of links")
    parser.add_argument(
        "--seconds", type=float, default=html.MAX_SECONDS, metavar="N", help="for one page; 30 if not given"
    )
    parser.add_argument("--forms", action="store_true", help="list the forms of formulas")
    given = parser.parse_args(arguments)
    if given.forms:
        width = max(map(len, html.FORMS))
        sys.stdout.write("".join(f"{name:<{width}}  {text}\n" for name, text in html.FORMS.items()))
        return 0
    inputs = given.inputs or ["-"]
    if not given.seconds > 0:
        raise OptionError("--seconds is a number above 0")
    output = Path(given.output) if given.output not in (None, "-") else None
    folder = output is not None and (given.output.endswith("/") or output.is_dir())
    several = len(inputs) > 1 or any(Path(name).is_dir() or name.lower().endswith(WARC_SUFFIXES) for name in inputs)
    records = given.json or (output is None and several) or (output is not None and _is_list(output))
    if several and not folder and not records:
        raise OptionError(f"many pages do not fit into {output}; use a .jsonl file, or a folder with a / at its end")
    if folder and records:
        raise OptionError("--json writes one file or standard output, not a folder")
    pages = _Pages(inputs, whole=given.whole, links=given.links, seconds=given.seconds)
    if folder and output is not None:
        _write_folder(pages, output)
    else:
        with console.output(output) as file:
            for document, page in pages:
                text = _record(document, page) if records else page.text + "\n"
                file.write(text.encode("utf-8"))
    return pages.status


class _Pages:
    """The pages that could be read; the others are told of on standard error."""

    def __init__(self, inputs: list[str], *, whole: bool, links: bool, seconds: float) -> None:
        self.inputs, self.whole, self.links, self.seconds = inputs, whole, links, seconds
        self.status = 0

    def __iter__(self) -> Iterator[tuple[Document, html.Page]]:
        progress = console.Progress(count(self.inputs))
        for document in documents(self.inputs, sys.stdin.buffer):
            if isinstance(document, PanmathError):
                progress.clear()
                self.failed(document, "")
                continue
            try:
                page = html.extract(
                    document.content,
                    name=document.name,
                    charset=document.charset,
                    whole=self.whole,
                    links=self.links,
                    seconds=self.seconds,
                )
            except PanmathError as error:
                progress.clear()
                self.failed(error, document.name)
                continue
            yield document, page
            progress.step(document.name)
        progress.clear()

    def failed(self, error: PanmathError, name: str) -> None:
        complain(error, name)
        self.status = self.status or error.exit_code


def _is_list(path: Path) -> bool:
    return path.name.endswith((".jsonl", ".jsonl.gz", ".ndjson"))


def _write_folder(pages: _Pages, folder: Path) -> None:
    console.make_directory(folder)
    taken: set[str] = set()
    for document, page in pages:
        stem = _UNSAFE.sub("-", Path(document.name).stem if not document.url else document.name).strip("-.") or "page"
        name, number = stem[:100], 1
        while name in taken:
            number += 1
            name = f"{stem[:100]}-{number}"
        taken.add(name)
        with console.whole_file(folder / f"{name}.md") as file:
            file.write(f"{page.text}\n".encode())


def _record(document: Document, page: html.Page) -> str:
    """A page as one line of JSON."""
    record = {
        "id": document.name,
        "url": document.url or None,
        "title": page.title,
        "language": page.language or None,
        "text": page.text,
        "formulas": [
            {"tex": found.tex, "display": found.display, "form": found.form, "start": found.start, "end": found.end}
            for found in page.formulas
        ],
        "images": [
            {"text": image.text, "address": image.address, "start": image.start, "end": image.end}
            for image in page.images
        ],
    }
    return json.dumps(record, ensure_ascii=False) + "\n"
