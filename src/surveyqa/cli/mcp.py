"""`surveyqa mcp`: the assistant as tools for MCP clients."""

from __future__ import annotations

import argparse
from typing import Any

from surveyqa.cli.options import command, share
from surveyqa.cli.terminal import say
from surveyqa.errors import UsageError
from surveyqa.profile import Profile
from surveyqa.settings import Settings

DESCRIPTION = """\
Tools ask, search, papers and verify, and the survey's sections and papers as resources,
over stdin and stdout; with --http over streamable HTTP, which only this machine can reach."""

EPILOG = """\
a client's configuration:
  {"mcpServers": {"surveyqa": {"command": "surveyqa", "args": ["mcp"]}}}"""


def add(subparsers: argparse._SubParsersAction[Any]) -> None:
    mcp = command(subparsers, run, "mcp", "serve the assistant to MCP clients", DESCRIPTION, EPILOG)
    mcp.add_argument("--http", action="store_true", help="HTTP on 127.0.0.1 in the place of stdio")
    mcp.add_argument("--port", type=int, default=7861, help="port of --http (default 7861; 0: a free one)")
    share(mcp, "sources", "llm", "offline")


def run(args: argparse.Namespace, settings: Settings) -> int:
    try:
        from surveyqa.mcp import http_app, make_server
    except ImportError as error:
        raise UsageError(f"the MCP server needs '{error.name}'. Type: pip install 'surveyqa[mcp]'") from error
    from surveyqa.cli.setup import apply, open_assistant

    if not 0 <= args.port <= 65535:
        raise UsageError(f"--port {args.port}: give a number from 0 to 65535")
    settings = apply(args, settings)
    server = make_server(lambda: open_assistant(settings), Profile.load(settings.corpus))
    if not args.http:
        server.run("stdio")
        return 0
    import socket

    import uvicorn

    try:
        listening = socket.create_server(("127.0.0.1", args.port))
    except OSError as error:
        raise UsageError(
            f"cannot listen on port {args.port} ({error.strerror}). Choose another: --port 0"
        ) from error
    with listening:
        port = listening.getsockname()[1]
        say(f"the MCP server is at http://127.0.0.1:{port}/mcp (Ctrl-C stops it)")
        from surveyqa.chat.doorman import protocol

        config = uvicorn.Config(
            http_app(server), log_level="warning", http=protocol(), ws="none", proxy_headers=False
        )
        uvicorn.Server(config).run(sockets=[listening])
    return 0
