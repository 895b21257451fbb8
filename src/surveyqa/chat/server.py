"""The web server around the interface: page images, health, login, headers, start and stop."""

from __future__ import annotations

import os
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from surveyqa.errors import DocumentError, UsageError

if TYPE_CHECKING:
    from fastapi import FastAPI

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

# Gradio's templates are functions made from strings, so 'unsafe-eval'; every host but ours is out.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
_HEADERS = [
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]


@dataclass(frozen=True)
class Options:
    """How the chat is served.

    rate: questions a client may ask in a minute, 0 for no limit; workers: questions answered at a time;
    waiting: questions that may wait; feedback: file for the thumbs, None for no thumbs.
    """

    root_path: str = ""
    auth_file: Path | None = None
    rate: int = 0
    workers: int = 4
    waiting: int = 64
    feedback: Path | None = None


def serve(
    assistant: Any,
    *,
    host: str = "127.0.0.1",
    port: int = 7860,
    options: Options | None = None,
    started: Callable[[str], None] = lambda address: None,
) -> None:
    """Serve until interrupted. `started` is told the address once requests are answered.

    Raises UsageError where the address cannot be had or the auth file cannot be used.
    """
    options = options or Options()
    listening = _listen(host, port)
    try:
        import uvicorn

        app = build(assistant, options)
        config = uvicorn.Config(
            app, log_level="warning", timeout_graceful_shutdown=1, server_header=False, access_log=False
        )
        server = uvicorn.Server(config)
        shown = f"[{host}]" if ":" in host else host
        address = f"http://{shown}:{listening.getsockname()[1]}{options.root_path}/"
        app.state.started = lambda: started(address)
        server.run(sockets=[listening])
    finally:
        listening.close()


def build(assistant: Any, options: Options) -> FastAPI:
    """The whole application: the interface at /, page images at /pages, health at /health."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    from contextlib import asynccontextmanager

    import gradio
    from fastapi import FastAPI, Response

    from surveyqa.chat.guard import Logins
    from surveyqa.chat.interface import CSS, HEAD, interface, theme
    from surveyqa.chat.live import Live
    from surveyqa.chat.pages import Pages
    from surveyqa.sources import SURVEY

    live = Live(assistant)
    pages = Pages(assistant.settings.downloads / SURVEY)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> Any:
        live.warm_up()
        app.state.started()
        yield

    app = FastAPI(title="surveyqa", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.state.started = lambda: None

    @app.get("/health")
    def health() -> dict[str, str]:
        manifest = live.assistant.index.manifest
        return {"status": "ok", "generation": manifest.generation, "corpus": manifest.corpus}

    @app.get("/pages/{version}/{page}.png")
    def page_image(version: str, page: int) -> Response:
        # the version is in the address so that a browser may keep the image for good
        if version != pages.version:
            return Response(status_code=404)
        try:
            return Response(
                pages.png(page),
                media_type="image/png",
                headers={"cache-control": "private, max-age=31536000, immutable"},
            )
        except DocumentError:
            return Response(status_code=404)

    blocks = interface(live, pages, options)
    gradio.mount_gradio_app(
        app,
        blocks,
        path="/",
        root_path=options.root_path or None,
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        show_error=False,
        enable_monitoring=False,
        mcp_server=False,
        pwa=False,
        theme=theme(),
        css=CSS,
        head=HEAD,
        allowed_paths=[],
    )
    app.add_middleware(_Doorman, logins=Logins(options.auth_file) if options.auth_file else None)
    return app


class _Doorman:
    """Asks for a login where there are users, and sends the headers that keep the page to this host."""

    def __init__(self, app: Any, logins: Any) -> None:
        self.app = app
        self.logins = logins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if self.logins and not scope["path"].endswith("/health"):
            from anyio.to_thread import run_sync

            header = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
            user = await run_sync(self.logins.user, header) if header else None
            if user is None:
                await _ask_to_log_in(send)
                return
            scope["surveyqa_user"] = user

        async def send_with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_HEADERS]
            await send(message)

        await self.app(scope, receive, send_with_headers)


async def _ask_to_log_in(send: Send) -> None:
    headers = [
        (b"www-authenticate", b'Basic realm="surveyqa", charset="UTF-8"'),
        (b"content-type", b"text/plain"),
    ]
    await send({"type": "http.response.start", "status": 401, "headers": headers + _HEADERS})
    await send({"type": "http.response.body", "body": b"Log in to use surveyqa.\n"})


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, socket.SOCK_STREAM)
    except (OSError, OverflowError) as error:
        raise UsageError(f"--host {host} --port {port} is no address here ({error})") from error
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(128)
    except OSError as error:
        listening.close()
        raise UsageError(
            f"cannot listen on {quote(host, safe=':.')} port {port} ({error.strerror}). "
            f"Choose another: --port {port + 1}"
        ) from error
    return listening
