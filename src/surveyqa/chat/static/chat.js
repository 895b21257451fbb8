/* What the page does by itself: hand clicks on to the server, copy, sort, zoom, save, remember the focus. */
window.surveyqa = (() => {
  let cited = null; // the chip whose source is shown
  let shown = -1; // turns on the page; -1 until the first are there
  let explore = () => {}; // asks for the page of the taxonomy

  const status = (text) => {
    let line = document.getElementById("said");
    if (!line) {
      line = Object.assign(document.createElement("div"), { id: "said", className: "hidden" });
      line.setAttribute("role", "status");
      document.body.append(line);
    }
    line.textContent = text;
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

  const zoom = (button) => {
    const sheet = button.closest(".page").querySelector(".sheet");
    const now = sheet.offsetWidth / sheet.parentElement.clientWidth;
    const next = Math.min(3, Math.max(1, now * 1.4 ** Number(button.dataset.by)));
    sheet.style.width = `${next * 100}%`;
    toQuote(sheet);
  };

  const toQuote = (sheet) => {
    const first = sheet.querySelector(".hl"), frame = sheet.parentElement;
    if (!first) return;
    frame.scrollTop = Math.max(0, first.offsetTop - frame.clientHeight / 3);
    const left = Math.min(...[...sheet.querySelectorAll(".hl")].map((line) => line.offsetLeft));
    frame.scrollLeft = Math.max(0, left - 14);
  };

  const copy = async (button) => {
    const parts = [...button.closest(".turn").querySelectorAll(".silent, .text")].map((part) => part.cloneNode(true));
    for (const part of parts) {
      for (const c of part.querySelectorAll(".chip")) c.textContent = `[${c.textContent}]`;
      for (const h of part.querySelectorAll(".hidden")) h.remove();
    }
    await navigator.clipboard.writeText(parts.map((part) => part.innerText.trim()).filter(Boolean).join("\n"));
    const was = button.textContent;
    button.textContent = document.documentElement.lang === "zh" ? "已复制" : "Copied";
    status(button.textContent);
    setTimeout(() => (button.textContent = was), 1500);
  };

  const select = (chip) => {
    for (const c of document.querySelectorAll("[data-do=cite].on")) c.classList.remove("on");
    cited = chip;
    if (chip) chip.classList.add("on");
    document.body.classList.toggle("reading", Boolean(chip));
  };

  const close = () => {
    const chip = cited;
    select(null);
    if (chip && chip.isConnected) chip.focus({ preventScroll: true });
  };

  const fold = (button) => {
    const open = button.getAttribute("aria-expanded") !== "true";
    button.setAttribute("aria-expanded", open);
    button.parentElement.querySelector("ul").hidden = !open;
  };

  const local = { copy, sort, zoom, fold };

  return {
    wire(element, trigger) {
      element.addEventListener("click", (event) => {
        const button = event.target.closest("[data-do]");
        if (!button || button.disabled) return;
        const { do: name, ...data } = button.dataset;
        if (local[name]) return void local[name](button);
        if (name === "cite") select(button);
        if (name === "close") close();
        if (name === "thumb") button.classList.add("on");
        trigger(name, data);
      });
      element.addEventListener("focusin", (event) => {
        const chip = event.target.closest("[data-do=cite]");
        // a chip that the keyboard reaches shows its source without covering the answer
        if (!chip || chip === cited || !chip.matches(":focus-visible") || narrow()) return;
        const { do: name, ...data } = chip.dataset;
        select(chip);
        trigger(name, data);
      });
      new MutationObserver(() => settle(element)).observe(element, { childList: true, subtree: true });
      if (element.closest("#explorer")) explore = () => trigger("open", {});
    },
    wear(wishes) {
      document.body.classList.toggle("dark", Boolean(wishes && wishes.dark));
      document.documentElement.lang = wishes && wishes.language === "zh" ? "zh" : "en";
      document.body.dataset.ready = "1"; // what the browser kept is back on the page
      return [];
    },
    save(file) {
      if (!file || !file.text) return [];
      const url = URL.createObjectURL(new Blob([file.text], { type: `${file.type};charset=utf-8` }));
      const link = Object.assign(document.createElement("a"), { href: url, download: file.name });
      document.body.append(link);
      link.click();
      link.remove();
      setTimeout(() => URL.revokeObjectURL(url), 10000);
      return [];
    },
    tab() {
      // the source panel belongs to what cites: the chat and the comparison
      setTimeout(() => {
        const chosen = [...document.querySelectorAll("#tabs [role=tab]")].findIndex((t) => t.ariaSelected === "true");
        document.body.dataset.tab = ["chat", "explore", "compare", "settings"][chosen] || "chat";
        if (document.body.dataset.tab === "explore" && !document.querySelector("#explorer .explore")) explore();
      });
      return [];
    },
    close,
  };

  function narrow() {
    return window.matchMedia("(max-width: 900px)").matches;
  }

  function settle(element) {
    const sheet = element.querySelector(".sheet");
    if (sheet) toQuote(sheet);
    const mark = element.querySelector(".panel-body blockquote mark");
    if (mark) mark.parentElement.scrollTop = Math.max(0, mark.offsetTop - mark.parentElement.offsetTop - 30);
    if (element.querySelector(".panel-body") && narrow()) {
      const x = element.querySelector(".close");
      if (x && cited && !element.contains(document.activeElement)) x.focus({ preventScroll: true });
    }
    const live = element.querySelector(".turn.live");
    if (live) live.scrollIntoView({ block: "nearest", behavior: "instant" });
    const turns = element.querySelectorAll("#past .turn, .turn[id]");
    if (turns.length && turns.length !== shown) {
      if (turns.length > shown && shown >= 0) {
        turns[turns.length - 1].scrollIntoView({ block: "start", behavior: "instant" });
        if (cited && cited.closest(".turn")) {
          select(null); // the panel is of another answer
          document.querySelector("#panel .close")?.click();
        }
      }
      shown = turns.length;
    }
  }
})();

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !document.body.classList.contains("reading")) return;
  document.querySelector("#panel .close")?.click();
});
