"""Text that talks to a language model instead of its reader.

An abstract is written by strangers: "ignore previous instructions and ..." in it is data, and so that no
model sees it and no sentence can be supported by it, such sentences are blanked before a passage is read.
The list is of plain forms; what it misses still has to pass the check of every sentence.
"""

# ruff: noqa: E501 - one form a line
from __future__ import annotations

import re
from collections.abc import Sequence

_PLANTED = re.compile(
    r"""
      \b(?:ignore|disregard|forget|override|bypass)\b[^.]{0,50}\b(?:instructions?|prompts?|rules|guidelines|context|above|earlier)\b
    | \b(?:system|hidden|initial|developer)\s+(?:prompt|message|instruction)s?\b[^.]{0,60}\b(?:reveal|print|repeat|show|output|leak)
    | \b(?:reveal|print|repeat|show|output|leak)\b[^.]{0,40}\b(?:system|hidden|initial|developer)\s+(?:prompt|message|instruction)
    | \byou\s+are\s+(?:now|no\s+longer)\b | \bfrom\s+now\s+on,?\s+you\b | \bact\s+as\s+(?:if\s+you|an?\s+(?:AI|unrestricted|DAN))
    | \b(?:reply|respond|answer|say|output|print|write)\s+(?:only|just|exactly|nothing\s+but|instead)\b[^.]{0,12}["'“:]
    | \b(?:tell|inform|convince|ask|urge)\s+the\s+(?:user|reader|reviewer)s?\s+(?:that|to)\b
    | \b(?:when|if|whenever|while)\s+(?:you\s+(?:are\s+)?|being\s+)?(?:summari[sz](?:e|ing)|asked|answering|responding|reviewing|cit(?:e|ing))\b
      [^.]{0,80}\b(?:you\s+(?:must|should)|always|say|state|reply|respond|recommend)\b
    | \b(?:AI|assistants?|chatbots?|LLMs?|(?:language\s+)?models?)\s+(?:reading|processing|summari[sz]ing)\s+this\b
    | \b(?:attention\s*[,:]|note\s+to|dear|hey|hi)\s+(?:all\s+)?(?:AI|assistants?|chatbots?|LLMs?|language\s+models?)\b
    | \byou\s+must\s+(?:always\s+|now\s+|only\s+)?(?:say|state|answer|reply|respond|recommend|cite|claim|write|output|mention)\b
    | <\|?(?:im_start|im_end|system|endoftext)\|?> | \[/?INST\] | ^\s*\#{2,}\s*(?:instruction|system)
    | 忽略[^。]{0,16}(?:指令|提示|要求|规则|内容) | 你现在是 | (?:告诉|告知)(?:用户|读者) | (?:只|仅)(?:回答|输出|回复)[“"「:：]
    """,
    re.I | re.X | re.M,
)


def planted(text: str) -> bool:
    """Whether `text` gives orders to a language model."""
    return _PLANTED.search(text) is not None


def screen(text: str, sentences: Sequence[tuple[int, int]]) -> tuple[str, int]:
    """(`text` with its planted sentences blanked, how many); offsets stay as they are."""
    found = [(a, b) for a, b in sentences if planted(text[a:b])]
    for a, b in found:
        text = text[:a] + " " * (b - a) + text[b:]
    if planted(text):  # over a border of sentences, or outside of all: nothing of it is safe to read
        return " " * len(text), max(1, len(found))
    return text, len(found)
