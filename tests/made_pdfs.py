"""PDFs for the tests, made with reportlab: every word in them is ours."""

from __future__ import annotations

import random
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

SENTENCES = (
    "A cache of keys is kept small while the model writes a long answer.",
    "Each entry is ranked by the attention that it has received so far.",
    "The weakest entry leaves first, and its place is taken by the newest one.",
    "Compared with three other methods, the memory fell by 40% on five tasks.",
    "No retraining is needed, since the ranking reads what is computed anyway.",
)


def paragraph(seed: int, sentences: int = 5) -> str:
    """Ours, and different for each seed: the first word says which it is."""
    chosen = random.Random(seed).choices(SENTENCES, k=sentences)
    return f"Passage{seed} begins here. " + " ".join(chosen)


def draw(path: Path, pages: Sequence[Callable[[Any], None]], **options: Any) -> Path:
    """A PDF with one page per function; each gets the reportlab canvas."""
    from reportlab.lib.pagesizes import letter
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(str(path), pagesize=letter, **options)
    for page in pages:
        page(canvas)
        canvas.showPage()
    canvas.save()
    return path


def text_block(canvas: Any, text: str, x: float, y: float, *, chars: int = 90, indent: float = 0.0) -> float:
    """Set `text` at 10 points with 12 points between lines; returns the y below it."""
    canvas.setFont("Times-Roman", 10)
    for count, line in enumerate(textwrap.wrap(text, chars)):
        canvas.drawString(x + (indent if count == 0 else 0), y, line)
        y -= 12
    return y


def two_columns(path: Path, pages: int = 3, each: int = 3) -> Path:
    """A paper in two columns: header, page number, numbered headings, indented paragraphs, no outline."""

    def page(number: int) -> Callable[[Any], None]:
        def paint(canvas: Any) -> None:
            canvas.setFont("Times-Roman", 8)
            canvas.drawString(54, 765, "Proceedings of Small Things")
            canvas.drawCentredString(306, 30, str(number))
            top = 720.0
            if number == 1:
                canvas.setFont("Times-Bold", 18)
                canvas.drawCentredString(306, top, "Small Caches for Long Answers")
                top -= 40
            for column, x in enumerate((54, 318)):
                y = top
                if column == 0:
                    canvas.setFont("Times-Bold", 12)
                    canvas.drawString(x, y, f"{number} Part {'ABCDEFGH'[number % 8]} of It")
                    y -= 20
                for item in range(each):
                    seed = number * 100 + column * 10 + item
                    y = text_block(canvas, paragraph(seed, 4), x, y, chars=50, indent=12)

        return paint

    return draw(path, [page(number) for number in range(1, pages + 1)])


def plain(path: Path, pages: int = 2, **options: Any) -> Path:
    """One column of paragraphs, one passage per page."""
    return draw(path, [lambda c, n=n: text_block(c, paragraph(n), 72, 700) for n in range(pages)], **options)
