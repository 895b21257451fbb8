"""Questions on the list: `route` reads one (or returns None), `answer_set` answers it from the catalogue."""

from surveyqa.catalog.conditions import SetQuestion
from surveyqa.catalog.reading import route
from surveyqa.catalog.replies import SetAnswer, answer_set, matching

__all__ = ["SetAnswer", "SetQuestion", "answer_set", "matching", "route"]
