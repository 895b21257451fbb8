"""The chat in a real Chromium: the assistant is a fake that streams; page, server and PDF are real."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from chat_fake import EVIL, FIRST, SECOND, THIRD
from conftest import process_environment
from llm_bench import Reply, made_settings
from llm_bench import serving as model_server
from test_chat import serving
from test_generate_answers import FAST, RIGHT, Q, quoting

sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install -e '.[browser]'")
expect = sync_api.expect
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
if not CHROMIUM:
    pytest.skip("needs Chromium: apt-get install chromium, or name it in CHROMIUM", allow_module_level=True)

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    with serving(home, f"feedback={home / 'thumbs.jsonl'}") as address:
        yield address


@pytest.fixture
def visit(browser: Any, address: str) -> Iterator[Any]:
    """Opens the page as a new visitor. At the end: no errors, and no request left this machine."""
    contexts, asked, errors = [], [], []

    def open_page(width: int = 1400, height: int = 900, at: str = address, **more: Any) -> Any:
        context = browser.new_context(
            viewport={"width": width, "height": height}, accept_downloads=True, **more
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.surveyqa_errors = errors
        page.goto(at)
        page.wait_for_selector(".card:visible, .turn")
        page.wait_for_selector("body[data-ready]")
        return page

    yield open_page
    for context in contexts:
        context.close()
    hosts = {urlsplit(url).hostname for url in asked if not url.startswith(("data:", "blob:"))}
    assert hosts == {"127.0.0.1"}
    assert errors == []


def ask(page: Any, question: str, number: int = 0) -> Any:
    """Ask and wait for the answer; returns its turn."""
    page.fill("#box textarea", question)
    page.press("#box textarea", "Enter")
    turn = page.locator(f"#turn-{number}")
    expect(turn.locator(".question")).to_have_text(question)
    turn.locator(".tools").wait_for()
    return turn


def cite(page: Any, turn: Any, number: int, sentence: int | None = None) -> None:
    which = "" if sentence is None else f"[data-sentence='{sentence}']"
    turn.locator(f".chip[data-source='{number}']{which}").first.click()
    page.wait_for_selector(f"#panel .number:text-is('{number}')")


def tab(page: Any, name: str) -> None:
    page.get_by_role("tab", name=name).click()


def letters(text: str) -> str:
    return re.sub(r"\W", "", text)


def test_an_answer_streams_and_its_citations_show_the_sentence(visit: Any, home: Path) -> None:
    page = visit()
    page.fill("#box textarea", "stream this")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator(".live .question")).to_have_text("stream this")  # at once
    expect(page.locator(".live .text")).to_contain_text(FIRST)
    assert THIRD not in page.locator(".live").inner_text()  # not all at once
    turn = page.locator("#turn-0")
    for sentence in (FIRST, SECOND, THIRD):
        expect(turn.locator(".text")).to_contain_text(sentence)
    assert turn.locator(".text .chip").all_inner_texts() == ["1", "1", "3", "2"]
    assert page.locator("#side").is_hidden()  # no empty card

    turn.locator(".chip[data-sentence='1']").first.hover()
    expect(page.locator("#chip-card")).to_contain_text(SECOND)
    cite(page, turn, 1, 1)
    expect(page.locator("#panel")).to_contain_text("2.1 Prefix Modules")
    expect(page.locator("#panel .cited")).to_contain_text("Prefix-Tuning: Optimizing Prompts")
    assert highlighted(page, home, 2) == letters(SECOND)  # that sentence, and no other
    assert highlighted(page, home, 2, ".hl.faint") == letters(FIRST)
    cite(page, turn, 1, 0)
    page.wait_for_function("document.querySelector('#panel mark').textContent.startsWith('Prefix modules')")
    assert highlighted(page, home, 2) == letters(FIRST)
    cite(page, turn, 2)
    assert highlighted(page, home, 3) == letters(THIRD)
    mark, frame = (page.locator(x).first.bounding_box() for x in (".hl:not(.faint)", ".sheets"))
    assert frame["y"] <= mark["y"] <= frame["y"] + frame["height"] / 2  # in sight, in the upper part
    cite(page, turn, 3)
    expect(page.locator("#panel")).to_contain_text("Abstract of a paper on the list")
    expect(page.locator(".sheet")).to_have_count(0)


def highlighted(page: Any, home: Path, number: int, marks: str = ".hl:not(.faint)") -> str:
    """The letters that pdfium finds under the highlight, as it lies on the image in the browser."""
    import pypdfium2

    page.wait_for_function(f"document.querySelector('.sheet[data-page=\"{number}\"] img')?.naturalWidth > 0")
    rectangles = page.evaluate(
        """([number, marks]) => { const page = document.querySelector(`.sheet[data-page="${number}"]`);
        const sheet = page.querySelector('img').getBoundingClientRect();
        return [...page.querySelectorAll(marks)].map(e => e.getBoundingClientRect()).map(r =>
          [(r.x - sheet.x) / sheet.width, (r.y - sheet.y) / sheet.height,
           (r.right - sheet.x) / sheet.width, (r.bottom - sheet.y) / sheet.height]); }""",
        [number, marks],
    )
    pdf = pypdfium2.PdfDocument(str(home / "downloads" / "survey.pdf"))
    try:
        leaf = pdf[number - 1]
        width, height = leaf.get_size()
        text = leaf.get_textpage()
        found = [
            text.get_text_bounded(x0 * width - 1, height * (1 - y1), x1 * width + 1, height * (1 - y0))
            for x0, y0, x1, y1 in rectangles
        ]
    finally:
        pdf.close()
    return letters("".join(found))


def test_pages_turn_and_zoom(visit: Any) -> None:
    page = visit()
    cite(page, ask(page, "anything"), 1)
    at = page.locator(".page-bar .at")
    expect(at).to_have_text("Page 2 / 3")
    page.get_by_role("button", name="Next page").click()
    expect(at).to_have_text("Page 3 / 3")
    page.get_by_role("button", name="Back to the quote").click()
    expect(at).to_have_text("Page 2 / 3")
    before = page.locator(".sheet").first.bounding_box()["width"]
    page.get_by_role("button", name="Zoom in").click()
    assert page.locator(".sheet").first.bounding_box()["width"] > before * 1.2


def test_follow_up_retry_edit_and_new_conversation(visit: Any) -> None:
    page = visit()
    ask(page, "first question")
    second = ask(page, "second question", 1)
    expect(second.locator(".note")).to_have_text("follows 1: first question")
    expect(second.locator(".understood")).to_contain_text("Understood as second question (first question)")
    second.get_by_role("button", name="Ask as typed").click()
    expect(page.locator("#turn-1 .understood")).to_have_count(0)
    expect(page.locator("#turn-1 .text")).to_contain_text(FIRST)
    page.locator("#turn-1").get_by_role("button", name="Retry").click()
    expect(page.locator("#turn-1 .understood")).to_have_count(1)
    expect(page.locator(".turn[id]")).to_have_count(2)
    page.locator("#turn-0").get_by_role("button", name="Edit").click()
    expect(page.locator("#box textarea")).to_have_value("first question")
    expect(page.get_by_role("alert")).to_contain_text("Editing question 1")
    page.keyboard.press("Escape")
    expect(page.locator("#box textarea")).to_have_value("")
    page.locator("#turn-0").get_by_role("button", name="Edit").click()
    ask(page, "first question, edited")
    expect(page.locator(".turn[id]")).to_have_count(1)
    page.get_by_role("button", name="New conversation").click()
    page.wait_for_selector(".card")
    expect(page.locator(".turn")).to_have_count(0)


def test_conversations_stay_have_addresses_and_two_tabs_share_them(visit: Any) -> None:
    page = visit()
    ask(page, "alpha question")
    page.get_by_role("button", name="New conversation").click()
    ask(page, "beta question")
    names = page.locator(".conversations .name")
    assert names.all_inner_texts() == ["beta question", "alpha question"]
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.locator("#turn-0 .question")).to_have_text("beta question")
    ask(other, "from the other tab", 1)
    expect(page.locator("#turn-1 .question")).to_have_text("from the other tab")
    ask(page, "from this tab", 2)
    expect(other.locator("#turn-2 .question")).to_have_text("from this tab")
    names.filter(has_text="alpha").click()
    expect(page.locator("#turn-0 .question")).to_have_text("alpha question")
    page.go_back()
    expect(page.locator("#turn-0 .question")).to_have_text("beta question")
    page.get_by_label("Search conversations").fill("alph")
    assert names.all_inner_texts() == ["alpha question"]
    page.once("dialog", lambda dialog: dialog.accept("renamed"))
    page.locator(".conversations li").hover()
    page.get_by_role("button", name="Rename: alpha question").click()
    page.get_by_label("Search conversations").fill("")
    expect(names.filter(has_text="renamed")).to_have_count(1)
    page.once("dialog", lambda dialog: dialog.accept())
    page.locator(".conversations li", has_text="renamed").hover()
    page.get_by_role("button", name="Delete: renamed").click()
    expect(names.filter(has_text="renamed")).to_have_count(0)


def test_an_answer_that_the_server_forgot_is_given_anew(visit: Any) -> None:
    page = visit()
    turn = ask(page, "anything")
    page.evaluate(
        """() => { const key = Object.keys(localStorage).find(k => k.startsWith("surveyqa/c/"));
        localStorage[key] = localStorage[key].replace(/"id":"[^"]+"/, '"id":"forgotten"'); }"""
    )
    page.reload()
    page.wait_for_selector("body[data-ready]")
    turn.locator(".chip").first.click()
    expect(page.locator("#panel")).to_contain_text("2.1 Prefix Modules")
    page.surveyqa_errors.clear()  # the browser notes the refusal of the id


def test_an_answer_that_is_stopped_keeps_what_it_said(visit: Any) -> None:
    page = visit()
    page.fill("#box textarea", "slowly please")
    page.press("#box textarea", "Enter")
    expect(page.locator(".live .text")).to_contain_text(FIRST)
    page.get_by_role("button", name="Stop").click()
    turn = page.locator("#turn-0")
    expect(turn.locator(".note")).to_contain_text("You stopped this answer")
    expect(turn.locator(".text")).to_contain_text(FIRST)
    expect(page.locator("#box textarea")).to_have_value("")
    page.wait_for_timeout(1100)  # the next sentence would have come
    expect(turn.locator(".text")).not_to_contain_text(THIRD)
    ask(page, "another question", 1)


def test_no_answer_says_so_and_suggests(visit: Any) -> None:
    page = visit()
    turn = ask(page, "How high is Mount Everest?")
    expect(turn.locator(".silent")).to_have_text("The survey does not say")
    expect(turn.locator(".chip")).to_have_count(0)
    turn.get_by_role("button", name="2.1 Prefix Modules").click()
    expect(page.locator("#turn-1 .question")).to_have_text("What does the survey say about Prefix Modules?")


def test_what_was_typed_is_never_lost(visit: Any) -> None:
    page = visit()
    page.fill("#box textarea", "fail now")
    page.press("#box textarea", "Enter")
    expect(page.get_by_role("alert")).to_contain_text("That went wrong: RuntimeError")
    expect(page.locator("#box textarea")).to_have_value("fail now")
    page.fill("#box textarea", "x" * 2001)
    page.press("#box textarea", "Enter")
    expect(page.get_by_role("alert")).to_contain_text("at most 2000 characters; this one has 2001")
    expect(page.locator("#box textarea")).to_have_value("x" * 2001)
    page.route("**/desk/ask", lambda route: route.abort("connectionreset"))
    page.fill("#box textarea", "while the server is away")
    page.press("#box textarea", "Enter")
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
    expect(page.locator("#box textarea")).to_have_value("while the server is away")
    page.unroute("**/desk/ask")
    page.surveyqa_errors.clear()
    ask(page, "another question")


def test_markup_shows_as_text(visit: Any) -> None:
    page = visit()
    turn = ask(page, f"evil {EVIL}")
    cite(page, turn, 1)
    for place in ("#turn-0 .question", "#turn-0 .text", "#panel mark", "#panel .cited", ".conversations"):
        expect(page.locator(place)).to_contain_text("<script>window.hacked=1</script>")
    for part in ("#talk", "#panel", "#list"):
        assert page.locator(f"{part} img, {part} script, {part} iframe, {part} b").count() == 0
    hrefs = page.eval_on_selector_all("#desk a", "all => all.map(a => [a.getAttribute('href'), a.rel])")
    assert all(href.startswith(("http://", "https://")) and "noopener" in rel for href, rel in hrefs)
    turn.locator(".chip").hover()
    expect(page.locator("#chip-card")).to_contain_text("<script>")
    assert page.evaluate("window.hacked") is None
    page.reload()  # what the browser kept is shown anew
    expect(page.locator("#turn-0 .question")).to_contain_text("<script>")
    assert page.evaluate("window.hacked") is None


def test_explore(visit: Any) -> None:
    page = visit()
    tab(page, "Explore")
    expect(page.locator(".heat")).to_contain_text("Quantization")
    page.locator(".tree").get_by_role("button", name=re.compile("^Model Compression \\d")).click()
    expect(page.locator(".node h2").first).to_contain_text("Model Compression")
    shown = page.locator(".papers tbody tr").count()
    assert f"{shown} papers" in page.locator(".papers caption").inner_text()
    page.get_by_role("button", name="Sort by Year").click()
    years = [int(y) for y in page.locator(".papers td:nth-child(4)").all_inner_texts() if y]
    assert years == sorted(years) and len(set(years)) > 1
    page.get_by_role("button", name="Ask about this").click()
    expect(page.locator("#turn-0 .question")).to_have_text(
        "What does the survey say about Model Compression?"
    )
    assert page.get_by_role("tab", name="Chat").get_attribute("aria-selected") == "true"


def pick(page: Any, *names: str) -> None:
    tab(page, "Compare")
    for name in names:
        page.fill("#pick input", name)
        page.get_by_role("option", name=name, exact=True).click()
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    page.locator("#compare").click()


def test_compare(visit: Any) -> None:
    page = visit()
    pick(page, "LoRA", "QLoRA")
    page.wait_for_selector("#compared table")
    assert page.locator("#compared tbody th").all_inner_texts() == ["LoRA", "QLoRA"]
    page.locator("#compared .chip").first.click()
    expect(page.locator("#panel")).to_contain_text("2.1 Prefix Modules")
    page.wait_for_selector(".sheet .hl")


def test_export(visit: Any) -> None:
    page = visit()
    ask(page, "first question")
    ask(page, "second question", 1)
    page.get_by_role("button", name="Export this conversation").click()
    saved = {}
    for form in ("Markdown", "BibTeX", "RIS", "CSL-JSON", "CSV", "JSON"):
        with page.expect_download() as download:
            page.locator("#list").get_by_role("button", name=form, exact=True).click()
        saved[download.value.suggested_filename] = Path(download.value.path()).read_text(encoding="utf-8")
    assert saved["surveyqa.md"].count("## ") == 2 and "[^6]: " in saved["surveyqa.md"]
    assert saved["surveyqa.bib"].count("\n@") == 2 and saved["surveyqa.ris"].count("ER  - ") == 3
    assert len(json.loads(saved["surveyqa.csl.json"])) == 3 and saved["surveyqa.csv"].count("\n") == 4
    asked = [a["question"] for a in json.loads(saved["surveyqa.json"])]
    assert asked == ["first question", "second question"]
    page.locator("#turn-1 .menu summary").click()
    with page.expect_download() as download:
        page.locator("#turn-1").get_by_role("button", name="JSON", exact=True).click()
    assert [a["question"] for a in json.loads(Path(download.value.path()).read_text())] == ["second question"]


def test_chinese_dark_and_the_conversation_stay(visit: Any) -> None:
    page = visit()
    ask(page, "前缀微调是什么?")
    tab(page, "Settings")
    page.get_by_label("Dark mode").check()
    page.get_by_label("中文").check()
    expect(page.get_by_role("tab", name="问答")).to_be_visible()
    page.reload()
    expect(page.locator("#turn-0 .question")).to_have_text("前缀微调是什么?")
    expect(page.get_by_role("tab", name="浏览")).to_be_visible()
    expect(page.locator("#turn-0 .source-list h3")).to_have_text("引用的出处")
    expect(page.locator("body")).to_have_class(re.compile("dark"))
    cite(page, page.locator("#turn-0"), 1)
    expect(page.locator("#panel")).to_contain_text("第 2 页")
    assert page.evaluate("document.documentElement.lang") == "zh"
    shown = page.locator("body").inner_text()
    for english in ("Export", "Copy", "Retry", "Cited", "conversation", "Ask"):
        assert english not in shown, english


def test_language_and_colours_follow_the_browser(visit: Any) -> None:
    page = visit(locale="zh-CN", color_scheme="dark")
    expect(page.get_by_role("tab", name="问答")).to_be_visible()
    expect(page.locator("body")).to_have_class(re.compile("dark"))
    expect(page.locator(".card").last).to_be_visible()


def test_on_a_phone(visit: Any) -> None:
    page = visit(390, 844, is_mobile=True, has_touch=True)
    turn = ask(page, "a table")
    box = page.locator("#box").bounding_box()
    assert box["y"] + box["height"] <= 844  # docked
    cite(page, turn, 1)
    expect(page.locator("#side")).to_be_visible()
    expect(page.locator(".sheet img").nth(1)).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#side")).to_be_hidden()
    page.get_by_role("button", name="Conversations", exact=True).click()
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".welcome")).to_be_visible()
    for name in ("Explore", "Compare", "Settings", "Chat"):
        tab(page, name)
        page.wait_for_timeout(150)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, name


def test_with_the_keyboard_alone(visit: Any) -> None:
    page = visit()
    page.keyboard.type("anything")  # the box has the focus from the start
    page.keyboard.press("Enter")
    page.wait_for_selector("#turn-0 .chip")
    for _ in range(40):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.classList.contains('chip')"):
            break
    expect(page.locator("#chip-card")).to_be_visible()  # reached by focus, without a click
    page.keyboard.press("Enter")
    expect(page.locator("#panel .panel-body")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#side")).to_be_hidden()
    assert page.evaluate("document.activeElement.classList.contains('chip')")


def test_thumbs_are_kept_on_this_machine(visit: Any, home: Path) -> None:
    page = visit()
    turn = ask(page, "was this helpful?")
    with page.expect_response(lambda response: "/desk/thumb" in response.url):
        turn.get_by_role("button", name="Helpful", exact=True).click()
    rows = [json.loads(line) for line in (home / "thumbs.jsonl").read_text().splitlines()]
    assert rows[-1]["question"] == "was this helpful?" and rows[-1]["up"] is True


@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing_serious(visit: Any, dark: bool) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")
    page = visit()
    found = []

    def look(where: str) -> None:
        page.wait_for_timeout(400)
        violations = axe.Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        found.extend(
            (where, v["id"], v["nodes"][0]["html"][:200])
            for v in violations
            if v["impact"] in ("serious", "critical")
        )

    tab(page, "Settings")
    if dark:
        page.get_by_label("Dark mode").check()
    look("settings")
    tab(page, "Chat")
    look("welcome")
    ask(page, "How high is Mount Everest?")
    cite(page, ask(page, "anything", 1), 1)
    page.wait_for_selector(".sheet img")
    look("chat")
    tab(page, "Explore")
    look("explore")
    page.locator(".tree").get_by_role("button", name=re.compile("^Quantization \\d")).or_(
        page.locator(".tree").get_by_role("button", name=re.compile("^Model Compression \\d"))
    ).first.click()
    page.wait_for_selector(".papers")
    look("node")
    pick(page, "LoRA", "QLoRA")
    page.wait_for_selector("#compared table")
    look("compare")
    assert found == []


def test_a_new_generation_shows_without_restart(visit: Any, home: Path) -> None:
    current = home / "index" / "CURRENT"
    current.write_text("survey-two\n")
    try:
        page = visit()
        turn = ask(page, "anything")
        turn.locator(".menu summary").click()
        with page.expect_download() as download:
            turn.get_by_role("button", name="JSON", exact=True).click()
        assert json.loads(Path(download.value.path()).read_text())[0]["engine"]["generation"] == "survey-two"
    finally:
        current.write_text("survey-one\n")


def test_the_starter_corpus_is_named(browser: Any, tmp_path: Path) -> None:
    with serving(tmp_path, "generation=starter-one") as address:
        page = browser.new_page()
        page.goto(address)
        page.wait_for_selector(".card")
        expect(page.locator("#header")).to_contain_text("Starter guide, not the survey's text")
        ask(page, "anything")
        page.locator(".chip").first.click()
        expect(page.locator(".sheet")).to_have_count(0)
        page.close()


WRONG = (
    ("FernQuant runs on quantum processors [99].", "stores weights in 3 bits"),
    ("FernQuant stores weights in 2 bits [?].", "stores weights in 3 bits"),
    ("It needs no calibration at all.", "stores weights in 3 bits"),
)


@contextmanager
def chat_with(llm: str) -> Iterator[str]:
    """The address of `surveyqa chat --llm` on a small survey that was made for it."""
    command = [sys.executable, "-m", "surveyqa", "chat", "--port", "0", "--llm", llm]
    env = process_environment(made_settings())
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=env) as process:
        try:
            assert process.stderr is not None
            said = next((line for line in process.stderr if "the chat is at " in line), "")
            assert said, "the server did not start"
            yield said.split("the chat is at ")[1].split()[0]
        finally:
            process.terminate()


def test_a_model_is_shown_only_as_far_as_it_is_right(visit: Any) -> None:
    written = quoting(RIGHT, WRONG[0], FAST, *WRONG[1:])

    def slowly(request: dict[str, Any], n: int) -> Reply:
        return replace(written(request, n), gap=0.1)

    with model_server(script=slowly) as model, chat_with(model.llm) as address:
        page = visit(at=address)
        page.fill("#box textarea", Q)
        page.press("#box textarea", "Enter")
        expect(page.locator(".live .sentence")).to_have_text("FernQuant stores weights in 3 bits.")
        expect(page.locator(".live .sentence")).to_have_count(2)  # the second while the rest is written
        page.wait_for_selector("#turn-0 .tools")
        assert page.locator("#turn-0 .sentence").all_inner_texts() == [
            "FernQuant stores weights in 3 bits.",
            "FernQuant increases decoding throughput by 2.7 times.",
        ]
        for wrong in ("quantum", "2 bits", "no calibration"):
            assert wrong not in page.locator("#turn-0").inner_text()
        cite(page, page.locator("#turn-0"), 1)
        expect(page.locator("#panel mark")).to_contain_text("stores weights in 3 bits")
        tab(page, "Settings")
        host = urlsplit(model.llm).netloc
        expect(page.locator("#in-use")).to_contain_text(f"{host} (scripted)")
        page.get_by_label(f"Let the language model write ({host})").uncheck()
        tab(page, "Chat")
        asked = len(model.requests)
        ask(page, Q, 1)
        expect(page.locator("#turn-1 .text .sentence")).not_to_have_count(0)
        page.context.close()  # before the server is: what it still asks would fail
        assert len(model.requests) == asked
