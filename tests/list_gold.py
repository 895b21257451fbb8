"""Gold for questions on the list, read from its Markdown by code that the package has no part in."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

WOQ, WAQ, SD, KV, LRA = (
    "Weight-Only Quantization",
    "Weight-Activation Co-Quantization",
    "Speculative Decoding",
    "KV-Cache Optimization",
    "Low-Rank Approximation",
)


@dataclass(frozen=True)
class Row:
    """An entry of the list: its title, the headings it stands under, what is printed of venue and year."""

    title: str
    path: tuple[str, ...]
    printed: str
    year: int
    code: bool

    def under(self, *names: str) -> bool:
        return any(n in self.path for n in names)

    def at(self, venue: str, year: int | None = None) -> bool:
        return self.printed == venue and year in (None, self.year)


def rows(text: str) -> list[Row]:
    """The entries of the list's Markdown, in its order."""
    found, path, fence = [], list[tuple[int, str]](), False
    for line in text.split("\n"):
        fence ^= line.startswith("```")
        heading = re.match(r"(#+)\s+(.*)", line)
        if heading and not fence:
            path = [p for p in path if p[0] < len(heading[1])] + [(len(heading[1]), heading[2].strip())]
        bullet = re.match(r"\s*- (?!\[)(.*)", line)
        if not bullet or fence:
            continue
        title = re.split(r",?\s*<ins>|，<ins>|, 20\d\d</ins>", bullet[1])[0].strip().rstrip(",，")
        mark = re.search(r"<ins>\s*([^,<\d]*?)[,\s]*(?:(\d{4}))?\s*(?:</ins>|/ins>|, ICML)", bullet[1])
        year = (
            int(mark[2]) if mark and mark[2] else int((re.findall(r", (20\d\d)</ins>", bullet[1]) or [0])[0])
        )
        names = tuple(n for _, n in path)
        if "Parameter-Sharing" in names:
            names = tuple(
                n for n in names if n != "Knowledge Distillation"
            )  # as the table of contents has it
        venue = (mark[1] if mark else "arXiv").strip()
        venue = {
            "NeurlPS": "NeurIPS",
            "NIPS": "NeurIPS",
            "Arxiv": "arXiv",
            "ACL-Short": "ACL",
            "NAACL-HLT": "NAACL",
        }.get(venue, venue)
        if title.startswith("Reformer"):
            year = 2020
        found.append(Row(title, names, venue, year, "[Code" in bullet[1]))
    return found


Condition = Callable[[Row], bool]
