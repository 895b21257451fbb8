"""Each file of a generation flipped and cut, one at a time: right answers or a clear refusal, nothing
else."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path

import pytest
from made_index import NAMES, Maker

from surveyqa.assistant import Assistant
from surveyqa.errors import SurveyQAError
from surveyqa.index.manifest import sealed

QUESTIONS = [f"How much does {name} reduce the cost?" for name in NAMES[:4]]


@pytest.fixture(scope="module")
def home(made: Maker, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two generations, the second in use."""
    folder = tmp_path_factory.mktemp("pristine")
    made.at(folder).build(0)
    made.at(folder).build(1)
    return folder


def answers(maker: Maker) -> list[dict[str, object]]:
    assistant = Assistant.open(maker.settings)
    try:
        rows = []
        for question in QUESTIONS:
            row = assistant.ask(question).to_dict()
            del row["timings_ms"]
            rows.append(row)
        return rows
    finally:
        assistant.index.close()


def outcome(maker: Maker, right: list[dict[str, object]]) -> str:
    """'right', or the message of the refusal; fails on any other."""
    try:
        found = answers(maker)
    except SurveyQAError as error:
        message = str(error)
        assert "\n" not in message and "surveyqa index" in message, message
        return message
    assert found == right
    return "right"


def files_of(home: Path) -> list[Path]:
    index = home / "index"
    generation = index / (index / "CURRENT").read_text().strip()
    encoder = next((index / "encoders").iterdir())
    paths = [index / "CURRENT", *generation.rglob("*"), *encoder.iterdir()]
    return sorted(p.relative_to(home) for p in paths if p.is_file())


def damaged(data: bytes, how: str, pick: random.Random) -> bytes:
    at = pick.randrange(max(1, len(data)))
    if how == "flip":
        return data[:at] + bytes([data[at] ^ (1 << pick.randrange(8))]) + data[at + 1 :]
    if how == "zeros":
        return data[:at] + bytes(len(data[at : at + 4096])) + data[at + 4096 :]
    return {"cut": data[:at], "empty": b"", "longer": data + b"x"}[how]


@pytest.mark.parametrize("how", ["flip", "zeros", "cut", "empty", "longer", "gone"])
def test_a_damaged_file_gives_right_answers_or_a_refusal(
    made: Maker, home: Path, tmp_path: Path, how: str
) -> None:
    right = answers(made.at(home))
    assert all(row["status"] == "answered" for row in right)
    here = made.at(tmp_path / "home")
    pick = random.Random(how)
    refused = 0
    for file in files_of(home):
        shutil.rmtree(tmp_path / "home")
        shutil.copytree(home, tmp_path / "home")
        path = tmp_path / "home" / file
        data = path.read_bytes()
        if how == "gone":
            path.unlink()
        elif not data and how != "longer":
            continue
        else:
            path.write_bytes(damaged(data, how, pick))
        result = outcome(here, right)
        refused += result != "right"
        cited = path.suffix in (".json", ".jsonl") and data
        if cited and path.read_bytes() != data if path.exists() else cited:
            assert result != "right", f"{file} ({how}) was read as if nothing were wrong"
        if refused % 4 == 1 and result != "right":  # mended by what the message says
            here.build(1)
            assert outcome(here, right) == "right", file
    assert refused > 10


def test_what_was_changed_with_its_hash_is_still_refused(made: Maker, home: Path, tmp_path: Path) -> None:
    """The manifest has a seal, so that a hash in it cannot be set right by hand."""
    shutil.copytree(home, tmp_path / "home")
    here = made.at(tmp_path / "home")
    path = here.root / (here.root / "CURRENT").read_text().strip() / "manifest.json"
    row = json.loads(path.read_text())
    row["chunks"] += 1
    path.write_text(json.dumps(row))
    with pytest.raises(SurveyQAError, match="was changed after the build"):
        Assistant.open(here.settings)


@pytest.mark.parametrize(
    "schema, words", [(2, "Build it again"), (99, "Update surveyqa"), ("x", "Build it again")]
)
def test_other_schemas_are_refused(
    made: Maker, home: Path, tmp_path: Path, schema: object, words: str
) -> None:
    shutil.copytree(home, tmp_path / "home")
    here = made.at(tmp_path / "home")
    path = here.root / (here.root / "CURRENT").read_text().strip() / "manifest.json"
    row = json.loads(path.read_text())
    del row["seal"]
    path.write_text(json.dumps(sealed({**row, "schema": schema})))
    with pytest.raises(SurveyQAError, match=words):
        Assistant.open(here.settings)
    here.build(1)
    assert answers(here)


def test_a_lost_vector_store_is_made_again_without_embedding(made: Maker, home: Path, tmp_path: Path) -> None:
    shutil.copytree(home, tmp_path / "home")
    here = made.at(tmp_path / "home")
    right = answers(here)
    generation = here.root / (here.root / "CURRENT").read_text().strip()
    shutil.rmtree(generation / "chroma")
    assert answers(here) == right  # every vector is compared meanwhile
    report = here.build(1)
    assert report.embedded == 0 and report.switched
    assert (here.root / (here.root / "CURRENT").read_text().strip() / "chroma" / "chroma.sqlite3").is_file()
    assert answers(here) == right


def test_a_damaged_cache_is_embedded_anew(made: Maker, home: Path, tmp_path: Path) -> None:
    pick = random.Random(1)
    for how in ("flip", "zeros", "cut", "empty"):
        shutil.rmtree(tmp_path / "home", ignore_errors=True)
        shutil.copytree(home, tmp_path / "home")
        here = made.at(tmp_path / "home")
        right = answers(here)
        cache = next((here.root / "cache").glob("*.sqlite"))
        cache.write_bytes(damaged(cache.read_bytes(), how, pick))
        here.build(2)
        here.build(1, rebuild=True)
        assert answers(here) == right
