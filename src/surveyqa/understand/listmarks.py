"""The marks of a question on the list: what stands around one, its years, the categories it means."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from surveyqa.catalog.categories import words as category_words
from surveyqa.catalog.parsing import CategoryPath
from surveyqa.understand.listquery import (
    Category,
    Condition,
    ListQuery,
    Months,
    Span,
    Want,
    Years,
)
from surveyqa.understand.vocabulary import Knowledge, Mark

BOUNDARY = frozenset(",;:?!.,;:?!。、()()")


@dataclass(frozen=True)
class Atom:
    """A condition where it stands in the question: from the first mark to the last."""

    kind: str
    condition: Condition
    first: int
    last: int
    negated: bool = False


class MarkedQuestion:
    """`marks` are those of `Knowledge.marks`, `want` what the model tells."""

    def __init__(self, text: str, marks: Sequence[Mark], want: Want, knowledge: Knowledge) -> None:
        self.text = text
        self.know = knowledge
        self.catalog = knowledge.catalog
        self.want = want
        self.given = marks
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

    def _number_kinds(self) -> list[str]:
        return ["number", *(f"number:{n}" for n in range(1, 11))]

    def _number(self, at: int) -> int:
        if self.marks[at].kind == "number":
            return int(self.marks[at].values[0])
        return next((int(k.partition(":")[2]) for k in self.kinds[at] if k.startswith("number:")), 0)

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

    # ---- categories, and what is left over ----

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
        """The category beside one at a mark that the word before it tells: "white- or black-box"."""
        nearest = [word for place, word in left if 0 < at - place <= 3]
        joined = any(self.kinds[i] & {"and_", "or_"} for i in range(max(0, at - 2), at))
        if not nearest or not joined:
            return None
        said = set(category_words(nearest[-1]))
        for sibling in self.catalog.taxonomy.children(path[:-1]):
            names = {w for name in self.catalog.names_of(sibling) for w in category_words(name)}
            if sibling != path and said & (names - self._own(path)):
                return sibling
        return None

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

    def _title_slots(self) -> dict[int, str]:
        """What beside the word "title" is looked for in it, though it may be a category's or paper's name."""
        if self.want in ("fields", "listed") or any(m.kind == "quote" for m in self.marks):
            return {}
        found: dict[int, str] = {}
        for at, kinds in enumerate(self.kinds):
            place = None
            if "title" in kinds:
                slots = ["category", "paper"]
                place = self.near(at, slots, 0, 3)  # "whose title says Mamba", else "Mamba in the title"
                place = self.near(at, slots, 4, 0) if place is None else place
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
