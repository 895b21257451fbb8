"""The starter corpus as documents: pages of the guide (Markdown with front matter) and paper notes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from surveyqa.documents import Block, Document
from surveyqa.errors import DocumentError

# "Figure 4 files under White-Box KD: Baby LLaMA, ...": one box of a taxonomy figure
_BOX = re.compile(r"Figure \d+ files under ([^:]+): ")
_MARK = re.compile(r"\s*\[@([\w.-]+(?:;\s*@[\w.-]+)*)\]")


def read_guide(folder: Path) -> tuple[Document, ...]:
    """Pages of `folder`, in the order of the survey's sections; other pages stand below their section."""
    paths = [path for path in sorted(folder.glob("*.md")) if path.name != "README.md"]
    sections = [read_page(path) for path in paths if path.stem.startswith("section-")]
    headings = {heading.split(" ")[0]: heading for page in sections for heading in page.blocks[0].path}
    pages = sections + [read_page(p, headings) for p in paths if not p.stem.startswith("section-")]
    return tuple(sorted(pages, key=lambda page: (_section_order(page), page.key)))


def read_page(path: Path, headings: Mapping[str, str] | None = None) -> Document:
    """One page: `---`, YAML front matter, `---`, paragraphs. `[@key]` marks become citations.

    headings: section number to numbered heading, which a page below a section gets in its path.
    """
    import yaml

    text = path.read_text(encoding="utf-8")
    match = re.match(r"---\n(.*?)\n---\n(.*)", text, re.S)
    if not match:
        raise DocumentError(f"{path} has no front matter between two lines of '---'. Add title and section.")
    try:
        head: dict[str, Any] = yaml.safe_load(match[1])
        title, section = str(head["title"]), str(head.get("section") or "")
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise DocumentError(f"{path}: its front matter cannot be read ({error}). Mend it.") from error
    if path.stem.startswith("section-"):
        path_of_page: tuple[str, ...] = (f"{section} {title}" if section[:1].isdigit() else title,)
    else:
        path_of_page = tuple(filter(None, ((headings or {}).get(section, section), title)))
    blocks = tuple(block for part in _parts(match[2]) for block in _blocks(part, path_of_page))
    return Document(key=f"guide:{path.stem}", kind="guide", title=f"Starter guide: {title}", blocks=blocks)


def read_notes(path: Path, titles: dict[str, str]) -> tuple[Document, ...]:
    """Paper notes: lines of {"key", "note", "basis"}; `titles` gives each key its paper's title."""
    documents = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        key = row["key"]
        title = titles.get(key, key)
        block = Block("paragraph", row["note"], path=(title,), cites=((0, 0, key),))
        warnings = () if row.get("basis") == "abstract" else ("written from general knowledge",)
        documents.append(
            Document(key=f"note:{key}", kind="guide", title=title, blocks=(block,), warnings=warnings)
        )
    return tuple(documents)


def _parts(body: str) -> Iterator[str]:
    """Paragraphs and tables of a page."""
    return filter(None, (part.strip() for part in re.split(r"\n\s*\n", body)))


def _blocks(part: str, path: tuple[str, ...]) -> Iterator[Block]:
    box = _BOX.match(part)
    if "\n|" in part:
        yield from _rows(part.splitlines(), path)
    elif box:
        place = path if box[1] == path[-1] else (*path, box[1])
        yield Block("figure-list", " ".join(part.split()), path=place)
    else:
        yield _block(" ".join(part.split()), path)


def _rows(lines: list[str], path: tuple[str, ...]) -> Iterator[Block]:
    """A table (its caption, then Markdown) in the form that the PDF reader gives to the survey's tables.

    'Table 1: Caption. Model: GPT-3; Data: 300B. GPT-3 | 300B', of which the printed row may be quoted.
    A cell with a list is printed only.
    """
    caption, header, _, *rows = lines
    columns, *cells = (
        [cell.strip() for cell in line.strip().strip("|").split("|")] for line in (header, *rows)
    )
    for row in cells:
        told = [f"{c}: {v}" for c, v in zip(columns, row, strict=True) if v != "-" and ", " not in v]
        start = f"{caption.strip()} {'; '.join(told)}. "
        text = start + " | ".join(row)
        yield Block("table-row", text, path=path, quote=(len(start), len(text)))


def _block(paragraph: str, path: tuple[str, ...]) -> Block:
    """Take the citation marks and the emphasis out of the text, keeping where they stood."""
    text, cites, last = "", [], 0
    bold = re.match(r"\*\*([^*]+[.:])\*\*\s+", paragraph)  # a run-in heading
    paragraph = re.sub(r"\*\*(.+?)\*\*|\*(.+?)\*|`(.+?)`", lambda m: m[1] or m[2] or m[3], paragraph)
    for mark in _MARK.finditer(paragraph):
        text += paragraph[last : mark.start()]
        cites += [(len(text), len(text), key.strip(" @")) for key in mark[1].split(";")]
        last = mark.end()
    lead = len(bold[1]) + 1 if bold else 0
    return Block("paragraph", text + paragraph[last:], path=path, lead=lead, cites=tuple(cites))


def _section_order(page: Document) -> tuple[int, ...]:
    first = page.blocks[0].path[0] if page.blocks else ""
    return tuple(int(part) for part in re.findall(r"\d+", first.split(" ")[0])) or (99,)
