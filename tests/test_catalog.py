# ruff: noqa: E501  (names and what they should find stand on one line)
"""The committed catalogue: names, categories, filters, formats, and what changed between two lists."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from surveyqa.catalog import Catalog, Paper, diff, format_papers, parse_list
from surveyqa.errors import SourceError, UsageError

CORPUS = Path(__file__).parent.parent / "corpus"


def found(catalog: Catalog, text: str) -> list[tuple[str, ...]]:
    return [(text[a:b], *keys) for a, b, keys in catalog.names_in(text)]


def test_size(catalog: Catalog) -> None:
    assert len(catalog.papers) == len(catalog.by_key) == 432
    assert sum(len(p.places) for p in catalog.papers) == 439
    assert len(catalog.taxonomy.leaves) == 49
    assert len(catalog.frameworks) == 17


def test_loading_is_fast_and_light() -> None:
    # Seconds of this process's own work: what else the machine does is not the catalogue's.
    code = (
        "import sys, time; from surveyqa.catalog import Catalog; start = time.process_time(); "
        f"c = Catalog.load({str(CORPUS)!r}); c.names_in('What is LoRA?'); print(time.process_time() - start); "
        "print([m for m in ('yaml', 'markdown_it', 'rich', 'csv', 'numpy') if m in sys.modules])"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        for _ in range(5)
    ]
    times, modules = zip(*(r.stdout.split("\n")[:2] for r in runs), strict=True)
    assert set(modules) == {"[]"}
    assert min(map(float, times)) < 0.030


def test_a_missing_catalogue_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="surveyqa update"):
        Catalog.load(tmp_path)
    (tmp_path / "papers.jsonl").write_text("{broken")
    with pytest.raises(SourceError, match="surveyqa update"):
        Catalog.load(tmp_path)


def test_saved_and_loaded_is_the_same(catalog: Catalog, tmp_path: Path) -> None:
    catalog.save(tmp_path)
    assert Catalog.load(tmp_path) == catalog
    for name in ("papers.jsonl", "taxonomy.json", "frameworks.json", "names.json"):
        assert (tmp_path / name).read_bytes() == (CORPUS / name).read_bytes()


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("LoRA", "lora"), ("qlora", "qlora"), ("FlashAttention-2", "flashattention-2"), ("flash attention 2", "flashattention-2"),
        ("FlashAttention2", "flashattention-2"), ("前缀微调", "prefix-tuning"), ("思维链", "chain-of-thought-prompting-elicits-reasoning"),
        ("Wanda", "a-simple-and-effective-pruning-approach"), ("vLLM", "efficient-memory-management-for-large-language"),
        ("2305.14314", "qlora"), ("arXiv:2305.14314", "qlora"), ("lion", "lion"), ("LoRA+", "lora-plus"), ("LLM.int8()", "llm-int8"),
        ("PanGu-Σ", "pangu-sigma"), ("Reformer: The Efficient Transformer", "reformer"), ("AdaLoRA", "adaptive-budget-allocation-for-parameter-efficient"),
    ],
)  # fmt: skip
def test_find(catalog: Catalog, name: str, key: str) -> None:
    assert [p.key for p in catalog.find(name)] == [key]


def test_a_name_of_two_papers_finds_both(catalog: Catalog) -> None:
    assert {p.key for p in catalog.find("LESS")} == {"less", "get-more-with-less"}
    assert catalog.find("Deja Vu") == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("LoRA+ or LoRA, not LoRAX", [("LoRA+", "lora-plus"), ("LoRA", "lora")]),
        ("S-LoRA serves QLoRA", [("S-LoRA", "s-lora"), ("QLoRA", "qlora")]),
        ("flash-attention 2 vs FlashAttention", [("flash-attention 2", "flashattention-2"), ("FlashAttention", "flashattention")]),
        ("prefix-tuning的思路", [("prefix-tuning", "prefix-tuning")]),
        ("什么是前缀微调?", [("前缀微调", "prefix-tuning")]),
        ("ZeRO-Offload and ZeRO stage 3", [("ZeRO-Offload", "zero-offload"), ("ZeRO stage 3", "zero")]),
        ("a lion, an orca and alibi rest with zero less compress, lima, star, unity, gear", []),
        ("Lion, LIMA and REST", [("Lion", "lion"), ("LIMA", "lima"), ("REST", "rest")]),
        ("less is more, show and tell, the pre fix and a plug and play thing", []),
        ("FlashDecoding++ beats FlashDecoding", [("FlashDecoding++", "flashdecoding-plus-plus"), ("FlashDecoding", "flash-decoding-for-long-context-inference")]),
        ("Auto-CoT beats CoT", [("Auto-CoT", "automatic-chain-of-thought-prompting-in"), ("CoT", "chain-of-thought-prompting-elicits-reasoning")]),
    ],
)  # fmt: skip
def test_names_in_text(catalog: Catalog, text: str, expected: list[tuple[str, ...]]) -> None:
    assert found(catalog, text) == expected


def test_names_in_any_case(catalog: Catalog) -> None:
    assert [keys for *_, keys in catalog.names_in("where was orca published", any_case=True)] == [("orca",)]


def test_every_title_is_found_in_a_sentence(catalog: Catalog) -> None:
    for paper in catalog.papers:
        text = f"See {paper.title} for more."
        assert any(paper.key in keys for *_, keys in catalog.names_in(text)), paper.title


def test_names_survive_any_text(catalog: Catalog) -> None:
    for text in ("", "+++", "LoRA" * 50, "前缀" * 50, "a" * 5000, "∞-former?!", "((((IA)^3"):
        for start, end, keys in catalog.names_in(text):
            assert 0 <= start < end <= len(text) and keys


def test_overlays_name_only_what_there_is(catalog: Catalog) -> None:
    yaml = pytest.importorskip("yaml")
    aliases = yaml.safe_load((CORPUS / "aliases.yaml").read_text(encoding="utf-8"))
    corrections = yaml.safe_load((CORPUS / "corrections.yaml").read_text(encoding="utf-8"))
    categories = yaml.safe_load((CORPUS / "categories.yaml").read_text(encoding="utf-8"))
    assert set(aliases["names"]) <= set(catalog.by_key)
    assert set(corrections) <= set(catalog.by_key)
    assert {n[-1] for n in catalog.taxonomy.nodes()} == set(categories)
    assert all(re.fullmatch(r"[234](\.\d)*", str(c["section"])) for c in categories.values())


def test_corrections(catalog: Catalog) -> None:
    assert catalog.by_key["zephyr"].arxiv_id == "2310.16944"
    assert catalog.by_key["llm-maybe-longlm"].arxiv_id == "2401.01325"
    assert (catalog.by_key["reformer"].year, catalog.by_key["reformer"].corrected) == (2020, ("year",))
    ids = [p.arxiv_id for p in catalog.papers if p.arxiv_id]
    assert len(ids) == len(set(ids))


def test_a_correction_of_no_field_is_refused() -> None:
    parse = parse_list("## A\n- B, <ins>ICLR, 2020</ins> [[Paper](https://a.org)]\n")
    with pytest.raises(SourceError, match="'author'"):
        Catalog.from_list(parse, {"b": {"author": "x"}})


@pytest.mark.parametrize(
    ("name", "category", "section"),
    [
        ("quantisation", "Quantization", "2.1.1"), ("weight-only quantisation", "Weight-Only Quantization", "2.1.1"),
        ("PEFT", "Parameter-Efficient Fine-Tuning", "2.3.1"), ("parameter efficient finetuning", "Parameter-Efficient Fine-Tuning", "2.3.1"),
        ("prompt tuning", "Prompt Tuning", "2.3.1"), ("speculative decodng", "Speculative Decoding", "2.4"), ("参数共享", "Parameter-Sharing", "2.1"),
        ("MoE", "Mixture of Experts", "2.5.2"), ("long context", "Long Context LLMs", "2.5.3"), ("SSMs", "State Space Models", "2.5.4"),
        ("data selection for pretraining", "Data Selection for Efficient Pre-Training", "3.1.1"), ("少样本提示", "Few-Shot Prompting", "3.2.1"),
        ("kv cache", "KV-Cache Optimization", "2.4"), ("Hardware co-design", "Algorithm-Hardware Co-Design", "2.5.1"),
        ("MoE Efficient Supervised Fine-Tuning", "MoE-Efficient-Supervised-Fine-Tuning", "2.3"),
    ],
)  # fmt: skip
def test_categories(catalog: Catalog, name: str, category: str, section: str) -> None:
    (path,) = catalog.category(name)
    assert path[-1] == category
    assert catalog.section_of(name) == catalog.section_of(path) == section


def test_unknown_category(catalog: Catalog) -> None:
    assert catalog.category("watermarking") == ()
    assert catalog.section_of("watermarking") is None
    assert catalog.filter(category="watermarking") == ()


def test_filter(catalog: Catalog) -> None:
    assert len(catalog.filter(category="weight-only quantization")) == 14
    both = catalog.filter(category="speculative decoding", venue="NIPS", year=2023)
    assert {p.key for p in both} == {"pass", "speculative-decoding-with-big-little-decoder"}
    assert [
        p.key for p in catalog.filter(category="speculative decoding", venue="NeurIPS", tracks=[None])
    ] == ["speculative-decoding-with-big-little-decoder"]
    assert {p.year for p in catalog.filter(year=(None, 2018))} == {2017, 2018}
    assert all(p.code for p in catalog.filter(has_code=True))
    assert len(catalog.filter(has_code=True)) + len(catalog.filter(has_code=False)) == 432
    assert {p.key for p in catalog.filter(text="kv cache", year=2023)} == {"scissorhands"}


# ---- formats ------------------------------------------------------------------------------------


def test_csv_can_be_read_back(catalog: Catalog) -> None:
    rows = list(csv.DictReader(io.StringIO(format_papers(catalog.papers, "csv"))))
    assert [(r["key"], r["title"], r["year"]) for r in rows] == [
        (p.key, p.title, str(p.year or "")) for p in catalog.papers
    ]


def test_csv_cells_are_no_formulas() -> None:
    line = format_papers([Paper("x", '=HYPERLINK("http://a")')], "csv").splitlines()[1]
    assert next(csv.reader([line]))[1].startswith("'=")


def test_json(catalog: Catalog) -> None:
    data = json.loads(format_papers(catalog.filter(category="prefix tuning"), "json"))
    assert data["total"] == 2
    assert data["papers"][1]["links"][1] == {
        "label": "Code",
        "url": "https://github.com/XiangLi1999/PrefixTuning",
    }


def test_bibtex_is_well_formed(catalog: Catalog) -> None:
    text = format_papers(catalog.papers, "bibtex")
    keys = re.findall(r"^@(?:misc|article|inproceedings)\{([a-z0-9-]+),$", text, re.MULTILINE)
    assert keys == [p.key for p in catalog.papers]
    for entry in text.split("\n\n"):
        plain = re.sub(r"\\.", "", entry)
        assert plain.count("{") == plain.count("}")
        assert not re.search(r"(?<!\\)[&%#]", re.sub(r"url = .*", "", entry))


def test_table(catalog: Catalog) -> None:
    text = format_papers(catalog.filter(category="prefix tuning"), "table", width=150)
    assert "Prefix-Tuning: Optimizing Continuous Prompts for Generation" in text
    assert text.endswith("2 papers\n")
    assert format_papers([Paper("x", "[red]x[/red]")], "table", width=80).count("[red]x[/red]") == 1


def test_unknown_format() -> None:
    with pytest.raises(UsageError, match="bibtex"):
        format_papers([], "xml")


# ---- changes ------------------------------------------------------------------------------------


def paper(title: str, category: str = "A", **more: object) -> Paper:
    return replace(Paper(title.lower(), title, places=((("Top", category), 1),)), **more)  # type: ignore[arg-type]


def test_diff_of_made_lists() -> None:
    old = [
        paper("Stays"),
        paper("Goes"),
        paper("Moves"),
        paper("Old Name", arxiv_id="1"),
        paper("Grows", venue="arXiv"),
    ]
    new = [
        replace(paper("stays"), places=((("Top", "A"), 99),)),
        paper("Moves", "B"),
        paper("New Name", arxiv_id="1"),
        paper("Grows", venue="ICLR"),
        paper("Comes"),
    ]
    changes = diff(old, new)
    assert [p.title for p in changes.added] == ["Comes"]
    assert [p.title for p in changes.removed] == ["Goes"]
    assert [c.new.title for c in changes.moved] == ["Moves"]
    assert {c.new.title: c.what for c in changes.changed} == {
        "stays": (("title", "Stays", "stays"),),
        "New Name": (("title", "Old Name", "New Name"),),
        "Grows": (("venue", "arXiv", "ICLR"),),
    }
    assert (
        "+ Comes" in changes.text() and "- Goes" in changes.text() and "categories: A -> B" in changes.text()
    )


def test_no_diff() -> None:
    assert not diff([paper("A")], [paper("A")])
    assert diff([], []).text() == "nothing changed\n"


def test_one_id_of_two_papers_is_no_rename() -> None:
    old = [paper("A", arxiv_id="1"), paper("B", arxiv_id="1")]
    assert [p.title for p in diff(old, [paper("A", arxiv_id="1"), paper("C", arxiv_id="1")]).added] == ["C"]


@pytest.mark.parametrize("date", ["2023-12-17", "2024-03-30", "2024-08-26"])
def test_diff_equals_an_independent_set_difference(shared: Path, date: str) -> None:
    def titles(text: str) -> set[str]:
        rows, fence = set(), False
        for line in text.split("\n"):
            fence ^= line.startswith("```")
            found = re.match(r"\s*- (?!\[)(.+?)[,，]?\s*(?:<ins>|, 20\d\d</ins>|\[\[)", line)
            if found and not fence:
                rows.add(re.sub(r"[\W_]", "", found[1].casefold()))
        return rows

    old_text = (shared / "corpus" / "history" / f"paper-list-{date}.md").read_text(encoding="utf-8")
    new_text = (shared / "corpus" / "paper-list.md").read_text(encoding="utf-8")
    changes = diff(parse_list(old_text), parse_list(new_text))
    renamed = {c.old.title for c in changes.changed if c.what[0][0] == "title"}
    renamed_plain = {re.sub(r"[\W_]", "", t.casefold()) for t in renamed}
    removed = {re.sub(r"[\W_]", "", p.title.casefold()) for p in changes.removed}
    assert removed == titles(old_text) - titles(new_text) - renamed_plain
    assert len(changes.added) == len(titles(new_text) - titles(old_text)) - len(
        renamed_plain - titles(new_text)
    )


def test_names_in_is_fast(catalog: Catalog) -> None:
    text = (
        "How does FlashAttention-2 differ from PagedAttention, and is 前缀微调 better than LoRA for long context? "
        * 20
    )
    catalog.names_in("warm up")
    start = time.process_time()
    catalog.names_in(text)
    assert time.process_time() - start < 0.2


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("picking data for fine-tuning", "Data Selection for Efficient Fine-Tuning"),
        ("optimizers for training LLMs", "Training Optimizers"),
        ("compression of long prompts", None),
        ("prompts and compression", None),  # two things
        ("the ordering of demonstrations", "Demonstration Ordering"),
        ("KV 缓存的优化", "KV-Cache Optimization"),
        ("长上下文下面", "Long Context LLMs"),
    ],
)
def test_a_category_is_named_in_another_order(catalog: Catalog, text: str, name: str | None) -> None:
    hits = catalog.categories_in(text)
    assert [path[-1] for *_, path in hits] == ([name] if name else [])
    if text == "长上下文下面":
        assert text[hits[0][0] : hits[0][1]] == "长上下文"


def test_a_title_half_remembered_finds_one_paper_or_none(catalog: Catalog) -> None:
    words = "specializing smaller models multi-step".split()
    assert [p.key for p in catalog.recalled(words)] == ["specializing-smaller-language-models-towards-multi"]
    assert catalog.recalled([*words, "vision"]) == ()
    assert len(catalog.recalled([*words, "vision"], missing=1)) == 1
    assert catalog.recalled(["large", "language", "models"]) == ()  # of many
    assert catalog.recalled(["heavy-hitter"]) == ()  # too little
