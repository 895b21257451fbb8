"""Builds killed with SIGKILL at random moments; the generation that was there must serve every time.

    python benchmarks/kill_builds.py --kills 100             on the disk of FOLDER (default: a temporary one)
    python benchmarks/kill_builds.py --fill 64               a file system of 64 MB that fills up (needs root)
    python benchmarks/kill_builds.py --rebuilds 20 --readers 8

Prints one JSON object per run; exits 1 where a promise was broken.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from made_index import Maker, Nursery, ask, make, small_disk

QUESTION = "How much does BetaQuant reduce the cost?"


def kills(maker: Maker, nursery: Nursery, home: Path, count: int, seed: int = 0) -> dict[str, Any]:
    """Kill `count` builds in their middle, an old generation there, and ask after each; then build and look
    for leftovers."""
    pick = random.Random(seed)
    here = maker.at(home)
    here.build(0)
    serving = here.build(0).manifest.generation
    started = time.perf_counter()
    assert nursery.wait(nursery.build(home, 1)) == 0
    length = time.perf_counter() - started
    served: Counter[str] = Counter()
    cut = 0
    allowed = {serving, ask(here, QUESTION)["generation"]}
    n = 0
    while cut < count:
        n += 1
        edition = n + 2
        was_killed = nursery.killed(home, edition, pick.uniform(0, length))
        cut += was_killed
        row = ask(here, QUESTION)
        if row.get("status") != "answered" or len(row["editions"]) != 1:  # type: ignore[arg-type]
            served["FAILED"] += 1
        elif row["generation"] in allowed:
            served["old"] += 1
        else:  # the kill came after the switch, or not at all
            served["new, whole"] += 1
            allowed = {row["generation"]}
    last = here.build(10**6)
    files = sorted(p.name for p in home.joinpath("index").iterdir())
    row = ask(here, QUESTION)
    return {
        "run": "kills",
        "builds": n,
        "killed before their end": cut,
        "build seconds": round(length, 2),
        "served": dict(served),
        "next build succeeds": row.get("editions") == ["1000000"] and last.switched,
        "left behind": here.leftovers(),
        "in the folder": files,
        "good": not served["FAILED"]
        and row.get("editions") == ["1000000"]
        and not here.leftovers()
        and len(files) <= 6,
    }


def fill(
    maker: Maker,
    nursery: Nursery,
    folder: Path,
    megabytes: int,
    rounds: int,
    seed: int = 0,
    room: int = 1_200_000,
) -> dict[str, Any]:
    """Builds on a disk with at most `room` bytes left: each fails with one of our errors or succeeds."""
    pick = random.Random(seed)
    ends: Counter[str] = Counter()
    served: Counter[str] = Counter()
    with small_disk(folder, megabytes) as home:
        here = maker.at(home)
        here.build(0)
        ballast = home / "ballast"
        for n in range(rounds):
            free = os.statvfs(home)
            leave = pick.randrange(0, room)
            ballast.write_bytes(b"\0" * max(0, free.f_bavail * free.f_frsize - leave))
            edition = n + 1
            if n % 3 == 2:  # killed as well
                killed = nursery.killed(home, edition, pick.uniform(0, 1.0))
                ends["killed" if killed else "ended"] += 1
            else:
                code = nursery.wait(nursery.build(home, edition))
                ends[{0: "built", 1: "refused with a message"}.get(code, f"code {code}")] += 1
            row = ask(here, QUESTION)
            good = row.get("status") == "answered" and len(row["editions"]) == 1  # type: ignore[arg-type]
            served["one whole generation" if good else f"FAILED {row}"] += 1
            ballast.unlink()
            if n % 5 == 4:  # with room again, the next one must succeed
                code = nursery.wait(nursery.build(home, 1000 + n))
                ends["built with room" if code == 0 else f"code {code} with room"] += 1
        nursery.wait(nursery.build(home, 10**6))
        left = here.leftovers()
        row = ask(here, QUESTION)
    bad = [k for k in (*ends, *served) if k.startswith(("code", "FAILED"))]
    return {
        "run": f"{megabytes} MB disk",
        "rounds": rounds,
        "builds": dict(ends),
        "served": dict(served),
        "left behind": left,
        "good": not bad and not left and row.get("editions") == ["1000000"],
    }


def readers(maker: Maker, nursery: Nursery, home: Path, rebuilds: int, count: int) -> dict[str, Any]:
    """`count` readers ask while the index is rebuilt; half of them keep one generation open."""
    here = maker.at(home)
    here.build(0)
    outs = [home / f"reader-{n}.jsonl" for n in range(count)]
    pids = [nursery.read(home, out, n % 2 == 0) for n, out in enumerate(outs)]
    while not all(out.exists() and out.stat().st_size for out in outs):
        time.sleep(0.1)
    codes = [nursery.wait(nursery.build(home, n + 1)) for n in range(rebuilds)]
    kept = [p.name for p in here.root.iterdir() if (p / "manifest.json").is_file()]
    for out in outs:
        out.with_suffix(".stop").touch()
    ends = [nursery.wait(pid) for pid in pids]
    rows = [json.loads(line) for out in outs for line in out.read_text().splitlines()]
    names = {row.get("generation"): row.get("editions") for row in rows}
    mixed = [
        r
        for r in rows
        if r.get("status") != "answered" or len(r["editions"]) != 1 or names[r["generation"]] != r["editions"]
    ]
    here.build(10**6)
    after = [p.name for p in here.root.iterdir() if (p / "manifest.json").is_file()]
    return {
        "run": "readers",
        "readers": count,
        "rebuilds": sum(code == 0 for code in codes),
        "answers": len(rows),
        "generations seen": len(names),
        "failed or mixed": len(mixed),
        "first of them": mixed[:2],
        "reader exit codes": ends,
        "generations kept while read": len(kept),
        "kept after": len(after),
        "good": not mixed and not any(ends) and not any(codes) and len(after) <= 2,
    }


def main() -> int:
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--kills", type=int, default=0)
    arguments.add_argument("--fill", type=int, default=0, metavar="MB")
    arguments.add_argument("--rounds", type=int, default=30, help="builds on the full disk")
    arguments.add_argument("--rebuilds", type=int, default=0)
    arguments.add_argument("--readers", type=int, default=8)
    arguments.add_argument("--folder", type=Path)
    args = arguments.parse_args()
    good = True
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.folder or Path(temporary)
        maker = make(folder / "made")
        with Nursery(folder / "made") as nursery:
            runs = []
            if args.kills:
                runs.append(lambda: kills(maker, nursery, folder / "kills", args.kills))
            if args.fill:
                runs.append(lambda: fill(maker, nursery, folder / "disk", args.fill, args.rounds))
            if args.rebuilds:
                runs.append(lambda: readers(maker, nursery, folder / "readers", args.rebuilds, args.readers))
            for run in runs:
                result = run()
                good = good and result["good"]
                print(json.dumps(result), flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
