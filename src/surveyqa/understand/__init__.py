"""From a question and its dialogue to what is asked (`reader.read`). Knows no passage's text.

Read in this order: reading (the contract), vocabulary (what is looked up), intent (what is learned),
listquery, listmarks and listreader (questions on the list), dialogue, presumption, reader.
"""
