"""What happens while an answer is made, in order: for a chat that shows it, a terminal that streams it.

    for event in assistant.stream("what is prefix tuning"):
        match event:
            case Stage(name): ...                     # searching, reading, writing, checking
            case SentenceReady(sentence, sources): ...  # checked; never taken back
            case Done(answer): ...                    # always last, exactly once

A sentence is sent only after its check, so what was shown stays true; `Done.answer` is authoritative (its
sentences begin with those that were sent, in the same order, and the numbers of sources are the same).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Union

from surveyqa.answering.contract import Answer, Sentence, Source

StageName = Literal["searching", "reading", "writing", "checking"]


@dataclass(frozen=True)
class Stage:
    """Work has moved on. `detail` is a few words for a status line ("5 passages"); stages may come again."""

    name: StageName
    detail: str = ""


@dataclass(frozen=True)
class SentenceReady:
    """One more sentence of the answer, and the sources that its citations name."""

    sentence: Sentence
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class Done:
    """The whole answer."""

    answer: Answer


Event = Union[Stage, SentenceReady, Done]  # noqa: UP007 - an alias that 3.10 can use in isinstance and match


def sentences_of(answer: Answer) -> Iterator[SentenceReady]:
    """The events of an answer's sentences, each with its sources."""
    by_id = {source.id: source for source in answer.sources}
    for sentence in answer.sentences:
        yield SentenceReady(sentence, tuple(by_id[i] for i in sentence.citations if i in by_id))
