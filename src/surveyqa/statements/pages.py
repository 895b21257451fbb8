"""Pages of statements: what the guide in `corpus/guide/` tells, one fact a line, English and Chinese.

    # SmoothQuant
    <!-- zh: SmoothQuant | also: Smooth Quant | section: 2.1.1 | papers: smoothquant | kind: method -->

    ## What it is
    - SmoothQuant is a post-training quantization method that ... <!-- 1a2b3c4d5e6f 9f8e7d6c5b4a -->
      SmoothQuant 是一种训练后量化方法,......

The hashes name the sentences of the originals that carry the statement (`text.hashing.content_hash`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, cast, get_args

from surveyqa.documents import Block, Document
from surveyqa.errors import DocumentError
from surveyqa.text.hashing import content_hash

Role = Literal[
    "What it is",
    "Problem",
    "How it works",
    "Kinds",
    "Results",
    "Strengths",
    "Limits",
    "When to use",
    "Compared with",
    "Use and availability",
    "Outlook",
]
PageKind = Literal["section", "heading", "category", "table", "figure", "paper", "method", "topic"]
ROLES: tuple[Role, ...] = get_args(Role)
KINDS: tuple[PageKind, ...] = get_args(PageKind)

_HEAD = re.compile(r"<!-- zh: (.*?) \| also: ?(.*?) ?\| section: (\S+) \| papers: ?(.*?) ?\| kind: (\w+) -->")
_STATEMENT = re.compile(r"- (.+?) <!-- ((?:[0-9a-f]{12} ?)+)-->")


@dataclass(frozen=True)
class Statement:
    """One fact of a page. `evidence`: hashes of the sentences that carry it together."""

    role: Role
    text: str
    zh: str
    evidence: tuple[str, ...]

    @cached_property
    def hash(self) -> str:
        """Its own content hash: what a review is about."""
        return content_hash(self.text)


@dataclass(frozen=True)
class Page:
    """What is told of one subject.

    names: the title, its Chinese and every other name; section: number in the survey; papers: keys of the
    catalogue's papers that it is about; file: stem of the file that it stands in.
    """

    title: str
    title_zh: str
    names: tuple[str, ...]
    section: str
    papers: tuple[str, ...]
    kind: PageKind
    file: str
    statements: tuple[Statement, ...]


def read_pages(folder: Path) -> tuple[Page, ...]:
    """Every page of the guide, by file name, in the order of each file.

    Raises DocumentError with file and line where one is not written as it must be.
    """
    paths = sorted(path for path in folder.glob("*.md") if path.name != "README.md")
    pages = tuple(page for path in paths for page in _pages(path))
    seen: dict[str, str] = {}
    for page in pages:
        if page.title in seen:
            raise DocumentError(f"'{page.title}' has two pages, in {seen[page.title]}.md and {page.file}.md")
        seen[page.title] = page.file
    return pages


def _pages(path: Path) -> Iterator[Page]:
    lines = path.read_text(encoding="utf-8").splitlines()
    starts = [n for n, line in enumerate(lines) if line.startswith("# ")]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        yield _page(path, lines, start, end)


def _page(path: Path, lines: list[str], start: int, end: int) -> Page:
    def fault(n: int, what: str) -> DocumentError:
        return DocumentError(f"{path.name}, line {n + 1}: {what}: {lines[n][:60]!r}" if n < end else what)

    head = _HEAD.fullmatch(lines[start + 1]) if start + 1 < end else None
    if head is None or head[5] not in KINDS:
        raise fault(start, "the line below a page's title must name zh, also, section, papers and kind")
    role: Role | None = None
    statements: list[Statement] = []
    n = start + 2
    while n < end:
        line = lines[n]
        if line.startswith("## "):
            if line[3:] not in ROLES:
                raise fault(n, f"a heading must be one of {', '.join(ROLES)}")
            role = cast(Role, line[3:])
        elif line.startswith("- "):
            match = _STATEMENT.fullmatch(line)
            twin = lines[n + 1] if n + 1 < end else ""
            if match is None or role is None:
                raise fault(n, "a statement stands under a heading and ends in <!-- hashes -->")
            if not twin.startswith("  "):
                raise fault(n, "the Chinese twin must follow, indented by two")
            statements.append(Statement(role, match[1], twin.strip(), tuple(match[2].split())))
            n += 1
        elif line.strip():
            raise fault(n, "neither heading nor statement")
        n += 1
    title, zh = lines[start][2:].strip(), head[1]
    also = [name.strip() for name in head[2].split(";")]
    names = tuple(dict.fromkeys(filter(None, (title, zh, *also))))
    kind = cast(PageKind, head[5])
    return Page(title, zh, names, head[3], tuple(head[4].split()), kind, path.stem, tuple(statements))


def starter_documents(pages: Iterable[Page], sections: Mapping[str, str]) -> tuple[Document, ...]:
    """The pages as documents, which a machine without the originals answers from.

    sections: number to numbered heading ("2.1.1 Quantization"), which a page has in its path.
    """
    return tuple(
        Document(
            key=f"guide:{page.title}",
            kind="guide",
            title=f"Starter guide: {page.title}",
            blocks=tuple(
                Block(
                    "paragraph",
                    statement.text,
                    path=tuple(filter(None, (sections.get(page.section), page.title))),
                    cites=tuple((len(statement.text), len(statement.text), key) for key in page.papers),
                )
                for statement in page.statements
            ),
        )
        for page in pages
    )
