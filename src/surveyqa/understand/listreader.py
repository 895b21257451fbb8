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
        alone = any(
            m.kind == "category" and m not in rivals and m.values in [r.values for r in rivals] for m in marks
        )
        if rivals and alone and mark.end - mark.start == rivals[0].end - rivals[0].start:
            return mark.kind == "category"  # "prefix tuning papers besides Prefix-Tuning"
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
        if "venue" in kinds and fields == ("listed",):
            fields = ("venue", "year")
        if fields == ("listed",) and self.has("count", "several"):
            fields = ("category",)
        if "category" in kinds and fields == ("listed",):
            fields = ("category",)
        if len(named) > 1 and self.has("which") and fields == ("code",):
            return ListQuery(where=both(either(*named), Code()), want="titles")
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

    def _title_slots(self) -> dict[int, str]:
        """What beside the word "title" is looked for in it, though it may be a category's or paper's name."""
        if self.want in ("fields", "listed") or any(m.kind == "quote" for m in self.marks):
            return {}
        found: dict[int, str] = {}
        for at, kinds in enumerate(self.kinds):
            place = None
            if "title" in kinds:
                place = self.near(at, ["category", "paper"], 4, 4)
                if place is None and not self._leftover():
                    place = self.near(at, ["asking"], 4, 0)
                    while place is not None and self.text[self.marks[place].start].islower():
                        place = place - 1 if place and "asking" in self.kinds[place - 1] else None
            if place is not None:
                mark = self.marks[place]
                written = self.text[mark.start : mark.end]
                if mark.kind != "word" or written.isascii():
                    found[place] = written
        return found

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

    # ---- years and months ----

    def _spans_of_time(self) -> list[Atom]:
        found: list[Atom] = []
        times = [
            (at, "year" if m.kind == "year" else "month", int(m.values[0]))
            for at, m in enumerate(self.marks)
            if m.kind in ("year", "month") or (m.kind == "yymm" and "arxiv" in self.text.lower())
        ]
        times += [
            (at, "year", 2000 + int(m.values[0]))
            for at, m in enumerate(self.marks)
            if m.kind == "number" and at and self.marks[at - 1].kind == "venue" and 10 < int(m.values[0]) < 40
        ]  # "iclr 24"
        times = self._with_months(sorted(times))
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
        years = [i for i, m in enumerate(self.marks) if m.kind == "year"]
        place = min(years, key=lambda i: (abs(i - at), i < at), default=None)
        return None if place is None else (place, int(self.marks[place].values[0]))

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

    # ---- and, or ----

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

    def _leftover(self) -> list[tuple[int, str]]:
        """Words that nothing accounts for, by their marks; Chinese ones as far as they stand together."""
        out: list[tuple[int, str]] = []
        for at, (mark, kinds) in enumerate(zip(self.marks, self.kinds, strict=True)):
            word = self.text[mark.start : mark.end]
            if kinds != {"word"} or word.lower() in self.know.asking_words:
                continue
            if out and not word.isascii() and out[-1][0] == at - 1 and not out[-1][1].isascii():
                out[-1] = (at, out[-1][1] + word)
            else:
                out.append((at, word))
        return [(at, word) for at, word in out if len(word) > 1]

    def _categories(self, atoms: list[Atom], left: list[tuple[int, str]]) -> tuple[list[Atom], list[str]]:
        """The categories that are meant, with the help of the words left over, and what still is.

        "Data selection (the pre-training ones)" is one category below the first; "structured and unstructured
        pruning" are two beside each other.
        """
        said = [a for a in atoms if a.kind == "category" and not a.negated]
        rest = [a for a in atoms if a not in said]
        words = {w for _, word in left for w in category_words(word)}
        paths = [a.condition.path for a in said if isinstance(a.condition, Category)]
        if len(said) == 2:
            for one, other in ((0, 1), (1, 0)):
                mark = self.marks[said[other].first]
                more = set(category_words(self.text[mark.start : mark.end])) - self._own(paths[one])
                best = self._below(paths[one], words | more, all_of=more)
                if best and best != paths[other]:
                    said, paths = [replace(said[one], condition=Category(best))], [best]
                    break
        elif len(said) < 2 and words:
            best = self._below(paths[0] if paths else (), words)
            beside = None if best or not paths else self._beside(paths[0], said[0].first, left)
            place = next((p for p, word in left if set(category_words(word)) & words), 0)
            if best and said and self.near(place, ["not"], 3, 0) is not None:
                rest.append(Atom("category", Category(best), place, place, negated=True))
            elif best:
                first = said[0].first if said else left[0][0]
                said, paths = [Atom("category", Category(best), first, first)], [best]
            elif beside:
                said = [Atom("category", Category(beside), said[0].first - 1, said[0].first - 1), *said]
                paths.append(beside)
        own = {w for path in paths for w in self._own(path)}
        atoms = sorted([*rest, *said], key=lambda a: a.first)
        return atoms, [word for _, word in left if set(category_words(word)) - own]

    def _own(self, path: CategoryPath) -> set[str]:
        """The words of a category's names and of those above it."""
        above = [path[:n] for n in range(1, len(path) + 1)]
        return set(category_words(" ".join(name for p in above for name in self.catalog.names_of(p))))

    def _below(
        self,
        above: CategoryPath,
        words: set[str],
        all_of: set[str] = frozenset(),  # type: ignore[assignment]
    ) -> CategoryPath | None:
        """The one category below, a name of which is said wholly and has most of the words left over."""
        spoken, own = set(category_words(self.text)), self._own(above)
        scores: dict[CategoryPath, int] = {}
        for path in self.catalog.taxonomy.nodes():
            if path == above or path[: len(above)] != above:
                continue
            for name in self.catalog.names_of(path):
                said = {w for w in category_words(name) if w not in ("for", "or", "and", "of", "based", "的")}
                new = said - own
                if new & words and new <= spoken and (above or len(said) > 1) and all_of <= said | own:
                    scores[path] = max(scores.get(path, 0), len(new & words))
        best = sorted(scores, key=lambda p: (-scores[p], len(p)))
        if not best:
            return None
        rivals = [p for p in best[1:] if scores[p] == scores[best[0]] and p[: len(best[0])] != best[0]]
        return None if rivals else best[0]

    def _beside(self, path: CategoryPath, at: int, left: Sequence[tuple[int, str]]) -> CategoryPath | None:
        """The category that shares the last word with the one at a mark, said before it and an "and"."""
        nearest = [word for place, word in left if 0 < at - place <= 3]
        joined = any(self.kinds[i] & {"and_", "or_"} for i in range(max(0, at - 2), at))
        if not nearest or not joined:
            return None
        found = self.catalog.category(f"{nearest[-1]} {path[-1].split()[-1]}")
        return found[0] if len(found) == 1 and found[0] != path else None

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
                words = [TitleWords(q, self.has("starts")) for q in quoted]
                return query.also(either(*words) if self.has("or_") else both(*words))
        left = [w for w in query.leftover if w not in ("word", "words")]
        titled = any(isinstance(c, TitleWords) for c in query.conditions)
        if self.has("title") and left and not titled:
            return replace(query.also(both(*(TitleWords(w, self.has("starts")) for w in left))), leftover=())
        if not left:
            return query
        topic = Topic(self._phrase(left))
        of_its_own = any(isinstance(c, Category | TitleWords | Author | Named) for c in query.conditions)
        said = any(query.also(topic).matches(p) for p in self.catalog.papers)
        if of_its_own and not (said and self._topical(left)):
            return query
        if not of_its_own and len(left) < 2 and query.conditions and not said:
            return query
        return replace(query.also(topic), leftover=())

    def _topical(self, left: Sequence[str]) -> bool:
        """Whether words left over are said to be what a paper is about, and are no part of a slot's phrase."""
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

    def _number_kinds(self) -> list[str]:
        return ["number", *(f"number:{n}" for n in range(1, 11))]

    def _number(self, at: int) -> int:
        if self.marks[at].kind == "number":
            return int(self.marks[at].values[0])
        return next((int(k.partition(":")[2]) for k in self.kinds[at] if k.startswith("number:")), 0)

    # ---- what is wanted ----

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
            if len(values) < 2:
                return replace(query, want="count" if query.count else "titles")
            return replace(query, parts=tuple(self._one_of(query, values, value) for value in values))
        return query

    def _children(self, query: ListQuery) -> tuple[Condition, ...]:
        """The categories right below the one named, of which the question says what sets them apart."""
        above = [c.path for c in query.conditions if isinstance(c, Category)]
        found: list[Condition] = []
        for path in self.catalog.taxonomy.children(above[0]) if above else ():
            own = {w for name in self.catalog.names_of(path) for w in category_words(name)} - self._own(
                above[0]
            )
            if own & set(category_words(self.text)):
                found.append(Category(path))
        return tuple(found)

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
            fields=("top",) if self.has("top") else (),
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


def topic_words(text: str, knowledge: Knowledge) -> str:
    """What of a question says what a paper is about."""
    return " ".join(content(text, knowledge.asking_words))


def _kind(condition: Condition) -> str:
    inner = condition.part if isinstance(condition, Not) else condition
    names = {Years: "year", Venue: "venue", Code: "code", Category: "category", TitleWords: "title"}
    return names.get(type(inner), type(inner).__name__.lower())


def _time(kind: str, span: Span, first: int, last: int) -> Atom:
    return Atom(
        "year" if kind == "year" else "month", Years(span) if kind == "year" else Months(span), first, last
    )


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
