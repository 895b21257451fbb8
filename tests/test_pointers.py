"""The guide and the notes point into the survey, and are never cited for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from made_index import Maker, make

from surveyqa.answering.retrieval import Query, retrieve
from surveyqa.documents import Block, Document
from surveyqa.index import Index
from surveyqa.index.chunks import Chunk
from surveyqa.index.lexical import LexicalIndex
from surveyqa.index.pointers import BESIDE, HEADING, PAPERS, SECTION, Pointed, Pointer, Pointers
from surveyqa.text.terms import tokenize

ASKED = "which trick lets a pupil imitate its bigger master?"
PAGE = Document(
    "guide:section-2.3",
    "guide",
    "Starter guide: Distillation",
    (Block("paragraph", "A pupil learns to imitate a bigger master.", path=("2.3 Distillation",)),),
)


def chunk(kind: str, *path: str) -> Chunk:
    return Chunk("c", "d", kind, "paragraph", "A Survey", path, (), (0, 1), "x", ((0, 1),), ())  # type: ignore[arg-type]


def test_scores_by_hand() -> None:
    items = [Pointer("2.1", "pruning"), Pointer("2.1"), Pointer("2.2"), Pointer(paper="lora")]
    vectors = np.array([[1, 0], [0.6, 0.8], [0, 1], [0, 1]], dtype=np.float32)
    terms = LexicalIndex.build([tokenize(t) for t in ("drop weights", "cut", "grow", "low rank")])
    pointed = Pointers(items, vectors, terms).point({}, np.array([0, 1], dtype=np.float32))
    assert pointed.sections == pytest.approx({"2.1": 0.4, "2.2": 0.5})
    assert pointed.headings == pytest.approx({("2.1", "pruning"): 0.0, ("2.1", ""): 0.4, ("2.2", ""): 0.5})
    assert pointed.papers == pytest.approx({"lora": 0.5})
    by_words = Pointers(items, vectors, terms).point(
        dict.fromkeys(tokenize("weights"), 1.0), np.zeros(2, dtype=np.float32)
    )
    assert by_words.sections["2.1"] > by_words.sections["2.2"] == 0.0


def test_only_the_best_papers_are_kept() -> None:
    items = [Pointer(paper=f"p{n}") for n in range(2 * PAPERS)]
    vectors = np.linspace(0, 1, 2 * PAPERS, dtype=np.float32)[:, None]
    terms = LexicalIndex.build([[f"t{n}"] for n in range(2 * PAPERS)])
    pointed = Pointers(items, vectors, terms).point({}, np.ones(1, dtype=np.float32))
    assert list(pointed.papers) == [f"p{n}" for n in range(2 * PAPERS - 1, PAPERS - 1, -1)]


def test_a_place_weighs_by_its_section_and_its_heading() -> None:
    pointed = Pointed({"2.1": 0.5, "2.2": 0.3}, {("2.1", "structuredpruning"): 0.5, ("2.1", ""): 0.4})
    assert pointed.bonus(chunk("survey", "2 Methods", "2.1 Pruning", "Structured Pruning.")) == pytest.approx(
        HEADING
    )
    assert pointed.bonus(chunk("survey", "2 Methods", "2.1 Pruning")) == pytest.approx(0.0)
    assert pointed.bonus(chunk("survey", "2 Methods", "2.2 Growth")) == pytest.approx(-0.2 * SECTION)
    assert pointed.bonus(chunk("abstract")) == -BESIDE
    assert Pointed().bonus(chunk("survey", "2.1 Pruning")) == 0.0


@pytest.fixture(scope="module")
def maker(tmp_path_factory: pytest.TempPathFactory) -> Maker:
    return make(tmp_path_factory.mktemp("pointers"))


def test_a_question_in_other_words_finds_the_section_and_cites_the_survey(
    maker: Maker, tmp_path: Path
) -> None:
    plain, led = maker.at(tmp_path / "plain"), maker.at(tmp_path / "led")
    without = plain.build()
    with_guide = led.build(guide=[PAGE])
    assert without.manifest.generation != with_guide.manifest.generation
    assert without.manifest.chunks == with_guide.manifest.chunks
    index = Index.open(led.settings)
    found = retrieve(index, Query.plain(ASKED), 5)
    assert found[0].chunk.path[-1] == "2.3 Distillation"
    assert {passage.chunk.kind for passage in found} <= {"survey", "abstract"}
    unled = retrieve(Index.open(plain.settings), Query.plain(ASKED), 5)
    assert unled[0].chunk.path[-1:] != ("2.3 Distillation",)
