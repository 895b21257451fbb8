"""The small pieces, each on an example that a reader can check by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveyqa.answering.answerability import _uncounted
from surveyqa.answering.retrieval import Line, Passage, introduced, merge, narrow
from surveyqa.answering.selection import _item, asks_for
from surveyqa.answering.tables import Row, empty_cell, extreme_row, read_row, select_rows
from surveyqa.assistant import page_spans
from surveyqa.evaluation import Share, has_key, ndcg, recall
from surveyqa.index.chunks import Chunk
from surveyqa.index.lexical import LexicalIndex
from surveyqa.text.sentences import sentence_spans
from surveyqa.text.terms import joined, tokenize
from surveyqa.understand.question import Name, Question, kind_of, language_of, to_english, understand


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


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("what is prefix tuning", "definition"),
        ("prefix tuning vs prompt tuning", "comparison"),
        ("how many tokens was LLaMA trained on?", "number"),
        ("which frameworks support MoE?", "works"),
        ("what are the four categories of compression", "kinds"),
        ("why is attention slow", "why"),
        ("how does Medusa work", "mechanism"),
        ("who proposed GPTQ", "who"),
        ("LoRA 和 QLoRA 有什么区别", "comparison"),
        ("有哪些投机解码的方法", "works"),
        ("为什么需要 MoE", "why"),
        ("什么是知识蒸馏", "definition"),
    ],
)
def test_the_form_of_a_question(question: str, kind: str) -> None:
    assert kind_of(question) == kind


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


class NoWords:
    """A corpus without a word."""

    proper_names: frozenset[str] = frozenset()

    def frequency(self, word: str) -> int:
        return 0

    def says(self, phrase: str) -> bool:
        return False


class FewWords(NoWords):
    """A corpus that says "gradient checkpointing" and "prefix tuning", and some single words."""

    def frequency(self, word: str) -> int:
        return int(word in ("sliding", "quill", "folding"))

    def says(self, phrase: str) -> bool:
        return phrase.lower() in "gradient checkpointing and prefix tuning of models"


@pytest.mark.parametrize(
    ("asked", "strange"),
    [
        ("who proposed Sliding Quill Folding for caches?", ("Sliding Quill Folding",)),
        ("how does Prefix Tuning Of Models work?", ()),
        ("what is the default of quill_alpha there?", ("quill_alpha",)),
        ("my config says quill_alpha=16, what is prefix tuning?", ()),
        ("does gradient_checkpointing save memory?", ()),
        ("is the Z20 faster?", ("Z20",)),
        ("what searches a tree a la QuillGo?", ()),  # by the way
    ],
)
def test_what_looks_like_a_name_and_is_nowhere(asked: str, strange: tuple[str, ...]) -> None:
    assert understand(asked, asked, dict, lambda text: [], FewWords()).strange == strange


def test_british_spelling_is_read_as_the_corpus_spells() -> None:
    class American(NoWords):
        def frequency(self, word: str) -> int:
            return int(word in ("quantization", "optimizer", "behavior", "precise"))

    asked = "does quantisation change the optimiser's behaviour, or a precise promise?"
    question = understand(asked, asked, dict, lambda text: [], American())
    assert question.english == "does quantization change the optimizer's behavior, or a precise promise?"
    assert question.asked == asked


@pytest.mark.parametrize(
    ("asked", "figure"),
    [
        ("which papers are in the pruning box?", True),
        ("our server box runs out of memory, why?", False),
        ("what does a black box teacher give?", False),
    ],
)
def test_a_box_of_a_figure(asked: str, figure: bool) -> None:
    assert understand(asked, asked, dict, lambda text: [], NoWords()).figure is figure


def ask(text: str) -> Question:
    return understand(text, text, dict, lambda text: [], NoWords())


def test_a_size_behind_a_name_is_not_part_of_a_rows_name() -> None:
    rows = [
        cost_row("Tit", "Parameter Size: 20B; GPUs Cost: 96 A100"),
        cost_row("Jay", "Training Time: 3 days"),
    ]
    assert "training time for Tit" in empty_cell(ask("how many days did Tit-20B train, in the table?"), rows)
    assert not empty_cell(ask("how many GPUs did Tit-20B take, in the table?"), rows)


TEXT = "Wren has 7B parameters and was trained on 300 documents. It was made by 12 people."


def test_what_is_not_supported_ends_at_but() -> None:
    head = "Table 2: Frameworks. Framework: {}; Training: no; Fine-Tuning: {}. {} | x"
    rows = []
    for name, tunes in (("Tit", "yes"), ("Jay", "no")):
        text = head.format(name, tunes, name)
        row = read_row(replace(CHUNK, form="table-row", text=text, sentences=((0, len(text)),), quote=(0, 5)))
        assert row
        rows.append(row)
    asked = ask("in the table, which do not support training but support fine-tuning?")
    assert [row.name for row in select_rows(asked, rows)] == ["Tit"]


def passage_on_wren() -> Passage:
    cut = TEXT.index("It was")
    chunk = replace(CHUNK, text=TEXT, sentences=((0, cut - 1), (cut, len(TEXT))))
    return Passage(chunk, 1.0, (Line(names=(1.0,)), Line(names=(0.7,))), 0)


@pytest.mark.parametrize(
    ("asked", "uncounted"),
    [
        ("how many parameters does Wren have?", ""),
        ("how many documents does Wren need?", ""),
        ("how many layers does Wren have?", "layers"),
        ("how many layers are there?", ""),  # of nothing that is named
    ],
)
def test_a_number_is_only_told_by_what_counts_the_same(asked: str, uncounted: str) -> None:
    named = [Name("Wren", frozenset({"wren"}))] if "Wren" in asked else []
    question = replace(ask(asked), names=tuple(named))
    assert _uncounted(question, [], [passage_on_wren()]) == uncounted


def test_a_work_that_is_written_small_is_listed_whole() -> None:
    text = "xLong (Ada, 2023) keeps memory in pages. The Quill (Bo, 2024) does the same for prompts."
    cut = text.index("The Quill")
    chunk = replace(CHUNK, text=text, sentences=((0, cut - 1), (cut, len(text))))
    found = _item(Passage(chunk, 1.0, (Line(), Line()), 0), 0)
    assert found and text[slice(*found)].startswith("xLong (Ada, 2023)")


@pytest.mark.parametrize(
    ("sentence", "form", "says"),
    [
        ("Quill adaptation (QuA) (Bo, 2024) is widely used.", "qua", True),
        ("For example, Quill (Bo, 2024) reduces what is read.", "quill", True),
        ("To do so, they propose Quill, which reads less.", "quill", True),
        ("Quill-2 reads less than Quill.", "quill", False),
        ("Quill techniques can be divided into two groups.", "quill", False),
        ("They propose sliding quill adaptation.", "adaptation", False),
    ],
)
def test_what_says_first_what_a_name_is(sentence: str, form: str, says: bool) -> None:
    assert introduced(sentence, [form]) is says


@pytest.mark.parametrize(
    ("asked", "subject"),
    [
        ("what is a KV cache in serving?", {"kvcache"}),
        ("define mixture of experts", {"mixture"}),
        ("explain quantization briefly", {"quantization"}),
        ("how many bits does it use?", set()),
    ],
)
def test_what_is_to_be_defined(asked: str, subject: set[str]) -> None:
    assert ask(asked).subject == subject


def test_a_list_is_asked_for_by_more_than_a_common_word() -> None:
    assert not asks_for(ask("what did they train?"), "Training Optimizers")
    assert asks_for(ask("which training optimizers are there?"), "Training Optimizers")


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
    found = extreme_row(understand(asked, asked, dict, lambda text: [], NoWords()), rows)
    assert (found.name if found else None) == name
