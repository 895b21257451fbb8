"""Names, whose fact it is, and who made it."""

from __future__ import annotations

from itertools import pairwise

from surveyqa.claims.claim import COMMON, Claim, Finding, affinity, known_name
from surveyqa.claims.evidence import GENERIC, INTRODUCE, Name, Passage, Sentence
from surveyqa.claims.lexicon import wordset
from surveyqa.claims.words import Text, Token, squeeze

_PRONOUNS = wordset("it its they their this these such that")
_RESUME = wordset(
    "specifically notably in by as thus hence therefore additionally also furthermore experimental"
)


def names(claim: Claim, passage: Passage, context: str) -> list[Finding]:
    """A name of the claim that the passage (or its section's title) does not have."""
    found = []
    for token in claim.text.tokens:
        if token.kind != "name" or token.key in COMMON or token.key.isdigit():
            continue
        if not known_name(token, passage, context):
            found.append(Finding("name", f"'{token.text}' is not in the passage", False))
    return found


def owner(claim: Claim, passage: Passage) -> list[Finding]:
    """A fact that the passage states of another method: S3 for Orca."""
    found: list[Finding] = []
    subject = list(claim.subjects)
    if not subject:
        return found
    authors = dict(passage.authors)
    before: list[Name] = []
    for (start, end), index in zip(claim.segments, claim.aligned, strict=True):
        if index < 0 or end <= subject[0].start:
            continue
        sentence = passage.sentences[index]
        inside = [t for t in claim.text.tokens[start:end] if not t.light and t.kind == "word"]
        numbers = [q for q in claim.numbers if start <= q.start < end]
        if len(inside) + len(numbers) < 2:
            continue
        own = [n for n in claim.names if start <= n.start < end and n in subject]
        own = own or segment_subjects(claim, start, end)
        if not own and claim.text.tokens[start].low == "and":
            own = before  # which relies on JAX and uses its libraries
        before = own
        own = own or subject
        if any(_present(n, sentence, authors) for n in own):
            if (
                sentence.own
                and sentence.about
                and not any(_governs(n, sentence, authors) for n in own)
                and not any(m.same(a) for m in claim.names for a in sentence.about)
                and not any(_counts(n, sentence) for n in own)
                and affinity(inside, sentence, passage) >= 1.2
            ):
                found.append(Finding("owner", f"the passage says this of {sentence.about[0].text}", True))
            continue
        others = sentence.about
        if not others and sentence.text.tokens and sentence.text.tokens[0].low not in _PRONOUNS:
            others = tuple(n for n in sentence.names if n.key not in GENERIC)
        if not others and _before_its_name(own, index, passage) and affinity(inside, sentence, passage) >= 2:
            found.append(
                Finding("owner", f"the passage does not say whether this is of {own[0].text}", False)
            )
            continue
        if not others or not any(_named(n, passage) for n in own):
            continue
        rivals = [
            affinity(inside, s, passage)
            for s in passage.sentences
            if any(_present(n, s, authors) for n in own)
        ]
        here = affinity(inside, sentence, passage)
        here += sum(any(q.agrees(p) for p in sentence.numbers) for q in numbers)
        if here >= 1.2 and here > 1.3 * max(rivals, default=0.0):
            found.append(
                Finding("owner", f"the passage says this of {others[0].text}, not of {own[0].text}", True)
            )
    return found


def _counts(name: Name, sentence: Sentence) -> bool:
    """Whether a number follows the name: Brindle needs 3.1 GB and Tansy 5.4 GB."""
    tokens = sentence.text.tokens
    return any(
        name.same(n) and n.end < len(tokens) and tokens[n.end].kind == "number" for n in sentence.names
    )


def _only_compared(text: Text, name: Name) -> bool:
    before = [t.low for t in text.tokens[max(0, name.start - 4) : name.start]]
    return any(w in {"than", "over", "compared-to", "unlike"} for w in before)


def _before_its_name(own: list[Name], index: int, passage: Passage) -> bool:
    """Whether a passage that starts with 'It' names the claim's subject only later, as something new."""
    head = passage.sentences[0].text.tokens[:1]
    if index > 1 or not head or head[0].low not in _PRONOUNS:
        return False
    named = [i for i, s in enumerate(passage.sentences) for n in s.names if any(n.same(o) for o in own)]
    return bool(named) and min(named) > index


def _named(name: Name, passage: Passage) -> bool:
    return any(name.same(n) for s in passage.sentences for n in s.names)


def displaced(claim: Claim, passage: Passage) -> list[Finding]:
    """What begins the claim belongs to one sentence, all the rest to another that has a subject of its
    own."""
    content = [t for t in claim.text.tokens if not t.light and t.kind in {"word", "name"}]
    if len(content) < 6 or len(passage.sentences) < 2:
        return []
    head, rest = (content[:1], content[1:]) if content[0].kind == "name" else (content[:2], content[2:])
    for here in passage.sentences:
        first = next((t for t in here.text.tokens if t.kind != "mark"), None)
        if first is None or first.low in _PRONOUNS or first.low in _RESUME or (here.about and not here.own):
            continue
        if any(t.concepts & here.concepts for t in head):
            continue
        if head[0].kind == "name" and any(t.low == "we" for t in here.text.tokens):
            continue  # what "we propose" may be named elsewhere
        fits = sum(t.stem in here.stems for t in rest)
        if fits < 0.8 * len(rest):
            continue
        if any(all(t.stem in s.stems for t in head) for s in passage.sentences if s is not here) and all(
            sum(t.stem in s.stems for t in rest) < 0.6 * fits for s in passage.sentences if s is not here
        ):
            return [Finding("owner", f"the passage does not say this of '{head[0].text}'", True)]
    return []


def segment_subjects(claim: Claim, start: int, end: int) -> list[Name]:
    """The name that opens a segment of the claim: ... , ZeRO-2 splits gradients too."""
    tokens = claim.text.tokens
    relative = next((t for t in tokens[start : start + 2] if t.low in {"which", "whose"}), None)
    if relative is not None and relative.index > 1 and tokens[relative.index - 1].low == ",":
        return [n for n in claim.names if n.end == relative.index - 1 and n.key not in GENERIC]
    words = [
        t
        for t in claim.text.tokens[start:end]
        if t.kind != "mark" and t.low not in {"and", "while", "whereas", "but", "the", "so"}
    ]
    if not words or words[0].kind != "name" or words[0].key in GENERIC:
        return []
    if start and claim.text.tokens[start - 1].kind == "name" and claim.text.tokens[start].low == "and":
        return []  # the second of two names
    return [n for n in claim.names if n.start <= words[0].index < n.end]


def _governs(name: Name, sentence: Sentence, authors: dict[str, str]) -> bool:
    return any(
        name.same(n) or authors.get(n.key) == name.key or authors.get(name.key) == n.key
        for n in sentence.about
    )


def _present(name: Name, sentence: Sentence, authors: dict[str, str]) -> bool:
    if any(name.same(n) for n in sentence.about):
        return True
    if any(name.same(n) and not _only_compared(sentence.text, n) for n in sentence.names):
        return True
    return any(authors.get(n.key) == name.key or authors.get(name.key) == n.key for n in sentence.about)


_ROLE = frozenset({"for", "to", "as", "in", "with", "by", "on", "via"})


_CUTS = frozenset({",", "and", ";", ":", "with", "while", "whereas"})


def _pairs(sentence: Sentence) -> list[tuple[frozenset[str], frozenset[str]]]:
    """What a list puts together, concepts of both sides: 'Optax for optimization, Fiddle for
    configuration'."""
    tokens = sentence.text.tokens
    best: list[tuple[list[Token], list[Token]]] = []
    for link in {t.low for t in tokens} & _ROLE:
        found: list[tuple[list[Token], list[Token]]] = []
        cuts = [-1, *(t.index for t in tokens if t.low in _CUTS - {link}), len(tokens)]
        for start, end in pairwise(cuts):
            at = next((t.index for t in reversed(tokens[start + 1 : end]) if t.low == link), None)
            if at is None:
                continue
            left = [t for t in tokens[max(start + 1, at - 4) : at] if not t.light or t.kind == "name"]
            right = [t for t in tokens[at + 1 : min(end, at + 6)] if not t.light or t.kind == "name"]
            if left and right:
                found.append((left, right))
        for side in (0, 1):  # the same side of each pair is a name
            named = [p for p in found if p[side][0 if side else -1].kind == "name"]
            best = max(best, named, key=len)
    return [
        (frozenset(c for t in left for c in t.concepts), frozenset(c for t in right for c in t.concepts))
        for left, right in (best if len(best) > 1 else [])
    ]


def purposes(claim: Claim, passage: Passage) -> list[Finding]:
    """One side of a pair of a list with the other side of another."""
    for s in (passage.sentences[i] for i in claim.evidence):
        pairs = _pairs(s)
        for start, end in claim.segments:
            part = [t for t in claim.text.tokens[start:end] if not t.light or t.kind == "name"]
            said = frozenset(c for t in part for c in t.concepts)
            for i, (left, right) in enumerate(pairs):
                others = frozenset(c for j, p in enumerate(pairs) if j != i for c in p[0] | p[1])
                mine, own = left - others - right, right - others - left
                if not said & own or said & left:
                    continue
                for j, (rival, theirs) in enumerate(pairs):
                    rest = frozenset(c for k, p in enumerate(pairs) if k != j for c in p[0] | p[1])
                    if j != i and mine and said & (rival - rest - theirs) and not said & theirs:
                        return [Finding("owner", "the passage puts these together with something else", True)]
    return []


def _made_elsewhere(author: Name, claim: Claim, passage: Passage) -> bool:
    """Whether 'Author et al. propose X' stands for a passage that has them in another sentence than X."""
    tokens = claim.text.tokens
    verb = next((t for t in tokens[author.end : author.end + 3] if t.stem in INTRODUCE), None)
    if verb is None or not author.author:
        return False
    made = next((n for n in claim.names if verb.index < n.start <= verb.index + 5 and not n.author), None)
    if made is None:
        return False
    theirs = [s for s in passage.sentences if any(made.same(n) for n in s.names)]
    known = dict(passage.authors).get(made.key, "")
    return (
        bool(theirs)
        and any(author.same(n) for s in passage.sentences for n in s.names)
        and not known.startswith(squeeze(author.text.split()[0]))
        and not any(author.same(n) for s in theirs for n in (*s.names, *s.about))
    )


def attribution(claim: Claim, passage: Passage) -> list[Finding]:
    """A method given to another's authors."""
    found: list[Finding] = [
        Finding("attribution", f"the passage does not say that {n.text} made it", True)
        for n in claim.names
        if _made_elsewhere(n, claim, passage)
    ]
    known = dict(passage.authors)
    authors = [n for n in claim.names if n.author]
    methods = [n for n in claim.names if not n.author]
    for author in authors:
        key = squeeze(author.text.split()[0])
        if not methods:
            continue
        nearest = min(methods, key=lambda m: min(abs(m.end - author.start), abs(author.end - m.start)))
        if author.start > 0 and claim.text.tokens[author.start - 1].low == "by":
            before = [m for m in methods if m.end <= author.start]
            nearest = before[-1] if before else nearest
        true = next((a for m, a in known.items() if m == nearest.key or nearest.key.endswith(m)), None)
        if true and true != key and key in known.values():
            found.append(Finding("attribution", f"{nearest.text} is not by {author.text}", True))
    return found
