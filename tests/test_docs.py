"""The documentation keeps its word: its blocks are run, its commands exist, its site builds without warning.

A fenced block of `sh` or `python` is run, in the order of its page and in one folder a page, on the starter
index and without a network; a block of `console` must show what its commands print there. A line
`<!-- not run: REASON -->` above a block spares it that; its commands are still parsed, so that no page names
an option that there is not. Where an answer has changed for the better, `SURVEYQA_REWRITE=1 pytest
tests/test_docs.py -n 0` writes the new output into the pages.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from conftest import process_environment

from surveyqa import Assistant
from surveyqa.cli import parser
from surveyqa.errors import SurveyQAError
from surveyqa.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
KNOWN = {"sh", "console", "python", "json", "jsonl", "text", "bibtex", "toml", "yaml", "dockerfile", ""}


@dataclass(frozen=True)
class Block:
    page: str
    line: int
    language: str
    text: str
    spared: str | None  # why it is not run

    @property
    def script(self) -> str:
        """What is typed: of a recorded session the lines after `$ `."""
        if self.language != "console":
            return self.text
        return "\n".join(line[2:] for line in self.text.splitlines() if line.startswith("$ "))


def blocks_of(path: Path) -> list[Block]:
    text = path.read_text(encoding="utf-8")
    found = re.finditer(
        r"(?:<!-- not run: (?P<why>.+?) -->\n+)?^```(?P<language>\w*)\n(?P<text>.*?)^```$",
        text,
        re.MULTILINE | re.DOTALL,
    )
    return [
        Block(
            str(path.relative_to(ROOT)),
            text.count("\n", 0, m.start("text")) + 1,
            m["language"],
            m["text"],
            m["why"],
        )
        for m in found
    ]


BLOCKS = [block for page in PAGES for block in blocks_of(page)]
RUN = [block for block in BLOCKS if block.language in ("sh", "python") and not block.spared]
SHOWN = [block for block in BLOCKS if block.language == "console" and not block.spared]
ASKED = re.findall(
    r"^<!-- asked -->\n```text\n(.*?)^```$", (ROOT / "README.md").read_text("utf-8"), re.M | re.S
)


def name_of(block: Block) -> str:
    return f"{block.page}:{block.line}"


@pytest.fixture(scope="module")
def bench(starter: Settings, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A folder to work in, and an environment with `surveyqa` on the path and a home of its own."""
    folder = tmp_path_factory.mktemp("docs")
    shutil.copytree(starter.index.parent, folder / "home", ignore=shutil.ignore_patterns("*.lock"))
    bin_folder = folder / "bin"
    bin_folder.mkdir()
    program = bin_folder / "surveyqa"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m surveyqa "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    env = process_environment(starter) | {"SURVEYQA_HOME": str(folder / "home")}
    env["PATH"] = f"{bin_folder}{os.pathsep}{env['PATH']}"
    return folder, env


def room_of(block: Block, bench: tuple[Path, dict[str, str]]) -> tuple[Path, dict[str, str], str | None]:
    """A page's own folder in the bench, the environment, and the shell where there is one."""
    folder, env = bench
    here = folder / re.sub(r"\W", "-", block.page)
    here.mkdir(exist_ok=True)
    return here, env, shutil.which("bash")


@pytest.mark.parametrize("block", RUN, ids=name_of)
def test_a_block_runs(block: Block, bench: tuple[Path, dict[str, str]]) -> None:
    here, env, bash = room_of(block, bench)
    if block.language != "python" and bash is None:
        pytest.skip("there is no bash to run it in")
    words = (
        [sys.executable, "-c", block.text]
        if block.language == "python"
        else [str(bash), "-euo", "pipefail", "-c", block.script]
    )
    done = subprocess.run(words, cwd=here, env=env, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


@pytest.mark.parametrize("block", SHOWN, ids=name_of)
def test_a_block_shows_what_is_printed(block: Block, bench: tuple[Path, dict[str, str]]) -> None:
    here, env, bash = room_of(block, bench)
    if bash is None:
        pytest.skip("there is no bash to run it in")
    shown = ""
    for command in block.script.splitlines():
        done = subprocess.run(
            [bash, "-c", command], cwd=here, env=env | {"COLUMNS": "88"}, capture_output=True, timeout=240
        )
        assert b"Traceback" not in done.stderr, done.stderr.decode()
        shown += f"$ {command}\n{done.stdout.decode('utf-8')}"
    if os.environ.get("SURVEYQA_REWRITE"):
        page = ROOT / block.page
        text = page.read_text(encoding="utf-8")
        page.write_text(
            text.replace(f"```console\n{block.text}```", f"```console\n{shown}```"), encoding="utf-8"
        )
    else:
        assert shown == block.text, "read what changed; SURVEYQA_REWRITE=1 takes it into the page"


def test_the_questions_to_try_are_answered(starter: Settings) -> None:
    assistant = Assistant.open(starter)
    (questions,) = ASKED
    # a word that any good answer holds, by question
    words = "prefix rank IO-aware redundant Intriguing Palu 草稿 转移 显著 HydraLoRA".split()
    for question, word in zip(questions.splitlines(), words, strict=True):
        answer = assistant.ask(question)
        assert answer.status == "answered" and not answer.premise and word in answer.text, question


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_named_exists(page: Path) -> None:
    for block in blocks_of(page):
        assert block.language in KNOWN, f"{name_of(block)}: what is '{block.language}'?"
        if block.language == "json":
            json.loads(block.text)
        if block.language == "yaml":
            assert yaml.safe_load(block.text)
        if block.language not in ("sh", "console"):
            continue
        for line in block.script.replace("\\\n", " ").splitlines():
            for part in re.findall(r"(?:^|[|;&]\s*|\s)(surveyqa(?: [^|;&>]+)?)", line.split(" #")[0]):
                words = shlex.split(part)[1:]
                if "=" in line.split("surveyqa")[0] or not words or words[0].startswith("<"):
                    continue
                try:
                    parser().parse_args(words)
                except (SystemExit, SurveyQAError) as stop:
                    assert not getattr(stop, "code", str(stop)), f"{name_of(block)}: {stop}"  # 0 is --help


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_into_the_repository_lead_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)#\s]+)", text):
        if "://" not in target and not target.startswith("mailto:"):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    pytest.importorskip("mkdocs", reason="the extra 'docs' is not installed")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "mkdocs",
            "build",
            "--strict",
            "--quiet",
            "--site-dir",
            str(tmp_path / "site"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    pages = list((tmp_path / "site").rglob("*.html"))
    assert len(pages) >= len(list((ROOT / "docs").rglob("*.md")))
