"""The checker: small texts whose verdict a reader can see, then the real files and a set written by hand."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from check_passages import CLAIMS, Case, cases
from hypothesis import given
from hypothesis import strategies as st

from surveyqa.claims import best_sentence, check
from surveyqa.claims.chinese import quantities_of
from surveyqa.claims.numbers import quantities
from surveyqa.claims.verdict import judge
from surveyqa.claims.words import PHRASES, plain, read, sentences, stem

ORYX = (
    "Oryx (Smith et al., 2023) is a serving engine built by Acme. It raises throughput by up to 4x on H100 "
    "GPUs and 2.5x on A100 GPUs compared to Kudu, with only a slight drop in accuracy. Oryx does not require "
    "retraining. Unlike Oryx, Kudu (Lee et al., 2022) quantizes weights to 8 bits and keeps activations in "
    "16 bits, which reduces memory by 40%. Some users report that Kudu may increase latency."
)


@pytest.mark.parametrize(
    "claim",
    [
        "On H100 GPUs Oryx raises throughput as much as fourfold.",
        "Oryx needs no retraining.",
        "Oryx was built by Acme as an engine for serving.",
        "Kudu saves 40 percent of memory.",
        "Kudu keeps activations at sixteen bits and quantizes weights to eight.",
        "Compared with Kudu, Oryx has up to 4 times the throughput on H100 GPUs [1].",
        "Accuracy falls only a little with Oryx.",
    ],
)
def test_a_faithful_rewording_is_supported(claim: str) -> None:
    assert check(claim, ORYX).label == "supported", check(claim, ORYX).reasons


@pytest.mark.parametrize(
    ("kind", "claim"),
    [
        ("value", "Oryx raises throughput by up to 5x on H100 GPUs."),
        ("swapped values", "Oryx raises throughput by up to 2.5x on H100 GPUs and 4x on A100 GPUs."),
        ("unit", "Kudu reduces memory by 40x."),
        ("bound", "Oryx raises throughput by at least 4x on H100 GPUs."),
        ("name", "Oryx is a serving engine built by Initech."),
        ("owner", "Oryx quantizes weights to 8 bits and keeps activations in 16 bits."),
        ("roles", "Kudu raises throughput by up to 4x compared to Oryx."),
        ("terms", "Kudu quantizes activations to 8 bits and keeps weights in 16 bits."),
        ("direction", "Kudu increases memory by 40%."),
        ("negation", "Oryx requires retraining."),
        ("negation", "Oryx does not raise throughput on H100 GPUs."),
        ("overclaim", "Oryx raises throughput with no drop in accuracy."),
        ("overclaim", "All users report that Kudu increases latency."),
        ("addition", "Oryx raises throughput and supports federated learning."),
    ],
)
def test_a_corruption_is_not_supported(kind: str, claim: str) -> None:
    verdict = check(claim, ORYX)
    assert verdict.label != "supported", kind
    assert verdict.reasons


TARN = (
    "Tarn first drops the least useful keys and then merges the rest in pairs. Unlike Mersk, which "
    "needs a second network to rank keys, Tarn ranks them by age. It has Optics for lenses, Fibers for "
    "cables and Mirrors for lasers. Its methods can be divided into ranking, merging, and packing. Tarn "
    "runs with all Linux-based cards. Packing does not affect accuracy, and the ranking stage stays the "
    "same. Young keys may not be compatible with old cards. Mersk draws 20% less power than Tarn. Large "
    "cards take hundreds of keys, and small cards are as popular as large ones. Tarn compresses 58M "
    "keys and reads 10M pages."
)


@pytest.mark.parametrize(
    "claim",
    [
        "Tarn draws more power than Mersk.",
        "Tarn needs no second network to rank keys, unlike Mersk.",
        "Ranking, merging and packing are the three kinds of its methods.",
        "Keys are ranked by age in Tarn.",
        "All cards based on Linux run Tarn.",
        "Fibers is the part for cables.",
        "Packing leaves accuracy alone.",
    ],
)
def test_a_fact_told_another_way_is_supported(claim: str) -> None:
    assert check(claim, TARN).label == "supported", check(claim, TARN).reasons


@pytest.mark.parametrize(
    ("kind", "claim"),
    [
        ("order", "Tarn first merges keys in pairs and then drops the least useful ones."),
        ("degree", "Tarn drops the most useful keys."),
        ("foil", "Tarn needs a second network to rank keys."),
        ("purposes", "Optics is for cables."),
        ("count of a list", "Its methods can be divided into four kinds."),
        ("restricted universal", "Tarn runs with all cards."),
        ("unaffected", "Packing lowers accuracy."),
        ("unaffected", "The ranking stage gets slower."),
        ("hedge", "Young keys are never compatible with old cards."),
        ("comparison", "Tarn draws 20% less power than Mersk."),
        ("magnitude", "Large cards take thousands of keys."),
        ("equality", "Small cards are more popular than large ones."),
        ("counted thing", "Tarn compresses 10M keys."),
    ],
)
def test_a_subtle_corruption_is_not_supported(kind: str, claim: str) -> None:
    assert check(claim, TARN).label != "supported", kind


def test_reasons_name_what_departs() -> None:
    reasons = check("Oryx raises throughput by up to 5x on H100 GPUs.", ORYX).reasons
    assert any("5x" in r for r in reasons)
    assert any("Initech" in r for r in check("Oryx was built by Initech.", ORYX).reasons)


def test_names_of_the_context_count_as_known() -> None:
    passage = "It raises throughput by 3x on long inputs."
    assert check("Oryx raises throughput by 3x on long inputs.", passage).label != "supported"
    claim = "Oryx raises throughput by 3x on long inputs."
    assert check(claim, passage, context="4 Engines > Oryx").label == "supported"


def test_authors_are_kept_apart() -> None:
    text = "Alpaqa (Jones et al., 2021) and Betula (Kim et al., 2022) verify drafts in parallel."
    assert (
        check("Alpaqa was introduced by Kim et al. and Betula by Jones et al.", text).label == "contradicted"
    )


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("75%", "seventy-five percent"),
        ("75%", "three quarters"),
        ("4x", "four times"),
        ("4×", "fourfold"),
        ("175B parameters", "175 billion parameters"),
        ("52K", "52,000"),
        ("0.1%", "a tenth of a percent"),
        ("2-4×", "two to four times"),
        ("33%", "a third of it"),
        ("96 hours", "four days"),
        ("2x", "twice"),
        ("80GB", "80 GB"),
    ],
)
def test_amounts_agree_however_they_are_spelled(left: str, right: str) -> None:
    a, b = quantities(read(f"takes {left} of")), quantities(read(f"takes {right} of"))
    assert len(a) == len(b) == 1 and a[0].agrees(b[0]), (a, b)


@pytest.mark.parametrize(
    ("left", "right"), [("4%", "4x"), ("3 days", "3 hours"), ("16GB", "24GB"), ("7B", "7M")]
)
def test_amounts_that_differ_do_not_agree(left: str, right: str) -> None:
    assert not quantities(read(f"takes {left} now"))[0].agrees(quantities(read(f"takes {right} now"))[0])


def test_digits_of_names_are_no_amounts() -> None:
    assert quantities(read("GPT-3, LLaMA-2-7B, H2O and INT8 are names.")) == []


def test_inflections_share_a_stem_and_lookalikes_do_not() -> None:
    assert stem("quantizing") == stem("quantization") and stem("efficiency") == stem("efficient")
    assert stem("inferior") != stem("inference") and stem("general") != stem("generate")


def test_chinese_claims_are_partial_unless_something_comparable_departs() -> None:
    passage = "Oryx raises throughput by 2-4x and cuts memory by 75%. It quantizes models of 175B parameters."
    assert check("Oryx 将吞吐量提高了2-4倍。", passage).label == "partial"
    assert check("Oryx 可以量化1750亿参数的模型[1]。", passage).label == "partial"
    assert check("Oryx 将内存减少了百分之七十五。", passage).label == "partial"
    for wrong in ("Oryx 将吞吐量提高了2-5倍。", "Oryx 可以量化175亿参数的模型。", "Kudu 将内存减少了75%。",
                  "Oryx 降低了吞吐量。", "Oryx 不量化模型。"):  # fmt: skip
        assert check(wrong, passage).label in {"contradicted", "unsupported"}, wrong
    assert [q.low for _, q in quantities_of("1750亿、三倍、百分之七十五、5.2万")] == [1.75e11, 3, 75, 52000]


def test_the_best_sentence_is_found_with_its_place() -> None:
    found = best_sentence("Kudu reduces memory by 40%", ["Nothing to see here.", ORYX])
    assert found is not None
    index, (start, end) = found
    assert index == 1 and "40%" in plain(ORYX)[start:end]
    assert best_sentence("zebra", ["Nothing to see here."]) is None


LARCH = (
    "Larch trains a small gate while the large trunk remains frozen. The fill phase, which reads the prompt, "
    "and the draw phase, which writes tokens, run on two cards each. Larch outperforms Cedar. Earlier gates "
    "struggle with very long prompts. It can process up to 90K tokens and does not overlook the given hints. "
    "Spruce Needle Pruning (SNP) was used by Cedar. Existing methods rely on a larger helper model for "
    "checks. Larch can be applied to new inputs without any calibration. Its token-level scaling and "
    "block-level distillation have a negligible impact on latency. Quotas are set after the gate has "
    "been trained."
)


@pytest.mark.parametrize(
    "claim",
    [
        "Larch keeps the trunk frozen and trains a small gate.",
        "Cedar made use of spruce needle pruning.",
        "Cedar is outperformed by Larch.",
        "Larch copes with 90K tokens.",
        "Very long prompts are too hard for earlier gates.",
        "Larch needs no calibration for new inputs.",
    ],
)
def test_a_sentence_turned_round_is_supported(claim: str) -> None:
    assert check(claim, LARCH).label == "supported", check(claim, LARCH).reasons


@pytest.mark.parametrize(
    ("kind", "claim"),
    [
        ("state of a subject", "Larch updates the large trunk."),
        ("words before one noun", "The draw phase reads the prompt and the fill phase writes tokens."),
        ("one for two", "The fill phase runs on one card."),
        ("passive", "Larch is outperformed by Cedar."),
        ("how it fares", "Earlier gates handle very long prompts well."),
        ("denied in other words", "Larch disregards the given hints."),
        ("what others do", "Larch relies on a larger helper model for checks."),
        ("needed", "Larch has to be calibrated for new inputs."),
        ("modifiers crossed", "Larch uses block-level scaling and token-level distillation."),
        ("little affected", "Token-level scaling makes latency considerably higher."),
        ("time", "Quotas are set before the gate has been trained."),
    ],
)
def test_a_sentence_turned_round_wrongly_is_not_supported(kind: str, claim: str) -> None:
    assert check(claim, LARCH).label != "supported", kind


def test_looking_for_letters_first_loses_no_phrase() -> None:
    """The letters that a phrase must have are looked for before its pattern is tried."""
    found = 0
    for text in [json.loads(line)["claim"] for line in CLAIMS.read_text(encoding="utf-8").splitlines()]:
        for pattern, _, needles in PHRASES:
            if pattern.search(text):
                found += 1
                assert not needles or any(n in text.lower() for n in needles), pattern.pattern
    assert found > 100


def _own() -> list[dict[str, str]]:
    """Claims on passages written for this project; the Chinese ones have kind 'chinese'."""
    path = Path(__file__).parent / "data" / "own_claims.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_claims_on_our_own_passages() -> None:
    """The passages pack contrasts closely and the rewordings are free: harder than what papers say."""
    caught, kept = _rates([(c["label"], c["claim"], c["passage"]) for c in _own() if c["kind"] != "chinese"])
    assert caught >= 0.88 and kept >= 0.64


def test_chinese_claims_on_our_own_passages() -> None:
    chinese = [c for c in _own() if c["kind"] == "chinese"]
    right = [
        (check(c["claim"], c["passage"]).label == "partial") == (c["label"] == "supported") for c in chinese
    ]
    assert sum(right) >= 0.95 * len(right)


def test_a_sentence_without_what_trails_behind_it_is_supported() -> None:
    text = "Oryx keeps two copies of each table in memory, which speeds up lookups on small cards."
    assert check("Oryx keeps two copies of each table in memory.", text).label == "supported"


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_gets_a_verdict(claim: str, passage: str) -> None:
    verdict = check(claim, passage)
    assert (
        verdict.label in {"supported", "partial", "contradicted", "unsupported"} and 0 <= verdict.score <= 1
    )
    assert verdict == check(claim, passage)


@pytest.mark.parametrize("claim", ["", "   ", "[1]", "..."])
def test_an_empty_claim_is_not_supported(claim: str) -> None:
    assert check(claim, ORYX).label == "unsupported"


def test_importing_loads_nothing_heavy() -> None:
    code = "import sys, surveyqa.claims; print({'numpy', 'torch', 'chromadb'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


# --- the real files --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def written(shared: Path) -> list[Case]:
    found = cases(shared)
    assert len(found) > 650
    return found


def _rates(rows: list[tuple[str, str, str]]) -> tuple[float, float]:
    """(caught, kept) of (label, claim, passage)."""
    right: Counter[str] = Counter()
    for label, claim, passage in rows:
        right[label] += (check(claim, passage).label == "supported") == (label == "supported")
    total = Counter(label for label, _, _ in rows)
    return right["unsupported"] / total["unsupported"], right["supported"] / total["supported"]


def test_sample_of_the_judges(shared: Path) -> None:
    lines = (shared / "eval" / "claims.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [(r["label"], r["claim"], r["passage"]) for r in map(json.loads, lines)]
    caught, kept = _rates(rows)
    assert caught >= 0.96 and kept >= 0.86


def test_claims_written_by_hand(written: list[Case]) -> None:
    """Rules have seen all of these by now: this holds the ground, it is no estimate of what is unseen."""
    caught, kept = _rates([(c.label, c.claim, c.passage) for c in written])
    assert caught >= 0.95 and kept >= 0.92


def test_every_sentence_of_a_passage_is_supported_and_none_with_another_number(written: list[Case]) -> None:
    passages = list(dict.fromkeys(c.passage for c in written))
    flagged = copied = changed = 0
    for passage in passages:
        text = plain(passage)
        for start, end in sentences(text):
            sentence = text[start:end].strip()
            copied += 1
            assert check(sentence, passage).label == "supported", sentence
            flagged += bool(judge(sentence, passage)[0])
            for m in re.finditer(r"(?<![\w.-])\d+(?:\.\d+)?(?![\w.]*\))", sentence):
                if re.fullmatch(r"(?:19|20)\d\d", m[0]):
                    continue
                other = f"{float(m[0]) * 1.3 + 1:.2f}".rstrip("0").rstrip(".")
                changed += 1
                assert (
                    check(sentence[: m.start()] + other + sentence[m.end() :], passage).label != "supported"
                )
    assert copied > 400 and changed > 50
    assert flagged <= 0.02 * copied  # the rules themselves, without the shortcut for copies


def test_a_few_milliseconds_a_claim(written: list[Case]) -> None:
    start = time.process_time()
    for c in written[:200]:
        check(c.claim, c.passage)
    assert (time.process_time() - start) / 200 < 0.03
