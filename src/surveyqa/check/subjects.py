"""Names, whose fact it is, and who made it."""

from __future__ import annotations

from surveyqa.check.claim import COMMON, Claim, Finding, affinity, known_name
from surveyqa.check.evidence import GENERIC, Name, Passage, Sentence
from surveyqa.check.lexicon import wordset
from surveyqa.check.words import Text, squeeze

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


_ROLE = frozenset({"for", "to", "as", "in", "of"})


def _purposes(sentence: Sentence) -> dict[str, frozenset[str]]:
    """What each name of a list is for: 'Optax for optimization, Fiddle for configuration'."""
    found: dict[str, frozenset[str]] = {}
    tokens = sentence.text.tokens
    for name in sentence.names:
        if name.end >= len(tokens) or tokens[name.end].low not in _ROLE or name.key in GENERIC:
            continue
        if name.start and not (
            tokens[name.start - 1].kind == "mark" or tokens[name.start - 1].low in _LISTING
        ):
            continue
        words: set[str] = set()
        for t in tokens[name.end + 1 :]:
            if t.kind in {"mark", "name"} and t.low != "~":
                break
            if not t.light:
                words |= t.concepts
        if words:
            found[name.key] = frozenset(words)
    return found if len(found) > 1 else {}


_LISTING = frozenset({"and", "include", "includes", "including", "use", "uses"})


def purposes(claim: Claim, passage: Passage) -> list[Finding]:
    """The purpose of one name of a list given to another."""
    for s in (passage.sentences[i] for i in claim.evidence):
        listed = _purposes(s)
        mine = [n for n in claim.names if n.key in listed]
        for at, name in enumerate(mine):
            stop = mine[at + 1].start if at + 1 < len(mine) else len(claim.text.tokens)
            words = [t for t in claim.text.tokens[name.end : stop] if not t.light]
            start = mine[at - 1].end if at else 0
            ahead = [t for t in claim.text.tokens[start : name.start] if not t.light]
            if any(t.concepts & listed[name.key] for t in ahead):
                continue
            words = words or ahead
            said = frozenset(c for t in words for c in t.concepts)
            rival = max(
                (k for k in listed if k != name.key), key=lambda k: len(said & (listed[k] - listed[name.key]))
            )
            if not said & listed[name.key] and said & listed[rival]:
                return [Finding("owner", f"the passage does not give this purpose to {name.text}", True)]
    return []


def attribution(claim: Claim, passage: Passage) -> list[Finding]:
    """A method given to another's authors."""
    found: list[Finding] = []
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
