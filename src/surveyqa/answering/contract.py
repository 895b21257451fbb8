"""Stage *answer*, its data: what every way in (command line, chat, MCP, Python) shows.

The JSON of `Answer.to_dict` is a contract: `schema` 1, fields are added but not changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Union

SCHEMA = 1

Check = Literal["supported", "partial", "unsupported"]
Origin = Literal["written", "quoted", "model"]  # ours and proved, verbatim, of a language model
SourceKind = Literal["survey", "abstract", "guide", "catalog", "paper"]


@dataclass(frozen=True)
class CitedPaper:
    """A paper that a quoted sentence cites, with where to find it."""

    title: str
    authors: str | None = None
    year: int | None = None
    arxiv_id: str | None = None
    url: str | None = None
    key: str | None = None  # of the catalogue, where the paper is on the list


@dataclass(frozen=True)
class Source:
    """What `[id]` shows: a verbatim quote, its passage, and the place it stands in."""

    id: int
    kind: SourceKind
    title: str
    authors: str | None
    year: int | None
    arxiv_id: str | None
    url: str | None
    section: str | None
    page: int | None  # 1-based page of the PDF
    quote: str
    passage: str
    score: float
    chunk: str  # content-derived id of the indexed piece
    papers: tuple[CitedPaper, ...] = ()


@dataclass(frozen=True)
class Sentence:
    """A sentence of an answer. `citations` are ids of sources; `text` holds no marks.

    quotes: for each citation, the sentence of that source which carries this one, verbatim.
    """

    text: str
    citations: tuple[int, ...]
    check: Check
    origin: Origin = "quoted"
    quotes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Engine:
    generator: str
    embedder: str
    generation: str
    corpus: Literal["survey", "starter"]
    # of a language model, None without one; tokens are estimated where a server does not count them
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost_usd: float | None = None  # where the server says
    repaired: int | None = None  # sentences asked for a second time
    dropped: int | None = None  # sentences that no passage carries: never shown


@dataclass(frozen=True)
class Understood:
    """What a question was read as, for its asker. list: the query on the paper list in words."""

    text: str
    intent: str
    subjects: tuple[str, ...] = ()
    list: str | None = None
    resolved: bool = False  # from the dialogue: "ask as typed" makes a difference
    answered: tuple[str, ...] = ()  # what the answer speaks of, in its order: what comes next may lean on it
    scope: str = ""  # key of the paper of the user's own that alone was asked


@dataclass(frozen=True)
class Premise:
    """What a question takes for granted and the corpus does not tell, or tells otherwise."""

    text: str
    verdict: Literal["contradicted", "unstated"]
    citations: tuple[int, ...] = ()


@dataclass(frozen=True)
class Answer:
    """One answer. `text` is what a reader sees, with [1] marks."""

    question: str
    status: Literal["answered", "no_answer"]
    text: str
    sentences: tuple[Sentence, ...]
    sources: tuple[Source, ...]
    engine: Engine
    papers: tuple[Mapping[str, Any], ...] = ()
    total: int | None = None  # of papers, for questions about the list
    suggestions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()  # what the reader should know of how this answer came about
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    table: Mapping[str, Any] | None = None  # of a comparison: columns, rows of cells with citations
    bibtex: str | None = None  # of the papers behind a paragraph of related work
    understood: Understood | None = None
    premise: Premise | None = None

    def to_dict(self) -> dict[str, Any]:
        """The contract's object, ready for JSON."""
        answer: dict[str, Any] = {
            "schema": SCHEMA,
            "question": self.question,
            "status": self.status,
            "answer": self.text,
            "sentences": [asdict(sentence) for sentence in self.sentences],
            "sources": [asdict(source) for source in self.sources],
            "papers": [dict(paper) for paper in self.papers],
            "suggestions": list(self.suggestions),
            "notes": list(self.notes),
            "engine": asdict(self.engine),
            "timings_ms": dict(self.timings_ms),
        }
        read = self.understood
        answer["understood"] = read and {
            "as": read.text,
            "intent": read.intent,
            "subjects": list(read.subjects),
            "list": read.list,
            "resolved": read.resolved,
            "answered": list(read.answered),
            "of": read.scope or None,
        }
        answer["premise"] = self.premise and {**asdict(self.premise)}
        for name in ("total", "table", "bibtex"):
            if getattr(self, name) is not None:
                answer[name] = getattr(self, name)
        return answer


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
