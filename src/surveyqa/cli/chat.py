"""`surveyqa chat`: the assistant in the browser."""

from __future__ import annotations

import argparse
import logging
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from surveyqa.cli.ask import add_llm_option
from surveyqa.errors import UsageError
from surveyqa.settings import Settings

if TYPE_CHECKING:
    from surveyqa.assistant import Assistant

log = logging.getLogger(__name__)

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
RATE = 30  # questions a minute and client, where others than this machine can connect


def add(subparsers: argparse._SubParsersAction[Any]) -> None:
    command = subparsers.add_parser(
        "chat", help="ask in the browser", description="Start the chat on this machine and say where it is."
    )
    command.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    command.add_argument(
        "--port", type=int, default=7860, help="port to listen on (default 7860; 0 takes a free one)"
    )
    command.add_argument(
        "--root-path",
        default="",
        metavar="PATH",
        help="path under which a proxy shows the chat, like /survey",
    )
    command.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a name that browsers call this server by, like desk.example.org; may be given again",
    )
    command.add_argument(
        "--trusted-proxy",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="the address of a proxy whose X-Forwarded headers are believed; may be given again",
    )
    command.add_argument(
        "--auth-file", type=Path, metavar="FILE", help="let in only the users of FILE (hashed passwords)"
    )
    command.add_argument(
        "--add-user", metavar="NAME", help="ask for a password, add NAME to --auth-file, and stop"
    )
    command.add_argument(
        "--rate",
        type=int,
        metavar="N",
        help=f"questions a minute from one client (default {RATE}; no limit on 127.0.0.1)",
    )
    command.add_argument(
        "--workers", type=int, default=4, metavar="N", help="questions answered at a time (default 4)"
    )
    command.add_argument(
        "--waiting", type=int, default=64, metavar="N", help="questions that may wait (default 64)"
    )
    command.add_argument(
        "--feedback", type=Path, metavar="FILE", help="show thumbs and append them to FILE (JSONL)"
    )
    command.add_argument(
        "--sources", type=int, metavar="N", help="at most N sources under an answer (default 5)"
    )
    command.add_argument("--offline", action="store_true", help="allow no connection at all")
    add_llm_option(command)
    command.set_defaults(run=run)


def run(args: argparse.Namespace, settings: Settings) -> int:
    if args.add_user is not None:
        return add_user(args.auth_file, args.add_user)
    from surveyqa.chat import Options, serve
    from surveyqa.chat.doorman import is_address
    from surveyqa.cli.setup import apply, say

    for address in args.trusted_proxy:
        if not is_address(address):
            raise UsageError(f"--trusted-proxy {address}: give an address like 10.0.0.2")

    rate = args.rate if args.rate is not None else 0 if args.host in _LOOPBACK else RATE
    for name, value, least in (("rate", rate, 0), ("workers", args.workers, 1), ("waiting", args.waiting, 1)):
        if value < least:
            raise UsageError(f"--{name} {value}: give a number from {least} up")
    if not 0 <= args.port <= 65535:
        raise UsageError(f"--port {args.port}: give a number from 0 to 65535")
    root = "/" + args.root_path.strip("/") if args.root_path.strip("/") else ""
    options = Options(
        root,
        args.auth_file,
        rate,
        args.workers,
        args.waiting,
        args.feedback,
        allowed_hosts=tuple(args.allow_host),
        proxies=tuple(args.trusted_proxy),
    )
    began = perf_counter()
    assistant, phases = load(apply(args, settings))

    def started(address: str) -> None:
        log.info("started", extra={"phases": {**phases, "it listens": perf_counter() - began}})
        say(f"the chat is at {address} (Ctrl-C stops it)")

    serve(assistant, host=args.host, port=args.port, options=options, started=started)
    return 0


def load(settings: Settings) -> tuple[Assistant, dict[str, float]]:
    """The assistant, and Gradio imported while its index is read; with the seconds until each was there."""
    from surveyqa.assistant import Assistant
    from surveyqa.chat.server import load_gradio
    from surveyqa.cli.setup import first_build
    from surveyqa.index import has_index

    if not has_index(settings):
        first_build(settings)
    began = perf_counter()
    phases: dict[str, float] = {}

    def open_index() -> Assistant:
        assistant = Assistant.open(settings)
        phases["the index is open"] = perf_counter() - began
        return assistant

    with ThreadPoolExecutor(1) as reading:  # which waits for the disk, while importing computes
        opened = reading.submit(open_index)
        load_gradio()
        phases["Gradio is imported"] = perf_counter() - began
        return opened.result(), phases


def add_user(path: Path | None, name: str) -> int:
    """Ask for a password twice and append the hashed line; the file is readable by its owner only."""
    from getpass import getpass

    from surveyqa.chat.guard import hash_line
    from surveyqa.cli.setup import say

    if path is None:
        raise UsageError("--add-user needs the file to write to: --auth-file FILE")
    password = getpass(f"password for {name}: ")
    if getpass("again: ") != password:
        raise UsageError("the two passwords differ")
    line = hash_line(name, password)
    beside = path.with_name(f"{path.name}.new")
    try:
        rows = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        rows = [row for row in rows if not row.startswith(f"{name}:")]
        beside.unlink(missing_ok=True)
        with os.fdopen(
            os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8"
        ) as file:
            file.write("\n".join([*rows, line]) + "\n")
        beside.replace(path)
    except OSError as error:
        raise UsageError(f"cannot write {path} ({error.strerror})") from error
    say(f"{name} may now log in; start the chat with --auth-file {path}")
    return 0
