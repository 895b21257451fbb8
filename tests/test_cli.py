"""The command line as a stranger meets it: processes, exit codes, one clear line for every mistake."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from surveyqa import __version__
from surveyqa.cli import main
from surveyqa.settings import Settings

Run = Callable[..., "subprocess.CompletedProcess[str]"]
QUESTION = "what is prefix tuning"


def test_ask_answers_with_sources(run_cli: Run) -> None:
    done = run_cli("ask", *QUESTION.split())  # without quotes around it
    assert done.returncode == 0
    answer, sources = done.stdout.split("\n\nSources\n")
    assert "prefix" in answer.lower() and "[1]" in answer
    assert all(line.startswith(f"[{n}] ") for n, line in enumerate(sources.splitlines(), 1))
    assert "\x1b" not in done.stdout  # no colour and no links into a pipe
    brief = run_cli("ask", "--brief", stdin=QUESTION).stdout
    assert " ".join(answer.split()) == brief.strip()
    quotes = run_cli("ask", QUESTION, "--quotes").stdout
    assert quotes.startswith(answer) and '    "Prefix tuning is' in quotes


def test_json_keeps_the_contract(run_cli: Run) -> None:
    done = run_cli("ask", QUESTION, "--json")
    answer = json.loads(done.stdout)
    assert answer["schema"] == 1 and answer["question"] == QUESTION and answer["status"] == "answered"
    assert answer["engine"]["corpus"] == "starter" and answer["engine"]["generator"] == "extractive"
    ids = {source["id"] for source in answer["sources"]}
    for sentence in answer["sentences"]:
        assert sentence["citations"] and set(sentence["citations"]) <= ids
        assert sentence["check"] == "supported"
    for source in answer["sources"]:
        assert {
            "kind",
            "title",
            "authors",
            "year",
            "arxiv_id",
            "url",
            "section",
            "page",
            "quote",
            "passage",
            "score",
        } <= source.keys()
        assert source["quote"] in source["passage"] and source["kind"] == "guide"
    assert answer["timings_ms"]["total"] > 0


def test_the_starter_corpus_is_named_in_every_answer(run_cli: Run) -> None:
    assert "starter guide" in run_cli("ask", "what is LoRA").stdout.lower()


def test_two_runs_are_identical_but_for_their_timings(run_cli: Run) -> None:
    answers = []
    for _ in range(2):
        answer = json.loads(run_cli("ask", "how does speculative decoding work", "--json").stdout)
        del answer["timings_ms"]
        answers.append(json.dumps(answer))
    assert answers[0] == answers[1]


def test_no_answer_exits_3_and_says_why(run_cli: Run) -> None:
    done = run_cli("ask", "who won the 2018 football world cup")
    assert done.returncode == 3 and "outside the survey" in done.stdout and not done.stderr


def test_batch_keeps_ids_and_order(run_cli: Run) -> None:
    lines = [
        {"id": "a", "q": "what is quantization"},
        {"id": 2, "turns": ["what is prefix tuning", "how does it differ from LoRA?"]},
        {"id": "c", "q": "红烧肉怎么做"},
    ]
    done = run_cli("batch", "-", stdin="\n".join(map(json.dumps, lines)))
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [a["id"] for a in answers] == ["a", 2, "c"]
    assert "LoRA" in answers[1]["answer"] and "prefix" in answers[1]["answer"].lower()
    assert answers[2]["status"] == "no_answer"


def test_a_question_that_cannot_be_asked_does_not_end_the_batch(run_cli: Run, tmp_path: Path) -> None:
    lines = [{"id": 1, "q": " "}, {"id": 2, "turns": ["", "what is LoRA"]}, {"id": 3, "q": "word " * 9000}]
    trace = tmp_path / "trace.jsonl"
    done = run_cli("batch", "-", "--trace", str(trace), stdin="\n".join(map(json.dumps, lines)))
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(a["id"], a["status"]) for a in answers] == [(1, "no_answer"), (2, "answered"), (3, "no_answer")]
    assert "empty" in answers[0]["answer"] and "9000 words" in answers[2]["answer"]
    assert [json.loads(line)["question"] for line in trace.read_text("utf-8").splitlines()] == [
        "what is LoRA"
    ]


def test_an_answer_is_exported_with_what_it_cites(run_cli: Run) -> None:
    entries = run_cli("ask", QUESTION, "--export", "bibtex").stdout
    assert entries.count("@") >= 2 and "Prefix-Tuning: Optimizing Continuous Prompts" in entries
    assert run_cli("ask", QUESTION, "--export", "markdown").stdout.startswith(f"## {QUESTION}\n")


def test_search_gives_sources_alone(run_cli: Run) -> None:
    found = json.loads(run_cli("search", "KV cache eviction", "--json", "-n", "3").stdout)
    assert len(found["sources"]) == 3 and found["sources"][0]["score"] >= found["sources"][1]["score"]


def test_verify_reads_claims_with_passages(run_cli: Run) -> None:
    rows = [
        {"id": 1, "claim": "Foo cuts memory by 30%.", "passage": "Foo reduces memory by 30%."},
        {"id": 2, "claim": "Foo cuts memory by 60%.", "passage": "Foo reduces memory by 30%."},
    ]
    done = run_cli("verify", "-", "--json", stdin="\n".join(map(json.dumps, rows)))
    verdicts = [json.loads(line)["verdict"] for line in done.stdout.splitlines()]
    assert verdicts[0] == "supported" and verdicts[1] in ("contradicted", "unsupported")


def test_verify_reads_a_draft_says_what_it_skipped_and_is_strict(run_cli: Run, tmp_path: Path) -> None:
    draft = tmp_path / "draft.txt"
    draft.write_text("# LoRA\n\nLoRA learns two low-rank matrices. In short.\n\n| a |\n| b |\n", "utf-8")
    done = run_cli("verify", str(draft), "--strict")
    assert done.returncode == 0 and done.stdout.startswith("line 3: supported: LoRA learns two")
    assert len(done.stdout.splitlines()) == 1 and "1 supported" in done.stderr
    assert "line 1, a heading; line 3, fewer than four words; line 5, a table" in done.stderr
    claims = tmp_path / "claims.md"  # what a file holds is seen in it, not in its name
    claims.write_text(
        json.dumps({"id": "a", "claim": "Foo has 3 heads.", "passage": "Foo has 4 heads."}), "utf-8"
    )
    done = run_cli("verify", str(claims), "--strict")
    assert done.returncode == 1 and done.stdout.startswith("a: contradicted: Foo has 3 heads.")


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (["ask", "   "], 2, "empty"),
        (["ask", "word " * 10_000], 2, "10000 words"),
        (["ask", QUESTION, "--sources", "0"], 2, "from 1 to 20"),
        (["ask", "x" * 30_000], 2, "30000 characters"),
        (["ask", QUESTION, "--ofline"], 2, "no option --ofline. Did you mean --offline?"),
        (["aks", QUESTION], 2, "Did you mean ask?"),
        (["nonsense"], 2, "no command 'nonsense'"),
        (["papers", "--category", "Prefix", "Tuning"], 2, "put quotes around"),
        (["ask", QUESTION, "--sources", "five"], 2, "See: surveyqa ask --help"),
        (["update"], 1, "surveyqa update --from DIR"),
        (["batch", "/no/such/file.jsonl"], 2, "cannot read"),
        (["sync", "--from", "/no/such/folder"], 1, "not a folder"),
        (["papers", "--category", "no such thing"], 2, "no category"),
        (["papers", "--year", "soon"], 2, "a year or a range"),
        (["verify", "/no/such/draft.md"], 2, "cannot read"),
        (["eval", "/no/such/questions.jsonl"], 2, "cannot read"),
    ],
)
def test_wrong_use_is_one_clear_line(run_cli: Run, args: list[str], code: int, says: str) -> None:
    done = run_cli(*args)
    assert done.returncode == code and says in done.stderr and "Traceback" not in done.stderr
    assert not done.stdout


@pytest.mark.parametrize(
    "line", ["not json", "[]", '{"q": "x"}', '{"id": 1}', '{"id": 1, "turns": [3]}', '{"id": 1, "q": 5}']
)
def test_a_bad_line_is_told_before_anything_is_answered(run_cli: Run, line: str) -> None:
    done = run_cli("batch", "-", stdin='{"id": 0, "q": "what is LoRA"}\n' + line)
    assert done.returncode == 2 and "line 2" in done.stderr and not done.stdout


def test_a_pdf_that_is_none_is_refused_and_nothing_is_lost(run_cli: Run, tmp_path: Path) -> None:
    mirror, home = tmp_path / "mirror", tmp_path / "home"
    mirror.mkdir()
    (mirror / "survey.pdf").write_bytes(b"<html>not found</html>")
    (mirror / "paper-list.md").write_text(
        "# List\n## A\n- B, 2024 [[Paper](https://arxiv.org/abs/2401.00001)]\n"
    )
    (mirror / "abstracts.jsonl").write_text('{"title": "B", "abstract": "Text."}\n')
    kept = home / "corpus" / "downloads" / "survey.pdf"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"what was there")
    done = run_cli("sync", "--from", str(mirror), home=home)
    assert done.returncode == 1 and "is no PDF" in done.stderr and "Traceback" not in done.stderr
    assert kept.read_bytes() == b"what was there"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every folder")
def test_an_unreadable_folder_is_told(run_cli: Run, tmp_path: Path) -> None:
    tmp_path.chmod(0)
    done = run_cli("sync", "--from", str(tmp_path))
    tmp_path.chmod(0o700)
    assert done.returncode == 1 and "Traceback" not in done.stderr


def test_a_home_that_cannot_be_written_is_told(run_cli: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run_cli("ask", QUESTION, home=tmp_path / "file")
    assert done.returncode == 1 and "SURVEYQA_HOME" in done.stderr and "Traceback" not in done.stderr


def test_another_model_than_the_index_was_built_with_is_refused(run_cli: Run) -> None:
    done = run_cli("ask", QUESTION, SURVEYQA_MODEL="some-other-model")
    assert done.returncode == 1 and "all-MiniLM-L6-v2" in done.stderr and "surveyqa index" in done.stderr


def test_help_and_version_load_nothing_heavy() -> None:
    for flag in ("--help", "--version"):
        started = time.process_time()
        code = (
            "import sys, surveyqa.cli\n"
            f"surveyqa.cli.main([{flag!r}])\n"
            "print([m for m in ('numpy', 'torch', 'chromadb', 'llama_index', 'gradio', 'rich', 'httpx') if m "
            "in sys.modules])\n"
            "import time; print(time.process_time())"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.splitlines()[-2] == "[]"
        assert float(done.stdout.splitlines()[-1]) < 0.3, "seconds of CPU"
        assert time.process_time() >= started
    assert (
        __version__
        in subprocess.run(
            [sys.executable, "-m", "surveyqa", "--version"], capture_output=True, text=True, check=True
        ).stdout
    )


def test_an_extractive_ask_loads_neither_torch_nor_llama_index_nor_gradio(starter: Settings) -> None:
    code = (
        "import sys, surveyqa.cli\n"
        f"code = surveyqa.cli.main(['ask', {QUESTION!r}])\n"
        "print(code, [m for m in ('torch', 'transformers', 'sentence_transformers', 'llama_index', 'gradio') "
        "if m in sys.modules])"
    )
    env = {**os.environ, "SURVEYQA_HOME": str(starter.index.parent), "SURVEYQA_OFFLINE": "1"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=True)
    assert done.stdout.splitlines()[-1] == "0 []"


NO_SOCKETS = """
import socket, sys, time
def refuse(*args, **kwargs):
    raise OSError("blocked")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
started = time.time()
import surveyqa.cli.setup as setup
bars = setup.Bars.__call__
def told(self, stage, done, total):
    print(f"{time.time() - started:.2f} {stage}", file=sys.stderr)
    return bars(self, stage, done, total)
setup.Bars.__call__ = told
from surveyqa.cli import main
sys.exit(main(["ask", "what is prefix tuning", "--json"]))
"""


def test_the_first_ask_without_any_network_builds_and_answers(tmp_path: Path) -> None:
    env = {**os.environ, "SURVEYQA_HOME": str(tmp_path)}
    env.pop("SURVEYQA_OFFLINE", None)
    done = subprocess.run(
        [sys.executable, "-c", NO_SOCKETS], capture_output=True, text=True, env=env, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["status"] == "answered"
    assert "starter corpus" in done.stderr and "surveyqa update" in done.stderr
    assert str(tmp_path / "index") in done.stderr and "delete these to remove it" in done.stderr
    first = next(
        line for line in done.stderr.splitlines() if "reading the corpus" in line and line[0].isdigit()
    )
    assert float(first.split()[0]) < 5, "seconds until the build starts"
    shutil.rmtree(tmp_path)


def test_papers_are_sorted_and_limited(run_cli: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    listed = run_cli("papers", "--category", "pruning", "--sort", "newest", "--limit", "5", "--json")
    papers = json.loads(listed.stdout)["papers"]
    years = [paper["year"] for paper in papers]
    assert len(papers) == 5 and years == sorted(years, reverse=True)
    titles = [p["title"] for p in json.loads(run_cli("papers", "--sort", "title", "--json").stdout)["papers"]]
    assert titles == sorted(titles, key=str.casefold)
    assert run_cli("papers", "--limit", "0").returncode == 2


def test_csv_ends_its_lines_and_names_its_columns_as_spreadsheets_expect(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert main(["papers", "--category", "Prefix Tuning", "--csv"]) == 0
    printed = capfd.readouterr().out
    rows = list(csv.DictReader(io.StringIO(printed, newline="")))
    assert rows and all(row["categories"] == row["categories"].strip() != "" for row in rows)
    assert printed.count("\r\n") == printed.count("\n") == len(rows) + 1
