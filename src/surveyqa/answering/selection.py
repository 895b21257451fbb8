"""Extractive composition: sentences of the passages, verbatim, that answer the question together.

A sentence is worth its retrieval score plus what the form of the question wants: a figure for a number,
"X is ..." for a definition. Every name and every part of the question gets its best sentence first; then
what goes on about the same thing in the same paragraph, then the best of the rest until the budget is
spent. What leans on the sentence before it brings that along.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from surveyqa.answering.retrieval import INTRODUCES, LEANS, OPENS, Line, Passage
from surveyqa.answering.tables import read_row
from surveyqa.text.terms import terms_in, tokenize
from surveyqa.understand.question import Question

BUDGET = 150  # words of an answer; one sentence is given even if it is longer
LIST_BUDGET = 190  # words of a list, whose items are cut to what they name
FLOOR = 0.66  # of the best sentence's score: what scores lower is not said

DEFINED = 0.8  # the same for a definition, which is soon said
FOLLOWED = 0.7  # the same for what goes on about a chosen sentence's subject

_FIGURE = re.compile(r"\d")
_CITED = re.compile(r"\([^)]*\d{4}[^)]*\)")
_DEFINES = re.compile(
    r"\b(?:is|are) (?:a|an|the|to|one)\b|\brefers? to\b|\bdenotes?\b|\bmeans\b|\bfocus(?:es)? on\b|\baims? "
    r"to\b|"
    r"\b(?:introduces?|proposes?|presents?|adds?|uses?|employs?)\b"
)
_REASONS = re.compile(
    r"\b(?:because|since|due to|as it|therefore|however|but|leads? to|result(?:s|ing)? in|lack|difficult"
    r"|costly|expensive|"
    r"in order to|to address|challeng\w+|limit\w+|suffer\w*|drawback|without)\b",
    re.I,
)
_DIVIDES = re.compile(
    r"\b(?:grouped|classified|categori[sz]ed|divided|split|organi[sz]ed|partitioned) (?:in)?(?:to|as)\b"
    r"|\b(?:consists?|comprises?|comprising|"
    r"composed|includ(?:es?|ing)|categories|types|perspectives?|techniques, (?:including|named)|stages"
    r"|components|namely|such as)\b|"
    r"\b(?:First|Second|first|second|third)\b|[:;].*;|, [^,]+,(?: [^,]+,)? and "
)
_POINTER = re.compile(
    r"\bas (?:shown|illustrated|summarized|depicted) in|(?:Figure|Table) \d+ (?:shows|provides|summarizes"
    r"|lists)",
    re.I,
)
# Of what leans, that which says nothing alone.
_POINTS = re.compile(
    r"(?:It|They|This|These|Those|Its|Their|He|She|Both|Each|In doing so|By doing so|The (?:former|latter))\b"
)
_WE = re.compile(r"(?:In this (?:paper|work)|We|Our|Here)\b|.*\bwe (?:propose|present|show|introduce)\b")
_WHERE_CODE_IS = re.compile(
    r"\b(?:code|codes|models?|project page|implementation)\b.{0,60}"
    r"\b(?:available|released|open-?sourced|found)\b|https?://",
    re.I,
)


@dataclass(frozen=True)
class Statement:
    """A sentence of the answer, and the span of its passage's text that shows it.

    text is verbatim that span, but for a table row, which is read out by its columns.
    """

    text: str
    passage: int
    start: int
    end: int
    item: bool = False  # an item of a list
    evidence: str = ""  # what it is checked against, where that is not the whole passage: its table row


Pick = tuple[int, int]  # number of the passage, number of the sentence in it


def compose(question: Question, passages: Sequence[Passage], budget: int = BUDGET) -> list[Statement]:
    """The answer in reading order: the best passage first, each passage's sentences in its own order.

    budget: words that it may have.
    """
    if not passages:
        return []
    answer = _Answer(question, passages, budget)
    ranked, worth = answer.ranked, answer.worth
    if _is_title_page(passages[ranked[0][0]]):  # names and places have no sentences
        whole = [(n, p.chunk.text) for n, p in enumerate(passages) if _is_title_page(p)]
        return [Statement(text, n, 0, len(text)) for n, text in whole]
    top = worth[ranked[0]]
    answer.add(ranked[0])
    for i in range(len(question.parts)):
        answer.add(max(ranked, key=lambda p: (_part(passages, p, i) + 0.5 * worth[p], -p[0], -p[1])))
    sides: dict[int, int] = {}  # of a comparison: the passage that tells of a side, and the side's number
    for i in range(len(question.names)):
        named = [
            p
            for p in ranked
            if _held(passages, p, i) >= 0.8 and (question.figure or not _of_a_figure(passages[p[0]]))
        ]
        if question.kind == "comparison":  # what is compared is best told by a sentence of its own
            others = [j for j in range(len(question.names)) if j != i]
            own = [
                p
                for p in named
                if _held(passages, p, i) == 1.0 and all(_held(passages, p, j) < 1.0 for j in others)
            ]
            named = own or named
            named.sort(
                key=lambda p: (
                    -worth[p] - 0.15 * (_held(passages, p, i) == 1.0) - OPENS * _line(passages, p).opens,
                    p,
                )
            )
        if named and worth[named[0]] > 0.5 * top:
            answer.add(named[0])
            if question.kind == "comparison":
                sides.setdefault(named[0][0], i)
    for pick in sorted(answer.picks, key=lambda p: -worth[p]):
        if len(sides) > 1:  # no side takes all the room, nor is one measured by the other
            answer.follow(pick, 0.5 * worth[pick], most=2)
        else:
            answer.follow(pick, FOLLOWED * top)
    floor = DEFINED if question.kind == "definition" else FLOOR
    for pick in ranked:
        if worth[pick] >= floor * top:
            answer.add(pick)
    for pick in [(ranked[0][0], ranked[0][1] + 1), *ranked[1:4]] if len(answer.picks) < 2 else ():
        if worth.get(pick, 0.0) >= 0.5 * top and len(answer.picks) < 2:
            answer.add(pick)  # one sentence alone is seldom an answer
    best_of = {n: max(worth[p] for p in answer.picks if p[0] == n) for n, _ in answer.picks}
    order = sorted(answer.picks, key=lambda p: (sides.get(p[0], len(sides)), -best_of[p[0]], p))
    return [_statement(passages, p) for p in order]


def _of_a_figure(passage: Passage) -> bool:
    return passage.chunk.form in ("figure-list", "caption")


def _is_title_page(passage: Passage) -> bool:
    return passage.chunk.kind == "survey" and not passage.chunk.path


def _statement(passages: Sequence[Passage], pick: Pick) -> Statement:
    chunk = passages[pick[0]].chunk
    row = read_row(chunk) if chunk.form == "table-row" else None
    if row and chunk.quote:
        return Statement(row.told, pick[0], *chunk.quote, evidence=chunk.text)
    a, b = chunk.sentences[pick[1]]
    return Statement(chunk.text[a:b], pick[0], a, b)


def _line(passages: Sequence[Passage], pick: Pick) -> Line:
    return passages[pick[0]].lines[pick[1]]


def _held(passages: Sequence[Passage], pick: Pick, name: int) -> float:
    names = _line(passages, pick).names
    return names[name] if names else 0.0


def _part(passages: Sequence[Passage], pick: Pick, part: int) -> float:
    """How well a sentence fits a part of the question; "and what does it cost?" is about what was named."""
    line = _line(passages, pick)
    return (line.parts[part] if line.parts else 0.0) + 0.2 * max(line.names, default=0.0)


class _Answer:
    """The sentences chosen so far and what is left of the budget."""

    def __init__(self, question: Question, passages: Sequence[Passage], budget: int) -> None:
        self.picks: list[Pick] = []
        self._passages = passages
        self._left = budget
        self._wants_more = question.kind == "definition"  # what opens a section goes on for a sentence or two
        self._said: list[set[str]] = []
        primary = [p for p in passages if p.chunk.kind != "abstract" and p.score >= 0.85 * passages[0].score]
        self.worth = {
            (n, i): _worth(question, passage, i, bool(primary))
            for n, passage in enumerate(passages)
            for i in range(len(passage.chunk.sentences))
        }
        self.ranked = sorted(self.worth, key=lambda p: (-self.worth[p], p))

    def add(self, pick: Pick) -> None:
        """Add a sentence, with the one it leans on, if it says something new and there is room."""
        if pick in self.picks:
            return
        group = [pick]
        while LEANS.match(self.text(group[0])) and len(group) < 3:
            before = (group[0][0], group[0][1] - 1)
            if before not in self.worth or before in self.picks:
                break
            group.insert(0, before)
        before = (group[0][0], group[0][1] - 1)
        if LEANS.match(self.text(group[0])) and before not in self.picks:
            if not _POINTS.match(self.text(pick)):
                group = [pick]  # "Hence, vLLM ..." stands alone better than with "This ..." before it
            elif _POINTS.match(self.text(group[0])) and self.picks:
                return  # what it leans on is not at hand
        words = sum(len(self.text(p).split()) for p in group)
        terms = set(tokenize(_CITED.sub("", self.text(pick))))
        if self.picks and words > self._left:
            return
        if any(
            len(terms & said) > 0.65 * min(len(terms), len(said)) for said in self._said if said and terms
        ):
            return
        self.picks += group
        self._left -= words
        self._said.append(terms)

    def follow(self, pick: Pick, least: float, most: int | None = None) -> None:
        """Add what goes on about the same thing after a chosen sentence, and what led to it.

        least: what a sentence must be worth; most: so many sentences, all where it is None.
        """
        names = self._passages[pick[0]].lines[pick[1]].names
        for step in (1, -1):
            at = (pick[0], pick[1] + step)
            while at in self.worth and self._goes_on(names, at, step, least) and most != 0:
                self.add(at)
                at = (at[0], at[1] + step)
                most = most and most - 1

    def _goes_on(self, names: tuple[float, ...], pick: Pick, step: int, least: float) -> bool:
        opened = pick[1] <= 2 and step == 1 and self._passages[pick[0]].lines[0].opens and self._wants_more
        if opened and len(self.picks) < 3:
            return True
        if self.worth[pick] < least:
            return False
        other = self._passages[pick[0]].lines[pick[1]].names
        shared = any(a >= 0.7 and b >= 0.7 for a, b in zip(names, other, strict=False))
        return shared or (step == 1 and not any(names) and bool(LEANS.match(self.text(pick))))

    def text(self, pick: Pick) -> str:
        chunk = self._passages[pick[0]].chunk
        a, b = chunk.sentences[pick[1]]
        return chunk.text[a:b]


def _worth(question: Question, passage: Passage, number: int, survey_tells: bool) -> float:
    line = passage.lines[number]
    a, b = passage.chunk.sentences[number]
    text = passage.chunk.text[a:b]
    worth = line.score + INTRODUCES * line.introduces
    if question.kind == "number" and _FIGURE.search(_CITED.sub("", text)):
        worth += 0.12
    elif question.kind in ("definition", "comparison") and _DEFINES.search(text[:160]):
        worth += 0.04 + 0.06 * line.opens
    elif question.kind == "kinds" and _DIVIDES.search(text):
        worth += 0.05
    elif question.kind == "why" and _REASONS.search(text):
        worth += 0.03
    if _POINTER.search(text):
        worth -= 0.06
    if _WHERE_CODE_IS.search(text):
        worth -= 0.3  # the list's links answer that
    if _of_a_figure(passage) and not question.figure:
        worth -= 0.2
    if (
        line.opens
        and passage.chunk.path
        and question.kind in ("definition", "comparison", "kinds")
        and asks_for(question, passage.chunk.path[-1])
    ):
        worth += 0.08  # a section on what is asked about says first what it is
    if passage.chunk.kind == "abstract":
        # where the survey tells, a paper's own words come second; "we show" reads ill anywhere
        worth -= 0.12 * survey_tells + 0.05 * bool(_WE.match(text))
    if abs(number - passage.best) == 1:
        worth += 0.03  # a neighbour goes on about the same thing
    if b - a < 25:
        worth -= 0.1
    return worth


# ---------------------------------------------------------------------------------------------- lists

_AUTHORS = r"[A-Z][\w'’-]+(?: (?:et al\.|& [A-Z][\w'’-]+))?"
_INTRODUCES = re.compile(
    rf"(?P<who>(?:{_AUTHORS} \(\d{{4}}[a-z]?\)|(?<!\w)[a-z]{{0,3}}[A-Z(][\w.+()^_-]*"
    rf"(?: [A-Z0-9][\w.+()-]*){{0,3}} \([^()]*\d{{4}}[a-z]?\)))"
)
_TAIL = re.compile(
    r"(?:[,;]| as) (?:achiev|demonstrat|show|result|lead|mak|enabl|outperform|reduc|yield|giv|allow|improv"
    r"|which|and |while|where|thus|so that|"
    r"compatible|thereby|without|surpass|obtain|indicat)|; "
)


def compose_list(question: Question, passages: Sequence[Passage]) -> list[Statement]:
    """A list of works: what a taxonomy figure files under the heading asked for, then an item per work.

    Empty where the passages hold no such list: then the question is answered in sentences.
    """
    filed = [
        n
        for n, p in enumerate(passages)
        if p.chunk.form == "figure-list" and asks_for(question, p.chunk.path[-1])
    ]
    statements = []
    left = LIST_BUDGET
    for n in filed[:2]:
        statements.append(_statement(passages, (n, passages[n].best)))
        left -= len(statements[-1].text.split())
    answer = _Answer(question, passages, left)
    text = [n for n, p in enumerate(passages) if p.chunk.form == "paragraph"]
    if not text:
        return statements
    # items of one list stand in one section: the best passage's
    home = passages[text[0]].chunk.path
    items: list[tuple[Pick, int, int]] = []
    for pick in answer.ranked:
        if pick[0] not in text or passages[pick[0]].chunk.path != home:
            continue
        span = _item(passages[pick[0]], pick[1])
        words = len(passages[pick[0]].chunk.text[slice(*span)].split()) if span else 0
        if span and words <= left:
            items.append((pick, *span))
            left -= words
    if not statements and (question.kind != "works" or len(items) < 3):
        return []
    for pick, a, b in sorted(items, key=lambda item: (passages[item[0][0]].chunk.span, item[0])):
        statements.append(Statement(passages[pick[0]].chunk.text[a:b], pick[0], a, b, item=True))
    return statements


def asks_for(question: Question, heading: str) -> bool:
    """Whether a question holds every telling word of a heading ("Weight-Only Quantization")."""
    words = terms_in(re.sub(r"[-/]", " ", heading))
    wanted = words - _PLAIN or words
    return bool(wanted) and wanted <= question.terms.keys()


_PLAIN = frozenset(
    tokenize(
        "method methods technique techniques llm llms large language model models efficient optimization "
        "strategies level based training"
    )
)


def _item(passage: Passage, number: int) -> tuple[int, int] | None:
    """The span of a sentence that names a work and says what it is; None where it introduces none."""
    a, b = passage.chunk.sentences[number]
    text = passage.chunk.text[a:b]
    match = _INTRODUCES.search(text)
    if not match or match.start() > 0.6 * len(text):
        return None
    head = text[: match.start()].rstrip()
    if len(head.split()) > 3 and not head.endswith(","):
        return None  # it is named in passing
    tail = next(
        (
            t.start()
            for t in _TAIL.finditer(text, match.end())
            if len(text[match.start() : t.start()].split()) >= 9
        ),
        None,
    )
    return a + match.start(), a + tail if tail else b
