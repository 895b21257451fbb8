"""Everything that commands print goes through here: `out` and `say`, lines of JSON, pages of text.

File names, titles and errors hold what others wrote, so nothing in them is obeyed by a terminal. Pages are
wrapped to its width, with colour and links only where they show.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Mapping
from typing import Any

from surveyqa.text.wrapping import columns, printable, wrap

_CONTROLS = re.compile("[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f]")  # which json.dumps leaves


def out(text: str, end: str = "\n", keep: str = "\n") -> None:
    """Print a result. keep: the control characters that it may hold; CSV ends its lines with two."""
    print(printable(text, keep=keep), end=end, flush=True)


def out_json(value: Any) -> None:
    """Print a result as a line of JSON; what a terminal would obey is escaped, which JSON reads alike."""
    text = json.dumps(value, ensure_ascii=False, default=list)
    print(_CONTROLS.sub(lambda c: f"\\u{ord(c[0]):04x}", text), flush=True)


def say(text: str) -> None:
    """A line to the person, not to the pipe."""
    print(f"surveyqa: {printable(text)}", file=sys.stderr)


class Page:
    """Lines of output, built one element at a time."""

    def __init__(self) -> None:
        self.width = max(40, min(100, shutil.get_terminal_size((88, 24)).columns))
        self.fancy = fancy()
        self._lines: list[str] = []

    def text(self) -> str:
        return "\n".join(self._lines).strip("\n")

    def print(self) -> None:
        if text := self.text():
            print(text, flush=True)

    def paragraph(self, text: str) -> None:
        for line in printable(text, keep="\n").split("\n"):
            self._lines += wrap(line, self.width, rest="  " if line.startswith("- ") else "")

    def table(self, table: Mapping[str, Any]) -> None:
        """A table of the survey: complete, its cells wrapped, its columns as wide as they need."""
        from io import StringIO

        from rich.console import Console
        from rich.table import Table

        grid = Table(title=printable(table["title"]), box=None, title_justify="left", pad_edge=False)
        for column in table["columns"]:
            grid.add_column(printable(column), overflow="fold")
        for row in table["rows"]:
            grid.add_row(*map(printable, row))
        out = StringIO()
        Console(file=out, width=self.width, no_color=True, markup=False, highlight=False).print(grid)
        self._lines += [line.rstrip() for line in out.getvalue().splitlines()]

    def verbatim(self, text: str) -> None:
        self._lines += printable(text, keep="\n").rstrip("\n").split("\n")

    def dim(self, text: str) -> None:
        self._lines += [self._style("2", line) for line in wrap(printable(text), self.width)]

    def heading(self, text: str) -> None:
        self._lines += ["", self._style("1", printable(text))]

    def line(self, mark: str, text: str, url: str | None) -> None:
        """`text` on one line, cut where the terminal ends; a link where one shows."""
        text = printable(text)
        room = self.width - len(mark) - 1
        text = text if columns(text) <= room else f"{wrap(text, room - 1)[0]}…"
        linked = self._link(url, text) if url and self.fancy else text
        self._lines.append(f"{self._style('1', mark)} {linked}")

    def item(self, mark: str, text: str, url: str | None) -> None:
        indent = " " * (len(mark) + 1)
        lines = wrap(f"{mark} {printable(text)}", self.width, rest=indent)
        lines[0] = lines[0].replace(mark, self._style("1", mark), 1)
        self._lines += lines
        if url:
            self._lines.append(f"{indent}{self._link(url)}")

    def quote(self, text: str) -> None:
        lines = wrap(f'"{printable(text)}"', self.width - 4)
        self._lines += [f"    {self._style('2', line)}" for line in lines]

    def cited(self, text: str, url: str | None) -> None:
        self._lines += wrap(f"    cites {printable(text)}", self.width, rest="      ")
        if url:
            self._lines.append(f"      {self._link(url)}")

    def bullet(self, text: str) -> None:
        self._lines += wrap(f"- {printable(text)}", self.width, rest="  ")

    def _style(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.fancy else text

    def _link(self, url: str, text: str = "") -> str:
        url = printable(url)
        # OSC 8: terminals that know it make the text a link, others show it as it is
        return f"\x1b]8;;{url}\x1b\\{text or url}\x1b]8;;\x1b\\" if self.fancy else url


def fancy() -> bool:
    """Whether stdout is a terminal that shows colour and links; old Windows consoles do not."""
    env = os.environ
    if not sys.stdout.isatty() or env.get("NO_COLOR") or env.get("TERM") == "dumb":
        return False
    return sys.platform != "win32" or bool(env.get("WT_SESSION") or env.get("TERM"))
