"""The assistant for LlamaIndex: a retriever and a query engine over the same retrieval.

In three lines, with the index that `surveyqa index` has built:

    from surveyqa.llama_index import SurveyQueryEngine
    engine = SurveyQueryEngine()
    print(engine.query("what is prefix tuning"))

`QueryEngineTool.from_defaults(engine)` makes it a tool of an agent; `SurveyRetriever()` goes wherever
LlamaIndex takes a retriever. Node ids are the content-derived ids of the chunks, the same in every build.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.response.schema import Response
from llama_index.core.callbacks import CallbackManager
from llama_index.core.prompts.mixin import PromptMixinType
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from surveyqa.answering.contract import Source
from surveyqa.assistant import Assistant

HIDDEN = [
    "quote",
    "url",
    "arxiv_id",
    "kind",
    "id",
    "papers",
]  # facts for the program, not words for an embedder


class SurveyRetriever(BaseRetriever):  # type: ignore[misc]  # LlamaIndex is not followed by mypy
    """Passages of the survey and of the abstracts, best first."""

    def __init__(
        self,
        assistant: Assistant | None = None,
        similarity_top_k: int | None = None,
        callback_manager: CallbackManager | None = None,
    ) -> None:
        """similarity_top_k: at most so many passages, by default `assistant.settings.sources`.

        Raises IndexError_ where no assistant is given and there is no index.
        """
        super().__init__(callback_manager=callback_manager)
        self.assistant = assistant or Assistant.open()
        self.similarity_top_k = similarity_top_k

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        reading = self.assistant.read(query_bundle.query_str)
        passages = self.assistant.retrieve(reading, self.similarity_top_k)
        sources = []
        for number, passage in enumerate(passages, 1):
            start, end = passage.chunk.sentences[passage.best]
            sources.append(self.assistant.source(number, passage, start, end))
        return nodes_of(sources)

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)


class SurveyQueryEngine(BaseQueryEngine):  # type: ignore[misc]  # as above
    """Checked, cited answers. `response.metadata` is the answer as `surveyqa ask --json` gives it."""

    def __init__(
        self, assistant: Assistant | None = None, callback_manager: CallbackManager | None = None
    ) -> None:
        """Raises IndexError_ where no assistant is given and there is no index."""
        super().__init__(callback_manager=callback_manager)
        self.assistant = assistant or Assistant.open()

    def _query(self, query_bundle: QueryBundle) -> Response:
        answer = self.assistant.ask(query_bundle.query_str)
        return Response(answer.text, source_nodes=nodes_of(answer.sources), metadata=answer.to_dict())

    async def _aquery(self, query_bundle: QueryBundle) -> Response:
        return await asyncio.to_thread(self._query, query_bundle)

    def _get_prompt_modules(self) -> PromptMixinType:
        return {}


def nodes_of(sources: Sequence[Source]) -> list[NodeWithScore]:
    """Each source as a node: its passage as the text, its place as metadata; in the order of the numbers."""
    return [NodeWithScore(node=_node(source), score=source.score) for source in sources]


def _node(source: Source) -> TextNode:
    facts: dict[str, Any] = {
        "id": source.id,
        "kind": source.kind,
        "title": source.title,
        "section": source.section,
        "page": source.page,
        "quote": source.quote,
        "url": source.url,
        "arxiv_id": source.arxiv_id,
        "papers": [paper.title for paper in source.papers],
    }
    metadata = {name: value for name, value in facts.items() if value not in (None, [])}
    return TextNode(
        id_=source.chunk,
        text=source.passage,
        metadata=metadata,
        excluded_embed_metadata_keys=HIDDEN,
        excluded_llm_metadata_keys=HIDDEN,
    )
