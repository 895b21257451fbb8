"""Stage *documents*: what a reader sees, as blocks of clean text with their place.

A `Document` is one paper, one abstract, or one page of the guide. Its blocks are in reading order;
each knows its section path, the page of each character, and the references it cites.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

DocumentKind = Literal["survey", "paper", "abstract", "guide", "catalog"]
BlockKind = Literal["paragraph", "bullet", "caption", "table-row", "figure-list", "footnote", "equation"]


@dataclass(frozen=True)
class Block:
    """A paragraph, a bullet, a caption, a table row, or a leaf of a taxonomy figure.

    text:  clean text: hyphens joined, ligatures undone, one space between words, no line breaks.
    path:  section path from the top, e.g. ("2 Model-Centric Methods", "2.3 Efficient Fine-Tuning",
           "2.3.1 Parameter-Efficient Fine-Tuning", "Prefix Tuning"); numbered sections carry their number.
    pages: (offset, page) pairs: from character `offset` on, the text stands on `page` (1-based);
           ascending, the first offset is 0. Empty for a document without pages.
    lead:  number of characters of a run-in heading at the start of `text` ("Prefix Tuning. "), else 0.
    cites: (start, end, reference key) of each inline citation, or of a `[@key]` mark that was removed
           (then start == end).
    quote: (start, end) of the part of `text` that is printed so, one after the other, if that is not the
           whole: a table row is told with its caption and column names, but only its own cells are its quote.
    """

    kind: BlockKind
    text: str
    path: tuple[str, ...] = ()
    pages: tuple[tuple[int, int], ...] = ()
    lead: int = 0
    cites: tuple[tuple[int, int, str], ...] = ()
    quote: tuple[int, int] | None = None


@dataclass(frozen=True)
class Reference:
    """An entry of a bibliography.

    key: the PDF's destination name without its prefix ("li2021prefix"); title as printed;
    paper: key of the catalogue's paper that it is, if any.
    """

    key: str
    text: str
    title: str = ""
    authors: str = ""
    year: int | None = None
    arxiv_id: str | None = None
    url: str | None = None
    page: int | None = None
    paper: str | None = None


@dataclass(frozen=True)
class Document:
    """One document, read. `key` names it ("survey", "abstract:lora", "guide:section-2.3.1")."""

    key: str
    kind: DocumentKind
    title: str
    blocks: tuple[Block, ...]
    authors: str | None = None
    year: int | None = None
    arxiv_id: str | None = None
    url: str | None = None
    references: tuple[Reference, ...] = ()
    page_count: int = 0
    warnings: tuple[str, ...] = field(default=())
