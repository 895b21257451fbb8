"""Comparison tables and paragraphs of related work, with and without a model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from llm_bench import Reply, made_settings, prompt_of, serving

from surveyqa.assistant import Assistant
from surveyqa.catalog import Catalog
from surveyqa.cli.ask import render
from surveyqa.index import Index
from surveyqa.models import prompts
from surveyqa.models.llm import open_model
from surveyqa.models.synthesis import related_topic
from surveyqa.settings import Settings


@pytest.fixture(scope="module")
def plain() -> Assistant:
    settings = made_settings()
    return Assistant(settings, Index.open(settings), Catalog.load(settings.corpus))


def with_model(plain: Assistant, llm: str) -> Assistant:
    settings = replace(plain.settings, llm=llm)
    model = open_model(settings, {"SURVEYQA_LLM_TIMEOUT": "5"})
    return Assistant(settings, plain.index, plain.catalog, model)


NAMES = ("FernQuant", "LarchQuant", "MossCut")


def test_a_cell_is_a_verbatim_sentence_on_its_row_or_nothing(plain: Assistant) -> None:
    table = plain.comparison(NAMES, ("bits", "throughput", "price"))
    assert table.rows == NAMES
    assert "3 bits" in table.cells["FernQuant", "bits"].text
    assert "8 bits" in table.cells["LarchQuant", "bits"].text
    assert "2.7 times" in table.cells["FernQuant", "throughput"].text
    assert ("LarchQuant", "throughput") not in table.cells  # unstated: blank
    assert not any(column == "price" for _, column in table.cells)
    for (row, _), cell in table.cells.items():
        source = table.sources[cell.source - 1]
        assert source.id == cell.source and cell.text == source.quote and row in source.passage


def test_a_comparison_of_three_is_a_table_in_the_answer(plain: Assistant) -> None:
    answer = plain.ask("Compare FernQuant, LarchQuant and MossCut")
    assert answer.table is not None and [r["name"] for r in answer.table["rows"]] == list(NAMES)
    assert answer.text.startswith("| |") and answer.text.count("\n") == 4
    assert answer.to_dict()["table"] == answer.table
    assert all(s.citations and s.check == "supported" for s in answer.sentences)
    shown = render(answer)
    assert "FernQuant" in shown and "| ---" not in shown


def test_two_methods_and_no_table_asked_is_prose(plain: Assistant) -> None:
    assert plain.ask("How does FernQuant differ from LarchQuant?").table is None
    assert plain.ask("Show FernQuant and LarchQuant side by side").table is not None


def test_a_model_shortens_cells_and_its_lies_are_replaced(plain: Assistant) -> None:
    def script(request: dict[str, Any], n: int) -> Reply:
        prompt = prompt_of(request)
        if "Question: FernQuant" in prompt:
            return Reply("FernQuant stores weights in 3 bits [1].")
        if "Question: LarchQuant" in prompt:
            return Reply("LarchQuant quantizes weights to 4 bits [1].")
        return Reply(prompts.REFUSAL)

    with serving(script=script) as server:
        table = with_model(plain, server.llm).comparison(NAMES, ("bits",))
    assert table.cells["FernQuant", "bits"].text == "FernQuant stores weights in 3 bits."
    assert (
        table.cells["LarchQuant", "bits"].text
        == plain.comparison(NAMES, ("bits",)).cells["LarchQuant", "bits"].text
    )


def test_a_model_that_fails_leaves_the_table(plain: Assistant) -> None:
    with serving(Reply(status=401, body="")) as server:
        table = with_model(plain, server.llm).comparison(NAMES, ("bits",))
        assert len(server.requests) == 1
    assert table.cells == plain.comparison(NAMES, ("bits",)).cells


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("write a related-work paragraph on KV cache eviction", "KV cache eviction"),
        ("Please draft a related work section about pruning.", "pruning"),
        ("Write a short literature review on 3-bit quantization", "3-bit quantization"),
        ("写一段关于投机解码的相关工作", "投机解码"),
        ("What is related work?", None),
        ("How does FernQuant relate to work on pruning?", None),
    ],
)
def test_the_topic_of_a_paragraph(text: str, topic: str | None) -> None:
    assert related_topic(text) == topic


def test_a_paragraph_of_a_model_passes_the_same_check(plain: Assistant) -> None:
    def script(request: dict[str, Any], n: int) -> Reply:
        if "was written about" in prompt_of(request):
            return Reply(prompts.REFUSAL)
        assert prompts.LENGTH_PARAGRAPH in prompt_of(request)
        return Reply(
            "MossCut zeroes single weights by their magnitude [1]. MossCut was written by a poet [1]."
        )

    with serving(script=script) as server:
        answer = with_model(plain, server.llm).ask("Write a related-work paragraph on MossCut sparsity")
    assert [s.text for s in answer.sentences] == ["MossCut zeroes single weights by their magnitude."]


def test_bibtex_of_the_papers_that_the_real_survey_cites(shared: Path) -> None:
    """Only with an index of the originals; none is built for it."""
    settings = Settings.from_env()
    if not (settings.index / "CURRENT").is_file():
        pytest.skip("no index of the originals (SURVEYQA_HOME)")
    answer = Assistant.open(replace(settings, llm="none")).ask(
        "write a related-work paragraph on KV cache eviction"
    )
    assert answer.bibtex and answer.bibtex.count("@") >= 2
    assert answer.to_dict()["bibtex"] == answer.bibtex and "@" in render(answer)
