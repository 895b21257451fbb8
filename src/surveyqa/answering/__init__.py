"""From what is asked to an answer: passages, chosen sentences, tables, the contract.

Knows not how an answer is shown.
"""
