"""A Chroma server as the store: same answers, same generations, clear errors while it is away."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from dataclasses import fields, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from chroma_server import ChromaServer
from made_index import NAMES, Maker

from surveyqa.assistant import Assistant
from surveyqa.errors import IndexError_, StoreError, SurveyQAError, UsageError
from surveyqa.index.manifest import SCHEMA, Manifest, parse_manifest, sealed
from surveyqa.index.reader import Index
from surveyqa.index.server import PIECE, Server, ServerStore
from surveyqa.index.store import FolderStore, Store, write_folder
from surveyqa.settings import Settings

QUESTIONS = [f"How much does {name} reduce the cost?" for name in NAMES]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ChromaServer]:
    with ChromaServer(tmp_path / "chroma") as running:
        yield running


def rows(assistant: Assistant) -> list[dict[str, Any]]:
    found = [assistant.ask(question).to_dict() for question in QUESTIONS]
    for row in found:
        del row["timings_ms"]
    return found


def names(server: ChromaServer) -> list[str]:
    import chromadb

    client = chromadb.HttpClient(host="127.0.0.1", port=server.port)
    return sorted(c.name for c in client.list_collections())


def test_same_answers_from_the_server_and_from_the_folder(
    made: Maker, server: ChromaServer, tmp_path: Path
) -> None:
    folder, shared = made.at(tmp_path / "a"), made.at(tmp_path / "b", chroma_url=server.url)
    folder.build(0)
    report = shared.build(0)
    assert report.manifest.collection in names(server)
    assert not list(shared.root.glob("*/chroma"))
    assert rows(Assistant.open(shared.settings)) == rows(Assistant.open(folder.settings))


@pytest.mark.parametrize("where", ["folder", "server"])
def test_the_nearest_are_the_nearest(
    starter: Settings, server: ChromaServer, tmp_path: Path, where: str
) -> None:
    """Against a full comparison, with real vectors: two builds of one corpus must give the same answers."""
    index = Index.open(starter)
    vectors = np.array(np.load(index.folder / "vectors.npy"))
    store: Store
    if where == "folder":
        write_folder(tmp_path / "c", index.chunks, vectors, lambda *done: None)
        store = FolderStore(tmp_path / "c", vectors, index.position)
    else:
        there = Server(replace(starter, chroma_url=server.url))
        there.write("surveyqa-near", "home", index.chunks, vectors, lambda *done: None)
        store = ServerStore(there, "surveyqa-near", vectors, index.position)
    rows = (Path(__file__).parent / "questions" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    for row in rows[::6]:
        vector = index.encode([json.loads(row)["q"]])[0]
        found = {position for position, _ in store.nearest(vector, 50)}
        scores = vectors @ vector
        assert min(scores[list(found)]) >= np.sort(scores)[-50] - 1e-6
    assert getattr(store, "trouble", "") == ""
    store.close()
    index.close()


def test_another_machine_asks_what_one_has_built(made: Maker, server: ChromaServer, tmp_path: Path) -> None:
    one = made.at(tmp_path / "one", chroma_url=server.url)
    two = Maker(replace(one.settings, index=tmp_path / "two" / "index"), made.encoder)
    with pytest.raises(IndexError_, match="holds no index yet"):
        Assistant.open(two.settings)
    two = made.at(tmp_path / "two", chroma_url=server.url)
    one.build(0)
    before = Assistant.open(two.settings)
    right = rows(Assistant.open(one.settings))
    assert rows(before) == right
    one.build(1)
    assert rows(before) == right  # it keeps what it opened
    after = rows(Assistant.open(two.settings))
    assert after == rows(Assistant.open(one.settings)) != right
    two.build(2)
    assert rows(Assistant.open(one.settings)) == rows(Assistant.open(two.settings)) != after
    for edition in (3, 4, 5):
        two.build(edition)
    assert (
        len(names(server)) == 2 * 3 + 1
    )  # the current one and two before it, each with its files, and the pointer
    with pytest.raises(StoreError, match="does not have what was asked"):
        rows(before)  # five generations later


def test_away_and_back_without_a_restart(made: Maker, server: ChromaServer, tmp_path: Path) -> None:
    here = made.at(tmp_path / "home", chroma_url=server.url)
    here.build(0)
    assistant = Assistant.open(here.settings)
    right = rows(assistant)
    server.kill()
    for _ in range(2):
        with pytest.raises(
            StoreError, match=rf"the Chroma server at {server.url} cannot be used .* Start it"
        ):
            rows(assistant)
    with pytest.raises(StoreError):
        Assistant.open(here.settings)
    with pytest.raises(StoreError):
        here.build(1)
    assert not here.leftovers()
    server.start()
    assert rows(assistant) == right
    assert rows(Assistant.open(here.settings)) == right
    here.build(1)
    assert rows(Assistant.open(here.settings)) != right


def test_an_unfinished_build_is_never_served_and_swept_by_the_next(
    made: Maker, server: ChromaServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = made.at(tmp_path / "home", chroma_url=server.url)
    here.build(0)
    right = rows(Assistant.open(here.settings))
    with monkeypatch.context() as patch:
        patch.setattr(Server, "finish", lambda *args: (_ for _ in ()).throw(KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            here.build(1)
    assert len(names(server)) == 4
    assert rows(Assistant.open(here.settings)) == right
    here.build(2)
    assert len(names(server)) == 5 and not here.leftovers()


def test_data_lost_on_the_server_are_refused_then_built_again(
    made: Maker, server: ChromaServer, tmp_path: Path
) -> None:
    import chromadb

    here = made.at(tmp_path / "home", chroma_url=server.url)
    collection = here.build(0).manifest.collection
    assert collection
    right = rows(Assistant.open(here.settings))
    client = chromadb.HttpClient(host="127.0.0.1", port=server.port)
    some = client.get_collection(collection).get(limit=8)["ids"]
    client.get_collection(collection).delete(ids=some)
    with pytest.raises(StoreError, match="surveyqa index"):
        rows(Assistant.open(here.settings))  # one that was asked before keeps what it found
    report = here.build(0)
    assert report.embedded == 0 and report.switched
    assert rows(Assistant.open(here.settings)) == right


@pytest.mark.parametrize(
    "change",
    [
        {"generation": "../../outside"},
        {"generation": "/tmp/outside"},
        {"generation": ".."},
        {"generation": ""},
        {"files": {"../outside": {"size": 1, "whole": "", "sampled": ""}}},
        {"files": {"a/../../outside": {"size": 1, "whole": "", "sampled": ""}}},
        {"files": {"a\\..\\outside": {"size": 1, "whole": "", "sampled": ""}}},
        {"files": {"/outside": {"size": 1, "whole": "", "sampled": ""}}},
        {"files": []},
    ],
    ids=str,
)
def test_a_manifest_that_leads_elsewhere_is_refused(change: dict[str, Any]) -> None:
    """A server that was taken over may send any manifest, with a right seal too."""
    state = {"size": 1, "whole": "", "sampled": ""}
    row = {f.name: 1 for f in fields(Manifest)} | {"schema": SCHEMA, "generation": "survey-0"}
    good = row | {"files": {"bm25/data.npy": state}}
    assert parse_manifest(json.dumps(sealed(good)), "a server").generation == "survey-0"
    with pytest.raises(IndexError_, match="is not one of ours"):
        parse_manifest(json.dumps(sealed(good | change)), "a server")


def test_a_server_sends_no_more_than_the_manifest_says(
    made: Maker, server: ChromaServer, tmp_path: Path
) -> None:
    import chromadb

    one = made.at(tmp_path / "one", chroma_url=server.url)
    collection = one.build(0).manifest.collection
    client = chromadb.HttpClient(host="127.0.0.1", port=server.port)
    box = client.get_collection(f"{collection}-files", embedding_function=None)
    more = base64.b85encode(b"x" * 2 * PIECE).decode()
    box.update(ids=["documents.jsonl#000000"], embeddings=[[1.0, 0.0]], documents=[more])
    two = made.at(tmp_path / "two", chroma_url=server.url)
    with pytest.raises(IndexError_, match=r"documents.jsonl of .* should have \d+ bytes and has \d+"):
        Assistant.open(two.settings)
    assert not two.leftovers()


class _Gate(BaseHTTPRequestHandler):
    """A proxy that lets in only those with the token, as a company would put before its store."""

    port = 0
    seen: ClassVar[list[str]] = []

    def _pass(self) -> None:
        import httpx

        type(self).seen.append(self.headers.get("Authorization", ""))
        if self.headers.get("Authorization") != "Bearer s3cret-token":
            self.send_response(401)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {"Content-Type": "application/json"}
        reply = httpx.request(
            self.command, f"http://127.0.0.1:{self.port}{self.path}", content=body, headers=headers
        )
        self.send_response(reply.status_code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(reply.content)))
        self.end_headers()
        self.wfile.write(reply.content)

    do_GET = do_POST = do_PUT = do_DELETE = _pass

    def log_message(self, format: str, *args: object) -> None: ...


def test_token_tenant_and_database(made: Maker, server: ChromaServer, tmp_path: Path) -> None:
    import chromadb

    admin = chromadb.AdminClient(
        chromadb.Settings(
            chroma_api_impl="chromadb.api.fastapi.FastAPI",
            chroma_server_host="127.0.0.1",
            chroma_server_http_port=server.port,
        )
    )
    admin.create_tenant("readers")
    admin.create_database("surveys", "readers")
    handler = type("Gate", (_Gate,), {"port": server.port, "seen": []})
    gate = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=gate.serve_forever, daemon=True).start()
    try:
        options = {
            "chroma_url": f"http://127.0.0.1:{gate.server_port}",
            "chroma_tenant": "readers",
            "chroma_database": "surveys",
        }
        right = made.at(tmp_path / "right", chroma_token="s3cret-token", **options)
        right.build(0)
        assert rows(Assistant.open(right.settings))
        assert names(server) == []  # nothing in the default database
        for token in (None, "wr0ng-token"):
            wrong = made.at(tmp_path / "wrong", chroma_token=token, **options)
            with pytest.raises(StoreError) as error:
                Assistant.open(wrong.settings)
            assert "wr0ng-token" not in str(error.value) and "\n" not in str(error.value)
        elsewhere = made.at(
            tmp_path / "wrong", chroma_token="s3cret-token", **{**options, "chroma_database": "nothing"}
        )
        with pytest.raises(StoreError):
            Assistant.open(elsewhere.settings)
    finally:
        gate.shutdown()


@pytest.mark.parametrize(
    "url", ["chroma:8000", "ftp://a", "http://", "http://me:pw@host", "http://[::1", "http://h:99999", "x y"]
)
def test_urls_that_are_not_understood(made: Maker, tmp_path: Path, url: str) -> None:
    settings = replace(made.settings, chroma_url=url)
    with pytest.raises(UsageError, match="SURVEYQA_CHROMA_URL is not understood") as error:
        Assistant.open(settings)
    assert "pw" not in str(error.value)


def test_a_server_that_hangs_or_talks_nonsense(made: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    from surveyqa.index import server

    monkeypatch.setattr(server, "TIMEOUT", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        settings = replace(made.settings, chroma_url=f"http://127.0.0.1:{listener.getsockname()[1]}")
        with pytest.raises(StoreError, match="cannot be used"):
            Assistant.open(settings)

    class Nonsense(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<html>hello</html>")

        def log_message(self, format: str, *args: object) -> None: ...

    web = ThreadingHTTPServer(("127.0.0.1", 0), Nonsense)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    with pytest.raises(SurveyQAError, match="cannot be used"):
        Assistant.open(replace(made.settings, chroma_url=f"http://127.0.0.1:{web.server_port}"))
    web.shutdown()


def test_settings_from_the_environment_hide_the_token() -> None:
    settings = Settings.from_env(
        {
            "SURVEYQA_CHROMA_URL": "https://store.example",
            "SURVEYQA_CHROMA_TOKEN": "t0p",
            "SURVEYQA_CHROMA_TENANT": "a",
            "SURVEYQA_CHROMA_DATABASE": "b",
        }
    )
    assert (settings.chroma_url, settings.chroma_token, settings.chroma_tenant, settings.chroma_database) == (
        "https://store.example",
        "t0p",
        "a",
        "b",
    )
    assert "t0p" not in repr(settings)
