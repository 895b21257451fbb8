"""Stage *chunks*: documents become the pieces that are indexed. Sentences are never cut.

Blocks of one section path are packed together up to a token budget by LlamaIndex's SentenceSplitter,
which gets our sentence rule and the embedding model's tokenizer; title and section path go with a chunk
as metadata that is embedded but never quoted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

from surveyqa.documents import Block, BlockKind, Document, DocumentKind
from surveyqa.text.sentences import sentence_spans

CHUNKER_VERSION = 5
CHUNK_TOKENS = 170  # about 120 words; MiniLM reads 256 tokens, some of which are the context


@dataclass(frozen=True)
class Chunk:
    """The indexed piece.

    id:     content-derived (document, path and text), stable between builds.
    path:   section path, numbered sections with their number.
    pages:  (offset in text, page) pairs, ascending; empty without pages.
    span:   (start, end) of `text` in the document's running text.
    sentences: (start, end) of each sentence in `text`, without the run-in heading before it unless that is
            its subject.
    cites:  (start, end, reference or paper key) in `text`.
    quote:  the part of `text` that may be quoted, where that is not the whole: a table row is told with its
            caption and columns, but only its own cells are printed so.
    """

    id: str
    document: str
    kind: DocumentKind
    form: BlockKind
    title: str
    path: tuple[str, ...]
    pages: tuple[tuple[int, int], ...]
    span: tuple[int, int]
    text: str
    sentences: tuple[tuple[int, int], ...]
    cites: tuple[tuple[int, int, str], ...]
    quote: tuple[int, int] | None = None

    @property
    def section(self) -> str | None:
        """'2.3.1 Parameter-Efficient Fine-Tuning > Prefix Tuning': from the deepest numbered section on."""
        numbered = [i for i, part in enumerate(self.path) if part[:1].isdigit()]
        return " > ".join(self.path[numbered[-1] if numbered else 0 :]) or None

    @property
    def number(self) -> str:
        """'2.3.1': the number of the deepest numbered section, or the first word of what there is instead;
        what stands before every heading, the title and the authors, goes with the abstract."""
        return (self.section or "Abstract").split(" ")[0]

    @property
    def context(self) -> str:
        """What is embedded and searched with the text, but never quoted."""
        place = self.section
        return f"{self.title}: {place}" if place and place != self.title else self.title

    def page_at(self, offset: int) -> int | None:
        """The page on which character `offset` of the text stands."""
        return next((page for start, page in reversed(self.pages) if start <= offset), None)


def make_chunks(
    documents: Iterable[Document], count_tokens: Callable[[str], Sequence[Any]]
) -> Iterator[Chunk]:
    """Chunks of all documents, in order; `count_tokens` maps a text to its tokens.

    Two chunks of one document with the same path and text are one chunk.
    """
    from llama_index.core.node_parser import SentenceSplitter

    splitter = SentenceSplitter(
        chunk_size=CHUNK_TOKENS,
        chunk_overlap=0,
        tokenizer=count_tokens,
        paragraph_separator="\n",
        chunking_tokenizer_fn=_pieces,
        include_metadata=False,
    )
    seen: set[str] = set()
    for document in documents:
        offset = 0
        for (path, form), group in groupby(document.blocks, key=lambda block: (block.path, _form(block))):
            # a table row, a caption and a figure's leaf are read on their own
            blocks = list(group)
            whole_run = form == "paragraph" and document.kind != "guide"  # a statement stands alone
            for unit in [blocks] if whole_run else [[block] for block in blocks]:
                joined = _join(unit)
                whole = form in ("table-row", "figure-list")
                for start, end in [(0, len(joined.text))] if whole else _split(splitter, joined.text):
                    chunk = _cut(document, path, form, joined, start, end, offset)
                    if chunk.id not in seen and chunk.text:
                        seen.add(chunk.id)
                        yield chunk
                offset += len(joined.text) + 1


def _form(block: Block) -> BlockKind:
    return "paragraph" if block.kind in ("paragraph", "bullet", "equation", "footnote") else block.kind


@dataclass(frozen=True)
class _Joined:
    text: str
    pages: tuple[tuple[int, int], ...]
    leads: tuple[tuple[int, int], ...]
    cites: tuple[tuple[int, int, str], ...]
    quote: tuple[int, int] | None = None


def _join(blocks: Sequence[Block]) -> _Joined:
    text, pages, leads, cites = "", [], [], []
    for block in blocks:
        at = len(text)
        pages += [(at + start, page) for start, page in block.pages]
        leads += [(at, at + block.lead)] if block.lead else []
        cites += [(at + start, at + end, key) for start, end, key in block.cites]
        text += block.text + "\n"
    quote = blocks[0].quote if len(blocks) == 1 else None
    return _Joined(text[:-1], tuple(pages), tuple(leads), tuple(cites), quote)


def _pieces(text: str) -> list[str]:
    """Sentences with the white space after them, so that they join to the text again."""
    starts = [start for start, _ in sentence_spans(text)]
    bounds = [0, *starts[1:], len(text)]
    return [text[a:b] for a, b in pairwise(bounds)]


def _split(splitter: Any, text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of each piece that the splitter makes of `text`.

    A sentence longer than the budget is cut by the splitter; its parts are put together again.
    """
    ends = {end for _, end in sentence_spans(text)}
    at = start = 0
    for piece in splitter.split_text(text):
        at = text.index(piece.strip()[:40], at) if piece.strip() else at
        end = at + len(piece.strip())
        at = end
        if end in ends:
            yield start, end
            start = end
    if text[start:].strip():
        yield start, len(text)


def _cut(
    document: Document,
    path: tuple[str, ...],
    form: BlockKind,
    joined: _Joined,
    start: int,
    end: int,
    offset: int,
) -> Chunk:
    while start < end and joined.text[start].isspace():
        start += 1
    text = joined.text[start:end]
    before = [page for at, page in joined.pages if at <= start]
    pages = ([(0, before[-1])] if before else []) + [
        (at - start, page) for at, page in joined.pages if start < at < end
    ]
    leads = [(a - start, b - start) for a, b in joined.leads]
    sentences = []
    for a, b in [(0, len(text))] if form in ("table-row", "figure-list") else sentence_spans(text):
        for lead_start, lead_end in leads:
            if lead_start <= a < lead_end and not text[lead_end:b].lstrip()[:1].islower():
                a = min(lead_end, b)  # else the heading is the subject: "Pruning removes ..."
        while a < b and text[a].isspace():
            a += 1
        if a < b:
            sentences.append((a, b))
    digest = hashlib.blake2b(digest_size=8)
    for part in (document.key, *path, text):
        digest.update(part.encode() + b"\0")
    return Chunk(
        id=digest.hexdigest(),
        document=document.key,
        kind=document.kind,
        form=form,
        title=document.title,
        path=path,
        pages=tuple(pages),
        span=(offset + start, offset + end),
        text=text,
        sentences=tuple(sentences),
        cites=tuple(
            (a - start, b - start, key) for a, b, key in joined.cites if start <= a < end or start < b <= end
        ),
        quote=joined.quote,
    )
