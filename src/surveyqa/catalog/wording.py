# ruff: noqa: E501  (a pattern is easier to read on one line, and words in a row)
"""The words in which people ask about a paper list, in English and Chinese. Data for `questions`.

Everything here is about wording only; what the list has (categories, venues, names) comes from the catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property, lru_cache


class Wording:
    """Alternative patterns, in any case, compiled at first use: most questions need few of them."""

    def __init__(self, *patterns: str) -> None:
        self.source = "|".join(patterns)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(self.source, re.IGNORECASE)

    def search(self, text: str) -> re.Match[str] | None:
        return self.pattern.search(text)

    def fullmatch(self, text: str) -> re.Match[str] | None:
        return self.pattern.fullmatch(text)

    def sub(self, by: str, text: str) -> str:
        return self.pattern.sub(by, text)


_SHORTENED = {
    "w/o": "without",
    "w/out": "without",
    "w/": "with ",
    "b/w": "between",
    "abt": "about",
    "&": "and",
    "hw many": "how many",
    "whats": "what's",
    "wats": "what's",
    "wheres": "where's",
    "pprs": "papers",
    "ppr": "paper",
    "pubs": "publications",
    "cos": "because",
}
_SHORT = re.compile(
    "|".join(rf"(?<![\w/]){re.escape(x)}" + ("" if x == "w/" else r"(?![\w/])") for x in _SHORTENED),
    re.IGNORECASE,
)
# Words of asking that regular expressions look for: a word near one of them is meant as it.
_ASKING = tuple(
    "papers published conference category categories section between without before listed which venue titles newest latest "
    "oldest earliest except besides entries workshop".split()
)


# Venues' full names, each with its acronym in brackets or not.
_VENUES_IN_FULL = tuple(
    (Wording(rf"\b(?:(?:the|annual|international) )*{name}\b(?:\s*[(（]{venue}[)）])?"), venue)
    for name, venue in (
        (r"Transactions of the Association for Computational Linguistics", "TACL"),
        (r"Transactions on Machine Learning Research", "TMLR"),
        (r"Journal of Machine Learning Research", "JMLR"),
        (r"North American Chapter of the (?:ACL|Association for Computational Linguistics)", "NAACL"),
        (r"European Chapter of the (?:ACL|Association for Computational Linguistics)", "EACL"),
        (r"(?:Meeting of the )?Association for Computational Linguistics", "ACL"),
        (r"(?:Symposium on )?Operating Systems Design and Implementation", "OSDI"),
        (r"(?:Symposium on )?Networked Systems Design and Implementation", "NSDI"),
        (r"(?:Symposium on )?Computer Architecture", "ISCA"),
        (r"European Conference on Computer Systems", "EuroSys"),
        (r"(?:Conference on )?Very Large Data ?Bases", "VLDB"),
        (r"(?:Conference on )?Acoustics,? Speech,? and Signal Processing", "ICASSP"),
        (r"(?:Symposium on )?Principles and Practice of Parallel Programming", "PPoPP"),
        (r"(?:Symposium on )?Parallel and Distributed Processing", "IPDPS"),
        (r"Conference on Parallel Processing", "ICPP"),
        (r"(?:Conference on )?Uncertainty in (?:AI|Artificial Intelligence)", "UAI"),
        (r"Conference on Machine Learning(?! and)", "ICML"),
        (r"(?:Conference on |Advances in )?Neural Information Processing Systems", "NeurIPS"),
        (r"Conference on Learning Representations", "ICLR"),
        (r"(?:Conference on )?Empirical Methods in Natural Language Processing", "EMNLP"),
        (r"Symposium on Operating Systems Principles", "SOSP"),
        (r"(?:Conference on )?Machine Learning and Systems", "MLSys"),
    )
)


_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_MONTH = r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?,?"
_ORDINALS = "first second third fourth".split()
_PART_OF_YEAR = re.compile(
    r"\b(?:the )?(?:(?:first|second|latter) half|h[12]|q[1-4]|(?:first|second|third|fourth) quarter),?(?: of)? (?P<y>20\d\d)\b"
    r"|\b(?P<y2>20\d\d),? (?:h[12]|q[1-4])\b|(?P<y3>20\d\d)\s*年\s*(?:的)?(?:[上下]半年|第?[一二三四]季度)",
    re.I,
)
_MONTH_ZH = r"(1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])"
_DATED = (  # a month with its year, and a month whose year the next or the one before has
    re.compile(rf"\b{_MONTH}\s*(?:of )?(?P<y>(?:19|20)\d\d)(?!\d)", re.I),
    re.compile(rf"(?P<y>(?:19|20)\d\d)\s*年\s*{_MONTH_ZH}\s*(?:月份?|(?=[-~—到至和]\s*\d{{1,2}}\s*月))"),
    re.compile(r"(?<!\d)(0?[1-9]|1[0-2])/(?P<y>20\d\d)(?!\d)"),
    re.compile(r"(?<![\d/])(?P<y>20\d\d)/(0[1-9]|1[0-2])(?![\d/])"),
    re.compile(
        rf"\b{_MONTH}(?=\s*(?:to|-|–|through|until|till|and|or|/|,)\s*(?:the )?(?P<y>20\d\d)-\d\d)", re.I
    ),
)


def in_full(text: str) -> str:
    """The text with what people shorten or misspell in asking as it is meant: "hw many papres w/o code"."""
    text = _SHORT.sub(lambda found: _SHORTENED[found[0].lower()], text)
    for spelled, venue in _VENUES_IN_FULL:
        text = spelled.sub(venue, text)
    text = re.sub(r"(?i)\b(?:the )?years? (?=(?:19|20)\d\d\b)", "", text)
    text = re.sub(r"(?<![\d.])([12]\d)\s*(?=年(?!代|内|来))", r"20\1", text)  # 23 年
    text = re.sub(r"(?i)\b(from|in|since|before|after|of|and) ['’]([12]\d)\b", r"\1 20\2", text)  # from '23
    text = _dated(text)
    return re.sub(r"(?<![\w'\"“-])[a-z]{5,12}(?![\w'\"”-])", lambda found: _mended(found[0]), text)


def _dated(text: str) -> str:
    """The text with its months as numbers: "between March and June 2023" is "between 2023-03 and 2023-06"."""
    text = _PART_OF_YEAR.sub(_its_months, text)
    for pattern in _DATED:
        text = pattern.sub(lambda found: f"{found['y']}-{_month_of(found):02d}", text)
    return re.sub(
        rf"((20\d\d)-\d\d\s*(?:到|至|和|或|、|~|-)\s*){_MONTH_ZH}\s*月份?",
        lambda found: f"{found[1]}{found[2]}-{_number(found[3]):02d}",
        text,
    )


def _its_months(found: re.Match[str]) -> str:
    """ "the first half of 2023" as "2023-01 to 2023-06"."""
    year = next(found[name] for name in ("y", "y2", "y3") if found[name])
    said = found[0].lower()
    quarter = re.search(r"q([1-4])|([一二三四])季|(first|second|third|fourth) quarter", said)
    if quarter:
        n = int(quarter[1] or 0) or NUMBERS.get(quarter[2] or "", 0) or 1 + _ORDINALS.index(quarter[3])
        first, last = 3 * n - 2, 3 * n
    else:
        first, last = (7, 12) if re.search(r"second|h2|下半|latter", said) else (1, 6)
    return f" {year}-{first:02d} to {year}-{last:02d} "


def _month_of(found: re.Match[str]) -> int:
    return _number(next(g for g in found.groups() if g and g != found["y"]))


def _number(month: str) -> int:
    """1 to 12 of "3", "March" or 三."""
    if month.isdigit():
        return int(month)
    if month[:3].lower() in _MONTHS:
        return _MONTHS.index(month[:3].lower()) + 1
    return NUMBERS.get(month) or 10 + NUMBERS.get(month[1:], 0)


@lru_cache(maxsize=4096)  # people ask in much the same words
def _mended(word: str) -> str:
    import difflib

    if word in EMPTY or word in _ASKING:
        return word
    near = difflib.get_close_matches(word, _ASKING, n=1, cutoff=0.85)
    return near[0] if near and near[0][0] == word[0] else word


# What is printed in a figure is asked of the survey.
FIGURE = re.compile(
    r"\b(?:figures?|fig\.|diagrams?|charts?|drawings?|tree(?![ -]of)|node)\b|(?<!black[ -])(?<!white[ -])\bbox\b|图\s*\d|图[里中]|分类图|总览图|方框",
    re.I,
)
# Without any of these (or a venue's name) no question is on the list: a cheap first look.
GATE = re.compile(
    r"p[ap]+e?r|reddit|pepers|papres|publi|pub|articl|preprint|pre-print|entr|list|catalog|repo|github|code|venue|conf|journal|present|accept|"
    r"appear|arxiv|year|when|where|title|method|technique|approach|algorithm|system|work|section|categor|framework|under|\d\d|blog|open.?sourc|"
    r"论文|文章|文献|列表|清单|收录|条目|几篇|多少|还是|会议|期刊|顶会|发表|代码|开源|编号|链接|哪年|年|方法|技术|工作|类别|分类|仓库|名单|框架|标题|算法|出处|哪|几|最|多少|子类|小类|条|"
    r"how many|which|earlier|newer|older|oldest|newest|latest|only|except|before|after|topic|pdf|link|url|thing|implement|includ|contain",
    re.IGNORECASE,
)

# The list itself is named: the question is on the list, whatever else it says.
LIST = Wording(
    r"\b(?:the|this|your) (?:repo|repository|list|catalog|catalogue) (?:has|have|holds?|contains?|cites?|names?|covers?|carry|carries|features?|includes?)\b",
    r"\b(?:as )?(?:on|in|from|of|by|to|within|across|per|according to) (?:the|this|that|your|our|its|their) (?:whole |entire |full |curated |living |survey'?s? |authors'? )*"
    r"(?:github |paper |reading |awesome |repo |repository )*(?:list|repo|repository|readme|catalog|catalogue)\b",
    r"\b(?:the|this|your) (?:whole |entire |survey'?s? |authors'? )*(?:github |paper |reading |awesome )+(?:list|repo|repository|readme)\b",
    r"\b(?:the|this|your|survey'?s?|authors'?|(?<!\ba )(?<!\bany )(?<!\bno )(?<!\bits )(?<!\btheir )(?<!\bpublic )(?<!\bwith )(?<!\bopen )github) (?:paper |github )*(?:list|repo|repository|catalog|catalogue|readme)(?:'s|’s)?\b(?! of\b)",
    r"\blist(?:'s|’s)",
    r"\b(?:paper|github|reading|awesome|repo|repository) ?list\b",
    r"\b(?:cross[- ]?)?listed\b",
    r"\bin (?:there|here)\b(?=\s*(?:[?.!]|$))",
    r"\b(?:entries|entry)\b",
    r"(?<![带有附含给放贴出了])(?<![带有附含给放贴出了] )(?:github|论文|文献|这个|该|此|仓库)\s*(?:的)?\s*(?:列表|清单|目录|名单|仓库|库)",
    r"(?:按照?|根据|依照?|据)\s*(?:这个|该)?\s*(?:列表|清单|仓库)(?:里|中)?(?:的)?(?:标注|记录|所列)?",
    r"(?<!代码)仓库(?:列表|里|中|上|内)|\b(?:list|repo|repository|readme)\s*(?:里面?|中|上面?|内)",
    r"列表|清单|收录|名单|条目|榜单",
)
# Nouns for what the list holds. "work" is one only where it cannot be a verb.
PAPERS = Wording(
    r"\b(?:papers|pepers|papres|pappers|publications|articles|preprints|entries|titles)\b",
    r"\b(?:whatever|everything|anything|all|all the stuff|stuff) (?:(?:that )?(?:the list|the repo|you|it|there) (?:is|has|have|holds?|got)|there is) (?:on|about|for|under|in|from|at)\b",
    r"\b(?:everything|anything|all that(?: i|')s) (?:listed |filed |that is |published |presented |accepted |submitted |out |coming |by )?(?:under|in|into|to|from|at|on|by)\b(?! the name)",
    r"\bwhat (?:was|were|is|got) (?:published|presented|accepted|out) (?:in|at|by)\b",
    r"\bblog ?posts?\b|\bpaper counts?\b|\b(?:readings?|literature|references|items|studies) (?:on|about|for|under|from|in|at)\b",
    r"\b(?:which|what|all|any|other|more|some|these|those) works\b",
    r"\bworks (?:on|from|at|in|under|about|that)\b",
    r"论文|文章|文献|条目|[哪那几]?[一两二三四五六七八九十]篇|[哪那几]篇|多少篇|哪些篇|[几多]少?条(?=\s*(?:[(（]|[?？。]?\s*$|论文|文献|记录))|预印本",
)
PAPER_ON = Wording(
    r"\b(?:the|which|what) (?:\w+ )?(?:paper|one) (?:(?:is|was|listed|filed) )*(?:on|about|under|in)\b",
    r"(?:讲|关于|做|研究).{1,20}的那篇",
)
PAPER = Wording(
    r"\b(?:paper|publication|entry|article|preprint)\b|\b(?:the|any|an|which|only|those|these) (?:[\w-]+ ){0,3}ones?\b"
)
ONLY_PAPER = Wording(
    r"\b(?:single|only|one|sole|lone) (?:paper|entry|publication|article)\b|\b(?:paper|entry) (?:\w+ )?under\b|(?:唯一|那一?|哪一?)(?:的)?(?:一)?篇"
)
ABOUT_ONE_PAPER = Wording(
    r"\b(?:in|from|of|by|read|reading|with) (?:the|this|that|your|their|his) (?:original )?paper\b",
    r"\bpaper (?:says|said|claims|reports|mentions|states)\b",
    r"论文[中里](?!\s*(?:(?:19|20)\d\d|ICLR|ICML|NeurIPS|NIPS|NAACL|EACL|ACL|EMNLP|arXiv|OSDI|SOSP|MLSys|TMLR)|还|仍|已|只|仅|了|被|至今|目前|哪|有|没|无|带|提供|开源|发表|发在|属于|来自|收录|是|谁|一共|总共|多少|几|，|,|，)|(?<![论下])文中|这篇论文|该论文|原论文",
)
# "Which", "list", "show me": somebody wants a set.
SET = Wording(
    r"\b(?:which|list|show|give|name|enumerate|find|display|tell me|any|all|every|what(?:'s| is| are)?|are there|is there|anything)\b",
    r"哪些|哪几|哪一?篇|那一?篇|哪一条|列出|列举|有没有|有哪|给出|给我|找出|所有|全部|请列|看看|展示|什么论文|显示|(?:是|有|叫)什么|什么样|什么.{0,16}(?:paper|论文|文章)|是哪",
)
COUNT = Wording(
    r"\bhow many\b|\bnumber of\b|\bcount (?:of|the|all|how)\b|\bhow much papers\b|\btotal (?:number|count)\b|\bhow large\b|\bhow big\b|\bsize of\b|\bcounts?\b|\b(?:what|which) (?:fraction|percentage|percent|share|proportion|part)\b|\bratio of\b|\bhow much of\b|\bbreakdown\b|\bdistribution\b(?= (?:of|by|over|across)\b)|\bhistogram\b|\btally\b|\b(?:distributed|spread) (?:over|across|by)\b",
    r"多少|几篇|几个|几条|数量|总数|共有几|一共|总共|比例|占比|百分之几|分布|统计",
)
# The survey's own text, its figures and tables, or what a paper says: not a question on the list.
CONTENT = Wording(
    r"\bsurvey (?:say|describe|mention|discuss|explain|present|review|cover|cite|divide|classif|categor|group|list|define|recommend|give|credit)",
    r"\b(?:does|do|did|in|by|of|to|per) (?:the|this) survey\b(?!'s|’s)",
    r"\b(?:table|figure|fig|eq|equation|section|sec|chapter|appendix|page)\.? ?\d",
    r"\b(?:table|figure|chart|diagram|plot|equation|formula)\b",
    r"\b(?:how (?:do|does|did|can|to|would|should|is|are|well|fast)|why|explain|compare|comparison|difference|differ|versus|vs|how(?! many| much| large| big)|advantages?|disadvantages?|pros|cons|trade-?offs?)\b",
    r"\b(?:according to|summar(?:y|ise|ize)|should i (?:use|pick|choose|read))\b",
    r"综述(?!.{0,6}(?:列表|清单|仓库|github))|为什么|怎么|如何|区别|原理|介绍一下|解释|对比|优点|缺点|好处|什么是|是什么意思|思路|作用|表\s*\d|图\s*\d|第\s*\d",
)

CODE_NO = Wording(
    r"\b(?:without|no|lacking|lacks?|missing|(?:do not|does not|don't|doesn't|not) (?:have|provide|include|come with|link|offer)(?: any| a)?) ?(?:any |a |an |public |official |released |open[- ]?source |github )*(?:codes?|code links?|repos?|repositor(?:y|ies)|implementations?|(?<=github )(?:links?|pages?|repos?)|(?<=without )github|(?<=no )github)\b",
    r"\b(?:is|are) not open[- ]?sourced?\b|\bcode ?[:=]? ?(?:no\b|none|false)",
    r"(?:没有(?!有)|没|无|未|缺少|缺|不)(?:提供|附带?|附上|给出?|公开|放出?|贴出?|挂|列出?|开源|有)?(?:任何)?(?:的)?\s*(?:代码|源码|github)\s*(?:仓库)?(?:链接|地址)?|未开源|没有开源|没开源|不开源",
)
CODE_OR_NOT = Wording(
    r"\b(?:with|have|has|come with|release|provide|link)(?: \w+)? (?:code|repos?|implementations?)\b.{0,30}\b(?:and|or|vs\.?|versus|than)\b.{0,24}\b(?:don['’]t|doesn['’]t|do not|does not|without(?: (?:it|one|code))?|not|none|no code|lack(?: it)?)\b",
    r"有代码.{0,12}(?:和|,|,|、|与|还是)?.{0,6}(?:没有?|无)(?:代码|的)?(?=.{0,6}(?:各|分别|多少|几))|有(?:没有|无)代码的?各",
)
# The word alone, where no more was said of it.
CODE_WORD = Wording(
    r"\b(?:source ?code|codes?|open[- ]?sourced?|open[- ]source)\b(?! ?links? (?:to|of|for))",
    r"代码|开源|源码",
)
CODE_YES = Wording(
    r"\b(?:with|have|has|having|carry|carries|carrying|bear|bears|bearing|list|lists|listing|provide|provides|providing|include|includes|including|offer|offers|link|links|come with|comes with|release|both|releases|released|ship|ships|got|public) (?:to )?(?:a |an |any |their |its |public |publicly |available |official |released |linked |open |open[- ]?source |github |source )*(?:codes?|code links?|repos?|repositor(?:y|ies)|implementations?|code repositor(?:y|ies)|github)\b(?: links?| pages?| repos?| available| released| online| listed)*",
    r"\b(?:code|implementation)s? (?:is |are |link |links )?(?:available|released|public|linked|listed|provided)\b",
    r"\bopen[- ]?sourced?\b|\bcode links?\b|\bcode ?[:=]? ?(?:yes|y\b|true)",
    r"(?:有|附|带|附有|带有|附上|给|放|贴|贴出|提供|提供了|公开|公开了|放出|含|给出|给了)(?:了)?(?:的)?\s*(?:代码|源码|开源代码|开源实现|github)\s*(?:仓库)?(?:链接|地址)?|开源|有\s*code",
)

WORKSHOPS_TOO = Wording(
    r"\b(?:workshops?|workshop papers?) (?:included|too|as well|also|count(?:ed)?)\b|\b(?:including|include|with|and|or|incl\.?|plus|counting|even) (?:(?:its|their|the|any|co-located|associated|affiliated) )*(?:[A-Za-z]+ ){0,3}workshops?(?: papers| tracks?)?\b",
    r"(?:包括|包含|含|算上|连同|加上|以及|和|及)(?:其|相关|附属|的)?\s*(?:workshop|研讨会|工作坊)s?|(?:workshop|研讨会|工作坊)s?\s*(?:也算|在内|也包括|也计入|也要)",
)
NO_WORKSHOPS = Wording(
    r"\b(?:excluding|exclude|without|no|not|except|excl\.?|ignoring|minus|leaving out) (?:(?:any|the|its|counting|including) )*(?:findings,? (?:and|or|&) )?workshops?(?: papers)?(?:,? (?:and|or|&) findings)?\b|\b(?:workshops?|findings)(?:,? (?:and|or|&) (?:workshops?|findings))? (?:are |were )?(?:excluded|not (?:included|counted)|left out|aside)\b|\bworkshops? (?:excluded|not (?:included|counted)|(?:left |put )?aside|left out|do(?: not|n['’]t) count)\b|\bmain (?:conference|track)(?: only| papers)?\b|\bproper\b",
    r"(?:不含|不包括|不算|除去|排除)\s*(?:workshop|研讨会|工作坊)s?|(?:workshop|研讨会|工作坊)s?\s*(?:论文)?(?:除外|不算|不计)|主会",
)
WORKSHOPS = Wording(r"\bworkshops?\b", r"研讨会|工作坊")
FINDINGS_TOO = Wording(
    r"\b(?:including|include|with|and|plus|counting|incl\.?) (?:the )?findings\b|\bfindings (?:included|too|as well|also)\b|\bfindings\s*(?:\+|and|plus|&|,|/)\s*(?:the )?main(?: conference| track)?\b|\bmain(?: conference| track)?\s*(?:\+|and|plus|&|/)\s*(?:the )?findings\b",
    r"(?:包括|含|算上|和)\s*findings",
)
FINDINGS = Wording(r"\bfindings\b")
OR_DEMOS = Wording(r"\s*(?:,|/|&|\band\b|\bor\b)\s*(?:the )?(?:system )?demos?\b")
DEMOS = Wording(r"(?<=\bACL )demos?\b|\b(?:system )?demo(?:nstration)?s?\b(?= (?:papers?|tracks?)\b)")

TITLE_HAS = Wording(
    r"(?:(?:whose|with|where|in which) )?(?:(?:the|a|its|their|whose) )?(?:titles?|names?) (?:that )?(?P<neg>does(?:n['’]t| not) |do(?:n['’]t| not) )?(?:mentions?|contains?|containing|includes?|including|has|have|having|with|says?|(?:starts?|begins?|starting|beginning) with|mentioning|uses?)(?: the)?(?: words?| terms?| phrase| string)?\s*(?P<a>.+)"
    r"|(?:called|named|titled|entitled) (?:something|anything) (?:with|like|containing|about)\s*(?P<e>.+)"
    r"|(?:with|without|lacking|having|has|have|mention(?:s|ing)?|contain(?:s|ing)?|includ(?:es?|ing)|uses?) (?:the )?(?:words? |terms? |phrase |string )?(?P<b>[^?]+?) (?:somewhere |appearing )?(?:in|as part of|as (?:the |its |their )?(?:first|initial|opening) word (?:of|in)) (?:the|its|their) (?:titles?|names?)"
    r"|(?:标题|题目|名字|题名)(?:中|里|里面|上)?(?:同时|都)?(?:含有|包含|含|带有|带|有|提到|出现|包括)(?:了|过)?(?P<c>.+)"
    r"|(?:标题|题目|名字|题名)(?:是)?以\s*(?P<d>.+?)\s*(?:开头|打头|起头|开始)",
)
TITLE_NOT = Wording(r"(?:\bwithout|\blacking|\b(?:not|never)\s+\w+|n['’]t\s+\w+)$")
TITLE_BEGINS = Wording(
    r"\b(?:first|initial|opening) word\b|\b(?:starts?|begins?|starting|beginning) with\b",
    r"开头|打头|起头|开始",
)
EITHER = Wording(r"\s*(?:\bor\b|/|或者?|或是)\s*")
AND = Wording(r"\s*(?:\band\b|\+|&|和|与|及)\s*")
QUOTED = re.compile(
    r"[\"“”‘「『《](?P<q>[^\"“”‘’」』》]{2,80})[\"“”’」』》]|(?<!\w)'(?P<single>[^']{2,80})'(?!\w)"
)

OLDEST = Wording(
    r"\b(?:(?<!at the )earliest|oldest|very first|first(?= paper| one| entry| work))\b",
    r"最早|最老|最先|第一篇",
)
NEWEST = Wording(
    r"\b(?:newest|(?<!at the )latest|most recent|youngest)\b", r"最新|最近的|最晚|最近一篇|最后一篇"
)
TOP = Wording(
    r"\b(?:top|latest|newest|earliest|oldest|most recent|first|last) (\d{1,2}|two|three|four|five|six|seven|eight|nine|ten)\b|\b(\d{1,2}|two|three|four|five) (?:latest|newest|earliest|oldest|most recent)\b|最(?:新|早|近)的?\s*(\d{1,2}|[两二三四五六七八九十])\s*篇",
)
NUMBERS = (
    {w: n for n, w in enumerate("zero one two three four five six seven eight nine ten".split())}
    | {w: n for n, w in enumerate("零一二三四五六七八九十")}
    | {"两": 2}
)

# What a look-up asks of a named paper. The first that matches wins.
LOOKUPS: tuple[tuple[str, Wording], ...] = (
    ("places", Wording(
        r"\b(?:in|under|into) how many (?:different )?(?:categories|sections|places|headings|subcategories)\b|\bhow (?:many times|often)\b.{1,80}\b(?:appears?|listed|occurs?|show(?:s|n)? up|included|mentioned|on the list|in the list)\b|\bhow many (?:different )?(?:categories|sections|places|entries)\b.{1,60}\b(?:is|does|has|have|contain|list|include|hold|belong)\b",
        r"^(?:is|does|has|was) .{1,80}\b(?:more than one|several|multiple|two|different) (?:categor|section|heading|place)|^(?:is|does|has|was) .{1,80}\b(?:twice|more than once|several times)\b",
        r"(?:在|属于|归(?:在|入)?|列(?:在|入)|出现在|分在|收录在)(?:了)?(?:列表(?:的|里|中)?)?(?:几|多少)个(?:类别|分类|类|章节|小节|地方)|(?:出现|收录|列出?|被?列)(?:了|过)?(?:几|多少)(?:次|遍|回)",
    )),
    ("arxiv", Wording(r"\barxiv[\s-]*(?:ids?|numbers?|no\.?|identifiers?|no\b|#)", r"\b(?:id|number|identifier) (?:on|at|in) arxiv\b", r"arxiv\s*(?:的)?\s*(?:编号|号码|号|序号|ID)", r"\barxiv (?:link|url|page|address)")),
    ("code", Wording(
        r"\b(?:does|do|did|has|have|is|are) .{1,80}?\b(?:have|has|provide|release[d]?|include|come with|offer|link|got|publish(?:ed)?)\b.{0,30}\b(?:code|repo|repository|implementation)\b",
        r"\b(?:is|are) (?:there )?(?:any |the |an? )?(?:open |official |public |source |open[- ]source )*(?:code|repo|repository|implementation)s? (?:for|of|to|link)\b(?!.*\bexample)",
        r"\b(?:is|are) (?:the )?code\b.{0,60}\b(?:available|public|released|listed|linked|open|online)",
        r"\bwhere(?:'s| is| are| can i (?:find|get)) .{0,30}\b(?:code|repo|repository|implementation)\b",
        r"\b(?:code|github|repo|repository) (?:link|url|address|repo|repository|page)\b(?:.{0,10}\b(?:of|for|to)\b|\W*(?:pls|please|plz)?\W*$)|\b(?:link|url) (?:to|of|for) .{0,30}\b(?:code|repo|repository)\b",
        r"\b(?:is|are) .{1,60}\bopen[- ]?sourced?\b",
        r"\bwhich (?:github )?(?:repo|repository)\b|\b(?:has|with) code\s*\?",
        r"(?:有|没有|有没有|是否有|提供|公开)(?:没有)?(?:了)?(?:官方|开源|公开)?(?:的)?代码|代码(?:链接|地址|仓库|在哪)|(?:哪里|哪儿|何处).{0,30}代码|代码.{0,8}(?:哪里|哪儿)|开源(?:了)?(?:吗|没|么)|是否开源|github\s*(?:的)?(?:地址|链接|仓库|主页)|有没有开源|(?:有|没有)\s*code\s*(?:吗|么|\?|？|没)|仓库(?:地址|链接|在哪)",
    )),
    ("category", Wording(
        r"\b(?:which|what) (?:category|categories|section|sections|heading|headings|subsection|sub-?category)\b.{0,40}\b(?:is|are|does|of|contains?|lists?|holds?|has|put)\b",
        r"^(?:is|are|was|does|do|did) .{1,80}\b(?:filed|listed|classified|categori[sz]ed|placed|put|sorted|sits?|stands?|belongs?) (?:under|in|into|as|with|to)\b(?! (?:the|this|your) (?:\w+ )?(?:list|repo|catalog))|^(?:is|are|was) .{1,60}\b(?:under|in|an?|the) .{1,60}\b(?:category|section|heading)\b",
        r"\b(?:under|in|into) (?:which|what) (?:category|categories|section|sections|heading|headings|part|subcategory)\b",
        r"\bwhere (?:on|in) the (?:github )?(?:list|repo)\b|\bwhere(?:['’]?s| is| are| does) .{1,60}\b(?:listed|filed|categori[sz]ed|classified)\b|\bwhere (?:does|do|did|has|have) (?:the list|the repo|they|you|the authors|it) (?:put|file|place|list|classify|categori[sz]e)\b|\bhow is .{1,60} (?:categori[sz]ed|classified|filed)\b|\bcategory of\b",
        r"(?:属于?|归在|归到|归类|归为|归|算|放在|放到|列在|分在|分到|归入|收录在|在)(?:了)?(?:列表(?:的|中的|里的)?)?(?:哪个|哪一个|哪些|什么|哪一|哪)(?:类别|分类|类|章节|部分|小节|节|栏目|目录)",
    )),
    ("venue", Wording(
        r"\bwhere(?:['’]?s| was| were| is| did| has| have| does| do) .{1,120}?\b(?:published|appear(?:ed)?|presented|come out|accepted|get published|get in|land|publish)\b",
        r"\bwhere (?:[\w.+-]+ ){1,6}(?:appeared|came out|(?:was|were|is|got) (?:published|presented|accepted))\b",
        r"\b(?:which|what) (?:conf\w*|venue|journal|workshop|proceedings)\b",
        r"\b(?:conference|venue|journal|proceedings) (?:of|for|was|is|did)\b",
        r"\b(?:published|appeared|presented|accepted) (?:at|in|by) (?:which|what|where)\b",
        r"\bwhere published\b|\bpublished where\b|\bpublication venue\b|\bvenue\s*\?|\bpeer[- ]?reviewed\b",
        r"\bwhere(?:['’]?s| was| were| is| did) .{1,80}?\bpub\w+",
        r"^(?:was|were|is|did) .{1,80}\b(?:accepted|published|presented|appear(?:ed)?)\b",
        r"(?:发表|发布|刊登|发|登|中|录用|接收|收录|投)(?:在|于|到)?(?:了)?(?:的)?(?:哪|什么)(?:个|一个|里|儿|家|些|种|本)?(?:会议|期刊|会|顶会|刊物|地方|杂志)?|(?:哪个|哪一个|什么|哪篇|哪家|哪本)(?:会议|期刊|顶会|刊物|会上|会)|发表(?:会议|期刊|场所|在哪)|出处",
    )),
    ("month", Wording(r"\b(?:which|what) month\b|\bmonth (?:did|was|of)\b", r"哪一?(?:个)?月|几月|什么月份?")),
    ("year", Wording(
        r"\b(?:what|which) year\b|\byear (?:of|was|is|did|for)\b|\bwhen .{1,60} (?:was|were|is|came) (?:published|released|out)\b|\bwhen (?:was|were|did|is) .{1,80}\b(?:published|released|come out|appear(?:ed)?|out|presented|written)\b|\bpublication (?:year|date)\b|\bhow old is\b",
        r"哪一?年|什么时候(?:发表|提出|发布|出来|出的)|何时(?:发表|发布)|年份|哪年",
    )),
    ("link", Wording(r"\b(?:link|url|address|web ?page|pdf) (?:to|of|for)\b|\b(?:paper|pdf|abs) (?:link|url)\b|\b(?:link|url)s?\W*(?:pls|please|plz)?\W*$|\b(?:which|what) (?:link|url)\b|\bwhere can i (?:read|find|get|download)\b", r"(?:论文)?(?:链接|网址|地址|下载)")),
    ("title", Wording(r"\b(?:full|exact|complete|official) (?:title|name)\b|\btitle of\b", r"(?:完整|全|论文)?(?:标题|全称|题目)(?:是|叫)")),
)  # fmt: skip
ON_LIST = Wording(
    r"\b(?:is|are|was|were|does|do|has|have) (?P<a>.{2,120}?),? (?:also |really |even )?(?:on|in|part of|included (?:on|in)|listed (?:on|in)|mentioned (?:on|in)|covered (?:on|in)|included|listed|appear (?:on|in)) (?:(?:the|this|your) (?:github |paper |authors' |survey's )*(?:list|repo|repository|catalog|catalogue)|(?P<place>there|here)(?=\W*$))"
    r"|\b(?:does|did|has|do) (?:the|this|your) (?:github |paper )*(?:list|repo|repository|catalog|catalogue) (?:also )?(?:included?|contain(?:ed)?|have|has|got|mention(?:ed)?|cover(?:ed)?|list(?:ed)?|feature) (?:the )?(?:paper )?(?P<b>.{2,120}?)\s*(?:paper)?\s*\?*$"
    r"|\b(?:is|are) there (?:also )?(?:an? |any |some )?(?:entry|entries|paper|listing|item|article) (?:for|on|of|about|called|named|titled) (?:the )?(?P<i>[^?]{2,80}?)(?: (?:on|in) (?:the|this|your) (?:list|repo|repository))?\s*\?*$"
    r"|^(?:so )?(?:the |your )?(?:list|repo|repository) (?:has|have|includes?|contains?|got) (?P<h>[^?]{2,80}?)(?: paper)?\s*\?+$"
    r"|^(?:is|are|was|were) (?P<j>[^?]{2,80}?) (?:also )?(?:included|listed|in there|in here)\W*$"
    r"|\b(?:do|does|did) (?:you|they|it|the authors) (?:also )?(?:list|include|have|cover) (?:the )?(?:paper )?(?P<e>.{2,120}?)(?: paper)?\s*\?*$"
    r"|(?P<c>[^，,。？?]{2,80}?)(?:这篇论文|这篇文章|这篇|论文)?(?:有没有|是否|有无|在不在|是不是)?(?:在|被)?(?:这个|该|GitHub|github|论文)?\s*(?:的)?(?:列表|清单|仓库)(?:里|中|上|内)?(?:面)?(?:有没有|吗|么|收录)"
    r"|(?P<g>[^，,。？?]{2,80}?)(?:这篇论文|这篇文章|这篇|论文)?(?:有没有|是否|有无)?(?:被)?(?:收录|列入|收进|收入|加入|加进|收)(?:到|进)?(?:了)?(?:这个|该)?(?:GitHub\s*)?(?:列表|清单|仓库|名单|目录)?(?:里|中)?(?:了|进去|在内|进来)*(?:吗|么|没有?|\?|？)"
    r"|(?P<f>[^，,。？?]{2,80}?)(?:这篇论文|这篇|论文)?(?:在不在|是不是在|有没有在|是否在|被不被|有没有被|是否被)(?:这个|该|GitHub|github|论文|收录(?:在|进)?)*\s*(?:的)?(?:列表|清单|仓库|目录)"
    r"|(?:列表|清单|仓库)(?:里|中|上)?(?:面)?(?:有没有|是否有|收录了|是否收录(?:了)?|有|包含)(?P<d>[^，,。？?哪]{2,80}?)(?:这篇论文|这篇|论文)?(?:吗|么|\?|？|$)",
)

YEAR_RULES: tuple[tuple[str, Wording], ...] = (
    ("decade", Wording(r"\b(?:the )?((?:19|20)\d0)['’]?s\b|((?:19|20)\d0)\s*年代")),
    ("between", Wording(r"\b(?:from|between|btwn?|betw)?\s*((?:19|20)\d\d)(?:\s*年)?\s*(?:-|–|—|~|to|and|through|until|till|到|至|和)\s*((?:19|20)\d\d)(?!\d)(?:\s*年)?(?:之间|间|期间)?")),
    ("before", Wording(r"\b(?<!no )(?<!not )(?:before|prior to|earlier than|older than|preceding|predat(?:e|es|ed|ing)|pre-?)\s*((?:19|20)\d\d)|((?:19|20)\d\d)\s*年?\s*(?:之前|以前|前)(?!\s*[(（]含)|早于\s*((?:19|20)\d\d)\s*年?")),
    ("until", Wording(r"\b(?:until|till|up to|by|through|(?:no|not) (?:later|newer|younger|more recent) than|not after|at most|as late as)\s*(?:and including\s*|the end of\s*)?((?:19|20)\d\d)|((?:19|20)\d\d) (?:or|and) (?:all |any(?:thing)? |everything )?(?:earlier|before|older)|((?:19|20)\d\d) at (?:the )?(?:latest|most)|(?:截至|截止到?|不晚于)\s*((?:19|20)\d\d)\s*年?|((?:19|20)\d\d)\s*年?\s*(?:(?:以?及|和|或|或者)(?:其|在此)?(?:以前|之前|更早)|[(（]含[)）]\s*(?:以|之)?前|[以之]?前\s*[(（]含[^()（）]{0,6}[)）])")),
    ("after", Wording(r"\b(?<!no )(?<!not )(?:after|later than|newer than|past|following|postdat(?:e|es|ed|ing)|post-?)\s*((?:19|20)\d\d)|((?:19|20)\d\d)\s*年?\s*(?:之后|以后|后)(?!\s*[(（]含)|晚于\s*((?:19|20)\d\d)\s*年?")),
    ("since", Wording(r"\b(?:since|starting(?: in| from)?|from|as of|no earlier than|not before)\s*((?:19|20)\d\d)(?= on\W{0,3}(?:$|[,.;?!]| (?:with|that|which|and|have|has|from|at|in|are)\b)| onwards?| and (?:later|after|newer)|\+| to (?:now|date|today|present))(?: onwards?| on\b| and (?:later|after|newer)| to (?:now|date|today|present))?|\b(?:since|starting(?: in| from)?|(?:no|not) (?:earlier|older) than|not before)\s*((?:19|20)\d\d)|((?:19|20)\d\d) at (?:the )?earliest|((?:19|20)\d\d) (?:onwards?|and (?:later|after|newer|onwards?|up|above|beyond)|or (?:later|newer|after)|\+)|((?:19|20)\d\d)\s*年?\s*(?:以来|起|开始|(?:以?及|和|或|或者)(?:其)?(?:以后|之后|更晚|更新)|[(（]含[)）]\s*(?:以|之)?后|[以之]?后\s*[(（]含[^()（）]{0,6}[)）])|自\s*((?:19|20)\d\d)\s*年?")),
)  # fmt: skip

# The same rules for months, which `in_full` writes as 2024-02.
MONTH_RULES = tuple(
    (kind, Wording(rule.source.replace(r"(?:19|20)\d\d", r"(?:19|20)\d\d-[01]\d")))
    for kind, rule in YEAR_RULES
    if kind != "decade"
)
MONTH = re.compile(r"(?<!\d)((?:19|20)\d\d-[01]\d)(?![\d-])")
ARXIV_STEM = Wording(
    r"\barxiv (?:ids?|numbers?|identifiers?) (?:that |which )?(?:(?:start|begin)s?|(?:start|beginn)ing) (?:with|in) [\"“']?(2\d(?:0[1-9]|1[0-2]))(?!\d)(?:[.x*]+)?[\"”']?",
    r"\barxiv (?:ids?|numbers?|identifiers?)? ?(?:like |of the form |from |in )?[\"“']?(2\d(?:0[1-9]|1[0-2]))\.?[x*]+[\"”']?",
    r"\barxiv (?:ids?|numbers?|identifiers?) (?:like |from |in |of |under )?(2\d(?:0[1-9]|1[0-2]))(?![\d.])",
    r"arxiv\s*(?:的)?\s*(?:编号|号码?|ID)\s*(?:是)?(?:以)?\s*[“\"]?(2\d(?:0[1-9]|1[0-2]))[”\"]?\s*(?:开头|打头|起头|开始)?",
)
ON_ARXIV = Wording(
    r"\b(?:(?:went|gone|go|put|posted|uploaded|submitted|appear(?:ed|ing)?|first|came|out|released|published|dated|up|hit|landed|available|was|were) )*(?:on|to|onto|at|in|of)? ?(?:the )?arxiv\b(?! (?:pre-?prints?|only))",
    r"(?:首次|最早|最先)?(?:上传|挂|发布|提交|放|传|发|出现|发表)?(?:在|到|至|于)?(?:了)?\s*arxiv\s*(?:上)?(?!\s*预印本)",
)
ONLY_PREPRINTS = Wording(r"\bpre-?prints?\b|\barxiv[- ]only\b|预印本")
ABOUT = Wording(r"\babout\b|关于|有关|相关|方面")
REPEATED = Wording(
    r"\b(?:twice|more than once|several times|multiple times|duplicates?|duplicated|repeated)\b",
    r"重复|两次|多次",
)
MANY_CATEGORIES = Wording(
    r"\b(?:more than one|multiple|several|two|different|at least two) (?:categories|category|sections?|headings?)\b",
    r"(?:多个|两个(?:以上|及以上|或以上)?|不止一个|一个以上)(?:的)?(?:类别|分类|章节)",
)
NO_ARXIV = Wording(
    r"\b(?:without|no|lacking|lack|lacks|missing|not have|don't have|doesn't have)(?: an?| any)? arxiv (?:links?|ids?|numbers?|versions?|page)\b",
    r"没有\s*arxiv\s*(?:链接|编号|版本)",
)
WITH_ARXIV = Wording(
    r"\b(?:with|have|has|having|carry|got)(?: an?| any| their)? arxiv (?:links?|ids?|numbers?|versions?|page)\b",
    r"有\s*arxiv\s*(?:链接|编号|版本)",
)
_PREPRINT = r"(?:the |a )?(?:arxiv(?:[- ]only)?|pre-?prints?)(?: (?:stage|phase|status|server|version)s?)?\b"
_REAL = r"(?:(?:real|actual|proper|named|formal|true|genuine|official|peer-reviewed)(?:,? (?=\w+ (?:venue|conf|journal|publ|proc)))?)+"
REVIEWED = Wording(
    r"\bpeer[- ]?reviewed\b|\b(?:no|not|non|without)[- ](?:just |only |mere |any )*(?:arxiv )?pre-?prints?\b"
    r"|\b(?:at|in|into|by|to|from) (?:an?|any|some|real|actual) (?:(?:real|actual|proper|top|major|peer-reviewed|academic) )*(?:conference|venue|journal)s?\b",
    r"\b(?:an?|any|some) (?:conference|journal) (?:venue|publication|version|paper)s?\b",
    rf"\b(?:(?:made|makes?|making|got|gets?|went|gone|moved?|advanced?) (?:it )?)?(?<!never )(?:past|beyond|further than) {_PREPRINT}",
    rf"\bmore than (?:just |only |merely |mere )*(?:an? )?{_PREPRINT}",
    rf"\b(?:not|n['’]t) (?:just|only|merely|purely|solely|simply) (?:on |an? )*{_PREPRINT}|\b(?:not|non|nothing|isn['’]t|aren['’]t)[- ]arxiv[- ]only\b",
    rf"\b(?:have|has|having|with|got|carry|carrying|found|find|bear(?:ing)?) (?:an? |any |some |their )?{_REAL} (?:publication )?(?:venue|conference|journal|proceedings)s?(?: (?:or|and) (?:venue|conference|journal)s?)?\b",
    rf"\b(?:(?:actually|formally|officially|properly|really) )?(?:published|accepted|appeared|presented) (?:(?:actually|formally|officially|properly) )?(?:at|in|by) (?:an?|some|any) (?:{_REAL} )?(?:venue|conference|journal)s?(?: (?:or|and) (?:venue|conference|journal)s?)?\b",
    r"\b(?:reached|found|secured|landed(?: at| in)?|have|has|had|with|got) (?:an?|some|any) (?:conference|journal)(?: (?:or|and) (?:conference|journal))?s?\b(?! (?:venue|publication|version|paper))",
    r"(?<!main )\b(?:conference|journal) (?:papers?|ones?|articles?)\b|\b(?:passed|underwent|went through|with|after|survived) peer[- ]review\b",
    r"\b(?:conference|journal|venue)[- ](?:published|accepted)\b|\b(?:published|accepted|appeared) somewhere\b",
    r"\b(?:formally|officially|properly|actually) published\b",
    r"(?:中了?|已?被|发在|发表在|发表于|登在|进了?|上了)(?:某个?|某些|正式|真正)?的?(?:学术)?(?:会议|期刊|顶会)(?:[或/、和](?:会议|期刊))?上?(?:接收|录用|收录|接受|发表)?(?:了|过)?",
    r"\brefereed\b|\b(?:workshops? (?:or|and|/) )?(?:conferences?|journals?)(?: (?:or|and|/) (?:workshops?|journals?|conferences?))* only\b",
    r"(?:只要|只看|仅限|只限|只算)(?:正式的?)?(?:会议|期刊)(?:[或和/](?:会议|期刊))?(?:论文|文章|的)?",
    r"同行评[审议]|正式(?:地)?发表|(?:正式|真正)的?(?:学术)?会议(?:或期刊)?|顶会|(?:不是|并?非)(?:\s*arxiv\s*)?预印本|不(?:只|仅|单|光|止)(?:仅|单|于)?(?:是|在|挂在)?\s*(?:arxiv|预印本)",
)
# What is on arXiv and was published nowhere else.
UNREVIEWED = Wording(
    rf"\b(?:never|not yet|not|n['’]t|yet to|failed to|without)\W+(?:been )?(?:(?:made|make|makes|making|got|get|gone|go|went|move|moved) (?:it )?)?(?:past|beyond|further than) {_PREPRINT}",
    rf"\b(?:no|without|lacking|lack|(?:do|does|did|has|have)(?: not|n['’]t) (?:have|had|got|find|found|a)?)\s*(?:an? |any |their )?{_REAL} (?:publication )?(?:venue|conference|journal)s?\b",
    rf"\b(?:not|never|n['’]t) (?:yet )?(?:been |yet |formally |officially |properly |actually )*(?:published|accepted) (?:at|in|by) (?:an?|any) (?:{_REAL} )?(?:venue|conference|journal)s?\b|\bunpublished\b|\bunreviewed\b",
    r"\b(?:never|not|n['’]t|nowhere) (?:\w+ ){0,2}(?:anywhere )?(?:outside|beyond|other than|except|but)(?: of| on)? arxiv\b",
    r"\bnot (?:yet )?peer[- ]?reviewed\b|\b(?:without|no|lacking|lacks?|awaiting|pending|before) (?:any )?peer[- ]review\b",
    r"(?:未|没有?|尚未|还没有?|从未)(?:能)?(?:正式)?(?:发表|发|登|中|被|进)?(?:在|到)?(?:过|任何|正式的?)*(?:会议|期刊|顶会)(?:[或/、和](?:会议|期刊))?上?(?:接收|录用|收录|接受|发表)?过?",
    r"(?:还|仍然?|依然|依旧|目前)(?:只|仅)?(?:停留|挂|放|留)?在\s*arxiv(?:\s*上)?|(?:停留|挂)在\s*arxiv(?:\s*上)?|(?:只|仅)有?\s*arxiv\s*(?:版本?|预印本)",
    r"\b(?:only|just|merely) (?:has |have |had |with )?(?:an? |the |their |its )?arxiv (?:versions?|pre-?prints?)\b|\b(?:with|have|has) (?:only|just|merely) (?:an? |the |their |its )?arxiv (?:versions?|pre-?prints?|links?)\b",
    r"(?:未|没有?|尚未|还没有?)(?:经过?)?(?:正式发表|同行评[审议])(?:过)?",
)
SORTED = Wording(
    r"\b(?P<first>oldest|newest|latest|earliest|most recent) (?:ones? )?(?:first|to (?:newest|oldest|latest))\b|\b(?:in )?(?P<chrono>chronological(?:ly)?(?: order)?)|\b(?:sorted|ordered|sort|order|arranged?)(?: them| these| those| it)? (?:by|according to) (?:publication )?(?:year|date|time)(?P<down>,? desc\w*)?",
    r"按(?:发表)?(?:时间|年份|年|先后)(?:顺序|先后)?(?:排序|排列|排|从早到晚|由早到晚)?(?P<zh_down>从新到旧|倒序|由近到远)?",
)
HEADING = Wording(
    r"\b(?:file|filed|files|put|list|listed|sort|sorted) (?:it |them )?under\b|\b(?:section|category|heading|subsection|subcategory)\b(?! ?\d)|\blist (?:what|everything|all)(?:['’]s| is)? (?:listed |filed )?(?:under|in)\b",
    r"类别|这一类|这类|分类|小节|类[里中下]",
)

# Venues that are not on the list: asked for, the honest answer is "none", not everything.
OTHER_VENUES = (
    "CVPR ICCV ECCV WACV KDD SIGMOD ASPLOS HPCA MICRO DAC DATE ICCAD COLING COLM CoLM INTERSPEECH SIGIR IJCAI TPAMI "
    "PAMI JAIR CIKM WSDM WWW PLDI POPL CHI UIST FAST ATC ISSCC AISTATS COLT CoRL ICRA IROS RSS RecSys MLHC ICDM SDM "
    "ICDE PODS SIGCOMM MobiCom MobiSys SenSys INFOCOM CCS NDSS TKDE TNNLS TIP IJCV Nature Science PNAS CoNLL LREC "
    "ECAI ECML SIGGRAPH ICSE FSE ASE ISSTA OOPSLA FAccT CSCW BMVC ACCV MICCAI ISMIR FPGA HotOS SoCC TOIS TOCS CACM JACM"
).split()

# Words that say nothing about which papers are meant.
EMPTY = frozenset(
    """slide love loved online host hosts hosted excluded care cares prefer happy grateful appreciate plan planning preparing thesis slides presentation homework assignment
    course seminar project based branch named refs ref advisor adviser supervisor prof professor boss colleague colleagues reviewer reviewers teammate team student
    students mention remember recall forgot ml nlp ai uploaded submitted posted deposited dropped landed put month months represented a an the of for and or in on at to from by with without that this these those there here it its is are was were be been
    being do does did has have had having got get can could would will shall should may might must me my i we you your our us
    they them their he she who whom what which when where how why whose many much number count total some any all every each
    both either other others another more most few one ones only just also too as well even still currently now today so far
    please pls plz kindly thanks thank hi hello hey ok okay could show list lists listing listed give name names enumerate find
    display tell see look up want need know like interested looking return print get fetch provide me exactly about around
    paper papers publication publications article articles preprint preprints entry entries title titles work works study
    studies research literature reference references item items record records github repo repository readme catalog catalogue
    survey survey's surveys survey’s authors author's authors' category categories section sections subsection heading topic topics area areas field
    subject under within inside across into onto among between during over out made make makes making marked mark labelled
    labeled tagged filed categorised categorized classified grouped belong belongs belonging deal deals dealing concern
    concerns concerning regarding related relevant focus focuses focused focusing cover covers covered covering address
    addresses addressing discuss treat devoted dedicated published publish publication appear appears appeared appearing
    presented accepted accept released release come came comes coming out year years conference conferences venue venues
    journal journals proceedings workshop workshops track main proper papers' list's github's year's there's what's is's s t
    one two three four five six seven eight nine ten wich whcih waht pepers papres picked sit sits gathered collected
    recorded mentioned sorted stand stands fall falls live lives feature features featured tick ticks ticked together called given place places placed assigned stated i'm i'd i've i'll let's peer
    reviewed peer-reviewed venue's rather instead duplicate duplicates duplicated twice once times several multiple
    re ve d ll via use uses using used not no nor than then if whether contain contains contained containing include includes included
    including inclusive hold holds exist exists existing available code codes open source sourced method methods technique
    techniques approach approaches model models llm llms large language efficient efficiency kind kinds type types sort
    sorts set whole entire full complete altogether overall together distinct unique different separate unlike anything
    something everything latest newest oldest earliest recent first last since before after until till onwards later earlier
    up down back through per part subcategory subcategories sub leaf leaves non date dates dated got link links linked linking count counts counting
    counted excluding exclude excl incl plus besides apart except lead whats wheres whos fraction percentage percent share proportion ratio
    same time simultaneously concurrently somewhere aren't isn't wasn't don't doesn't didn't weren't haven't hasn't can't
    itself themselves oneself group groups bucket buckets myself but however am i'm above again along already amid among amount anyone around away become becomes becoming bit brings
    couple current dear decide decided directly doing done else especially exact explicit expect extra far feel final form forward found full further
    gave general gets giving go going gone guess happen happens happened having hear hope indeed instance involve involves involved involving keen
    lot lots main maintained manage managed matter maybe mean means mind mine moment move moved near necessarily needed needs next nice normal note
    noted notice noticed obviously often old own owned particularly past people perhaps person piece pieces plain point possible possibly prefer
    presently previously prior probably publicly rather ready regards relate relates relating remain remains rest seem seems seen shown side
    slightly somewhat soon spot still straight such suppose supposed take taken takes talk talking talks tend think thinking thought though
    towards toward true truly try tried typical unless upon usual variety view viewed wanted wants way ways welcome went wish wonder word words
    worth write writing written wrong yours presence exist existed existing r u ur n wanna gonna da wit pls. cuz tho btw lol etc eg e.g i.e ie respectively
    actually neither nor single sole lone post posts posted stored goes called size file files put gimme pull grab dig whatever offer offers offered reading readings concerning carry carries carrying contribute contributes contributed
    contribution fall falls fell fit fits heading headings real actual actually proper properly order ordered sorted according exactly precisely roughly
    approximately altogether totally completely fully complete comprehensive overview compile compiled assemble gather collection collected browse
    browsing check checking verify confirm clarify wondering curious hoping trying quick short brief let's lets lemme hmm um uh er anyway anyways
    stayed stays stay public strategy strategies mechanism mechanisms marks notes noting puts tags labels bear bears bearing carry carrying beneath below subsections subcategories descendants children nested housed resides reside residing hang hangs hanging regardless
    spelled spelling alone stage phase status barely mere merely next their dating dates bracket brackets awesome
    separately individually apiece vs versus somehow someone somebody anybody everyone nobody none nothing another elsewhere anywhere everywhere nowhere wherever whichever whoever however
    therefore thus hence because since although though despite while whilst during meanwhile already yet ever never always sometimes usually mostly
    mainly mostly primarily largely simply merely solely purely nearly almost quite very really rather pretty fairly enough many much several various
    certain specific particular given following respective corresponding same similar whatever count counted counts tally total totals sum summed add
    added bring brings brought turn turns turned end ends ended start starts started begin begins began keep keeps kept hold say says said tell tells
    told ask asks asked answer answers question questions search searching filter filtered query browse lookup report reports catalogued catalogue
    published publishing venueless tagged tag tags label labels marked status stuff things thing bunch sure guys folks quick quickly just simply basically again back right good got""".split()
)
# Words of asking that are often misspelt: a word near one of them says nothing either.
MISSPELT = tuple(
    "whats which papers published publication section category listed entries conference".split()
)
EMPTY_ZH = Wording(
    "(?:归|列|放|收|分)[入进到为]|新(?=的?(?:论文|文章|工作|东西))|加(?:起来|在一起|一起)|合(?:计|起来)|(?:系统|体系结构|机器学习|自然语言处理|超级计算|数据库|顶级)(?:学术)?会议|这?一?(?:板块|块|栏目?)(?:儿)?|份|唯一|还?剩下?|原(?:始|版)?(?=论文|文)|自动(?:化)?|没?放|谁|看|批|标题|题目|着|[两二三四五六七八九十]篇|有谁|给出了?|拿|标记|标注|标明|标为|标成|标的|标|注明|写明|写着|写的|写成|列为|列出来?|记为|记作|记录|给出|给的|对应的?|挂着?|过(?![滤程])|发(?![表布出现明])[在于到]?|仍|仍然|真正|正式|凡是|凡|哪儿|按照?|依照?|根据|显示|出来|其他的?|其它的?|其余的?|剩下的?|剩余的?|一|而且|并且|但是|但|且|帮忙|麻烦|劳驾|谢谢|想找|查询|查|搜索|搜|检索|整理|汇总|罗列|点|呀|哦|嘛|啦|百分之几|百分之|比例|占比|分布|统计|被|请问|请|一下|帮我|我想|知道|想|列出|列举|给出|给我|找出|找|看看|展示|显示|哪些|哪几|哪一|哪篇|哪个|哪|什么|有没有|没有|有|多少|几篇|几个|几|一共|总共|共|"
    "总数|数量|(?<!参)数|收录|列表|清单|名单|仓库|目录|条目|论文|文章|文献|工作|研究|方法|技术|类别|分类|这一类|这类|类|章节|小节|部分|方面|方向|领域|主题|关于|有关|"
    "相关|属于|归|归在|归类|放在|列在|下面|之下|以下|下|里面|里|中|上|内|其中|当中|是|的|了|在|于|和|与|及|或|以及|还|也|都|被|把|对|从|到|由|为|吗|么|呢|吧|啊|"
    "这个|那个|该|此|这|那|个|篇|条|项|年|发表|发布|出版|刊登|录用|接收|会议|期刊|顶会|会|提供|公开|开源|代码|源码|附|带|所有|全部|全|每|只|仅|含|包括|包含|"
    "标记|标注|为|来自|出自|作者|综述|用|做|讲|谈|收|出处|出现|同时|既|又|各|两节|两类|两个|这两|一节|一大类|大类|一类|小类|来源|处|写|榜|入选|总|非|只|算|研讨会|工作坊|大语言模型|大模型|语言模型|模型|高效|最新|最早|最近|之前|以前|之后|以后|以来|起|前|后|链接|可以|能|需要|要|"
    "给|我|你|它|他们|其|哪里|哪儿|分别|具体|目前|现在|不同|去重|不重复|主会|推荐|列|出|挑|条|叫|一节|节|名字|名称"
)

# ---- smaller pieces, by the module that uses them ------------------------------------------------

# conditions
TITLE_END = Wording(
    r"\s*(?:这个?|一|等)?(?:词|字样|字眼|几个字|这几个字)|[?？。!！,，;；]|\s(?:on|in|from|at|of|under|published|since|before|after|that|and have|with code)\b|的(?:论文|文章|条目)|(?<=[A-Za-z0-9+])\s*的(?=.{0,12}(?:论文|文章))|(?:的)?有(?:哪|多少|几)|一共|共有"
)
TITLE_EDGES = Wording(r"^\s*(?:the|a|an|words?|terms?)\s+|\s+(?:are there|is there|exist|are|is)\s*$")
TITLE_WORDING = Wording(
    r"\b(?:whose|with|where|in) (?:the |its |their )?(?:titles?|names?)\b|\b(?:mention\w*|contain\w*|says?|start\w*|begin\w*|words?|terms?|phrase|string|somewhere)\b",
    r"标题|题目|名字|题名|提到|出现|含有|带有|开头|打头|起头|(?:这|那|一)?个?(?:词|字样|字眼)|以(?=\s)|过(?=\s)",
)
IDIOM = Wording(r"\bpay(?:ing)? attention$")
# What may stand between two things of which either counts: "X and Y", "in X, and how many are in Y", "X 有几篇,Y".
JOINED = Wording(
    r"\W*(?:papers?|entries|ones|works|category|section|(?:这一?)?[类节]|的?论文|有?(?:多少|几)[篇条个](?:论文)?)?\W*"
    r"(?:and|or|nor|as well as|plus|&|,|/|、|，|和|与|及|以及|或|还是|还有|than|vs\.?|versus|compared (?:to|with))\W*"
    r"(?:the ones? |those )?(?:how many(?: papers| entries| ones)?(?: are| is)?(?: there| listed)?|又?有?(?:多少|几)[篇条个])?\W*(?:and|or)?\W*(?:is|are|does)?\W*(?:in|on|about|for|from|under|at)?\W*(?:the|those)?\W*"
)
FOR = Wording(r" for ")
THE_ONE = Wording(r".{0,20}\b(?:the )?(?:ones?|that|those) (?:for|on|about|in|of)\W*")
# What is like a paper: "LoRA-type", "Mamba-style".
LIKE_A_PAPER = Wording(
    r"(?<![\w-])(?P<name>[A-Za-z][\w.+-]*?)-(?:like|type|style|ish|family|flavou?red)(?![\w-])"
)
# The first of two names that share their last words: "white-box or" before "black-box distillation".
ELIDED = Wording(
    r"(?<![\w-])(?P<word>[\w-]+)\s*(?:,|/|&|\band\b|\bor\b|\bnor\b|\bvs\.?|\bversus\b|\bthan\b)\s*(?:the |in |on |under )?$"
)
BOTH = Wording(
    r"\bboth\b|\b(?:at the same time|simultaneously|concurrently|at once|in common|(?:and|but|that are|are|is|which are) also|also (?:in|under|listed|filed|counted|appear\w*)|(?:double|cross)[- ]?listed|overlap\w*|intersection)\b|\bpaper (?:is|was|sits|stands|appears|belongs|falls|shows up) (?:\w+ )?(?:in|under|to)\b(?!.*\bor\b)",
    r"同时|兼|既.+又|也(?:在|属于|归|出现在)|又(?:在|属于)|(?:两|二)(?:个)?(?:节|类|类别|分类|章节|处)(?:里|中|下)?都|交集",
)
SECOND_EXCLUDED = Wording(r"\s*(?:,?\s*(?:and|or|nor)|&|/|、|和|或|及|与)\s*")
ENLSP = Wording(r"\bENLSP\b")
# An aside in brackets or after a comma that says which category is meant: "(the compression one)".
ASIDE = re.compile(
    r"[(（](?P<a>[^()（）]{2,80})[)）]|[,，—–]\s*(?:i mean |meaning |that is,? )?(?P<b>(?:not )?the [\w /-]{2,40}? (?:one|ones|part|section|sense|kind|subsection|category))\b",
    re.IGNORECASE,
)
ASIDE_MARK = Wording(
    r"\b(?:ones?|parts?|sections?|subsections?|category|sense|kind|meaning|i\.?e\.?|aka|a\.k\.a\.?|that is|not|as in|under|within|mean)\b",
    r"那个|那一|这一|指的?是|即|也就是|不是|而非|部分|一节|一类|类别|下的|里的",
)
POINTING = Wording(
    r"那(?:个|一|部分|些|边|块|种)?(?:部分|节|类|块)?|这(?:个|一|部分|些|边|块|种)?(?:部分|节|类|块)?|部分|指的?是|一[类节块]|的|只看|只要"
)
NOT_MEANT = Wording(r"\b(?:not|rather than|as opposed to)\b[^,;]*|(?:不是|而非|非)[^,，;；]*")
# What an aside must not say to be a mere hint: these are conditions or ways of counting.
CONDITION = Wording(
    r"\d{4}|\b(?:code|repo\w*|open[- ]?source\w*|workshops?|findings|arxiv|duplicat\w*|distinct|entr(?:y|ies)|titles?|newest|latest|oldest|earliest|excl\w*|incl\w*|only)\b",
    r"代码|开源|研讨会|重复|条目|标题|最新|最早|不含|包括|年",
)
# What a second clause calls the set of the first.
OF_THEM = Wording(
    r"\b(?:of|among|from|in) (?:them|those|these|which|that)\b|\b(?:those|these|they|them)\b",
    r"其中|这些|那些|里面|它们|当中",
)
# A second clause on the part of the set: ", and which of them have code", ",其中几篇有代码".
PART = Wording(
    r"[,;:.?，；]?\s*\b(?:and|or|&)\s+(?:of (?:them|those|these),?\s+)?(?P<p>(?:which|how many|what|list (?:those|the ones)|name (?:those|the ones)|do any|are any|any of)\b)",
    r"[,;.?，；。？]\s*(?:of (?:them|those|these|which),?\s+)?(?P<q>(?:which|how many) (?:of (?:them|those|these|which)|have|has|are|were|come|came|do|don['’]t|link|provide|lack)\b)",
    r"[,;，；、。？?]?\s*(?P<r>其中|这些(?:论文)?(?:里|中)?|里面|(?:并且|又|以及|和|[,，])(?=哪些|哪几|有几|几篇|多少))",
)
SITES = Wording(
    r"\b(?:posts?|posted|link(?:s|ed)?|links? to|hosted|points?(?: to)?|leads?(?: to)?|goes to|go to|page|pages|thread|site|website|from|on|at)\b|帖|链接|来自|出自|网站|上"
)
GITHUB_PAPERS = Wording(
    r"\b(?:(?:just|only|merely|simply)(?: (?:have|has|link|links|link to|links to|give|a link to|point to|points to))?|as|paper link (?:is|goes to|points to)|instead of a paper,?) (?:an? |the |their |its )*github(?: repo\w*| link| page)?\b",
    r"(?:只|仅|论文)(?:有|是|链接是|链接指向)?\s*github(?:\s*仓库|\s*链接)?",
)
PREPRINTS = Wording(r"\bpre-?prints?\b", r"预印本")
BLOGS = Wording(r"\bblog(?: ?posts?|s)?\b", r"博客(?:文章|帖子?)?")
WEBSITES = Wording(r"\bweb ?(?:site|page)s?\b(?= (?:posts?|entr|papers?|as)|\W*$)", r"网页|网站")
VENUE = re.compile(
    r"(?<![A-Za-z])(?P<name>USENIX ATC|AI Open|[A-Za-z]{2,14})(?P<year>\s?['’]\d\d\b|\s(?:1[7-9]|2[0-6])(?![\w%.]\w|\w| (?:of|or|more)\b)|\s?(?:19|20)\d\d(?!\d|\s*年?\s*(?:以?及|以?[前后]|之[前后]|到|至|起|开始|或更|[-–~—]\s*\d|(?:or|and) (?:all |anything )?(?:later|earlier|before|after|older|newer|onwards?|up)\b|onwards?\b|(?:to|through|until) \d|\+|at the (?:latest|earliest)))|\d\d(?!\d))?(?![A-Za-z])"
)
EXCLUDED = Wording(
    r"(?:\b(?:(?:are|is|was|were|do|does|did)n['’]?t|not|non|excluding|except(?: for)?|besides|neither|nor|rather than|instead of|outside(?: of)?|other than|no|without|minus|never|after|behind|next to)"
    r"(?: (?:come|came|be|been|published|appear|anything|just|only|merely|those|ones))*|不是|不在|除了|除|非|排除|不算)[\s-]*(?:on|in|at|from|for)?[\s-]*$"
)
SHORT_VENUES = frozenset({"SC", "ACL", "UAI", "AutoML", "ARITH", "Website", "Blog"})  # words, or nearly
VENUE_NICKNAMES = {
    "neurlps": "NeurIPS",
    "nips": "NeurIPS",
    "atc": "USENIX ATC",
    "usenix": "USENIX ATC",
    "supercomputing": "SC",
}
VENUES_THAT_ARE_NO_WORDS = frozenset({"neurips", "arxiv", "emnlp", "eurosys"})
OTHER_VENUES_THAT_ARE_WORDS = frozenset({"DATE", "FAST", "CHI", "MICRO", "Nature", "Science"})
YEAR = re.compile(r"(?<![\d.])((?:19|20)\d\d)(?![\d.]\d|\d)")
YEAR_AND_YEAR = Wording(r"^(?!between|btw|betw|from).*\d\s*年?\s*(?:and|和)\s*\d(?!.*间)")
NUMBER_OF_PAPERS = Wording(r"(?<!['’\w])\d{1,3}(?= (?:[\w-]+ ){0,4}(?:papers|entries|ones|works|articles)\b)")
WITH_DUPLICATES = Wording(
    r"\b(?:with|counting|including) (?:the )?(?:duplicates|repeats|repetitions)\b|\bduplicates (?:included|counted|too|as well)\b",
    r"重复的?(?:论文)?(?:也要?算|算上|计入|都算)|(?:含|算上|包括)(?:了)?重复的?",
)
ENTRIES = Wording(r"\bentr(?:y|ies)\b", r"条目|[几多]少?条", WITH_DUPLICATES.source)

# clauses: remarks that put no condition on the papers
_ASPECT = r"(?:topics?|categor(?:y|ies)|sections?|subjects?|areas?|venues?|conferences?|years?|tracks?|kinds?|types?|headings?|methods?)"
_ASPECT_ZH = r"(?:主题|类别|分类|领域|方向|年份|会议|章节|哪类|类型)"
_PARTS = r"(?:sub-?(?:sections?|categor(?:y|ies)|headings?|topics?|parts?|groups?)|children|descendants|levels?|leaves|parts)"
_COUNTED = r"(?:counted(?: in)?|included|as well|too|combined|together|taken together|in total|altogether|added up|summed(?: up)?|alike)"
_PARTS_ZH = r"(?:子类别?|子分类|小类|小节|子节|子章节|下级类别|细分类别?)"
REMARK = Wording(
    rf"[,;(–—-]*\s*\b(?:regardless|irrespective|independently) of (?:the |its |their |any )?{_ASPECT}(?: (?:or|and) {_ASPECT})?\)?",
    rf"[,;(–—-]*\s*\b(?:no matter|whatever|whichever|(?:i )?do(?:n['’]t| not) (?:care|mind) (?:about )?|never mind)(?: (?:the|their|its|what|which|in which|under which))* {_ASPECT}(?: (?:they|it|that)(?: (?:is|are|may be|sit|fall|come)(?: (?:in|under|from|on))?)?)?\)?",
    rf"[,;(–—-]+\s*(?:in |under |from |of )?(?:any|all|every) {_ASPECT}(?: (?:is|are|will|would|goes|go|do|fine|ok|okay|welcome|counts?))*\)?(?=\s*(?:[?.!,;]|$))",
    rf"[,;(–—-]*\s*\b(?:with |and |counting |including |incl\.? |plus )*(?:all |every |each |any )(?:of )?(?:its |the |their )?(?:(?:own|nested|lower|several|different|smaller) )*{_PARTS}(?: (?:below|under|beneath|of)(?: it| them)?)?(?: (?:are |being |is )?{_COUNTED})+\)?",
    rf"[,;(–—-]*\s*\b(?:with|and|counting|including|incl\.?|plus|summed over|over|across) (?:in )?(?:all |every |each |any )?(?:of )?(?:its |the |their |all )?(?:(?:own|nested|lower|several|different|smaller) )*{_PARTS}(?: (?:below|under|beneath)(?: it| them)?)?(?: {_COUNTED})*\)?(?=\s*(?:[?.!,;)]|$))",
    r"[,;(–—-]*\s*\b(?:with|counting|including|incl\.?|plus) (?:everything|all(?: that(?:['’]s| is))?|anything)(?: (?:filed|listed|that is|nested))? (?:below|under|beneath|inside)(?: it| them| that)?\)?(?=\s*(?:[?.!,;]|$))",
    r"\s*[(（]\s*(?:e\.?g\.?|such as|like|for example|for instance|比如|例如|如)[^()（）]*[)）]|\s*[(（][^()（）]*(?:and the like|etc\.?|and so on|and such|and friends|and others|等等?)\s*[)）]",
    r"[,;(–—-]+\s*if (?:there (?:are|is) )?any(?: at all| exists?)?\)?(?=\s*(?:[?.!,;]|$))",
    rf"[,，(（]?\s*(?:不管|不论|无论|不分|不限(?:于)?)(?:是)?(?:属于|在)?(?:哪个?|哪一个?|什么|任何|何种)?{_ASPECT_ZH}(?:都行|都可以|均可|的)?[)）]?|[,，(（]?\s*{_ASPECT_ZH}(?:不限|随意|任意)[)）]?",
    rf"[,，(（]?\s*(?:连同|连|包括|包含|含|算上|加上)(?:其|它的?)?(?:下面|下属|下级)?的?(?:所有|全部|各个?|每个)?的?{_PARTS_ZH}(?:都|也|全)?(?:算(?:上|在内|进去)?|计入|在内|加起来)?[)）]?",
    rf"[,，(（]?\s*(?:所有|全部|各个?|每个)的?{_PARTS_ZH}(?:都|也|全)?(?:算(?:上|在内|进去)?|计入|在内|合计|加起来|一起算)[)）]?",
)
# What a venue is, said after its name: "SC, the supercomputing conference".
APPOSITION = Wording(
    r"\s*(?:[,(（]|\s[–—-])\s*(?:i\.?e\.?,? |that is,? |aka |which is )?(?P<what>(?:in )?(?:the|an?|that|this|its)? ?(?:[\w&/-]+ ){0,8}?(?:conference|journal|symposium|proceedings|meeting|association|transactions|advances)(?: (?:on|of|for|in) [\w &-]{2,60})?(?:,? not an? (?:[\w-]+ )?(?:conference|journal|workshop))?)\s*[)）]?(?=\s*(?:[?.!,;]|$|\w))",
    r"\s*[(（](?P<what_zh>[^()（）\d]{0,16}(?:会议|期刊|大会|年会|学报|杂志|汇刊))[)）]",
)
# A remark of the asker about himself or the words he uses: "(some people write NIPS)", ". I need it for a talk".
CHAT = Wording(
    r"\s*(?:[;.!?。！？]|[,(–—]|\s-)\s*(?:and |but |because |since |as |just )*(?:i|i['’]m|i['’]ll|we|we['’]re|my|it['’]s|this is|that['’]s|some people|people|they|thanks|thank you|need(?:ed)?|asking|preparing|for (?:a|an|my|our)|(?:also )?(?:written|spelled|called|known as))\b(?P<said>[^;.!?)]*)[)]?",
    r"\s*[,，;；。(（]\s*(?:我(?:要|想|在|们|需要|正在)|有人|有的人|谢谢|麻烦|写综述|做报告)(?P<said_zh>[^,，;；。()（）?？]*)[)）]?",
)

CHAT_FIRST = Wording(
    r"^\s*(?:(?:i['’]m|i am|we['’]re|we are|for (?:my|our|an?)|hi|hello|hey|question|quick question)\b(?P<said>[^.,:;!]{0,50})[.,:;!])\s*(?=\S)",
    r"^\s*(?:我们?(?:在|正在|正|要|准备)|老师|导师|为了|你好|您好)(?P<said_zh>[^,，。::;；!！]{0,16})[,，。::;；!！]\s*(?=\S)",
)

# A sentence on what the asker is after, before the question itself.
LEAD_IN = Wording(
    r"\s*(?P<lead>(?:(?:so|hi|hello|hey)[,!]? )?(?:i|i['’][a-z]+|we|we['’][a-z]+|my|our|for (?:my|our|an?))\b[^:;.?!:;。?!]{4,160}?)(?:[:;.!:;。!—–]|,(?! (?:and|or)\b)|\s-)\s*(?P<asked>.{6,})",
    r"\s*(?P<lead_zh>(?:我们?|老师|导师|组里|准备|正在|想)[^::;。?!,,;]{3,60}?)[::;。!,,;]\s*(?P<asked_zh>.{4,})",
)
POINTS_BACK = Wording(
    r"\b(?:(?:in|from|under|on|of|about|within|for) )?(?:that|this|the same|said) (?:section|category|topic|area|heading|part|field|subject|subsection)\b|\b(?:in|from|under|about|on) (?:it|there)\b|\bthere\b(?=\W*$)",
    r"(?:在)?(?:这|那|该)(?:个|一)?(?:类别|类|方向|主题|分类|节|部分|方面|领域)(?:里|中|下)?(?:面)?|(?:这|那)里面?",
)

# clauses: exceptions
EXCEPT = Wording(
    r"(?:[,(;]\s*)?\b(?:and |but |or )?(?:(?:all|anything|everything|any) but|besides|except(?:ing)?(?: for)?|excluding|excl\.?|exclude|apart from|aside from|other than|not counting|not including|minus|leaving out|leaving aside|without counting|setting aside|but not|but none of|outside(?: of)?|ignoring|ignore|skip(?:ping)?|rather than|instead of|remove|drop|leave out)\b(?! workshops?\b)",
    r"(?:除了|除去|除开|除掉|排除|剔除|扣除|去掉|刨去|撇开|除(?!外|以外|了))|(?:[,，(（]\s*)?(?:但|并且|且)?(?:不含|不包括|不包含|不算|不要|不计)",
)
IS_NOT = Wording(
    r"\b(?:(?:are|is|was|were|do|does|did|have|has)n['’]?t|not|neither|never)\b(?:\s+(?:come|came|be|been|published|belong(?:ing)?|fall(?:ing)?|listed|filed|appear(?:ed|ing)?|in|from|under|about|on|at|to|the|of|part|dated|either))*(?=\s)",
    r"(?:不|没有?)(?:是|在|属于|归在|归入|列在|发表在|发表于|来自)|(?:既)?(?:又|也)?不(?:是|在|属于)",
)
EXCEPT_AFTER = Wording(
    r"(?:^|[,，;；。(（?？])\s*(?P<what>[^,，;；。(（)）?？]{1,40}?)(?:的)?(?:论文)?(?:都|也|全)?(?:以外的?|之外的?|不要|除外|不算(?:在内)?|不计(?:入)?|除去|去掉|不考虑|排除在外)\s*[)）]?"
)
EXCEPT_TAIL = Wording(r"\s*(?:的?(?:论文|文章|那些)?\s*(?:以外|之外|外)(?:的)?|的话|的)?\s*[,，)）]?")
CLAUSE_END = Wording(
    r"[,，)）]|\s(?=(?:about|on|for|under|regarding|which|what|how many|list|show|give|name|are|is|there|do|does|have|has|that|who|where|from the list|on the list|in the list|with|and)\b)|、(?=\s*(?:\d|有|没|不))|(?=(?:的|以外|之外|外[,，的]|里|中的|也|而且|并且|且|又|但|同时))",
)
# A finite verb ends an exception, unless it is the exception's own: "other than GPTQ are from 2023".
MAIN_VERB = Wording(
    r"(?<!that)(?<!which)(?<!ones)(?<!those)(?<!what)(?<!whatever)(?<!anything)(?<!everything)(?<!whichever) (?:are|is|was|were|have|has|had|do|does|did|came|come|appear|appeared|got|made)\b"
)
SENTENCE_END = Wording(r"[;；?？!！。]|\.(?=\s|$)")

# followups
COUNTER = Wording(r"(?:多少|[几哪那])一?[篇条个](?!论文|文章|文献)")
# The other part of a set that was split by its code: "and those without?", 其余的呢.
WITHOUT_IT = Wording(
    r"\b(?:without|don['’]t|do not|lack(?:ing)?)(?: (?:it|one|any|have|code))*\W*$|\b(?:the )?(?:rest|others|other ones|remaining)(?: ones)?\W*$",
    r"没有的|其余|其他的|剩下的|不带的",
)
LEANS_ON = Wording(
    r"\b(?:of|among|from) (?:them|those|these|which)\b|\b(?:these|those|them|they|ones?)\b|^\s*(?:add|plus|include|and|only|just|but|also|now|then|what about|how about|except|excluding|besides|without|with|any|ok|so|same|or)\b|\b(?:instead|too|as well)\W*$",
    r"其中|这些|那些|它们|当中|里面|这里面|^(?:那|那么|再|还有|还|只|仅|就|除了|除去|换成|然后|以及|呢)|呢\s*[?？]?$|呢\s*[?？]",
)
ADDS = Wording(
    r"\b(?:add|plus|also include|include also|together with|along with|as well as|on top)\b",
    r"加上|再加|加进|以及|一并|也算上",
)
ABOUT_IT = Wording(r"\b(?:what|how) about\b")
NARROWS = Wording(
    r"\b(?:of|among|from) (?:them|those|these|which)\b|\b(?:only|just|these|those|them|they|ones|except|excluding|besides)\b(?!.*\binstead\b)",
    r"其中|这些|那些|它们|当中|里面|只|仅|除了|除去|除开|就|不要",
)
LEAN_WORDS = frozenset(
    "add plus together along top on to that and only just but also now then them they ones one same instead too well ok so about how what keep leave narrow filter restrict limit".split()
)
LEAN_ZH = Wording(r"加上|加进|一并|[加那么再还只仅就呢看这它换成要留]|然后|里头|筛选?|限定")
SHOW_THEM = Wording(
    r"^(?:(?:and|so|ok|okay|then|now|please|pls|can you|could you|great|thanks|cool|yes|sure)[\s,]+)*(?:(?:list|show|name|display|print|give|enumerate|tell)\b(?: me)?(?: all)?(?: of)? (?:them|those|these|it|the list|the titles|their titles|the names|their names|all|the papers|these papers|those papers)(?: all| please| pls| then| by title| by name)*|which (?:ones?|papers)(?: are (?:they|those|these|there))?|what are (?:they|those|these)(?: called)?|their (?:titles|names))\W*$",
    r"^(?:那|请|那么|麻烦)?(?:都|把它们|把这些|全部?|具体)?(?:是|有)?(?:列出来?|列一下|列出|哪些|是哪些|是哪几篇|哪几篇|列举一下|给出?(?:标题|名单|名字)|叫什么(?:名字)?)(?:它们|论文|一下|吧|呢)*\W*$",
)
COUNT_THEM = Wording(
    r"^(?:(?:and|so|ok|okay|then|now)[\s,]+)*how many(?: (?:are (?:there|they|these|those)|is that|in total|in all|of them|total|papers|papers is that))*\W*$",
    r"^(?:那|那么)?(?:一共|总共|共)?(?:有|是)?(?:几篇|多少篇?)(?:呢|论文)*\W*$",
)
PRONOUN = Wording(
    r"\b(?:it|its|they|their|them|this (?:paper|one)|that (?:paper|one)|the paper)\b",
    r"它们?的?|这篇(?:论文)?|那篇(?:论文)?|该论文",
)
AND_ITS_NAME = Wording(
    r"^(?:(?:ok|okay|so|then)[\s,]+)*(?:and|what about|how about|or)\b(?: for)?\s*(?P<a>.+?)\s*[?？]*$|^(?:那|那么|还有)?(?P<b>.+?)呢\s*[?？]?$"
)

# lookups: fields named by a bare word, "TriForce: venue, year, code?"
BARE_FIELDS = (
    ("venue", Wording(r"\b(?:venue|conference|journal)\b", r"会议|期刊")),
    ("year", Wording(r"\b(?:year|date)\b", r"年份|年")),
    ("code", Wording(r"\b(?:code|repo|repository|github)\b", r"代码|仓库")),
    ("link", Wording(r"\b(?:link|url|pdf)\b", r"链接|网址")),
    ("category", Wording(r"\b(?:category|categories|section)\b", r"类别|分类")),
)
# A second field beside the first: "which category, and is there code".
ANOTHER_FIELD = Wording(r"\b(?:and|plus|also|with)\b|[,/&;+]|和|与|及|以及|还有|并|[,,、;;]|[??].+")
YES_OR_NO = Wording(
    r"^(?:so |and )?(?:is|was|were|are|did|does|isn['’]t|wasn['’]t)\b", r"吗|么\s*[?？]?$|是不是|是否"
)
AMONG = Wording(
    r"\bwho\b|\bwhich ones?\b|\bor\b|\b(?:which|what|any|how many)(?: ones?)? (?:of|among|out of|are|is|were|was|have|has|come|came|appeared)\b|\bof\b.{3,80},? (?:which|how many)\b|\b(?:among|out of)\b",
    r"(?:里|中|之中|当中|里面)?(?:哪些|哪几|哪个|哪一?篇|几篇|谁)",
)
WHICH_FIRST = Wording(
    r"\b(?:which|what|who)\b.{0,40}\b(?:earlier|first|older|oldest|earliest|before|newer|later|newest|latest|more recent)\b|\b(?:is|was|did|were) .{1,60}\b(?:older|newer|earlier|later|before|after)\b(?: than)?",
    r"哪(?:个|一个|篇|一篇)?.{0,8}(?:更|比较|最)?(?:早|晚|新|老)|谁(?:更|比较|最)?(?:早|晚|新)|比.{1,30}(?:早|晚|新|老)",
)
ARXIV_NUMBER = re.compile(r"(?<!\d)\d{4}\.\d{4,5}(?!\d)")
NO_LOOKUP = Wording(
    r"\b(?:papers|entries|works|preprints|articles)\b|\b(?:which|what|one|any) (?!code|repo|venue|year|month|conf|journal|categor|section|heading|link|url|github|arxiv id|implement|is |was |does )(?:[\w-]+ ){0,3}paper\b|哪一?篇|哪些|哪几|多少[篇个条]|几[篇个条]|(?:代码|开源)的|how many"
)
NAME_EDGES = Wording(
    r"^(?:(?:the|there|any|an?|some) )*(?:(?:paper|work|article|method|publication|entry|anything|something)s? (?:called |named |titled |entitled |by the name (?:of )?|(?=[\"'“《‘])))?(?:the )?|^(?:一篇|这篇|名为|叫做?|题为)+|^(?:请问|那么|那)|\bpaper$|论文$"
)
LOOKUP_WORDS = frozenset(
    "according both file filed often before after arxiv id ids identifier address url pdf page webpage web official public online peer-reviewed reviewed peer "
    "month months originally original exact title implementation download read go land put when old date anyone know did "
    "编号 号 号码 次 遍 回 发 地址 网址 下载 出处 标题 全称 年份 哪年 何时 时候 官方 顶会".split()
)

# reading
PUBLISHED = Wording(
    r"\b(?:presented|published|appear(?:ed)?|accepted|came out|come from|went to|were at|was at|made it (?:in)?to|got into)\b",
    r"发表|发在|录用|接收|收录|来自|出自|登在|刊登",
)
ANYTHING = Wording(
    r"\b(?:anything|something|everything|any|all|list|show|give me)\b", r"有没有|有哪些|列出|列一下|都有"
)
THING = Wording(
    r"\b(?:things?|stuff|ones?|additions?|items?)\b|\b(?:listed |filed )?under\b", r"那篇|一篇|条目"
)
OTHER_QUESTION = Wording(
    r"^\W*(?:when|where|who|how|why|is|are|was|were|do|does|did|has|have|can)\b",
    r"吗|么\s*[?？]?$|何时|哪里|谁",
)
METHODS = Wording(r"\b(?:methods|techniques|approaches|algorithms|systems|works?)\b", r"方法|技术|工作|算法")
NOT_TOPICS = frozenset(
    "better best faster fastest good worst cited citations cite authors author written wrote influential important popular "
    "describe describes explain explains propose proposes proposed introduce introduced achieve achieves say says show shows "
    "recommend summary summarize summarise abstract pages words parameters tokens gpus days hours ability stars followers".split()
)
# What a paper does with its topic, which says no more of it.
TREATS = frozenset(
    "propose proposes proposed proposing introduce introduces introduced present presents study studied explore explores "
    "explored investigate investigates tackle tackles target targets".split()
)
_SHAPE = r"(sub-?categor(?:y|ies)|headings?|buckets?|groups?|categor(?:y|ies)|sub-?sections?|sections?|topics?|areas?|venues?|conferences?|journals?|years?)"
_SHAPE_ZH = r"(子类别|子类|小类|类别|分类|章节|小节|类(?!似)|方向|主题|会议|期刊|顶会|年份|年(?!代))"
RANK = Wording(
    rf"\b(?:which|what|whats|what's|top \w+)\b.{{0,60}}?\b{_SHAPE}\b.{{0,80}}\b(?:most(?! recent)|(?:greatest|highest|largest|lowest|smallest) (?:number|count|share)|fewest|least|largest|biggest|smallest|busiest)\b",
    rf"\b(?:top|largest|biggest|smallest|busiest|(?:most|least) (?:common|frequent|popular|represented|populated|productive|papers of any))(?: \d+| two| three| four| five| ten)? (?:\w+ )?{_SHAPE}\b",
    rf"(?:哪一?个|哪一|哪些|哪几个|哪|什么){_SHAPE_ZH}.{{0,30}}最(?:多|少|大|小)",
    rf"最(?:多|少|大|小)的?(?:前?\s*[\d一二两三四五六十]+\s*(?:个|大)?)?(?:是)?(?:哪)?(?:一)?(?:个|几个)?{_SHAPE_ZH}",
)
# "How many papers a year", 每年, 各类别.
EACH_OF = Wording(
    rf"\b(?:per|by|each|every|for each|(?:across|over)(?: the)?|in each|a(?=n? year\b))(?: publication)? {_SHAPE}\b",
    rf"(?:每一?个?|各个?|按){_SHAPE_ZH}",
)
# "Which venues did they appear at?": every one, counted.
WHICH_ALL = Wording(
    r"\b(?:which|what|list the|all the) (?:different |various )?(venues|conferences|years|journals)\b",
    r"(?:发表|发|出|登)(?:表)?(?:在|于)(?:了)?(?:哪些|哪几个|什么)(会议|期刊|地方)|哪些(会议|期刊|年份)",
)
EACH = Wording(
    r",?\s*(?:and )?(?:with )?how many (?:papers?|entries) (?:(?:does|do|are|is|in|has|have|under) )*(?:each|every one)(?: (?:one|of them|have|has|contains?|holds?))*"
    r"|[，,]?\s*(?:各自?|分别|每一?[个类])(?:都)?(?:有|含|收录)?(?:了)?(?:多少|几)[篇条]?(?:论文)?"
)
RANK_SOME = Wording(
    r"\b(?P<what>(?:sub-?)?categor(?:y|ies)|(?:sub-?)?sections?|topics?|venues?|conferences?|years?)\b.{0,30}?\b(?P<how>only|just|exactly|a single|more than|over|at least|fewer than|less than|under|at most) ?(?P<n>\d+|a single|one|two|three|four|five|ten)? (?:single )?(?:papers?|entr(?:y|ies))\b",
    r"(?:哪些|哪几个|哪个|多少个|几个)(?P<what_zh>子类|小类|类别|分类|类|会议|年份).{0,6}?(?P<how_zh>只有|仅有|不到|不足|少于|超过|多于|大于|至少|最多)\s*(?P<n_zh>\d+|[一两二三四五六七八九十])\s*[篇条]",
)
BOUNDS = (
    ("more", Wording(r"more than|over|超过|多于|大于")),
    ("atleast", Wording(r"at least|至少")),
    ("fewer", Wording(r"fewer than|less than|under|不到|不足|少于")),
    ("atmost", Wording(r"at most|最多")),
)
RANKED = (
    ("category", Wording(r"categor|section|topic|area|heading|bucket|group|类|章节|小节|方向|主题")),
    ("conference", Wording(r"conference|会议|顶会")),
    ("venue", Wording(r"venue|journal|期刊|地方")),
    ("year", Wording(r"year|年")),
)
VENUES = Wording(r"venue|conference|journal", r"会议|期刊")
TOP_SHAPES = Wording(
    r"\b(?:top|\w+est|most \w+) (\d+|two|three|four|five|ten)\b|\b(\d+|two|three|four|five|ten) (?:largest|biggest|smallest|most)\b",
    r"(?:前|最[多少大小]的?)\s*(\d+|[二两三四五十])",
)
LARGEST = Wording(
    r"\b(?:largest|biggest|smallest)(?: \w+)? (?:sub-?)?(?:categor|section)|\b(?:which|what) (?:sub-?)?(?:categor|section).{0,40}\b(?:largest|biggest|smallest)\b"
)
FEWEST = Wording(r"\b(?:fewest|smallest|least|lowest)\b", r"最少|最小")
# More of one or more of the other.
COMPARE = Wording(
    r"\b(?:more|fewer|less|bigger|larger|smaller|outnumber|(?:better|worse) represented)\b.{0,90}\b(?:or|than|vs\.?|versus)\b",
    r"\b(?:or|vs\.?|versus|between)\b.{1,80}\b(?:more|most|fewer|fewest|bigger|larger|smaller|less|outnumber\w*)\b",
    r"\bwhich (?:one |of \w+ |category |venue |conference |year )?(?:has|have|had|got|holds?|contains?|saw) (?:the )?(?:more|most|fewer|fewest|less)\b.{0,60}\bor\b",
    r"\b(?:vs\.?|versus|compared (?:to|with)|ahead of|behind)(?!\w)",
    r"[多少]还是|还是.{1,50}[多少]|哪(?:个|类|边|一个|一类|一边|种|方面|家|一?年)?.{0,10}(?:更|比较)[多少]|哪(?:个|类|边|一个|一类|一边|一?年)(?:的)?(?:论文)?[多少](?!篇|个)|比.{1,40}更?[多少](?!篇|个)|谁(?:的论文)?更?多",
)
VERSUS = Wording(r"\b(?:vs\.?|versus|compared (?:to|with)|how does|how do)(?!\w)", r"对比|相比|相较")
COMPARE_WORDS = frozenset(
    "better worse common popular frequent ahead behind more fewer less bigger larger smaller larger outnumber outnumbers vs vs. versus compared represented between".split()
)
COMPARE_ZH = Wording(r"[多少更比还谁边种得]|相比|一些|较")
BELOW = Wording(
    r"\b(?:sub-?categor(?:y|ies)|sub-?sections?|sub-?topics?|categor(?:y|ies)|sections|leaves|topics|headings)\b",
    r"子类|小类|大类|类别|分类|细分|[几些]类",
)
# Categories are asked for below another, which is a question on the list whatever else is said.
BELOW_SURE = Wording(
    r"\bsub-?(?:categor(?:y|ies)|sections?|topics?)\b|\b(?:categor(?:y|ies)|sections|headings|topics) (?:(?:are|is|that|there|listed|filed|sit|fall|exist|come|do|you|have|does|it) )*(?:under|below|within|beneath|inside)\b|\b(?:is|are) .{1,40} (?:split|divided|broken down|organi[sz]ed) into\b.*\blist\b",
    r"子类别?|小类|(?:下面?|之下|底下|里面?)(?:又|还|都)?(?:分|有|包含|包括)(?:为|成|了)?(?:哪|几|多少).{0,3}[类节]",
)
TOP_LEVEL = Wording(
    r"\b(?:top[- ]level|top|main|major|highest[- ]level|first[- ]level) (?:categor|section|heading|topic)",
    r"一级(?:类别|分类)|顶层|大类",
)
# How the list divides a category: a question on its shape, though "how" asks for the text elsewhere.
SPLIT = Wording(
    r"\bhow (?:is|are|does|do) .{1,60}\b(?:split|divided?|broken|subdivided?|organi[sz]ed?|distributed|spread)\b"
    r"|\b(?:sub-?)?(?:sections|categories|topics|parts|groups) (?:does|do|is|are) .{1,60}\b(?:breaks?|broken|splits?|divided?|consists?|contains?|comprises?)\b",
    r"(?:分成|分为|划分为?|细分为?)(?:了)?(?:哪|几|多少)",
)
LEAF = Wording(r"\blea(?:f|ves)\b", r"叶")
FRAMEWORKS = Wording(r"\bframeworks?\b", r"框架")
ONLY = Wording(r"\bonly\b", r"只|仅")
ALL_TICKS = Wording(r"\ball (?:three|of them)\b|\beverything\b", r"三项|全部支持|都支持")
TICKS = (
    ("training", Wording(r"(?<!fine-)(?<!fine )\b(?:pre-?)?training\b", r"训练")),
    ("inference", Wording(r"\binference\b", r"推理")),
    ("fine_tuning", Wording(r"\bfine-? ?tun", r"微调")),
)
SHAPE_WORDS = frozenset(
    "distributed spread break breaks split consist consists comprise greatest highest lowest number sub-topic sub-topics sub-section sub-sections sub-category sub-categories heading headings bucket buckets group groups three five ten ranked ranking contribute contributes contributed saw see seen breakdown distribution histogram framework frameworks table support supports supported supporting rows row largest biggest smallest fewest least parts "
    "top level top-level main major highest-level first-level common frequent popular represented populated productive busiest per "
    "single exactly under over less fewer than at atleast split divided broken organised organized deepest bigger more 10 15 20 5 1 2 3 "
    "training inference fine-tuning finetuning tuning efficient".split()
)
SHAPE_ZH = Wording(
    r"一级|二级|顶层|框架|地方|发[在于]|支持|表|子|训练|推理|微调|小类|最[多少大小]?|[大小多少细分成按各前一二两三四五十份别底又还算]|自|顶层|一级|超过|不到|不足|至少|而已|顺序|排"
)


def counts_papers(text: str, left: Sequence[str]) -> bool:
    """Whether "how many" beside a category can only mean papers: nothing else is counted."""
    return not left and not METHODS.search(text)


# Words that are in no paper's name: "are the five biggest categories on the list?"
NOT_NAMES = (
    SHAPE_WORDS
    | COMPARE_WORDS
    | frozenset(
        "categories category sections venues conferences years common transformer transformers attention model models llm".split()
    )
)

# replies
SHARE = Wording(r"\b(?:fraction|percentage|percent|share|proportion|ratio)\b", r"比例|占比|百分之几")

# How something divides is asked of the survey, unless papers or the list are spoken of.
KINDS = Wording(
    r"\b(?:kinds?|types?|sorts?|forms?) of\b.*\b(?:exist|(?:is|are) there)\b",
    r"(?:哪|几)(?:几)?(?:种|类).{0,4}存在",
)
