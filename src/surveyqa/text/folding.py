"""Writing folded to one form, and Chinese turned into English search terms by the glossary."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal

Language = Literal["en", "zh"]
FIRST_HAN, LAST_HAN = "\u4e00", "\u9fff"


def is_han(character: str) -> bool:
    return FIRST_HAN <= character <= LAST_HAN


def language_of(text: str) -> Language:
    """Chinese where a fifth of the letters are Chinese characters."""
    han = sum(map(is_han, text))
    return "zh" if han and han * 5 >= sum(map(str.isalpha, text)) else "en"


class Folding:
    """Full-width letters, invisible characters and traditional Chinese as the corpus writes them.

    The table of characters is loaded where a text has Chinese in it.
    """

    @cached_property
    def _converter(self) -> Any:
        import opencc

        return opencc.OpenCC("t2s")

    def __call__(self, text: str) -> str:
        text = unicodedata.normalize("NFKC", text)
        text = "".join(" " if c.isspace() else c for c in text if unicodedata.category(c) not in ("Cf", "Cs"))
        return str(self._converter.convert(text)) if any(map(is_han, text)) else text


def to_english(text: str, glossary: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """English search terms for a mixed or Chinese text, and the Chinese characters that the glossary lacks.

    The longest match wins; Latin parts are kept.
    """
    longest = max(map(len, glossary), default=1)
    out: list[str] = []
    lacking: list[str] = []
    at = 0
    while at < len(text):
        if not is_han(text[at]):
            end = at
            while end < len(text) and not is_han(text[end]):
                end += 1
            out.append(text[at:end].strip(' ,。?!、:;“”"()'))
            at = end
            continue
        for size in range(min(longest, len(text) - at), 0, -1):
            english = glossary.get(text[at : at + size])
            if english is not None:
                out.append(english)
                at += size
                break
        else:
            lacking.append(text[at])
            at += 1
    return " ".join(part for part in out if part), tuple(lacking)
