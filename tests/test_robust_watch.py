"""What an operator sees: traces, logs, and a doctor that names each fault with what mends it."""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from made_index import Maker

from surveyqa import doctor
from surveyqa.settings import Settings

Run = Callable[..., "subprocess.CompletedProcess[str]"]
QUESTION = "what is prefix tuning"
SECRETS = {"SURVEYQA_API_KEY": "sk-very-secret", "SURVEYQA_CHROMA_TOKEN": "t0p-secret"}


def test_a_trace_tells_how_an_answer_came_about(run_cli: Run, tmp_path: Path) -> None:
    file = tmp_path / "trace.jsonl"
    done = run_cli("ask", QUESTION, "--json", "--trace", str(file), **SECRETS)
    assert done.returncode == 0, done.stderr
    lines = tmp_path / "questions.jsonl"
    lines.write_text('{"id": 1, "q": "what is LoRA"}\n{"id": 2, "q": "best pizza in Rome"}\n')
    assert run_cli("batch", str(lines), "--trace", str(file)).returncode == 0
    text = file.read_text(encoding="utf-8")
    assert not any(secret in text for secret in SECRETS.values())
    if sys.platform != "win32":  # it holds questions
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    rows = [json.loads(line) for line in text.splitlines()]
    assert [row["question"] for row in rows] == [QUESTION, "what is LoRA", "best pizza in Rome"]
    first = rows[0]
    answer = json.loads(done.stdout)
    assert first["answer"] == answer
    assert [v["sentence"] for v in first["verdicts"]] == [s["text"] for s in answer["sentences"]]
    stages = {stage["stage"]: stage for stage in first["stages"]}
    in_order = ["understood", "candidates", "judged", "passages"]
    assert [stage for stage in stages if stage in in_order] == in_order
    times = [stage["ms"] for stage in first["stages"]]
    assert times == sorted(times) and times[-1] <= answer["timings_ms"]["total"]
    searches = [stage for stage in first["stages"] if stage["stage"] == "candidates"]
    weights, chunks = searches[0]["weights"], [chunk for search in searches for chunk in search["chunks"]]
    assert len(chunks) >= 50
    for chunk in chunks:  # the fusion can be done again from what is written
        fused = weights["dense"] * chunk["dense"] + weights["lexical"] * chunk["lexical"]
        assert chunk["score"] == pytest.approx(fused, abs=2e-6)
    known = {chunk["id"] for chunk in chunks}
    assert all(passage["id"] in known for passage in stages["passages"]["chosen"])
    assert rows[2]["answer"]["status"] == "no_answer"
    assert {s["stage"]: s for s in rows[2]["stages"]}["judged"]["answerable"] is False


def test_a_trace_that_cannot_be_written_is_told_before_the_question(run_cli: Run, tmp_path: Path) -> None:
    done = run_cli("ask", QUESTION, "--trace", str(tmp_path / "no" / "where.jsonl"))
    assert (done.returncode, done.stdout) == (2, "")
    assert "cannot be written" in done.stderr


def test_logs_are_json_lines_without_questions_and_keys(run_cli: Run) -> None:
    done = run_cli("ask", QUESTION, SURVEYQA_LOG="info", **SECRETS)
    rows = [json.loads(line) for line in done.stderr.splitlines()]
    answered = next(row for row in rows if row["event"] == "answered")
    assert answered["logger"] == "surveyqa.assistant" and answered["level"] == "INFO"
    assert answered["status"] == "answered" and answered["timings_ms"]["total"] > 0
    assert "prefix" not in done.stderr and not any(secret in done.stderr for secret in SECRETS.values())
    assert run_cli("ask", QUESTION).stderr == ""  # and nothing unless it is asked for


def test_keys_are_masked_wherever_they_get_into_a_log() -> None:
    code = (
        "import logging, os; from surveyqa.logs import configure; configure(os.environ)\n"
        "try: raise ValueError('refused: sk-very-secret')\n"
        "except ValueError: logging.getLogger('surveyqa.x').exception('failed %s', 't0p-secret')"
    )
    env = {**SECRETS, "SURVEYQA_LOG": "error", "PYTHONPATH": str(Path(doctor.__file__).parent.parent)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=60)
    row = json.loads(done.stderr)
    assert row["event"] == "failed ***" and row["error"] == "ValueError: refused: ***"


def bad(settings: Settings) -> dict[str, doctor.Check]:
    return {check.name: check for check in doctor.examine(settings) if check.state == "bad"}


def test_a_doctor_finds_nothing_where_nothing_is_wrong(made: Maker, tmp_path: Path) -> None:
    here = made.at(tmp_path)
    here.build(0)
    checks = list(doctor.examine(here.settings))
    assert not [check for check in checks if check.state == "bad"]
    assert [check.name for check in checks] == [
        "installation",
        "model",
        "corpus",
        "index",
        "store",
        "language model",
        "disk",
    ]


def test_a_doctor_names_each_fault_and_what_to_type(made: Maker, tmp_path: Path) -> None:
    here = made.at(tmp_path / "home")
    here.build(0)
    generation = here.root / (here.root / "CURRENT").read_text().strip()
    model = replace(here.settings, model=str(tmp_path / "gone"))
    assert "is neither a folder nor" in bad(model)["model"].found
    away = replace(here.settings, chroma_url="http://127.0.0.1:9")
    assert bad(away)["store"].cure.startswith("chroma run")
    llm = replace(here.settings, llm="http://127.0.0.1:9/v1#m")
    assert "--llm none" in bad(llm)["language model"].cure
    chroma = next(p for p in (generation / "chroma").rglob("*.bin") if p.stat().st_size)
    kept = chroma.read_bytes()
    chroma.write_bytes(b"\xff" * len(kept))
    found = bad(here.settings)
    assert found["index"].cure == "surveyqa index" and "is not what the build wrote" in found["index"].found
    chroma.write_bytes(kept)
    assert not bad(here.settings)
    shutil.copy(generation / "vectors.npy", generation / "sentences.npy")
    assert bad(here.settings)["index"].cure == "surveyqa index"
    here.build(0)
    assert not bad(here.settings)
    (here.root / "CURRENT").write_text("nothing\n")
    assert bad(here.settings)["index"].cure == "surveyqa index"
