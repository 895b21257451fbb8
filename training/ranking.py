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

from surveyqa.answering.retrieval import FEATURES, Ranking, statement_features
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
NEAR = 80  # statements of a question that are looked at, by the weights so far


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
    seen, unseen = rows(args.files), rows(args.unseen)
    x, y, group, numbers = [], [], [], []
    for g, row in enumerate([*seen, *unseen]):
        reading = assistant.read(row["q"])
        vector = assistant.index.encode([reading.english])[0]
        values = statement_features(assistant.index, reading, vector)
        scores = values @ Ranking.load().weights(reading)
        for n in np.argsort(-scores)[:NEAR]:
            x.append(with_intent(values[n], reading))
            y.append(relevance(assistant, row, int(n)))
            group.append(g)
            numbers.append(int(n))
    xs, ys, groups = np.array(x), np.array(y), np.array(group)
    told = assistant.index.statements.told
    everything = [*seen, *unseen]

    def keys(order_by: NDArray[Any], wanted: list[int]) -> dict[int, float]:
        found: dict[int, list[float]] = {3: [], 5: []}
        for g in wanted:
            mine = np.flatnonzero(groups == g)
            best = mine[np.argsort(-order_by[mine], kind="stable")]
            for k in found:
                text = " ".join(f"{told[numbers[i]].text} {told[numbers[i]].zh}" for i in best[:k])
                gold = everything[g]["answer_keys"]
                found[k].append(sum(has_key(text, alternatives) for alternatives in gold) / len(gold))
        return {k: round(float(np.mean(v)), 4) for k, v in found.items()}

    first = np.array([-i for i in range(len(ys))], dtype=float)  # the order by the weights so far
    out = np.zeros(len(ys))
    mine = groups < len(seen)
    folds = GroupKFold(5).split(xs[mine], ys[mine], groups[mine])
    for train, test in folds:
        out[test] = fit(xs[mine][train], ys[mine][train]).decision_function(xs[mine][test])
    model = fit(xs[mine], ys[mine])
    out[~mine] = model.decision_function(xs[~mine]) if (~mine).any() else []
    print("seen, held out:", keys(first, list(range(len(seen)))), "->", keys(out, list(range(len(seen)))))
    if unseen:
        wanted = list(range(len(seen), len(everything)))
        print("unseen:", keys(first, wanted), "->", keys(out, wanted))
    weights = model.coef_[0]
    roles = weights[len(FEATURES) :].reshape(len(Ranking.intents), -1)
    readings = [assistant.read(row["q"]) for row in seen]
    asked = np.array([sum(dict(r.intents).get(i, 0.0) for r in readings) for i in Ranking.intents])
    roles = roles + prior() * (RARE / (RARE + asked))[:, None]
    data = "".join(json.dumps(row, sort_keys=True) for row in seen)
    OUT.write_text(
        json.dumps(
            {
                "data": hashlib.sha256(data.encode()).hexdigest()[:16],
                "features": dict(zip(FEATURES, np.round(weights[: len(FEATURES)], 4).tolist(), strict=True)),
                "roles": np.round(roles, 4).tolist(),
            },
            indent=1,
        )
        + "\n",
        encoding="utf-8",
    )


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


def with_intent(values: NDArray[Any], reading: Any) -> NDArray[Any]:
    """The features of a statement with its role crossed with what the question wants."""
    roles = values[len(FEATURES) :]
    wanted = np.array([dict(reading.intents).get(intent, 0.0) for intent in Ranking.intents])
    return np.concatenate([values[: len(FEATURES)], np.outer(wanted, roles).ravel()])


def fit(x: NDArray[Any], y: NDArray[Any]) -> LogisticRegression:
    """Weighted logistic regression: each line counts as answering by its relevance, as not by the rest."""
    twice = np.concatenate([x, x])
    label = np.concatenate([np.ones(len(y)), np.zeros(len(y))])
    weight = np.concatenate([y * 8, 1 - y])
    scale = np.ones(x.shape[1])
    scale[len(FEATURES) :] = 0.5  # roles are many: held nearer to zero
    model = LogisticRegression(C=1.0, max_iter=400)
    model.fit(twice * scale, label, sample_weight=weight)
    model.coef_ = model.coef_ * scale
    return model


if __name__ == "__main__":
    main()
