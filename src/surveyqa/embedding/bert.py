"""A BERT encoder as an ONNX graph that reads its weights where they are: in the model's safetensors file.

The graph is a few kilobytes and made from the model's configuration, so that the default model needs neither
torch nor an exported copy of its weights; ONNX Runtime maps the file. Only what sentence-transformers' MiniLM
models are made of is covered: BERT, mean pooling, unit length (Devlin et al., 2019, section 3).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

WEIGHTS = "model.safetensors"
MASKED = -1e4  # added to the attention of what is padded


def covers(folder: Path) -> bool:
    """Whether the sentence-transformers model in `folder` is one that `graph` can write."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
        kinds = [module["type"].rsplit(".", 1)[-1] for module in modules]
        pooling = json.loads((folder / "1_Pooling" / "config.json").read_text(encoding="utf-8"))
        return (
            config["architectures"] == ["BertModel"]
            and config.get("hidden_act") == "gelu"
            and config.get("position_embedding_type", "absolute") == "absolute"
            and kinds == ["Transformer", "Pooling", "Normalize"]
            and bool(pooling.get("pooling_mode_mean_tokens"))
            and not any(
                v for k, v in pooling.items() if k.startswith("pooling_mode") and "mean_tokens" not in k
            )
            and (folder / WEIGHTS).is_file()
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def graph(folder: Path) -> bytes:
    """The serialized graph: input_ids and attention_mask, int64 (batch, tokens), to embedding, float32
    (batch, dimension), of unit length. Raises OSError, ValueError, KeyError where the files are not a BERT
    model's."""
    from onnx import helper

    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    tensors, start = _header(folder / WEIGHTS)
    writer = _Writer(tensors, start, config["layer_norm_eps"])
    hidden, heads = config["hidden_size"], config["num_attention_heads"]
    x = writer.embeddings(hidden)
    bias = writer.mask()
    for layer in range(config["num_hidden_layers"]):
        x = writer.layer(x, bias, f"encoder.layer.{layer}", heads, hidden // heads)
    writer.pooled(x, hidden)
    kind = helper.TensorProto
    inputs = [
        helper.make_tensor_value_info(name, kind.INT64, ["batch", "tokens"])
        for name in ("input_ids", "attention_mask")
    ]
    outputs = [helper.make_tensor_value_info("embedding", kind.FLOAT, ["batch", hidden])]
    made = helper.make_graph(writer.nodes, "bert", inputs, outputs, writer.initializers)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    data: bytes = model.SerializeToString()
    return data


def _header(path: Path) -> tuple[Mapping[str, Any], int]:
    """The table of a safetensors file, and where its data begin (https://github.com/huggingface/safetensors)."""
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        table: Mapping[str, Any] = json.loads(file.read(size))
    return table, 8 + size


class _Writer:
    """The nodes of a graph, one after the other; each method gives the name of what it computes."""

    def __init__(self, tensors: Mapping[str, Any], start: int, epsilon: float) -> None:
        self.nodes: list[Any] = []
        self.initializers: list[Any] = []
        self._tensors = tensors
        self._start = start
        self._epsilon = epsilon
        self._known: set[str] = set()

    def node(self, op: str, *inputs: str, out: str = "", **attributes: Any) -> str:
        from onnx import helper

        out = out or f"{op}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, list(inputs), [out], **attributes))
        return out

    def constant(self, name: str, values: list[float] | list[int]) -> str:
        from onnx import helper

        if name not in self._known:
            self._known.add(name)
            kind = helper.TensorProto.INT64 if isinstance(values[0], int) else helper.TensorProto.FLOAT
            self.initializers.append(helper.make_tensor(name, kind, [len(values)], values))
        return name

    def weight(self, name: str) -> str:
        """A tensor of the safetensors file, by where it stands there."""
        from onnx import TensorProto

        if name not in self._known:
            self._known.add(name)
            entry = self._tensors[name]
            if entry["dtype"] != "F32":
                raise ValueError(f"{name} is of {entry['dtype']}, not F32")
            tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=entry["shape"])
            tensor.data_location = TensorProto.EXTERNAL
            begin, end = entry["data_offsets"]
            for key, value in (
                ("location", WEIGHTS),
                ("offset", self._start + begin),
                ("length", end - begin),
            ):
                tensor.external_data.add(key=key, value=str(value))
            self.initializers.append(tensor)
        return name

    def linear(self, x: str, name: str) -> str:
        return self.node("Gemm", x, self.weight(f"{name}.weight"), self.weight(f"{name}.bias"), transB=1)

    def norm(self, x: str, name: str) -> str:
        scale, bias = self.weight(f"{name}.weight"), self.weight(f"{name}.bias")
        return self.node("LayerNormalization", x, scale, bias, axis=-1, epsilon=self._epsilon)

    def embeddings(self, hidden: int) -> str:
        """Of words, places and the first segment, as (batch * tokens, hidden)."""
        words = self.node("Gather", self.weight("embeddings.word_embeddings.weight"), "input_ids")
        length = self.node("Shape", "input_ids", start=1, end=2)
        places = self.node(
            "Slice",
            self.weight("embeddings.position_embeddings.weight"),
            self.constant("zero", [0]),
            length,
            self.constant("axis_0", [0]),
        )
        segment = self.node(
            "Gather", self.weight("embeddings.token_type_embeddings.weight"), self.constant("zero", [0])
        )
        x = self.node("Add", self.node("Add", words, places), segment)
        flat = self.node("Reshape", x, self.constant("flat", [-1, hidden]))
        return self.norm(flat, "embeddings.LayerNorm")

    def mask(self) -> str:
        """What is added to the attention, (batch, 1, 1, tokens)."""
        kept = self.node("Cast", "attention_mask", to=1)
        hidden = self.node("Sub", self.constant("one", [1.0]), kept)
        bias = self.node("Mul", hidden, self.constant("masked", [MASKED]))
        return self.node("Unsqueeze", bias, self.constant("axes_1_2", [1, 2]))

    def layer(self, x: str, bias: str, name: str, heads: int, size: int) -> str:
        batch = self.node("Shape", "input_ids")
        parts = self.node("Concat", batch, self.constant("heads", [heads, size]), axis=0)

        def split(which: str, order: list[int]) -> str:
            y = self.linear(x, f"{name}.attention.self.{which}")
            return self.node("Transpose", self.node("Reshape", y, parts), perm=order)

        query, key, value = (
            split("query", [0, 2, 1, 3]),
            split("key", [0, 2, 3, 1]),
            split("value", [0, 2, 1, 3]),
        )
        scores = self.node("Mul", self.node("MatMul", query, key), self.constant("scale", [size**-0.5]))
        weights = self.node("Softmax", self.node("Add", scores, bias), axis=-1)
        seen = self.node("Transpose", self.node("MatMul", weights, value), perm=[0, 2, 1, 3])
        flat = self.node("Reshape", seen, self.constant("flat", []))
        x = self.norm(
            self.node("Add", self.linear(flat, f"{name}.attention.output.dense"), x),
            f"{name}.attention.output.LayerNorm",
        )
        wide = self.node("Gelu", self.linear(x, f"{name}.intermediate.dense"))
        return self.norm(
            self.node("Add", self.linear(wide, f"{name}.output.dense"), x), f"{name}.output.LayerNorm"
        )

    def pooled(self, x: str, hidden: int) -> None:
        """The mean over the tokens that count, of unit length."""
        batch = self.node("Shape", "input_ids")
        shape = self.node("Concat", batch, self.constant("width", [hidden]), axis=0)
        tokens = self.node("Reshape", x, shape)
        kept = self.node("Unsqueeze", self.node("Cast", "attention_mask", to=1), self.constant("axis_2", [2]))
        axis = self.constant("axis_1", [1])
        total = self.node("ReduceSum", self.node("Mul", tokens, kept), axis, keepdims=0)
        mean = self.node("Div", total, self.node("ReduceSum", kept, axis, keepdims=0))
        length = self.node("ReduceL2", mean, axis, keepdims=1)
        self.node("Div", mean, length, out="embedding")
