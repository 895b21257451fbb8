"""The rates that the check of generated sentences must reach on the real survey."""

from __future__ import annotations

import json
from pathlib import Path

import generated
import pytest

from surveyqa.claims.across import departs, same_terms
from surveyqa.documents.pdf import read_pdf

GLOSSARY = Path(__file__).resolve().parent.parent / "corpus" / "glossary-zh.json"


def test_corrupted_sentences_are_caught_and_faithful_ones_kept(shared: Path) -> None:
    """Issue: of at least 200 sentences, corrupted ones caught >= 0.92 and faithful ones kept >= 0.75."""
    glossary = json.loads(GLOSSARY.read_text(encoding="utf-8"))
    found = generated.outcomes(read_pdf(shared / "corpus" / "survey.pdf"), glossary)
    rates = {key: right / total for key, (right, total) in generated.rates(found).items()}
    assert len(found) >= 200
    wrong = [o.text for o in found if not o.right]
    assert rates["caught all"] >= 0.92 and rates["kept all"] >= 0.75, (rates, wrong)
    assert rates["caught zh"] >= 0.80 and rates["kept zh"] >= 0.75, (rates, wrong)
    assert all(o.judged.label == "partial" for o in found if o.language == "zh" and o.judged.supported)


PASSAGE = (
    "GSS is 2 to 3 times faster than DSS and does not require retraining. It cuts cost by 31%. "
    "There are four categories."
)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("GSS 比 DSS 快 2 到 3 倍。", True),
        ("DSS 比 GSS 快 2 到 3 倍。", False),
        ("成本降低 31%。", True),
        ("成本提高 31%。", False),
        ("GSS 不需要重新训练。", True),
        ("GSS 需要重新训练。", False),
        ("可以分为四类。", True),
        ("可以分为五类。", False),
    ],
)
def test_what_is_compared_across_languages(text: str, right: bool) -> None:
    assert (departs(text, PASSAGE) == "") is right


def test_terms_go_through_the_glossary() -> None:
    glossary = {"提示": "prompt", "微调": "tuning", "输入层": "input layer", "诗人": "poet", "月亮": "moon"}
    assert same_terms("提示微调输入层", "Prompt tuning works at the input layer.", glossary)
    assert not same_terms("提示诗人月亮", "Prompt tuning works at the input layer.", glossary)
