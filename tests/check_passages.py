"""Passages for the checker's claims, found in the real files by their first and last words."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

CLAIMS = Path(__file__).parent / "data" / "check_claims.jsonl"


@dataclass(frozen=True)
class Case:
    """A claim written by hand. `part`: dev (rules were tuned on it) or fresh (measured once first)."""

    id: str
    part: str
    label: str
    kind: str
    claim: str
    passage: str


def _letters(text: str) -> tuple[str, list[int]]:
    kept = [(c.lower(), i) for i, c in enumerate(text) if c.isalnum()]
    return "".join(c for c, _ in kept), [i for _, i in kept]


def _page_text(raw: str) -> str:
    """A page as prose: lines of the body joined, words cut at a line's end put together."""
    lines = raw.split("\n")
    body: list[str] = []
    for line in lines:
        goes_on = body and len(body[-1]) > 70 and not re.search(r"[.!?]$", body[-1]) and len(line) > 10
        if len(line) > 70 or goes_on:
            body.append(line)
    return re.sub(r"\s+", " ", re.sub(r"-\n(?=[a-zA-Z])", "", "\n".join(body)))


def _between(text: str, first: str, last: str) -> str | None:
    letters, places = _letters(text)
    start = letters.find(_letters(first)[0])
    if start < 0:
        return None
    tail = _letters(last)[0]
    end = letters.find(tail, start)
    if end < 0:
        return None
    stop = places[end + len(tail) - 1] + 1
    while stop < len(text) and text[stop] in ".)×%!?":
        stop += 1
    return text[places[start] : stop]


def cases(shared: Path) -> list[Case]:
    """All claims whose passage is found in the survey or the abstracts of `shared`."""
    from pypdf import PdfReader

    reader = PdfReader(shared / "corpus" / "survey.pdf")
    pages: dict[int, str] = {}
    abstracts: dict[str, str] = {}
    with open(shared / "corpus" / "abstracts.jsonl", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            abstracts[str(row["arxiv_id"])] = re.sub(r"\s+", " ", row["abstract"])
    found: list[Case] = []
    for line in CLAIMS.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if "page" in row:
            number = row["page"]
            if number not in pages:
                pages[number] = _page_text(reader.pages[number - 1].extract_text())
            text = pages[number]
        else:
            text = abstracts.get(str(row["arxiv"]), "")
        passage = _between(text, row["first"], row["last"])
        if passage:
            found.append(Case(row["id"], row["part"], row["label"], row["kind"], row["claim"], passage))
    return found
