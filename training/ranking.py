"""Fit the weights by which statements are ranked, on questions with the sentences that answer them.

    python training/ranking.py QUESTIONS.jsonl ... [--unseen FILE.jsonl ...]

A line has `q`, `evidence` (strings of the sentences that answer) and `answer_keys`, as in `tests/questions`.
A statement answers where a sentence that proves it holds an evidence string, more so where it holds the keys.
Prints on held-out lines how many keys the first three and five statements hold, before and after; writes
`src/surveyqa/answering/ranking.npz`. Needs the index of the originals, torch and scikit-learn.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold
from sklearn.preprocessing import StandardScaler

from surveyqa.answering.ranking import NEAR, Ranking, close_features, wide_features
from surveyqa.assistant import Assistant
from surveyqa.evaluation import has_key, letters
from surveyqa.statements import KINDS, ROLES, Role
from surveyqa.understand.reading import Intent

OUT = Path(__file__).resolve().parent.parent / "src" / "surveyqa" / "answering" / "ranking.npz"
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
PRIOR = 1.0  # what is added for an intent that no line has
LEAST = 0.1  # spread of a column of an intent that few lines have; else one line would fix its weight
HELD = 0.3  # those columns are many, and held nearer to zero
SHARP = 8.0  # of how much more the best answer should be chosen than one that answers in part
TOLD = 0.3  # relevance that the best statement has where a question is answered by one
NETWORKS, UNITS, EPOCHS = 4, 32, 28


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
    before = Ranking.load()
    data = [lines(assistant, before, row) for row in [*seen, *unseen]]
    told = assistant.index.statements.told

    def keys(scores: list[NDArray[Any]], of: range) -> dict[int, float]:
        found: dict[int, list[float]] = {1: [], 2: [], 3: [], 5: []}
        for g, mine in zip(of, scores, strict=True):
            best = np.argsort(-mine, kind="stable")
            gold = [*seen, *unseen][g]["answer_keys"]
            for k in found:
                text = " ".join(f"{told[n].text} {told[n].zh}" for n in data[g].numbers[best[:k]])
                found[k].append(sum(has_key(text, alternatives) for alternatives in gold) / len(gold))
        return {k: round(float(np.mean(v)), 4) for k, v in found.items()}

    out: dict[int, NDArray[Any]] = {}
    for train, test in KFold(5, shuffle=True, random_state=0).split(seen):
        model = fit([data[g] for g in train])
        out |= {int(g): model.scores(data[g].inputs) for g in test}
    known = range(len(seen))
    print("seen:", keys([before.scores(data[g].inputs) for g in known], known))
    print("seen, held out:", keys([out[g] for g in known], known))
    model = fit(data[: len(seen)])
    if unseen:
        rest = range(len(seen), len(data))
        print("unseen:", keys([model.scores(data[g].inputs) for g in rest], rest))
    arrays = {f.name: getattr(model, f.name).astype(np.float16) for f in fields(model)}
    np.savez_compressed(OUT, **(arrays | {"wide": model.wide}))
    digest = hashlib.sha256("".join(json.dumps(r, sort_keys=True) for r in seen).encode()).hexdigest()
    print(f"{OUT.name}: {OUT.stat().st_size // 1024} kB, data {digest[:12]}")


@dataclass(frozen=True)
class Lines:
    """The statements near a question: their numbers, wide features, inputs and relevance."""

    numbers: NDArray[Any]
    wide: NDArray[Any]
    inputs: NDArray[Any]
    relevance: NDArray[Any]
    wanted: NDArray[Any]  # probability of each intent


def lines(assistant: Assistant, ranking: Ranking, row: dict[str, Any]) -> Lines:
    index, reading = assistant.index, assistant.read(row["q"])
    wide = wide_features(index, reading, index.encode([reading.english])[0])
    near = np.argsort(-(wide @ ranking.wide), kind="stable")[:NEAR]
    inputs = ranking.inputs(reading, close_features(index, reading, wide, near))
    wanted = np.array([dict(reading.intents).get(i, 0.0) for i in Ranking.intents])
    right = np.array([relevance(assistant, row, int(n)) for n in near])
    return Lines(near, wide[near], inputs, right, wanted)


def expected(data: list[Lines]) -> NDArray[Any]:
    """What roles a question wants before any line was seen, (intents, marks): less, the more lines tell."""
    table = np.zeros((len(Ranking.intents), len(ROLES) + len(KINDS) + 1))
    for intent, wanted in WANTED.items():
        for n, role in enumerate(wanted):
            table[Ranking.intents.index(intent), ROLES.index(role)] = 1.0 if n == 0 else 0.5
    table[Ranking.intents.index("number"), -1] = 1.0
    for kind in ("figure", "table", "section"):
        table[Ranking.intents.index(kind), len(ROLES) + KINDS.index(kind)] = 1.0
    asked = sum(d.wanted for d in data)
    return (PRIOR * table * (RARE / (RARE + asked))[:, None]).astype(np.float32)


def fit(data: list[Lines]) -> Ranking:
    """Networks whose scores, as shares of one question's statements, come near to the relevances' shares."""
    torch.set_num_threads(2)
    data = [d for d in data if d.relevance.max() > TOLD]  # where nothing answers, nothing is learned
    x = np.concatenate([d.inputs for d in data])
    mean, scale = x.mean(axis=0), 1 / np.maximum(x.std(axis=0), 1e-6)
    crossed = x.shape[1] - len(Ranking.intents) * (len(ROLES) + len(KINDS) + 1)
    scale[crossed:] = np.minimum(scale[crossed:], 1 / LEAST) * HELD
    z = torch.tensor(np.stack([(d.inputs - mean) * scale for d in data]), dtype=torch.float32)
    wanted = torch.softmax(torch.tensor(np.stack([d.relevance for d in data])) * SHARP, 1).float()
    usual = expected(data)
    offset = torch.tensor(np.stack([d.inputs[:, -usual.size :] @ usual.ravel() for d in data])).float()
    inner, bias, outer = [], [], []
    for seed in range(NETWORKS):
        torch.manual_seed(seed)
        first, last = torch.nn.Linear(z.shape[2], UNITS), torch.nn.Linear(UNITS, 1, bias=False)
        net = torch.nn.Sequential(first, torch.nn.ReLU(), torch.nn.Dropout(0.2), last)
        optimizer = torch.optim.AdamW(net.parameters(), lr=0.005, weight_decay=0.3)
        for _ in range(EPOCHS):
            for batch in torch.randperm(len(z)).split(64):
                told = torch.log_softmax(net(z[batch]).squeeze(-1) + offset[batch], 1)
                loss = -(wanted[batch] * told).sum(1).mean()
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
        weights = first.weight.detach().numpy().T * scale[:, None]
        inner.append(weights)
        bias.append(first.bias.detach().numpy() - mean @ weights)
        outer.append(last.weight.detach().numpy()[0])
    arrays = (np.stack(a).astype(np.float32) for a in (inner, bias, outer))
    return Ranking(fit_wide(data), usual, *arrays)


def fit_wide(data: list[Lines]) -> NDArray[Any]:
    """Weights of what every statement is scored by: each line counts as answering by its relevance, as not
    by the rest."""
    x, y = np.concatenate([d.wide for d in data]), np.concatenate([d.relevance for d in data])
    scaler = StandardScaler().fit(x)
    z, label = scaler.transform(x), np.concatenate([np.ones(len(y)), np.zeros(len(y))])
    model = LogisticRegression(C=0.05, max_iter=400)
    model.fit(np.concatenate([z, z]), label, sample_weight=np.concatenate([y * 8, 1 - y]))
    return (model.coef_[0] / scaler.scale_).astype(np.float32)


if __name__ == "__main__":
    main()
