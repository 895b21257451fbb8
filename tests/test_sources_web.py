"""The guarded GET: hosts, addresses, redirects, limits, retries. Over real sockets on loopback."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from site_server import (
    QUICK,
    Server,
    broken_off,
    cut,
    dripping,
    long_length,
    redirect,
    reply,
    running,
    silent,
    tagged,
)

from surveyqa.errors import FetchError
from surveyqa.sources.web import Again, Limits, Web, is_public, retry_after


@pytest.fixture
def server() -> Iterator[Server]:
    with running(Server()) as server:
        yield server


def text(body: bytes) -> str:
    return body.decode()


def test_a_page_is_read(server: Server) -> None:
    server.routes["/a"] = tagged(b"hello", '"1"')
    with server.web() as web:
        fetched = web.get(f"{server.base}/a", text)
        assert fetched and (fetched.value, fetched.etag) == ("hello", '"1"')
        assert web.get(f"{server.base}/a", text, etag='"1"') is None


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/",
        "https://arxiv.org.example.org/",
        "https://user:word@arxiv.org/",
        "https://arxiv.org:8443/",
        "ftp://arxiv.org/",
        "file:///etc/passwd",
        "https://127.0.0.1/",
        "https://[::1]/",
        "http://169.254.169.254/latest/meta-data",
        "nonsense",
        "",
    ],
)
def test_only_listed_hosts_may_be_asked(url: str) -> None:
    def resolve(host: str, port: int) -> list[str]:
        raise AssertionError("it was resolved")

    with Web(resolve=resolve) as web:
        assert not web.allows(url)
        with pytest.raises(FetchError):
            web.get(url, text)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "100.64.0.1", "198.18.0.4", "0.0.0.0",
     "224.0.0.1", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "::ffff:10.0.0.1", "2002:0a00:0001::1",
     "64:ff9b::7f00:1", "::", "::127.0.0.1", "::ffff:0:127.0.0.1", "fec0::1"],
)  # fmt: skip
def test_private_addresses_are_known(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["151.101.3.42", "2a04:4e42::645", "64:ff9b::9765:32a"])
def test_public_addresses_are_known(address: str) -> None:
    assert is_public(address)


def test_a_listed_host_with_a_private_address_is_refused(server: Server) -> None:
    for addresses in (["127.0.0.1"], ["151.101.3.42", "10.0.0.7"], ["::ffff:127.0.0.1"]):
        with (
            Web(limits=QUICK, resolve=lambda host, port, a=addresses: a) as web,  # type: ignore[misc]
            pytest.raises(FetchError, match=r"arxiv\.org resolves to .*, which is no public address"),
        ):
            web.get("https://arxiv.org/pdf/2312.03863", text)
    assert server.log == []


def test_the_connection_goes_to_the_address_that_was_checked(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the name is asked for once, whatever the name server would say a second time
    server.routes["/"] = reply(b"here")
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    local = {("list.test", server.port)}
    with Web(hosts=set(), limits=QUICK, local=local, resolve=resolve) as web:
        fetched = web.get(f"http://list.test:{server.port}/", text)
    assert fetched and fetched.value == "here"
    assert asked == ["list.test"]
    assert server.headers["/"][0]["Host"] == f"list.test:{server.port}"


def test_redirects_are_checked_at_each_hop(server: Server) -> None:
    server.routes |= {
        "/ok": redirect("/end"),
        "/end": reply(b"end"),
        "/private": redirect("http://10.0.0.1/secret"),
        "/metadata": redirect("http://169.254.169.254/latest/meta-data"),
        "/other-port": redirect("http://127.0.0.1:1/secret"),
        "/elsewhere": redirect("https://example.org/"),
        "/file": redirect("file:///etc/passwd"),
        "/round": redirect("/round"),
    }
    with server.web() as web:
        fetched = web.get(f"{server.base}/ok", text)
        assert fetched and (fetched.value, fetched.url) == ("end", f"{server.base}/end")
        for path in ("/private", "/metadata", "/other-port", "/elsewhere", "/file"):
            with pytest.raises(FetchError, match="redirected there by"):
                web.get(server.base + path, text)
            assert server.asked(path) == 1  # a refusal is not tried again
        with pytest.raises(FetchError, match="redirects more than 5 times"):
            web.get(f"{server.base}/round", text)


def test_what_fails_once_is_tried_again(server: Server) -> None:
    body = b"x" * 5000
    server.routes["/a"] = reply(body)
    for fault in (
        reply(b"", 500),
        reply(b"", 503),
        reply(b"", 429, {"Retry-After": "0"}),
        broken_off(body),
        cut(body),
        silent(),
        long_length(body),
        reply(b"not gzip", headers={"Content-Encoding": "gzip"}),
    ):
        server.fail("/a", fault)
        with server.web() as web:
            fetched = web.get(f"{server.base}/a", len)
            assert fetched and fetched.value == 5000


def test_it_gives_up_and_says_why(server: Server) -> None:
    server.routes |= {"/500": reply(b"", 500), "/404": reply(b"", 404)}
    with server.web() as web:
        with pytest.raises(FetchError, match=r"127\.0\.0\.1 answers 500"):
            web.get(f"{server.base}/500", text)
        with pytest.raises(FetchError, match="answers 404"):
            web.get(f"{server.base}/404", text)
    assert (server.asked("/500"), server.asked("/404")) == (3, 1)


def test_a_reader_may_ask_for_another_try(server: Server) -> None:
    server.routes["/a"] = reply(b"good")
    server.fail("/a", reply(b"bad"))

    def read(body: bytes) -> str:
        if body == b"bad":
            raise Again("bad content")
        return body.decode()

    with server.web() as web:
        fetched = web.get(f"{server.base}/a", read)
    assert fetched and fetched.value == "good"


def test_retry_after_is_kept(server: Server) -> None:
    server.routes["/a"] = reply(b"good")
    server.fail("/a", reply(b"", 429, {"Retry-After": "1"}))
    started = time.monotonic()
    with server.web() as web:
        assert web.get(f"{server.base}/a", text)
    assert time.monotonic() - started >= 1


def test_a_long_retry_after_is_not_waited_for(server: Server) -> None:
    server.routes["/a"] = reply(b"", 429, {"Retry-After": "3600"})
    started = time.monotonic()
    with server.web() as web, pytest.raises(FetchError, match="asks to wait 3600 s"):
        web.get(f"{server.base}/a", text)
    assert time.monotonic() - started < 1
    assert server.asked("/a") == 1


def test_retry_after_comes_in_three_forms() -> None:
    at = 1_700_000_000.0
    assert retry_after({"retry-after": "7"}) == 7
    assert retry_after({"retry-after": "Tue, 14 Nov 2023 22:13:30 GMT"}, lambda: at) == 10
    assert retry_after({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1700000005"}, lambda: at) == 5
    assert retry_after({"retry-after": "soon"}) is None
    assert retry_after({"x-ratelimit-remaining": "3", "x-ratelimit-reset": "1700000005"}) is None


def test_an_answer_that_drips_ends_with_the_time_limit(server: Server) -> None:
    server.routes["/a"] = dripping(b"x" * 1000, 0.05)
    limits = Limits(silent=5, whole=0.6, attempts=1, pace=0)
    started = time.monotonic()
    with server.web(limits=limits) as web, pytest.raises(FetchError, match="time"):
        web.get(f"{server.base}/a", text)
    assert time.monotonic() - started < 1.5


def test_a_budget_ends_everything_within_it(server: Server) -> None:
    server.routes["/a"] = reply(b"", 503, {"Retry-After": "2"})
    started = time.monotonic()
    with server.web() as web, web.within(0.3), pytest.raises(FetchError):
        web.get(f"{server.base}/a", text)
    assert time.monotonic() - started < 0.4


def test_a_large_answer_is_refused(server: Server) -> None:
    server.routes["/a"] = reply(b"x" * 20_000)
    twice = gzip.compress(gzip.compress(b"0" * 3_000_000))
    server.routes["/twice"] = reply(twice, headers={"Content-Encoding": "gzip, gzip"})
    server.routes["/bomb"] = reply(gzip.compress(b"0" * 3_000_000), headers={"Content-Encoding": "gzip"})
    with server.web() as web:
        with pytest.raises(FetchError, match="larger than"):
            web.get(f"{server.base}/a", text, size=10_000)
        with pytest.raises(FetchError, match="larger than 1 MB"):
            web.get(f"{server.base}/bomb", text, size=1_000_000)
        with pytest.raises(FetchError, match="not asked for"):
            web.get(f"{server.base}/twice", text, size=1_000_000)


def test_pace_is_kept_per_site(server: Server) -> None:
    server.routes["/a"] = reply(b"good")
    with server.web(pace={"0.1": 0.3}) as web:
        started = time.monotonic()
        for _ in range(3):
            web.get(f"{server.base}/a", text)
    assert 0.6 <= time.monotonic() - started < 1.2


def test_a_host_that_is_down_is_tried_once_per_run() -> None:
    asked = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        raise socket.gaierror(-2, "Name or service not known")

    with Web(limits=QUICK, pace={}, resolve=resolve) as web:
        for _ in range(3):
            with pytest.raises(FetchError, match=r"arxiv\.org: the name cannot be resolved"):
                web.get("https://arxiv.org/", text)
    assert len(asked) == QUICK.attempts


def test_reach_ends_in_time() -> None:
    def forever(host: str, port: int) -> list[str]:
        time.sleep(5)
        return []

    def blocked(host: str, port: int) -> list[str]:
        raise RuntimeError("sockets are blocked here")

    for resolve, reason, most in ((forever, "within", 0.5), (blocked, "sockets are blocked here", 0.2)):
        started = time.monotonic()
        with Web(resolve=resolve) as web, pytest.raises(FetchError, match=reason):
            web.reach(["arxiv.org", "openreview.net"], 0.3)
        assert time.monotonic() - started < most
    assert all(thread.daemon for thread in threading.enumerate() if thread is not threading.main_thread())


def test_one_host_that_answers_is_enough(server: Server) -> None:
    with server.web() as web:
        web.reach(["arxiv.invalid", f"127.0.0.1:{server.port}"], 2)


def test_tls_is_checked_against_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trustme = pytest.importorskip("trustme", reason="pip install trustme for the test of certificates")
    import ssl

    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    monkeypatch.setattr("surveyqa.sources.web.is_public", lambda address: True)
    for name, right in (("arxiv.org", True), ("example.org", False), ("127.0.0.1", False)):
        server = Server()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(name).configure_cert(context)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.routes["/"] = reply(b"here")
        connect = socket.create_connection
        monkeypatch.setattr(
            socket,
            "create_connection",
            lambda at, *a, s=server, c=connect, **k: c(("127.0.0.1", s.port), *a, **k),
        )
        with running(server), Web(limits=QUICK, pace={}, resolve=lambda host, port: ["151.101.3.42"]) as web:
            if right:
                fetched = web.get("http://arxiv.org/", text)  # https all the same
                assert fetched and fetched.value == "here"
            else:
                with pytest.raises(FetchError, match=r"(?i)certificate"):
                    web.get("https://arxiv.org/", text)
        monkeypatch.setattr(socket, "create_connection", connect)


def test_no_setting_of_the_environment_opens_a_way(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, server.base)
    with Web(limits=QUICK, resolve=lambda host, port: ["127.0.0.1"]) as web, pytest.raises(FetchError):
        web.get("https://arxiv.org/", text)
    assert server.log == []
