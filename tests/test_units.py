"""The small pieces, each on an example that a reader can check by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveyqa.answering.citing import page_spans
from surveyqa.answering.passages import merge, narrow
from surveyqa.answering.tables import Row, extreme_row, read_row, select_rows
from surveyqa.evaluation import Share, has_key, ndcg, recall
from surveyqa.index.chunks import Chunk
from surveyqa.index.lexical import LexicalIndex
from surveyqa.profile import Profile
from surveyqa.text.folding import language_of, to_english
from surveyqa.text.sentences import sentence_spans
from surveyqa.text.terms import joined, tokenize
from surveyqa.understand.reading import Reading


def sentences(text: str) -> list[str]:
    return [text[a:b] for a, b in sentence_spans(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two.", ["One.", "Two."]),
        (
            "LoRA (Hu et al., 2022) adds matrices. It is small.",
            ["LoRA (Hu et al., 2022) adds matrices.", "It is small."],
        ),
        ("As Li et al. (2023) show, it works. Fine.", ["As Li et al. (2023) show, it works.", "Fine."]),
        ("It uses swapping. vLLM also batches.", ["It uses swapping.", "vLLM also batches."]),
        ("Up to 5.7x, e.g. GPTQ, is 3.5 times. Yes!", ["Up to 5.7x, e.g. GPTQ, is 3.5 times.", "Yes!"]),
        ("这是一。这是二。", ["这是一。", "这是二。"]),
    ],
)
def test_sentences_end_where_a_reader_ends_them(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@given(st.text(max_size=300))
def test_sentences_lose_nothing_but_white_space(text: str) -> None:
    assert "".join("".join(s.split()) for s in sentences(text)) == "".join(text.split())


def test_terms_stay_whole_and_give_their_parts() -> None:
    assert {"llm.int8", "llm", "int8"} <= set(tokenize("LLM.int8()"))
    assert {"2:4"} <= set(tokenize("2:4 sparsity"))
    assert {"kv-cach", "kv", "cach"} <= set(tokenize("KV-cache"))
    assert set(tokenize("FlashAttention")) >= {"flashattent", "flash", "attent"}
    assert tokenize("what is the") == []


def test_names_in_one_piece() -> None:
    assert "flashattention" in joined("the flash attention kernel")
    assert "flashattention" in joined("Flash-Attention")
    assert "lora" not in joined("QLoRA")


def test_bm25_ranks_by_rare_words_and_ignores_unknown_ones() -> None:
    index = LexicalIndex.build(
        [tokenize(t) for t in ("pruning weights", "pruning heads", "caching keys and weights")]
    )
    scores = index.scores(["prune", "head", "unheard"])
    assert scores.argmax() == 1 and scores[2] == 0
    assert index.frequency("pruning") == 2 and index.frequency("unheard") == 0
    assert index.idf("unheard") > index.idf("head") > index.idf("prune")


def test_language_and_glossary() -> None:
    assert (
        language_of("SmoothQuant 怎么解决激活难量化") == "zh"
        and language_of("what is 量化 in SmoothQuant, the method?") == "en"
    )
    english, lacking = to_english(
        "前缀微调和LoRA的冒号", {"前缀微调": "prefix tuning", "前缀": "prefix", "和": "", "的": ""}
    )
    assert english == "prefix tuning LoRA" and lacking == ("冒", "号")


CHUNK = Chunk(
    id="1", document="survey", kind="survey", form="paragraph", title="T", path=("2 Models", "Pruning"),
    pages=((0, 7), (18, 8)), span=(0, 34), text="First one here. It runs over pages.",
    sentences=((0, 15), (16, 35)), cites=((0, 5, "a"),),
)  # fmt: skip


def test_a_sentence_over_a_page_break_has_a_quote_on_each_page() -> None:
    spans = page_spans(CHUNK, 16, 35)
    assert [(page, CHUNK.text[a:b]) for page, a, b in spans] == [(7, "It"), (8, "runs over pages.")]
    assert page_spans(CHUNK, 0, 15) == [(7, 0, 15)]


def test_windows_keep_text_pages_and_citations_in_step() -> None:
    other = replace(
        CHUNK,
        id="2",
        pages=((0, 8),),
        span=(35, 50),
        text="More. And more.",
        sentences=((0, 5), (6, 15)),
        cites=(),
    )
    whole = merge([CHUNK, other])
    assert [whole.text[a:b] for a, b in whole.sentences] == [
        "First one here.",
        "It runs over pages.",
        "More.",
        "And more.",
    ]
    cut = narrow(whole, whole.sentences[1:3])
    assert (
        cut.text == "It runs over pages. More."
        and cut.page_at(0) == 7
        and cut.page_at(10) == 8
        and not cut.cites
    )


def test_a_table_row_is_read_by_its_columns() -> None:
    text = (
        "Table 2: Frameworks. Framework: vLLM; Training: no; Inference: yes. vLLM | ✗ | ✓ | PagedAttention."
    )
    row = read_row(
        replace(CHUNK, form="table-row", text=text, sentences=((0, len(text)),), quote=(80, len(text)))
    )
    assert (
        row
        and row.name == "vLLM"
        and row.values == {"Framework": "vLLM", "Training": "no", "Inference": "yes"}
    )
    assert row.reading == "vLLM (Table 2): Training: no; Inference: yes"


def test_measures_on_worked_examples() -> None:
    assert ndcg(["a", "b"], {"b": 1}) == pytest.approx(0.6309, abs=1e-4)
    assert recall(["a", "b"], {"b": 1, "c": 1}) == 0.5
    share = Share.of([1, 1, 1, 0])
    assert share and share.value == 0.75 and 0.29 < share.low < 0.31 and 0.95 < share.high < 0.96
    assert has_key("it grew by 50%", ["50%"]) and not has_key("it grew by 50%", ["0%"])


def ask(text: str) -> Reading:
    intent = "table" if "table" in text.lower() else "fact"
    return Reading(text, text, "en", ((intent, 1.0),), text, dict.fromkeys(tokenize(text), 1.0))  # type: ignore[arg-type]


PROFILE = Profile.load(Path(__file__).resolve().parent.parent / "corpus")


def test_what_is_not_supported_ends_at_but() -> None:
    head = "Table 2: Frameworks. Framework: {}; Training: no; Fine-Tuning: {}. {} | x"
    rows = []
    for name, tunes in (("Tit", "yes"), ("Jay", "no")):
        text = head.format(name, tunes, name)
        row = read_row(replace(CHUNK, form="table-row", text=text, sentences=((0, len(text)),), quote=(0, 5)))
        assert row
        rows.append(row)
    asked = ask("in the table, which do not support training but support fine-tuning?")
    assert [row.name for row in select_rows(asked, rows, PROFILE)] == ["Tit"]


def cost_row(name: str, columns: str) -> Row:
    head = f"Table 1: Costs. Model: {name}; {columns}. "
    text = head + f"{name} | x"
    chunk = Chunk(
        name, "survey", "survey", "table-row", "A Survey", ("2 Cost",), ((0, 3),), (0, len(text)), text,
        ((0, len(text)),), (), (len(head), len(text)),
    )  # fmt: skip
    row = read_row(chunk)
    assert row
    return row


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("which model took the longest to train?", "Wren"),
        ("Table 1: whose training time is the shortest?", "Tit"),
        ("Which model has the most GPUs?", "Tit"),
        ("In Table 1, which has the fewest parameters?", "Jay"),
        ("the model with the largest number of tokens", "Jay"),
        ("which model has the most hallucinations?", None),
        ("what is the longest river?", None),
    ],
)
def test_the_row_with_the_most(asked: str, name: str | None) -> None:
    size, data, cards, time = "Parameter Size", "Data Scale", "GPUs Cost", "Training Time"
    rows = [
        cost_row("Wren", f"{size}: 1.3T; {data}: 825GB corpus; {cards}: 96 A100; {time}: 3 days"),
        cost_row("Tit", f"{size}: 20B; {data}: 300B tokens; {cards}: 2,048 A100; {time}: 37 hours"),
        cost_row("Jay", f"{size}: 900M; {data}: 1T tokens; {cards}: A100-80G; {time}: 9,000 GPU days"),
    ]
    found = extreme_row(ask(asked), rows, PROFILE)
    assert (found.name if found else None) == name
