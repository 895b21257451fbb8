# ruff: noqa: E501  (a question and what is expected stand on one line)
"""What a question is understood as: folding, spelling, intents, subjects, dialogue, what is taken for granted."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import process_time
from typing import Any

import pytest

from surveyqa.catalog import Catalog
from surveyqa.text.folding import Folding, language_of, to_english
from surveyqa.understand.presumption import presumed
from surveyqa.understand.reader import read
from surveyqa.understand.reading import Reading, Subject, Turn
from surveyqa.understand.vocabulary import Knowledge

ROOT = Path(__file__).parent.parent
TEXT = (
    "the pruning of weights . speculative decoding with draft models . RoPE and Gopher and GPT-3 . what is "
)


class Chunk:
    def __init__(self, text: str) -> None:
        self.text = text


class SmallCorpus:
    """What `Knowledge` asks of an index, of a few sentences."""

    proper_names = frozenset({"gopher", "rope", "gpt3"})
    references: Mapping[str, Any] = {}
    chunks: Sequence[Any] = (Chunk(TEXT * 5),)
    survey_sections: Mapping[str, Sequence[int]] = {"1": [0], "2.3": [0], "2.3.1": [0]}

    def frequency(self, word: str) -> int:
        return int(word.lower() in {*TEXT.lower().split(), "gpt3"})

    def says(self, phrase: str) -> bool:
        return phrase.lower() in TEXT.lower()


GLOSSARY: dict[str, str] = json.loads((ROOT / "corpus" / "glossary-zh.json").read_text(encoding="utf-8"))
KNOWLEDGE = Knowledge(Catalog.load(ROOT / "corpus"), SmallCorpus(), GLOSSARY)


def reading(question: str, *before: str | Turn) -> Reading:
    history = [turn if isinstance(turn, Turn) else Turn(turn) for turn in before]
    return read(question, history, KNOWLEDGE)


def names(found: Reading) -> list[str]:
    return [s.name for s in found.subjects]


# ---- writing and spelling ----


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ("what is \uff2c\uff4f\uff32\uff21?", "what is LoRA?"),
        ("what is Lo\u200bRA", "what is LoRA"),
        ("什麼是知識蒸餾\uff1f", "什么是知识蒸馏?"),
    ],
)
def test_writing_is_folded(asked: str, text: str) -> None:
    assert Folding()(asked) == text


def test_language_and_glossary() -> None:
    assert language_of("SmoothQuant 怎么解决激活难量化") == "zh"
    assert language_of("what is 量化 in SmoothQuant, the method?") == "en"
    english, lacking = to_english("量化是什么", {"量化": "quantization"})
    assert "quantization" in english and set(lacking) == set("是什么")


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ("waht is specualtive decodng", "what is speculative decoding"),
        ("wanda prunning", "wanda pruning"),
        ("papers from NeruIPS 2020", "papers from NeurIPS 2020"),
        ("flexgne throughput", "FlexGen throughput"),
    ],
)
def test_spelling_is_mended_against_the_corpus(asked: str, text: str) -> None:
    assert reading(asked).text == text


@pytest.mark.parametrize("asked", ["how does GPTQ work", "what is a draft model", "LoRA or QLoRA?"])
def test_what_is_spelled_right_stays(asked: str) -> None:
    assert reading(asked).text == asked


# ---- intents ----


@pytest.mark.parametrize(
    ("asked", "intent"),
    [
        ("what is LoRA", "define"),
        ("how does GPTQ choose what to round", "how"),
        ("why is decoding slow", "why"),
        ("difference between LoRA and QLoRA", "compare"),
        ("drawbacks of prefix tuning?", "limits"),
        ("my GPU runs out of memory, what can I do", "recommend"),
        ("what kinds of distillation are there", "kinds"),
        ("summarize section 2.3", "section"),
        ("what are the open challenges", "outlook"),
        ("who are the authors of the survey", "survey"),
        ("summarize this paper", "survey"),
        ("thanks!", "assistant"),
        ("hello", "assistant"),
        ("what can you do", "assistant"),
        ("how do I get red wine out of a wool carpet?", "outside"),
        ("which pruning papers are from ICLR", "papers"),
        ("什么是知识蒸馏", "define"),
        ("QLoRA 和 LoRA 有什么区别", "compare"),
        ("剪枝的论文有哪些", "papers"),
        ("谢谢", "assistant"),
        ("红烧肉怎么做才不腻?", "outside"),
        ("这篇综述是谁写的", "survey"),
    ],
)
def test_intents(asked: str, intent: str) -> None:
    assert reading(asked).intent == intent


def test_probabilities_are_told_best_first() -> None:
    shares = [p for _, p in reading("what about LoRA then").intents]
    assert shares == sorted(shares, reverse=True) and 0 < sum(shares) <= 1.001


def test_polar() -> None:
    assert reading("does LoRA need retraining?").polar and reading("LoRA 需要重新训练吗?").polar
    assert not reading("what does LoRA need?").polar


# ---- subjects ----


def test_subjects_in_the_order_of_the_question() -> None:
    found = reading("how do GPTQ and speculative decoding compare in section 2.3?")
    assert [(s.kind, s.key) for s in found.subjects] == [
        ("method", "gptq"),
        ("category", "Model-Centric Methods > Efficient Inference > Speculative Decoding"),
        ("section", "2.3"),
    ]
    assert all(found.text[a:b] for a, b in (s.span for s in found.subjects))


def test_names_that_only_the_text_has_and_names_that_are_nowhere() -> None:
    assert names(reading("which encoding does Gopher use with GPT-3?")) == ["Gopher", "GPT-3"]
    assert reading("Which scale type does MXFP4 use?").unknown == ("MXFP4",)
    assert reading("Summarise section 4.3").unknown == ("section 4.3",)
    assert reading("how many 7B models fit on one GPU in 4-bit?").unknown == ()


# ---- dialogue ----


@pytest.mark.parametrize(
    ("asked", "before", "text"),
    [
        ("and how does it differ from LoRA?", ["what is prefix tuning"], "how does prefix tuning differ from LoRA?"),
        ("And Gopher?", ["Which encoding did GPT-3 go with?"], "Which encoding did Gopher go with?"),
        ("它的缺点是什么?", ["什么是 QLoRA?"], "QLoRA 的缺点是什么?"),
        ("AlpaGasus 呢?", ["DSIR 是怎么挑数据的?"], "AlpaGasus 是怎么挑数据的?"),
        ("which papers on it are from 2024?", ["what is quantization"], "which papers on quantization are from 2024?"),
    ],
)  # fmt: skip
def test_what_leans_is_resolved(asked: str, before: list[str], text: str) -> None:
    found = reading(asked, *before)
    assert (found.text, found.resolved, found.asked) == (text, True, asked)


def test_what_was_answered_is_leant_on() -> None:
    turn = Turn("which serving system predicts the output length?", subjects=("S3", "Orca"))
    assert "S3" in reading("how much faster is it?", turn).text
    assert "Orca" in reading("tell me more about the second one", turn).text


@pytest.mark.parametrize(
    ("before", "asked", "holds"),
    [
        ("what is LoRA", "what about prefix tuning?", "what is prefix tuning"),
        ("what is LoRA", "and its rank?", "LoRA"),
        ("什么是 LoRA", "它有什么缺点?", "LoRA"),
        ("Orca 是怎么调度请求的?", "比 FasterTransformer 的吞吐量到底高出多少倍?", "Orca"),
    ],
)
def test_a_follow_up_holds_what_it_leans_on(before: str, asked: str, holds: str) -> None:
    assert holds in reading(asked, before).text


@pytest.mark.parametrize(
    "asked",
    [
        "What is FlashAttention?",
        "how does GPTQ keep its accuracy",
        "who wrote this survey",
        "how many papers are on the list",
        "what is the difference between LoRA and QLoRA",
        "which papers on pruning are from 2024",
        "有哪些剪枝方法",
        "Which optimizers are discussed?",
        "what are the open challenges?",
        "thanks",
    ],
)
@pytest.mark.parametrize(
    "before", ["what is speculative decoding", "list the KV cache papers", "LoRA 是什么"]
)
def test_a_question_of_its_own_is_never_changed(asked: str, before: str) -> None:
    alone, after = reading(asked), reading(asked, before)
    assert (after.text, after.resolved, after.query) == (alone.text, False, alone.query)


def test_a_pronoun_that_nothing_explains_is_reported() -> None:
    found = reading("how does it work?")
    assert found.unresolved == "it" and not found.resolved


@pytest.mark.parametrize(
    "asked",
    [
        "is there a method that needs no calibration data?",
        "models that fit a phone",
        "what does it mean to prune the weights?",
        "we serve many users at once. which system suits that?",
    ],
)
def test_a_pronoun_that_the_question_explains_asks_nothing_back(asked: str) -> None:
    assert reading(asked).unresolved == ""


# ---- what is taken for granted ----


@pytest.mark.parametrize(
    ("asked", "statement"),
    [
        ("Why does LoRA update the original matrix?", "LoRA updates the original matrix."),
        ("How many attention heads does Mamba have?", "Mamba has attention heads."),
        ("Why is structured pruning faster than distillation?", "structured pruning is faster than distillation."),
        ("Why was Baby LLaMA distilled into 7 billion parameters?", "Baby LLaMA was distilled into 7 billion parameters."),
        ("LoRA needs retraining. Why?", "LoRA needs retraining."),
        ("what is LoRA?", ""),
    ],
)  # fmt: skip
def test_presumed(asked: str, statement: str) -> None:
    found = [Subject("method", n, n, (0, 0)) for n in ("LoRA", "Mamba", "Baby LLaMA", "Structured Pruning")]
    assert presumed(asked, asked, found) == statement


def test_reading_is_quick() -> None:
    reading("warm up")
    started = process_time()
    for n in range(40):
        reading(f"which pruning papers from ICLR have code and how do they compare with GPTQ {n}?")
    assert (process_time() - started) / 40 < 0.02
