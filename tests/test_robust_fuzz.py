"""Whatever is put in: a result or one of our errors, within five seconds."""

from __future__ import annotations

import pytest
from fuzzing import attempt, targets
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_index import Maker

from surveyqa.answering.verification import verify, verify_against
from surveyqa.assistant import Assistant

NAMES = (
    "question",
    "dialogue",
    "search",
    "batch file",
    "claims file",
    "paper list",
    "abstracts",
    "papers",
    "environment",
)


@pytest.fixture(scope="module")
def assistant(made: Maker, tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    maker = made.at(tmp_path_factory.mktemp("home"))
    maker.build(0)
    return Assistant.open(maker.settings)


@pytest.mark.parametrize("name", NAMES)
def test_no_input_makes_a_traceback_or_hangs(assistant: Assistant, name: str) -> None:
    target = targets(assistant)[name]

    @settings(
        max_examples=40,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(value=target.strategy)
    def run(value: object) -> None:
        result = attempt(target, value)
        assert not result.startswith("FAULT"), f"{value!r}: {result}"

    run()


def test_the_list_of_targets_is_whole(assistant: Assistant) -> None:
    assert set(targets(assistant)) == set(NAMES)
    assert st.SearchStrategy in type(targets(assistant)["question"].strategy).__mro__


@pytest.mark.timeout(100)
@pytest.mark.parametrize(
    "piece", ["A", "1% ", "[1", " and ", '"a" ', "\n", " ", "(Li et al., 2023; ", "a. ", "中"]
)
def test_no_repetition_hangs(assistant: Assistant, piece: str) -> None:
    long = f"BetaQuant x ({piece * (20_000 // len(piece))}!"
    assert assistant.ask(long).notes  # says that only its beginning was read
    assistant.ask("and what of it?", [long])
    assert verify(assistant, long).verdict == verify_against(long, long).verdict == "unsupported"
    verify_against(long[:1_400], long[:6_000])
