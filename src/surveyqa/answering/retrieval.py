"""What bears on a question: statements, and the sentences of the chunks that are near.

Chunks are found by two views, fused by a weighted sum: the cosine of question and chunk (Chroma), and
BM25 as a share of what a chunk holding every term of the question could get. The second is absolute, not
relative to the best hit, so that it also tells how much of a question is covered at all. Then sentences
are scored, all at once as arrays.

A sentence that proves a statement gains by how well the statement fits: the statement is in plain words,
which a question is often nearer to than to the survey's sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from surveyqa import logs as trace
from surveyqa.answering.ranking import Ranking, StatementHit, find_statements
from surveyqa.embedding.encoders import Vectors
from surveyqa.index import Index
from surveyqa.index.chunks import Chunk
from surveyqa.index.lexical import best_first, term_weights
from surveyqa.text.terms import joined, tokenize
from surveyqa.understand.reading import Reading

DENSE, LEXICAL = 0.5, 0.5  # of a chunk's score
COSINE, COVERED, CHUNK = 0.40, 0.35, 0.25  # of a sentence's score
BEFORE, HEADING = 0.5, 0.4  # of a term that the sentence before holds, or the section's name
NAMED = 0.12  # for a sentence on something that the question names
NEAREST = 20  # statements among which one speaks of what is named
CANDIDATES = 40  # chunks from each view
PROVES = 0.2  # for the sentences that prove the best statement, less for those farther behind it
BEHIND = 3.0  # score behind the best statement at which a sentence gains nothing

Key = tuple[int, int]  # position of a chunk, number of a sentence in it


@dataclass(frozen=True)
class Query:
    """What is searched for.

    text is embedded; terms are looked up with their weights; names (each a set of forms in one piece, see
    `text.terms.joined`) must not be mixed up with others; parts are the single things asked.
    """

    text: str
    terms: Mapping[str, float]
    names: tuple[frozenset[str], ...] = ()
    parts: tuple[str, ...] = ()

    @classmethod
    def plain(cls, text: str) -> Query:
        return cls(text, dict.fromkeys(tokenize(text), 1.0))


@dataclass(frozen=True)
class Hit:
    """A chunk and how well it fits: position in the index, score and its two parts."""

    position: int
    score: float
    dense: float
    lexical: float


@dataclass(frozen=True)
class Line:
    """A sentence among the candidates.

    score:   how well it fits the whole question. covered: share of the question's terms that it holds, by
    their weight in the index. names: for each name of the question 1 where the sentence is about it, 0.8
    where it speaks of it, 0.7 where the chunk is about it, else 0.
    """

    score: float = 0.0
    cosine: float = 0.0
    covered: float = 0.0
    names: tuple[float, ...] = ()


@dataclass(frozen=True)
class Lines:
    """Every sentence that was looked at, as arrays with a row a sentence; names, parts: a column each."""

    keys: tuple[Key, ...]
    score: NDArray[np.float64]
    cosine: NDArray[np.float64]
    covered: NDArray[np.float64]
    names: NDArray[np.float64]
    parts: NDArray[np.float64]

    @cached_property
    def _row(self) -> Mapping[Key, int]:
        return {key: n for n, key in enumerate(self.keys)}

    def __getitem__(self, key: Key) -> Line:
        n = self._row[key]
        names = tuple(self.names[n].tolist())
        return Line(float(self.score[n]), float(self.cosine[n]), float(self.covered[n]), names)

    def __contains__(self, key: Key) -> bool:
        return key in self._row

    def __len__(self) -> int:
        return len(self.keys)

    def score_of(self, key: Key) -> float:
        """A sentence's score; 0 for one that was not looked at."""
        n = self._row.get(key)
        return 0.0 if n is None else float(self.score[n])

    def ranked(
        self, wanted: NDArray[np.bool_] | None = None, by: NDArray[np.float64] | None = None
    ) -> list[Key]:
        """Sentences best first, only the `wanted` rows; equal ones in the order of the index."""
        rows = np.arange(len(self.keys)) if wanted is None else np.flatnonzero(wanted)
        scores = self.score if by is None else by
        order = sorted(rows.tolist(), key=lambda n: (-scores[n], self.keys[n]))
        return [self.keys[n] for n in order]


@dataclass(frozen=True)
class Retrieval:
    """What was found for a question, handed on to every later stage.

    vector: the question's unit vector; hits: statements, best first; lines: the sentences.
    """

    query: Query
    vector: NDArray[np.float32]
    hits: tuple[StatementHit, ...]
    lines: Lines

    def untold(self, reading: Reading) -> bool:
        """Whether nothing is written of what a question names, as of a paper that was added."""
        names = [form for s in reading.named("method", "paper") for form in s.forms]
        named = any(hit.named or joined(hit.told.text) & set(names) for hit in self.hits[:NEAREST])
        return not self.hits or (bool(names) and not named)


def look(
    index: Index,
    query: Query,
    reading: Reading | None = None,
    ranking: Ranking | None = None,
    prior: Callable[[Chunk], float] = lambda chunk: 0.0,
) -> Retrieval:
    """Find statements (of a question that was read) and sentences.

    prior: added to the score of every sentence of a chunk: what kind of source the question wants.
    """
    vectors = index.encode([query.text, *query.parts])
    hits = find_statements(index, ranking, reading, vectors[0]) if reading and ranking else []
    return Retrieval(query, vectors[0], tuple(hits), score_lines(index, query, vectors, prior, hits))


def find_chunks(
    index: Index, query: Query, n: int = CANDIDATES, vector: NDArray[np.float32] | None = None
) -> list[Hit]:
    """The best chunks of both views, best first; one that neither knows never enters."""
    if vector is None:
        vector = index.encode([query.text])[0]
    dense = dict(index.nearest(vector, n))
    lexical = index.lexical.share(query.terms)
    missing = [i for i in best_first(lexical, n) if i not in dense]
    hits = _hits(index, [*dense, *missing], lexical, vector, dense)
    trace.note(
        "candidates",
        lambda: {
            "query": query.text,
            "weights": {"dense": DENSE, "lexical": LEXICAL},
            "chunks": [
                {"id": index.chunks[h.position].id, "section": index.chunks[h.position].section, **vars(h)}
                for h in hits
            ],
        },
    )
    return hits


def _hits(
    index: Index,
    positions: Sequence[int],
    lexical: NDArray[np.float32],
    vector: NDArray[np.float32],
    dense: Mapping[int, float],
) -> list[Hit]:
    """The chunks at `positions` with their scores, best first; `dense` holds the cosines that are known."""
    cosines = {**dense, **index.cosines([p for p in positions if p not in dense], vector)}
    hits = [
        Hit(
            i,
            round(DENSE * cosines[i] + LEXICAL * float(lexical[i]), 6),
            round(cosines[i], 6),
            round(float(lexical[i]), 6),
        )
        for i in positions
    ]
    return sorted(hits, key=lambda hit: (-hit.score, hit.position))


def score_lines(
    index: Index,
    query: Query,
    vectors: Vectors,
    prior: Callable[[Chunk], float],
    told: Sequence[StatementHit] = (),
) -> Lines:
    """Every sentence of the candidate chunks with its scores."""
    hits = {hit.position: hit for hit in find_chunks(index, query, CANDIDATES, vectors[0])}
    proving: dict[Key, float] = {}
    for hit in reversed(told):  # the best last
        worth = PROVES * max(0.0, 1 - (told[0].score - hit.score) / BEHIND)
        proving |= dict.fromkeys(hit.told.places, worth)
    more = {position for position, _ in proving}
    for part in query.parts:
        shares = index.lexical.share(dict.fromkeys(tokenize(part), 1.0))
        more |= set(best_first(shares, 10))
    more -= hits.keys()
    lexical = index.lexical.share(query.terms)
    hits |= {h.position: h for h in _hits(index, sorted(more), lexical, vectors[0], {})}
    positions = list(hits)
    sizes = [len(index.chunks[p].sentences) for p in positions]
    keys = tuple((p, n) for p, size in zip(positions, sizes, strict=True) for n in range(size))
    chunk_of = np.repeat(np.arange(len(positions)), sizes)
    fixed = np.array([CHUNK * hits[p].score + prior(index.chunks[p]) for p in positions])[chunk_of]
    cosines = index.sentence_cosines(positions, vectors)  # (views, sentences)
    if not cosines.size:
        cosines = np.repeat([[hits[p].dense for p in positions]], len(vectors), axis=0)[:, chunk_of]
    terms = [query.terms, *(dict.fromkeys(tokenize(part), 1.0) for part in query.parts)]
    covered = coverage(index, positions, chunk_of, [term_weights(index.lexical, t) for t in terms])
    names = _names(index, positions, query.names)
    named = (names * np.array(_telling(index, query.names))).max(axis=1) if query.names else 0.0
    bonus = fixed + NAMED * named + np.array([proving.get(key, 0.0) for key in keys])
    views = COSINE * cosines + COVERED * covered + bonus
    rounded = np.round(views, 6)
    return Lines(keys, rounded[0], np.round(cosines[0], 6), np.round(covered[0], 6), names, rounded[1:].T)


def _telling(index: Index, names: Sequence[frozenset[str]]) -> list[float]:
    """How much each name tells, as a share of the rarest: "RetNet" beside "GPT" is what is asked about."""
    idf = [max((index.lexical.idf(form) for form in forms), default=1.0) for forms in names]
    return [value / max(idf) for value in idf]


def coverage(
    index: Index,
    positions: Sequence[int],
    chunk_of: NDArray[np.int64],
    weights: Sequence[Mapping[str, float]],
) -> NDArray[np.float64]:
    """For each of `weights`, the share of its terms that each sentence of the chunks holds, shape (weights,
    sentences). A term counts partly where the sentence before holds it, or the section's name: "It reduces
    memory by ..." is about what came before."""
    terms = list(dict.fromkeys(term for mine in weights for term in mine))
    held = index.holds(positions, terms)  # (sentences, terms)
    before = np.zeros_like(held)
    before[1:] = held[:-1]
    before[np.flatnonzero(np.diff(chunk_of, prepend=-1))] = False
    headings = np.array([[t in index.heading_terms(p) for t in terms] for p in positions], dtype=bool)
    headings = headings.reshape(len(positions), len(terms))[chunk_of]
    degree = np.where(held, 1.0, np.where(before, BEFORE, np.where(headings, HEADING, 0.0)))
    shares = np.array([[mine.get(term, 0.0) for term in terms] for mine in weights])
    both: NDArray[np.float64] = shares.reshape(len(weights), len(terms)) @ degree.T
    return both


def _names(index: Index, positions: Sequence[int], names: Sequence[frozenset[str]]) -> NDArray[np.float64]:
    """For each sentence of the chunks and each name, whether it is about it, shape (sentences, names)."""
    sizes = [len(index.chunks[p].sentences) for p in positions]
    found = np.zeros((sum(sizes), len(names)))
    row = 0
    for position, size in zip(positions, sizes, strict=True):
        chunk = index.chunks[position]
        for i, forms in enumerate(names):
            if chunk.kind in ("abstract", "paper") and index.title_names(position) & forms:
                found[row : row + size, i] = 0.7
            if not any(form in index.squeezed(position) for form in forms):
                continue
            for number in range(size):
                head, held = index.sentence_names(position, number)
                if head & forms or held & forms:
                    found[row + number, i] = 1.0 if head & forms else 0.8
        row += size
    return found
