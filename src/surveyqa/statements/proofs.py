"""Which statements the originals at hand carry.

A statement is proved where every sentence that it names is in the corpus and a reader who saw only the pair
has marked it as carried (a review), or, where nobody has read the pair, where a checker finds it carried.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Generic, TypeVar

from surveyqa.errors import DocumentError
from surveyqa.statements.pages import Page, Statement

Place = TypeVar("Place")
Check = Callable[[str, str], bool]  # (statement, its evidence) -> carried


class Unproved(Enum):
    """Why a statement is not shown."""

    GONE = "a sentence that it names is not in the originals"
    REFUSED = "a reader found that its sentences do not carry it"
    UNREAD = "nobody has read it beside its sentences, and the checker does not find it carried"


@dataclass(frozen=True)
class Review:
    """What a reader said of a statement and its evidence, both by hash."""

    statement: str
    evidence: tuple[str, ...]
    carried: bool


@dataclass(frozen=True)
class Proof(Generic[Place]):
    """A statement of a page with the places of its evidence; `reviewed`: a reader carried it, not the
    checker."""

    page: Page
    statement: Statement
    places: tuple[Place, ...]
    reviewed: bool


def read_reviews(path: Path) -> dict[tuple[str, tuple[str, ...]], Review]:
    """Reviews by (statement, evidence): lines of [statement, [evidence, ...], 1 or 0]. Raises
    DocumentError."""
    reviews = {}
    for n, line in enumerate(path.read_text(encoding="utf-8").splitlines() if path.is_file() else (), 1):
        try:
            statement, evidence, mark = json.loads(line)
        except ValueError as error:
            raise DocumentError(f"{path.name}, line {n} is no review ({error})") from error
        reviews[statement, tuple(evidence)] = Review(statement, tuple(evidence), bool(mark))
    return reviews


def prove(
    pages: Iterable[Page],
    reviews: Mapping[tuple[str, tuple[str, ...]], Review],
    find: Callable[[str], tuple[Place, str] | None],
    check: Check,
) -> tuple[list[Proof[Place]], list[tuple[Page, Statement, Unproved]]]:
    """Proofs of what is carried, and the rest with the reason.

    find: a sentence's content hash to its place and text, None where the originals do not hold it.
    """
    proofs: list[Proof[Place]] = []
    rest: list[tuple[Page, Statement, Unproved]] = []
    for page in pages:
        for statement in page.statements:
            found = [place for place in map(find, statement.evidence) if place is not None]
            review = reviews.get((statement.hash, statement.evidence))
            if len(found) < len(statement.evidence):
                rest.append((page, statement, Unproved.GONE))
            elif review and not review.carried:
                rest.append((page, statement, Unproved.REFUSED))
            elif review or check(statement.text, " ".join(text for _, text in found)):
                places = tuple(place for place, _ in found)
                proofs.append(Proof(page, statement, places, review is not None))
            else:
                rest.append((page, statement, Unproved.UNREAD))
    return proofs, rest
