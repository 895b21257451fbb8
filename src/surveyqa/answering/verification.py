"""Claims: is what somebody wrote carried by the survey or by an abstract?

A claim with a passage is checked against that passage. A claim alone is searched first; the passages that
bear on it are checked one by one, and what the nearest one says stands, with its evidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal, Protocol

from surveyqa.answering.contract import Source
from surveyqa.answering.passages import Passage
from surveyqa.claims import LONGEST_CLAIM, check
from surveyqa.index import Index
from surveyqa.text.folding import language_of
from surveyqa.text.sentences import sentence_spans
from surveyqa.text.terms import STOPWORDS, joined
from surveyqa.understand.reading import Reading

Outcome = Literal["supported", "contradicted", "unsupported", "not_found"]
NEAR = 0.42  # cosine of claim and sentence below which a passage does not speak of the claim
LOOKED_AT = 8  # passages


@dataclass(frozen=True)
class Finding:
    """The verdict on a claim; `evidence` is the source it was checked against, None where none was found."""

    claim: str
    verdict: Outcome
    reasons: tuple[str, ...]
    evidence: Source | None

    def to_dict(self) -> dict[str, Any]:
        return {
            "claim": self.claim,
            "verdict": self.verdict,
            "reasons": list(self.reasons),
            "evidence": asdict(self.evidence) if self.evidence else None,
        }


def verify_against(claim: str, passage: str) -> Finding:
    """Check a claim against a passage that comes with it."""
    verdict = check(claim, passage)
    label: Outcome = verdict.label if verdict.label in ("supported", "contradicted") else "unsupported"
    return Finding(claim, label, verdict.reasons, None)


class Finder(Protocol):
    """What finds the passages for a claim: an assistant."""

    index: Index

    def read(self, question: str) -> Reading: ...
    def retrieve(self, reading: Reading, n: int | None = None) -> list[Passage]: ...
    def source(self, number: int, passage: Passage, start: int, end: int) -> Source: ...


def verify(assistant: Finder, claim: str) -> Finding:
    """Find what bears on a claim, and check it."""
    if len(claim) > LONGEST_CLAIM:
        return verify_against(claim, "")
    reading = assistant.read(claim)
    named = reading.named("method", "paper")
    strangers = [
        w
        for w in re.findall(r"\b[A-Z][A-Za-z]*[a-z0-9]\b|\b[A-Z]{3,}\b", claim)
        if w.lower() not in STOPWORDS and not assistant.index.frequency(w.lower())
    ]
    if reading.unknown or strangers:
        names = ", ".join(dict.fromkeys([*reading.unknown, *strangers]))
        return Finding(
            claim, "not_found", (f"{names} is mentioned nowhere in the survey or the abstracts",), None
        )
    found: list[tuple[bool, float, Finding]] = []
    for passage in assistant.retrieve(reading, LOOKED_AT):
        chunk = passage.chunk
        best = max(range(len(passage.lines)), key=lambda i: passage.lines[i].score)
        line = passage.lines[best]
        # the sentence with its neighbours: what a reader would look at
        first, last = max(0, best - 1), min(len(chunk.sentences), best + 2)
        start, end = chunk.sentences[first][0], chunk.sentences[last - 1][1]
        held = joined(f"{chunk.title} {' '.join(chunk.path)} {chunk.text[start:end]}")
        if line.cosine < NEAR:
            continue
        share = sum(bool(name.forms & held) for name in named) / max(1, len(named))
        if named and not share:
            continue
        verdict = check(claim, chunk.text[start:end], context=f"{chunk.title}. {' '.join(chunk.path)}")
        decided = verdict.label in ("supported", "contradicted") and (share == 1 or not named)
        a, b = chunk.sentences[best]
        source = assistant.source(1, passage, a, b)
        outcome: Outcome = verdict.label if verdict.label in ("supported", "contradicted") else "unsupported"
        found.append(
            (
                decided,
                line.score + 0.3 * share,
                Finding(claim, outcome, verdict.reasons, source),
            )
        )
    if not found:
        return Finding(claim, "not_found", ("nothing in the survey or the abstracts speaks of this",), None)
    # what the nearest passage says of it decides: a farther one is about something else, and one of eight
    # passages seems to carry a false claim far more often than the one it was made from
    return max([f for f in found if f[0]] or found, key=lambda f: f[1])[2]


def claims_of(draft: str) -> Iterator[tuple[int, str, str]]:
    """(line number, sentence, "") of each sentence of a Markdown draft, without the addresses of its links.

    For what claims nothing the third says what it is: a heading, code, a table, fewer than four words.
    """
    fenced, before = False, ""
    paragraph: list[str] = []
    start = 1

    def flush() -> Iterator[tuple[int, str, str]]:
        text = " ".join(paragraph)
        for a, b in sentence_spans(text):
            short = len(text[a:b].split()) < 4 and language_of(text[a:b]) == "en"
            yield start, text[a:b], "fewer than four words" if short else ""

    for number, line in enumerate([*draft.splitlines(), ""], 1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
            if fenced:
                yield number, line, "code"
            continue
        bare = re.sub(r"!?\[([^\]]*)\]\([^)]*\)|[*_`]{1,3}", lambda m: m[1] or "", line).strip()
        bare = re.sub(r"^(?:[-*+>]|\d+\.)\s+", "", bare)
        kind = {"#": "a heading", "|": "a table"}.get(line.lstrip()[:1], "")
        if fenced or not bare or kind:
            yield from flush()
            paragraph = []
            if kind and not fenced and kind != before:
                yield number, line, kind
            before = kind
            continue
        before = ""
        if not paragraph:
            start = number
        paragraph.append(bare)
