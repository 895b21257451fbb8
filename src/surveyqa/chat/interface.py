"""The Gradio blocks: what is on the page, and which handler answers which event."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import gradio as gr

from surveyqa.chat import compare, explore, export, render
from surveyqa.chat.conversation import (
    MOST_CHARS,
    Progress,
    clean,
    follow,
    pack,
    questions,
    sound,
    stopped,
)
from surveyqa.chat.feedback import note_thumb
from surveyqa.chat.guard import Rate
from surveyqa.chat.live import Choices, Live
from surveyqa.chat.pages import Pages
from surveyqa.chat.words import Language, word
from surveyqa.errors import SurveyQAError

if TYPE_CHECKING:
    from surveyqa.chat.server import Options

log = logging.getLogger(__name__)

_STATIC = Path(__file__).parent / "static"
CSS = (_STATIC / "chat.css").read_text(encoding="utf-8")
SCRIPT = (_STATIC / "chat.js").read_text(encoding="utf-8")
PAGE_CSS = (_STATIC / "page.css").read_text(encoding="utf-8")
HEAD = f'<meta name="robots" content="noindex"><style>{PAGE_CSS}</style><script>{SCRIPT}</script>'

# Gradio runs this once per component: the page's script hands clicks on as events of the component.
# The names stand here because Gradio looks for them in this text.
_EVENTS = """
const names = ["cite", "again", "edit", "suggest", "export", "thumb", "leaf", "close", "open"];
surveyqa.wire(element, (name, data) => { if (names.includes(name)) trigger(name, data); });
"""

PAUSE = 0.08  # seconds between two looks at an answer in the making
STATUS = 60.0  # seconds between two messages to those that wait
SESSIONS = 50  # visitors whose unsent edits are remembered; about 2 MB each

Settings = dict[str, Any]
DEFAULTS: Settings = {"language": "en", "dark": False, "sources": 5, "llm": True}


def theme() -> gr.themes.Base:
    """Plain, with the fonts that the machine has: nothing is fetched."""
    sans = ["system-ui", "-apple-system", "Segoe UI", "Noto Sans", "PingFang SC", "Microsoft YaHei",
            "Noto Sans CJK SC", "sans-serif"]  # fmt: skip
    mono = ["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"]
    return gr.themes.Base(primary_hue="sky", neutral_hue="slate", font=sans, font_mono=mono)


def interface(live: Live, pages: Pages, options: Options) -> gr.Blocks:
    """The page and its handlers."""
    return _Page(live, pages, options).blocks


def _html(value: str, name: str, **more: Any) -> gr.HTML:
    return gr.HTML(value, elem_id=name, js_on_load=_EVENTS, apply_default_css=False, padding=False, **more)


@contextmanager
def _no_applications() -> Iterator[None]:
    """Gradio makes a web application at each step of making a page; only the one that is mounted is used."""
    made = gr.routes.App.create_app
    gr.routes.App.create_app = staticmethod(lambda *args, **more: None)
    try:
        yield
    finally:
        gr.routes.App.create_app = staticmethod(made)


class _Page:
    """One page for every visitor: it holds components, never anything of a visitor."""

    def __init__(self, live: Live, pages: Pages, options: Options) -> None:
        self.live, self.pages, self.options = live, pages, options
        self.rate = Rate(options.rate)
        self.feedback = options.feedback is not None
        with _no_applications():
            with gr.Blocks(title="surveyqa", analytics_enabled=False, fill_width=True) as self.blocks:
                self._lay_out()
                self._connect()
            self.blocks.queue(
                max_size=options.waiting,
                default_concurrency_limit=options.workers,
                api_open=False,
                # else each answer tells all that wait how long they will, which the page does not show
                status_update_rate=STATUS,
            )
        # Gradio keeps a copy of the page for each visitor; ten thousand of them would be gigabytes
        self.blocks.state_session_capacity = SESSIONS

    # ---- what is on the page ----

    def _lay_out(self) -> None:
        settings = self.live.assistant.settings
        self.turns = gr.BrowserState("[]", storage_key="surveyqa-turns", secret="surveyqa")
        self.wishes = gr.BrowserState(
            DEFAULTS | {"sources": settings.sources}, storage_key="surveyqa-settings", secret="surveyqa"
        )
        self.compared = gr.BrowserState(None, storage_key="surveyqa-compared", secret="surveyqa")
        self.editing = gr.State(None)  # number of the turn that is being asked anew
        self.making = gr.State(None)  # (question, turns before it, progress) of the answer in the making
        self.download = gr.JSON(visible="hidden", elem_id="download")
        self.header = gr.HTML(self._header("en"), elem_id="header", apply_default_css=False)
        with gr.Row(elem_id="desk"):
            with gr.Column(scale=3, min_width=320, elem_id="main"), gr.Tabs(elem_id="tabs") as self.tabs:
                with gr.Tab(word("chat"), id="chat") as self.tab_chat:
                    self._lay_out_chat()
                with gr.Tab(word("explore"), id="explore") as self.tab_explore:
                    self.explorer = _html("", "explorer")  # comes when its tab is opened
                with gr.Tab(word("compare"), id="compare") as self.tab_compare:
                    self._lay_out_compare()
                with gr.Tab(word("settings"), id="settings") as self.tab_settings:
                    self._lay_out_settings()
            with gr.Column(scale=2, min_width=320, elem_id="side"):
                self.panel = _html(render.empty_panel("en"), "panel")
                self.sheet = _html("", "sheet")

    def _lay_out_chat(self) -> None:
        self.past = _html(render.welcome("en"), "past")
        self.now = _html("", "now")
        with gr.Column(elem_id="composer"):
            self.edit_note = gr.HTML("", elem_id="edit-note", apply_default_css=False)
            self.box = gr.Textbox(
                label=word("ask_label"),
                show_label=False,
                container=False,
                placeholder=word("ask_hint"),
                lines=1,
                max_lines=6,
                max_length=MOST_CHARS,
                submit_btn=word("send"),
                stop_btn=False,
                autofocus=True,
                elem_id="box",
            )
        with gr.Row(elem_id="under"):
            self.fresh = gr.Button(word("new"), size="sm", variant="secondary", elem_id="fresh")
            self.exports = {
                form: gr.Button(_export(form, "en"), size="sm", variant="secondary", elem_id=f"export-{form}")
                for form in export.FORMS
            }

    def _lay_out_compare(self) -> None:
        self.pick = gr.Dropdown(
            compare.names(self.live.assistant),
            multiselect=True,
            max_choices=4,
            label=word("pick"),
            info=word("pick_hint"),
            elem_id="pick",
            allow_custom_value=True,
        )
        self.compare = gr.Button(word("compare_do"), variant="primary", elem_id="compare")
        self.table = _html("", "table")

    def _lay_out_settings(self) -> None:
        settings = self.live.assistant.settings
        with gr.Column(elem_id="settings-form"):
            self.language = gr.Radio(
                [("English", "en"), ("中文", "zh")], value="en", label=word("language"), elem_id="language"
            )
            self.dark = gr.Checkbox(False, label=word("dark"), elem_id="dark")
            self.n_sources = gr.Slider(
                1, 20, value=settings.sources, step=1, label=word("n_sources"), elem_id="n-sources"
            )
            self.use_llm = gr.Checkbox(
                True, label=self._llm_label("en"), visible=settings.llm != "none", elem_id="use-llm"
            )
            self.in_use = gr.HTML(self._in_use("en"), elem_id="in-use", apply_default_css=False)

    # ---- which handler answers what ----

    def _connect(self) -> None:
        wishes = [self.language, self.dark, self.n_sources, self.use_llm]
        worded = self._worded = [
            self.header, self.tab_chat, self.tab_explore, self.tab_compare, self.tab_settings, self.past,
            self.box, self.fresh, *self.exports.values(), self.pick, self.compare, self.language, self.dark,
            self.n_sources, self.use_llm, self.in_use, self.explorer, self.panel, self.table,
        ]  # fmt: skip
        quick: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
        asking: dict[str, Any] = {
            "fn": self._ask,
            "inputs": [self.box, self.turns, self.editing, self.wishes],
            "outputs": [self.box, self.past, self.now, self.turns, self.editing, self.edit_note, self.making],
            "show_progress": "hidden",
            "api_visibility": "private",
            "concurrency_id": "ask",
            "concurrency_limit": self.options.workers,
        }
        self.blocks.load(
            self._restore, [self.turns, self.wishes, self.compared], [*wishes, *worded], **quick
        ).then(None, [self.wishes], None, js="(wishes) => surveyqa.wear(wishes)")
        ask = [self.box.submit(**asking)]
        for part in (self.past, self.now):
            part.cite(self._cite, [self.turns, self.wishes], [self.panel, self.sheet], **quick)
            edit = [self.box, self.editing, self.edit_note]
            part.edit(self._edit, [self.turns, self.wishes], edit, **quick)
            ask.append(part.again(self._edit, [self.turns, self.wishes], edit, **quick).then(**asking))
            ask.append(part.suggest(_text, None, [self.box], **quick).then(**asking))
            part.export(self._export_turn, [self.turns], [self.download], **quick).then(
                None, [self.download], None, js="(file) => surveyqa.save(file)"
            )
            if self.feedback:
                part.thumb(self._thumb, [self.turns], None, **quick)
        self.box.stop(
            self._stop, [self.turns, self.making, self.wishes], [self.box, self.past, self.now, self.turns],
            cancels=ask, **quick,
        )  # fmt: skip
        for part in (self.panel, self.sheet):
            part.leaf(self._leaf, [self.turns, self.compared, self.wishes], [self.sheet], **quick)
            part.close(self._close, [self.wishes], [self.panel, self.sheet], **quick)
        self.fresh.click(
            self._forget, [self.wishes], [self.turns, self.past, self.now, self.panel, self.sheet,
            self.editing, self.edit_note, self.box], cancels=ask, **quick,
        )  # fmt: skip
        for form, press in self.exports.items():
            press.click(_exporter(form), [self.turns], [self.download], **quick).then(
                None, [self.download], None, js="(file) => surveyqa.save(file)"
            )
        self.explorer.open(self._open, [self.wishes], [self.explorer], **quick)
        ask.append(
            self.explorer.suggest(_text, None, [self.box], **quick)
            .then(lambda: gr.Tabs(selected="chat"), None, [self.tabs], **quick)
            .then(**asking)
        )
        self.compare.click(
            self._compare, [self.pick, self.wishes], [self.table, self.compared], show_progress="minimal",
            api_visibility="private", concurrency_id="ask",
        )  # fmt: skip
        self.table.cite(self._cite_compared, [self.compared, self.wishes], [self.panel, self.sheet], **quick)
        self.table.export(self._export_compared, [self.compared], [self.download], **quick).then(
            None, [self.download], None, js="(file) => surveyqa.save(file)"
        )
        self.tabs.select(None, None, None, js="() => surveyqa.tab()")
        for wish in wishes:
            wish.input(self._wish, [*wishes], [self.wishes], **quick).then(
                None, [self.wishes], None, js="(wishes) => surveyqa.wear(wishes)"
            )
        self.language.input(self._reword, [self.turns, self.language, self.compared], worded, **quick)

    # ---- chat ----

    def _ask(
        self, box: str, turns: str, editing: int | None, wishes: Settings, request: gr.Request
    ) -> Iterator[tuple[Any, ...]]:
        """Outputs: box, past, now, turns, editing, edit_note, making."""
        language, question = _language(wishes), clean(box or "")
        kept = sound(turns) if editing is None else sound(turns)[:editing]
        refusal = self._refusal(question, language, request)
        if refusal:
            yield gr.skip(), gr.skip(), render.notice("", refusal), *_skips(4)
            return
        waiting = gr.Textbox(value="", submit_btn=False, stop_btn=word("stop", language))
        ready = gr.Textbox(submit_btn=word("send", language), stop_btn=False)
        before = (
            gr.skip()
            if kept and editing is None
            else render.conversation(kept, language, self.feedback)
            if kept
            else ""
        )
        now = render.just_asked(question, language)
        yield waiting, before, now, gr.skip(), None, "", (question, len(kept), Progress())
        try:
            assistant = self.live.with_choices(_choices(wishes))
            shown = monotonic()
            for progress in follow(assistant, question, questions(kept)):
                if progress.answer is None:
                    if assistant.model is None and monotonic() - shown < PAUSE:
                        continue  # without a model all is over in a moment: the next one will show it
                    shown = monotonic()
                    now = render.in_progress(question, progress, language)
                    yield gr.skip(), gr.skip(), now, *_skips(3), (question, len(kept), progress)
                else:
                    done = [*kept, {"q": question, "a": progress.answer.to_dict()}]
                    shown_now = render.conversation(done, language, self.feedback)
                    yield ready, shown_now, "", pack(done), None, "", None
        except Exception as error:
            if not isinstance(error, SurveyQAError):
                log.exception("a question failed")
            why = str(error) if isinstance(error, SurveyQAError) else type(error).__name__
            failed = render.notice(question, word("failed", language, why=why))
            yield (
                gr.Textbox(value=question, submit_btn=word("send", language), stop_btn=False),
                gr.skip(),
                failed,
                *_skips(4),
            )

    def _refusal(self, question: str, language: Language, request: gr.Request) -> str:
        if not question:
            return word("empty", language)
        if len(question) > MOST_CHARS:
            return word("too_long", language, n=MOST_CHARS, m=len(question))
        if seconds := self.rate.wait(_client(request)):
            return word("too_fast", language, n=self.rate.limit, s=seconds)
        return ""

    def _stop(
        self, turns: str, making: tuple[str, int, Progress] | None, wishes: Settings
    ) -> tuple[Any, Any, str, Any]:
        """What was shown stays; where nothing was, the question goes back."""
        language = _language(wishes)
        question, before, progress = making or ("", 0, Progress())
        kept = not progress.sentences
        box = gr.Textbox(value=question if kept else "", submit_btn=word("send", language), stop_btn=False)
        if kept:
            notice = render.notice(question, word("stopped", language)) if question else ""
            return box, gr.skip(), notice, gr.skip()
        note = word("stopped_early", language)
        done = [
            *sound(turns)[:before],
            stopped(question, progress, self.live.assistant.answerer.engine, note),
        ]
        return box, render.conversation(done, language, self.feedback), "", pack(done)

    def _edit(self, turns: str, wishes: Settings, event: gr.EventData) -> tuple[Any, ...]:
        kept, n = sound(turns), _number(event, "turn")
        if n is None or n >= len(kept):
            return gr.skip(), gr.skip(), gr.skip()
        note = f'<p class="edit-note">{word("editing", _language(wishes), n=n + 1)}</p>'
        return kept[n]["q"], n, note

    def _forget(self, wishes: Settings) -> tuple[Any, ...]:
        language = _language(wishes)
        box = gr.Textbox(value="", submit_btn=word("send", language), stop_btn=False)
        return "[]", render.welcome(language), "", render.empty_panel(language), "", None, "", box

    # ---- the source panel ----

    def _cite(self, turns: str, wishes: Settings, event: gr.EventData) -> tuple[Any, Any]:
        kept, n = sound(turns), _number(event, "turn")
        if n is None or n >= len(kept):
            return gr.skip(), gr.skip()
        return self._show(kept[n]["a"], _number(event, "source"), n, _language(wishes))

    def _cite_compared(self, compared: Any, wishes: Settings, event: gr.EventData) -> tuple[Any, Any]:
        if not (kept := sound([compared])):
            return gr.skip(), gr.skip()
        return self._show(kept[0]["a"], _number(event, "source"), "compared", _language(wishes))

    def _show(
        self, answer: dict[str, Any], number: int | None, n: object, language: Language
    ) -> tuple[Any, Any]:
        source = next((s for s in answer["sources"] if s["id"] == number), None)
        if source is None:
            return gr.skip(), gr.skip()
        code = explore.code_links(self.live.assistant)
        panel = render.source_panel(source, answer, code, language, self.pages.count)
        return panel, self._figure(source, _int(source.get("page")), n, language)

    def _figure(self, source: dict[str, Any], page: int | None, n: object, language: Language) -> str:
        """What stands below the quote: its page, where there is one, and the papers that it cites."""
        cited = render.cited_papers(source, explore.code_links(self.live.assistant), language)
        home = _int(source.get("page"))
        if source["kind"] != "survey" or home is None or page is None:
            return cited
        quote, root = str(source["quote"]), self.options.root_path
        figure = render.page_figure(self.pages, page, quote, home, n, source["id"], root, language)
        return figure + cited

    def _leaf(self, turns: str, compared: Any, wishes: Settings, event: gr.EventData) -> Any:
        turn = str(getattr(event, "turn", ""))
        mine = sound([compared]) if turn == "compared" else sound(turns)
        n = 0 if turn == "compared" else _number(event, "turn")
        if n is None or n >= len(mine):
            return gr.skip()
        source = next((s for s in mine[n]["a"]["sources"] if s["id"] == _number(event, "source")), None)
        return self._figure(source, _number(event, "page"), turn, _language(wishes)) if source else gr.skip()

    def _close(self, wishes: Settings) -> tuple[str, str]:
        return render.empty_panel(_language(wishes)), ""

    # ---- explore, compare, export, feedback ----

    def _open(self, wishes: Settings, event: gr.EventData) -> str:
        return explore.page(self.live.assistant, _language(wishes), str(getattr(event, "node", "")))

    def _compare(self, picked: list[str], wishes: Settings, request: gr.Request) -> tuple[Any, Any]:
        language = _language(wishes)
        chosen = [clean(str(name))[:100] for name in picked or []]
        if not 2 <= len(chosen) <= 4:
            return f'<p class="alert" role="alert">{word("pick_more", language)}</p>', gr.skip()
        if seconds := self.rate.wait(_client(request)):
            wait = word("too_fast", language, n=self.rate.limit, s=seconds)
            return f'<p class="alert" role="alert">{wait}</p>', gr.skip()
        turn = compare.compare(self.live.with_choices(_choices(wishes)), chosen, language)
        return compare.table(turn, language), turn

    def _export_turn(self, turns: str, event: gr.EventData) -> Any:
        kept, n = sound(turns), _number(event, "turn")
        if n is None or n >= len(kept):
            return gr.skip()
        return export.file([kept[n]], str(getattr(event, "form", "")))

    def _export_compared(self, compared: Any, event: gr.EventData) -> Any:
        kept = sound([compared])
        return export.file(kept, str(getattr(event, "form", ""))) if kept else gr.skip()

    def _thumb(self, turns: str, event: gr.EventData) -> None:
        kept, n = sound(turns), _number(event, "turn")
        if self.options.feedback is not None and n is not None and n < len(kept):
            note_thumb(self.options.feedback, kept[n], up=bool(_number(event, "up")))

    # ---- settings ----

    def _restore(self, turns: str, wishes: Settings, compared: Any) -> list[Any]:
        self.live.warm_up(after=0.3)  # the page is there
        language = _language(wishes)
        kept = DEFAULTS | (wishes if isinstance(wishes, dict) else {})
        values = [language, bool(kept["dark"]), _int(kept["sources"]) or 5, bool(kept["llm"])]
        worded = self._reword(turns, language, compared)
        if language == "en":  # the page came in English: leave alone what a quick visitor may already use
            earlier = {
                self._worded.index(self.past): bool(sound(turns)),
                self._worded.index(self.table): bool(compared),
            }
            worded = [value if earlier.get(i) else gr.skip() for i, value in enumerate(worded)]
        # the four settings are outputs twice: their values here, their labels in `worded`
        return [*values, *worded]

    def _reword(self, turns: str, language: Language, compared: Any) -> list[Any]:
        """Every component with words in it, in `language`; the order is that of `worded`."""
        earlier = sound([compared])
        return [
            self._header(language),
            *(gr.Tab(label=word(key, language)) for key in ("chat", "explore", "compare", "settings")),
            render.conversation(sound(turns), language, self.feedback),
            gr.Textbox(
                label=word("ask_label", language),
                placeholder=word("ask_hint", language),
                submit_btn=word("send", language),
            ),
            word("new", language),
            *(_export(form, language) for form in export.FORMS),
            gr.Dropdown(label=word("pick", language), info=word("pick_hint", language)),
            word("compare_do", language),
            gr.Radio(label=word("language", language)),
            gr.Checkbox(label=word("dark", language)),
            gr.Slider(label=word("n_sources", language)),
            gr.Checkbox(label=self._llm_label(language)),
            self._in_use(language),
            "",  # explore: made anew when its tab is opened
            render.empty_panel(language),
            compare.table(earlier[0], language) if earlier else "",
        ]

    def _wish(self, language: str, dark: bool, sources: int, llm: bool) -> Settings:
        return {"language": language, "dark": dark, "sources": sources, "llm": llm}

    def _header(self, language: Language) -> str:
        corpus = self.live.assistant.index.manifest.corpus
        note = (
            "" if corpus == "survey" else f' <span class="kind guide">{word("kind_guide", language)}</span>'
        )
        return f"<h1>surveyqa</h1><p>{word('tagline', language)}{note}</p>"

    def _llm_label(self, language: Language) -> str:
        return word("use_llm", language, host=explore.llm_host(self.live.assistant.settings.llm))

    def _in_use(self, language: Language) -> str:
        return explore.in_use(self.live.assistant, language)


def _export(form: str, language: Language) -> str:
    return f"{word('export', language)} {word(form, language)}"


def _exporter(form: str) -> Any:
    def handler(turns: str) -> Any:
        kept = sound(turns)
        return export.file(kept, form) if kept else gr.skip()

    return handler


def _text(event: gr.EventData) -> str:
    return clean(str(getattr(event, "text", "")))[:MOST_CHARS]


def _skips(n: int) -> list[Any]:
    return [gr.skip() for _ in range(n)]


def _choices(wishes: Settings) -> Choices:
    kept = DEFAULTS | (wishes if isinstance(wishes, dict) else {})
    return Choices(_int(kept["sources"]) or 5, bool(kept["llm"]))


def _language(wishes: Settings) -> Language:
    return "zh" if isinstance(wishes, dict) and wishes.get("language") == "zh" else "en"


def _number(event: gr.EventData, name: str) -> int | None:
    """A number of an event; None where it has none."""
    return _int(getattr(event, name, None))


def _int(value: object) -> int | None:
    try:
        number = int(value)  # type: ignore[call-overload]
    except (TypeError, ValueError):
        return None
    return number if number >= 0 else None


def _client(request: gr.Request) -> str:
    user = request.request.scope.get("surveyqa_user") if request.request else None
    return str(user or (request.client.host if request.client else "unknown"))
