"""An assistant that behaves: it streams, remembers nothing, and answers from a PDF of three pages.

`python tests/chat_fake.py FOLDER [OPTION=VALUE ...]` serves it on a free port and prints the address.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from surveyqa.answering.contract import (
    Answer,
    CitedPaper,
    Done,
    Engine,
    Event,
    Premise,
    Sentence,
    SentenceReady,
    Source,
    Stage,
    Understood,
)
from surveyqa.catalog import Catalog
from surveyqa.index.chunks import Chunk
from surveyqa.profile import Profile
from surveyqa.settings import Settings

CORPUS = Path(__file__).resolve().parent.parent / "corpus"

FIRST = "Prefix modules add trainable vectors to every layer of a frozen network."
SECOND = "They are cheaper to store than a full copy because only 0.1 percent of the weights change."
THIRD = "Gliding decoders accept several drafted tokens in one step of verification."
EVIL = (
    '<img src=x onerror="window.hacked=1"> <script>window.hacked=1</script> '
    "![alt](http://evil.example/x.png) "
    "[click](javascript:window.hacked=1) **bold** 50% of models."
)
PAGES = (
    ("1 Introduction", ["Large networks are costly to adapt.", "This page speaks of nothing else."]),
    ("2.1 Prefix Modules", ["Adapting a network has many forms.", FIRST, SECOND, "Others follow below."]),
    ("2.2 Gliding", [THIRD, "The end of the paper."]),
)


def write_pdf(path: Path) -> None:
    """The three pages, a sentence in lines of about 60 characters."""
    from reportlab.lib.pagesizes import letter
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(str(path), pagesize=letter)
    for title, sentences in PAGES:
        canvas.setFont("Helvetica-Bold", 14)
        canvas.drawString(72, 720, title)
        canvas.setFont("Helvetica", 11)
        line, y = "", 690
        for word in " ".join(sentences).split():
            if len(line) + len(word) > 60:
                canvas.drawString(72, y, line)
                line, y = "", y - 15
            line = f"{line} {word}".strip()
        canvas.drawString(72, y, line)
        canvas.showPage()
    canvas.save()


def chunk(path: tuple[str, ...], page: int, text: str) -> Chunk:
    return Chunk(
        id=f"chunk{page}", document="survey", kind="survey", form="paragraph", title=path[-1], path=path,
        pages=((0, page),), span=(0, len(text)), text=text, sentences=((0, len(text)),), cites=(),
    )  # fmt: skip


@dataclass
class FakeIndex:
    folder: Path
    manifest: Any
    chunks: list[Chunk] = field(
        default_factory=lambda: [
            chunk((title,), n, " ".join(sentences)) for n, (title, sentences) in enumerate(PAGES, 1)
        ]
    )


class FakeAssistant:
    """Takes what `Assistant` takes; `open` reads which generation is the current one."""

    def __init__(self, settings: Settings, index: FakeIndex, catalog: Catalog, model: Any = None) -> None:
        self.settings, self.index, self.catalog, self.model = settings, index, catalog, model
        self.answerer = SimpleNamespace(profile=Profile.load(settings.corpus), engine=self.engine)

    @classmethod
    def open(cls, settings: Settings) -> FakeAssistant:
        name = (settings.index / "CURRENT").read_text().strip()
        corpus = "starter" if name.startswith("starter") else "survey"
        manifest = SimpleNamespace(generation=name, corpus=corpus, model="fake")
        return cls(settings, FakeIndex(settings.index / name, manifest), Catalog.load(settings.corpus))

    @property
    def engine(self) -> Engine:
        manifest = self.index.manifest
        return Engine("extractive", "fake", manifest.generation, manifest.corpus)

    def search(self, text: str, n: int = 10) -> tuple[Source, ...]:
        return (_survey(1, FIRST, 2),)[:n]

    def ask(
        self,
        question: str,
        history: Sequence[str] = (),
        *,
        sources: int | None = None,
        use_model: bool = True,
    ) -> Answer:
        return next(e.answer for e in self.stream(question, history) if isinstance(e, Done))

    def comparison(
        self, names: Sequence[str], properties: Sequence[str] | None = None, language: str = "en"
    ) -> Answer:
        said = [
            Sentence(f"{name} <b>shrinks</b> weights.", (1,), "supported", "written", (FIRST,))
            for name in names
        ]
        table = {
            "title": " / ".join(names), "columns": ["", "idea", "limits"],
            "rows": [[name, f"{s.text} [1]", ""] for name, s in zip(names, said, strict=True)],
        }  # fmt: skip
        text = "\n".join(f"{s.text} [1]" for s in said)
        return Answer("", "answered", text, tuple(said), (_survey(1, FIRST, 2),), self.engine, table=table)

    def stream(
        self,
        question: str,
        history: Sequence[str] = (),
        *,
        sources: int | None = None,
        use_model: bool = True,
    ) -> Iterator[Event]:
        yield Stage("searching")
        if "fail" in question:
            raise RuntimeError("an error that nobody foresaw")
        if "everest" in question.lower():
            yield Done(
                Answer(
                    question, "no_answer", "The survey does not say.", (), (), self.engine,
                    suggestions=("2.1 Prefix Modules", "What is gliding?"),
                )
            )  # fmt: skip
            return
        sentences, known = self._script(question)
        done: list[Sentence] = []
        for sentence in sentences:
            time.sleep(1.0 if "slowly" in question else 0.6 if "stream" in question else 0)
            done.append(sentence)
            yield SentenceReady(sentence, tuple(s for s in known if s.id in sentence.citations))
        text = " ".join(s.text + "".join(f" [{c}]" for c in s.citations) for s in done)
        notes = (f"follows {len(history)}: {history[-1]}",) if history else ()
        read = Understood(
            f"{question} ({history[-1]})" if history else question, "fact", resolved=bool(history)
        )
        premise = Premise("Prefixes are frozen.", "contradicted", (1,)) if "frozen" in question else None
        table = None
        if "table" in question:
            table = {"title": "Table 1", "columns": ["Model", "GPUs", "none"], "page": 2, "total": 3,
                     "rows": [["GLM-130B", "96", ""], ["OPT <i>x</i>", "992", ""]]}  # fmt: skip
        yield Done(
            Answer(
                question, "answered", text, tuple(done), tuple(known), self.engine, notes=notes,
                understood=read, premise=premise, table=table,
            )
        )  # fmt: skip

    def _script(self, question: str) -> tuple[list[Sentence], list[Source]]:
        if "evil" in question:
            source = Source(
                1, "abstract", f"Title {EVIL}", "A <b>Author</b>", 2024, "2401.00001", "javascript:alert(1)",
                None,
                None, EVIL, EVIL, 0.5, "evil", (CitedPaper(EVIL, url="javascript:window.hacked=1"),),
            )  # fmt: skip
            return [Sentence(EVIL, (1,), "supported")], [source]
        sources = [
            _survey(1, f"{FIRST} {SECOND}", 2),
            _survey(2, THIRD, 3),
            Source(
                3, "abstract", "LoRA: Low-Rank Adaptation", "E. Hu, Y. Shen", 2022, "2106.09685",
                "https://arxiv.org/abs/2106.09685", None, None, THIRD, THIRD, 0.4, "lora",
            ),
        ]  # fmt: skip
        subject = next((n for n in ("LoRA", "QLoRA") if f" {n}?" in question or f" {n} " in question), None)
        if subject:
            return [Sentence(f"{subject} is a method with 3% of the weights.", (1,), "partial")], sources[:1]
        return [
            Sentence(FIRST, (1,), "supported", "quoted", (FIRST,)),
            Sentence(SECOND, (1, 3), "supported", "quoted", (SECOND, THIRD)),
            Sentence(THIRD, (2,), "partial", "quoted", (THIRD,)),
        ], sources


def _survey(number: int, quote: str, page: int) -> Source:
    title, sentences = PAGES[page - 1]
    cited = (
        CitedPaper(
            "Prefix-Tuning: Optimizing Prompts", "X. Li, P. Liang", 2021, None, "https://aclanthology.org/x"
        ),
    )
    return Source(
        number, "survey", "A Survey", None, 2024, None, f"https://arxiv.org/pdf/2312.03863#page={page}",
        f"2 Methods > {title}", page, quote, " ".join(sentences), 0.9, f"chunk{page}", cited,
    )  # fmt: skip


def make(folder: Path, generation: str = "survey-one") -> FakeAssistant:
    """A home in `folder`: a PDF where the survey should be, and a current generation."""
    downloads, index = folder / "downloads", folder / "index"
    downloads.mkdir(parents=True, exist_ok=True)
    index.mkdir(exist_ok=True)
    if generation.startswith("survey"):
        write_pdf(downloads / "survey.pdf")
    (index / "CURRENT").write_text(generation + "\n")
    return FakeAssistant.open(Settings(corpus=CORPUS, downloads=downloads, index=index))


def main() -> None:
    from surveyqa.chat import Options, serve

    folder, *words = sys.argv[1:]
    given = dict(w.split("=", 1) for w in words)
    auth_file, feedback = (Path(given[n]) if n in given else None for n in ("auth_file", "feedback"))
    options = Options(given.get("root_path", ""), auth_file, int(given.get("rate", 0)), feedback=feedback)
    assistant = make(Path(folder), given.get("generation", "survey-one"))
    serve(assistant, port=0, options=options, started=lambda address: print(address, flush=True))


if __name__ == "__main__":
    main()
