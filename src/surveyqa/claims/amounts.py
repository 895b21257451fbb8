"""Numbers of the claim: whether the passage has them, with that bound, of that thing."""

from __future__ import annotations

from itertools import pairwise

from surveyqa.claims.claim import Claim, Finding
from surveyqa.claims.evidence import GENERIC, Passage, Sentence
from surveyqa.claims.lexicon import wordset
from surveyqa.claims.numbers import Quantity
from surveyqa.claims.words import CONTRASTS, Text, Token, stem

_UPPER = {"<=", "<"}
_LOWER = {">=", ">"}


def _show(text: Text, q: Quantity) -> str:
    end = min(q.end, len(text.tokens))
    return " ".join(t.text for t in text.tokens[q.start : end]).replace(" ~ ", "-")


def numbers(claim: Claim, passage: Passage) -> list[Finding]:
    """Values that the passage does not have, or that it gives to something else, or bounds it with."""
    found: list[Finding] = []
    for q in claim.numbers:
        here = [(s, p) for s in passage.sentences for p in s.numbers if q.agrees(p) or _inside(q, p)]
        if not here and q.low < q.high:
            ends = [p for s in passage.sentences for p in s.numbers if p.unit == q.unit and p.low == p.high]
            if any(p.low == q.low for p in ends) and any(p.low == q.high for p in ends):
                continue
        if not here and _end_of_range(q, claim, passage):
            continue
        if not here and (_counted(q, claim.text, passage) or _rounded(q, passage)):
            continue
        here = [(s, p) for s, p in here if not _other_unit(q, claim.text, s, p)]
        if not here:
            unit = [p for s in passage.sentences for p in s.numbers if p.unit == q.unit]
            found.append(Finding("number", f"'{_show(claim.text, q)}' is not in the passage", bool(unit)))
            continue
        lead = _lead(claim.text, q)
        leads = {_lead(s.text, p) for s, p in here}
        if lead and {lead} | leads == {"by", "to"} and len(leads) == 1:
            found.append(
                Finding(
                    "number", f"'{lead} {_show(claim.text, q)}' where the passage has '{leads.pop()}'", True
                )
            )
        if not any(_bound_fits(q, p) or _able(claim.text, q, s.text, p) for s, p in here):
            found.append(Finding("bound", f"the passage bounds '{_show(claim.text, q)}' differently", True))
    return (
        found
        + _nouns(claim, passage)
        + _owners(claim, passage)
        + _magnitudes(claim, passage)
        + _ones(claim, passage)
        + _pairs(claim, passage)
    )


def _end_of_range(q: Quantity, claim: Claim, passage: Passage) -> bool:
    """One end of a range of the passage whose other end the claim has too: from 1B up to 7B for 1-7B."""
    if q.low != q.high:
        return False
    others = [o for o in claim.numbers if o is not q and o.low == o.high]
    return any(
        p.low < p.high
        and q.unit in {p.unit, ""}
        and q.low in (p.low, p.high)
        and any({q.low, o.low} == {p.low, p.high} for o in others)
        for s in passage.sentences
        for p in s.numbers
    )


_CAPABLE = frozenset(
    map(stem, ("can", "handle", "cope", "process", "support", "serve", "capable", "able", "possible"))
)


def _able(text: Text, q: Quantity, theirs: Text, p: Quantity) -> bool:
    """Whether both say what something can do: what handles up to 380K tokens handles 380K tokens."""
    return (
        q.bound == ""
        and p.bound == "<="
        and any(t.stem in _CAPABLE for t in text.tokens[max(0, q.start - 6) : q.start])
        and any(t.stem in _CAPABLE for t in theirs.tokens[max(0, p.start - 8) : p.start])
    )


_ROUND = 1.1  # how far above a bound a value may lie for the bound to be a fair rounding of it


def _rounded(q: Quantity, passage: Passage) -> bool:
    """'over 13' for 13.4: a bound just below a value that the passage states as it is."""
    if q.bound not in _LOWER or q.low != q.high:
        return False
    return any(
        q.unit in {p.unit, ""} and not p.bound and q.low < p.low <= _ROUND * q.low
        for s in passage.sentences
        for p in s.numbers
    )


def _other_unit(q: Quantity, text: Text, sentence: Sentence, p: Quantity) -> bool:
    """'19 participants' beside '19 %': a bare count of something that the passage's share is not of."""
    if q.unit or q.spelled or p.unit not in {"%", "x"} or q.end >= len(text.tokens):
        return False
    noun = text.tokens[q.end]
    return noun.kind == "word" and not noun.light and not noun.concepts & _right(sentence, p)


def _noun(text: Text, q: Quantity) -> list[Token]:
    """The words that a quantity directly counts: up to three, to the phrase's end."""
    found: list[Token] = []
    for t in text.tokens[q.end : q.end + 4]:
        if t.low == "~":
            continue
        if t.kind != "word" or t.thin:
            break
        found.append(t)
    return found


def _nouns(claim: Claim, passage: Passage) -> list[Finding]:
    """'10M parameters' where the passage has 10M words and 58M parameters."""
    theirs = [(p, _noun(s.text, p)) for s in passage.sentences for p in s.numbers]
    for q in claim.numbers:
        words = _noun(claim.text, q)
        same = [n for p, n in theirs if q.agrees(p)]
        if not words or not same or not all(same):
            continue
        said = words[0].concepts
        if any(said & t.concepts for n in same for t in n) or any(
            t.stem in {w.stem for w in words} for n in same for t in n
        ):
            continue
        before = {t.stem for t in claim.text.tokens[max(0, q.start - 4) : q.start]}
        if any(t.stem in before for n in same for t in n):
            continue  # a window of 2k tokens for a 2k window
        if any(n and n[0].stem == words[0].stem and p.unit == q.unit and not q.agrees(p) for p, n in theirs):
            return [Finding("number", f"'{_show(claim.text, q)}' belongs to '{same[0][0].text}'", True)]
    return []


def _owners(claim: Claim, passage: Passage) -> list[Finding]:
    """A number that the passage gives for another method, though it has one of that kind for this one."""
    for (start, end), q in ((s, q) for s in claim.segments for q in claim.numbers if s[0] <= q.start < s[1]):
        own = [n for n in claim.names if start <= n.start < end and n.key not in GENERIC and not n.author]
        if len(own) != 1:
            continue
        here = [s for s in passage.sentences if any(q.agrees(p) for p in s.numbers)]
        if not here or any(own[0].same(n) for s in here for n in (*s.about, *s.names)):
            continue
        if not all(s.about for s in here):
            continue
        if any(
            p.unit == q.unit and q.unit and not q.agrees(p)
            for s in passage.sentences
            if any(own[0].same(n) for n in s.names)
            for p in s.numbers
        ):
            return [Finding("number", f"'{_show(claim.text, q)}' is not given for {own[0].text}", True)]
    return []


def _ones(claim: Claim, passage: Passage) -> list[Finding]:
    """One or a single thing of which the passage has two or more."""
    singles = {
        b.stem
        for s in passage.sentences
        for a, b in pairwise(s.text.tokens)
        if a.low in _SINGLE or a.low in {"a", "an"}
    }
    for a, b, c in zip(claim.text.tokens, claim.text.tokens[1:], claim.text.tokens[2:], strict=False):
        if a.low in _SEVERAL and b.kind == c.kind == "word" and not c.thin and _only_one(b, c, passage):
            return [Finding("number", f"'{a.text} {b.text}' where the passage has only one", True)]
        if a.low not in _SINGLE or b.kind != "word" or b.light:
            continue
        head = c if c.kind == "word" and not c.light and not c.thin else b
        if {b.stem, head.stem} & singles:
            continue
        for s in passage.sentences:
            for p in s.numbers:
                noun = _noun(s.text, p)
                if (
                    p.unit == ""
                    and 2 <= p.low <= 12
                    and p.spelled
                    and noun
                    and head.stem in {n.stem for n in noun[:2]}
                ):
                    return [
                        Finding(
                            "number", f"'{a.text} {b.text}' where the passage has '{_show(s.text, p)}'", True
                        )
                    ]
    return []


def _only_one(modifier: Token, noun: Token, passage: Passage) -> bool:
    """Whether the passage has a single one of these: only one intact model."""
    for s in passage.sentences:
        for a, b, c in zip(s.text.tokens, s.text.tokens[1:], s.text.tokens[2:], strict=False):
            if a.low in _SINGLE and (b.stem, c.stem) == (modifier.stem, noun.stem):
                return True
    return False


_SEVERAL = frozenset({"several", "many", "multiple", "numerous"})
_SINGLE = frozenset({"one", "single", "sole"})
_MAGNITUDES = wordset("dozens hundreds thousands millions billions trillions")


def _magnitudes(claim: Claim, passage: Passage) -> list[Finding]:
    """Thousands for hundreds."""
    theirs = {t.low for s in passage.sentences for t in s.text.tokens} & _MAGNITUDES
    for t in claim.text.tokens:
        if t.low in _MAGNITUDES and theirs and t.low not in theirs:
            return [Finding("number", f"'{t.text}' where the passage has '{min(theirs)}'", True)]
    return []


def _lead(text: Text, q: Quantity) -> str:
    """'by' or 'to' before a quantity: reduced by 10 %, reduced to 10 %."""
    for t in reversed(text.tokens[max(0, q.start - 4) : q.start]):
        if t.low in {"by", "to"} and not (
            t.low == "to" and t.index and text.tokens[t.index - 1].low in {"up", "close"}
        ):
            return t.low
        if t.low not in {
            "up",
            "to",
            "over",
            "about",
            "only",
            "just",
            "more",
            "than",
            "as",
            "much",
            "at",
            "least",
            "a",
        }:
            return ""
    return ""


def _inside(q: Quantity, p: Quantity) -> bool:
    """'two bits' beside '2 or 4 bits'; the end of a range named with its bound (up to 4x for 2-4x)."""
    if q.unit != p.unit and "" not in (q.unit, p.unit):
        return False
    if p.low < p.high and q.low == q.high:
        return (q.bound in {"<=", "<"} and abs(q.high - p.high) < 1e-9) or (
            q.bound in {">=", ">"} and abs(q.low - p.low) < 1e-9
        )
    return False


def _counted(q: Quantity, text: Text, passage: Passage) -> bool:
    """A small spelled count that the passage gives as a list, or as one and another."""
    if not q.spelled or q.unit or not 2 <= q.low <= 6 or q.low != q.high:
        return False
    if any(0 < n != q.low for n in (_items(s.text) for s in passage.sentences)) and not any(
        _items(s.text) == q.low for s in passage.sentences
    ):
        return False
    for s in passage.sentences:
        run = sum(t.low == "," for t in s.text.tokens)
        if any(t.low in {"and", "or", "both"} for t in s.text.tokens) and (q.low == 2 or run >= q.low - 2):
            noun = text.tokens[q.end] if q.end < len(text.tokens) else None
            if noun is not None and any(
                a.low in {"one", "single"} and b.stem == noun.stem
                for t in passage.sentences
                for a, b in zip(t.text.tokens, t.text.tokens[1:], strict=False)
            ):
                return False
            return noun is None or not any(
                p.low != q.low and p.unit == "" and noun.concepts & _right(t, p)
                for t in passage.sentences
                for p in t.numbers
            )
    return False


_SORTS = frozenset(
    stem(w) for w in wordset("categorize divide group classify split include consist comprise organize sort")
)


def _items(text: Text) -> int:
    """How many things a sentence sorts something into ('divided into A, B, and C'); 0 if it does not say."""
    tokens = text.tokens
    cue = next((t.index for t in tokens if t.stem in _SORTS or t.low == ":"), None)
    if cue is None:
        return 0
    last = next(
        (k for k in range(cue + 1, len(tokens) - 1) if tokens[k].low == "," and tokens[k + 1].low in _LAST),
        None,
    )
    if last is None:
        return 0
    cuts = [k for k in range(cue + 1, last + 1) if tokens[k].low == ","]
    sizes = [b - a for a, b in pairwise([cue, *cuts])]
    return len(cuts) + 1 if all(n <= 7 for n in sizes) else 0


_LAST = frozenset({"and", "or"})


def _right(sentence: Sentence, p: Quantity) -> frozenset[str]:
    return frozenset(c for t in sentence.text.tokens[p.end : p.end + 2] for c in t.concepts)


def _bound_fits(claim: Quantity, passage: Quantity) -> bool:
    a, b = claim.bound, passage.bound
    if (a in _UPPER and b in _LOWER) or (a in _LOWER and b in _UPPER):
        return False
    if b in _UPPER and a not in _UPPER:
        return False
    return not (a in _LOWER and b not in _LOWER and passage.low == passage.high)


def _around(text: Text, q: Quantity, others: list[Quantity]) -> list[Token]:
    """Content tokens between the quantity's neighbours or its clause's ends; right side first."""
    tokens = text.tokens
    right_stop = min([o.start for o in others if o.start >= q.end], default=len(tokens))
    joint = next((t.index for t in tokens[q.end : right_stop] if t.low in {"and", "but"}), right_stop)
    led = any(t.low == "by" for t in tokens[max(0, q.start - 3) : q.start])  # faster by 2x and ...
    if right_stop < len(tokens) and (led or any(t.kind == "name" for t in tokens[joint:right_stop])):
        right_stop = joint  # 3.1 GB and Tansy 5.4 GB
    left_stop = max([o.end for o in others if o.end <= q.start], default=0)
    right: list[Token] = []
    for t in tokens[q.end : right_stop]:
        if t.kind == "mark" and t.low in {",", ";", ".", ":"}:
            break
        if not t.light:
            right.append(t)
    gap = tokens[left_stop : q.start]
    if left_stop and any(t.low == "and" for t in gap):
        joint = next(t.index for t in gap if t.low == "and")
        if all(t.light for t in tokens[joint : q.start]):
            # up to 2 on P and up to 4 on Q: what is counted stands before both
            first = max((o for o in others if o.end == left_stop), key=lambda o: o.start)
            right += [t for t in tokens[max(0, first.start - 10) : first.start] if not t.light]
            left_stop = joint
    left: list[Token] = []
    for t in reversed(tokens[left_stop : q.start]):
        if t.kind == "mark" and t.low in {",", ";", ".", ":"}:
            break
        if not t.light:
            left.append(t)
    return right + left


def _lists(text: Text, numbers: list[Quantity]) -> dict[int, Token]:
    """Numbers and names listed in parallel ('4.86x and 2.18x on Nvidia and AMD'): index of number -> name."""
    paired: dict[int, Token] = {}
    for at in range(len(numbers) - 1):
        a, b = numbers[at], numbers[at + 1]
        between = [t for t in text.tokens[a.end : b.start] if t.low not in {"~"}]
        if (
            not between
            or len(between) > 3
            or not all(
                t.low in {"and", "or", ",", "to", "by", "up", "only", "about", "over"} for t in between
            )
            or not any(t.low in {"and", ","} for t in between)
        ):
            continue
        tokens = text.tokens
        after = _name_pair(tokens[b.end : b.end + 14])
        before = _name_pair(tokens[max(0, a.start - 14) : a.start])
        pair = after or before
        if pair:
            paired[at], paired[at + 1] = pair
    return paired


def _name_pair(tokens: tuple[Token, ...]) -> tuple[Token, Token] | None:
    """The first 'X and Y' of two names or two members of a contrast."""
    for k, t in enumerate(tokens):
        if t.low != "and" or k == 0 or k + 1 >= len(tokens):
            continue
        left, right = tokens[k - 1], tokens[k + 1]
        if right.low in {"by", "on", "for", "in", "to"} and k + 2 < len(tokens):
            right = tokens[k + 2]
        if left.kind == right.kind == "name" or (
            {n for n, _ in CONTRASTS.get(left.stem, [])} & {n for n, _ in CONTRASTS.get(right.stem, [])}
        ):
            return left, right
    return None


def _pairs(claim: Claim, passage: Passage) -> list[Finding]:
    """Numbers of the passage given to one another's nouns."""
    found: list[Finding] = []
    mine = list(claim.numbers)
    listed = _lists(claim.text, mine)
    for sentence in passage.sentences:
        theirs = list(sentence.numbers)
        if len(theirs) < 2:
            continue
        their_lists = _lists(sentence.text, theirs)
        contexts: list[set[str]] = []
        for i, p in enumerate(theirs):
            if i in their_lists:
                contexts.append(set(their_lists[i].concepts))
            else:
                contexts.append({c for t in _around(sentence.text, p, theirs) for c in t.concepts})
        for j, q in enumerate(mine):
            same = [i for i, p in enumerate(theirs) if q.agrees(p)]
            if not same:
                continue
            noun = _noun(claim.text, q)
            nouns = [{n.stem for n in _noun(sentence.text, p)[:1]} for p in theirs]
            alone = (
                not any(noun[0].stem in n for i, n in enumerate(nouns) if i not in same) if noun else False
            )
            if alone and any(noun[0].stem in nouns[i] for i in same):
                continue
            around = [listed[j]] if j in listed else _around(claim.text, q, mine)
            others = [i for i, p in enumerate(theirs) if i not in same and (p.unit == q.unit)]
            if j not in listed:  # both in the claim: see neighbours.swapped
                others = [i for i in others if i in their_lists or not any(m.agrees(theirs[i]) for m in mine)]
            if not others or not around:
                continue
            shared = set.intersection(*(contexts[i] for i in same + others)) if same else set()
            score = {
                i: sum(1.0 for t in around if t.concepts & (contexts[i] - shared)) for i in [*same, *others]
            }
            own = max(score[i] for i in same)
            rival = max(others, key=lambda i: score[i])
            if score[rival] >= 1 and own == 0:
                found.append(
                    Finding(
                        "number",
                        f"'{_show(claim.text, q)}' belongs to something else; "
                        f"there the passage has '{_show(sentence.text, theirs[rival])}'",
                        True,
                    )
                )
    return found
