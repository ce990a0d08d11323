"""What a user is told when something is wrong: what, where, and how to fix it."""

from __future__ import annotations


class BandpassError(Exception):
    """A problem the user can fix; the command prints it without a traceback and exits with `exit_code`.

    what: one sentence. where: file, line, column or setting, as precise as known. fix: what to do next.
    exit_code: 1 the data or a check failed, nothing published; 2 wrong use or settings.
    """

    exit_code = 1

    def __init__(self, what: str, *, fix: str, where: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.fix = fix

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        return f"{self.what}{place}. Fix: {self.fix}"


class DataError(BandpassError):
    """The data or a check failed; nothing is published."""


class UsageError(BandpassError):
    """Wrong use or wrong settings."""

    exit_code = 2
