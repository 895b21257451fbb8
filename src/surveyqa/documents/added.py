"""Papers of the user's own beside the survey: a PDF and what is known of it, in `<downloads>/added/`.

They go through the same reader as the survey. One that cannot be read is told and left out; the rest of the
corpus is unharmed.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from surveyqa.documents import Document
from surveyqa.errors import DocumentError, SurveyQAError, UsageError
from surveyqa.text.hashing import file_hash

FOLDER = "added"


def add_paper(
    pdf: Path,
    downloads: Path,
    *,
    title: str | None = None,
    authors: str | None = None,
    year: int | None = None,
) -> Document:
    """Read a PDF and keep a copy of it. Raises DocumentError, and keeps nothing, where it holds no text."""
    known = {"title": title, "authors": authors, "year": year}
    folder = downloads / FOLDER
    name = _name(pdf, folder)
    document = _read(pdf, name, {name: value for name, value in known.items() if value})
    if name != _slug(pdf) and (folder / f"{name}.pdf").exists():
        document = replace(
            document, warnings=(*document.warnings, f"'{pdf.name}' is here already, as '{name}'")
        )
    if not document.blocks:
        raise DocumentError(
            f"{pdf} holds no text that can be read ({'; '.join(document.warnings) or 'no pages'})"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DocumentError(
            f"{folder} cannot be written ({error.strerror}). Name another home in SURVEYQA_HOME"
        ) from error
    kept = folder / f"{name}.pdf"
    aside = kept.with_name(f".{kept.name}-{os.getpid()}")
    shutil.copyfile(pdf, aside)
    kept.with_suffix(".json").write_text(json.dumps(known, ensure_ascii=False), encoding="utf-8")
    aside.replace(kept)
    return document


def _name(pdf: Path, folder: Path) -> str:
    """The name that a PDF is kept under: of its file, with a part of its hash where another paper has it; a
    paper that is there already keeps its own."""
    name = _slug(pdf)
    if not pdf.is_file():
        return name  # said when it is read
    digest = file_hash(pdf)
    same = next((path.stem for path in sorted(folder.glob("*.pdf")) if file_hash(path) == digest), None)
    taken = (folder / f"{name}.pdf").exists()
    return same or (f"{name}-{digest[:8]}" if taken else name)


def _slug(pdf: Path) -> str:
    return re.sub(r"[^a-z0-9]+", "-", pdf.stem.lower()).strip("-") or "paper"


def drop_paper(name: str, downloads: Path) -> None:
    """Take a paper out again, by its name or title. Raises UsageError where none of either was added."""
    names = sorted(path.stem for path in (downloads / FOLDER).glob("*.pdf"))
    if name not in names:
        named = [d for d in added_papers(downloads)[0] if d.title.casefold() == name.strip().casefold()]
        name = named[0].key.removeprefix("paper:") if len(named) == 1 else name
    if name not in names:
        raise UsageError(f"no paper '{name}' was added; there are: {', '.join(names) or 'none'}")
    for end in (".pdf", ".json"):
        (downloads / FOLDER / f"{name}{end}").unlink(missing_ok=True)


def added_papers(downloads: Path) -> tuple[list[Document], list[Path], list[str]]:
    """Documents of all papers that were added, their files, and a line for each that cannot be read."""
    documents, files, failed = [], [], []
    for path in sorted((downloads / FOLDER).glob("*.pdf")):
        try:
            known: dict[str, Any] = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            known = {}
        try:
            documents.append(_read(path, path.stem, {name: value for name, value in known.items() if value}))
            files.append(path)
        except SurveyQAError as error:
            failed.append(f"{path.name} is left out: {error}")
    return documents, files, failed


def _read(path: Path, stem: str, known: dict[str, Any]) -> Document:
    from surveyqa.documents.pdf import read_pdf

    document = read_pdf(path, key=f"paper:{stem}", kind="paper", **known)
    # author lines of the first page belong to no section and say nothing
    return replace(
        document, blocks=tuple(block for block in document.blocks if block.path or block.kind != "footnote")
    )
