"""Text as a terminal shows it: without what it obeys, in lines of so many columns."""

from __future__ import annotations

import re
from unicodedata import category, east_asian_width

# a Chinese character with the marks that may not begin a line, or a word, and the space before it
_WIDE = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe30-\uff60"
_CLOSING = "，。、；：！？）》】」』”’"
_PIECE = re.compile(rf"\s*(?:[{_WIDE}]|[^\s{_WIDE}]+)[{_CLOSING}]*")


def wrap(text: str, width: int, rest: str = "") -> list[str]:
    """Lines of at most `width` columns, of which a Chinese character takes two; words are not cut."""
    first, *pieces = _PIECE.findall(text) or [""]
    lines = [first]
    for piece in pieces:
        bare = piece.lstrip()
        if columns(lines[-1]) + columns(bare) + (bare != piece) > width:
            lines.append(rest + bare)
        else:
            lines[-1] += bare if bare == piece else f" {bare}"
    return lines


def columns(text: str) -> int:
    return len(text) + sum(east_asian_width(c) in "WF" for c in text)


def printable(text: str, keep: str = "") -> str:
    """`text` without what a terminal obeys: escapes, other controls, and marks that turn its direction."""
    return "".join(
        c if c in keep or category(c) not in ("Cc", "Cf", "Cs") or c == "\u200d" else " " for c in text
    )
