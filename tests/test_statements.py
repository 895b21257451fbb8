"""What is written ahead: its form, its proofs, and what it must cover."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from surveyqa.catalog import Catalog
from surveyqa.errors import DocumentError
from surveyqa.index import Guide
from surveyqa.index.reader import Index
from surveyqa.index.statements import prove_all
from surveyqa.settings import Settings
from surveyqa.statements import ROLES, Page, Review, Statement, Unproved, prove, read_pages, read_reviews
from surveyqa.text.hashing import content_hash

ROOT = Path(__file__).resolve().parent.parent
WRITTEN = """# Fern
<!-- zh: 蕨 | also: FernQuant; fern quantization | section: 2.1 | papers: fern | kind: method -->

## What it is
- Fern is a method that counts its leaves before it rolls them up. <!-- {0} -->
  蕨是一种先数叶子再卷起来的方法。

## Results
- Fern rolls up 12 leaves in one minute. <!-- {0} {1} -->
  蕨一分钟卷起 12 片叶子。
"""
SENTENCES = ("We present Fern, which counts leaves and then rolls them.", "It rolls 12 leaves a minute.")


@pytest.fixture(scope="module")
def pages() -> tuple[Page, ...]:
    return read_pages(ROOT / "corpus" / "guide")


@pytest.fixture(scope="module")
def statements(pages: tuple[Page, ...]) -> list[tuple[Page, Statement]]:
    return [(page, statement) for page in pages for statement in page.statements]


def write(folder: Path, text: str) -> tuple[Page, ...]:
    (folder / "fern.md").write_text(text.format(*map(content_hash, SENTENCES)), encoding="utf-8")
    return read_pages(folder)


def find(hashed: str) -> tuple[int, str] | None:
    return next(((n, s) for n, s in enumerate(SENTENCES) if content_hash(s) == hashed), None)


# ---- form -----------------------------------------------------------------------------------------


def test_a_page_is_read_with_roles_twins_and_evidence(tmp_path: Path) -> None:
    (page,) = write(tmp_path, WRITTEN)
    assert (page.title, page.title_zh, page.section, page.kind) == ("Fern", "蕨", "2.1", "method")
    assert page.names == ("Fern", "蕨", "FernQuant", "fern quantization") and page.papers == ("fern",)
    assert [s.role for s in page.statements] == ["What it is", "Results"]
    assert page.statements[1].evidence == tuple(map(content_hash, SENTENCES))
    assert page.statements[1].zh == "蕨一分钟卷起 12 片叶子。"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("## Results", "## Findings", "a heading must be one of"),
        ("  蕨一分钟卷起 12 片叶子。\n", "", "Chinese twin"),
        (" | kind: method", " | kind: fern", "title must name"),
        ("- Fern rolls up 12 leaves in one minute. <!-- {0} {1} -->", "- Fern rolls.", "ends in <!-- hashes"),
        ("## What it is", "a stray line", "neither heading nor statement"),
    ],
)
def test_a_page_that_is_not_written_so_is_refused_with_its_line(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    with pytest.raises(DocumentError, match=told) as caught:
        write(tmp_path, WRITTEN.replace(old, new))
    assert "fern.md, line" in str(caught.value)


def test_two_pages_of_one_title_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="has two pages"):
        write(tmp_path, WRITTEN + "\n" + WRITTEN)


# ---- proofs ---------------------------------------------------------------------------------------


def test_a_review_decides_and_without_one_the_checker(tmp_path: Path) -> None:
    pages = write(tmp_path, WRITTEN)
    first, second = pages[0].statements
    asked: list[str] = []

    def check(statement: str, evidence: str) -> bool:
        asked.append(statement)
        return "counts" in evidence and "12" not in statement

    proofs, rest = prove(pages, {}, find, check)
    assert [p.statement for p in proofs] == [first] and not proofs[0].reviewed
    assert [(s, why) for _, s, why in rest] == [(second, Unproved.UNREAD)]

    asked.clear()
    marks = {
        (s.hash, s.evidence): Review(s.hash, s.evidence, carried)
        for s, carried in ((first, False), (second, True))
    }
    proofs, rest = prove(pages, marks, find, check)
    assert [(p.statement, p.places, p.reviewed) for p in proofs] == [(second, (0, 1), True)]
    assert [why for _, _, why in rest] == [Unproved.REFUSED] and not asked


def test_a_statement_whose_sentence_is_gone_is_not_shown_whatever_was_reviewed(tmp_path: Path) -> None:
    pages = write(tmp_path, WRITTEN)
    marks = {(s.hash, s.evidence): Review(s.hash, s.evidence, True) for s in pages[0].statements}
    proofs, rest = prove(pages, marks, lambda h: find(h) if h == content_hash(SENTENCES[0]) else None, bool)
    assert [p.statement.role for p in proofs] == ["What it is"]
    assert [why for _, _, why in rest] == [Unproved.GONE]


def test_a_review_is_of_the_words_and_the_sentences_as_they_were(tmp_path: Path) -> None:
    changed = write(tmp_path, WRITTEN.replace("12 leaves in one minute", "20 leaves in one minute"))
    old = content_hash("Fern rolls up 12 leaves in one minute.")
    evidence = tuple(map(content_hash, SENTENCES))
    proofs, _ = prove(changed, {(old, evidence): Review(old, evidence, True)}, find, lambda s, e: False)
    assert not proofs


def test_reviews_that_cannot_be_read_name_their_line(tmp_path: Path) -> None:
    path = tmp_path / "reviews.jsonl"
    path.write_text('["a", ["b"], 1]\nnonsense\n', encoding="utf-8")
    with pytest.raises(DocumentError, match=r"reviews\.jsonl, line 2"):
        read_reviews(path)


# ---- the guide that is committed ------------------------------------------------------------------

_PRONOUN = re.compile(r"(?:It|This|That|These|Those|They|Its|Their|He|She|We|Our|Such) ")
_HAN = re.compile("[\u4e00-\u9fff]")


def test_each_statement_is_one_short_sentence_with_a_twin(statements: list[tuple[Page, Statement]]) -> None:
    wrong = [
        f"{page.file}: {s.text}"
        for page, s in statements
        if not 5 <= len(s.text.split()) <= 40
        or not s.text.endswith(".")
        or _PRONOUN.match(s.text)
        or not _HAN.search(s.zh)
        or not 1 <= len(s.evidence) <= 3
    ]
    assert not wrong, "\n".join(wrong)


def test_numbers_are_the_same_in_both_languages(statements: list[tuple[Page, Statement]]) -> None:
    def numbers(text: str) -> set[str]:
        return set(re.findall(r"\d+\.\d+|\d{3,}", text.replace(",", "")))

    wrong = [f"{p.file}: {s.text} / {s.zh}" for p, s in statements if numbers(s.text) - numbers(s.zh)]
    # million and billion are 百万 and 十亿, so a few round numbers change with the unit
    assert len(wrong) <= 0.01 * len(statements), "\n".join(wrong)


def test_every_category_paper_and_section_has_its_page(pages: tuple[Page, ...], catalog: Catalog) -> None:
    told = {key for page in pages for key in page.papers}
    silent = {  # of which the originals at hand hold neither an abstract nor a sentence
        line for line in (ROOT / "tests" / "data" / "papers_untold.txt").read_text("utf-8").split() if line
    }
    missing = sorted({paper.key for paper in catalog.papers} - told - silent)
    assert not missing, missing
    sections = {page.section for page in pages if page.kind == "section"}
    assert sections >= {"1", "2", "2.1", "2.1.1", "2.2", "2.3.1", "2.4", "2.5.4", "3", "3.1.1", "3.2.3", "4"}
    tables = {name for page in pages if page.kind in ("table", "figure") for name in page.names}
    assert any("Table 1" in name for name in tables) and any("Table 2" in name for name in tables)


def test_papers_of_the_pages_are_on_the_list(pages: tuple[Page, ...], catalog: Catalog) -> None:
    assert not {key for page in pages for key in page.papers} - catalog.by_key.keys()


def test_roles_stand_in_their_order(pages: tuple[Page, ...]) -> None:
    for page in pages:
        order = [ROLES.index(statement.role) for statement in page.statements]
        assert order == sorted(order), page.title


def test_no_statement_copies_nine_words(statements: list[tuple[Page, Statement]], shared: Path) -> None:
    def runs(text: str) -> set[tuple[str, ...]]:
        words = re.findall(r"[a-z0-9]+", text.lower())
        return {tuple(words[n : n + 9]) for n in range(len(words) - 8)}

    lines = (shared / "corpus" / "abstracts.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    titles = {run for row in rows for run in runs(row["title"]) | runs(row.get("abstract_title") or "")}
    originals = {run for row in rows for run in runs(row["abstract"])} - titles
    copied = [s.text for _, s in statements if runs(s.text) & originals]
    assert not copied, "\n".join(copied)


def test_nearly_all_is_proved_by_the_originals(
    real: Settings, statements: list[tuple[Page, Statement]]
) -> None:
    index = Index.open(real)
    assert len(index.statements) >= 0.98 * len(statements)
    for told in index.statements.told[::50]:
        for position, number in told.places:
            assert index.chunks[position].sentences[number]
    pages = read_pages(ROOT / "corpus" / "guide")
    proofs, rest = prove_all(Guide(pages), index.chunks)  # neither reviews nor checker: nothing is shown
    assert not proofs and len(rest) == len(statements)


def test_names_of_one_length_have_an_order_of_their_own(starter: Settings) -> None:
    """Not that of a set, which is another one in each process: an answer would be, too."""
    statements = Index.open(starter).statements
    names = [form for form in statements.by_form if len(form) == 7 and form.isascii()][:8]
    assert len(names) == 8
    found = statements.pages_named(", ".join(names))
    assert list(dict.fromkeys(found.values())) == sorted(names)
