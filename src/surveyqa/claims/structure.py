"""Who does what to whom, without a parser: connectors, objects, slots and orders of a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from surveyqa.claims.lexicon import wordset
from surveyqa.claims.phrases import BREAKS, LINKS, head_of, phrase
from surveyqa.claims.words import CONTRASTS, GENERAL, OPPOSITES, Text, Token, stem

_UPON = frozenset(stem(w) for w in wordset("extend improve enhance inspire"))


def _upon(tokens: tuple[Token, ...], at: int) -> tuple[Token, Token] | None:
    """(what extends, what it extends) for 'X improves Y' and 'Extending Y, X ...'."""
    right = next((t for t in tokens[at + 1 : at + 7] if t.kind == "name" or t.low == ","), None)
    if right is None or right.kind != "name":
        return None
    left = next((t for t in tokens[:at] if t.kind == "name" and t.low != "llm"), None)
    if left is None and at <= 3:
        comma = next((t.index for t in tokens[right.index :] if t.low == ","), None)
        left = next((t for t in tokens[comma:] if t.kind == "name"), None) if comma is not None else None
    return (left, right) if left is not None and left.key != right.key else None


_DIRECTED = {w: w for w in ("over", "instead-of", "before", "after", "into", "to", "with", "for")} | {
    "alternative-to": "instead-of"
}


@lru_cache(maxsize=1024)
def directed(text: Text) -> tuple[tuple[str, tuple[Token, ...], tuple[Token, ...]], ...]:
    """(connector, left phrase, right phrase) for A over B, A than B, A instead of B, from A to B, replace A
    with B."""
    out = []
    tokens = text.tokens
    for t in tokens:
        if t.low in _DIRECTED:
            left, right = phrase(tokens, t.index, -1), phrase(tokens, t.index, 1)
            if left and right:
                out.append((_DIRECTED[t.low], tuple(left), tuple(right)))
        if t.low == "from":
            right = phrase(tokens, t.index, 1)
            to = next(
                (k for k in tokens[t.index + 1 : t.index + 9] if k.low in {"to", "into", "towards"}), None
            )
            if to is not None:
                goal = phrase(tokens, to.index, 1)
                if right and goal:
                    out.append(("to", tuple(right), tuple(goal)))
            else:  # transfer to B from A
                back = next(
                    (k for k in reversed(tokens[max(0, t.index - 7) : t.index]) if k.low in {"to", "into"}),
                    None,
                )
                if back is not None and right:
                    goal = phrase(tokens, back.index, 1)
                    if goal:
                        out.append(("to", tuple(right), tuple(goal)))
        if t.stem in _UPON:
            pair = _upon(tokens, t.index)
            if pair:
                out.append(("extends", (pair[0],), (pair[1],)))
        if t.stem in {stem("replace"), stem("substitute")}:
            by = next((k for k in tokens[t.index + 1 : t.index + 8] if k.low in {"with", "by"}), None)
            if by is None and t.stem == stem("replace"):
                old, new = phrase(tokens, t.index, 1), phrase(tokens, t.index, -1)
                if not new and t.index and tokens[t.index - 1].low == "to":
                    new = phrase(tokens, t.index - 1, -1)  # introduces A to replace B
                if old and new:
                    out.append(("instead-of", tuple(new), tuple(old)))
            if by is not None:
                old, new = phrase(tokens, t.index, 1), phrase(tokens, by.index, 1)
                if t.stem == stem("substitute") and by.low == "by":
                    old, new = phrase(tokens, t.index, 1), phrase(tokens, by.index, 1)
                if old and new:
                    out.append(("instead-of", tuple(new), tuple(old)))
    return tuple(out)


def crossed(
    left: tuple[Token, ...],
    right: tuple[Token, ...],
    their_left: tuple[Token, ...],
    their_right: tuple[Token, ...],
) -> tuple[str, str] | None:
    """A token of each side that stands on the other side only."""
    a, b = {t.stem for t in their_left}, {t.stem for t in their_right}
    x = next((t for t in left if t.stem in b - a), None)
    y = next((t for t in right if t.stem in a - b), None)
    return (x.text, y.text) if x is not None and y is not None else None


def meet(a: tuple[Token, ...] | list[Token], b: tuple[Token, ...] | list[Token]) -> int:
    """How many tokens of `a` have a counterpart of the same stem (2) or group (1) in `b`, best one."""
    best = 0
    for x in a:
        for y in b:
            if (
                x.stem == y.stem
                or (x.key and x.key == y.key)
                or (x.key and len(x.key) > 4 and len(y.low) > 15 and x.key in y.low)
            ):
                best = 2
            elif x.concepts & y.concepts and x.kind == y.kind:
                best = max(best, 1)
    return best


_PARTICLES = frozenset({"up", "out", "down", "off", "away"})
_BOTH = frozenset(
    {"store", "control", "scale", "update", "prompt", "map", "transfer", "limit", "build", "use", "uses"}
)
_DETERMINERS = frozenset({"the", "a", "an", "its", "their", "this", "these", "each", "all", "both"})


@lru_cache(maxsize=1024)
def objects(text: Text) -> tuple[tuple[Token, Token], ...]:
    """(word, head of the noun phrase) where a determiner follows a word of content: parallelizes the
    generation."""
    out = []
    for t in text.tokens[1:]:
        verb = text.tokens[t.index - 1]
        if verb.stem in _ONE_WAY and verb.kind == "word" and t.kind == "word" and not t.light:
            head = (
                None
                if verb.low.endswith(_NOUNS) or verb.low.endswith("ed")
                else head_of(text.tokens, t.index)
            )
            if head is not None and verb.low not in _BOTH and not head.low.endswith("ed"):
                out.append((verb, head))
        if verb.low in _PARTICLES and verb.index:
            verb = text.tokens[verb.index - 1]
        if t.low not in _DETERMINERS or verb.kind != "word" or verb.light:
            continue
        head = head_of(text.tokens, t.index + 1)
        if head is not None:
            out.append((verb, head))
    return tuple(out)


def _reach(text: Text, verb: int, head: int) -> set[str]:
    """Stems of a verb's object with what hangs on it by 'of', 'for' or 'in': the performance of a model."""
    end = head
    for t in text.tokens[head + 1 : head + 9]:
        if (t.kind == "mark" and t.low != "~") or t.low in BREAKS or (t.low in LINKS and t.low != "of"):
            break
        end = t.index
    return {t.stem for t in text.tokens[verb : end + 1]}


def redirected(claim: Text, sentence: Text) -> tuple[str, str] | None:
    """A verb done to something else of the sentence than the sentence has it done to."""
    theirs = objects(sentence)
    roots = {t.stem for t in sentence.tokens}
    for verb, mine in objects(claim):
        same = [(v, o) for v, o in theirs if v.stem == verb.stem]
        rivals = [o for _, o in same]
        if (
            mine.kind != "word"
            or mine.stem not in roots
            or not rivals
            or any(o.concepts & mine.concepts for o in rivals)
        ):
            continue
        alike = [(v, o) for v, o in theirs if v.concepts & verb.concepts]
        if any(mine.stem in _reach(sentence, v.index, o.index) for v, o in alike):
            continue
        near = {t.stem for t in claim.tokens[verb.index : mine.index + 4]}
        if not any(o.stem in near for o in rivals) and not any(
            listed(sentence, t.index, o.index) for o in rivals for t in sentence.tokens if t.stem == mine.stem
        ):
            return mine.text, rivals[0].text
    return None


def listed(text: Text, a: int, b: int) -> bool:
    """Whether two tokens are items of one list: only words of content, commas, 'and' and 'or' between
    them."""
    low, high = sorted((a, b))
    between = text.tokens[low + 1 : high]
    return (
        len(between) <= 14
        and any(t.low in _AND for t in between)
        and all(t.low in _AND or t.low in {"~", "the", "a", "other"} or not t.thin for t in between)
    )


_BE = frozenset({"is", "are", "was", "were", "be", "been", "being"})
# Verbs whose two sides cannot change places without changing what is said.
_ONE_WAY = frozenset(
    stem(w)
    for w in wordset(
        "affect influence guide teach supervise generate predict validate verify select replace map transfer "
        "convert require enable drive determine produce mirror mimic imitate align approximate scale inspire "
        "cause evaluate assess retrieve contain build extend precede follow benefit help improve prompt feed "
        "reframe reformulate power underlie use employ leverage optimize quantize prune compress "
        "update control limit reduce increase store divide merge"
    )
)


_NOUNS = ("ing", "ion", "ions", "ment", "ance", "or", "er", "al")  # endings of what is no finite verb


def _sides_of(text: Text, at: int) -> tuple[list[Token], list[Token]]:
    """What does and what is done to, for the verb at a token: content tokens of its clause, nearest first."""
    tokens = text.tokens
    before: list[Token] = []
    for t in reversed(tokens[:at]):
        if (t.kind == "mark" and t.low != "~") or t.low in BREAKS or t.low == "how" or len(before) == 3:
            break
        if not t.light and t.kind != "number":
            before.append(t)
    behind = tokens[at + 1 : at + 12]
    by = next((t.index for t in behind[:5] if t.low == "by"), None)
    passive = at > 0 and any(t.low in _BE for t in tokens[max(0, at - 2) : at])
    start = by + 1 if passive and by is not None else at + 1
    after: list[Token] = []
    for t in tokens[start : at + 12]:
        ends = (t.kind == "mark" and t.low != "~") or t.low in BREAKS or t.low == "how"
        if ends or len(after) == 4 or (t.low in LINKS and t.low != "of"):
            break
        if not t.light and t.kind != "number":
            after.append(t)
    if passive:
        return (after if by is not None else []), before
    return before, after


def reversed_verb(claim: Text, sentence: Text) -> tuple[str, str] | None:
    """Two things on the wrong sides of a verb: how PEFT affects compression for how compression affects
    PEFT."""
    once: dict[str, Token | None] = {}
    for t in sentence.tokens:
        if t.kind == "word" and t.stem in _ONE_WAY and not t.low.endswith(_NOUNS):
            once[t.stem] = None if t.stem in once else t
    for t in claim.tokens:
        other = once.get(t.stem) if t.kind == "word" else None
        if other is None or t.low.endswith(_NOUNS):
            continue
        left, right = _sides_of(claim, t.index)
        their_left, their_right = _sides_of(sentence, other.index)
        pair = crossed(tuple(left), tuple(right), tuple(their_left), tuple(their_right))
        if pair and not {k.stem for k in left} & {k.stem for k in their_left}:
            return pair
    return None


_AND = frozenset({",", "and", "or"})


@lru_cache(maxsize=1024)
def slots(text: Text, reach: int = 1) -> tuple[tuple[Token, str, Token], ...]:
    """(governor, preposition, dependent): prefixes FOR model, knowledge FROM teacher. `reach`: how many words
    before the preposition are taken as its governor."""
    out = []
    for t in text.tokens:
        if t.low in {"for", "from", "into", "of", "with", "by", "in", "on", "via", "through", "as", "to"}:
            left, right = phrase(text.tokens, t.index, -1), phrase(text.tokens, t.index, 1)
            for governor in left[:reach]:
                out += [(governor, LINKS.get(t.low, t.low), r) for r in right if r.kind != "number"]
    return tuple(out)


_SOURCE = frozenset({"from"})
_GOAL = frozenset({"for"})


def turned(claim: Text, sentence: Text) -> tuple[str, str] | None:
    """Where something comes from in the one, it goes to in the other: solutions from and for the teacher."""
    theirs = slots(sentence)
    for governor, link, mine in slots(claim):
        if link not in _SOURCE | _GOAL:
            continue
        same = [k for g, k, d in theirs if g.stem == governor.stem and d.stem == mine.stem]
        if same and all((k in _SOURCE) != (link in _SOURCE) and k in _SOURCE | _GOAL for k in same):
            return governor.text, mine.text
    return None


_CAST = frozenset(
    stem(w)
    for w in wordset("treat view see regard use serve represent formulate cast act consider frame define")
)


def cast(claim: Text, sentence: Text) -> tuple[str, str] | None:
    """A thing cast as what the sentence casts another as: dependencies as vertices for thoughts as
    vertices."""
    theirs = [(g, d) for g, k, d in slots(sentence) if k == "as"]
    roots = {t.stem for t in sentence.tokens}
    for governor, link, mine in slots(claim):
        if link != "as" or governor.stem not in roots:
            continue
        before = {t.stem for t in claim.tokens[max(0, mine.index - 10) : mine.index]}
        if not before & _CAST:
            continue
        rivals = [g for g, d in theirs if d.stem == mine.stem and g.stem not in before]
        if not rivals or any(g.concepts & governor.concepts for g in rivals):
            continue
        places = [t.index for t in sentence.tokens if t.stem == governor.stem]
        if not any(listed(sentence, k, g.index) or abs(k - g.index) <= 3 for g in rivals for k in places):
            return governor.text, rivals[0].text
    return None


FIRST = frozenset({"first", "initially", "starts", "begins"})
THEN = frozenset({"then", "afterwards", "subsequently", "later", "finally", "next"})


@lru_cache(maxsize=1024)
def ordered(text: Text) -> tuple[frozenset[str], frozenset[str]] | None:
    """Stems of what comes first and of what comes then, in a sentence that tells an order."""
    first = next((t.index for t in text.tokens if t.low in FIRST), None)
    if first is None:
        return None
    then = next((t.index for t in text.tokens[first:] if t.low in THEN), None)
    if then is None:
        return None
    before = frozenset(t.stem for t in text.tokens[first:then] if not t.light)
    after = frozenset(t.stem for t in text.tokens[then:] if not t.light)
    return before - after, after - before


def _either(a: Token, b: Token) -> bool:
    """Whether two tokens exclude each other: GPU and CPU, short and long, two names."""
    if a.kind == b.kind == "name":
        return a.key != b.key
    if {n for n, _ in CONTRASTS.get(a.stem, [])} & {n for n, _ in CONTRASTS.get(b.stem, [])}:
        return a.stem != b.stem
    return any(o in b.concepts for c in a.concepts for o in OPPOSITES.get(c, ()))


def _modifies(text: Text, modifier: str, head: str) -> bool:
    """Whether a word stands just before another: the unfaithfulness rate for the rate of unfaithfulness."""
    return any(
        t.stem == head and modifier in {k.stem for k in text.tokens[max(0, t.index - 2) : t.index]}
        for t in text.tokens
    )


def misplaced(claim: Text, sentence: Text, stems_p: frozenset[str]) -> tuple[str, str] | None:
    """A dependent that the sentence has elsewhere, in the slot of another that the claim has elsewhere."""
    stems_c = {t.stem for t in claim.tokens}
    for reach in (1, 2):
        theirs = slots(sentence, reach)
        for governor, link, mine in slots(claim, reach):
            if mine.stem not in stems_p or link == "as":
                continue
            rivals = [d for g, k, d in theirs if g.stem == governor.stem and k == link]
            if any(d.stem == mine.stem or d.concepts & mine.concepts for d in rivals):
                continue
            if link == "to" or reach > 1:  # farther off, only what cannot be both
                rivals = [r for r in rivals if _either(r, mine)]
            own = {d.stem for g, k, d in slots(claim, reach) if g.stem == governor.stem and k == link}
            for rival in rivals:
                if rival.stem not in stems_c or rival.stem in own or rival.low in GENERAL:
                    continue
                if _modifies(sentence, mine.stem, governor.stem):
                    continue
                if not any(
                    listed(sentence, t.index, rival.index) for t in sentence.tokens if t.stem == mine.stem
                ):
                    return mine.text, rival.text
    return None


def _modifiers(text: Text, over: frozenset[str]) -> list[tuple[Token, Token]]:
    """(modifier, noun) for each word of content before another in one phrase: layerwise, loss. `over`: what
    may stand between them."""
    out = []
    for t in text.tokens:
        if t.kind == "mark" or t.light:
            continue
        for k in text.tokens[t.index + 1 : t.index + 5]:
            if k.low in over:
                continue
            if k.light or k.kind != "word":
                break
            out.append((t, k))
    return out


def other_modifier(claim: Text, sentences: Sequence[Text]) -> tuple[str, str] | None:
    """A modifier of a noun that the passage has only with one that excludes it: layerwise for blockwise."""
    near, far = frozenset({"~"}), frozenset({"~", "and", "or"})
    theirs = [pair for text in sentences for pair in _modifiers(text, near)]
    joined = [pair for text in sentences for pair in _modifiers(text, far)]
    mine = _modifiers(claim, near)
    for modifier, noun in mine:
        same = [m for m, n in theirs if n.stem == noun.stem]
        like = [m for m, n in joined if n.stem == noun.stem]
        if any(m.stem == modifier.stem or m.concepts & modifier.concepts for m in like):
            continue
        lines = {n for n, _ in CONTRASTS.get(modifier.stem, [])}
        rivals = [m for m in same if lines & {n for n, _ in CONTRASTS.get(m.stem, [])}]
        if rivals and not any(m.stem == rivals[0].stem for m, _ in mine):
            return modifier.text, rivals[0].text
    return None


def crossed_modifiers(claim: Text, sentences: Sequence[Text]) -> tuple[str, str] | None:
    """Two modifiers with each other's noun: token-level scaling and module-level distillation crossed."""
    near = frozenset({"~"})
    mine = {(m.stem, n.stem): m for m, n in _modifiers(claim, near)}
    theirs = {(m.stem, n.stem) for text in sentences for m, n in _modifiers(text, near)}
    wrong = [pair for pair in mine if pair not in theirs]
    for a, x in wrong:
        for b, y in wrong:
            if a != b and x != y and (a, y) in theirs - mine.keys() and (b, x) in theirs - mine.keys():
                return mine[a, x].text, mine[b, y].text
    return None


@lru_cache(maxsize=1024)
def foils(text: Text) -> tuple[tuple[tuple[Token, ...], tuple[Token, ...]], ...]:
    """(what something is set against, what is set against it) for 'Unlike X, Y ...' and 'Y ..., unlike X'."""
    out = []
    tokens = text.tokens
    for t in tokens:
        if t.low not in {"unlike", "compared-to"}:
            continue
        comma = next((k.index for k in tokens[t.index :] if k.low == ","), len(tokens))
        foil = [k for k in tokens[t.index + 1 : min(comma, t.index + 7)] if not k.thin][:4]
        if t.index <= 4:
            main = [k for k in tokens[comma:] if not k.thin][: len(foil)]
        else:
            main = [k for k in tokens[: t.index] if not k.thin][: len(foil)]
        if foil and main:
            out.append((tuple(foil), tuple(main)))
    return tuple(out)
