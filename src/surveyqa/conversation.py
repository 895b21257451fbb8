"""A dialogue: earlier questions are remembered, and a source keeps its number from turn to turn.

talk = Conversation(assistant)
talk.ask("What is AWQ?")           # cites [1] and [2]
talk.ask("How does GPTQ differ?")  # what was [1] still is [1]; what is new begins at the next number
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from surveyqa.answer import Answer, Sentence, Source
from surveyqa.events import Done, Event, SentenceReady

if TYPE_CHECKING:
    from surveyqa.assistant import Assistant

REMEMBERED = 20  # questions; a model sees fewer, see `generate.MAX_HISTORY`

Place = tuple[str, str, "int | None"]  # chunk, its passage, page: what a reader sees under a number


@dataclass
class Conversation:
    """One dialogue with an assistant. Not for several threads at once."""

    assistant: Assistant
    questions: list[str] = field(default_factory=list)
    numbers: dict[Place, int] = field(default_factory=dict)

    def ask(self, question: str) -> Answer:
        *_, last = self.stream(question)
        assert isinstance(last, Done)
        return last.answer

    def stream(self, question: str) -> Iterator[Event]:
        """Events as of `Assistant.stream`, with the numbers of this dialogue."""
        for event in self.assistant.stream(question, tuple(self.questions)):
            if isinstance(event, SentenceReady):
                mine = self._numbers(event.sources)
                yield SentenceReady(
                    _sentence(event.sentence, mine), tuple(_source(s, mine) for s in event.sources)
                )
            elif isinstance(event, Done):
                self.questions = [*self.questions, question][-REMEMBERED:]
                yield Done(self._answer(event.answer))
            else:
                yield event

    def _numbers(self, sources: tuple[Source, ...]) -> dict[int, int]:
        """Number in an answer -> number in the dialogue; new sources get the next ones."""
        return {
            s.id: self.numbers.setdefault((s.chunk, s.passage, s.page), len(self.numbers) + 1)
            for s in sources
        }

    def _answer(self, answer: Answer) -> Answer:
        mine = self._numbers(answer.sources)
        return replace(
            answer,
            text=re.sub(r"\[(\d+)\]", lambda m: f"[{mine.get(int(m[1]), m[1])}]", answer.text),
            sentences=tuple(_sentence(s, mine) for s in answer.sentences),
            sources=tuple(_source(s, mine) for s in answer.sources),
            table=_table(answer.table, mine),
        )


def _sentence(sentence: Sentence, numbers: Mapping[int, int]) -> Sentence:
    return replace(sentence, citations=tuple(numbers.get(c, c) for c in sentence.citations))


def _source(source: Source, numbers: Mapping[int, int]) -> Source:
    return replace(source, id=numbers[source.id])


def _table(table: Mapping[str, Any] | None, numbers: Mapping[int, int]) -> Mapping[str, Any] | None:
    if table is None:
        return None

    def cell(c: Any) -> Any:
        return c and {**c, "citations": [numbers.get(n, n) for n in c["citations"]]}

    return {**table, "rows": [{**row, "cells": [cell(c) for c in row["cells"]]} for row in table["rows"]]}
