"""Fixtures that several test files share."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from list_gold import Row, rows
from made_index import Maker, make

from surveyqa.catalog import Catalog
from surveyqa.settings import Settings


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of the real files (`SURVEYQA_SHARED`, or ../shared beside the checkout); skips without it."""
    root = Path(__file__).resolve().parent.parent
    folder = Path(os.environ.get("SURVEYQA_SHARED") or root.parent / "shared")
    if not (folder / "corpus" / "paper-list.md").exists():
        pytest.skip(f"the real files are not at {folder}: set SURVEYQA_SHARED to their folder")
    return folder


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    """The committed catalogue."""
    return Catalog.load(Path(__file__).resolve().parent.parent / "corpus")


@pytest.fixture(scope="session")
def listed(shared: Path) -> list[Row]:
    """The rows of the real list, one for each entry."""
    return rows((shared / "corpus" / "paper-list.md").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings with a built index of the starter corpus; built once, read only.

    SURVEYQA_STARTER names a home that was built before, which saves the minute of building.
    """
    from surveyqa.cli.setup import build

    if built := os.environ.get("SURVEYQA_STARTER"):
        return Settings.from_env({"SURVEYQA_HOME": built, "SURVEYQA_OFFLINE": "1"})
    settings = Settings.from_env(
        {"SURVEYQA_HOME": str(tmp_path_factory.mktemp("starter")), "SURVEYQA_OFFLINE": "1"}
    )
    build(settings)
    return settings


@pytest.fixture(scope="session")
def real(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings with a built index of the real survey and abstracts; built once for all workers, read only."""
    from filelock import FileLock

    from surveyqa.cli import main

    alone = "PYTEST_XDIST_WORKER" not in os.environ
    root = tmp_path_factory.getbasetemp() if alone else tmp_path_factory.getbasetemp().parent
    home = root / "real"
    before = os.environ.get("SURVEYQA_HOME")
    with FileLock(root / "real.lock"):
        if not home.exists():
            os.environ["SURVEYQA_HOME"] = str(home)
            try:
                assert main(["sync", "--from", str(shared / "corpus")]) == 0
                assert main(["index"]) == 0
            finally:
                os.environ.pop("SURVEYQA_HOME")
                if before is not None:
                    os.environ["SURVEYQA_HOME"] = before
    return Settings.from_env({"SURVEYQA_HOME": str(home), "SURVEYQA_OFFLINE": "1"})


@pytest.fixture(scope="session")
def run_cli(starter: Settings) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run `surveyqa ...` as a process of its own on the starter index."""

    def run(
        *args: str, stdin: str = "", home: Path | None = None, **env: str
    ) -> subprocess.CompletedProcess[str]:
        environment = {
            **os.environ,
            "SURVEYQA_HOME": str(home or starter.index.parent),
            "SURVEYQA_OFFLINE": "1",
            **env,
        }
        return subprocess.run(
            [sys.executable, "-m", "surveyqa", *args],
            input=stdin,
            capture_output=True,
            text=True,
            env=environment,
            timeout=240,
        )

    return run


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Maker:
    """Builds small made indexes in a moment; each test takes a home of its own: `made.at(folder)`."""
    return make(tmp_path_factory.mktemp("made"))


def process_environment(settings: Settings) -> dict[str, str]:
    """The environment of a process that uses this index, and none of this machine's own settings."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SURVEYQA_", "OPENAI_"))}
    source = str(Path(__file__).resolve().parent.parent / "src")
    return {
        **kept,
        "PYTHONPATH": source,
        "SURVEYQA_HOME": str(settings.index.parent),
        "SURVEYQA_OFFLINE": "1",
    }
