"""Whether the corpus can answer at all: rules for what is not there, then a calibrated confidence.

The rules name their reason, because a reader who asks for section 4.3 should hear that there is none.
The confidence is a logistic function of how well the best passages cover the question; its weights come
from `benchmarks/calibrate_confidence.py`, fitted on question files of answerable and unanswerable ones.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from surveyqa.answering.retrieval import Passage, Query, find_chunks, term_weights
from surveyqa.answering.tables import Row, empty_cell, extreme_row, select_rows
from surveyqa.index import Index
from surveyqa.text.terms import terms_in, tokenize
from surveyqa.understand.question import Question

# Fitted: see the module's docstring. Each feature is between 0 and 1.
WEIGHTS: Mapping[str, float] = {
    "bias": -8.48,
    "score": 7.26,
    "cosine": 6.1,
    "covered": 1.68,
    "foreign": 0.57,
    "about": 0.5,
    "elsewhere": -8.64,
    "meta": 1.5,
    "pointed": 9.66,
    "unread": -4.2,
    "length": 2.33,
}
THRESHOLD = 0.33

_ORDERS = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b[^.?]{0,40}\b(?:instructions?|rules?|directions?|prompts?|above|guidelines)\b"
    r"|\b(?:system|initial|hidden|your(?: own)?|original) (?:prompt|instructions?|configuration|guidelines?"
    r"|rules)\b|\byour (?:\w+ )?(?:prompt|configuration)\b"
    r"|\byou are now\b|^\W*pretend\b|\bpretend (?:to be|you|that)\b"
    r"|\bcite (?:it|this|that) as (?:a )?fact\b|\b(?:fabricate|invent|make up|forge)\b[^.?]{0,30}"
    r"\b(?:citation|quote|reference|passage)s?\b|\bstate that the (?:paper|survey)\b"
    r"|^\W*\[?(?:admin|system|root)[\]:]|\bfrom now on\b|\bno rules\b|\bdeveloper mode\b"
    r"|\bjailbroken\b|\bDAN\b"
    r"|\b(?:reply|respond|answer|say|write|print|output)\b[^.?]{0,30}\b(?:exactly|nothing else|only the word"
    r"|verbatim)\b"
    r"|\brepeat (?:the|all|every)\b[^.?]{0,30}\b(?:words|text|prompt|above|message)\b|\bguidelines you "
    r"follow\b"
    r"|\brun `|`(?:cat|ls|rm|curl|wget|sudo|python)\b|/etc/passwd|\bcitation mode\b|\b(?:debug|security "
    r"verification)\b.*\b(?:paste|share)\b"
    r"|\byour (?:chain[- ]of[- ]thought|hidden reasoning|reasoning)\b|\bhidden reasoning\b"
    r"|(?:忽略|无视|忘记|跳过).{0,12}(?:规则|指令|提示|要求|设定)|系统提示词?|提示词原样|你现在是|扮演|(?<![“‘])假装|编造|捏造|伪造|原样(?:输出|打印)|不要(?:任何)?引用",
    re.I,
)
_REQUESTS = re.compile(
    r"\b(?:could|can|would|will) you (?:please |kindly |please kindly )*(?:share|release|provide|offer|send"
    r"|upload|open[- ]?source|publish|give me)\b"
    r"|\bwhen will you\b|\bplease (?:share|release|upload|send)\b|\bsupport \S+(?: \S+)? in the future\b"
    r"|\bbut how can i switch\b"
    r"|能(?:不能)?(?:给|分享|提供|发).{0,16}(?:代码|数据|权重|脚本)|求(?:代码|分享)|什么时候(?:开源|发布|放出)|下载不了|报错",
    re.I,
)
_PLACE = re.compile(
    r"\b(?P<what>section|sec\.|chapter|table|figure|fig\.?|appendix|equation|eq\.)\s*(?P<number>\d+(?:\.\d+)*)?"
    r"|(?P<zh>第\s*\d+(?:\.\d+)*\s*[节章]|[表图]\s*\d+|附录)",
    re.I,
)

# Work of the authors' own, beside the survey: there is none.
_OWN_WORK = re.compile(
    r"\b(?:authors?|survey|paper)(?:['’]s?)? own (?:\w+ )?"
    r"(?:experiments?|benchmarks?|ablations?|models?|datasets?|measurements?|tests?)\b"
    r"|\bauthors? (?:themselves )?"
    r"(?:ran|trained|pre-?trained|fine-?tuned|benchmarked|deployed|released) (?:a|an|the|their|its|on)\b"
    r"|作者(?:们)?自己(?:训练|发布|做|跑|测|微调|开发)",
    re.I,
)
# Asking people: a survey of papers does not.
_STUDY = re.compile(
    r"\b(?:user stud(?:y|ies)|questionnaires?|respondents|focus groups?|opinion polls?|interviewees)\b"
    r"|问卷|用户研究|受访者|访谈",
    re.I,
)

_HAN = re.compile(r"[\u4e00-\u9fff]")

_META = re.compile(
    r"\b(?:this|the|your) (?:paper|survey|review|article)\b|\bauthors?\b|\b(?:intro|introduction|conclusion"
    r"|outlook|abstract)\b|论文|综述|作者|文中|本文|这篇",
    re.I,
)


@dataclass(frozen=True)
class Judgement:
    """How sure it is that the passages answer; `reason` is said to the reader where a rule decided."""

    confidence: float
    reason: str = ""

    @property
    def answerable(self) -> bool:
        return self.confidence >= THRESHOLD


@dataclass(frozen=True)
class Places:
    """Sections, tables and figures that the document has, by number."""

    sections: frozenset[str]
    tables: frozenset[str]
    figures: frozenset[str]


def places(index: Index) -> Places:
    """What the indexed survey has; in the starter corpus, what the pages of the guide say that it has."""
    survey = [chunk for chunk in index.chunks if chunk.kind == "survey"]
    guide = [] if survey else [chunk for chunk in index.chunks if chunk.document.startswith("guide:")]
    headings = [part for chunk in (*survey, *guide) for part in chunk.path]
    sections = {heading.split(" ")[0] for heading in headings if heading[:1].isdigit()}
    sections |= {number for chunk in guide for number in re.findall(r"\bsection (\d+(?:\.\d+)*)", chunk.text)}
    captions = [chunk.text for chunk in survey if chunk.form in ("caption", "table-row")]
    captions += [chunk.text for chunk in guide] + headings
    numbers = {
        what: frozenset(m[1] for text in captions for m in re.finditer(rf"\b{what} (\d+)", text))
        for what in ("Table", "Figure")
    }
    return Places(frozenset(sections), numbers["Table"], numbers["Figure"])


def judge(
    index: Index, known: Places, rows: Sequence[Row], question: Question, passages: Sequence[Passage]
) -> Judgement:
    """Whether `passages` can answer `question`."""
    if _ORDERS.search(question.text):
        return Judgement(0.0, "that is an instruction, not a question about the survey")
    if _REQUESTS.search(question.text):
        return Judgement(
            0.0, "that asks somebody for something; only questions about the papers can be answered"
        )
    if why := missing_place(known, question):
        return Judgement(0.0, why)
    if question.table and (blank := empty_cell(question, rows)):
        return Judgement(0.0, blank)
    if question.strange:
        names = ", ".join(question.strange[:3])
        return Judgement(0.0, f"{names} is mentioned nowhere in the survey or the abstracts")
    if extreme_row(question, rows):
        return Judgement(1.0)
    if not passages:
        return Judgement(0.0)
    if _OWN_WORK.search(question.text):
        return Judgement(
            0.0, "the survey reports on others' work and has no experiments or models of its own"
        )
    if (study := _STUDY.search(question.text)) and not index.says(study[0]):
        return Judgement(0.0, f"the survey reports no {study[0]}")
    if noun := _uncounted(question, rows, passages):
        names = " or ".join(name.text for name in question.names)
        return Judgement(0.0, f"no number of {noun} is given for {names}")
    return Judgement(round(confidence(features(index, question, passages)), 4))


def features(index: Index, question: Question, passages: Sequence[Passage]) -> dict[str, float]:
    """What the confidence is computed from, each between 0 and 1.

    score, cosine: of the best sentence; covered: share of the question's terms that the best passage holds;
    foreign: share of them that the survey (or guide) uses nowhere; about: a sentence of it is about something
    that the question names; meta: the question is about the paper itself; pointed: how well the nearest
    piece of the guide fits; unread: share of a Chinese question that could not be read; length: of the
    question;
    elsewhere: cosine with the nearest topic that lies beside the field.
    """
    weights = term_weights(index, {**question.terms, **dict.fromkeys(question.untranslated, 1.0)})
    covered = 0.0
    for passage in passages:
        held = passage.terms | terms_in(" ".join(passage.chunk.path))
        covered = max(covered, sum(weight for term, weight in weights.items() if term in held))
    lines = [line for passage in passages for line in passage.lines]
    own = [line for p in passages if p.chunk.kind in ("survey", "guide") for line in p.lines]
    home = index.home_terms
    return {
        "score": min(1.0, max(line.score for line in lines)),
        "cosine": max(0.0, max(line.cosine for line in lines)),
        "covered": covered,
        "foreign": sum(weight for term, weight in weights.items() if term not in home),
        "about": float(any(name == 1.0 for line in own for name in line.names)),
        "elsewhere": index.elsewhere(index.encode([question.english])[0]),
        "meta": float(bool(_META.search(question.text))),
        "pointed": _explained(index, question),
        "unread": _unread(question),
        "length": min(12, len(question.terms)) / 12,
    }


def _unread(question: Question) -> float:
    """The share of a question's Chinese characters that the glossary does not know."""
    written = len(_HAN.findall(question.text))
    return sum(map(len, question.untranslated)) / written if written else 0.0


def _explained(index: Index, question: Question) -> float:
    """How well the nearest piece of the guide fits, which points to the survey or stands in for it."""
    vector = index.encode([question.english])[0]
    if index.pointers:
        return max(index.pointers.point(question.terms, vector).sections.values(), default=0.0)
    return max(
        (hit.score for hit in find_chunks(index, Query(question.english, question.terms), 1)), default=0.0
    )


def confidence(values: Mapping[str, float]) -> float:
    """Logistic function of the features."""
    total = WEIGHTS["bias"] + sum(WEIGHTS[name] * value for name, value in values.items())
    return 1 / (1 + math.exp(-total))


# A number of what, said of something that is named. What a table counts is looked for in its rows.
_HOW_MANY = re.compile(
    r"\bhow many (?:total |trainable )?(?P<noun>[a-z]+)(?= (?:do|does|did|is|are|was|were|has|have)\b)", re.I
)
_SIZED = re.compile(r"\b\d+(?:\.\d+)?[BMT]\b")
_COUNTED = re.compile(
    r"\b(?:\d[\d.,]*\w*|one|two|three|four|five|six|seven|eight|nine|ten|twelve|several|single|half|both)\b",
    re.I,
)


def _uncounted(question: Question, rows: Sequence[Row], passages: Sequence[Passage]) -> str:
    """What a question wants the number of, where no sentence on what it names counts that; else empty."""
    asked = _HOW_MANY.search(question.english)
    if not asked or not question.names or select_rows(question, rows):
        return ""
    wanted = terms_in(asked["noun"])
    sized = not wanted.isdisjoint(terms_in("parameters"))
    for passage in passages:
        for (a, b), line in zip(passage.chunk.sentences, passage.lines, strict=True):
            text = passage.chunk.text[a:b]
            if max(line.names, default=0.0) >= 0.7 and (
                (sized and _SIZED.search(text))
                or any(
                    wanted.issubset(tokenize(text[m.start() : m.end() + 45])) for m in _COUNTED.finditer(text)
                )
            ):
                return ""
    return asked["noun"].lower()


def missing_place(known: Places, question: Question) -> str:
    """What to say where a question speaks of a section, table or figure that is not there; else empty."""
    missing = _missing(known, question.text)
    return f"the survey has no {missing}" if missing else ""


def _missing(known: Places, text: str) -> str:
    if not known.sections:
        return ""
    for match in _PLACE.finditer(text):
        word = (match["what"] or match["zh"]).lower()
        number = match["number"] or "".join(re.findall(r"[\d.]+", match["zh"] or ""))
        if word.startswith(("append", "附录")):
            return "appendix"
        if not number:
            continue
        if word.startswith(("sec", "chap", "第")) and number not in known.sections:
            return f"section {number}"
        if word.startswith(("table", "表")) and number not in known.tables:
            return f"table {number}"
        if word.startswith(("fig", "图")) and number not in known.figures:
            return f"figure {number}"
    return ""
