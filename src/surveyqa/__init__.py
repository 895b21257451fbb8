"""Cited answers from *Efficient Large Language Models: A Survey* and the papers on its list.

>>> from surveyqa import Assistant
>>> assistant = Assistant.open()                            # doctest: +SKIP
>>> answer = assistant.ask("what is prefix tuning")         # doctest: +SKIP
>>> for sentence in answer.sentences:                       # doctest: +SKIP
...     print(sentence.text, sentence.citations, sentence.check)
>>> for source in answer.sources:                           # doctest: +SKIP
...     print(source.id, source.section, source.page, source.quote)

`Assistant.stream` tells what happens while an answer is made (`surveyqa.answering.contract`),
`Assistant.search` finds passages without an answer, `Assistant.catalog` filters the paper list,
`surveyqa.answering.verification.verify` checks a claim. `Settings` says where things are. Every error on
purpose is a `SurveyQAError`.

The names below are loaded at first use: `import surveyqa` alone loads nothing heavy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from surveyqa.answering.contract import Answer, Sentence, Source
    from surveyqa.assistant import Assistant
    from surveyqa.errors import SurveyQAError
    from surveyqa.settings import Settings

__version__ = "0.1.0"
__all__ = ["Answer", "Assistant", "Sentence", "Settings", "Source", "SurveyQAError", "__version__"]

_HOME = {
    "Answer": "surveyqa.answering.contract",
    "Assistant": "surveyqa.assistant",
    "Sentence": "surveyqa.answering.contract",
    "Settings": "surveyqa.settings",
    "Source": "surveyqa.answering.contract",
    "SurveyQAError": "surveyqa.errors",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'surveyqa' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
