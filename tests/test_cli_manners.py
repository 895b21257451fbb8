"""What a shell, a pipe and a terminal may expect of every command."""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import process_environment

from surveyqa import cli
from surveyqa.cli import COMMANDS, main, parser
from surveyqa.cli.terminal import Page, out, out_json, say
from surveyqa.settings import Settings
from surveyqa.text.wrapping import columns, wrap

Run = Callable[..., "subprocess.CompletedProcess[str]"]
NAMES = [command.__name__.rpartition(".")[2] for command in COMMANDS]
QUESTION = "what is prefix tuning"
ESCAPE = "\x1b"


def subcommand(name: str) -> argparse.ArgumentParser:
    groups = [a for a in parser()._actions if isinstance(a, argparse._SubParsersAction)]
    command: argparse.ArgumentParser = groups[0].choices[name]
    return command


# ---- help ----


@pytest.mark.parametrize("name", NAMES)
def test_help_says_what_every_argument_is_in_80_columns(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    command = subcommand(name)
    assert command.description and len(command.description) > 15
    text = command.format_help()
    for action in command._actions:
        assert action.help, f"{name}: {action.dest} says nothing"
    long = [line for line in text.splitlines() if len(line) > 110]
    assert not long, long


@pytest.mark.parametrize("name", NAMES)
def test_what_prints_facts_prints_json_too(name: str) -> None:
    options = {option for action in subcommand(name)._actions for option in action.option_strings}
    assert "--json" in options or name in ("batch", "chat", "mcp", "completion")  # JSON already, or no facts


# ---- completion ----


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_every_command_and_the_shell_takes_it(
    run_cli: Run, shell: str, tmp_path: Path
) -> None:
    done = run_cli("completion", shell)
    assert done.returncode == 0
    assert all(name in done.stdout for name in NAMES) and "bibtex" in done.stdout
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"there is no {shell} to read it")
    (tmp_path / "script").write_text(done.stdout, encoding="utf-8")
    check = subprocess.run([program, "-n", str(tmp_path / "script")], capture_output=True, text=True)
    assert check.returncode == 0, check.stderr


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("pa", "papers"),
        ("papers --bib", "--bibtex"),
        ("completion z", "zsh"),
        ("verify dra", "draft.md"),
        ("ask --o", "--offline"),
    ],
)
def test_bash_completes(run_cli: Run, tmp_path: Path, typed: str, offered: str) -> None:
    (tmp_path / "script").write_text(run_cli("completion", "bash").stdout, encoding="utf-8")
    (tmp_path / "draft.md").write_text("x", encoding="utf-8")
    ask = textwrap.dedent(
        """
        source ./script
        COMP_WORDS=(surveyqa "$@"); COMP_CWORD=$#; COMP_LINE="${COMP_WORDS[*]}"
        _shtab_surveyqa surveyqa "${COMP_WORDS[-1]}" "${COMP_WORDS[-2]}"
        printf '%s\\n' "${COMPREPLY[@]}"
        """
    )
    done = subprocess.run(
        ["bash", "-c", ask, "x", *typed.split()], cwd=tmp_path, capture_output=True, text=True
    )
    assert offered in done.stdout.split(), done.stdout + done.stderr


# ---- pipes ----


def test_a_pipe_carries_utf8_whatever_the_locale(run_cli: Run, starter: Settings) -> None:
    env = process_environment(starter) | {"PYTHONIOENCODING": "latin-1", "LC_ALL": "C"}
    words = [sys.executable, "-m", "surveyqa", "ask", "-", "--json"]
    done = subprocess.run(words, input="什么是前缀微调".encode(), capture_output=True, env=env, timeout=120)
    assert json.loads(done.stdout.decode("utf-8"))["question"] == "什么是前缀微调", done.stderr


def test_stray_bytes_do_no_harm(starter: Settings) -> None:
    words = [sys.executable, "-m", "surveyqa", "ask", "-"]
    done = subprocess.run(
        words,
        input=b"what is \xff\xfe prefix tuning",
        capture_output=True,
        env=process_environment(starter),
        timeout=120,
    )
    assert done.returncode in (0, 3) and b"Traceback" not in done.stderr


def test_a_reader_that_leaves_early_is_no_error(starter: Settings) -> None:
    words = [sys.executable, "-m", "surveyqa", "papers", "--json"]
    process = subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=process_environment(starter), text=True
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.read(10)
    process.stdout.close()
    assert "Traceback" not in process.stderr.read()
    assert process.wait(60) == 0


def test_a_line_separator_inside_a_question_does_not_cut_its_line(run_cli: Run) -> None:
    rows = json.dumps({"id": 1, "q": "what is\u2028prefix tuning"}, ensure_ascii=False)
    done = run_cli("batch", "-", stdin=rows + "\r\n")
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.split("\n")) == 2


@pytest.mark.parametrize(
    "words",
    [
        ("index",),
        ("diff", "current", "current"),
        ("papers", "--year", "2021"),
        ("search", "LoRA"),
        ("ask", QUESTION),
    ],
)
def test_json_is_one_object_on_stdout(starter: Settings, tmp_path: Path, words: tuple[str, ...]) -> None:
    home = starter.index.parent
    if words == ("index",):  # the one that writes
        home = shutil.copytree(home, tmp_path / "home")
    env = process_environment(starter) | {"SURVEYQA_HOME": str(home)}
    done = subprocess.run(
        [sys.executable, "-m", "surveyqa", *words, "--json"],
        capture_output=True,
        text=True,
        env=env,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    assert isinstance(json.loads(done.stdout), dict)


@pytest.mark.skipif(os.name == "nt", reason="a shell of Unix")
@pytest.mark.parametrize(
    ("how", "code", "says"),
    [
        ("ask 'what is LoRA' >&-", 0, ""),
        ("ask - <&-", 2, "the question is empty"),
        ("ask <&- >&- 2>&-", 2, ""),
        ("papers > /dev/full", 1, "cannot use the output (No space left on device)"),
    ],
)
def test_closed_and_full_streams_end_in_a_line(starter: Settings, how: str, code: int, says: str) -> None:
    if "/dev/full" in how and not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full")
    done = subprocess.run(
        ["sh", "-c", f"{shlex.quote(sys.executable)} -m surveyqa {how}"],
        capture_output=True,
        text=True,
        env=process_environment(starter),
        timeout=120,
    )
    assert done.returncode == code and says in done.stderr and "Traceback" not in done.stderr, done.stderr


def test_a_command_alone_shows_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert capsys.readouterr().out.startswith("usage: surveyqa")


@pytest.mark.parametrize("words", [["ask", QUESTION], ["index", "--rebuild"], ["chat", "--port", "0"]])
@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
def test_ctrl_c_ends_a_command_in_a_line(starter: Settings, tmp_path: Path, words: list[str]) -> None:
    home = shutil.copytree(starter.index.parent, tmp_path / "home")
    env = process_environment(starter) | {"SURVEYQA_HOME": str(home), "ALL_PROXY": "socks5://127.0.0.1:9"}
    process = subprocess.Popen(
        [sys.executable, "-m", "surveyqa", *words], stderr=subprocess.PIPE, text=True, env=env,
        stdout=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    assert process.stderr is not None
    said = "" if words[0] == "ask" else process.stderr.readline()  # it builds, or listens
    time.sleep(0.4)
    os.killpg(process.pid, signal.SIGINT)
    said += process.communicate(timeout=60)[1]
    assert process.returncode in (130, -signal.SIGINT)  # a shell calls both 130
    assert said.endswith("surveyqa: stopped\n") and "Traceback" not in said


# ---- the prompt ----


def test_the_prompt_follows_up_and_shows_what_is_behind_an_answer(starter: Settings, tmp_path: Path) -> None:
    home = shutil.copytree(starter.index.parent, tmp_path / "home")
    typed = "/papers\nwhat is LoRA\nhow does it differ from prefix tuning?\n/sources\n/papers\n/more\n/quit\n"
    env = {"TERM": "dumb", "SURVEYQA_HOME": str(home)}
    _, _, shown = on_terminal(starter, ["ask"], 100, typed.encode(), **env).partition("Type a question")
    said = shown.split("\n> ")
    assert "/quit" in said[0] and "type a question first" in said[1]
    assert said[2].startswith("what is LoRA\nLoRA (Low-Rank") and "Sources\n[1]" in said[2]
    assert "Prefix tuning:" in said[3] and '    "' not in said[3]
    assert '    "LoRA' in said[4] and "1. LoRA: Low-Rank Adaptation" in said[5]
    kept = home / "index" / "questions"
    assert "what is LoRA" in kept.read_text("utf-8") and kept.stat().st_mode & 0o77 == 0


# ---- what is left behind ----


def test_asking_and_indexing_leave_nothing_outside_their_home(starter: Settings, tmp_path: Path) -> None:
    """Libraries have written identifiers and reports for their makers into a user's folders."""
    person, temporary, home = tmp_path / "person", tmp_path / "temporary", tmp_path / "home"
    person.mkdir()
    temporary.mkdir()
    shutil.copytree(starter.index.parent, home)
    env = {
        k: v
        for k, v in process_environment(starter).items()
        if not k.startswith(("XDG_", "ORT_", "HF_", "CI", "GITHUB"))
    }
    env |= {
        "HOME": str(person),
        "USERPROFILE": str(person),
        "TMPDIR": str(temporary),
        "SURVEYQA_HOME": str(home),
    }
    env |= {"PYTHONDONTWRITEBYTECODE": "1"}
    for words in (["ask", QUESTION], ["search", "LoRA"], ["papers"], ["index"]):
        done = subprocess.run(
            [sys.executable, "-m", "surveyqa", *words], capture_output=True, text=True, env=env, timeout=400
        )
        assert done.returncode == 0, done.stderr
    left = [
        str(path.relative_to(tmp_path))
        for folder in (person, temporary)
        for path in folder.rglob("*")
        if path.is_file()
    ]
    assert not left, left


# ---- terminals ----


def on_terminal(starter: Settings, words: list[str], columns: int, typed: bytes = b"", **env: str) -> str:
    """What a command writes on a terminal of so many columns; `typed` is what a person types there."""
    pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")
    import fcntl
    import struct
    import termios

    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    kept = {
        k: v
        for k, v in process_environment(starter).items()
        if k not in ("COLUMNS", "LINES", "NO_COLOR", "TERM")
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "surveyqa", *words],
        stdin=slave if typed else None,
        stdout=slave,
        stderr=subprocess.DEVNULL,
        env={**kept, "TERM": "xterm", **env},
    )
    os.close(slave)
    os.write(master, typed)
    said = b""
    while True:
        try:
            block = os.read(master, 65536)
        except OSError:  # the other side has closed
            break
        if not block:
            break
        said += block
    process.wait(120)
    os.close(master)
    return said.decode("utf-8").replace("\r\n", "\n")


def test_a_terminal_gets_colour_and_links_and_no_color_takes_them_away(starter: Settings) -> None:
    fancy = on_terminal(starter, ["ask", QUESTION], 100)
    assert f"{ESCAPE}[1m" in fancy
    plain = on_terminal(starter, ["ask", QUESTION], 100, NO_COLOR="1")
    assert ESCAPE not in plain
    bare = re.sub(r"\x1b\]8;;.*?\x1b\\|\x1b\[\d+m", "", fancy)
    assert bare == plain
    assert ESCAPE not in on_terminal(starter, ["ask", QUESTION], 100, TERM="dumb")


@pytest.mark.parametrize("columns", [40, 60, 80, 200])
@pytest.mark.parametrize(
    "words", [["ask", QUESTION], ["papers", "--category", "Prefix Tuning"], ["search", "LoRA"]]
)
def test_lines_fit_the_terminal(starter: Settings, words: list[str], columns: int) -> None:
    text = on_terminal(starter, words, columns, NO_COLOR="1")
    assert text.strip()
    long = [
        line for line in text.splitlines() if len(line) > columns and "://" not in line
    ]  # addresses are not cut
    assert not long, long


def test_links_show_their_address_where_a_terminal_knows_them(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal:
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    page = Page()
    page.item("[1]", "A place", "https://example.org/x")
    assert (
        f"{ESCAPE}]8;;https://example.org/x{ESCAPE}\\https://example.org/x{ESCAPE}]8;;{ESCAPE}\\"
        in page.text()
    )


@pytest.mark.parametrize(
    ("env", "shown"), [({}, False), ({"WT_SESSION": "1"}, True), ({"TERM": "xterm"}, True)]
)
def test_an_old_windows_console_gets_plain_text(
    monkeypatch: pytest.MonkeyPatch, env: dict[str, str], shown: bool
) -> None:
    class Terminal:
        def isatty(self) -> bool:
            return True

    for name in ("NO_COLOR", "TERM", "WT_SESSION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setattr(sys, "platform", "win32")
    assert Page().fancy is shown


def test_chinese_is_wrapped_by_its_width_and_no_line_begins_with_a_comma() -> None:
    text = (
        "前缀微调在每一层加入可训练的向量，称为前缀 token。它是一种参数高效的微调方法，模型的权重不变。 [1]"
    )
    lines = wrap(text, 20)
    assert all(14 < columns(line) <= 20 for line in lines[:-1]) and columns(lines[-1]) <= 20
    assert not [line for line in lines if line[0] in "，。"]
    assert "".join("".join(lines).split()) == "".join(text.split())


HOSTILE = "a\x1b]0;title\x07b\x9b31mc\u202ed"


def test_nothing_printed_is_obeyed_by_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    out(HOSTILE)
    say(HOSTILE)
    out_json({"x": HOSTILE})
    assert main(["batch", f"/no/such/{HOSTILE}"]) == 2
    printed = "".join(capsys.readouterr())
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", printed)
    assert json.loads(printed.splitlines()[1])["x"] == HOSTILE


def test_everything_is_printed_by_the_terminal_module() -> None:
    others = {"terminal.py", "completion.py"}  # a script for the shell
    for path in Path(cli.__file__).parent.glob("*.py"):
        calls = re.findall(r"(?<![\w.])print\(", path.read_text(encoding="utf-8"))
        assert path.name in others or not calls, f"{path.name} prints by itself"


# ---- BibTeX ----


def test_bibtex_is_read_by_another_parser_and_holds_exactly_the_papers(run_cli: Run) -> None:
    bibtexparser = pytest.importorskip("bibtexparser")
    for condition in ((), ("--category", "Prefix Tuning"), ("--year", "2025", "--has-code")):
        library = bibtexparser.parse_string(run_cli("papers", *condition, "--bibtex").stdout)
        papers = json.loads(run_cli("papers", *condition, "--json").stdout)["papers"]
        assert not library.failed_blocks and len(library.entries) == len(papers) > 0
        for entry, paper in zip(library.entries, papers, strict=True):
            fields = {field.key: str(field.value) for field in entry.fields}
            assert entry.key == paper["key"]
            assert letters(fields["title"]) == letters(paper["title"])
            assert fields.get("eprint") == paper["arxiv_id"]
            assert fields.get("year", "") == str(paper["year"] or "")


def letters(text: str) -> str:
    """Letters and digits of a title, in LaTeX or not."""
    for command, symbol in ((r"\infty", "∞"), (r"\Sigma", "Σ"), (r"\pi", "π"), (r"\textbackslash", "")):
        text = text.replace(command, symbol)
    return re.sub(r"[^a-z0-9∞σπ]", "", text.lower())
