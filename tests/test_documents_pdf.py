"""The real survey, read: the measures of a good reading, and the places where readers go wrong."""

from __future__ import annotations

import re

import pytest

from surveyqa.documents import Block, Document
from surveyqa.documents.audit import Audit, audit
from surveyqa.documents.bibliography import link_references
from surveyqa.documents.pdf import page_image, page_texts, quote_boxes, read_pdf


@pytest.fixture(scope="module")
def survey(shared):
    return read_pdf(shared / "corpus" / "survey.pdf")


@pytest.fixture(scope="module")
def pages(shared) -> tuple[str, ...]:
    return page_texts(shared / "corpus" / "survey.pdf")


@pytest.fixture(scope="module")
def measured(shared) -> Audit:
    return audit(shared / "corpus" / "survey.pdf")


def letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


def blocks_of(document: Document, kind: str) -> list[Block]:
    return [block for block in document.blocks if block.kind == kind]


def test_every_block_stands_on_its_pages(measured):
    assert measured.astray == () and measured.on_page == measured.blocks > 200


def test_no_block_is_glued_or_mixed(measured):
    assert (measured.glued, measured.furniture, measured.spanning, measured.labels) == ((), (), (), ())


def test_sections_and_headings_are_found(measured):
    assert measured.found == measured.outline == 28
    assert measured.headings >= 60


def test_nothing_a_reader_sees_is_lost(measured):
    assert measured.coverage >= 0.995, measured.uncovered
    assert measured.words > 19_000


def test_links_lead_to_entries(measured):
    assert measured.links == 1754
    assert measured.resolution >= 0.98
    assert measured.references == measured.cited == 379


# Counted by eye on the page images.
@pytest.mark.parametrize(
    ("page", "leads"),
    [
        (5, ["Post-Training Quantization (PTQ)", "Weight-Only Quantization"]),
        (7, ["Weight-Activation Co-Quantization", "Quantization-Aware Training (QAT)", "Structured Pruning"]),
        (9, ["White-Box Knowledge Distillation", "Black-Box Knowledge Distillation"]),
        (12, ["Scaling Models", "Initialization Techniques", "Training Optimizers"]),
        (15, ["Adapter-based Tuning", "Prefix Tuning", "Prompt Tuning"]),
        (16, ["Algorithm-Level Inference Efficiency Optimization", "Speculative Decoding"]),
        (20, ["Kernelization or Low-Rank", "Fixed Pattern Strategies", "Learnable Pattern Strategies"]),
        (21, ["Hardware-Assisted Attention", "MoE-based LLMs"]),
        (22, ["Algorithm-Level MoE Optimization", "System-Level MoE Optimization"]),
        (29, ["Demonstration Ordering", "Template Formatting", "Instruction Generation",
              "Multi-Step Reasoning"]),
        (34, ["Megatron", "Colossal-AI", "Nanotron", "MegaBlocks", "FairScale", "Pax", "Composer"]),
    ],
)  # fmt: skip
def test_leads_of_a_page(survey, page, leads):
    found = [block for block in survey.blocks if block.lead and block.pages[0][1] == page]
    assert [block.path[-1] for block in found] == leads
    assert all(letters(block.path[-1]) == letters(block.text[: block.lead]) for block in found)


def test_a_path_is_full(survey):
    block = next(block for block in survey.blocks if block.path[-1:] == ("Weight-Only Quantization",))
    assert block.kind == "bullet"
    assert block.path == (
        "2 Model-Centric Methods",
        "2.1 Model Compression",
        "2.1.1 Quantization",
        "Post-Training Quantization (PTQ)",
        "Weight-Only Quantization",
    )
    assert [page for _, page in block.pages] == [5, 6]
    assert block.text[block.pages[1][0] :].startswith("to maintain the performance")


def test_a_list_ends_with_its_run_in_heading(survey):
    block = next(block for block in survey.blocks if block.text.startswith("In addition to the survey"))
    assert block.path == ("1 Introduction",)


def test_paragraphs_end_like_sentences(survey):
    body = [block for block in survey.blocks if block.kind in ("paragraph", "bullet") and block.path]
    assert [block.text[-60:] for block in body if not re.search(r"[.,:]$", block.text)] == []


def test_hyphens(survey):
    text = " ".join(block.text for block in survey.blocks)
    assert "a taxonomy consisting" in text and "To compensate for" in text
    assert "weight-activation co-quantization" in text and "PagedAttention" in text
    assert "Multitask-ICT (Huang" in text and "GPT-3.5 code" in text
    assert not re.search(r"\w- [a-z]", text.replace("fine- ", ""))


def test_formulas_are_readable(survey):
    text = " ".join(block.text for block in survey.blocks)
    assert "X^L = Round (absmax (X^L) / absmax (X^H) X^H) = Round (K · X^H)" in text
    assert "W^{m×n}" in text and "UV^⊤" in text and "(H_2O)" in text and "(IA)^3" in text


def test_table_1(survey):
    rows = [block for block in blocks_of(survey, "table-row") if block.text.startswith("Table 1")]
    assert len(rows) == 19
    assert {row.path for row in rows} == {("2 Model-Centric Methods", "2.2 Efficient Pre-Training")}
    bloom = next(row for row in rows if "BLOOM" in row.text)
    told = "Parameter Size: 176B; Data Scale: 366B tokens; GPUs Cost: 384 A100-80G; Training Time: 105 days. "
    assert told in bloom.text
    assert bloom.text[slice(*bloom.quote)] == (
        "BLOOM (Scao et al., 2023) | 176B | 366B tokens | 384 A100-80G | 105 days"
    )
    assert any("PanGu-∑" in row.text for row in rows)


# Checked by eye against the images of pages 32 and 33.
TICKS = {
    "yes yes yes": "DeepSpeed, Megatron, Colossal-AI, Nanotron, MegaBlocks, FairScale, Pax, Composer",
    "no yes yes": "OpenLLM, LLM Foundry",
    "no no yes": "vLLM, TensorRT-LLM, TGI, RayLLM, MLC LLM, Sax, Mosec",
}


def test_table_2(survey, pages):
    rows = [block for block in blocks_of(survey, "table-row") if block.text.startswith("Table 2")]
    found = {}
    for row in rows:
        pattern = r"Framework: (.+?); Training: (\w+); Fine-Tuning: (\w+); Inference: (\w+)\."
        name, *ticks = re.search(pattern, row.text).groups()
        found[name] = " ".join(ticks)
    assert found == {name: ticks for ticks, names in TICKS.items() for name in names.split(", ")}
    for row in rows:
        assert letters(row.text[slice(*row.quote)]) in letters(pages[row.pages[0][1] - 1])


def test_taxonomy_figures(survey):
    leaves = {block.text.split(" (")[0]: block for block in blocks_of(survey, "figure-list")}
    assert len(blocks_of(survey, "figure-list")) == 50
    prefix = next(block for text, block in leaves.items() if text.startswith("Prefix Tuning"))
    assert prefix.text.endswith("LLaMA-Adapter (Zhang et al., 2024) HyperTuning (Phang et al., 2023)")
    assert prefix.path[-3:] == (
        "Figure 8: Summary of efficient fine-tuning methods for LLMs.",
        "Parameter-Efficient Fine-Tuning",
        "Prefix Tuning",
    )
    assert len({key for _, _, key in prefix.cites}) == 3
    inference = next(block for text, block in leaves.items() if text.startswith("Efficient Inference"))
    assert "Fixed Pattern" not in inference.text  # an edge of a neighbour ends close by


def test_hidden_text_is_out(survey, pages):
    assert "19 TB/s" not in pages[19] and "MatMasSoft" not in pages[19].replace("\n", "")
    assert not any("19 TB/s" in block.text for block in survey.blocks)


def test_citations_lead_to_papers(survey):
    block = next(block for block in survey.blocks if block.path[-1:] == ("Prefix Tuning",))
    entries = {item.key: item for item in survey.references}
    cited = [(block.text[start:end], entries[key].title) for start, end, key in block.cites]
    assert ("Li & Liang, 2021", "Prefix-tuning: Optimizing continuous prompts for generation") in cited
    name = "Black-Box Knowledge Distillation"
    narrative = next(block for block in survey.blocks if block.path[-1:] == (name,))
    assert "Li et al. (2024b)" in [narrative.text[start:end] for start, end, _ in narrative.cites]
    assert entries["Li2021PrefixTuningOC"].year == 2021
    assert entries["jiang2023mistral"].arxiv_id == "2310.06825"
    split = next(item for item in entries.values() if item.key == "bachlechner2021rezero")
    assert split.url == "https://proceedings.mlr.press/v161/bachlechner21a.html"
    assert split.url in split.text  # broken over two lines in print


def test_references_meet_the_list(survey, shared):
    import json

    with open(shared / "corpus" / "abstracts.jsonl", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    linked = link_references(survey, {row["title"]: row["title"] for row in rows})
    matched = [item for item in linked.references if item.paper]
    assert len(matched) >= 225
    assert len({item.paper for item in matched}) == len(matched)


def test_quotes_are_boxed(shared):
    path = shared / "corpus" / "survey.pdf"
    quote = "KPTD creates a transfer set by prompting the language model to generate text"
    boxes = quote_boxes(path, 9, quote)
    assert len(boxes) == 2  # it runs over a line
    assert all(0 <= left < right <= 1 and 0 <= top < bottom <= 1 for left, top, right, bottom in boxes)
    assert boxes[0][1] < boxes[1][1] and boxes[0][3] - boxes[0][1] < 0.02
    assert quote_boxes(path, 9, "nothing of the kind stands on this page") == []
    image = page_image(path, 9, 1.0)
    assert image.size == (612, 792)


def test_title_year_and_arxiv_id_are_guessed(survey):
    assert survey.title == "Efficient Large Language Models: A Survey"
    assert (survey.arxiv_id, survey.year) == ("2312.03863", 2024)
