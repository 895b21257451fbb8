"""Promises that prose makes: imports point upstream, commands are documented, nothing is POSIX only."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "surveyqa"

# Data order: a stage imports only from stages before it. A package counts as one stage.
STAGES = """
    __version__ errors logs settings profile text claims
    sources documents catalog statements embedding index pipeline
    understand answering models
    assistant evaluation doctor
    chat mcp llama_index
    cli __main__
""".split()

# Modules that not every system has; each must be imported where a missing one is caught.
POSIX_ONLY = {"fcntl", "grp", "posix", "pty", "pwd", "resource", "termios", "tty"}
POSIX_CALLS = re.compile(
    r"\bos\.(?:fork|forkpty|getuid|geteuid|getpgid|killpg|mkfifo|setsid|sync|uname)\b|signal\.(?:SIGALRM|SIGKILL|SIGHUP|alarm)\b|preexec_fn"
)


def modules() -> Iterator[tuple[str, Path, ast.Module]]:
    """(stage, file, tree) of each module."""
    for path in sorted(SOURCE.rglob("*.py")):
        relative = path.relative_to(SOURCE)
        stage = relative.parts[0] if len(relative.parts) > 1 else relative.stem
        yield stage, path, ast.parse(path.read_text(encoding="utf-8"))


def imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """(line, stage) of each import of our own modules, late ones included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "surveyqa":
            parts = node.module.split(".")
            yield from ((node.lineno, name) for name in (parts[1:2] or [alias.name for alias in node.names]))
        elif isinstance(node, ast.Import):
            yield from (
                (node.lineno, a.name.split(".")[1]) for a in node.names if a.name.startswith("surveyqa.")
            )


def test_every_module_has_its_place_in_the_data_order() -> None:
    stages = {stage for stage, _, _ in modules()} - {"__init__"}
    assert stages <= set(STAGES), f"give them a place in STAGES: {sorted(stages - set(STAGES))}"
    assert len(STAGES) == len(set(STAGES))


def test_imports_point_upstream_only() -> None:
    place = {stage: n for n, stage in enumerate(STAGES)}
    wrong = [
        f"{path.relative_to(ROOT)}:{line} ({stage}) imports {target}"
        for stage, path, tree in modules()
        if stage != "__init__"  # its names are loaded at first use
        for line, target in imported(tree)
        if target != stage and place[target] >= place[stage]
    ]
    assert not wrong, "\n".join(wrong)


def test_what_only_posix_has_is_optional() -> None:
    wrong = []
    for _, path, tree in modules():
        caught = {
            id(node)
            for outer in ast.walk(tree)
            if isinstance(outer, ast.Try)
            and any("ImportError" in ast.dump(handler.type) for handler in outer.handlers if handler.type)
            for node in ast.walk(outer)
        }
        caught |= {
            id(node)
            for outer in ast.walk(tree)
            if isinstance(outer, ast.FunctionDef) and "sys.platform" in ast.unparse(outer)
            for node in ast.walk(outer)
        }
        for node in ast.walk(tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if POSIX_ONLY & {name.split(".")[0] for name in names} and id(node) not in caught:
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}")  # type: ignore[attr-defined]
        wrong += [
            f"{path.name}: {call[0]}" for call in POSIX_CALLS.finditer(path.read_text(encoding="utf-8"))
        ]
    assert not wrong, "\n".join(wrong)


def test_text_files_are_read_and_written_as_utf8() -> None:
    """Windows takes another encoding where none is named."""
    calls = re.compile(
        r"\.(?:read_text|write_text)\((?![^()]*(?:\([^()]*\)[^()]*)*encoding=)[^()]*(?:\([^()]*\)[^()]*)*\)"
    )
    wrong = [
        f"{path.name}: {m[0]}"
        for _, path, _ in modules()
        for m in calls.finditer(path.read_text(encoding="utf-8"))
    ]
    assert not wrong, "\n".join(wrong)


def test_no_pickle_no_shell_and_no_share() -> None:
    banned = re.compile(r"\bimport pickle\b|\bpickle\.|shell=True|share=True|(?<![\w.])(?:eval|exec)\(")
    wrong = [
        f"{path.name}: {m[0]}"
        for _, path, _ in modules()
        for m in banned.finditer(path.read_text(encoding="utf-8"))
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", ["README.md", "docs/commands.md"])
def test_every_command_is_in_the_table_and_the_table_has_no_other(name: str) -> None:
    from surveyqa.cli import COMMANDS

    text = (ROOT / name).read_text(encoding="utf-8")
    if name == "README.md" and len(text.splitlines()) < 5:
        pytest.skip("README.md is not written yet")
    listed = set(re.findall(r"^\| *`surveyqa ([a-z]+)", text, re.MULTILINE))
    assert listed == {command.__name__.rpartition(".")[2] for command in COMMANDS}


def test_commands_page_names_every_option() -> None:
    import argparse

    from surveyqa.cli import parser

    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    subparsers = next(a for a in parser()._actions if isinstance(a, argparse._SubParsersAction))
    sections = dict(re.findall(r"^## `surveyqa ([a-z]+)`\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    missing = [
        f"{name} {option}"
        for name, command in subparsers.choices.items()
        for action in command._actions
        for option in action.option_strings[-1:]
        if option not in ("--help",) and f"`{option.replace('--no-', '--')}" not in sections.get(name, "")
    ]
    assert not missing, "docs/commands.md does not name: " + ", ".join(missing)
