"""The retriever and the query engine behind LlamaIndex's own interfaces."""

from __future__ import annotations

import asyncio

import pytest
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.schema import MetadataMode
from llama_index.core.tools import QueryEngineTool, RetrieverTool

from surveyqa import Assistant, Settings
from surveyqa.llama_index import SurveyQueryEngine, SurveyRetriever

QUESTION = "what is prefix tuning"


@pytest.fixture(scope="module")
def assistant(starter: Settings) -> Assistant:
    return Assistant.open(starter)


def test_three_lines_find_the_index_of_the_settings(
    starter: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SURVEYQA_HOME", str(starter.index.parent))
    monkeypatch.setenv("SURVEYQA_OFFLINE", "1")
    monkeypatch.delenv("SURVEYQA_LLM", raising=False)
    assert "refix" in str(SurveyQueryEngine().query(QUESTION))


def test_the_retriever_gives_the_passages_of_the_assistant(assistant: Assistant) -> None:
    retriever = SurveyRetriever(assistant, similarity_top_k=3)
    nodes = retriever.retrieve(QUESTION)
    passages = assistant.retrieve(assistant.read(QUESTION), 3)
    assert [node.node.node_id for node in nodes] == [passage.chunk.id for passage in passages]
    assert [node.score for node in nodes] == [passage.score for passage in passages]
    assert isinstance(retriever, BaseRetriever)
    for node in nodes:
        assert node.metadata["quote"] in node.node.get_content(MetadataMode.NONE)
        shown = node.node.get_content(MetadataMode.LLM)
        assert (node.metadata.get("section") or node.metadata["title"]) in shown and "url:" not in shown
    assert [n.node.node_id for n in asyncio.run(retriever.aretrieve(QUESTION))] == [
        n.node.node_id for n in nodes
    ]


def test_the_query_engine_answers_as_the_assistant_does(assistant: Assistant) -> None:
    engine = SurveyQueryEngine(assistant)
    expected = assistant.ask(QUESTION)
    for response in (engine.query(QUESTION), asyncio.run(engine.aquery(QUESTION))):
        assert str(response) == expected.text
        assert [node.metadata["id"] for node in response.source_nodes] == [
            source.id for source in expected.sources
        ]
        assert response.metadata["sentences"] == expected.to_dict()["sentences"]


def test_a_refusal_stays_a_refusal(assistant: Assistant) -> None:
    response = SurveyQueryEngine(assistant).query("how do I bake sourdough bread?")
    assert response.metadata["status"] == "no_answer" and not response.source_nodes


def test_both_are_tools_of_an_agent_and_the_retriever_serves_another_engine(assistant: Assistant) -> None:
    tool = QueryEngineTool.from_defaults(
        SurveyQueryEngine(assistant), name="survey", description="the survey"
    )
    assert "refix" in str(tool.call(input=QUESTION))
    retriever = SurveyRetriever(assistant)
    assert "refix" in str(RetrieverTool.from_defaults(retriever).call(QUESTION))
    theirs = RetrieverQueryEngine.from_args(retriever, llm=MockLLM(max_tokens=5))
    assert len(theirs.query(QUESTION).source_nodes) == len(retriever.retrieve(QUESTION))
