"""Stage *embedding*, on a server: vectors from an OpenAI-compatible `/embeddings`.

text-embeddings-inference, vLLM, llama.cpp, Ollama and others speak it. The model runs there; here, texts are
counted and cut with the default model's tokenizer, so that chunks are the same whatever embeds them.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from surveyqa.embedding.encoders import Vectors, find_model, sound
from surveyqa.errors import ModelError, UsageError
from surveyqa.settings import DEFAULT_MODEL, Settings

PROBE = "Prefix tuning keeps the weights of a language model frozen."
SAME = 0.999  # cosine of the probe's vectors above which two servers run the same model
LONGEST = 256  # tokens of a text that are sent, as many as the default model reads; most servers refuse 513
BATCH = 32  # texts in a request
TIMEOUT = 60.0  # seconds for a request
TRIES, PAUSE = 3, 0.5  # of a busy or failing server; seconds before the second try
MAX_BYTES = 64 * 2**20  # of one reply
HELP = "Give SURVEYQA_EMBED_URL=http://HOST:PORT/v1#MODEL; a key goes into SURVEYQA_EMBED_KEY"


class ServedEncoder:
    """The server's model. Raises UsageError for a URL that is not understood; every failure is a ModelError.

    probe: the vector of PROBE when the index was built; the first request asks for it again, so that another
    model behind the same name is refused and does not answer with vectors that mean something else.
    """

    def __init__(self, settings: Settings, probe: Vectors | None = None) -> None:
        base, _, model = (settings.embed_url or "").partition("#")
        try:
            parts = urlsplit(base)
            named = bool(parts.hostname) and (parts.port or 1) > 0
        except ValueError:
            parts, named = urlsplit(""), False
        if parts.scheme not in ("http", "https") or not named or parts.username or not model.strip():
            raise UsageError(f"SURVEYQA_EMBED_URL is not understood. {HELP}")
        from tokenizers import Tokenizer

        self.model = model.strip()
        self.host = f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)
        self.dimension = 0 if probe is None else len(probe)
        self._url = f"{base.rstrip('/')}/embeddings"
        self._key = settings.embed_key
        self._probe = probe
        self._here = parts.hostname in ("localhost", "::1") or str(parts.hostname).startswith("127.")
        self._tokenizer = Tokenizer.from_file(str(find_model(DEFAULT_MODEL) / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(LONGEST)

    def __call__(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors in the order of `texts`."""
        probe, self._probe = self._probe, None
        sent = [*([PROBE] if probe is not None else []), *map(self._cut, texts)]
        try:
            vectors = np.concatenate(
                [self._vectors(sent[at : at + BATCH]) for at in range(0, len(sent), BATCH)]
            )
        except ModelError:
            self._probe = probe  # it is still to be compared
            raise
        if probe is None:
            return vectors
        cosine = float(vectors[0] @ probe)
        if cosine < SAME:
            self._probe = probe
            raise ModelError(
                f"the server at {self.host} runs another '{self.model}' than the one the index was built "
                f"with (cosine {cosine:.3f} of the same sentence). Start the right one, or: surveyqa index"
            )
        return vectors[1:]

    def tokens(self, text: str) -> list[str]:
        """The tokens of `text` for the default model, for counting."""
        tokens: list[str] = self._tokenizer.encode(sound(text), add_special_tokens=False).tokens
        return tokens

    def _cut(self, text: str) -> str:
        text = sound(text)
        offsets = self._tokenizer.encode(text, add_special_tokens=False).offsets
        return text[: offsets[-1][1]] if len(offsets) == LONGEST else text

    def _vectors(self, texts: Sequence[str]) -> Vectors:
        body = self._asked({"model": self.model, "input": list(texts), "encoding_format": "float"})
        try:
            rows = sorted(json.loads(body)["data"], key=lambda row: row["index"])
            vectors: Vectors = np.array([row["embedding"] for row in rows], dtype=np.float32)
            lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
            good = vectors.shape[0] == len(texts) and vectors.shape[1] > 0
            if not (good and np.isfinite(vectors).all() and lengths.min() > 0):
                raise ValueError(f"{vectors.shape} for {len(texts)} texts")
        except (ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
            raise self._error(f"gives no vectors ({type(error).__name__})") from error
        if self.dimension not in (0, vectors.shape[1]):
            raise self._error(
                f"gives vectors of {vectors.shape[1]} numbers and the index has {self.dimension}. "
                "Start the right model, or: surveyqa index"
            )
        self.dimension = int(vectors.shape[1])
        unit: Vectors = vectors / lengths
        return unit

    def _asked(self, row: dict[str, Any]) -> bytes:
        """The reply to one request, asked again where the server is busy or away for a moment."""
        import httpx

        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        # no redirect is followed: the texts and the key are for this host; nor is a proxy asked for it here
        with httpx.Client(follow_redirects=False, trust_env=not self._here, timeout=TIMEOUT) as client:
            for attempt in range(TRIES):
                last = attempt == TRIES - 1
                try:
                    with client.stream("POST", self._url, json=row, headers=headers) as reply:
                        body = self._bounded(reply)
                    if reply.status_code == 200:
                        return body
                    if last or reply.status_code not in (429, 500, 502, 503, 504):
                        raise self._refusal(reply.status_code, body)
                except httpx.HTTPError as error:
                    if last:
                        raise self._error(
                            f"cannot be reached ({type(error).__name__}). Start it, or correct "
                            "SURVEYQA_EMBED_URL; without it the model runs here"
                        ) from error
                time.sleep(PAUSE * 2**attempt)
        raise AssertionError("the last try returns or raises")

    def _bounded(self, reply: Any) -> bytes:
        body = bytearray()
        for piece in reply.iter_bytes():
            body += piece
            if len(body) > MAX_BYTES:
                raise self._error(f"sent more than {MAX_BYTES >> 20} MB in one reply")
        return bytes(body)

    def _refusal(self, status: int, body: bytes) -> ModelError:
        if status in (401, 403):
            return self._error(f"refuses the key (HTTP {status}). Set SURVEYQA_EMBED_KEY")
        if status == 404:
            return self._error(
                "was not found (HTTP 404). The URL often ends in /v1; or the model has another name"
            )
        said = " ".join(
            "".join(c if c.isprintable() else " " for c in body[:400].decode("utf-8", "replace")).split()
        )
        if self._key:
            said = said.replace(self._key, "***")
        return self._error(f"failed (HTTP {status}: {re.sub('[.]$', '', said)[:160]})")

    def _error(self, what: str) -> ModelError:
        return ModelError(f"the embedding server '{self.model}' at {self.host} {what}.")
