"""Content of the claim that nothing in the passage carries."""

from __future__ import annotations

from surveyqa.claims import lexicon
from surveyqa.claims.claim import Claim, Finding, known_name
from surveyqa.claims.evidence import Passage
from surveyqa.claims.lexicon import wordset
from surveyqa.claims.numbers import Quantity
from surveyqa.claims.words import GENERAL, KNOWN, Text, Token, stem

_CHUNK = wordset(
    "and or but while whereas although though so which because since as when for in on at by with "
    "from to into via "
    "without through under over across between than that before after during within compared-to instead-of "
    "alternative-to if"
)
STRICT_STEMS = frozenset(stem(w) for w in lexicon.STRICT)


def _equals() -> dict[str, frozenset[str]]:
    table: dict[str, set[str]] = {}
    for line in lexicon.EQUALS:
        roots = {stem(w) for w in line.split()}
        for root in roots:
            table.setdefault(root, set()).update(roots)
    return {root: frozenset(others) for root, others in table.items()}


_EQUALS = _equals()
_COUNTED = frozenset(stem(w) for w in wordset("parameter token"))  # what 7B and 128k are of
_MEASURES = wordset(
    "accuracy latency throughput energy memory cost quality robustness stability privacy fairness bandwidth"
)


def carried(token: Token, passage: Passage, context: str) -> float:
    """How far the passage carries one word of the claim: 1 same stem, 0.8 synonym, 0 nothing."""
    if token.stem in passage.stems or (token.kind == "name" and known_name(token, passage, context)):
        return 1.0
    if token.concepts & passage.concepts and token.stem not in STRICT_STEMS:
        return 0.8
    if _EQUALS.get(token.stem, frozenset()) & passage.stems:
        return 0.8
    if any(token.low in w for w in passage.long_words) and len(token.low) >= 4:
        return 1.0
    if len(token.low) >= 5 and token.low in passage.squeezed:
        return 1.0
    if context and token.low in context.lower():
        return 1.0
    return 0.0


def _in_list(text: Text, chunk: list[Token]) -> bool:
    """Whether the chunk is an item of 'A, B and C'."""
    before = text.tokens[max(0, chunk[0].index - 2) : chunk[0].index]
    commas = sum(t.low == "," for t in text.tokens)
    return (
        commas >= 1
        and any(t.low in {",", "and"} for t in before)
        and any(t.low == "and" for t in text.tokens)
    )


def _counts(text: Text, q: Quantity) -> bool:
    """Whether the word behind a large number only says what such are of: 7 billion parameters for 7B."""
    return q.end < len(text.tokens) and text.tokens[q.end].stem in _COUNTED


def _technical(token: Token) -> bool:
    """Whether a word is one that a paraphrase would keep."""
    if token.stem in STRICT_STEMS:
        return True
    if token.low.endswith(("ly", "ed")):
        return False
    return token.stem not in KNOWN and token.stem not in GENERAL and token.low not in GENERAL


def content(claim: Claim, passage: Passage, context: str) -> tuple[list[Finding], float]:
    """Chunks of the claim that nothing in the passage carries, and the share of its words that is carried."""
    found: list[Finding] = []
    chunks: list[list[Token]] = [[]]
    spent = {i for q in claim.numbers for i in range(q.start, q.end)}
    spent |= {q.end for q in claim.numbers if q.low >= 1000 and _counts(claim.text, q)}
    for token in claim.text.tokens:
        if token.index in spent:
            continue
        if token.low in _CHUNK or (token.kind == "mark" and token.low != "~"):
            chunks.append([])
        elif not token.light and token.kind == "word":
            chunks[-1].append(token)
    named = [t for t in claim.text.tokens if t.kind == "name"]
    total = float(len(named))
    got = float(sum(known_name(t, passage, context) for t in named))
    missing: list[Token] = []
    for chunk in chunks:
        values = [carried(t, passage, context) for t in chunk]
        total += len(values)
        got += sum(values)
        strange = [t for t, v in zip(chunk, values, strict=True) if v == 0]
        missing += strange
        technical = [t for t in strange if _technical(t)]
        if not technical and chunk and not any(values) and len(chunk) <= 3 and _in_list(claim.text, chunk):
            technical = [t for t in strange if t.stem not in GENERAL and t.low not in GENERAL]
        elif not technical and len(chunk) in (1, 2) and not values[-1] and _in_list(claim.text, chunk):
            technical = [t for t in chunk[-1:] if t.low in _MEASURES]
        if technical:
            found.append(Finding("addition", f"nothing in the passage on '{technical[0].text}'", False))
    share = got / total if total else float(bool(claim.names or claim.numbers))
    if not found and share < 0.5:
        words = ", ".join(t.text for t in missing[:4])
        found.append(Finding("content", f"the passage does not carry: {words}", False))
    return found, share
