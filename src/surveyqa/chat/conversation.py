"""A conversation: its turns, as the browser keeps them, and the events of an answer in the making."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from surveyqa.answering.contract import Answer, Engine

Turn = dict[str, Any]  # {"q": question, "a": Answer.to_dict()}

MOST_CHARS = 2000  # of a question
MOST_TURNS = 40  # that the browser keeps
REMEMBERED = 6  # earlier questions that a follow-up is understood by


@dataclass(frozen=True)
class Progress:
    """An answer so far: the stage it is in, or its sentences and sources as in the answer's contract."""

    stage: str = ""
    sentences: tuple[dict[str, Any], ...] = ()
    sources: tuple[dict[str, Any], ...] = ()
    answer: Answer | None = None


def follow(assistant: Any, question: str, history: Sequence[str] = ()) -> Iterator[Progress]:
    """The events of `assistant.stream`, or of an assistant that only asks; the last one holds the answer."""
    if not hasattr(assistant, "stream"):
        yield Progress("searching")
        yield Progress(answer=assistant.ask(question, history))
        return
    so_far = Progress("searching")
    for event in assistant.stream(question, history):
        if hasattr(event, "answer"):
            yield Progress(answer=event.answer)
        elif hasattr(event, "sentence"):
            known = {s["id"]: s for s in so_far.sources} | {s.id: asdict(s) for s in event.sources}
            so_far = Progress(
                so_far.stage, (*so_far.sentences, asdict(event.sentence)), tuple(known.values())
            )
            yield so_far
        else:
            so_far = Progress(event.name, so_far.sentences, so_far.sources)
            yield so_far


def stopped(question: str, progress: Progress, engine: Engine, note: str) -> Turn:
    """The turn of an answer that was stopped: what was checked until then, which stays true."""
    text = " ".join(s["text"] + "".join(f" [{c}]" for c in s["citations"]) for s in progress.sentences)
    answer = Answer(question, "answered", text, (), (), engine, notes=(note,)).to_dict()
    return {
        "q": question,
        "a": {**answer, "sentences": [*progress.sentences], "sources": [*progress.sources]},
    }


def clean(question: str) -> str:
    """The question on one line, without control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in question).split())


def questions(turns: Sequence[Turn]) -> list[str]:
    """What a follow-up is understood by: the latest questions, oldest first."""
    return [turn["q"] for turn in turns[-REMEMBERED:]]


def pack(turns: Sequence[Turn]) -> str:
    """The turns as the browser keeps them: in one piece, as Gradio walks through every list on its way."""
    return json.dumps(turns, ensure_ascii=False)


def sound(turns: Any) -> list[Turn]:
    """The turns that came back from a browser, without what is none: nobody else vouches for them."""
    if isinstance(turns, str):
        try:
            turns = json.loads(turns)
        except ValueError:
            return []
    if not isinstance(turns, list):
        return []
    return [
        t for t in turns if isinstance(t, dict) and isinstance(t.get("q"), str) and _is_answer(t.get("a"))
    ][-MOST_TURNS:]


def _is_answer(answer: Any) -> bool:
    return (
        isinstance(answer, dict)
        and isinstance(answer.get("answer"), str)
        and all(
            isinstance(answer.get(name), list) for name in ("sentences", "sources", "papers", "suggestions")
        )
        and all(
            isinstance(s, dict) and {"id", "kind", "title", "quote", "passage"} <= s.keys()
            for s in answer["sources"]
        )
    )
