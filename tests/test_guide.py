"""The starter corpus: complete, well formed, in its own words, and with no number that its sources lack.

Coverage and form are checked everywhere. Copying and numbers are checked against the originals, where
they are at hand: facts carry over, sentences do not.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from surveyqa.catalog import Catalog
from surveyqa.documents.abstracts import normal_title
from surveyqa.documents.guide import read_guide, read_notes

CORPUS = Path(__file__).resolve().parent.parent / "corpus"
# The outline of the survey.
SECTIONS = [
    "1",
    "2",
    "2.1",
    "2.1.1",
    "2.1.2",
    "2.1.3",
    "2.1.4",
    "2.2",
    "2.3",
    "2.3.1",
    "2.3.2",
    "2.4",
    "2.5",
    "2.5.1",
    "2.5.2",
    "2.5.3",
    "2.5.4",
    "3",
    "3.1",
    "3.1.1",
    "3.1.2",
    "3.2",
    "3.2.1",
    "3.2.2",
    "3.2.3",
    "4",
    "5",
    "6",
]
FRONT = "Abstract"  # before the outline begins
SHARED_WORDS = 8  # a run of so many words is a copied sentence, unless it is a name, a title or a fixed term
PAGE_WORDS, NOTE_WORDS = (150, 600), (30, 60)
BODY_PAGES = 36  # the references begin on the last of them
LEANS = re.compile(r"(It|They|This|These|Those|That|Such|Its|Their|Both|Here|There|He|She)\b")


@dataclass(frozen=True)
class Page:
    """A page of the guide: its name, front matter, body and the keys cited in it, in order."""

    name: str
    head: dict[str, Any]
    body: str

    @property
    def cited(self) -> list[str]:
        marks = re.findall(r"\[(@[^\]]+)\]", self.body)
        return list(dict.fromkeys(key.strip(" @") for mark in marks for key in mark.split(";")))

    @property
    def text(self) -> str:
        """The body without citation marks, emphasis and tables: what a table holds are bare facts."""
        return re.sub(r"\s*\[@[^\]]+\]|\*\*|^(?:Table \d.*\n)?\|(?:.*\n?)", "", self.body, flags=re.M)


def read_pages(folder: Path) -> list[Page]:
    pages = []
    for path in sorted(folder.glob("*.md")):
        _, head, body = path.read_text(encoding="utf-8").split("---\n", 2)
        pages.append(Page(path.stem, yaml.safe_load(head), body))
    return pages


def words(text: str) -> list[str]:
    return re.findall(r"[A-Za-z0-9]+", text)


def runs(text: str) -> Iterator[str]:
    """Every run of `SHARED_WORDS` words in small letters, but for those that only enumerate names."""
    tokens = words(text)
    for i in range(len(tokens) - SHARED_WORDS + 1):
        run = tokens[i : i + SHARED_WORDS]
        if not all(word == "and" or not word.islower() for word in run):
            yield " ".join(run).lower()


def copied(text: str, originals: set[str], allowed: Iterable[str] = ()) -> list[str]:
    """Runs of `text` that stand in an original and in no allowed title."""
    titles = [" ".join(words(title)).lower() for title in allowed]
    return [run for run in runs(text) if run in originals and not any(run in title for title in titles)]


def numbers(text: str) -> set[str]:
    """Numbers in a text, without thousands' commas ("2,048" is 2048), also those in names ("n1.5", "o1")."""
    text = re.sub(r"(?<=\d),(?=\d{3})", "", unicodedata.normalize("NFKC", text))
    return set(re.findall(r"\d+(?:\.\d+)?", text))


def claimed(text: str) -> set[str]:
    """Numbers that a text of ours claims; a digit that belongs to a name ("o1") claims nothing."""
    return numbers(re.sub(r"[A-Za-z]\d+(?:\.\d+)?", "", text))


def sentences(text: str) -> list[str]:
    return re.split(
        r"(?<=[.!?])\s+(?=[A-Z0-9(\"∞])", re.sub(r"\b(et al|vs|e\.g|i\.e)\.", r"\1", text.strip())
    )


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog.load(CORPUS)


@pytest.fixture(scope="module")
def pages() -> list[Page]:
    return read_pages(CORPUS / "guide")


@pytest.fixture(scope="module")
def notes() -> list[dict[str, str]]:
    return [json.loads(line) for line in (CORPUS / "notes.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def abstracts(shared: Path, catalog: Catalog) -> dict[str, str]:
    """key -> title and abstract, as one text; for a paper without an abstract its title alone."""
    keys = {normal_title(paper.title): paper.key for paper in catalog.papers}
    found = {paper.key: paper.title for paper in catalog.papers}
    for line in (shared / "corpus" / "abstracts.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        key = keys.get(normal_title(row["title"]))
        if key:
            found[key] = f"{row['title']}\n{row['abstract']}"
    return found


@pytest.fixture(scope="module")
def survey(shared: Path) -> str:
    """Text of the survey's body; words that a line end divides stand both joined and with their hyphen."""
    from pypdf import PdfReader

    reader = PdfReader(shared / "corpus" / "survey.pdf")
    text = "\n".join(page.extract_text() for page in reader.pages[:BODY_PAGES])
    return "\n".join((text, text.replace("-\n", ""), text.replace("-\n", "-")))


# ---- what is there ---------------------------------------------------------------------------------


def test_every_section_of_the_survey_has_its_page(pages):
    assert {page.name for page in pages if page.name.startswith("section-")} == {
        f"section-{s.lower()}" for s in (FRONT, *SECTIONS)
    }


def test_the_sections_are_the_surveys(shared):
    from pypdf import PdfReader

    outline = PdfReader(shared / "corpus" / "survey.pdf").outline

    def titles(entries: Any) -> Iterator[str]:
        for entry in entries:
            if isinstance(entry, list):
                yield from titles(entry)
            else:
                yield str(entry.title)

    found = list(titles(outline))
    assert len(found) == len(SECTIONS)


def test_every_category_of_the_list_has_its_page(pages, catalog):
    leaves = {leaf[-1] for leaf in catalog.taxonomy.leaves}
    own = {page.head["categories"][0] for page in pages if page.name.startswith("category-")}
    assert leaves <= own, leaves - own
    unknown = {c for page in pages for c in page.head["categories"]} - leaves - {"LLM Frameworks"}
    assert not unknown


def test_every_paper_has_one_note(notes, catalog):
    assert sorted(note["key"] for note in notes) == sorted(paper.key for paper in catalog.papers)


def test_pages_and_notes_read_as_documents(pages, notes, catalog):
    guide = read_guide(CORPUS / "guide")
    assert len(guide) == len(pages)
    assert all(document.blocks and document.kind == "guide" for document in guide)
    titles = {paper.key: paper.title for paper in catalog.papers}
    assert len(read_notes(CORPUS / "notes.jsonl", titles)) == len(notes)


# ---- how it is written -----------------------------------------------------------------------------


def test_front_matter(pages, catalog):
    keys = {paper.key for paper in catalog.papers}
    for page in pages:
        assert set(page.head) == {"title", "title_zh", "section", "categories", "papers"}, page.name
        assert page.head["section"] in (FRONT, *SECTIONS, ""), page.name
        assert re.search(r"[\u4e00-\u9fff]", page.head["title_zh"]), page.name
        assert page.head["papers"] == page.cited, page.name
        assert not set(page.cited) - keys, page.name


def test_length_of_pages(pages):
    short, long = PAGE_WORDS
    # the acknowledgement is one sentence long
    lengths = {page.name: len(page.text.split()) for page in pages if page.name != "section-6"}
    assert not {name: n for name, n in lengths.items() if not short <= n <= long}


def test_length_and_form_of_notes(notes):
    short, long = NOTE_WORDS
    assert not {
        n["key"]: len(n["note"].split()) for n in notes if not short <= len(n["note"].split()) <= long
    }
    assert {n["basis"] for n in notes} == {"abstract", "general knowledge"}
    assert all(set(n) == {"key", "note", "basis"} for n in notes)


def test_each_sentence_stands_alone(pages, notes):
    texts = {page.name: re.split(r"\n\s*\n", page.text) for page in pages} | {
        n["key"]: [n["note"]] for n in notes
    }
    leaning = [
        (name, sentence[:60])
        for name, paragraphs in texts.items()
        for paragraph in paragraphs
        for sentence in sentences(paragraph)
        if LEANS.match(sentence)
    ]
    assert not leaning


def test_paragraphs_are_plain(pages):
    marked = [page.name for page in pages if re.search(r"^\s*(#|[-*+] |\d+\. |```)", page.body, re.M)]
    assert not marked
    tables = {page.name for page in pages if "\n|" in page.body}
    assert tables == {"table-1-pre-training-costs", "table-2-llm-frameworks"}


def test_tables_read_like_the_surveys(pages):
    guide = {document.key: document for document in read_guide(CORPUS / "guide")}
    rows = [b for b in guide["guide:table-1-pre-training-costs"].blocks if b.kind == "table-row"]
    assert len(rows) == 19
    text, quote = rows[3].text, rows[3].quote
    assert text.startswith("Table 1: Pre-training costs of LLMs. Model: BLOOM; Parameter Size: 176B; ")
    assert quote and text[slice(*quote)] == "BLOOM | 176B | 366B tokens | 384 A100-80G | 105 days"
    frameworks = [b for b in guide["guide:table-2-llm-frameworks"].blocks if b.kind == "table-row"]
    assert len(frameworks) == 17
    assert "Inference: yes. vLLM | no | no | yes | data parallelism, " in frameworks[10].text


def test_numbers_of_the_tables_stand_in_the_survey(pages, survey):
    known = numbers(survey)
    for page in pages:
        if page.name.startswith("table-"):
            assert not numbers(page.body) - known


# ---- against the originals -------------------------------------------------------------------------


def test_no_sentence_is_copied(pages, notes, abstracts, survey, catalog):
    originals = set(runs(survey)) | {run for text in abstracts.values() for run in runs(text)}
    titles = [paper.title for paper in catalog.papers]
    texts = {page.name: page.text for page in pages} | {note["key"]: note["note"] for note in notes}
    found = {name: copied(text, originals, titles) for name, text in texts.items()}
    assert not {name: runs for name, runs in found.items() if runs}


def test_numbers_of_a_note_stand_in_its_abstract(notes, abstracts):
    wrong = {}
    for note in notes:
        missing = claimed(note["note"]) - numbers(abstracts[note["key"]])
        if missing:
            wrong[note["key"]] = missing
    assert not wrong


def test_numbers_of_a_page_stand_in_the_survey_or_a_cited_abstract(pages, abstracts, survey):
    """Paragraph by paragraph: a number needs the survey, or an abstract that this very paragraph cites."""
    known, wrong = numbers(survey), {}
    for page in pages:
        for paragraph in re.split(r"\n\s*\n", page.body):
            cited = Page(page.name, {}, paragraph)
            sources = known.union(*(numbers(abstracts[key]) for key in cited.cited))
            if missing := claimed(cited.text) - sources:
                wrong[f"{page.name}: {paragraph[:40]}"] = missing
    assert not wrong


def test_notes_without_an_abstract_say_so(notes, abstracts, catalog):
    bare = {paper.key for paper in catalog.papers if abstracts[paper.key] == paper.title}
    assert {note["key"] for note in notes if note["basis"] != "abstract"} >= bare


# ---- the checkers can fail -------------------------------------------------------------------------


def test_the_copying_checker_finds_a_copy():
    original = "The quick brown fox jumps over the lazy dog that sleeps."
    assert copied("We saw a quick brown fox jumps over the lazy dog.", set(runs(original)))
    assert not copied("Quick brown foxes jump over a dog that sleeps.", set(runs(original)))
    assert not copied("A quick brown fox jumps over the lazy dog that", set(runs(original)), [original])


def test_the_number_checker_finds_an_invented_number():
    assert claimed("GPT4 cuts 2,048 to 1.5x, 30% less") == {"2048", "1.5", "30"}
    assert claimed("4.5× faster") - numbers("is 3.25\\times faster") == {"4.5"}
    assert not claimed("O(n^1.5)") - numbers("O(n1.5)")


@pytest.mark.parametrize("sentence", ["It is faster.", "This halves memory.", "Such methods need data."])
def test_the_sentence_checker_finds_a_leaning_one(sentence):
    assert any(LEANS.match(s) for s in sentences(f"LoRA freezes the weights. {sentence}"))


# ---- what is said of it ----------------------------------------------------------------------------


def test_a_note_is_shown_as_ours(tmp_path):
    """What is quoted from a note must not look like the paper's own words."""
    from surveyqa.answering.retrieval import Passage
    from surveyqa.assistant import Assistant
    from surveyqa.index.chunks import make_chunks

    (tmp_path / "notes.jsonl").write_text(
        '{"key": "lora", "note": "LoRA freezes the weights. LoRA adds no latency.", "basis": "abstract"}\n'
    )
    (note,) = read_notes(tmp_path / "notes.jsonl", {"lora": "LoRA: Low-Rank Adaptation"})
    (chunk,) = make_chunks([note], str.split)

    blank = dict.fromkeys(("authors", "year", "arxiv_id", "url"))
    index = SimpleNamespace(documents={note.key: {**blank, "title": note.title}}, references={})
    assistant = Assistant.__new__(Assistant)
    assistant.__dict__.update(index=index, catalog=Catalog.load(CORPUS))
    source = assistant.source(1, Passage(chunk, 1.0, (), 0), 0, 25)
    assert source.title == "Starter guide: note on LoRA: Low-Rank Adaptation"
    assert source.kind == "guide" and source.section is None
    assert source.quote == "LoRA freezes the weights."
    assert [paper.key for paper in source.papers] == ["lora"]
