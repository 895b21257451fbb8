"""The assistant for MCP clients: tools ask, search, papers, verify; sections and papers as resources.

Each tool answers twice: in words that a model can read, with the numbers of the sources, and as structured
content, which for `ask` is the object of `surveyqa ask --json`. The index is opened in the background, so
that a client's handshake does not wait for it. Needs the extra: pip install 'surveyqa[mcp]'.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from inspect import getdoc
from typing import Any
from urllib.parse import quote

import anyio
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError, ToolError
from mcp.types import CallToolResult, Resource, TextContent, ToolAnnotations

from surveyqa import __version__
from surveyqa.answering.contract import Answer, Source
from surveyqa.answering.verification import verify, verify_against
from surveyqa.assistant import Assistant
from surveyqa.catalog import Paper, as_dict
from surveyqa.chat.doorman import Doorman, Doors, hosts_of
from surveyqa.chat.live import Live
from surveyqa.errors import SurveyQAError
from surveyqa.index.chunks import Chunk
from surveyqa.profile import Profile

MAX_PASSAGES = 50
MAX_CHARACTERS = 20_000  # of a question, a claim or a passage

MAX_BODY = 1024 * 1024  # bytes of a request over HTTP
MAX_TURNS = 40  # earlier questions of a dialogue

INSTRUCTIONS = """\
Answers about "{title}" (arXiv {arxiv_id}) and the papers on its list.
Every sentence of an answer has the numbers of its sources: section, page and verbatim words.
When status is "no_answer" the survey does not say: tell so, do not answer from memory.
Keep the citations, with section and page, in what you write."""

READS = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)


class Server(MCPServer[Any]):
    """The MCP server; `opened` brings the assistant, in its own time."""

    def __init__(self, opened: Future[Assistant], profile: Profile) -> None:
        super().__init__(
            "surveyqa",
            title=profile.title,
            version=__version__,
            instructions=INSTRUCTIONS.format(title=profile.title, arxiv_id=profile.arxiv_id),
            log_level="WARNING",
        )
        self._opened = opened
        self._live: Live | None = None
        for tool in (self.ask, self.search, self.papers, self.verify):
            self.add_tool(tool, description=getdoc(tool), annotations=READS)
        described: dict[str, tuple[Callable[..., str], str]] = {
            "survey://sections": (
                self.read_sections,
                "The sections of the survey, one a line, with their addresses",
            ),
            "survey://section/{number}": (
                self.read_section,
                "The text of a section, like 2.3.1, page by page",
            ),
            "survey://papers": (self.read_papers, "The paper list as JSON"),
            "survey://paper/{key}": (
                self.read_paper,
                "An entry of the list, its abstract and where the survey cites it",
            ),
        }
        for uri, (read, description) in described.items():
            mime = "application/json" if uri == "survey://papers" else "text/markdown"
            self.resource(
                uri, name=read.__name__.removeprefix("read_"), description=description, mime_type=mime
            )(read)

    def assistant(self) -> Assistant:
        """The assistant of the current generation; waits for it. Raises SurveyQAError where there is none."""
        if self._live is None:
            self._live = Live(self._opened.result())
        assistant: Assistant = self._live.assistant
        return assistant

    # ---- tools: the docstrings are what a model reads ----

    def ask(self, question: str, history: list[str] | None = None) -> CallToolResult:
        """Answer a question about efficient large language models from the survey, with checked citations.

        question: in English or Chinese. history: the earlier questions of the dialogue, oldest first.
        Each sentence stands on its sources; [n] names one with section, page and verbatim words.
        """
        if len(history or ()) > MAX_TURNS:
            raise ToolError(f"history: give at most {MAX_TURNS} questions")
        with _told(ToolError):
            answer = self.assistant().ask(_short(question), [_short(turn) for turn in history or ()])
        return _result(_answer_text(answer), answer.to_dict())

    def search(self, query: str, limit: int = 5) -> CallToolResult:
        """Find the passages of the survey and of the papers' abstracts nearest to a query, with no answer."""
        if not 1 <= limit <= MAX_PASSAGES:
            raise ToolError(f"limit {limit}: give a number from 1 to {MAX_PASSAGES}")
        with _told(ToolError):
            sources = self.assistant().search(_short(query), limit)
        text = "\n\n".join(f"{_place(source)}\n> {source.passage}" for source in sources) or "nothing found"
        return _result(text, {"schema": 1, "sources": [asdict(source) for source in sources]})

    def papers(
        self,
        category: str | None = None,
        first_year: int | None = None,
        last_year: int | None = None,
        venue: str | None = None,
        title: str | None = None,
        has_code: bool | None = None,
    ) -> CallToolResult:
        """Papers of the survey's list that meet every condition given, complete and counted.

        category: at any depth, like "Weight-Only Quantization" or "Knowledge Distillation". venue: like
        "ICLR". title: words that stand in the title. has_code: whether the list links code.
        """
        with _told(ToolError):
            catalog = self.assistant().catalog
        if category and not catalog.category(category):
            near = ", ".join(path[-1] for path in catalog.taxonomy.leaves)
            raise ToolError(f"there is no category {category!r}. There are: {near}")
        years = (first_year, last_year) if (first_year, last_year) != (None, None) else None
        found = catalog.filter(category, years, venue, title, has_code)
        lines = [f"{len(found)} of {len(catalog.papers)} papers"]
        lines += [f"- {paper.title} ({paper.where}) {paper.url or ''}".rstrip() for paper in found]
        return _result("\n".join(lines), {"total": len(found), "papers": [as_dict(paper) for paper in found]})

    def verify(self, claim: str, passage: str | None = None) -> CallToolResult:
        """Check a claim against the survey, or against a passage that you give.

        The verdict is supported, contradicted, unsupported or not_found, with reasons and the evidence.
        """
        with _told(ToolError):
            claim = _short(claim)
            finding = verify_against(claim, _short(passage)) if passage else verify(self.assistant(), claim)
        lines = [finding.verdict.replace("_", " "), *finding.reasons]
        if finding.evidence:
            lines.append(f"{_place(finding.evidence)}\n> {finding.evidence.quote}")
        return _result("\n".join(lines), finding.to_dict())

    # ---- resources ----

    async def list_resources(self) -> list[Resource]:
        """The fixed resources, and each section by its own address."""
        fixed = await super().list_resources()
        try:
            sections = await anyio.to_thread.run_sync(lambda: _sections(self.assistant()))
        except SurveyQAError:  # a tool's call tells why
            return fixed
        return fixed + [
            Resource(uri=_address("section", number), name=title, mime_type="text/markdown")
            for number, title in sections.items()
        ]

    def read_sections(self) -> str:
        with _told(ResourceError):
            sections = _sections(self.assistant())
        return "\n".join(f"- {title}: {_address('section', number)}" for number, title in sections.items())

    def read_section(self, number: str) -> str:
        with _told(ResourceError):
            assistant = self.assistant()
        sections = _sections(assistant)
        if number not in sections:
            raise ResourceNotFoundError(f"there is no section {number!r}. See survey://sections")
        below = [
            f"- {title}: {_address('section', n)}"
            for n, title in sections.items()
            if n.startswith(f"{number}.")
        ]
        return "\n\n".join(
            [f"# {sections[number]}", *_section_text(assistant, number), "\n".join(below)]
        ).strip()

    def read_papers(self) -> str:
        with _told(ResourceError):
            papers = self.assistant().catalog.papers
        rows = [{"uri": _address("paper", paper.key), **as_dict(paper)} for paper in papers]
        return json.dumps({"total": len(rows), "papers": rows}, ensure_ascii=False)

    def read_paper(self, key: str) -> str:
        with _told(ResourceError):
            assistant = self.assistant()
        paper = assistant.catalog.by_key.get(key)
        if paper is None:
            raise ResourceNotFoundError(f"there is no paper {key!r} on the list. See survey://papers")
        return "\n\n".join(_paper_text(assistant, paper))


def make_server(open_assistant: Callable[[], Assistant], profile: Profile) -> Server:
    """A server whose assistant is opened in the background, from now on."""
    pool = ThreadPoolExecutor(1, thread_name_prefix="opening")
    opened = pool.submit(open_assistant)
    pool.shutdown(wait=False)
    return Server(opened, profile)


def http_app(server: Server, host: str = "127.0.0.1") -> Any:
    """The server over streamable HTTP, behind the same door as the chat: one route, bounded bodies, and only
    for callers that mean this host."""
    names, any_address = hosts_of(host)
    routes = tuple((method, "/mcp") for method in ("GET", "POST", "DELETE"))
    doors = Doors(routes, hosts=names, any_address=any_address, body=MAX_BODY)
    return Doorman(server.streamable_http_app(host=host), doors)


@contextmanager
def _told(kind: type[ToolError | ResourceError]) -> Iterator[None]:
    """Turns an error of ours into what the client is told; of any other it does not see the text."""
    try:
        yield
    except SurveyQAError as error:
        raise kind(str(error)) from error


def _short(text: str) -> str:
    text = " ".join(text.replace("\0", " ").split())
    if not text or len(text) > MAX_CHARACTERS:
        raise ToolError(f"give a text of 1 to {MAX_CHARACTERS} characters, this one has {len(text)}")
    return text


def _result(text: str, structured: Mapping[str, Any]) -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text=text)], structured_content=dict(structured))


def _answer_text(answer: Answer) -> str:
    """The answer, then the sources that it cites; a refusal with what is nearest."""
    cited = {number for sentence in answer.sentences for number in sentence.citations}
    parts = [*answer.notes, answer.text]
    parts += [f"{_place(source)}\n> {source.quote}" for source in answer.sources if source.id in cited]
    parts += [f"- {suggestion}" for suggestion in answer.suggestions]
    return "\n\n".join(parts)


def _place(source: Source) -> str:
    section = f"section {source.section}" if (source.section or "")[:1].isdigit() else source.section
    page = f"page {source.page}" if source.page else None
    return f"[{source.id}] " + ", ".join(part for part in (source.title, section, page, source.url) if part)


def _address(kind: str, name: str) -> str:
    return f"survey://{kind}/{quote(name, safe='')}"


def _number(chunk: Chunk) -> tuple[str, str] | None:
    """(number, heading) of the deepest numbered section that a chunk of the survey or the guide stands in."""
    if chunk.kind not in ("survey", "guide"):
        return None
    headings = [part for part in chunk.path if part[:1].isdigit()] or [part for part in chunk.path[:1]]
    return (
        (headings[-1].split()[0] if headings[-1][:1].isdigit() else headings[-1], headings[-1])
        if headings
        else None
    )


def _sections(assistant: Assistant) -> dict[str, str]:
    """Heading of each section by its number (by itself where it has none), in the order of the survey."""
    found: dict[str, str] = {}
    for chunk in assistant.index.chunks:
        if chunk.kind in ("survey", "guide"):
            for part in chunk.path:
                if part[:1].isdigit():
                    found.setdefault(part.split()[0], part)
            if number := _number(chunk):
                found.setdefault(*number)
    return found


def _section_text(assistant: Assistant, number: str) -> Iterator[str]:
    """A section's own text: headings below it, pages, paragraphs; figures and tables by their captions."""
    page: int | None = None
    heading: tuple[str, ...] = ()
    for chunk in assistant.index.chunks:
        at = _number(chunk)
        if at is None or at[0] != number or chunk.form == "figure-list":
            continue
        below = chunk.path[chunk.path.index(at[1]) + 1 :]
        if below and below != heading:
            yield f"## {' > '.join(below)}"
        heading = below
        if chunk.page_at(0) != page:
            page = chunk.page_at(0)
            yield f"(page {page})"
        yield chunk.text


def _paper_text(assistant: Assistant, paper: Paper) -> Iterator[str]:
    yield f"# {paper.title}"
    facts: Sequence[tuple[str, object]] = (
        ("published", paper.where), ("arXiv", paper.arxiv_id), ("paper", paper.url), ("code", paper.code),
        ("category", "; ".join(" > ".join(path) for path in paper.categories)),
    )  # fmt: skip
    yield "\n".join(f"- {name}: {value}" for name, value in facts if value)
    chunks = assistant.index.chunks
    yield from (
        c.text
        for c in chunks
        if c.document.partition(":")[2] == paper.key and c.kind not in ("survey", "guide")
    )
    keys = {
        paper.key,
        *(key for key, reference in assistant.index.references.items() if reference.paper == paper.key),
    }
    places = dict.fromkeys(
        f"- section {c.section}" + (f", page {c.page_at(start)}" if c.page_at(start) else "")
        for c in chunks
        if c.kind in ("survey", "guide") and c.section
        for start, _, key in c.cites
        if key in keys
    )
    if places:
        yield "Cited in the survey:\n\n" + "\n".join(places)
