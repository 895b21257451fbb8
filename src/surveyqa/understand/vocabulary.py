"""What the catalogue and the index know, found in a text by one look-up: `Knowledge.marks`.

A mark is a word of asking ("newest", "without") or a slot (a category, a venue, a year, a paper, an author).
Misspelt words are first mended against the same vocabulary and the corpus's own words.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from surveyqa.catalog import Catalog
from surveyqa.catalog.categories import words as category_words
from surveyqa.text.folding import Folding, is_han, to_english
from surveyqa.text.terms import STOPWORDS
from surveyqa.understand.intent import Intents
from surveyqa.understand.listquery import organisation_of
from surveyqa.understand.reading import Intent

LONGEST = 8  # tokens in a phrase of asking
_COMPOUND = re.compile(r"\b[A-Za-z]+-[A-Za-z]+\b")  # "post-training", which people write as one word
INFLECTED = 5  # chunks that hold a form of a word which is rightly spelled though it is nowhere as it is
SHORT = 4  # letters below which no word is mended
BRACKETS = {"“": "”", "「": "」", "『": "』", "《": "》", '"': '"', "‘": "’"}


class Corpus(Protocol):
    """What is used of the index."""

    @property
    def proper_names(self) -> frozenset[str]: ...
    @property
    def references(self) -> Mapping[str, Any]: ...
    @property
    def chunks(self) -> Sequence[Any]: ...
    @property
    def survey_sections(self) -> Mapping[str, Sequence[int]]: ...

    def frequency(self, word: str) -> int: ...
    def says(self, phrase: str) -> bool: ...
    def holding(self, name: str) -> Sequence[int]: ...


@dataclass(frozen=True)
class Token:
    """A word in lower case, or one Chinese character."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Mark:
    """Something found: `kind` is a word of asking's, or a slot's; `values` of a slot what it stands for."""

    kind: str
    start: int
    end: int
    values: tuple[Any, ...] = ()
    names: frozenset[str] = frozenset()

    def overlaps(self, other: Mark) -> bool:
        return self.start < other.end and other.start < self.end


@dataclass
class Knowledge:
    """Built once for an assistant; what is dear is made at first use and kept with it."""

    catalog: Catalog
    corpus: Corpus | None = None
    glossary: Mapping[str, str] = field(default_factory=dict)
    common_word: Callable[[str], bool] | None = None
    encode: Callable[[Sequence[str]], NDArray[np.float32]] | None = None
    fold: Folding = field(default_factory=Folding)
    _mended: dict[str, str] = field(default_factory=dict)

    @cached_property
    def intents(self) -> Intents:
        return Intents()

    def wanted(self, text: str, marks: Sequence[Mark]) -> tuple[tuple[Intent, float], ...]:
        """What a question wants: (intent, probability), best first."""
        vector = self.encode([self.english(text)[0]])[0] if self.encode else None
        return self.intents.intents(text, marks, vector)

    # ---- words of asking ----

    @cached_property
    def lexicon(self) -> dict[str, list[tuple[tuple[str, ...], frozenset[str]]]]:
        """Phrases of asking by their first word, the longest first, with the kinds each has."""
        folder = files("surveyqa.understand")
        kinds: dict[tuple[str, ...], set[str]] = defaultdict(set)
        for kind, phrases in json.loads((folder / "words.json").read_text(encoding="utf-8")).items():
            for phrase in phrases.split("|"):
                kinds[tuple(t.text for t in tokens(phrase))].add(kind)
        for line in (folder / "asking.txt").read_text(encoding="utf-8").splitlines():
            for word in [] if line.startswith("#") else line.split():
                kinds[tuple(t.text for t in tokens(word))].add("asking")
        found: dict[str, list[tuple[tuple[str, ...], frozenset[str]]]] = defaultdict(list)
        for phrase, its in sorted(kinds.items(), key=lambda x: -len(x[0])):
            if phrase:
                found[phrase[0]].append((phrase, frozenset(its)))
        return dict(found)

    @cached_property
    def asking_words(self) -> frozenset[str]:
        return frozenset(
            word for entries in self.lexicon.values() for phrase, _ in entries for word in phrase
        ) | frozenset(STOPWORDS)

    @cached_property
    def units(self) -> frozenset[str]:
        """Words that look like names and name nothing: GPU, LLM."""
        return frozenset(
            p[0] for entries in self.lexicon.values() for p, kinds in entries if "units" in kinds
        )

    def phrases(self, text: str) -> list[Mark]:
        """The phrases of asking in a text, the longest at each place."""
        words = tokens(text)
        found, at = [], 0
        while at < len(words):
            size, kinds = 1, frozenset[str]()
            for phrase, its in self.lexicon.get(words[at].text, ()):
                run = words[at : at + len(phrase)]
                if tuple(t.text for t in run) == phrase and _joined(text, run):
                    size, kinds = len(phrase), its
                    break
            names = kinds or frozenset({"word"})
            found.append(Mark("word", words[at].start, words[at + size - 1].end, names=names))
            at += size
        return found

    # ---- spelling ----

    @cached_property
    def spelled(self) -> Counter[str]:
        """The corpus's words as they are written, with the words of asking and of the categories."""
        words: Counter[str] = Counter()
        for chunk in self.corpus.chunks if self.corpus else ():
            words.update(t.text for t in tokens(chunk.text) if t.text.isalpha())
            words.update(m[0].replace("-", "").lower() for m in _COMPOUND.finditer(chunk.text))
        for paper in self.catalog.papers:
            words.update(t.text for t in tokens(paper.title))
        for word in self.asking_words | self.catalog.category_vocabulary:
            words[word] += 50
        return Counter({w: n for w, n in words.items() if len(w) >= SHORT and w.isascii()})

    @cached_property
    def short_names(self) -> dict[str, str]:
        """Names of papers in one word, in lower case."""
        return {n.form.lower(): n.form for n in self.catalog.forms if len(n.form) > 4 and n.form.isalnum()}

    def mend(self, text: str) -> str:
        """The text with the words put right that are nowhere and have one near word in the corpus."""
        out, last = [], 0
        for token in tokens(text):
            word = token.text
            if len(word) >= SHORT and word.isascii() and word.isalpha():
                written = text[token.start : token.end]
                better = self._better(word, written)
                if better != word:
                    out += [text[last : token.start], better]
                    last = token.end
        return "".join([*out, text[last:]])

    def _better(self, word: str, written: str) -> str:
        if written not in self._mended:
            self._mended[written] = word if self._known(word) else self._nearest(word, written)
        return self._mended[written]

    def _known(self, word: str) -> bool:
        if word in self.asking_words or word in self.short_names or word in self.catalog.category_vocabulary:
            return True
        if self.catalog.venues.get(word) or (self.common_word and self.common_word(word)):
            return True
        if self.corpus and self.corpus.frequency(word) >= INFLECTED:
            return True  # "retrain" where the corpus says "retraining"
        return self.spelled[word] > 0

    def _nearest(self, word: str, written: str) -> str:
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        if not written.islower() and not written.istitle():
            pools: list[Mapping[str, Any]] = [self.short_names, self.catalog.venues]
        else:
            pools = [self.spelled, self.short_names, self.catalog.venues]
        far = 1 if len(word) < 8 else 2
        best: tuple[float, float, str] | None = None
        for pool in pools:
            for near, distance, _ in process.extract(
                word, list(pool), scorer=OSA.distance, score_cutoff=far, limit=8
            ):
                swapped = len(near) == len(word) and sorted(near) != sorted(word)
                if near[0] != word[0] or (swapped and len(word) < 7):
                    continue  # one letter for another in a short word is another word
                if pool is self.spelled and self.spelled[near] < 3:
                    continue
                rank = (distance, -float(self.spelled.get(near, 1)), near)
                best = min(best, rank) if best else rank
        if best is None:
            return word
        return self.short_names.get(best[2]) or self.catalog.venues.get(best[2]) or best[2]

    # ---- slots ----

    @cached_property
    def authors(self) -> dict[str, frozenset[str]]:
        """Keys of the list's papers by an author's full name and surname, in lower case."""
        found: dict[str, set[str]] = defaultdict(set)
        for reference in self.corpus.references.values() if self.corpus else ():
            if not (reference.paper and reference.authors):
                continue
            for name in reference.authors.replace(" and ", ", ").split(","):
                parts = name.split()
                if len(parts) > 1:
                    found[" ".join(parts).lower()].add(reference.paper)
                    found[parts[-1].lower()].add(reference.paper)
        return {name: frozenset(keys) for name, keys in found.items()}

    @cached_property
    def organisations(self) -> dict[str, str]:
        """Accounts that code belongs to, by their letters and digits."""
        names = {organisation_of(p) for p in self.catalog.papers} - {""}
        return {alnum(name): name for name in sorted(names) if len(alnum(name)) > 3}

    @cached_property
    def hosts(self) -> dict[str, str]:
        """Hosts of the papers' links by the words of their names: "reddit" for www.reddit.com."""
        found: dict[str, str] = {}
        for paper in self.catalog.papers:
            for url in filter(None, (paper.url, paper.code)):
                host = url.split("/")[2] if url.count("/") > 2 else ""
                for part in host.split(".")[:-1]:
                    if len(part) > 4:
                        found.setdefault(part, part)
                found.setdefault(host.removeprefix("www."), host.removeprefix("www."))
        return found

    def english(self, text: str) -> tuple[str, tuple[str, ...]]:
        return to_english(text, self.glossary) if any(map(is_han, text)) else (text, ())

    def marks(self, text: str) -> list[Mark]:
        """Slots and words of asking in a folded text, in order; words inside a slot are left out.

        A paper's name and a category's may share a place: the reader of the question chooses.
        """
        slots = [*_numbers(text), *_quoted(text)]
        words = self.phrases(text)
        slots += self._venues(text, words, slots)
        slots += self._categories(text)
        slots += self._papers(text)
        said = {kind for word in words for kind in word.names}
        if said & {"host_word", "org_word", "code", "link"}:
            slots += self._owners(text)
        slots += self._authors(text, words)
        quotes = [s for s in slots if s.kind == "quote"]
        titled = bool(said & {"title", "titles"})
        quotes = [q for q in quotes if titled or not self._plain_quote(q, [*slots, *words])]
        outer = [
            s for s in slots if s.kind != "quote" and not (titled and any(s.overlaps(q) for q in quotes))
        ]
        outer = [s for s in outer if not any(_inside(s, o) for o in outer if o.kind != s.kind)]
        kept = [w for w in words if not any(w.overlaps(s) for s in (*outer, *quotes))]
        return sorted([*kept, *outer, *quotes], key=lambda m: (m.start, -m.end))

    def _plain_quote(self, quote: Mark, marks: Sequence[Mark]) -> bool:
        """Whether what is quoted is said of the list: a venue, a track."""
        tracks = {"workshop", "findings", "demo"}
        return any(m.overlaps(quote) and (m.kind in ("venue", "year") or m.names & tracks) for m in marks)

    def _venues(self, text: str, words: Sequence[Mark], taken: Sequence[Mark]) -> Iterator[Mark]:
        for word in words:
            named = [kind.removeprefix("venue:") for kind in word.names if kind.startswith("venue:")]
            written = text[word.start : word.end]
            said = written.lower()
            exact = self.catalog.venues.get(said)
            if not named and not exact:
                stem = said.rstrip("0123456789")
                named = [self.catalog.venues[stem]] if stem != said and stem in self.catalog.venues else []
                digits = said[len(stem) :]
                if named and len(digits) in (2, 4):
                    cut = word.end - len(digits)
                    yield Mark("venue", word.start, cut, (named[0],))
                    yield Mark("year", cut, word.end, (int(digits[-2:]) + 2000,))
                continue
            if exact and len(said) < 3 and written != exact:
                continue  # "sc" is a conference only as it is written
            yield Mark("venue", word.start, word.end, (exact or named[0],))

    def _categories(self, text: str) -> Iterator[Mark]:
        for start, end, path in self.catalog.categories_in(text):
            yield Mark("category", start, end, (path,))

    def _papers(self, text: str) -> Iterator[Mark]:
        found = self.catalog.names_in(text)
        for start, end, keys in found or self.catalog.names_in(text, any_case=True):
            like = text[end : end + 5].lower().startswith(("-ish", "-like", "-styl", "-based"))
            idle = all(t.text in self.asking_words for t in tokens(text[start:end]))
            if not like and not idle:
                yield Mark("paper", start, end, keys)

    def _owners(self, text: str) -> Iterator[Mark]:
        words = tokens(text)
        for at in range(len(words)):
            for size in (4, 3, 2, 1):
                run = words[at : at + size]
                if len(run) == size and (name := self.organisations.get("".join(t.text for t in run))):
                    yield Mark("organisation", run[0].start, run[-1].end, (name,))
                    break
            kinds = {
                kind
                for phrase, its in self.lexicon.get(words[at].text, ())
                if len(phrase) == 1
                for kind in its
            }
            known = kinds - {"host_word"} or words[at].text in self.catalog.venues
            if not known and (host := self.hosts.get(words[at].text)):
                yield Mark("host", words[at].start, words[at].end, (host,))

    def _authors(self, text: str, marks: Sequence[Mark]) -> Iterator[Mark]:
        """Full names, and surnames where "by", "authors" or "et al." stands beside."""
        words = tokens(text)
        if not self.corpus or not any(text[t.start].isupper() or is_han(t.text) for t in words):
            return
        for at, token in enumerate(words):
            for size in (3, 2, 1):
                run = words[at : at + size]
                keys = self.authors.get(" ".join(t.text for t in run)) if len(run) == size else None
                if not keys or not text[token.start].isupper():
                    continue
                before = words[at - 1].text if at else ""
                after = words[at + size].text if at + size < len(words) else ""
                if size == 1 and before not in ("by", "author", "authors") and after != "et":
                    continue
                yield Mark("author", token.start, run[-1].end, (text[token.start : run[-1].end], keys))
                break


def alnum(text: str) -> str:
    """Letters and digits in lower case: what two spellings of a name share."""
    return "".join(c for c in text.casefold() if c.isalnum())


def tokens(text: str) -> list[Token]:
    """Words of letters, digits and "+", each Chinese character alone; "don't" is two."""
    found: list[Token] = []
    start = -1
    for at, character in enumerate([*text, " "]):
        han = is_han(character)
        letter = not han and (character.isalnum() or (character == "+" and start >= 0))
        if not letter and start >= 0:
            found.append(Token(start, at, text[start:at].lower()))
            start = -1
        if han:
            found.append(Token(at, at + 1, character))
        elif letter and start < 0:
            start = at
    return found


def content(text: str, asking: frozenset[str]) -> list[str]:
    """The words of a text that are no words of asking, in one spelling."""
    return [w for w in category_words(text) if w not in asking and len(w) > 1]


def _joined(text: str, run: Sequence[Token]) -> bool:
    """Whether only spaces, hyphens, slashes and apostrophes stand between the words of a phrase."""
    gaps = (text[a.end : b.start] for a, b in pairwise(run))
    return all(set(gap) <= set(" -/'’.") and len(gap) < 3 for gap in gaps)


def _inside(mark: Mark, other: Mark) -> bool:
    """Whether a slot stands within a longer one."""
    longer = other.end - other.start > mark.end - mark.start
    return other.start <= mark.start and mark.end <= other.end and longer


def _numbers(text: str) -> Iterator[Mark]:
    """Years, months, arXiv ids and other numbers."""
    words = tokens(text)
    skip = -1
    for at, token in enumerate(words):
        if token.text.endswith("+") and token.text[:-1].isdigit() and len(token.text) == 5:  # "2024+"
            yield Mark("year", token.start, token.end - 1, (int(token.text[:-1]),))
            yield Mark("word", token.end - 1, token.end, names=frozenset({"since"}))
        if not token.text.isdigit() or at <= skip:
            continue
        after = text[token.end : token.end + 1]
        following = words[at + 1] if at + 1 < len(words) else None
        yymm = len(token.text) == 4 and "06" < token.text[:2] < "41" and 1 <= int(token.text[2:]) <= 12
        numbered = after == "." and text[token.end + 1 : token.end + 2].isdigit()
        if yymm and token.text[:2] not in ("19", "20") and not numbered:
            yield Mark(
                "yymm", token.start, token.end, ((2000 + int(token.text[:2])) * 12 + int(token.text[2:]) - 1,)
            )
        elif len(token.text) == 4 and after == "." and following and following.text[:4].isdigit():
            skip = at + 1
            yield Mark("arxiv", token.start, following.end, (text[token.start : following.end],))
        elif len(token.text) == 4 and token.text[:2] in ("19", "20"):
            month, end = _month_after(text, words, at)
            if month:
                skip = at + 1
                yield Mark("month", token.start, end, (int(token.text) * 12 + month - 1,))
            else:
                end = token.end + 1 if text[token.end : token.end + 1] == "年" else token.end
                if text[token.end : token.end + 2] == " 年":
                    end = token.end + 2
                yield Mark("year", token.start, end, (int(token.text),))
        elif len(token.text) == 2 and (
            (text[token.start - 1 : token.start] in "'’" and token.start) or after == "年"
        ):
            if 10 <= int(token.text) <= 40:
                end = token.end + (after == "年")
                yield Mark("year", token.start - (after != "年"), end, (2000 + int(token.text),))
        elif len(token.text) < 4:
            yield Mark("number", token.start, token.end, (int(token.text),))


def _month_after(text: str, words: Sequence[Token], at: int) -> tuple[int, int]:
    """The month in "2024-02" and "2024年2月", and where it ends; 0 for none."""
    if at + 1 >= len(words):
        return 0, 0
    token, following = words[at], words[at + 1]
    gap = text[token.end : following.start]
    if following.text == "年" and at + 3 < len(words) and words[at + 2].text.isdigit():
        number, sign = words[at + 2], words[at + 3]
        if sign.text == "月" and 1 <= int(number.text) <= 12:
            return int(number.text), sign.end
        return 0, 0
    if (
        gap in ("-", "/")
        and len(following.text) == 2
        and following.text.isdigit()
        and 1 <= int(following.text) <= 12
    ):
        return int(following.text), following.end
    return 0, 0


def _quoted(text: str) -> Iterator[Mark]:
    at = 0
    while at < len(text):
        close = BRACKETS.get(text[at])
        if text[at] == "'" and (at == 0 or not text[at - 1].isalnum()):
            close = "'"
        end = text.find(close, at + 1) if close else -1
        if close and at + 1 < end < at + 120:
            yield Mark("quote", at, end + 1, (text[at + 1 : end].strip(" .…"),))
            at = end
        at += 1
