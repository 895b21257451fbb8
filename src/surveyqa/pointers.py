"""Stage *pointers*: where the guide and the notes, which are in our own words, point to in the survey.

A question in the asker's words is often nearer to a plain explanation than to the survey's sentence. The
pages of the guide follow the survey's sections and a note is about one paper, so what they are like tells
which section to look in and which work is meant. They only point: what is cited stays the survey.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from surveyqa.chunks import Chunk
from surveyqa.embed import Vectors
from surveyqa.lexical import LexicalIndex, tokenize

DENSE, LEXICAL = 0.5, 0.5  # of how well a question fits a pointer
SECTIONS = 2  # best sections whose chunks are looked at
CHUNKS = 12  # of them
PAPERS = 5  # best papers whose mentions are looked at
SECTION, HEADING, PAPER = 0.6, 0.03, 0.15  # what a pointer adds to the score of a sentence
BESIDE = 0.06  # what a sentence outside the survey loses, of which no pointer tells anything
NEAR = 0.8  # of the best pointer: a heading that scores lower is not pointed at


@dataclass(frozen=True)
class Pointer:
    """A piece of the guide or a note: the section number and the heading it is about, or the paper's key."""

    section: str = ""
    heading: str = ""
    paper: str = ""


@dataclass(frozen=True)
class Pointed:
    """How well the question fits what is known about each section (by number), each heading below one
    (section number, name) and each paper (by key), between 0 and about 1; of papers only the best."""

    sections: Mapping[str, float] = field(default_factory=dict)
    headings: Mapping[tuple[str, str], float] = field(default_factory=dict)
    papers: Mapping[str, float] = field(default_factory=dict)

    def bonus(self, chunk: Chunk) -> float:
        """What its place adds to the score of a chunk's sentences: 0 in the best section, less elsewhere."""
        if not self.sections:
            return 0.0
        if chunk.kind != "survey":
            return -BESIDE
        best = max(self.sections.values())
        heading = max(self.headings.get((chunk.number, _form(part)), 0.0) for part in ("", *chunk.path))
        near = max(0.0, heading / best - NEAR) / (1 - NEAR) if best > 0 else 0.0
        return SECTION * (self.sections.get(chunk.number, 0.0) - best) + HEADING * near


class Pointers:
    """All pointers of a generation with their vectors, shape (n, dimension), and their terms."""

    def __init__(self, items: Sequence[Pointer], vectors: Vectors, terms: LexicalIndex) -> None:
        self._items = items
        self._vectors = vectors
        self._terms = terms

    @staticmethod
    def write(folder: Path, chunks: Sequence[Chunk], texts: Sequence[str]) -> None:
        """Write what `chunks` of the guide and the notes point to, and the terms of their `texts`; their
        vectors are written beside them, to `vectors.npy`."""
        with (folder / "items.jsonl").open("w", encoding="utf-8") as file:
            for chunk in chunks:
                file.write(json.dumps(asdict(_pointer(chunk)), ensure_ascii=False) + "\n")
        LexicalIndex.build([tokenize(text) for text in texts]).save(folder / "bm25")

    @classmethod
    def read(cls, folder: Path) -> Pointers | None:
        """None where a generation has none. Raises OSError, ValueError or TypeError where it is damaged."""
        if not folder.is_dir():
            return None
        with (folder / "items.jsonl").open(encoding="utf-8") as file:
            items = [Pointer(**json.loads(line)) for line in file]
        vectors = np.load(folder / "vectors.npy", mmap_mode="r")
        return cls(items, vectors, LexicalIndex.load(folder / "bm25", len(items)))

    def point(self, terms: Mapping[str, float], vector: NDArray[np.float32]) -> Pointed:
        """What a question, by its search terms and its vector, is pointed to."""
        scores = DENSE * (self._vectors @ vector) + LEXICAL * self._terms.share(terms)
        sections: dict[str, float] = defaultdict(float)
        headings: dict[tuple[str, str], float] = defaultdict(float)
        papers: dict[str, float] = defaultdict(float)
        for item, score in zip(self._items, scores.round(6).tolist(), strict=True):
            if item.paper:
                papers[item.paper] = max(papers[item.paper], score)
            else:
                at = (item.section, item.heading)
                sections[item.section] = max(sections[item.section], score)
                headings[at] = max(headings[at], score)
        best = sorted(papers, key=lambda key: (-papers[key], key))[:PAPERS]
        return Pointed(sections, headings, {key: papers[key] for key in best})


def _pointer(chunk: Chunk) -> Pointer:
    if chunk.document.startswith("note:"):
        return Pointer(paper=chunk.document.removeprefix("note:"))
    return Pointer(chunk.number, _form(chunk.path[-1]) if len(chunk.path) > 1 else "")


def _form(heading: str) -> str:
    """A heading as it is compared: letters and digits."""
    return re.sub(r"[\W_]+", "", heading.lower())
