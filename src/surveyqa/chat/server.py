"""The web server around the page: which routes there are, health, start and stop."""

from __future__ import annotations

import gc
import inspect
import json
import os
import socket
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from surveyqa.errors import UsageError

if TYPE_CHECKING:
    from fastapi import FastAPI

    from surveyqa.assistant import Assistant
    from surveyqa.chat.live import Live
    from surveyqa.settings import Settings

# Gradio's templates are functions made from strings, so 'unsafe-eval'; every host but ours is out.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)

# Every path that is answered, by method; the rest of Gradio's routes (functions, queue, uploads, files of
# this machine and of others, streams, logins, schemas) are not there. No function is called over Gradio.
_FILE = r"[A-Za-z0-9_\-]+(?:\.[A-Za-z0-9_\-]+)*"
ROUTES = (
    ("GET", r"/(?:health|theme\.css|favicon\.ico|manifest\.json)?"),
    ("HEAD", r"/"),
    ("GET", rf"/(?:assets|static|svelte)(?:/{_FILE}){{1,6}}"),
    ("GET", r"/gradio_api/(?:heartbeat/[a-z0-9]{1,20}|startup-events)"),
    ("GET", r"/pages/[0-9a-f]{1,20}-[0-9a-f]{1,20}/[0-9]{1,5}\.png"),
    ("GET", r"/desk/(?:source|turn|more|explore)"),
    ("POST", r"/desk/(?:ask|compare|export|thumb)"),
)
OPEN = frozenset(("/health",))  # without a login

_M_ARENA_MAX = -8  # in glibc's malloc.h
SESSIONS = 50  # copies of the page that Gradio may keep
NO_VISITOR = 3.0  # seconds after which the server no longer waits for a first page before it warms up


@dataclass(frozen=True)
class Options:
    """How the chat is served.

    rate: questions a client may ask in a minute, 0 for no limit; workers: questions answered at a time;
    waiting: questions that may wait; feedback: file for the thumbs, None for no thumbs; host: listened on;
    allowed_hosts: names that a browser may call us by; proxies: addresses whose X-Forwarded headers count.
    """

    root_path: str = ""
    auth_file: Path | None = None
    rate: int = 0
    workers: int = 4
    waiting: int = 64
    feedback: Path | None = None
    host: str = "127.0.0.1"
    allowed_hosts: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ()


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
    options = replace(options or Options(), host=host)
    listening = _listen(host, port)
    _share_arenas()
    # Gradio looks for it at every step of every answer, and this process draws no plots with it
    sys.modules.setdefault("matplotlib", None)  # type: ignore[arg-type]
    try:
        import uvicorn

        from surveyqa.chat.doorman import protocol

        app = build(assistant, options)
        config = uvicorn.Config(
            app,
            log_level="warning",
            timeout_graceful_shutdown=1,
            server_header=False,
            access_log=False,
            http=protocol(),
            ws="none",
            proxy_headers=False,
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


def load(settings: Settings) -> tuple[Assistant, dict[str, float]]:
    """The assistant, and Gradio imported while its index is read; with the seconds until each was there."""
    from surveyqa.assistant import Assistant

    began = perf_counter()
    phases: dict[str, float] = {}

    def open_index() -> Assistant:
        assistant = Assistant.open(settings)
        phases["the index is open"] = perf_counter() - began
        return assistant

    with ThreadPoolExecutor(1) as reading:  # which waits for the disk, while importing computes
        opened = reading.submit(open_index)
        load_gradio()
        phases["Gradio is imported"] = perf_counter() - began
        return opened.result(), phases


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

    from fastapi import FastAPI

    from surveyqa.chat import explore
    from surveyqa.chat.desk import Desk
    from surveyqa.chat.doorman import HEADERS, Doorman, Doors, hosts_of
    from surveyqa.chat.guard import Logins
    from surveyqa.chat.live import Live, Pages
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

    app.router.routes.extend(Desk(live, pages, options).routes())
    gradio.mount_gradio_app(
        app,
        page(live),
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
        css=style(),
        head=head(options, explore.llm_host(assistant.settings.llm)),
        allowed_paths=[],
    )
    hosts, any_address = hosts_of(options.host, options.allowed_hosts)
    doors = Doors(
        ROUTES,
        OPEN,
        hosts,
        any_address,
        frozenset(options.proxies),
        headers=[*HEADERS, (b"content-security-policy", _POLICY.encode())],
        queries=r"/desk/.*",
    )
    app.add_middleware(Doorman, doors=doors, logins=Logins(options.auth_file) if options.auth_file else None)
    return app


# ---- the page as Gradio draws it: its events stay in the browser ----


def theme() -> Any:
    """Plain, with the fonts that the machine has: nothing is fetched."""
    sans = ["system-ui", "-apple-system", "Segoe UI", "Noto Sans", "PingFang SC", "Microsoft YaHei",
            "Noto Sans CJK SC", "sans-serif"]  # fmt: skip
    mono = ["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"]
    return load_gradio().themes.Base(primary_hue="sky", neutral_hue="slate", font=sans, font_mono=mono)


def style() -> str:
    from surveyqa.chat.render import STATIC

    return (STATIC / "chat.css").read_text(encoding="utf-8")


def head(options: Options, llm: str) -> str:
    """What stands in the page's head: colours, scripts, and the words that the scripts show."""
    from surveyqa.chat.desk import MOST_CHARS
    from surveyqa.chat.render import STATIC, WORDS

    shared = {"root": options.root_path, "words": WORDS, "most": MOST_CHARS, "llm": llm}
    values = json.dumps(shared, ensure_ascii=False).replace("<", "\\u003c")
    scripts = "".join(
        (STATIC / name).read_text(encoding="utf-8") for name in ("store.js", "viewer.js", "chat.js")
    )
    colours = (STATIC / "page.css").read_text(encoding="utf-8")
    return (
        f'<meta name="robots" content="noindex"><style>{colours}</style>'
        f"<script>window.surveyqaShared = {values};\n{scripts}</script>"
    )


def page(live: Live) -> Any:
    """One page for every visitor: it holds components, never anything of a visitor."""
    gr = load_gradio()
    with (
        _no_applications(gr),
        gr.Blocks(title="surveyqa", analytics_enabled=False, fill_width=True) as blocks,
    ):
        _lay_out(gr, live.assistant, blocks)
    blocks.state_session_capacity = SESSIONS
    return blocks


def _lay_out(gr: Any, assistant: Any, blocks: Any) -> None:
    from surveyqa.chat import explore, render
    from surveyqa.chat.render import word

    settings = assistant.settings
    _html(_header(assistant), "header")
    with gr.Row(elem_id="desk"):
        _html("", "list")
        with gr.Column(scale=3, min_width=320, elem_id="main"), gr.Tabs(elem_id="tabs"):
            with gr.Tab(word("chat"), id="chat") as chat:
                _html(render.welcome(assistant.answerer.profile), "talk")
                box = gr.Textbox(
                    label=word("ask_label"), show_label=False, container=False, placeholder=word("ask_hint"),
                    lines=1, max_lines=6, submit_btn=word("send"), autofocus=True, elem_id="box",
                )  # fmt: skip
            with gr.Tab(word("explore"), id="explore") as explored:
                _html("", "explorer")  # comes when its tab is opened
            with gr.Tab(word("compare"), id="compare") as compared:
                pick = gr.Dropdown(
                    explore.names(assistant), multiselect=True, max_choices=4, label=word("pick"),
                    info=word("pick_hint"), elem_id="pick",
                )  # fmt: skip
                press = gr.Button(word("compare_do"), variant="primary", elem_id="compare")
                _html("", "compared")
            with gr.Tab(word("settings"), id="settings") as set_up, gr.Column(elem_id="settings-form"):
                wishes = [
                    gr.Radio(
                        [("English", "en"), ("中文", "zh")], value="en", label=word("language"),
                        elem_id="language",
                    ),
                    gr.Checkbox(False, label=word("dark"), elem_id="dark"),
                    gr.Slider(
                        1, 20, value=settings.sources, step=1, label=word("n_sources"), elem_id="n-sources"
                    ),
                    gr.Checkbox(
                        True, label=word("use_llm", host=explore.llm_host(settings.llm)),
                        visible=settings.llm != "none", elem_id="use-llm",
                    ),
                ]  # fmt: skip
                _html(explore.in_use(assistant), "in-use")
        with gr.Column(scale=2, min_width=320, elem_id="side"):
            _html("", "panel")
    here: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
    worded = [chat, explored, compared, set_up, box, pick, press, *wishes]
    blocks.load(None, None, [*wishes, *worded], js="() => surveyqa.start()", **here)
    box.submit(None, [box], [box], js="(text) => surveyqa.submit(text)", **here)
    press.click(None, [pick], None, js="(names) => surveyqa.compare(names)", **here)
    for wish in wishes:
        wish.input(None, wishes, worded, js="(...wishes) => surveyqa.wish(...wishes)", **here)


def _html(value: str, name: str) -> Any:
    value = f'<div class="hold">{value}</div>'  # what the page's script fills
    return load_gradio().HTML(value, elem_id=name, apply_default_css=False, padding=False)


def _header(assistant: Any) -> str:
    from surveyqa.chat import render

    starter = assistant.index.manifest.corpus != "survey"
    note = f' <span class="kind guide">{render.both("kind_guide")}</span>' if starter else ""
    return f"<h1>surveyqa</h1><p>{render.both('tagline')}{note}</p>"


@contextmanager
def _no_applications(gr: Any) -> Iterator[None]:
    """Gradio makes a web application at each step of making a page; only the one that is mounted is used."""
    made = gr.routes.App.create_app
    gr.routes.App.create_app = staticmethod(lambda *args, **more: None)
    try:
        yield
    finally:
        gr.routes.App.create_app = staticmethod(made)


# ---- the process ----


def _share_arenas() -> None:
    """Let all threads take their memory from two places, where glibc would make one for every few threads
    and each would keep what its busiest moment needed: 60 MB after 2,000 questions."""
    if sys.platform == "linux":
        import ctypes

        with suppress(OSError, AttributeError):  # another libc
            ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)


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
