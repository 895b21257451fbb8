"""Ten thousand made inputs through every way in: no traceback, nothing over five seconds.

    python benchmarks/fuzz.py [--count 10000] [--seed 0] [--home HOME]

Without --home a small made index is asked. Prints one JSON object; exits 1 where something was wrong.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from fuzzing import Target, attempt, targets
from hypothesis import HealthCheck, Phase, given, seed, settings
from made_index import make

from surveyqa.assistant import Assistant
from surveyqa.settings import Settings


def main() -> int:
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--count", type=int, default=10_000)
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--home")
    args = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if args.home:
            opened = Settings.from_env({"SURVEYQA_HOME": args.home, "SURVEYQA_OFFLINE": "1"})
        else:
            maker = make(Path(folder))
            maker.build(0)
            opened = maker.settings
        every = targets(Assistant.open(opened))
        ends: dict[str, Counter[str]] = {name: Counter() for name in every}
        faults: dict[str, str] = {}
        longest = 0.0

        def throw(name: str, target: Target) -> None:
            @seed(args.seed)
            @settings(
                max_examples=-(-args.count // len(every)),
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
                phases=[Phase.generate],
            )
            @given(value=target.strategy)
            def run(value: object) -> None:
                nonlocal longest
                began = time.perf_counter()
                result = attempt(target, value)
                longest = max(longest, time.perf_counter() - began)
                ends[name][result.split(" ")[0]] += 1
                if result.startswith("FAULT"):
                    faults.setdefault(f"{name}: {result}", repr(value)[:300])

            run()
            print(name, dict(ends[name]), file=sys.stderr, flush=True)

        for name, target in every.items():
            throw(name, target)
    total = sum(sum(c.values()) for c in ends.values())
    result = {
        "inputs": total,
        "ends": {k: dict(v) for k, v in ends.items()},
        "longest_s": round(longest, 2),
        "faults": faults,
    }
    print(json.dumps(result, ensure_ascii=False, indent=1))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
