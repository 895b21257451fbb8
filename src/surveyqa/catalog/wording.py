# ruff: noqa: E501  (a pattern is easier to read on one line, and words in a row)
"""The words in which people ask about a paper list, in English and Chinese. Data for `questions`.

Everything here is about wording only; what the list has (categories, venues, names) comes from the catalogue.
"""

from __future__ import annotations

import re
from functools import cached_property


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


# Without any of these (or a venue's name) no question is on the list: a cheap first look.
GATE = re.compile(
    r"p[ap]+e?r|reddit|pepers|papres|publi|pub|articl|preprint|pre-print|entr|list|catalog|repo|github|code|venue|conf|journal|present|accept|"
    r"appear|arxiv|year|when|where|title|method|technique|approach|algorithm|system|work|section|categor|framework|under|\d\d|blog|open.?sourc|"
    r"论文|文章|文献|列表|清单|收录|条目|几篇|多少|会议|期刊|顶会|发表|代码|开源|编号|链接|哪年|年|方法|技术|工作|类别|分类|仓库|名单|框架|标题|算法|出处",
    re.IGNORECASE,
)

# The list itself is named: the question is on the list, whatever else it says.
LIST = Wording(
    r"\b(?:on|in|from|of|by|to|within|across) (?:the|this|that|your|our|its|their) (?:whole |entire |full |curated |living |survey'?s? |authors'? )*"
    r"(?:github |paper |reading |awesome )*(?:list|repo|repository|readme|catalog|catalogue)\b",
    r"\b(?:the|this|your) (?:whole |entire |survey'?s? |authors'? )*(?:github |paper |reading |awesome )+(?:list|repo|repository|readme)\b",
    r"\b(?:the|this|your|survey'?s?|authors'?|github) (?:paper |github )*(?:list|repo|repository|catalog|catalogue|readme)(?:'s|’s)?\b(?! of\b)",
    r"\blist(?:'s|’s)",
    r"\b(?:paper|github|reading) ?list\b",
    r"\blisted\b",
    r"\bin (?:there|here)\b(?=\s*(?:[?.!]|$))",
    r"\b(?:entries|entry)\b",
    r"(?:github|论文|文献|这个|该|此|仓库)\s*(?:的)?\s*(?:列表|清单|目录|名单|仓库|库)",
    r"列表|清单|收录|名单|条目|榜单",
)
# Nouns for what the list holds. "work" is one only where it cannot be a verb.
PAPERS = Wording(
    r"\b(?:papers|pepers|papres|pappers|publications|articles|preprints|entries|titles)\b",
    r"\b(?:everything|anything|all that(?: i|')s) (?:listed |filed |that is |published |presented |accepted |out |coming )?(?:under|in|from|at|on|by)\b",
    r"\bblog ?posts?\b",
    r"\b(?:which|what|all|any|other|more|some|these|those) works\b",
    r"\bworks (?:on|from|at|in|under|about|that)\b",
    r"论文|文章|文献|条目|[哪那几]一?篇|多少篇|哪些篇|[几多]少?条(?=\s*(?:[(（]|[?？。]?\s*$|论文|文献|记录))|预印本",
)
PAPER = Wording(r"\b(?:paper|publication|entry|article|preprint)\b")
ABOUT_ONE_PAPER = Wording(
    r"\b(?:in|from|of|by|read|reading|with) (?:the|this|that|your|their|his) (?:original )?paper\b",
    r"\bpaper (?:says|said|claims|reports|mentions|states)\b",
    r"论文[中里](?!哪|有|，|,)|(?<!论)文中|这篇论文|该论文|原论文",
)
# "Which", "list", "show me": somebody wants a set.
SET = Wording(
    r"\b(?:which|list|show|give|name|enumerate|find|display|tell me|any|all|every|what(?:'s| is| are)?|are there|is there|anything)\b",
    r"哪些|哪几|哪一?篇|那一?篇|哪一条|列出|列举|有没有|有哪|给出|给我|找出|所有|全部|请列|看看|展示|什么论文|显示",
)
COUNT = Wording(
    r"\bhow many\b|\bnumber of\b|\bcount (?:of|the|all|how)\b|\bhow much papers\b|\btotal (?:number|count)\b|\bhow large\b|\bhow big\b|\bcount\b",
    r"多少|几篇|几个|数量|总数|共有几|一共|总共",
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
    r"\b(?:without|no|lacking|lacks?|missing|(?:do not|does not|don't|doesn't|not) (?:have|provide|include|come with|link|offer)(?: any| a)?) ?(?:any |a |an |public |official |released |open[- ]?source |github )*(?:codes?|code links?|repos?|repository|implementations?)\b",
    r"\b(?:is|are) not open[- ]?sourced?\b",
    r"(?:没有|没|无|未|缺少|缺|不)(?:提供|附带?|给出?|公开|放出|开源|有)?(?:任何)?(?:的)?(?:代码|源码)(?:链接)?|未开源|没有开源|没开源|不开源",
)
CODE_YES = Wording(
    r"\b(?:with|have|has|having|list|lists|listing|provide|provides|providing|include|includes|including|offer|offers|link|links|come with|comes with|release|releases|released|ship|ships|got|public) (?:to )?(?:a |an |any |their |its |public |publicly |available |official |released |linked |open |open[- ]?source |github |source )*(?:codes?|code links?|repos?|repository|implementations?|code repositor(?:y|ies))\b(?: links?| available| released| online| listed)*",
    r"\b(?:code|implementation)s? (?:is |are |link |links )?(?:available|released|public|linked|listed|provided)\b",
    r"\bopen[- ]?sourced?\b|\bcode links?\b",
    r"(?:有|附|带|附有|带有|提供|提供了|公开|公开了|放出|含|给出|给了)(?:了)?(?:的)?(?:代码|源码|开源代码|开源实现)(?:链接)?|开源|有\s*code",
)

WORKSHOPS_TOO = Wording(
    r"\b(?:workshops?|workshop papers?) (?:included|too|as well|also|count(?:ed)?)\b|\b(?:including|include|with|and|or|incl\.?|plus|counting|even) (?:(?:its|their|the|any|co-located|associated|affiliated) )*(?:[A-Za-z]+ )?workshops?(?: papers| tracks?)?\b",
    r"(?:包括|包含|含|算上|连同|加上|以及|和|及)(?:其|相关|附属|的)?\s*(?:workshop|研讨会|工作坊)s?|(?:workshop|研讨会|工作坊)s?\s*(?:也算|在内|也包括|也计入|也要)",
)
NO_WORKSHOPS = Wording(
    r"\b(?:excluding|exclude|without|no|not|except|excl\.?|ignoring|minus|leaving out) (?:(?:any|the|its|counting|including) )*workshops?(?: papers)?\b|\bworkshops? (?:excluded|not (?:included|counted)|aside|left out)\b|\bmain (?:conference|track)(?: only| papers)?\b|\bproper\b",
    r"(?:不含|不包括|不算|除去|排除)\s*(?:workshop|研讨会|工作坊)s?|(?:workshop|研讨会|工作坊)s?\s*(?:论文)?(?:除外|不算|不计)|主会",
)
WORKSHOPS = Wording(r"\bworkshops?\b", r"研讨会|工作坊")
FINDINGS_TOO = Wording(
    r"\b(?:including|include|with|and|plus|counting|incl\.?) (?:the )?findings\b|\bfindings (?:included|too|as well|also)\b",
    r"(?:包括|含|算上|和)\s*findings",
)
FINDINGS = Wording(r"\bfindings\b")
DEMOS = Wording(r"(?<=\bACL )demos?\b|\b(?:system )?demo(?:nstration)?s?\b(?= (?:papers?|tracks?)\b)")

TITLE_HAS = Wording(
    r"(?:(?:whose|with|where|in which) )?(?:(?:the|a|its|their|whose) )?(?:titles?|names?) (?:that )?(?:mentions?|contains?|containing|includes?|including|has|have|having|with|says?|starts? with|mentioning|uses?)(?: the)?(?: words?| terms?| phrase| string)?\s*(?P<a>.+)"
    r"|(?:with|having|has|have|mention(?:s|ing)?|contain(?:s|ing)?|includ(?:es?|ing)|uses?) (?:the )?(?:words? |terms? |phrase |string )?(?P<b>[^?]+?) (?:in|as part of) (?:the|its|their) (?:titles?|names?)"
    r"|(?:标题|题目|名字|题名)(?:中|里|里面|上)?(?:含有|包含|含|带有|带|有|提到|出现|包括)(?:了)?(?P<c>.+)",
)
QUOTED = re.compile(r"[\"“”'‘「『《](?P<q>[^\"“”‘’」』》]{2,80})[\"“”’'」』》]")

OLDEST = Wording(
    r"\b(?:earliest|oldest|very first|first(?= paper| one| entry| work))\b", r"最早|最老|最先|第一篇"
)
NEWEST = Wording(r"\b(?:newest|latest|most recent|youngest)\b", r"最新|最近的|最晚|最近一篇|最后一篇")
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
    ("arxiv", Wording(r"\barxiv[\s-]*(?:ids?|numbers?|no\.?|identifiers?|no\b|#)", r"\b(?:id|number|identifier) (?:on|at|in) arxiv\b", r"arxiv\s*(?:的)?\s*(?:编号|号码|号|序号|ID)", r"\barxiv (?:link|url|page|address)")),
    ("code", Wording(
        r"\b(?:does|do|did|has|have|is|are) .{1,80}?\b(?:have|has|provide|release[d]?|include|come with|offer|link|got|publish(?:ed)?)\b.{0,30}\b(?:code|repo|repository|implementation)\b",
        r"\b(?:is|are) (?:there )?(?:any |the |an? )?(?:open |official |public |source |open[- ]source )*(?:code|repo|repository|implementation)s? (?:for|of|to|link)\b(?!.*\bexample)",
        r"\b(?:is|are) (?:the )?code\b.{0,60}\b(?:available|public|released|listed|linked|open|online)",
        r"\bwhere(?:'s| is| are| can i (?:find|get)) .{0,30}\b(?:code|repo|repository|implementation)\b",
        r"\b(?:code|github|repo|repository) (?:link|url|address|repo|repository)\b.{0,10}\b(?:of|for|to)\b|\b(?:link|url) (?:to|of|for) .{0,30}\b(?:code|repo|repository)\b",
        r"\b(?:is|are) .{1,60}\bopen[- ]?sourced?\b",
        r"\bwhich (?:github )?(?:repo|repository)\b|\b(?:has|with) code\s*\?",
        r"(?:有|没有|有没有|是否有|提供|公开)(?:没有)?(?:了)?(?:官方|开源|公开)?(?:的)?代码|代码(?:链接|地址|仓库|在哪)|(?:哪里|哪儿|何处).{0,30}代码|代码.{0,8}(?:哪里|哪儿)|开源(?:了)?(?:吗|没|么)|是否开源|有没有开源|(?:有|没有)\s*code\s*(?:吗|么|\?|？|没)|仓库(?:地址|链接|在哪)",
    )),
    ("category", Wording(
        r"\b(?:which|what) (?:category|categories|section|sections|heading|headings|subsection|sub-?category)\b.{0,40}\b(?:is|are|does|of|contains?|lists?|holds?|has|put)\b",
        r"\b(?:under|in|into) (?:which|what) (?:category|categories|section|sections|heading|headings|part|subcategory)\b",
        r"\bwhere (?:on|in) the (?:github )?(?:list|repo)\b|\bwhere (?:is|are|does) .{1,60}\b(?:listed|filed|categori[sz]ed|classified)\b|\bhow is .{1,60} (?:categori[sz]ed|classified|filed)\b|\bcategory of\b",
        r"(?:属于|归在|归类|归为|放在|列在|分在|归入|收录在|在)(?:了)?(?:列表(?:的|中的|里的)?)?(?:哪个|哪一个|哪些|什么|哪一)(?:类别|分类|类|章节|部分|小节|栏目|目录)",
    )),
    ("venue", Wording(
        r"\bwhere (?:was|were|is|did|has|have|does|do) .{1,120}?\b(?:published|appear(?:ed)?|presented|come out|accepted|get published|get in|land|publish)\b",
        r"\b(?:which|what) (?:conf\w*|venue|journal|workshop|proceedings)\b",
        r"\b(?:conference|venue|journal|proceedings) (?:of|for|was|is|did)\b",
        r"\b(?:published|appeared|presented|accepted) (?:at|in|by) (?:which|what|where)\b",
        r"\bwhere published\b|\bpublished where\b|\bpublication venue\b|\bvenue\s*\?|\bpeer[- ]?reviewed\b",
        r"\bwhere (?:was|were|is|did) .{1,80}?\bpub\w+",
        r"^(?:was|were|is|did) .{1,80}\b(?:accepted|published|presented|appear(?:ed)?)\b",
        r"(?:发表|发布|刊登|登|中|录用|接收|收录|投)(?:在|于|到)?(?:了)?(?:的)?(?:哪|什么)(?:个|一个|里|儿|家|些|种|本)?(?:会议|期刊|会|顶会|刊物|地方|杂志)?|(?:哪个|哪一个|什么|哪篇|哪家|哪本)(?:会议|期刊|顶会|刊物|会上|会)|发表(?:会议|期刊|场所|在哪)|出处",
    )),
    ("year", Wording(
        r"\b(?:what|which) year\b|\byear (?:of|was|is|did|for)\b|\bwhen (?:was|were|did|is) .{1,80}\b(?:published|released|come out|appear(?:ed)?|out|presented|written)\b|\bpublication (?:year|date)\b|\bhow old is\b",
        r"哪一?年|什么时候(?:发表|提出|发布|出来|出的)|何时(?:发表|发布)|年份|哪年",
    )),
    ("link", Wording(r"\b(?:link|url|address|web ?page|pdf) (?:to|of|for)\b|\b(?:which|what) (?:link|url)\b|\bwhere can i (?:read|find|get|download)\b", r"(?:论文)?(?:链接|网址|地址|下载)")),
    ("title", Wording(r"\b(?:full|exact|complete|official) (?:title|name)\b|\btitle of\b", r"(?:完整|全|论文)?(?:标题|全称|题目)(?:是|叫)")),
)  # fmt: skip
ON_LIST = Wording(
    r"\b(?:is|are|was|were|does|do|has|have) (?P<a>.{2,120}?),? (?:also |really |even )?(?:on|in|part of|included (?:on|in)|listed (?:on|in)|mentioned (?:on|in)|covered (?:on|in)|included|listed|appear (?:on|in)) (?:the|this|your) (?:github |paper |authors' |survey's )*(?:list|repo|repository|catalog|catalogue)"
    r"|\bdoes (?:the|this|your) (?:github |paper )*(?:list|repo|repository|catalog|catalogue) (?:include|contain|have|mention|cover|list) (?:the )?(?:paper )?(?P<b>.{2,120}?)\s*(?:paper)?\s*\?*$"
    r"|(?P<c>[^，,。？?]{2,80}?)(?:这篇论文|这篇文章|这篇|论文)?(?:有没有|是否|有无)?(?:在|被)?(?:这个|该|GitHub|github|论文)?\s*(?:的)?(?:列表|清单|仓库)(?:里|中|上|内)?(?:面)?(?:有没有|吗|么|收录)"
    r"|(?:列表|清单|仓库)(?:里|中|上)?(?:面)?(?:有没有|是否有|收录了|是否收录(?:了)?|有|包含)(?P<d>[^，,。？?哪]{2,80}?)(?:这篇论文|这篇|论文)?(?:吗|么|\?|？|$)",
)

YEAR_RULES: tuple[tuple[str, Wording], ...] = (
    ("between", Wording(r"\b(?:from|between|btwn?|betw)?\s*((?:19|20)\d\d)(?:年)?\s*(?:-|–|—|~|to|and|through|until|till|到|至|和)\s*((?:19|20)\d\d)\b(?:年)?(?:之间|间)?")),
    ("before", Wording(r"\b(?:before|prior to|earlier than|older than|preceding|pre-?)\s*((?:19|20)\d\d)|((?:19|20)\d\d)\s*年?\s*(?:之前|以前|前)|早于\s*((?:19|20)\d\d)\s*年?")),
    ("until", Wording(r"\b(?:until|till|up to|by|through|no later than|not after|at most|as late as)\s*(?:and including\s*|the end of\s*)?((?:19|20)\d\d)|((?:19|20)\d\d) (?:or|and) (?:earlier|before|older)|(?:截至|截止到?|不晚于)\s*((?:19|20)\d\d)\s*年?|((?:19|20)\d\d)\s*年?\s*(?:及以前|及之前|或更早|或以前)")),
    ("after", Wording(r"\b(?:after|later than|newer than|past|following)\s*((?:19|20)\d\d)|((?:19|20)\d\d)\s*年?\s*(?:之后|以后|后)|晚于\s*((?:19|20)\d\d)\s*年?")),
    ("since", Wording(r"\b(?:since|starting(?: in| from)?|from|as of|no earlier than|not before)\s*((?:19|20)\d\d)(?= on\b| onwards?| and (?:later|after|newer)|\+| to (?:now|date|today|present))(?: onwards?| on\b| and (?:later|after|newer)| to (?:now|date|today|present))?|\b(?:since|starting(?: in| from)?|no earlier than|not before)\s*((?:19|20)\d\d)|((?:19|20)\d\d) (?:onwards?|and (?:later|after|newer|onwards?)|or (?:later|newer|after))|((?:19|20)\d\d)\s*年?\s*(?:以来|起|开始|及以后|及之后|或更晚|或以后)|自\s*((?:19|20)\d\d)\s*年?")),
)  # fmt: skip

ABOUT = Wording(r"\babout\b|关于|有关|相关|方面")
REPEATED = Wording(
    r"\b(?:twice|more than once|several times|multiple times|duplicates?|duplicated|repeated)\b",
    r"重复|两次|多次",
)
MANY_CATEGORIES = Wording(
    r"\b(?:more than one|multiple|several|two|different|at least two) (?:categories|category|sections?|headings?)\b",
    r"(?:多个|两个|不止一个)(?:类别|分类|章节)",
)
NO_ARXIV = Wording(
    r"\b(?:without|no|lacking|lack|lacks|missing|not have|don't have|doesn't have)(?: an?| any)? arxiv (?:links?|ids?|numbers?|versions?|page)\b",
    r"没有\s*arxiv\s*(?:链接|编号|版本)",
)
WITH_ARXIV = Wording(
    r"\b(?:with|have|has|having|carry|got)(?: an?| any| their)? arxiv (?:links?|ids?|numbers?|versions?|page)\b",
    r"有\s*arxiv\s*(?:链接|编号|版本)",
)
REVIEWED = Wording(r"\bpeer[- ]?reviewed\b", r"同行评审")
HEADING = Wording(
    r"\b(?:section|category|heading|subsection|subcategory)\b(?! ?\d)|\blist (?:what|everything|all)(?:['’]s| is)? (?:listed |filed )?(?:under|in)\b",
    r"类别|这一类|这类|分类|小节",
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
    """a an the of for and or in on at to from by with without that this these those there here it its is are was were be been
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
    counted excluding exclude excl incl plus besides apart except lead whats wheres whos
    same time simultaneously concurrently somewhere aren't isn't wasn't don't doesn't didn't weren't haven't hasn't can't
    actually neither nor single sole lone post posts posted stored goes called gimme""".split()
)
# Words of asking that are often misspelt: a word near one of them says nothing either.
MISSPELT = tuple(
    "whats which papers published publication section category listed entries conference".split()
)
EMPTY_ZH = Wording(
    "请问|请|一下|帮我|我想|知道|想|列出|列举|给出|给我|找出|找|看看|展示|显示|哪些|哪几|哪一|哪篇|哪个|哪|什么|有没有|没有|有|多少|几篇|几个|几|一共|总共|共|"
    "总数|数量|数|收录|列表|清单|名单|仓库|目录|条目|论文|文章|文献|工作|研究|方法|技术|类别|分类|这一类|这类|类|章节|小节|部分|方面|方向|领域|主题|关于|有关|"
    "相关|属于|归|归在|归类|放在|列在|下面|之下|以下|下|里面|里|中|上|内|其中|当中|是|的|了|在|于|和|与|及|或|以及|还|也|都|被|把|对|从|到|由|为|吗|么|呢|吧|啊|"
    "这个|那个|该|此|这|那|个|篇|条|项|年|发表|发布|出版|刊登|录用|接收|会议|期刊|顶会|会|提供|公开|开源|代码|源码|附|带|所有|全部|全|每|只|仅|含|包括|包含|"
    "标记|标注|为|来自|出自|作者|综述|用|做|讲|谈|收|出处|出现|同时|既|又|各|两节|两类|两个|这两|一节|一大类|大类|一类|小类|来源|处|写|榜|入选|总|非|只|算|研讨会|工作坊|大语言模型|大模型|语言模型|模型|高效|最新|最早|最近|之前|以前|之后|以后|以来|起|前|后|链接|可以|能|需要|要|"
    "给|我|你|它|他们|其|哪里|哪儿|分别|具体|目前|现在|不同|去重|不重复|主会|推荐|列|出|挑|条|叫|一节|节|名字|名称"
)

# ---- smaller pieces, by the module that uses them ------------------------------------------------

# conditions
TITLE_END = Wording(
    r"[?？。!！,，;；]|\s(?:on|in|from|at|of|under|published|since|before|after|that|and have|with code)\b|的(?:论文|文章|条目)|(?:的)?有(?:哪|多少|几)|一共|共有"
)
TITLE_EDGES = Wording(r"^\s*(?:the|a|an|words?|terms?)\s+|\s+(?:are there|is there|exist|are|is)\s*$")
TITLE_WORDING = Wording(
    r"\b(?:whose|with|where|in) (?:the |its |their )?(?:titles?|names?)\b|\b(?:mention\w*|contain\w*|says?|starts?|words?|terms?|phrase|string)\b",
    r"标题|题目|名字|题名|提到|出现|含有|带有",
)
IDIOM = Wording(r"\bpay(?:ing)? attention$")
JOINED = Wording(
    r"\W*(?:and|or|as well as|plus|&|,|/|、|，|和|与|及|以及|或|还有)\W*(?:and|or|the|on|in|for)?\W*"
)
BOTH = Wording(
    r"\bboth\b|\b(?:at the same time|simultaneously|concurrently|at once|in common|(?:and|but) also|double[- ]listed|overlap\w*)\b|\bpaper (?:is|was|sits|stands|appears|belongs|falls|shows up) (?:\w+ )?(?:in|under|to)\b(?!.*\bor\b)",
    r"同时|兼|既.+又|(?:两|二)(?:个)?(?:节|类|类别|分类|章节|处)(?:里|中|下)?都|交集",
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
NOT_MEANT = Wording(r"\b(?:not|rather than|as opposed to)\b[^,;]*|(?:不是|而非|非)[^,，;；]*")
# What an aside must not say to be a mere hint: these are conditions or ways of counting.
CONDITION = Wording(
    r"\d{4}|\b(?:code|repo\w*|open[- ]?source\w*|workshops?|findings|arxiv|duplicat\w*|distinct|entr(?:y|ies)|titles?|newest|latest|oldest|earliest|excl\w*|incl\w*|only)\b",
    r"代码|开源|研讨会|重复|条目|标题|最新|最早|不含|包括|年",
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
    r"(?<![A-Za-z])(?P<name>USENIX ATC|AI Open|[A-Za-z]{2,11})(?P<year>\s?['’]\d\d\b|\s?(?:19|20)\d\d(?!\d)|\d\d(?!\d))?(?![A-Za-z])"
)
EXCLUDED = Wording(
    r"(?:\b(?:(?:are|is|was|were|do|does|did)n['’]?t|not|non|excluding|except(?: for)?|besides|neither|nor|rather than|instead of|outside(?: of)?|other than|no|without|minus|never)"
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
YEAR_AND_YEAR = Wording(r"^(?!between).*\d\s*年?\s*(?:and|和)\s*\d(?!.*间)")
NUMBER_OF_PAPERS = Wording(r"(?<!['’\w])\d{1,2}(?= (?:\w+ ){0,3}(?:papers|entries|ones|works|articles)\b)")
WITH_DUPLICATES = Wording(
    r"\b(?:with|counting|including) (?:the )?(?:duplicates|repeats|repetitions)\b|\bduplicates (?:included|counted|too|as well)\b",
    r"重复的?(?:论文)?(?:也要?算|算上|计入|都算)|(?:含|算上|包括)(?:了)?重复的?",
)
ENTRIES = Wording(r"\bentr(?:y|ies)\b", r"条目|[几多]少?条", WITH_DUPLICATES.source)

# lookups
ARXIV_NUMBER = re.compile(r"(?<!\d)\d{4}\.\d{4,5}(?!\d)")
NO_LOOKUP = Wording(
    r"\bpapers\b|\b(?:which|what|one|any) (?:[\w-]+ )?paper\b|哪一?篇|哪些|哪几|多少[篇个条]|几[篇个条]|(?:代码|开源)的|how many"
)
NAME_EDGES = Wording(r"^(?:(?:the|there|any) )+|^(?:请问|那么|那)|\bpaper$|论文$")
LOOKUP_WORDS = frozenset(
    "arxiv id ids identifier address url pdf page webpage web official public online peer-reviewed reviewed peer "
    "originally original exact title implementation download read go land put when old date anyone know did "
    "编号 号 号码 地址 网址 下载 出处 标题 全称 年份 哪年 何时 时候 官方 顶会".split()
)

# reading
METHODS = Wording(r"\b(?:methods|techniques|approaches|algorithms|systems|works?)\b", r"方法|技术|工作|算法")
NOT_TOPICS = frozenset(
    "better best faster fastest good worst cited citations cite authors author written wrote influential important popular "
    "describe describes explain explains propose proposes proposed introduce introduced achieve achieves say says show shows "
    "recommend summary summarize summarise abstract pages words parameters tokens gpus days hours ability stars followers".split()
)
RANK = Wording(
    r"\b(?:which|what)(?: is the)? (category|categories|section|venue|conference|year)s? .{0,40}\b(?:most|fewest|largest|biggest|more)\b",
    r"\b(?:largest|biggest|smallest) (category|section|venue|conference)",
    r"(?:哪个|哪一个|哪一)(类别|分类|类|章节|会议|年份|年).{0,20}最(?:多|少|大)",
)
RANKED = {w: "category" for w in ("category", "categories", "section", "类别", "分类", "类", "章节")} | {
    "venue": "venue", "conference": "venue", "会议": "venue", "year": "year", "年份": "year", "年": "year",
}  # fmt: skip
FEWEST = Wording(r"\b(?:fewest|smallest|least)\b", r"最少|最小")
BELOW = Wording(
    r"\b(?:sub-?categories|sub-?sections|categories|leaves|topics)\b", r"子类|小类|类别|分类|细分"
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
    "framework frameworks table support supports supported supporting rows row largest biggest smallest fewest least parts "
    "training inference fine-tuning finetuning tuning efficient 框架 支持 表 子 训练 推理 微调 子类 小类 最多 最少 最大 大 少 细".split()
)
