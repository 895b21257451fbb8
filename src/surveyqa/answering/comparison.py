"""Comparisons: the same properties for each side, a sentence a cell, nothing empty shown, no side missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from surveyqa.answering.citing import Selected
from surveyqa.answering.contract import Sentence
from surveyqa.answering.written import named_pages, nearness
from surveyqa.index import Index
from surveyqa.index.statements import Told
from surveyqa.statements import Role
from surveyqa.understand.reading import Language, Reading

MAX_ROWS, MAX_COLUMNS = 6, 6
NEAR = 0.42  # score that a statement needs for a property in the asker's own words

# What a comparison shows where no property is named, and the roles that tell it.
PROPERTIES: Mapping[Language, tuple[tuple[str, tuple[Role, ...]], ...]] = {
    "en": (
        ("idea", ("What it is",)),
        ("how it works", ("How it works",)),
        ("result", ("Results", "Strengths")),
        ("limitation", ("Limits",)),
        ("when to use", ("When to use",)),
    ),
    "zh": (
        ("思路", ("What it is",)),
        ("工作方式", ("How it works",)),
        ("结果", ("Results", "Strengths")),
        ("局限", ("Limits",)),
        ("适用场景", ("When to use",)),
    ),
}


@dataclass(frozen=True)
class Comparison:
    """Subjects by properties; `cells` holds a sentence where one is told. missing: names without a page."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: Mapping[tuple[str, str], Selected]
    missing: tuple[str, ...] = ()

    @property
    def places(self) -> list[tuple[str, str]]:
        """(row, column) of each cell that is told, row by row."""
        return [(r, c) for r in self.rows for c in self.columns if (r, c) in self.cells]

    def selected(self) -> list[Selected]:
        """The cells as sentences of an answer, grouped by subject."""
        return [self.cells[place] for place in self.places]

    def table(self, sentences: Sequence[Sentence]) -> dict[str, object]:
        """A table of the contract from the answer's sentences, which are those of `selected`, in order."""
        marked = {
            place: s.text + " " + "".join(f"[{c}]" for c in s.citations)
            for place, s in zip(self.places, sentences, strict=True)
        }
        return {
            "title": " / ".join(self.rows),
            "columns": ["", *self.columns],
            "rows": [[row, *(marked.get((row, c), "") for c in self.columns)] for row in self.rows],
            "page": None,
            "total": len(self.rows),
        }


def compare(
    index: Index, reading: Reading, names: Sequence[str], properties: Sequence[str] | None = None
) -> Comparison:
    """A comparison of `names`, each a title or other name of a page; columns that nobody fills are left out."""
    pages: dict[str, int] = {}
    missing = []
    for name in dict.fromkeys(names):
        found = index.statements.pages_named(name)
        exact = [n for n, form in found.items() if form == "".join(c for c in name.lower() if c.isalnum())]
        best = (exact or list(found))[:1]
        if best:
            pages.setdefault(index.statements.pages[best[0]].title, best[0])
        else:
            missing.append(name)
    rows = tuple(pages)[:MAX_ROWS]
    roles = dict(PROPERTIES[reading.language])
    columns = tuple(dict.fromkeys(properties or roles))[:MAX_COLUMNS]
    cells: dict[tuple[str, str], Selected] = {}
    for row in rows:
        taken: set[str] = set()
        for column in columns:
            told = _cell(index, reading, pages[row], column, roles.get(column), taken)
            if told is not None:
                taken.add(told.text)
                zh = reading.language == "zh"
                text = told.zh if zh else told.text
                cells[row, column] = Selected(text, told.places, "written", True, row, told)
    filled = tuple(c for c in columns if any((row, c) in cells for row in rows))
    return Comparison(rows, filled, cells, tuple(missing))


def _cell(
    index: Index, reading: Reading, page: int, column: str, roles: tuple[Role, ...] | None, taken: set[str]
) -> Told | None:
    """The statement of a page that tells a property: the first of its role, else the nearest in meaning."""
    statements = index.statements
    head = statements.pages[page]
    told = [t for t in statements.told[slice(*head.span)] if t.text not in taken]
    if roles is not None:
        for role in roles:
            for statement in told:
                if statement.role == role:
                    return statement
        return None
    vector = index.encode([f"{head.title}: {column}"])[0]
    scores = nearness(statements, reading, vector, column)
    first, end = head.span
    best = max(range(first, end), key=lambda n: float(scores[n]), default=None)
    if best is None or float(scores[best]) < NEAR or statements.told[best].text in taken:
        return None
    return statements.told[best]


def sides(index: Index, reading: Reading) -> list[str]:
    """Titles of the pages that a question names, in the order of the question: what it compares."""
    statements = index.statements
    text = "".join(c for c in reading.text.lower() if c.isalnum())
    named = named_pages(statements, reading)
    order = sorted(named, key=lambda n: text.find(named[n]) if named[n] in text else len(text))
    seen: set[str] = set()
    titles = []
    for page in order:
        if named[page] not in seen:  # a method and its paper's page may share a name
            seen.add(named[page])
            titles.append(statements.pages[page].title)
    return titles
