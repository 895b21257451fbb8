"""Stage *show*: the chat in the browser. Nothing here decides what an answer says.

Read in this order: words (English, 中文), live (the assistant that follows the index), conversation (turns,
events), pages (page images and quote rectangles), render (answers and sources as HTML), explore, compare,
export, guard (login and rate), interface (the Gradio blocks and their handlers), server.
"""

from surveyqa.chat.server import Options, serve

__all__ = ["Options", "serve"]
