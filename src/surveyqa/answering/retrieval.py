"""Stage *retriever*: the passages that bear on a question, best first.

Chunks are found by two views, fused by a weighted sum: the cosine of question and chunk (Chroma), and
BM25 as a share of what a chunk holding every term of the question could get. The second is absolute, not
relative to the best hit, so that it also tells how much of a question is covered at all. Then sentences
are scored, and a passage is the window of sentences around a good one, grown over chunk borders within
its section: what a reader would mark in the margin.

A sentence that proves a statement gains by how well the statement fits: the statement is in plain words,
which a question is often nearer to than to the survey's sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from surveyqa.answering import trace
from surveyqa.answering.written import Ranking, StatementHit, find_statements
from surveyqa.index import Index
from surveyqa.index.chunks import Chunk
from surveyqa.index.embed import Vectors
from surveyqa.index.lexical import best_first
from surveyqa.text.terms import joined, tokenize
from surveyqa.understand.reading import Reading

DENSE, LEXICAL = 0.5, 0.5  # of a chunk's score
COSINE, COVERED, CHUNK = 0.40, 0.35, 0.25  # of a sentence's score
NAMED = 0.12  # for a sentence on something that the question names
INTRODUCES = 0.25  # for the sentence that says what something is, where that is asked
OPENS = 0.15  # for the sentence that opens the section on what is named
CANDIDATES = 40  # chunks from each view
WINDOW = 155  # words that a passage grows to; a passage of a survey's paragraph holds about five sentences
WORDS = 780  # words in all passages of an answer together
PROVES = 0.2  # for the sentences that prove the best statement, less for those farther behind it
BEHIND = 3.0  # score behind the best statement at which a sentence gains nothing

# A sentence that begins so leans on the one before it.
LEANS = re.compile(
    r"(?:It|They|This|These|Those|Such|Its|Their|He|She|Both|Each|In doing so|By doing so|To this end"
    r"|To address this|To do so|Specifically|Notably|Furthermore|Moreover|In addition|Additionally|However"
    r"|Therefore|Hence|Thus|As a result|Consequently|Instead|Similarly|Likewise|In contrast|Through these"
    r"|Based on (?:this|these|their)|[A-Z][^,.;:()]{3,60}, (?:it|they|this|these|its|their)"
    r"|The (?:first|second|third|former|latter|method|approach|technique|model|framework|system|core|key"
    r"|resulting|authors?|key idea))\b"
)

_CITES = re.compile(r"\((?:[^()]*\b(?:19|20)\d\d[a-z]?[^()]*)\)|\bet al\.")


Key = tuple[int, int]  # position of a chunk, number of a sentence in it


@dataclass(frozen=True)
class Query:
    """What is searched for.

    text is embedded; terms are looked up with their weights; names (each a set of forms in one piece, see
    `lexical.joined`) must not be mixed up with others; parts are the single things asked, in their own words.
    compares: what is named is compared; defines: forms of what the question wants to be told what it is.
    """

    text: str
    terms: Mapping[str, float]
    names: tuple[frozenset[str], ...] = ()
    parts: tuple[str, ...] = ()
    compares: bool = False
    defines: frozenset[str] = frozenset()

    @classmethod
    def plain(cls, text: str) -> Query:
        return cls(text, dict.fromkeys(tokenize(text), 1.0))


@dataclass(frozen=True)
class Hit:
    """A chunk and how well it fits: position in the index, score and its two parts."""

    position: int
    score: float
    dense: float
    lexical: float


@dataclass(frozen=True)
class Line:
    """A sentence among the candidates.

    score:   how well it fits the whole question; parts: how well each part of it.
    covered: share of the question's terms that it holds, by their weight in the index.
    names:   for each name of the question 1 where the sentence is about it, 0.8 where it speaks of it,
             0.7 where it goes on about it, else 0.
    opens:   it is the first of its section.
    introduces: it says first what something named is, where that is asked.
    """

    score: float = 0.0
    cosine: float = 0.0
    covered: float = 0.0
    names: tuple[float, ...] = ()
    parts: tuple[float, ...] = ()
    opens: bool = False
    introduces: bool = False


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


def find_chunks(
    index: Index, query: Query, n: int = CANDIDATES, vector: NDArray[np.float32] | None = None
) -> list[Hit]:
    """The best chunks of both views, best first; one that neither knows never enters."""
    if vector is None:
        vector = index.encode([query.text])[0]
    dense = dict(index.nearest(vector, n))
    lexical = index.lexical.share(query.terms)
    missing = [i for i in best_first(lexical, n) if i not in dense]
    hits = _hits(index, [*dense, *missing], lexical, vector, dense)
    trace.note(
        "candidates",
        lambda: {
            "query": query.text,
            "weights": {"dense": DENSE, "lexical": LEXICAL},
            "chunks": [
                {"id": index.chunks[h.position].id, "section": index.chunks[h.position].section, **vars(h)}
                for h in hits
            ],
        },
    )
    return hits


def _hits(
    index: Index,
    positions: Sequence[int],
    lexical: NDArray[np.float32],
    vector: NDArray[np.float32],
    dense: Mapping[int, float],
) -> list[Hit]:
    """The chunks at `positions` with their scores, best first; `dense` holds the cosines that are known."""
    cosines = {**dense, **index.cosines([p for p in positions if p not in dense], vector)}
    hits = [
        Hit(
            i,
            round(DENSE * cosines[i] + LEXICAL * float(lexical[i]), 6),
            round(cosines[i], 6),
            round(float(lexical[i]), 6),
        )
        for i in positions
    ]
    return sorted(hits, key=lambda hit: (-hit.score, hit.position))


@dataclass(frozen=True)
class Retrieval:
    """What was found for a question, handed on to every later stage.

    vector: the question's unit vector; hits: statements, best first; lines: every sentence that was looked
    at, by chunk and number.
    """

    query: Query
    vector: NDArray[np.float32]
    hits: tuple[StatementHit, ...]
    lines: Mapping[Key, Line]


def look(
    index: Index,
    query: Query,
    reading: Reading | None = None,
    ranking: Ranking | None = None,
    prior: Callable[[Chunk], float] = lambda chunk: 0.0,
) -> Retrieval:
    """Find statements (of a question that was read) and sentences.

    prior: added to the score of every sentence of a chunk: what kind of source the question wants.
    """
    vectors = index.encode([query.text, *query.parts])
    hits = find_statements(index, ranking, reading, vectors[0]) if reading and ranking else []
    return Retrieval(query, vectors[0], tuple(hits), score_lines(index, query, vectors, prior, hits))


def passages_of(
    index: Index, found: Retrieval, n: int, words: int = WORDS, first: Sequence[Key] = ()
) -> list[Passage]:
    """At most `n` passages of at most `words` words together, best first.

    first: sentences that are told, whose windows come before all. Then each name and each part of the
    question gets its best passage before the rest is filled by score.
    """
    lines, query = found.lines, found.query
    ranked = sorted(lines, key=lambda k: (-lines[k].score, k))
    wanted = [*first, *ranked[:1], *[k for k in ranked if lines[k].introduces][:1]]  # of a definition
    for i in range(len(query.names)):
        wanted += [k for k in ranked if lines[k].names[i] >= 0.8][:1]
        if query.compares:  # each side in a sentence of its own
            own = [k for k in ranked if lines[k].names[i] == 1.0]
            own = [k for k in own if lines[k].names.count(1.0) == 1] or own
            start = {k: OPENS * lines[k].opens + INTRODUCES * lines[k].introduces for k in own}
            wanted += sorted(start, key=lambda k: -lines[k].score - start[k])[:1]
    for i in range(len(query.parts)):
        wanted += sorted(ranked, key=lambda k: (-lines[k].parts[i], k))[:1]
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


def retrieve(
    index: Index,
    query: Query,
    n: int,
    prior: Callable[[Chunk], float] = lambda chunk: 0.0,
    words: int = WORDS,
) -> list[Passage]:
    """The passages for a query alone, without statements: `look`, then `passages_of`."""
    return passages_of(index, look(index, query, prior=prior), n, words)


def score_lines(
    index: Index,
    query: Query,
    vectors: Vectors,
    prior: Callable[[Chunk], float],
    told: Sequence[StatementHit] = (),
) -> dict[Key, Line]:
    """Every sentence of the candidate chunks with its scores."""
    hits = {hit.position: hit for hit in find_chunks(index, query, CANDIDATES, vectors[0])}
    proving: dict[Key, float] = {}
    for hit in told:
        for key in hit.told.places:
            proving[key] = max(
                proving.get(key, 0.0), PROVES * max(0.0, 1 - (told[0].score - hit.score) / BEHIND)
            )
    more = sorted({position for position, _ in proving} - hits.keys())
    hits |= {h.position: h for h in _hits(index, more, index.lexical.share(query.terms), vectors[0], {})}
    whole = term_weights(index, query.terms)
    parts = [term_weights(index, dict.fromkeys(tokenize(part), 1.0)) for part in query.parts]
    for part, vector in zip(query.parts, vectors[1:], strict=True):
        for found in find_chunks(index, Query.plain(part), 10, vector):
            hits.setdefault(found.position, found)
    telling = _telling(index, query.names)
    lines: dict[Key, Line] = {}
    scores = index.sentence_scores([*hits], vectors)
    for found, cosines in zip(hits.values(), scores, strict=True):
        chunk = index.chunks[found.position]
        fixed = CHUNK * found.score + prior(chunk)
        terms = [index.sentence_terms(found.position, n) for n in range(len(chunk.sentences))]
        heading = index.heading_terms(found.position)
        covered = [_covered(terms, heading, weights) for weights in (whole, *parts)]
        names = _named(index, found.position, query.names)
        for number in range(len(chunk.sentences)):
            views = [
                COSINE * (cosine[number] if cosine else found.dense) + COVERED * share[number]
                for cosine, share in zip(cosines, covered, strict=True)
            ]
            named = max((w * held for w, held in zip(telling, names[number], strict=True)), default=0.0)
            bonus = fixed + NAMED * named + proving.get((found.position, number), 0.0)
            lines[found.position, number] = Line(
                score=round(views[0] + bonus, 6),
                cosine=round(cosines[0][number], 6) if cosines[0] else found.dense,
                covered=round(covered[0][number], 6),
                names=names[number],
                parts=tuple(round(view + bonus, 6) for view in views[1:]),
                opens=number == 0 and index.opens(found.position),
                introduces=bool(query.defines)
                and introduced(chunk.text[slice(*chunk.sentences[number])], query.defines),
            )
    return lines


def introduced(sentence: str, forms: Iterable[str]) -> bool:
    """Whether a sentence says what a name is: "Low-rank adaptation (LoRA) ...", "RetNet (Sun et al., 2023)
    is ...", "they propose SmoothQuant, which ...". forms: the name in one piece, lower case."""
    return any(_introduction(form).match(sentence) for form in forms)


@lru_cache(maxsize=256)
def _introduction(form: str) -> re.Pattern[str]:
    name = r"(?<![\w-])" + r"[\W_]{0,2}".join(map(re.escape, form)) + r"(?![\w-])"
    works = r"(?:techniqu|method|approach|strateg|model|algorithm|framework|system|work)\w*\b"
    told = rf"(?:is|are|(?!{works})[a-z]+(?<![su])s)\b"
    aside = r"(?: \((?:[^()]|\([^()]*\))*\))*"
    proposed = r"\b(?:propos|introduc|present|develop|design|nam|call|term)\w*,?"
    return re.compile(
        rf"[^.;]{{0,130}}?\({name}[),;]"
        rf"|(?:[A-Z][a-z]+(?: [a-z]+){{0,2}}, )?(?:The |An? )?{name}{aside},? {told}"
        rf"|.{{0,100}}?{proposed} (?:an? |the )?{name}(?! with\b| {works})",
        re.IGNORECASE,
    )


def term_weights(index: Index, terms: Mapping[str, float]) -> dict[str, float]:
    """The share of each term in what the terms are worth together, by inverse document frequency."""
    total = sum(w * index.lexical.idf(t) for t, w in terms.items()) or 1.0
    return {t: w * index.lexical.idf(t) / total for t, w in terms.items()}


def _telling(index: Index, names: Sequence[frozenset[str]]) -> list[float]:
    """How much each name tells, as a share of the rarest: "RetNet" beside "GPT" is what is asked about."""
    idf = [max((index.lexical.idf(form) for form in forms), default=1.0) for forms in names]
    return [value / max(idf) for value in idf]


def _covered(
    sentences: Sequence[frozenset[str]], heading: frozenset[str], weights: Mapping[str, float]
) -> list[float]:
    """For each sentence of a chunk, its share of the terms that are asked for.

    A term counts partly where the sentence before holds it, or the section's name: "It reduces memory
    by ..." is about what came before.
    """
    here = heading.union(*sentences)
    held = [(t, weight) for t, weight in weights.items() if t in here]  # the rest adds nothing
    before: frozenset[str] = frozenset()
    shares = []
    for terms in sentences:
        shares.append(
            sum(
                (
                    weight * (1.0 if t in terms else 0.5 if t in before else 0.4 if t in heading else 0.0)
                    for t, weight in held
                ),
                0.0,
            )
        )
        before = terms
    return shares


def _named(index: Index, position: int, names: Sequence[frozenset[str]]) -> list[tuple[float, ...]]:
    """For each sentence of a chunk and each name, whether it holds it or goes on about it."""
    chunk = index.chunks[position]
    if not names:
        return [()] * len(chunk.sentences)
    title = joined(chunk.title) if chunk.kind in ("abstract", "paper") else frozenset()
    about = [0.7 if title & forms else 0.0 for forms in names]
    found = []
    for number, (a, b) in enumerate(chunk.sentences):
        head = held = frozenset[str]()
        squeezed = index.squeezed(position, number)
        if any(form in squeezed for forms in names for form in forms):  # else no need to look closely
            head, held = index.sentence_names(position, number)
        now = [1.0 if head & forms else 0.8 if held & forms else 0.0 for forms in names]
        if any(now):
            about = [max(n * 0.7, 0.7 if title & f else 0.0) for n, f in zip(now, names, strict=True)]
        elif not LEANS.match(chunk.text[a:b]) and _CITES.search(chunk.text[a : a + 80]):
            about = [0.7 if title & forms else 0.0 for forms in names]  # another work begins
        found.append(tuple(max(n, w) for n, w in zip(now, about, strict=True)))
    return found


def _grow(
    index: Index,
    key: Key,
    lines: Mapping[Key, Line],
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
            score = lines[neighbour].score if neighbour in lines else 0.0
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


def _passage(index: Index, key: Key, window: Sequence[Key], lines: Mapping[Key, Line]) -> Passage:
    whole = merge([index.chunks[p] for p in dict.fromkeys(p for p, _ in window)])
    first = window[0][1]  # the window begins in the first of the merged chunks
    sentences = whole.sentences[first : first + len(window)]
    cut = narrow(whole, sentences)
    return Passage(
        chunk=replace(cut, id=index.chunks[key[0]].id),
        score=lines[key].score if key in lines else 0.0,  # evidence of a statement told for its role
        lines=tuple(lines.get(k, Line()) for k in window),
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
