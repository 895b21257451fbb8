# ruff: noqa: E501  (a question and its gold stand on one line)
"""More questions on the list, in the registers people write in, against the same gold as in test_catalog_questions."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from list_gold import KV, LRA, SD, Condition, Row, ask

from surveyqa.catalog import Catalog
from surveyqa.catalog.questions import SetAnswer, route


def t(*starts: str) -> Condition:
    return lambda r: r.title.lower().startswith(tuple(s.lower() for s in starts))


# (question, gold, what is counted: "papers", "entries", or None for a question that wants the set alone)
QUESTIONS: list[tuple[str, Condition, str | None]] = [
    # venues of every kind
    ("Is there anything from AI Open on the list?", lambda r: r.printed == "AI Open", None),
    ("whats the EuroSys paper called", lambda r: r.printed == "EuroSys", None),
    ("is there any UAI paper?", lambda r: r.printed == "UAI", None),
    ("name the PPoPP paper in the list", lambda r: r.printed == "PPoPP", None),
    ("Did any MLSys paper make the list?", lambda r: r.printed == "MLSys", None),
    ("which paper is from JMLR?", lambda r: r.printed == "JMLR", None),
    ("What's the one ICASSP paper?", lambda r: r.printed == "ICASSP", None),
    ("Which entries are only a blog post?", lambda r: r.printed == "Blog", None),
    ("which papers have Website as the venue?", lambda r: r.printed == "Website", None),
    ("which paper on the list came from a reddit post?", t("NTK Interpolation"), None),
    ("what's the AutoML paper called?", lambda r: r.printed == "AutoML", None),
    ("any DeeLIO papers?", lambda r: r.printed == "DeeLIO", None),
    ("which AACL paper is on the list", lambda r: r.printed == "AACL-Findings", None),
    ("which paper is marked ACL SRW?", lambda r: r.printed == "ACL SRW", None),
    ("is there an ACL demo paper?", lambda r: r.printed == "ACL Demo", None),
    ("What is the title of the ISCA paper?", lambda r: r.printed == "ISCA", None),
    ("有没有 VLDB 的论文", lambda r: r.printed == "VLDB", None),
    ("IPDPS 那篇叫什么?", lambda r: r.printed == "IPDPS", None),
    ("哪几篇的出处只是博客?", lambda r: r.printed == "Blog", None),
    ("列表里 ICPP 的论文是哪一篇", lambda r: r.printed == "ICPP", None),
    ("有几篇 TACL 的?", lambda r: r.printed == "TACL", "papers"),
    ("list all the SC papers", lambda r: r.printed == "SC", None),
    ("how many TMLR papers", lambda r: r.printed == "TMLR", "papers"),
    ("ARITH 2019 paper?", lambda r: r.printed == "ARITH", None),
    # parentheses
    ("What papers are listed under attention sharing (the architecture part, not weight sharing)?", lambda r: r.under("Sharing-based Attention"), None),
    ("Which papers sit under prompt tuning (the fine-tuning one)?", lambda r: r.under("Prompt Tuning"), None),
    ("list what is under low-rank adaptation (the PEFT subsection) from 2022", lambda r: r.under("Low-Rank Adaptation") and r.year == 2022, None),
    ("how many papers in structured pruning (i.e. under parameter pruning)?", lambda r: r.under("Structured Pruning"), "papers"),
    ("data selection papers (the pre-training ones) with code", lambda r: r.under("Data Selection for Efficient Pre-Training") and r.code, None),
    # Chinese counts
    ("GitHub 列表的“多步推理”一节一共收了几篇论文?", lambda r: r.under("Multi-Step Reasoning"), "papers"),
    ("“指令生成”这一类收录了多少篇?", lambda r: r.under("Instruction Generation"), "papers"),
    ("列表「示例选择」一节收了几篇", lambda r: r.under("Demonstration Selection"), "papers"),
    ("《白盒蒸馏》一类下共有多少篇论文?", lambda r: r.under("White-Box KD"), "papers"),
    ("推测解码那一节收了多少篇 2024 年的文章", lambda r: r.under(SD) and r.year == 2024, "papers"),
    ("仓库里“循环结构”小节中有几篇带代码?", lambda r: r.under("Recurrent Structure") and r.code, "papers"),
    ("列表“状态空间模型”一节一共列了多少条(重复的也算)?", lambda r: r.under("State Space Models"), "entries"),
    ("量化这一大类总共收了几篇?", lambda r: r.under("Quantization"), "papers"),
    # two categories
    ("Which papers are filed as both KV cache optimization and memory-retrieval augmentation?", t("Compress, Gather"), None),
    ("what paper is listed under speculative decoding and under state space models at the same time?", t("Mamba Drafters"), None),
    ("哪些论文同时出现在仅权重量化和权重激活协同量化两节里?", t("GuidedQuant", "OmniQuant"), None),
    ("papers that sit in weight-only quantization as well as weight-activation co-quantization simultaneously", t("GuidedQuant", "OmniQuant"), None),
    ("which papers belong to both multi-step reasoning and parallel generation?", lambda r: False, None),
    ("show demonstration ordering and parallel generation papers", lambda r: r.under("Demonstration Ordering", "Parallel Generation"), None),
    # years, order, negation, titles, code
    ("anything from 2018 or earlier in the list?", lambda r: 0 < r.year <= 2018, None),
    ("Training optimizers papers newer than 2023", lambda r: r.under("Training Optimizers") and r.year > 2023, None),
    ("papres on fixd pattern strategies btw 2019 and 2020", lambda r: r.under("Fixed Pattern Strategies") and 2019 <= r.year <= 2020, None),
    ("oldest paper under scaling models?", lambda r: r.under("Scaling Models") and r.year == 2022, None),
    ("which ACL papers are from 2021 or before?", lambda r: r.printed == "ACL" and r.year <= 2021, None),
    ("mixed precison training papers that aren't from arXiv", lambda r: r.under("Mixed Precision Training") and r.printed != "arXiv", None),
    ("black-box distillation papers, excluding ACL", lambda r: r.under("Black-Box KD") and r.printed != "ACL", None),
    ("titles with the word \"Tensor\" in them", lambda r: "tensor" in r.title.lower(), None),
    ("which prompt generation papers don't link any code?", lambda r: r.under("Prompt Generation") and not r.code, None),
    ("list papers with 'adapter' in the title and code", lambda r: "adapter" in r.title.lower() and r.code, None),
    ("标题带 Diffusion 的论文有吗", lambda r: "diffusion" in r.title.lower(), None),
    ("非 arXiv 的训练优化器论文有哪些", lambda r: r.under("Training Optimizers") and r.printed != "arXiv", None),
    ("低秩近似里没有代码的是哪几篇?", lambda r: r.under(LRA) and not r.code, None),
    # two venues
    ("EMNLP and NAACL papers from 2022", lambda r: r.printed in ("EMNLP", "NAACL") and r.year == 2022, None),
    ("How many papers come from OSDI or SOSP or NSDI?", lambda r: r.printed in ("OSDI", "SOSP", "NSDI"), "papers"),
    ("AAAI 和 NAACL 各篇论文列一下", lambda r: r.printed in ("AAAI", "NAACL"), None),
    ("ISCA or VLDB papers plz", lambda r: r.printed in ("ISCA", "VLDB"), None),
    # written after the mending
    ("is there an IPDPS paper in there?", lambda r: r.printed == "IPDPS", None),
    ("Give me the title of the only VLDB publication", lambda r: r.printed == "VLDB", None),
    ("wats the USENIX ATC paper", lambda r: r.printed == "USENIX ATC", None),
    ("anything published in JMLR or TACL?", lambda r: r.printed in ("JMLR", "TACL"), None),
    ("Which papers were NAACL Findings or ACL Findings?", lambda r: r.printed in ("NAACL Findings", "ACL Findings"), None),
    ("Which items in the list are blog posts rather than papers?", lambda r: r.printed == "Blog", None),
    ("ICASSP 有论文上榜吗?", lambda r: r.printed == "ICASSP", None),
    ("哪一篇是 MLSys 的?", lambda r: r.printed == "MLSys", None),
    ("列表中“少样本提示”大类下一共收了多少篇论文?", lambda r: r.under("Few-Shot Prompting"), "papers"),
    ("「参数共享」这节里有几篇?", lambda r: r.under("Parameter-Sharing"), "papers"),
    ("GitHub 清单里“服务系统设计”一类收录了几篇带代码的论文?", lambda r: r.under("Serving System Design") and r.code, "papers"),
    ("KV 缓存优化一节里 2025 年的有几篇?", lambda r: r.under(KV) and r.year == 2025, "papers"),
    ("what papers are under knowledge distillation (the white box part)?", lambda r: r.under("White-Box KD"), None),
    ("papers filed under segmentation and sliding window (long context), 2023 only", lambda r: r.under("Segmentation and Sliding Window") and r.year == 2023, None),
    ("Which single paper is in both the speculative decoding category and the state space one?", t("Mamba Drafters"), None),
    ("有没有论文同时归在 KV 缓存优化和记忆检索增强?", t("Compress, Gather"), None),
    ("how many entries, duplicates included, are under post-training quantization?", lambda r: r.under("Post-Training Quantization"), "entries"),
    ("newest unstructured pruning paper?", lambda r: r.under("Unstructured Pruning") and r.year == 2025, None),
    ("Papers with \"Speculative\" in their title from ICML", lambda r: "speculative" in r.title.lower() and r.printed == "ICML", None),
    ("prompt compresion papers not on arxiv", lambda r: r.under("Prompt Compression") and r.printed != "arXiv", None),
    ("algorithm-hardware co-design papers pre 2023", lambda r: r.under("Algorithm-Hardware Co-Design") and r.year < 2023, None),
    ("2017 到 2019 年的 ICLR 论文有哪些?", lambda r: r.printed == "ICLR" and 2017 <= r.year <= 2019, None),
    ("how many papers in the list came out of EMNLP 2020 or ACL 2020?", lambda r: r.printed in ("EMNLP", "ACL") and r.year == 2020, "papers"),
    ("适配器微调里没给代码的论文是哪篇", lambda r: r.under("Adapter-based Tuning") and not r.code, None),
]  # fmt: skip

# "How many ..., and which have code": (question, gold of the count, gold of the part).
TWO_COUNTS: list[tuple[str, Condition, Condition]] = [
    ("how many papers are in prompt compression, and which have code?", lambda r: r.under("Prompt Compression"), lambda r: r.under("Prompt Compression") and r.code),
    ("How many low-rank approximation papers are there and how many of them have code?", lambda r: r.under(LRA), lambda r: r.under(LRA) and r.code),
    ("白盒蒸馏有多少篇论文,其中哪些有代码?", lambda r: r.under("White-Box KD"), lambda r: r.under("White-Box KD") and r.code),
    ("How many papers are under prompt tuning, and which of them come from ACL?", lambda r: r.under("Prompt Tuning"), lambda r: r.under("Prompt Tuning") and r.printed == "ACL"),
    ("how many SC papers are on the list, and how many of those are from 2021?", lambda r: r.printed == "SC", lambda r: r.printed == "SC" and r.year == 2021),
]  # fmt: skip


def titles(answer_or_rows: SetAnswer | list[Row]) -> set[str]:
    members = answer_or_rows.papers if isinstance(answer_or_rows, SetAnswer) else answer_or_rows
    return {x.title.lower() for x in members}


@pytest.mark.parametrize(("question", "gold", "counted"), QUESTIONS, ids=[q for q, *_ in QUESTIONS])
def test_questions(
    catalog: Catalog, listed: list[Row], question: str, gold: Condition, counted: str | None
) -> None:
    answer = ask(question, catalog)
    members = [r for r in listed if gold(r)]
    assert titles(answer) == titles(members)
    if counted:
        assert answer.total == (len(members) if counted == "entries" else len(titles(members)))
        assert re.search(rf"(?<!\d){answer.total}(?!\d)", answer.sentences[0])


@pytest.mark.parametrize(("question", "gold", "part"), TWO_COUNTS, ids=[q for q, *_ in TWO_COUNTS])
def test_a_count_and_a_part_of_it(
    catalog: Catalog, listed: list[Row], question: str, gold: Condition, part: Condition
) -> None:
    answer = ask(question, catalog)
    members = [r for r in listed if part(r)]
    assert titles(answer) == titles(members)
    for number in (len(titles([r for r in listed if gold(r)])), len(titles(members))):
        assert re.search(rf"(?<!\d){number}(?!\d)", " ".join(answer.sentences[:2]))


@pytest.mark.parametrize(
    ("question", "ids"),
    [
        ("MoE papers that went up on arXiv in February 2024", ("2402",)),
        ("MoE 论文,arXiv 编号以 2402 开头", ("2402",)),
        ("2024 年 1 月到 2 月的混合专家论文", ("2401", "2402")),
        ("MoE papers from January and February 2024", ("2401", "2402")),
        ("MoE papers from Q1 2024", ("2401", "2402", "2403")),
    ],
)
def test_months_are_those_of_arxiv_ids(catalog: Catalog, question: str, ids: tuple[str, ...]) -> None:
    moe = catalog.filter(category="Mixture of Experts")
    assert (
        set(ask(question, catalog).papers) == {p for p in moe if (p.arxiv_id or "").startswith(ids)} != set()
    )


def test_a_month_is_looked_up(catalog: Catalog) -> None:
    assert "July 2023" in ask("which month was FlashAttention-2 put on arXiv?", catalog).text
    assert "no arXiv id" in ask("which month was LoRA put on arXiv?", catalog).text


def test_words_that_only_describe_a_category_are_told(catalog: Catalog) -> None:
    answer = ask("which papers on KV cache eviction are from NAACL 2025?", catalog)
    assert [p.venue for p in answer.papers] == ["NAACL"]
    assert "Not narrowed by" not in answer.text  # one of the category's names
    answer = ask("KV cache papers on token preferences from ICLR 2025", catalog)
    assert set(answer.papers) == set(
        catalog.filter(category="KV-Cache Optimization", venue="ICLR", year=2025, tracks=[None])
    )
    assert "Not narrowed by “token preferences”" in answer.text
    asked = route("which papers on KV cache show that quantization of tokens from 2025 hurts?", catalog)
    assert asked is None or not asked.explicit


def test_a_sentence_before_the_question_names_the_category(catalog: Catalog) -> None:
    answer = ask("I'm writing about prompt compression. Which papers in that section provide code?", catalog)
    assert set(answer.papers) == set(catalog.filter(category="Prompt Compression", has_code=True))


def test_a_venue_of_findings_alone_is_found_beside_others(catalog: Catalog) -> None:
    answer = ask("tell me the EACL paper and the AACL one", catalog)
    assert {p.where for p in answer.papers} == {"EACL 2023", "AACL Findings 2020"}
    assert "ACL" not in {p.venue for p in ask("the AACL paper?", catalog).papers}


def test_no_question_of_the_repositorys_own_is_taken_for_one_on_the_list(catalog: Catalog) -> None:
    taken = []
    files = sorted((Path(__file__).parent / "questions").glob("*.jsonl"))
    for file in (file for file in files if file.stem != "catalog"):  # those are on the list
        for row in map(json.loads, file.read_text(encoding="utf-8").splitlines()):
            for question in row.get("turns") or [row["q"]]:
                asked = route(str(question), catalog)
                if asked and asked.explicit:
                    taken.append(f"{file.stem}: {question}")
    assert taken == []
