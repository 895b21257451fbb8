"""Sentences as models write them, judged by the real pipeline against the real survey.

`python tests/generated.py` prints the figures; the passages are found by page and words, and stand among
their neighbours, the four blocks around them, as the hardest of wrong passages.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from surveyqa.answering.passages import Passage
from surveyqa.answering.retrieval import Line
from surveyqa.documents import Block, Document
from surveyqa.documents.pdf import read_pdf
from surveyqa.index.chunks import Chunk
from surveyqa.models.generate import Evidence, Judged, SentenceReader, parse_sentence
from surveyqa.text.sentences import sentence_spans

ROWS = Path(__file__).parent / "data" / "generated_sentences.jsonl"
WORDS = 130  # of a passage, about what the retriever gives


@dataclass(frozen=True)
class Outcome:
    text: str
    faithful: bool
    judged: Judged

    @property
    def language(self) -> str:
        return "zh" if re.search("[\u4e00-\u9fff]", self.text) else "en"

    @property
    def right(self) -> bool:
        return self.judged.supported == self.faithful


def passages_of(document: Document, words: str, page: int) -> list[Passage]:
    """The window of sentences around `words`, then the windows before and after it: what stands nearest."""
    blocks = [b for b in document.blocks if b.kind in ("paragraph", "bullet")]
    place = next(
        n
        for n, b in enumerate(blocks)
        if letters(words) in letters(b.text) and any(abs(at - page) <= 1 for _, at in b.pages)
    )
    block = blocks[place]
    spans = sentence_spans(block.text)
    text = [letters(block.text[:b]) for _, b in spans]
    middle = next(n for n, head in enumerate(text) if letters(words) in head)
    first = last = middle
    while len(block.text[spans[first][0] : spans[last][1]].split()) < WORDS:
        if first > 0 and (last + 1 >= len(spans) or middle - first <= last - middle):
            first -= 1
        elif last + 1 < len(spans):
            last += 1
        else:
            break
    parts = [(block, spans[first : last + 1])]
    if spans[:first]:
        parts.append((block, spans[max(0, first - 5) : first]))
    if spans[last + 1 :]:
        parts.append((block, spans[last + 1 : last + 6]))
    for other in (place - 1, place + 1, place - 2, place + 2):
        if 0 <= other < len(blocks) and len(parts) < 5:
            parts.append((blocks[other], sentence_spans(blocks[other].text)[:5]))
    return [_passage(document, b, group) for b, group in parts if group]


def _passage(document: Document, block: Block, group: list[tuple[int, int]]) -> Passage:
    start, end = group[0][0], group[-1][1]
    pages = [(max(0, at - start), page) for at, page in block.pages if at < end]
    chunk = Chunk(
        id=f"{hash(block.text[start:end]) & 0xFFFFFFFF:08x}",
        document="survey",
        kind="survey",
        form="paragraph",
        title=document.title,
        path=block.path,
        pages=tuple(pages),
        span=(0, end - start),
        text=block.text[start:end],
        sentences=tuple((a - start, b - start) for a, b in group),
        cites=(),
    )
    return Passage(chunk, 1.0, tuple(Line() for _ in group), 0)


def letters(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum())


def outcomes(document: Document, glossary: Mapping[str, str]) -> list[Outcome]:
    """Every sentence of the set, judged with its passage as number 1 of five."""
    out = []
    for line in ROWS.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        evidence = Evidence(passages_of(document, row["words"], row["page"]), glossary)
        for faithful, name in ((True, "faithful"), (False, "corrupt")):
            for raw in row[name]:
                reader = SentenceReader()
                (read,) = [*reader.feed(raw + "\n"), *filter(None, [reader.rest()])]
                out.append(Outcome(raw, faithful, evidence.judge(parse_sentence(read))))
    return out


def rates(found: list[Outcome]) -> dict[str, tuple[int, int]]:
    """(right, all) by language and kind."""
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for o in found:
        for name in (o.language, "all"):
            key = f"{'kept' if o.faithful else 'caught'} {name}"
            total[key] += 1
            right[key] += o.right
    return {key: (right[key], total[key]) for key in sorted(total)}


if __name__ == "__main__":
    root = Path(__file__).resolve().parent.parent
    shared = Path(os.environ.get("SURVEYQA_SHARED") or root.parent / "shared")
    words = json.loads((root / "corpus" / "glossary-zh.json").read_text(encoding="utf-8"))
    result = outcomes(read_pdf(shared / "corpus" / "survey.pdf", key="survey", kind="survey"), words)
    for o in result:
        if not o.right:
            print("LOST  " if o.faithful else "PASSED", o.text, "|", o.judged.reason or o.judged.carriers)
    for key, (a, b) in rates(result).items():
        print(f"{key:12} {a}/{b} = {a / b:.3f}")
