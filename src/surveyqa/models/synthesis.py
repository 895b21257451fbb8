"""Answers over several passages: comparison tables, and paragraphs of related work with BibTeX.

A table has a row for each method and a column for each property; a cell is one sentence that names the
method (or goes on about it) and speaks of the property, with its citation, or nothing. A language model may
shorten a cell; what it writes passes the same check as everything else, or the verbatim sentence stays.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from surveyqa.answering.contract import Answer, Engine, Sentence, Source
from surveyqa.answering.retrieval import LEANS, Passage
from surveyqa.answering.selection import Statement
from surveyqa.catalog import Catalog, Paper
from surveyqa.catalog.formats import format_papers
from surveyqa.errors import LLMError
from surveyqa.models import prompts
from surveyqa.models.generate import (
    MAX_NEW,
    Evidence,
    Language,
    MakeSource,
    PageSpans,
    SentenceReader,
    parse_sentence,
    token_for,
)
from surveyqa.models.llm import Model, Usage
from surveyqa.text.terms import tokenize
from surveyqa.understand.question import Question

Search = Callable[[str], Sequence[Passage]]

MAX_ROWS, MAX_COLUMNS = 6, 6
MAX_CALLS = 18  # of a model for one table

# What a comparison shows when no property is named. A figure is asked for by its form, the rest by words.
PROPERTIES: Mapping[Language, tuple[str, ...]] = {
    "en": ("idea", "reported result", "limitation"),
    "zh": ("思路", "报告的结果", "局限"),
}
_KNOWN = {
    "idea": re.compile(
        r"\b(?:propos|introduc|design|develop|is an?\b|uses?\b|employ|adopt|add|combin|keep|quantiz|prun)",
        re.I,
    ),
    "reported result": re.compile(
        r"\d+(?:\.\d+)?\s*(?:%|×|x\b|times|bits?\b|[BM]\b|GB|hours?|GPUs?)|\boutperform|\bsuperior|\bspeed-?up|\bfaster|\bachiev",
        re.I,
    ),
    "limitation": re.compile(
        r"\bhowever\b|\bfall(?:s|ing)? short|\bfails? to\b|\bstruggl|\bdifficult to\b|(?<!un)\blimitations?\b"
        r"|\bdrawback|\bat the cost of|\bsuffer",
        re.I,
    ),
}
_KNOWN |= {"思路": _KNOWN["idea"], "报告的结果": _KNOWN["reported result"], "局限": _KNOWN["limitation"]}
_SEARCH = {
    "idea": "What is {name}?",
    "reported result": "What results does {name} achieve?",
    "limitation": "What are the limitations of {name}?",
}
_SEARCH |= {"思路": _SEARCH["idea"], "报告的结果": _SEARCH["reported result"], "局限": _SEARCH["limitation"]}

# A table is wanted, as against one of the survey's being asked about.
_TABLE = re.compile(
    r"\b(?:in|as|into|make|draw|build|give|show|create)(?: me| us)? (?:a|one) (?:\w+ ){0,2}table\b"
    r"|\btabulate\b|\bside by side\b|"
    r"(?:用|以|做|画|列)(?:一?[个张])?表格|列表对比",
    re.I,
)
_COMPARE = re.compile(r"\bcompar(?:e|ison|ing)\b|对比|比较", re.I)
_TERMS_OF = re.compile(
    r"\b(?:in terms of|with respect to|regarding|by (?:their|its)|by(?! side))\s+([\w\s,&-]{3,120}?)[.?!]*$",
    re.I,
)
_RELATED = re.compile(
    r"^(?:please\s+)?(?:(?:can|could) you\s+)?(?:write|draft|compose|give)\b.{0,30}?"
    r"\b(?:related[- ]work|literature(?:[- ]review)?|background)\b"
    r"(?:\s+(?:paragraph|section|summary|review))?(?:\s+(?:on|about|for|of))\s+(?P<topic>.{2,200}?)[.?!]*$"
    r"|(?:写|给).{0,12}?(?:关于|有关)(?P<zh>.{2,80}?)的?(?:相关工作|文献综述|研究现状).{0,6}$",
    re.I,
)


def related_topic(text: str) -> str | None:
    """The topic of "write a related-work paragraph on ...", None for another question."""
    found = _RELATED.match(text.strip())
    return (found["topic"] or found["zh"]).strip() if found else None


def table_of(question: Question) -> tuple[tuple[str, ...], tuple[str, ...] | None] | None:
    """(names, properties or None) where a question wants a table: several methods to be compared."""
    names = tuple(dict.fromkeys(name.text for name in question.names))
    asked = _TABLE.search(question.text) is not None
    if len(names) < 2 or not (asked or (len(names) >= 3 and _COMPARE.search(question.text))):
        return None
    terms = _TERMS_OF.search(question.text)
    wanted = [t.strip(" .?") for t in re.split(r",|&|\band\b", terms[1])] if terms else []
    properties = tuple(t for t in wanted if t and not any(n.casefold() == t.casefold() for n in names))
    return names[:MAX_ROWS], properties[:MAX_COLUMNS] or None


@dataclass(frozen=True)
class Cell:
    """One sentence on one method and one property; source: id in the comparison's sources."""

    text: str
    source: int


@dataclass(frozen=True)
class Comparison:
    """Methods by properties. `cells` lacks what no source states."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: Mapping[tuple[str, str], Cell]
    sources: tuple[Source, ...]

    def markdown(self) -> str:
        """The table in Markdown, with [1] marks."""

        def shown(row: str, column: str) -> str:
            cell = self.cells.get((row, column))
            return f"{cell.text} [{cell.source}]".replace("|", "\\|") if cell else ""

        lines = ["| | " + " | ".join(self.columns) + " |", "| --- " * (len(self.columns) + 1) + "|"]
        lines += [f"| {row} | " + " | ".join(shown(row, c) for c in self.columns) + " |" for row in self.rows]
        return "\n".join(lines)

    def sentences(self) -> tuple[Sentence, ...]:
        """Each cell as a sentence of an answer, a sentence that fills two cells once."""
        found: dict[tuple[str, int], Sentence] = {}
        for cell in (self.cells[key] for key in self._keys()):
            found.setdefault((cell.text, cell.source), Sentence(cell.text, (cell.source,), "supported"))
        return tuple(found.values())

    def answer(self, question: str, engine: Engine) -> Answer:
        status: Literal["answered", "no_answer"] = "answered" if self.cells else "no_answer"
        table = {
            "columns": list(self.columns),
            "rows": [
                {
                    "name": row,
                    "cells": [
                        {"text": cell.text, "citations": [cell.source]}
                        if (cell := self.cells.get((row, c)))
                        else None
                        for c in self.columns
                    ],
                }
                for row in self.rows
            ],
        }
        return Answer(question, status, self.markdown(), self.sentences(), self.sources, engine, table=table)

    def _keys(self) -> list[tuple[str, str]]:
        return [(r, c) for r in self.rows for c in self.columns if (r, c) in self.cells]


def compare(
    names: Sequence[str],
    properties: Sequence[str] | None,
    search: Search,
    source: MakeSource,
    page_spans: PageSpans,
    language: Language = "en",
    model: Model | None = None,
    usage: Usage | None = None,
) -> Comparison:
    """A comparison of `names` by `properties` (idea, reported result and limitation without them).

    search: passages for a question, best first. With a model, cells are written by it from the passage that
    states them, and checked; one that does not hold, or a model that fails, leaves the verbatim sentence.
    """
    columns = tuple(dict.fromkeys(properties or PROPERTIES[language]))[:MAX_COLUMNS]
    rows = tuple(dict.fromkeys(names))[:MAX_ROWS]
    cells: dict[tuple[str, str], Cell] = {}
    sources: list[Source] = []
    places: dict[tuple[str, int, int], int] = {}
    usage = usage or Usage()
    for row in rows:
        taken: set[str] = set()
        for column in columns:
            passages = search(_SEARCH.get(column, "{name}: " + column).format(name=row))
            best = _best_cell(row, column, passages, taken)
            if best is None:
                continue
            passage, (start, end) = best
            text = passage.chunk.text[start:end]
            taken.add(text)
            if model is not None and usage.calls < MAX_CALLS:
                try:
                    text = _written(row, column, passage, language, model, usage) or text
                except LLMError:
                    model = None  # once is enough: the verbatim sentences are there
            _, a, b = page_spans(passage.chunk, start, end)[0]
            place = (passage.chunk.id, a, b)
            if place not in places:
                places[place] = len(sources) + 1
                sources.append(source(len(sources) + 1, passage, a, b))
            cells[row, column] = Cell(" ".join(text.split()), places[place])
    return Comparison(rows, columns, cells, tuple(sources))


def _best_cell(
    name: str, column: str, passages: Sequence[Passage], taken: set[str]
) -> tuple[Passage, tuple[int, int]] | None:
    """The sentence on `name` that speaks of `column`: the best in the best passage that has one."""
    pattern = _KNOWN.get(column)
    wanted = set(tokenize(column)) if pattern is None else set()
    best: tuple[float, Passage, tuple[int, int]] | None = None
    for rank, passage in enumerate(passages):
        about = False
        for n, (a, b) in enumerate(passage.chunk.sentences):
            text = passage.chunk.text[a:b]
            named = _is_about(text, name)
            about = named or (about and LEANS.match(text) is not None and not _speaks_of_another(text))
            if not about or text in taken or passage.chunk.form not in ("paragraph", "bullet"):
                continue
            hits = len(pattern.findall(text)) if pattern else len(wanted & set(tokenize(text)))
            if not hits or (pattern is None and hits * 2 < len(wanted)):
                continue
            score = min(hits, 3) + 2.0 * named - 0.6 * rank + passage.lines[n].score
            if best is None or score > best[0]:
                best = (score, passage, (a, b))
    return best and (best[1], best[2])


def _named(name: str) -> str:
    return rf"(?<![\w-]){re.escape(name)}(?![\w+-])"


def _speaks_of(text: str, name: str) -> bool:
    return re.search(_named(name), text, re.I) is not None


# What a sentence begins with before its subject: "To improve LoRA, ..." is not about LoRA.
_ASIDE = re.compile(
    r"^(?:To|Unlike|Different from|Building on|Built on|Compared (?:to|with)|Based on|Similar to|"
    r"In contrast to|Given|While|Although|As opposed to|Inspired by|Following|Instead of|Rather than)\b"
    r"[^,]{0,160},"
)


def _is_about(text: str, name: str) -> bool:
    """Whether a sentence begins with `name`, or says that somebody made it."""
    text = _ASIDE.sub("", text)
    made = r"\b(?:propos|introduc|present|develop|design|call|named|dubbed)\w*\W+(?:\w+\W+){0,4}?"
    opening = rf"^(?!(?:It|They|This|These|He|She|We)\b)(?:\W*\w+\W+){{0,2}}?\W*{_named(name)}"
    return re.search(rf"{opening}|{made}{_named(name)}", text, re.I) is not None


def _speaks_of_another(text: str) -> bool:
    """Whether a leaning sentence brings a new subject in: "Building on this, X proposes ..."."""
    return re.search(r"\b(?:propos|introduc|present)(?:e|es|ed)\b", text) is not None


def _written(
    name: str, column: str, passage: Passage, language: Language, model: Model, usage: Usage
) -> str | None:
    """The model's sentence for a cell, None where it does not hold. Raises LLMError."""
    evidence = Evidence([passage])
    blocks = evidence.blocks()
    if not blocks:
        return None
    reply = model.complete(
        prompts.cell(name, column, blocks, token_for(blocks), language), MAX_NEW // 4, usage
    )
    reader = SentenceReader()
    raw = next(iter([*reader.feed(reply), reader.rest()]), "")
    written = parse_sentence(raw)
    judged = evidence.judge(written)
    good = judged.supported and judged.label == "supported" and _speaks_of(written.text, name)
    return written.text if good and len(written.text) < 400 else None


# ---- related work ---------------------------------------------------------------------------------


PARAGRAPH = 170  # words of an extractive paragraph of related work


def related_statements(passages: Sequence[Passage]) -> list[Statement]:
    """Sentences that cite papers, the best within the budget, in the order of the passages."""
    options = []
    for n, passage in enumerate(passages):
        chunk = passage.chunk
        for i, (a, b) in enumerate(chunk.sentences):
            cites = any(a <= start and end <= b for start, end, _ in chunk.cites)
            if cites and chunk.form in ("paragraph", "bullet") and not LEANS.match(chunk.text[a:b]):
                options.append((passage.lines[i].score, n, a, b))
    chosen: list[tuple[int, int, int]] = []
    spent = 0
    for _, n, a, b in sorted(options, key=lambda option: -option[0]):
        words = len(passages[n].chunk.text[a:b].split())
        if not chosen or spent + words <= PARAGRAPH:
            chosen.append((n, a, b))
            spent += words
    return [Statement(passages[n].chunk.text[a:b], n, a, b) for n, a, b in sorted(chosen)]


def with_bibtex(answer: Answer, catalog: Catalog) -> Answer:
    """`answer` with the BibTeX of the papers that its cited quotes name, in order of citation."""
    cited = [i for sentence in answer.sentences for i in sentence.citations]
    by_id = {source.id: source for source in answer.sources}
    papers: dict[str, Paper] = {}
    by_arxiv = {p.arxiv_id: p.key for p in catalog.papers if p.arxiv_id}
    for source in (by_id[i] for i in dict.fromkeys(cited) if i in by_id):
        own = by_arxiv.get(source.arxiv_id or "") if source.kind == "abstract" else None
        for key in (own, *(p.key for p in source.papers)):
            if key in catalog.by_key:
                papers.setdefault(str(key), catalog.by_key[str(key)])
    return replace(answer, bibtex=format_papers(tuple(papers.values()), "bibtex")) if papers else answer
