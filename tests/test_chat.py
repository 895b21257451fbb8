"""The chat without a browser: what is rendered, exported, let in, and followed."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest
from chat_fake import CORPUS, EVIL, FIRST, SECOND, FakeAssistant, make

from surveyqa.chat import explore, export, render
from surveyqa.chat.compare import compare, names, table
from surveyqa.chat.conversation import clean, follow, pack, sound, stopped
from surveyqa.chat.feedback import note_thumb
from surveyqa.chat.guard import Logins, Rate, hash_line
from surveyqa.chat.live import Choices, Live
from surveyqa.chat.pages import Pages
from surveyqa.chat.words import _WORDS, word
from surveyqa.errors import UsageError

HERE = Path(__file__).resolve().parent


@pytest.fixture
def assistant(tmp_path: Path) -> FakeAssistant:
    return make(tmp_path)


def turn(assistant: FakeAssistant, question: str) -> dict[str, Any]:
    return {"q": question, "a": assistant.ask(question).to_dict()}


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
    evil = {**turn(assistant, "evil"), "q": EVIL}
    html = render.conversation([evil], "en", True)
    html += render.source_panel(evil["a"]["sources"][0], evil["a"], {}, "en", 3) + render.notice(EVIL, EVIL)
    html += render.cited_papers(evil["a"]["sources"][0], {}, "en")
    html += render.paper_table(
        [{"title": EVIL, "url": "javascript:alert(1)", "code": "data:text/html,x"}], "en", 1
    )
    elements = Elements(html)
    assert not {"img", "script", "iframe", "object", "style"} & {tag for tag, _ in elements.found}
    assert elements.text.count("<script>window.hacked=1</script>") >= 5
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
    answer = turn(assistant, "x")["a"]
    answer["sentences"][0]["text"] = "See [2] and [9]."
    answer["answer"] = "See [2] and [9]. [1] More [7] text."
    answer["sentences"] = answer["sentences"][:1]
    elements = Elements(render.prose(0, answer, "en"))
    assert [a["data-source"] for _, a in elements.found if a.get("data-do") == "cite"] == ["1"]
    assert "See [2] and [9]." in elements.text and "[7]" in elements.text


def test_bullets_become_a_list(assistant: FakeAssistant) -> None:
    answer = {
        "answer": "Two kinds:\n- one [1]\n- two [2]\nDone.",
        "sentences": [],
        "sources": turn(assistant, "x")["a"]["sources"],
    }
    tags = [tag for tag, _ in Elements(render.prose(0, answer, "en")).found]
    assert tags.count("li") == 2 and tags.count("ul") == 1 and tags.count("p") == 2


def test_a_sentence_that_is_partly_supported_says_so(assistant: FakeAssistant) -> None:
    assert "only partly supported" in render.conversation([turn(assistant, "x")], "en", False)


def test_a_suggestion_becomes_a_question() -> None:
    assert (
        render.about("2.1.3 Quantization > 2.1.4 KV Cache", "en")
        == "What does the survey say about KV Cache?"
    )
    assert render.about("What is gliding?", "en") == "What is gliding?"


def test_a_guide_is_not_passed_off_as_the_survey(assistant: FakeAssistant) -> None:
    answer = turn(assistant, "x")["a"]
    panel = render.source_panel({**answer["sources"][0], "kind": "guide", "page": None}, answer, {}, "en", 0)
    assert "not the survey's text" in Elements(panel).text and "surveyqa update" in panel


def test_every_word_is_there_in_both_languages() -> None:
    for key, (english, chinese) in _WORDS.items():
        assert english and chinese, key
        assert sorted(re.findall(r"{\w+}", english)) == sorted(re.findall(r"{\w+}", chinese)), key
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
    assert render.page_figure(pages, 1, "x", 1, 0, 1, "", "en") == ""


# ---- conversation -------------------------------------------------------------------------------


def test_an_assistant_that_only_asks_is_followed_too(assistant: FakeAssistant) -> None:
    class Plain:
        ask = assistant.ask

    assert [p.stage for p in follow(Plain(), "x")][:1] == ["searching"]
    assert [len(p.sentences) for p in follow(assistant, "x")] == [0, 1, 2, 3, 0]
    assert list(follow(assistant, "x"))[-1].answer == assistant.ask("x")


def test_what_was_said_before_a_stop_is_a_turn(assistant: FakeAssistant) -> None:
    so_far = list(follow(assistant, "x"))[2]
    made = stopped("x", so_far, assistant.engine, "stopped here")
    assert sound(pack([made])) == json.loads(pack([made]))
    html = Elements(render.conversation([made], "en", False))
    assert FIRST in html.text and SECOND in html.text and "stopped here" in html.text
    cited = [a["data-source"] for _, a in html.found if (a.get("class") or "").startswith("chip ")]
    assert cited == ["1", "1", "3"]


@pytest.mark.parametrize(
    "turns",
    [
        None,
        "x",
        "[1]",
        [1],
        [{"q": "x"}],
        [{"q": 1, "a": {}}],
        [{"q": "x", "a": {"answer": "x", "sentences": 1}}],
    ],
)
def test_what_a_browser_makes_up_is_dropped(turns: Any) -> None:
    assert sound(turns) == []


def test_a_question_is_one_clean_line() -> None:
    assert clean(" a\tb\n\x00c\x1b[0m ") == "a b c [0m"


def test_choices_do_not_leak_between_readers(assistant: FakeAssistant) -> None:
    live = Live(assistant)
    assert live.with_choices(Choices(9, True)).settings.sources == 9
    assert live.with_choices(Choices(5, True)) is assistant
    on = Live(
        FakeAssistant(replace(assistant.settings, llm="http://host/v1#m"), assistant.index, assistant.catalog)
    )
    assert on.with_choices(Choices(5, False)).settings.llm == "none"
    assert Live(assistant).with_choices(Choices(5, True)).settings.llm == "none"


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
    assert "LoRA" in names(assistant)
    made = compare(assistant, ["LoRA", "QLoRA"])
    assert [c["name"] for c in made["a"]["columns"]] == ["LoRA", "QLoRA"]
    known = {s["id"] for s in made["a"]["sources"]}
    assert made["a"]["sentences"] and all(
        set(s["citations"]) <= known and s["citations"] for s in made["a"]["sentences"]
    )
    assert "ICLR 2022" in Elements(table(made, "en")).text
    assert sound([made]) == [made]
    assert "nothing found" in table(compare(assistant, ["Zzyzx", "LoRA"]), "en")


def test_markdown_numbers_footnotes_through_the_conversation(assistant: FakeAssistant) -> None:
    text = export.markdown([turn(assistant, "One *star*?"), turn(assistant, "Two?")])
    assert text.startswith("## One \\*star\\*?\n")
    marks = set(re.findall(r"(?<!\n)\[\^(\d+)\](?!:)", text))
    notes = re.findall(r"^\[\^(\d+)\]: .*p\. 2|^\[\^(\d+)\]: ", text, re.MULTILINE)
    assert len(notes) == 6 and marks <= {a or b for a, b in notes} and "4" in marks
    assert "<script>" not in export.markdown([turn(assistant, "evil")]).replace("\\<script\\>", "")


def test_bibtex_has_each_cited_paper_once(assistant: FakeAssistant) -> None:
    text = export.bibtex([turn(assistant, "one"), turn(assistant, "two")])
    titles = re.findall(r"title = \{\{(.*)\}\}", text)
    assert sorted(titles) == [
        "Efficient Large Language Models: A Survey", "LoRA: Low-Rank Adaptation",
        "Prefix-Tuning: Optimizing Prompts",
    ]  # fmt: skip
    assert "author = {E. Hu and Y. Shen}" in text and "eprint = {2106.09685}" in text
    assert len(set(re.findall(r"^@\w+\{(\w+),", text, re.MULTILINE))) == 3


def test_bibtex_escapes_what_tex_reads() -> None:
    paper = {"kind": "abstract", "title": "A & B_c: 50% {x} \\input{y}", "authors": "A. & B", "year": 2020}
    entry = export.bibtex([{"q": "", "a": {"sources": [paper]}}])
    assert "A \\& B\\_c: 50\\% \\{x\\} input\\{y\\}" in entry and "\\input" not in entry


def test_json_export_is_the_contract(assistant: FakeAssistant) -> None:
    answers = json.loads(export.as_json([turn(assistant, "one")]))
    assert answers[0]["schema"] == 1 and answers[0]["sources"][0]["page"] == 2


def test_a_thumb_is_a_line(assistant: FakeAssistant, tmp_path: Path) -> None:
    note_thumb(tmp_path / "thumbs.jsonl", turn(assistant, "one"), up=True)
    note_thumb(tmp_path / "thumbs.jsonl", turn(assistant, "two"), up=False)
    rows = [json.loads(line) for line in (tmp_path / "thumbs.jsonl").read_text().splitlines()]
    assert [(r["question"], r["up"]) for r in rows] == [("one", True), ("two", False)]


# ---- guard --------------------------------------------------------------------------------------


def test_a_login_needs_the_right_password(tmp_path: Path) -> None:
    path = tmp_path / "users"
    path.write_text("# users\n" + hash_line("ada", "correct horse") + "\n")
    assert "correct" not in path.read_text()
    logins = Logins(path)
    assert logins.allows("ada", "correct horse") and logins.allows("ada", "correct horse")
    assert not logins.allows("ada", "wrong") and not logins.allows("eve", "correct horse")
    basic = "Basic " + base64.b64encode(b"ada:correct horse").decode()
    assert logins.user(basic) == "ada"
    assert [logins.user(h) for h in ("Basic !!!", "Bearer x", "Basic " + "A" * 5000)] == [None] * 3


@pytest.mark.parametrize("text", ["", "ada:secret", "ada:md5:x:y"])
def test_an_auth_file_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "users").write_text(text)
    with pytest.raises(UsageError, match="--add-user"):
        Logins(tmp_path / "users")


def test_the_rate_is_per_client_and_passes() -> None:
    now = [0.0]
    rate = Rate(2, lambda: now[0])
    assert [rate.wait("a"), rate.wait("a"), rate.wait("b")] == [0, 0, 0]
    assert rate.wait("a") > 0
    now[0] = 61
    assert rate.wait("a") == 0
    assert [Rate(0).wait("a") for _ in range(100)] == [0] * 100


# ---- over HTTP ----------------------------------------------------------------------------------


def ask_over_http(address: str, question: str, turns: str, session: str) -> list[Any]:
    """What the page's own question does: join the queue, read the events, return the last outputs."""
    config = httpx.get(f"{address}config", timeout=30).json()
    number = next(d["id"] for d in config["dependencies"] if any(t[1] == "submit" for t in d["targets"]))
    body = {"data": [question, turns, None, {}], "fn_index": number, "session_hash": session}
    with httpx.Client(base_url=address, timeout=60) as client:
        client.post("gradio_api/queue/join", json=body).raise_for_status()
        with client.stream("GET", "gradio_api/queue/data", params={"session_hash": session}) as events:
            for line in events.iter_lines():
                message = json.loads(line[5:]) if line.startswith("data:") else {}
                if message.get("msg") == "process_completed":
                    assert message["success"], message
                    data: list[Any] = message["output"]["data"]
                    return data
    raise AssertionError("no answer came")


def test_served_pages_health_headers_and_conversations(tmp_path: Path) -> None:
    with serving(tmp_path) as address:
        health = httpx.get(f"{address}health")
        assert health.json() == {"status": "ok", "generation": "survey-one", "corpus": "survey"}
        assert "default-src 'self'" in health.headers["content-security-policy"]
        version = Pages(tmp_path / "downloads" / "survey.pdf").version
        image = httpx.get(f"{address}pages/{version}/2.png")
        assert image.content.startswith(b"\x89PNG") and "immutable" in image.headers["cache-control"]
        for path in (f"pages/{version}/4.png", f"pages/{version}/0.png", "pages/old/1.png"):
            assert httpx.get(address + path).status_code == 404

        def talk(n: int) -> None:
            kept = "[]"
            for i in range(3):
                question = f"question {n}.{i}"
                kept = ask_over_http(address, question, kept, f"session{n}{i}")[3]
                turns = sound(kept)
                assert [t["q"] for t in turns] == [f"question {n}.{j}" for j in range(i + 1)]
                assert turns[-1]["a"]["question"] == question
                if i:
                    assert turns[-1]["a"]["notes"] == [f"follows {i}: question {n}.{i - 1}"]

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(talk, range(8)))


def test_served_with_logins_and_a_rate(tmp_path: Path) -> None:
    users = tmp_path / "users"
    users.write_text(hash_line("ada", "correct horse") + "\n")
    with serving(tmp_path, f"auth_file={users}", "rate=1") as address:
        assert httpx.get(address).status_code == 401
        assert httpx.get(f"{address}pages/x/1.png").status_code == 401
        assert httpx.get(address, auth=("ada", "wrong password")).status_code == 401
        assert httpx.get(f"{address}health").status_code == 200
        inside = httpx.get(address, auth=("ada", "correct horse"))
        assert inside.status_code == 200 and "surveyqa" in inside.text
    with serving(tmp_path, "rate=1") as address:
        assert ask_over_http(address, "one", "[]", "first")[3]
        refused = ask_over_http(address, "two", "[]", "second")
        assert "more than 1 questions in a minute" in str(refused[2])
        assert "Type a question" in str(ask_over_http(address, "  ", "[]", "third")[2])
        assert "at most 2000 characters" in str(ask_over_http(address, "x" * 2001, "[]", "fourth")[2])


def test_a_markdown_table_becomes_a_table(assistant: FakeAssistant) -> None:
    sources = turn(assistant, "x")["a"]["sources"]
    answer = {
        "answer": "| | idea |\n| --- | --- |\n| LoRA | <b>low</b> rank [1] |",
        "sentences": [],
        "sources": sources,
    }
    elements = Elements(render.prose(0, answer, "en"))
    tags = [tag for tag, _ in elements.found]
    assert (tags.count("table"), tags.count("tr"), tags.count("td"), tags.count("button")) == (1, 2, 4, 1)
    assert "<b>low</b> rank" in elements.text
