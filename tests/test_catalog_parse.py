# ruff: noqa: E501  (lines of the list as they are)
"""Parsing the list: on made lists and, where they are at hand, on the real ones."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveyqa.catalog import Catalog, parse_list
from surveyqa.catalog.__main__ import main as rebuild
from surveyqa.catalog.parsing import arxiv_id, paper_keys, slug, split_venue

HEAD = """# A list
## Table of Content
- [🤖 Model Methods](#-Model)
  - [Compression](#Compression)
    - [Distillation](#Distillation)
    - [Sharing](#Sharing)
- [Frameworks](#Frameworks)

```markdown
- Sample Title, <ins>Venue, 2020</ins> [[Paper](https://arxiv.org/abs/1111.11111)]
```

## 🤖 Model Methods
### Compression
#### Distillation
"""


def made(*bullets: str) -> str:
    return HEAD + "\n".join(bullets) + "\n"


def kinds(text: str) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for anomaly in parse_list(text).anomalies:
        found.setdefault(anomaly.line, set()).add(anomaly.kind)
    return found


def test_the_committed_catalogue_is_made_from_a_list_and_the_overlays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("corrections", "aliases", "categories"):
        (tmp_path / f"{name}.yaml").write_text("{}\n", encoding="utf-8")
    entry = "- A: The B, <ins>ICLR, 2024</ins> [[Paper](https://arxiv.org/abs/2401.00001)]"
    (tmp_path / "list.md").write_text(made(entry, entry), encoding="utf-8")
    assert rebuild([str(tmp_path / "list.md"), str(tmp_path)]) == 0
    assert [paper.title for paper in Catalog.load(tmp_path).papers] == ["A: The B"]
    assert "list.md:" in capsys.readouterr().err  # the entry that stands there twice
    assert rebuild([]) == 2 and "usage" in capsys.readouterr().err


def test_an_ordinary_entry() -> None:
    bullet = "- A: The B, <ins>ICLR, 2024</ins> [[Paper](https://arxiv.org/abs/2401.00001v2)] [[Code](https://g.com/a)]"
    parse = parse_list(made(bullet))
    (entry,) = parse.entries
    assert (entry.title, entry.venue, entry.year, entry.arxiv_id) == ("A: The B", "ICLR", 2024, "2401.00001")
    assert entry.category == ("Model Methods", "Compression", "Distillation")
    assert entry.code == "https://g.com/a"
    assert entry.line == HEAD.count("\n") + 1
    assert not parse.anomalies


@pytest.mark.parametrize(
    ("tail", "year", "venue", "kind"),
    [
        (" <ins>ACL, 2021</ins>", 2021, "ACL", "no-comma"),
        ("，<ins>ACL-Short, 2022</ins>", 2022, "ACL", "no-comma"),
        (", <ins>arXiv, 2024/ins>", 2024, "arXiv", "broken-ins"),
        (", 2024</ins>", 2024, "arXiv", "no-ins"),
        (", arXiv, 2023</ins>", 2023, "arXiv", "no-ins"),
        (", <ins>ICLR 2023</ins>", 2023, "ICLR", "no-comma"),
        (", <ins>arXiv, ICML</ins>", None, "ICML", "no-year"),
        (", <ins>NeurlPS, 2022</ins>", 2022, "NeurIPS", "venue-spelling"),
        (", <ins>NIPS, 2024</ins>", 2024, "NeurIPS", "venue-spelling"),
        (", <ins> ACL, 2022</ins>", 2022, "ACL", "spacing"),
    ],
)
def test_broken_venues_are_read_and_reported(tail: str, year: int | None, venue: str, kind: str) -> None:
    text = made(f"- Fast, and Good: Trees for Text{tail} [[Paper](https://arxiv.org/abs/2401.00001)]")
    (entry,) = parse_list(text).entries
    assert (entry.title, entry.year, entry.venue) == ("Fast, and Good: Trees for Text", year, venue)
    assert kind in kinds(text)[entry.line]


@pytest.mark.parametrize(
    ("links", "url", "code", "kind"),
    [
        (
            "[[Paper]](https://a.org/1) [[Code]](https://b.org/2)",
            "https://a.org/1",
            "https://b.org/2",
            "link-brackets",
        ),
        ("[[Paper]([https://a.org/1](https://a.org/2))]", "https://a.org/2", None, "doubled-link"),
        (
            "[[Paper](https://a.org/1)][[Code](https://b.org/2https://b.org/2)]",
            "https://a.org/1",
            "https://b.org/2",
            "doubled-link",
        ),
        ("[[Paper](https://a.org/1 )]", "https://a.org/1", None, "link-space"),
        ("[[Paper](https://a.org/1 2)]", "https://a.org/12", None, "link-space"),
        ("[[Reddit post](https://a.org/1)]", "https://a.org/1", None, "label"),
        ("[[Html](https://a.org/1)]", "https://a.org/1", None, "label"),
        ("", None, None, "no-link"),
        (
            "[[Paper](https://a.org/1)] [[Code1](https://b.org/1)] [[Code2](https://b.org/2)]",
            "https://a.org/1",
            "https://b.org/1",
            None,
        ),
    ],
)
def test_broken_links_are_repaired_and_reported(
    links: str, url: str | None, code: str | None, kind: str | None
) -> None:
    text = made(f"- Some Title, <ins>ICLR, 2024</ins> {links}")
    (entry,) = parse_list(text).entries
    assert (entry.url, entry.code) == (url, code)
    assert kinds(text).get(entry.line, set()) == ({kind} if kind else set())


def test_nothing_is_dropped_in_silence() -> None:
    text = made(
        "- Just words with no venue at all", "- Good, <ins>ICLR, 2024</ins> [[Paper](https://a.org)] and more"
    )
    parse = parse_list(text)
    assert [e.title for e in parse.entries] == ["Just words with no venue at all", "Good"]
    first, second = (e.line for e in parse.entries)
    assert {"no-ins", "no-year", "no-link"} <= kinds(text)[first]
    assert kinds(text)[second] == {"leftover"}


def test_heading_one_level_too_deep_is_put_where_the_contents_have_it() -> None:
    text = made(
        "- A, <ins>X, 2020</ins> [[Paper](https://a.org)]",
        "##### Sharing",
        "- B, <ins>X, 2020</ins> [[Paper](https://b.org)]",
    )
    parse = parse_list(text)
    assert parse.entries[1].category == ("Model Methods", "Compression", "Sharing")
    assert "heading-level" in {a.kind for a in parse.anomalies}


def test_duplicates_and_shared_ids() -> None:
    a = "- A, <ins>ICLR, 2020</ins> [[Paper](https://arxiv.org/abs/2001.00001)]"
    b = "- B, <ins>ICLR, 2020</ins> [[Paper](https://arxiv.org/pdf/2001.00001.pdf)]"
    text = made(a, b, a + " [[Code](https://g.com)]", "#### Sharing", a)
    parse = parse_list(text)
    assert len(parse.entries) == 4 and len(parse.papers) == 2
    assert parse.papers[0].code == "https://g.com"
    assert [c[-1] for c in parse.papers[0].categories] == ["Distillation", "Sharing"]
    assert {a.kind for a in parse.anomalies} == {"duplicate", "shared-id", "in-two-categories"}


def test_framework_table() -> None:
    table = "## Frameworks\n\n| | T | I | F |\n| :- | :-: | :-: | :-: |\n| Tool [[Code](https://g.com/t)] | ❌ | ✅ | ✅ |\n"
    (tool,) = parse_list(made("") + table).frameworks
    assert (tool.name, tool.url, tool.training, tool.inference, tool.fine_tuning) == (
        "Tool",
        "https://g.com/t",
        False,
        True,
        True,
    )


@pytest.mark.parametrize(
    "url",
    [
        "https://arxiv.org/abs/2401.00001", "http://www.arxiv.org/abs/2401.00001v3", "https://arxiv.org/pdf/2401.00001.pdf",
        "https://arxiv.org/pdf/2401.00001v1", "https://arxiv.org/html/2401.00001v1", "https://doi.org/10.48550/arXiv.2401.00001",
        "https://huggingface.co/papers/2401.00001", "https://arxiv.org/abs/2401.00001v",
    ],
)  # fmt: skip
def test_arxiv_ids_in_every_form(url: str) -> None:
    assert arxiv_id(url) == "2401.00001"


def test_no_arxiv_id_elsewhere() -> None:
    assert arxiv_id("https://doi.org/10.1145/3458817.3476209") is None
    assert arxiv_id("https://github.com/a/2401.00001") is None


def test_venues() -> None:
    assert split_venue("NeurIPS-ENLSP") == ("NeurIPS", "workshop")
    assert split_venue("ACL SRW") == ("ACL", "workshop")
    assert split_venue("EMNLP-Findings") == ("EMNLP", "findings")
    assert split_venue("NAACL-HLT") == ("NAACL", None)
    assert split_venue("USENIX ATC") == ("USENIX ATC", None)
    assert split_venue("AI Open") == ("AI Open", None)


def test_key_rule() -> None:
    keys = paper_keys(["LoRA+: Efficient", "LoRA: Low-Rank", "One Two Three Four Five Six Seven", "One Two Three Four Five Six 8",
                       "PanGu-Σ: Big", "A b c d e f: G"])  # fmt: skip
    assert list(keys.values()) == ["lora-plus", "lora", "one-two-three-four-five-six-seven", "one-two-three-four-five-six-8",
                                   "pangu-sigma", "a-b-c-d-e-f"]  # fmt: skip
    assert paper_keys(["Same Title", "same title"]) == {"same title": "same-title"}
    assert slug("∞-former") == "former"


@given(st.lists(st.text(alphabet="AbC -:12+é", min_size=3, max_size=40).filter(slug), max_size=12))
def test_keys_are_slugs(titles: list[str]) -> None:
    for key in paper_keys(titles).values():
        assert re.fullmatch(r"[a-z0-9-]*", key)


@given(st.text(alphabet="-#[]()<>/ins,2024 ab|✅\n`:", max_size=300))
def test_any_text_can_be_parsed(text: str) -> None:
    parse_list(HEAD + text)


def test_five_thousand_entries_in_seconds() -> None:
    bullets = [
        f"- Name{i}: A Title of Some Length for Paper {i}, <ins>ICLR, {2000 + i % 25}</ins> "
        f"[[Paper](https://arxiv.org/abs/{1000 + i % 9000}.{10000 + i})] [[Code](https://github.com/a/{i})]"
        for i in range(5000)
    ]
    start = time.process_time()  # other processes on the machine do not count
    parse = parse_list(made(*bullets))
    assert time.process_time() - start < 20  # one second on an idle machine
    assert len(parse.papers) == 5000


# ---- the real lists -----------------------------------------------------------------------------


def bullets_of(text: str) -> list[tuple[int, str]]:
    """An independent count: bullet lines outside code fences whose text does not start with a link."""
    rows, fence = [], False
    for number, line in enumerate(text.split("\n"), 1):
        fence ^= line.startswith("```")
        if not fence and re.match(r"\s*[-*] (?!\[)", line):
            rows.append((number, line))
    return rows


def test_the_real_list(shared: Path) -> None:
    text = (shared / "corpus" / "paper-list.md").read_text(encoding="utf-8")
    parse = parse_list(text)
    assert (len(parse.entries), len(parse.papers), len(parse.taxonomy.leaves), len(parse.frameworks)) == (
        439,
        432,
        49,
        17,
    )
    assert sum(bool(e.arxiv_id) for e in parse.entries) == 364
    assert [e.line for e in parse.entries] == [n for n, _ in bullets_of(text)]
    assert len({e.title.lower() for e in parse.entries}) == 432
    odd = {a.line for a in parse.anomalies}
    assert {
        *range(393, 398),
        406,
        407,
        474,
        612,
        317,
        293,
        155,
        120,
        278,
        131,
        175,
        254,
        424,
        546,
        628,
        136,
        449,
        450,
    } <= odd


@pytest.mark.parametrize("date", ["2023-12-17", "2024-03-30", "2024-08-26"])
def test_older_lists(shared: Path, date: str) -> None:
    text = (shared / "corpus" / "history" / f"paper-list-{date}.md").read_text(encoding="utf-8")
    parse = parse_list(text)
    assert [e.line for e in parse.entries] == [n for n, _ in bullets_of(text)]
    assert all(e.title and e.category and e.venue for e in parse.entries)
    assert {e.line for e in parse.entries if not e.year} == {
        a.line for a in parse.anomalies if a.kind == "no-year"
    }
    table = [line for line in text.split("\n") if line.startswith("|") and ("✅" in line or "❌" in line)]
    assert len(parse.frameworks) == len(table)


def test_the_committed_catalogue_is_in_step_with_its_sources(shared: Path) -> None:
    corpus = Path(__file__).parent.parent / "corpus"
    parse = parse_list((shared / "corpus" / "paper-list.md").read_text(encoding="utf-8"))
    assert Catalog.load(corpus) == Catalog.from_sources(parse, corpus), (
        "run: python -m surveyqa.catalog LIST corpus"
    )


# ---- nothing is lost in silence ------------------------------------------------------------------

CONTENTS = """# Widgets

## Table of Content
- [Alpha Methods](#alpha)
  - [Small Widgets](#small)
- [Beta Methods](#beta)
"""


@pytest.mark.parametrize(
    ("headings", "filed", "told"),
    [
        ("## Alpha Methods\n### Small Widgets", ("Alpha Methods", "Small Widgets"), False),
        ("## Alpha Approaches\n### Small Widgets", ("Alpha Approaches", "Small Widgets"), True),
        ("## Gamma Methods", ("Gamma Methods",), True),
        ("### Beta Methods", ("Beta Methods",), False),
        ("# Delta", ("Uncategorized",), True),
    ],
)
def test_papers_under_a_heading_that_the_contents_lack_are_kept_and_told(
    headings: str, filed: tuple[str, ...], told: bool
) -> None:
    entry = "- A Widget, <ins>ACL, 2025</ins> [[Paper](https://arxiv.org/abs/2501.00004)]"
    parse = parse_list(f"{CONTENTS}\n{headings}\n{entry}\n")
    assert [e.category for e in parse.entries] == [filed]
    assert ("heading-unknown" in {a.kind for a in parse.anomalies}) is told


@pytest.mark.parametrize(
    ("lines", "titles"),
    [
        ("- [A Linked Widget](https://arxiv.org/abs/2402.00001), <ins>ICML, 2024</ins>", ["A Linked Widget"]),
        ("-A Tight Widget, <ins>ICML, 2024</ins> [[Paper](https://x.org/a)]", ["A Tight Widget"]),
        ("\u2022 A Dot Widget, <ins>ICML, 2024</ins> [[Paper](https://x.org/a)]", ["A Dot Widget"]),
        ("-\tA Tab Widget, <ins>ICML, 2024</ins> [[Paper](https://x.org/a)]", ["A Tab Widget"]),
        (
            "- One Widget, <ins>ICML, 2024</ins> [[Paper](https://x.org/a)]- Two Widget, <ins>ACL, 2024</ins> "
            "[[Paper](https://x.org/b)]",
            ["One Widget", "Two Widget"],
        ),
        ("- An Open Widget, <ins>ICML, 2024<ins> [[Paper](https://x.org/a)]", ["An Open Widget"]),
        ("- No Tag Widget, ICML 2024 [[Paper](https://x.org/a)]", ["No Tag Widget"]),
        (
            "| Title | Venue | Link |\n|---|---|---|\n| Table Widget | ICML 2024 | [Paper](https://x.org/a) |",
            ["Table Widget"],
        ),
        (
            "<details><summary>More</summary>\n- A Hidden Widget, <ins>ICML, 2024</ins> "
            "[[Paper](https://x.org/a)]\n</details>",
            ["A Hidden Widget"],
        ),
        ("<br>\n- After Break, <ins>ICML, 2024</ins> [[Paper](https://x.org/a)]", ["After Break"]),
        ("    - Indented Widget, <ins>ICML, 2024</ins> [[Paper](https://x.org/a)]", ["Indented Widget"]),
        (
            "- \u91cf\u5316\u7efc\u8ff0, <ins>ACL, 2024</ins> [[Paper](https://x.org/a)]\n"
            "- \u526a\u679d\u7efc\u8ff0, <ins>ACL, 2024</ins> [[Paper](https://x.org/b)]",
            ["\u91cf\u5316\u7efc\u8ff0", "\u526a\u679d\u7efc\u8ff0"],
        ),
    ],
)
def test_odd_entries_are_read(lines: str, titles: list[str]) -> None:
    parse = parse_list(f"{CONTENTS}\n## Alpha Methods\n### Small Widgets\n{lines}\n")
    assert [e.title for e in parse.entries] == titles
    assert len(parse.papers) == len(titles)
    assert all(e.year == 2024 for e in parse.entries)


def test_what_cannot_be_read_is_named_with_its_line() -> None:
    odd = "A Bare Widget, <ins>ACL, 2024</ins> [[Paper](https://x.org/a)]"
    parse = parse_list(f"{CONTENTS}\n## Alpha Methods\n{odd}\n")
    assert [(a.line, a.kind) for a in parse.anomalies] == [(9, "unread")]
