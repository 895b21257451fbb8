"""What the page asks of the server: eight small routes of our own, typed and bounded.

A browser sends questions, ids that we issued and words from short lists; it never sends what is to be shown.
An answer comes line by line as JSON while it is made.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any

import anyio
from anyio.to_thread import run_sync
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from surveyqa.answering.contract import Done, SentenceReady, Source, Stage
from surveyqa.chat import explore, export, render
from surveyqa.chat.doorman import Refused, read_json
from surveyqa.chat.guard import Rate
from surveyqa.chat.live import Issued, Live, Pages, Turn
from surveyqa.chat.panel import panel
from surveyqa.chat.render import Language, word
from surveyqa.errors import DocumentError, SurveyQAError

if TYPE_CHECKING:
    from surveyqa.chat.server import Options

log = logging.getLogger(__name__)

MOST_CHARS = 2000  # of a question
NAME_CHARS = 100  # of a method that is compared
TURNS = 40  # of a conversation that is exported
REMEMBERED = 6  # earlier questions that a follow-up is understood by
MORE = 3  # questions that follow an answer
PAUSE = 0.08  # seconds between two looks at an answer in the making
OTHERS = 10  # requests of a client for each question it may ask


@dataclass(frozen=True)
class Asked:
    """A question as it came, checked."""

    question: str
    history: tuple[str, ...]
    language: Language
    sources: int
    use_model: bool


class Desk:
    """The routes; holds nothing of a visitor but the answers that it issued."""

    def __init__(self, live: Live, pages: Pages, options: Options) -> None:
        self.live, self.pages, self.options = live, pages, options
        self.issued = Issued()
        self.rate = Rate(options.rate)
        self.others = Rate(options.rate * OTHERS)
        self._writing = Lock()
        self._waiting = 0
        self._free: anyio.CapacityLimiter | None = None

    def routes(self) -> list[Route]:
        told = {
            ("GET", "/desk/source"): self.source, ("GET", "/desk/turn"): self.turn,
            ("GET", "/desk/more"): self.more, ("GET", "/desk/explore"): self.explore,
            ("POST", "/desk/ask"): self.ask, ("POST", "/desk/compare"): self.compare,
            ("POST", "/desk/export"): self.export, ("POST", "/desk/thumb"): self.thumb,
        }  # fmt: skip
        made = [Route(path, _refusing(do), methods=[method]) for (method, path), do in told.items()]
        return [*made, Route("/pages/{version}/{page:int}.png", self.page, methods=["GET"])]

    # ---- answers ----

    async def ask(self, request: Request) -> Response:
        """Lines of {"stage"}, {"html"} so far, and last {"turn"} or {"error"}."""
        asked = _asked(await _body(request))
        self._count(request, self.rate, asked.language)
        return self._stream(self._answer(asked), asked.language)

    async def compare(self, request: Request) -> Response:
        """As `ask`, for two to four names."""
        data = await _body(request)
        language = _language(data)
        names = [clean(x)[:NAME_CHARS] for x in _strings(data, "names", 20)]
        names = list(dict.fromkeys(name for name in names if name))
        if not 2 <= len(names) <= 4:
            raise Refused(400, word("pick_more", language))
        self._count(request, self.rate, language)
        return self._stream(self._compared(names, language), language)

    def _answer(self, asked: Asked) -> Iterator[dict[str, Any]]:
        assistant = self.live.ready()
        shown, sentences = monotonic(), []
        sources: dict[int, Source] = {}
        events = assistant.stream(
            asked.question, asked.history, sources=asked.sources, use_model=asked.use_model
        )
        for event in events:
            if isinstance(event, Stage):
                yield {"stage": word(event.name, asked.language)}
            elif isinstance(event, SentenceReady):
                sentences.append(event.sentence)
                sources |= {source.id: source for source in event.sources}
                if monotonic() - shown > PAUSE or assistant.model is not None:
                    shown = monotonic()
                    yield {"html": render.so_far(sentences, list(sources.values()), asked.language)}
            elif isinstance(event, Done):
                yield {
                    "turn": self._issue(
                        Turn(asked.question, asked.history, event.answer.to_dict()), asked.language
                    )
                }

    def _compared(self, names: list[str], language: Language) -> Iterator[dict[str, Any]]:
        answer = self.live.ready().comparison(names, language=language).to_dict()
        yield {"turn": self._issue(Turn(" vs ".join(names), (), answer), language)}

    def _issue(self, turn: Turn, language: Language) -> dict[str, Any]:
        name = self.issued.keep(turn)
        return {"id": name, "q": turn.question, "html": self._html(turn, language)}

    def _html(self, turn: Turn, language: Language) -> str:
        return render.answer(turn.answer, language, self.options.feedback is not None)

    def _stream(self, lines: Iterator[dict[str, Any]], language: Language) -> Response:
        """What `lines` yields, made by one of a few threads; a browser that goes away ends it."""
        if self._waiting >= self.options.workers + self.options.waiting:
            raise Refused(503, word("busy", language))
        self._free = self._free or anyio.CapacityLimiter(self.options.workers)
        self._waiting += 1
        return _Lines(_said(lines, self._free, language), self._done)

    def _done(self) -> None:
        self._waiting -= 1

    # ---- what was issued ----

    async def source(self, request: Request) -> Response:
        """A source of an answer: what it says, where, and its page with the sentence marked."""
        turn, language = self._known(request), _language(request.query_params)
        number, sentence = (_number(request, name) for name in ("source", "sentence"))
        found = next((s for s in turn.answer["sources"] if s["id"] == number), None)
        if found is None:
            raise Refused(404, "There is no such source.")
        html = await run_in_threadpool(self._panel, turn, found, sentence, language)
        return JSONResponse({"html": html})

    def _panel(self, turn: Turn, source: dict[str, Any], sentence: int | None, language: Language) -> str:
        assistant = self.live.assistant
        code, root = explore.code_links(assistant), self.options.root_path
        return panel(source, sentence, turn.answer, code, self.pages, root, language)

    async def turn(self, request: Request) -> Response:
        """An answer once more, in another language of the interface."""
        turn = self._known(request)
        return JSONResponse({"html": self._html(turn, _language(request.query_params))})

    async def more(self, request: Request) -> Response:
        """Questions that follow an answer, each of which has one."""
        turn, language = self._known(request), _language(request.query_params)
        if not turn.more and turn.answer["status"] == "answered":
            turn.more.extend(
                await run_in_threadpool(explore.follow_ups, self.live.ready(), turn.answer, language, MORE)
            )
        return JSONResponse({"questions": turn.more})

    async def export(self, request: Request) -> Response:
        """A file of answers; one that was forgotten is answered again, without a language model."""
        data = await _body(request)
        form = data.get("form")
        if form not in export.FORMS:
            raise Refused(400, "There is no such form.")
        asked = data.get("turns")
        if (
            not isinstance(asked, list)
            or not 1 <= len(asked) <= TURNS
            or not all(isinstance(t, dict) for t in asked)
        ):
            raise Refused(400, f"turns: give 1 to {TURNS}")
        self._count(request, self.others, _language(data))
        turns = [await run_in_threadpool(self._turn_of, turn) for turn in asked]
        return JSONResponse(export.file(turns, form, self.live.assistant.answerer.profile))

    def _turn_of(self, data: dict[str, Any]) -> Turn:
        known = self.issued.get(str(data.get("id", ""))[:40])
        if known is not None:
            return known
        asked = _asked(data)
        answer = self.live.ready().ask(asked.question, asked.history, use_model=False)
        return Turn(asked.question, asked.history, answer.to_dict())

    async def thumb(self, request: Request) -> Response:
        data = await _body(request)
        turn = self.issued.get(str(data.get("id", ""))[:40])
        if self.options.feedback is None or turn is None or not isinstance(data.get("up"), bool):
            raise Refused(404, "There is nothing to judge.")
        self._count(request, self.others, "en")
        await run_in_threadpool(self._note, self.options.feedback, turn, data["up"])
        return JSONResponse({})

    def _note(self, path: Path, turn: Turn, up: bool) -> None:
        """Append what was asked, what was answered, and the thumb; for its owner's eyes only."""
        row = {
            "time": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            "up": up,
            "question": turn.question,
            **{name: turn.answer[name] for name in ("status", "answer", "engine")},
            "sources": [s["chunk"] for s in turn.answer["sources"]],
        }
        line = json.dumps(row, ensure_ascii=False) + "\n"
        flags = os.O_APPEND | os.O_CREAT | os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0)
        with self._writing, os.fdopen(os.open(path, flags, 0o600), "a", encoding="utf-8") as file:
            file.write(line)

    def _known(self, request: Request) -> Turn:
        self._count(request, self.others, "en")
        turn = self.issued.get(request.query_params.get("id", "")[:40])
        if turn is None:
            raise Refused(410, "This answer is no longer here.")
        return turn

    # ---- the corpus ----

    async def explore(self, request: Request) -> Response:
        node = request.query_params.get("node", "")[:500]
        self._count(request, self.others, "en")
        html = await run_in_threadpool(
            explore.page, self.live.assistant, _language(request.query_params), node
        )
        return JSONResponse({"html": html})

    async def page(self, request: Request) -> Response:
        """A page as an image; the version is in the address so that a browser may keep it for good."""
        if request.path_params["version"] != self.pages.version:
            return Response(status_code=404)
        try:
            png = await run_in_threadpool(self.pages.png, int(request.path_params["page"]))
        except (DocumentError, OverflowError, ValueError):
            return Response(status_code=404)
        kept = {"cache-control": "private, max-age=31536000, immutable"}
        return Response(png, media_type="image/png", headers=kept)

    def _count(self, request: Request, rate: Rate, language: Language) -> None:
        if seconds := rate.wait(request.scope.get("surveyqa.client", "")):
            line = word("too_fast", language, n=rate.limit, s=seconds)
            raise Refused(429, line, [(b"retry-after", str(seconds).encode())])


class _Lines(StreamingResponse):
    """A stream of JSON lines; `done` is called once, however it ends."""

    def __init__(self, lines: AsyncIterator[bytes], done: Any) -> None:
        super().__init__(lines, media_type="application/x-ndjson", headers={"cache-control": "no-store"})
        self._lines, self._done = lines, done

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            async with aclosing(self._lines):  # type: ignore[type-var]
                await super().__call__(scope, receive, send)
        finally:
            self._done()


async def _said(
    lines: Iterator[dict[str, Any]], free: anyio.CapacityLimiter, language: Language
) -> AsyncIterator[bytes]:
    async with free:
        try:
            while (line := await run_sync(next, lines, None)) is not None:
                yield _line(line)
        except SurveyQAError as error:
            yield _line({"error": word("failed", language, why=error)})
        except Exception as error:
            log.exception("a question failed")
            yield _line({"error": word("failed", language, why=type(error).__name__)})
        finally:
            with anyio.CancelScope(shield=True):
                await run_sync(lines.close)  # type: ignore[attr-defined]


def _line(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, ensure_ascii=False) + "\n").encode("utf-8", "replace")


def _refusing(handle: Any) -> Any:
    async def handler(request: Request) -> Response:
        try:
            response: Response = await handle(request)
        except Refused as refused:
            headers = {k.decode(): v.decode() for k, v in refused.headers}
            response = JSONResponse({"error": refused.line}, refused.status, headers)
        response.headers.setdefault("cache-control", "no-store")
        return response

    return handler


# ---- what a browser sends, checked --------------------------------------------------------------


async def _body(request: Request) -> dict[str, Any]:
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        raise Refused(415, "Send JSON.")
    return read_json(await request.body())


def _asked(data: dict[str, Any]) -> Asked:
    language = _language(data)
    raw = data.get("question")
    question = clean(raw) if isinstance(raw, str) else ""
    if not question:
        raise Refused(400, word("empty", language))
    if len(question) > MOST_CHARS:
        raise Refused(400, word("too_long", language, n=MOST_CHARS, m=len(question)))
    sources = data.get("sources", 5)
    if isinstance(sources, bool) or not isinstance(sources, int) or not 1 <= sources <= 20:
        raise Refused(400, "sources: give a number from 1 to 20")
    return Asked(
        question,
        questions(_strings(data, "history", TURNS)),
        language,
        sources,
        data.get("model") is not False,
    )


def questions(earlier: list[str]) -> tuple[str, ...]:
    """What a follow-up is understood by: the latest questions, oldest first."""
    return tuple(clean(question)[:MOST_CHARS] for question in earlier[-REMEMBERED:])


def clean(text: str) -> str:
    """A text on one line, without control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _strings(data: dict[str, Any], name: str, most: int) -> list[str]:
    value = data.get(name, [])
    if not isinstance(value, list) or len(value) > most or not all(isinstance(x, str) for x in value):
        raise Refused(400, f"{name}: give at most {most} texts")
    return value


def _language(data: Any) -> Language:
    return "zh" if data.get("language") == "zh" else "en"


def _number(request: Request, name: str) -> int | None:
    text = request.query_params.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else None
