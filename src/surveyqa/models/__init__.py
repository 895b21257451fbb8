"""Language models: servers, prompts, generation, screening for injections.

Knows not how an answer is shown.
"""
