"""When two names of columns mean the same."""

from __future__ import annotations

import re


def normal(name: str) -> str:
    """How header names are compared: without case, outer quotes and repeated or outer blanks."""
    return " ".join(name.replace("\ufeff", "").strip().strip('"').split()).casefold()


_MARKS = re.compile(r"[_.\-\"'“”‘’]+")


def labelled(name: str) -> str:
    """How labels are compared: without case and marks, word by word. A quoted stage needs no quotes."""
    return " ".join(_MARKS.sub("", normal(name)).split())


def folded(name: str) -> str:
    """How API names are compared: `Created Date`, `CreatedDate` and `created_date` are the same name.

    So the landing columns of the usual connectors, API names in lower case with underscores, need no list.
    Aliases are compared as labels: `Contact ID` of a report is a task's WhoId, `ContactId` is not.
    """
    return labelled(name).replace(" ", "")
