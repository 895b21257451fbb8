"""Stage *pointers*: where the guide and the notes, which are in our own words, point to in the survey.

A question in the asker's words is often nearer to a plain explanation than to the survey's sentence. The
pages of the guide follow the survey's sections and a note is about one paper, so what they are like tells
which section to look in and which work is meant. They only point: what is cited stays the survey.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from surveyqa.index.arrays import mapped
from surveyqa.index.chunks import Chunk
from surveyqa.index.embed import Vectors
from surveyqa.index.lexical import LexicalIndex
from surveyqa.text.terms import tokenize

DENSE, LEXICAL = 0.5, 0.5  # of how well a question fits a pointer
SECTIONS = 2  # best sections whose chunks are looked at
CHUNKS = 12  # of them
PAPERS = 5  # best papers whose mentions are looked at
SECTION, HEADING, PAPER = 0.6, 0.03, 0.15  # what a pointer adds to the score of a sentence
BESIDE = 0.06  # what a sentence outside the survey loses, of which no pointer tells anything
KEPT = 8  # questions whose pointers are kept: they are wanted again to judge what was found
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

    @cached_property
    def best(self) -> float:
        """How well the best section fits; 0 without any."""
        return max(self.sections.values(), default=0.0)

    def bonus(self, chunk: Chunk) -> float:
        """What its place adds to the score of a chunk's sentences: 0 in the best section, less elsewhere."""
        if not self.sections:
            return 0.0
        if chunk.kind != "survey":
            return -BESIDE
        heading = max(self.headings.get((chunk.number, _form(part)), 0.0) for part in ("", *chunk.path))
        near = max(0.0, heading / self.best - NEAR) / (1 - NEAR) if self.best > 0 else 0.0
        return SECTION * (self.sections.get(chunk.number, 0.0) - self.best) + HEADING * near


class Pointers:
    """All pointers of a generation with their vectors, shape (n, dimension), and their terms."""

    def __init__(self, items: Sequence[Pointer], vectors: Vectors, terms: LexicalIndex) -> None:
        self._vectors = vectors
        self._terms = terms
        about = [n for n, item in enumerate(items) if item.paper]
        at = [n for n, item in enumerate(items) if not item.paper]
        self._papers = _Best([items[n].paper for n in about], about)
        self._sections = _Best([items[n].section for n in at], at)
        self._headings = _Best([(items[n].section, items[n].heading) for n in at], at)
        self._pointed = lru_cache(KEPT)(self._point)

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
        vectors = mapped(folder / "vectors.npy")
        return cls(items, vectors, LexicalIndex.load(folder / "bm25", len(items)))

    def point(self, terms: Mapping[str, float], vector: NDArray[np.float32]) -> Pointed:
        """What a question, by its search terms and its vector, is pointed to."""
        return self._pointed(tuple(terms.items()), vector.tobytes())

    def _point(self, terms: tuple[tuple[str, float], ...], vector: bytes) -> Pointed:
        dense = self._vectors @ np.frombuffer(vector, dtype=np.float32)
        scores = (DENSE * dense + LEXICAL * self._terms.share(dict(terms))).round(6)
        papers = self._papers.of(scores)
        best = sorted(papers, key=lambda key: (-papers[key], key))[:PAPERS]
        return Pointed(
            self._sections.of(scores), self._headings.of(scores), {key: papers[key] for key in best}
        )


K = TypeVar("K")


class _Best(Generic[K]):
    """The best score of each of several kinds of item; `kinds[i]` is that of the item in row `rows[i]`."""

    def __init__(self, kinds: Sequence[K], rows: Sequence[int]) -> None:
        number: dict[K, int] = {}
        self._of = np.array([number.setdefault(kind, len(number)) for kind in kinds], dtype=np.intp)
        self._rows = np.array(rows, dtype=np.intp)
        self._kinds = list(number)

    def of(self, scores: NDArray[np.float32]) -> dict[K, float]:
        """At least 0 for each."""
        best = np.zeros(len(self._kinds))
        np.maximum.at(best, self._of, scores[self._rows])
        return dict(zip(self._kinds, best.round(6).tolist(), strict=True))


def _pointer(chunk: Chunk) -> Pointer:
    if chunk.document.startswith("note:"):
        return Pointer(paper=chunk.document.removeprefix("note:"))
    return Pointer(chunk.number, _form(chunk.path[-1]) if len(chunk.path) > 1 else "")


@lru_cache(maxsize=4096)
def _form(heading: str) -> str:
    """A heading as it is compared: letters and digits."""
    return re.sub(r"[\W_]+", "", heading.lower())
