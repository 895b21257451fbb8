"""What is said of what: the subject before a word, the object behind it, and what is denied of them."""

from __future__ import annotations

from functools import lru_cache

from surveyqa.claims.claim import Claim, Finding, carrying
from surveyqa.claims.evidence import Passage
from surveyqa.claims.lexicon import NEGATIONS, wordset
from surveyqa.claims.phrases import BREAKS
from surveyqa.claims.words import ANTONYMS, Text, Token, stem

# Words between a subject and what is said of it.
_AUXILIARY = wordset(
    "is are was were be been being has have had do does did can could may might will would shall should must "
    "not also still then thus only just even always never often now remain remains remained stay stays kept "
    "keeps keep left become becomes became gets get got further itself themselves"
)
_MORE = wordset("more most less least much very so too quite rather")
_BE = wordset(
    "is are was were be been being remain remains remained stay stays stayed become becomes became "
    "get gets got"
)
_DETERMINERS = wordset("the a an its their this these those each all both of ~ any every some such")
# Pairs that exclude each other of one subject or object, though a text may well have both.
_STATES = (
    (
        wordset("frozen freeze fixed unchanged untouched constant intact"),
        wordset(
            "updated update trained trains tunes tuned finetuned modified changes altered alters learned "
            "adjusted trainable learnable"
        ),
    ),
    (
        wordset("discarded dropped removed evicted pruned deleted skipped"),
        wordset("kept retained preserved stored"),
    ),
    (wordset("shared common"), wordset("separate distinct individual own")),
)
_SIDES = [(frozenset(map(stem, a)), frozenset(map(stem, b))) for a, b in _STATES]
_STATE_STEMS = frozenset[str]().union(*(a | b for a, b in _SIDES))
_TRAINING = wordset("training tuning finetuning")  # nouns mostly
_KEEPING = frozenset(map(stem, ("keep", "leave", "hold", "left", "kept")))


def subject_before(text: Text, at: int) -> list[Token]:
    """Content words of the phrase that ends before token `at`, auxiliaries skipped; nearest first."""
    found: list[Token] = []
    tail: list[Token] = []
    for t in reversed(text.tokens[:at]):
        if not found and (t.low in _AUXILIARY or t.low in _MORE or t.low.endswith("ly")):
            continue
        if not found and t.low in {"that", "which"}:
            continue  # data that is limited
        if t.kind == "number" or (t.kind == "mark" and t.low != "~") or t.low in BREAKS:
            break
        if t.thin and t.low not in _DETERMINERS:
            break
        if t.low == "of":  # the decoder of ICAE: the head stands before it
            tail, found = found + tail, []
        if not t.thin:
            found.append(t)
        if len(found) + len(tail) == 5:
            break
    return found + tail


def object_behind(text: Text, at: int) -> list[Token]:
    """Content words of the phrase that begins behind token `at`; the head comes last; through 'and'."""
    found: list[Token] = []
    for t in text.tokens[at + 1 : at + 9]:
        if (t.kind == "mark" and t.low != "~") or (t.thin and t.low not in _DETERMINERS and t.low != "and"):
            break
        if t.stem in _STATE_STEMS:
            break
        if not t.thin and t.kind != "number":
            found.append(t)
    return found


def patient(text: Text, t: Token) -> list[Token]:
    """What a state or an action is said of, its head first: the weights in 'freezes the weights' and 'the
    weights are frozen'."""
    for k in reversed(text.tokens[max(0, t.index - 7) : t.index]):
        if (k.kind == "mark" and k.low != "~") or k.low in BREAKS:
            break
        if k.stem in _KEEPING:
            kept = [x for x in text.tokens[k.index + 1 : t.index] if not x.thin and x.kind != "number"]
            if kept:
                return kept[::-1]
    if _said(text, t):
        return subject_before(text, t.index)
    return object_behind(text, t.index)[::-1] or subject_before(text, t.index)


def _takes_object(text: Text, at: int) -> bool:
    """Whether a determiner follows: disregards the rationales."""
    return at + 1 < len(text.tokens) and text.tokens[at + 1].low in _DETERMINERS - {"of", "~"}


def _exclude(a: Token, b: Token) -> bool:
    return any((a.stem in x and b.stem in y) or (a.stem in y and b.stem in x) for x, y in _SIDES)


def _said(text: Text, t: Token) -> bool:
    """Whether a word is said of something by an auxiliary: is not updated."""
    return any(k.low in _BE for k in text.tokens[max(0, t.index - 3) : t.index])


def _alike(a: Token, b: Token) -> bool:
    return a.stem == b.stem or (bool(a.concepts & b.concepts) and not a.light and not b.light)


@lru_cache(maxsize=1024)
def _predicates(text: Text) -> tuple[tuple[Token, bool, list[Token]], ...]:
    """(word, whether an auxiliary says it, what it is said of) for each word that may be a state."""
    out = []
    for t in text.tokens:
        if t.kind != "word" or t.thin or t.low in _TRAINING:
            continue
        said = _said(text, t)
        if (said or t.stem in _STATE_STEMS) and (of := patient(text, t)):
            out.append((t, said, of))
    return tuple(out)


def states(claim: Claim, passage: Passage) -> list[Finding]:
    """A state or an action said of a subject of which the passage says the opposite."""
    sentences = carrying(claim, passage)
    for t, said, mine in _predicates(claim.text):
        against, other, agrees = 0, "", 0
        for s in sentences:
            for u, said_there, theirs in _predicates(s.text):
                told = said and said_there
                excluded = _exclude(t, u) or (told and u.stem in ANTONYMS.get(t.stem, ()))
                same = not excluded and (told or t.stem in _STATE_STEMS) and _alike(t, u)
                if not excluded and not same:
                    continue
                shared = len({k.stem for k in mine} & {k.stem for k in theirs})
                if shared == 1 and (mine[0].stem != theirs[0].stem or min(len(mine), len(theirs)) > 1):
                    shared = 0  # the weight's size is no weight
                turned = (t.index in claim.denied) != (u.index in s.denied)
                if excluded != turned:
                    if shared > against:
                        against, other = shared, u.text
                else:
                    agrees = max(agrees, shared)
        if against > agrees and other != t.text:
            return [Finding("opposite", f"'{t.text}' where the passage has '{other}'", True)]
    return []


_NEEDING = frozenset(map(stem, ("need", "require", "must", "necessitate", "demand")))


def needs(claim: Claim, passage: Passage) -> list[Finding]:
    """What the passage does without, as something that is needed: has to be tuned, for without any tuning."""
    denied = {t.stem for s in passage.sentences for t in s.text.tokens if t.index in s.denied and not t.light}
    stated = {t.stem for s in passage.sentences for t in s.text.tokens if t.index not in s.denied}
    for t in claim.text.tokens:
        if t.stem not in _NEEDING or t.index in claim.denied:
            continue
        for k in claim.text.tokens[t.index + 1 : t.index + 6]:
            if (k.kind == "mark" and k.low != "~") or k.low in BREAKS or k.index in claim.denied:
                break
            if k.low in NEGATIONS or k.low in {"less", "fewer"}:
                break  # needs no tuning, needs less memory
            if k.stem in denied - stated and not k.light and k.kind == "word":
                return [Finding("negation", f"the passage does without '{k.text}'", True)]
    return []


_OTHERS = wordset("existing previous prior current conventional traditional earlier former most many")
_WORKS = wordset(
    "approaches approach methods method works systems models techniques studies strategies algorithms"
)


def _of_others(text: Text) -> bool:
    """Whether a sentence is about what others do: existing approaches rely on ..."""
    words = [t for t in text.tokens if t.kind != "mark"][:6]
    return any(a.low in _OTHERS for a in words[:3]) and any(b.low in _WORKS for b in words)


def others(claim: Claim, passage: Passage) -> list[Finding]:
    """What the passage says only of existing methods, said of a method with a name."""
    content = [t for t in claim.text.tokens if not t.light and t.kind == "word"]
    named = {n.key for n in claim.subjects}
    if (
        len(content) < 3
        or not named
        or claim.denied
        or any(t.low in _THAN | _CUTS for t in claim.text.tokens)
    ):
        return []
    best = 0
    found = ""
    for s in passage.sentences:
        hits = sum(bool(t.concepts & s.concepts) for t in content)
        if _of_others(s.text) and not named & {n.key for n in s.names}:
            if hits >= max(3, 0.8 * len(content)) and sum(t.stem in s.stems for t in content) >= 2:
                found = next(t.text for t in s.text.tokens if t.low in _OTHERS)
        else:
            best = max(best, hits)
    if found and best <= 0.4 * len(content):
        return [Finding("owner", f"the passage says this of '{found}' methods", True)]
    return []


_GOOD = wordset(
    "well effective good strong excel excels succeed succeeds adequate sufficient easy easily cheap cheaply "
    "suitable satisfactory reliable promising"
)
_BAD = wordset(
    "badly poorly poor inadequate insufficient struggle struggles struggling weak fail fails failing "
    "difficult hard challenging expensive costly prohibitive unsuitable unsatisfactory unreliable inferior"
)
_CUTS = wordset(", ; : and but while whereas although though yet however because since")


@lru_cache(maxsize=1024)
def _judged(text: Text, denied: frozenset[int]) -> tuple[tuple[int, frozenset[str], str], ...]:
    """(1 good, -1 bad; stems; word) of each stretch between commas and conjunctions that says how something
    fares."""
    out = []
    stretch: list[Token] = []
    for t in (*text.tokens, None):
        if t is not None and t.low not in _CUTS and t.low != ".":
            stretch.append(t)
            continue
        signs = {
            (1 if k.low in _GOOD else -1) * (-1 if k.index in denied else 1): k.text
            for k in stretch
            if k.low in _GOOD or k.low in _BAD
        }
        if len(signs) == 1 and not any(k.low in _THAN for k in stretch):
            sign, word = next(iter(signs.items()))
            stems = frozenset(k.stem for k in stretch if not k.light and k.low not in _GOOD | _BAD)
            out.append((sign, stems, word))
        stretch = []
    return tuple(out)


_THAN = frozenset({"than", "compared-to", "more", "less", "as", "if", "unless", "when"})


def judgements(claim: Claim, passage: Passage) -> list[Finding]:
    """Good at what the passage calls it bad at, stretch by stretch: handles long texts well for struggles
    with them."""
    theirs = [j for s in carrying(claim, passage) for j in _judged(s.text, s.denied)]
    for sign, stems, word in _judged(claim.text, claim.denied):
        if len(stems) < 2:
            continue
        for_it = max((len(stems & other) for value, other, _ in theirs if value == sign), default=0)
        against = max(
            ((len(stems & other), w) for value, other, w in theirs if value != sign), default=(0, "")
        )
        if against[0] >= max(2, 0.6 * len(stems)) and against[0] > for_it:
            return [Finding("opposite", f"'{word}' where the passage has '{against[1]}'", True)]
    return []


def denials(claim: Claim, passage: Passage) -> list[Finding]:
    """An action on something that the passage denies of it, told in other words: disregards X for does not
    overlook X."""
    for t in claim.text.tokens:
        if t.kind != "word" or t.light or not _takes_object(claim.text, t.index):
            continue
        mine = object_behind(claim.text, t.index)
        if not mine:
            continue
        found = ""
        for s in carrying(claim, passage):
            for u in s.text.tokens:
                if u.kind != "word" or u.light or not _alike(t, u):
                    continue
                if u.stem == t.stem and not _takes_object(s.text, u.index):
                    continue
                theirs = object_behind(s.text, u.index)
                if not theirs or theirs[-1].stem != mine[-1].stem:
                    continue
                if (t.index in claim.denied) == (u.index in s.denied):
                    return []
                found = u.text
        if found:
            return [Finding("negation", f"the passage says the contrary of '{t.text}'", True)]
    return []
