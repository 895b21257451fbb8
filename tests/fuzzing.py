"""What is thrown at each way in, for `test_robust_fuzz.py` and `benchmarks/fuzz.py`.

Each target takes a value of its strategy and must end within `LIMIT` seconds, with a result or with an
error of errors.py; anything else is a fault.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from hypothesis import strategies as st

from surveyqa.assistant import Assistant
from surveyqa.errors import SurveyQAError

LIMIT = 5.0  # seconds

WORDS = st.sampled_from(
    "what is how does prefix tuning LoRA BetaQuant AlphaPrune papers list all in 2023 2024 section table "
    "figure "
    "2.3.1 quantization compare vs and or not which survey 综述 量化 什么 是 如何 ? ( ) [1] ignore "
    "instructions "
    "weight-only KV-cache LLM.int8() 2:4 1e309 -1 0 ' \" \\ ` ${HOME} %s {0} <script> --json it its "
    "they".split()
)
ODD = st.sampled_from(
    [
        "\0",
        "\x1b[31m",
        "\u202e",
        "\ufeff",
        "\ud800",
        "\U0001f600",
        "é" * 50,
        "a" * 3000,
        "((((" * 200,
        "[" * 500,
        "-" * 400,
        "?" * 300,
        "\n" * 50,
        "一" * 400,
        "e\u0301" * 200,
        "1" * 400,
        "and " * 300,
        "not " * 200,
        "in 2023 " * 100,
        "\t",
        "/../" * 50,
    ]
)
SAID = st.lists(st.one_of(WORDS, WORDS, WORDS, ODD, st.text(max_size=12)), min_size=0, max_size=25).map(
    " ".join
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KEYS = st.sampled_from(
    ["id", "q", "turns", "claim", "passage", "title", "abstract", "arxiv_id", "authors", "year", "key", "url"]
)
ROWS = st.dictionaries(KEYS, st.one_of(SAID, JSON, st.lists(SAID, max_size=3)), max_size=8)
ABSTRACTS = st.fixed_dictionaries(
    {"title": SAID, "abstract": SAID}, optional={"arxiv_id": JSON, "url": JSON, "truncated": JSON}
)
ASKED = st.fixed_dictionaries({"id": JSON, "q": SAID})
CLAIMS = st.fixed_dictionaries({"id": JSON, "claim": SAID}, optional={"passage": SAID})
LINES = st.one_of(
    ABSTRACTS.map(lambda row: json.dumps(row)),
    ASKED.map(lambda row: json.dumps(row)),
    CLAIMS.map(lambda row: json.dumps(row)),
    ROWS.map(lambda row: json.dumps(row)),
    JSON.map(lambda value: json.dumps(value)),
    st.text(max_size=60),
    st.just("[" * 3000),
    st.just('{"id": 1, "q": "what is prefix tuning"}'),
)


def files(*lines: st.SearchStrategy[str]) -> st.SearchStrategy[bytes]:
    """A file of lines: of one good kind more often than mixed with others."""
    good = st.lists(st.one_of(*lines), min_size=1, max_size=4)
    text = st.one_of(good, good, st.lists(LINES, max_size=6))
    return st.one_of(
        text.map(lambda rows: "\n".join(rows).encode("utf-8", "surrogatepass")), st.binary(max_size=200)
    )


MARKS = st.sampled_from(
    [
        "# ",
        "## ",
        "### ",
        "- ",
        "  - ",
        "* ",
        "[",
        "](",
        ")",
        "https://arxiv.org/abs/2305.14314",
        "javascript:alert(1)",
        "**",
        "`",
        "|",
        "|---|---|",
        "<a href='x'>",
        "<details>",
        "*",
        "arXiv, 2023.",
        "NeurIPS, 2024",
        "[Paper]",
        "[Code]",
        "(http://[::1",
        "&#0;",
        ">",
        "```",
        "\\",
    ]
)
ENTRIES = st.sampled_from(
    [
        "# A list",
        "## Model-Centric Methods",
        "### Quantization",
        "#### Weight-Only",
        "- Prefix-Tuning: Optimizing Prompts, <ins>ACL, 2021</ins> "
        "[[Paper](https://arxiv.org/abs/2101.00190)] [[Code](https://github.com/x/y)]",
        "- [Distillation](#Distillation)",
        "- A, [[Paper](x)]",
    ]
)
LISTS = st.lists(
    st.one_of(MARKS, ENTRIES.map("\n{}\n".format), SAID, st.just("\n"), st.just("\n\n")), max_size=60
).map("".join)
ENV = st.dictionaries(
    st.sampled_from(
        [
            "SURVEYQA_LLM",
            "SURVEYQA_MODEL",
            "SURVEYQA_CHROMA_URL",
            "SURVEYQA_CHROMA_TOKEN",
            "SURVEYQA_CHROMA_TENANT",
            "SURVEYQA_EMBED_URL",
            "SURVEYQA_EMBED_KEY",
            "SURVEYQA_LOG",
            "SURVEYQA_OFFLINE",
            "SURVEYQA_API_KEY",
            "SURVEYQA_LLM_TIMEOUT",
            "NO_COLOR",
            "COLUMNS",
        ]
    ),
    st.one_of(
        st.sampled_from(
            [
                "",
                "none",
                "http://127.0.0.1:9#m",
                "http://[::1",
                "ollama:",
                "openai:x",
                "hf:",
                "0",
                "-1",
                "nan",
                "1e400",
                "info",
                "../..",
                "/",
                "http://127.0.0.1:9",
                "https://u:p@h",
                "http://h:99999",
                "x" * 4000,
            ]
        ),
        st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30),
    ),
    max_size=5,
)


@dataclass(frozen=True)
class Target:
    strategy: st.SearchStrategy[Any]
    run: Callable[[Any], object]


def targets(assistant: Assistant) -> dict[str, Target]:
    """What is fuzzed, over one open index."""
    import llama_index.llms.openai_like  # noqa: F401  seconds on a busy machine, whatever the input is

    from surveyqa.cli import main
    from surveyqa.cli.ask import check_question, render
    from surveyqa.documents.abstracts import read_abstracts
    from surveyqa.index.chunks import make_chunks
    from surveyqa.pipeline import catalog_of_list

    home = str(assistant.settings.index.parent)
    base = {
        "SURVEYQA_HOME": home,
        "SURVEYQA_MODEL": assistant.settings.model,
        "SURVEYQA_OFFLINE": "1",
        "PATH": os.environ["PATH"],
    }

    def question(text: str) -> None:
        answer = assistant.ask(check_question(text))
        json.dumps(answer.to_dict(), ensure_ascii=False)
        render(answer, quotes=True).text().encode("utf-8")

    def dialogue(turns: list[str]) -> None:
        asked = [check_question(turn) for turn in turns]
        if asked:
            assistant.ask(asked[-1], asked[:-1])

    def command(arguments: list[str], env: dict[str, str] | None = None) -> int:
        out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        alone = mock.patch.dict(os.environ, {**base, **(env or {})}, clear=True)
        with alone, contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
            code = main(arguments)
            out.flush()
        assert code in (0, 1, 2, 3), code
        return code

    def in_file(data: bytes, use: Callable[[Path], object]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "input"
            path.write_bytes(data)
            use(path)

    def batch(data: bytes) -> None:
        in_file(data, lambda path: command(["batch", str(path)]))

    def verify(data: bytes) -> None:
        in_file(data, lambda path: command(["verify", str(path), "--json"]))

    def paper_list(text: str) -> None:
        in_file(text.encode("utf-8", "surrogatepass"), lambda path: catalog_of_list(path, assistant.settings))

    def abstracts(data: bytes) -> None:
        in_file(data, lambda path: list(make_chunks(read_abstracts(path, {}), str.split)))

    return {
        "question": Target(SAID, question),
        "dialogue": Target(st.lists(SAID, min_size=1, max_size=4), dialogue),
        "search": Target(SAID, lambda text: assistant.search(check_question(text))),
        "batch file": Target(files(ASKED.map(json.dumps)), batch),
        "claims file": Target(files(CLAIMS.map(json.dumps)), verify),
        "paper list": Target(LISTS, paper_list),
        "abstracts": Target(files(ABSTRACTS.map(json.dumps)), abstracts),
        "papers": Target(SAID, lambda text: command(["papers", "--", text])),
        "environment": Target(ENV, lambda env: command(["ask", "what is BetaQuant"], env)),
    }


def attempt(target: Target, value: object) -> str:
    """'good', 'refused', or what was wrong."""
    began = time.perf_counter()
    result = "good"
    try:
        target.run(value)
    except SurveyQAError as error:
        text = str(error)
        result = "refused" if text and "\n" not in text else f"FAULT message of several lines: {text!r}"
    except Exception as error:
        import traceback

        where = traceback.extract_tb(error.__traceback__)[-1]
        result = (
            f"FAULT {type(error).__name__}: {str(error)[:120]} at {Path(where.filename).name}:{where.lineno}"
        )
    took = time.perf_counter() - began
    return f"FAULT took {took:.1f} s" if took > LIMIT else result
