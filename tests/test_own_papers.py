# ruff: noqa: E501  (a question and what is expected stand on one line)
"""Papers of the user's own: named in a question, asked alone, told by their sentences, places and facts."""

from __future__ import annotations

import json

import pytest
from made_index import Maker, made_documents

from surveyqa.answering.own import look_into
from surveyqa.assistant import Assistant
from surveyqa.catalog import Catalog
from surveyqa.cli import main
from surveyqa.cli.ask import own_paper
from surveyqa.documents import Block, Document
from surveyqa.errors import UsageError
from surveyqa.index.build import build_index
from surveyqa.settings import Settings
from surveyqa.understand.scope import Shelf, facts_of

TITLE = "Quillmark: Weighing Reviews of Distant Restaurants"
OTHER = "Learning to Fold Protein Chains with Slow Clocks"
ZH = "霜叶：一种分层量化方法"


def paper(key: str, title: str, sections: dict[str, list[str]], **known: object) -> Document:
    blocks = [
        Block("paragraph", sentence, path=(heading,), pages=((0, n + 1),))
        for n, (heading, sentences) in enumerate(sections.items())
        for sentence in sentences
    ]
    rows = (("Quillmark", "88.4"), ("Denseline", "89.9"))
    if key == "quillmark":
        blocks += [
            Block(
                "table-row",
                f"Table 1: Accuracy of methods. Method: {name}; Accuracy (%): {value}. {name} | {value}",
                path=("3 Results",),
                pages=((0, 3),),
                quote=(
                    len(f"Table 1: Accuracy of methods. Method: {name}; Accuracy (%): {value}. "),
                    len(
                        f"Table 1: Accuracy of methods. Method: {name}; Accuracy (%): {value}. {name} | {value}"
                    ),
                ),
            )
            for name, value in rows
        ]
    return Document(f"paper:{key}", "paper", title, tuple(blocks), page_count=len(sections), **known)  # type: ignore[arg-type]


PAPERS = [
    paper(
        "quillmark",
        TITLE,
        {
            "Abstract": ["Quillmark weighs restaurant reviews by the distance of their writers."],
            "1 Data": [
                "We collect 4,300 reviews of 12 towns from the Yelp Challenge dataset.",
                "Quillmark drops reviews that are shorter than five words.",
            ],
            "2 Model": ["The model of Quillmark is a gated recurrent encoder with one attention layer."],
            "3 Results": ["Quillmark beats the baseline Denseline in no town."],
        },
        authors="Ada Brook and Karl Stone",
        year=2019,
    ),
    paper(
        "clocks",
        OTHER,
        {
            "1 Introduction": ["Protein chains fold slowly.", "The slow clock counts folds of a chain."],
            "7 Conclusion": ["Conclusion and slow clocks", "Clocks help."],
        },
    ),
    paper(
        "zh",
        ZH,
        {
            "1 引言": [
                "霜叶是一种分层量化方法，它先对注意力层进行四比特量化。",
                "霜叶方法每隔十九步重新校准一次缩放因子。",
            ]
        },
    ),
]


@pytest.fixture(scope="module")
def home(made: Maker, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A made survey with three added papers."""
    settings = made.at(tmp_path_factory.mktemp("own")).settings
    catalog = Catalog.load(settings.corpus)
    build_index(settings, [*made_documents(), *PAPERS], "survey", {}, catalog=catalog)
    return settings


@pytest.fixture(scope="module")
def assistant(home: Settings) -> Assistant:
    return Assistant.open(home)


@pytest.fixture(scope="module")
def shelf(assistant: Assistant) -> Shelf:
    # the made encoder knows few words whole
    return Shelf(assistant.index, lambda word: word not in ("quillmark", "denseline", "yelp"))


@pytest.mark.parametrize(
    ("question", "key", "rest"),
    [
        (f'In the paper "{TITLE}": What is the data?', "quillmark", "What is the data?"),
        ("What does Weighing Reviews of Distant Restaurants find?", "quillmark", "What does this paper find?"),
        (f"which baselines are in the paper “{OTHER}”?", "clocks", "which baselines are in this paper?"),
        ("according to Learning to Fold Protein Chains with a Slow Clock, what counts?", "clocks", "what counts?"),
        ("What does Quillmark weigh?", "quillmark", "What does Quillmark weigh?"),
        ("what did Brook and Stone (2019) collect?", "quillmark", "what did this paper collect?"),
        ("霜叶每隔多少步重新校准?", "zh", "霜叶每隔多少步重新校准?"),
    ],
)  # fmt: skip
def test_a_paper_is_named_by_title_part_authors_or_its_own_name(
    shelf: Shelf, question: str, key: str, rest: str
) -> None:
    found = shelf.find(question, foreign=("霜", "叶", "步", "重", "新"))
    assert found is not None and (found.key, found.rest) == (f"paper:{key}", rest)


@pytest.mark.parametrize(
    "question",
    ["what is prefix tuning?", "what did Brook collect?", "which papers are from 2019?", "知识蒸馏是什么?", "哪种量化方法更好?", "does learning help?", "learning to prune protein models"],
)  # fmt: skip
def test_what_names_no_paper_has_no_scope(shelf: Shelf, question: str) -> None:
    assert shelf.find(question, foreign=("种", "更")) is None


def test_a_name_of_the_list_that_the_paper_does_not_know_is_no_question_on_it(shelf: Shelf) -> None:
    question = "compare Quillmark with LoRA"
    assert shelf.find(question, others=("LoRA",)) is None
    assert shelf.find(question, others=("Denseline",)) is not None
    assert shelf.find("is Quillmark on the list?", listed=True) is None


@pytest.mark.parametrize(
    ("text", "fact"),
    [("who wrote this paper?", "authors"), ("when was it published", "year"), ("how many pages does Quillmark have?", "pages"), ("这篇论文的作者是谁?", "authors"), ("who wrote it and in which year?", "authors year"), ("who collected the data?", ""), ("how many pages of reviews?", "")],
)  # fmt: skip
def test_a_fact_of_the_document_is_asked_for_alone(text: str, fact: str) -> None:
    assert facts_of(text, TITLE) == tuple(fact.split())


def test_only_the_named_paper_answers(assistant: Assistant) -> None:
    answer = assistant.ask(f'In the paper "{TITLE}": how many reviews do they collect?')
    assert answer.status == "answered" and "4,300 reviews" in answer.text
    assert {source.title for source in answer.sources} == {TITLE}
    assert answer.to_dict()["understood"]["of"] == "paper:quillmark"


def test_a_follow_up_stays_with_the_paper_and_a_new_subject_leaves_it(assistant: Assistant) -> None:
    before = [f'What is the data of "{TITLE}"?']
    assert assistant.read("what is their model?", assistant.turns(before)).scope == "paper:quillmark"
    assert assistant.read("which papers are from 2023?", assistant.turns(before)).scope == ""
    said = assistant.read("how big is it?", assistant.turns([f'What is the attention layer of "{TITLE}"?']))
    assert said.resolved and "attention layer" in said.text


def test_a_name_that_only_an_added_paper_has_is_no_filter_of_the_list(assistant: Assistant) -> None:
    reading = assistant.read("how many papers does the Denseline Corpus hold?")
    assert reading.scope or (reading.query is None and "papers" not in dict(reading.intents))


def test_of_asks_one_paper_whatever_the_question_names(assistant: Assistant) -> None:
    key = own_paper(assistant.shelf, "protein chains")
    assert assistant.read("what is counted?", of=key).scope == "paper:clocks"
    with pytest.raises(UsageError, match="no paper of yours is called 'nothing like it'"):
        own_paper(assistant.shelf, "nothing like it")
    with pytest.raises(UsageError, match="fits 2 papers"):
        own_paper(assistant.shelf, "ng")


def test_facts_and_places_are_those_of_the_paper(assistant: Assistant) -> None:
    def said(question: str, of: str = "paper:quillmark") -> str:
        return assistant.ask(question, of=of).text

    assert "Ada Brook and Karl Stone" in said("who are the authors?")
    assert "4 pages" in said("how many pages does it have?")
    assert "1 Data; 2 Model; 3 Results" in said("what sections does it have?")
    assert "gated recurrent encoder" in said("summarize section 2") and "Yelp" not in said(
        "summarize section 2"
    )
    assert "has no section 9" in said("what does section 9 say?")
    assert "Clocks help" in said("what does section 7 say?", "paper:clocks")
    assert assistant.ask("give me the bibtex", of="paper:quillmark").bibtex == (
        "@misc{quillmark,\n  title = {{Quillmark: Weighing Reviews of Distant Restaurants}},\n"
        "  author = {Ada Brook and Karl Stone},\n  year = {2019},\n}\n"
    )
    assert assistant.ask("who are the authors?", of="paper:clocks").status == "no_answer"


def test_a_table_is_shown_whole_and_the_row_with_the_most_comes_first(assistant: Assistant) -> None:
    whole = assistant.ask("show table 1", of="paper:quillmark")
    assert whole.table and [row[0] for row in whole.table["rows"]] == ["Quillmark", "Denseline"]
    assert assistant.answerer.rows == (), "rows of an added paper are no rows of the survey"
    best = assistant.ask("which method has the highest accuracy?", of="paper:quillmark")
    assert best.status == "no_answer" or best.sentences[0].text.startswith("Denseline")
    own = assistant.answerer.own("paper:quillmark")
    reading = assistant.read("which method has the highest accuracy?", of="paper:quillmark")
    from surveyqa.answering.own import tell

    told = tell(own, reading, look_into(own, reading), assistant.answerer.own_rows[own.key])
    assert told[0].text.startswith("Denseline")


def test_a_question_of_two_parts_gets_a_sentence_for_each(assistant: Assistant) -> None:
    answer = assistant.ask(
        "how many reviews of towns are collected, and what is the encoder?", of="paper:quillmark"
    )
    assert "4,300 reviews" in answer.text and "gated recurrent encoder" in answer.text


def test_a_heading_within_the_text_is_not_told(assistant: Assistant) -> None:
    own = assistant.answerer.own("paper:clocks")
    lines = look_into(own, assistant.read("what is the conclusion on slow clocks?", of="paper:clocks")).lines
    assert own.index.sentence(*lines.ranked()[-1]) == "Conclusion and slow clocks"


def test_a_name_that_a_paper_lacks_is_said_to_be_missing(assistant: Assistant) -> None:
    answer = assistant.ask("do they use RoBERTa?", of="paper:quillmark")
    assert answer.status == "no_answer" and "does not mention RoBERTa" in answer.text


def test_a_chinese_paper_answers_chinese_in_its_own_words(assistant: Assistant) -> None:
    answer = assistant.ask("霜叶每隔多少步重新校准缩放因子?", of="paper:zh")
    assert answer.status == "answered" and "十九步" in answer.sentences[0].text
    assert assistant.ask("训练用了多少块显卡?", of="paper:zh").status == "no_answer"


def test_names_of_added_papers_and_abstracts_are_known(assistant: Assistant) -> None:
    assert assistant.index.says("yelp challenge") and not assistant.index.says("yelp yelp")
    assert not assistant.index.says("encod"), "a part of a word is no name"
    assert {assistant.index.chunks[p].document for p in assistant.index.holding("Yelp Challenge")} == {
        "paper:quillmark"
    }


def test_papers_mine_lists_what_was_added(
    home: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SURVEYQA_HOME", str(home.index.parent))
    monkeypatch.setenv("SURVEYQA_OFFLINE", "1")
    monkeypatch.setenv("SURVEYQA_MODEL", home.model)

    def run(*words: str) -> tuple[int, str]:
        code = main(["papers", "--mine", *words])
        return code, capsys.readouterr().out

    code, shown = run("--json")
    listed = json.loads(shown)["papers"]
    assert code == 0 and [row["name"] for row in listed] == ["quillmark", "clocks", "zh"]
    assert listed[0]["authors"] == "Ada Brook and Karl Stone" and listed[0]["tables"] == ["1"]
    assert [row["title"] for row in json.loads(run("--json", "--year", "2019")[1])["papers"]] == [TITLE]
    assert "author = {Ada Brook and Karl Stone}" in run("--bibtex", "--text", "quillmark")[1]
    assert run("--csv")[1].splitlines()[0] == "name,title,authors,year,pages,sections,tables,figures"
    assert ZH in run()[1]
    assert run("--venue", "ACL")[0] == 2
    assert run("--text", "nothing like it")[0] == 3
