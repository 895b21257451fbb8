"""The statements that bear on a question, best first: what was written ahead, found by meaning, terms, subject
and role.

Every statement is scored, as arrays: there are some thousands. The weights are fitted by `training/ranking.py`
on questions with the sentences that answer them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveyqa.index.statements import Statements, Told
from surveyqa.statements import Role
from surveyqa.text.terms import tokenize
from surveyqa.understand.reading import Intent, Reading

COSINE, LEXICAL, SUBJECT, ROLE = 0.55, 0.45, 0.16, 0.08
MANY = 60  # statements that are looked at closely

# Which roles answer what is wanted; the first most.
WANTED: Mapping[Intent, tuple[Role, ...]] = {
    "define": ("What it is", "How it works"),
    "how": ("How it works", "What it is"),
    "why": ("Problem", "Strengths", "Limits"),
    "number": ("Results",),
    "who": ("What it is", "Use and availability"),
    "compare": ("Compared with", "What it is", "Results"),
    "recommend": ("When to use", "Strengths", "What it is"),
    "pros": ("Strengths", "Results"),
    "limits": ("Limits", "Problem"),
    "methods": ("Kinds", "What it is"),
    "kinds": ("Kinds",),
    "overview": ("What it is", "Kinds", "Problem"),
    "section": ("What it is", "Kinds"),
    "outlook": ("Outlook", "Limits"),
}


@dataclass(frozen=True)
class StatementHit:
    """A statement and how well it fits. number: in `Statements.told`; cosine, lexical: its two views;
    named: its page is one that the question names."""

    number: int
    told: Told
    score: float
    cosine: float
    lexical: float
    named: bool


def find_statements(
    statements: Statements, reading: Reading, vector: NDArray[np.float32], n: int = MANY
) -> list[StatementHit]:
    """The `n` best statements for a question whose unit vector is `vector`, best first."""
    if not len(statements):
        return []
    scores, cosines, lexical, named = score_statements(statements, reading, vector)
    best = np.argsort(-scores, kind="stable")[:n]
    return [
        StatementHit(
            int(i),
            statements.told[i],
            round(float(scores[i]), 6),
            round(float(cosines[i]), 6),
            round(float(lexical[i]), 6),
            bool(named[i]),
        )
        for i in best
    ]


def score_statements(
    statements: Statements,
    reading: Reading,
    vector: NDArray[np.float32],
    terms: Mapping[str, float] | None = None,
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_]]:
    """Scores, cosines, lexical shares and whether the page is named, each of shape (statements,)."""
    cosines = statements.vectors @ vector
    lexical = statements.english.share(terms if terms is not None else reading.terms)
    if reading.language == "zh" and terms is None:
        own = statements.chinese.share(dict.fromkeys(tokenize(reading.text), 1.0))
        lexical = np.maximum(lexical, own)
    named = np.isin(statements.page_of, list(named_pages(statements, reading)))
    fit = np.zeros(len(statements), dtype=np.float32)
    for probability, role, worth in _roles(reading):
        if role in statements.roles:
            fit[statements.roles[role]] += probability * worth
    scores = COSINE * cosines + LEXICAL * lexical + SUBJECT * named + ROLE * fit
    return scores.astype(np.float32), cosines, lexical, named


def named_pages(statements: Statements, reading: Reading) -> dict[int, str]:
    """Pages that are about what the question names, by number, with the name; of nested names the longest."""
    found: dict[int, str] = {}
    for text in dict.fromkeys((reading.text, reading.english)):
        found |= statements.pages_named(text)
    forms = set(found.values())
    return {
        page: form
        for page, form in found.items()
        if not any(form != other and form in other for other in forms)
    }


def _roles(reading: Reading) -> Sequence[tuple[float, Role, float]]:
    return [
        (probability, role, 1.0 if n == 0 else 0.5)
        for intent, probability in reading.intents
        for n, role in enumerate(WANTED.get(intent, ()))
    ]
