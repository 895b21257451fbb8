"""The statements that bear on a question, best first: found by meaning, terms, subject and role.

Every statement is scored, as arrays: there are some thousands. The best are then looked at closely: how much
of the question each holds, and how it stands beside the others. A small network scores them, the mean of
several; `training/ranking.py` fits it on questions with the sentences that answer them, and writes
`ranking.npz`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import ClassVar, get_args

import numpy as np
from numpy.typing import NDArray

from surveyqa.index import Index
from surveyqa.index.lexical import term_weights
from surveyqa.index.statements import Statements, Told
from surveyqa.text.terms import tokenize
from surveyqa.understand.reading import Intent, Reading

METHODS = ("method", "paper")  # kinds of pages
NEAR = 80  # statements that are looked at closely

# cosine, lexical: of the statement; proof_cosine, proof_lexical: of its best sentence and that one's chunk;
# named: its page is one that the question names; method: and is of a method or paper.
FEATURES = ("cosine", "lexical", "proof_cosine", "proof_lexical", "named", "method")
# Shares of the question's terms, by weight: held by the statement, by its page's names, by its proof; of the
# terms that name no subject, by statement and proof; its length; whether the survey itself tells it; the same
# on a page that is named; and the best cosine and lexical share of its page.
CLOSE = (
    "holds", "title_holds", "proof_holds", "rest", "proof_rest", "length", "surveyed", "named_cosine",
    "named_rest", "named_proof_rest", "page_cosine", "page_lexical",
)  # fmt: skip
# Those that are also told as the distance to the best of the question.
BEHIND = (
    "cosine", "lexical", "proof_cosine", "proof_lexical", "holds", "proof_holds", "rest", "proof_rest",
    "page_cosine", "page_lexical",
)  # fmt: skip


@dataclass(frozen=True)
class StatementHit:
    """A statement and how well it fits. number: in `Statements.told`; cosine: its own; held: share of the
    question's terms that it holds; rest: of those that name no subject, that it or its proof holds; named:
    its page is one that the question names."""

    number: int
    told: Told
    score: float
    cosine: float
    lexical: float
    held: float
    rest: float
    named: bool


@dataclass(frozen=True)
class Ranking:
    """The fitted model. wide: weights of `FEATURES`; expected (intents, marks): what is added where a
    question wants a role or kind of page and few lines tell how much; inner (networks, inputs, units),
    inner_bias, outer (networks, units): of the inputs that `inputs` gives."""

    wide: NDArray[np.float32]
    expected: NDArray[np.float32]
    inner: NDArray[np.float32]
    inner_bias: NDArray[np.float32]
    outer: NDArray[np.float32]
    intents: ClassVar[tuple[Intent, ...]] = get_args(Intent)

    @classmethod
    def load(cls) -> Ranking:
        with (files("surveyqa.answering") / "ranking.npz").open("rb") as file:
            data = np.load(file)
            names = ("wide", "expected", "inner", "inner_bias", "outer")
            return cls(*(data[name].astype(np.float32) for name in names))

    def inputs(self, reading: Reading, close: NDArray[np.float32]) -> NDArray[np.float32]:
        """What the networks see of the columns of `close_features`: these, how far those of `BEHIND` are
        behind the best, and the marks (roles, kinds of pages) by what the question wants."""
        names = (*FEATURES, *CLOSE)
        columns = close[:, [names.index(name) for name in BEHIND]]
        wanted = np.array([dict(reading.intents).get(i, 0.0) for i in self.intents], dtype=np.float32)
        marks = close[:, len(names) :]
        crossed = (wanted[None, :, None] * marks[:, None, :]).reshape(len(close), -1)
        return np.concatenate([close, columns - columns.max(axis=0), crossed], axis=1)

    def scores(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """A score for each row: differences are log-odds."""
        hidden = np.maximum(np.einsum("ri,nio->nro", inputs, self.inner) + self.inner_bias[:, None], 0.0)
        mean: NDArray[np.float32] = np.einsum("nro,no->r", hidden, self.outer) / len(self.inner)
        return mean + self.usual(inputs)

    def usual(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """What `expected` adds to each row."""
        added: NDArray[np.float32] = inputs[:, -self.expected.size :] @ self.expected.ravel()
        return added


def find_statements(
    index: Index, ranking: Ranking, reading: Reading, vector: NDArray[np.float32], n: int = NEAR
) -> list[StatementHit]:
    """The `n` best statements for a question whose unit vector is `vector`, best first."""
    if not len(index.statements):
        return []
    values = wide_features(index, reading, vector)
    near = np.argsort(-(values @ ranking.wide), kind="stable")[:n]
    close = close_features(index, reading, values, near)
    scores = ranking.scores(ranking.inputs(reading, close))
    hits = [
        StatementHit(
            int(i),
            index.statements.told[i],
            round(float(score), 6),
            round(float(row[0]), 6),
            round(float(row[1]), 6),
            round(float(row[len(FEATURES)]), 6),
            round(float(max(row[len(FEATURES) + 3], row[len(FEATURES) + 4])), 6),
            bool(row[4]),
        )
        for i, score, row in zip(near, scores, close, strict=True)
    ]
    return sorted(hits, key=lambda hit: (-hit.score, hit.number))


def wide_features(index: Index, reading: Reading, vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """`FEATURES` of every statement, shape (statements, features)."""
    statements = index.statements
    own, lexical = views(statements, reading, vector)
    sentence, chunk, first = statements.proofs(index.first_sentence)
    scores = index.sentence_vectors @ vector if len(index.sentence_vectors) else np.zeros(1)
    shares = index.lexical.share(reading.terms)
    pages = named_pages(statements, reading)
    named = np.isin(statements.page_of, list(pages))
    method = named & np.isin(statements.page_of, [n for n in pages if statements.pages[n].kind in METHODS])
    proofs = np.maximum.reduceat(scores[sentence], first), np.maximum.reduceat(shares[chunk], first)
    columns = [own, lexical, *proofs, named, method]
    return np.stack([np.asarray(c, dtype=np.float32) for c in columns], axis=1)


def close_features(
    index: Index, reading: Reading, wide: NDArray[np.float32], near: NDArray[np.int64]
) -> NDArray[np.float32]:
    """`FEATURES`, `CLOSE` and the marks of the statements `near`, shape (near, all of them)."""
    statements = index.statements
    terms = list(reading.terms)
    weights = term_weights(index.lexical, reading.terms)
    subjects = {term for subject in reading.subjects for term in tokenize(subject.name)}
    whole = np.array([weights[term] for term in terms])
    rest = np.array([0.0 if term in subjects else weights[term] for term in terms])
    rest = rest / (rest.sum() or 1.0)
    own = statements.terms.holds(near, terms)
    titles = statements.page_terms.holds(statements.page_of[near].astype(np.int64), terms)
    sentence, _, starts = statements.proofs(index.first_sentence)
    ends = np.append(starts[1:], len(sentence))
    proof = np.array(
        [index.sentences_hold(sentence[starts[i] : ends[i]], terms).any(axis=0) for i in near], dtype=bool
    ).reshape(len(near), len(terms))
    named = wide[near, 4]
    page = statements.page_of
    of_page = np.zeros((len(statements.pages), 2), dtype=np.float32)
    np.maximum.at(of_page, page, wide[:, [0, 3]])
    columns = [
        own @ whole,
        titles @ whole,
        proof @ whole,
        own @ rest,
        proof @ rest,
        np.array([len(statements.told[i].text.split()) / 30 for i in near]),
        statements.surveyed(index.chunks)[near],
        named * wide[near, 0],
        named * (own @ rest),
        named * (proof @ rest),
        *of_page[page[near]].T,
    ]
    close = np.stack([np.asarray(c, dtype=np.float32) for c in columns], axis=1)
    return np.concatenate([wide[near], close, statements.marks[near].astype(np.float32)], axis=1)


def views(
    statements: Statements, reading: Reading, vector: NDArray[np.float32], text: str = ""
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Cosine and lexical share of each statement, with a question or with `text` of it."""
    terms: Mapping[str, float] = dict.fromkeys(tokenize(text), 1.0) if text else reading.terms
    lexical = statements.english.share(terms)
    if reading.language == "zh" and not text:
        own = statements.chinese.share(dict.fromkeys(tokenize(reading.text), 1.0))
        lexical = np.maximum(lexical, own)
    return statements.vectors @ vector, lexical


def nearness(
    statements: Statements, reading: Reading, vector: NDArray[np.float32], text: str
) -> NDArray[np.float32]:
    """How near each statement is to a part of a question, by both views."""
    cosine, lexical = views(statements, reading, vector, text)
    both: NDArray[np.float32] = 0.55 * cosine + 0.45 * lexical
    return both


def named_pages(statements: Statements, reading: Reading) -> dict[int, str]:
    """Pages that are about what the question names, by number, with the name.

    Of nested names the longest; the whole field only where nothing narrower is named."""
    found: dict[int, str] = {}
    for text in dict.fromkeys((reading.text, reading.english, *(s.name for s in reading.subjects))):
        found |= statements.pages_named(text)
    forms = set(found.values())
    nested = {form for form in forms if any(form != other and form in other for other in forms)}
    field = statements.field_pages
    kept = {page: form for page, form in found.items() if form not in nested}
    narrow = {page: form for page, form in kept.items() if page not in field}
    return narrow or kept
