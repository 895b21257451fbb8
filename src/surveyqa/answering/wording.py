"""The words around an answer in the language of the question: refusals, headings, greetings."""

from __future__ import annotations

from dataclasses import dataclass

from surveyqa.answering.answerability import Judgement, Why
from surveyqa.understand.reading import Language

REFUSAL = {"en": "The survey does not say", "zh": "综述没有说明这一点"}
_WHY = {
    Why.NO_PLACE: ("the survey has no {what}", "综述里没有{what}"),
    Why.UNKNOWN_NAME: (
        "{what} is mentioned nowhere in the survey or the abstracts",
        "综述和摘要都没有提到{what}",
    ),
}
_ASK_BACK = {
    "en": 'What does "{what}" refer to? Name it, and ask again.',
    "zh": "“{what}”指的是什么?请写出名称再问一次。",
}
_OUTSIDE = {
    "en": "That is outside the survey and the papers on its list.",
    "zh": "这个问题超出了综述和所列论文的范围。",
}
_HELP = {
    "en": (
        "I answer questions about the survey 'Efficient Large Language Models' and the papers on its list, "
        "with the sentence of the source behind each of mine. Try: what is LoRA? · which papers on KV cache "
        "are from 2024? · compare AWQ and GPTQ"
    ),
    "zh": (
        "我回答关于综述《Efficient Large Language Models》及其论文列表的问题,每句话都附有原文出处。"
        "可以试试:什么是 LoRA?· 2024 年有哪些 KV 缓存论文?· 比较 AWQ 和 GPTQ"
    ),
}


@dataclass(frozen=True)
class Wording:
    """Sentences of the program itself in one language."""

    language: Language

    def refusal(self, judged: Judgement) -> str:
        """No answer, with its reason where one can be named."""
        if judged.why is Why.UNRESOLVED:
            return _ASK_BACK[self.language].format(what=judged.what)
        if judged.why is Why.OUTSIDE:
            return _OUTSIDE[self.language]
        end = "." if self.language == "en" else "。"
        if judged.why in _WHY:
            reason = _WHY[judged.why][self.language == "zh"].format(what=judged.what)
            colon = ": " if self.language == "en" else ":"
            return f"{REFUSAL[self.language]}{colon}{reason}{end}"
        return f"{REFUSAL[self.language]}{end}"

    @property
    def help(self) -> str:
        """What the assistant does, and three questions that work."""
        return _HELP[self.language]
