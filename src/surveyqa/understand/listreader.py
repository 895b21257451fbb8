"""The marks of a question as a `ListQuery`: what is filtered, what negated, what is wanted.

No wording is matched here: phrases are looked up (`words.json`), what a question wants is told by the model;
this is the logic between the marks, such as how far a "not" reaches and what "and" binds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from surveyqa.understand.listmarks import Atom, MarkedQuestion
from surveyqa.understand.listquery import (
    And,
    ArxivId,
    Author,
    Category,
    Code,
    CodeHost,
    Condition,
    ListQuery,
    Named,
    Not,
    NoVenue,
    Or,
    Several,
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


class ListReader(MarkedQuestion):
    """Reads one question."""

    def read(self) -> ListQuery:
        atoms = self._named(self._negated(self._atoms()))
        atoms, left = self._categories(atoms, self._leftover())
        if self.want in ("fields", "listed"):
            return self._looked_up(atoms, left)
        where, parts = self._combined(atoms)
        query = ListQuery(where=where, want=self.want, leftover=tuple(left))
        query = self._ordered(self._titled(query))
        query = replace(
            query,
            entries=self.has("entries") and not self.has("distinct"),
            count=self.has("count"),
            share=self.has("share"),
        )
        return self._wanted(query, atoms, parts)

    def _looked_up(self, atoms: Sequence[Atom], left: list[str]) -> ListQuery:
        """A field of named papers; of several, those that have it: "which of GPTQ and AWQ have code?" """
        named = [a.condition for a in atoms if isinstance(a.condition, Named) and not a.negated]
        numbers = [m.values[0] for m in self.marks if m.kind == "arxiv"]
        named += [Named(p.arxiv_id or "", (p.key,)) for p in self.catalog.papers if p.arxiv_id in numbers]
        kinds = {a.kind for a in atoms}
        fields = self._fields()
        if "venue" in kinds and "venue" not in fields:
            fields = ("venue", "year") if fields == ("listed",) else ("venue", *fields)
        if fields == ("listed",) and self.has("count", "several"):
            fields = ("category",)
        if "category" in kinds and fields == ("listed",):
            fields = ("category",)
        if len(named) > 1 and self.has("which") and fields == ("code",):
            return ListQuery(where=both(either(*named), Code()), want="titles")
        filed = any(m.kind == "category" for m in self.given)
        if fields == ("listed",) and named and filed and not kinds - {"named", "year", "venue", "month"}:
            want: Want = "count" if self.has("count") else "titles"  # "the prefix tuning entries, 2025"
            return self.__class__(self.text, self.given, want, self.know).read()
        if not named and not left and kinds - {"category"}:
            return self.__class__(
                self.text, self.marks, "titles", self.know
            ).read()  # "is there a UAI paper?"
        if not named:
            found = self._recalled(left)
            if not found.keys and fields == ("listed",) and len(left) > 1:
                return self.__class__(self.text, self.marks, "titles", self.know).read()
            return ListQuery(
                where=found, want="fields", fields=fields, unknown=() if found.keys else tuple(left)
            )
        return ListQuery(where=either(*named), want=self.want, fields=fields)

    def _recalled(self, left: list[str]) -> Named:
        """A paper by what is quoted or by a part of its title, in any order, or by a name near to it."""
        quoted = [str(m.values[0]) for m in self.marks if m.kind == "quote"]
        name = quoted[0] if quoted else " ".join(left)
        titled = self.catalog.titled(name) if len(name.split()) > 1 else ()
        papers = self.catalog.find(name) or (titled if len(titled) == 1 else ())
        papers = papers or self.catalog.recalled(content(self.text, self.know.asking_words), missing=1)
        papers = papers or (self.catalog.find_close(name) if name else ())
        return Named(name, tuple(p.key for p in papers))

    def _longer(self, mark: Mark) -> Named:
        """A paper by its name, or by a longer run of its title that one title alone has."""
        before = self.text[: mark.start].split()
        for n in range(min(4, len(before)), 0, -1):
            name = " ".join([*before[-n:], self.text[mark.start : mark.end]])
            found = self.catalog.titled(name) if before[-n][0].isupper() else ()
            if len(found) == 1:
                return Named(name, (found[0].key,))
        return Named(self.text[mark.start : mark.end], mark.values)

    def _atoms(self) -> list[Atom]:
        found: list[Atom] = []
        found += self._spans_of_time()
        titled = self._title_slots()
        for at, mark in enumerate(self.marks):
            condition = self._condition(at, mark) if at not in titled else TitleWords(titled[at])
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
        if kinds & {"published"} and self.want != "fields":
            return Not(NoVenue())
        if kinds & {"several"}:
            said = self.text[mark.start : mark.end].lower()
            filed = any(x in said for x in ("categor", "section", "类", "小节"))
            return Several("categories" if filed else "entries")
        if kinds & {"code"} and self.want not in ("fields", "frameworks"):
            return Code()
        tracks = kinds & {"workshop", "findings", "demo"}
        if tracks and not self.has("main_track", "any_track"):
            return Track(min(tracks))
        return None

    def _venue(self, at: int, name: str) -> Condition:
        if self.has("any_track") or name in self.catalog.side_venues:
            return Venue(name, ())
        return Venue(name)

    def _paper(self, at: int, mark: Mark) -> Condition | None:
        """The paper itself; in a question for a set `_named` takes it for what titles say."""
        return self._longer(mark)

    def _named(self, atoms: list[Atom]) -> list[Atom]:
        """In a question for a set, a name is what the title says; after "besides", the paper itself."""
        if self.want in ("fields", "listed"):
            return atoms
        several = sum(a.kind == "named" and not a.negated for a in atoms) > 1 and self.has(
            "which", "which_of"
        )
        return [
            replace(a, kind="title", condition=TitleWords(a.condition.name))
            if isinstance(a.condition, Named) and not a.negated and not several and len(a.condition.name) < 40
            else a
            for a in atoms
        ]

    def _negated(self, atoms: list[Atom]) -> list[Atom]:
        """Each "not" denies the next condition, and those of its kind that only "and" and "or" join to it."""
        denied: set[int] = set()
        for at, kinds in enumerate(self.kinds):
            if not kinds & {"not", "without"} or ("yesno" in kinds and at == 0):
                continue
            if "without" in kinds and not kinds & {"not"}:
                nearest = next((n for n, a in enumerate(atoms) if a.first > at), None)
                denied_here = ("code", "title") if self.text[self.marks[at].start].isascii() else ("code",)
                if nearest is not None and atoms[nearest].kind not in denied_here:
                    continue  # 没有 asks whether there are any
            denied |= self._reached(atoms, at)
        for at, kinds in enumerate(self.kinds):
            ends = kinds & {"negated_after"} and not self._reached(atoms, at)
            if ends or kinds & {"after_except"}:
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

    def _combined(self, atoms: list[Atom]) -> tuple[Condition, list[tuple[Condition, ...]]]:
        """The condition, and the values of each kind that has several."""
        atoms = self._on_tracks(atoms)
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
                together = together and any(both(*said).matches(p) for p in self.catalog.papers)
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

    def _on_tracks(self, atoms: list[Atom]) -> list[Atom]:
        """A venue with the track beside it is one condition; on arXiv in some month is none of the venue."""
        tracks = [a.condition.name for a in atoms if isinstance(a.condition, Track) and not a.negated]
        venues = [a for a in atoms if a.kind == "venue" and not a.negated]
        if tracks and venues:
            atoms = [a for a in atoms if a.kind != "track"]
            atoms = [
                replace(a, condition=Venue(a.condition.name, tuple(tracks)))
                if isinstance(a.condition, Venue) and not a.negated and a.condition.tracks
                else a
                for a in atoms
            ]
        if any(a.condition != Venue("arXiv") for a in venues):
            atoms = [a for a in atoms if a.kind != "novenue"]
        if any(a.kind == "month" for a in atoms):
            atoms = [a for a in atoms if a.negated or a.condition != Venue("arXiv")]
        return atoms

    def _pairs(self, atoms: list[Atom]) -> list[Condition]:
        """ "OSDI 2022 and SOSP 2023": each venue with its own year."""
        venues = [a for a in atoms if a.kind == "venue"]
        years = [a for a in atoms if a.kind == "year"]
        if len(venues) != len(years) or len(venues) < 2 or any(a.negated for a in (*venues, *years)):
            return []
        if all(0 < y.first - v.last <= 2 for v, y in zip(venues, years, strict=True)):
            return [And((v.condition, y.condition)) for v, y in zip(venues, years, strict=True)]
        return []

    def _titled(self, query: ListQuery) -> ListQuery:
        """Words that the title must have; else a topic, where the words left over are some title's.

        What no title says ("the ones my advisor wants") is told as left over, and narrows nothing.
        """
        quoted = [m.values[0] for m in self.marks if m.kind == "quote"]
        about_titles = self.has("title") or (bool(quoted) and self.has("titles"))
        if self.want in ("categories", "rank", "frameworks"):
            return query
        if quoted and (about_titles or self.want == "titles"):
            paths = [self.catalog.category(q) for q in quoted]
            if not about_titles and all(len(p) == 1 for p in paths):
                return query.also(either(*(Category(p[0]) for p in paths)))
            if about_titles or not query.conditions:
                words: list[Condition] = [TitleWords(q, self.has("starts")) for q in quoted]
                if any(
                    m.kind == "quote" and self.near(at, ["not", "without"], 4, 0) is not None
                    for at, m in enumerate(self.marks)
                ):
                    words = [Not(w) for w in words]
                return query.also(either(*words) if self.has("or_") else both(*words))
        left = [w for w in query.leftover if w not in ("word", "words")]
        titled = any(isinstance(c, TitleWords) for c in query.conditions)
        if self.has("title") and left and not titled:
            left = [w for w in left if any(TitleWords(w).matches(p) for p in self.catalog.papers)] or left
            return replace(query.also(both(*(TitleWords(w, self.has("starts")) for w in left))), leftover=())
        if not left:
            return query
        if not query.conditions and all(w.isupper() for w in left):  # a venue that the list does not have
            return replace(query, where=Named(" ".join(left), ()), unknown=tuple(left), leftover=())
        topic = Topic(self._phrase(left))
        of_its_own = any(isinstance(c, Category | TitleWords | Author | Named) for c in query.conditions)
        said = any(query.also(topic).matches(p) for p in self.catalog.papers)
        topical = self._topical(left)
        if query.conditions and not ((said and topical) if of_its_own else (said or topical)):
            return query
        return replace(query.also(topic), leftover=())

    def _topical(self, left: Sequence[str]) -> bool:
        """Whether words left over are said to be what a paper is about, after the slots."""
        slots = [at for at, m in enumerate(self.marks) if m.kind in ("category", "author")]
        for at, mark in enumerate(self.marks):
            if self.text[mark.start : mark.end] in left and self.near(at, ["topic"], 3, 0) is not None:
                return all(slot < at - 1 for slot in slots)
        return False

    def _phrase(self, left: Sequence[str]) -> str:
        """The question from the first word left over to the last, a number before them included."""
        places = [at for at, m in enumerate(self.marks) if self.text[m.start : m.end] in left]
        if not places or not self.text.isascii():
            return " ".join(left)
        first = places[0] - (places[0] > 0 and self.marks[places[0] - 1].kind == "number")
        return self.text[self.marks[first].start : self.marks[places[-1]].end]

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

    def _wanted(
        self, query: ListQuery, atoms: Sequence[Atom], parts: list[tuple[Condition, ...]]
    ) -> ListQuery:
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
        if self.want in ("counts", "compare"):
            values = max(parts, key=len, default=()) or self._children(query)
            if len(values) < 2 and Code() in query.conditions:  # "how many have code and how many don't?"
                values = (Code(), Not(Code()))
            if len(values) < 2:
                return replace(query, want="count" if query.count else "titles")
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
        if self.has("published_verb") and not {"year", "month"} & set(found):
            found.insert(0, "venue")
        if "code" in found and "link" in found:
            found.remove("link")
        return tuple(dict.fromkeys(found)) or ("listed",)

    def _ranked(self, query: ListQuery) -> ListQuery:
        group = {
            "venue_field": "venue",
            "year_field": "year",
            "year_of": "year",
            "category_field": "category",
        }
        group |= {"subcategories": "category"}
        found = [group[kind] for kinds in self.kinds for kind in sorted(kinds) if kind in group]
        numbers = [at for at in range(len(self.marks)) if self.kinds[at] & set(self._number_kinds())]
        number = self._number(numbers[0]) if numbers else 0
        bound = "at_least" if self.has("at_least") else "at_most" if self.has("at_most") else ""
        direction: Literal["most", "fewest", "each"] = (
            "fewest" if self.has("fewest") else "most" if self.has("most", "more") else "each"
        )
        direction = "each" if bound and number else direction
        exactly = number if direction == "each" and number and (bound or self.has("exactly")) else None
        if exactly is None and direction == "each" and self.has("exactly") and not bound:
            exactly = 1
        return replace(
            query,
            group=found[0] if found else "category",
            most=direction != "fewest",
            limit=number if direction != "each" and number else 1 if direction != "each" else 0,
            exactly=exactly,
            order="",
            fields=(*(("top",) if self.has("top") else ()), *((bound,) if bound else ())),
            where=self._others(query.where, found[0] if found else "category"),
        )

    def _others(self, where: Condition, group: str) -> Condition:
        """ "The most common venue after arXiv": what is ranked is not what is left aside."""
        venue = where if isinstance(where, Venue) else None
        where = Not(venue) if venue and group == "venue" else where
        return both(where, Not(NoVenue())) if group == "venue" and self.has("conference") else where


def read_list(text: str, marks: Sequence[Mark], want: Want, knowledge: Knowledge) -> ListQuery:
    """The question as one on the list; `want` as the model tells it."""
    said = {kind for mark in marks for kind in mark.names}
    if "framework_table" in said:
        want = "frameworks"
    if want == "frameworks":  # "fine-tuning" is a tick there, no category
        marks = knowledge.phrases(text)
    if want == "categories" and sum(mark.kind == "category" for mark in marks) > 1:
        want = "compare"
    return ListReader(text, marks, want, knowledge).read()


def _kind(condition: Condition) -> str:
    inner = condition.part if isinstance(condition, Not) else condition
    names = {Years: "year", Venue: "venue", Code: "code", Category: "category", TitleWords: "title"}
    return names.get(type(inner), type(inner).__name__.lower())


def _without(where: Condition, values: Sequence[Condition]) -> Condition:
    parts = where.parts if isinstance(where, And) else (where,)
    kept = [c for c in parts if c not in values and not (isinstance(c, Or) and set(c.parts) == set(values))]
    return both(*kept)
