"""Whether the corpus answers a question: what is not there is named, the rest is a calibrated probability.

Sections, tables and figures that do not exist, and names that occur nowhere, are facts and looked up. All
else is a logistic model over how well the evidence covers what was asked of what, and another over sentences
alone for what nothing is written of; `training/answerability.py` fits both on labelled questions, and writes
`answerability.json`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from importlib.resources import files

from surveyqa.answering.ranking import StatementHit
from surveyqa.answering.retrieval import Retrieval
from surveyqa.index import Index
from surveyqa.index.lexical import term_weights
from surveyqa.text.terms import terms_in, tokenize
from surveyqa.understand.reading import Reading, SubjectKind

DATA = "answerability.json"
# the features of the model for what is written of; those of a question's form are left out: they tell the
# style of whoever wrote the labelled lines
WRITTEN = (
    *("hit_cosine", "hit_lexical", "hit_margin", "named", "line_score", "line_cosine", "line_covered"),
    *("line_held", "held", "own_held", "own_rest", "own_behind", "own_cosine", "cosine_behind", "elsewhere"),
    *("unread", "number_told", "number_untold", "outside", "carried", "partly", "denied", "denied_zh"),
    *("denied_number", "denied_group"),
)
# the features of the model for what is in the corpus, like a paper that was added, but in no page
QUOTED = (
    *("line_score", "line_cosine", "line_held", "names_held", "foreign", "elsewhere", "unread"),
    *("length", "zh", "outside", "survey", "place", "polar"),
)
PLACES: tuple[SubjectKind, ...] = ("section", "table", "figure", "page")
COMPARED = 4  # statements that a premise is compared with
_NUMBER = re.compile(r"\d")


class Why(Enum):
    """Why there is no answer."""

    NO_PLACE = "no such section, table or figure"
    UNKNOWN_NAME = "a name that occurs nowhere"
    UNRESOLVED = "a pronoun that nothing before explains"
    OUTSIDE = "not a question about the corpus"
    UNTOLD = "nothing in the corpus answers it"
    UNSTATED = "it is probably not told of what is named, of which other things are"


@dataclass(frozen=True)
class Judgement:
    """How probable it is that the evidence answers; why: of a refusal; what: the name or place that is
    missing."""

    probability: float
    why: Why | None = None
    what: str = ""

    @property
    def refused(self) -> bool:
        return self.why not in (None, Why.UNSTATED)


@dataclass(frozen=True)
class Places:
    """Sections, tables and figures that the survey has, by number."""

    sections: frozenset[str]
    tables: frozenset[str]
    figures: frozenset[str]
    pages: int  # of the survey's PDF; 0 where it is not there

    @classmethod
    def of(cls, index: Index) -> Places:
        """What the indexed survey has; with the starter corpus, what the pages of the guide stand for."""
        survey = [chunk for chunk in index.chunks if chunk.kind in ("survey", "guide")]
        headings = {part for chunk in survey for part in chunk.path}
        sections = {heading.split(" ")[0] for heading in headings if heading[:1].isdigit()}
        sections |= {page.section for page in index.statements.pages}
        sections |= {s[: n + 1] for s in sections for n in range(len(s)) if s[n + 1 : n + 2] == "."}
        captions = [chunk.text for chunk in survey if chunk.form in ("caption", "table-row")]
        captions += [page.title for page in index.statements.pages if page.kind in ("table", "figure")]
        captions += [name for page in index.statements.pages for name in page.names]
        numbers = {
            what: frozenset(m[1] for text in captions for m in re.finditer(rf"\b{what} (\d+)", text))
            for what in ("Table", "Figure")
        }
        pages = max((number for chunk in survey for _, number in chunk.pages), default=0)
        return cls(frozenset(sections), numbers["Table"], numbers["Figure"], pages)

    def missing(self, reading: Reading) -> str:
        """A section, table, figure or page of the question that is not there, as "section 9"; else empty."""
        for subject in reading.named("page"):
            if self.pages and not 0 < int(subject.key) <= self.pages:
                return f"page {subject.key}"
        known = {"section": self.sections, "table": self.tables, "figure": self.figures}
        for subject in reading.named("section", "table", "figure"):
            number = subject.key.split(" ")[-1]
            if number[:1].isdigit() and number not in known[subject.kind]:
                return f"{subject.kind} {number}"
        return ""


class Answerability:
    """The fitted models: weights by feature, and the probabilities below which a question is refused."""

    @cached_property
    def _data(self) -> Mapping[str, Mapping[str, float]]:
        text = files("surveyqa.answering").joinpath(DATA).read_text(encoding="utf-8")
        data: Mapping[str, Mapping[str, float]] = json.loads(text)
        return data

    def probability(self, values: Mapping[str, float], model: str = "weights") -> float:
        """Of the evidence answering, from the features of `features`."""
        weights = self._data[model]
        total = weights["bias"] + sum(weights.get(name, 0.0) * value for name, value in values.items())
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))

    def judge(self, index: Index, places: Places, reading: Reading, found: Retrieval) -> Judgement:
        """Whether what was found answers the question."""
        if missing := places.missing(reading):
            return Judgement(0.0, Why.NO_PLACE, missing)
        if reading.unresolved:
            return Judgement(0.0, Why.UNRESOLVED, reading.unresolved)
        if reading.unknown:
            return Judgement(0.0, Why.UNKNOWN_NAME, ", ".join(reading.unknown[:3]))
        if not len(found.lines):
            return Judgement(0.0, Why.UNTOLD)
        if reading.intent in ("section", "table", "figure", "overview", "fact") and reading.named(*PLACES):
            return Judgement(1.0)  # it is there, and what it holds is told
        limits = self._data["threshold"]
        pages = index.statements.pages
        named = any(hit.named and pages[hit.told.page].kind != "topic" for hit in found.hits)
        values = features(index, reading, found)
        if found.untold(reading):
            probability = round(self.probability(values, "quoted"), 4)
            return Judgement(probability, None if probability >= limits["quoted"] else Why.UNTOLD)
        probability = round(self.probability(values), 4)
        if probability >= (limits["doubt"] if named else limits["refuse"]):
            return Judgement(probability)
        if probability >= limits["refuse"]:
            return Judgement(probability, Why.UNSTATED)
        return Judgement(probability, Why.OUTSIDE if reading.intent == "outside" else Why.UNTOLD)


def features(index: Index, reading: Reading, found: Retrieval) -> dict[str, float]:
    """What the probability is computed from, each about 0 to 1.

    of statements: score, cosine, lexical of the best, and how far the tenth is behind; named: a page is
    named; own: score of the best on what is named; of sentences: score, cosine, covered of the best; terms:
    share of the question's terms that the best evidence holds, that occur nowhere; names_held: how much the
    best sentences on each name are about it; number: asked for a number and one is there; elsewhere: nearness
    to topics beside the field; intents: outside, papers, ...
    """
    weights = term_weights(index.lexical, {**reading.terms, **dict.fromkeys(reading.untranslated, 1.0)})
    lines = found.lines
    hits = found.hits
    best_keys = lines.ranked()[:3]
    held: set[str] = set()
    for position, number in best_keys:
        held |= index.sentence_terms(position, number) | index.heading_terms(position)
    line_held = sum(weight for term, weight in weights.items() if term in held)
    for hit in hits[:3]:
        held |= set(tokenize(hit.told.text))
    home = index.home_terms
    han = sum("\u4e00" <= c <= "\u9fff" for c in reading.text)
    named = [hit for hit in hits if hit.named]
    others = [hit for hit in hits if not hit.named]
    subject_terms = {term for subject in reading.subjects for term in terms_in(subject.name)}
    rest = {term: weight for term, weight in weights.items() if term not in subject_terms}
    own_held = set(tokenize(" ".join(hit.told.text for hit in named[:6])))
    total = sum(rest.values()) or 1.0
    intents = dict(reading.intents)
    asks_number = intents.get("number", 0.0)
    told_number = bool(hits and _NUMBER.search(hits[0].told.text))
    return {
        "hit_cosine": max((hit.cosine for hit in hits), default=0.0),
        "hit_lexical": max((hit.lexical for hit in hits), default=0.0),
        "hit_margin": hits[0].score - hits[min(9, len(hits) - 1)].score if hits else 0.0,
        "named": float(bool(named)),
        "line_score": min(1.2, float(lines.score.max())),
        "line_cosine": float(lines.cosine.max()),
        "line_covered": float(lines.covered.max()),
        "line_held": line_held,
        "names_held": float(lines.names.max(axis=0).mean()) if lines.names.size else 0.0,
        "held": sum(weight for term, weight in weights.items() if term in held),
        "own_held": sum(w for t, w in rest.items() if t in own_held) / total if named else 0.0,
        "own_rest": max((hit.rest for hit in named), default=0.0),
        "own_behind": _behind(named, others, "rest"),
        "own_cosine": max((hit.cosine for hit in named), default=0.0),
        "cosine_behind": _behind(named, others, "cosine"),
        "foreign": sum(weight for term, weight in weights.items() if term not in home),
        "elsewhere": index.elsewhere(found.vector),
        "unread": sum(map(len, reading.untranslated)) / han if han else 0.0,
        "length": min(12, len(rest)) / 12,  # beside the names
        "zh": float(reading.language == "zh"),
        "number_told": asks_number * told_number,
        "number_untold": asks_number * (not told_number),
        "outside": intents.get("outside", 0.0),
        "survey": intents.get("survey", 0.0) + intents.get("section", 0.0) + intents.get("overview", 0.0),
        "place": float(bool(reading.named("section", "table", "figure"))),
        "polar": float(reading.polar),
        **_verdicts(reading, named),
    }


def _verdicts(reading: Reading, named: Sequence[StatementHit]) -> dict[str, float]:
    """What the statements on what is named say of what the question takes for granted: whether one carries
    it, one in part, and one says otherwise while none carries it."""
    labels = set(premise_verdicts(reading, named))
    carried = "supported" in labels
    denied = "contradicted" in labels and not carried
    return {
        "carried": float(carried),
        "partly": float("partial" in labels and not carried),
        "denied": float(denied),
        "denied_zh": float(denied and reading.language == "zh"),
        "denied_number": float(denied and reading.intent == "number"),
        "denied_group": float(denied and not reading.named("method", "paper")),
    }


def premise_verdicts(reading: Reading, named: Sequence[StatementHit]) -> Sequence[str]:
    """The label of what a question takes for granted beside each of the best statements on what is named."""
    if not reading.presumed or not named:
        return ()
    from surveyqa.claims import check  # loaded only where something is taken for granted

    return [check(reading.presumed, hit.told.text).label for hit in named[:COMPARED]]


def _behind(named: Sequence[StatementHit], others: Sequence[StatementHit], view: str) -> float:
    """By how much a statement on something else fits better than each on what is named; 0 where none does."""
    if not named or not others:
        return 0.0
    best, own = (max(float(getattr(hit, view)) for hit in hits) for hits in (others, named))
    return max(0.0, best - own)


def nearest(index: Index, found: Retrieval, least: float = 0.5) -> Sequence[str]:
    """The titles of pages that are really near to a question that is not answered; none where nothing is."""
    titles = [index.statements.pages[hit.told.page].title for hit in found.hits if hit.cosine >= least]
    return tuple(dict.fromkeys(titles))[:3]
