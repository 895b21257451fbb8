"""The process that reads one PDF: a request on stdin, JSON lines on stdout (see `pdf._ask`)."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any

from surveyqa.documents import Block, Document, Reference
from surveyqa.errors import SurveyQAError


def load(data: dict[str, Any]) -> Document:
    """The document that `dataclasses.asdict` and JSON made `data` of."""
    blocks = tuple(
        Block(
            item["kind"],
            item["text"],
            tuple(item["path"]),
            tuple((offset, page) for offset, page in item["pages"]),
            item["lead"],
            tuple((start, end, key) for start, end, key in item["cites"]),
            tuple(item["quote"]) if item["quote"] else None,
        )
        for item in data["blocks"]
    )
    references = tuple(Reference(**item) for item in data["references"])
    rest = {**data, "blocks": blocks, "references": references, "warnings": tuple(data["warnings"])}
    return Document(**rest)


def _limit() -> None:
    """Bound the memory of this process, where the system can."""
    try:
        import resource

        from surveyqa.documents.pdf import MEMORY

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, ValueError, OSError):
        return


def _say(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def main() -> None:
    from surveyqa.documents.reader import read_here, texts_here

    request = json.loads(sys.stdin.read())
    _limit()
    try:
        if request.pop("what") == "texts":
            answer: Any = texts_here(request["path"], skip=request["skip"], progress=_tell)
        else:
            answer = asdict(read_here(request.pop("path"), progress=_tell, **request))
    except SurveyQAError as error:
        _say({"error": str(error)})
    except (MemoryError, RecursionError):
        sys.exit(1)
    else:
        _say({"answer": answer})


def _tell(page: int, count: int) -> None:
    _say({"page": page, "of": count})


if __name__ == "__main__":
    main()
