"""The assistant: one object from a question to a checked answer. Every way in uses it."""

from __future__ import annotations

import json
import logging
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import fields, replace
from functools import cached_property
from time import perf_counter
from typing import TYPE_CHECKING

from surveyqa import logs as trace
from surveyqa.answering.answerer import Answerer, Draft, turn_of, understood
from surveyqa.answering.citing import page_spans
from surveyqa.answering.contract import Answer, Done, Event, SentenceReady, Source, Stage, sentences_of
from surveyqa.answering.passages import Passage, retrieve
from surveyqa.answering.retrieval import Query
from surveyqa.catalog import Catalog
from surveyqa.index import Index
from surveyqa.profile import Profile
from surveyqa.settings import Settings
from surveyqa.understand.dialogue import MAX_TURNS
from surveyqa.understand.reader import LONGEST, read
from surveyqa.understand.reading import Language, Reading, Turn
from surveyqa.understand.scope import Shelf
from surveyqa.understand.vocabulary import Knowledge

if TYPE_CHECKING:
    from surveyqa.models.llm import Model

_TOO_LONG: Mapping[Language, str] = {
    "en": f"Only the first {LONGEST} characters of the question were read; ask in fewer words.",
    "zh": f"只读取了问题的前 {LONGEST} 个字符；请用更短的问题提问。",
}

log = logging.getLogger("surveyqa.assistant")


def _log(answer: Answer) -> None:
    """One line an answer, without its words."""
    shown = {
        "status": answer.status,
        "sentences": len(answer.sentences),
        "sources": len(answer.sources),
        "generator": answer.engine.generator,
        "generation": answer.engine.generation,
        "timings_ms": answer.timings_ms,
    }
    log.info("answered", extra=shown)


class Assistant:
    """Answers from one generation of the index; each request stands alone.

    >>> Assistant.open().ask("what is prefix tuning").text   # doctest: +SKIP
    """

    def __init__(
        self, settings: Settings, index: Index, catalog: Catalog, model: Model | None = None
    ) -> None:
        """model: writes the answers; without one they are ours and verbatim."""
        self.settings = settings
        self.index = index
        self.catalog = catalog
        self.model = model
        self.answerer = Answerer(index, catalog, Profile.load(settings.corpus), settings.sources)

    @classmethod
    def open(cls, settings: Settings | None = None) -> Assistant:
        """Open the current generation. Raises IndexError_ where there is none."""
        settings = settings or Settings.from_env()
        model = None
        if settings.llm != "none":
            from surveyqa.models.llm import open_model

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
        """What questions are looked up in: names, categories, venues, words of this generation."""
        found = Knowledge(self.catalog, self.index, self._glossary, self.index.is_word)
        if self.index.manifest.model == found.intents.model:
            found.encode = self.index.encode
        return found

    @cached_property
    def shelf(self) -> Shelf:
        """The papers of the user's own, as questions name them."""
        return Shelf(self.index, self.index.is_word)

    def read(self, question: str, history: Sequence[Turn] = (), of: str = "") -> Reading:
        """Read a question; after `history`, the earlier turns of the dialogue, oldest first; of: the key of
        the paper of the user's own that alone is asked."""
        return read(question, history, self.knowledge, self.shelf, of)

    def turns(self, questions: Sequence[str]) -> list[Turn]:
        """Earlier questions of a dialogue with what each was answered with, oldest first."""
        turns: list[Turn] = []
        for question in questions:
            reading = self.read(question, turns)
            draft = self.answerer.answer(reading, self.answerer.find(reading))
            turns.append(turn_of(replace(draft.answer, understood=understood(reading, draft))))
        return turns

    def ask(
        self,
        question: str,
        history: Sequence[str | Turn] = (),
        *,
        sources: int | None = None,
        use_model: bool = True,
        of: str = "",
    ) -> Answer:
        """Answer `question`; `history` holds the earlier turns of the dialogue, oldest first: `turn_of` each
        answer, or the questions alone, which are then answered again.

        sources: at most so many beside those that are cited, else as the settings say; use_model: let the
        configured language model write, where there is one; of: key of the paper of the user's own that
        alone is asked.
        """
        *_, last = self.stream(question, history, sources=sources, use_model=use_model, of=of)
        assert isinstance(last, Done)
        return last.answer

    def stream(
        self,
        question: str,
        history: Sequence[str | Turn] = (),
        *,
        sources: int | None = None,
        use_model: bool = True,
        of: str = "",
    ) -> Iterator[Event]:
        """What happens while `question` is answered, as in `ask`; the last event is Done with the answer."""
        with closing(self._events(question, history, sources, use_model, of)) as events:
            for event in events:
                if isinstance(event, Done):
                    _log(event.answer)
                yield event

    def _events(
        self, question: str, history: Sequence[str | Turn], sources: int | None, use_model: bool, of: str
    ) -> Generator[Event, None, None]:
        started = perf_counter()
        timings: dict[str, float] = {}

        def lap(stage: str, since: float) -> float:
            now = perf_counter()
            timings[stage] = round((now - since) * 1000, 2)
            return now

        yield Stage("searching")
        reading = self.read(question, self._turns(history), of)
        trace.note("understood", lambda: {f.name: getattr(reading, f.name) for f in fields(reading)})
        now = lap("read", started)
        found = self.answerer.find(reading)
        now = lap("retrieve", now)
        draft = self.answerer.answer(reading, found, sources)
        lap("compose", now)
        answer = replace(draft.answer, understood=understood(reading, draft))
        if len(question) > LONGEST:
            answer = replace(answer, notes=(*answer.notes, _TOO_LONG[reading.language]))
        yield Stage("reading", f"{len(draft.passages)} passages")
        for event in self._written(reading, replace(draft, answer=answer), self.model if use_model else None):
            if isinstance(event, SentenceReady):
                timings.setdefault("first_sentence", round((perf_counter() - started) * 1000, 2))
            elif isinstance(event, Done):
                lap("total", started)
                event = Done(replace(event.answer, timings_ms={**event.answer.timings_ms, **timings}))
            yield event

    def _turns(self, history: Sequence[str | Turn]) -> Sequence[Turn]:
        recent = history[-MAX_TURNS:]
        turns = [turn for turn in recent if isinstance(turn, Turn)]
        if len(turns) == len(recent):
            return turns
        return self.turns([turn.question if isinstance(turn, Turn) else turn for turn in recent])

    def _written(self, reading: Reading, draft: Draft, model: Model | None) -> Iterator[Event]:
        """The events of the answer: as it is, or as the language model writes it."""
        if model is None or draft.complete or draft.answer.status == "no_answer":
            yield Stage("writing")
            yield from sentences_of(draft.answer)
            yield Done(draft.answer)
            return
        from surveyqa.models.generate import write

        glossary = self._glossary if reading.language == "zh" else None
        yield from write(reading, draft.passages, draft.answer, model, self.source, page_spans, glossary)

    def comparison(
        self, names: Sequence[str], properties: Sequence[str] | None = None, language: Language = "en"
    ) -> Answer:
        """Methods by properties, a proved sentence in each cell or nothing."""
        reading = replace(self.read(" vs ".join(names)), language=language)
        return self.answerer.comparison(reading, names, properties)

    def retrieve(self, reading: Reading, n: int | None = None) -> list[Passage]:
        """The passages for a question, best first, at most `n`, else as many as `settings.sources`."""
        return self.answerer.passages(self.answerer.find(reading), n=n)

    def source(self, number: int, passage: Passage, start: int, end: int) -> Source:
        """What `[number]` shows: a quote of a passage, and where it stands."""
        return self.answerer.citer.source(number, passage, start, end)

    def search(self, text: str, n: int = 10) -> tuple[Source, ...]:
        """The passages nearest to `text`, without an answer."""
        passages = retrieve(self.index, Query.plain(text), n, words=10**6)
        return tuple(self.source(i, p, 0, len(p.chunk.text)) for i, p in enumerate(passages, 1))
