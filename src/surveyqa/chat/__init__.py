"""Stage *show*: the chat in the browser. Nothing here decides what an answer says.

Read in this order: live (the assistant that follows the index, the answers it gave, page images), render
(answers as HTML, and every word in English and 中文), panel (a source and its pages), explore (taxonomy),
export, guard (logins and rates), doorman (the one door), desk (what the page asks for), server (the page as
Gradio draws it, and the process). static/ holds what runs in the browser.
"""

from surveyqa.chat.server import Options, load, serve

__all__ = ["Options", "load", "serve"]
