"""Who does what to whom: things that stand in each other's place, foils, siblings."""

from __future__ import annotations

from surveyqa.claims.changes import DIMENSION_OF, LOWER_IS_BETTER
from surveyqa.claims.claim import Claim, Finding, carrying
from surveyqa.claims.comparisons import Comparison, comparisons
from surveyqa.claims.evidence import GENERIC, Passage, Sentence
from surveyqa.claims.neighbours import instead, swapped
from surveyqa.claims.structure import (
    FIRST,
    THEN,
    cast,
    crossed,
    crossed_modifiers,
    directed,
    foils,
    meet,
    misplaced,
    ordered,
    other_modifier,
    redirected,
    reversed_verb,
    turned,
)
from surveyqa.claims.words import CONTRASTS, OPPOSITES, Text, Token, concepts, stem

MARGIN = 0.35
_FOIL = frozenset({"unlike", "compared-to", "than", "against", "instead-of", "over", "neither", "nor"})


def roles(claim: Claim, passage: Passage) -> list[Finding]:
    """Winner and loser exchanged, another one compared, better for equal."""
    found: list[Finding] = []
    mine = comparisons(claim.text, (), claim.denied)
    theirs = [(s, c) for s in passage.sentences for c in comparisons(s.text, (), s.denied)]
    for c in mine:
        for s, p in theirs:
            left, right = _unshared(c.left, c.right), _unshared(c.right, c.left)
            about = _about_tokens(s)
            their_left = _unshared(p.left, p.right)
            if not s.own or not any(t.kind == "name" and t.key not in GENERIC for t in their_left):
                their_left = [*their_left, *about]
            their_right = _unshared(p.right, p.left)
            straight = min(meet(left, their_left), meet(right, their_right))
            if _names(left) and _names(right):  # words beside the names do not decide
                left, right = _names(left), _names(right)
                their_left, their_right = _names(their_left), _names(their_right)
            across = min(meet(left, their_right), meet(right, their_left))
            if (
                across == 2
                and straight < 2
                and (c.sign == p.sign or {c.sign, p.sign} <= {1, 2})
                and c.sign != 0
            ):
                found.append(
                    Finding("roles", f"'{left[0].text}' and '{right[0].text}' are the other way round", True)
                )
            elif (
                straight == 2
                and across < 2
                and {c.sign, p.sign} in ({1, -1}, {2, 3})
                and (not c.of or not p.of or meet(c.of, p.of))
            ):
                if c.sign in (1, -1) or meet(c.of, p.of):
                    found.append(
                        Finding("roles", f"'{c.word.text}' where the passage has '{p.word.text}'", True)
                    )
            elif (
                straight < 2
                and not (_names(list(c.left)) and _names(list(c.right)))
                and c.sign == p.sign == 1
                and {t.stem for t in right} & {t.stem for t in p.left} - {t.stem for t in p.right}
                and not {t.stem for t in c.left} & {t.stem for t in p.left} - {t.stem for t in p.right}
                and {t.stem for t in c.left} & {t.stem for t in p.right}
            ):
                found.append(
                    Finding("roles", f"'{right[0].text}' is on the other side of the comparison", True)
                )
            elif (
                c.sign in (2, 3)
                and p.sign == 0
                and meet(right, their_right) == 2
                and {t.stem for t in c.of} & {t.stem for t in (*p.left, *p.of)}
            ):
                found.append(Finding("roles", f"'{c.word.text}' where the passage has '{p.word.text}'", True))
            elif (
                (max(straight, across) == 2 or (not p.left and meet(right, their_right) == 2))
                and c.sign in (1, -1)
                and p.sign == 0
                and not any(q.sign == c.sign and meet(right, q.right) == 2 for r, q in theirs if r is s)
            ):
                found.append(Finding("roles", f"'{c.word.text}' where the passage has equal", True))
            elif (
                _better(c)
                and c.sign not in (0, p.sign)
                and {c.sign, p.sign} & {2, 3}
                and _measured(c) & _measured(p)
            ):
                if across == 2 and straight < 2 and _better(c) == _better(p):
                    found.append(
                        Finding(
                            "roles", f"'{left[0].text}' and '{right[0].text}' are the other way round", True
                        )
                    )
                elif straight == 2 and across < 2 and _better(c) == -_better(p):
                    found.append(
                        Finding("roles", f"'{c.word.text}' where the passage has '{p.word.text}'", True)
                    )
            elif (
                {c.sign, p.sign} == {1, -1}
                and not _names(list(p.left))
                and not _names(left)
                and any(t.low in _OF_IT for t in s.text.tokens[: p.word.index])
                and meet(right, their_right)
                and not meet(left, their_right)
            ):
                found.append(Finding("roles", f"'{c.word.text}' where the passage has '{p.word.text}'", True))
    for c in mine:
        if c.sign == 0:
            continue
        winners = [t for t in c.left if t.kind == "name" and t.key not in GENERIC][:1]
        losers = [t for t in c.right if t.kind == "name" and t.key not in GENERIC][:1]
        if not winners or not losers:
            continue
        same = [
            (s, p)
            for s, p in theirs
            if meet(losers, list(p.right)) == 2
            and p.sign != 0
            and (s.about or s.text.tokens[0].low not in _IT)
        ]
        if (
            same
            and not any(
                meet(winners, [*p.left, *_about_tokens(s)]) or meet(winners, list(s.text.tokens))
                for s, p in same
            )
            and any(t.key == winners[0].key for s in passage.sentences for t in s.text.tokens)
        ):
            found.append(Finding("owner", f"the passage does not compare {winners[0].text} so", True))
    return found


def _better(c: Comparison) -> int:
    """1 if the left side comes out better, -1 if worse, 0 if that is not said: less memory is better."""
    if c.sign in (-1, 0, 1):
        return c.sign
    for t in c.of:
        if t.stem in DIMENSION_OF:
            name, sense = DIMENSION_OF[t.stem]
            return (1 if c.sign == 2 else -1) * sense * (-1 if name in LOWER_IS_BETTER else 1)
    return 0


def _measured(c: Comparison) -> frozenset[str]:
    """What is compared: memory, time."""
    named = {DIMENSION_OF[t.stem][0] for t in c.of if t.stem in DIMENSION_OF}
    return frozenset(named | ({"time"} if c.word.low in {"faster", "slower"} else set()))


def higher_of(claim: Claim, passage: Passage) -> list[Finding]:
    """A has a higher X than B, where the passage tells of the higher X of B."""
    for c in comparisons(claim.text, (), claim.denied):
        if c.sign not in (2, 3) or not c.of:
            continue
        named = {t.stem for t in c.of}
        for s in carrying(claim, passage):
            tokens = s.text.tokens
            for t in tokens:
                if t.low != c.word.low:
                    continue
                behind = [k for k in tokens[t.index + 1 : t.index + 10]]
                of = next((k.index for k in behind if k.low in {"of", "for"}), None)
                if of is None or any(k.low in {"than", ",", "."} for k in tokens[t.index : of]):
                    continue
                said = {k.stem for k in tokens[t.index + 1 : of] if not k.light}
                whose = {k.stem for k in tokens[of + 1 : of + 4] if not k.light}
                loser = {k.stem for k in c.right[:2]}
                if named <= said and whose & loser and not whose & {k.stem for k in c.left}:
                    return [Finding("roles", f"the passage says this of '{c.right[0].text}'", True)]
    return []


def mirrored(claim: Claim, passage: Passage) -> bool:
    """Whether the claim turns a comparison of the passage round, both sides and the word: A takes more than
    B for B takes less than A."""
    for c in comparisons(claim.text, (), claim.denied):
        left, right = _names(list(c.left)), _names(list(c.right))
        for s in passage.sentences if left and right else ():
            for p in comparisons(s.text, (), s.denied):
                their_left = _names(list(p.left)) or _about_tokens(s)
                if (
                    {c.sign, p.sign} in ({1, -1}, {2, 3})
                    and meet(left, _names(list(p.right))) == 2
                    and meet(right, their_left) == 2
                    and (not c.of or not p.of or meet(c.of, p.of))
                ):
                    return True
    return False


_OF_IT = frozenset({"it", "its", "they", "their"})
_IT = frozenset({"it", "they", "this", "these"})


def _names(tokens: list[Token]) -> list[Token]:
    return [t for t in tokens if t.kind == "name" and t.key not in GENERIC]


def _about_tokens(sentence: Sentence) -> list[Token]:
    keys = {n.key for n in sentence.about}
    return [t for t in sentence.text.tokens if t.kind == "name" and t.key in keys] + [
        Token(n.text, "name", n.text.lower(), n.key, frozenset({n.key}), -1, 0, n.key) for n in sentence.about
    ]


def _unshared(a: tuple[Token, ...], b: tuple[Token, ...]) -> list[Token]:
    stems = {t.stem for t in b}
    return [t for t in a if t.stem not in stems]


def links(claim: Claim, passage: Passage) -> list[Finding]:
    """A over B, from A to B, A instead of B, with A and B exchanged."""
    found: list[Finding] = []
    for word, left, right in directed(claim.text):
        for s in passage.sentences:
            for their_word, their_left, their_right in directed(s.text):
                if word != their_word:
                    continue
                pair = crossed(left, right, their_left, their_right)
                if pair and word in {"to", "with", "for", "into"} and not _siblings(*pair):
                    continue
                if pair and not any(
                    w == word
                    and {t.stem for t in left} <= {t.stem for t in a}
                    and {t.stem for t in right} <= {t.stem for t in b}
                    for w, a, b in directed(s.text)
                ):
                    found.append(Finding("roles", f"'{pair[0]}' and '{pair[1]}' are exchanged", True))
    return found


def _siblings(a: str, b: str) -> bool:
    """Whether two words exclude each other, or are names."""
    x, y = stem(a.lower()), stem(b.lower())
    if {n for n, _ in CONTRASTS.get(x, [])} & {n for n, _ in CONTRASTS.get(y, [])}:
        return True
    if any(c.isupper() for c in a[1:]) and any(c.isupper() for c in b[1:]):
        return True
    return any(o in concepts(b.lower()) for c in concepts(a.lower()) for o in OPPOSITES.get(c, ()))


def _sides(text: Text) -> list[frozenset[str]]:
    """Stems of what stands before and after 'whereas', 'unlike' or 'compared to'; empty without one."""
    cuts = [t.index for t in text.tokens if t.low in {"whereas", "unlike", "compared-to"}]
    if len(cuts) != 1:
        return []
    cut = cuts[0]
    if cut < 4:
        cut = next((t.index for t in text.tokens[cut:] if t.low == ","), cut)
    sides = text.tokens[:cut], text.tokens[cut:]
    return [
        frozenset(t.stem for t in side if not t.thin and t.low not in {"unlike", "compared-to"})
        for side in sides
    ]


def set_against(claim: Claim, passage: Passage) -> list[Finding]:
    """What the passage only sets something against, as the thing that the claim is about."""
    found: list[Finding] = []
    if claim.text.tokens and claim.text.tokens[0].low in {"while", "whereas", "although"}:
        return found
    own = foils(claim.text)
    aside = {t.index for foil, _ in own for t in foil}
    parts = _sides(claim.text)
    leading = [t for t in claim.text.tokens if not t.thin and t.index not in aside][:3]
    if not own and any(
        t.low in _FOIL or t.low in {"among", "best", "most", "like"} for t in claim.text.tokens
    ):
        return found
    for s in (passage.sentences[i] for i in sorted({i for i in claim.aligned if i >= 0})):
        for foil, main in foils(s.text):
            away = {t.index for t in foil}
            elsewhere = {t.stem for t in s.text.tokens if t.index not in away}
            only_foil = {t.stem for t in foil} - elsewhere
            only_main = {t.stem for t in main} - {t.stem for t in foil}
            if parts and all(part & only_foil and part & only_main for part in parts):
                word = next(t.text for t in claim.text.tokens if t.stem in parts[0] & only_foil)
                return [Finding("roles", f"'{word}' belongs to the other side", True)]
            mine = {t.stem for t in leading}
            if (
                mine & only_foil
                and not mine & only_main
                and (own or not comparisons(claim.text, (), claim.denied))
            ):
                word = next(t.text for t in leading if t.stem in only_foil)
                found.append(Finding("roles", f"the passage only sets something against '{word}'", True))
    return found


def _halves(text: Text) -> list[list[Token]]:
    """Content tokens before and after the 'while' or 'whereas' that sets two clauses against each other."""
    cut = next((t.index for t in text.tokens if t.low in {"while", "whereas"}), None)
    if cut is None or any(t.low.endswith("ing") for t in text.tokens[cut + 1 : cut + 2]):
        return []  # while keeping the cost constant: no clause of its own
    if cut < 3:
        cut = next((t.index for t in text.tokens[cut:] if t.low == ","), cut)
    tokens = text.tokens
    halves = tokens[:cut], tokens[cut + 1 :]
    return [[t for t in half if not t.light or t.kind == "name"] for half in halves]


def _carried(words: list[Token], here: list[Token], there: list[Token]) -> int:
    """How many words have their like in one clause and none in the other."""
    mine, others = ({c for t in side if not t.light for c in t.concepts} for side in (here, there))
    return sum(bool(t.concepts & mine) and not t.concepts & others for t in words if not t.light)


def _parts(text: Text) -> list[list[list[Token]]]:
    """Pairs of the parts between semicolons, each of some length."""
    parts: list[list[Token]] = [[]]
    for t in text.tokens:
        if t.low == ";":
            parts.append([])
        elif not t.light or t.kind == "name":
            parts[-1].append(t)
    colon = next((t.index for t in text.tokens if t.low == ":"), -1)
    parts[0] = [t for t in parts[0] if t.index > colon]
    parts = [p for p in parts if len(p) >= 4]
    return [[a, b] for i, a in enumerate(parts) for b in parts[i + 1 :]]


def exchanged(claim: Claim, passage: Passage) -> list[Finding]:
    """What begins one of two clauses set against each other, with what the other says."""
    parts = _halves(claim.text) or [[t for t in claim.text.tokens if not t.light or t.kind == "name"]]
    for halves in (h for s in carrying(claim, passage) for h in (_halves(s.text), *_parts(s.text))):
        if len(halves) != 2:
            continue
        stems = [{t.stem for t in half} for half in halves]
        heads = [{t.stem for t in half[:3]} for half in halves]
        for part in parts:
            head, rest = {t.stem for t in part[:2]}, {t.stem for t in part[2:]}
            for i in (0, 1):
                only, other = stems[i] - stems[1 - i], stems[1 - i] - stems[i]
                if (
                    head & heads[i] & only
                    and not head & other
                    and not rest & only
                    and not _carried(part[2:], halves[i], halves[1 - i])
                    and (len(rest & other) >= 2 or _carried(part[2:], halves[1 - i], halves[i]) >= 2)
                    and not rest & heads[1 - i] & other
                ):
                    word = next(t.text for t in part if t.stem in head & only)
                    return [Finding("roles", f"the passage says this of something else than '{word}'", True)]
    return []


def borrowed(claim: Claim, passage: Passage) -> list[Finding]:
    """What the passage says only of a foil ('unlike X that needs Y, Z ...'), said of Z."""
    if claim.denied or any(t.low in _FOIL or t.low == "alternative-to" for t in claim.text.tokens):
        return []
    for s in carrying(claim, passage):
        foil = [t for t in s.text.tokens if t.index in s.aside]
        main = {t.stem for t in s.text.tokens if t.index not in s.aside}
        verb = next((t.index for t in foil if t.low in {"that", "which", "where"}), -1)
        named = {t.key for t in foil if t.kind == "name"}
        if not any(n.same(a) for n in claim.subjects for a in s.about) or named & {
            n.key for n in claim.subjects
        }:
            continue
        only = {t.stem for t in foil if t.index > verb and not t.light} - main
        words = [t for t in claim.text.tokens if not t.light and t.kind == "word"]
        hits = [t for t in words if t.stem in only]
        if len(hits) >= max(2, 0.5 * len(words)):
            return [
                Finding("roles", f"the passage says '{hits[0].text}' of something it is set against", True)
            ]
    return []


def _goes_on(sentence: Sentence, passage: Passage) -> tuple[frozenset[str], frozenset[str]] | None:
    """What comes first in a sentence and what comes then in the next one."""
    at = next((i for i, s in enumerate(passage.sentences) if s is sentence), len(passage.sentences))
    if at + 1 >= len(passage.sentences) or not any(t.low in FIRST for t in sentence.text.tokens):
        return None
    behind = passage.sentences[at + 1].text.tokens
    if not any(t.low in THEN for t in behind[:5]):
        return None
    before = frozenset(t.stem for t in sentence.text.tokens if not t.light)
    after = frozenset(t.stem for t in behind if not t.light)
    return before - after, after - before


def modifiers(claim: Claim, passage: Passage) -> list[Finding]:
    texts = [s.text for s in carrying(claim, passage)]
    pair = crossed_modifiers(claim.text, texts)
    if pair:
        return [Finding("swap", f"'{pair[0]}' and '{pair[1]}' stand with each other's noun", True)]
    pair = other_modifier(claim.text, texts)
    return [Finding("contrast", f"'{pair[0]}' where the passage has '{pair[1]}'", True)] if pair else []


def slots(claim: Claim, passage: Passage) -> list[Finding]:
    for s in carrying(claim, passage):
        pair = misplaced(claim.text, s.text, passage.stems) or cast(claim.text, s.text)
        pair = pair or redirected(claim.text, s.text)
        if pair:
            return [Finding("swap", f"'{pair[0]}' stands where the passage has '{pair[1]}'", True)]
        pair = reversed_verb(claim.text, s.text)
        if pair:
            return [Finding("roles", f"'{pair[0]}' and '{pair[1]}' are on the wrong sides", True)]
        pair = turned(claim.text, s.text)
        if pair:
            return [Finding("roles", f"'{pair[0]}' go the other way: '{pair[1]}' gives, not takes", True)]
        mine, theirs = ordered(claim.text), ordered(s.text) or _goes_on(s, passage)
        if mine and theirs and mine[0] & theirs[1] and mine[1] & theirs[0]:
            across = len(mine[0] & theirs[1]) + len(mine[1] & theirs[0])
            straight = len(mine[0] & theirs[0]) + len(mine[1] & theirs[1])
            if across > straight or any(
                _siblings(x, y) for x in mine[0] & theirs[1] for y in mine[1] & theirs[0]
            ):
                return [Finding("roles", "first and last have changed places", True)]
    return []


def swaps(claim: Claim, passage: Passage) -> list[Finding]:
    """Names, numbers or opposite terms standing in each other's place."""
    for s in carrying(claim, passage):
        kept = frozenset(
            t.key
            for n in claim.subjects
            for t in claim.text.tokens[n.start : n.end]
            if any(n.same(a) for a in s.about)
        )
        pair = swapped(claim.text, claim.numbers, s, MARGIN, kept)
        if pair and not _compared(pair, claim):
            return [Finding("swap", f"'{pair[0]}' and '{pair[1]}' have changed places", True)]
    for index in sorted({i for i in claim.aligned if i >= 0}):
        pair = instead(claim.text, claim.numbers, passage.sentences[index])
        if pair:
            return [Finding("swap", f"'{pair[0]}' stands where the passage has '{pair[1]}'", True)]
    return []


def _compared(pair: tuple[str, str], claim: Claim) -> bool:
    for c in comparisons(claim.text, (), claim.denied):
        left, right = {t.text for t in c.left}, {t.text for t in c.right}
        if (pair[0] in left and pair[1] in right) or (pair[1] in left and pair[0] in right):
            return True
    return False


def segment_contrasts(claim: Claim, passage: Passage) -> list[Finding]:
    """A term that the segment's own sentence does not have, though it has a sibling of it."""
    for (start, end), index in zip(claim.segments, claim.aligned, strict=True):
        if index < 0:
            continue
        sentence = passage.sentences[index]
        inside = claim.text.tokens[start:end]
        for token in inside:
            for line, key in CONTRASTS.get(token.stem, []):
                if key in sentence.stems or token.concepts & sentence.concepts:
                    continue
                siblings = [
                    t for t in sentence.text.tokens if any(n == line for n, _ in CONTRASTS.get(t.stem, []))
                ]
                siblings = [t for t in siblings if not any(t.stem == i.stem for i in inside)]
                rest = [t for t in inside if not t.light and t is not token]
                fits = sum(t.stem in sentence.stems for t in rest)
                if siblings and len(rest) >= 3 and fits >= 0.75 * len(rest):
                    return [
                        Finding(
                            "contrast", f"'{token.text}' where the passage has '{siblings[0].text}'", True
                        )
                    ]
    return []


def contrasts(claim: Claim, passage: Passage) -> list[Finding]:
    """A sibling of the term that the evidence has: days for hours, activations for weights, Google for
    Meta."""
    found: list[Finding] = []
    sentences = carrying(claim, passage)
    stems = {t.stem for s in sentences for t in s.text.tokens}
    everywhere = stems
    compared = bool(comparisons(claim.text, (), claim.denied)) or any(
        t.low in _FOIL or t.low in {"among", "best", "most", "whereas", "while"} for t in claim.text.tokens
    )
    agreed = {
        i
        for q in claim.numbers
        if any(q.agrees(p) for s in sentences for p in s.numbers)
        for i in range(q.start, q.end)
    }
    for token in claim.text.tokens:
        if token.index in agreed:
            continue  # three weeks for 21 days
        for line, key in CONTRASTS.get(token.stem, []):
            if token.index in claim.denied:
                continue
            if key in stems and not compared and _only_as_foil(token, sentences):
                found.append(Finding("contrast", f"the passage sets this against '{token.text}'", True))
                break
            if key in everywhere or token.low in stems or token.concepts & passage.concepts - {key}:
                continue
            siblings = [
                t
                for s in sentences
                for t in s.text.tokens
                if any(n == line and k != key for n, k in CONTRASTS.get(t.stem, []))
            ]
            if siblings and not any(token.concepts & t.concepts for t in siblings):
                found.append(
                    Finding("contrast", f"'{token.text}' where the passage has '{siblings[0].text}'", True)
                )
                break
    return found


def _foil(text: Text, token: Token) -> bool:
    """Whether the token stands in a phrase that something else is compared with."""
    for t in reversed(text.tokens[max(0, token.index - 4) : token.index]):
        if t.low in _FOIL:
            return True
        if t.low in {",", "without", "while", "and", "but", "when", "during", "in", "on", "for", "at", "to"}:
            return False
    return False


def _only_as_foil(token: Token, sentences: list[Sentence]) -> bool:
    seen = [(s, t) for s in sentences for t in s.text.tokens if t.stem == token.stem]
    return bool(seen) and all(_foil(s.text, t) for s, t in seen)
