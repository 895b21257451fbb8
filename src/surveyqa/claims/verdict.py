"""From rules to a verdict."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from surveyqa.claims import amounts, chinese, copies, coverage, polarity, predicates, roles, subjects
from surveyqa.claims.claim import Claim, Finding, affinity, align
from surveyqa.claims.evidence import Passage, parse
from surveyqa.claims.numbers import quantities
from surveyqa.claims.words import plain, read, sentences, squeeze, with_acronyms, words_seen

Label = Literal["supported", "partial", "contradicted", "unsupported"]

RULES: tuple[Callable[[Claim, Passage], list[Finding]], ...] = (
    amounts.numbers,
    copies.edits,
    polarity.negation,
    polarity.prefixed,
    polarity.direction,
    polarity.grades,
    polarity.degrees,
    polarity.opposites,
    polarity.opposed,
    polarity.times,
    polarity.quantifiers,
    predicates.states,
    predicates.denials,
    predicates.judgements,
    predicates.needs,
    predicates.others,
    roles.roles,
    roles.higher_of,
    roles.links,
    roles.swaps,
    roles.slots,
    roles.contrasts,
    roles.modifiers,
    roles.segment_contrasts,
    roles.set_against,
    roles.borrowed,
    roles.exchanged,
    subjects.attribution,
    subjects.owner,
    subjects.displaced,
    subjects.purposes,
)
# Rules that a comparison told from its other side would set off.
_SIDED = (
    polarity.direction,
    polarity.grades,
    polarity.degrees,
    polarity.opposites,
    roles.roles,
    roles.swaps,
    subjects.owner,
)
_MARKS = re.compile(r"\[\d+(?:[,;]\s*\d+)*\]")
_NUMBER = re.compile(r"\d+")
# A phrase before the main clause that does not turn what the clause says.
_LEADS_IN = re.compile(
    r"(?:For (?:example|instance)|Specifically|Moreover|Furthermore|In addition|Additionally|Recently"
    r"|Therefore|To|In order to|As a result|Similarly|Besides|Also|Notably|Lastly|Finally"
    r"|First|Second|Next)\b"
    r"(?:(?!\b(?:not|no|never|without|unlike|instead|if|unless|avoid\w*|prevent\w*|than)\b)[^.;:])*,\s"
)
# A clause behind the main clause without which that still holds.
_TRAILS = re.compile(
    r"(?:,? (?:which|thus|thereby|hence|while|whereas|and)\b|, \w+ing\b|;)"
    r"(?:(?!\b(?:not|no|only|except|unless|if|but|although|though|however|unlike)\b).)*"
)
_CARRIED = 0.6  # share of words from which a claim with something extra is partial rather than unsupported


LONGEST_CLAIM, LONGEST_PASSAGE = 1500, 6000  # characters
MOST_NUMBERS = 40  # in a claim: each is compared with each of the passage


@dataclass(frozen=True)
class Verdict:
    """`reasons` say what departs from the passage, worst first; `score` (0..1): how far the passage carries
    it."""

    label: Label
    reasons: tuple[str, ...]
    score: float


def check(claim: str, passage: str, *, context: str = "") -> Verdict:
    """Whether `passage` carries `claim`, judged from the two texts alone; a claim of several sentences by
    its worst.

    `context`: section path or title of the passage; names in it count as known. Citation marks ([1]) are
    ignored.
    Sentences copied from the passage are supported. A Chinese claim on an English passage is at most partial.
    Deterministic; a few milliseconds. Texts longer than `LONGEST_CLAIM` and `LONGEST_PASSAGE` are not read,
    nor are claims of more than `MOST_NUMBERS` numbers: the rules compare pairs, and a text made to be slow
    would hold everyone up."""
    if len(claim) > LONGEST_CLAIM or len(passage) > LONGEST_PASSAGE:
        limits = f"{LONGEST_CLAIM} characters, or its passage than {LONGEST_PASSAGE}"
        return Verdict("unsupported", (f"the claim is longer than {limits}: check single sentences",), 0.0)
    if len(_NUMBER.findall(_MARKS.sub("", claim))) > MOST_NUMBERS:
        reason = f"the claim has more than {MOST_NUMBERS} numbers: check single sentences"
        return Verdict("unsupported", (reason,), 0.0)
    if chinese.is_chinese(claim) and not chinese.is_chinese(passage):
        return Verdict(*chinese.check(claim, passage, context))
    findings: list[Finding] = []
    shares: list[float] = []
    clean = plain(_MARKS.sub("", claim)).strip()
    for start, end in sentences(clean):
        part = clean[start:end].strip()
        if not part:
            continue
        if _copied(part, passage):
            shares.append(1.0)
            continue
        found, share = judge(part, passage, context)
        findings += found
        shares.append(share)
    return _verdict(findings, min(shares, default=0.0))


def judge(sentence: str, passage: str, context: str = "") -> tuple[list[Finding], float]:
    """What the rules find in one sentence, and the share of its words that the passage carries."""
    sentence = with_acronyms(sentence, passage)
    parsed = parse(passage, sentence)
    claim = align(read(sentence, frozenset(), words_seen(plain(passage))), parsed)
    found = subjects.names(claim, parsed, context)
    turned = roles.mirrored(claim, parsed)
    for rule in RULES:
        if not (turned and rule in _SIDED):
            found += rule(claim, parsed)
    extra, share = coverage.content(claim, parsed, context)
    return found + extra, share


def _verdict(findings: list[Finding], share: float) -> Verdict:
    if not findings:
        return Verdict("supported" if share > 0 else "unsupported", (), round(share, 3))
    ordered = sorted(findings, key=lambda f: not f.wrong)
    reasons = tuple(dict.fromkeys(f"{f.rule}: {f.message}" for f in ordered))
    score = round(share * 0.5 ** len(reasons), 3)
    if ordered[0].wrong:
        return Verdict("contradicted", reasons, score)
    return Verdict("partial" if share >= _CARRIED else "unsupported", reasons, score)


@lru_cache(maxsize=128)
def _sentence_keys(passage: str) -> frozenset[str]:
    clean = plain(passage)
    return frozenset(squeeze(clean[a:b]) for a, b in sentences(clean))


def _copied(sentence: str, passage: str) -> bool:
    """Whether it is a whole sentence of the passage, letters and digits compared, or one but for what leads
    into it ("For example, to save memory, LoRA ...") or trails behind it (", which saves memory")."""
    key = squeeze(sentence)
    if not key:
        return False
    if key in _sentence_keys(passage):
        return True
    clean = plain(passage)
    for start, end in sentences(clean):
        whole = clean[start:end].strip()
        if whole.endswith(sentence) and _LEADS_IN.fullmatch(whole[: -len(sentence)]):
            return True
        head = sentence.rstrip(". ")
        if len(head.split()) >= 6 and whole.startswith(head) and _TRAILS.fullmatch(whole[len(head) :]):
            return True
    return False


def best_sentence(claim: str, passages: Sequence[str]) -> tuple[int, tuple[int, int]] | None:
    """Which passage and which (start, end) span in it is nearest to `claim`; None if nothing is near.

    The span is of `plain(passage)`, the passage with its white space folded."""
    best: tuple[float, int, tuple[int, int]] | None = None
    for index, passage in enumerate(passages):
        parsed = parse(passage)
        text = read(claim, frozenset(), words_seen(plain(passage)))
        tokens = [t for t in text.tokens if not t.light]
        numbers = quantities(text)
        for s in parsed.sentences:
            score = affinity(tokens, s, parsed)
            score += sum(1.5 for q in numbers if any(q.agrees(p) for p in s.numbers))
            if best is None or score > best[0]:
                best = (score, index, (s.start, s.end))
    return None if best is None or best[0] <= 0 else (best[1], best[2])
