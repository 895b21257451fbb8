"""The statements that bear on a question, best first: found by meaning, terms, subject and role.

Every statement is scored, as arrays: there are some thousands. `training/ranking.py` fits the weights on
questions with the sentences that answer them, and writes `ranking.json`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import ClassVar, get_args

import numpy as np
from numpy.typing import NDArray

from surveyqa.index import Index
from surveyqa.index.statements import Statements, Told
from surveyqa.text.terms import tokenize
from surveyqa.understand.reading import Intent, Reading

METHODS = ("method", "paper")  # kinds of pages
MANY = 60  # statements that are looked at closely

# cosine, lexical: of the statement; proof_cosine, proof_lexical: of its best sentence and that one's chunk;
# named: its page is one that the question names; method: and is of a method or paper.
FEATURES = ("cosine", "lexical", "proof_cosine", "proof_lexical", "named", "method")


@dataclass(frozen=True)
class StatementHit:
    """A statement and how well it fits. number: in `Statements.told`; cosine, lexical: its own two views;
    named: its page is one that the question names."""

    number: int
    told: Told
    score: float
    cosine: float
    lexical: float
    named: bool


@dataclass(frozen=True)
class Ranking:
    """Fitted weights. features: by `FEATURES`; roles: shape (intents, columns of `Statements.marks`)."""

    features: NDArray[np.float32]
    roles: NDArray[np.float32]
    intents: ClassVar[tuple[Intent, ...]] = get_args(Intent)

    @classmethod
    def load(cls) -> Ranking:
        data = json.loads(files("surveyqa.answering").joinpath("ranking.json").read_text(encoding="utf-8"))
        features = np.array([data["features"][name] for name in FEATURES], dtype=np.float32)
        return cls(features, np.array(data["roles"], dtype=np.float32))

    def weights(self, reading: Reading) -> NDArray[np.float32]:
        """Of each column of `statement_features`, for what the question wants."""
        wanted = np.array([dict(reading.intents).get(i, 0.0) for i in self.intents], dtype=np.float32)
        return np.concatenate([self.features, wanted @ self.roles]).astype(np.float32)


def find_statements(
    index: Index, ranking: Ranking, reading: Reading, vector: NDArray[np.float32], n: int = MANY
) -> list[StatementHit]:
    """The `n` best statements for a question whose unit vector is `vector`, best first."""
    statements = index.statements
    if not len(statements):
        return []
    values = statement_features(index, reading, vector)
    scores = values @ ranking.weights(reading)
    best = np.argsort(-scores, kind="stable")[:n]
    return [
        StatementHit(
            int(i),
            statements.told[i],
            round(float(scores[i]), 6),
            round(float(values[i, 0]), 6),
            round(float(values[i, 1]), 6),
            bool(values[i, 4]),
        )
        for i in best
    ]


def statement_features(index: Index, reading: Reading, vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """`FEATURES`, then `Statements.marks`, shape (statements, both)."""
    statements = index.statements
    own, lexical = views(statements, reading, vector)
    sentence, chunk, first = statements.proofs(index.first_sentence)
    scores = index.sentence_vectors @ vector if len(index.sentence_vectors) else np.zeros(1)
    shares = index.lexical.share(reading.terms)
    pages = named_pages(statements, reading)
    named = np.isin(statements.page_of, list(pages))
    method = named & np.isin(statements.page_of, [n for n in pages if statements.pages[n].kind in METHODS])
    columns = [
        own,
        lexical,
        np.maximum.reduceat(scores[sentence], first),
        np.maximum.reduceat(shares[chunk], first),
        named,
        method,
        *statements.marks.T,
    ]
    return np.stack([np.asarray(c, dtype=np.float32) for c in columns], axis=1)


def views(
    statements: Statements, reading: Reading, vector: NDArray[np.float32], text: str = ""
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Cosine and lexical share of each statement, with a question or with `text` of it."""
    terms = dict.fromkeys(tokenize(text), 1.0) if text else reading.terms
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
    """Pages that are about what the question names, by number, with the name; of nested names the longest."""
    found: dict[int, str] = {}
    for text in dict.fromkeys((reading.text, reading.english, *(s.name for s in reading.subjects))):
        found |= statements.pages_named(text)
    forms = set(found.values())
    nested = {form for form in forms if any(form != other and form in other for other in forms)}
    return {page: form for page, form in found.items() if form not in nested}


def pages_of(hits: Sequence[StatementHit]) -> list[int]:
    """Pages of the hits, best first, each once."""
    return list(dict.fromkeys(hit.told.page for hit in hits))
