"""Words the checker knows: synonyms, opposites, terms that exclude each other, and words that say little.

Plain data, read once by `words.py`. Every line of `SYNONYMS` is one group, its first word is the group's
name; a word may stand in several groups. Words are compared after stemming, so one form is enough.
`OPPOSITES` and the tables below refer to groups by name. The vocabulary is that of papers on efficient
language models; nothing in it is about one paper.
"""

from __future__ import annotations

from importlib import resources


def wordset(text: str) -> frozenset[str]:
    """The words of `text`."""
    return frozenset(text.split())


def _lines(name: str) -> list[str]:
    """Lines of a file in `data` that are no comments."""
    text = resources.files("surveyqa.claims").joinpath("data", name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


# Phrases are rewritten before the text is cut into words (case is ignored, order matters).
PHRASES: tuple[tuple[str, str], ...] = (
    (r"\bet al\b\.?", "et-al"),
    (r"\bi\.e\.,?", ","),
    (r"\be\.g\.,?", "such as"),
    (r"\bvs\.?(?=\s)", "compared-to"),
    (r"\bversus\b", "compared-to"),
    (r"n't\b", " not"),
    (r"\bcan(?:\s+no|no)t\b", "can not"),
    (r"\b(?:large )?language models?\b", "LLM"),
    (r"\bkey[\s-]+(?:and )?values?\b|\bkeys?\s*/\s*values?\b|\bkeys and values\b", "kv"),
    (r"\bKVs?\b", "kv"),
    (r"\bpre-?\s?train", "pretrain"),
    (r"\bpre-traning\b", "pretraining"),
    (r"\bfine[-\s]?tun", "finetun"),
    (r"\bmulti-task", "multitask"),
    (r"\bchains?[- ]of[- ]thoughts?\b", "CoT"),
    (r"\bmixtures?[- ]of[- ]experts?\b", "MoE"),
    (r"\bstate[- ]of[- ]the[- ]art\b", "sota"),
    (
        r"\b(?:compared|comparing|relative|in comparison|by comparison|in contrast|set|measured|pitted|"
        r"put next) (?:with|to|against)\b",
        "compared-to",
    ),
    (r"\bin (?:comparison|contrast) (?:with|to)\b", "compared-to"),
    (
        r"\b(?:instead|in (?:the )?place|in lieu) of\b|\brather than\b|\bas opposed to\b|"
        r"\bin preference to\b",
        "instead-of",
    ),
    (
        r"\b(?:as )?(?:an? |the )?((?:[\w-]+ ){0,2}?)"
        r"(?:alternatives?|replacements?|substitutes?|stand-ins?) (?:to|for|of)\b",
        r"\1alternative-to",
    ),
    (
        r"\b(?:no matter|independent(?:ly)? of|irrespective of) (?:which|what|how|where|who|whether)\b",
        "regardless of",
    ),
    (r"\bno matter\b|\birrespective of\b", "regardless of"),
    (r"\bin all\b(?= ?[.,;]|$)|\ball told\b|\ball in all\b", "in total"),
    (r"\bas (?:little|few|low) as(?= (?:an? |one[ -])?(?:\d|\w+ of|half|third|quarter))", "only"),
    (r"\b(?:an?|one) order of magnitude\b", "ten times"),
    (r"\btwo orders of magnitude\b", "100 times"),
    (r"\b(?:break|fall)s? down(?= (?:on|in|at|when|for|if|with|under|because)\b)", "fails"),
    (
        r"\b(?:leav(?:es?|ing)|left) ((?:[\w-]+ ){1,5})as (?:it is|they are|is|it was|they were)\b",
        r"keeps \1unchanged",
    ),
    (
        r"\b(?:ha(?:s|ve|d|ving)|exerts?|exerting) (?:an? )?"
        r"(?:unfavou?rable|adverse|negative|detrimental|harmful|bad) "
        r"(?:impact|effect|influence)s? (?:on|to|upon)\b",
        "harms",
    ),
    (
        r"\b(?:ha(?:s|ve|d|ving)|exerts?|exerting) (?:an? )?(?:favou?rable|positive|beneficial|good) "
        r"(?:impact|effect|influence)s? (?:on|to|upon)\b",
        "improves",
    ),
    (r"\bdrop-in\b", "direct"),
    (r"\b1/2\b", "half"),
    (r"\b1/3\b", "one third"),
    (r"\b1/4\b", "a quarter"),
    (r"\b1/5\b", "a fifth"),
    (r"\b1/10\b", "a tenth"),
    (r"\b2/3\b", "two thirds"),
    (r"\b3/4\b", "three quarters"),
    (r"\bnot at all\b", "not"),
    (
        r"\b(comput|calculat|load|process|generat)(e[sd]?|ed|ing)? (?:twice|again|anew|afresh)\b",
        r"re\1\2",
    ),
    (
        r"\b(?:do|does|did|can|could) ?not (?:quite |fully |always )?(?:reach|match|attain|equal)\b(?! by)",
        "underperforms",
    ),
    (r"\bfail(?:s|ed|ing)? to (?:reach|match|attain|equal)\b", "underperforms"),
    (
        r"\b(?:performs?|does|fares?|is|are|works?)? ?no (?:less|worse|lower|slower|poorer)(?: \w+)? than\b"
        r"(?! \d)",
        " matches",
    ),
    (r"\bno (?:less|worse|lower|slower|poorer)\b(?! than \d)", "equally"),
    (r"\ball (?:of )?the (?:others?|rest|remaining)\b", "the remaining"),
    (
        r"\bwithout (?:\w+ing )?(?:much|significantly|considerably) "
        r"(?:more|extra|additional|higher|larger)\b",
        "with comparable",
    ),
    (r"\b(?:has|have|had|is|are|was|were) (?:yet|still) to (?=be\b|\w)", "not "),
    (r"\bremains? to be (?=\w+ed\b|seen|shown|known)", "is not "),
    (r"\b(?:at|after) all\b", ""),
    (r"\ball but\b|\bas good as (?=\w+(?:ed|less)\b)", "nearly"),
    (
        r"\b(?:handl|manag|deal|cop|far|work)(?:es?|s|ing|ed) ((?:with )?(?:[\w-]+ ){1,5})"
        r"(?:quite |very )?well\b",
        r"succeeds at \1",
    ),
    (
        r"\b(?:handl|manag|deal|cop|far|work)(?:es?|s|ing|ed) ((?:with )?(?:[\w-]+ ){1,5})(?:quite |very )?"
        r"(?:badly|poorly)\b",
        r"struggles with \1",
    ),
    (r"\b(?:got|gets?|getting|did|does) ((?:\w+ ){0,3})wrong\b", r"mistakes \1"),
    (
        r"\b(?:driv|push|bring|ramp|crank|bump)(?:es?|s|ing)? up\b|\b(?:drove|brought|pushed) up\b",
        "increases",
    ),
    (
        r"\b(?:driv|push|bring|scal|cut|siz)(?:es?|s|ing|ed)? ((?:[\w-]+ ){0,3}?)down\b(?! to \w+ing)",
        r"reduces \1",
    ),
    (r"\btime[- ]consuming\b", "slow costly"),
    (r"\b(comput\w*|resource|labou?r|memory)[- ](?:intensive|demanding|hungry|heavy)\b", r"\1 costly"),
    (r"\b(?:matters?|counts?|weighs?) (more|less|most|least)\b", r"is \1 important"),
    (r"\b(?:plays?|playing|played) down\b", "downplays"),
    (r"\bpoints? (?:out|to)\b", "notes"),
    (r"\b(?:so|in order|thus) as to\b", "to"),
    (r"\b(?:is|are|was|were) (?:made up|composed) of\b", "comprises"),
    (r"\b(?:for|in) the (?:most|main) part\b|\bby and large\b|\bon the whole\b", "mostly"),
    (r"\b(?:is|are|was|were) (?:up|equal) to the (?:task|job) of\b", "can"),
    (r"\b(?:in|at) the (?:outset|beginning|start)\b|\bto begin with\b|\bat first\b", "initially"),
    (r"\bin the end\b|\bat last\b", "finally"),
    (r"\bover and over(?: again)?\b|\btime and again\b|\bagain and again\b", "repeatedly"),
    (r"\bbit by bit\b|\blittle by little\b", "gradually"),
    (r"\bby hand\b", "manually"),
    (r"\bby means of\b|\bwith the (?:help|aid) of\b|\bby (?:way|virtue) of\b", "using"),
    (r"\bin the course of\b|\bin the process of\b", "during"),
    (
        r"\bwith (?:regard|respect) to\b|\bas (?:regards|far as)\b|\bin terms of\b|\bwhen it comes to\b",
        "regarding",
    ),
    (
        r"\b(?:owing|due|thanks) to\b|\bon account of\b|\bby reason of\b|\bas a (?:result|consequence) of\b",
        "because of",
    ),
    (r"\b(?:a )?(?:good|great) (?:many|deal of)\b", "many"),
    (r"\b(?:carr(?:y|ies|ied|ying)) out\b", "performs"),
    (r"\b(?:sets?|setting) (?:aside|apart)\b", "separates"),
    (r"\b(?:turns?|turning|turned) out to be\b", "is"),
    (r"\b(?:runs?|running|ran) out of\b", "exhausts"),
    (r"\b(?:leav(?:es?|ing)|left) ((?:[\w-]+ ){0,3})out\b(?: of\b)?", r"omits \1from"),
    (r"\b(?:finds?|finding|found|figures?|works?) out\b", "determines"),
    (r"\b(?:points?|singles?|pointing|pointed) out\b", "notes"),
    (r"\b(?:makes?|making|made) (?:use|good use) of\b", "uses"),
    (r"\b(?:takes?|taking|took) (?:into account|account of|heed of)\b", "considers"),
    (r"\b(?:takes?|taking|took) advantage of\b|\b(?:makes?|making|made) the most of\b", "exploits"),
    (r"\b(?:comes?|coming|came) (?:at|with) the (?:price|cost|expense) of\b", "sacrifices"),
    (r"\b(?:comes?|coming|came) up with\b", "proposes"),
    (r"\b(?:gets?|getting|got) (?:round|around)\b|\bworks? around\b", "addresses"),
    (r"\b(?:gives?|giving|gave) rise to\b", "causes"),
    (r"\b(?:puts?|putting) (?:forward|forth)\b", "proposes"),
    (r"\b(?:sets?|setting) out to\b", "aims to"),
    (r"\b(?:goes?|going|went) back\b", "revisit"),
    (r"\b(?:is|are) on the (?:rise|increase)\b", "increases"),
    (r"\b(?:is|are) (?:in charge|responsible) (?:of|for)\b|\btakes? care of\b", "handles"),
    (r"\b(?:is|are|was|were) at (?:its|their) (?:best|strongest)\b", "is best"),
    (r"\b(?:gives?|giving|gave|given) up\b", "sacrifices"),
    (r"\b(?:beyond|out of|outside) (?:the )?reach (?:of|for)\b", "impossible for"),
    (r"\btime and space complexity\b", "time and memory complexity"),
    (r"\bspace complexity\b", "memory complexity"),
    (r"\b(?:gets?|getting|got) rid of\b|\b(?:does|do|doing|did|done) away with\b", "eliminates"),
    (r"\b(?:makes?|made|making) up for\b", "compensates"),
    (r"\b(?:takes?|taking|took|taken) the place of\b", "substitutes"),
    (r"\b(?:stands?|standing|step(?:s|ping)?|fill(?:s|ing)?) in for\b", "substitutes"),
    (r"\b(?:takes?|taking|took|taken) (?:up|in) (?=more|less|fewer|much|little|a|\d)", "uses "),
    (r"\bas well(?! as)\b", "also"),
    (r"\bas well as\b|\btogether with\b|\balong with\b|\bin addition to\b|\bon top of that\b", "and"),
    (r"\bin addition\b", "also"),
    (r"\b(?:falls?|fell) short (?:in|of) (?=\w+ing\b)", "fails in "),
    (r"\b(?:falls?|fell|falling|stays?|stayed) behind\b", "underperforms"),
    (r"\bfalls? short\b|\bfell short\b|\blags? behind\b|\btrails? behind\b", "underperforms"),
    (
        r"\b(?:does|do|did|doing|done|performs?|performed|performing|works?|fares?) "
        r"(?:much |even |far |clearly )?better"
        r" (?:\w+ )?(?:than)\b",
        "outperforms",
    ),
    (
        r"\b(?:does|do|did|doing|done|performs?|performed|performing|works?|fares?) "
        r"(?:much |even |far |clearly )?worse"
        r" (?:\w+ )?(?:than)\b",
        "underperforms",
    ),
    (
        r"\b(?:comes?|came|is|are|was|were)? ?out ahead of\b|\bgets? the better of\b|\bleaves? behind\b",
        "outperforms",
    ),
    (r"\b(?:even|also) perform better than\b", "outperforms"),
    (
        r"\bon (?:a )?par with\b|\bin line with\b|\bas good as\b|\bon (?:a )?level with\b|"
        r"\bkeeps? (?:up|pace) with\b",
        "matches",
    ),
    (r"\bspe+d(?:s|ed|ing)?[- ]up(s?)\b", r"speedup\1"),
    (r"\bspeeding\b", "accelerating"),
    (r"\bsped up\b", "accelerated"),
    (r"\b(?:no|without any|without the) (?:need|necessity)(?: (?:for|to|of))?\b", "not need"),
    (r"\bwithout (?:needing|requiring|having to|necessitating)\b", "not need"),
    (r"\b(?:does|do|did) without\b|\bgets? by without\b|\bdispens\w+ with\b|\bfree (?:of|from)\b", "without"),
    (r"\b(?:is|are|was|were) (?:not able|unable) to\b", "can not"),
    (r"\bthe (?:whole|entire) of\b", "entire"),
    (r"\bno longer\b", "not"),
    (r"\bat no (?:extra |additional )?(cost|expense)\b", r"without \1"),
    (r"\bat the (?:cost|expense|price) of\b", "sacrificing"),
    (r"\bin the dark\b", "unknown"),
    (r"\bthree[- ]d(?:imensional)?\b", "3D"),
    (r"\bahead[- ]of[- ]time\b", "beforehand"),
    (r"\bin advance\b|\bup front\b|\bupfront\b", "beforehand"),
    (r"\bas soon as\b", "when"),
    (r"\bat once\b|\bin one go\b|\bat the same time\b|\bside by side\b", "parallel"),
    (r"\bone (?:after|by) (?:the other|another|one)\b", "sequential"),
    (r"\bon the fly\b", "dynamically"),
    (r"\bstep by step\b", "step-wise"),
    (r"\bback to\b", "to"),
    (r"\bknown as\b|\breferred to as\b|\bdubbed\b", "called"),
    (r"\bsmartphones?\b", "mobile phones"),
    (r"\bcells? phones?\b", "mobile phones"),
    (r"\bto date\b", "so far"),
    (r"\bthrough time\b", "through-time"),
    (r"\bnot (?:very )?many\b|\bhardly any\b|\bonly a handful\b|\ba handful\b", "few"),
    (r"\bnot (?:very )?much\b", "little"),
    (r"\b(?:hardly|barely|scarcely)\b", "scarcely"),
    (r"\b(?:all|just) the same\b", "still"),
    (r"\babove all\b", "mainly"),
    (r"\b(first|second|third|zeroth)[- ]order\b", r"\1order"),
    (r"\b(?:leav(?:es?|ing)|left) ((?:\w+ ){1,4})alone\b", r"keeps \1unchanged"),
    (r"\bgo(?:es)? back (?:over|to)\b", "revisits"),
    (r"\brul(?:es?|ed|ing) out\b", "eliminates"),
    (r"\bzero-(,| and| or) (few|one)[- ]shots?\b", r"zeroshot\1 \2shot"),
    (r"\bone-(,| and| or) (few|zero)[- ]shots?\b", r"oneshot\1 \2shot"),
    (r"\bfew-(,| and| or) (one|zero)[- ]shots?\b", r"fewshot\1 \2shot"),
    (r"\bfew[- ]shots?\b", "fewshot"),
    (r"\bzero[- ]shots?\b", "zeroshot"),
    (r"\bone[- ]shots?\b", "oneshot"),
    (r"\bprepend", "at the beginning add"),
    (r"\b(?:a )?(?:large|high|great|huge|vast) (?:number|amount)s? of\b", "many"),
    (r"\b(?:a )?(?:small|few|low|limited|tiny) (?:number|amount)s? of\b", "few"),
    (r"\b(?:guards?|protects?|safeguards?) against\b", "prevents"),
    (r"\bno (?:effect|impact|influence|bearing)s?\b", "not affect"),
    (r"\b(?:little|few|scant) (?:effect|impact|influence|bearing)s?\b", "scarcely affect"),
    (r"\bbuil(?:ds|t|ding) (?:up)?on(?: top of)?\b|\b(?:extends|extending)\b", "extends"),
    (r"\bat odds with\b", "contradict"),
    (r"\bas long as\b", "if"),
    (
        r"\b(?:a )?(?:lot|plenty|wealth|great deal|large number|wide range|broad range|wide variety|variety|"
        r"host) of\b",
        "many",
    ),
    (r"\bbroad spectrum of\b", "many"),
    (r"\bout-of-domain\b", "outofdomain"),
    (r"\bopen[- ]source[d]?\b", "opensource"),
    (r"\bopen[- ]ended\b", "openended"),
    (r"\b(?:has|have|had) (?:already )?(?:got )?to\b", "need to"),
    (r"\b(?:has|have|had) (?:trouble|difficult(?:y|ies))(?: in| with)?\b", "struggles to"),
    (r"\bstand(?:s|ing)? in the way of\b", "hinders"),
    (r"\bnowhere (?:but|else than|except)\b", "only"),
    (r"\b(?:next to|almost|virtually|nearly|close to|practically) no\b", "negligible"),
    (r"\b(?:throws?|throwing|thrown|threw|casts?|sorts?|filters?|weeds?|sifts?) (?:out|away)\b", "discards"),
    (r"\bnothing (?:but|other than|more than)\b", "only"),
    (r"\b(?:departing|deviating|moving away|breaking) from\b", "unlike"),
    (
        r"\b(?:different|differing|differently|distinct|apart) from\b|\b(?:differs?|differing) from\b",
        "unlike",
    ),
    (r"\bnot (?:quite |nearly |always )?as (?:good|well|strong|accurate) as\b", "underperforms"),
    (r"\b(?:less|not as) (?:good|well|accurate|effective) (?:than|as)\b", "underperforms"),
    (r"\bnot as (\w+) as\b", r"less \1 than"),
    (r"\b(black|white|gray|grey)[- ]box\b", r"\1box"),
    (r"\b(\w+)[- ]wise\b", r"\1wise"),
    (r"\bone[- ]bit\b", "1-bit"),
    (r"\bin contrast to\b|\bas against\b", "unlike"),
    (r"\bself-host", "selfhost"),
    (r"\bneeds? not\b", "not need"),
    (r"\b(?:works?|performs?|does|do|fares?) (?:very |quite )?well\b|\bexcels?\b|\bshines?\b", "succeeds"),
    (r"\b(?:not|no) (?:lost|loss of|lose) (\w+)", r"not lose \1"),
    (r"\bhard to\b", "difficult to"),
    (r"\bmulti-gpu\b", "multiple GPU"),
    (r"\bmulti-node\b", "multiple nodes"),
    (
        r"\b(?:keep|stop|hold|bar|hinder|sav)(?:s|es|ping|ing)? ((?:[\w-]+ ){1,4})from (?=\w+ing\b)",
        r"prevents \1from ",
    ),
    (r"\bproject(s|ed|ing)? ((?:[\w-]+ ){0,4}?)(?:back )?up\b", r"upproject\1 \2"),
    (r"\bproject(s|ed|ing)? ((?:[\w-]+ ){0,4}?)(?:back )?down\b", r"downproject\1 \2"),
    (r"\bup[- ]project", "upproject"),
    (r"\bdown[- ]project", "downproject"),
    (r"\bprojection-up\b", "upproject"),
    (r"\bprojection-down\b", "downproject"),
    (r"\bin[- ]house\b", "inhouse"),
    (r"\bnatural language understanding\b", "NLU"),
    (r"\bsingular values? decomposition\b", "SVD"),
    (r"\bpost-training quantization\b", "PTQ"),
    (r"\bquantization-aware training\b", "QAT"),
    (r"\breinforcement learning from human feedback\b", "RLHF"),
    (r"\bgraphics (?:cards?|processors?)\b", "GPU"),
)

SYNONYMS = _lines("synonyms.txt")

# Oppositions of words that have no group of their own: two sides per line.
ANTONYMS = _lines("opposites.txt")


# group : its opposite. Checked in both directions.
OPPOSITES = """
increase decrease
improve degrade
accelerate slow
fast slow
more fewer
high low
large small
better worse
long short
before after
early late
first last
easy difficult
cheap expensive
outperform underperform
fixed dynamic
add eliminate
allow prevent
support lack
include exclude
combine split
share separate
compress expand
sparse dense
complete part
all some
same different
global local
general specific
recent old
new existing
parallel sequential
stable change
correct wrong
valid wrong
strong weak
rare often
finite infinite
relevant irrelevant
important unnecessary
human automatic
begin stop
maximum minimum
near far
accept reject
explicit implicit
transparent hidden
public private
labeled unlabeled
physical virtual
efficient expensive
sufficient lack
popular rare
simplify complicated
advantage drawback
unseen existing
good bad
ignore highlight
gradual abrupt
memorize forget
encourage penalize
converge diverge
stop begin
linear quadratic
maintain lose
allow restrict
confirm challenge
agree conflict
maintain eliminate
succeed struggle
succeed worse
expand restrict
extend restrict
increase restrict
concentrate distribute
concentrate split
lengthen short
independent require
short detailed
special ordinary
"""

# Members of a line exclude each other: if the claim has one where the evidence has another, they disagree.
CONTRASTS = """
pretrain | finetune | inference
train | inference | test
weight | activation | gradient | optimizer
gpu | cpu | nvme | tpu | disk | fpga
encoder | decoder
teacher | student
input | output
key | query
upper | bottom | middle
top | bottom
hour | day | week | month | minute | second | year
online | offline
static | dynamic
local | global
structured | unstructured | semistructured
blackbox | whitebox
english | chinese | french | german | spanish | japanese
supervised | unsupervised | self-supervised
row | column
horizontal | vertical
linear | quadratic | exponential | cubic | logarithmic | constant
contiguous | noncontiguous
symmetric | asymmetric
sparse | dense
parallel | sequential
forward | backward
draft | target
positive | negative
positively | negatively
logical | physical
tensor | pipeline
microsoft | google | meta | nvidia | databricks | huggingface | anyscale | openai | bentoml | mosaicml |
amazon | apple | intel | amd | alibaba | tencent | baidu
per-channel | per-token | per-tensor
channel | token
compute | memory | bandwidth
throughput | latency
accuracy | speed
fp16 | fp32 | bf16 | int8 | int4 | fp8
deterministic | stochastic
continuous | discrete
reconstruction | classification
encoding | decoding
image | text | audio | video | speech
maximum | minimum
left | right
global | windowed
virtual | physical
summarization | translation
head | layer
shallow | deep
depth | width
pruning | quantization | distillation
groupwise | tokenwise | layerwise | channelwise | blockwise | elementwise | headwise
simple | complex
serie | parallel
absolute | relative
intra | inter
encoder | decoder
short | long
logit | feature
prefix | suffix
labeled | unlabeled
human | ai
agnostic | specific
firstorder | secondorder | zerothorder
sum | product
zeroshot | fewshot | oneshot
beginning | end
internal | external
exact | approximate
centralized | decentralized
homogeneous | heterogeneous
coarse | fine
monotonic | random
upproject | downproject
"""

# Words that carry no claim of their own: not counted when coverage is measured.
LIGHT = wordset(" ".join(_lines("light.txt")))


# The part of these that only holds a sentence together.
FUNCTION = """
a an the this that these those it its it they them their he she we our us you your i my one ones which who
whom whose
what where when while whereas whether how why as at by for from in into of off on onto out over per to toward
towards under up upon via with within without and or nor but yet so if then than though although even because
since
until unless is are was were be been being am do does did doing done have has had having can could may might
will
would shall should must not no also too very quite rather just still already such like both either neither
each
there here about around between among et-al compared-to instead-of alternative-to
scarcely respectively thus hence therefore thereby
however moreover furthermore need
"""

NEGATIONS = wordset("not scarcely no never none nor neither without nothing nobody nowhere instead-of")
# Verbs that deny what follows them.
DENYING = tuple(
    sorted(
        wordset(
            "avoid prevent misses missed missing "
            "eliminat remov discard lack fail bypass circumvent obviat forgo omit skip "
            "neglect ignor "
            "overlook exclud abandon preclud sidestep reject refus replac supplant"
        )
    )
)

# Quantifiers that make a statement stronger, with the groups that carry them.
UNIVERSAL = {
    "all": "all every each entire whole any full everything throughout",
    "any": "any all every arbitrary unlimited unbounded irrespective regardless various maximum",
    "every": "every each all entire whole full",
    "always": "always consistently invariably ever every consistent",
    "never": "never not no without",
    "only": "only just solely exclusively merely sole single alone mere",
    "solely": "only just solely exclusively merely sole alone",
    "exclusively": "only just solely exclusively merely sole alone",
    "guarantee": "guarantee guarantees ensure ensures ensuring",
    "guarantees": "guarantee guarantees ensure ensures ensuring",
    "perfect": "perfect perfectly lossless flawless",
    "perfectly": "perfect perfectly lossless flawless",
    "flawlessly": "perfect perfectly lossless flawless",
    "wholly": "complete completely entirely fully full entire whole all",
    "totally": "complete completely entirely fully full entire whole all eliminate",
    "nobody": "nobody none no",
    "none": "none no not never",
    "complete": "complete completely entirely fully full entire whole all",
    "completely": "complete completely entirely fully full entire whole all eliminate lossless zero",
    "entirely": "complete completely entirely fully full entire whole all eliminate",
    "fully": "full fully complete completely entire entirely",
    "unanimously": "unanimous all",
    "universally": "universal all every",
    "invariably": "always invariably",
    "regardless": "regardless irrespective any all even whatever",
    "first": "first pioneer initial initially begin start original start",
    "fastest": "fastest",
    "largest": "largest biggest maximum up-to",
    "optimal": "optimal optimum best",
    "impossible": "impossible not cannot",
    "unlimited": "unlimited infinite unbounded arbitrary any",
    "lossless": "lossless",
    "zero": "zero no without lossless",
    "everywhere": "everywhere all",
    "sole": "sole only single",
    "alone": "alone only sole solely exclusively single",
    "best": "best optimal optimum outperform outperforms sota state-of-the-art highest record benchmark "
    "superior surpass surpasses beats leading top",
    "highest": "highest best most maximum top sota",
    "lowest": "lowest least minimum smallest",
    "smallest": "smallest lowest least minimum",
    "cheapest": "cheapest",
    "proves": "prove proves proven proof theoretical theoretically",
    "unprecedented": "unprecedented",
    "worst": "worst",
    "most": "most majority mostly predominantly predominately largely mainly popular typically "
    "usually commonly except significantly substantially",
    "majority": "most majority mostly",
    "half": "half",
    "instantly": "instantly immediately",
    "effortlessly": "effortless easily seamlessly",
    "exactly": "exactly precisely exact identical same",
    "identical": "identical exactly equal same",
}

# Words that weaken; a claim may not turn them into a flat statement of none or all.
MINIMAL = wordset(
    "minimize minimizes minimizing reduce reduces reducing minimal slight minor little small "
    "negligible nearly almost marginal modest near few insignificant trivial tiny limited"
)

# Terms of the trade: a claim that uses one needs the same word in the passage, a synonym will not do.
STRICT = wordset(" ".join(_lines("technical.txt")))

# Pairs of such terms that do for one another.
EQUALS = _lines("equals.txt")

# General words: a claim may use them where the passage does not.
GENERAL = wordset(" ".join(_lines("general.txt")))
STEMS = {w: line.split(":")[0] for line in _lines("stems.txt") for w in line.split(":")[1].split()}
