"""`update` and `diff`: only what changed is embedded, and the result is that of a build from nothing."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path

import chromadb
import numpy as np
import pytest

import surveyqa.index.build as stage
import surveyqa.index.reader as reader
import surveyqa.index.server as sharing
from surveyqa.catalog import Catalog, diff, parse_list
from surveyqa.cli import main
from surveyqa.documents import Document
from surveyqa.index import Index, catalog_folder
from surveyqa.settings import Settings
from surveyqa.sources.files import letters
from surveyqa.text.terms import tokenize

ROOT = Path(__file__).resolve().parent.parent
DIMENSION = 32


class FakeEncoder:
    """Each word is a number from 0 to 31; a text's vector counts its words. Writes down what it embeds."""

    embedded: list[str] = []  # noqa: RUF012 (shared on purpose)
    dimension = DIMENSION

    def __init__(self, folder: Path, *, bulk: bool = False) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("encoder.onnx", "tokenizer.json", "encoder.json"):
            (folder / name).write_text("{}")

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        FakeEncoder.embedded += texts
        vectors = np.full((len(texts), DIMENSION), 1e-3, dtype=np.float32)
        for n, text in enumerate(texts):
            for word in re.findall(r"\w+", text.lower()):
                vectors[n, blake2b(word.encode(), digest_size=1).digest()[0] % DIMENSION] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def tokens(self, text: str) -> list[str]:
        return re.findall(r"\w+|[^\w\s]", text)


@pytest.fixture(autouse=True)
def fake_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(stage, "find_model", lambda name, offline=False: tmp_path)
    monkeypatch.setattr(stage, "model_hash", lambda folder: "fake")
    monkeypatch.setattr(stage, "OnnxEncoder", FakeEncoder)
    monkeypatch.setattr(reader, "OnnxEncoder", FakeEncoder)
    monkeypatch.setattr(sharing, "OnnxEncoder", FakeEncoder)
    FakeEncoder.embedded.clear()


@pytest.fixture
def mirrors(tmp_path: Path, shared: Path) -> dict[str, Path]:
    """The real survey and abstracts with the list of two dates."""
    lists = {"old": "history/paper-list-2024-03-30.md", "new": "paper-list.md"}
    for name, path in lists.items():
        (tmp_path / name).mkdir()
        shutil.copy(shared / "corpus" / path, tmp_path / name / "paper-list.md")
        for file in ("survey.pdf", "abstracts.jsonl"):
            (tmp_path / name / file).symlink_to(shared / "corpus" / file)
    return {name: tmp_path / name for name in lists}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    return home(tmp_path / "home", monkeypatch)


def home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("SURVEYQA_HOME", str(folder))
    return Settings.from_env()


def independent_titles(path: Path) -> set[str]:
    """Titles by a pattern of their own, no Markdown library: from the bullet to the venue, year or link."""
    titles = set()
    fenced = False
    for line in path.read_text(encoding="utf-8").splitlines():
        fenced ^= line.startswith("```")
        match = re.match(r"\s*-\s+(?!\[)(.+?),?\s*(?:<ins>|</?ins>|\[\[)", line)
        if match and not fenced:
            titles.add(letters(re.sub(r",\s*20\d\d$", "", match[1])))
    return titles


@pytest.fixture
def read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The survey is the same in both mirrors, and reading it takes ten seconds."""
    from surveyqa.documents import pdf

    read: dict[bytes, Document] = {}
    real = pdf.read_pdf

    def remember(path: Path, **options: object) -> Document:
        content = path.read_bytes()
        if content not in read:
            read[content] = real(path, **options)  # type: ignore[arg-type]
        return read[content]

    monkeypatch.setattr(pdf, "read_pdf", remember)


def test_update_from_an_old_list_to_the_newest(
    read_once: None,
    mirrors: dict[str, Path],
    settings: Settings,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert main(["update", "--from", str(mirrors["old"])]) == 0
    old = {chunk.id: chunk for chunk in Index.open(settings).chunks}
    FakeEncoder.embedded.clear()
    capsys.readouterr()

    assert main(["update", "--from", str(mirrors["new"]), "--all"]) == 0
    output = capsys.readouterr().out
    updated = Index.open(settings)
    new = {chunk.id: chunk for chunk in updated.chunks}
    fresh, gone = new.keys() - old.keys(), old.keys() - new.keys()
    assert len(fresh) > 20
    assert f"({len(fresh)} embedded, {len(fresh)} new, {len(gone)} gone)" in output
    # what went through the model: the texts of the new chunks, and sentences that were not there before
    texts = {f"{chunk.context}. {chunk.text}" for chunk in new.values()}
    assert {x for x in FakeEncoder.embedded if x in texts} == {
        f"{new[i].context}. {new[i].text}" for i in fresh
    }
    sentences = [{c.text[a:b] for c in side.values() for a, b in c.sentences} for side in (old, new)]
    written = {told.text for told in updated.statements.told}  # whose evidence came with the new list
    beside = {x for x in FakeEncoder.embedded if x not in texts}
    assert beside - written == sentences[1] - sentences[0] - written
    assert len(FakeEncoder.embedded) == len(set(FakeEncoder.embedded))

    # the change of the list, by a set difference of its own
    titles = {name: independent_titles(folder / "paper-list.md") for name, folder in mirrors.items()}
    changes = diff(
        *(parse_list((mirrors[x] / "paper-list.md").read_text(encoding="utf-8")) for x in ("old", "new"))
    )
    renamed = {
        (letters(c.old.title), letters(c.new.title))
        for c in changes.changed
        if letters(c.old.title) != letters(c.new.title)
    }
    assert {letters(p.title) for p in changes.added} == titles["new"] - titles["old"] - {
        b for _, b in renamed
    }
    assert {letters(p.title) for p in changes.removed} == titles["old"] - titles["new"] - {
        a for a, _ in renamed
    }
    assert f"{len(changes.added)} added" in output

    # deletes reach every store alike
    keys = {f"abstract:{paper.key}" for paper in Catalog.load(catalog_folder(settings)).papers}
    assert {c.document for c in new.values() if c.kind == "abstract"} <= keys
    stored = chromadb.PersistentClient(str(updated.folder / "chroma")).get_collection(
        "chunks", embedding_function=None
    )
    assert set(stored.get(include=[])["ids"]) == new.keys()

    # and a build from nothing is the same, name, ids, vectors and rankings
    other = home(tmp_path / "other", monkeypatch)
    assert main(["update", "--from", str(mirrors["new"])]) == 0
    built = Index.open(other)
    assert built.manifest.generation == updated.manifest.generation
    assert [c.id for c in built.chunks] == [c.id for c in updated.chunks]
    assert np.array_equal(built.sentence_vectors, updated.sentence_vectors)
    vectors = []
    for opened in (built, updated):
        collection = chromadb.PersistentClient(str(opened.folder / "chroma")).get_collection(
            "chunks", embedding_function=None
        )
        rows = collection.get(include=["embeddings"])
        vectors.append(dict(zip(rows["ids"], map(tuple, rows["embeddings"]), strict=True)))
    assert vectors[0] == vectors[1]
    for question in (
        "what is prefix tuning",
        "GPTQ weight-only quantization",
        "speculative decoding with several heads",
    ):
        assert ranking(built, question) == ranking(updated, question)
    for name in ("papers.jsonl", "taxonomy.json", "names.json", "frameworks.json"):
        assert (built.folder / "catalog" / name).read_bytes() == (
            updated.folder / "catalog" / name
        ).read_bytes()


def ranking(index: Index, question: str) -> tuple[list[tuple[int, float]], list[float]]:
    """The nearest chunks by vector, and the lexical score of each chunk."""
    return index.nearest(index.encode([question])[0], 20), list(index.lexical.scores(tokenize(question)))


LIST = """# List
## Methods
### Quantization
- One: A First Paper, <ins>arXiv, 2023</ins> [[Paper](https://arxiv.org/abs/2301.00001)]
- Two: A Second Paper, <ins>arXiv, 2023</ins> [[Paper](https://arxiv.org/abs/2301.00002)]
### Pruning
- Three: A Third Paper, <ins>arXiv, 2023</ins> [[Paper](https://arxiv.org/abs/2301.00003)]
"""
NEWER = LIST.replace("- One: A First Paper", "- Four: Not There Before").replace("00001", "00004")
NEWER = NEWER.replace("### Pruning\n", "").replace(
    "- Three",
    "### Pruning\n- Five: The Fifth, <ins>ICML, 2024</ins> [[Paper](https://arxiv.org/abs/2301.00005)]\n"
    "### Distillation\n- Three",
)


@pytest.fixture
def small(tmp_path: Path) -> dict[str, Path]:
    """Two mirrors of a made list: One goes, Four and Five come, Three moves, Two's abstract changes."""
    from site_server import survey_pdf

    names = {
        "old": ("One: A First Paper", "Two: A Second Paper"),
        "new": ("Two: A Second Paper", "Four: Not There Before"),
    }
    for name, text in (("old", LIST), ("new", NEWER)):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "survey.pdf").write_bytes(survey_pdf())
        (folder / "paper-list.md").write_text(text, encoding="utf-8")
        rows = [
            {"title": title, "abstract": f"The {name} text. It is about {title}."} for title in names[name]
        ]
        (folder / "abstracts.jsonl").write_text(
            "".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8"
        )
    return {"old": tmp_path / "old", "new": tmp_path / "new"}


def test_update_without_a_change(
    small: dict[str, Path], settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["update", "--from", str(small["new"])]) == 0
    before = settings.index.joinpath("CURRENT").read_text()
    FakeEncoder.embedded.clear()
    capsys.readouterr()
    assert main(["update", "--from", str(small["new"])]) == 0
    assert "(0 embedded, 0 new, 0 gone)" in (output := capsys.readouterr().out)
    assert output.endswith("nothing changed\n")
    assert FakeEncoder.embedded == []
    assert settings.index.joinpath("CURRENT").read_text() == before


def test_what_changed_is_told(
    small: dict[str, Path], settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["update", "--from", str(small["old"])]) == 0
    old = settings.index.joinpath("CURRENT").read_text().strip()
    capsys.readouterr()
    assert main(["update", "--from", str(small["new"])]) == 0
    told = capsys.readouterr().out
    for line in ("2 added", "1 removed", "1 moved", "1 texts new", "+ Four: Not There Before", "1 texts gone",
                 "- One: A First Paper", "1 texts changed", "~ Two: A Second Paper"):  # fmt: skip
        assert line in told
    assert [c.title for c in Index.open(settings).chunks if c.kind == "abstract"] == [
        "Two: A Second Paper",
        "Four: Not There Before",
    ]

    # the same from the generations themselves
    assert main(["diff", old, "current", "--json"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert [p["title"].partition(":")[0] for p in row["added"]] == ["Four", "Five"]
    assert [p["key"] for p in row["removed"]] == ["one"]
    assert [p["key"] for p in row["moved"]] == ["three"]
    assert row["texts"] == {
        "new": ["Four: Not There Before"],
        "gone": ["One: A First Paper"],
        "changed": ["Two: A Second Paper"],
    }
    # ... and from the lists
    assert (
        main(["diff", str(small["old"] / "paper-list.md"), str(small["new"] / "paper-list.md"), "--json"])
        == 0
    )
    from_lists = json.loads(capsys.readouterr().out)
    assert from_lists == {k: v for k, v in row.items() if k != "texts"}


def test_the_catalogue_in_use_is_the_generations(small: dict[str, Path], settings: Settings) -> None:
    assert catalog_folder(settings) == ROOT / "corpus"
    assert main(["update", "--from", str(small["old"])]) == 0
    assert [p.key for p in Catalog.load(catalog_folder(settings)).papers] == ["one", "two", "three"]
    # a newer list that is not indexed yet is not in use
    assert main(["sync", "--from", str(small["new"])]) == 0
    assert [p.key for p in Catalog.load(catalog_folder(settings)).papers] == ["one", "two", "three"]
    assert main(["index"]) == 0
    assert [p.key for p in Catalog.load(catalog_folder(settings)).papers] == ["four", "two", "five", "three"]


def test_a_list_that_changes_no_text_makes_a_generation_all_the_same(
    small: dict[str, Path], settings: Settings
) -> None:
    assert main(["update", "--from", str(small["old"])]) == 0
    before = settings.index.joinpath("CURRENT").read_text()
    path = small["old"] / "paper-list.md"
    path.write_text(path.read_text().replace("### Pruning", "### Sparsity"), encoding="utf-8")
    FakeEncoder.embedded.clear()
    assert main(["update", "--from", str(small["old"])]) == 0
    assert settings.index.joinpath("CURRENT").read_text() != before
    assert FakeEncoder.embedded == []
    assert Catalog.load(catalog_folder(settings)).papers[-1].categories == (("Methods", "Sparsity"),)


def test_a_failed_update_leaves_the_index(
    small: dict[str, Path], settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["update", "--from", str(small["old"])]) == 0
    before = settings.index.joinpath("CURRENT").read_text()
    (small["new"] / "survey.pdf").write_bytes(b"<html>no</html>")
    assert main(["update", "--from", str(small["new"])]) == 1
    assert "is no PDF" in capsys.readouterr().err
    assert settings.index.joinpath("CURRENT").read_text() == before
    assert "One" in (settings.downloads / "paper-list.md").read_text()
    assert main(["update", "--from", str(small["new"] / "nowhere")]) == 1
    assert main(["diff", "nonsense", "current"]) == 2


def test_a_damaged_generation_is_built_anew(small: dict[str, Path], settings: Settings) -> None:
    assert main(["update", "--from", str(small["old"])]) == 0
    folder = Index.open(settings).folder
    (folder / "documents.jsonl").write_text("{", encoding="utf-8")
    assert main(["update", "--from", str(small["old"])]) == 0
    assert Index.open(settings).documents
