"""Numbers of sources over a dialogue."""

from __future__ import annotations

from llm_bench import made_settings

from surveyqa.assistant import Assistant
from surveyqa.catalog import Catalog
from surveyqa.conversation import REMEMBERED, Conversation
from surveyqa.events import Done, SentenceReady
from surveyqa.index import Index


def talk() -> Conversation:
    settings = made_settings()
    return Conversation(Assistant(settings, Index.open(settings), Catalog.load(settings.corpus)))


def test_a_source_keeps_its_number_and_new_ones_get_the_next() -> None:
    dialogue = talk()
    first = dialogue.ask("What is FernQuant?")
    second = dialogue.ask("What is PondCache?")
    again = dialogue.ask("What is FernQuant?")
    known = {(s.passage, s.page): s.id for s in first.sources}
    same = [s for s in again.sources if (s.passage, s.page) in known]
    assert same and all(s.id == known[s.passage, s.page] for s in same)
    shown: dict[int, tuple[str, int | None]] = {}
    for answer in (first, second, again):
        for source in answer.sources:
            assert shown.setdefault(source.id, (source.passage, source.page)) == (source.passage, source.page)
        for sentence in answer.sentences:
            assert set(sentence.citations) <= {s.id for s in answer.sources}
            assert all(f"[{c}]" in answer.text for c in sentence.citations)
    assert any(s.id > len(first.sources) for s in second.sources)


def test_events_and_answer_have_the_same_numbers() -> None:
    dialogue = talk()
    dialogue.ask("What is PondCache?")
    events = list(dialogue.stream("What is FernQuant?"))
    done = events[-1]
    assert isinstance(done, Done)
    assert [e.sentence for e in events if isinstance(e, SentenceReady)] == list(done.answer.sentences)


def test_the_memory_is_bounded() -> None:
    dialogue = talk()
    dialogue.questions = ["What is PondCache?"] * 50
    dialogue.ask("What is FernQuant?")
    assert len(dialogue.questions) == REMEMBERED
