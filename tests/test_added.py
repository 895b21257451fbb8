"""Papers of the user's own, through the same door as the survey."""

from __future__ import annotations

from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from surveyqa.documents.added import add_paper, added_papers, drop_paper
from surveyqa.errors import SurveyQAError, UsageError


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    canvas = Canvas(str(tmp_path / "My Paper.pdf"))
    for n, line in enumerate(
        ["Sparse Widgets", "1 Introduction", "Sparse widgets cut the memory of a gadget by 40%."]
    ):
        canvas.setFont("Helvetica-Bold" if n < 2 else "Helvetica", 18 - 4 * n)
        canvas.drawString(72, 720 - 30 * n, line)
    canvas.save()
    return tmp_path / "My Paper.pdf"


def test_an_added_paper_is_read_with_what_is_known_of_it_and_can_be_dropped(
    paper: Path, tmp_path: Path
) -> None:
    added = add_paper(paper, tmp_path / "downloads", title="Sparse Widgets", year=2024)
    documents, _, failed = added_papers(tmp_path / "downloads")
    assert [d.key for d in documents] == ["paper:my-paper"] == [added.key] and not failed
    assert (
        documents[0].title == "Sparse Widgets" and documents[0].year == 2024 and documents[0].kind == "paper"
    )
    assert any("40%" in block.text for block in documents[0].blocks)
    drop_paper("sparse widgets", tmp_path / "downloads")  # its title; its name would do as well
    assert added_papers(tmp_path / "downloads") == ([], [], [])
    with pytest.raises(UsageError, match="none"):
        drop_paper("my-paper", tmp_path / "downloads")


def test_a_file_that_is_no_pdf_is_refused_and_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "notes.pdf").write_text("just text")
    with pytest.raises(SurveyQAError):
        add_paper(tmp_path / "notes.pdf", tmp_path / "downloads")
    assert not (tmp_path / "downloads").exists()


def test_one_that_went_bad_is_told_and_the_others_are_read(paper: Path, tmp_path: Path) -> None:
    add_paper(paper, tmp_path / "downloads")
    (tmp_path / "downloads" / "added" / "torn.pdf").write_bytes(b"%PDF-1.4 torn")
    documents, _, failed = added_papers(tmp_path / "downloads")
    assert len(documents) == 1 and len(failed) == 1 and "torn.pdf" in failed[0]


# ---- text that is drawn and visible is text, whatever box it lies in -----------------------------

PROSE = [
    f"Line {n} of the drawn text tells how widgets of size {n} are kept in their drawers." for n in range(30)
]


def drawn(path: Path, how: str) -> Path:
    from PIL import Image
    from reportlab.lib.pagesizes import letter
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(str(path), pagesize=letter)
    if how == "form":
        canvas.beginForm("page")
    text = canvas.beginText(72, 700)
    text.setTextRenderMode(3 if how == "strips" else 0)
    for line in PROSE:
        text.textLine(line)
    canvas.drawText(text)
    if how == "form":
        canvas.endForm()
        canvas.doForm("page")
        canvas.drawString(72, 30, "Downloaded from a library on a day in May, for personal use only")
    if how == "strips":
        for n in range(4):
            canvas.drawImage(ImageReader(Image.new("RGB", (60, 20), "white")), 0, n * 198, 612, 198)
    canvas.save()
    return path


@pytest.mark.parametrize("how", ["form", "strips", "plain"])
def test_text_in_a_form_or_over_strips_of_a_scan_is_read(tmp_path: Path, how: str) -> None:
    document = add_paper(drawn(tmp_path / "a.pdf", how), tmp_path / "home")
    read = " ".join(block.text for block in document.blocks)
    assert all(f"Line {n} of the drawn text" in read for n in range(30))


def test_papers_of_one_file_name_are_kept_apart_and_one_paper_once(tmp_path: Path) -> None:
    for folder in "ab":
        (tmp_path / folder).mkdir()
    one = drawn(tmp_path / "a" / "paper.pdf", "plain")
    two = drawn(tmp_path / "b" / "paper.pdf", "form")
    chinese = tmp_path / "\u8bba\u6587.pdf"
    chinese.write_bytes(one.read_bytes())
    keys = [add_paper(path, tmp_path / "home").key for path in (one, two, one, chinese)]
    assert keys[0] == "paper:paper" and keys[0] == keys[2] == keys[3] != keys[1]
    assert len(added_papers(tmp_path / "home")[0]) == 2
    again = tmp_path / "again.pdf"
    again.write_bytes(one.read_bytes())
    assert "'again.pdf' is here already, as 'paper'" in add_paper(again, tmp_path / "home").warnings
