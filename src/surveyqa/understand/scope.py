"""Which paper of the user's own a question is about, and what is asked of it: `Shelf.find`.

A paper is named by its title, a part of the title that no other text of the corpus has, its authors and year,
or a name that it alone uses. The words of a title are no part of what is asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from itertools import pairwise
from typing import Any

from surveyqa.text.folding import Folding, is_han
from surveyqa.text.terms import STOPWORDS
from surveyqa.understand.vocabulary import BRACKETS, Corpus, Token, alnum, tokens

PART = 0.6  # of a title's words that name it
WORDS = 3  # of a title in a row, at least, that name it
CONTENT = 2  # words in a part of a title that are no stop words
GAP = 2  # words that may stand between, where a title is written with another sign or word
OFTEN = 0.2  # share of a paper's chunks that speak of a name which stands for it
HAN = 0.5  # share of the pairs of characters of a Chinese question that the best chunk of its paper holds
THIS = {"en": "this paper", "zh": "本文"}
QUOTES = "".join(BRACKETS) + "".join(BRACKETS.values())
# Words that only lead to the paper that a question names: "according to the paper ...".
LEADING = STOPWORDS | {
    "per",
    "article",
    "preprint",
    "pdf",
    "work",
    "study",
    "regarding",
    "concerning",
    *"在论文文章这篇中里据根",
}


# What is known of a document beside its text, by the words that ask for it and for nothing else.
FACTS: Mapping[str, frozenset[str]] = {
    "authors": frozenset("author authors wrote written writer writers 作者 谁写的 谁写".split()),
    "year": frozenset(
        "year published publication date released appeared appear 年份 哪年 哪一年 发表 何时 时间".split()
    ),
    "title": frozenset("title full name 标题 题目 全名".split()),
    "pages": frozenset("pages page long length 页 几页 页数".split()),
    "sections": frozenset(
        "sections section chapters chapter outline contents headings structure 章节 目录 结构".split()
    ),
    "tables": frozenset("tables table 表格".split()),
    "figures": frozenset("figures figure 插图".split()),
    "bibtex": frozenset("bibtex cite citation entry 引用".split()),
}
IDLE = STOPWORDS | frozenset(
    "many number give list show count much get need thesis article pdf document report preprint work".split()
)
# What belongs to the paper of the question before, after "the", "this" or "their".
BELONGING = frozenset(
    "author authors paper article thesis model models method methods approach system dataset datasets data "
    "corpus experiment experiments result results evaluation baseline baselines work study".split()
)
POINTING = frozenset("the this their its these those".split())
IDLE_HAN = frozenset("这那篇个论文本的了是有多少几什么哪些谁在上写请给我出和一条")


def belongs(text: str) -> bool:
    """Whether a question speaks of "the authors", "their model", "this paper"."""
    words = [t.text for t in tokens(text)]
    return (
        any(a in POINTING and b in BELONGING for a, b in pairwise(words)) or "作者" in text or "本文" in text
    )


def facts_of(text: str, title: str) -> tuple[str, ...]:
    """Which of `FACTS` a question on the paper of this title asks for, where it asks for nothing else."""
    name = {t.text for t in tokens(title.split(":")[0])} if ":" in title else set()
    words = {t.text for t in tokens(text) if not is_han(t.text)} - IDLE - name
    han = "".join(filter(is_han, text))
    said = {
        fact: [w for w in asking if w in words or (is_han(w[0]) and w in han)]
        for fact, asking in FACTS.items()
    }
    told = {word for its in said.values() for word in its}
    if not words <= told or not set(han) <= IDLE_HAN | name | set("".join(told)):
        return ()
    return tuple(fact for fact, its in said.items() if its)


@dataclass(frozen=True)
class OwnPaper:
    """A paper that was added. year, authors: as printed, where they are known."""

    key: str
    title: str
    authors: str = ""
    year: int | None = None

    @cached_property
    def words(self) -> list[str]:
        return [_plain(token.text) for token in tokens(self.title)]

    @cached_property
    def surnames(self) -> frozenset[str]:
        names = self.authors.replace(" and ", ", ").split(",")
        return frozenset(name.split()[-1].lower() for name in names if name.split())


@dataclass(frozen=True)
class Scope:
    """key, title: of the paper that is asked about; rest: the question without its title, "this paper" in its
    place where the sentence needs it."""

    key: str
    rest: str
    title: str = ""


class Shelf:
    """The papers of the user's own in one corpus."""

    def __init__(self, corpus: Corpus | None, common_word: Callable[[str], bool] | None = None) -> None:
        self._corpus = corpus
        self._common = common_word or (lambda word: False)
        self._fold = Folding()
        documents: Mapping[str, Mapping[str, Any]] = getattr(corpus, "documents", {})
        self.papers = {
            key: OwnPaper(key, self._fold(row["title"]), row["authors"] or "", row["year"])
            for key, row in documents.items()
            if row["kind"] == "paper" and self._sizes[key]
        }

    def titled(self, name: str) -> list[OwnPaper]:
        """The papers that a title, a part of one or a file's name means; all that fit equally well."""
        form = alnum(self._fold(name))
        same = [p for p in self.papers.values() if form and form in (alnum(p.title), alnum(p.key[6:]))]
        return same or [p for p in self.papers.values() if form and form in alnum(p.title)]

    def find(
        self,
        text: str,
        others: Sequence[str] = (),
        last: str = "",
        leans: bool = False,
        listed: bool = False,
        foreign: Sequence[str] = (),
    ) -> Scope | None:
        """The paper that a folded question is about.

        others: names of the list's papers in the question; last: the paper of the turn before; leans: the
        question points back to that; listed: it speaks of the list; foreign: its Chinese characters that are
        no words of the survey's.
        """
        words = tokens(text)
        title = max((m for p in self.papers.values() for m in self._title(p, words, text)), default=None)
        if title:
            _, start, end, key, apart = title
            return Scope(key, self._rest(text, start, end) if apart else text, self.papers[key].title)
        cited = self._cited(text, words)
        if cited:
            return Scope(cited[2], self._rest(text, cited[0], cited[1]), self.papers[cited[2]].title)
        key = "" if listed else self._named(text, words) or self._in_chinese(text, words, foreign)
        if not key and leans and last in self.papers:
            key = last
        strange = [name for name in others if key and not self._known(name, key)]
        return Scope(key, text, self.papers[key].title) if key and not strange else None

    def alone(self, name: str) -> bool:
        """Whether added papers alone have a name, so that a question with it is none on the list."""
        documents = self._documents(name)
        return bool(documents) and all(document in self.papers for document in documents)

    # ---- the title ----

    def _title(
        self, paper: OwnPaper, words: Sequence[Token], text: str
    ) -> Iterator[tuple[int, int, int, str, bool]]:
        """(words, start, end, key, apart) of the part of a question that is this paper's title or enough of
        it; apart: it only names the paper, as a part in running text, "fake restaurant reviews", may not."""
        han = any(map(is_han, paper.title))
        run = _longest(paper.words, [_plain(w.text) for w in words], 0 if han else GAP)
        if run is None:
            return
        first, last, same = run
        start, end = words[first].start, words[last].end
        size = len(paper.words)
        said = [w.text for w in words[first : last + 1] if _plain(w.text) in paper.words]
        content = [word for word in said if word not in STOPWORDS]
        enough = same >= WORDS * (1 + han) and len(content) >= CONTENT  # two characters are a word
        whole = same == size or (enough and same >= PART * size)
        sure = whole and size > 1
        if sure or ((whole or enough) and self._only_in(text[start:end], paper.key)):
            quoted = text[max(0, start - 1) : start] in tuple(QUOTES)
            yield same, start, end, paper.key, whole or quoted

    def _rest(self, text: str, start: int, end: int) -> str:
        """The question without a title and the words that only lead to it."""
        while start and text[start - 1] in QUOTES + "'" and end < len(text) and text[end] in QUOTES + "'.?!":
            start, end = start - 1, end + 1
        before, after = text[:start].rstrip(), text[end:].lstrip()
        idle = all(token.text in LEADING for token in tokens(before))
        if idle and after[:1] in tuple(":：,，;；-–—"):
            return after.lstrip(":：,，;；-–— ").strip() or text
        this = THIS["zh" if any(map(is_han, before + after)) else "en"]
        trimmed = before.split(" ")
        while trimmed and trimmed[-1].lower() in ("the", "paper", "article", "work", "titled", "called"):
            trimmed.pop()
        before = " ".join(trimmed)
        after = after.removeprefix("paper").removeprefix("论文")
        return f"{before} {this}{'' if after[:1] in tuple('?.!,？。') else ' '}{after.lstrip()}".strip()

    # ---- its authors, its names ----

    def _cited(self, text: str, words: Sequence[Token]) -> tuple[int, int, str] | None:
        """(start, end, key) of "Smith et al. (2020)", where one paper alone has these."""
        found: dict[str, tuple[int, int]] = {}
        years = {w.text: w for w in words if w.text.isdigit() and len(w.text) == 4}
        for paper in self.papers.values():
            said = [w for w in words if w.text in paper.surnames and text[w.start].isupper()]
            year = years.get(str(paper.year))
            if said and year:
                end = year.end + (text[year.end : year.end + 1] == ")")
                found[paper.key] = (min(said[0].start, year.start), max(said[-1].end, end))
        return (*next(iter(found.values())), next(iter(found))) if len(found) == 1 else None

    def _named(self, text: str, words: Sequence[Token]) -> str:
        """The key of the paper that alone has a name of the question and often speaks of it, of several the
        one with the most places; empty for none."""
        held: Counter[str] = Counter()
        for name in self._names(text, words):
            keys = Counter(self._documents(name))
            if all(key in self.papers for key in keys):
                held.update({key: n for key, n in keys.items() if n >= OFTEN * self._sizes[key]})
        return max(held, key=lambda key: (held[key], key), default="")

    def _names(self, text: str, words: Sequence[Token]) -> Iterator[str]:
        """What may be a name: a word that is no common one, and words with capitals in a row."""
        latin = [w for w in words if w.text.isascii()]
        run: list[Token] = []
        for word in [*latin, None]:
            if word is not None and text[word.start].isupper() and word.text not in STOPWORDS:
                run.append(word)
                continue
            if len(run) > 1:
                yield text[run[0].start : run[-1].end]
            run = []
        for word in latin:
            written = text[word.start : word.end]
            inner = any(c.isupper() for c in written[1:]) and any(c.isalpha() for c in written)
            if len(word.text) > 3 and not word.text.isdigit() and (inner or not self._common(word.text)):
                yield written

    def _in_chinese(self, text: str, words: Sequence[Token], foreign: Sequence[str]) -> str:
        """The paper of which one chunk holds most of what in a Chinese question is not of the survey's
        field."""
        pairs = {text[n : n + 2] for n in range(len(text) - 1) if set(text[n : n + 2]) <= set(foreign)}
        best: tuple[int, str] = (0, "")
        for chunk in self._corpus.chunks if self._corpus and pairs else ():
            if chunk.document in self.papers:
                titled = any(pair in chunk.title for pair in pairs)
                best = max(best, (sum(pair in chunk.text for pair in pairs) + titled, chunk.document))
        latin = [word.text for word in words if not is_han(word.text) and not word.text.isdigit()]
        known = all(self._known(word, best[1]) for word in latin)
        return best[1] if best[0] >= max(2, HAN * len(pairs)) and known else ""

    @cached_property
    def _sizes(self) -> Counter[str]:
        """How many chunks each document has."""
        return Counter(chunk.document for chunk in self._corpus.chunks) if self._corpus else Counter()

    def _documents(self, name: str) -> list[str]:
        """The document of each chunk that holds a name."""
        places = self._corpus.holding(name) if self._corpus else ()
        return [self._corpus.chunks[p].document for p in places] if self._corpus else []

    def _known(self, name: str, key: str) -> bool:
        """Whether a paper mentions a name."""
        return any(document == key for document in self._documents(name))

    def _only_in(self, name: str, key: str) -> bool:
        return set(self._documents(name)) == {key}


def _plain(word: str) -> str:
    """A word without the s of its plural."""
    return word.rstrip("s") or word


def _longest(title: Sequence[str], words: Sequence[str], gap: int) -> tuple[int, int, int] | None:
    """(first, last word, how many are the title's) of the part of a question that follows a title best, with
    at most `gap` other words between two of its parts."""
    blocks = [b for b in SequenceMatcher(None, title, words, autojunk=False).get_matching_blocks() if b.size]
    if not blocks:
        return None
    most = max(range(len(blocks)), key=lambda n: blocks[n].size)
    first = last = most
    while first and _near(blocks[first - 1], blocks[first], gap):
        first -= 1
    while last + 1 < len(blocks) and _near(blocks[last], blocks[last + 1], gap):
        last += 1
    taken = blocks[first : last + 1]
    return taken[0].b, taken[-1].b + taken[-1].size - 1, sum(block.size for block in taken)


def _near(one: Any, other: Any, gap: int) -> bool:
    """Whether two parts of a title stand as near to each other in a question."""
    in_title, asked = other.a - one.a - one.size, other.b - one.b - one.size
    return bool(in_title <= gap and asked <= gap)
