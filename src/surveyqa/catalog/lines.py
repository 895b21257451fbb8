"""The lines of a list as Markdown reads them as a list: `tidy`."""

from __future__ import annotations

import re
from collections.abc import Sequence

# What only entries hold: a venue in its tag, or a link to the paper.
ENTRY = re.compile(r"<ins>|\[\[[^\]]*\]\(|\[(?:paper|pdf)\]\(", re.IGNORECASE)
_BULLET = re.compile(r"^(\s*)([-*•·])(\s*)(?=\S)")
_JOINED = re.compile(r"(?<=\)\])\s*[-*•]\s+(?=[^\s\[])")
_TAGS = re.compile(r"^\s*(?:</?(?!ins\b)[a-z][^<>]*>(?:[^<>\n]*</summary>)?\s*)+", re.IGNORECASE)


def tidy(lines: Sequence[str]) -> tuple[list[str], list[int]]:
    """Lines as Markdown reads them as a list, and the number of each in the original.

    A bullet without its space, two entries on a line, one indented like code, and what stands behind a tag
    that would make HTML of everything below it.
    """
    found: list[str] = []
    numbers: list[int] = []
    fenced, in_list = False, False
    for number, line in enumerate(lines, 1):
        fenced ^= line.lstrip().startswith("```")
        parts = [line]
        if not fenced:
            line = _TAGS.sub("", line) if "<" in line else line
            bullet = _BULLET.match(line)
            if bullet and (bullet[3] or ENTRY.search(line)):
                indent = bullet[1] if in_list or len(bullet[1].expandtabs(4)) < 4 else ""
                mark = bullet[2] if bullet[2] in "-*" else "-"
                line = f"{indent}{mark}{bullet[3].replace(chr(9), ' ')[:1] or ' '}{line[bullet.end() :]}"
                if bullet[2] not in "-*" or not bullet[3]:
                    found.append("")
                    numbers.append(number)
            in_list = bool(bullet) or (in_list and (not line.strip() or line.startswith(" ")))
            parts = [x if n == 0 else f"- {x}" for n, x in enumerate(_JOINED.split(line))]
        found += parts
        numbers += [number] * len(parts)
    return found, numbers
