"""Fit whether the evidence answers a question, on labelled questions.

    python training/answerability.py ANSWERABLE.jsonl ... --not UNANSWERABLE.jsonl ... --pairs PAIRS.jsonl

A line has `q` (or `turns`, of which the last is asked); of a pair, two lines with the same `pair` in the same
form, one is `answerable`. Prints, on held-out lines, the area under the curve
and what is refused and abstained at the threshold, which is set so that `REFUSED` of the answerable lines are
refused; writes `src/surveyqa/answering/answerability.json`. Needs the originals' index and scikit-learn.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.preprocessing import StandardScaler

from surveyqa.answering.answerability import QUOTED, WRITTEN, features
from surveyqa.assistant import Assistant

OUT = Path(__file__).resolve().parent.parent / "src" / "surveyqa" / "answering" / "answerability.json"
REFUSED = 0.015  # of the answerable questions, held out
REFUSED_QUOTED = 0.04  # of them by sentences alone, which tell less
PAIRED = 4.0  # weight of a line of a pair: only what the corpus tells sets the two apart
DOUBTED = 0.04  # of them; where a page is named they are answered with "the survey does not say this of ..."


def questions(paths: list[Path]) -> list[tuple[str, list[str]]]:
    rows = [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]
    return [((r.get("turns") or [r["q"]])[-1], (r.get("turns") or [r["q"]])[:-1]) for r in rows]


FOR = ("line_score", "line_cosine", "line_held", "names_held", "zh")  # the rest speaks against an answer
Fit = Callable[[NDArray[Any], NDArray[Any], NDArray[Any]], tuple[NDArray[Any], float]]
SWAPS = 240
ASKED = ("Why does it hold that {0}", "How is it that {0}", "How come {0}", "Is it in the survey that {0}")


def swapped(assistant: Assistant) -> list[tuple[str, int]]:
    """Questions that take for granted what is told of a method, and the same of a method beside it.

    "How come GPTQ quantizes layer by layer?" can be answered; asked of SmoothQuant it cannot.
    """
    pages = assistant.index.statements.pages
    made: list[tuple[str, int]] = []
    order = random.Random(0)
    methods = [page for page in pages if page.kind in ("method", "paper") and len(page.title.split()) < 4]
    for n, page in enumerate(order.sample(methods, min(len(methods), SWAPS))):
        beside = [p for p in methods if p.section == page.section and p.title != page.title]
        told = [t for t in assistant.index.statements.told[slice(*page.span)] if page.title in t.text]
        told = [t for t in told if t.role not in ("What it is", "Use and availability")]
        if not beside or not told:
            continue
        text, other = order.choice(told).text.rstrip("."), order.choice(beside).title
        form = ASKED[n % len(ASKED)]
        made.append((form.format(text) + "?", 1))
        made.append((form.format(text.replace(page.title, other)) + "?", 0))
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--not", dest="others", nargs="+", type=Path, required=True)
    parser.add_argument("--pairs", type=Path, required=True)
    args = parser.parse_args()
    assistant = Assistant.open()
    asked = [(q, h, 1) for q, h in questions(args.files)] + [(q, h, 0) for q, h in questions(args.others)]
    natural = len(asked)
    swaps = swapped(assistant)
    pairs = [json.loads(line) for line in args.pairs.read_text(encoding="utf-8").splitlines()]
    asked += [(q, [], label) for q, label in swaps]
    asked += [(row["q"], [], int(row["answerable"])) for row in pairs]
    group = [*range(natural), *(natural + n // 2 for n in range(len(swaps)))]
    group += [natural + len(swaps) + n // 2 for n in range(len(pairs))]
    values: list[dict[str, float]] = []
    labels: list[int] = []
    kept: list[int] = []
    for n, (question, history, label) in enumerate(asked):
        reading = assistant.read(question, assistant.turns(history))
        if reading.unknown or reading.unresolved or reading.intent in ("papers", "assistant"):
            continue  # decided before
        values.append(features(assistant.index, reading, assistant.answerer.find(reading)))
        labels.append(label)
        kept.append(n)
    names = sorted({*QUOTED, *WRITTEN})
    x = np.array([[row[name] for name in names] for row in values])
    y, at = np.array(labels), np.array(kept)
    weight = np.where(at < natural + len(swaps), 1.0, PAIRED)
    groups = np.array(group)[at]
    x_written = x[:, [names.index(name) for name in WRITTEN]]
    out = held_out(x_written, y, weight, groups, fit)
    yes = (y == 1) & (at < natural)
    threshold, doubt = (float(np.quantile(out[yes], share)) for share in (REFUSED, DOUBTED))
    for what, of in (
        ("questions", at < natural),
        ("swapped between methods", (at >= natural) & (at < natural + len(swaps))),
        ("pairs", at >= natural + len(swaps)),
    ):
        print(f"{what}: {(y[of] == 1).sum()} answerable, {(y[of] == 0).sum()} not; ", end="")
        print(f"AUROC {roc_auc_score(y[of], out[of]):.4f}", end="")
        for limit in (threshold, doubt):
            refused, abstained = (out[of & (y == 1)] < limit).mean(), (out[of & (y == 0)] < limit).mean()
            print(f"; at {limit:.3f} refused {refused:.3f}, abstained {abstained:.3f}", end="")
        print()
    x_quoted = x[:, [names.index(name) for name in QUOTED]]
    by_quotes = held_out(x_quoted, y, weight, groups, fit_signed)
    quoted = float(np.quantile(by_quotes[y == 1], REFUSED_QUOTED))
    print(
        f"by sentences alone: AUROC {roc_auc_score(y, by_quotes):.4f}; threshold {quoted:.3f}: "
        f"abstained {(by_quotes[y == 0] < quoted).mean():.3f}"
    )
    data = "".join(f"{q}{label}" for q, _, label in asked)
    result = {
        "data": hashlib.sha256(data.encode()).hexdigest()[:16],
        "weights": weights_of(WRITTEN, x_written, y, weight, fit),
        "quoted": weights_of(QUOTED, x_quoted, y, weight, fit_signed),
        "threshold": {"refuse": round(threshold, 4), "doubt": round(doubt, 4), "quoted": round(quoted, 4)},
    }
    OUT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def held_out(
    x: NDArray[Any], y: NDArray[Any], weight: NDArray[Any], groups: NDArray[Any], fitted: Fit
) -> NDArray[Any]:
    """The probability of each line by a model that has seen neither it nor its pair."""
    out = np.zeros(len(y))
    for train, test in StratifiedGroupKFold(10, shuffle=True, random_state=0).split(x, y, groups):
        weights, bias = fitted(x[train], y[train], weight[train])
        out[test] = 1 / (1 + np.exp(-(x[test] @ weights + bias)))
    return out


def weights_of(
    names: Sequence[str], x: NDArray[Any], y: NDArray[Any], weight: NDArray[Any], fitted: Fit
) -> dict[str, float]:
    """The model of all lines, by the names of its features."""
    weights, bias = fitted(x, y, weight)
    return {"bias": round(bias, 4)} | {n: round(float(w), 4) for n, w in zip(names, weights, strict=True)}


def fit(x: NDArray[Any], y: NDArray[Any], weight: NDArray[Any]) -> tuple[NDArray[Any], float]:
    """Weights and bias for the features as they are; both classes count the same."""
    scaler = StandardScaler().fit(x)
    model = LogisticRegression(C=0.1, max_iter=1000, class_weight="balanced")
    model.fit(scaler.transform(x), y, sample_weight=weight)
    scale = np.where(scaler.scale_ > 0, scaler.scale_, 1.0)
    weights = model.coef_[0] / scale
    return weights, float(model.intercept_[0] - (weights * scaler.mean_).sum())


def fit_signed(x: NDArray[Any], y: NDArray[Any], weight: NDArray[Any]) -> tuple[NDArray[Any], float]:
    """As `fit`, with what speaks for an answer never counted against it, nor the other way round.

    It judges corpora that it was not fitted on, where the balance of weights that lean on each other breaks.
    """
    mean, scale = x.mean(axis=0), np.where(x.std(axis=0) > 0, x.std(axis=0), 1.0)
    z = (x - mean) / scale
    share = weight * np.where(y == 1, 0.5 / (y == 1).mean(), 0.5 / (y == 0).mean())

    def loss(w: NDArray[Any]) -> tuple[float, NDArray[Any]]:
        total = z @ w[:-1] + w[-1]
        p = 1 / (1 + np.exp(-total))
        value = float((share * (np.logaddexp(0, total) - y * total)).sum() + (w[:-1] ** 2).sum())
        slope = share * (p - y)
        return value, np.append(z.T @ slope + 2 * w[:-1], slope.sum())

    bounds = [(0, None) if name in FOR else (None, 0) for name in QUOTED]
    best = minimize(loss, np.zeros(x.shape[1] + 1), jac=True, bounds=[*bounds, (None, None)])
    weights = best.x[:-1] / scale
    return weights, float(best.x[-1] - (weights * mean).sum())


if __name__ == "__main__":
    main()
