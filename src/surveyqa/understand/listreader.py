"""The marks of a question as a `ListQuery`: what is filtered, what negated, what is wanted.

No wording is matched here: phrases are looked up (`words.json`), what a question wants is told by the model;
this is the logic between the marks, such as how far a "not" reaches and what "and" binds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from surveyqa.catalog.categories import words as category_words
from surveyqa.catalog.parsing import CategoryPath
from surveyqa.understand.listquery import (
    And,
    ArxivId,
    Author,
    Category,
    Code,
    CodeHost,
    Condition,
    ListQuery,
    Months,
    Named,
    Not,
    NoVenue,
    Or,
    Several,
    Span,
    TitleWords,
    Topic,
    Track,
    Venue,
    Want,
    Years,
    both,
    either,
)
from surveyqa.understand.vocabulary import Knowledge, Mark, content

BOUNDARY = frozenset(",;:?!.,;:?!。、()()")
SHORT_REACH = 4  # words between a "not" and what it denies
FIELDS = {
    "venue_field": "venue",
    "year_field": "year",
    "month_field": "month",
    "link": "link",
    "arxiv_id": "arxiv",
    "code": "code",
    "category_field": "category",
    "title_field": "title",
    "author_field": "authors",
}


@dataclass(frozen=True)
class Atom:
    """A condition where it stands in the question: from the first mark to the last."""

    kind: str
    condition: Condition
    first: int
    last: int
    negated: bool = False


class ListReader:
    """Reads one question. `marks` are those of `Knowledge.marks`, `want` what the model tells."""

    def __init__(self, text: str, marks: Sequence[Mark], want: Want, knowledge: Knowledge) -> None:
        self.text = text
        self.know = knowledge
        self.catalog = knowledge.catalog
        self.want = want
        self.marks = [m for m in marks if not self._idle(m, marks)]
        self.kinds = [frozenset({m.kind}) if m.kind != "word" else m.names for m in self.marks]

    def _idle(self, mark: Mark, marks: Sequence[Mark]) -> bool:
        """Of a paper and a category at one place, the one that is not meant."""
        rivals = [m for m in marks if m is not mark and m.overlaps(mark) and m.kind in ("paper", "category")]
        by_name = self.want in ("fields", "listed")
        if mark.kind == "paper" and rivals:
            return not by_name or any(r.end - r.start > mark.end - mark.start for r in rivals)
        if mark.kind == "category" and rivals:
            return by_name and all(r.end - r.start <= mark.end - mark.start for r in rivals)
        if mark.kind in ("venue", "host", "organisation", "year"):
            return any(
                m is not mark and m.kind in ("paper", "category", "organisation") and m.overlaps(mark)
                and m.end - m.start > mark.end - mark.start
                for m in marks
            )  # fmt: skip
        return False

    # ---- what stands around a mark ----

    def has(self, *kinds: str) -> bool:
        return any(k & set(kinds) for k in self.kinds)

    def near(self, at: int, kinds: Iterable[str], back: int, on: int) -> int | None:
        """The nearest mark of these kinds, `back` before or `on` after, with idle words between alone."""
        wanted = set(kinds)
        for step, reach in ((-1, back), (1, on)):
            place, left = at + step, reach
            while 0 <= place < len(self.marks) and left > 0:
                if self.kinds[place] & wanted:
                    return place
                if self._slot(place) or self._cut(min(place, place - step), max(place, place - step)):
                    break
                place, left = place + step, left - 1
        return None

    def _slot(self, at: int) -> bool:
        return self.marks[at].kind not in ("word", "number")

    def _cut(self, first: int, last: int) -> bool:
        return bool(BOUNDARY & set(self.text[self.marks[first].end : self.marks[last].start]))

    # ---- reading ----

    def read(self) -> ListQuery:
        atoms = self._negated(self._atoms())
        where, parts = self._combined(atoms)
        left = self._leftover()
        where, left = self._narrowed(where, left)
        query = ListQuery(where=where, want=self.want, leftover=tuple(left))
        query = self._titled(query)
        query = self._ordered(query)
        query = replace(
            query,
            entries=self.has("entries") and not self.has("distinct"),
            count=self.has("count"),
            share=self.has("share"),
        )
        return self._wanted(query, atoms, parts)

    def _atoms(self) -> list[Atom]:
        found: list[Atom] = []
        found += self._spans_of_time()
        for at, mark in enumerate(self.marks):
            condition = self._condition(at, mark)
            if condition:
                found.append(Atom(_kind(condition), condition, at, at))
        return sorted(found, key=lambda a: a.first)

    def _condition(self, at: int, mark: Mark) -> Condition | None:
        kinds = self.kinds[at]
        if mark.kind == "category":
            return Category(mark.values[0])
        if mark.kind == "venue":
            return self._venue(at, mark.values[0])
        if mark.kind == "author":
            return Author(mark.values[0], mark.values[1])
        if mark.kind in ("host", "organisation"):
            return CodeHost(mark.values[0], "host" if mark.kind == "host" else "organisation")
        if mark.kind == "paper":
            return self._paper(at, mark)
        if kinds & {"no_arxiv"}:
            return Not(ArxivId())
        if kinds & {"preprint"}:
            return Venue("arXiv")
        if kinds & {"published"}:
            return Not(NoVenue())
        if kinds & {"several"}:
            places = self.near(at, ["category_field"], 3, 3)
            several = "categories" if places is not None or "categor" in mark.kind else "entries"
            return Several("categories" if several == "categories" else "entries")
        if kinds & {"code"} and self.want not in ("fields", "frameworks"):
            return Code()
        if kinds & {"workshop", "findings"} and self.near(at, ["venue"], 2, 2) is None:
            return Track("workshop" if "workshop" in kinds else "findings")
        return None

    def _venue(self, at: int, name: str) -> Condition:
        if self.has("any_track") or name in self.catalog.side_venues:
            return Venue(name, ())
        for track in ("workshop", "findings", "demo", "short"):
            if self.near(at, [track], 1, 2) is not None and any(
                p.track == track and p.venue == name for p in self.catalog.papers
            ):
                return Venue(name, (track,))
        return Venue(name)

    def _paper(self, at: int, mark: Mark) -> Condition | None:
        """In a question for a set, a name is what the title says; after "besides", the paper itself."""
        name = self.text[mark.start : mark.end]
        denied = self.near(at, ["not"], 3, 0) is not None
        if self.want in ("fields", "listed") or denied or len(name) > 40:
            return Named(name, mark.values)
        return TitleWords(name)

    # ---- years and months ----

    def _spans_of_time(self) -> list[Atom]:
        found: list[Atom] = []
        times = [
            (at, m.kind, int(m.values[0])) for at, m in enumerate(self.marks) if m.kind in ("year", "month")
        ]
        times = self._with_months(times)
        skip = -1
        for n, (at, kind, value) in enumerate(times):
            if n <= skip:
                continue
            following = times[n + 1] if n + 1 < len(times) else None
            if following and following[1] == kind and self._ranged(at, following[0]):
                skip = n + 1
                found.append(_time(kind, (value, following[2]), at, following[0]))
                continue
            found.append(_time(kind, self._bounds(at, value), at, at))
        return _merged(found)

    def _with_months(self, times: list[tuple[int, str, int]]) -> list[tuple[int, str, int]]:
        """Months that are named, with the year that stands next."""
        out = list(times)
        for at, kinds in enumerate(self.kinds):
            named = sorted(int(k.partition(":")[2]) for k in kinds if k.startswith("month:"))
            parts = [k.partition(":")[2] for k in kinds if k.startswith("months:")]
            year = self._year_of(at)
            if year is None or not (named or parts):
                continue
            where, value = year
            if named == [5] and self.text[self.marks[at].start] == "m":
                continue  # "may"
            out = [t for t in out if t[0] != where or t[1] == "month"]
            if named:
                out.append((at, "month", value * 12 + named[0] - 1))
            else:
                first, last = (int(x) for x in parts[0].split(":"))
                out += [(at, "month", value * 12 + m - 1) for m in range(first, last + 1)]
        return sorted(out)

    def _year_of(self, at: int) -> tuple[int, int] | None:
        for place in (at + 1, at + 2, at - 1, at + 3, at - 2):
            if 0 <= place < len(self.marks) and self.marks[place].kind == "year":
                return place, int(self.marks[place].values[0])
        return None

    def _ranged(self, at: int, to: int) -> bool:
        """Whether two times are the ends of a span: "2019-2021", "between 2019 and 2021"."""
        between = [k for k in self.kinds[at + 1 : to]]
        gap = self.text[self.marks[at].end : self.marks[to].start].strip()
        if gap in ("-", "–", "—", "~", "~", "/"):
            return gap != "/"
        if len(between) > 2 or not gap:
            return False
        opened = self.near(at, ["between"], 2, 0) is not None
        joined = any("to" in k for k in between)
        return joined and (opened or not any(k & {"and_"} for k in between))

    def _bounds(self, at: int, value: int) -> Span:
        """What stands beside a year opens its span: "since", "or earlier"."""
        after = self.near(at, ["until", "since", "before", "after"], 0, 2)
        kinds = self.kinds[after] if after is not None else frozenset[str]()
        # after the year "before" is Chinese for it ("2020年以前"), in English it opens the next phrase
        written = self.text[self.marks[after].start] if after is not None else "a"
        if kinds & {"until", "since"} and (not written.isascii() or not kinds & {"to"}):
            return (None, value) if "until" in kinds else (value, None)
        if kinds & {"before", "after"} and not written.isascii():
            return (None, value - 1) if "before" in kinds else (value + 1, None)
        before = self.near(at, ["before", "until", "after", "since"], 3, 0)
        kinds = self.kinds[before] if before is not None else frozenset[str]()
        if before is not None and "in" in self.text[self.marks[before].end : self.marks[at].start].split():
            kinds = frozenset[str]() if "until" in kinds else kinds
        for kind, span in (
            ("before", (None, value - 1)),
            ("until", (None, value)),
            ("after", (value + 1, None)),
            ("since", (value, None)),
        ):
            if kind in kinds:
                return span
        return (value, value)

    # ---- not ----

    def _negated(self, atoms: list[Atom]) -> list[Atom]:
        """Each "not" denies the next condition, and those of its kind that only "and" and "or" join to it."""
        denied: set[int] = set()
        for at, kinds in enumerate(self.kinds):
            if not kinds & {"not", "without"} or ("yesno" in kinds and at == 0):
                continue
            if "without" in kinds and not kinds & {"not"}:
                nearest = next((n for n, a in enumerate(atoms) if a.first > at), None)
                if nearest is not None and atoms[nearest].kind != "code":
                    continue  # 没有 asks whether there are any
            denied |= self._reached(atoms, at)
        for at, kinds in enumerate(self.kinds):
            if kinds & {"negated_after", "after_except"}:
                back = [n for n, a in enumerate(atoms) if a.last < at and at - a.last <= 2]
                denied |= set(back[-1:])
        return [replace(a, negated=n in denied) for n, a in enumerate(atoms)]

    def _reached(self, atoms: list[Atom], at: int) -> set[int]:
        reached: list[int] = []
        for n, atom in enumerate(atoms):
            if atom.first <= at:
                continue
            start = atoms[reached[-1]].last if reached else at
            between = range(start + 1, atom.first)
            if reached:
                joined = all(self.kinds[i] & {"and_", "or_", "asking"} for i in between) and not any(
                    self.kinds[i] & {"not", "without"} for i in between
                )
                far = self.text[self.marks[start].end : self.marks[atom.first].start]
                if not joined or atom.kind != atoms[reached[-1]].kind or len(between) > 2 or "with" in far:
                    break
            elif len(between) > SHORT_REACH or self._cut(at, atom.first):
                break
            reached.append(n)
        return set(reached)

    # ---- and, or ----

    def _combined(self, atoms: list[Atom]) -> tuple[Condition, list[tuple[Condition, ...]]]:
        """The condition, and the values of each kind that has several."""
        paired = self._pairs(atoms)
        if paired:
            rest = [a for a in atoms if a.kind not in ("venue", "year")]
            where, parts = self._combined(rest)
            return both(where, either(*paired)), [tuple(paired), *parts]
        conditions: list[Condition] = []
        parts = []
        for kind in dict.fromkeys(a.kind for a in atoms):
            said = [a.condition for a in atoms if a.kind == kind and not a.negated]
            denied = [Not(a.condition) for a in atoms if a.kind == kind and a.negated]
            said = list(dict.fromkeys(self._deepest(said) if kind == "category" else said))
            if len(said) > 1:
                together = kind in ("category", "title") and self.has("both") and self.want == "titles"
                together = together or kind == "several"
                conditions.append(both(*said) if together else either(*said))
                if not together:
                    parts.append(tuple(said))
            else:
                conditions += said
            if said and kind == "code" and denied:
                conditions.remove(Code())
                parts.append((Code(), Not(Code())))
                continue
            conditions += denied
        return both(*conditions), parts

    def _deepest(self, said: list[Condition]) -> list[Condition]:
        """Without the categories above another that is named too: "white-box, under distillation"."""
        paths = [c.path for c in said if isinstance(c, Category)]
        return [
            c
            for c in said
            if not isinstance(c, Category)
            or not any(p != c.path and p[: len(c.path)] == c.path for p in paths)
            or self.want in ("compare", "counts")
        ]

    def _pairs(self, atoms: list[Atom]) -> list[Condition]:
        """ "OSDI 2022 and SOSP 2023": each venue with its own year."""
        venues = [a for a in atoms if a.kind == "venue"]
        years = [a for a in atoms if a.kind == "year"]
        if len(venues) != len(years) or len(venues) < 2 or any(a.negated for a in (*venues, *years)):
            return []
        if all(0 < y.first - v.last <= 2 for v, y in zip(venues, years, strict=True)):
            return [And((v.condition, y.condition)) for v, y in zip(venues, years, strict=True)]
        return []

    # ---- what is left ----

    def _leftover(self) -> list[str]:
        """Words that nothing accounts for, Chinese ones as far as they stand together."""
        out, run = [], ""
        asking = self.know.asking_words
        for mark, kinds in zip(self.marks, self.kinds, strict=True):
            word = self.text[mark.start : mark.end]
            if kinds == {"word"} and word.lower() not in asking:
                if word.isascii():
                    out.append(word)
                else:
                    run += word
                    continue
            if run:
                out.append(run)
                run = ""
        return [w for w in [*out, run] if len(w) > 1]

    def _narrowed(self, where: Condition, left: list[str]) -> tuple[Condition, list[str]]:
        """A category below the one named, where the words left over are its own; else a topic of them."""
        said = [c for c in (where.parts if isinstance(where, And) else (where,)) if isinstance(c, Category)]
        words = set(category_words(" ".join(left)))
        spoken = set(category_words(self.text))
        if words and len(said) <= 1:
            best = self._below(said[0].path if said else (), words, spoken)
            if best:
                rest = [c for c in (where.parts if isinstance(where, And) else (where,)) if c not in said]
                names = set(category_words(" ".join(self.catalog.names_of(best))))
                return both(Category(best), *rest), [w for w in left if set(category_words(w)) - names]
        return where, left

    def _below(self, above: CategoryPath, words: set[str], spoken: set[str]) -> CategoryPath | None:
        """The one category below, a name of which is said wholly and has most of the words left over."""
        scores: dict[CategoryPath, int] = {}
        for path in self.catalog.taxonomy.nodes():
            if path == above or path[: len(above)] != above:
                continue
            own = set(category_words(" ".join(above)))
            for name in self.catalog.names_of(path):
                said = {w for w in category_words(name) if w not in ("for", "or", "and", "of", "based", "的")}
                if said and said & words and said - own <= spoken and (above or len(said) > 1):
                    scores[path] = max(scores.get(path, 0), len(said & words))
        best = sorted(scores, key=lambda p: (-scores[p], len(p)))
        if not best or (len(best) > 1 and scores[best[0]] == scores[best[1]] and best[1][: len(best[0])] != best[0]):
            return None
        return best[0]

    def _titled(self, query: ListQuery) -> ListQuery:
        """Words that the title must have, else a topic of the words left over."""
        titled = [at for at, k in enumerate(self.kinds) if k & {"title"}]
        quoted = [m.values[0] for m in self.marks if m.kind == "quote"]
        if self.want in ("fields", "listed", "categories", "rank", "frameworks"):
            return query
        if quoted and (titled or self.want == "titles"):
            paths = [self.catalog.category(q) for q in quoted]
            if not titled and all(len(p) == 1 for p in paths):
                return query.also(either(*(Category(p[0]) for p in paths)))
            words = [TitleWords(q) for q in quoted]
            return query.also(either(*words) if self.has("or_") else both(*words))
        if titled and query.leftover:
            return replace(query.also(both(*map(TitleWords, query.leftover))), leftover=())
        if query.leftover and self.want in ("titles", "count"):
            return query.also(Topic(" ".join(query.leftover)))
        return query

    def _ordered(self, query: ListQuery) -> ListQuery:
        for order in ("newest", "oldest"):
            if self.has(f"{order}_order"):
                return replace(query, order="newest" if order == "newest" else "oldest", limit=-1)
            for at, kinds in enumerate(self.kinds):
                if order in kinds:
                    place = self.near(at, self._number_kinds(), 2, 2)
                    limit = self._number(place) if place is not None else 0
                    return replace(query, order="newest" if order == "newest" else "oldest", limit=limit)
        return query

    def _number_kinds(self) -> list[str]:
        return ["number", *(f"number:{n}" for n in range(1, 11))]

    def _number(self, at: int) -> int:
        if self.marks[at].kind == "number":
            return int(self.marks[at].values[0])
        return next((int(k.partition(":")[2]) for k in self.kinds[at] if k.startswith("number:")), 0)

    # ---- what is wanted ----

    def _wanted(self, query: ListQuery, atoms: Sequence[Atom], parts: list[tuple[Condition, ...]]) -> ListQuery:
        if self.want in ("fields", "listed"):
            return replace(query, fields=self._fields())
        if self.want == "frameworks":
            ticks = ("training", "inference", "fine_tuning")
            named = ticks if self.has("all_three") else tuple(t for t in ticks if self.has(t))
            denied = tuple(f"no {t}" for t in named if self._denied(t))
            only = ("only",) if self.has("exactly") and not denied else ()
            return replace(query, fields=(*(t for t in named if f"no {t}" not in denied), *denied, *only))
        if self.want == "categories":
            depth = "leaf" if self.has("leaf") else "top" if self.has("top") else "all"
            return replace(query, fields=(depth,))
        if self.want == "rank":
            return self._ranked(query)
        if self.want in ("counts", "compare") and parts:
            values = max(parts, key=len)
            return replace(query, parts=tuple(self._one_of(query, values, value) for value in values))
        return query

    def _denied(self, tick: str) -> bool:
        return any(
            tick in kinds and self.near(at, ["not", "without"], 3, 0) is not None
            for at, kinds in enumerate(self.kinds)
        )

    def _one_of(self, query: ListQuery, values: Sequence[Condition], value: Condition) -> ListQuery:
        where = _without(query.where, values)
        return replace(query, want="count", where=both(where, value), parts=())

    def _fields(self) -> tuple[str, ...]:
        found: list[str] = []
        for kinds in self.kinds:
            found += [field for kind, field in FIELDS.items() if kind in kinds]
        if "year" in found and self.has("month_field"):
            found.remove("year")
        if "code" in found and "link" in found:
            found.remove("link")
        return tuple(dict.fromkeys(found)) or ("listed",)

    def _ranked(self, query: ListQuery) -> ListQuery:
        group = {"venue_field": "venue", "year_field": "year", "year_of": "year", "category_field": "category"}
        group |= {"subcategories": "category"}
        found = [group[kind] for kinds in self.kinds for kind in sorted(kinds) if kind in group]
        numbers = [at for at in range(len(self.marks)) if self.kinds[at] & set(self._number_kinds())]
        number = self._number(numbers[0]) if numbers else 0
        direction: Literal["most", "fewest", "each"] = (
            "fewest" if self.has("fewest") else "most" if self.has("most", "more") else "each"
        )
        exactly = number if direction == "each" and number and self.has("exactly", "more", "fewer") else None
        if exactly is None and direction == "each" and self.has("exactly"):
            exactly = 1
        return replace(
            query,
            group=found[0] if found else "category",
            most=direction != "fewest",
            limit=number if direction != "each" and number else 1 if direction != "each" else 0,
            exactly=exactly,
            order="",
        )


def read_list(text: str, marks: Sequence[Mark], want: Want, knowledge: Knowledge) -> ListQuery:
    """The question as one on the list; `want` as the model tells it."""
    return ListReader(text, marks, want, knowledge).read()


def topic_words(text: str, knowledge: Knowledge) -> str:
    """What of a question says what a paper is about."""
    return " ".join(content(text, knowledge.asking_words))


def _kind(condition: Condition) -> str:
    inner = condition.part if isinstance(condition, Not) else condition
    names = {Years: "year", Venue: "venue", Code: "code", Category: "category", TitleWords: "title"}
    return names.get(type(inner), type(inner).__name__.lower())


def _time(kind: str, span: Span, first: int, last: int) -> Atom:
    return Atom("year" if kind == "year" else "month", Years(span) if kind == "year" else Months(span), first, last)


def _merged(atoms: list[Atom]) -> list[Atom]:
    """ "After 2020 and before 2023" is one span; so are the months of a quarter."""
    ends = [a.condition for a in atoms if isinstance(a.condition, Years) and None in a.condition.span]
    if len(ends) == 2 and len(atoms) == 2:
        spans = [c.span for c in ends]
        first = [a for a, _ in spans if a is not None]
        last = [b for _, b in spans if b is not None]
        if len(first) == len(last) == 1:
            return [_time("year", (first[0], last[0]), atoms[0].first, atoms[1].last)]
    return atoms


def _without(where: Condition, values: Sequence[Condition]) -> Condition:
    parts = where.parts if isinstance(where, And) else (where,)
    kept = [c for c in parts if c not in values and not (isinstance(c, Or) and set(c.parts) == set(values))]
    return both(*kept)
