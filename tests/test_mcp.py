"""The MCP server as a client sees it: a process of its own, spoken to by the SDK's own client."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from conftest import process_environment

pytest.importorskip("mcp", reason="the extra 'mcp' is not installed")

from mcp import Client, MCPError, StdioServerParameters

from surveyqa.settings import Settings

Run = Callable[..., "subprocess.CompletedProcess[str]"]
QUESTION = "what is prefix tuning"


def talk(server: Any, talk: Callable[[Client], Awaitable[None]]) -> None:
    async def session() -> None:
        async with Client(server, read_timeout_seconds=60) as client:
            await talk(client)

    asyncio.run(asyncio.wait_for(session(), 120))


@pytest.fixture(scope="module")
def stdio(starter: Settings) -> StdioServerParameters:
    return StdioServerParameters(
        command=sys.executable, args=["-m", "surveyqa", "mcp", "--offline"], env=process_environment(starter)
    )


@pytest.fixture(scope="module")
def address(starter: Settings) -> Iterator[str]:
    server = subprocess.Popen(
        [sys.executable, "-m", "surveyqa", "mcp", "--http", "--port", "0"],
        env=process_environment(starter),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert server.stderr is not None
    try:
        line = server.stderr.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+/mcp", line)
        assert found, line
        yield found[0]
    finally:
        server.terminate()
        server.wait(10)


def test_every_tool_answers_and_ask_gives_the_citations_of_the_command_line(
    stdio: StdioServerParameters, run_cli: Run
) -> None:
    expected = json.loads(run_cli("ask", QUESTION, "--json").stdout)

    async def use(client: Client) -> None:
        tools = (await client.list_tools()).tools
        assert [tool.name for tool in tools] == ["ask", "search", "papers", "verify"]
        assert all(
            tool.annotations and tool.annotations.read_only_hint and tool.description for tool in tools
        )
        calls: list[tuple[str, dict[str, Any]]] = [
            ("ask", {"question": QUESTION}),
            ("search", {"query": "prefix tokens", "limit": 2}),
            ("papers", {"category": "Prefix Tuning", "first_year": 2021}),
            (
                "verify",
                {
                    "claim": "AWQ keeps every weight.",
                    "passage": "AWQ keeps salient weights at higher precision.",
                },
            ),
        ]
        got = {}
        for name, arguments in calls:
            result = await client.call_tool(name, arguments)
            assert not result.is_error, result.content
            got[name] = result.structured_content
            assert result.content[0].text  # type: ignore[union-attr]
        for field in ("schema", "status", "answer", "sentences", "sources", "engine"):
            assert got["ask"][field] == expected[field]
        assert expected["status"] == "answered" and expected["sources"]
        assert len(got["search"]["sources"]) == 2
        assert got["papers"]["total"] == len(got["papers"]["papers"]) > 0
        assert all("Prefix Tuning" in " ".join(paper["categories"]) for paper in got["papers"]["papers"])
        assert got["verify"]["verdict"] in ("unsupported", "contradicted")

    talk(stdio, use)


def test_the_text_of_an_answer_names_section_and_quote(stdio: StdioServerParameters) -> None:
    async def use(client: Client) -> None:
        result = await client.call_tool("ask", {"question": QUESTION})
        text = result.content[0].text  # type: ignore[union-attr]
        answer = result.structured_content
        first = answer["sources"][answer["sentences"][0]["citations"][0] - 1]
        assert (
            first["quote"] in text
            and (first["section"] or first["title"]) in text
            and answer["answer"] in text
        )

    talk(stdio, use)


def test_what_cannot_be_done_is_told_in_words(stdio: StdioServerParameters) -> None:
    calls: list[tuple[str, dict[str, Any], str]] = [
        ("ask", {"question": "  "}, "give a text"),
        ("ask", {"question": "x" * 30_000}, "20000"),
        ("search", {"query": "LoRA", "limit": 0}, "1 to 50"),
        ("papers", {"category": "Cooking"}, "Weight-Only Quantization"),
        ("nothing", {}, "nothing"),
    ]

    async def use(client: Client) -> None:
        for name, arguments, words in calls:
            try:
                result = await client.call_tool(name, arguments)
            except MCPError as error:
                told = str(error)
            else:
                assert result.is_error
                told = result.content[0].text  # type: ignore[union-attr]
            assert words in told

    talk(stdio, use)


def test_sections_and_papers_can_be_read_and_nothing_else(address: str) -> None:
    async def use(client: Client) -> None:
        listed = {resource.uri: resource.name for resource in (await client.list_resources()).resources}
        assert "2.3.1" in listed["survey://section/2.3.1"]
        for uri in listed:
            assert (await client.read_resource(uri)).contents
        section = (await client.read_resource("survey://section/2.3.1")).contents[0].text  # type: ignore[union-attr]
        assert section.startswith("# 2.3.1") and "Prefix" in section
        papers = json.loads((await client.read_resource("survey://papers")).contents[0].text)  # type: ignore[union-attr]
        assert papers["total"] == len(papers["papers"])
        paper = (await client.read_resource("survey://paper/prefix-tuning")).contents[0].text  # type: ignore[union-attr]
        assert "ACL 2021" in paper and "Cited in the survey" in paper
        for uri in (
            "survey://section/99",
            "survey://paper/nobody",
            "survey://paper/..%2F..%2Fetc",
            "file:///etc/hosts",
        ):
            with pytest.raises(MCPError):
                await client.read_resource(uri)

    talk(address, use)


def test_http_gives_the_same_answer_and_hears_no_other_host(address: str, run_cli: Run) -> None:
    import httpx

    async def use(client: Client) -> None:
        result = await client.call_tool("ask", {"question": QUESTION})
        assert (
            result.structured_content["sources"]
            == json.loads(run_cli("ask", QUESTION, "--json").stdout)["sources"]
        )

    talk(address, use)
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    headers = {"Accept": "application/json, text/event-stream"}
    for forged in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}):
        assert httpx.post(address, json=ping, headers=headers | forged).status_code in (403, 421)


def test_wrong_ports_are_told(run_cli: Run) -> None:
    wrong = run_cli("mcp", "--http", "--port", "99999")
    assert wrong.returncode == 2 and "99999" in wrong.stderr
