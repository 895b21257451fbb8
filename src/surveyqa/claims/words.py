"""Text cut into tokens that know their stem, their synonym groups and whether they are a name or a number."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache

from surveyqa.claims import lexicon
from surveyqa.claims.lexicon import wordset

_SUFFIXES = tuple(
    sorted(
        [
            "izations",
            "ization",
            "ational",
            "fulness",
            "ousness",
            "iveness",
            "ability",
            "ibility",
            "ations",
            "ation",
            "ments",
            "ment",
            "ances",
            "ance",
            "ences",
            "ence",
            "ancy",
            "ency",
            "ities",
            "ity",
            "izing",
            "izes",
            "ized",
            "ize",
            "izer",
            "izers",
            "ising",
            "ises",
            "ised",
            "ise",
            "ally",
            "ically",
            "ical",
            "ings",
            "ing",
            "ed",
            "es",
            "s",
            "er",
            "ers",
            "ors",
            "or",
            "ly",
            "al",
            "ative",
            "atively",
            "ive",
            "ively",
            "ion",
            "ions",
            "ent",
            "ant",
            "acy",
            "ate",
            "ates",
            "ated",
            "ating",
            "able",
            "ible",
            "ness",
            "e",
            "y",
            "ies",
            "ied",
            "ier",
            "iest",
            "ity",
            "ous",
            "ful",
            "less",
            "est",
            "ic",
            "ifying",
            "ifies",
            "ified",
            "ify",
            "ification",
        ],
        key=len,
        reverse=True,
    )
)


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """A truncated form shared by inflections and near derivations: quantize, quantizing, quantization."""
    if word in lexicon.STEMS:
        return lexicon.STEMS[word]
    if len(word) <= 3 or not word.isalpha():
        return word
    out = word
    for _ in range(3):
        if out in lexicon.STEMS:
            return lexicon.STEMS[out]
        for suffix in _SUFFIXES:
            if out.endswith(suffix) and len(out) - len(suffix) >= (
                3 if suffix in {"s", "e", "ed", "ing"} else 4
            ):
                if (suffix == "s" and out.endswith("ss")) or (suffix == "ed" and out.endswith("eed")):
                    continue
                out = out[: -len(suffix)]
                if (
                    len(out) > 3
                    and out[-1] == out[-2]
                    and out[-1] not in "sl"
                    and suffix in {"ed", "ing", "er", "ings", "ers"}
                ):
                    out = out[:-1]
                if suffix in {"ies", "ied"}:
                    out += "y"
                break
        else:
            break
    return out[:-1] if out.endswith(("y", "i")) and len(out) > 4 else out


def _groups() -> dict[str, frozenset[str]]:
    by_stem: dict[str, set[str]] = {}
    for line in lexicon.SYNONYMS:
        words = line.split()
        for word in words:
            by_stem.setdefault(stem(word), set()).add("=" + words[0])
    return {key: frozenset(value) for key, value in by_stem.items()}


def _contrasts() -> dict[str, list[tuple[int, str]]]:
    table: dict[str, list[tuple[int, str]]] = {}
    for number, line in enumerate(lexicon.CONTRASTS.strip().splitlines()):
        for member in line.split("|"):
            key = stem(member.strip())
            table.setdefault(key, []).append((number, key))
    return table


GROUPS = _groups()
CONTRASTS = _contrasts()
LIGHT = lexicon.LIGHT
GENERAL = frozenset(lexicon.GENERAL) | frozenset(stem(w) for w in lexicon.GENERAL)
FUNCTION = frozenset(lexicon.FUNCTION.split())
KNOWN = frozenset(GROUPS) | LIGHT | frozenset(stem(w) for w in LIGHT) | frozenset(CONTRASTS)
OPPOSITES: dict[str, frozenset[str]] = {}
for _a, _b in (line.split() for line in lexicon.OPPOSITES.strip().splitlines()):
    OPPOSITES["=" + _a] = OPPOSITES.get("=" + _a, frozenset()) | {"=" + _b}
    OPPOSITES["=" + _b] = OPPOSITES.get("=" + _b, frozenset()) | {"=" + _a}


def _antonyms() -> dict[str, frozenset[str]]:
    table: dict[str, set[str]] = {}
    for line in lexicon.ANTONYMS:
        left, right = ({stem(w) for w in side.split()} for side in line.split("|"))
        for side, other in ((left, right), (right, left)):
            for root in side:
                table.setdefault(root, set()).update(other - side)
    return {root: frozenset(others) for root, others in table.items()}


ANTONYMS = _antonyms()
DENYING_PREFIXES = ("non", "un", "in", "im", "ir", "il", "dis", "mis")


@lru_cache(maxsize=65536)
def concepts(word: str) -> frozenset[str]:
    """Stem and synonym groups of a lower-case word."""
    root = stem(word)
    return frozenset({root}) | GROUPS.get(root, frozenset())


@dataclass(frozen=True)
class Token:
    """One word, name, number or mark. `clause` counts the clauses of its text from 0."""

    text: str
    kind: str  # word | name | number | mark
    low: str
    stem: str
    concepts: frozenset[str]
    index: int
    clause: int
    key: str = ""  # letters and digits of a name, lower case, plural s removed

    @property
    def thin(self) -> bool:
        """A function word or a mark."""
        return self.kind == "mark" or self.low in FUNCTION

    @property
    def light(self) -> bool:
        return self.kind == "mark" or self.low in LIGHT


def opposing(a: Token, b: Token) -> bool:
    """Whether two words are opposites: by their groups, as a listed pair, or by a prefix (incoherent)."""
    return _opposing(a.low, a.stem, b.low, b.stem)


@lru_cache(maxsize=65536)
def _opposing(a: str, root_a: str, b: str, root_b: str) -> bool:
    groups = GROUPS.get(root_b, frozenset())
    if any(o in groups for c in GROUPS.get(root_a, ()) for o in OPPOSITES.get(c, ())):
        return True
    if root_b in ANTONYMS.get(root_a, ()):
        return True
    short, long = sorted((a, b), key=len)
    return len(short) >= 5 and any(long == p + short for p in DENYING_PREFIXES)


_AUTHOR = r"[A-ZÀ-Þ][\w'’.-]{0,40}"
_CITE = rf"{_AUTHOR}(?:[ ,&]{{1,3}}(?:and |et-al\.?|et al\.?|{_AUTHOR})){{0,8}}[, ]+(?:19|20)\d\d[a-z]?"
_CITATION = re.compile(rf"\s?\((?:[^()]{{0,400}}?)(?:{_CITE}|(?:19|20)\d\d[a-z]?)(?:[;,][^()]*)?\)")
_TEXTUAL = re.compile(
    r"(et[- ]al\.?|[A-Z][\w'’-]+ (?:&|and) [A-Z][\w'’-]+|[A-Z]\w+) ?\((?:19|20)\d\d[a-z]?(?:; ?[a-z])?\)"
)
_BRANCH = re.compile(r"\\.|\[[^]]*\]|\(\?[=!<:][=!]?|[(|)]|[a-z][?*{]|.", re.DOTALL)


def _needles(pattern: str) -> frozenset[str]:
    """Runs of letters of which a match must have one, a run per branch outside the groups; empty if a branch
    has none. To look for them first is far cheaper than to try the pattern."""
    runs: list[list[str]] = [[""]]
    depth = 0
    for piece in _BRANCH.findall(pattern):
        if piece == ")":
            depth -= 1
        if depth == 0 and piece == "|":
            runs.append([""])
        elif depth == 0 and piece.isalpha() and piece.islower():
            runs[-1][-1] += piece
        else:
            runs[-1].append("")
        if piece.startswith("("):
            depth += 1
    best = [max(branch, key=len) for branch in runs]
    return frozenset(best) if all(len(run) > 1 for run in best) else frozenset()


PHRASES = tuple(
    (re.compile(pattern, re.IGNORECASE), put, tuple(_needles(pattern))) for pattern, put in lexicon.PHRASES
)
_TOKEN = re.compile(
    r"""(?P<number>(?<![\w.])[~≈]?\$?\d+(?:,\d{3})+(?:\.\d+)?|(?<![\w.-])[~≈$]?\d+(?:\.\d+)?|(?<=[\d×x%]-)\d+(?:\.\d+)?)
        (?P<unit>\s?(?:×|x(?![a-z])|%|[KMBT](?![A-Za-z])(?:B\b)?|[kKMGT]i?B\b|k\b|ms\b|-?fold\b))?
      |(?P<word>[^\W\d_](?:[\w]|[-./'’+](?=\w))*(?:\(\))?\+*|\d\w*[^\W\d_][\w-]*|∞-\w+)
      |(?P<mark>[.;:!?,()"—–-])""",
    re.VERBOSE,
)
_STARTERS = wordset("whereas while although though but because since unless")


def plain(text: str) -> str:
    """Quotes, dashes and ligatures in one form; nothing removed."""
    text = unicodedata.normalize("NFC", text)
    for old, new in (
        ("’", "'"),
        ("‘", "'"),
        ("“", '"'),
        ("”", '"'),
        ("ﬁ", "fi"),
        ("ﬂ", "fl"),
        ("−", "-"),
        ("–", "-"),
    ):
        text = text.replace(old, new)
    text = re.sub(r"(?<=\w)\^(?=\w)", "", text)  # S^3
    return re.sub(r"\s+", " ", text)


def squeeze(text: str) -> str:
    """Letters and digits only, lower case."""
    return re.sub(r"[\W_]+", "", text.lower())


def without_citations(text: str) -> str:
    """Parenthesised citations and citation years removed; authors named in the text stay."""
    text = re.sub(
        r"(?<=[a-z])etal\.(?=[, ]?\(?(?:19|20)\d\d)", " et al. ", text
    )  # run together by the text layer
    text = re.sub(r"\(([A-Z]{1,4})\)\s?(?=\d\b)", r"\1", text)  # (IA)3
    text = _TEXTUAL.sub(r"\1", text)
    return _CITATION.sub("", text)


# Endings of words, not of names, that a sentence may begin with.
_WORDLY = ("ing", "ed", "ly", "ive", "ous", "able", "ible", "tion", "ness", "ment", "ary")


# Words that open a sentence and have no synonyms.
_OPENERS = wordset(
    "two three four five six seven eight nine ten eleven twelve "
    "beyond beneath amid alongside aboard throughout underneath besides considering given notwithstanding "
    "nevertheless nonetheless otherwise elsewhere nowadays apart aside contrary depending following judging "
    "luckily fortunately oddly sadly thankfully whoever whichever wherever whenever whatever nobody "
    "everybody somebody anyone everyone someone seldom twice thrice half people folk readers writers"
)


def _kind(word: str, at_start: bool, lower_elsewhere: frozenset[str]) -> str:
    head = word[0]
    if any(c.isupper() for c in word[1:]) or (
        any(c.isdigit() for c in word) and any(c.isalpha() for c in word)
    ):
        return "name"
    if head.isupper():
        low = word.lower()
        if len(word) == 1:
            return "word" if at_start or head == "I" else "name"
        if not at_start or word in lower_elsewhere:
            return "name"
        if low in lower_elsewhere or low in _OPENERS or stem(low) in KNOWN or low.endswith(_WORDLY):
            return "word"
        return "name"
    return "word"


_PREFIXES = wordset("non semi un sub quasi anti under")
_TAILS = re.compile(r"^(.*[A-Z0-9].*?)-([a-z]{3,})$")


def _split(word: str, vocabulary: frozenset[str]) -> list[str]:
    """Hyphenated compounds in their parts; names keep theirs (GPT-3, P-Tuning) but not a lower-case tail."""
    if "-" not in word and "/" not in word:
        return _unglue(word, vocabulary)
    if "et-al" in word.lower():
        return [word]
    if word.lower() in ("instead-of", "compared-to", "alternative-to"):
        return [word.lower()]
    pieces: list[str] = []
    for part in word.split("/"):
        if not part:
            continue
        tail = _TAILS.match(part)
        if tail and stem(tail.group(2)) in KNOWN | vocabulary:
            pieces += [tail.group(1), tail.group(2)]
        elif part.islower() and not any(c.isdigit() for c in part):
            head, _, rest = part.partition("-")
            if head in _PREFIXES and rest:
                pieces.append(head + rest.replace("-", ""))
            elif all(p in LIGHT for p in part.split("-")):
                pieces.append(part)
            else:
                pieces += [p for p in part.split("-") if p]
        elif re.fullmatch(r"[A-Z]?[a-z]+(?:-[a-z]+)+", part):
            pieces += part.split("-")
        else:
            pieces.append(part)
    return pieces


def glued(word: str, vocabulary: frozenset[str]) -> bool:
    """Whether a word is so long and so unknown that the text layer must have run several together."""
    low = word.lower()
    return len(low) >= 16 and low.isalpha() and low not in vocabulary and stem(low) not in KNOWN


def _unglue(word: str, vocabulary: frozenset[str]) -> list[str]:
    """Words run together by the PDF's text layer, cut where both halves are words: lowprecision,
    andLinformer.
    An empty vocabulary means that the text is no PDF's."""
    if not vocabulary or len(word) < 8 or any(c.isdigit() for c in word) or word.isupper():
        return [word]
    if word[0].isupper() and len(word) < 14:
        return [word]
    low = word.lower()
    if low in vocabulary or stem(low) in KNOWN or stem(low) in vocabulary:
        return [word]
    parts = re.findall(r"[A-Z]+[a-z]*|[a-z]+", word) if len(word) >= 14 and not word.isupper() else [word]
    if len(parts) == 1:
        return _segment(word, vocabulary) or (_peel(word, vocabulary) if len(word) >= 14 else None) or [word]
    pieces = [_segment(part, vocabulary) or _peel(part, vocabulary) or [part] for part in parts]
    if all(len(p) == 1 for p in pieces):  # FlashAttention
        return [word]
    return [p for piece in pieces for p in piece]


def _peel(word: str, vocabulary: frozenset[str]) -> list[str]:
    """An unknown word with known ones glued behind it: Reformerand."""
    if word.lower() in vocabulary or word.lower() in _WORDS:
        return []
    best: list[str] = []
    for cut in range(4, len(word) - 1):
        rest = word[cut:].lower()
        if rest == "on" and word[cut - 1] == "i":
            continue  # an ending: parametrization
        if rest in _SHORT or (len(rest) > 3 and (rest in vocabulary or rest in _WORDS)):
            found = [word[:cut], word[cut:]]
        else:
            tail = _segment(word[cut:], vocabulary) if len(rest) > 4 else []
            found = [word[:cut], *tail] if tail else []
        if found and (not best or len(found) < len(best)):
            best = found
    return best


def _segment(word: str, vocabulary: frozenset[str]) -> list[str]:
    """The fewest known words that make up `word`; empty if there are none."""
    low = word.lower()
    best: dict[int, list[str]] = {0: []}
    for end in range(1, len(low) + 1):
        for start in range(max(0, end - 20), end):
            if start not in best:
                continue
            piece = low[start:end]
            good = piece in vocabulary if len(piece) < 4 else (piece in vocabulary or piece in _WORDS)
            good = good or (len(piece) < 4 and piece in _SHORT)
            if good and (end not in best or len(best[start]) + 1 < len(best[end])):
                best[end] = [*best[start], word[start:end]]
    found = best.get(len(low), [])
    return found if 1 < len(found) <= max(2, len(low) // 4) else []


_WORDS = wordset(" ".join(lexicon.SYNONYMS)) | lexicon.LIGHT


_SHORT = wordset("a an of on in and for the to by is as are with llm llms")


def name_key(text: str) -> str:
    key = squeeze(text.replace("+", "plus") if text.endswith("+") else text)
    if (
        len(text) > 2
        and text.endswith("s")
        and not text.endswith("ss")
        and (text[-2].isupper() or text[-2].isalpha())
    ):
        return key[:-1] if len(key) > 3 or text[:-1].isupper() else key
    return key


@dataclass(frozen=True, eq=False)
class Text:
    """A sentence as tokens. Compared by identity: caches key on it, and hashing all tokens would cost
    more."""

    raw: str
    tokens: tuple[Token, ...] = field(default=())

    def content(self) -> list[Token]:
        return [t for t in self.tokens if not t.light]


_ADDRESS = re.compile(r"https?:\S+")


def words_seen(text: str) -> frozenset[str]:
    """Words that `text` has in lower case, and capitalised ones that it has inside a sentence."""
    text = _ADDRESS.sub(" ", text)
    lower = set(re.findall(r"(?<![\w.-])[a-z]{2,}", text))
    inside = set(re.findall(r"(?<=[a-z,;:] )[A-Z][a-z]{3,}(?![\w-])", text))
    return frozenset(lower | {w for w in inside if w.lower() not in lower})


def read(
    raw: str, vocabulary: frozenset[str] = frozenset(), lower_elsewhere: frozenset[str] = frozenset()
) -> Text:
    """`raw`, one sentence, as a Text. `vocabulary` helps to cut run-together words; `lower_elsewhere` are
    words
    known to occur in lower case, so that a capital at the start of a sentence makes no name of them, and
    words known to occur capitalised within a sentence, so that it does."""
    text = without_citations(plain(raw))
    for sign, word in (
        (">=", "at least "),
        ("≥", "at least "),
        ("<=", "at most "),
        ("≤", "at most "),
        (">", "over "),
        ("<", "under "),
    ):
        text = re.sub(rf"{sign}\s?(?=\d)", word, text)
    text = re.sub(r"(?<=\w)'s\b|(?<=s)'(?=\s)", " its", text)
    low = text.lower()
    for pattern, put, needles in PHRASES:
        if not needles or any(n in low for n in needles):
            text, changed = pattern.subn(put, text)
            low = text.lower() if changed else low
    tokens: list[Token] = []
    clause = 0
    at_start = True
    for match in _TOKEN.finditer(text):
        if match["mark"]:
            mark = match["mark"]
            if mark in ",;:()—" or (mark == "-" and text[match.start() - 1 : match.start()] == " "):
                clause += 1
            if mark == "-" and text[match.start() - 1 : match.start()] != " ":
                tokens.append(Token("~", "mark", "~", "~", frozenset(), len(tokens), clause))
            else:
                tokens.append(Token(mark, "mark", mark, mark, frozenset(), len(tokens), clause))
            at_start = mark in ".!?" or (at_start and mark in '"(')
            continue
        if match["number"]:
            whole = match.group(0).strip()
            tokens.append(
                Token(whole, "number", whole.lower(), whole.lower(), frozenset(), len(tokens), clause)
            )
            at_start = False
            continue
        for piece in _split(match["word"], vocabulary):
            low = piece.lower()
            if low in _STARTERS and tokens:
                clause += 1
            kind = _kind(piece, at_start, lower_elsewhere)
            key = name_key(piece) if kind == "name" else ""
            word = low.strip("().'+")
            tokens.append(Token(piece, kind, low, stem(word), concepts(word), len(tokens), clause, key))
            at_start = False
    return Text(raw, tuple(tokens))


_DEFINED = re.compile(r"((?:[A-Za-z][\w-]* ){1,7})\(([A-Za-z]{2,9})\)")


@lru_cache(maxsize=128)
def acronyms(passage: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """(pattern of the long form, acronym) for each 'long form (LF)' with its words' initials for capitals."""
    found = []
    for match in _DEFINED.finditer(plain(passage)):
        capitals = [c.lower() for c in match[2] if c.isupper()]
        words = re.findall(r"[A-Za-z]+", match[1])[-len(capitals) :]
        if len(capitals) < 3 or [w[0].lower() for w in words] != capitals:
            continue
        forms = (re.escape(w[: max(4, len(w) - 3)]) + r"[a-z]*" for w in words)
        found.append((re.compile(r"\b" + r"[\s-]+".join(forms) + r"\b(?! \()", re.IGNORECASE), match[2]))
    return tuple(found)


def with_acronyms(claim: str, passage: str) -> str:
    """The claim with the acronyms that the passage introduces for what it spells out."""
    for pattern, acronym in acronyms(passage):
        claim = pattern.sub(acronym, claim)
    return claim


_ABBREVIATION = re.compile(r"(?:\bet al|\be\.g|\bi\.e|\bvs|\bFig|\bTab|\bSec|\bEq|\bcf|\b[A-Z])\.$")


def sentences(text: str) -> list[tuple[int, int]]:
    """(start, end) of each sentence in `text`."""
    spans: list[tuple[int, int]] = []
    start = 0
    for match in re.finditer(r"[.!?。！？]+[\"'”’)]*(?:\s+|$)|(?<=[。！？])|\s*•\s*", text):
        end = match.end()
        piece = text[start : match.start() + 1].rstrip()
        if "•" not in match.group(0):
            if _ABBREVIATION.search(piece) and end < len(text):
                continue
            nxt = text[end : end + 1]
            if (
                nxt
                and (nxt.islower() or nxt in "(,;")
                and not text[end : end + 12].startswith(("vLLM", "xPOS"))
            ):
                continue
        if any(c.isalnum() for c in text[start:end]):
            spans.append((start, end))
        start = end
    if any(c.isalnum() for c in text[start:]):
        spans.append((start, len(text)))
    return spans
