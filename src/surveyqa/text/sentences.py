"""Where sentences begin and end in scholarly English.

Punkt and pysbd both cut after "et al." and inside "(e.g. GPTQ)"; a wrong cut here becomes a wrong quote,
so the rule is written down: a sentence ends at . ! or ? (with closing quotes or brackets) before white
space and a capital, a digit or an opening mark, unless an abbreviation or an initial stands before it
or a bracket is still open.
"""

from __future__ import annotations

import re

_END = re.compile(r"[.!?]+[\"'”’)\]]*(?=\s+[\"'“‘(\[•]*(?:[A-Z0-9α-ω•]|[a-z]{1,3}[A-Z])|\s*$)|\n+|[。!?]")
_ABBREVIATION = re.compile(
    r"(?:\b(?:et al|e\.g|i\.e|cf|vs|Fig|Figs|Eq|Eqs|Sec|Tab|No|Dr|Prof|resp|approx|w\.r\.t|a\.k\.a|St|al)"
    r"|\b[A-Z])\.$"
)
_STARTS_NEW = re.compile(r"\s+(?:The|This|These|It|In|However|For|To|Moreover|We|They|A|An)\b")


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """(start, end) of each sentence of `text`, without the white space between them."""
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _END.finditer(text):
        end = match.end()
        head = text[start:end]
        if match.group()[0] == "." and _ABBREVIATION.search(head.rstrip("\"'”’)]")):
            # "... of Chen et al. The" does end a sentence; "et al. (2023)" and "J. Smith" do not.
            ends = head.endswith("al.") and _STARTS_NEW.match(text, end)
            if not ends:
                continue
        if head.count("(") > head.count(")") and "\n" not in match.group() and end - start < 600:
            continue
        _add(spans, text, start, end)
        start = end
    _add(spans, text, start, len(text))
    return spans


def _add(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        spans.append((start, end))
