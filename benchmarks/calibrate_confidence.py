"""Fit the weights of `surveyqa.answering.answerability` on question files; print cross-validated figures.

    python benchmarks/calibrate_confidence.py ANSWERABLE.jsonl ... --not UNANSWERABLE.jsonl ...

Questions that a rule decides are left out of the fit. Needs scikit-learn, which sentence-transformers brings.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict

from surveyqa.answering.answerability import features, judge
from surveyqa.assistant import Assistant


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("answerable", nargs="+", type=Path)
    parser.add_argument("--not", dest="unanswerable", nargs="+", type=Path, required=True)
    parser.add_argument("--show", type=int, default=0, help="print the N worst of each side")
    args = parser.parse_args()
    assistant = Assistant.open()
    rows, labels, texts, decided = [], [], [], [0, 0, 0, 0]
    for label, files in ((1, args.answerable), (0, args.unanswerable)):
        for line in (line for file in files for line in file.read_text(encoding="utf-8").splitlines()):
            row = json.loads(line)
            if "q" not in row:
                continue
            question = assistant.understand(row["q"])
            passages = assistant.retrieve(question)
            judgement = judge(assistant.index, assistant._places, assistant._rows, question, passages)
            decided[2 * label] += 1
            if judgement.reason or not passages:
                decided[2 * label + 1] += 1
                if label and args.show:
                    print("ruled out:", row["q"][:90], "|", judgement.reason)
                continue
            rows.append(features(assistant.index, question, passages))
            labels.append(label)
            texts.append(row["q"])
    names = list(rows[0])
    x = np.array([[row[name] for name in names] for row in rows])
    y = np.array(labels)
    model = LogisticRegression(C=10, class_weight="balanced", max_iter=1000)
    p = cross_val_predict(model, x, y, cv=10, method="predict_proba")[:, 1]
    n, ruled, m, lost = decided
    for threshold in np.arange(0.15, 0.61, 0.05):
        refused = (lost + (p[y == 1] < threshold).sum()) / m
        abstained = (ruled + (p[y == 0] < threshold).sum()) / n
        print(
            f"threshold {threshold:.2f}: refused {refused:.3f} of {m} answerable, abstained {abstained:.3f} "
            f"of {n} others"
        )
    model.fit(x, y)
    print(
        {"bias": round(float(model.intercept_[0]), 2)}
        | dict(zip(names, model.coef_[0].round(2).tolist(), strict=True))
    )
    order = np.argsort(p)
    for i in [i for i in order[::-1] if y[i] == 0][: args.show]:
        print(f"answered {p[i]:.2f} {texts[i][:100]}", {k: round(v, 2) for k, v in rows[i].items()})
    for i in [i for i in order if y[i] == 1][: args.show]:
        print(f"refused  {p[i]:.2f} {texts[i][:100]}", {k: round(v, 2) for k, v in rows[i].items()})


if __name__ == "__main__":
    main()
