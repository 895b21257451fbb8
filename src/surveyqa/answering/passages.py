"""Passages: the window of sentences around a good one, grown over chunk borders within its section: what a
reader would mark in the margin."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from surveyqa import logs as trace
from surveyqa.answering.retrieval import Key, Line, Lines, Query, Retrieval, look
from surveyqa.index import Index
from surveyqa.index.chunks import Chunk

WINDOW = 155  # words that a passage grows to; a passage of a survey's paragraph holds about five sentences
WORDS = 780  # words in all passages of an answer together

# A sentence that begins so leans on the one before it.
LEANS = re.compile(
    r"(?:It|They|This|These|Those|Such|Its|Their|He|She|Both|Each|In doing so|By doing so|To this end"
    r"|To address this|To do so|Specifically|Notably|Furthermore|Moreover|In addition|Additionally|However"
    r"|Therefore|Hence|Thus|As a result|Consequently|Instead|Similarly|Likewise|In contrast|Through these"
    r"|Based on (?:this|these|their)|[A-Z][^,.;:()]{3,60}, (?:it|they|this|these|its|their)"
    r"|The (?:first|second|third|former|latter|method|approach|technique|model|framework|system|core|key"
    r"|resulting|authors?|key idea))\b"
)


@dataclass(frozen=True)
class Passage:
    """A window of sentences returned for a question.

    chunk: the indexed piece, its text and offsets widened or narrowed to the window; its id is that of
    the best sentence's chunk. lines: one for each of `chunk.sentences`; best: the number of the best;
    terms: the search terms of its sentences; keys: (chunk, number) of each sentence in the index.
    """

    chunk: Chunk
    score: float
    lines: tuple[Line, ...]
    best: int
    terms: frozenset[str] = frozenset()
    keys: tuple[Key, ...] = ()


def passages_of(
    index: Index, found: Retrieval, n: int, words: int = WORDS, first: Sequence[Key] = ()
) -> list[Passage]:
    """At most `n` passages of at most `words` words together, best first.

    first: sentences that are told, whose windows come before all. Then each name and each part of the
    question gets its best passage before the rest is filled by score.
    """
    lines, query = found.lines, found.query
    ranked = lines.ranked()
    wanted = [*first, *ranked[:1]]
    for i in range(len(query.names)):
        wanted += lines.ranked(lines.names[:, i] >= 0.8)[:1]
    for i in range(len(query.parts)):
        wanted += lines.ranked(by=lines.parts[:, i])[:1]
    passages: list[Passage] = []
    used: set[Key] = set()
    spent = 0
    for number, key in enumerate([*wanted, *ranked]):
        if key in used or (number >= len(first) and (len(passages) >= n or spent >= words - 30)):
            continue
        size = WINDOW if len(first) <= n else WINDOW // 3  # of a long list little is shown around each
        window = _grow(index, key, lines, used, max(1, min(size, words - spent)))
        used |= set(window)
        passage = _passage(index, key, window, lines)
        spent += len(passage.chunk.text.split())
        passages.append(passage)
    if not first:
        passages.sort(key=lambda p: -p.score)
    trace.note(
        "passages",
        lambda: {
            "chosen": [
                {
                    "id": p.chunk.id,
                    "section": p.chunk.section,
                    "score": p.score,
                    "best": vars(p.lines[p.best]),
                    "text": p.chunk.text,
                }
                for p in passages
            ]
        },
    )
    return passages


def retrieve(index: Index, query: Query, n: int, words: int = WORDS) -> list[Passage]:
    """The passages for a query alone, without statements."""
    return passages_of(index, look(index, query), n, words)


def _grow(
    index: Index,
    key: Key,
    lines: Lines,
    used: set[Key],
    words: int,
) -> list[Key]:
    """Sentences around `key`, in order: the better neighbour first, until the window is full."""
    window = [key]
    size = _words(index, key)
    while size < words:
        options = []
        for neighbour, bonus in (
            (_neighbour(index, window[0], -1), 0.0),
            (_neighbour(index, window[-1], 1), 0.02),
        ):
            if neighbour is None or neighbour in used:
                continue
            if bonus == 0.0 and LEANS.match(_text(index, window[0])):
                bonus = 0.2  # what the window's first sentence leans on
            score = lines.score_of(neighbour)
            options.append((score + bonus, neighbour))
        options = [o for o in options if size + _words(index, o[1]) <= words + 25]
        if not options:
            break
        best = max(options)[1]
        window = [best, *window] if best < window[0] else [*window, best]
        size += _words(index, best)
    return window


def _neighbour(index: Index, key: Key, step: int) -> Key | None:
    """The sentence before or after, over a chunk's border if the next chunk goes on in the same section."""
    position, number = key
    chunk = index.chunks[position]
    if 0 <= number + step < len(chunk.sentences):
        return position, number + step
    other = position + step
    if chunk.form != "paragraph":
        return None  # a row, a caption, a figure's leaf is read on its own
    if not 0 <= other < len(index.chunks) or not index.chunks[other].sentences:
        return None
    beside = index.chunks[other]
    same = (beside.document, beside.path, beside.form) == (chunk.document, chunk.path, chunk.form)
    return (other, 0 if step > 0 else len(beside.sentences) - 1) if same else None


def _text(index: Index, key: Key) -> str:
    chunk = index.chunks[key[0]]
    a, b = chunk.sentences[key[1]]
    return chunk.text[a:b]


def _words(index: Index, key: Key) -> int:
    return len(_text(index, key).split())


def _passage(index: Index, key: Key, window: Sequence[Key], lines: Lines) -> Passage:
    whole = merge([index.chunks[p] for p in dict.fromkeys(p for p, _ in window)])
    first = window[0][1]  # the window begins in the first of the merged chunks
    sentences = whole.sentences[first : first + len(window)]
    cut = narrow(whole, sentences)
    return Passage(
        chunk=replace(cut, id=index.chunks[key[0]].id),
        score=lines.score_of(key),
        lines=tuple(lines[k] if k in lines else Line() for k in window),
        keys=tuple(window),
        best=list(window).index(key),
        terms=frozenset().union(*(index.sentence_terms(*k) for k in window)),
    )


def merge(chunks: Sequence[Chunk]) -> Chunk:
    """Consecutive chunks of one section as one; they were parted by one white space."""
    first = chunks[0]
    text, pages, sentences, cites = first.text, list(first.pages), list(first.sentences), list(first.cites)
    for chunk in chunks[1:]:
        at = len(text) + 1
        text += " " + chunk.text
        pages += [(at + o, p) for o, p in chunk.pages if o or not pages or p != pages[-1][1]]
        sentences += [(at + a, at + b) for a, b in chunk.sentences]
        cites += [(at + a, at + b, key) for a, b, key in chunk.cites]
    return replace(
        first,
        text=text,
        pages=tuple(pages),
        sentences=tuple(sentences),
        cites=tuple(cites),
        span=(first.span[0], chunks[-1].span[1]),
    )


def narrow(chunk: Chunk, sentences: Sequence[tuple[int, int]]) -> Chunk:
    """The chunk cut down to some of its sentences, which follow each other."""
    start, end = sentences[0][0], sentences[-1][1]
    pages = [(max(0, o - start), p) for o, p in chunk.pages if o < end]
    kept = [entry for n, entry in enumerate(pages) if n + 1 == len(pages) or pages[n + 1][0] > 0]
    return replace(
        chunk,
        text=chunk.text[start:end],
        pages=tuple(kept),
        sentences=tuple((a - start, b - start) for a, b in sentences),
        cites=tuple((a - start, b - start, key) for a, b, key in chunk.cites if a >= start and b <= end),
        span=(chunk.span[0] + start, chunk.span[0] + end),
    )
