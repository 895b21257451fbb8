"""Questions that a table answers: which rows, by their columns, their words, or their names.

A table row is indexed as "Table 2: caption. Framework: vLLM; Training: no; ... " followed by the row as
printed, cells parted by " | ". The first half is what we read out of the ticks, the second is the quote.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from surveyqa.answering.citing import Selected
from surveyqa.answering.contract import Sentence
from surveyqa.answering.ranking import named_pages, nearness
from surveyqa.index import Index
from surveyqa.index.chunks import Chunk
from surveyqa.index.statements import Told, form_of
from surveyqa.profile import Profile
from surveyqa.statements import Role
from surveyqa.text.terms import joined, terms_in, tokenize
from surveyqa.understand.reading import Language, Reading

_TICKS = {"yes": True, "no": False}
# Words that ask but do not select.
_ASKING = frozenset(
    tokenize(
        "which what how many much table tick ticks ticked check support supports supported supporting "
        "framework frameworks model "
        "models list row rows column columns comparison compare feature features provide provides offer "
        "offers have has according "
        "only just both either neither all any number count name names llm llms large language listed show "
        "shown marked given "
        "capable can able do does without no not 1 2 one two library libraries tool tools i.e ie train "
        "pretrain tune fine serve write written write down ones"
    )
)


@dataclass(frozen=True)
class Row:
    """A table row: its values by column name, the name of the row first."""

    chunk: Chunk
    values: dict[str, str]

    @property
    def name(self) -> str:
        return next(iter(self.values.values()))

    @property
    def reading(self) -> str:
        """The row in words, from its columns."""
        columns = list(self.values.items())[1:]
        return f"{self.name} ({self.caption}): " + "; ".join(
            f"{column}: {value}" for column, value in columns
        )

    @property
    def printed(self) -> str:
        """What of the row can be quoted as it is printed."""
        return self.chunk.text[slice(*self.chunk.quote)] if self.chunk.quote else ""

    @property
    def told(self) -> str:
        """The reading, and what the row holds beside its columns: the features of a framework."""
        return self.reading if self.whole else f"{self.reading}; {self.printed.rstrip('.')}"

    @property
    def caption(self) -> str:
        return self.chunk.text.split(":", 1)[0]

    @property
    def whole(self) -> bool:
        """Whether the row can be quoted as it is printed; ticks cannot."""
        return self.printed.startswith(self.name)


def of_table(reading: Reading) -> bool:
    """Whether a question asks of a table."""
    return reading.intent == "table" or bool(reading.named("table"))


def read_row(chunk: Chunk) -> Row | None:
    """The row that a table chunk holds; None where it does not have that form."""
    text = chunk.text
    bar = text.find(" | ")
    caption = re.match(r"(?:Table \w+[:.] .*?\.\s+)?(?=[A-Z][\w -]*: )", text)
    if bar < 0 or not caption:
        return None
    name_start = text.find(": ", caption.end()) + 2
    ends = [at for at in (text.find(";", name_start), text.find(". ", name_start)) if 0 <= at < bar]
    name = text[name_start : min(ends, default=bar)]
    printed = text.rfind(name, name_start + 1, bar + 1)
    if printed < 0:
        return None
    columns = text[caption.end() : printed].strip().rstrip(".")
    values = dict(part.split(": ", 1) for part in columns.split("; ") if ": " in part)
    return Row(chunk, values)


def select_rows(reading: Reading, rows: Sequence[Row], profile: Profile) -> list[Row]:
    """The rows that a question about a table asks for; none where the table does not tell.

    A row named in the question is meant; else a ticked column that the question mentions must hold (or
    must not, after "no", "without", "only ..."), and every other telling word must stand in the row.
    """
    # in Table 1 "LLaMA" must not match a question on "LLaMA-2": the longer name wins
    forms = _named_forms(reading)
    named = [row for row in rows if _name_form(row) in forms]
    longer = {_name_form(row) for row in named}
    named = [
        r
        for r in named
        if not any(_name_form(r) != other and other.startswith(_name_form(r)) for other in longer)
    ]
    if named:
        return named
    if not of_table(reading) and not _ABOUT_ROWS.search(reading.english):
        return []
    extreme = extreme_row(reading, rows, profile)
    if extreme:
        return [extreme]
    best: tuple[int, list[Row]] = (0, [])
    number = re.search(r"(?:\btable|表)\s*(\d+)", reading.text, re.I)
    for caption in dict.fromkeys(row.caption for row in rows):
        if number and caption.split()[-1] != number[1]:
            continue
        mine = [row for row in rows if row.caption == caption]
        wanted = _ticks_wanted(reading.english, mine)
        words = _telling_words(reading, mine)
        fits = [row for row in mine if all(_TICKS.get(row.values.get(c, "")) is w for c, w in wanted.items())]
        fits = [row for row in fits if words <= terms_in(row.chunk.text)]
        if (wanted or words) and len(fits) < len(mine) and 2 * len(words) + len(wanted) > best[0]:
            best = (2 * len(words) + len(wanted), fits)
    return best[1]


_ABOUT_ROWS = re.compile(r"\b(?:models?|llms?|frameworks?|librar(?:y|ies)|rows?)\b", re.I)
_MOST = re.compile(
    r"\b(?P<most>most|biggest|largest|highest|longest|greatest|maximum|max)\b"
    r"|\b(?:fewest|least|smallest|lowest|shortest|minimum|min)\b",
    re.I,
)
_AMOUNT = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_IN_HOURS = {"hour": 1.0, "day": 24.0, "week": 168.0}
_SCALE = {"B": 1e9, "M": 1e6, "T": 1e12}


def extreme_row(reading: Reading, rows: Sequence[Row], profile: Profile) -> Row | None:
    """The row with the most or the least in the column that a question asks for: "the most GPUs"."""
    most = _MOST.search(reading.english)
    if not most or not (of_table(reading) or _ABOUT_ROWS.search(reading.english)):
        return None
    near = reading.english[most.start() :]
    column = min(
        (match.start(), column)
        for column, words in [*profile.columns.items(), ("", "$")]
        if (match := re.search(rf"\b(?:{words})\b" if words != "$" else words, near, re.I))
    )[1]
    told = [(amount, row) for row in rows if (amount := _amount(row.values.get(column, "")))]
    if not told:
        return None
    units = [unit for (_, unit), _ in told]
    usual = max(set(units), key=units.count)  # a corpus in bytes is not measured against those in tokens
    amounts = [(value, row) for (value, unit), row in told if unit == usual]
    best = (max if most["most"] else min)(amount for amount, _ in amounts)
    found = [row for amount, row in amounts if amount == best]
    return found[0] if len(found) == 1 else None


def extreme_of(reading: Reading, rows: Sequence[Row]) -> list[Row]:
    """Of tables of any columns, the row with the most or the least in the column that a question names; none
    where it does not."""
    most = _MOST.search(reading.english)
    asked = terms_in(reading.english)
    for caption in dict.fromkeys(row.caption for row in rows if most):
        mine = [row for row in rows if row.caption == caption]
        for column in list(mine[0].values)[1:]:
            cells = [(value[0], row) for row in mine if (value := _amount(row.values.get(column, "")))]
            if most and terms_in(column) & asked and len(cells) > 1:
                return [(max if most["most"] else min)(cells, key=lambda cell: cell[0])[1]]
    return []


def _amount(cell: str) -> tuple[float, str] | None:
    """The number in a cell in the base unit, and that unit ("hour", "token", ""); None without one."""
    number = _AMOUNT.match(cell)
    if not number:
        return None
    value = float(number[0].replace(",", ""))
    rest = cell[number.end() :].strip()
    for unit, hours in _IN_HOURS.items():
        if rest.startswith(unit):
            return value * hours, "hour"
    return value * _SCALE.get(rest[:1], 1.0), "token" if "token" in rest else ""


def asks_for_cell(reading: Reading, profile: Profile) -> bool:
    """Whether a question speaks of what tables here have columns for."""
    wanted = [_CELL.pattern, *(rf"\b(?:{words})\b" for words in profile.columns.values())]
    return any(re.search(words, reading.english, re.I) for words in wanted)


_CELL = re.compile(r"\b(?:cost|support\w*|fine-?tun\w*)\b", re.I)
# What follows is what the asker does not want.
_UNWANTED = re.compile(
    r"\b(?:rather than|instead of|as opposed to|except(?: for)?|other than|not on)\b[^,.;?]*", re.I
)
_COLUMN_WORDS = {
    "training": r"(?:pre-?)?train(?:ing|s|ed)?",
    "finetuning": r"fine-?tun(?:e|es|ed|ing)",
    "inference": r"(?:inference|infer|serv(?:e|es|ing)|deploy\w*)",
}


def _named_forms(reading: Reading) -> frozenset[str]:
    """What may be a row's name in a question; "OPT-175B" is the row of OPT, with its size."""
    return joined(re.sub(r"(?<=\w)-(?=\d+(?:\.\d+)?[BM]\b)", " ", reading.english))


def _name_form(row: Row) -> str:
    bare = re.sub(r"\s*\([^)]*\)$", "", row.name)
    return "".join(re.findall(r"[^\W_]+", bare.lower()))


_DENIED = re.compile(
    r"\b(?:no|not|without|nor|neither|except|lack\w*|cannot|can't|don't|doesn't|n't)\b(?:(?! but )[^,.;?])*$"
)


def _ticks_wanted(text: str, rows: Sequence[Row]) -> dict[str, bool]:
    """For each ticked column that the text speaks of, whether it is wanted or ruled out."""
    ticked = [c for c in rows[0].values if any(r.values.get(c) in _TICKS for r in rows)]
    wanted: dict[str, bool] = {}
    low = re.sub(r"fine-tun", "finetun", text.lower())
    only = None
    for column in ticked:
        word = _COLUMN_WORDS.get(column.lower().replace("-", ""), re.escape(column.lower()))
        for match in re.finditer(rf"(?<![a-z]){word}\b", low):
            before = low[max(0, match.start() - 32) : match.start()]
            wanted[column] = not _DENIED.search(before)
            if re.search(r"\b(?:only|just|solely|purely|exclusively)\b[^,.;?]{0,14}$", before) or re.match(
                rf"{word}[ -]?only\b", low[match.start() :]
            ):
                only = column
    if only:
        wanted = {column: column == only for column in ticked}
    return wanted


def _telling_words(reading: Reading, rows: Sequence[Row]) -> set[str]:
    """Words of the question that some but not all rows hold."""
    columns = terms_in(" ".join(" ".join(row.values) for row in rows))
    every = [terms_in(row.chunk.text) for row in rows]
    wanted = set(tokenize(_UNWANTED.sub(" ", reading.english)))
    words = {t for t in wanted if t not in _ASKING and t not in columns}
    return {
        word for word in words if any(word in row for row in every) and not all(word in row for row in every)
    }


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
    """A comparison of `names`, each a title or other name of a page; columns that nobody fills are left
    out."""
    pages: dict[str, int] = {}
    missing = []
    for name in dict.fromkeys(names):
        found = index.statements.pages_named(name)
        exact = [n for n, form in found.items() if form == form_of(name)]
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


def plain(index: Index, reading: Reading) -> bool:
    """Whether a comparison names no property of its own: little but the sides and words of asking."""
    subjects = {term for s in reading.subjects for term in tokenize(s.name)}
    rest = [term for term in reading.terms if term not in subjects and term not in COMPARING]
    return len(rest) <= PLAIN


PLAIN = 1  # terms beside the sides
COMPARING = frozenset(
    tokenize(
        "compare comparison compared versus vs difference different differ between contrast better each "
        "other method methods technique techniques main key side properties table make show give pros cons"
    )
)
