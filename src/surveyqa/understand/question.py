"""Stage *question*: what is asked, in which language, about what, and in which form.

Everything is rules over the words of the question, the catalogue's names and the terms of the index;
no model is asked. A Chinese question becomes English search terms by the glossary; its Latin words stay.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, Protocol

from surveyqa.text.folding import language_of, to_english
from surveyqa.text.terms import tokenize
from surveyqa.understand.reading import Language

__all__ = ["Kind", "Language", "Name", "Question", "kind_of", "language_of", "to_english", "understand"]
Kind = Literal["definition", "mechanism", "comparison", "number", "works", "kinds", "who", "why", "fact"]

_HAN = re.compile(r"[\u4e00-\u9fff]")

# The first that matches decides. English on the left of the bar, Chinese on the right.
_KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (
        "comparison",
        re.compile(
            r"\bvs\b|\bversus\b|\bdiffer|\bcompar|\bas opposed to\b|\binstead of\b.*\?|\bdistinguish|\bin "
            r"contrast|"
            r"\b(?:better|worse|faster|slower|cheaper) than\b|\bboth\b.*\band\b"
            r"|区别|差别|对比|比较|不同|异同|相比|哪个更|还是.*[??]",
            re.I,
        ),
    ),
    (
        "works",
        re.compile(
            r"\b(?:which|what|list|name|any|some|all|more|other|existing|recent)\b(?: [\w-]+){0,7}? "
            r"(?:methods|works|papers|frameworks|"
            r"systems|techniques|approaches|libraries|optimi[sz]ers|engines|toolkits|models|algorithms|variants|examples|benchmarks)\b"
            r"|\b(?:methods|papers|works|frameworks|systems|techniques)\b[^.?]{0,40}\blist\b|^\s*(?:list|enumerate)\b"
            r"|(?:有哪些|哪些|列出|列举|哪几[个种篇]|有什么).{0,14}(?:方法|工作|论文|框架|系统|技术|模型|优化器|库|引擎|算法|方案)"
            r"|(?:方法|工作|论文|框架|系统|技术|模型|优化器|库|引擎|算法|方案).{0,8}(?:有哪些|有哪几|哪些|都有谁|都有什么|有什么)",
            re.I,
        ),
    ),
    (
        "kinds",
        re.compile(
            r"\b(?:what|which|name|list|the|two|three|four|five|main|broad|different|basic|key)\b(?: "
            r"[\w-]+){0,4}? (?:types|kinds|categories|"
            r"ways|options|areas|stages|parts|pieces|components|families|groups|routes|strategies|directions|angles|branches|steps|"
            r"ingredients|ideas|aspects|perspectives|tricks|classes|modules|levels|dimensions|phases"
            r"|building blocks)\b"
            r"|\b(?:sub ?areas|categories|types|kinds|families|divided|grouped|classified|split into"
            r"|consists?|components|pieces)\b"
            r"|有哪些|哪些|哪几|哪两|哪三|几种|几类|几个(?:方面|部分|阶段|方向)|分为|分成|分哪|包括|组成|两条路|方面",
            re.I,
        ),
    ),
    (
        "number",
        re.compile(
            r"\bhow (?:many|much|far|long|small|large|big|fast|often|strong|cheap)\b|\bwhat (?:percentage"
            r"|fraction|share|"
            r"speed-?up|ratio|size|number|accuracy|score)\b|\bby what factor\b|\bto what extent\b"
            r"|^(?:the )?(?:speed-?ups?|throughput|accuracy|compression (?:ratio|rate)) (?:of|with|gain)\b"
            r"|多少|几(?!乎)|多大|多长|多快|多高|多远|百分之",
            re.I,
        ),
    ),
    (
        "who",
        re.compile(
            r"\bwho\b|\bwhose\b|\bwhich (?:company|team|lab|group|authors?|organi[sz]ation)\b|谁|哪家"
            r"|哪个公司|哪个团队",
            re.I,
        ),
    ),
    (
        "why",
        re.compile(
            r"\bwhy\b|\breasons?\b|\bmotivat|\bdrawbacks?\b|\bdownsides?\b|\bcatch\b|\bdisadvantages?\b|\blimitations?\b|"
            r"\bweakness|\badvantages?\b|\bbenefits?\b|\bpros\b|\bwhat goes wrong\b"
            r"|为什么|为何|为啥|原因|缺点|优点|好处|优势|弊端|局限|不足|代价",
            re.I,
        ),
    ),
    (
        "mechanism",
        re.compile(
            r"\bhow (?:do|does|did|is|are|can|to|would|come)\b|\bmechanism\b|怎么|怎样|如何|原理|思路|机制"
            r"|流程",
            re.I,
        ),
    ),
    (
        "definition",
        re.compile(
            r"^\s*(?:so |ok,? )?(?:what(?:'s| is| are| does .* (?:mean|stand for|do))|define|definition"
            r"|explain|describe|"
            r"tell me)\b|\bmeaning of\b|\bstand for\b|什么是|是什么|是啥|介绍|什么意思|含义|定义|解释|谈一下"
            r"|简述",
            re.I,
        ),
    ),
)


@dataclass(frozen=True)
class Name:
    """Something that a question names: a method, a model, a framework.

    forms: how it may be written, in one piece (see `lexical.joined`); papers: catalogue keys.
    """

    text: str
    forms: frozenset[str]
    papers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Question:
    """A question, understood.

    text:     stand-alone wording (a follow-up already resolved).
    english:  what is embedded: the text, or for Chinese its English terms.
    terms:    search terms with weights.
    names:    what the question names that the corpus or the catalogue knows.
    strange:  what looks like a name and occurs nowhere.
    parts:    English wording of each thing asked, where a question asks several.
    sections: numbers of sections it names ("2.3.1"); table, figure: whether it asks about one.
    subject:  for a definition, what is to be defined, each in one piece; also what "how does X work" names.
    untranslated: Chinese characters that the glossary does not know.
    """

    asked: str
    text: str
    language: Language
    kind: Kind
    english: str
    terms: Mapping[str, float]
    names: tuple[Name, ...] = ()
    strange: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    table: bool = False
    figure: bool = False
    subject: frozenset[str] = frozenset()
    untranslated: tuple[str, ...] = ()


def kind_of(text: str) -> Kind:
    return next((kind for kind, pattern in _KINDS if pattern.search(text)), "fact")


class Words(Protocol):
    """What the corpus knows of words (`Index` does)."""

    @property
    def proper_names(self) -> frozenset[str]: ...

    def frequency(self, word: str) -> int: ...
    def says(self, phrase: str) -> bool: ...


_SECTION = re.compile(r"\b(?:section|sec\.?|§)\s*(\d(?:\.\d)*)|第?\s*(\d(?:\.\d)+)\s*[节章]", re.I)
_BY_NAME = {
    "1": re.compile(
        r"\bintro(?:duction)?\b|\b(?:paper|survey|review|authors?) (?:sort|organi[sz]e|structure|divide"
        r"|cover)\w*|引言|(?:论文|综述)的?(?:结构|组织)",
        re.I,
    ),
    "5": re.compile(
        r"\b(?:conclusions?|concluding|outlook|future (?:work|directions?))\b|\bend of the (?:paper|survey)\b"
        r"|\b(?:final|last|closing) section\b|结论|展望|未来(?:方向|工作)|总结(?:部分|章节|一节|里|中)",
        re.I,
    ),
}
_TABLE = re.compile(
    r"(?<!embedding )(?<!lookup )(?<!hash )(?<!page )(?<!block )\btables?\b|\b(?:comparison|feature) matrix\b"
    r"|表\s*\d|表格|(?:对比|比较)表|表[里中]",
    re.I,
)
_FIGURE = re.compile(
    r"\b(?:figures?|fig\.|charts?|diagrams?|drawings?|plots?|taxonomy|tree|node|overview chart)\b"
    r"|(?<!black[ -])(?<!white[ -])\bbox(?:es)?\b"
    r"(?= (?:of|in|on|under|for|list|label|sa[iy]|is|are)|\W*$|[,?:])"
    r"|图\s*\d|图[里中]|分类图|总览图|示意图|框图|方框|节点",
    re.I,
)
_PARTS = re.compile(
    r"[?;？；。!！]+|[,，]?\s*\b(?:and|but|then|or)\s+(?=(?:how|what|which|who|whose|why|where|when|does|do|did|is|are|was|can|"
    r"by how|to what|in what|on what|at which|for which)\b)|[,，]\s*(?=(?:how|what|which|who|whose|why|where"
    r"|when|does|is|are)\b)"
    r"|[,，、](?=[^,，]{3,})(?<=[\u4e00-\u9fff][,，、])|[,，](?=[^,，]*[\u4e00-\u9fff])",
    re.I,
)


def understand(
    asked: str,
    text: str,
    glossary: Callable[[], Mapping[str, str]],
    names_in: Callable[[str], Sequence[tuple[int, int, tuple[str, ...]]]],
    words: Words,
) -> Question:
    """Read a stand-alone question.

    glossary: gives Chinese to English, called for Chinese only; names_in: (start, end, keys) of the
    catalogue's names in a text; words: what the corpus knows of words.
    """

    def translate(part: str) -> str:
        return to_english(part, glossary())[0] if _HAN.search(part) else part

    text = _american(text, words)
    english, untranslated = to_english(text, glossary()) if _HAN.search(text) else (text, ())
    names, strange = _names(text, names_in, words)
    terms = dict.fromkeys(tokenize(english), 1.0)
    for pair in _pairs(english):
        if words.frequency(pair):  # "flash attention" is FlashAttention here
            terms.update(dict.fromkeys(tokenize(pair), 1.0))
    for name in names:
        terms.update(dict.fromkeys(tokenize(name.text), 1.3))
    parts = [translate(part).strip(" ,.") for part in _PARTS.split(text) if part and part.strip()]
    parts = [part for part in parts if len(set(tokenize(part))) >= 2]
    kind = kind_of(text)
    if kind == "fact" and any(len(name.text) > 0.8 * len(text) - 1 for name in names):
        kind = "definition"  # "lora?"
    return Question(
        asked=asked,
        text=text,
        language=language_of(text),
        kind=kind,
        english=english,
        terms=terms,
        names=names,
        strange=strange,
        parts=tuple(parts) if len(parts) > 1 else (),
        sections=tuple(a or b for a, b in _SECTION.findall(text))
        + tuple(number for number, words in _BY_NAME.items() if words.search(text)),
        table=bool(_TABLE.search(text)),
        figure=bool(_FIGURE.search(text)),
        subject=_subject(text, names, kind == "definition" or _bare(english, names)),
        untranslated=untranslated,
    )


_BRITISH = re.compile(r"\b[A-Za-z]{3,}?(?:is(?:e|ed|es|ing|ations?|ers?|able)|(?:av|col|vi)our\w*)\b")


def _american(text: str, words: Words) -> str:
    """British spellings as the corpus has them: "quantisation" is nowhere, quantization everywhere."""

    def respelt(found: re.Match[str]) -> str:
        other = re.sub(r"is(?=(?:e|ed|es|ing|ations?|ers?|able)$)", "iz", found[0]).replace("our", "or")
        known = words.frequency(other.lower()) and not words.frequency(found[0].lower())
        return other if known else found[0]

    return _BRITISH.sub(respelt, text)


# "what is a KV cache in serving?"
_DEFINE = re.compile(
    r"^\W*(?:so |ok,? )?(?:what(?:['’]?s| is| are)|define|explain|describe|how (?:does|do)"
    r"|what(?:['’]?s| is) the (?:main |basic |core )?(?:idea|intuition|point|concept) (?:of|behind))"
    r"\s+(?:an? |the )?"
    r"(?P<subject>[\w-]+(?: (?!in |of |for |by |as |to |and |or |work\b)[\w-]+){0,3}?)"
    r"(?:,.*| work\b.*| (?:in|of|for|by|as|to|exactly|briefly|simply)\b.*)?\W*$",
    re.I,
)


def _subject(text: str, names: Sequence[Name], all_names: bool) -> frozenset[str]:
    """What a question wants to be told what it is; with `all_names` also all that it names."""
    found = _DEFINE.match(text)
    own = {_one_piece(found["subject"])} if found else set()
    own.update(*(name.forms for name in names if all_names))
    return frozenset(form for form in own if 2 <= len(form) <= 40)  # "K" introduces nothing


_PLAIN = frozenset(
    tokenize(
        "work works use used using mean idea ideas help good need matter difference different differ compare "
        "compared vs versus better benefit advantage point purpose briefly simply basics overview intuition "
        "principle mechanism concept basic introduce introduction explanation"
    )
)


def _bare(english: str, names: Sequence[Name]) -> bool:
    """Whether a question says nothing but what it is about: "how does LoRA work", "LoRA vs QLoRA"."""
    said = {term for name in names for term in tokenize(name.text)}
    return bool(names) and set(tokenize(english)) <= said | _PLAIN


def _pairs(text: str) -> list[str]:
    words = re.findall(r"[A-Za-z0-9]+", text.lower())
    return [a + b for a, b in pairwise(words) if len(a) + len(b) > 3]  # "1 bit"


RARE = 15  # a capitalised word that stands in more chunks than this is no name

# A name: a word with a capital inside, a digit beside letters, or all capitals.
_NAME = re.compile(r"(?<![\w.-])[A-Za-z0-9][\w.+-]*[\w+]")
_LOOKS_NAMED = re.compile(r"[a-z0-9][A-Z]|[A-Z]{2}|[A-Za-z]-?\d|\d-?[A-Z]")
_BY_THE_WAY = re.compile(
    r"(?:\b(?:[aà] la|like|such as|similar to|e\.g\.,?|as in)|像|类似(?:于)?|好比)\s*$", re.I
)
_MODEL_NUMBER = re.compile(r"[A-Z]\d\d")  # of a device: "H20"
# Sizes, precisions and units look like names but name nothing.
_NO_NAME = re.compile(
    r"\d+(?:\.\d+)?[kKmMbBtTxX]|\d+-?(?:bits?|GB|MB|TB|K|D)|(?:INT|FP|BF|int|fp|bf|W|A)\d+(?:A\d+)?|[A-Z]\d?|GPUs?|CPUs?|LLMs?|AI|ML|NLP|"
    r"API|PDF|TL;?DR|FAQ|VRAM|RAM|OOM|ok|OK|KV|PEFT|MoE|SOTA|Q\d|No|vs|"
    r"got|TMLR|JMLR|NeurIPS|ICLR|ICML|COLM|AAAI|IJCAI|ACL|EMNLP|NAACL|EACL|CVPR|MLSys",
)


# An identifier that is asked about, not set: words of a program, joined by underscores.
_IDENTIFIER = re.compile(r"(?<![\w.-])[A-Za-z]\w*_\w+\b(?!\s*=)")
# A name in several words, inside a sentence: "Recursive KV Folding".
_TITLED = re.compile(r"(?<=[a-z,] )[A-Z][\w-]+(?: [A-Z][\w-]+){2,}")


def _apart(word: str) -> tuple[str, str]:
    """A name as it may be written in several words: "HuggingChat" as Hugging Chat, "X-MII" as X MII."""
    return " ".join(re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", word)), re.sub(r"[-_]", " ", word)


def _names(
    text: str,
    names_in: Callable[[str], Sequence[tuple[int, int, tuple[str, ...]]]],
    words: Words,
) -> tuple[tuple[Name, ...], tuple[str, ...]]:
    """Names that are known, and words that look like names but occur nowhere."""
    names: list[Name] = []
    strange, taken = [], []
    for start, end, keys in names_in(text):
        taken.append((start, end))
        name = Name(text[start:end], frozenset({_one_piece(text[start:end])}), keys)
        if not any(name.forms == other.forms for other in names):
            names.append(name)
    for match in _NAME.finditer(text):
        word = match.group().rstrip(".-")
        if any(a < match.end() and match.start() < b for a, b in taken) or _NO_NAME.fullmatch(word):
            continue
        form = _one_piece(word)
        found = words.frequency(form) or words.frequency(form.removesuffix("s"))
        within = match.start() > 0 and text[match.start() - 2 : match.start()] not in (". ", "? ", "! ")
        capital = word[0].isupper() and within and word.isascii() and len(word) > 2 and found <= RARE
        if not (_LOOKS_NAMED.search(word) or capital or form in words.proper_names):
            continue
        if found:
            names.append(Name(word, frozenset({form, form.removesuffix("s")})))
        elif (
            (len(word) > 3 or _MODEL_NUMBER.fullmatch(word))
            and not any(map(words.says, _apart(word)))
            and not _BY_THE_WAY.search(text[: match.start()])
        ):
            strange.append(word)
    strange += [
        match[0]
        for match in _IDENTIFIER.finditer(text)
        if not words.frequency(_one_piece(match[0])) and not any(map(words.says, _apart(match[0])))
    ]
    for match in _TITLED.finditer(text):
        if any(a < match.end() and match.start() < b for a, b in taken):
            continue
        pairs = [f"{a} {b}" for a, b in pairwise(match[0].split())]
        if not any(words.says(pair) or words.frequency(_one_piece(pair)) for pair in pairs):
            strange.append(match[0])
    return tuple(names), tuple(dict.fromkeys(strange))


def _one_piece(text: str) -> str:
    return "".join(re.findall(r"[^\W_]+", text.lower()))
