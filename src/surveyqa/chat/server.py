"""The web server around the interface: page images, health, login, headers, start and stop."""

from __future__ import annotations

import gc
import inspect
import os
import socket
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
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


_M_ARENA_MAX = -8  # in glibc's malloc.h
NO_VISITOR = 3.0  # seconds after which the server no longer waits for a first page before it warms up


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
    _share_arenas()
    # Gradio looks for it at every step of every answer, and this process draws no plots with it
    sys.modules.setdefault("matplotlib", None)  # type: ignore[arg-type]
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
        # What is here now stays. Out of the collector's counts, it no longer delays the collector for the
        # copies of the page of visitors that have left, which are cycles.
        gc.collect()
        gc.freeze()
        server.run(sockets=[listening])
    finally:
        listening.close()


def load_gradio() -> Any:
    """Import Gradio, without what it does while it is imported; half of its three seconds are that.

    It parses the source of each of its components to write type stubs beside it, which also fails where
    packages are read-only (https://github.com/gradio-app/gradio/issues/10121), and imports the MCP package
    where it is installed.
    """
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    if "gradio" not in sys.modules:
        getfile, mcp = inspect.getfile, sys.modules.get("mcp")

        def no_stubs(thing: Any) -> str:
            if isinstance(thing, type) and thing.__module__.startswith("gradio."):
                raise OSError("no stub is wanted")  # which Gradio takes for a component without a file
            return getfile(thing)

        inspect.getfile = no_stubs  # type: ignore[assignment]
        sys.modules["mcp"] = None  # type: ignore[assignment]  # as if it was not installed
        try:
            import gradio
        finally:
            inspect.getfile = getfile
            del sys.modules["mcp"]
            if mcp is not None:
                sys.modules["mcp"] = mcp
    import gradio

    return gradio


def build(assistant: Any, options: Options) -> FastAPI:
    """The whole application: the interface at /, page images at /pages, health at /health."""
    gradio = load_gradio()
    from contextlib import asynccontextmanager

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
        live.warm_up(after=NO_VISITOR)
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


def _share_arenas() -> None:
    """Let all threads take their memory from two places, where glibc would make one for every few threads
    and each would keep what its busiest moment needed: 60 MB after 2,000 questions."""
    if sys.platform == "linux":
        import ctypes

        with suppress(OSError, AttributeError):  # another libc
            ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)


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

        if _is_here(scope):  # compressing for the same machine takes longer than sending
            scope["headers"] = [(k, v) for k, v in scope["headers"] if k != b"accept-encoding"]

        async def send_with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_HEADERS]
            await send(message)

        await self.app(scope, receive, send_with_headers)


def _is_here(scope: Scope) -> bool:
    """Whether a request comes from this machine, and not for another one through a proxy on it."""
    client = scope.get("client")
    forwarded = any(name in (b"x-forwarded-for", b"forwarded", b"via") for name, _ in scope["headers"])
    return client is not None and client[0] in ("127.0.0.1", "::1") and not forwarded


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
