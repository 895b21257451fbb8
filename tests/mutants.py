"""Reads mutated copies of a PDF, one after the other, in this process: `python mutants.py PDF FIRST COUNT`.

Prints a line for each copy, so that the test sees at which one it hangs or dies.
"""

from __future__ import annotations

import random
import resource
import signal
import sys
import tempfile
import time
from pathlib import Path


def mutant(data: bytes, seed: int) -> bytes:
    """Bytes flipped, runs cut out, doubled or replaced by numbers that are far too large; or cut short."""
    chance = random.Random(seed)
    found = bytearray(data)
    for _ in range(chance.choice((1, 3, 10, 40))):
        at = chance.randrange(len(found))
        kind = chance.randrange(6)
        if kind == 0:
            found[at] = chance.randrange(256)
        elif kind == 1:
            del found[at : at + chance.choice((1, 10, 200))]
        elif kind == 2:
            found[at:at] = found[at : at + chance.choice((1, 10, 200))]
        elif kind == 3:
            found[at : at + 3] = chance.choice((b"999999999", b"-1", b"0 R", b"<<", b"[[[[", b"1e38"))
        elif kind == 4:
            found[at] ^= 1 << chance.randrange(8)
        elif chance.random() < 0.2:
            del found[at:]
        if len(found) < 2:
            found += data[:100]
    return bytes(found)


def peak_memory() -> int:
    """Peak resident memory of this process in MB; `ru_maxrss` would begin at what the parent held."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


def main() -> None:
    from surveyqa.documents.reader import read_here
    from surveyqa.errors import DocumentError

    source, first, count = Path(sys.argv[1]).read_bytes(), int(sys.argv[2]), int(sys.argv[3])
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(first, first + count):
            path = Path(folder) / "mutant.pdf"
            path.write_bytes(mutant(source, seed))
            print("try", seed, flush=True)
            signal.alarm(10)
            start = time.perf_counter()
            try:
                read_here(path)
                result = "read"
            except DocumentError:
                result = "refused"
            signal.alarm(0)
            print(result, seed, f"{time.perf_counter() - start:.2f}", flush=True)
    print("memory", peak_memory(), flush=True)


if __name__ == "__main__":
    main()
