"""The passage as the checker sees it: sentences, what each is about, where each word and number stands."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise

from surveyqa.claims.lexicon import DENYING, NEGATIONS, wordset
from surveyqa.claims.numbers import Quantity, quantities
from surveyqa.claims.words import (
    Text,
    Token,
    glued,
    name_key,
    plain,
    read,
    sentences,
    squeeze,
    stem,
    words_seen,
)

# Names that say nothing about which method a sentence is about.
GENERIC = wordset(
    "llm gpu cpu ai nlp ml kv transformer nlu gpt-style sram hbm tpu api cuda flop sota nvme dram "
    "pytorch 3d i a "
    "mlp moe nlg kd"
)
_OBJECT_MARKS = wordset(
    "than over compared-to with against to from in on of for like as unlike instead-of including via "
    "using among alongside besides despite except following given "
    "between into beyond by at across within under behind and or"
)
INTRODUCE = frozenset(
    stem(w)
    for w in wordset("propose introduce present develop design suggest named called devise namely describe")
)
_PRONOUNS = wordset("it its they them their this these such the that both here in by through as one")


@dataclass(frozen=True)
class Name:
    """A run of name tokens: `text`, `keys` (of the run and of its parts), token span, whether it names
    authors."""

    text: str
    key: str
    start: int
    end: int
    author: bool = False

    def same(self, other: Name) -> bool:
        """Equal, or one the other's first word (Mixtral, Mixtral 8x7B) or its run of two words and more."""
        if self.key == other.key:
            return True
        short, long = sorted((self.text.lower().split(), other.text.lower().split()), key=len)
        if len(short) == 1:
            word = self.text if len(self.text) < len(other.text) else other.text
            distinct = len(word) > 5 and any(c.isupper() for c in word[1:])  # AMD GPUs FlashDecoding++
            return len(long) > 1 and name_key(short[0]) in {
                name_key(long[0]),
                name_key(long[-1]) if distinct else "",
            }
        return any(long[k : k + len(short)] == short for k in range(len(long)))


def akin(a: str, b: str) -> bool:
    """Whether one key of a name begins or ends with the other, beyond a digit or an ending: LLaMA,
    LLaMA-2-chat."""
    if a == b:
        return True
    short, long = sorted((a, b), key=len)
    return (
        len(short) >= 3
        and (long.startswith(short) or long.endswith(short))
        and not (long[len(short) :].isdigit() or len(long) - len(short) <= 2)
    )


def names_in(text: Text) -> list[Name]:
    """Names of a sentence in order; consecutive name tokens form one."""
    tokens, found, at = text.tokens, [], 0
    while at < len(tokens):
        token = tokens[at]
        if token.kind != "name":
            at += 1
            continue
        end = at + 1
        while end < len(tokens) and tokens[end].kind == "name" and tokens[end].clause == token.clause:
            end += 1
        author = end < len(tokens) and tokens[end].low.startswith("et-al")
        if author:
            end += 1
        words = [t.text for t in tokens[at:end] if not t.low.startswith("et-al")]
        found.append(Name(" ".join(words), name_key("".join(words)), at, end, author))
        at = end
    return found


def _marked_as_object(tokens: tuple[Token, ...], at: int) -> bool:
    """Whether the name at token `at` follows a word that makes it an object (than X, compared to the X)."""
    k = at - 1
    while k >= 0 and k >= at - 4:
        word = tokens[k]
        if word.low in _OBJECT_MARKS:
            return True
        if word.low in {
            "the",
            "a",
            "an",
            "both",
            "standard",
            "existing",
            "earlier",
            "previous",
            "original",
            "vanilla",
            "base",
            "plain",
            "full",
            "other",
        }:
            k -= 1
            continue
        return False
    return False


_LEADS = wordset(
    "by to with through using for when after before without while although because since despite "
    "extends unlike compared-to built"
)


_COMPOUND = wordset(
    "guided based aware style like enabled driven powered equipped augmented inspired trained"
)


def _main_clause(tokens: tuple[Token, ...]) -> int:
    """Index after the comma that ends a leading 'By constraining X, ...'; 0 if the sentence has no such
    lead."""
    first = next((t for t in tokens if t.kind != "mark"), None)
    if first is None or not (first.low in _LEADS or first.low.endswith(("ing", "ed"))):
        return 0
    comma = next((t.index for t in tokens[:25] if t.low == ","), None)
    if comma is not None and comma <= 4 and comma + 1 < len(tokens) and tokens[comma + 1].low in _LEADS:
        comma = next((t.index for t in tokens[comma + 1 : 30] if t.low == ","), comma)  # For example, to ...
    return 0 if comma is None else comma + 1


def subjects(text: Text, names: list[Name]) -> list[Name]:
    """What a sentence is about: its first name that is no object, and names it introduces."""
    tokens = text.tokens
    found: list[Name] = []
    main = _main_clause(tokens)
    late = [n for n in names if main <= n.start <= main + 4 and n.key not in GENERIC] if main else []
    for name in [*late, *names]:
        if name.end < len(tokens) and tokens[name.end].low in _COMPOUND:
            continue  # a LoRA-guided criterion
        if name.key in GENERIC or name in found or (name.start and tokens[name.start - 1].low == "("):
            continue
        if (
            name.end < len(tokens)
            and tokens[name.end].low == "its"
            and any(n.start == name.end + 1 for n in names)
        ):
            continue  # MosaicML's LLM Foundry
        before = [t for t in tokens[max(0, name.start - 6) : name.start] if t.kind != "mark"]
        introduced = any(t.stem in INTRODUCE for t in before) or (
            name.start + 1 < len(tokens) and name.end < len(tokens) and tokens[name.end].low == "is"
        )
        if (introduced and not _marked_as_object(tokens, name.start)) or (
            not found and not _marked_as_object(tokens, name.start)
        ):
            found.append(name)
    if not found:  # Graph of Thoughts (GoT)
        found = [
            n
            for n in names
            if n.start > 0
            and tokens[n.start - 1].low == "("
            and n.key not in GENERIC
            and (n.start <= 8 or any(t.stem in INTRODUCE for t in tokens[max(0, n.start - 14) : n.start]))
        ][:1]
    for name in names:  # Receptance Weighted Key Value (RWKV)
        if name in found or not name.start:
            continue
        mark = tokens[name.start - 1].low
        listed = mark in {"and", ","} and any(name.start - 1 == f.end for f in found)  # Orca and S3
        spelled = mark == "(" and any(0 < name.start - f.end <= 5 for f in found)
        alias = mark == "or" and any(name.start - 2 == f.end for f in found)  # Low-Rank Adaptation, or LoRA
        if spelled or listed or (alias and tokens[name.start - 2].low == ","):
            found.append(name)
    if not found:  # With GPTQ, ...
        found = [n for n in names if n.key not in GENERIC and n.start <= 2][:1]
    return found


_CLAUSE = re.compile(
    r"(?:[,;] (?:whereas|while)|; and) (?=(?:the )?[A-Z∞]\w*[A-Z\d])|, and (?=[A-Z][\w+-]*, an? )"
)


def _clauses(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """A sentence cut before 'whereas NAME ...', each part about something of its own."""
    cuts = [start, *(start + m.start() + 1 for m in _CLAUSE.finditer(text[start:end])), end]
    return list(pairwise(cuts))


@dataclass(frozen=True)
class Sentence:
    """`about`: names the sentence is about, its own or those of the sentence before it; `denied`, `aside`:
    tokens that it denies, and tokens that it says of what something is set against."""

    text: Text
    names: tuple[Name, ...]
    about: tuple[Name, ...]
    own: bool
    numbers: tuple[Quantity, ...]
    concepts: frozenset[str]
    stems: frozenset[str]
    denied: frozenset[int]
    aside: frozenset[int]
    start: int
    end: int


@dataclass(frozen=True)
class Passage:
    raw: str
    sentences: tuple[Sentence, ...]
    squeezed: str
    keys: frozenset[str]
    concepts: frozenset[str]
    stems: frozenset[str]
    long_words: tuple[str, ...]
    authors: tuple[tuple[str, str], ...]
    frequency: dict[str, int] = field(default_factory=dict, compare=False, hash=False)


_SCOPE_STOP = wordset("but while whereas although though and so because since if when which that unless")


_SHARES = wordset("half third quarter fifth tenth some most many part percent fewer")
_WHOLE = ("prevent", "avoid")  # deny the whole phrase behind them: prevent GPU memory overflow
_HARD = wordset("difficult challenging struggles struggle impossible infeasible")


def denied_tokens(text: Text) -> frozenset[int]:
    """Indices of the tokens that a negation of the sentence covers."""
    tokens = text.tokens
    covered: set[int] = set()
    for at, token in enumerate(tokens):
        cue = token.low
        covered |= _absent(tokens, at)
        lexical = (
            token.kind == "word"
            and token.low.startswith(DENYING)
            and not token.low.endswith(("ure", "ures", "wise"))
        )
        if cue == "free" and at > 0 and at >= 2 and tokens[at - 1].kind == "word":
            covered.add(at - 1)
            continue
        hard = cue in _HARD and any(t.low == "to" for t in tokens[at + 1 : at + 5])
        hard = hard and not any(t.low in NEGATIONS for t in tokens[max(0, at - 3) : at])
        if hard:  # difficult (for X) to ensure Y
            at = next(t.index for t in tokens[at + 1 : at + 5] if t.low == "to")
        if cue not in NEGATIONS and not lexical and not hard:
            continue
        if cue == "not" and at + 1 < len(tokens) and tokens[at + 1].low in {"only", "just", "merely"}:
            continue
        if lexical and at + 1 < len(tokens) and tokens[at + 1].low == "by":
            continue
        if lexical and any(t.low in NEGATIONS for t in tokens[max(0, at - 2) : at]):
            continue  # does not overlook: twice denied
        if lexical and any(t.kind == "number" or t.low in _SHARES for t in tokens[at + 1 : at + 5]):
            continue  # removes a quarter of the tokens
        if any(t.low in _HARD for t in tokens[at + 1 : at + 4]) and not lexical:  # not difficult
            covered |= {t.index for t in tokens[at + 1 : at + 4] if t.low in _HARD}
            continue
        if (
            cue in {"nothing", "none"}
            and at > 1
            and tokens[at - 1].kind == "word"
            and not tokens[at - 1].light
        ):
            covered.add(at - 1)  # forgets nothing that it learned
            continue
        if cue == "no" and at > 1 and tokens[at - 1].kind == "word" and not tokens[at - 1].light:
            covered.add(at - 1)  # drops no tokens
        taken, limit = 0, 2 if lexical else 6 if cue == "instead-of" else 3
        for k in range(at + 1, min(len(tokens), at + 12)):
            t = tokens[k]
            if t.kind == "mark" and t.low in {",", ".", ";", ":", "(", ")"}:
                break
            if t.low == "or" and taken and cue != "no":
                limit = taken + 2
            if taken and t.low in _SCOPE_STOP and not (cue in {"without", "no"} and _last_item(tokens, k)):
                break
            if t.kind == "mark":
                continue
            covered.add(k)
            if not lexical and t.kind == "word" and t.low.startswith(DENYING):
                break
            if (not t.light and t.kind != "number") or t.low in {"need", "must", "use", "show"}:
                taken += 1
            nxt = tokens[k + 1] if k + 1 < len(tokens) else None
            goes_on = nxt is not None and not nxt.thin and nxt.kind == "word" and taken < limit + 2
            goes_on = goes_on and t.low not in {"not", "need"}
            if lexical:  # avoid resource-intensive retraining, but not: avoid drops, sacrificing speed
                goes_on = goes_on and cue.startswith(_WHOLE) and nxt is not None and nxt.low != "sacrificing"
            if taken >= limit and not goes_on and not (nxt is not None and nxt.low == "or"):
                break
        covered |= _not_needed(tokens, at)
        if lexical:
            covered |= _from_doing(tokens, at)
        if lexical:  # passive: tokens are removed
            for k in range(at - 1, max(-1, at - 4), -1):
                if tokens[k].low in {"is", "are", "was", "were", "be", "been", "being"}:
                    for j in range(k - 1, max(-1, k - 4), -1):
                        if tokens[j].kind == "mark":
                            break
                        covered.add(j)
                    break
    return frozenset(covered)


def _last_item(tokens: tuple[Token, ...], at: int) -> bool:
    """Whether only a noun phrase follows an 'and': without degradation and expensive recomputation."""
    if tokens[at].low != "and":
        return False
    behind = tokens[at + 1 : at + 5]
    end = next((k for k, t in enumerate(behind) if t.low in {",", ".", ";"}), len(behind))
    last = at + 1 + end == len(tokens) or end < len(behind)
    return 0 < end <= 3 and last and not any(t.thin or t.low.endswith(("s", "ed")) for t in behind[:1])


_ABSENT = wordset("elusive lacking missing absent unavailable nonexistent")


def _absent(tokens: tuple[Token, ...], at: int) -> set[int]:
    """The subject of what remains elusive: everything from the clause's beginning."""
    if (
        tokens[at].low not in _ABSENT
        or not at
        or tokens[at - 1].low not in {"is", "are", "remains", "remain", "still"}
    ):
        return set()
    covered: set[int] = set()
    for t in reversed(tokens[max(0, at - 16) : at - 1]):
        if t.kind == "mark" and t.low != "~":
            break
        covered.add(t.index)
    return covered


_NEEDED = wordset("needed required necessary")


def _not_needed(tokens: tuple[Token, ...], at: int) -> set[int]:
    """The subject of what is not needed: costly retraining is not required."""
    if tokens[at].low != "not" or not any(t.low in _NEEDED for t in tokens[at + 1 : at + 3]):
        return set()
    covered: set[int] = set()
    for t in reversed(tokens[max(0, at - 7) : at - 1]):
        if (t.kind == "mark" and t.low != "~") or t.low in _SCOPE_STOP or t.low == "that":
            break
        covered.add(t.index)
    return covered


def _from_doing(tokens: tuple[Token, ...], at: int) -> set[int]:
    """What is prevented in 'prevents X from doing Y': the participle and what follows it."""
    for k in tokens[at + 1 : at + 7]:
        if k.kind == "mark" and k.low != "~":
            break
        doing = k.index + 1
        if k.low == "from" and doing < len(tokens) and tokens[doing].low.endswith("ing"):
            return {i for i in range(doing, min(doing + 3, len(tokens))) if tokens[i].kind != "mark"}
    return set()


def aside_tokens(text: Text) -> frozenset[int]:
    """Indices of tokens in phrases that something is set against: unlike X that needs Y, an alternative to
    X."""
    tokens = text.tokens
    found: set[int] = set()
    for t in tokens:
        if t.low in {"unlike", "alternative-to"} or (t.low == "compared-to" and t.index < 4):
            ends = [k.index for k in tokens[t.index + 1 :] if k.kind == "mark" and k.low != "~"]
            ends.append(len(tokens))
            if t.low == "alternative-to":  # a substitute for X and does Y
                ends = [
                    min(ends[0], next((k.index for k in tokens[t.index :] if k.low == "and"), ends[0])),
                    *ends[1:],
                ]
            relative = ends[0] + 1 < len(tokens) and tokens[ends[0] + 1].low in {"which", "who"}
            end = ends[1] if relative and len(ends) > 1 else ends[0]  # unlike X, which needs Y, ...
            found |= set(range(t.index + 1, end))
    return frozenset(found)


_ROW = re.compile(r"(?=(?<=\s)[A-Z∑][\w.+-]*\w(?: [A-Z]\w+)? \([A-Z][^()]{0,200}?\b(?:19|20)\d\d[a-z]?\))")
_AUTHOR = r"[A-ZÀ-Þ][\w'’.-]{1,40}"
_CITED = re.compile(
    rf"([\w.+∞∑()-]{{1,60}})\s?\(({_AUTHOR}(?:[ ,&]{{1,3}}(?:et al\.|{_AUTHOR})){{0,6}}),? (?:19|20)\d\d"
)


def _rows(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Rows of a table that the text layer ran together: cut before each 'Name (Author, year)'."""
    piece = text[start:end]
    digits = len(re.findall(r"\b\d[\d.,]*[A-Za-z]*\b", piece))
    if digits < 8 or digits < 0.3 * len(piece.split()):
        return [(start, end)]
    cuts = [start, *(start + m.start() for m in _ROW.finditer(piece)), end]
    return [(a, b) for a, b in pairwise(cuts) if text[a:b].strip()]


def parse(raw: str, claim: str = "") -> Passage:
    """The passage's sentences in order, each with what it is about (`it`, `this method` resolved to the last
    name).

    Words of the claim help to cut words that the text layer of a PDF has run together."""
    hints: frozenset[str] = frozenset()
    if any(glued(w, hints) for w in re.findall(r"[^\W\d_]{16,}", raw)):
        hints = frozenset(w.lower() for w in re.findall(r"[^\W\d_]{3,}", claim))
    return _parse(raw, hints)


@lru_cache(maxsize=128)
def _parse(raw: str, hints: frozenset[str]) -> Passage:
    clean = plain(raw)
    lower = words_seen(clean)
    spans = [
        part for s, e in sentences(clean) for row in _rows(clean, s, e) for part in _clauses(clean, *row)
    ]
    found: list[Sentence] = []
    about: tuple[Name, ...] = ()
    for start, end in spans:
        piece = clean[start:end].strip(" •")
        if re.match(r"^[a-z]", piece) and not re.match(r"^[a-z]\w*[A-Z]", piece) and not found:
            about = ()
        text = read(piece, lower | hints, lower)
        names = names_in(text)
        own = [n for n in subjects(text, names)]
        head = next((t for t in text.tokens if t.kind != "mark"), None)
        inherits = head is not None and (head.low in _PRONOUNS or bool(_resumes(text)))
        if len(text.tokens) <= 3 and names:  # a heading: 'MegaBlocks.'
            about = tuple(names)
            own_here = True
        elif own and _resumed(text, own) and not _introduces(text, own):
            own_here = False
        elif (
            own
            and not (inherits and own[0].start > 3 and not _introduces(text, own))
            and not (_they(text) and about and about[0].author)
        ):
            about, own_here = (*own, *(about if _it_does(text) else ())), True
        elif own:
            about, own_here = tuple(dict.fromkeys([*about, *own])), False
        elif names and not inherits and any(n.key not in GENERIC and not n.author for n in names):
            about, own_here = tuple(n for n in names if n.key not in GENERIC), True
        else:
            own_here = False
        if not own_here and own and about and about[0].author and _introduces(text, own):
            for back in range(len(found) - 1, -1, -1):  # Guo et al. pinpoint ... they propose OliVe
                if found[back].about[:1] != about[:1]:
                    break
                found[back] = replace(found[back], about=about)
        concepts = frozenset(c for t in text.tokens for c in t.concepts)
        found.append(
            Sentence(
                text,
                tuple(names),
                about,
                own_here,
                tuple(quantities(text)),
                concepts,
                frozenset(t.stem for t in text.tokens),
                denied_tokens(text),
                aside_tokens(text),
                start,
                end,
            )
        )
    keys = {n.key for s in found for n in s.names} | {t.key for s in found for t in s.text.tokens if t.key}
    keys |= {
        name_key(w) for w in re.findall(r"[\w.+∞∑-]+", clean) if any(c.isupper() or c.isdigit() for c in w)
    }
    keys |= _acronyms(clean)
    frequency: dict[str, int] = {}
    for sentence in found:
        for concept in sentence.concepts:
            frequency[concept] = frequency.get(concept, 0) + 1
    authors = tuple(
        (name_key(m[1]), squeeze(re.split(r" et al|,|&| and ", m[2])[0])) for m in _CITED.finditer(clean)
    )
    return Passage(
        raw,
        tuple(found),
        squeeze(clean),
        frozenset(keys),
        frozenset(c for s in found for c in s.concepts),
        frozenset(c for s in found for c in s.stems),
        tuple(w for w in re.findall(r"[^\W\d_]{14,}", clean.lower())),
        authors,
        frequency,
    )


_IT = wordset("it its they their this these such")


def _resumed(text: Text, own: list[Name]) -> bool:
    """Whether 'it' or 'its' stands before the first name: Some highlights are its ZeRO-1 optimizer."""
    words = [t for t in text.tokens if t.kind != "mark"]
    return bool(words) and (
        words[0].low in _IT
        or any(t.low in {"it", "its", "they", "their"} for t in words[:7] if t.index < own[0].start)
    )


def _resumes(text: Text) -> bool:
    words = [t.low for t in text.tokens[:4]]
    return bool(words) and words[0] in {
        "specifically",
        "notably",
        "experimental",
        "experiments",
        "results",
        "additionally",
        "furthermore",
        "also",
        "moreover",
        "consequently",
        "therefore",
        "thus",
        "hence",
        "employing",
        "based",
    }


def _they(text: Text) -> bool:
    return any(t.low in {"they", "their"} for t in text.tokens[:9])


def _it_does(text: Text) -> bool:
    """Whether 'it' or 'they' open the sentence: what they do is said of what was talked about before."""
    return bool(text.tokens) and text.tokens[0].low in {"it", "they"}


def _introduces(text: Text, own: list[Name]) -> bool:
    return any(t.stem in INTRODUCE and any(0 <= n.start - t.index <= 6 for n in own) for t in text.tokens)


def _acronyms(text: str) -> set[str]:
    """Initials of capitalised and of hyphenated runs: 'Mixture of Experts' -> moe, 'parameter-efficient' ->
    pe."""
    found: set[str] = set()
    words = re.findall(r"[A-Za-z]+", text)
    initials = [w[0].lower() for w in words]
    for size in (2, 3, 4, 5):
        for at in range(len(words) - size + 1):
            if words[at][0].isupper() and words[at + size - 1][0].isupper():
                found.add("".join(initials[at : at + size]))
                found.add(
                    "".join(
                        w[0].lower() for w in words[at : at + size] if w not in {"of", "the", "and", "for"}
                    )
                )
    return {f for f in found if len(f) >= 2}
