/* The page: what it asks of the server, what it shows, what it does by itself. */
window.surveyqa = (() => {
  const store = window.surveyqaStore, viewer = window.surveyqaViewer, shared = window.surveyqaShared;
  let language = "en", wishes = {}, here = null, busy = null, editing = null, cited = null, ready = false;
  let compared = null; // the comparison that is shown: {id, names}

  const word = (key, values = {}) =>
    shared.words[key][language === "zh" ? 1 : 0].replace(/{(\w+)}/g, (_, name) => values[name] ?? "");
  const hold = (id) => document.querySelector(`#${id} .hold`);
  const make = (tag, css, text = "") => Object.assign(document.createElement(tag), { className: css, textContent: text });
  const act = (name, css, text, data = {}) => {
    const button = Object.assign(make("button", css, text), { type: "button" });
    Object.assign(button.dataset, { do: name, ...data });
    return button;
  };
  const say = (text) => {
    let line = document.getElementById("said");
    if (!line) {
      line = Object.assign(make("div", "hidden"), { id: "said" });
      line.setAttribute("role", "status");
      document.body.append(line);
    }
    line.textContent = text;
  };

  // ---- the server ----

  class Failure extends Error {}
  const request = async (path, body, signal) => {
    const how = body ? { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) } : {};
    let response;
    try {
      response = await fetch(`${shared.root}/desk/${path}`, { ...how, signal });
    } catch (error) {
      throw error.name === "AbortError" ? error : Object.assign(new Failure(word("lost")), { lost: true });
    }
    if (!response.ok) {
      const told = (response.headers.get("content-type") || "").includes("json") ? (await response.json()).error : "";
      throw Object.assign(new Failure(told || word("failed", { why: response.status })), { gone: response.status === 410 });
    }
    return response;
  };
  const get = async (path, values) =>
    (await request(`${path}?${new URLSearchParams({ ...values, language })}`)).json();
  const follow = async (path, body, signal, show) => {
    const reader = (await request(path, body, signal)).body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "", turn = null;
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        const lines = (rest + value).split("\n");
        rest = lines.pop();
        for (const line of lines.map((text) => JSON.parse(text))) {
          if (line.error) throw new Failure(line.error);
          if (line.turn) turn = line.turn; else show(line);
        }
      }
    } catch (error) {
      if (error.name === "AbortError" || error instanceof Failure) throw error;
      throw Object.assign(new Failure(word("lost")), { lost: true });
    }
    if (!turn) throw Object.assign(new Failure(word("lost")), { lost: true });
    return turn;
  };
  const asked = (q, history) => ({ question: q, history: history.slice(-12), language, sources: wishes.sources || 5, model: wishes.llm !== false });

  // ---- a conversation ----

  const turns = () => store.read(here)?.turns || [];
  const paint = () => {
    const talk = hold("talk"), kept = turns();
    talk.querySelector(".welcome").hidden = kept.length > 0 || Boolean(busy);
    for (const old of talk.querySelectorAll(".turn:not(.live)")) {
      if (!kept.some((t) => t.k === old.dataset.k)) old.remove();
    }
    const live = talk.querySelector(".turn.live");
    for (const [n, turn] of kept.entries()) {
      let article = talk.querySelector(`.turn[data-k="${CSS.escape(turn.k)}"]`);
      if (!article) talk.insertBefore((article = make("article", "turn")), live);
      article.id = `turn-${n}`;
      article.setAttribute("aria-label", word("question_n", { n: n + 1 }));
      if (article.dataset.k === turn.k && article.dataset.html === turn.html.length + turn.id) continue;
      Object.assign(article.dataset, { k: turn.k, html: turn.html.length + turn.id });
      article.innerHTML = turn.html; // as the server made it; only this page writes what is kept
      article.prepend(make("h2", "question", turn.q));
    }
    list();
  };
  const list = () => {
    const box = hold("list");
    if (!box.querySelector("nav")) {
      const nav = make("nav", "conversations"), find = Object.assign(document.createElement("input"), { type: "search" });
      find.addEventListener("input", list);
      nav.append(act("fresh", "primary", ""), find, make("ul", ""), act("exports", "plain", ""));
      box.append(nav);
    }
    const find = box.querySelector("input"), wanted = find.value.trim().toLowerCase();
    box.querySelector("nav").setAttribute("aria-label", word("conversations"));
    box.querySelector("[data-do=fresh]").textContent = word("new");
    box.querySelector("[data-do=exports]").textContent = word("export_this");
    box.querySelector("[data-do=exports]").hidden = !turns().length;
    find.placeholder = word("search_list");
    find.setAttribute("aria-label", word("search_list"));
    box.querySelector("ul").replaceChildren(...store.all()
      .filter((c) => !wanted || c.name.toLowerCase().includes(wanted) || c.turns.some((t) => t.q.toLowerCase().includes(wanted)))
      .map((c) => {
        const item = make("li", c.id === here ? "on" : ""), open = act("conversation", "name", c.name || word("untitled"), { id: c.id });
        if (c.id === here) open.setAttribute("aria-current", "true");
        const tools = [["rename", "✎"], ["delete", "×"]].map(([name, sign]) => {
          const button = act(name, "tool", sign, { id: c.id });
          button.setAttribute("aria-label", `${word(name)}: ${c.name}`);
          return button;
        });
        item.append(open, ...tools);
        return item;
      }));
  };
  const open = (id, remember = true) => {
    busy?.abort();
    here = id;
    editing = null;
    close();
    notice("");
    for (const old of hold("talk").querySelectorAll(".turn")) old.remove();
    paint();
    if (remember) history.pushState(null, "", `#/c/${id}`);
    document.body.classList.remove("listing");
    window.scrollTo(0, document.body.scrollHeight);
  };
  const notice = (text) => {
    const talk = hold("talk");
    talk.querySelector(".alert")?.remove();
    if (!text) return;
    const line = make("p", "alert", text);
    line.setAttribute("role", "alert");
    talk.append(line);
    line.scrollIntoView({ block: "nearest" });
  };

  const boxed = () => document.querySelector("#box textarea");
  const fill = (text) => {
    const box = boxed();
    box.value = text;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.focus();
  };

  const ask = async (question, { typed = false, replace = null } = {}) => {
    const kept = turns(), at = replace === null ? kept.length : kept.findIndex((t) => t.k === replace);
    const before = kept.slice(0, at), conversation = here, past = typed ? [] : before.map((t) => t.q);
    if (replace !== null) store.update(conversation, (all) => all.filter((t) => before.some((b) => b.k === t.k)));
    const control = (busy = new AbortController()), article = make("article", "turn live");
    const body = make("div", "so-far"), stage = make("p", "stage");
    stage.setAttribute("role", "status");
    stage.append(make("span", "dot"), make("span", "", word("searching")), act("stop", "plain", word("stop")));
    article.append(make("h2", "question", question), body, stage);
    notice("");
    hold("talk").append(article);
    paint();
    article.scrollIntoView({ block: "start" });
    let shown = "";
    const keep = (turn) => {
      store.update(conversation, (all) => [...all, { k: store.key(), history: past, ...turn }]);
    };
    try {
      keep(await follow("ask", asked(question, past), control.signal, (line) => {
        if (line.html) body.innerHTML = shown = line.html;
        if (line.stage) stage.children[1].textContent = line.stage;
      }));
    } catch (error) {
      if (error.name === "AbortError" && shown) {
        const note = make("p", "note", word("stopped_early"));
        keep({ id: "", q: question, html: note.outerHTML + shown });
      } else {
        // what was typed is not lost, and neither is what was to be replaced
        if (replace !== null) store.update(conversation, (all) => [...all, ...kept.slice(at)]);
        if (conversation === here && !boxed().value) fill(question);
        if (error.name !== "AbortError") setTimeout(() => notice(error.message));
      }
    } finally {
      if (busy === control) busy = null;
      article.remove();
    }
    if (conversation !== here) return list();
    paint();
    const last = hold("talk").querySelector(".turn:last-of-type");
    last?.scrollIntoView({ block: "start" });
    say(last?.querySelector(".text")?.innerText || "");
    if (last) more(last);
  };
  const more = async (article) => {
    const turn = turnOf(article);
    if (!turn?.id) return;
    try {
      const { questions } = await get("more", { id: turn.id });
      const box = article.querySelector(".follow");
      if (!questions.length || !box) return;
      box.replaceChildren(make("h3", "", word("more_questions")), ...questions.map((q) => act("suggest", "suggestion", q, { text: q })));
    } catch { /* nice to have */ }
  };

  const turnOf = (element) => {
    const k = element.closest(".turn")?.dataset.k;
    return turns().find((t) => t.k === k);
  };
  const renew = async (turn) => {
    const fresh = await follow("ask", asked(turn.q, turn.history || []), undefined, () => {});
    store.update(here, (all) => all.map((t) => (t.k === turn.k ? { ...t, id: fresh.id, html: fresh.html } : t)));
    paint();
    say(word("renewed"));
    return fresh.id;
  };
  /* What the server forgot (it was started anew) is answered again. */
  const known = async (turn, use) => {
    try {
      if (!turn.id) throw Object.assign(new Failure(""), { gone: true });
      return await use(turn.id);
    } catch (error) {
      if (!error.gone) throw error;
      return use(await renew(turn));
    }
  };

  // ---- sources ----

  const cite = async (chip) => {
    for (const c of document.querySelectorAll("[data-do=cite].on")) c.classList.remove("on");
    cited = chip;
    chip.classList.add("on");
    viewer.hideCard();
    const { source, sentence } = chip.dataset, values = { source, ...(sentence === undefined ? {} : { sentence }) };
    const inTable = chip.closest("#compared");
    try {
      const show = (id) => get("source", { id, ...values });
      const { html } = inTable ? await show(compared.id) : await known(turnOf(chip), show);
      hold("panel").innerHTML = html;
      document.body.classList.add("reading");
      viewer.opened();
      if (narrow()) document.querySelector("#panel .close")?.focus({ preventScroll: true });
    } catch (error) {
      notice(error.message);
    }
  };
  const close = () => {
    const chip = cited;
    cited = null;
    document.body.classList.remove("reading");
    chip?.classList.remove("on");
    if (hold("panel")) hold("panel").innerHTML = "";
    if (chip?.isConnected) chip.focus({ preventScroll: true });
  };

  // ---- files, tables ----

  const save = ({ name, type, text }) => {
    const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
    const link = Object.assign(document.createElement("a"), { href: url, download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
  };
  const sent = (turn) => ({ id: turn.id, ...asked(turn.q, turn.history || []) });
  const exported = async (form, chosen) => {
    if (!chosen.length) return;
    save(await (await request("export", { form, turns: chosen.map(sent), language })).json());
  };
  const sort = (button) => {
    const head = button.closest("th"), table = button.closest("table"), column = Number(button.dataset.column);
    const up = head.getAttribute("aria-sort") !== "ascending";
    for (const th of table.querySelectorAll("th[aria-sort]")) th.setAttribute("aria-sort", "none");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const body = table.tBodies[0], text = (row) => row.cells[column].textContent.trim();
    const rows = [...body.rows].sort((a, b) => text(a).localeCompare(text(b), undefined, { numeric: true }));
    body.append(...(up ? rows : rows.reverse()));
  };
  const copy = async (button) => {
    const parts = [...button.closest(".turn").querySelectorAll(".silent, .text")].map((part) => part.cloneNode(true));
    for (const part of parts) {
      for (const c of part.querySelectorAll(".chip")) c.textContent = `[${c.textContent}]`;
      for (const h of part.querySelectorAll(".hidden")) h.remove();
    }
    await navigator.clipboard.writeText(parts.map((part) => part.innerText.trim()).filter(Boolean).join("\n"));
    const was = button.textContent;
    say((button.textContent = word("copied")));
    setTimeout(() => (button.textContent = was), 1500);
  };
  const tab = (n) => document.querySelectorAll("#tabs [role=tab]")[n]?.click();
  const explore = async (node) => {
    for (let tries = 0; !hold("explorer") && tries < 40; tries++) await new Promise((done) => setTimeout(done, 50));
    try {
      hold("explorer").innerHTML = (await get("explore", { node })).html;
    } catch (error) {
      hold("explorer").replaceChildren(make("p", "alert", error.message));
    }
  };

  const ask_again = (question, more) => {
    tab(0);
    if (!busy) ask(question, more);
  };
  const edit = (turn) => {
    editing = turn ? turn.k : null;
    notice(turn ? word("editing", { n: turns().findIndex((t) => t.k === turn.k) + 1 }) : "");
    fill(turn ? turn.q : "");
  };
  const deeds = {
    cite, sort, copy, close, edit: (b) => edit(turnOf(b)),
    leaf: viewer.leaf, zoom: viewer.zoom, quote: viewer.quote,
    suggest: (b) => ask_again(b.dataset.text),
    retry: (b) => ask_again(turnOf(b).q, { replace: turnOf(b).k }),
    typed: (b) => ask_again(turnOf(b).q, { replace: turnOf(b).k, typed: true }),
    stop: () => busy?.abort(),
    export: (b) => exported(b.dataset.form, b.closest("#list") ? turns() : [turnOf(b)]).catch((e) => notice(e.message)),
    exports: (b) => {
      if (b.nextElementSibling) return b.nextElementSibling.remove();
      const forms = make("div", "forms");
      forms.append(...["markdown", "bibtex", "ris", "csl", "csv", "json"].map((form) => act("export", "plain", word(form), { form })));
      b.after(forms);
    },
    thumb: async (b) => {
      await known(turnOf(b), (id) => request("thumb", { id, up: b.dataset.up === "1" }));
      b.classList.add("on");
      say(word("thanks"));
    },
    fresh: () => { open(store.key()); tab(0); boxed().focus(); },
    conversation: (b) => { open(b.dataset.id); tab(0); },
    rename: (b) => {
      const name = prompt(word("new_name"), store.read(b.dataset.id)?.name || "");
      if (name) store.rename(b.dataset.id, name.trim());
      list();
    },
    delete: (b) => {
      if (!confirm(word("delete_sure"))) return;
      store.remove(b.dataset.id);
      if (b.dataset.id === here) open(store.key()); else list();
    },
    listing: () => document.body.classList.toggle("listing"),
    open: (b) => explore(b.dataset.node),
    fold: (b) => {
      const shown = b.getAttribute("aria-expanded") !== "true";
      b.setAttribute("aria-expanded", shown);
      b.parentElement.querySelector("ul").hidden = !shown;
    },
  };

  const dress = () => {
    document.body.classList.toggle("dark", Boolean(wishes.dark));
    document.documentElement.lang = language;
    const label = (key) => ({ __type__: "update", label: word(key) });
    if (hold("list") && here) list();
    return [
      ...["chat", "explore", "compare", "settings"].map(label),
      { __type__: "update", label: word("ask_label"), placeholder: word("ask_hint"), submit_btn: word("send") },
      { __type__: "update", label: word("pick"), info: word("pick_hint") },
      { __type__: "update", value: word("compare_do") },
      label("language"), label("dark"), label("n_sources"),
      { __type__: "update", label: word("use_llm", { host: shared.llm }) },
    ];
  };
  const translate = async () => {
    if (hold("explorer")) hold("explorer").innerHTML = ""; // made when its tab is opened
    for (const turn of turns().filter((t) => t.id)) {
      try {
        const { html } = await get("turn", { id: turn.id });
        store.update(here, (all) => all.map((t) => (t.k === turn.k ? { ...t, html } : t)));
      } catch { /* it stays in the language it was asked in */ }
    }
    paint();
  };
  const narrow = () => window.matchMedia("(max-width: 900px)").matches;
  const address = () => /^#\/c\/([a-z0-9]{1,40})$/.exec(location.hash)?.[1];

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (button && !button.disabled) Promise.resolve(deeds[button.dataset.do]?.(button)).catch((error) => notice(error.message));
    const chosen = event.target.closest("#tabs [role=tab]");
    if (chosen) setTimeout(() => {
      const n = [...document.querySelectorAll("#tabs [role=tab]")].findIndex((t) => t.ariaSelected === "true");
      document.body.dataset.tab = ["chat", "explore", "compare", "settings"][n] || "chat";
      if (n === 1 && !hold("explorer")?.childElementCount) explore("");
    });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    viewer.hideCard();
    if (document.body.classList.contains("reading")) close();
    else if (editing) edit(null);
  });
  window.addEventListener("popstate", () => address() && address() !== here && open(address(), false));
  window.addEventListener("storage", (event) => event.key?.startsWith(store.prefix) && ready && paint());

  return {
    /* When the page is there: what the browser kept, as values and labels of Gradio's components. */
    start() {
      wishes = store.wishes();
      language = wishes.language || (navigator.language.startsWith("zh") ? "zh" : "en");
      if (wishes.dark === undefined) wishes.dark = window.matchMedia("(prefers-color-scheme: dark)").matches;
      here = address() || store.all()[0]?.id || store.key();
      const worded = dress();
      document.getElementById("header").querySelector(".hold").append(act("listing", "plain listing", word("open_list")));
      paint();
      ready = true;
      document.body.dataset.ready = "1";
      return [language, Boolean(wishes.dark), wishes.sources || 5, wishes.llm !== false, ...worded];
    },
    submit(text) {
      const question = (text || "").trim();
      if (busy) return text;
      if (!question) return notice(word("empty")), text;
      if (question.length > shared.most) return notice(word("too_long", { n: shared.most, m: question.length })), text;
      const replace = editing;
      editing = null;
      ask(question, { replace });
      return "";
    },
    compare(names) {
      const box = hold("compared");
      box.replaceChildren(make("p", "stage", word("searching")));
      follow("compare", { names: names || [], language }, undefined, () => {}).then(
        (turn) => {
          compared = turn;
          box.innerHTML = turn.html;
          for (const part of box.querySelectorAll(".tools")) part.remove();
        },
        (error) => {
          const line = make("p", "alert", error.message);
          line.setAttribute("role", "alert");
          box.replaceChildren(line);
        },
      );
      return [];
    },
    wish(chosen, dark, sources, llm) {
      const other = chosen !== language;
      wishes = store.wishes({ language: chosen, dark, sources, llm });
      language = chosen;
      const worded = dress();
      if (other) translate();
      return worded;
    },
  };
})();
