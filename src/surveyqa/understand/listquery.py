"""A question on the paper list as a query: which papers, and what is wanted of them.

A condition is a small tree of `And`, `Or`, `Not` over facts of an entry; `matches` decides, `describe` says
it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urlsplit

from surveyqa.catalog.parsing import CategoryPath, Paper
from surveyqa.text.terms import tokenize

Want = Literal["titles", "count", "counts", "compare", "rank", "fields", "listed", "categories", "frameworks"]
Span = tuple[int | None, int | None]
Ranker = Callable[[str], Sequence[str]]  # a topic in words -> keys of the papers on it, best first


@dataclass(frozen=True)
class Everything:
    """Every paper of the list."""

    def matches(self, paper: Paper) -> bool:
        return True

    def describe(self, language: str) -> str:
        return ""


@dataclass(frozen=True)
class And:
    parts: tuple[Condition, ...]

    def matches(self, paper: Paper) -> bool:
        return all(part.matches(paper) for part in self.parts)

    def describe(self, language: str) -> str:
        return (";" if language == "zh" else ", ").join(_bracketed(p, language, Or) for p in self.parts)


@dataclass(frozen=True)
class Or:
    parts: tuple[Condition, ...]

    def matches(self, paper: Paper) -> bool:
        return any(part.matches(paper) for part in self.parts)

    def describe(self, language: str) -> str:
        return ("或" if language == "zh" else " or ").join(_bracketed(p, language, And) for p in self.parts)


@dataclass(frozen=True)
class Not:
    part: Condition

    def matches(self, paper: Paper) -> bool:
        return not self.part.matches(paper)

    def describe(self, language: str) -> str:
        if isinstance(self.part, Code):
            return "无代码" if language == "zh" else "without code"
        return (
            f"非({self.part.describe(language)})"
            if language == "zh"
            else f"not {self.part.describe(language)}"
        )


@dataclass(frozen=True)
class Category:
    path: CategoryPath

    def matches(self, paper: Paper) -> bool:
        return any(place[: len(self.path)] == self.path for place in paper.categories)

    def describe(self, language: str) -> str:
        return self.path[-1]


@dataclass(frozen=True)
class Venue:
    """tracks: the tracks that count (None is the conference itself); () for all of them."""

    name: str
    tracks: tuple[str | None, ...] = (None, "short")

    def matches(self, paper: Paper) -> bool:
        return paper.venue == self.name and (not self.tracks or paper.track in self.tracks)

    def describe(self, language: str) -> str:
        named = [t for t in self.tracks if t and t != "short"]
        return " ".join([self.name, *named])


@dataclass(frozen=True)
class Track:
    """A workshop, Findings or demo paper, of whatever venue."""

    name: str

    def matches(self, paper: Paper) -> bool:
        return paper.track == self.name

    def describe(self, language: str) -> str:
        return self.name


@dataclass(frozen=True)
class NoVenue:
    """On arXiv alone, a blog or a website: nothing that refereed it."""

    def matches(self, paper: Paper) -> bool:
        return paper.venue in (None, "arXiv", "Blog", "Website")

    def describe(self, language: str) -> str:
        return "未在会议或期刊发表" if language == "zh" else "no conference or journal"


@dataclass(frozen=True)
class Years:
    """From the first year to the last, both included; None is open."""

    span: Span

    def matches(self, paper: Paper) -> bool:
        return _within(paper.year, self.span)

    def describe(self, language: str) -> str:
        return _span_words(self.span, language, str)


@dataclass(frozen=True)
class Months:
    """The same of months, counted from the year 0; an arXiv id tells a paper's month, nothing else does."""

    span: Span

    def matches(self, paper: Paper) -> bool:
        return _within(month_of(paper), self.span)

    def describe(self, language: str) -> str:
        return _span_words(self.span, language, lambda n: f"{n // 12}-{n % 12 + 1:02d}")


@dataclass(frozen=True)
class Code:
    def matches(self, paper: Paper) -> bool:
        return bool(paper.code)

    def describe(self, language: str) -> str:
        return "有代码" if language == "zh" else "with code"


@dataclass(frozen=True)
class CodeHost:
    """The code, or for want of it the paper, is linked at a host or belongs to an organisation there."""

    name: str
    place: Literal["host", "organisation"] = "organisation"

    def matches(self, paper: Paper) -> bool:
        if self.place == "host":
            return any(self.name in urlsplit(url or "").netloc for url in (paper.url, paper.code))
        return organisation_of(paper).lower() == self.name.lower()

    def describe(self, language: str) -> str:
        return f"链接指向 {self.name}" if language == "zh" else f"linked at {self.name}"


@dataclass(frozen=True)
class ArxivId:
    def matches(self, paper: Paper) -> bool:
        return bool(paper.arxiv_id)

    def describe(self, language: str) -> str:
        return "有 arXiv 编号" if language == "zh" else "with an arXiv id"


@dataclass(frozen=True)
class Several:
    """More than one entry on the list, or in more than one category."""

    of: Literal["entries", "categories"] = "entries"

    def matches(self, paper: Paper) -> bool:
        return len(paper.places if self.of == "entries" else paper.categories) > 1

    def describe(self, language: str) -> str:
        if language == "zh":
            return "列出不止一次" if self.of == "entries" else "属于多个类别"
        return "listed more than once" if self.of == "entries" else "in several categories"


@dataclass(frozen=True)
class TitleWords:
    """The title holds these words one after the other, hyphens and spaces alike; `start`: it begins so.

    A short one must begin a word or a part of a name: "RoPE" is in "LongRoPE", not in "Properties".
    """

    words: str
    start: bool = False

    def matches(self, paper: Paper) -> bool:
        title, wanted = _flat(paper.title), _flat(self.words)
        at = title.lower().find(wanted.lower())
        while at >= 0:
            if self.start:
                return at == 0
            if at == 0 or not title[at - 1].isalnum() or len(wanted) > 4 or title[at].isupper():
                return True
            at = title.lower().find(wanted.lower(), at + 1)
        return False

    def describe(self, language: str) -> str:
        return f"标题含“{self.words}”" if language == "zh" else f"title with “{self.words}”"


@dataclass(frozen=True)
class Author:
    """Papers whose authors, as the survey's bibliography has them, hold this name."""

    name: str
    keys: frozenset[str]

    def matches(self, paper: Paper) -> bool:
        return paper.key in self.keys

    def describe(self, language: str) -> str:
        return f"作者 {self.name}" if language == "zh" else f"by {self.name}"


@dataclass(frozen=True)
class Named:
    """Papers that the question names."""

    name: str
    keys: tuple[str, ...]

    def matches(self, paper: Paper) -> bool:
        return paper.key in self.keys

    def describe(self, language: str) -> str:
        return self.name


@dataclass(frozen=True)
class Topic:
    """What a paper is about, in words that are no category's. keys: its papers, once `resolved`."""

    words: str
    keys: tuple[str, ...] | None = None

    def matches(self, paper: Paper) -> bool:
        if self.keys is not None:
            return paper.key in self.keys
        said = set(tokenize(paper.title))
        return set(tokenize(self.words)) <= said

    def describe(self, language: str) -> str:
        return f"关于“{self.words}”" if language == "zh" else f"about “{self.words}”"


Condition = (
    Everything | And | Or | Not | Category | Venue | Track | NoVenue | Years | Months | Code | CodeHost
    | ArxivId | Several | TitleWords | Author | Named | Topic
)  # fmt: skip


@dataclass(frozen=True)
class ListQuery:
    """What is asked of the list.

    where:    the condition on papers.
    want:     titles, a count, several counts (of `parts`), to compare them, what has the most (`group`),
              fields of named papers, whether a name is listed, the categories below one, or framework rows.
    fields:   of `fields` what is wanted of each paper, of `frameworks` the ticks, of `categories` the depth.
    group:    of `rank`: "venue", "year" or "category"; most: the first, else the last of them, `limit`.
    order:    only the newest or oldest, `limit` of them, or all in that order where limit is -1.
    entries:  entries are counted, duplicates included. count: a number is wanted beside the titles.
    parts:    the same question of each value of what it names several of.
    leftover: words that nothing accounts for; unknown: a venue or paper that the list does not have.
    """

    where: Condition = Everything()
    want: Want = "titles"
    fields: tuple[str, ...] = ()
    group: str = ""
    most: bool = True
    order: Literal["", "newest", "oldest"] = ""
    limit: int = 0
    entries: bool = False
    count: bool = False
    share: bool = False
    exactly: int | None = None
    parts: tuple[ListQuery, ...] = ()
    leftover: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    def matches(self, paper: Paper) -> bool:
        return self.where.matches(paper)

    def describe(self, language: str) -> str:
        said = self.where.describe(language)
        if self.order and self.limit >= 0:
            word = {"newest": ("newest", "最新"), "oldest": ("oldest", "最早")}[self.order][language == "zh"]
            said = f"{said}, {word}" if said else word
        return said

    def resolved(self, rank: Ranker) -> ListQuery:
        """The query with the topics in it ranked."""
        return replace(
            self, where=_mapped(self.where, rank), parts=tuple(part.resolved(rank) for part in self.parts)
        )

    def also(self, condition: Condition) -> ListQuery:
        """The query narrowed by one more condition."""
        return replace(self, where=both(self.where, condition))

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The conditions that stand in it, whatever binds them."""
        return tuple(leaves(self.where))


def leaves(condition: Condition) -> Iterator[Condition]:
    """The conditions at the tips of a tree."""
    if isinstance(condition, And | Or):
        for part in condition.parts:
            yield from leaves(part)
    elif isinstance(condition, Not):
        yield from leaves(condition.part)
    elif not isinstance(condition, Everything):
        yield condition


def both(*conditions: Condition) -> Condition:
    """All of them, without the ones that say nothing."""
    said = [c for c in conditions if not isinstance(c, Everything)]
    flat = [part for c in said for part in (c.parts if isinstance(c, And) else (c,))]
    return flat[0] if len(flat) == 1 else And(tuple(dict.fromkeys(flat))) if flat else Everything()


def either(*conditions: Condition) -> Condition:
    """Any of them."""
    unique = tuple(dict.fromkeys(conditions))
    return unique[0] if len(unique) == 1 else Or(unique) if unique else Everything()


def organisation_of(paper: Paper) -> str:
    """The account that a paper's code belongs to: "microsoft" for github.com/microsoft/DeepSpeed."""
    parts = [part for part in urlsplit(paper.code or "").path.split("/") if part]
    return parts[0] if parts and urlsplit(paper.code or "").netloc in ("github.com", "huggingface.co") else ""


def month_of(paper: Paper) -> int | None:
    """The month that the arXiv id tells, counted from the year 0; None without one, or with an old one."""
    number, dot, _ = (paper.arxiv_id or "").partition(".")
    return (2000 + int(number[:2])) * 12 + int(number[2:]) - 1 if dot and len(number) == 4 else None


def _mapped(condition: Condition, rank: Ranker) -> Condition:
    if isinstance(condition, Topic):
        return Topic(condition.words, tuple(rank(condition.words)))
    if isinstance(condition, And):
        return And(tuple(_mapped(part, rank) for part in condition.parts))
    if isinstance(condition, Or):
        return Or(tuple(_mapped(part, rank) for part in condition.parts))
    return Not(_mapped(condition.part, rank)) if isinstance(condition, Not) else condition


def _within(value: int | None, span: Span) -> bool:
    first, last = span
    return value is not None and (first is None or value >= first) and (last is None or value <= last)


def _span_words(span: Span, language: str, shown: Callable[[int], str]) -> str:
    first, last = span
    if first is not None and first == last:
        return shown(first)
    if first is None and last is not None:
        return f"{shown(last)} 及以前" if language == "zh" else f"until {shown(last)}"
    if last is None and first is not None:
        return f"{shown(first)} 起" if language == "zh" else f"since {shown(first)}"
    return f"{shown(first or 0)}–{shown(last or 0)}"


def _flat(text: str) -> str:
    for mark in "-‑–_":
        text = text.replace(mark, " ")
    return " ".join(text.split())


def _bracketed(condition: Condition, language: str, inside: type) -> str:
    said = condition.describe(language)
    return f"({said})" if isinstance(condition, inside) else said
