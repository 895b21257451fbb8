"""Fit whether the sentences of one paper answer a question, on the survey read as such a paper.

    python training/own.py ANSWERABLE.jsonl ... --not UNANSWERABLE.jsonl ...

Only English lines with `q` are taken, the answerable ones with `evidence` of the survey. Prints, on held-out
lines, the area under the curve and what is refused at the threshold, where `REFUSED` of the answerable
are; writes `src/surveyqa/answering/own.json`. Needs the originals' index and scikit-learn.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
from answerability import fit, held_out
from sklearn.metrics import roc_auc_score

from surveyqa.answering.own import DATA, features, look_into
from surveyqa.assistant import Assistant
from surveyqa.text.folding import language_of
from surveyqa.understand.reader import read_own
from surveyqa.understand.scope import Scope

OUT = Path(__file__).resolve().parent.parent / "src" / "surveyqa" / "answering" / DATA
REFUSED = 0.09  # of the answerable questions, held out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--not", dest="others", nargs="+", type=Path, required=True)
    args = parser.parse_args()
    assistant = Assistant.open()
    survey = assistant.answerer.own("survey")
    asked: list[tuple[str, int]] = []
    for paths, label in ((args.files, 1), (args.others, 0)):
        rows = [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]
        asked += [(r["q"], label) for r in rows if "q" in r and (not label or r.get("evidence"))]
    asked = [(q, label) for q, label in asked if language_of(q) == "en"]
    values = []
    for question, _ in asked:
        text = assistant.knowledge.fold(question)
        reading = read_own(question, Scope("survey", text), assistant.knowledge)
        values.append(features(survey, reading, look_into(survey, reading)))
    names = sorted(values[0])
    x = np.array([[row[name] for name in names] for row in values])
    y = np.array([label for _, label in asked])
    even = np.ones(len(y))
    out = held_out(x, y, even, np.arange(len(y)), fit)
    threshold = float(np.quantile(out[y == 1], REFUSED))
    refused = [float((out[y == label] < threshold).mean()) for label in (1, 0)]
    print(
        f"{(y == 1).sum()} answerable, {(y == 0).sum()} not; AUROC {roc_auc_score(y, out):.4f}; threshold "
        f"{threshold:.3f}: refused {refused[0]:.3f} and {refused[1]:.3f}"
    )
    weights, bias = fit(x, y, even)
    result = {
        "data": hashlib.sha256("".join(f"{q}{label}" for q, label in asked).encode()).hexdigest()[:16],
        "bias": round(bias, 4),
        "threshold": round(threshold, 4),
        "weights": {name: round(float(w), 4) for name, w in zip(names, weights, strict=True)},
    }
    OUT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
