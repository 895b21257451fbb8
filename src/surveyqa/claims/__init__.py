"""Whether a passage carries a claim: numbers, names, direction, negation, quantifiers, who does what to whom.

Reading order: lexicon and data/ (words), words (tokens), numbers (quantities), evidence (the passage), claim
(the claim and what carries it), phrases, structure (connectors), neighbours, comparisons and changes (what a
sentence says), the rules (subjects, amounts, copies, polarity, predicates, roles, coverage), verdict. chinese
stands beside them.
"""

from surveyqa.claims.verdict import LONGEST_CLAIM, Label, Verdict, best_sentence, check

__all__ = ["LONGEST_CLAIM", "Label", "Verdict", "best_sentence", "check"]
