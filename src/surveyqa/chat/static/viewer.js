/* The source panel: pages below each other, the marked sentence in the upper third; a card for each chip. */
window.surveyqaViewer = (() => {
  const sheets = () => document.querySelector("#panel .sheets");
  const current = (frame) => {
    const middle = frame.scrollTop + frame.clientHeight / 3;
    return [...frame.children].filter((s) => s.offsetTop <= middle).pop() || frame.children[0];
  };

  const toMark = () => {
    const frame = sheets();
    if (!frame) return;
    const mark = frame.querySelector(".hl:not(.faint)") || frame.querySelector(".hl");
    const sheet = mark ? mark.closest(".sheet") : frame.querySelector(`[data-page="${frame.dataset.home}"]`);
    if (sheet) frame.scrollTop = sheet.offsetTop + (mark ? mark.offsetTop : 0) - (mark ? frame.clientHeight / 4 : 0);
    if (mark) frame.scrollLeft = Math.max(0, mark.offsetLeft - 30);
    told();
  };
  const told = () => {
    const frame = sheets(), at = document.querySelector("#panel .page-bar .at");
    if (frame && at) at.textContent = at.textContent.replace(/\d+/, current(frame).dataset.page);
  };
  const leaf = (button) => {
    const frame = sheets(), sheet = current(frame);
    const next = Number(button.dataset.by) > 0 ? sheet.nextElementSibling : sheet.previousElementSibling;
    if (next) frame.scrollTop = next.offsetTop;
    told();
  };
  const zoom = (button) => {
    const frame = sheets(), now = Number(frame.dataset.zoom || 1);
    const next = Math.min(3, Math.max(1, now * 1.3 ** Number(button.dataset.by)));
    frame.dataset.zoom = next;
    for (const sheet of frame.children) sheet.style.width = `${next * 100}%`;
    toMark();
  };
  const opened = () => {
    sheets()?.addEventListener("scroll", told, { passive: true });
    toMark();
  };

  const card = () => {
    let box = document.getElementById("chip-card");
    if (!box) {
      box = Object.assign(document.createElement("div"), { id: "chip-card", hidden: true });
      box.setAttribute("role", "tooltip");
      box.append(document.createElement("strong"), document.createElement("p"));
      document.body.append(box);
    }
    return box;
  };
  const showCard = (chip) => {
    const box = card(), at = chip.getBoundingClientRect();
    box.firstChild.textContent = chip.dataset.where;
    box.lastChild.textContent = chip.dataset.quote;
    box.hidden = false;
    box.style.left = `${Math.max(8, Math.min(at.left, innerWidth - box.offsetWidth - 8))}px`;
    const below = at.bottom + 6;
    box.style.top = `${below + box.offsetHeight < innerHeight ? below : Math.max(8, at.top - box.offsetHeight - 6)}px`;
    chip.setAttribute("aria-describedby", "chip-card");
  };
  const hideCard = () => (card().hidden = true);
  const over = (event) => {
    const chip = event.target.closest?.(".chip");
    if (chip) showCard(chip); else if (!card().hidden) hideCard();
  };
  document.addEventListener("mouseover", over);
  document.addEventListener("focusin", over);
  document.addEventListener("scroll", hideCard, { passive: true, capture: true });
  return { opened, leaf, zoom, quote: toMark, hideCard };
})();
