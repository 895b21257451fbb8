"""The chat without a browser: what is rendered, exported, let in, and followed."""

from __future__ import annotations

import base64
import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest
from chat_fake import CORPUS, EVIL, FIRST, SECOND, THIRD, FakeAssistant, make
from starlette.testclient import TestClient

from surveyqa.chat import Options, explore, export, render
from surveyqa.chat.desk import Desk, clean, questions
from surveyqa.chat.guard import Logins, Rate, TooManyGuesses, hash_line
from surveyqa.chat.live import Issued, Live, Pages, Turn
from surveyqa.chat.panel import panel
from surveyqa.chat.render import WORDS, word
from surveyqa.errors import UsageError
from surveyqa.profile import Profile

HERE = Path(__file__).resolve().parent


@pytest.fixture
def assistant(tmp_path: Path) -> FakeAssistant:
    return make(tmp_path)


@pytest.fixture
def profile() -> Profile:
    return Profile.load(CORPUS)


def turn(assistant: FakeAssistant, question: str, *history: str) -> Turn:
    return Turn(question, history, assistant.ask(question, history).to_dict())


def shown(assistant: FakeAssistant, asked: Turn, number: int = 0, sentence: int | None = None) -> str:
    """The panel of a source of an answer."""
    pages = Pages(assistant.settings.downloads / "survey.pdf")
    return panel(asked.answer["sources"][number], sentence, asked.answer, {}, pages, "", "en")


@contextmanager
def serving(folder: Path, *options: str) -> Iterator[str]:
    """The address of a chat that is served by a process of its own until the end of the block."""
    env = os.environ | {"PYTHONPATH": os.pathsep.join([str(HERE.parent / "src"), str(HERE)])}
    command = [sys.executable, str(HERE / "chat_fake.py"), str(folder), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().strip()
            assert address.startswith("http://127.0.0.1:"), "the server did not start"
            yield address
        finally:
            process.terminate()
            assert process.wait(timeout=15) in (0, -15), "the server did not shut down cleanly"


class Elements(HTMLParser):
    """The elements of a piece of HTML, with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


# ---- rendering ----------------------------------------------------------------------------------


def test_markup_of_sources_and_questions_shows_as_text(assistant: FakeAssistant) -> None:
    evil = turn(assistant, "evil")
    html = render.answer(evil.answer, "en", True) + shown(assistant, evil) + shown(assistant, evil, 0, 0)
    html += render.paper_table(
        [{"title": EVIL, "url": "javascript:alert(1)", "code": "data:text/html,x"}], "en", 1
    )
    table = {"title": EVIL, "columns": [EVIL, EVIL], "rows": [[EVIL, EVIL]]}
    html += render.contract_table(table, evil.answer, "en")
    html += render.premise(
        {**evil.answer, "premise": {"text": EVIL, "verdict": "unstated", "citations": [1]}}, "en"
    )
    elements = Elements(html)
    assert not {"img", "script", "iframe", "object", "style"} & {tag for tag, _ in elements.found}
    assert elements.text.count("<script>window.hacked=1</script>") >= 8
    assert not [a for _, a in elements.found if any(k.startswith("on") for k in a)]
    addresses = [a["href"] or "" for tag, a in elements.found if tag == "a"]
    assert addresses and all(address.startswith(("http://", "https://")) for address in addresses)
    assert all(a.get("rel") == "noopener noreferrer" for tag, a in elements.found if tag == "a")


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "JaVaScRiPt:x", "//host/x", "data:text/html,x", "http://", None, 3, "http://[x"],
)
def test_only_web_addresses_become_links(url: object) -> None:
    assert "<a" not in render.link(url, "x")


def test_marks_become_chips_and_brackets_of_a_sentence_stay(assistant: FakeAssistant) -> None:
    answer = turn(assistant, "x").answer
    answer["sentences"][0]["text"] = "See [2] and [9]."
    answer["answer"] = "See [2] and [9]. [1] More [7] text."
    answer["sentences"] = answer["sentences"][:1]
    elements = Elements(render.prose(answer, "en"))
    assert [a["data-source"] for _, a in elements.found if a.get("data-do") == "cite"] == ["1"]
    assert "See [2] and [9]." in elements.text and "[7]" in elements.text


def test_a_chip_points_to_the_sentence_of_its_source(assistant: FakeAssistant) -> None:
    asked = turn(assistant, "x")
    chips = [a for _, a in Elements(render.prose(asked.answer, "en")).found if a.get("data-do") == "cite"]
    assert [(c["data-source"], c["data-sentence"], c["data-quote"]) for c in chips] == [
        ("1", "0", FIRST), ("1", "1", SECOND), ("3", "1", THIRD), ("2", "2", THIRD),
    ]  # fmt: skip
    assert f"<mark>{SECOND}</mark>" in shown(assistant, asked, 0, 1)
    assert (
        shown(assistant, asked, 0, 1).count('class="hl"')
        > 0
        < shown(assistant, asked, 0, 1).count("hl faint")
    )


def test_bullets_become_a_list(assistant: FakeAssistant) -> None:
    answer = {
        "answer": "Two kinds:\n- one [1]\n- two [2]\nDone.",
        "sentences": [],
        "sources": turn(assistant, "x").answer["sources"],
    }
    tags = [tag for tag, _ in Elements(render.prose(answer, "en")).found]
    assert tags.count("li") == 2 and tags.count("ul") == 1 and tags.count("p") == 2


def test_how_a_question_was_read_and_what_it_assumes_is_told(assistant: FakeAssistant) -> None:
    plain = render.answer(turn(assistant, "x").answer, "en")
    assert "Understood" not in plain and "premise" not in plain
    told = Elements(render.answer(turn(assistant, "and frozen ones", "x").answer, "en"))
    assert "Understood as and frozen ones (x)" in told.text
    assert "The question assumes what the corpus tells otherwise: Prefixes are frozen." in told.text
    assert any(a.get("data-do") == "typed" for _, a in told.found)


def test_a_table_of_the_contract_shows_as_one_that_scrolls(assistant: FakeAssistant) -> None:
    elements = Elements(render.answer(turn(assistant, "table").answer, "en"))
    assert "Table 1 · table on page 2 · 2 of 3" in elements.text and "OPT <i>x</i>" in elements.text
    assert "none" not in elements.text  # a column with nothing in it
    boxes = [a for tag, a in elements.found if tag == "div" and a.get("class") == "table"]
    assert [box["tabindex"] for box in boxes] == ["0"]


def test_cited_sources_stand_apart_and_begin_with_what_they_say(assistant: FakeAssistant) -> None:
    asked = turn(assistant, "x")
    asked.answer["sentences"] = asked.answer["sentences"][:1]
    text = Elements(render.source_list(asked.answer, "en")).text
    assert text.index("Cited") < text.index(FIRST) < text.index("See also (2)") < text.index(THIRD)
    assert "0.9" not in render.answer(asked.answer, "en") + shown(assistant, asked)


def test_a_sentence_that_is_partly_supported_says_so(assistant: FakeAssistant) -> None:
    assert "only partly supported" in render.answer(turn(assistant, "x").answer, "en")


def test_a_suggestion_becomes_a_question() -> None:
    asked = "What does the survey say about KV Cache?"
    assert render.about("2.1.3 Quantization > 2.1.4 KV Cache", "en") == asked
    assert render.about("What is gliding?", "en") == "What is gliding?"


def test_a_guide_is_not_passed_off_as_the_survey(assistant: FakeAssistant) -> None:
    asked = turn(assistant, "x")
    asked.answer["sources"][0] |= {"kind": "guide", "page": None}
    html = shown(assistant, asked)
    assert "not the survey's text" in Elements(html).text and "surveyqa update" in html


def test_every_word_is_there_in_both_languages() -> None:
    for key, (english, chinese) in WORDS.items():
        assert english and chinese, key
        assert sorted(re.findall(r"{\w+}", english)) == sorted(re.findall(r"{\w+}", chinese)), key
        assert not re.search(r"[\u4e00-\u9fff][,;:?!]", chinese), key  # full-width punctuation
    assert word("page_n", "zh", n=3) == "第 3 页"


# ---- pages --------------------------------------------------------------------------------------


def test_boxes_lie_on_the_quote(assistant: FakeAssistant) -> None:
    import pypdfium2

    pages = Pages(assistant.settings.downloads / "survey.pdf")
    boxes = pages.boxes(2, f"{FIRST} {SECOND}")
    pdf = pypdfium2.PdfDocument(str(pages.path))
    page = pdf[1]
    width, height = page.get_size()
    inside = "".join(
        page.get_textpage().get_text_bounded(
            x0 * width - 1, height - y1 * height, x1 * width + 1, height - y0 * height
        )
        for x0, y0, x1, y1 in boxes
    )
    pdf.close()
    assert re.sub(r"\W", "", inside) == re.sub(r"\W", "", FIRST + SECOND)
    assert pages.boxes(1, FIRST) == () and pages.boxes(2, " ") == ()


def test_without_the_pdf_there_are_no_pages(tmp_path: Path) -> None:
    pages = Pages(tmp_path / "survey.pdf")
    assert pages.count == 0 and pages.boxes(1, "x") == ()
    asked = turn(make(tmp_path, "starter-one"), "x")
    assert "sheets" not in panel(asked.answer["sources"][0], None, asked.answer, {}, pages, "", "en")


# ---- what is kept -------------------------------------------------------------------------------


def test_only_what_was_issued_is_shown_again_and_little_is_kept(assistant: FakeAssistant) -> None:
    issued = Issued(3)
    names = [issued.keep(turn(assistant, str(n))) for n in range(5)]
    assert [issued.get(n) is None for n in names] == [True, True, False, False, False]
    small = Issued(100, most_bytes=10)
    first, second = (small.keep(turn(assistant, "x")) for _ in range(2))
    assert small.get(first) is None and small.get(second) is not None and small.get("made up") is None


def test_a_question_is_one_clean_line_and_few_are_remembered() -> None:
    assert clean(" a\tb\n\x00c\x1b[0m ") == "a b c [0m"
    assert questions([str(n) for n in range(9)]) == ("3", "4", "5", "6", "7", "8")
    assert questions([" " * 200_000 + "x"]) == ("x",)


def test_a_new_generation_is_followed_and_a_broken_one_is_not(assistant: FakeAssistant) -> None:
    live = Live(assistant)
    current = assistant.settings.index / "CURRENT"
    current.write_text("survey-second\n")
    os.utime(current, ns=(1, 1))
    assert live.assistant.index.manifest.generation == "survey-second"
    current.unlink()
    assert live.assistant.index.manifest.generation == "survey-second"


# ---- explore, compare, export, feedback ---------------------------------------------------------


def test_the_tree_counts_what_the_catalogue_filters(assistant: FakeAssistant) -> None:
    catalog = assistant.catalog
    page = Elements(explore.page(assistant, "en")).text
    for path in catalog.taxonomy.nodes()[:12]:
        assert f"{path[-1]} {len(catalog.filter(category=path))}" in page
    node = " > ".join(catalog.taxonomy.leaves[0])
    listed = Elements(explore.page(assistant, "en", node)).text
    assert all(p.title in listed for p in catalog.filter(category=catalog.taxonomy.leaves[0]))
    assert explore.page(assistant, "en", "no such > node") == explore.page(assistant, "en")


def test_what_changed_is_the_diff_of_the_catalogues(assistant: FakeAssistant) -> None:
    rows = (CORPUS / "papers.jsonl").read_text(encoding="utf-8").splitlines()
    edited = {**json.loads(rows[1]), "title": "<b>Another</b> title", "venue": "Elsewhere"}

    def write(name: str, papers: list[str], texts: dict[str, list[str]], when: int) -> None:
        folder = assistant.settings.index / name
        (folder / "catalog").mkdir(parents=True)
        for kept in assistant.settings.corpus.glob("*.*"):
            shutil.copy(kept, folder / "catalog")
        (folder / "catalog" / "papers.jsonl").write_text("\n".join(papers) + "\n", encoding="utf-8")
        (folder / "manifest.json").write_text("{}")
        os.utime(folder / "manifest.json", (when, when))
        documents = [json.dumps({"key": k, "title": f"<i>{k}</i>"}) for k in texts]
        (folder / "documents.jsonl").write_text("\n".join(documents) + "\n")
        chunks = [json.dumps({"id": i, "document": k}) for k, ids in texts.items() for i in ids]
        (folder / "chunks.jsonl").write_text("\n".join(chunks) + "\n")

    assert "nothing to compare" in explore.what_changed(assistant, "en")
    write("survey-zero", rows[:-1], {"same": ["1"], "gone": ["2"], "edited": ["3"]}, 1)
    assert "nothing to compare" in explore.what_changed(assistant, "en")  # the one in use is not there
    write(
        "survey-one",
        [rows[0], json.dumps(edited), *rows[3:]],
        {"same": ["1"], "new": ["4"], "edited": ["5"]},
        2,
    )
    changed = Elements(explore.what_changed(assistant, "en"))
    told = re.sub(r"\s+", " ", changed.text)
    assert f"Added 1{json.loads(rows[-1])['title']}" in told
    assert f"Removed 1{json.loads(rows[2])['title']}" in told
    assert "<b>Another</b> title" in told and "→ Elsewhere" in told
    assert told.endswith("New texts 1<i>new</i>Texts gone 1<i>gone</i>Changed texts 1<i>edited</i>")
    assert not {"b", "i"} & {tag for tag, _ in changed.found}


def test_a_comparison_cites_every_sentence(assistant: FakeAssistant) -> None:
    assert "LoRA" in explore.names(assistant)
    html = render.answer(assistant.comparison(["LoRA", "QLoRA"]).to_dict(), "en")
    elements = Elements(html)
    assert elements.text.count("LoRA <b>shrinks</b> weights.") == 2  # in the cells, and nowhere twice
    assert [a["data-sentence"] for _, a in elements.found if (a.get("class") or "").startswith("chip")] == [
        "0",
        "1",
    ]
    assert "limits" not in elements.text


def test_follow_ups_are_answered_before_they_are_shown(assistant: FakeAssistant) -> None:
    asked = turn(assistant, "What is LoRA?")  # says other things than the fake's usual answer
    found = explore.follow_ups(assistant, asked.answer, "en", 3)
    assert found == ["What does the survey say about Prefix Modules?"]  # the rest would say the same again
    assert explore.follow_ups(assistant, turn(assistant, "x").answer, "en", 3) == []


def test_markdown_numbers_footnotes_through_the_conversation(
    assistant: FakeAssistant, profile: Profile
) -> None:
    text = export.markdown([turn(assistant, "One *star*?"), turn(assistant, "a table?")], profile)
    assert text.startswith("## One \\*star\\*?\n")
    marks = set(re.findall(r"(?<!\n)\[\^(\d+)\](?!:)", text))
    notes = re.findall(r"^\[\^(\d+)\]: .*p\. 2|^\[\^(\d+)\]: ", text, re.MULTILINE)
    assert len(notes) == 6 and marks <= {a or b for a, b in notes} and "4" in marks
    assert "| GLM-130B | 96 |" in text
    assert "<script>" not in export.markdown([turn(assistant, "evil")], profile).replace("\\<script\\>", "")


def test_bibtex_has_each_cited_paper_once(assistant: FakeAssistant, profile: Profile) -> None:
    text = export.bibtex([turn(assistant, "one"), turn(assistant, "two")], profile)
    titles = re.findall(r"title = \{\{(.*)\}\}", text)
    assert sorted(titles) == sorted(
        [profile.title, "LoRA: Low-Rank Adaptation", "Prefix-Tuning: Optimizing Prompts"]
    )
    assert "author = {E. Hu and Y. Shen}" in text and "eprint = {2106.09685}" in text
    assert len(set(re.findall(r"^@\w+\{([\w-]+),", text, re.MULTILINE))) == 3


HOSTILE = {
    "title": "=cmd|'/c calc'!A1 & B_c: 50% {x} \\input{y}\r\nER  - \r\nTY  - BOOK", "authors": "A. & B}; @x",
    "year": "2020},note={\\input{z}}", "venue": "+V}", "arxiv_id": "2401.1}\\x",
    "url": "https://a.org/},note={\\input{w}}", "kind": "abstract", "id": 1, "papers": [],
}  # fmt: skip


def test_fields_are_written_by_the_rules_of_each_format(profile: Profile) -> None:
    answer = {"sentences": [{"citations": [1]}], "sources": [HOSTILE], "papers": []}
    turns = [Turn("", (), answer)]
    entry = export.bibtex(turns, profile)
    assert "\\input" not in entry and "note = " not in entry and "year" not in entry and "eprint" not in entry
    assert "A. \\& B\\}" in entry and "50\\% \\{x\\}" in entry and r"\textbackslash{}input" in entry
    assert entry.count("{") - entry.count("\\{") == entry.count("}") - entry.count(
        "\\}"
    )  # nothing closes early
    record = export.ris(turns, profile)
    assert [line[:6] for line in record.split("\r\n")] == [
        "TY  - ",
        "TI  - ",
        *["AU  - "] * 2,
        "JO  - ",
        "UR  - ",
        "ER  - ",
        "",
    ]
    item = json.loads(export.csl(turns, profile))[0]
    assert "issued" not in item and "number" not in item and item["title"].startswith("=cmd")
    rows = list(csv.reader(io.StringIO(export.as_csv(turns, profile))))
    assert len(rows) == 2 and rows[1][0].startswith("'=cmd") and rows[1][3] == "'+V}"
    assert not [cell for cell in rows[1] if cell[:1] in "=+-@" and cell]


def test_exports_of_papers_are_what_is_cited(assistant: FakeAssistant, profile: Profile) -> None:
    asked = turn(assistant, "x")
    asked.answer["sentences"] = asked.answer["sentences"][2:]  # cites the survey alone
    asked.answer["papers"] = [{"title": "Listed", "year": 2023, "where": "ICLR 2023"}]
    titles = [item["title"] for item in json.loads(export.csl([asked], profile))]
    assert titles == [profile.title, "Prefix-Tuning: Optimizing Prompts", "Listed"]
    given = [item.get("author", [{}])[0] for item in json.loads(export.csl([asked], profile))]
    assert given[:2] == [{"family": "Wan", "given": "Zhongwei"}, {"family": "Li", "given": "X."}]


def test_json_export_is_the_contract(assistant: FakeAssistant, profile: Profile) -> None:
    answers = json.loads(export.as_json([turn(assistant, "one")], profile))
    assert answers[0]["schema"] == 1 and answers[0]["sources"][0]["page"] == 2


# ---- the desk's routes --------------------------------------------------------------------------


@pytest.fixture
def client(assistant: FakeAssistant, tmp_path: Path) -> Iterator[TestClient]:
    from starlette.applications import Starlette

    options = Options(feedback=tmp_path / "thumbs.jsonl")
    desk = Desk(Live(assistant), Pages(assistant.settings.downloads / "survey.pdf"), options)
    with TestClient(Starlette(routes=desk.routes())) as client:
        yield client


def asked(client: TestClient, question: str, **more: Any) -> dict[str, Any]:
    lines = client.post("/desk/ask", json={"question": question, **more}).text.splitlines()
    last: dict[str, Any] = json.loads(lines[-1])
    return last


def test_an_answer_is_issued_and_found_again_by_its_id(client: TestClient) -> None:
    made = asked(client, "x", history=["before"])["turn"]
    assert "follows 1: before" in made["html"] and made["q"] == "x"
    source = client.get("/desk/source", params={"id": made["id"], "source": 1, "sentence": 1}).json()
    assert f"<mark>{SECOND}</mark>" in source["html"]
    chinese = client.get("/desk/turn", params={"id": made["id"], "language": "zh"}).json()["html"]
    assert "引用的出处" in chinese
    assert client.get("/desk/source", params={"id": "made-up", "source": 1}).status_code == 410
    assert client.get("/desk/source", params={"id": made["id"], "source": 99}).status_code == 404
    for form in export.FORMS:
        file = client.post("/desk/export", json={"form": form, "turns": [{"id": made["id"]}]}).json()
        assert file["name"].startswith("surveyqa.") and file["text"]
    again = client.post("/desk/export", json={"form": "json", "turns": [{"id": "lost", "question": "again"}]})
    assert json.loads(again.json()["text"])[0]["question"] == "again"


def test_a_thumb_is_a_line_for_its_owner_alone(client: TestClient, tmp_path: Path) -> None:
    name = asked(client, "one")["turn"]["id"]
    for up in (True, False):
        assert client.post("/desk/thumb", json={"id": name, "up": up}).status_code == 200
    for forged in ({"id": "x", "up": True}, {"id": name, "up": "yes"}, {"id": name, "up": 1}):
        assert client.post("/desk/thumb", json=forged).status_code == 404
    path = tmp_path / "thumbs.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(r["question"], r["up"]) for r in rows] == [("one", True), ("one", False)]
    assert os.name != "posix" or path.stat().st_mode & 0o777 == 0o600


ODD = [
    b"", b"[]", b"null", b"{", b'{"question": NaN}', b'{"question": "x", "sources": Infinity}',
    b"[" * 60_000, b'{"question": "\\ud800"}', b'{"question": 1}', b'{"question": ["x"]}',
    b'{"question": "x", "history": "y"}', b'{"question": "x", "history": [1]}',
    b'{"question": "x", "sources": true}', b'{"question": "x", "sources": 99}',
    b'{"question": "x", "sources": 1e99}', b"\xff\xfe", b'{"question": " "}',
    b'{"a":' * 500 + b"1" + b"}" * 500, b'{"question": "x", "history": [' + b'"y",' * 50 + b'"y"]}',
]  # fmt: skip


def test_odd_bodies_are_refused_and_never_an_error_of_ours(client: TestClient) -> None:
    how = {"content-type": "application/json"}
    for body in ODD:
        for route in ("ask", "compare", "export", "thumb"):
            response = client.post(f"/desk/{route}", content=body, headers=how)
            assert response.status_code in (400, 404), (route, body[:40], response.status_code)
    assert client.post("/desk/ask", content=b'{"question": "x"}').status_code == 415
    for query in ("", "?id=" + "x" * 9000, "?id=x&source=-1", "?id=x&source=\u0663"):
        assert client.get(f"/desk/source{query}").status_code == 410
    assert client.get("/desk/explore", params={"node": "x" * 9000}).status_code == 200
    assert client.get("/pages/x/99999999999999999999.png").status_code == 404


def test_a_failure_says_no_more_than_its_kind(client: TestClient) -> None:
    assert asked(client, "fail") == {"error": "That went wrong: RuntimeError"}


# ---- guard --------------------------------------------------------------------------------------


def users(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n")
    path.chmod(0o600)
    return path


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def test_a_login_needs_the_right_password(tmp_path: Path) -> None:
    path = users(tmp_path / "users", "# users", hash_line("ada", "correct horse"))
    assert "correct" not in path.read_text()
    logins = Logins(path)
    assert logins.known(basic("ada", "correct horse")) is None
    assert logins.user(basic("ada", "correct horse")) == "ada" == logins.known(basic("ada", "correct horse"))
    assert logins.user(basic("ada", "wrong")) is None and logins.user(basic("eve", "correct horse")) is None
    assert [logins.user(h) for h in ("Basic !!!", "Bearer x", "Basic " + "A" * 5000)] == [None] * 3


def test_who_is_taken_out_of_the_file_is_out(tmp_path: Path) -> None:
    ada, bob = hash_line("ada", "correct horse"), hash_line("bob", "battery staple")
    logins = Logins(path := users(tmp_path / "users", ada, bob))
    assert logins.user(basic("ada", "correct horse")) == "ada"
    users(path, bob)
    os.utime(path, ns=(1, 1))
    assert logins.known(basic("ada", "correct horse")) is None
    assert logins.user(basic("ada", "correct horse")) is None
    assert logins.user(basic("bob", "battery staple")) == "bob"
    path.write_text("broken")  # nobody is let in by a file that cannot be used
    os.utime(path, ns=(2, 2))
    assert logins.known(basic("bob", "battery staple")) is None


def test_guesses_are_counted_by_address_and_by_name_and_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    now = [0.0]
    logins = Logins(users(tmp_path / "users", hash_line("ada", "correct horse")), lambda: now[0])
    for _ in range(10):
        assert logins.user(basic("ada", "wrong"), "10.0.0.9") is None
    with pytest.raises(TooManyGuesses):
        logins.user(basic("eve", "wrong"), "10.0.0.9")
    assert logins.user(basic("ada", "correct horse"), "10.0.0.1") == "ada"  # readers are not locked out
    assert "'ada' from 10.0.0.9" in caplog.text and "wrong password" in caplog.text
    now[0] = 301
    assert logins.user(basic("ada", "wrong"), "10.0.0.9") is None


@pytest.mark.parametrize("text", ["", "ada:secret", "ada:md5:x:y"])
def test_an_auth_file_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError, match="--add-user"):
        Logins(users(tmp_path / "users", text))


@pytest.mark.skipif(os.name != "posix", reason="asks for the file's mode")
def test_an_auth_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = users(tmp_path / "users", hash_line("ada", "correct horse"))
    path.chmod(0o640)
    with pytest.raises(UsageError, match="chmod 600"):
        Logins(path)


@pytest.mark.parametrize("name", ["#bob", "", " ", "a:b", " bob", "a\nb"])
def test_a_name_that_the_file_cannot_hold_is_refused(name: str) -> None:
    with pytest.raises(UsageError):
        hash_line(name, "correct horse")


def test_the_rate_is_per_client_and_passes() -> None:
    now = [0.0]
    rate = Rate(2, lambda: now[0])
    assert [rate.wait("a"), rate.wait("a"), rate.wait("b")] == [0, 0, 0]
    assert rate.wait("a") > 0 and rate.full("a") > 0 and rate.full("b") == 0
    now[0] = 61
    assert rate.wait("a") == 0
    assert [Rate(0).wait("a") for _ in range(100)] == [0] * 100


# ---- over HTTP ----------------------------------------------------------------------------------


def test_served_pages_health_headers_and_conversations(tmp_path: Path) -> None:
    with serving(tmp_path) as address:
        health = httpx.get(f"{address}health")
        assert health.json() == {"status": "ok", "generation": "survey-one", "corpus": "survey"}
        assert "default-src 'self'" in health.headers["content-security-policy"]
        assert "frame-ancestors 'self'" in health.headers["content-security-policy"]
        assert health.headers["x-content-type-options"] == "nosniff"
        version = Pages(tmp_path / "downloads" / "survey.pdf").version
        image = httpx.get(f"{address}pages/{version}/2.png")
        assert image.content.startswith(b"\x89PNG") and "immutable" in image.headers["cache-control"]
        for path in (f"pages/{version}/4.png", f"pages/{version}/0.png", "pages/old/1.png"):
            assert httpx.get(address + path).status_code == 404

        def talk(n: int) -> None:
            earlier: list[str] = []
            for i in range(3):
                body = {"question": f"question {n}.{i}", "history": earlier}
                lines = httpx.post(f"{address}desk/ask", json=body, timeout=60).text.splitlines()
                made = json.loads(lines[-1])["turn"]
                assert made["q"] == body["question"]
                assert not earlier or f"follows {i}: question {n}.{i - 1}" in made["html"]
                earlier.append(made["q"])

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(talk, range(8)))


def test_served_with_logins_and_a_rate(tmp_path: Path) -> None:
    path = users(tmp_path / "users", hash_line("ada", "correct horse"))
    with serving(tmp_path, f"auth_file={path}", "rate=1") as address:
        assert httpx.get(address).status_code == 401
        assert httpx.get(f"{address}pages/x/1.png").status_code == 401
        assert httpx.get(address, auth=("ada", "wrong password")).status_code == 401
        assert httpx.get(f"{address}health").status_code == 200
        inside = httpx.get(address, auth=("ada", "correct horse"))
        assert inside.status_code == 200 and "surveyqa" in inside.text

        def ask(question: str) -> httpx.Response:
            body = {"question": question}
            return httpx.post(f"{address}desk/ask", json=body, auth=("ada", "correct horse"), timeout=30)

        assert "at most 2000 characters" in ask("x" * 2001).json()["error"]
        assert '"turn"' in ask("one").text
        refused = ask("two")
        assert refused.status_code == 429 and "more than 1 questions in a minute" in refused.json()["error"]
