"""Any other PDF: two columns, no outline, scanned, encrypted, cut short, huge, made to hurt."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import surveyqa
from surveyqa.documents import pdf as api
from surveyqa.documents.audit import audit
from surveyqa.documents.pdf import page_image, page_texts, quote_boxes, read_pdf
from surveyqa.documents.reader import read_here
from surveyqa.errors import DocumentError

pytest.importorskip("reportlab")
from made_pdfs import draw, paragraph, plain, text_block, two_columns

SRC = str(Path(surveyqa.__file__).resolve().parents[1])


def letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


def test_two_columns_without_outline(tmp_path):
    document = read_pdf(two_columns(tmp_path / "two.pdf", pages=3, each=3), kind="paper")
    assert document.title == "Small Caches for Long Answers"
    told = [block for block in document.blocks if block.text.startswith("Passage")]
    expected = [
        page * 100 + column * 10 + item for page in (1, 2, 3) for column in (0, 1) for item in range(3)
    ]
    assert [block.text for block in told] == [paragraph(seed, 4) for seed in expected]
    assert [block.path for block in told[:6]] == [("1 Part B of It",)] * 6
    assert not any("Proceedings" in block.text for block in document.blocks)


def test_run_in_headings_bullets_and_page_breaks(tmp_path):
    def first(canvas):
        canvas.setFont("Times-Bold", 14)
        canvas.drawString(72, 720, "1 Caches")
        canvas.setFont("Times-Bold", 10)
        canvas.drawString(72, 690, "Ranking.")
        canvas.setFont("Times-Roman", 10)
        canvas.drawString(116, 690, "The cache is ranked by use and kept in mem-")
        canvas.drawString(72, 678, "ory until the long-")
        canvas.drawString(
            72, 666, "term store takes it over. The long-term store is slow and keeps memory free."
        )
        canvas.drawString(90, 640, "• The first point is short.")
        canvas.drawString(90, 620, "• The second point runs over the page and")

    def second(canvas):
        canvas.setFont("Times-Roman", 10)
        canvas.drawString(98, 720, "ends there.")
        canvas.drawString(72, 690, "A last word.")

    document = read_pdf(draw(tmp_path / "page.pdf", [first, second]))
    texts = [block.text for block in document.blocks]
    assert texts == [
        "Ranking. The cache is ranked by use and kept in memory until the long-term store takes it over. "
        "The long-term store is slow and keeps memory free.",
        "The first point is short.",
        "The second point runs over the page and ends there.",
        "A last word.",
    ]
    assert document.blocks[0].path == ("1 Caches", "Ranking")
    assert document.blocks[0].lead == len("Ranking. ")
    assert document.blocks[2].kind == "bullet"
    (start, one), (turn, two) = document.blocks[2].pages
    assert (start, one, two) == (0, 1, 2) and texts[2][turn:] == "ends there."


def test_nothing_invisible_gets_in(tmp_path):
    def page(canvas):
        text_block(canvas, paragraph(1), 72, 700)
        canvas.setFillColorRGB(1, 1, 1)
        canvas.drawString(72, 500, "Whitewords are unseen on a white page.")
        canvas.setFillColorRGB(0, 0, 0.3)
        canvas.rect(60, 380, 300, 40, fill=1)
        canvas.setFillColorRGB(1, 1, 1)
        canvas.drawString(72, 400, "Boxwords are read on a dark box.")
        canvas.setFillColorRGB(0, 0, 0)
        hidden = canvas.beginText(72, 300)
        hidden.setTextRenderMode(3)
        hidden.textOut("Modewords are drawn with no ink.")
        canvas.drawText(hidden)
        canvas.drawString(700, 300, "Outwords lie beside the page.")
        canvas.setFont("Times-Roman", 0.5)
        canvas.drawString(72, 280, "Dustwords are too small.")

    document = read_pdf(draw(tmp_path / "hidden.pdf", [page]))
    text = " ".join(block.text for block in document.blocks)
    assert "Boxwords" in text and "Passage1" in text
    for word in ("Whitewords", "Modewords", "Outwords", "Dustwords"):
        assert word not in text, word


def test_a_table_of_another_paper(tmp_path):
    rows = [("Name", "Speed", "Memory"), ("Alpha", "12 ms", "3 GB"), ("Beta", "15 ms", "2 GB")]

    def page(canvas):
        text_block(canvas, paragraph(1) + " See Table 3 for more.", 72, 720)
        canvas.setFont("Times-Roman", 10)
        canvas.drawString(150, 600, "Table 3: Speed and memory.")
        canvas.rect(140, 592, 300, 0.8, fill=1)
        canvas.rect(140, 574, 300, 0.6, fill=1)
        canvas.rect(140, 540, 300, 0.8, fill=1)
        for count, row in enumerate(rows):
            canvas.setFont("Times-Bold" if count == 0 else "Times-Roman", 9)
            for x, cell in zip((150, 250, 350), row, strict=True):
                canvas.drawString(x, 580 - 16 * count, cell)
        text_block(canvas, paragraph(2), 72, 500)

    document = read_pdf(draw(tmp_path / "table.pdf", [page]))
    assert [block.text for block in document.blocks if block.kind == "table-row"] == [
        "Table 3: Speed and memory. Name: Alpha; Speed: 12 ms; Memory: 3 GB. Alpha | 12 ms | 3 GB",
        "Table 3: Speed and memory. Name: Beta; Speed: 15 ms; Memory: 2 GB. Beta | 15 ms | 2 GB",
    ]
    assert [b.text for b in document.blocks if b.kind == "paragraph"][1] == paragraph(2)


def test_scanned_pages_are_named(tmp_path):
    from PIL import Image
    from reportlab.lib.utils import ImageReader

    picture = ImageReader(Image.new("L", (200, 260), 200))

    def scan(canvas):
        canvas.drawImage(picture, 0, 0, 612, 792)

    def words(canvas):
        text_block(canvas, paragraph(1), 72, 700)

    document = read_pdf(draw(tmp_path / "half.pdf", [words, scan]))
    assert document.warnings == ("no text on page 2: scanned?",)
    with pytest.raises(DocumentError, match=r"no text on any page .*ocrmypdf"):
        read_pdf(draw(tmp_path / "scan.pdf", [scan, scan]))

    def recognised(canvas):
        scan(canvas)
        text = canvas.beginText(72, 700)
        text.setTextRenderMode(3)
        text.textOut("Recognised words lie unseen over the picture of them.")
        canvas.drawText(text)

    document = read_pdf(draw(tmp_path / "ocr.pdf", [recognised]))
    assert document.blocks[0].text.startswith("Recognised words")


def test_what_cannot_be_read_is_said_in_a_line(tmp_path):
    from reportlab.lib.pdfencrypt import StandardEncryption

    whole = plain(tmp_path / "whole.pdf").read_bytes()
    bad = {
        "empty.pdf": b"",
        "cut.pdf": whole[:400],
        "text.pdf": b"this is a letter, not a PDF" * 50,
        "zeros.pdf": bytes(10_000),
    }
    for name, data in bad.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(DocumentError, match=rf"'{name}' is not a PDF, .* download it again"):
            read_pdf(tmp_path / name)
    plain(tmp_path / "locked.pdf", encrypt=StandardEncryption("secret", canPrint=0))
    with pytest.raises(DocumentError, match=r"'locked\.pdf' is encrypted .*qpdf"):
        read_pdf(tmp_path / "locked.pdf")
    plain(tmp_path / "owned.pdf", encrypt=StandardEncryption("", ownerPassword="owner", canCopy=0))
    assert read_pdf(tmp_path / "owned.pdf").blocks  # anyone may open it
    with pytest.raises(DocumentError, match="no file"):
        read_pdf(tmp_path / "missing.pdf")
    with pytest.raises(DocumentError, match="no file"):
        read_pdf(tmp_path)
    with pytest.raises(DocumentError, match="has 2 pages, not 9"):
        page_image(tmp_path / "whole.pdf", 9)
    with pytest.raises(DocumentError, match="has 2 pages, not 0"):
        quote_boxes(tmp_path / "whole.pdf", 0, "words")


def raw_pdf(objects: list[bytes]) -> bytes:
    """A PDF of the given object bodies (the first is the catalogue), with a right table of them."""
    out, offsets = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    return out + b"trailer <</Size %d /Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start)


def stream(content: bytes, entries: bytes = b"") -> bytes:
    return b"<<%s /Length %d>>\nstream\n%s\nendstream" % (entries, len(content), content)


def page_with(content: bytes, resources: bytes = b"", more: tuple[bytes, ...] = ()) -> bytes:
    font = b"/Font <</F 5 0 R>>"
    page = b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources <<%s %s>>>>"
    return raw_pdf(
        [
            b"<</Type /Catalog /Pages 2 0 R>>",
            b"<</Type /Pages /Kids [3 0 R] /Count 1>>",
            page % (font, resources),
            stream(content),
            b"<</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>",
            *more,
        ]
    )


def hostile() -> dict[str, bytes]:
    import zlib

    form = b"/Type /XObject /Subtype /Form /BBox [0 0 612 792] /Resources <</XObject <</X 6 0 R>> >>"
    bomb = zlib.compress(b"0 0 m 1 1 l S\n" * 12_000_000, 9)
    words = b"BT /F 10 Tf 72 700 Td (Some words) Tj ET\n"
    loop = b"<</Type /Pages /Kids [2 0 R 2 0 R 2 0 R] /Count 100000000>>"
    outline = b"<</Title (a) /Parent 2 0 R /Next 3 0 R /First 3 0 R>>"
    return {
        "form that draws itself": page_with(
            words + b"/X Do", b"/XObject <</X 6 0 R>>", (stream(b"/X Do /X Do " * 50, form),)
        ),
        "pages that hold themselves": raw_pdf([b"<</Type /Catalog /Pages 2 0 R>>", loop]),
        "outline that goes in circles": raw_pdf(
            [
                b"<</Type /Catalog /Pages 4 0 R /Outlines 2 0 R>>",
                b"<</First 3 0 R /Last 3 0 R /Count 9>>",
                outline,
                b"<</Type /Pages /Kids [] /Count 0>>",
            ]
        ),
        "arrays within arrays": page_with(b"[" * 500_000 + b"]" * 500_000 + words),
        "stream that swells": page_with(b"", b"", ()).replace(
            stream(b""), stream(bomb, b"/Filter /FlateDecode")
        ),
        "a page as wide as a town": page_with(words).replace(b"612 792", b"9999999 9999999"),
        "numbers without end": page_with(words.replace(b"700", b"9" * 5000)),
        "a million letters": page_with(b"BT /F 1 Tf 1 0 0 1 72 700 Tm (" + b"a" * 1_000_000 + b") Tj ET"),
        "a hundred thousand lines": page_with(
            b"BT /F 2 Tf " + b"".join(b"1 0 0 1 72 %d Tm (w) Tj " % (n % 790) for n in range(100_000)) + b"ET"
        ),
    }


@pytest.mark.parametrize("name", sorted(hostile()))
def test_hostile_files_cost_little(tmp_path, name, monkeypatch):
    monkeypatch.setattr(api, "PAGE_SECONDS", 3.0)
    monkeypatch.setattr(api, "LAST_SECONDS", 8.0)
    path = tmp_path / "hostile.pdf"
    path.write_bytes(hostile()[name])
    start = time.perf_counter()
    try:
        document = read_pdf(path)
        assert document.page_count <= 1
    except DocumentError as error:
        assert "hostile.pdf" in str(error) and "\n" not in str(error)
    assert time.perf_counter() - start < 20


def test_a_page_that_kills_the_reader_is_left_out(tmp_path, monkeypatch):
    """The reading process dies at page 2, as on a fault in a library: the other pages are still read."""
    path = plain(tmp_path / "three.pdf", pages=3)
    trap = tmp_path / "trap" / "sitecustomize.py"
    trap.parent.mkdir()
    trap.write_text(
        "import sys\n"
        "if 'surveyqa.documents.worker' in ' '.join(sys.orig_argv):\n"
        "    import os\n"
        "    import surveyqa.documents.reader as reader\n"
        "    real = reader._page\n"
        "    reader._page = lambda pdf, number: os._exit(11) if number == 2 else real(pdf, number)\n"
    )
    monkeypatch.syspath_prepend(str(trap.parent))
    document = read_pdf(path)
    assert document.warnings == ("page 2 could not be read",)
    assert [block.text for block in document.blocks] == [paragraph(0), paragraph(2)]
    assert [page for block in document.blocks for _, page in block.pages] == [1, 3]


def test_a_page_that_hangs_is_left_out(tmp_path, monkeypatch):
    path = plain(tmp_path / "two.pdf", pages=2)
    trap = tmp_path / "trap" / "sitecustomize.py"
    trap.parent.mkdir()
    trap.write_text(
        "import sys\n"
        "if 'surveyqa.documents.worker' in ' '.join(sys.orig_argv):\n"
        "    import time\n"
        "    import surveyqa.documents.reader as reader\n"
        "    real = reader._page\n"
        "    reader._page = lambda pdf, number: time.sleep(60) if number == 1 else real(pdf, number)\n"
    )
    monkeypatch.syspath_prepend(str(trap.parent))
    monkeypatch.setattr(api, "PAGE_SECONDS", 2.0)
    document = read_pdf(path)
    assert document.warnings == ("page 1 could not be read",)
    assert [block.text for block in document.blocks] == [paragraph(1)]


def test_progress_over_many_pages(tmp_path):
    path = plain(tmp_path / "long.pdf", pages=400)
    seen: list[tuple[int, int]] = []
    start = time.perf_counter()
    document = read_pdf(path, progress=lambda page, count: seen.append((page, count)))
    assert time.perf_counter() - start < 30
    assert seen == [(page, 400) for page in range(1, 401)]
    assert [block.text for block in document.blocks] == [paragraph(number) for number in range(400)]


def test_five_hundred_mutants(tmp_path):
    """No traceback, no hang over 10 s (the child's alarm ends it), no memory over 1 GB (its limit)."""
    source = two_columns(tmp_path / "source.pdf", pages=1, each=2)
    command = [sys.executable, str(Path(__file__).with_name("mutants.py")), str(source), "0", "500"]
    done = subprocess.run(command, capture_output=True, text=True, env={"PYTHONPATH": SRC}, timeout=120)
    lines = done.stdout.splitlines()
    results = [line.split()[0] for line in lines if not line.startswith(("try", "memory"))]
    assert done.returncode == 0, (lines[-1:], done.stderr[-2000:])
    assert len(results) == 500 and {"read", "refused"} == set(results)
    assert int(lines[-1].split()[1]) < 1024  # MB


words = st.text(alphabet="abcdefghijklmnopqrstuvwxyzABCDEFG0123456789-", min_size=1, max_size=12)
passages = st.lists(words, min_size=3, max_size=60).map(lambda items: "Start " + " ".join(items) + " end.")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(passages, min_size=1, max_size=6), size=st.sampled_from((50, 70, 95)))
def test_every_letter_is_read_in_order(tmp_path, texts, size):
    """Whatever the words: each letter once, in order, on its page, and paragraphs neither merged nor torn."""

    def page(text):
        return lambda canvas: text_block(canvas, text, 72, 700, chars=size)

    path = draw(tmp_path / "any.pdf", [page(text) for text in texts])
    document = read_here(path)
    assert letters("".join(block.text for block in document.blocks)) == letters("".join(texts))
    for block in document.blocks:
        for (start, number), end in zip(
            block.pages, [offset for offset, _ in block.pages[1:]] + [len(block.text)], strict=True
        ):
            assert letters(block.text[start:end]) in letters(texts[number - 1])
    measured = audit(path)
    assert measured.astray == () and measured.uncovered == ()


def test_page_texts_hold_the_quotes(tmp_path):
    path = two_columns(tmp_path / "two.pdf", pages=2)
    pages = page_texts(path)
    for block in read_pdf(path).blocks:
        assert letters(block.text) in letters(pages[block.pages[0][1] - 1])
    boxes = quote_boxes(path, 1, paragraph(111, 4)[:100])
    assert boxes and all(box[0] > 0.5 for box in boxes)  # in the right column


def test_headings_over_two_lines(tmp_path):
    def page(canvas):
        canvas.setFont("Times-Bold", 14)
        canvas.drawString(72, 720, "1 A Heading That Runs")
        canvas.drawString(72, 703, "over Its Line")
        text_block(canvas, paragraph(1), 72, 680)

    def listed(canvas):
        page(canvas)
        canvas.bookmarkPage("h", fit="XYZ", left=72, top=732)
        canvas.addOutlineEntry("A Heading That Runs over Its Line", "h", 0)

    for name, painter in (("bare", page), ("listed", listed)):
        document = read_here(draw(tmp_path / f"{name}.pdf", [painter]))
        told = [(block.path, block.text) for block in document.blocks]
        assert told == [(("1 A Heading That Runs over Its Line",), paragraph(1))]
