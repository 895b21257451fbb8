"""Fit the weights by which statements are ranked, on questions with the sentences that answer them.

    python training/ranking.py QUESTIONS.jsonl ... [--unseen FILE.jsonl ...]

A line has `q`, `evidence` (strings of the sentences that answer) and `answer_keys`, as in `tests/questions`.
A statement answers where a sentence that proves it holds an evidence string, more so where it holds the keys.
Prints on held-out lines how many keys the first three and five statements hold, before and after; writes
`src/surveyqa/answering/ranking.json`. Needs the index of the originals and scikit-learn.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.preprocessing import StandardScaler

from surveyqa.answering.ranking import CLOSE, FEATURES, NEAR, Ranking, close_features, wide_features
from surveyqa.assistant import Assistant
from surveyqa.evaluation import has_key, letters
from surveyqa.statements import KINDS, ROLES, Role
from surveyqa.understand.reading import Intent

OUT = Path(__file__).resolve().parent.parent / "src" / "surveyqa" / "answering" / "ranking.json"
RARE = 20  # questions of an intent at which what was seen counts as much as `WANTED`
WANTED: dict[Intent, tuple[Role, ...]] = {
    "define": ("What it is", "How it works"),
    "how": ("How it works", "What it is"),
    "why": ("Problem", "Strengths", "Limits"),
    "number": ("Results",),
    "who": ("What it is", "Use and availability"),
    "compare": ("Compared with", "What it is", "Results"),
    "recommend": ("When to use", "Strengths", "What it is"),
    "pros": ("Strengths", "Results"),
    "limits": ("Limits", "Problem"),
    "methods": ("Kinds", "What it is"),
    "kinds": ("Kinds",),
    "overview": ("What it is", "Kinds", "Problem"),
    "section": ("What it is", "Kinds"),
    "outlook": ("Outlook", "Limits"),
}
PRIOR = 0.4  # weight of `WANTED` for an intent that no line has
LEAST = 0.1  # spread of a column of an intent that few lines have; else one line would fix its weight
HELD = 0.3


def rows(paths: list[Path]) -> list[dict[str, Any]]:
    lines = [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]
    return [line for line in lines if line.get("q") and line.get("evidence") and line.get("answer_keys")]


def relevance(assistant: Assistant, row: dict[str, Any], number: int) -> float:
    """How well a statement answers a question: 1 for all keys from the right sentence."""
    index = assistant.index
    told = index.statements.told[number]
    proof = letters(
        " ".join(index.chunks[p].text[slice(*index.chunks[p].sentences[n])] for p, n in told.places)
    )
    right = any(letters(piece) in proof for piece in row["evidence"])
    held = sum(has_key(f"{told.text} {told.zh}", keys) for keys in row["answer_keys"]) / len(
        row["answer_keys"]
    )
    return 0.3 * right + 0.7 * held if right else 0.3 * held


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--unseen", nargs="*", type=Path, default=[])
    args = parser.parse_args()
    assistant = Assistant.open()
    index, ranking = assistant.index, Ranking.load()
    seen, unseen = rows(args.files), rows(args.unseen)
    everything = [*seen, *unseen]
    readings = [assistant.read(row["q"]) for row in everything]
    x, y, group, numbers, before = [], [], [], [], []
    for g, (row, reading) in enumerate(zip(everything, readings, strict=True)):
        wide = wide_features(index, reading, index.encode([reading.english])[0])
        near = np.argsort(-(wide @ ranking.wide), kind="stable")[:NEAR]
        close = close_features(index, reading, wide, near)
        x.append(close)
        before.append(close @ ranking.weights(reading))
        y += [relevance(assistant, row, int(n)) for n in near]
        group += [g] * len(near)
        numbers += near.tolist()
    xs, ys, groups = np.concatenate(x), np.array(y), np.array(group)
    wanted = np.array([[dict(r.intents).get(i, 0.0) for i in Ranking.intents] for r in readings])[groups]
    marks = xs[:, len(FEATURES) + len(CLOSE) :]
    crossed = np.einsum("ni,nm->nim", wanted, marks).reshape(len(xs), -1)
    told = index.statements.told

    def keys(scores: NDArray[Any], of: range) -> dict[int, float]:
        found: dict[int, list[float]] = {2: [], 3: [], 5: []}
        for g in of:
            mine = np.flatnonzero(groups == g)
            best = mine[np.argsort(-scores[mine], kind="stable")]
            gold = everything[g]["answer_keys"]
            for k in found:
                text = " ".join(f"{told[numbers[i]].text} {told[numbers[i]].zh}" for i in best[:k])
                found[k].append(sum(has_key(text, alternatives) for alternatives in gold) / len(gold))
        return {k: round(float(np.mean(v)), 4) for k, v in found.items()}

    data = np.concatenate([xs, crossed], axis=1)
    mine = groups < len(seen)
    out = np.zeros(len(ys))
    for train, test in GroupKFold(5).split(data[mine], ys[mine], groups[mine]):
        weights = fit(data[mine][train], ys[mine][train], xs.shape[1])
        out[np.flatnonzero(mine)[test]] = data[mine][test] @ weights
    weights = fit(data[mine], ys[mine], xs.shape[1])
    out[~mine] = data[~mine] @ weights
    old = np.concatenate(before)
    print("seen, held out:", keys(old, range(len(seen))), "->", keys(out, range(len(seen))))
    if unseen:
        rest = range(len(seen), len(everything))
        print("unseen:", keys(old, rest), "->", keys(out, rest))
    own, roles = weights[: xs.shape[1]], weights[xs.shape[1] :].reshape(len(Ranking.intents), -1)
    asked = wanted[np.unique(groups[mine], return_index=True)[1]].sum(axis=0)
    roles = roles + PRIOR * prior() * (RARE / (RARE + asked))[:, None]
    names = (*FEATURES, *CLOSE)
    wide_weights = fit(xs[mine][:, : len(FEATURES)], ys[mine], len(FEATURES))
    result = {
        "data": hashlib.sha256("".join(json.dumps(r, sort_keys=True) for r in seen).encode()).hexdigest()[
            :16
        ],
        "wide": dict(zip(FEATURES, np.round(wide_weights, 4).tolist(), strict=True)),
        "close": dict(zip(names, np.round(own[: len(names)], 4).tolist(), strict=True)),
        "marks": np.round(own[len(names) :], 4).tolist(),
        "roles": np.round(roles, 4).tolist(),
    }
    OUT.write_text(json.dumps(result) + "\n", encoding="utf-8")


def prior() -> NDArray[Any]:
    """What roles a question wants before any line was seen: 1 for the first of `WANTED`, half for the
    rest."""
    table = np.zeros((len(Ranking.intents), len(ROLES) + len(KINDS) + 1))
    for intent, wanted in WANTED.items():
        for n, role in enumerate(wanted):
            table[Ranking.intents.index(intent), ROLES.index(role)] = 1.0 if n == 0 else 0.5
    table[Ranking.intents.index("number"), -1] = 1.0
    for kind in ("figure", "table", "section"):
        table[Ranking.intents.index(kind), len(ROLES) + KINDS.index(kind)] = 1.0
    return table


def fit(x: NDArray[Any], y: NDArray[Any], plain: int) -> NDArray[Any]:
    """Weighted logistic regression: each line counts as answering by its relevance, as not by the rest. The
    columns after the first `plain` are many and held nearer to zero, most so those that hardly a line has."""
    scaler = StandardScaler().fit(x)
    scale = 1 / np.where(scaler.scale_ > 0, scaler.scale_, 1.0)
    scale[plain:] = np.minimum(scale[plain:], 1 / LEAST)
    scale[plain:] *= HELD
    scaled = x * scale
    model = LogisticRegression(C=0.05, max_iter=400)
    label = np.concatenate([np.ones(len(y)), np.zeros(len(y))])
    model.fit(np.concatenate([scaled, scaled]), label, sample_weight=np.concatenate([y * 8, 1 - y]))
    weights: NDArray[Any] = model.coef_[0] * scale
    return weights


if __name__ == "__main__":
    main()
