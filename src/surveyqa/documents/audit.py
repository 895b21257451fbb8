"""How well a PDF was read: what `surveyqa doctor --corpus` prints.

The text of each page is taken a second time, straight from pdfium, so that the blocks are not compared
with themselves.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from surveyqa.documents import Block, Document
from surveyqa.documents.drafts import PageFlow
from surveyqa.documents.layout import page_lines
from surveyqa.documents.reader import Assembly, Source, assemble, open_pdf, read_source

_LONG = 25  # letters; a longer word is taken for two that are glued
_OTHERWISE = str.maketrans({"∑": "P", "∏": "Q"})  # letters that pdfium tells for TeX's large operators


@dataclass(frozen=True)
class Audit:
    """Counts of one reading; the lists name what is wrong, and are empty when all is well.

    on_page:  blocks whose text (or quote) stands on the pages they name, on letters and digits
    headings: distinct run-in headings and bold bullets
    outline:  entries of the PDF's outline; found: those that begin a section of the reading
    links:    link annotations to the bibliography; resolved: those whose place has an entry
    covered:  words in some block or heading, of `words` printed before the references outside figures
    """

    pages: int
    blocks: int
    on_page: int
    astray: tuple[str, ...]
    glued: tuple[str, ...]
    furniture: tuple[str, ...]
    spanning: tuple[str, ...]
    labels: tuple[str, ...]
    outline: int
    found: int
    headings: int
    rows: tuple[tuple[str, int], ...]
    lists: int
    links: int
    resolved: int
    cited: int
    references: int
    words: int
    covered: int
    uncovered: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def coverage(self) -> float:
        return self.covered / self.words if self.words else 1.0

    @property
    def resolution(self) -> float:
        return self.resolved / self.links if self.links else 1.0


def audit(path: str | Path) -> Audit:
    """Read the PDF at `path` in this process and measure the reading."""
    path = Path(path)
    source = read_source(path)
    made = assemble(source, "survey", "survey", None, None, None, path.stem)
    document, flow = made.document, made.flow
    texts = _page_letters(path)
    astray = [block for block in document.blocks if not _on_pages(block, texts)]
    body = [block for block in document.blocks if block.kind in ("paragraph", "bullet", "footnote")]
    furniture = {_letters(line.plain) for page in flow.pages for line in page.furniture}
    titles = [heading.title for heading in flow.headings]
    printed = _body_letters(flow.pages)
    links, resolved = _link_counts(source, made)
    words, missed = _coverage(source, made)
    return Audit(
        pages=document.page_count,
        blocks=len(document.blocks),
        on_page=len(document.blocks) - len(astray),
        astray=tuple(block.text[:80] for block in astray),
        glued=tuple(sorted({word for block in body for word in _long_words(block.text)})),
        furniture=tuple(
            block.text[:80]
            for block in body
            if any(len(line) > 12 and line in _letters(block.text) for line in furniture)
        ),
        spanning=tuple(
            block.text[:80]
            for block in body
            if any(re.match(r"\d", title) and _letters(title) in _letters(block.text) for title in titles)
        ),
        labels=tuple(block.text[:80] for block in body if not _on_pages(block, printed)),
        outline=len(source.outline),
        found=_outline_found(source, titles),
        headings=len({block.path for block in body if block.lead}),
        rows=tuple(sorted(_rows(document).items())),
        lists=sum(block.kind == "figure-list" for block in document.blocks),
        links=links,
        resolved=resolved,
        cited=len({key for block in document.blocks for _, _, key in block.cites}),
        references=len(document.references),
        words=words,
        covered=words - len(missed),
        uncovered=tuple(missed),
        warnings=document.warnings,
    )


def _letters(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.translate(_OTHERWISE)).casefold()
    return "".join(char for char in plain if char.isalnum())


def _page_letters(path: Path) -> dict[int, str]:
    pdf = open_pdf(path)
    try:
        found = {}
        for number in range(1, len(pdf) + 1):
            textpage = pdf[number - 1].get_textpage()
            found[number] = _letters(textpage.get_text_range())
            textpage.close()
        return found
    finally:
        pdf.close()


def _body_letters(pages: Sequence[PageFlow]) -> dict[int, str]:
    return {
        page.page.number: _letters(" ".join(line.plain for line in (*page.body, *page.footnotes)))
        for page in pages
    }


def _parts(block: Block) -> Iterator[tuple[int, str]]:
    """(page, text on it) of what may be quoted of `block`."""
    first, last = block.quote or (0, len(block.text))
    for (start, page), (end, _) in zip(block.pages, (*block.pages[1:], (len(block.text), 0)), strict=True):
        yield page, block.text[max(start, first) : min(end, last)]


def _on_pages(block: Block, letters: dict[int, str]) -> bool:
    return bool(block.pages) and all(_letters(text) in letters.get(page, "") for page, text in _parts(block))


def _long_words(text: str) -> list[str]:
    text = re.sub(r"(https?://|www\.)\S+|\S+@\S+", " ", text)
    return [word for word in re.findall(r"[^\W\d_]+", text) if len(word) > _LONG]


def _outline_found(source: Source, titles: list[str]) -> int:
    printed = Counter(_letters(re.sub(r"^[\dA-Z](\.?\d+)*\.?\s+", "", title)) for title in titles)
    wanted = Counter(_letters(heading.title) for heading in source.outline)
    return sum((printed & wanted).values())


def _rows(document: Document) -> dict[str, int]:
    rows: Counter[str] = Counter()
    for block in document.blocks:
        if block.kind == "table-row":
            rows[block.text.split(":")[0]] += 1
    return dict(rows)


def _link_counts(source: Source, made: Assembly) -> tuple[int, int]:
    """Links to places that are named as citations, and those with an entry."""
    names = [made.links.name(link) or "" for page in source.pages for link in page.links if link.page]
    cites = [name for name in names if name.startswith("cite.") or name in made.keys]
    return len(cites), sum(name in made.keys for name in cites)


def _coverage(source: Source, made: Assembly) -> tuple[int, list[str]]:
    """Words printed before the references, outside figures and furniture, and those that are in no block."""
    told: dict[int, list[str]] = {}
    for block in made.document.blocks:
        for page, text in _parts(block):
            told.setdefault(page, []).append(_letters(text))
        for page in {page for _, page in block.pages}:
            told.setdefault(page, []).append(_letters(block.text))
    for heading in made.flow.headings:
        told.setdefault(heading.page, []).append(_letters(heading.title))
    entries = {id(glyph) for line in made.flow.references for glyph in line.glyphs}
    end = min((line.page for line in made.flow.references), default=len(source.pages) + 1)
    total, missed = 0, []
    for printed, flow in zip(source.pages, made.flow.pages, strict=True):
        if printed.number > end:
            break
        figures = [line for item in flow.floats if item.kind == "figure" for line in item.lines]
        aside = entries | {id(glyph) for line in (*figures, *flow.furniture) for glyph in line.glyphs}
        kept = [glyph for glyph in printed.glyphs if not glyph.inside and id(glyph) not in aside]
        for line in page_lines(printed, kept):
            if any(_covers(box, line.x0, line.y) for box in printed.figures):
                continue
            words = [word for word in line.plain.split() if _letters(word)]
            total += len(words)
            texts = told.get(printed.number, [])
            if not any(_letters(line.plain) in text for text in texts):
                missed += [word for word in words if not any(_letters(word) in text for text in texts)]
    return total, missed


def _covers(box: tuple[float, float, float, float], x: float, y: float) -> bool:
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]
