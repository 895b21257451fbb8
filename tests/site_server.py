"""A real HTTP server on loopback that serves the originals, and fails on demand."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import socket
import struct
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from surveyqa.sources import Origin
from surveyqa.sources.web import Limits, Web

Act = Callable[["Handler"], None]
QUICK = Limits(connect=2, silent=0.4, whole=3, attempts=3, backoff=0.02, patience=2, pace=0)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        self.server.log.append(self.path)
        self.server.headers[path].append(dict(self.headers))
        faults = self.server.faults[path]
        act = faults.popleft() if faults else self.server.routes.get(path, reply(b"nothing here", 404))
        act(self)

    def log_message(self, format: str, *args: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.routes: dict[str, Act] = {}
        self.faults: defaultdict[str, deque[Act]] = defaultdict(deque)
        self.headers: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
        self.log: list[str] = []

    def shutdown_request(self, request: socket.socket) -> None:  # type: ignore[override]
        if struct.unpack("ii", request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8))[0]:
            request.close()  # resets the connection, see `cut`
        else:
            super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # a client that was killed or lost patience

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def fail(self, path: str, *acts: Act) -> None:
        """What the next requests for `path` get instead of the right answer."""
        self.faults[path].extend(acts)

    def asked(self, path: str) -> int:
        return sum(urlsplit(line).path == path for line in self.log)

    def web(self, **kind: object) -> Web:
        options = {
            "limits": QUICK,
            "pace": {},
            "local": {("127.0.0.1", self.port)},
            "resolve": only_loopback,
        } | kind
        return Web(**options)  # type: ignore[arg-type]

    @property
    def origin(self) -> Origin:
        return Origin(
            commits=f"{self.base}/commits",
            content=f"{self.base}/content/{{sha}}",
            raw=f"{self.base}/raw/{{sha}}",
            survey=(f"{self.base}/survey.pdf", f"{self.base}/second.pdf"),
            arxiv=f"{self.base}/api/query",
            notes=(f"{self.base}/notes2?id={{id}}", f"{self.base}/notes1?id={{id}}"),
        )


def only_loopback(host: str, port: int) -> list[str]:
    """No test asks a name server: one that wants out learns that there is no such host."""
    if host != "127.0.0.1":
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return [host]


@contextmanager
def running(server: Server) -> Iterator[Server]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


# ---- answers, right and wrong


def reply(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Act:
    def act(handler: Handler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return act


def tagged(body: bytes, etag: str) -> Act:
    """`body`, or 304 where the client has it."""

    def act(handler: Handler) -> None:
        if handler.headers.get("If-None-Match") == etag:
            reply(b"", 304, {"ETag": etag})(handler)
        else:
            reply(body, headers={"ETag": etag})(handler)

    return act


def redirect(url: str) -> Act:
    return reply(b"", 302, {"Location": url})


def broken_off(body: bytes) -> Act:
    """Promises the whole body, sends half, and closes."""

    def act(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body[: len(body) // 2])
        handler.close_connection = True

    return act


def short_length(body: bytes) -> Act:
    """Promises less than there is: the client reads a body that breaks off."""
    return reply(body, headers={"Content-Length": str(len(body) // 2)})


def long_length(body: bytes) -> Act:
    """Promises more than there is, and keeps the connection open."""

    def act(handler: Handler) -> None:
        reply(body, headers={"Content-Length": str(len(body) + 100)})(handler)
        handler.wfile.flush()
        time.sleep(1)

    return act


def cut(body: bytes) -> Act:
    """A connection reset in the middle of the body."""

    def act(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body[: len(body) // 2])
        handler.wfile.flush()
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.close_connection = True

    return act


def silent(seconds: float = 1.0) -> Act:
    def act(handler: Handler) -> None:
        time.sleep(seconds)
        handler.close_connection = True

    return act


def dripping(body: bytes, pause: float) -> Act:
    """One byte at a time, from the first line of the answer on."""

    def act(handler: Handler) -> None:
        for byte in b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body:
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()
            time.sleep(pause)

    return act


# ---- the originals


COMMIT = "0123456789abcdef0123456789abcdef01234567"


def github(text: str, commit: str = COMMIT) -> dict[str, Act]:
    """Routes of the list: GitHub's API and the raw file."""
    content = text.encode()
    sha = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
    blob = json.dumps({"sha": sha, "content": base64.encodebytes(content).decode(), "encoding": "base64"})
    return {
        "/commits": reply(json.dumps([{"sha": commit}]).encode()),
        f"/content/{commit}": reply(blob.encode()),
        f"/raw/{commit}": tagged(content, '"raw-1"'),
        "/raw/HEAD": tagged(content, '"raw-1"'),
    }


def survey_pdf(title: str = "Efficient Large Language Models: A Survey") -> bytes:
    from reportlab.pdfgen import canvas

    out = io.BytesIO()
    page = canvas.Canvas(out, invariant=True)
    page.drawString(72, 760, title)
    page.drawString(72, 730, "1 Introduction")
    page.drawString(72, 700, "Large models are costly. This page was made by a test.")
    page.showPage()
    page.save()
    return out.getvalue()


def arxiv_api(papers: Mapping[str, tuple[str, str]]) -> Act:
    """arXiv's API over `papers`: id (with "v1" where asked so) to (title, abstract)."""

    def act(handler: Handler) -> None:
        ids = parse_qs(urlsplit(handler.path).query)["id_list"][0].split(",")
        if any("!" in name for name in ids):
            error = "<id>http://arxiv.org/api/errors#id</id><title>Error</title><summary>bad</summary>"
            reply(feed(f"<entry>{error}</entry>"))(handler)
            return
        reply(feed("".join(atom_entry(x, *papers[x]) for x in ids if x in papers)))(handler)

    return act


def atom_entry(name: str, title: str, abstract: str) -> str:
    version = name if "v" in name else name + "v3"
    return (
        f"<entry><id>http://arxiv.org/abs/{version}</id><title>{title}</title>"
        f"<summary>\n  {abstract.replace(' ', chr(10), 1)}\n</summary></entry>"
    )


def feed(entries: str) -> bytes:
    return f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>query</title>{entries}</feed>'.encode()
