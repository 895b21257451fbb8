"""Language models through LlamaIndex, chosen by one string; nothing is imported before one is used.

    http://127.0.0.1:8000/v1#qwen3    any OpenAI-compatible server, the model behind '#'
    PROVIDER:MODEL                    ollama:, openai:, anthropic:, ... by their LlamaIndex package
    hf:MODEL                          a Hugging Face model, or a folder with one, in this process
    none                              no model: extractive answers (the default)

Whatever goes wrong becomes one LLMError of one line. A request is tried at most three times and only before
its first word; every stream is bounded in time, in bytes and in words. No redirect is followed, so nothing
is sent to a host that was not configured.
"""

from __future__ import annotations

import importlib
import itertools
import os
import queue
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from surveyqa.errors import LLMError, UsageError
from surveyqa.models.prompts import Message
from surveyqa.settings import Settings

TRIES = 3  # of one request, all before the first word of a reply
PAUSE = 0.4  # seconds before the second try, doubled for the third
LONGEST_PAUSE = 5.0  # a server's Retry-After is honoured up to here
REST = 30.0  # seconds that a model which is not there is left alone
MAX_BYTES = 8 * 2**20  # of one reply on the wire
MAX_CHARS = 24_000  # of one reply
WINDOW = 8192  # tokens of context where nothing else is known
HELP = "Give http://HOST/v1#MODEL, PROVIDER:MODEL, hf:MODEL or none"

# LlamaIndex's name of a provider where it is not the word itself.
MODULES = {
    "gemini": "google_genai",
    "google": "google_genai",
    "mistral": "mistralai",
    "bedrock": "bedrock_converse",
}

Kind = Literal["server", "provider", "local"]


@dataclass(frozen=True)
class Spec:
    """One configured model. `base` is the URL of a server, `provider` the name of a LlamaIndex package."""

    kind: Kind
    model: str
    base: str = ""
    provider: str = ""

    @property
    def label(self) -> str:
        """What answers show as their generator; holds no password of a URL."""
        if self.kind == "server":
            return f"{self.model} at {self.host}"
        return f"{'hf' if self.kind == 'local' else self.provider}:{self.model}"

    @property
    def host(self) -> str:
        parts = urlsplit(self.base)
        return (parts.hostname or "") + (f":{parts.port}" if parts.port else "")


def parse(text: str) -> Spec | None:
    """The model that a setting names, None for none. Raises UsageError with the forms that are read."""
    text = text.strip()
    if text.lower() in ("", "none", "off", "extractive"):
        return None
    if re.match(r"https?://", text, re.I):
        base, _, model = text.partition("#")
        try:
            parts = urlsplit(base)
            named = bool(parts.hostname) and (parts.port or 1) > 0
        except ValueError:
            named = False
        if not named:
            raise UsageError(f"--llm {shown(text)}: this URL names no host. {HELP}")
        if not model.strip():
            raise UsageError(f"--llm {shown(text)}: which model? Put it behind '#': {shown(base)}#MODEL")
        return Spec("server", model.strip(), base=base.rstrip("/"))
    provider, colon, model = text.partition(":")
    if not colon or not model.strip() or not re.fullmatch(r"[A-Za-z][\w-]*", provider):
        raise UsageError(f"--llm {shown(text)}: not understood. {HELP}")
    if provider.lower() in ("hf", "huggingface"):
        return Spec("local", model.strip())
    return Spec("provider", model.strip(), provider=provider.lower().replace("-", "_"))


def shown(url: str) -> str:
    """A URL without the user and password in it."""
    return re.sub(r"//[^/@\s]*@", "//", url)


@dataclass
class Usage:
    """What one answer has cost so far. `estimated` where a server did not count its tokens."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float | None = None  # US dollars, where the server says
    estimated: bool = False
    waited: float = 0.0  # seconds in which the model was waited for
    cut: bool = False  # whether the last reply ended before the model said that it was done


def tokens_of(text: str) -> int:
    """A cautious estimate: three characters a token, one for Chinese."""
    han = sum("\u3400" <= c <= "\u9fff" for c in text)
    return han + (len(text) - han) // 3 + 1


class Model:
    """A language model that streams text. One object serves many threads; usage is the caller's."""

    def __init__(
        self, spec: Spec, llm: Callable[[], Any], timeout: float = 60.0, window: int = WINDOW
    ) -> None:
        """llm: makes the LlamaIndex object; called once, at first use or by `load`."""
        self.spec = spec
        self.timeout = timeout
        self.window = window
        self._make = llm
        self._llm: Any = None
        self._lock = threading.Lock()
        self._down: tuple[float, LLMError] | None = None

    @property
    def label(self) -> str:
        return self.spec.label

    def load(self) -> Any:
        """Import LlamaIndex and make its object; later calls return it. Raises LLMError."""
        with self._lock:
            if self._llm is None:
                self._llm = self._make()
                if self.spec.kind != "server":
                    with suppress(Exception):
                        self.window = int(self._llm.metadata.context_window) or self.window
            return self._llm

    def stream(self, messages: Sequence[Message], max_tokens: int, usage: Usage) -> Iterator[str]:
        """Pieces of the reply as they come. Raises LLMError, before or within it.

        Closing the iterator ends the request.
        """
        if self._down and time.monotonic() < self._down[0]:
            raise self._down[1]
        for attempt in range(TRIES):
            begun = False
            try:
                for piece in self._once(messages, max_tokens, usage):
                    begun = True
                    yield piece
                self._down = None
                return
            except _Fault as fault:
                error = LLMError(fault.line)
                if fault.gone:
                    self._down = (time.monotonic() + REST, error)
                if begun or not fault.again or attempt == TRIES - 1:
                    raise error from fault
                time.sleep(min(fault.after or PAUSE * 2**attempt, LONGEST_PAUSE))

    def complete(self, messages: Sequence[Message], max_tokens: int, usage: Usage) -> str:
        """The whole reply without the thoughts of a model that thinks aloud."""
        return without_thoughts("".join(self.stream(messages, max_tokens, usage))).strip()

    def _once(self, messages: Sequence[Message], max_tokens: int, usage: Usage) -> Iterator[str]:
        """One request in a thread of its own, so that no server can hold us past the time."""
        llm = self.load()
        reply = _Reply(llm, messages, max_tokens, self.spec)
        usage.calls += 1
        end = time.monotonic() + 3 * self.timeout
        chars = 0
        try:
            while True:
                before = time.monotonic()
                piece = reply.next(min(self.timeout, end - before), self.timeout)
                usage.waited += time.monotonic() - before
                if piece is None:
                    break
                chars += len(piece)
                yield piece
                if chars > MAX_CHARS:
                    reply.cut = True
                    break
        finally:
            reply.close()
            usage.cut = reply.cut
            counted = reply.prompt_tokens is not None
            usage.estimated = usage.estimated or not counted
            usage.prompt_tokens += reply.prompt_tokens or sum(tokens_of(m.content) for m in messages)
            usage.completion_tokens += reply.completion_tokens or (chars + 2) // 3
            if reply.cost is not None:
                usage.cost = (usage.cost or 0.0) + reply.cost


def open_model(settings: Settings, env: Mapping[str, str] = os.environ) -> Model | None:
    """The configured model, None for none; its libraries begin to load in the background."""
    spec = parse(settings.llm)
    if spec is None:
        return None
    makers = {"server": _server, "provider": _provider, "local": _local}
    model = Model(spec, lambda: makers[spec.kind](spec, settings, env), timeout_of(env))
    threading.Thread(target=_quietly, args=(model.load,), daemon=True, name="surveyqa-llm").start()
    return model


def timeout_of(env: Mapping[str, str]) -> float:
    """Seconds to wait for the next word: SURVEYQA_LLM_TIMEOUT, 60 without it."""
    text = env.get("SURVEYQA_LLM_TIMEOUT") or "60"
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 3600:
        raise UsageError(f"SURVEYQA_LLM_TIMEOUT={text}: give seconds, more than 0 and at most 3600")
    return seconds


def diagnose(settings: Settings) -> str:
    """Try the configured model with one short request; one line that says how it went. Raises LLMError."""
    model = open_model(settings)
    if model is None:
        return "no language model is configured: answers are extractive"
    usage = Usage()
    started = time.monotonic()
    text = model.complete((Message("user", "Reply with the word ready."),), 256, usage)
    if not text:
        raise LLMError(f"{model.label} answered with no text. Is it a chat model?")
    return f"{model.label} answers ({time.monotonic() - started:.1f} s)"


def without_thoughts(text: str) -> str:
    """`text` without <think>...</think>, an unfinished one included."""
    return re.sub(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|$)", "", text, flags=re.S)


def _quietly(load: Callable[[], Any]) -> None:
    with suppress(Exception):  # whoever uses the model gets the error
        load()


# ---- a request, bounded ------------------------------------------------------------------------


class _Fault(Exception):
    """line: for the reader. again: may pass. gone: not there at all. after: seconds the server asks for."""

    def __init__(
        self, line: str, again: bool = False, gone: bool = False, after: float | None = None
    ) -> None:
        super().__init__(line)
        self.line, self.again, self.gone, self.after = line, again, gone, after


_END = object()


class _Reply:
    """One streamed reply, read by a thread; `next` never waits longer than it is told."""

    def __init__(self, llm: Any, messages: Sequence[Message], max_tokens: int, spec: Spec) -> None:
        self.prompt_tokens: int | None = None
        self.completion_tokens: int | None = None
        self.cost: float | None = None
        self.cut = False
        self._spec = spec
        self._closed = threading.Event()
        self._queue: queue.Queue[Any] = queue.Queue(maxsize=2000)
        self._finish: str | None = None
        self._openai = False
        threading.Thread(target=self._read, args=(llm, messages, max_tokens), daemon=True).start()

    def next(self, seconds: float, timeout: float) -> str | None:
        """The next piece, None at the end. Raises _Fault."""
        try:
            item = self._queue.get(timeout=max(seconds, 0.001))
        except queue.Empty:
            self.cut = True
            raise _Fault(
                f"{self._spec.label} was silent for too long (more than {timeout:g} s for a word, or "
                f"{3 * timeout:g} s in all). A slower model needs a larger SURVEYQA_LLM_TIMEOUT"
            ) from None
        if item is _END:
            self.cut = self.cut or (self._openai and self._finish in (None, "length"))
            return None
        if isinstance(item, Exception):
            self.cut = True
            raise fault_of(item, self._spec) from item
        return str(item)

    def close(self) -> None:
        self._closed.set()

    def _put(self, item: Any) -> None:
        while not self._closed.is_set():
            try:
                self._queue.put(item, timeout=0.2)
                return
            except queue.Full:
                continue

    def _read(self, llm: Any, messages: Sequence[Message], max_tokens: int) -> None:
        stream: Any = None
        try:
            from llama_index.core.llms import ChatMessage

            turns = [ChatMessage(role=m.role, content=m.content) for m in messages]
            stream = self._open(llm, turns, _limit(llm, max_tokens))
            seen = ""
            for part in stream:
                if self._closed.is_set():
                    break
                self._note(part)
                piece = part.delta
                if piece is None:  # some providers give the text so far only
                    text = part.message.content or ""
                    piece = text[len(seen) :] if text.startswith(seen) else ""
                seen += piece
                if piece:
                    self._put(piece)
            self._put(_END)
        except Exception as error:  # every library raises its own kinds
            self._put(error)
        finally:
            with suppress(Exception):
                stream.close()

    def _open(self, llm: Any, turns: Sequence[Any], limit: Mapping[str, Any]) -> Iterator[Any]:
        """The stream of parts; a server is asked to count tokens, and asked again without if it objects."""
        if self._spec.kind == "server":
            stream = llm.stream_chat(turns, **limit, stream_options={"include_usage": True})
            try:
                first = next(stream, None)
            except Exception as error:
                if not any("stream_options" in _text(cause) for cause in _chain(error)):
                    raise
            else:
                return stream if first is None else itertools.chain([first], stream)
        parts: Iterator[Any] = llm.stream_chat(turns, **limit)
        return parts

    def _note(self, part: Any) -> None:
        """Token counts, cost and the reason of the end, where the raw chunk has them."""
        raw = part.raw
        get = _getter(raw)
        choices = get("choices")
        if choices is not None:
            self._openai = True
            for choice in choices:
                self._finish = getattr(choice, "finish_reason", None) or self._finish
        used = get("usage")
        if used is not None:
            of = _getter(used)
            prompt, completion, cost = of("prompt_tokens"), of("completion_tokens"), of("cost")
            if isinstance(prompt, int) and isinstance(completion, int):
                self.prompt_tokens, self.completion_tokens = prompt, completion
            if isinstance(cost, int | float):
                self.cost = float(cost)


def _getter(thing: Any) -> Callable[[str], Any]:
    """How to look a name up in an object or a mapping."""
    if isinstance(thing, Mapping):
        return thing.get
    return lambda name: getattr(thing, name, None)


def _limit(llm: Any, max_tokens: int) -> dict[str, Any]:
    """How this class of LlamaIndex takes a limit of new tokens in a call."""
    name = type(llm).__name__
    if name == "Ollama":
        return {"options": {"num_predict": max_tokens}}
    if name in ("GoogleGenAI", "Gemini", "Vertex"):
        return {}
    return {"max_tokens": max_tokens}


def fault_of(error: BaseException, spec: Spec) -> _Fault:
    """One line for whatever a backend raised."""
    label = spec.label
    for cause in _chain(error):
        if isinstance(cause, _Fault):
            return cause
        if isinstance(cause, LLMError):
            return _Fault(str(cause), gone=True)
    status = next((s for s in map(_status, _chain(error)) if s), None)
    text = next((t for t in map(_text, _chain(error)) if t), "")
    if status in (401, 403):
        return _Fault(
            f"{label} refuses the key (HTTP {status}). Set SURVEYQA_API_KEY to one that it takes", gone=True
        )
    if status == 404:
        return _Fault(
            f"{label} was not found (HTTP 404). Check the URL, which often ends in /v1, and the model's name",
            gone=True,
        )
    if _overflow(text) and status in (None, 400, 413, 422, 500):
        return _Overflow(
            f"{label}: the question and its passages are too long for this model ({_short(text)})"
        )
    if status == 429:
        return _Fault(
            f"{label} is busy or its quota is spent (HTTP 429). Try again later", True, after=_after(error)
        )
    if status and status >= 500:
        return _Fault(f"{label} failed (HTTP {status}). Look at the server's log", True, after=_after(error))
    if status and 300 <= status < 400:
        return _Fault(
            f"{label} sends us to another address (HTTP {status}); it is not followed. Give the final URL",
            gone=True,
        )
    if status:
        return _Fault(f"{label} does not take the request (HTTP {status}: {_short(text)})")
    names = {type(cause).__name__ for cause in _chain(error)}
    if names & {
        "ConnectTimeout",
        "ReadTimeout",
        "APITimeoutError",
        "PoolTimeout",
        "WriteTimeout",
        "TimeoutError",
    }:
        return _Fault(f"{label} did not answer in time. Is it busy? SURVEYQA_LLM_TIMEOUT gives it longer")
    if names & {"ConnectError", "ConnectionRefusedError", "gaierror"}:
        return _Fault(f"{label} cannot be reached. Is the server running at this address?", gone=True)
    if names & {
        "RemoteProtocolError",
        "ReadError",
        "IncompleteRead",
        "ConnectionResetError",
        "APIConnectionError",
    }:
        return _Fault(f"{label} broke the connection off. Look at the server's log", True)
    if names & {"UnicodeDecodeError", "JSONDecodeError", "DecodingError"}:
        return _Fault(f"{label} sent what is not a chat completion. Is this an OpenAI-compatible server?")
    return _Fault(f"{label} failed ({type(error).__name__}: {_short(str(error))})")


class _Overflow(_Fault):
    """The prompt does not fit the model; the caller asks again with less."""


def is_overflow(error: LLMError) -> bool:
    """Whether fewer passages would help."""
    return isinstance(error.__cause__, _Overflow)


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    for _ in range(8):
        if seen is None:
            return
        yield seen
        seen = seen.__cause__ or seen.__context__


def _status(error: BaseException) -> int | None:
    for value in (
        getattr(error, "status_code", None),
        getattr(getattr(error, "response", None), "status_code", None),
    ):
        if isinstance(value, int) and value >= 300:
            return value
    return None


def _text(error: BaseException) -> str:
    body = getattr(error, "body", None)
    if isinstance(body, dict):
        inner = body.get("error", body)
        message = inner.get("message") if isinstance(inner, dict) else inner
        if message:
            return str(message)
    return str(error)


def _after(error: BaseException) -> float | None:
    for cause in _chain(error):
        headers = getattr(getattr(cause, "response", None), "headers", None)
        with suppress(Exception):
            if headers and headers.get("retry-after"):
                return max(0.0, float(headers["retry-after"]))
    return None


def _overflow(text: str) -> bool:
    return bool(
        re.search(
            r"context.{0,20}(?:length|window|size|limit)|maximum.{0,30}tokens"
            r"|too (?:many tokens|long)|exceed.{0,40}(?:tokens|context)",
            text,
            re.I,
        )
    )


def _short(text: str) -> str:
    """One line of a server's words: no key, no control character, not long."""
    text = re.sub(
        r"\b(?:sk|key|Bearer)[-_ ][\w.-]{6,}", "(key)", "".join(c if c.isprintable() else " " for c in text)
    )
    text = " ".join(text.split())
    return text if len(text) <= 160 else text[:157] + "..."


# ---- backends -----------------------------------------------------------------------------------


def _server(spec: Spec, settings: Settings, env: Mapping[str, str]) -> Any:
    from llama_index.llms.openai_like import OpenAILike

    return OpenAILike(
        model=spec.model,
        api_base=spec.base,
        api_key=key_for(spec, settings, env) or "none",
        is_chat_model=True,
        context_window=WINDOW,
        temperature=0.0,
        max_retries=0,
        timeout=timeout_of(env),
        http_client=_client(spec, timeout_of(env)),
    )


def key_for(spec: Spec, settings: Settings, env: Mapping[str, str]) -> str | None:
    """SURVEYQA_API_KEY; OPENAI_API_KEY only for OpenAI itself and for this machine."""
    if settings.api_key:
        return settings.api_key
    host = (urlsplit(spec.base).hostname or "").lower()
    mine = host == "api.openai.com" or host.endswith(".openai.com") or _is_here(host)
    return (env.get("OPENAI_API_KEY") or None) if mine else None


def _is_here(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")


def _client(spec: Spec, timeout: float) -> Any:
    """An HTTP client that follows no redirect, reads no endless reply, and asks no proxy for this machine."""
    import httpx

    class Bounded(httpx.SyncByteStream):
        def __init__(self, stream: Any) -> None:
            self._stream = stream

        def __iter__(self) -> Iterator[bytes]:
            size = 0
            for chunk in self._stream:
                size += len(chunk)
                if size > MAX_BYTES:
                    raise _Fault(
                        f"{spec.label} sent more than {MAX_BYTES >> 20} MB in one reply; it was cut off"
                    )
                yield chunk

        def close(self) -> None:
            self._stream.close()

    def look(response: Any) -> None:
        if response.status_code < 300 and "html" in response.headers.get("content-type", ""):
            raise _Fault(
                f"{spec.label} answers with a web page, not as a model. Check the URL; it often ends in /v1"
            )
        response.stream = Bounded(response.stream)

    return httpx.Client(
        follow_redirects=False,
        trust_env=not _is_here(urlsplit(spec.base).hostname or ""),
        timeout=httpx.Timeout(timeout, connect=min(timeout, 10.0)),
        event_hooks={"response": [look]},
    )


def _provider(spec: Spec, settings: Settings, env: Mapping[str, str]) -> Any:
    name = MODULES.get(spec.provider, spec.provider)
    package = f"llama-index-llms-{name.replace('_', '-')}"
    try:
        module = importlib.import_module(f"llama_index.llms.{name}")
    except ImportError as error:
        missing = getattr(error, "name", "") or ""
        if missing.startswith("llama_index"):
            raise LLMError(f"--llm {spec.label} needs a package - type: pip install {package}") from error
        raise LLMError(f"--llm {spec.label}: {package} does not load ({error})") from error
    cls = _llm_class(module, name)
    if cls is None:
        raise LLMError(f"--llm {spec.label}: {package} has no model class of that name. {HELP}")
    fields = set(getattr(cls, "model_fields", {}))
    timeout = timeout_of(env)
    wanted = {
        "model": spec.model,
        "temperature": 0.0,
        "timeout": timeout,
        "request_timeout": timeout,
        "max_retries": 0,
        "api_key": settings.api_key,
    }
    try:
        return cls(**{k: v for k, v in wanted.items() if k in fields and v is not None})
    except Exception as error:  # a missing key, an unknown model: every package says it its own way
        raise LLMError(f"--llm {spec.label} cannot be set up ({_short(str(error))})") from error


def _llm_class(module: Any, name: str) -> Any:
    from llama_index.core.llms import LLM

    classes = [
        c for c in vars(module).values() if isinstance(c, type) and issubclass(c, LLM) and c is not LLM
    ]
    wanted = name.replace("_", "")
    return next(
        (c for c in classes if c.__name__.lower() == wanted), classes[0] if len(classes) == 1 else None
    )


def _local(spec: Spec, settings: Settings, env: Mapping[str, str]) -> Any:
    from surveyqa.models.llm_local import load

    folder = Path(spec.model).expanduser()
    return load(str(folder) if folder.is_dir() else spec.model, offline=settings.offline)
