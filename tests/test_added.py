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
