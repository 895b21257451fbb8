"""An embedding model behind an OpenAI-compatible server: builds, questions, and everything that it may do
wrong."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import blake2b
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_index import NAMES, made_documents

from surveyqa import doctor
from surveyqa.assistant import Assistant
from surveyqa.catalog import Catalog
from surveyqa.embedding import served as embed_server
from surveyqa.embedding.served import LONGEST, ServedEncoder
from surveyqa.errors import IndexError_, ModelError, UsageError
from surveyqa.index.build import BuildReport, build_index
from surveyqa.settings import Settings
from surveyqa.text.terms import tokenize

QUESTIONS = [f"How much does {name} reduce the cost?" for name in NAMES]
KEY = "emb-s3cret-key"
Reply = tuple[int, bytes]  # HTTP status and body


class Embeddings:
    """A server on loopback: a text's vector counts its terms by their hash and `salt`. It can be stopped."""

    def __init__(self, dimension: int = 48) -> None:
        self.dimension = dimension
        self.salt = b""
        self.inputs: list[list[str]] = []
        self.odd: list[Callable[[dict[str, Any]], Reply]] = []  # replies that come before right ones
        self.port = 0
        self._web: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1#made-model"

    def vectors(self, texts: list[str]) -> list[list[float]]:
        rows = np.full((len(texts), self.dimension), 0.01)
        for n, text in enumerate(texts):
            for term in tokenize(text):
                rows[n, blake2b(term.encode() + self.salt, digest_size=2).digest()[0] % self.dimension] += 1
        rows *= 7  # not of unit length: not every server makes them so
        return [list(map(float, row)) for row in rows]

    def start(self) -> None:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                row = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status, body = outer.answer(self.path, self.headers.get("Authorization"), row)
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None: ...

        self._web = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.port = self._web.server_port
        threading.Thread(target=self._web.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        if self._web is not None:
            self._web.shutdown()
            self._web.server_close()
            self._web = None

    def answer(self, path: str, key: str | None, row: dict[str, Any]) -> Reply:
        if path != "/v1/embeddings" or row["model"] != "made-model":
            return 404, b""
        if key != f"Bearer {KEY}":
            return 401, f"no key like {key}".encode()
        if self.odd:
            return self.odd.pop(0)(row)
        self.inputs.append(row["input"])
        data = [{"index": n, "embedding": v} for n, v in enumerate(self.vectors(row["input"]))]
        return 200, json.dumps({"data": data[::-1]}).encode()  # the order is in `index`


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Embeddings]:
    monkeypatch.setattr(embed_server, "PAUSE", 0.01)
    made = Embeddings()
    made.start()
    yield made
    made.stop()


def settings_of(server: Embeddings, home: Path) -> Settings:
    env = {
        "SURVEYQA_HOME": str(home),
        "SURVEYQA_OFFLINE": "1",  # forbids every connection but to a server that is configured
        "SURVEYQA_EMBED_URL": server.url,
        "SURVEYQA_EMBED_KEY": KEY,
    }
    return Settings.from_env(env)


def build(settings: Settings, edition: int = 0, **options: Any) -> BuildReport:
    catalog = Catalog.load(settings.corpus)
    return build_index(settings, made_documents(edition), "survey", {}, catalog=catalog, **options)


def rows(assistant: Assistant) -> list[dict[str, Any]]:
    found = [assistant.ask(question).to_dict() for question in QUESTIONS]
    for row in found:
        del row["timings_ms"]
    return found


def test_it_builds_and_answers_and_no_model_is_loaded_here(server: Embeddings, tmp_path: Path) -> None:
    settings = settings_of(server, tmp_path)
    report = build(settings)
    assert (report.manifest.model, report.manifest.dimension) == ("made-model (served)", 48)
    assert not (settings.index / "encoders").exists()
    assert all(len(batch) <= embed_server.BATCH for batch in server.inputs)
    vectors = np.load(settings.index / report.manifest.generation / "vectors.npy")
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    found = rows(Assistant.open(settings))
    assert [row["status"] for row in found] == ["answered"] * len(QUESTIONS)
    for n, row in enumerate(found):
        assert f"{n + 2} percent" in row["answer"]
    asked = sum(map(len, server.inputs))
    assert build(settings).embedded == 0  # from the cache, but for the probe
    assert sum(map(len, server.inputs)) <= asked + 1
    report = build(settings, 1)
    assert 0 < report.embedded <= report.manifest.chunks


def test_another_model_behind_the_same_name_is_seen(server: Embeddings, tmp_path: Path) -> None:
    settings = settings_of(server, tmp_path)
    first = build(settings)
    opened = Assistant.open(settings)
    server.salt = b"other weights"
    for _ in range(2):  # an error does not make it believed
        with pytest.raises(ModelError, match=r"runs another 'made-model'.*surveyqa index"):
            opened.ask(QUESTIONS[0])
    report = build(settings)
    assert report.switched and report.embedded == report.manifest.chunks
    assert report.manifest.model_hash != first.manifest.model_hash
    assert rows(Assistant.open(settings))[0]["status"] == "answered"
    server.salt = b""  # and back: its vectors are still in the cache
    assert build(settings).embedded == 0


def test_another_dimension_is_seen(server: Embeddings, tmp_path: Path) -> None:
    settings = settings_of(server, tmp_path)
    build(settings)
    opened = Assistant.open(settings)
    server.dimension = 64
    with pytest.raises(ModelError, match="vectors of 64 numbers and the index has 48"):
        opened.ask(QUESTIONS[0])


def test_a_local_index_is_not_asked_with_a_served_model(server: Embeddings, tmp_path: Path) -> None:
    settings = settings_of(server, tmp_path)
    build(settings)
    with pytest.raises(IndexError_, match=r"built with 'made-model \(served\)' but settings say 'all-MiniLM"):
        Assistant.open(replace(settings, embed_url=None))


def test_away_and_back_without_a_restart(server: Embeddings, tmp_path: Path) -> None:
    settings = settings_of(server, tmp_path)
    build(settings)
    assistant = Assistant.open(settings)
    right = rows(assistant)
    server.stop()
    assert rows(assistant) == right  # of questions that it has seen
    with pytest.raises(ModelError, match=r"'made-model' at 127\.0\.0\.1:\d+ cannot be reached .* Start it"):
        assistant.ask("Does AlphaPrune keep the pruning unchanged?")
    with pytest.raises(ModelError, match="cannot be reached"):
        build(settings, 1)
    assert not list(settings.index.glob(".building*"))
    server.start()
    assert assistant.ask("Does AlphaPrune keep the pruning unchanged?").status
    assert build(settings, 1).switched


def _data(*rows: object) -> Reply:
    return 200, json.dumps({"data": [{"index": n, "embedding": row} for n, row in enumerate(rows)]}).encode()


@pytest.mark.parametrize(
    "reply, says",
    [
        ((200, b"<html>hello</html>"), "gives no vectors"),
        ((200, b"[" * 100_000), "gives no vectors"),
        ((200, b'{"data": 7}'), "gives no vectors"),
        ((200, b'{"data": []}'), "gives no vectors"),
        (_data([1.0, 0.0], [1.0, 0.0]), "gives no vectors"),  # two for one text
        (_data([0.0, 0.0]), "gives no vectors"),
        ((200, b'{"data": [{"index": 0, "embedding": [NaN, 1.0]}]}'), "gives no vectors"),
        (_data(["a", "b"]), "gives no vectors"),
        ((302, b""), "failed (HTTP 302"),  # not followed: texts and key are for this host
        ((403, b""), "refuses the key"),
        ((413, f"too long\nfor {KEY}".encode()), "failed (HTTP 413: too long for ***)"),
        ((200, b" " * (2**21)), "sent more than 1 MB"),
    ],
)
def test_odd_replies_are_one_clear_line(
    server: Embeddings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reply: Reply, says: str
) -> None:
    monkeypatch.setattr(embed_server, "MAX_BYTES", 2**20)
    server.odd = [lambda row: reply]
    with pytest.raises(ModelError) as error:
        ServedEncoder(settings_of(server, tmp_path))(["a text"])
    message = str(error.value)
    assert says in message and "\n" not in message and KEY not in message and "elsewhere" not in message


def test_a_busy_server_is_asked_again(server: Embeddings, tmp_path: Path) -> None:
    encoder = ServedEncoder(settings_of(server, tmp_path))
    server.odd = [lambda row: (429, b""), lambda row: (503, b"")]
    assert encoder(["a text"]).shape == (1, 48)
    server.odd = [lambda row: (503, b"")] * 3
    with pytest.raises(ModelError, match="HTTP 503"):
        encoder(["a text"])


def test_what_is_too_long_is_cut_before_it_is_sent(server: Embeddings, tmp_path: Path) -> None:
    encoder = ServedEncoder(settings_of(server, tmp_path))
    encoder(["word " * 5000, "量" * 5000, "half a pair \ud800", "short"])
    long, chinese, pair, short = server.inputs[-1]
    assert len(long.split()) == len(chinese) == LONGEST
    assert (pair, short) == ("half a pair ?", "short")


@pytest.mark.parametrize(
    "url", ["x", "http://h:1/v1", "http://h:1/v1#", "ftp://h#m", "http://u:pw@h#m", "http://[::1#m", "#m"]
)
def test_urls_that_are_not_understood(tmp_path: Path, url: str) -> None:
    settings = Settings.from_env({"SURVEYQA_HOME": str(tmp_path), "SURVEYQA_EMBED_URL": url})
    with pytest.raises(UsageError, match="SURVEYQA_EMBED_URL is not understood") as error:
        ServedEncoder(settings)
    assert "pw" not in str(error.value)


def test_the_key_is_hidden_and_goes_to_no_other_server(server: Embeddings, tmp_path: Path) -> None:
    settings = settings_of(server, tmp_path)
    assert KEY not in repr(settings)
    with pytest.raises(
        ModelError, match="Set SURVEYQA_EMBED_KEY"
    ):  # the key of the language model is not sent
        ServedEncoder(replace(settings, embed_key=None, api_key=KEY))(["a text"])


def test_doctor_names_the_server(server: Embeddings, tmp_path: Path) -> None:
    settings = settings_of(server, tmp_path)
    build(settings)
    checks = {check.name: check for check in doctor.examine(settings)}
    assert checks["model"].state == "good" and "made-model at 127.0.0.1" in checks["model"].found
    assert checks["index"].state in ("good", "note"), checks["index"]
    server.stop()
    checks = {check.name: check for check in doctor.examine(settings)}
    assert checks["model"].state == "bad" and "cannot be reached" in checks["model"].found
