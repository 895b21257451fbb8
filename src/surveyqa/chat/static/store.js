/* Conversations, kept in this browser: one entry each, so that two tabs never write over each other.
   A conversation is {name, at, turns: [{k, id, q, html, history}]}; k is its turn's own key. */
window.surveyqaStore = (() => {
  const KEY = "surveyqa/c/", MOST = 60, TURNS = 40;
  const key = () => crypto.getRandomValues(new Uint32Array(2)).reduce((text, n) => text + n.toString(36), "");
  const parse = (text) => {
    try { return JSON.parse(text); } catch { return null; }
  };
  const whole = (kept) => kept && typeof kept.name === "string" && Array.isArray(kept.turns) &&
    kept.turns.every((t) => t && typeof t.q === "string" && typeof t.html === "string");

  const read = (id) => {
    const kept = parse(localStorage.getItem(KEY + id));
    return whole(kept) ? kept : null;
  };
  const all = () => Object.keys(localStorage).filter((k) => k.startsWith(KEY)).map((k) => k.slice(KEY.length))
    .map((id) => ({ id, ...read(id) })).filter((c) => c.turns).sort((a, b) => b.at - a.at);
  const remove = (id) => localStorage.removeItem(KEY + id);

  const write = (id, kept) => {
    for (;;) {
      try {
        localStorage.setItem(KEY + id, JSON.stringify(kept));
        break;
      } catch (error) { // full: the oldest other conversation goes
        const old = all().filter((c) => c.id !== id).pop();
        if (!old) throw error;
        remove(old.id);
      }
    }
    for (const old of all().slice(MOST)) remove(old.id);
  };

  /* change(turns) works on what is kept now, which another tab may have changed since it was shown. */
  const update = (id, change) => {
    const kept = read(id) || { name: "", at: 0, turns: [] };
    kept.turns = change(kept.turns).slice(-TURNS);
    kept.name = kept.name || (kept.turns[0] ? kept.turns[0].q.slice(0, 120) : "");
    kept.at = Date.now();
    if (kept.turns.length) write(id, kept); else remove(id);
    return kept;
  };
  const rename = (id, name) => {
    const kept = read(id);
    if (kept) write(id, { ...kept, name: name.slice(0, 120) });
  };
  const wishes = (given) => {
    if (given) localStorage.setItem("surveyqa/wishes", JSON.stringify(given));
    return parse(localStorage.getItem("surveyqa/wishes")) || {};
  };
  return { key, read, all, remove, update, rename, wishes, prefix: KEY };
})();
