"""Plain text for terminals: wrapped to their width, with colour and links only where they show."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Mapping
from typing import Any
from unicodedata import category


class Page:
    """Lines of output, built one element at a time."""

    def __init__(self) -> None:
        self.width = max(40, min(100, shutil.get_terminal_size((88, 24)).columns))
        self.fancy = fancy()
        self._lines: list[str] = []

    def text(self) -> str:
        return "\n".join(self._lines).strip("\n")

    def paragraph(self, text: str) -> None:
        for line in _printable(text, keep="\n").split("\n"):
            self._lines += textwrap.wrap(
                line, self.width, subsequent_indent="  " if line.startswith("- ") else ""
            ) or [""]

    def table(self, table: Mapping[str, Any]) -> None:
        """A table of the survey: complete, its cells wrapped, its columns as wide as they need."""
        from io import StringIO

        from rich.console import Console
        from rich.table import Table

        grid = Table(title=_printable(table["title"]), box=None, title_justify="left", pad_edge=False)
        for column in table["columns"]:
            grid.add_column(_printable(column), overflow="fold")
        for row in table["rows"]:
            grid.add_row(*map(_printable, row))
        out = StringIO()
        Console(file=out, width=self.width, no_color=True, markup=False, highlight=False).print(grid)
        self._lines += [line.rstrip() for line in out.getvalue().splitlines()]

    def verbatim(self, text: str) -> None:
        self._lines += _printable(text, keep="\n").rstrip("\n").split("\n")

    def dim(self, text: str) -> None:
        self._lines += [self._style("2", line) for line in textwrap.wrap(_printable(text), self.width)]

    def heading(self, text: str) -> None:
        self._lines += ["", self._style("1", _printable(text))]

    def item(self, mark: str, text: str, url: str | None) -> None:
        indent = " " * (len(mark) + 1)
        lines = textwrap.wrap(f"{mark} {_printable(text)}", self.width, subsequent_indent=indent)
        lines[0] = lines[0].replace(mark, self._style("1", mark), 1)
        self._lines += lines
        if url:
            self._lines.append(f"{indent}{self._link(url)}")

    def quote(self, text: str) -> None:
        lines = textwrap.wrap(f'"{_printable(text)}"', self.width - 4)
        self._lines += [f"    {self._style('2', line)}" for line in lines]

    def cited(self, text: str, url: str | None) -> None:
        self._lines += textwrap.wrap(
            f"cites {_printable(text)}", self.width, initial_indent="    ", subsequent_indent="      "
        )
        if url:
            self._lines.append(f"      {self._link(url)}")

    def bullet(self, text: str) -> None:
        self._lines += textwrap.wrap(
            _printable(text), self.width, initial_indent="- ", subsequent_indent="  "
        )

    def _style(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.fancy else text

    def _link(self, url: str) -> str:
        url = _printable(url)
        # OSC 8: terminals that know it make the text a link, others show it as it is
        return f"\x1b]8;;{url}\x1b\\{url}\x1b]8;;\x1b\\" if self.fancy else url


def fancy() -> bool:
    """Whether stdout is a terminal that shows colour and links; old Windows consoles do not."""
    env = os.environ
    if not sys.stdout.isatty() or env.get("NO_COLOR") or env.get("TERM") == "dumb":
        return False
    return sys.platform != "win32" or bool(env.get("WT_SESSION") or env.get("TERM"))


def _printable(text: str, keep: str = "") -> str:
    """`text` without what a terminal obeys: escapes, other controls, and marks that turn its direction."""
    return "".join(
        c if c in keep or category(c) not in ("Cc", "Cf", "Cs") or c == "\u200d" else " " for c in text
    )
