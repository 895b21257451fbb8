"""Negation, direction, opposites, and claims that go too far."""

from __future__ import annotations

from itertools import pairwise

from surveyqa.claims import lexicon
from surveyqa.claims.changes import DIMENSION_OF, changes
from surveyqa.claims.claim import Claim, Finding, carrying
from surveyqa.claims.comparisons import adjectives, signs_of
from surveyqa.claims.evidence import Passage, Sentence
from surveyqa.claims.lexicon import wordset
from surveyqa.claims.phrases import head_of
from surveyqa.claims.words import ANTONYMS, OPPOSITES, Text, Token, stem

_FILLERS = wordset(
    "any all some such further additional extra explicit more much significant only sufficient enough "
    "adequate"
)
_ORDER = wordset("first then after afterwards before finally later subsequently next last")
_GRADED = wordset(
    "=increase =decrease =improve =degrade =more =fewer =high =low =large =small =better =worse =long =short "
    "=accelerate =slow =fast =strong =weak =good =bad =cheap =expensive"
)
_UN = ("non", "un", "in", "im", "ir", "dis", "mis")
NEARBY = 2  # words around two opposites that must be shared


_WORSENED = wordset("=lose =decrease =degrade")


def _cues(text: Text, covered: frozenset[int]) -> list[list[Token]]:
    """Runs of content tokens under one negation."""
    runs: list[list[Token]] = []
    last = -2
    for i in sorted(covered):
        t = text.tokens[i]
        over = last == i - 2 and last >= 0 and text.tokens[i - 1].low in lexicon.NEGATIONS
        over = over and bool(text.tokens[last].concepts & _WORSENED)  # loses no accuracy
        if not (i == last + 1 or over) or t.low in {"or", "nor"}:
            runs.append([])
        last = i
        if (not t.thin or t.stem in {"need", "must"}) and t.low not in _FILLERS:
            runs[-1].append(t)
    return [r for r in runs if r]


def _status(token: Token, sentences: list[Sentence]) -> tuple[bool, bool]:
    """(occurs affirmed, occurs denied) over `sentences`."""
    yes = no = False
    for s in sentences:
        for t in s.text.tokens:
            if t.kind != "mark" and (
                t.stem == token.stem or (t.concepts & token.concepts and not token.light)
            ):
                no = no or t.index in s.denied or (t.index in s.aside and not t.light)
                yes = yes or t.index not in s.denied
    return yes, no


def _opposite_present(token: Token, sentences: list[Sentence], near: list[Token]) -> bool:
    """Whether the opposite of a denied word stands near a word of `near`: 'no loss of X' for 'X is kept'."""
    wanted = {o for g in token.concepts for o in OPPOSITES.get(g, ())}
    stems = {t.stem for t in near}
    for s in sentences:
        for t in s.text.tokens:
            if t.concepts & wanted and any(
                k.stem in stems for k in s.text.tokens[max(0, t.index - 6) : t.index + 7]
            ):
                return True
    return False


def _lessened(token: Token, sentences: list[Sentence]) -> bool:
    """Whether the passage has little of it: a minor change for what is hardly changed."""
    return any(
        token.concepts & t.concepts and _small(s.text.tokens[max(0, t.index - 4) : t.index + 4])
        for s in sentences
        for t in s.text.tokens
        if not t.light
    )


def _prefixed_in(token: Token, sentences: list[Sentence]) -> bool:
    """Whether the passage denies it by a prefix: unbounded for a bound."""
    root = token.stem
    return len(root) >= 4 and any(
        t.low.startswith(p + root)
        for s in sentences
        for t in s.text.tokens
        for p in (*_UN, "under")
        if t.kind == "word"
    )


def _also_removed(head: Token, sentence: Sentence, claim: Claim) -> bool:
    """Whether a verb that denies by its meaning (removes, drops) has its like in the claim."""
    tokens = sentence.text.tokens
    before = tokens[max(0, head.index - 2) : head.index] + tokens[head.index + 1 : head.index + 6]
    return any(
        t.low.startswith(lexicon.DENYING)
        and any(t.concepts & c.concepts for c in claim.text.tokens if not c.light)
        for t in before
        if t.kind == "word"
    )


def _elided(text: Text, claim: Text) -> Token | None:
    """What a bare 'not' at the end of a clause denies something of: A are critical but B are not."""
    tokens = text.tokens
    for t in tokens:
        ends = t.index + 1 == len(tokens) or tokens[t.index + 1].kind == "mark"
        if t.low != "not" or not ends:
            continue
        cut = next(
            (k.index for k in reversed(tokens[: t.index]) if k.low in {"but", "while", "whereas"}), None
        )
        if cut is None:
            return None
        subject = [k for k in tokens[cut + 1 : t.index] if not k.light]
        told = {k.stem for k in tokens[:cut] if not k.light}
        mine = {k.stem for k in claim.tokens if not k.light}
        own = [k for k in subject if k.stem not in told]
        if own and all(k.stem in mine for k in own[-2:]) and mine & told:
            return own[-1]
    return None


def _far(mine: list[Token], heads: list[Token], head: Token, text: Text) -> bool:
    """Whether what stands for a denied word in the claim is nowhere near the other words denied with it."""
    others = {h.stem for h in heads if h is not head}
    places = [t.index for t in text.tokens if t.stem in others]
    return bool(places) and all(abs(m.index - k) > 4 for m in mine for k in places)


def _opposites_near(text: Text, heads: list[Token], head: Token) -> set[str]:
    """Groups opposite to the claim's words; where the claim has other words of the run, to those near
    them."""
    others = {h.stem for h in heads if h is not head}
    places = [t.index for t in text.tokens if t.stem in others]
    return {
        o
        for t in text.tokens
        if not places or any(abs(t.index - k) <= 4 for k in places)
        for g in t.concepts
        for o in OPPOSITES.get(g, ())
    }


def negation(claim: Claim, passage: Passage) -> list[Finding]:
    sentences = carrying(claim, passage)
    found: list[Finding] = []
    claim_tokens = claim.text.tokens
    goes_on = False
    for run in _cues(claim.text, claim.denied):
        states = [(t, *_status(t, sentences)) for t in run[:3]]
        flipped = [
            t
            for t, yes, no in states
            if yes
            and not no
            and not (t.kind == "name" and t is not run[0])
            and not _prefixed_in(t, sentences)
        ]
        agreed = [t for t, _, no in states if no]
        joined = run[0].index > 0 and claim_tokens[run[0].index - 1].low == "or"
        goes_on = bool(agreed) or (goes_on and joined)  # no code of X or Y
        if not flipped or goes_on:
            continue
        if any(_elided(s.text, claim.text) is not None for s in sentences):
            continue  # A matters while B does not
        cue = claim.text.tokens[max(0, run[0].index - 3) : run[0].index]
        after = claim.text.tokens[run[-1].index + 1 : run[-1].index + 4]
        if any(
            t.low.startswith(lexicon.DENYING) and any(t.concepts & s.concepts for s in sentences)
            for t in (*cue, *after)
        ):
            continue
        if any(_opposite_present(t, sentences, flipped) for t in run[:1] if t not in flipped):
            continue
        if any(t.low == "scarcely" for t in cue) and all(_lessened(t, sentences) for t in flipped):
            continue
        if len(flipped) >= max(1, (len(states) + 1) // 2):
            found.append(Finding("negation", f"the passage does not deny '{flipped[0].text}'", True))
    for s in sentences:
        word = None if any(t.low in lexicon.NEGATIONS for t in claim_tokens) else _elided(s.text, claim.text)
        if word is not None:
            found.append(Finding("negation", f"the passage denies it of '{word.text}'", True))
        for run in _cues(s.text, s.denied):
            heads = run[:3]
            if _also_removed(run[0], s, claim):
                continue
            hits: list[Token] = []
            for t in heads:
                mine = [c for c in claim_tokens if c.kind != "mark" and c.stem == t.stem]
                mine = mine or [
                    c for c in claim_tokens if c.concepts & t.concepts and (not c.thin or c.low == "need")
                ]
                if not mine:
                    continue
                if any(c.index in claim.denied for c in mine):
                    hits = []
                    break
                if t.concepts & _opposites_near(claim.text, heads, t):
                    continue
                if t.stem not in {c.stem for c in mine} and _far(mine, heads, t, claim.text):
                    continue
                hits.append(t)
            others = {x.stem for x in s.text.tokens if x.index not in s.denied}
            heads_hit = bool(hits) and hits[0] is heads[0] and hits[0].stem not in others and len(hits) >= 2
            hits = [t for t in hits if t.stem not in others or heads_hit]
            if not any(c.stem == t.stem for t in hits for c in claim_tokens):
                continue
            shared = {x.stem for x in s.text.tokens if not x.light} & {c.stem for c in claim_tokens}
            told = bool(hits) and hits[0] is heads[0] and len(shared) >= 4
            if len(hits) >= max(2, len(heads) - 1) or (len(heads) == 1 and hits) or told:
                found.append(Finding("negation", f"the passage denies '{hits[0].text}'", True))
    return found


def direction(claim: Claim, passage: Passage) -> list[Finding]:
    """What goes up for what goes down."""
    found: list[Finding] = []
    theirs = [c for s in carrying(claim, passage) for c in changes(s.text, s.denied)]
    own = changes(claim.text, claim.denied)
    for mine in own:
        same = [c for c in theirs if c.dimension == mine.dimension]
        if not same:
            continue
        if {1, -1} <= {c.sign for c in own if c.dimension == mine.dimension} & {c.sign for c in same}:
            continue  # both have both: low precision here, high precision there
        agree = max((len(c.around & mine.around) for c in same if c.sign == mine.sign), default=-2)
        best = [c for c in same if c.sign != mine.sign]
        best.sort(key=lambda c: -len(c.around & mine.around))
        if best and len(best[0].around & mine.around) > agree + 1:
            found.append(Finding("direction", f"'{mine.word}' where the passage has '{best[0].word}'", True))
    return found + _unaffected(claim, passage)


_STAYS = wordset("stay stays stayed remain remains remained")
_SAME = wordset("same unchanged constant intact stable")
_AFFECT = frozenset(stem(w) for w in wordset("affect impact change alter influence hurt harm modify"))


def _unaffected(claim: Claim, passage: Passage) -> list[Finding]:
    """A change of what the passage says is not affected."""
    for s in carrying(claim, passage):
        untouched = [{t.stem for t in run[1:]} for run in _cues(s.text, s.denied) if run[0].stem in _AFFECT]
        tokens = s.text.tokens
        untouched += [
            {k.stem for k in tokens[max(0, t.index - 3) : t.index] if not k.light}
            for t in tokens
            if t.low in _STAYS and any(k.low in _SAME for k in tokens[t.index + 1 : t.index + 3])
        ]
        if not _small(claim.text.tokens):
            untouched += [_little_affected(s.text, t.index) for t in tokens if t.low in _NEGLIGIBLE]
        untouched += [
            _kept(s.text, t) for t in tokens if t.low.startswith(_PRESERVE) and t.index not in s.denied
        ]
        untouched += [
            {k.stem}
            for t in tokens
            if t.low in _CONSTANT and not any(c.low in _CONSTANT for c in claim.text.tokens)
            for k in tokens[t.index + 1 : t.index + 2]
            if k.kind == "word" and not k.light
        ]
        for kept in untouched:
            for t in claim.text.tokens:
                near = claim.text.tokens[max(0, t.index - 3) : t.index + 4]
                moved = next((k for k in near if k.stem in kept), None)
                if t.concepts & _MOVED and t.index not in claim.denied and moved is not None:
                    return [
                        Finding("direction", f"the passage says that '{moved.text}' is not affected", True)
                    ]
    return []


_NEGLIGIBLE = wordset("negligible minimal insignificant")


_CONSTANT = frozenset({"constant", "unchanged"})
_PRESERVE = ("preserv", "maintain", "retain")


def _kept(text: Text, verb: Token) -> set[str]:
    """The one thing that is preserved, where a noun phrase ends with it: preserving output quality."""
    found: list[str] = []
    for t in text.tokens[verb.index + 1 : verb.index + 6]:
        if t.thin and found:
            break
        if not t.thin and t.kind == "word":
            found.append(t.stem)
    return set(found[-1:]) & _QUALITY


_QUALITY = frozenset(map(stem, ("quality", "accuracy", "performance", "capability", "speed", "robustness")))


def _little_affected(text: Text, at: int) -> set[str]:
    """What a negligible impact is on: its content words, up to the next mark."""
    noun = next((t for t in text.tokens[at + 1 : at + 3] if t.stem in _AFFECT), None)
    if noun is None:
        return set()
    found: set[str] = set()
    for t in text.tokens[noun.index + 1 : noun.index + 8]:
        if t.kind == "mark":
            break
        if not t.light:
            found.add(t.stem)
    return found


_MOVED = frozenset({"=increase", "=decrease", "=accelerate", "=slow", "=improve", "=degrade", "=more"})


def _no(text: Text) -> frozenset[int]:
    return frozenset(t.index + 2 for t in text.tokens if t.low == "not")


_DEGREE = {"more": 1, "most": 1, "less": -1, "least": -1}


def degrees(claim: Claim, passage: Passage) -> list[Finding]:
    """Most critical for less critical."""

    def of(text: Text) -> list[tuple[int, Token]]:
        pairs = pairwise(text.tokens)
        even = [
            (0, b)
            for a, b, c in zip(text.tokens, text.tokens[1:], text.tokens[2:], strict=False)
            if a.low == c.low == "as" and b.kind == "word" and b.index not in _no(text)
        ]
        return even + [
            (_DEGREE[a.low], b)
            for a, b in pairs
            if a.low in _DEGREE
            and (not a.index or text.tokens[a.index - 1].low != "the" or a.low in {"most", "least"})
            and b.kind == "word"
            and not b.light
            and b.stem not in DIMENSION_OF
        ]

    theirs = [d for s in carrying(claim, passage) for d in of(s.text)]
    for sign, word in of(claim.text):
        same = [s for s, w in theirs if w.stem == word.stem]
        if same and sign and all(s != sign for s in same):
            return [Finding("direction", f"'{word.text}' is turned round", True)]
    return []


def grades(claim: Claim, passage: Passage) -> list[Finding]:
    """Larger draft model for smaller draft model."""
    found: list[Finding] = []
    theirs = [a for s in carrying(claim, passage) for a in adjectives(s.text)]
    mine = adjectives(claim.text)
    for scale, sign, noun, word in mine:
        if {1, -1} <= signs_of(scale, claim.text) and any(
            {1, -1} <= signs_of(scale, s.text) for s in carrying(claim, passage)
        ):
            continue  # both sides have both
        same = [a for a in theirs if a[0] == scale and a[2] & noun]
        most = max((len(a[2] & noun) for a in same), default=0)
        same = [a for a in same if len(a[2] & noun) == most]
        if word.endswith("est"):  # smallest beside large: only the superlative says the contrary
            same = [a for a in same if a[3].endswith("est")] or same
        if same and all(a[1] != sign for a in same):
            found.append(Finding("direction", f"'{word}' where the passage has '{same[0][3]}'", True))
    return found


def opposites(claim: Claim, passage: Passage) -> list[Finding]:
    """The opposite of a word of the evidence, about the same thing: oldest for most recent, before for
    after."""
    found: list[Finding] = []
    sentences = carrying(claim, passage)
    for token in claim.text.tokens:
        if token.kind != "word" or (token.light and token.low not in {"before", "after"}):
            continue
        if token.stem in {"segm", "need"}:  # nouns mostly, and no side of an opposition
            continue
        wanted = {o for c in token.concepts - _GRADED for o in OPPOSITES.get(c, ())} - token.concepts
        wanted |= ANTONYMS.get(token.stem, frozenset())
        if not wanted:
            continue
        mine = {t.stem for t in _near_content(claim.text, token.index)}
        flip = token.index in claim.denied
        best_for = best_against = 0
        other = ""
        for s in sentences:
            for t in s.text.tokens:
                if t.kind != "word" or (t.light and t.low not in {"before", "after"}) or t.stem == "segm":
                    continue
                if t.low in {"cost", "costs"}:
                    continue  # lower costs are cheap: see direction
                shared = len(mine & {k.stem for k in _near_content(s.text, t.index)})
                if token.low in _ORDER and any(k.stem == t.stem for k in claim.text.tokens):
                    continue  # the claim has both sides of the order
                if t.concepts & wanted and not t.concepts & token.concepts:
                    if (t.index in s.denied) == flip:
                        if shared > best_against:
                            best_against, other = shared, t.text
                    else:
                        best_for = max(best_for, shared + 1)
                elif t.stem == token.stem or t.concepts & token.concepts:
                    best_for = max(best_for, shared + (t.stem == token.stem))
        if best_against >= NEARBY and best_against > best_for + (
            1 if token.stem in {t.stem for s in sentences for t in s.text.tokens} else 0
        ):
            found.append(Finding("opposite", f"'{token.text}' where the passage has '{other}'", True))
    return found


# Groups of what is done to something, as against what something is like.
_DONE = wordset(
    "=maximum =minimum =add =eliminate =combine =split =compress =expand =freeze =train =encourage =penalize "
    "=accept =reject =lose =ignore =highlight =concentrate =distribute =allow =prevent =include =exclude "
    "=discard"
)


def opposed(claim: Claim, passage: Passage) -> list[Finding]:
    """The opposite done to the same thing: maximizes movement for minimizes movement."""
    sentences = carrying(claim, passage)
    for t in claim.text.tokens:
        wanted = {o for c in t.concepts & _DONE for o in OPPOSITES.get(c, ())} - t.concepts
        if t.kind != "word" or t.light or not wanted or t.stem == "segm":
            continue
        head = head_of(claim.text.tokens, t.index + 1)
        if head is None:
            continue
        against = ""
        for s in sentences:
            for u in s.text.tokens:
                if not u.concepts & (wanted | t.concepts) or u.light or u.stem == "segm":
                    continue
                other = head_of(s.text.tokens, u.index + 1)
                if other is None or other.stem != head.stem:
                    continue
                if bool(u.concepts & t.concepts) == ((u.index in s.denied) == (t.index in claim.denied)):
                    against = "-"
                elif against != "-" and u.concepts & wanted and not u.concepts & t.concepts:
                    against = u.text
        if against not in {"", "-"}:
            return [Finding("opposite", f"'{t.text}' where the passage has '{against}'", True)]
    return []


_WHEN = {"before": "before", "after": "after", "during": "during", "while": "during"}


def _times(text: Text) -> list[tuple[str, frozenset[str], Token]]:
    """(before, during or after; stems of what; connector) for each time that a sentence gives."""
    out = []
    for t in text.tokens:
        behind = text.tokens[t.index + 1 : t.index + 7]
        going = any(k.low == "being" for k in behind) or (bool(behind) and behind[0].low.endswith("ing"))
        if t.low not in _WHEN or (t.low == "while" and not going):
            continue
        end = next((k.index for k in behind if k.kind == "mark"), t.index + 7)
        what = frozenset(k.stem for k in text.tokens[t.index + 1 : end] if not k.light)
        if what:
            out.append((_WHEN[t.low], what, t))
    return out


def times(claim: Claim, passage: Passage) -> list[Finding]:
    """While it is trained for after it has been trained."""
    theirs = [entry for s in carrying(claim, passage) for entry in _times(s.text)]
    said = {"before": "post", "after": "pre"}
    for when, what, word in _times(claim.text):
        same = [(w, u) for w, stems, u in theirs if what == stems]
        if same and all(w != when for w, _ in same) and said.get(when, "") not in passage.stems:
            return [Finding("opposite", f"'{word.text}' where the passage has '{same[0][1].text}'", True)]
    return []


def _near_content(text: Text, at: int) -> list[Token]:
    out: list[Token] = []
    for step, most in ((1, 3), (-1, 2)):
        k, taken = at + step, 0
        while 0 <= k < len(text.tokens) and taken < most:
            t = text.tokens[k]
            if t.kind == "mark" and t.low in {",", ".", ";", ":"}:
                break
            if not t.light:
                out.append(t)
                taken += 1
            k += step
    return out


def _said_not(token: Token, text: Text, denied: frozenset[int]) -> bool:
    """Whether a token is denied by a word like 'not', rather than what it describes removed or avoided."""
    before = text.tokens[max(0, token.index - 2) : token.index]
    return token.index in denied and not any(k.low.startswith(lexicon.DENYING) for k in before)


def prefixed(claim: Claim, passage: Passage) -> list[Finding]:
    """Essential for non-essential, supervised for unsupervised."""
    theirs = {t.low for s in passage.sentences for t in s.text.tokens if t.kind == "word"}
    for t in claim.text.tokens:
        if (
            t.kind != "word"
            or len(t.low) < 4
            or t.low == "like"
            or t.low in theirs
            or t.stem in passage.stems
        ):
            continue
        denied = next((p + t.low for p in (*_UN, "under") if p + t.low in theirs), None)
        if denied is None and len(t.stem) >= 5:  # strictly, non-strict
            denied = next((w for w in theirs for p in _UN if stem(w) == p + t.stem), None)
        if denied is None:
            denied = next(
                (t.low[len(p) :] for p in _UN if t.low.startswith(p) and t.low[len(p) :] in theirs), None
            )
        if denied is None or len(denied) < 5:
            continue
        there = any(
            x.low == denied and _said_not(x, s.text, s.denied)
            for s in passage.sentences
            for x in s.text.tokens
        )
        if there == _said_not(t, claim.text, claim.denied):
            return [Finding("negation", f"'{t.text}' where the passage has '{denied}'", True)]
    return []


def _small(tokens: tuple[Token, ...]) -> bool:
    return any(t.low in lexicon.MINIMAL for t in tokens)


def _beside_number(claim: Claim, at: int) -> bool:
    """'only 2 bits', '2 bits only': how much the writer makes of a number, no exclusion."""
    return any(q.start == at + 1 or at - 2 <= q.end <= at for q in claim.numbers)


_HEDGES = wordset("may might could often sometimes usually generally typically necessarily always")
_WHOLE = wordset("all every each entire any always everything")


def _says(t: Token, forms: list[str], token: Token, sentence: Sentence, denied: bool) -> bool:
    """Whether a word of the passage carries a quantifier of the claim: not 'never' by 'may not', not 'all'
    by 'not all'."""
    if t.low not in forms and t.stem not in forms and not (t.kind == "word" and t.stem in map(stem, forms)):
        return False
    if token.low == "never" and t.low == "not":
        return not any(k.low in _HEDGES for k in sentence.text.tokens[max(0, t.index - 2) : t.index + 3])
    return denied or token.low not in _WHOLE or t.low not in _WHOLE or t.index not in sentence.denied


_EXCEPT = wordset("except excluding exceptions exception unless")


def _excepted(claim: Claim, sentences: list[Sentence]) -> bool:
    """Whether the passage makes an exception that the claim does not."""
    if any(t.low in _EXCEPT for t in claim.text.tokens):
        return False
    return any(t.low in _EXCEPT for s in sentences for t in s.text.tokens)


def _phrase_after(text: Text, at: int) -> list[Token]:
    """The noun phrase behind a quantifier."""
    out: list[Token] = []
    for t in text.tokens[at + 1 : at + 8]:
        if (t.kind == "mark" and t.low != "~") or (t.thin and t.low not in {"the", "of", "~"}):
            break
        if t.kind != "mark" and not t.thin:
            out.append(t)
    return out


def _unrestricted(token: Token, text: Text, sentences: list[Sentence]) -> str:
    """What the passage restricts 'all X' by where the claim does not: all RoPE-based models."""
    mine = _phrase_after(text, token.index)
    if not mine:
        return ""
    said = {c for t in text.tokens for c in t.concepts}
    left = ""
    for s in sentences:
        for t in s.text.tokens:
            if t.low not in _WHOLE:
                continue
            theirs = _phrase_after(s.text, t.index)
            heads = [k for k in theirs if k.stem == mine[-1].stem]
            if not heads:
                continue
            extra = [
                k for k in theirs if k.index < heads[0].index and not k.concepts & said and k.low != "base"
            ]
            extra = [k for k in extra if k.kind == "name" or not k.light]
            if not extra:
                return ""
            left = extra[0].text
    return left


def _of_things(tokens: tuple[Token, ...], at: int) -> bool:
    """Whether 'most' counts things (most tasks, most of them) rather than says how much (matters most)."""
    if at and tokens[at - 1].low in {"the", "at", "is", "are", "its", "their"}:
        return False
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    return after is not None and (after.low == "of" or not after.thin)


def _beyond_all(tokens: tuple[Token, ...], at: int, sentences: list[Sentence]) -> bool:
    """'better than all others', for what the passage calls the best."""
    other = at + 1 < len(tokens) and tokens[at + 1].low in {"other", "others"}
    compared = other and any(t.low == "than" for t in tokens[max(0, at - 3) : at])
    return compared and any(t.low in _SUPERLATIVE for s in sentences for t in s.text.tokens)


_SUPERLATIVE = wordset("best most highest lowest fastest strongest smallest largest leading")


def _mostly(passage: Passage) -> bool:
    """Whether the passage counts more than half: seven out of the 11 tasks."""
    for s in passage.sentences:
        for a, b in pairwise(s.numbers):
            between = [t.low for t in s.text.tokens[a.end : b.start]]
            if between[:2] == ["out", "of"] and a.low > b.low / 2:
                return True
    return False


def quantifiers(claim: Claim, passage: Passage) -> list[Finding]:
    found: list[Finding] = []
    sentences = carrying(claim, passage)
    tokens = claim.text.tokens
    for token in tokens:
        if token.kind != "word" or token.low not in lexicon.UNIVERSAL:
            continue
        if token.low == "only" and token.index and tokens[token.index - 1].low == "not":
            continue
        if (
            token.low == "first"
            and token.index + 1 < len(tokens)
            and tokens[token.index - 1].low not in {"the"}
        ):
            continue
        if token.low == "most" and (not _of_things(tokens, token.index) or _mostly(passage)):
            continue
        if token.low == "best" and tokens[token.index - 1].low != "the":
            continue
        if token.low == "half":
            continue
        if token.low in _WHOLE and _beyond_all(tokens, token.index, sentences):
            continue
        if token.low == "any" and any(
            t.low in {"without", "not", "no"} for t in tokens[max(0, token.index - 4) : token.index]
        ):
            continue
        if token.low == "zero" and any(p.low == 0 for s in passage.sentences for p in s.numbers):
            continue
        if token.low in {"only", "just", "merely"} and (
            _beside_number(claim, token.index)
            or (
                _small(tokens[token.index + 1 : token.index + 3])
                and any(_small(s.text.tokens) for s in sentences)
            )
        ):
            continue
        forms = lexicon.UNIVERSAL[token.low].split()
        if not any(
            _says(t, forms, token, s, token.index in claim.denied) for s in sentences for t in s.text.tokens
        ):
            found.append(Finding("overclaim", f"'{token.text}' goes beyond the passage", False))
        elif token.low in _WHOLE and _excepted(claim, sentences):
            found.append(Finding("overclaim", f"the passage excepts something from '{token.text}'", False))
        elif token.low in _WHOLE and (left := _unrestricted(token, claim.text, sentences)):
            found.append(Finding("overclaim", f"the passage says it of '{left}' ones only", False))
    minimal = any(t.low in lexicon.MINIMAL for s in sentences for t in s.text.tokens)
    if minimal:
        for run in _cues(claim.text, claim.denied):
            for t in run[:2]:
                before = tokens[max(0, t.index - 4) : t.index]
                if any(k.low in lexicon.MINIMAL or k.low == "scarcely" for k in before):
                    continue
                for s in sentences:
                    for other in s.text.tokens:
                        if (
                            other.concepts & t.concepts
                            and not other.light
                            and any(
                                k.low in lexicon.MINIMAL
                                for k in s.text.tokens[max(0, other.index - 3) : other.index]
                            )
                        ):
                            found.append(
                                Finding("overclaim", f"no '{t.text}' where the passage has little", True)
                            )
                            return found
    return found
