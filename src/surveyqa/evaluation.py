"""Evaluation: question files through the product, BEIR corpora through its index and retriever.

A question file is JSON lines; which figures it gives depends on the fields that a line has:
  q or turns+last   the question, or a dialogue whose last answer is judged
  evidence          short verbatim strings that must stand in the first five passages
  answer_keys       lists of alternatives, one of each must be in the answer
  gold_titles       the complete set of papers, for questions about the list (with `answer_keys` or kind)
  neither           must end in no answer, or in one that names what the question took for granted ("handled")
Figures are shares with a 95% Wilson interval; lengths are words.
"""

from __future__ import annotations

import json
import math
import re
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from surveyqa.answering.contract import Answer
from surveyqa.errors import UsageError
from surveyqa.settings import Settings

FIRST = 5  # sources that count


@dataclass(frozen=True)
class Judged:
    """One question and what its answer was worth; None where a figure does not apply."""

    id: str
    question: str
    language: str
    kind: str
    answered: bool
    doubted: bool  # the answer says that a premise is not told, or wrong
    should_answer: bool
    evidence_any: bool | None = None
    evidence_all: bool | None = None
    keys: float | None = None
    set_exact: bool | None = None
    set_f1: float | None = None
    answer_words: int = 0
    passage_words: int = 0
    answer: str = ""
    missing: tuple[str, ...] = ()
    total_ms: float = 0.0


@dataclass(frozen=True)
class Share:
    """A share of `n` with its 95% interval (Wilson for yes/no figures)."""

    value: float
    n: int
    low: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Share | None:
        numbers = list(values)
        n = len(numbers)
        if not n:
            return None
        p, z = sum(numbers) / n, 1.96
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
        return cls(round(p, 4), n, round(max(0.0, middle - half), 4), round(min(1.0, middle + half), 4))


@dataclass(frozen=True)
class Report:
    """Figures by name, over all questions and by language and kind."""

    figures: dict[str, Share]
    by: dict[str, dict[str, Share]]
    lengths: dict[str, float]
    judged: tuple[Judged, ...] = field(default=(), repr=False)

    def to_dict(self) -> dict[str, Any]:
        shares = {name: asdict(share) for name, share in self.figures.items()}
        by = {
            group: {name: asdict(share) for name, share in names.items()} for group, names in self.by.items()
        }
        return {"figures": shares, "by": by, "lengths": self.lengths}


def letters(text: str) -> str:
    """Letters and digits of a text, lower case: how evidence is compared."""
    return re.sub(r"[\W_]+", "", text.lower())


def has_key(answer: str, alternatives: Sequence[str]) -> bool:
    """Whether an alternative stands in the answer, not preceded by a letter or digit if it begins so."""
    low = answer.lower()
    for key in alternatives:
        key = key.lower()
        before = r"(?<![a-z0-9])" if key[:1].isascii() and key[:1].isalnum() else ""
        if re.search(before + re.escape(key), low):
            return True
    return False


def judge(row: Mapping[str, Any], answer: Answer) -> Judged:
    """What one answer is worth against the gold of its line."""
    gold = {**row, **row["last"]} if "last" in row else dict(row)
    evidence, keys, titles = (
        gold.get("evidence") or [],
        gold.get("answer_keys") or [],
        gold.get("gold_titles") or [],
    )
    passages = [letters(source.passage) for source in answer.sources[:FIRST]]
    hits = [any(letters(piece) in passage for passage in passages) for piece in evidence]
    missed = [alternatives for alternatives in keys if not has_key(answer.text, alternatives)]
    exact = f1 = None
    if titles and not evidence and keys:
        found = {letters(str(paper["title"])) for paper in answer.papers}
        wanted = {letters(title) for title in titles}
        exact, f1 = found == wanted, 2 * len(found & wanted) / max(1, len(found) + len(wanted))
    should = bool(evidence or keys or titles) or gold.get("expected") == "answer"
    return Judged(
        id=str(row["id"]),
        question=row.get("q") or " / ".join(row["turns"]),
        language=gold.get("lang", "en"),
        kind=str(gold.get("type") or gold.get("kind") or ("set" if exact is not None else "")),
        answered=answer.status == "answered",
        doubted=answer.premise is not None,
        should_answer=should,
        evidence_any=any(hits) if evidence else None,
        evidence_all=all(hits) if evidence else None,
        keys=1 - len(missed) / len(keys) if keys else None,
        set_exact=exact,
        set_f1=f1,
        answer_words=len(re.findall(r"[\u4e00-\u9fff]|[^\s\u4e00-\u9fff]+", answer.text)),
        passage_words=sum(len(source.passage.split()) for source in answer.sources[:FIRST]),
        answer=answer.text,
        missing=tuple("evidence: " + e for e, hit in zip(evidence, hits, strict=True) if not hit)
        + tuple("key: " + " | ".join(k) for k in missed),
        total_ms=float(answer.timings_ms.get("total", 0.0)),
    )


def summarise(judged: Sequence[Judged]) -> Report:
    """All figures of a run."""
    groups: dict[str, list[Judged]] = {}
    for j in judged:
        groups.setdefault(f"language {j.language}", []).append(j)
        if j.kind:
            groups.setdefault(f"kind {j.kind}", []).append(j)
    answered = [j for j in judged if j.answered and j.should_answer]
    times = sorted(j.total_ms for j in judged)
    lengths = {
        "answer words": round(sum(j.answer_words for j in answered) / max(1, len(answered)), 1),
        "passage words": round(sum(j.passage_words for j in answered) / max(1, len(answered)), 1),
        "median ms": times[len(times) // 2] if times else 0.0,
    }
    return Report(
        _figures(judged),
        {name: _figures(group) for name, group in sorted(groups.items())},
        lengths,
        tuple(judged),
    )


def _figures(judged: Sequence[Judged]) -> dict[str, Share]:
    columns: dict[str, Iterable[float]] = {
        "evidence@5 any": (j.evidence_any for j in judged if j.evidence_any is not None),
        "evidence@5 all": (j.evidence_all for j in judged if j.evidence_all is not None),
        "keys in answer": (j.keys for j in judged if j.keys is not None),
        "abstained": (not j.answered for j in judged if not j.should_answer),
        "handled": (not j.answered or j.doubted for j in judged if not j.should_answer),
        "wrongly doubted": (j.answered and j.doubted for j in judged if j.should_answer),
        "wrongly refused": (not j.answered for j in judged if j.should_answer),
        "set exact": (j.set_exact for j in judged if j.set_exact is not None),
        "set F1": (j.set_f1 for j in judged if j.set_f1 is not None),
    }
    shares = {name: Share.of(map(float, values)) for name, values in columns.items()}
    return {name: share for name, share in shares.items() if share is not None}


def evaluate(
    rows: Sequence[Mapping[str, Any]],
    ask: Callable[[str, Sequence[str]], Answer],
    progress: Callable[[int], object] = lambda n: None,
) -> Report:
    """Ask every question of a file and judge the answers."""
    judged = []
    for row in rows:
        turns = row.get("turns") or [row["q"]]
        judged.append(judge(row, ask(turns[-1], turns[:-1])))
        progress(1)
    return summarise(judged)


# ----------------------------------------------------------------------------------------------- BEIR


def read_beir(folder: Path) -> tuple[dict[str, tuple[str, str]], dict[str, str], dict[str, dict[str, int]]]:
    """(corpus: id to title and text, queries: id to text, qrels: query id to {document id: grade}) of the
    test split."""
    try:
        corpus = {r["_id"]: (r.get("title", ""), r["text"]) for r in _rows(folder / "corpus.jsonl")}
        queries = {r["_id"]: r["text"] for r in _rows(folder / "queries.jsonl")}
        qrels: dict[str, dict[str, int]] = {}
        for line in (folder / "qrels" / "test.tsv").read_text(encoding="utf-8").splitlines()[1:]:
            query, document, grade = line.split("\t")
            if int(grade) > 0:
                qrels.setdefault(query, {})[document] = int(grade)
    except (OSError, ValueError, KeyError) as error:
        raise UsageError(
            f"{folder} is no BEIR folder ({error}): it holds corpus.jsonl, queries.jsonl and qrels/test.tsv"
        ) from error
    return corpus, queries, qrels


def rank_beir(folder: Path, settings: Settings, progress: Callable[[str, int, int], None]) -> dict[str, Any]:
    """nDCG@10 and recall@100 of a BEIR corpus, indexed aside by our own index and ranked by our retriever."""
    from surveyqa.answering.retrieval import Query, find_chunks
    from surveyqa.documents import Block, Document
    from surveyqa.index import Index
    from surveyqa.index.build import build_index

    corpus, queries, qrels = read_beir(folder)
    documents = [
        Document(key, "paper", title, (Block("paragraph", " ".join(text.split())),))
        for key, (title, text) in corpus.items()
    ]
    gains, recalls = [], []
    with tempfile.TemporaryDirectory() as aside:
        settings = replace(settings, index=Path(aside))
        build_index(settings, documents, "survey", {}, progress, sentences=False)
        index = Index.open(settings)
        for query, grades in qrels.items():
            hits = find_chunks(index, Query.plain(queries[query]), 200)
            ranking = list(dict.fromkeys(index.chunks[hit.position].document for hit in hits))
            gains.append(ndcg(ranking, grades))
            recalls.append(recall(ranking, grades))
    return {
        "corpus": folder.name,
        "queries": len(gains),
        "nDCG@10": round(sum(gains) / max(1, len(gains)), 4),
        "recall@100": round(sum(recalls) / max(1, len(recalls)), 4),
    }


def _rows(path: Path) -> Iterable[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def ndcg(ranking: Sequence[str], grades: Mapping[str, int], depth: int = 10) -> float:
    """nDCG@depth with gain `grade` and discount log2(rank + 1), as trec_eval computes it."""
    gained = sum(grades.get(d, 0) / math.log2(r + 2) for r, d in enumerate(ranking[:depth]))
    ideal = sum(g / math.log2(r + 2) for r, g in enumerate(sorted(grades.values(), reverse=True)[:depth]))
    return gained / ideal if ideal else 0.0


def recall(ranking: Sequence[str], grades: Mapping[str, int], depth: int = 100) -> float:
    """Share of the relevant documents among the first `depth`."""
    return len(set(ranking[:depth]) & set(grades)) / len(grades) if grades else 0.0
