"""A Hugging Face model in this process, as a LlamaIndex LLM. Imports torch: load late."""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence
from typing import Any

import torch
from llama_index.core.llms import (
    ChatMessage,
    ChatResponse,
    ChatResponseGen,
    CompletionResponse,
    CompletionResponseGen,
    CustomLLM,
    LLMMetadata,
)
from pydantic import PrivateAttr
from transformers import AutoModelForCausalLM, AutoTokenizer, StoppingCriteria, TextIteratorStreamer

from surveyqa.errors import LLMError


class LocalLLM(CustomLLM):  # type: ignore[misc]
    """Greedy decoding of a causal language model, streamed, one reply at a time."""

    name: str
    context_window: int
    _model: Any = PrivateAttr()
    _tokenizer: Any = PrivateAttr()
    _lock: Any = PrivateAttr()

    def __init__(self, name: str, model: Any, tokenizer: Any) -> None:
        config = model.config
        super().__init__(name=name, context_window=int(getattr(config, "max_position_embeddings", 0) or 4096))
        self._model, self._tokenizer, self._lock = model, tokenizer, threading.Lock()

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(model_name=self.name, context_window=self.context_window, is_chat_model=True)

    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        def parts() -> Generator[ChatResponse, None, None]:
            text = ""
            for piece in self._pieces(self._prompt(messages), int(kwargs.get("max_tokens", 512))):
                text += piece
                yield ChatResponse(message=ChatMessage(role="assistant", content=text), delta=piece)

        return parts()

    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseGen:
        def parts() -> Generator[CompletionResponse, None, None]:
            text = ""
            for piece in self._pieces(prompt, int(kwargs.get("max_tokens", 512))):
                text += piece
                yield CompletionResponse(text=text, delta=piece)

        return parts()

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        return CompletionResponse(text="".join(self._pieces(prompt, int(kwargs.get("max_tokens", 512)))))

    def _prompt(self, messages: Sequence[ChatMessage]) -> str:
        turns = [{"role": str(m.role.value), "content": m.content or ""} for m in messages]
        if getattr(self._tokenizer, "chat_template", None):
            try:
                return str(
                    self._tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
                )
            except Exception:  # templates without a system role (Gemma, older Mistral) raise
                joined = "\n\n".join(t["content"] for t in turns)
                return str(
                    self._tokenizer.apply_chat_template(
                        [{"role": "user", "content": joined}], tokenize=False, add_generation_prompt=True
                    )
                )
        return "\n\n".join(t["content"] for t in turns) + "\n\nAnswer:"

    def _pieces(self, prompt: str, max_tokens: int) -> Generator[str, None, None]:
        encoded = self._tokenizer(prompt, return_tensors="pt").to(self._model.device)
        size = int(encoded["input_ids"].shape[1])
        room = self.context_window - size
        if room < 16:
            raise LLMOverflow(f"context length: {size} tokens exceed the {self.context_window} of this model")
        streamer = TextIteratorStreamer(self._tokenizer, skip_prompt=True, skip_special_tokens=True)
        stop = _Stop()
        failed: list[BaseException] = []

        def run() -> None:
            try:
                with self._lock, torch.inference_mode():
                    self._model.generate(
                        input_ids=encoded["input_ids"],
                        attention_mask=encoded.get("attention_mask"),
                        max_new_tokens=min(max_tokens, room),
                        do_sample=False,
                        streamer=streamer,
                        stopping_criteria=[stop],
                        pad_token_id=self._tokenizer.pad_token_id or self._tokenizer.eos_token_id or 0,
                    )
            except BaseException as error:
                failed.append(error)
                streamer.end()

        threading.Thread(target=run, daemon=True).start()
        try:
            yield from (piece for piece in streamer if piece)
        finally:
            stop.asked = True
        if failed:
            raise failed[0]


class LLMOverflow(Exception):
    """The prompt does not fit."""


class _Stop(StoppingCriteria):  # type: ignore[misc]
    asked = False

    def __call__(self, input_ids: Any, scores: Any, **kwargs: Any) -> Any:
        return torch.full((input_ids.shape[0],), self.asked, dtype=torch.bool, device=input_ids.device)


def place() -> tuple[str, Any]:
    """(device, dtype) that suit this machine: half precision on an accelerator, or where a CPU has it."""
    if torch.cuda.is_available():
        return "cuda", torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    if torch.backends.mps.is_available():
        return "mps", torch.float16
    fast = getattr(torch.cpu, "_is_amx_tile_supported", lambda: False)()
    return "cpu", torch.bfloat16 if fast else torch.float32


def load(name: str, offline: bool) -> LocalLLM:
    """The model `name` (a folder, or a name on the Hugging Face hub). Raises LLMError."""
    device, dtype = place()
    try:
        tokenizer = AutoTokenizer.from_pretrained(name, local_files_only=offline)
        model = (
            AutoModelForCausalLM.from_pretrained(name, dtype=dtype, local_files_only=offline)
            .to(device)
            .eval()
        )
    except Exception as error:
        line = " ".join(str(error).split())[:160]
        raise LLMError(
            f"--llm hf:{name} cannot be loaded ({line}). Is it a causal language model?"
        ) from error
    return LocalLLM(name, model, tokenizer)
