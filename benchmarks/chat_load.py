"""Many conversations at once with a real chat server: how long an answer takes, and whether all stay apart.

    pip install -e ".[test]" && surveyqa index && python benchmarks/chat_load.py

Each conversation is a visitor that asks as the page does (with its earlier questions, reading the lines of
the answer as they come) and asks on without a pause. Every answer is compared with the one that the assistant
gives by itself after the same questions. `--memory 2000` goes on with that many questions by ever new
visitors and prints the server's memory on the way (Linux).
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

QUESTIONS = Path(__file__).resolve().parent.parent / "tests" / "questions"
REMEMBERED = 6  # earlier questions that the chat hands on


def all_questions() -> list[str]:
    """The questions of the tests, of all kinds in turn."""
    kinds = []
    for name in ("questions", "followups", "general", "unanswerable"):
        rows = map(json.loads, (QUESTIONS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines())
        kinds.append([q for row in rows for q in (row.get("turns") or [row["q"]])])
    mixed = itertools.chain.from_iterable(itertools.zip_longest(*kinds))
    return [" ".join(q.split()) for q in mixed if q]


def expected(conversations: list[list[str]]) -> list[list[str]]:
    """What the assistant answers by itself."""
    from surveyqa.assistant import Assistant

    assistant = Assistant.open()
    return [
        [assistant.ask(q, talk[max(0, n - REMEMBERED) : n]).text for n, q in enumerate(talk)]
        for talk in conversations
    ]


@contextmanager
def chat(*options: str) -> Iterator[tuple[str, int]]:
    """(address, process id) of a chat server."""
    command = [sys.executable, "-m", "surveyqa", "chat", "--port", "0", "--offline", *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            said = []
            for line in process.stderr:
                said.append(line)
                if "the chat is at " in line:
                    yield line.split("the chat is at ")[1].split()[0], process.pid
                    break
            else:
                sys.exit("".join(said) or "the server did not start")
        finally:
            process.terminate()


class Visitor:
    """One conversation: `ask` returns its seconds, the bytes that came, and what was wrong."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.asked: list[str] = []

    async def ask(self, question: str, wanted: str | None) -> tuple[float, int, str]:
        body = {"question": question, "history": self.asked[-REMEMBERED:]}
        self.asked.append(question)
        started, size, last = time.perf_counter(), 0, ""
        async with self.client.stream("POST", "desk/ask", json=body) as stream:
            async for line in stream.aiter_lines():
                size, last = size + len(line), line
        seconds = time.perf_counter() - started
        turn = json.loads(last or "{}").get("turn")
        if turn is None:
            return seconds, size, f"error: {last[:300]}"
        if turn["q"] != question:
            return seconds, size, f"mix-up: {turn['q']!r} for {question!r}"
        if wanted is not None:
            form = {"form": "json", "turns": [{"id": turn["id"]}]}
            file = (await self.client.post("desk/export", json=form)).json()
            if json.loads(file["text"])[0]["answer"] != wanted:
                return seconds, size, f"mix-up: another answer to {question!r}"
        return seconds, size, ""


async def talk(
    visitor: Visitor, questions: list[str], wanted: list[str | None]
) -> list[tuple[float, int, str]]:
    return [await visitor.ask(q, w) for q, w in zip(questions, wanted, strict=True)]


async def load(
    address: str, conversations: list[list[str]], wanted: list[list[str]] | None, at_once: int
) -> list[tuple[float, int, str]]:
    """All conversations, `at_once` at a time; each is a visitor of its own."""
    gate = asyncio.Semaphore(at_once)
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=address, timeout=120, limits=limits, trust_env=False) as client:

        async def one(n: int) -> list[tuple[float, int, str]]:
            async with gate:
                texts = wanted[n] if wanted else [None] * len(conversations[n])
                return await talk(Visitor(client), conversations[n], [*texts])

        return [row for rows in await asyncio.gather(*map(one, range(len(conversations)))) for row in rows]


def memory(pid: int) -> float:
    """Resident MB of a process; nan where it cannot be told."""
    try:
        rows = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return float("nan")
    return next((int(row.split()[1]) / 1024 for row in rows if row.startswith("VmRSS")), float("nan"))


def cpu(pid: int) -> float:
    """Seconds that a process has computed; nan where it cannot be told."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return float("nan")
    return (int(fields[11]) + int(fields[12])) / 100


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--conversations", type=int, default=20, help="at the same time")
    parser.add_argument("--turns", type=int, default=10, help="questions of each")
    parser.add_argument("--memory", type=int, default=0, metavar="N", help="then N questions more")
    parser.add_argument("--options", default="", help="options of `surveyqa chat`, in one piece")
    args = parser.parse_args()
    pool = itertools.cycle(all_questions())

    def conversations(count: int) -> list[list[str]]:
        return [list(itertools.islice(pool, args.turns)) for _ in range(count)]

    talks = conversations(args.conversations)
    wanted = expected(talks)
    failed = 0
    with chat(*args.options.split()) as (address, pid):
        asyncio.run(load(address, conversations(1), None, 1))
        computed, started = cpu(pid), time.perf_counter()
        rows = asyncio.run(load(address, talks, wanted, args.conversations))
        computed, wall = cpu(pid) - computed, time.perf_counter() - started
        seconds = sorted(row[0] for row in rows)
        wrong = [row[2] for row in rows if row[2]]
        failed += len(wrong)
        mixed = sum(text.startswith("mix-up") for text in wrong)
        print(
            f"{len(rows)} answers in {len(talks)} conversations at once: {len(wrong) - mixed} errors, "
            f"{mixed} mix-ups\n"
            f"p50 {statistics.median(seconds):.2f} s  p95 {seconds[int(len(seconds) * 0.95)]:.2f} s  "
            f"most {seconds[-1]:.2f} s  {len(rows) / wall:.1f} answers/s\n"
            f"server: {computed / len(rows) * 1000:.0f} ms of CPU and "
            f"{statistics.mean(row[1] for row in rows) / 1024:.0f} kB of events an answer, "
            f"{computed / wall:.2f} CPUs busy"
        )
        for text in wrong[:5]:
            print(f"  {text}")
        asked = 0
        while asked < args.memory:
            if not asked:
                print(f"{asked:6} more questions: {memory(pid):.0f} MB")
            rows = asyncio.run(load(address, conversations(20), None, 8))
            asked += len(rows)
            failed += sum(bool(row[2]) for row in rows)
            print(f"{asked:6} more questions: {memory(pid):.0f} MB")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
