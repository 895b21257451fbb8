"""`sync`, `update` and the first ask against a real server on loopback, with the faults that servers have."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from site_server import (
    COMMIT,
    Act,
    Handler,
    Server,
    arxiv_api,
    broken_off,
    cut,
    feed,
    github,
    long_length,
    redirect,
    reply,
    running,
    short_length,
    silent,
    survey_pdf,
    tagged,
)

from surveyqa.cli import main
from surveyqa.errors import FetchError, SourceError
from surveyqa.pipeline import list_reader, read_catalog
from surveyqa.settings import Settings
from surveyqa.sources import HOSTS, ReadList, SyncReport, arxiv, fetch_first, pages, sync, sync_from
from surveyqa.sources.files import same_title

TEXT = "We make models cheaper without making them worse, which is shown on nine tasks and two machines. " * 3
ROOT = Path(__file__).resolve().parent.parent

TITLE = "Efficient Large Language Models: A Survey"


@pytest.fixture
def server() -> Iterator[Server]:
    with running(Server()) as server:
        publish(server, PAPERS)
        server.routes |= {
            "/survey.pdf": tagged(survey_pdf(), '"pdf-1"'),
            "/second.pdf": reply(b"no", 404),
            "/api/query": arxiv_api(ARXIV),
            "/page/delta.html": reply(page("Delta: A Page with an Abstract", TEXT + "delta")),
            "/notes2": reply(
                json.dumps({"notes": [note("Epsilon: Reviewed in the Open", TEXT + "epsilon")]}).encode()
            ),
        }
        yield server


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        corpus=ROOT / "corpus", downloads=tmp_path / "corpus" / "downloads", index=tmp_path / "index"
    )


# name: title, link ({base} is the server)
PAPERS = {
    "alpha": ("Alpha: Sparse Models", "https://arxiv.org/abs/2301.00001"),
    "beta": ("Beta: Small Models", "https://arxiv.org/pdf/2301.00002v2.pdf"),
    "gamma": ("Gamma Rays as the First Version Called Them", "https://arxiv.org/abs/2301.00003"),
    "delta": ("Delta: A Page with an Abstract", "{base}/page/delta.html"),
    "epsilon": ("Epsilon: Reviewed in the Open", "https://openreview.net/forum?id=Eps_1"),
    "zeta": ("Zeta: Linked to Another Paper", "https://arxiv.org/abs/2301.00006"),
    "eta": ("Eta: On a Host that Nobody Named", "https://example.org/eta.html"),
}
ARXIV = {
    "2301.00001": ("Alpha: Sparse Models", TEXT + "alpha"),
    "2301.00002": ("Beta: Small Models", TEXT + "beta"),
    "2301.00003": ("Renamed Beyond Recognition", TEXT + "gamma"),
    "2301.00003v1": ("Gamma Rays as the First Version Called Them", TEXT + "gamma, first"),
    "2301.00006": ("Whales of the North Sea", TEXT + "whales"),
    "2301.00006v1": ("Whales of the North Sea, a Draft", TEXT + "whales"),
}


def page(title: str, abstract: str) -> bytes:
    return (
        f'<html><head><title>x</title><meta name="citation_title" content="{title}">'
        f'<meta name="citation_abstract" content="{abstract}"></head><body></body></html>'
    ).encode()


def note(title: str, abstract: str) -> dict[str, object]:
    return {"id": "Eps_1", "content": {"title": {"value": title}, "abstract": {"value": abstract}}}


def markdown(base: str, papers: dict[str, tuple[str, str]]) -> str:
    lines = [
        f"- {title}, <ins>arXiv, 2023</ins> [[Paper]({url.format(base=base)})]"
        for title, url in papers.values()
    ]
    return "# A list\n\n## Model-Centric Methods\n### Quantization\n" + "\n".join(lines) + "\n"


def publish(server: Server, papers: dict[str, tuple[str, str]], commit: str = COMMIT) -> None:
    server.routes |= github(markdown(server.base, papers), commit)


def run(server: Server, settings: Settings, **options: bool) -> SyncReport:
    return sync(settings, list_reader(settings), origin=server.origin, web=server.web(), **options)


def here(settings: Settings) -> dict[str, str]:
    """Titles and abstracts in the downloads folder."""
    path = settings.downloads / "abstracts.jsonl"
    rows = (
        [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.is_file() else []
    )
    return {row["title"].partition(":")[0].split()[0]: row["abstract"] for row in rows}


def snapshot(settings: Settings) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in settings.downloads.iterdir() if not p.name.startswith(".")}


# ------------------------------------------------------------------------------------------- the way


def test_everything_comes(server: Server, settings: Settings) -> None:
    report = run(server, settings)
    assert [file.name for file in report.files if file.changed] == [
        "paper-list.md",
        "survey.pdf",
        "abstracts.jsonl",
    ]
    assert (report.papers, report.abstracts, report.commit, report.failed) == (7, 5, COMMIT, ())
    assert list(here(settings)) == ["Alpha", "Beta", "Gamma", "Delta", "Epsilon"]  # as on the list
    assert here(settings)["Beta"] == TEXT + "beta"
    assert (
        here(settings)["Gamma"] == TEXT + "gamma"
    )  # today's text; the first version tells that it is the paper
    why = {paper.key: paper.why for paper in report.missing}
    assert why == {
        "zeta": "arXiv 2301.00006 has another title: 'Whales of the North Sea'",
        "eta": "example.org is not among the hosts that may be asked",
    }
    catalog = read_catalog(settings)
    assert [paper.key for paper in catalog.papers][:2] == ["alpha", "beta"]


def test_the_lock_file_records_each_item(server: Server, settings: Settings) -> None:
    run(server, settings)
    items = json.loads((settings.downloads / "lock.json").read_text(encoding="utf-8"))["items"]
    assert items["survey.pdf"]["sha256"] == sha256(survey_pdf()).hexdigest()
    assert items["survey.pdf"]["source"] == f"{server.base}/survey.pdf"
    assert items["survey.pdf"]["etag"] == '"pdf-1"'
    assert items["paper-list.md"]["commit"] == COMMIT
    assert items["abstract:alpha"]["sha256"] == sha256((TEXT + "alpha").encode()).hexdigest()
    assert items["abstract:alpha"]["source"] == "https://arxiv.org/abs/2301.00001"
    assert all(item["date"].startswith("20") for item in items.values())
    assert "abstract:zeta" not in items


def test_the_command_says_what_came_and_what_did_not(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def at_the_server(settings: Settings, read: ReadList, **options: Any) -> SyncReport:
        return sync(settings, read, origin=server.origin, web=server.web(), **options)

    monkeypatch.setenv("SURVEYQA_HOME", str(tmp_path))
    monkeypatch.setattr("surveyqa.sources.sync", at_the_server)
    assert main(["sync"]) == 0
    said = capsys.readouterr()
    for line in (
        "new   survey.pdf",
        f"list at commit {COMMIT[:12]}",
        "5 of 7 abstracts, 5 of them new",
        "2 could not be had, or not whole:",
        "Zeta: Linked to Another Paper",
        "example.org is not among the hosts that may be asked",
    ):
        assert line in said.out
    assert said.err.count("\n") == 3  # no terminal: one line for each stage, no bar
    server.routes["/survey.pdf"] = reply(b"", 500)
    assert main(["sync"]) == 1
    assert "survey.pdf was not fetched: the survey: 127.0.0.1 answers 500" in capsys.readouterr().err
    assert main(["sync", "--hosts"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(HOSTS)


def test_a_second_run_asks_only_for_what_is_missing(server: Server, settings: Settings) -> None:
    run(server, settings)
    before = snapshot(settings)
    server.log.clear()
    report = run(server, settings)
    assert not any(file.changed for file in report.files)
    assert {k: v for k, v in snapshot(settings).items() if k != "lock.json"} == {
        k: v for k, v in before.items() if k != "lock.json"
    }
    assert server.asked(f"/content/{COMMIT}") == server.asked(f"/raw/{COMMIT}") == 0
    assert server.asked("/page/delta.html") == server.asked("/notes2") == 0
    assert [line for line in server.log if "00001" in line] == []
    assert server.headers["/survey.pdf"][-1]["If-None-Match"] == '"pdf-1"'
    assert report.abstracts == 5


def test_refresh_asks_for_all(server: Server, settings: Settings) -> None:
    run(server, settings)
    server.routes["/api/query"] = arxiv_api(ARXIV | {"2301.00001": ("Alpha: Sparse Models", TEXT + "anew")})
    report = run(server, settings, refresh=True)
    assert report.new == ("Alpha: Sparse Models",)
    assert here(settings)["Alpha"] == TEXT + "anew"


def test_a_new_list_brings_and_takes_abstracts(server: Server, settings: Settings) -> None:
    run(server, settings)
    papers = {k: v for k, v in PAPERS.items() if k != "alpha"}
    papers["theta"] = ("Theta: Just Added", "https://arxiv.org/abs/2301.00008")
    publish(server, papers, commit="f" * 40)
    server.routes["/api/query"] = arxiv_api(ARXIV | {"2301.00008": ("Theta: Just Added", TEXT + "theta")})
    server.log.clear()
    report = run(server, settings)
    assert report.new == ("Theta: Just Added",)
    assert list(here(settings)) == ["Beta", "Gamma", "Delta", "Epsilon", "Theta"]
    assert not [line for line in server.log if "00002" in line]
    assert "abstract:alpha" not in json.loads((settings.downloads / "lock.json").read_text())["items"]


def test_abstracts_of_a_mirror_are_kept(server: Server, settings: Settings, tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (mirror / "survey.pdf").write_bytes(survey_pdf())
    (mirror / "paper-list.md").write_text(markdown(server.base, PAPERS), encoding="utf-8")
    row = {"title": "Alpha: Sparse Models", "abstract": "from the mirror", "arxiv_id": "2301.00001"}
    (mirror / "abstracts.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    assert all(file.changed for file in sync_from(mirror, settings.downloads, TITLE, list_reader(settings)))
    run(server, settings)
    assert here(settings)["Alpha"] == "from the mirror"
    assert here(settings)["Beta"] == TEXT + "beta"


# ---------------------------------------------------------------------------------------- the faults

PASSING: dict[str, list[tuple[str, Act]]] = {
    "time-outs": [("/survey.pdf", silent()), ("/api/query", silent()), ("/commits", silent())],
    "429 with Retry-After": [
        ("/api/query", reply(b"Rate exceeded.", 429, {"Retry-After": "0"})),
        ("/commits", reply(b"", 429, {"Retry-After": "0"})),
    ],
    "500s": [(x, reply(b"", 500)) for x in ("/commits", "/survey.pdf", "/api/query", "/page/delta.html")] * 2,
    "truncated body": [
        ("/survey.pdf", broken_off(survey_pdf())),
        (f"/content/{COMMIT}", broken_off(b"{" + b" " * 900)),
        ("/page/delta.html", broken_off(page("Delta", TEXT))),
    ],
    "wrong length": [
        ("/survey.pdf", short_length(survey_pdf())),
        ("/survey.pdf", long_length(survey_pdf())),
        (f"/content/{COMMIT}", short_length(b'{"content": "", "sha": ""}')),
        ("/api/query", short_length(feed("<entry></entry>"))),
    ],
    "malformed Atom": [("/api/query", reply(b"<feed><entry>")), ("/api/query", reply(b"Rate exceeded."))],
    "an empty feed": [("/api/query", reply(feed("")))],
    "a connection cut in the middle": [("/survey.pdf", cut(survey_pdf())), ("/api/query", cut(b"<" * 5000))],
    "another file than git names": [
        (f"/content/{COMMIT}", reply(json.dumps({"content": "YWJj", "sha": "0" * 40}).encode()))
    ],
}  # fmt: skip


@pytest.mark.parametrize("faults", PASSING.values(), ids=PASSING)
def test_a_fault_that_passes_is_outlived(
    server: Server, settings: Settings, faults: list[tuple[str, Act]]
) -> None:
    for path, act in faults:
        server.fail(path, act)
    report = run(server, settings)
    assert (report.failed, report.abstracts) == ((), 5)
    assert (settings.downloads / "survey.pdf").read_bytes() == survey_pdf()


LASTING: dict[str, tuple[str, Act, str]] = {
    "time-outs": ("/survey.pdf", silent(), "no answer in time"),
    "429 with a long Retry-After": (
        "/survey.pdf",
        reply(b"", 429, {"Retry-After": "900"}),
        "asks to wait 900 s",
    ),
    "500s": ("/survey.pdf", reply(b"", 500), "answers 500"),
    "truncated body": ("/survey.pdf", broken_off(survey_pdf()), "without sending complete message body"),
    "wrong length": ("/survey.pdf", short_length(survey_pdf()), "breaks off"),
    "HTML instead of PDF": ("/survey.pdf", reply(b"<html>Prove that you are human</html>"), "no PDF"),
    "another paper": ("/survey.pdf", reply(survey_pdf("Whales of the North Sea")), "another paper"),
    "a PDF that cannot be read": ("/survey.pdf", reply(b"%PDF-1.7\nnothing\n%%EOF"), "cannot be read"),
    "redirect to a private address": (
        "/survey.pdf",
        redirect("http://10.0.0.1/a.pdf"),
        "not among the hosts",
    ),
    "connection cut": ("/survey.pdf", cut(survey_pdf()), "reset"),
}


@pytest.mark.parametrize("path,act,why", LASTING.values(), ids=LASTING)
def test_a_fault_that_lasts_loses_nothing(
    server: Server, settings: Settings, path: str, act: Act, why: str
) -> None:
    run(server, settings)
    before = snapshot(settings)
    (settings.downloads / "lock.json").unlink()  # so that everything is asked for again
    server.routes[path] = act
    report = run(server, settings)
    assert [name for name, _ in report.failed] == ["survey.pdf"]
    assert why in report.failed[0][1]
    after = snapshot(settings)
    assert {k: v for k, v in after.items() if k != "lock.json"} == {
        k: v for k, v in before.items() if k != "lock.json"
    }
    assert not list(settings.downloads.glob(".survey*"))


def test_the_second_source_of_the_survey_is_asked(server: Server, settings: Settings) -> None:
    server.routes["/survey.pdf"] = reply(b"<html>no</html>")
    server.routes["/second.pdf"] = reply(survey_pdf())
    assert run(server, settings).failed == ()
    assert server.asked("/survey.pdf") == server.asked("/second.pdf") == 1


def test_the_raw_list_is_taken_where_the_api_refuses(server: Server, settings: Settings) -> None:
    server.routes["/commits"] = reply(
        b"", 403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "9999999999"}
    )
    report = run(server, settings)
    assert (report.failed, report.papers, report.commit) == ((), 7, None)
    server.log.clear()
    assert run(server, settings).failed == ()  # and the second time it is asked whether it is the same
    assert server.headers["/raw/HEAD"][-1]["If-None-Match"] == '"raw-1"'


@pytest.mark.parametrize(
    "text",
    ["", "<html>Not a list</html>", "# A list\n## Methods\n- Alpha: Sparse Models, <ins>arXiv, 2023</ins>\n"],
)
def test_a_list_that_lost_its_entries_is_not_taken(server: Server, settings: Settings, text: str) -> None:
    run(server, settings)
    server.routes |= github(text, "e" * 40)
    report = run(server, settings)
    assert [name for name, _ in report.failed] == ["paper-list.md"]
    assert report.papers == 7
    assert len(here(settings)) == 5


def test_all_sources_down_is_one_error(server: Server, settings: Settings) -> None:
    run(server, settings)
    before = snapshot(settings)
    server.routes.clear()
    (settings.downloads / "lock.json").unlink()
    with pytest.raises(FetchError, match="surveyqa sync --from DIR"):
        run(server, settings)
    assert {k: v for k, v in before.items() if k != "lock.json"} == {
        k: v for k, v in snapshot(settings).items() if k != "lock.json"
    }


def test_a_damaged_file_is_fetched_again(server: Server, settings: Settings) -> None:
    run(server, settings)
    for name in ("survey.pdf", "paper-list.md"):
        (settings.downloads / name).write_bytes(b"\xff\xfe damaged")
    lines = (settings.downloads / "abstracts.jsonl").read_text(encoding="utf-8").splitlines()
    (settings.downloads / "abstracts.jsonl").write_text(
        "\n".join([lines[0][:30], *lines[1:]]), encoding="utf-8"
    )
    report = run(server, settings)
    assert (report.failed, report.new) == ((), ("Alpha: Sparse Models",))
    assert (settings.downloads / "survey.pdf").read_bytes() == survey_pdf()


def test_a_file_damaged_after_a_lock_of_other_shape(server: Server, settings: Settings) -> None:
    settings.downloads.mkdir(parents=True)
    for content in ("", "[]", '{"items": {"survey.pdf": {"sha": 1}}}', "null"):
        (settings.downloads / "lock.json").write_text(content)
        assert run(server, settings).failed == ()


def test_one_wrong_id_does_not_cost_the_others(server: Server) -> None:
    with server.web() as web:
        found = arxiv.fetch(web, f"{server.base}/api/query", ["2301.00001", "!", "2301.00002"])
    assert set(found) == {"2301.00001", "2301.00002"}


def test_a_feed_with_entities_is_refused_unread(server: Server) -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><feed>&b;</feed>'
    server.routes["/api/query"] = reply(bomb)
    with server.web() as web, pytest.raises(FetchError, match="entities"):
        arxiv.fetch(web, f"{server.base}/api/query", ["2301.00001"])
    assert server.asked("/api/query") == 1


def test_two_syncs_at_once_are_refused(server: Server, settings: Settings) -> None:
    server.routes["/survey.pdf"] = silent(0.35)
    other = threading.Thread(target=run, args=(server, settings))
    other.start()
    while not server.asked("/survey.pdf"):
        time.sleep(0.01)
    with pytest.raises(SourceError, match="another surveyqa is fetching"):
        run(server, settings)
    other.join()


# --------------------------------------------------------------------------------- killed in the middle

CHILD = """
    import sys
    sys.path[:0] = [{tests!r}]
    from pathlib import Path
    import site_server
    from surveyqa.pipeline import list_reader
    from surveyqa.settings import Settings
    from surveyqa.sources import sync
    server = site_server.Server.__new__(site_server.Server)
    server.server_address = ("127.0.0.1", {port})
    settings = Settings(corpus=Path({corpus!r}), downloads=Path({downloads!r}), index=Path("unused"))
    web = server.web(limits=site_server.Limits(pace=0))
    sync(settings, list_reader(settings), origin=server.origin, web=web)
"""


@pytest.mark.parametrize("path", ["/survey.pdf", "/api/query", "/page/delta.html", "/notes2"])
def test_a_killed_sync_is_taken_up(server: Server, settings: Settings, path: str) -> None:
    reached = threading.Event()

    def hang(handler: Handler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b"x" * 500)
        handler.wfile.flush()
        reached.set()
        time.sleep(3)

    server.fail(path, hang)
    code = textwrap.dedent(CHILD).format(
        tests=str(ROOT / "tests"),
        port=server.port,
        corpus=str(settings.corpus),
        downloads=str(settings.downloads),
    )
    child = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE)
    try:
        assert reached.wait(20), child.communicate(timeout=1)[1].decode()
    finally:
        child.send_signal(signal.SIGKILL)
        child.communicate()
    before = here(settings)
    (settings.downloads / f".abstracts.jsonl-{child.pid}").write_text("left by the dead")
    server.log.clear()
    report = run(server, settings)
    assert (report.failed, report.abstracts) == ((), 5)
    assert server.asked(f"/content/{COMMIT}") == 0  # the list was here
    assert len(before) == {"/survey.pdf": 0, "/api/query": 0, "/page/delta.html": 3, "/notes2": 4}[path]
    assert before.items() <= here(settings).items()
    assert len(report.new) == 5 - len(before)
    assert not [p for p in settings.downloads.iterdir() if p.name.startswith(".abstracts")]


# ---------------------------------------------------------------------------------------- first ask


def first(server: Server, settings: Settings, seconds: float = 2.0) -> SyncReport:
    return fetch_first(settings, seconds, list_reader(settings), origin=server.origin, web=server.web())


def test_the_first_ask_fetches(server: Server, settings: Settings) -> None:
    report = first(server, settings)
    assert list(here(settings)) == ["Alpha", "Beta", "Gamma"]
    assert {paper.key for paper in report.missing} >= {"delta", "epsilon"}
    assert server.asked("/page/delta.html") == 0
    assert run(server, settings).abstracts == 5


def test_the_first_ask_does_without_list_and_abstracts(server: Server, settings: Settings) -> None:
    for path in ("/commits", "/raw/HEAD", "/api/query"):
        server.routes[path] = reply(b"", 404)
    report = first(server, settings)
    assert [name for name, _ in report.failed] == ["paper-list.md"]
    assert len(read_catalog(replace(settings, corpus=ROOT / "corpus")).papers) > 400  # the committed one


def test_the_first_ask_fails_where_the_survey_does(server: Server, settings: Settings) -> None:
    server.routes["/survey.pdf"] = reply(b"", 404)
    with pytest.raises(FetchError, match="the survey"):
        first(server, settings)


def test_the_first_ask_without_network_fails_in_time(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = time.monotonic()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: time.sleep(30))
    with pytest.raises(FetchError, match=r"arxiv\.org"):
        fetch_first(settings, 0.3, list_reader(settings))
    assert time.monotonic() - started < 1
    assert not settings.downloads.exists()

    def blocked(*a: object, **k: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(socket, "getaddrinfo", blocked)
    with pytest.raises(FetchError, match="operation not permitted"):
        fetch_first(settings, 4, list_reader(settings))


def test_offline_opens_no_socket(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*a: object, **k: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", forbidden)
    monkeypatch.setattr(socket, "getaddrinfo", forbidden)
    offline = replace(settings, offline=True)
    with pytest.raises(FetchError, match="offline"):
        fetch_first(offline, 4, list_reader(settings))
    with pytest.raises(FetchError, match="offline"):
        sync(offline, list_reader(settings))
    env = os.environ | {"SURVEYQA_OFFLINE": "1", "SURVEYQA_HOME": str(settings.index)}
    for command in ("sync", "update"):
        done = subprocess.run(
            [sys.executable, "-m", "surveyqa", command], env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 1
        assert "offline is set" in done.stderr
        assert "Traceback" not in done.stderr


# -------------------------------------------------------------------------------------- the readers


def test_the_network_is_loaded_only_to_be_used() -> None:
    code = "import sys, surveyqa.pipeline; print({'httpx', 'tenacity', 'defusedxml'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_titles() -> None:
    for listed, found, same in [
        ("GPTQ: Accurate Quantization for Generative Pre-trained Transformers",
         "GPTQ: Accurate Post-training Quantization For Generative Pre-trained Transformers", True),
        ("OWQ: Lessons Learned from Activation Outliers", "OWQ: Outlier-aware Weight Quantization", True),
        ("QuantEase: Optimization-based Quantization for Language Models",
         "QuantEase: Optimization-based Quantization for Language Models -- An Efficient Algorithm", True),
        ("Large Language Models Are Reasoning Teachers", "Large Language Models as Optimizers", False),
        ("LoRA: Low-Rank Adaptation of Large Language Models",
         "QA-LoRA: Quantization-Aware Low-Rank Adaptation of Large Language Models", False),
        ("LoRA+: Efficient Low Rank Adaptation of Large Models",
         "LoRA: Low-Rank Adaptation of Large Language Models", False),
        ("SVD-LLM V2: Optimizing Singular Value Truncation", "SVD-LLM: Singular Value Decomposition", False),
        ("", "", False),
    ]:  # fmt: skip
        assert same_title(listed, found) == same, (listed, found)


def test_pages_of_several_kinds() -> None:
    head = "<html><head><title>My Paper</title></head><body>"
    for body in (
        f"{head}<h4>Abstract</h4><p>{TEXT}</p><h4>More</h4><p>other</p>",
        f'{head}<div class="card-body acl-abstract"><h5>Abstract</h5><span>{TEXT}</span></div>'
        "<div><dl><dt>Anthology ID</dt></dl></div>",
        f'{head}<script>var x = "<h4>Abstract</h4>";</script>'
        f'<meta property="og:description" content="Abstract: {TEXT}">',
    ):
        found = pages.read_page(body.encode(), "https://a.test/x")
        assert (found.title, found.abstract, found.truncated) == ("My Paper", TEXT.strip(), False)
    cut_short = pages.read_page(f'<meta name="description" content="{TEXT}...">'.encode(), "x")
    assert cut_short.truncated
    for body in (head, f'{head}<meta name="description" content="A digital library.">', "%PDF-1.4", ""):
        with pytest.raises(FetchError):
            pages.read_page(body.encode(), "https://a.test/x")


def test_pdf_addresses_lead_to_pages() -> None:
    for pdf, landing in [
        ("https://aclanthology.org/2022.acl-long.331.pdf", "https://aclanthology.org/2022.acl-long.331/"),
        ("https://proceedings.mlr.press/v162/shen22f/shen22f.pdf", "https://proceedings.mlr.press/v162/shen22f.html"),
        ("https://papers.neurips.cc/paper/2020/file/e6b7-Paper.pdf".replace("e6b7-", "e6b7"), None),
        ("https://papers.neurips.cc/paper/2020/file/e6b738-Paper.pdf",
         "https://papers.neurips.cc/paper/2020/hash/e6b738-Abstract.html"),
        ("https://proceedings.neurips.cc/paper_files/paper/2022/file/2f00-Paper-Conference.pdf",
         "https://proceedings.neurips.cc/paper_files/paper/2022/hash/2f00-Abstract-Conference.html"),
        ("https://jmlr.org/papers/volume23/21-0998/21-0998.pdf", "https://jmlr.org/papers/v23/21-0998.html"),
        ("https://www.usenix.org/system/files/osdi22-zheng-lianmin.pdf",
         "https://www.usenix.org/conference/osdi22/presentation/zheng-lianmin"),
    ]:  # fmt: skip
        assert pages.landing(pdf) == (landing or pdf)
