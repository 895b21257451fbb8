# ruff: noqa: E501  (a question and what is expected stand on one line)
"""Questions on the list: read as queries, answered completely; and the laws of the queries themselves."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveyqa.answering.lists import ListAnswer, answer_list, matching
from surveyqa.catalog import Catalog
from surveyqa.evaluation import has_key, letters
from surveyqa.understand.listquery import (
    And,
    ArxivId,
    Category,
    Code,
    CodeHost,
    Condition,
    Everything,
    ListQuery,
    Months,
    Named,
    Not,
    NoVenue,
    Or,
    Several,
    TitleWords,
    Topic,
    Venue,
    Years,
    both,
    either,
    organisation_of,
)
from surveyqa.understand.reader import read
from surveyqa.understand.reading import Reading, Turn
from surveyqa.understand.vocabulary import Knowledge

ROOT = Path(__file__).parent.parent
CATALOG = Catalog.load(ROOT / "corpus")
KNOWLEDGE = Knowledge(CATALOG)
ROWS: list[dict[str, Any]] = [
    row | row.get("last", {})
    for row in map(
        json.loads,
        (ROOT / "tests" / "questions" / "catalog.jsonl").read_text(encoding="utf-8").splitlines(),
    )
]


def reading(question: str, before: list[str] | None = None) -> Reading:
    return read(question, [Turn(q) for q in before or []], KNOWLEDGE)


def ask(question: str, before: list[str] | None = None) -> ListAnswer:
    found = reading(question, before)
    assert found.query is not None, f"{question!r} is not read as one on the list"
    return answer_list(found.query, CATALOG, found.language)


def missed(row: dict[str, Any]) -> list[str]:
    """What is wrong with the answer to a question of a file; [] for nothing."""
    *before, question = row.get("turns") or [row["q"]]
    found = reading(question, before)
    if found.query is None or found.intent != "papers":
        return [f"read as {found.intents[0]}"]
    answer = answer_list(found.query, CATALOG, found.language)
    keys = [] if row.get("type") == "list-set" else row.get("answer_keys", [])
    wrong = [f"lacks one of {any_of}" for any_of in keys if not has_key(answer.text, any_of)]
    compares = row.get("type") in ("list-compare", "list-rank", "list-categories", "list-counts")
    if "gold_titles" in row and not compares:
        gold = set(map(letters, row["gold_titles"]))
        if {letters(p.title) for p in answer.papers} != gold:
            wrong.append(f"{len(answer.papers)} papers, not {len(gold)}")
    if not compares and row.get("total", answer.total) != answer.total:
        wrong.append(f"counts {answer.total}, not {row['total']}")
    return wrong


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("list-set", 0.97),
        ("list-count", 0.97),
        ("list-lookup", 0.95),
        ("list-compare", 0.9),
        ("list-rank", 0.9),
        ("list-categories", 0.9),
        ("list-counts", 0.9),
    ],
)
def test_questions_as_people_ask_them(name: str, least: float) -> None:
    rows = [row for row in ROWS if row.get("type") == name and "turns" not in row]
    wrong = {row["q"]: said for row in rows if (said := missed(row))}
    shown = "\n".join(f"{q}: {said}" for q, said in wrong.items())
    assert len(rows) - len(wrong) >= least * len(rows), shown


def test_dialogues_on_the_list() -> None:
    rows = [row for row in ROWS if "turns" in row]
    wrong = {" / ".join(row["turns"]): said for row in rows if (said := missed(row))}
    assert len(rows) - len(wrong) >= 0.8 * len(rows), "\n".join(f"{q}: {said}" for q, said in wrong.items())


def test_what_papers_say_is_not_asked_of_the_list() -> None:
    questions = (ROOT / "tests" / "data" / "not_on_the_list.txt").read_text(encoding="utf-8").splitlines()
    taken = [q for q in questions if reading(q).intent == "papers"]
    assert len(taken) <= 0.05 * len(questions), "\n".join(taken)


@pytest.mark.parametrize("name", ["catalog.jsonl", "v2/catalog.jsonl"])
def test_the_sample_questions(shared: Path, name: str) -> None:
    text = (shared / "eval" / name).read_text(encoding="utf-8")
    wrong = [row["q"] for row in map(json.loads, text.splitlines()) if missed(row | {"type": "list"})]
    frameworks = [q for q in wrong if "框架" in q or "哪一类" in q]  # their gold is no set of papers
    assert wrong == frameworks


# ---- answers ----


def test_an_answer_counts_names_and_speaks_the_language() -> None:
    answer = ask("which pruning papers from ICLR have code?")
    assert answer.sentences[0].startswith("The list has 1 paper (")
    assert "SliceGPT" in answer.text
    assert re.search(r"[\u3400-\u9fff]", ask("有几篇 OSDI 论文?").text)
    assert not re.search(r"[\u3400-\u9fff]", ask("how many OSDI papers are there?").text)


def test_nothing_found_is_said_of_how_many() -> None:
    answer = ask("List the ICLR 2024 papers on speculative decoding")
    assert answer.text.startswith("None: of the 18 papers under Speculative Decoding")


def test_long_answers_are_grouped_and_complete() -> None:
    answer = ask("list all the quantization papers on the list")
    assert any(s.startswith("Post-Training Quantization: GuidedQuant") for s in answer.sentences)
    assert len(answer.papers) == answer.total == 31
    everything = ask("list all arXiv papers on the list")
    assert len(everything.papers) > 200 and len(everything.text.split()) < 160


def test_tracks_left_out_are_named() -> None:
    text = ask("speculative decoding papers from NeurIPS 2023").text
    assert "Not counted" in text and "PaSS" in text


def test_the_lists_own_shape() -> None:
    assert ask("how many leaf categories does the list have").total == 49
    assert (
        "Template Formatting" in ask("Which subcategories does the list have under Few-Shot Prompting?").text
    )
    assert "arXiv (237)" in ask("which venue has the most papers on the list").text
    assert ask("which frameworks in the list's framework table only support inference?").total == 7
    assert ask("how many frameworks are in the list's framework table?").total == 17
    assert ask("仓库的框架表里,能做微调但不能做训练的框架有哪些?").total == 2


def test_two_counts_are_compared() -> None:
    answer = ask("状态空间模型和其他序列模型相比,哪一类收录的论文更多?各有多少篇?")
    assert "13" in answer.text and "10" in answer.text


def test_fields_of_a_paper() -> None:
    assert "ICML 2023" in ask("where did flexgen get published and when").text
    assert "no arXiv id" in ask("which month was LoRA put on arXiv?").text
    assert "github.com/IST-DASLab/gptq" in ask("does GPTQ have code?").text
    assert ask("Is vLLM on the list?").text.startswith("Yes")
    assert ask("Is Deja Vu on the list?").text.startswith("No")


def test_a_topic_without_a_category_is_ranked() -> None:
    query = reading("do you list something that picks the cheapest API model able to answer?").query
    assert query is not None and any(isinstance(c, Topic) for c in query.conditions)
    key = "frugalgpt"
    answer = answer_list(query, CATALOG, "en", lambda words: [key])
    assert [p.key for p in answer.papers] == [key]


def test_what_nothing_accounts_for_does_not_narrow_and_is_told() -> None:
    query = reading("every distillation paper with code that my advisor wants").query
    assert query is not None and "advisor" in query.leftover
    assert len(matching(query, CATALOG)) == 11


def test_authors_come_from_the_bibliography() -> None:
    class Reference:
        paper, authors = "gptq", "Elias Frantar, Saleh Ashkboos, and Dan Alistarh"

    knowledge = Knowledge(CATALOG)
    knowledge.__dict__["authors"] = {"elias frantar": frozenset({"gptq"}), "frantar": frozenset({"gptq"})}
    knowledge.corpus = None
    assert Knowledge.authors.func(type("K", (), {"corpus": type("C", (), {"references": {"a": Reference}})})) == {
        "elias frantar": {"gptq"}, "frantar": {"gptq"}, "saleh ashkboos": {"gptq"}, "ashkboos": {"gptq"},
        "dan alistarh": {"gptq"}, "alistarh": {"gptq"},
    }  # fmt: skip


# ---- follow-ups ----


def test_a_follow_up_narrows_or_varies_what_was_found_before() -> None:
    woq = ["which papers do weight-only quantization?", "only those with code"]
    listed = CATALOG.filter(category="Weight-Only Quantization", has_code=True)
    assert set(ask(woq[1], woq[:1]).papers) == set(listed) != set()
    years = ["How many NeurIPS 2023 papers are on the list?"]
    assert ask("and 2022?", years).total == len(
        CATALOG.filter(venue="NeurIPS", year=2022, tracks=(None, "short"))
    )


@pytest.mark.parametrize(
    "question",
    [
        "which papers on it are from 2024?",
        "which 2024 papers deal with it?",
        "list the papers on this from ICLR",
    ],
)
def test_a_pronoun_is_never_dropped(question: str) -> None:
    alone = reading(question)
    assert alone.unresolved and alone.query is None
    after = reading(question, ["what is quantization"])
    assert after.query is not None and not after.unresolved
    found = matching(after.query, CATALOG)
    assert found and set(found) <= set(CATALOG.filter(category="Quantization"))


def test_entries_of_a_cache_are_none_of_the_list() -> None:
    for question in (
        "how many gradient entries does Hesperoid keep?",
        "how many KV entries does StreamingLLM keep?",
        "how many cache entries does H2O evict?",
    ):
        assert reading(question).intent == "number"


# ---- the laws of queries ----

ORGANISATIONS = sorted({organisation_of(p) for p in CATALOG.papers} - {""})
YEAR = st.one_of(st.none(), st.integers(2016, 2026))
LEAVES: st.SearchStrategy[Condition] = st.one_of(
    st.sampled_from(CATALOG.taxonomy.leaves).map(lambda path: Category(path)),
    st.sampled_from(CATALOG.taxonomy.leaves).map(lambda path: Category(path[:2])),
    st.sampled_from(sorted(CATALOG.venues.values())).map(Venue),
    st.tuples(YEAR, YEAR).map(Years),
    st.integers(2017 * 12, 2026 * 12).map(lambda m: Months((m, m + 6))),
    st.sampled_from(ORGANISATIONS).map(CodeHost),
    st.sampled_from(["attention", "LoRA", "KV", "a"]).map(TitleWords),
    st.sampled_from([Code(), NoVenue(), ArxivId(), Several(), Several("categories"), Everything()]),
    st.sampled_from(CATALOG.papers).map(lambda p: Named(p.title, (p.key,))),
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: And(tuple(parts))),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: Or(tuple(parts))),
    ),
    max_leaves=6,
)


def holding(condition: Condition) -> set[str]:
    return {p.key for p in CATALOG.papers if condition.matches(p)}


@settings(max_examples=60, deadline=None)
@given(CONDITIONS, CONDITIONS)
def test_not_and_or_are_those_of_sets(a: Condition, b: Condition) -> None:
    everything = {p.key for p in CATALOG.papers}
    assert holding(Not(a)) == everything - holding(a)
    assert holding(both(a, b)) == holding(a) & holding(b) == holding(And((a, b)))
    assert holding(either(a, b)) == holding(a) | holding(b) == holding(Or((a, b)))
    assert holding(Not(And((a, b)))) == holding(Or((Not(a), Not(b))))


@settings(max_examples=60, deadline=None)
@given(CONDITIONS)
def test_a_count_is_that_of_the_titles(condition: Condition) -> None:
    query = ListQuery(condition)
    answers = [answer_list(ListQuery(condition, want), CATALOG, "en") for want in ("titles", "count")]
    assert [a.total for a in answers] == [len(matching(query, CATALOG))] * 2
    assert all(a.sentences and a.sentences[0].strip() for a in answers)


@settings(max_examples=60, deadline=None)
@given(CONDITIONS, st.sampled_from(["newest", "oldest"]), st.integers(1, 5))
def test_an_order_takes_from_the_end(condition: Condition, order: Any, n: int) -> None:
    dated = [p for p in CATALOG.papers if p.year and condition.matches(p)]
    found = matching(ListQuery(condition, order=order, limit=n), CATALOG)
    assert len(found) == min(n, len(dated))
    years = [p.year or 0 for p in found]
    assert years == sorted(years, reverse=order == "newest")
    if found:
        assert years[0] == (max if order == "newest" else min)(p.year or 0 for p in dated)


@settings(max_examples=60, deadline=None)
@given(CONDITIONS)
def test_every_query_is_described(condition: Condition) -> None:
    for language in ("en", "zh"):
        said = ListQuery(condition).describe(language)
        assert isinstance(said, str) and "None" not in said
