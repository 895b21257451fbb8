"""Search terms. Terms of this field stay whole: `LLM.int8()`, `2:4`, `KV-cache`, `T5`, `4-bit`.

A compound gives itself and its parts, so that "KV cache" finds "KV-cache" and the compound still counts
for more. Words are stemmed (Snowball English); Chinese text gives single characters and pairs.
"""

from __future__ import annotations

import re
from functools import lru_cache

TOKENIZER_VERSION = 2

_TERM = re.compile(r"[^\W_\u4e00-\u9fff]+(?:[.:/+\-–_'’][^\W_\u4e00-\u9fff]+)*\+*|[\u4e00-\u9fff]+")
_PART = re.compile(r"[^\W_]+")
_CAMEL = re.compile(r"[A-Z]{2,}(?![a-z])|[A-Z]?[a-z]{2,}|\d+")

# Words that say nothing about the subject of a question or a passage.
STOPWORDS = frozenset(
    "a an and are as at be been being but by can could did do does doing for from had has have having he her "
    "his how i if in into is it its just me my of on or our she should so some such than that the their them "
    "then there these they this those to too us very was we were what when where which while who whom whose "
    "why will with would you your about also any each other over same not no nor only own s t d ll re ve "
    "please tell explain describe does say says said paper papers survey according".split()
)


@lru_cache(maxsize=1)
def _stemmer():  # type: ignore[no-untyped-def]  # PyStemmer has no types
    import Stemmer

    return Stemmer.Stemmer("english")


def tokenize(text: str) -> list[str]:
    """Terms of `text` in order: lower case, stemmed, stop words left out.

    A compound ("KV-cache", "FlashAttention") gives itself in one piece and its parts.
    """
    terms: list[str] = []
    for match in _TERM.finditer(text):
        written = match.group().replace("’", "'").replace("–", "-").removesuffix("'s")
        word = written.lower()
        if "\u4e00" <= word[:1] <= "\u9fff":
            terms += [*word, *(word[i : i + 2] for i in range(len(word) - 1))]
            continue
        parts = _PART.findall(word)
        if len(parts) == 1:
            parts = [part.lower() for part in _CAMEL.findall(written)] if _inner_capital(written) else []
            if word not in STOPWORDS:
                terms.append(word)
        else:
            terms += dict.fromkeys((word, "".join(parts)))
        terms += [part for part in parts if part not in STOPWORDS and len(part) > 1]
    return list(_stemmer().stemWords(terms))


@lru_cache(maxsize=4096)
def terms_in(text: str) -> frozenset[str]:
    """The terms of a text that is looked at again and again: a heading, a table row."""
    return frozenset(tokenize(text))


@lru_cache(maxsize=8192)
def terms_of_word(word: str) -> tuple[str, ...]:
    return tuple(tokenize(word))


def _inner_capital(word: str) -> bool:
    return len(word) > 4 and not word.isupper() and any(c.isupper() for c in word[1:]) and word.isalpha()


def joined(text: str) -> frozenset[str]:
    """Runs of one to four words of `text` in one piece, lower case: "flash attention" as "flashattention".

    This is how names are compared: FlashAttention, Flash-Attention and flash attention are one; but
    "LoRA-FA" is a name of its own, in which "LoRA" is not found, as it is in "LoRA-based".
    """
    words: list[str] = []
    for compound in _COMPOUND.findall(text):
        parts = _PART.findall(compound)
        named = any(not part[0].islower() for part in parts[1:])
        words += ["".join(parts).lower()] if named else [part.lower() for part in parts]
    return frozenset("".join(words[i : i + n]) for n in range(1, 5) for i in range(len(words) - n + 1))


_COMPOUND = re.compile(r"[^\W_]+(?:[-–][^\W_]+)*")
