"""The one way out: GET over HTTPS, to hosts on a list, at public addresses, within limits.

Every hop of a redirect is checked like the first address. A name is resolved once, every address it has
must be public, and the connection goes to the address that was checked: a name server that changes its
answer in between ("DNS rebinding") changes nothing.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any, Generic, TypeVar

import httpcore
import httpx

from surveyqa import __version__
from surveyqa.errors import FetchError
from surveyqa.sources.origin import HOSTS

T = TypeVar("T")
Resolve = Callable[[str, int], list[str]]  # (host, port) -> addresses; may raise OSError

USER_AGENT = f"surveyqa/{__version__} (reads a survey, its paper list and the abstracts of that list)"
PACE = {"arxiv.org": 3.0}  # https://info.arxiv.org/help/api/tou.html: one request every three seconds
MEGABYTE = 1_000_000


class Again(FetchError):
    """Worth another try; `after`: seconds that the server asks to wait, if it does."""

    def __init__(self, message: str, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


class Unreachable(Again):
    """`host` could not be connected to at all."""

    def __init__(self, host: str, why: str) -> None:
        super().__init__(f"{host}: {why}")
        self.host = host


@dataclass(frozen=True)
class Limits:
    """connect, silent: seconds to connect, and between two bytes; whole: seconds for one try;
    attempts: tries in all; backoff: seconds before the second try, doubled for each later one;
    patience: seconds that a Retry-After may ask for; pace: seconds between two requests of one site."""

    connect: float = 8.0
    silent: float = 20.0
    whole: float = 120.0
    attempts: int = 4
    backoff: float = 2.0
    patience: float = 60.0
    pace: float = 1.0
    redirects: int = 5


@dataclass(frozen=True)
class Fetched(Generic[T]):
    """What came: `value` is what the caller's reader made of `body`; `url` is where it was in the end."""

    value: T
    body: bytes
    url: str
    etag: str | None = None
    modified: str | None = None


class Web:
    """GET requests, one after the other.

    hosts:   the hosts that may be asked.
    local:   (host, port) pairs that may be plain HTTP and not public: servers of the tests, nothing else.
    resolve: name to addresses.
    """

    def __init__(
        self,
        hosts: Collection[str] = HOSTS,
        limits: Limits = Limits(),
        pace: Mapping[str, float] = PACE,
        local: Collection[tuple[str, int]] = (),
        resolve: Resolve | None = None,
    ) -> None:
        self.limits = limits
        self._hosts = frozenset(hosts)
        self._local = frozenset(local)
        self._pace = dict(pace)
        self._asked: dict[str, float] = {}  # site: when it may be asked again, by the monotonic clock
        self._down: dict[str, str] = {}  # host: why it cannot be reached; not tried again
        self._until: float | None = None
        self._clock = _Clock()
        self._backend = _Backend(self._clock, self._local, resolve or _resolve, limits.connect)
        self._client = httpx.Client(
            transport=_Transport(self._backend),
            timeout=httpx.Timeout(limits.silent, connect=limits.connect),
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "gzip, deflate"},
            trust_env=False,
        )

    def __enter__(self) -> Web:
        return self

    def __exit__(self, *exc: object) -> None:
        self._client.close()

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Everything in the block ends within `seconds`: what does not raises FetchError."""
        before, self._until = self._until, time.monotonic() + seconds
        try:
            yield
        finally:
            self._until = before

    def allows(self, url: str) -> bool:
        """Whether `url` may be asked at all."""
        try:
            self._checked(url)
        except FetchError:
            return False
        return True

    def reach(self, hosts: Iterable[str], seconds: float) -> None:
        """Raise FetchError unless one of `hosts` ("name" or "name:port") takes a connection in `seconds`."""
        why: dict[str, str] = {host: f"no answer within {seconds:g} s" for host in hosts}
        reached = threading.Event()
        left = threading.Semaphore(0)

        def knock(host: str) -> None:
            name, _, port = host.partition(":")
            try:
                self._backend.connect(name, int(port or 443), seconds).close()
                reached.set()
            except Exception as error:  # a sandbox that blocks sockets raises kinds of its own
                why[host] = _reason(error)
            left.release()

        end = time.monotonic() + seconds
        for host in why:
            # daemons: a name server that does not answer must not hold up the end of the process
            threading.Thread(target=knock, args=(host,), daemon=True).start()
        for _ in why:
            if not left.acquire(timeout=max(0.0, end - time.monotonic())) or reached.is_set():
                break
        if not reached.is_set():
            raise FetchError("; ".join(f"{host}: {reason}" for host, reason in why.items()))

    def get(
        self,
        url: str,
        read: Callable[[bytes], T],
        *,
        size: int = 5 * MEGABYTE,
        accept: str = "*/*",
        etag: str | None = None,
        modified: str | None = None,
    ) -> Fetched[T] | None:
        """The answer of `url`, read; None where it is the one that `etag` or `modified` name.

        read: makes a value of the body; raises Again where another try may help, else FetchError.
        Raises FetchError, after the tries that `limits` allow.
        """
        from tenacity import RetryCallState, Retrying, retry_if_exception_type

        headers = {"Accept": accept}
        if etag:
            headers["If-None-Match"] = etag
        if modified:
            headers["If-Modified-Since"] = modified

        def enough(state: RetryCallState) -> bool:
            wait = state.upcoming_sleep
            late = self._until is not None and time.monotonic() + wait > self._until
            return state.attempt_number >= self.limits.attempts or wait > self.limits.patience or late

        retrying = Retrying(
            retry=retry_if_exception_type(Again), wait=self._wait, stop=enough, sleep=time.sleep, reraise=True
        )
        try:
            return retrying(self._once, url, read, size, headers)
        except Unreachable as error:
            self._down[error.host] = str(error)
            raise

    def _wait(self, state: Any) -> float:
        error = state.outcome.exception()
        backoff: float = self.limits.backoff * 2 ** (state.attempt_number - 1)
        return max(backoff, getattr(error, "after", None) or 0.0)

    def _once(
        self, url: str, read: Callable[[bytes], T], size: int, headers: dict[str, str]
    ) -> Fetched[T] | None:
        self._clock.end = time.monotonic() + self.limits.whole
        if self._until is not None:
            self._clock.end = min(self._clock.end, self._until)
        at = self._checked(url)
        for _ in range(self.limits.redirects + 1):
            if at.host in self._down:
                raise FetchError(self._down[at.host])
            self._keep_pace(at.host)
            try:
                with self._client.stream("GET", at, headers=headers) as response:
                    if response.is_redirect and "location" in response.headers:
                        at = self._checked(str(at.join(response.headers["location"])), came_from=str(at))
                        continue
                    if response.status_code == 304:
                        return None
                    _check_status(response)
                    body = self._body(response, size)
                    break
            except httpx.UnsupportedProtocol as error:  # a private address, see _Backend
                raise FetchError(f"{at.host} {_reason(error)}") from error
            except httpx.TransportError as error:
                if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout)):
                    raise Unreachable(at.host, _reason(error)) from error
                raise Again(f"{at.host}: {_reason(error)}") from error
            except (httpx.DecodingError, httpx.InvalidURL) as error:
                raise Again(f"{at.host}: {_reason(error)}") from error
        else:
            raise FetchError(f"{url} redirects more than {self.limits.redirects} times")
        return Fetched(
            read(body), body, str(at), response.headers.get("etag"), response.headers.get("last-modified")
        )

    def _checked(self, url: str, came_from: str | None = None) -> httpx.URL:
        """`url`, with https for http. Raises FetchError where it may not be asked."""
        by = f" (redirected there by {came_from})" if came_from else ""
        try:
            at = httpx.URL(url)
        except httpx.InvalidURL as error:
            raise FetchError(f"{url!r} is no address: {error}{by}") from error
        if (at.host, at.port or 80) in self._local and at.scheme == "http":
            return at
        if at.scheme not in ("http", "https") or at.userinfo or at.port is not None:
            raise FetchError(f"{url} is not a plain web address{by}")
        if at.host not in self._hosts:
            raise FetchError(f"{at.host or url} is not among the hosts that may be asked{by}")
        return at.copy_with(scheme="https", port=None)

    def _keep_pace(self, host: str) -> None:
        site = ".".join(host.split(".")[-2:])
        wait = self._asked.get(site, 0.0) - time.monotonic()
        if wait > 0:
            if time.monotonic() + wait > self._clock.end:
                raise FetchError(f"{host}: no time left")
            time.sleep(wait)
        self._asked[site] = time.monotonic() + self._pace.get(site, self.limits.pace)

    def _body(self, response: httpx.Response, size: int) -> bytes:
        """What the response holds, unpacked no further than `size` bytes."""
        encoding = response.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("identity", "gzip", "deflate"):
            raise FetchError(f"{response.url} is packed in a way that was not asked for")
        unpack = None if encoding == "identity" else zlib.decompressobj(zlib.MAX_WBITS | 32)
        body = bytearray()
        try:
            for raw in response.iter_raw(65536):
                body += unpack.decompress(raw, size + 1 - len(body)) if unpack else raw
                if len(body) > size:
                    raise FetchError(f"{response.url} is larger than {size / MEGABYTE:g} MB")
        except zlib.error as error:
            raise Again(f"{response.url} is packed wrongly", None) from error
        return bytes(body)


def _check_status(response: httpx.Response) -> None:
    status, host = response.status_code, response.url.host
    if status == 200:
        return
    after = retry_after(response.headers)
    message = f"{host} answers {status} {response.reason_phrase}".rstrip()
    if after is not None:
        message += f" and asks to wait {after:.0f} s"
    if status in (408, 425, 429) or status >= 500:
        raise Again(message, after)
    raise FetchError(message)


def retry_after(headers: Mapping[str, str], now: Callable[[], float] = time.time) -> float | None:
    """Seconds to wait by Retry-After (seconds or a date) or by GitHub's x-ratelimit-reset; None without."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    if value:
        try:
            date = parsedate_to_datetime(value)
        except ValueError:
            return None
        return max(0.0, date.replace(tzinfo=date.tzinfo or timezone.utc).timestamp() - now())
    if headers.get("x-ratelimit-remaining") == "0" and headers.get("x-ratelimit-reset", "").isdigit():
        return max(0.0, float(headers["x-ratelimit-reset"]) - now())
    return None


def now() -> str:
    """The date and time in UTC, ISO 8601, to the second."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


# IPv6 networks whose last 32 bits are an IPv4 address: NAT64, IPv4-translated (RFC 2765), IPv4-compatible
_WRAPS = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "::ffff:0:0:0/96", "::/96")))


def is_public(address: str) -> bool:
    """Whether an IP address is on the public internet, the address that it wraps included."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    inner: list[ipaddress.IPv4Address | None] = []
    if isinstance(ip, ipaddress.IPv6Address):
        inner = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
        if any(ip in network for network in _WRAPS):
            inner.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
        if ip.is_site_local:
            return False
        if ip.ipv4_mapped:
            return is_public(str(ip.ipv4_mapped))
    return ip.is_global and not ip.is_multicast and all(is_public(str(x)) for x in inner if x)


def _resolve(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(row[4][0]) for row in found))


def _reason(error: BaseException) -> str:
    """A few words on what went wrong, without the library's own."""
    if isinstance(error, (httpcore.TimeoutException, httpx.TimeoutException, TimeoutError)):
        return str(error) if "within" in str(error) else "no answer in time"
    root: BaseException = error
    while root.__cause__ or root.__context__:
        root = root.__cause__ or root.__context__ or root
    if isinstance(root, socket.gaierror):
        return "the name cannot be resolved"
    if isinstance(root, OSError) and root.strerror:
        return root.strerror.lower()
    return str(error) or type(error).__name__


# ------------------------------------------------------------------------------------- below httpx


class _Clock:
    """When the present try must be over, by the monotonic clock."""

    def __init__(self) -> None:
        self.end = float("inf")

    def left(self, timeout: float | None) -> float:
        left = self.end - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("not done within the time allowed")
        return left if timeout is None else min(left, timeout)


class _Backend(httpcore.NetworkBackend):
    """Connects to addresses that were checked, never to a name."""

    def __init__(
        self, clock: _Clock, local: Collection[tuple[str, int]], resolve: Resolve, patience: float
    ) -> None:
        self._clock = clock
        self._local = local
        self._resolve = resolve
        self._patience = patience
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        return _Stream(self.connect(host, port, self._clock.left(timeout)), self._clock)

    def connect(self, host: str, port: int, seconds: float) -> httpcore.NetworkStream:
        """A connection to the first address of `host` that takes one, all within `seconds`."""
        end = time.monotonic() + seconds
        addresses = self._addresses(host, port, seconds)
        for n, address in enumerate(addresses, 1):
            try:
                share = (end - time.monotonic()) / (len(addresses) - n + 1)
                return self._sockets.connect_tcp(address, port, timeout=max(0.01, share))
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if n == len(addresses):
                    raise
        raise httpcore.ConnectError(f"{host} has no address")

    def _addresses(self, host: str, port: int, seconds: float) -> list[str]:
        # in a thread of its own: the system's resolver has no time limit that could be set
        found: list[list[str] | BaseException] = []

        def ask() -> None:
            try:
                found.append(self._resolve(host, port))
            except BaseException as error:
                found.append(error)

        asking = threading.Thread(target=ask, daemon=True)
        asking.start()
        asking.join(min(seconds, self._patience))
        if not found:
            raise httpcore.ConnectTimeout(
                f"the name was not resolved within {min(seconds, self._patience):g} s"
            )
        if isinstance(found[0], BaseException):
            raise httpcore.ConnectError(_reason(found[0])) from found[0]
        addresses = found[0][:4]
        private = [address for address in found[0] if not is_public(address)]
        if private and (host, port) not in self._local:
            raise httpcore.UnsupportedProtocol(f"resolves to {private[0]}, which is no public address")
        return addresses


class _Stream(httpcore.NetworkStream):
    """A connection whose reads and writes end when the clock says so, however slowly bytes come."""

    def __init__(self, stream: httpcore.NetworkStream, clock: _Clock) -> None:
        self._stream = stream
        self._clock = clock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._clock.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._clock.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(
            self._stream.start_tls(ssl_context, server_hostname, self._clock.left(timeout)), self._clock
        )

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _Transport(httpx.BaseTransport):
    """httpx over a pool that connects through `_Backend`; TLS is checked against the host's name."""

    def __init__(self, backend: _Backend) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(), network_backend=backend, max_connections=4
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        with _as_httpx():
            response = self._pool.handle_request(
                httpcore.Request(
                    request.method,
                    httpcore.URL(
                        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
                    ),
                    headers=request.headers.raw,
                    content=request.stream,
                    extensions=request.extensions,
                )
            )
        return httpx.Response(
            response.status, headers=response.headers, stream=_Body(response), extensions=response.extensions
        )

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx():
            yield from self._response.iter_stream()

    def close(self) -> None:
        self._response.close()


@contextmanager
def _as_httpx() -> Iterator[None]:
    """httpcore's errors as httpx's, which have the same names."""
    try:
        yield
    except (
        httpcore.TimeoutException,
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.UnsupportedProtocol,
    ) as error:
        raise getattr(httpx, type(error).__name__)(str(error)) from error
