"""Language models: servers, prompts, generation.

Knows not how an answer is shown.
"""
