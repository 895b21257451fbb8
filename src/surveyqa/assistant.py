"""The assistant: one object from a question to a checked answer. Every way in uses it."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import fields, replace
from functools import cached_property, lru_cache
from itertools import pairwise
from time import perf_counter

from surveyqa.answering import trace
from surveyqa.answering.answerability import Judgement, Places, judge, missing_place, places
from surveyqa.answering.contract import Answer, CitedPaper, Engine, Sentence, Source
from surveyqa.answering.events import Done, Event, SentenceReady, Stage
from surveyqa.answering.lists import answer_list, ranker
from surveyqa.answering.retrieval import Line, Passage, Query, merge, retrieve
from surveyqa.answering.selection import BUDGET, Statement, asks_for, compose, compose_list
from surveyqa.answering.tables import Row, asks_for_cell, extreme_row, read_row, select_rows
from surveyqa.catalog import Catalog, Paper
from surveyqa.catalog.formats import as_dict
from surveyqa.claims import check
from surveyqa.index import Index
from surveyqa.index.chunks import Chunk
from surveyqa.models.generate import Session, merge_passages, sentences_of
from surveyqa.models.llm import Model, Usage, open_model
from surveyqa.models.synthesis import (
    Comparison,
    compare,
    related_statements,
    related_topic,
    table_of,
    with_bibtex,
)
from surveyqa.settings import Settings
from surveyqa.understand.question import Language, Question, understand
from surveyqa.understand.reader import read
from surveyqa.understand.reading import Reading, Turn
from surveyqa.understand.vocabulary import Knowledge

log = logging.getLogger("surveyqa.assistant")
MAX_ENTRIES = 60  # entries of the list that are given as sources
LISTED = 0.5  # probability of a question on the list from which the list answers alone
REMEMBERED = 512  # earlier questions of dialogues that need not be read again
FOUND = 64  # questions whose passages are kept: what was asked last is read once more for what comes next
ROW = 0.8  # of the best passage's score: a table's row that scores lower was not asked for
SURVEY_URL = "https://arxiv.org/pdf/2312.03863"


def _log(answer: Answer) -> None:
    """One line an answer, without its words."""
    fields = {
        "status": answer.status,
        "sentences": len(answer.sentences),
        "sources": len(answer.sources),
        "generator": answer.engine.generator,
        "generation": answer.engine.generation,
        "timings_ms": answer.timings_ms,
    }
    log.info("answered", extra=fields)


class Assistant:
    """Answers from one generation of the index.

    >>> Assistant.open().ask("what is prefix tuning").text   # doctest: +SKIP
    """

    def __init__(
        self, settings: Settings, index: Index, catalog: Catalog, model: Model | None = None
    ) -> None:
        """model: writes the answers; without one they are extractive."""
        self.settings = settings
        self.index = index
        self.catalog = catalog
        self.model = model
        # a follow-up is understood by up to six questions before it, which were read with the last one too
        self._subjects_kept = lru_cache(REMEMBERED)(self._subjects)
        self._found: dict[tuple[str, str, int], list[Passage]] = {}

    @classmethod
    def open(cls, settings: Settings | None = None) -> Assistant:
        """Open the current generation. Raises IndexError_ where there is none."""
        settings = settings or Settings.from_env()
        model = open_model(settings)  # its libraries load while the index opens
        index = Index.open(settings)
        return cls(settings, index, Catalog.load(index.catalog or settings.corpus), model)

    @cached_property
    def _glossary(self) -> Mapping[str, str]:
        path = self.settings.corpus / "glossary-zh.json"
        glossary: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        return glossary

    @cached_property
    def knowledge(self) -> Knowledge:
        return Knowledge(self.catalog, self.index, self._glossary, self.index.is_word)

    def read(self, question: str, history: Sequence[str] = ()) -> Reading:
        """Read a question; after `history`, the earlier questions of the dialogue, oldest first."""
        return read(question, [Turn(q, subjects=self._subjects_kept(q)) for q in history], self.knowledge)

    def understand(self, question: str, history: Sequence[str] = ()) -> Question:
        """The same as the stages after it still take it."""
        alone = self.read(question, history).text
        return understand(question, alone, lambda: self._glossary, self.catalog.names_in, self.index)

    def _names(self, text: str) -> tuple[str, ...]:
        return tuple(name.text for name in self.understand(text).names)

    def _subjects(self, text: str) -> tuple[str, ...]:
        """What the answer to a question that names nothing is about: the names in its best sentence."""
        if self._names(text):
            return ()
        passages = self.retrieve(self.understand(text))
        if not passages:
            return ()
        chunk = passages[0].chunk
        a, b = chunk.sentences[passages[0].best]
        return self._names(chunk.text[a : min(b, a + 160)])[:1]

    def ask(self, question: str, history: Sequence[str] = ()) -> Answer:
        """Answer `question`; `history` holds the earlier questions of the dialogue, oldest first."""
        *_, last = self.stream(question, history)
        assert isinstance(last, Done)
        return last.answer

    def stream(self, question: str, history: Sequence[str] = ()) -> Iterator[Event]:
        """What happens while `question` is answered; the last event is Done with the answer."""
        with closing(self._events(question, history)) as events:
            for event in events:
                if isinstance(event, Done):
                    _log(event.answer)
                yield event

    def _events(self, question: str, history: Sequence[str]) -> Generator[Event, None, None]:
        started = perf_counter()
        yield Stage("searching")
        session = Session(self.model)
        alone, earlier = session.standalone(question, history)
        understood = replace(self.understand(alone, earlier), asked=question)
        trace.note("understood", lambda: {f.name: getattr(understood, f.name) for f in fields(understood)})
        reading = self.read(alone, earlier)
        listed = reading.query is not None and dict(reading.intents).get("papers", 0.0) >= LISTED
        trace.note("routed", lambda: {"to": "catalogue" if listed else "passages"})
        if listed or (reading.unresolved and reading.intent == "papers"):
            unclear = f'it is not clear what "{reading.unresolved}" stands for'
            answer = (
                self._from_catalog(reading)
                if listed
                else self._no_answer(understood, (), Judgement(0.0, unclear))
            )
            yield from sentences_of(answer)
            yield Done(replace(answer, timings_ms={"total": _ms(started, perf_counter())}))
            return
        topic = related_topic(understood.text)
        if topic:
            understood = replace(self.understand(topic), asked=question, kind="fact")
        wanted = None if topic or missing_place(self._places, understood) else table_of(understood)
        if wanted:
            yield Stage("writing", "comparing")
            table = self.comparison(*wanted, language=understood.language, usage=session.usage)
            if table.cells:
                answer = table.answer(question, session.engine(self.engine))
                timings = {"total": _ms(started, perf_counter())}
                yield from sentences_of(answer)
                yield Done(replace(answer, timings_ms=timings))
                return
        passages = self.retrieve(understood, max(8, self.settings.sources) if topic else None)
        judgement = self._judge(understood, passages)
        if history and not topic and not judgement.answerable:
            understood = self._with_subject(understood, history)
            passages = self.retrieve(understood)
            judgement = self._judge(understood, passages)
        if parts := session.parts(understood):
            for part in parts:
                more = self.retrieve(self.understand(part))
                passages = merge_passages(passages, more, self.settings.sources)
            judgement = self._judge(understood, passages)
        retrieved = perf_counter()
        trace.note("judged", lambda: {**vars(judgement), "answerable": judgement.answerable})
        if not judgement.answerable:
            answer = self._no_answer(understood, passages, judgement)
            timings = {"retrieve": _ms(started, retrieved), "total": _ms(started, perf_counter())}
            yield Done(replace(answer, timings_ms=timings))
            return
        yield Stage("reading", f"{len(passages)} passages")
        statements, passages = self._compose(understood, passages)
        statements = (related_statements(passages) if topic else []) or statements
        answer = self._answer(understood, passages, statements)
        if reading.query and reading.query.want == "titles":  # the survey tells, and the list has more
            found = answer_list(
                reading.query, self.catalog, reading.language, ranker(self.index, self.catalog)
            )
            answer = replace(answer, papers=tuple(map(as_dict, found.papers)), total=found.total)
        composed = perf_counter()
        timings = {"retrieve": _ms(started, retrieved), "compose": _ms(retrieved, composed)}
        answer = replace(answer, timings_ms=timings)
        plain = understood.table or any(s.item for s in statements)  # a list is complete as it is
        written = session.write(
            understood,
            passages,
            answer,
            self.source,
            page_spans,
            lambda: self._glossary,
            bool(plain),
            bool(topic),
        )
        for event in written:
            if isinstance(event, SentenceReady):
                timings.setdefault("first_sentence", _ms(started, perf_counter()))
            elif isinstance(event, Done):
                timings = {**event.answer.timings_ms, **timings, "total": _ms(started, perf_counter())}
                answer = replace(event.answer, timings_ms=timings)
                event = Done(with_bibtex(answer, self.catalog) if topic else answer)
            yield event

    def _with_subject(self, question: Question, history: Sequence[str]) -> Question:
        """A follow-up that no passage answers as it stands, asked of what the dialogue was about."""
        subject = next((names for turn in reversed(history) if (names := self._names(turn))), [history[-1]])
        if all(name in question.text for name in subject):
            return question
        return replace(self.understand(f"{question.text} ({', '.join(subject)})"), asked=question.asked)

    def _judge(self, question: Question, passages: Sequence[Passage]) -> Judgement:
        return judge(self.index, self._places, self._rows, question, passages)

    def comparison(
        self,
        names: Sequence[str],
        properties: Sequence[str] | None = None,
        language: Language = "en",
        usage: Usage | None = None,
    ) -> Comparison:
        """Methods by properties, a cited sentence in each cell or nothing."""

        def search(text: str) -> list[Passage]:
            return self.retrieve(self.understand(text))

        return compare(names, properties, search, self.source, page_spans, language, self.model, usage)

    def retrieve(self, question: Question, n: int | None = None) -> list[Passage]:
        """The passages for a question, best first, at most `n`, else as many as `settings.sources`."""
        n = n or self.settings.sources
        key = (question.text, question.kind, n)  # all that is known of a question follows from its text
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = self._retrieve(question, n)
            for oldest in list(self._found)[:-FOUND]:
                self._found.pop(oldest, None)
        return list(found)

    def _retrieve(self, question: Question, n: int) -> list[Passage]:
        query = Query(
            question.english,
            question.terms,
            tuple(n.forms for n in question.names),
            question.parts,
            question.kind == "comparison",
            question.subject,
        )
        return retrieve(self.index, query, n, lambda chunk: prior(question, chunk))

    def _compose(self, question: Question, passages: list[Passage]) -> tuple[list[Statement], list[Passage]]:
        """The statements of the answer, and the passages they stand in."""
        asked = question.table or asks_for_cell(question)
        rows = select_rows(question, self._rows) if asked else []
        if not question.table and not extreme_row(question, self._rows):
            least = ROW * max((p.score for p in passages), default=0.0)
            near = {p.chunk.id for p in passages if p.chunk.form == "table-row" and p.score >= least}
            rows = [row for row in rows if row.chunk.id in near]
        if rows:
            found: list[Passage] = []
            statements = []
            for run in _runs(self.index, rows):
                passage = _row_passage(run)
                for n, (row, quote) in enumerate(zip(run, passage.chunk.sentences, strict=True)):
                    if n == 0 or not row.whole:  # what lies between two rows' quotes cannot be quoted
                        found.append(_row_passage([row]) if n else passage)
                        quote = found[-1].chunk.sentences[0]
                    many = len(rows) > 1
                    text = row.reading if many else row.told
                    statements.append(
                        Statement(text, len(found) - 1, *quote, item=many, evidence=row.chunk.text)
                    )
            rest = [p for p in passages if p.chunk.form != "table-row"]
            if not question.table:
                left = BUDGET - sum(len(s.text.split()) for s in statements)
                told = compose(question, rest, max(left, BUDGET // 3))
                statements += [replace(s, passage=s.passage + len(found)) for s in told]
            return statements, found + rest[: max(0, self.settings.sources - len(found))]
        listing = question.kind == "works" or (question.figure and question.kind != "comparison")
        if listing and not question.parts:  # of several things asked, a list answers one
            statements = compose_list(question, passages)
            if statements:
                return statements, passages
        return compose(question, passages), passages

    def _from_catalog(self, reading: Reading) -> Answer:
        """A question on the list, answered from it completely; a sentence cites the entries that it names."""
        assert reading.query is not None
        found = answer_list(
            reading.query, self.catalog, reading.language, ranker(self.index, self.catalog), self._authors
        )
        sources = tuple(_entry(i, paper) for i, paper in enumerate(found.papers[:MAX_ENTRIES], 1))
        sentences = tuple(
            Sentence(
                text,
                tuple(s.id for s, paper in zip(sources, found.papers, strict=False) if _names(text, paper)),
                "supported",
            )
            for text in found.sentences
        )
        text = " ".join(
            s.text + (" " if s.citations else "") + "".join(f"[{c}]" for c in s.citations) for s in sentences
        )
        engine = replace(self.engine, generator="catalog")
        papers = tuple(map(as_dict, found.papers))
        return Answer(
            reading.asked, "answered", text, sentences, sources, engine, papers=papers, total=found.total
        )

    def _authors(self, key: str) -> str | None:
        """The authors of a paper of the list, where the survey's bibliography has it."""
        return next((r.authors for r in self.index.references.values() if r.paper == key), None)

    def _no_answer(self, question: Question, passages: Sequence[Passage], judgement: Judgement) -> Answer:
        """What is said where the corpus does not tell: so, why, and what is nearest."""
        sections = dict.fromkeys(
            p.chunk.section for p in passages if p.chunk.kind in ("survey", "guide") and p.chunk.section
        )
        papers = dict.fromkeys(
            p.title for passage in passages for p in self._cited(passage.chunk.cites, 0, 10**9)
        )
        papers.update(dict.fromkeys(p.chunk.title for p in passages if p.chunk.kind == "abstract"))
        nearest = [f"Section {section}" for section in list(sections)[:2]] + [
            f"Paper: {title}" for title in list(papers)[:3]
        ]
        injected = judgement.reason.startswith("that ")
        text = refusal(question.language, judgement.reason)
        return Answer(
            question.asked,
            "no_answer",
            text,
            (),
            (),
            self.engine,
            suggestions=() if injected else tuple(nearest),
        )

    @cached_property
    def _places(self) -> Places:
        return places(self.index)

    @cached_property
    def _rows(self) -> tuple[Row, ...]:
        return tuple(filter(None, (read_row(c) for c in self.index.chunks if c.form == "table-row")))

    def search(self, text: str, n: int = 10) -> tuple[Source, ...]:
        """The passages nearest to `text`, without an answer."""
        passages = retrieve(self.index, Query.plain(text), n, words=10**6)
        return tuple(self.source(i, p, 0, len(p.chunk.text)) for i, p in enumerate(passages, 1))

    @property
    def engine(self) -> Engine:
        manifest = self.index.manifest
        return Engine("extractive", manifest.model, manifest.generation, manifest.corpus)

    def _answer(
        self, question: Question, passages: Sequence[Passage], statements: Sequence[Statement]
    ) -> Answer:
        """Number the sources in the order of the answer; those that it does not cite come after.

        A source is what one passage shows on one page: a sentence that runs over a page break has two.
        """
        places: dict[tuple[int, int | None], list[tuple[int, int]]] = {}
        cited: list[list[tuple[int, int | None]]] = []
        for statement in statements:
            spans = page_spans(passages[statement.passage].chunk, statement.start, statement.end)
            cited.append([(statement.passage, page) for page, _, _ in spans])
            for page, start, end in spans:
                places.setdefault((statement.passage, page), []).append((start, end))
        for n, passage in enumerate(passages):
            if len(places) < self.settings.sources and not any(m == n for m, _ in places):
                best = passage.chunk.quote or passage.chunk.sentences[passage.best]
                page, start, end = page_spans(passage.chunk, *best)[0]
                places[n, page] = [(start, end)]
        sources = []
        for i, ((n, page), shown) in enumerate(places.items(), 1):
            shared = sum(1 for m, _ in places if m == n) > 1
            part = _on_page(passages[n].chunk, page) if shared else (0, len(passages[n].chunk.text))
            start, end = min(a for a, _ in shown), max(b for _, b in shown)
            sources.append(self.source(i, passages[n], start, end, part))
        numbers = {place: i for i, place in enumerate(places, 1)}
        sentences = []
        for statement, its in zip(statements, cited, strict=True):
            chunk = passages[statement.passage].chunk
            evidence = statement.evidence or chunk.text
            verdict = check(statement.text, evidence, context=f"{chunk.title}. {' '.join(chunk.path)}")
            label = verdict.label if verdict.label != "contradicted" else "unsupported"
            sentences.append(Sentence(statement.text, tuple(numbers[p] for p in its), label))
        text = _write(sentences, [s.item for s in statements])
        return Answer(question.asked, "answered", text, tuple(sentences), tuple(sources), self.engine)

    def source(
        self, number: int, passage: Passage, start: int, end: int, part: tuple[int, int] | None = None
    ) -> Source:
        """What `[number]` shows: the quote from start to end of a passage, of which `part` is given along."""
        chunk = passage.chunk
        document = self.index.documents[chunk.document]
        page = chunk.page_at(start)
        url = document["url"]
        if chunk.kind == "survey" and page:
            url = f"{SURVEY_URL}#page={page}"
        note = chunk.document.startswith("note:")  # ours on the paper, not the paper's words
        return Source(
            id=number,
            kind=chunk.kind,
            title=f"Starter guide: note on {document['title']}" if note else document["title"],
            authors=document["authors"],
            year=document["year"],
            arxiv_id=document["arxiv_id"],
            url=url,
            section=None if note else chunk.section,
            page=page,
            quote=chunk.text[start:end],
            passage=chunk.text[slice(*part)] if part else chunk.text,
            score=passage.score,
            chunk=chunk.id,
            papers=self._cited(chunk.cites, start, end),
        )

    def _cited(self, cites: Sequence[tuple[int, int, str]], start: int, end: int) -> tuple[CitedPaper, ...]:
        """The papers cited between two offsets of a chunk, each once."""
        papers: dict[str, CitedPaper] = {}
        for a, b, key in cites:
            if a < start or b > end or key in papers:
                continue
            reference = self.index.references.get(key)
            listed = self.catalog.by_key.get((reference.paper or "") if reference else key)
            if listed:
                authors = reference.authors if reference else None
                papers[key] = CitedPaper(
                    listed.title, authors, listed.year, listed.arxiv_id, listed.url, listed.key
                )
            elif reference:
                papers[key] = CitedPaper(
                    reference.title, reference.authors, reference.year, reference.arxiv_id, reference.url
                )
        return tuple(papers.values())


def _ms(start: float, end: float) -> float:
    return round((end - start) * 1000, 2)


def refusal(language: str, reason: str = "") -> str:
    """The words of no answer, in the language of the question."""
    if language == "zh":
        return f"综述没有说明这一点{f'({reason})' if reason else ''}。"
    return f"The survey does not say{f': {reason}' if reason else ''}."


def _entry(number: int, paper: Paper) -> Source:
    """An entry of the list as a source."""
    line = ", ".join(str(part) for part in (paper.title, paper.where) if part)
    section = " > ".join(paper.categories[0]) if paper.categories else None
    return Source(
        number,
        "catalog",
        paper.title,
        None,
        paper.year,
        paper.arxiv_id,
        paper.url,
        section,
        None,
        line,
        line,
        1.0,
        f"list:{paper.key}",
        (CitedPaper(paper.title, None, paper.year, paper.arxiv_id, paper.url, paper.key),),
    )


def _names(text: str, paper: Paper) -> bool:
    """Whether a sentence names a paper, by its title or by what stands before the colon."""
    short = paper.title.split(":")[0]
    return paper.title in text or (
        len(short) < len(paper.title) and re.search(rf"(?<!\w){re.escape(short)}(?!\w)", text) is not None
    )


_AUTHORSHIP = re.compile(
    r"\bwho (?:wrote|authored|made|published) (?:this|the) (?:survey|paper|review)"
    r"|\bauthors of (?:this|the) (?:survey|paper)"
    r"|\b(?:this|the) (?:survey|paper|review)['’]s authors\b|\b(?:affiliat|universit)\w+\b"
    r"|(?:谁|哪些人)写的?(?:这|该|本)?(?:篇)?(?:综述|论文)|(?:综述|论文)(?:的作者|是谁写)|作者(?:是谁|有谁|有哪些|都?来自|的?单位)",
    re.IGNORECASE,
)


def prior(question: Question, chunk: Chunk) -> float:
    """What a question wants of a source before its words are looked at."""
    score = 0.10 if chunk.kind == "survey" else 0.0
    if chunk.kind == "survey" and not chunk.path:  # the title page: names and places are like no question
        score += 0.40 if _AUTHORSHIP.search(question.text) else -0.30
    if chunk.form == "caption":
        score += 0.05 if question.figure else -0.10
    elif chunk.form == "figure-list":
        wanted = question.figure or question.kind == "works"
        score += 0.15 if wanted and asks_for(question, chunk.path[-1]) else 0.0 if question.figure else -0.12
    elif chunk.form == "table-row":
        score += 0.10 if question.table else -0.04
    if chunk.form == "paragraph" and chunk.path and question.kind in ("definition", "comparison", "kinds"):
        score += 0.04 * asks_for(question, chunk.path[-1])
    if question.sections and any(
        re.match(rf"{re.escape(number)}(?![\d])", chunk.section or "") for number in question.sections
    ):
        score += 0.10
    return score


def page_spans(chunk: Chunk, start: int, end: int) -> list[tuple[int | None, int, int]]:
    """(page, start, end) of each page's part of a span; one without a page where the document has none."""
    starts = [(offset, page) for offset, page in chunk.pages if start < offset < end]
    cuts = [start, *(offset for offset, _ in starts), end]
    spans = []
    for a, b in pairwise(cuts):
        while b > a and chunk.text[b - 1].isspace():
            b -= 1
        while a < b and chunk.text[a].isspace():
            a += 1
        spans.append((chunk.page_at(a), a, b))
    return spans


def _on_page(chunk: Chunk, page: int | None) -> tuple[int, int]:
    """The part of a chunk's text that stands on a page."""
    starts = [offset for offset, _ in chunk.pages] + [len(chunk.text)]
    for n, (offset, number) in enumerate(chunk.pages):
        if number == page:
            return offset, starts[n + 1]
    return 0, len(chunk.text)


def _write(sentences: Sequence[Sentence], items: Sequence[bool]) -> str:
    """The answer as text with its marks; items of a list on lines of their own."""
    text = ""
    for n, (sentence, item) in enumerate(zip(sentences, items, strict=True)):
        marked = sentence.text + " " + "".join(f"[{c}]" for c in sentence.citations)
        text += ("\n- " if n else "- ") if item else ("\n" if n and items[n - 1] else " " if n else "")
        text += marked
    return text


def _runs(index: Index, rows: Sequence[Row]) -> list[list[Row]]:
    """Rows that follow each other on a page of the table together."""
    runs: list[list[Row]] = []
    for row in sorted(rows, key=lambda r: index.position[r.chunk.id]):
        last = runs[-1][-1].chunk if runs else None
        follows = last and index.position[row.chunk.id] == index.position[last.id] + 1
        if last and follows and row.chunk.page_at(0) == last.page_at(0):
            runs[-1].append(row)
        else:
            runs.append([row])
    return runs


def _row_passage(rows: Sequence[Row]) -> Passage:
    """Rows as one passage: what was read of each by its columns, then the rows as they are printed."""
    chunks = [row.chunk for row in rows]
    quotes = [chunk.quote or (0, len(chunk.text)) for chunk in chunks]
    text = "".join(c.text[:start] for c, (start, _) in zip(chunks, quotes, strict=True))
    sentences: list[tuple[int, int]] = []
    cites: list[tuple[int, int, str]] = []
    for chunk, (start, end) in zip(chunks, quotes, strict=True):
        text += " " if sentences else ""
        shift = len(text) - start
        sentences.append((start + shift, end + shift))
        cites += [(a + shift, b + shift, key) for a, b, key in chunk.cites if a >= start]
        text += chunk.text[start:end]
    whole = replace(merge(chunks), text=text, sentences=tuple(sentences), cites=tuple(cites), quote=None)
    whole = replace(whole, pages=chunks[0].pages[:1])  # a run of rows stands on one page
    return Passage(whole, 1.0, tuple(Line() for _ in rows), 0)
