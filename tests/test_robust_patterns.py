"""No pattern of the package explodes on a hostile text."""

from __future__ import annotations

import importlib
import pkgutil
import re
from time import process_time

import surveyqa

LONG = 3_000
PIECES = (
    *("a", " ", "A", "1", "(", ")", "[", "<a", "{", "-", ".", ",", "*", "|", "/", "\\", "\t", "\u4e2d"),
    *("et al. ", "A, ", "1% ", "a b "),
)
SECONDS = 1.0  # of processor time for one text; a linear pattern takes a few milliseconds


def patterns() -> dict[str, re.Pattern[str]]:
    """Every compiled pattern of every module, by its name."""
    found: dict[str, re.Pattern[str]] = {}
    for module in pkgutil.walk_packages(surveyqa.__path__, "surveyqa."):
        if module.name.endswith("__main__"):
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                found[f"{module.name}.{name}"] = value
    return found


def test_no_pattern_explodes() -> None:
    slow = []
    for name, pattern in patterns().items():
        for piece in PIECES:
            text = "x" + piece * (LONG // len(piece)) + "!"
            begun = process_time()
            pattern.search(text)
            if (took := process_time() - begun) > SECONDS:
                slow.append((name, piece, round(took, 1)))
                break
    assert not slow
