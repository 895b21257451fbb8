"""The string that names a model, its key and client; a tiny model in-process and behind a real server."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from llm_bench import Reply, made_settings, serving

from surveyqa.assistant import Assistant
from surveyqa.catalog import Catalog
from surveyqa.errors import LLMError, UsageError
from surveyqa.index import Index
from surveyqa.models.llm import (
    Model,
    Spec,
    Usage,
    diagnose,
    fault_of,
    key_for,
    open_model,
    parse,
    timeout_of,
    tokens_of,
)
from surveyqa.models.prompts import Message
from surveyqa.settings import Settings

HELLO = (Message("user", "hello"),)


def settings_of(llm: str, **more: Any) -> Settings:
    return replace(Settings.from_env({"SURVEYQA_HOME": "/nowhere"}), llm=llm, **more)


# ---- the setting -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("none", None),
        ("", None),
        ("http://127.0.0.1:8000/v1#qwen3", Spec("server", "qwen3", base="http://127.0.0.1:8000/v1")),
        ("https://host/v1/#org/model:8b", Spec("server", "org/model:8b", base="https://host/v1")),
        ("ollama:qwen3:4b", Spec("provider", "qwen3:4b", provider="ollama")),
        ("hf:org/model", Spec("local", "org/model")),
    ],
)
def test_settings_that_are_read(text: str, spec: Spec | None) -> None:
    assert parse(text) == spec


@pytest.mark.parametrize(
    "text", ["http://127.0.0.1:8000/v1", "http://#m", "qwen3", "ollama:", "http://h:99999/v1#m", ":m"]
)
def test_settings_that_are_not(text: str) -> None:
    with pytest.raises(UsageError):
        parse(text)


def test_a_password_in_a_url_is_never_shown() -> None:
    with pytest.raises(UsageError) as caught:
        parse("http://me:secret@host/v1")
    assert "secret" not in str(caught.value)
    spec = parse("http://me:secret@host:81/v1#m")
    assert spec is not None and spec.label == "m at host:81"


def test_the_key_of_openai_goes_to_openai_and_to_this_machine_only() -> None:
    env = {"OPENAI_API_KEY": "sk-openai"}
    none = settings_of("none")
    for url, key in (
        ("https://api.openai.com/v1#m", "sk-openai"),
        ("http://127.0.0.1:1/v1#m", "sk-openai"),
        ("https://elsewhere.example/v1#m", None),
        ("https://api.openai.com.evil.example/v1#m", None),
    ):
        spec = parse(url)
        assert spec is not None and key_for(spec, none, env) == key
    spec = parse("https://elsewhere.example/v1#m")
    assert spec is not None and key_for(spec, replace(none, api_key="mine"), env) == "mine"


def test_the_key_is_not_in_settings_as_shown() -> None:
    assert "sk-1" not in repr(Settings.from_env({"SURVEYQA_API_KEY": "sk-1", "SURVEYQA_HOME": "/x"}))


def test_a_provider_without_its_package_is_told_by_name() -> None:
    model = open_model(settings_of("nosuchprovider:m"))
    assert model is not None
    with pytest.raises(LLMError, match="pip install llama-index-llms-nosuchprovider"):
        model.load()


def test_a_provider_with_its_package_is_made_of_it() -> None:
    """llama-index-llms-openai comes with the package for servers."""
    llm = open_model(settings_of("openai:gpt-4o-mini", api_key="sk-test")).load()  # type: ignore[union-attr]
    assert type(llm).__name__ == "OpenAI" and llm.model == "gpt-4o-mini" and llm.max_retries == 0


def test_a_time_limit_that_is_none() -> None:
    assert timeout_of({}) == 60 and timeout_of({"SURVEYQA_LLM_TIMEOUT": "2.5"}) == 2.5
    for text in ("x", "0", "-1", "nan", "1e9"):
        with pytest.raises(UsageError):
            timeout_of({"SURVEYQA_LLM_TIMEOUT": text})


def test_tokens_are_not_underestimated_much() -> None:
    assert tokens_of("a" * 300) >= 100 and tokens_of("前缀微调") >= 4


# ---- over HTTP ---------------------------------------------------------------------------------------


def test_a_reply_is_streamed_and_counted() -> None:
    with serving(Reply("one two three", usage={"prompt_tokens": 5, "completion_tokens": 3})) as server:
        model = open_model(settings_of(server.llm, api_key="sk-mine"))
        assert model is not None
        usage = Usage()
        pieces = list(model.stream(HELLO, 50, usage))
        assert "".join(pieces) == "one two three" and len(pieces) > 1
        assert (usage.prompt_tokens, usage.completion_tokens, usage.estimated) == (5, 3, False)
        assert server.headers[0]["authorization"] == "Bearer sk-mine"
        request = server.requests[0]
        assert request["stream"] is True and request["model"] == "scripted" and request["max_tokens"] == 50


def test_a_server_that_does_not_know_usage_is_asked_without() -> None:
    def script(request: dict[str, Any], n: int) -> Reply:
        if "stream_options" in request:
            return Reply(status=400, body='{"error":{"message":"unknown field stream_options"}}')
        return Reply("fine")

    with serving(script=script) as server:
        model = open_model(settings_of(server.llm))
        assert model is not None
        assert model.complete(HELLO, 20, Usage()) == "fine" and model.complete(HELLO, 20, Usage()) == "fine"


def test_a_redirect_is_not_followed() -> None:
    with serving("caught") as other:
        away = Reply(status=307, headers={"location": f"{other.base}/chat/completions"})
        with serving(away) as server:
            model = open_model(settings_of(server.llm))
            assert model is not None
            with pytest.raises(LLMError, match="another address"):
                model.complete(HELLO, 20, Usage())
        assert not other.requests


def test_an_endless_line_is_cut_off() -> None:
    with serving(Reply(raw=b"data: " + b"x" * (9 << 20))) as server:
        model = open_model(settings_of(server.llm))
        assert model is not None
        with pytest.raises(LLMError, match="MB"):
            model.complete(HELLO, 20, Usage())


def test_closing_the_stream_ends_the_request() -> None:
    with serving(Reply("word ", endless=True, gap=0.01)) as server:
        model = open_model(settings_of(server.llm))
        assert model is not None
        stream = model.stream(HELLO, 20, Usage())
        assert next(stream)
        stream.close()  # type: ignore[attr-defined]


def test_diagnose_says_in_one_line_what_is_wrong_or_that_nothing_is() -> None:
    assert "extractive" in diagnose(settings_of("none"))
    with serving("ready") as server:
        assert "answers" in diagnose(settings_of(server.llm))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(LLMError) as caught:
        diagnose(settings_of(f"http://127.0.0.1:{port}/v1#m"))
    assert "cannot be reached" in str(caught.value) and "\n" not in str(caught.value)


def test_an_unknown_error_is_one_short_line_without_keys() -> None:
    fault = fault_of(
        RuntimeError("bad\nthing with sk-12345678 " + "x" * 900), Spec("server", "m", base="http://h/v1")
    )
    assert "\n" not in fault.line and "12345678" not in fault.line and len(fault.line) < 250


def test_no_model_means_no_llama_index_and_no_socket(tmp_path: Path) -> None:
    code = """
import sys, socket
def no(*a, **k): raise SystemExit("a socket was opened")
socket.socket.connect = no
from surveyqa.settings import Settings
from surveyqa.models.llm import open_model
import surveyqa.models.generate, surveyqa.assistant
assert open_model(Settings.from_env({"SURVEYQA_HOME": "/x"})) is None
bad = [m for m in ("llama_index", "openai", "torch", "transformers") if m in sys.modules]
assert not bad, bad
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=dict(os.environ), check=False
    )
    assert done.returncode == 0, done.stderr + done.stdout


# ---- a tiny model with random weights ------------------------------------------------------------------


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a causal language model of some thousand random weights and its tokenizer."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("tiny")
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel()
    from tokenizers import decoders

    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=400, special_tokens=["<unk>", "<s>", "</s>"])
    tokenizer.train_from_iterator(
        ["FernQuant stores weights in 3 bits [1]. The passage is data."] * 20, trainer
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="<unk>", bos_token="<s>", eos_token="</s>"
    )
    fast.chat_template = "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}assistant:"
    fast.save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(fast),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=8192,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=2,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def bench() -> tuple[Settings, Index, Catalog]:
    settings = made_settings()
    return settings, Index.open(settings), Catalog.load(settings.corpus)


def assert_extractive(bench: tuple[Settings, Index, Catalog], model: Model | None) -> None:
    assert model is not None
    settings, index, catalog = bench
    answer = Assistant(settings, index, catalog, model).ask("What is FernQuant?")
    plain = Assistant(settings, index, catalog).ask("What is FernQuant?")
    assert answer.sentences == plain.sentences and answer.engine.generator == "extractive"
    assert "This is the extractive answer." in answer.notes[-1]
    assert (answer.engine.completion_tokens or 0) > 0, answer.notes  # it did write


def test_a_model_in_this_process_writes_garbage_and_the_extractive_answer_is_given(
    tiny: Path, bench: tuple[Settings, Index, Catalog]
) -> None:
    model = open_model(settings_of(f"hf:{tiny}", offline=True))
    assert model is not None and model.load().metadata.context_window == 8192
    assert model.window == 8192
    assert_extractive(bench, model)


def test_a_folder_without_a_model_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(LLMError) as caught:
        diagnose(settings_of(f"hf:{tmp_path}", offline=True))
    assert "\n" not in str(caught.value) and "cannot be loaded" in str(caught.value)


def test_a_real_server_process_serves_the_tiny_model(
    tiny: Path, bench: tuple[Settings, Index, Catalog]
) -> None:
    """`transformers serve` speaks the protocol by itself: the network path against a stranger."""
    for needed in ("uvicorn", "fastapi", "accelerate"):
        pytest.importorskip(needed)
    program = Path(sys.executable).with_name("transformers")
    if not program.is_file():
        pytest.skip("the command `transformers` is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
    command = [str(program), "serve", "--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    log = (tiny.parent / "serve.log").open("w")
    process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=env)
    try:
        import httpx

        with httpx.Client(trust_env=False) as client:
            for _ in range(120):
                if process.poll() is not None:
                    pytest.skip(
                        f"transformers serve does not start here: {Path(log.name).read_text()[-300:]}"
                    )
                try:
                    client.get(f"http://127.0.0.1:{port}/health", timeout=1)
                    break
                except httpx.TransportError:
                    time.sleep(0.25)
            else:
                pytest.skip("transformers serve did not start within 30 s")
        assert_extractive(bench, open_model(settings_of(f"http://127.0.0.1:{port}/v1#{tiny}")))
    except AssertionError as error:
        raise AssertionError(f"{error}\n{Path(log.name).read_text()[-2000:]}") from error
    finally:
        process.terminate()
        process.wait(20)
        log.close()
