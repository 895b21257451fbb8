"""Small indexes that build in a moment: a tiny random model, made documents, an embedder without torch.

The model is a real sentence-transformers folder of a few hundred KB; it is exported once, and `fast`
makes builds embed with the export, so that no process but the first loads torch.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from surveyqa.catalog import Catalog
from surveyqa.documents import Block, Document
from surveyqa.embedding.encoders import model_hash
from surveyqa.errors import SurveyQAError
from surveyqa.index.build import BuildReport, build_index
from surveyqa.settings import Settings

WORDS = (
    "quantization pruning distillation attention cache decoding training memory weights activation sparse "
    "token expert routing kernel throughput latency gradient adapter prompt prefix tuning rank matrix"
).split()
NAMES = ("AlphaPrune", "BetaQuant", "GammaCache", "DeltaTune", "EpsiMoE", "ZetaServe", "EtaSpec", "ThetaRank")


def make_model(folder: Path) -> Path:
    """A randomly initialised BERT of 32 dimensions, as sentence-transformers saves one."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    torch.manual_seed(0)
    plain = folder.parent / f"{folder.name}-bert"
    plain.mkdir(parents=True)
    letters = [*"abcdefghijklmnopqrstuvwxyz0123456789.,:()-"]
    vocabulary = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        *letters,
        *(f"##{c}" for c in letters),
        *WORDS,
    ]
    (plain / "vocab.txt").write_text("\n".join(vocabulary))
    BertTokenizerFast(str(plain / "vocab.txt")).save_pretrained(plain)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=256,
    )
    BertModel(config).save_pretrained(plain)
    transformer = Transformer(str(plain), max_seq_length=128)
    SentenceTransformer(modules=[transformer, Pooling(32)]).save(str(folder))
    return folder


def made_documents(edition: int = 0, papers: int = 6) -> list[Document]:
    """A survey of two sections and some abstracts; each text names its edition, so that none is of two."""
    blocks = tuple(
        Block(
            "paragraph",
            f"{name} of edition {edition} reduces the {WORDS[n]} cost by {n + 2} percent. It was measured in "
            f"edition {edition} on {n + 3} models. {name} keeps the {WORDS[n + 1]} of edition {edition} "
            f"unchanged.",
            path=("2 Methods", f"2.{n + 1} {WORDS[n].title()}"),
            pages=((0, n + 1),),
        )
        for n, name in enumerate(NAMES)
    )
    survey = Document(
        "survey", "survey", "A Made Survey", blocks, page_count=len(blocks), url="http://127.0.0.1/s.pdf"
    )
    abstracts = [
        Document(
            f"abstract:{n}",
            "abstract",
            f"{name}: {WORDS[n]} for edition {edition}",
            (
                Block(
                    "paragraph",
                    f"We present {name} of edition {edition}. It improves {WORDS[n]} by {n + 5} times.",
                ),
            ),
        )
        for n, name in enumerate(NAMES[:papers])
    ]
    return [survey, *abstracts]


class Maker:
    """Builds of made documents in one home."""

    def __init__(self, settings: Settings, encoder: Path) -> None:
        self.settings = settings
        self.encoder = encoder

    @property
    def root(self) -> Path:
        return self.settings.index

    def at(self, home: Path, **changes: object) -> Maker:
        """The same model in another home, its encoder exported already."""
        settings = replace(self.settings, index=home / "index", downloads=home / "downloads", **changes)  # type: ignore[arg-type]
        made = settings.index / "encoders" / self.encoder.name
        if not made.exists():
            made.mkdir(parents=True)
            for file in self.encoder.iterdir():
                (made / file.name).write_bytes(file.read_bytes())
        return Maker(settings, self.encoder)

    def build(self, edition: int = 0, **options: object) -> BuildReport:
        catalog = Catalog.load(self.settings.corpus)
        return build_index(self.settings, made_documents(edition), "survey", {}, catalog=catalog, **options)  # type: ignore[arg-type]

    def leftovers(self) -> list[str]:
        """Names in the folder of generations that no finished build leaves."""
        return sorted(
            p.name for p in self.root.iterdir() if p.name.startswith(".") and p.name not in (".lock", ".home")
        )


def make(folder: Path) -> Maker:
    """A maker with its model and encoder in `folder`; torch is loaded by another process."""
    if not (folder / "done").is_file():
        subprocess.run([sys.executable, __file__, "make", str(folder)], check=True, capture_output=True)
    return _maker(folder)


def _maker(folder: Path) -> Maker:
    model = folder / "model"
    encoder = folder / "encoder" / model_hash(model)
    settings = Settings.from_env({"SURVEYQA_HOME": str(folder / "home"), "SURVEYQA_OFFLINE": "1"})
    return Maker(replace(settings, model=str(model)), encoder).at(folder / "home")


def _make(folder: Path) -> None:
    from surveyqa.embedding.encoders import TorchEncoder

    model = make_model(folder / "model")
    TorchEncoder(model).export(folder / "encoder" / model_hash(model))
    (folder / "done").touch()


# ---- processes that build and ask, forked from one that has imported everything and has no threads ----


class Nursery:
    """Starts processes quickly, so that many can be killed."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, __file__, "serve", str(folder)]
        self._server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> Nursery:
        return self

    def __exit__(self, *exc: object) -> None:
        assert self._server.stdin
        self._server.stdin.close()
        self._server.wait(20)

    def build(self, home: Path, edition: int, **options: object) -> int:
        """Start a build; its process id."""
        return self._say({"job": "build", "home": str(home), "edition": edition, "options": options})

    def read(self, home: Path, out: Path, hold: bool) -> int:
        """Start a reader that asks until `out`.stop exists; one JSON line per answer goes to `out`.

        hold: keep one generation open all the time, instead of opening one for each question.
        """
        return self._say({"job": "read", "home": str(home), "out": str(out), "hold": hold})

    def wait(self, pid: int) -> int:
        """How it ended: 0 good, 1 an error of ours, 2 any other, negative: killed by that signal."""
        return self._say({"wait": pid})

    def killed(self, home: Path, edition: int, after: float) -> bool:
        """Kill a build `after` seconds; whether that came before its end."""
        pid = self.build(home, edition)
        time.sleep(after)
        os.kill(pid, signal.SIGKILL)  # a zombie at least until it is waited for
        return self.wait(pid) < 0

    def _say(self, message: dict[str, object]) -> int:
        assert self._server.stdin and self._server.stdout
        self._server.stdin.write(json.dumps(message) + "\n")
        self._server.stdin.flush()
        return int(self._server.stdout.readline())


def _serve(folder: Path) -> None:
    import bm25s  # noqa: F401
    import chromadb  # noqa: F401
    import llama_index.core.node_parser  # noqa: F401
    import onnxruntime  # noqa: F401

    import surveyqa.assistant  # noqa: F401

    maker = _maker(folder)
    for line in sys.stdin:
        job = json.loads(line)
        if "wait" in job:
            print(os.waitstatus_to_exitcode(os.waitpid(job["wait"], 0)[1]), flush=True)
            continue
        child = os.fork()
        if child:
            print(child, flush=True)
            continue
        status = 2
        try:
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(os.open(os.environ.get("MADE_INDEX_LOG", os.devnull), os.O_WRONLY | os.O_APPEND), 2)
            here = maker.at(Path(job["home"]))
            if job["job"] == "build":
                here.build(job["edition"], **job["options"])
            else:
                _read(here, Path(job["out"]), bool(job["hold"]))
            status = 0
        except SurveyQAError as error:
            sys.stderr.write(f"{error}\n")
            status = 1
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            os._exit(status)


def _read(maker: Maker, out: Path, hold: bool) -> None:
    from surveyqa.assistant import Assistant

    stop = out.with_suffix(".stop")
    held = Assistant.open(maker.settings) if hold else None
    with out.open("w") as file:
        n = 0
        while not stop.exists():
            name = NAMES[n % len(NAMES)]
            n += 1
            row = ask(held or maker, f"How much does {name} reduce the cost?")
            file.write(json.dumps(row) + "\n")
            file.flush()


def ask(of: object, question: str) -> dict[str, object]:
    """The answer's generation and the editions that its text and quotes name; "error" for one of ours."""
    from surveyqa.assistant import Assistant

    try:
        assistant = of if isinstance(of, Assistant) else Assistant.open(of.settings)  # type: ignore[attr-defined]
        answer = assistant.ask(question)
        if assistant is not of:
            assistant.index.close()
    except SurveyQAError as error:
        return {"error": str(error)}
    shown = " ".join([answer.text, *(s.quote + s.passage for s in answer.sources)])
    return {
        "generation": answer.engine.generation,
        "status": answer.status,
        "editions": sorted(set(re.findall(r"edition (\d+)", shown))),
    }


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A file system of that size; skips the test where none can be mounted."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no small file system can be mounted here ({error})")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False, capture_output=True)


if __name__ == "__main__":
    {"make": _make, "serve": _serve}[sys.argv[1]](Path(sys.argv[2]))
