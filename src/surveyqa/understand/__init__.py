"""From a question and its dialogue to what is asked. Knows no passage's text."""
