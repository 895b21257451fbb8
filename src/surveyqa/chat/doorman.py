"""The one door of a server: every request passes here before any other code sees it.

In this order: the address it comes from, its Host and Origin, the login, the exact route, the size of its
body. What is not named is not there. Used by the chat and by MCP over HTTP.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

import anyio

from surveyqa.chat.guard import Logins, TooManyGuesses, block_of

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

BODY = 64 * 1024  # bytes of a request's body
BODY_TIME = 10.0  # seconds in which it must have come
HEADER_TIME = 10.0  # seconds in which a request's head must have come
CONNECTIONS = 512  # at a time
PER_ADDRESS = 128  # of these from one address that is not a proxy of ours
QUEUED_GUESSES = 8  # passwords that wait to be looked at; more are asked to come again
_DEPTH = 12  # of the JSON of a body

LOOPBACK = frozenset(("127.0.0.1", "localhost", "::1"))
HEADERS: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
_FORWARDED = frozenset((b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host", b"x-forwarded-port",
                        b"x-forwarded-prefix", b"x-forwarded-server", b"x-real-ip", b"forwarded", b"via",
                        b"x-direct-url", b"x-ip-token"))  # fmt: skip


@dataclass(frozen=True)
class Doors:
    """What a server answers, and to whom.

    routes: of each method, the paths as regular expressions that the whole path must match; open: paths that
    need no login; hosts: names that a Host header may have beside addresses; proxies: addresses whose
    X-Forwarded headers are believed; body: bytes; headers: sent with every response; queries: paths whose
    query is handed on, elsewhere it is dropped.
    """

    routes: tuple[tuple[str, str], ...]
    open: frozenset[str] = frozenset()
    hosts: frozenset[str] = LOOPBACK
    any_address: bool = False
    proxies: frozenset[str] = frozenset()
    body: int = BODY
    headers: Headers = field(default_factory=lambda: list(HEADERS))
    queries: str = ".*"


def hosts_of(host: str, named: Iterable[str] = ()) -> tuple[frozenset[str], bool]:
    """(names that a Host header may have, whether any address may stand there) for a server on `host`.

    A web page that has its own name point here (DNS rebinding) comes with that name, never with an address.
    """
    names = {name.strip("[]").lower() for name in named} | {host.strip("[]").lower()}
    if host in LOOPBACK:
        return frozenset(names | LOOPBACK), False
    return frozenset(names | LOOPBACK | {socket.gethostname().lower()}), True


class Refused(Exception):
    """A request that is not let in. args: status, a line for its sender, headers."""

    def __init__(self, status: int, line: str, headers: Headers | None = None) -> None:
        super().__init__(status, line)
        self.status, self.line, self.headers = status, line, headers or []


class Doorman:
    """ASGI middleware around a whole application."""

    def __init__(self, app: Any, doors: Doors, logins: Logins | None = None) -> None:
        self.app, self.doors, self.logins = app, doors, logins
        self._routes = [(method, re.compile(path)) for method, path in doors.routes]
        self._queries = re.compile(doors.queries)
        # guesses have a thread of their own, so that readers do not wait for them
        self._guessing = ThreadPoolExecutor(1, thread_name_prefix="logins") if logins else None
        self._queued = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            try:
                receive = await self._let_in(scope, receive)
            except Refused as refused:
                await self._refuse(refused, send)
            else:
                await self.app(scope, receive, self._with_headers(send))
        else:  # there are no websockets here
            await receive()
            await send({"type": "websocket.close", "code": 1008})

    async def _let_in(self, scope: Scope, receive: Receive) -> Receive:
        _believe(scope, self.doors.proxies)
        self._check_host(scope)
        if scope["path"] not in self.doors.open:
            await self._check_login(scope)
        method, path = scope["method"], scope["path"]
        if not any(m == method and r.fullmatch(path) for m, r in self._routes):
            raise Refused(404, "There is nothing here.")
        if not self._queries.fullmatch(path):
            scope["query_string"] = b""
        if _is_here(scope):  # compressing for the same machine takes longer than sending
            scope["headers"] = [(k, v) for k, v in scope["headers"] if k != b"accept-encoding"]
        return await _whole_body(scope, receive, self.doors.body if method == "POST" else 0)

    def _check_host(self, scope: Scope) -> None:
        given = [v.decode("latin-1") for k, v in scope["headers"] if k == b"host"]
        host = split_host(given[0]) if len(given) == 1 else None
        if host is None or not (
            host[0] in self.doors.hosts or (self.doors.any_address and is_address(host[0]))
        ):
            raise Refused(421, "This server does not answer for that host. Its owner names it: --allow-host")
        for origin in [v.decode("latin-1") for k, v in scope["headers"] if k == b"origin"]:
            parts = origin.split("://", 1)
            default = {"http": 80, "https": 443}.get(parts[0])
            theirs = split_host(parts[1]) if len(parts) == 2 and default else None
            ours = {80, 443} if host[1] is None else {host[1]}
            if theirs is None or theirs[0] != host[0] or (theirs[1] or default) not in ours:
                raise Refused(403, "A page of another site may not talk to this server.")

    async def _check_login(self, scope: Scope) -> None:
        if self.logins is None or self._guessing is None:
            return
        header = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
        user = self.logins.known(header) if header else None
        if user is None and header:
            user = await self._guess(header, scope["surveyqa.client"])
        if user is None:
            ask = (b"www-authenticate", b'Basic realm="surveyqa", charset="UTF-8"')
            raise Refused(401, "Log in to use surveyqa.", [ask])
        scope["surveyqa.client"] = f"user {user}"

    async def _guess(self, header: str, address: str) -> str | None:
        assert self.logins is not None
        if self._queued >= QUEUED_GUESSES:
            raise Refused(429, "Too many log in at once. Try again.", [(b"retry-after", b"2")])
        self._queued += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._guessing, self.logins.user, header, address
            )
        except TooManyGuesses as error:
            wait = str(error.args[0])
            line = f"Too many wrong passwords. Try again in {wait} s."
            raise Refused(429, line, [(b"retry-after", wait.encode())]) from error
        finally:
            self._queued -= 1

    def _with_headers(self, send: Send) -> Send:
        async def with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self.doors.headers]
            await send(message)

        return with_headers

    async def _refuse(self, refused: Refused, send: Send) -> None:
        body = f"{refused.line}\n".encode()
        headers = [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", str(len(body)).encode()),
        ]
        start = {"type": "http.response.start", "status": refused.status}
        close = [(b"connection", b"close")] if refused.status in (408, 413) else []
        await send({**start, "headers": [*headers, *refused.headers, *close, *self.doors.headers]})
        await send({"type": "http.response.body", "body": body})


def read_json(body: bytes) -> dict[str, Any]:
    """The object of a body. Raises Refused (400) for anything else, and for numbers, texts and depths that
    are no JSON."""
    try:
        text = body.decode("utf-8")
        if text.count("[") + text.count("{") > 2000:
            raise ValueError("too much in it")
        value = json.loads(text, parse_constant=_no_number)
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # a lone surrogate has no UTF-8
        if not isinstance(value, dict) or _depth(value) > _DEPTH:
            raise ValueError("not an object, or too deep")
    except (ValueError, RecursionError) as error:
        raise Refused(400, "The body is no JSON object.") from error
    return value


def split_host(text: str) -> tuple[str, int | None] | None:
    """(name in lower case, port) of a Host header, None where it is none."""
    found = re.fullmatch(r"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(?::(\d{1,5}))?", text)
    return (found[1].strip("[]").lower(), int(found[2]) if found[2] else None) if found else None


def is_address(name: str) -> bool:
    """Whether this is an IP address."""
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def _depth(value: object) -> int:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max((_depth(v) for v in inside), default=0)


def _believe(scope: Scope, proxies: frozenset[str]) -> None:
    """Write who asks into `scope`: its peer, or who a named proxy says; forwarded headers go."""
    given: dict[bytes, list[str]] = {}
    for name, value in scope["headers"]:
        given.setdefault(name, []).append(value.decode("latin-1"))
    peer = scope["client"][0] if scope.get("client") else ""
    address, near = peer, peer in LOOPBACK
    headers = [(k, v) for k, v in scope["headers"] if k not in _FORWARDED]
    if peer in proxies:
        near = False
        hops = [hop.strip() for value in given.get(b"x-forwarded-for", []) for hop in value.split(",")]
        # the last hop that is none of our own proxies: what stands before it anyone can write
        address = next((hop for hop in reversed(hops) if hop not in proxies and is_address(hop)), peer)
        scheme = given.get(b"x-forwarded-proto", [""])[-1].strip()
        scope["scheme"] = scheme if scheme in ("http", "https") else scope["scheme"]
        if host := given.get(b"x-forwarded-host"):
            headers = [(k, v) for k, v in headers if k != b"host"] + [(b"host", host[-1].strip().encode())]
    scope["headers"] = headers
    scope["client"] = (address, 0)
    scope["surveyqa.client"] = block_of(address)
    scope["surveyqa.near"] = near and not given.keys() & _FORWARDED


def _is_here(scope: Scope) -> bool:
    """Whether a request comes from this machine, and not for another one through a proxy on it."""
    return bool(scope["surveyqa.near"])


async def _whole_body(scope: Scope, receive: Receive, limit: int) -> Receive:
    """The body, read before anything looks at it. Raises Refused where it is too large or too slow."""
    headers = dict(scope["headers"])
    length = headers.get(b"content-length", b"0").decode("latin-1")
    if headers.get(b"content-encoding", b"identity") != b"identity":
        raise Refused(415, "Send the body as it is.")
    if not length.isdigit() or int(length) > limit:
        raise Refused(413, f"A request may hold {limit} bytes at most.")
    body = bytearray()
    try:
        with anyio.fail_after(BODY_TIME):
            more = True
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Refused(408, "The body did not come.")
                body += message.get("body", b"")
                more = message.get("more_body", False)
                if len(body) > limit:
                    raise Refused(413, f"A request may hold {limit} bytes at most.")
    except TimeoutError as error:
        raise Refused(408, "The body did not come in time.") from error
    waiting = [{"type": "http.request", "body": bytes(body), "more_body": False}]

    async def replay() -> MutableMapping[str, Any]:
        return waiting.pop() if waiting else await receive()

    return replay


def protocol() -> type:
    """uvicorn's HTTP protocol, with a time for a request's head and a cap on connections."""
    from uvicorn.protocols.http.h11_impl import H11Protocol

    class Patient(H11Protocol):
        late: asyncio.TimerHandle | None = None

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            mine = self.client[0] if self.client else ""
            clients = [getattr(other, "client", None) for other in self.connections]
            shared = sum(client is not None and client[0] == mine for client in clients)
            alone = mine in LOOPBACK  # where a proxy may stand
            if len(self.connections) > CONNECTIONS or (shared > PER_ADDRESS and not alone):
                transport.abort()
                return
            self._expect_head()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            self._expect_head()

        def on_response_complete(self) -> None:
            super().on_response_complete()
            self._expect_head()

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop()
            super().connection_lost(exc)

        def _expect_head(self) -> None:
            busy = self.cycle is not None and not self.cycle.response_complete
            half = self.cycle is None or bool(self.conn.trailing_data[0])
            if busy or not half:
                self._stop()
            elif self.late is None:
                self.late = self.loop.call_later(HEADER_TIME, self._close)

        def _close(self) -> None:
            if not self.transport.is_closing():
                self.transport.close()

        def _stop(self) -> None:
            if self.late is not None:
                self.late.cancel()
                self.late = None

    return Patient
