"""A paper of the user's own, asked alone: its sentences ranked, its places and facts told.

Nothing is written ahead of it, so that an answer is made of its sentences; nothing of another text has a part
in it.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveyqa.answering.answerability import Judgement, Why
from surveyqa.answering.citing import Selected
from surveyqa.answering.retrieval import CHUNK, COSINE, COVERED, Key, Lines, Query, Retrieval, coverage
from surveyqa.answering.selection import SAME, Composer
from surveyqa.answering.tables import Row, extreme_of
from surveyqa.catalog.formats import bibtex_of
from surveyqa.index import Index
from surveyqa.index.lexical import term_weights
from surveyqa.text.folding import language_of
from surveyqa.text.screening import planted
from surveyqa.text.terms import terms_in, tokenize
from surveyqa.understand.reading import Reading, Subject
from surveyqa.understand.vocabulary import alnum

DATA, ASKED = "own.json", "asked.json"
WORDS, SENTENCES = 170, 7  # that an answer in quotes may have
NEAR = 0.6  # share of the best sentence's score that a further one needs
ALL = 10_000  # words of a table that is asked for whole, no row of which repeats another
HEADED = 0.07  # for a sentence in a section where papers tell what is asked
NUMBERED = 0.10  # for a sentence with a number where a number is asked
SHORT = 9  # words below which what ends in no full stop is a heading or a fragment of a figure
HAN = 0.4  # share of a Chinese question that the best sentence of a Chinese paper holds, at least
FRAGMENT = 1.0  # what that costs
PLACE = re.compile(r"(?:Table|Figure|Fig\.?|表|图)\s*(\d+)", re.I)
_NUMBER = re.compile(r"\d")
ABSTRACT, BEGINNING = ("abstract", "summary", "摘要"), ("introduction", "引言", "绪论", "前言")
ENDS = tuple('.?!。？！:：;；)）|”"')
PROSE = ("paragraph", "bullet", "footnote")


@dataclass(frozen=True)
class Place:
    """A section, table or figure of a paper: its heading or caption, and its sentences in order."""

    title: str
    keys: tuple[Key, ...]


class OwnDocument:
    """The chunks of one added paper in an index."""

    def __init__(self, index: Index, key: str) -> None:
        self.index = index
        self.key = key
        self.positions = [n for n, chunk in enumerate(index.chunks) if chunk.document == key]
        self.sizes = [len(index.chunks[p].sentences) for p in self.positions]
        self.keys = tuple(
            (p, n) for p, size in zip(self.positions, self.sizes, strict=True) for n in range(size)
        )
        self.chunk_of = np.repeat(np.arange(len(self.positions)), self.sizes)
        head = index.documents[key]
        self.title: str = head["title"]
        self.authors: str | None = head["authors"]
        self.year: int | None = head["year"]
        self.pages: int = head["page_count"]

    @cached_property
    def chinese(self) -> bool:
        """Whether it is written in Chinese."""
        return language_of("".join(self.index.chunks[p].text for p in self.positions)) == "zh"

    @property
    def bibtex(self) -> str:
        """Its BibTeX entry, of what is known."""
        return bibtex_of(self.key.removeprefix("paper:"), self.title, self.authors, self.year)

    @cached_property
    def _frequency(self) -> Counter[str]:
        counts: Counter[str] = Counter()
        for position, size in zip(self.positions, self.sizes, strict=True):
            terms = (self.index.sentence_terms(position, n) for n in range(size))
            counts.update(frozenset().union(*terms, self.index.heading_terms(position)))
        return counts

    def weights(self, terms: Mapping[str, float]) -> dict[str, float]:
        """The share of each term in what the terms are worth together, by how rare each is in this paper."""
        n = len(self.positions)
        idf = {
            t: w * float(np.log(1 + (n - self._frequency[t] + 0.5) / (self._frequency[t] + 0.5)))
            for t, w in terms.items()
        }
        total = sum(idf.values()) or 1.0
        return {term: value / total for term, value in idf.items()}

    def knows(self, term: str) -> bool:
        """Whether a search term occurs in it."""
        return self._frequency[term] > 0

    def mentions(self, name: str) -> bool:
        """Whether it holds a name, its words in one piece or apart."""
        return any(self.index.chunks[p].document == self.key for p in self.index.holding(name))

    # ---- its places ----

    @cached_property
    def sections(self) -> dict[str, Place]:
        """Sections by heading, in order, each with those below it."""
        found: dict[str, list[Key]] = {}
        for position, size in zip(self.positions, self.sizes, strict=True):
            for heading in self.index.chunks[position].path:
                found.setdefault(heading, []).extend((position, n) for n in range(size))
        return {heading: Place(heading, tuple(keys)) for heading, keys in found.items()}

    @cached_property
    def floats(self) -> dict[tuple[str, str], Place]:
        """Tables and figures by kind and number: caption and rows."""
        found: dict[tuple[str, str], list[Key]] = {}
        for position, size in zip(self.positions, self.sizes, strict=True):
            chunk = self.index.chunks[position]
            named = PLACE.match(chunk.text) if chunk.form in ("caption", "table-row", "figure-list") else None
            if named:
                kind = "table" if named[0][:1] in "Tt表" else "figure"
                found.setdefault((kind, named[1]), []).extend((position, n) for n in range(size))
        return {place: Place(" ".join(place), tuple(keys)) for place, keys in found.items()}

    def place(self, subject: Subject) -> Place | None:
        """The section, table or figure that a question names by number or by heading."""
        number = subject.key.split(" ")[-1]
        if subject.kind != "section":
            return self.floats.get((subject.kind, number))
        said = _NUMBER.search(subject.name) is not None or "第" in subject.name
        words = terms_in(subject.name)
        for heading, place in self.sections.items():
            its = heading.split(" ")[0].rstrip(".") == number if said else bool(words & terms_in(heading))
            if its:
                return place
        return None


def look_into(document: OwnDocument, reading: Reading) -> Retrieval:
    """Every sentence of a paper with how well it fits."""
    index, positions = document.index, document.positions
    said = set(tokenize(reading.text if document.chinese else reading.english))
    mine = {term: weight for term, weight in reading.terms.items() if term in said} or reading.terms
    query = Query(reading.english, mine, (), reading.parts)
    vectors = index.encode([query.text, *query.parts])
    cosines = index.sentence_cosines(positions, vectors)
    near = index.cosines(positions, vectors[0])
    chunk_cosines = np.array([near[p] for p in positions])[document.chunk_of]
    if not cosines.size:
        cosines = np.repeat(chunk_cosines[None], len(vectors), axis=0)
    weights = [document.weights(t) for t in (mine, *(dict.fromkeys(tokenize(p), 1.0) for p in query.parts))]
    covered = coverage(index, positions, document.chunk_of, weights)
    terms = list(weights[0])
    held = index.holds(positions, terms)
    any_held = np.zeros((len(positions), len(terms)), dtype=bool)
    np.logical_or.at(any_held, document.chunk_of, held)
    whole = any_held @ np.array([weights[0][t] for t in terms])
    texts = [index.sentence(*key) for key in document.keys]
    asks_number = dict(reading.intents).get("number", 0.0)
    numbered = np.array([_NUMBER.search(text) is not None for text in texts])
    prose = [index.chunks[p].form in PROSE for p, _ in document.keys]
    fragment = np.array(
        [
            its and len(text.split()) < SHORT and text[-1:] not in ENDS
            for its, text in zip(prose, texts, strict=True)
        ]
    )
    around = CHUNK * 0.5 * (chunk_cosines + whole[document.chunk_of])
    around = around + NUMBERED * asks_number * numbered - FRAGMENT * fragment
    around = around + HEADED * _headed(document, terms)[document.chunk_of]
    scores = np.round(COSINE * cosines + COVERED * covered + around, 6)
    names = np.zeros((len(texts), 0))
    lines = Lines(
        document.keys, scores[0], np.round(cosines[0], 6), np.round(covered[0], 6), names, scores[1:].T
    )
    return Retrieval(query, vectors[0], (), lines)


@cache
def _told_in() -> Sequence[tuple[frozenset[str], frozenset[str]]]:
    """(terms of a question, terms of the headings under which papers tell it)."""
    pairs: dict[str, str] = json.loads(
        files("surveyqa.answering").joinpath(ASKED).read_text(encoding="utf-8")
    )
    return [(terms_in(asked), terms_in(headings)) for asked, headings in pairs.items()]


def _headed(document: OwnDocument, terms: Iterable[str]) -> NDArray[np.bool_]:
    """Whether each chunk stands in a section where papers tell what these terms ask for, shape (chunks,)."""
    wanted = frozenset().union(*(headings for asked, headings in _told_in() if not asked.isdisjoint(terms)))
    paths = (" ".join(document.index.chunks[p].path) for p in document.positions)
    return np.array([not wanted.isdisjoint(terms_in(path)) for path in paths], dtype=bool)


# ---- does it answer ----


class Reach:
    """The fitted model of whether a paper's sentences answer a question: `training/own.py`."""

    @cached_property
    def _data(self) -> Mapping[str, Any]:
        text = files("surveyqa.answering").joinpath(DATA).read_text(encoding="utf-8")
        data: Mapping[str, Any] = json.loads(text)
        return data

    def judge(self, document: OwnDocument, reading: Reading, found: Retrieval) -> Judgement:
        """Whether what was found answers."""
        for subject in reading.named("section", "table", "figure"):
            if document.place(subject) is None and _NUMBER.search(subject.key):
                return Judgement(0.0, Why.NO_PLACE, f"{subject.kind} {subject.key.split(' ')[-1]}")
        strange = [name for name in reading.unknown if not document.mentions(name)]
        if strange:
            return Judgement(0.0, Why.UNKNOWN_NAME, ", ".join(strange))
        if reading.language == "zh" and document.chinese:  # which the encoder does not read
            best = float(found.lines.covered.max())
            return Judgement(round(best, 4), None if best >= HAN else Why.UNTOLD)
        if reading.facts or reading.intent == "overview" or reading.named("section", "table", "figure"):
            return Judgement(1.0)
        values = features(document, reading, found)
        weights: Mapping[str, float] = self._data["weights"]
        total = self._data["bias"] + sum(weights[name] * value for name, value in values.items())
        probability = round(1 / (1 + math.exp(-total)), 4)
        return Judgement(probability, None if probability >= self._data["threshold"] else Why.UNTOLD)


def features(document: OwnDocument, reading: Reading, found: Retrieval) -> dict[str, float]:
    """What tells whether a paper answers, each about 0 to 1: the best cosine and share of terms, as rare as
    they are in the paper; the share that one sentence and none holds, as rare as they are in the corpus; the
    mean score of the five best."""
    index, lines = document.index, found.lines
    weights = term_weights(index.lexical, reading.terms)
    held = (index.sentence_terms(*key) for key in lines.ranked()[:10])
    return {
        "cosine": float(lines.cosine.max()),
        "covered": float(lines.covered.max()),
        "one": max(sum(w for t, w in weights.items() if t in terms) for terms in held),
        "absent": sum(w for t, w in weights.items() if not document.knows(t)),
        "five": float(np.sort(lines.score)[-5:].mean()),
    }


# ---- what it says ----


def tell(document: OwnDocument, reading: Reading, found: Retrieval, rows: Sequence[Row]) -> list[Selected]:
    """The sentences that answer a question on one paper; none where it has no text for it. rows: of its
    tables."""
    if reading.facts:
        return [told for fact in reading.facts for told in _fact(document, reading, fact)]
    whole = bool(reading.named("table"))  # every row of it
    composer = Composer(document.index, reading, ALL if whole else WORDS, ALL if whole else SAME)
    by_chunk = {row.chunk.id: row for row in rows}
    places = [place for s in reading.named("section", "table", "figure") if (place := document.place(s))]
    if places:
        keys = _of_places(document, reading, found, places)
    elif reading.intent == "overview" and not _headed(document, reading.terms).any():
        keys = _opening(document)
    else:
        best = [(document.index.position[row.chunk.id], 0) for row in extreme_of(reading, rows)]
        near = found.lines.score >= NEAR * found.lines.score.max()
        parts = [key for view in found.lines.parts.T for key in found.lines.ranked(by=view)[:1]]
        keys = list(dict.fromkeys([*best, *parts, *found.lines.ranked(near)]))
    for key in keys:
        if len(composer.chosen) >= SENTENCES and not whole:
            break
        row = by_chunk.get(document.index.chunks[key[0]].id)
        if row is not None:
            composer.add(Selected(row.told, (key,), "quoted", whole))
        elif not planted(text := document.index.sentence(*key)) and alnum(text) != alnum(document.title):
            composer.quote(key)
    return composer.chosen


def _of_places(
    document: OwnDocument, reading: Reading, found: Retrieval, places: Sequence[Place]
) -> Sequence[Key]:
    """Sentences of what a question names by number: all of a table; of a section those that fit what is asked
    of it, in its order where it alone is asked about."""
    keys = list(dict.fromkeys(key for place in places for key in place.keys))
    if reading.named("table", "figure"):
        return keys
    prose = [key for key in keys if document.index.chunks[key[0]].form in PROSE] or keys
    if reading.intent not in ("overview", "section"):
        return sorted(prose, key=lambda key: -found.lines.score_of(key))
    return sorted(_central(document, prose))


def _central(document: OwnDocument, keys: Sequence[Key]) -> list[Key]:
    """The first sentence and those nearest to the middle of all in meaning."""
    rows = [document.index.first_sentence[p] + n for p, n in keys]
    if len(keys) <= SENTENCES or not len(document.index.sentence_vectors):
        return list(keys[:SENTENCES])
    vectors = document.index.sentence_vectors[rows]
    near = np.argsort(-(vectors @ vectors.mean(axis=0)), kind="stable")
    return [keys[0], *(keys[n] for n in near.tolist() if n)][:SENTENCES]


def _opening(document: OwnDocument) -> Sequence[Key]:
    """What a paper says of itself first: its abstract, else its introduction, else what it begins with."""
    for names in (ABSTRACT, BEGINNING):
        for heading, place in document.sections.items():
            if any(name in heading.lower() for name in names):
                return place.keys
    return [key for key in document.keys if document.index.chunks[key[0]].path] or document.keys


def _fact(document: OwnDocument, reading: Reading, fact: str) -> list[Selected]:
    """A fact of the document itself, cited by its beginning; none where it is not known."""
    listed = [heading for heading in document.sections]
    floats = {
        kind: [number for its, number in document.floats if its == kind] for kind in ("table", "figure")
    }
    values: Mapping[str, object] = {
        "authors": document.authors,
        "year": document.year,
        "title": document.title,
        "pages": document.pages,
        "sections": "; ".join(listed),
        "tables": ", ".join(floats["table"]),
        "figures": ", ".join(floats["figure"]),
        "bibtex": document.title,
    }
    value = values[fact]
    if not value or not document.keys:
        return []
    text = FACT[reading.language][fact].format(title=document.title, value=value)
    return [Selected(text, document.keys[:1], "written")]


FACT = {
    "en": {
        "authors": "“{title}” is by {value}.",
        "year": "“{title}” is from {value}.",
        "title": "The title is “{value}”.",
        "pages": "The PDF of “{title}” has {value} pages.",
        "sections": "The sections of “{title}” are: {value}.",
        "tables": "“{title}” has these tables: {value}.",
        "figures": "“{title}” has these figures: {value}.",
        "bibtex": "The BibTeX entry of “{title}” is below.",
    },
    "zh": {
        "authors": "《{title}》的作者是 {value}。",
        "year": "《{title}》发表于 {value} 年。",
        "title": "标题是《{value}》。",
        "pages": "《{title}》的 PDF 共 {value} 页。",
        "sections": "《{title}》的章节有:{value}。",
        "tables": "《{title}》有这些表:{value}。",
        "figures": "《{title}》有这些图:{value}。",
        "bibtex": "《{title}》的 BibTeX 条目见下。",
    },
}
SILENT = {
    "en": ("“{title}” does not say.", "“{title}” has no {what}.", "“{title}” does not mention {what}."),
    "zh": ("《{title}》没有说明这一点。", "《{title}》没有{what}。", "《{title}》没有提到{what}。"),
}


def refusal(document: OwnDocument, reading: Reading, judged: Judgement) -> str:
    """That a paper does not answer, and why where that is known."""
    plain, place, name = SILENT[reading.language]
    text = {Why.NO_PLACE: place, Why.UNKNOWN_NAME: name}.get(judged.why or Why.UNTOLD, plain)
    return text.format(title=document.title, what=judged.what)
