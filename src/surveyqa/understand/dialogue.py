"""Follow-ups: a question that leans on the dialogue becomes one that stands alone, by rules.

"And how does it differ from LoRA?" after "What is prefix tuning?" becomes "how does prefix tuning differ from
LoRA?". What the dialogue is about is what the last question named, else what its answer was about.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

MAX_TURNS = 6  # earlier questions that are looked at

_PRONOUN = re.compile(
    r"\b(?:its?|they|their|them|these|those|that one|one of (?:them|those|these)|(?:this|that|the) (?:method"
    r"|approach|technique|one|former|"
    r"latter|two)|the (?:former|latter|two)|this(?! (?:paper|survey|review|list)))\b",
    re.I,
)
_HAN_PRONOUN = re.compile(
    r"它们|他们|它|其中|其(?!他|它|实|余)|这(?:个|种|一)?(?:方法|技术|模型|框架|系统|两者)|这(?:个|种|些)|该(?:方法|技术|模型|框架|系统)|两者|前者|后者|上述|那个|那种"
)
_OPENS = re.compile(
    r"^\s*(?:and|so|ok(?:ay)?|but|also|then|right|cool|thanks|hm+|well|now)\b[\s,.;:-]*|^\s*(?:那么?|所以"
    r"|另外|还有|然后|好的?|嗯)[,, ]*",
    re.I,
)
# "Who wrote this survey?" is a new topic, however short.
_OF_THE_PAPER = re.compile(
    r"\b(?:wrote|authors?|affiliat\w+|publish\w*|journal|repo(?:sitory)?|github|title|arxiv|acknowledge\w*)\b"
    r"|作者|谁写|发表|期刊|仓库|标题|致谢|单位",
    re.I,
)
_ITSELF = re.compile(r"\b(?:this|the) (?:paper|survey|review)\b|综述|这篇(?:论文|文章)|本文", re.I)

# What is compared was named before: "faster than Orca?"
_COMPARED = re.compile(
    r"^\s*(?:比|跟|与|相比|较之"
    r"|(?:vs|versus|compared (?:to|with)|against|(?:how much )?(?:faster|slower|better|worse) than)\b)",
    re.I,
)
_ABOUT = re.compile(
    r"^\s*and (?P<and>\S+(?: \S+){0,2}?)\s*\?+$|^\s*(?:and |so |ok,? )?(?:what|how) about (?P<x>.+?)\s*\??$"
    r"|^\s*那?(?P<zh>.+?)呢\s*[??]?$",
    re.I,
)


def resolve(
    question: str,
    history: Sequence[str],
    names_of: Callable[[str], Sequence[str]],
    subjects_of: Callable[[str], Sequence[str]],
) -> str:
    """The question in words that stand alone.

    history: earlier questions, oldest first; names_of: what a text names; subjects_of: what the answer to a
    stand-alone question is about (called only where the question itself names nothing).
    """
    topic: list[str] = []
    before = ""
    for turn in history[-MAX_TURNS:]:
        own = list(names_of(turn))
        alone = _stand_alone(turn, before, topic, own)
        leans = alone != turn
        topic = own + [t for t in topic if leans and t not in own] or list(subjects_of(alone))
        before = alone
    return _stand_alone(question, before, topic, list(names_of(question)))


def _stand_alone(turn: str, before: str, topic: Sequence[str], own: Sequence[str]) -> str:
    if not before or (_OF_THE_PAPER.search(turn) and _ITSELF.search(turn)):
        return turn
    about = _ABOUT.match(turn)
    other = (about["x"] or about["and"] or about["zh"]).strip(" ,?") if about else ""
    if other and len(turn.split()) <= 8 and not _PRONOUN.search(other):
        replaced = before
        for name in topic[:1]:
            replaced = replaced.replace(name, other)
        return replaced if replaced != before else f"{before} {other}"
    opens = bool(_OPENS.match(turn) or _COMPARED.match(turn))
    bare = _OPENS.sub("", turn, count=1)
    subject = " / ".join(topic[:3])
    for pattern in (_PRONOUN, _HAN_PRONOUN):
        match = pattern.search(bare)
        if match and not any(
            name in bare[: match.start()] for name in own
        ):  # else it is about its own subject
            if not subject:
                return f"{bare} ({before})"
            owned = "'s" if match[0].lower() in ("its", "their") else ""
            return (
                bare[: match.start()] + f" {subject}{owned} " + bare[match.end() :]
                if len(topic) == 1
                else f"{bare} ({subject})"
            )
    short = len(bare.split()) <= 5 and (not re.search(r"[\u4e00-\u9fff]", bare) or len(bare) <= 22)
    if own and not opens and not (short and subject):
        return turn
    if opens or short or len(bare.split()) <= 4 or (len(bare) <= 14 and re.search(r"[\u4e00-\u9fff]", bare)):
        return f"{bare} ({subject or before})"
    return turn
