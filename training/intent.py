"""Trains what a question wants: `python training/intent.py`.

Linear models over the same features: the intent; for a question on the list, what it wants of it; and whether
a question leans on the dialogue. Lines come from intent_en.txt and intent_zh.txt, with names filled in, from
wants.txt, leans.txt and the question files of the tests. A fifth of the patterns is held out for the figures
and for the temperature; the weights kept are then trained on all. Needs scikit-learn, which the package does
not.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack, vstack
from sklearn.linear_model import LogisticRegression

from surveyqa.catalog import Catalog
from surveyqa.embedding.encoders import TorchEncoder, find_model
from surveyqa.settings import DEFAULT_MODEL
from surveyqa.understand.intent import COLUMNS, MEANING, features
from surveyqa.understand.reader import marks_of
from surveyqa.understand.vocabulary import Knowledge

SIZE = 384  # of a vector
HERE = Path(__file__).parent
ROOT = HERE.parent
TYPES = {
    "mechanism": "how", "comparison": "compare", "number": "number", "why": "why", "who": "who",
    "definition": "define", "challenges": "outlook", "yesno": "fact",
    **{kind: kind for kind in (
        "define", "how", "compare", "recommend", "limits", "kinds", "overview", "section", "table",
    )},
}  # fmt: skip
WANTS = {
    "list-set": "titles", "list-count": "count", "list-counts": "counts", "list-compare": "compare",
    "list-rank": "rank", "list-lookup": "fields", "list-categories": "categories",
}  # fmt: skip
VOICES = ("{}", "{}?", "hi, {}", "{} pls", "ok so {}", "Question: {}?", "{} thanks", "I wonder, {}")
VOICES_ZH = ("{}", "{}?", "请问{}", "{}呢", "想问一下,{}", "{}?谢谢")


def patterns(language: str) -> Iterator[tuple[str, str]]:
    """(intent, line) of the hand-written file of a language."""
    intent = ""
    for line in (HERE / f"intent_{language}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            intent = line.strip("[]")
        elif line and not line.startswith("#"):
            yield intent, line


def chosen(line: str, chance: random.Random) -> str:
    """One of the alternatives of each {a|b}, inner ones first; the places of names are left."""
    while options := [f for f in re.finditer(r"\{((?:[^{}]|\{[mnt]\})*)\}", line) if "|" in f[1]]:
        found = options[-1]
        line = line[: found.start()] + chance.choice(found[1].split("|")) + line[found.end() :]
    return line


def written(catalog: Catalog) -> Iterator[dict[str, Any]]:
    """The hand-written lines, each three times with other names and in another voice."""
    chance = random.Random(7)
    methods = [n.form for n in catalog.forms if 3 < len(n.form) < 16 and n.form.isascii()]
    topics: dict[str, list[str]] = {"en": [], "zh": []}
    for path in catalog.taxonomy.nodes():
        for name in catalog.names_of(path):
            topics["en" if name.isascii() else "zh"].append(name.lower())
    for language, voices in (("en", VOICES), ("zh", VOICES_ZH)):
        for intent, line in patterns(language):
            for copy in range(12 if "|" in line else 3):
                q = (
                    chosen(line, chance)
                    .replace("{m}", chance.choice(methods))
                    .replace("{n}", chance.choice(methods))
                )
                q = q.replace("{t}", chance.choice(topics[language]))
                voice = voices[0] if copy == 0 or intent == "assistant" else chance.choice(voices)
                yield {"q": voice.format(q), "intent": intent, "lang": language, "group": line}


def want_of(question: str, kind: str) -> str:
    """What a type tells; questions on the shape of the list are filed under "list-compare" too."""
    said = question.lower()
    if kind == "list-compare" and any(w in said for w in ("categor", "subsection", "子类", "小类", "split")):
        return "rank" if any(w in said for w in ("most", "largest", "biggest", "最")) else "categories"
    if kind == "list-compare" and any(
        w in said for w in (" most", "top ", "busiest", "最多", "最少", "largest", "fewest")
    ):
        return "rank"
    return WANTS[kind]


def asked() -> Iterator[dict[str, Any]]:
    """The questions of the tests, with the intent and the want that their type tells."""
    folder = ROOT / "tests" / "questions"
    for name in ("questions", "general", "everyday", "catalog", "unanswerable"):
        for line in (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            kind = row.get("type") or row.get("kind")
            if "q" not in row:
                continue
            intent = TYPES.get(kind, "")
            if kind == "table":
                intent = "figure" if "Figure" in row.get("float", "") else "table"
            if name == "catalog":
                intent = "papers"
            elif name == "unanswerable":
                intent = "outside" if kind in ("offtopic", "injection") else ""
            if intent:
                found = {"q": row["q"], "intent": intent, "lang": row["lang"], "group": row["id"]}
                yield found | ({"want": want_of(row["q"], kind)} if kind in WANTS else {})


def wants() -> Iterator[dict[str, Any]]:
    """Hand-written lines on what a question wants of the list."""
    for line in (HERE / "wants.txt").read_text(encoding="utf-8").splitlines():
        want, _, q = line.partition("\t")
        if q:
            yield {
                "q": q,
                "want": want,
                "intent": "papers",
                "group": q,
                "lang": "zh" if not q.isascii() else "en",
            }


def dialogues() -> Iterator[dict[str, Any]]:
    """Whether a question leans on the dialogue: later turns do, questions alone do not."""
    for line in (HERE / "leans.txt").read_text(encoding="utf-8").splitlines():
        label, _, q = line.partition("\t")
        if q:
            yield {"q": q, "leans": label, "group": q, "lang": "en" if q.isascii() else "zh"}
    for name in ("followups", "catalog"):
        path = ROOT / "tests" / "questions" / f"{name}.jsonl"
        for row in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
            for n, turn in enumerate(row.get("turns", ())):
                yield {"q": turn, "leans": "yes" if n else "no", "group": row["id"], "lang": "en"}


def matrix(rows: list[dict[str, Any]], knowledge: Knowledge) -> csr_matrix:
    """The features of the rows, (rows, COLUMNS)."""
    indptr, indices, data = [0], [], []
    for row in rows:
        text = knowledge.mend(knowledge.fold(row["q"]))
        columns, values = features(text, marks_of(text, knowledge))
        indices += columns.tolist()
        data += values.tolist()
        indptr.append(len(indices))
    return csr_matrix((data, indices, indptr), shape=(len(rows), COLUMNS), dtype=np.float32)


def vectors(rows: list[dict[str, Any]], knowledge: Knowledge) -> csr_matrix:
    """The vectors of the rows in English, (rows, SIZE)."""
    encoder = TorchEncoder(find_model(DEFAULT_MODEL, offline=True))
    texts = [knowledge.english(knowledge.mend(knowledge.fold(row["q"])))[0] for row in rows]
    return csr_matrix(MEANING * np.vstack([encoder(texts[n : n + 256]) for n in range(0, len(texts), 256)]))


def held_out(row: dict[str, Any]) -> bool:
    return int(hashlib.sha256(row["group"].encode()).hexdigest(), 16) % 5 == 0


def fit(x: csr_matrix, labels: list[str], weights: list[float]) -> LogisticRegression:
    return LogisticRegression(C=20.0, max_iter=300).fit(x, labels, sample_weight=weights)


def balance(labels: list[str]) -> list[float]:
    counts: dict[str, int] = defaultdict(int)
    for label in labels:
        counts[label] += 1
    return [(len(labels) / len(counts) / counts[label]) ** 0.5 for label in labels]


def temperature(model: LogisticRegression, x: csr_matrix, labels: list[str]) -> float:
    """By what the scores are divided so that the held-out lines are likeliest."""
    scores = np.asarray(model.decision_function(x))
    if scores.ndim == 1:
        scores = np.stack([-scores, scores], axis=1) / 2
    right = [list(model.classes_).index(label) for label in labels]

    def loss(t: float) -> float:
        z = scores / t
        z = z - z.max(axis=1, keepdims=True)
        return float(-(z[np.arange(len(right)), right] - np.log(np.exp(z).sum(axis=1))).mean())

    return min((0.3 + 0.05 * n for n in range(60)), key=loss)


def train(name: str, rows: list[dict[str, Any]], x: csr_matrix, verbose: bool = True) -> dict[str, Any]:
    known = [n for n, row in enumerate(rows) if row.get(name)]
    labels = [rows[n][name] for n in known]
    x = x[known]
    out = np.array([held_out(rows[n]) for n in known])
    inside = [label for label, o in zip(labels, out, strict=True) if not o]
    outside = [label for label, o in zip(labels, out, strict=True) if o]
    model = fit(x[~out], inside, balance(inside))
    told = model.predict(x[out])
    bare = np.array([bool(rows[n].get("bare")) for n in known])[out]
    right = [a == b for a, b in zip(told, outside, strict=True)]
    if bare.any():
        print(f"{name}, without vectors: accuracy {np.mean(np.array(right)[bare]):.3f}")
        outside = [label for label, b in zip(outside, bare, strict=True) if not b]
        told, right = told[~bare], [r for r, b in zip(right, bare, strict=True) if not b]
        out[np.flatnonzero(out)[bare]] = False
    print(f"{name}: {len(inside)} lines, held out {len(outside)}: accuracy {np.mean(right):.3f}")
    for label in sorted(set(labels)):
        its = [r for r, b in zip(right, outside, strict=True) if b == label]
        print(f"   {label:12} {np.mean(its) if its else float('nan'):.2f} of {len(its)}")
    if verbose:
        held = [rows[n] for n, o in zip(known, out, strict=True) if o]
        for row, label, ok in zip(held, told, right, strict=True):
            if not ok:
                print(f"      {row[name]} -> {label}: {row['q']}")
    degree = temperature(model, x[out], outside)
    print(f"   temperature {degree:.2f}")
    whole = fit(x, labels, balance(labels))
    weights, bias = whole.coef_, whole.intercept_
    if len(weights) == 1:
        weights, bias = np.vstack([-weights, weights]), np.concatenate([-bias, bias])
        degree *= 2
    return {
        f"{name}_labels": np.array(list(whole.classes_)),
        f"{name}_weights": weights.astype(np.float16),
        f"{name}_bias": bias.astype(np.float32),
        f"{name}_temperature": np.float32(degree),
    }


def main() -> None:
    import sys

    catalog = Catalog.load(ROOT / "corpus")
    knowledge = Knowledge(catalog)
    alone = [row | {"leans": "no"} for row in (*asked(), *wants())]
    named = [
        row | ({"leans": "no"} if "{m}" in row["group"] or "{t}" in row["group"] else {})
        for row in written(catalog)
    ]
    rows = [*named, *alone, *dialogues()]
    x = matrix(rows, knowledge)
    arrays: dict[str, Any] = {"model": np.array(DEFAULT_MODEL)}
    for name in ("want", "leans"):
        arrays |= train(name, rows, x, "-v" in sys.argv)
    # each line twice, with its vector and without, so that the model can do without one
    x = vstack([hstack([x, vectors(rows, knowledge)]), hstack([x, csr_matrix((len(rows), SIZE))])]).tocsr()
    arrays |= train("intent", [*rows, *({**row, "bare": True} for row in rows)], x, "-v" in sys.argv)
    path = ROOT / "src" / "surveyqa" / "understand" / "intent.npz"
    np.savez_compressed(path, **arrays)
    data = hashlib.sha256(json.dumps(rows).encode()).hexdigest()
    print(f"{path.name}: {path.stat().st_size // 1024} kB, data {data[:12]}")


if __name__ == "__main__":
    main()
