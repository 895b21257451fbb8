"""Phrases without a parser: where they end, what heads them, what connects them."""

from __future__ import annotations

from surveyqa.claims.lexicon import wordset
from surveyqa.claims.words import Token

STOPS = frozenset({".", ";", ":", "!", "?"})
BREAKS = wordset("and or but while whereas although though because since which that when if so unlike")
LINKS = {
    "than": "than",
    "over": "over",
    "instead-of": "instead",
    "alternative-to": "instead",
    "compared-to": "than",
    "into": "to",
    "to": "to",
    "with": "with",
    "by": "by",
    "for": "for",
    "from": "from",
    "of": "of",
    "in": "in",
    "on": "on",
    "as": "as",
    "via": "by",
    "using": "by",
    "through": "by",
    "before": "before",
    "after": "after",
}


def head_of(tokens: tuple[Token, ...], at: int) -> Token | None:
    """Last content token of the noun phrase that starts at `at`."""
    head = None
    for t in tokens[at : at + 7]:
        if t.kind == "mark" or t.low in LINKS or t.low in BREAKS:
            if t.low == "~":
                continue
            break
        if not t.light:
            head = t
            if t.kind == "name":
                break
    return head


def phrase(tokens: tuple[Token, ...], at: int, step: int) -> list[Token]:
    """Content tokens of the phrase on one side of a connector, nearest first."""
    out: list[Token] = []
    k = at + step
    while 0 <= k < len(tokens) and len(out) < (3 if step < 0 else 5):
        t = tokens[k]
        if step > 0 and t.low == "(" and k + 2 < len(tokens) and tokens[k + 2].low == ")":
            out.append(tokens[k + 1])  # Optimal Brain Quantization (OBQ)
        if (
            (t.kind == "mark" and t.low not in {"~", '"'})
            or t.low in BREAKS
            or (t.low in LINKS and not (step < 0 and t.low == "of"))
        ):
            break
        if not t.light:
            out.append(t)
        k += step
    return out
