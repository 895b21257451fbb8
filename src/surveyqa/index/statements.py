"""The proved statements of a generation: their places in the chunks, vectors and terms in both languages."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from surveyqa.embedding.vectors import mapped
from surveyqa.errors import IndexError_
from surveyqa.index.chunks import Chunk
from surveyqa.index.lexical import LexicalIndex, SentenceTerms
from surveyqa.statements import KINDS, ROLES, Page, PageKind, Proof, Review, Role, Statement, Unproved, prove
from surveyqa.text.hashing import content_hash
from surveyqa.text.terms import joined, tokenize

Place = tuple[int, int]  # position of a chunk, number of a sentence in it
Check = Callable[[str, str], bool]


@dataclass(frozen=True)
class Guide:
    """What is written ahead for a corpus. check: whether a passage carries a statement that nobody
    reviewed."""

    pages: tuple[Page, ...] = ()
    reviews: Mapping[tuple[str, tuple[str, ...]], Review] | None = None
    check: Check = lambda statement, evidence: False


@dataclass(frozen=True)
class Told:
    """A proved statement: its number and its page's, role, text in both languages, places of its evidence."""

    number: int
    page: int
    role: str
    text: str
    zh: str
    places: tuple[Place, ...]


@dataclass(frozen=True)
class PageHead:
    """A page without its statements."""

    title: str
    title_zh: str
    names: tuple[str, ...]
    section: str
    papers: tuple[str, ...]
    kind: str
    span: tuple[int, int]  # numbers of its statements, end exclusive


def evidence_of(chunks: Sequence[Chunk]) -> dict[str, tuple[Place, str]]:
    """Place and text of each sentence by its content hash; of a table row the part that is printed."""
    found: dict[str, tuple[Place, str]] = {}
    for position, chunk in enumerate(chunks):
        for number, (start, end) in enumerate(chunk.sentences):
            printed = chunk.text[slice(*chunk.quote)] if chunk.quote else chunk.text[start:end]
            found.setdefault(content_hash(printed), ((position, number), chunk.text[start:end]))
    return found


def prove_all(
    guide: Guide, chunks: Sequence[Chunk]
) -> tuple[list[Proof[Place]], list[tuple[Page, Statement, Unproved]]]:
    """Proofs of a guide's statements in these chunks, and what cannot be proved."""
    return prove(guide.pages, guide.reviews or {}, evidence_of(chunks).get, guide.check)


class Statements:
    """The statements of an open generation, searched as a whole: some thousand rows, one product."""

    def __init__(
        self,
        pages: Sequence[PageHead],
        told: Sequence[Told],
        vectors: NDArray[np.float32],
        english: LexicalIndex,
        chinese: LexicalIndex,
        terms: SentenceTerms,
        page_terms: SentenceTerms,
    ) -> None:
        """vectors: unit vectors of the English texts, shape (statements, dimension); terms, page_terms: the
        search terms of each statement, and of each page's names.
        """
        self.pages = tuple(pages)
        self.told = tuple(told)
        self.vectors = vectors
        self.english = english
        self.chinese = chinese
        self.terms = terms
        self.page_terms = page_terms
        self._surveyed: NDArray[np.bool_] | None = None
        self._proofs: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]] | None = None

    def __len__(self) -> int:
        return len(self.told)

    @cached_property
    def page_of(self) -> NDArray[np.int32]:
        """The number of each statement's page, shape (statements,)."""
        return np.array([told.page for told in self.told], dtype=np.int32)

    def surveyed(self, chunks: Sequence[Chunk]) -> NDArray[np.bool_]:
        """Which statements the survey (or the guide) itself tells, shape (statements,)."""
        if self._surveyed is None:
            home = ("survey", "guide")
            self._surveyed = np.array([any(chunks[p].kind in home for p, _ in t.places) for t in self.told])
        return self._surveyed

    @cached_property
    def marks(self) -> NDArray[np.bool_]:
        """Which statements have each role, stand on each kind of page, and tell a number, shape (statements,
        roles + kinds + 1)."""
        roles = np.array([ROLES.index(cast(Role, told.role)) for told in self.told])
        digits = np.array([any(c.isdigit() for c in told.text) for told in self.told])
        kinds = np.array([KINDS.index(cast(PageKind, self.pages[told.page].kind)) for told in self.told])
        own = [values[:, None] == np.arange(n) for values, n in ((roles, len(ROLES)), (kinds, len(KINDS)))]
        return np.column_stack([*own, digits])

    def proofs(
        self, first_sentence: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Of all evidence in one run: row of the sentence vector, chunk; and where each statement begins.

        first_sentence: row of each chunk's first sentence.
        """
        if self._proofs is None:
            places = [place for told in self.told for place in told.places]
            chunk = np.array([position for position, _ in places], dtype=np.int64)
            number = np.array([number for _, number in places], dtype=np.int64)
            starts = np.cumsum([0] + [len(told.places) for told in self.told])[:-1]
            self._proofs = first_sentence[chunk] + number, chunk, starts
        return self._proofs

    @cached_property
    def by_form(self) -> dict[str, tuple[int, ...]]:
        """Numbers of the pages that a name in one piece (`text.terms.joined`) means."""
        forms: dict[str, list[int]] = {}
        for number, page in enumerate(self.pages):
            for name in page.names:
                form = form_of(name)
                if form and number not in forms.setdefault(form, []):
                    forms[form].append(number)
        return {form: tuple(numbers) for form, numbers in forms.items()}

    @cached_property
    def field_pages(self) -> frozenset[int]:
        """Pages on what the whole survey is about: those that its title names."""
        if not self.pages:
            return frozenset()
        return frozenset(self.pages_named(self.pages[0].title)) - {0}

    def pages_named(self, text: str) -> dict[int, str]:
        """Pages that a text names, by number, with the name in one piece; the longest name of each."""
        found: dict[int, str] = {}
        for form in sorted(joined(text.replace("+", " plus")), key=lambda form: (len(form), form)):
            for number in self.by_form.get(form, ()):
                found[number] = form
        return found

    @staticmethod
    def write(
        folder: Path,
        proofs: Sequence[Proof[Place]],
        embed: Callable[[Sequence[str], str], Any],
    ) -> None:
        """Write proved statements to `folder`; `embed(texts, file)` writes their vectors there."""
        folder.mkdir()
        pages: list[PageHead] = []
        told: list[Told] = []
        for proof in proofs:
            page, statement = proof.page, proof.statement
            if not pages or pages[-1].title != page.title:
                at = (len(told), len(told))
                pages.append(
                    PageHead(page.title, page.title_zh, page.names, page.section, page.papers, page.kind, at)
                )
            head = pages[-1]
            told.append(
                Told(len(told), len(pages) - 1, statement.role, statement.text, statement.zh, proof.places)
            )
            pages[-1] = PageHead(**{**vars(head), "span": (head.span[0], len(told))})
        _lines(folder / "pages.jsonl", map(asdict, pages))
        _lines(folder / "statements.jsonl", map(asdict, told))
        SentenceTerms.write(folder / "terms", (t.text for t in told))
        SentenceTerms.write(folder / "names", (" ".join(page.names) for page in pages))
        if told:
            embed([t.text for t in told], "vectors.npy")
            names = [f"{pages[t.page].title} {t.text}" for t in told]
            LexicalIndex.build([tokenize(name) for name in names]).save(folder / "en")
            LexicalIndex.build([tokenize(f"{pages[t.page].title_zh} {t.zh}") for t in told]).save(
                folder / "zh"
            )

    @classmethod
    def read(cls, folder: Path) -> Statements:
        """Raises OSError, ValueError, KeyError, TypeError where `write` has not written it."""
        pages = [PageHead(**_tuples(row)) for row in _rows(folder / "pages.jsonl")]
        told = [Told(**_tuples(row)) for row in _rows(folder / "statements.jsonl")]
        terms = SentenceTerms.read(folder / "terms"), SentenceTerms.read(folder / "names")
        if not told:
            none = LexicalIndex({}, {name: np.zeros(1, np.int64) for name in LexicalIndex.ARRAYS}, 0)
            return cls((), (), np.zeros((0, 0), np.float32), none, none, *terms)
        vectors: NDArray[np.float32] = mapped(folder / "vectors.npy")
        if len(vectors) != len(told):
            raise IndexError_(f"{folder} holds {len(vectors)} vectors of {len(told)} statements")
        size = len(told)
        english, chinese = (LexicalIndex.load(folder / name, size) for name in ("en", "zh"))
        return cls(pages, told, vectors, english, chinese, *terms)


def form_of(name: str) -> str:
    """A name in one piece, lower case: "LoRA+" is no other way to write "LoRA"."""
    return "".join(c for c in name.lower().replace("+", "plus") if c.isalnum())


def _lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _rows(path: Path) -> Iterable[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def _tuples(row: dict[str, Any]) -> dict[str, Any]:
    """JSON's lists as the tuples that they were."""
    for name, value in row.items():
        if isinstance(value, list):
            row[name] = tuple(tuple(v) if isinstance(v, list) else v for v in value)
    return row
