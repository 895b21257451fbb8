"""`surveyqa chat`: the assistant in the browser."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path
from time import perf_counter
from typing import Any

from surveyqa.cli.options import command, share
from surveyqa.cli.terminal import say
from surveyqa.errors import UsageError
from surveyqa.settings import Settings

log = logging.getLogger(__name__)

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
DESCRIPTION = "Start the chat on this machine and say where it is. Ctrl-C stops it."
RATE = 30  # questions a minute and client, where others than this machine can connect


def add(subparsers: argparse._SubParsersAction[Any]) -> None:
    chat = command(subparsers, run, "chat", "ask in the browser", DESCRIPTION)
    for name, kind, default, metavar, text in (
        ("host", str, "127.0.0.1", "HOST", "address to listen on (default 127.0.0.1)"),
        ("port", int, 7860, "PORT", "port to listen on (default 7860; 0 takes a free one)"),
        ("root-path", str, "", "PATH", "path under which a proxy shows the chat, like /survey"),
        ("auth-file", Path, None, "FILE", "let in only the users of FILE (hashed passwords)"),
        ("add-user", str, None, "NAME", "ask for a password, add NAME to --auth-file, and stop"),
        (
            "rate",
            int,
            None,
            "N",
            f"questions a minute and client (default {RATE}; on 127.0.0.1 no limit)",
        ),
        ("workers", int, 4, "N", "questions answered at a time (default 4)"),
        ("waiting", int, 64, "N", "questions that may wait (default 64)"),
        ("feedback", Path, None, "FILE", "show thumbs and append them to FILE (JSONL)"),
    ):
        chat.add_argument(f"--{name}", type=kind, default=default, metavar=metavar, help=text)
    for name, metavar, text in (
        ("allow-host", "NAME", "a name that browsers call this server by; may be given again"),
        ("trusted-proxy", "ADDRESS", "a proxy whose X-Forwarded headers are believed; may be given again"),
    ):
        chat.add_argument(f"--{name}", action="append", default=[], metavar=metavar, help=text)
    share(chat, "sources", "llm", "offline")


def run(args: argparse.Namespace, settings: Settings) -> int:
    if args.add_user is not None:
        from getpass import getpass

        from surveyqa.chat.guard import add_user

        if args.auth_file is None:
            raise UsageError("--add-user needs the file to write to: --auth-file FILE")
        password = getpass(f"password for {args.add_user}: ")
        if getpass("again: ") != password:
            raise UsageError("the two passwords differ")
        add_user(args.auth_file, args.add_user, password)
        say(f"{args.add_user} may now log in; start the chat with --auth-file {args.auth_file}")
        return 0
    from surveyqa.chat import Options, load, serve
    from surveyqa.chat.doorman import is_address
    from surveyqa.cli.setup import apply, first_build
    from surveyqa.index import has_index

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
    settings = apply(args, settings)
    if not has_index(settings):
        first_build(settings)
    assistant, phases = load(settings)

    def started(address: str) -> None:
        log.info("started", extra={"phases": {**phases, "it listens": perf_counter() - began}})
        say(f"the chat is at {address} (Ctrl-C stops it)")

    serve(assistant, host=args.host, port=args.port, options=options, started=started)
    return 0
