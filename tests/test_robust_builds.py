"""Builds that are killed, that run out of disk, that meet; readers meanwhile. `benchmarks/kill_builds.py`
does the same a hundred times."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from types import ModuleType

import pytest
from made_index import Maker, Nursery, ask, small_disk

from surveyqa.errors import IndexBusy
from surveyqa.index import build
from surveyqa.index.folders import CURRENT, building

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes are forked and killed")
QUESTION = "How much does BetaQuant reduce the cost?"


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    path = Path(__file__).resolve().parent.parent / "benchmarks" / "kill_builds.py"
    spec = importlib.util.spec_from_file_location("kill_builds", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def nursery(made: Maker) -> Iterator[Nursery]:
    with Nursery(made.encoder.parent.parent) as running:
        yield running


def test_a_killed_build_leaves_the_old_generation_serving(
    bench: ModuleType, made: Maker, nursery: Nursery, tmp_path: Path
) -> None:
    result = bench.kills(made, nursery, tmp_path, 3)
    assert result["good"], result


def test_a_full_disk_is_told_and_the_old_generation_serves(
    bench: ModuleType, made: Maker, nursery: Nursery, tmp_path: Path
) -> None:
    result = bench.fill(made, nursery, tmp_path / "disk", 64, 5, room=200_000)
    assert result["good"], result
    assert result["builds"].get("refused with a message"), "the disk never was too small"


def test_readers_see_one_generation_each_time_while_others_are_built(
    bench: ModuleType, made: Maker, nursery: Nursery, tmp_path: Path
) -> None:
    result = bench.readers(made, nursery, tmp_path, 3, 3)
    assert result["good"], result
    assert result["generations seen"] > 1


def test_two_builders_one_waits_or_says_so(made: Maker, nursery: Nursery, tmp_path: Path) -> None:
    here = made.at(tmp_path)
    here.build(0)
    with building(here.root):
        assert nursery.wait(nursery.build(tmp_path, 1)) == 1  # an error of ours
        waiting = nursery.build(tmp_path, 2, wait=60)
        assert ask(here, QUESTION)["editions"] == ["0"]
        time.sleep(0.5)
    assert nursery.wait(waiting) == 0
    assert ask(here, QUESTION)["editions"] == ["2"]
    busy = [nursery.build(tmp_path, n, wait=60) for n in range(3, 7)]
    assert [nursery.wait(pid) for pid in busy] == [0] * 4
    assert len(ask(here, QUESTION)["editions"]) == 1  # type: ignore[arg-type]
    assert not here.leftovers()


def test_the_message_of_a_second_builder(made: Maker, tmp_path: Path) -> None:
    here = made.at(tmp_path)
    here.build(0)
    hold = "import sys; from pathlib import Path; from surveyqa.index.folders import building\n"
    hold += "with building(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", hold, str(here.root)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout and other.stdout.readline() == "held\n"
        with pytest.raises(IndexBusy, match=r"another surveyqa is building the index in .* Wait for it"):
            here.build(2)
        other.communicate()


@pytest.mark.parametrize("year", [1970, 2099])
def test_a_clock_that_jumps_changes_nothing(
    made: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, year: int
) -> None:
    here = made.at(tmp_path)
    here.build(0)

    class Jumped(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime(year, 1, 1)

    monkeypatch.setattr(build, "datetime", Jumped)
    report = here.build(1)
    assert report.switched and report.manifest.built.startswith(str(year))
    assert ask(here, QUESTION)["editions"] == ["1"]
    monkeypatch.undo()
    assert not here.build(1).switched  # it is not built again for its date
    assert here.build(0).switched and ask(here, QUESTION)["editions"] == ["0"]


def test_a_read_only_disk_is_asked_and_refuses_a_build(made: Maker, nursery: Nursery, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 64) as home:
        here = made.at(home)
        here.build(0)
        right = ask(here, QUESTION)
        assert right["status"] == "answered"
        subprocess.run(["mount", "-o", "remount,ro", str(home)], check=True, capture_output=True)
        assert ask(here, QUESTION) == right
        assert nursery.wait(nursery.build(home, 1)) == 1
        assert ask(here, QUESTION) == right
        assert (here.root / CURRENT).is_file()
