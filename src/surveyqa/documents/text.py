"""From lines to running text: hyphens joined, one space between words, and the place of each character."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from surveyqa.documents.glyphs import HYPHEN, Glyph
from surveyqa.documents.layout import Line

_HYPHENS = (HYPHEN, "-", "\u2010", "\u00ad")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


@dataclass(frozen=True)
class Placed:
    """A character of the text, with the page it stands on and the glyph it comes from (None: a space)."""

    char: str
    page: int
    glyph: Glyph | None = None


class Words:
    """The words a document prints inside its lines: what tells a compound's hyphen from a broken word's."""

    def __init__(self, lines: Iterable[str]) -> None:
        """Count the whole words of `lines`, in order: a line's first word may be the rest of the last's."""
        self._known: Counter[str] = Counter()
        broken = False
        for line in lines:
            matches = list(_WORD.finditer(line))
            if broken:
                matches = matches[1:]
            broken = line.endswith(_HYPHENS)
            if broken:
                matches = matches[:-1]
            for match in matches:
                word = match.group().lower()
                self._known[word] += 1
                if "-" in word:
                    self._known.update(word.split("-"))

    def keeps_hyphen(self, before: str, after: str) -> bool:
        """Whether a line that ends in "`before`-" and one that starts with `after` make a compound.

        before: the text up to the hyphen; after: the text that follows. Decided by what the document
        prints elsewhere: the joined word, the compound, or both halves as words of their own.
        """
        first = re.search(r"[^\W_]*$", before)
        second = re.match(r"[^\W_]*", after)
        left, right = first.group() if first else "", second.group() if second else ""
        if not left or not right or left[-1].isdigit() or right[0].isdigit():
            return True
        joined, compound = (left + right).lower(), f"{left}-{right}".lower()
        if self._known[joined] or self._known[compound]:
            return self._known[compound] > self._known[joined]
        if not right[0].islower() or (left.isupper() and len(left) > 1):
            return True
        return (
            self._known[left.lower()] > 0
            and self._known[right.lower()] > 0
            and min(len(left), len(right)) > 2
        )


class Addresses(Protocol):
    """Tells the address that a glyph is a link to: one that is broken at the end of a line has no space."""

    def uri(self, page: int, glyph: Glyph) -> str | None: ...


def join(lines: Sequence[Line], words: Words, addresses: Addresses | None = None) -> list[Placed]:
    """The text of `lines` as one run."""
    found: list[Placed] = []
    for line in lines:
        chars = line.chars
        if not chars:
            continue
        if found and not _one_address(found[-1], line, addresses):
            if found[-1].char in _HYPHENS:
                before = "".join(item.char for item in found[-40:-1])
                after = line.text[:40]
                hyphen = found.pop()
                soft = hyphen.char == "\u00ad"
                if not soft and words.keeps_hyphen(before, after):
                    found.append(Placed("-", hyphen.page, hyphen.glyph))
            elif not _sticks(found[-1].char, chars[0][0]):
                found.append(Placed(" ", found[-1].page))
        found.extend(Placed(char, line.page, glyph) for char, glyph in chars)
    return clean(found)


def _one_address(last: Placed, line: Line, addresses: Addresses | None) -> bool:
    first = line.chars[0][1]
    if addresses is None or last.glyph is None or first is None:
        return False
    uri = addresses.uri(last.page, last.glyph)
    return uri is not None and uri == addresses.uri(line.page, first)


def _sticks(before: str, after: str) -> bool:
    """Chinese and Japanese have no space at the end of a line; nor has a dash or slash."""
    return before in "—/" or (_wide(before) and _wide(after))


def _wide(char: str) -> bool:
    return unicodedata.east_asian_width(char) in {"W", "F"}


def clean(chars: Sequence[Placed]) -> list[Placed]:
    """Control characters out, a hyphen mark inside a line is a hyphen, runs of spaces are one."""
    found: list[Placed] = []
    for item in chars:
        char = item.char
        if char in (HYPHEN, "\u2010", "\u2011"):
            char = "-"
        elif char == "\u00ad":
            continue
        elif char.isspace():
            char = " "
        elif unicodedata.category(char) in {"Cc", "Cf", "Co", "Cn", "Cs"}:
            continue
        if char == " " and (not found or found[-1].char == " "):
            continue
        found.append(item if char == item.char else Placed(char, item.page, item.glyph))
    while found and found[-1].char == " ":
        found.pop()
    return found


def string(chars: Iterable[Placed]) -> str:
    return "".join(item.char for item in chars)


def page_starts(chars: Sequence[Placed]) -> tuple[tuple[int, int], ...]:
    """(offset, page) pairs as `Block.pages` wants them. A space belongs to what stands before it."""
    found: list[tuple[int, int]] = []
    for offset, item in enumerate(chars):
        if not found or item.page != found[-1][1]:
            found.append((offset, item.page))
    return tuple(found)
