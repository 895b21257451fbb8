"""Stage *catalog*: the survey's paper list as facts that questions can be answered from.

Read in this order: parsing (the list's Markdown), names and categories (what things are called),
store (`Catalog`), formats, changes (`diff` of two lists). Questions on it are read in `understand` and
answered in `answering.lists`.
"""

from surveyqa.catalog.changes import Change, ListDiff, diff
from surveyqa.catalog.formats import as_dict, format_papers
from surveyqa.catalog.parsing import (
    Anomaly,
    CategoryPath,
    Entry,
    Framework,
    Link,
    ListParse,
    Paper,
    Taxonomy,
    parse_list,
)
from surveyqa.catalog.store import Catalog

__all__ = [
    "Anomaly",
    "Catalog",
    "CategoryPath",
    "Change",
    "Entry",
    "Framework",
    "Link",
    "ListDiff",
    "ListParse",
    "Paper",
    "Taxonomy",
    "as_dict",
    "diff",
    "format_papers",
    "parse_list",
]
