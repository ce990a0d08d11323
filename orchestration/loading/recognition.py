"""Which vendor and object a header belongs to, whatever the file is called."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from orchestration.loading.profiles import PROFILES, ObjectProfile, normal

_SURE_COLUMNS = 4


@dataclass(frozen=True)
class Match:
    """A header read as one object: positions of the known columns, names of the others."""

    profile: ObjectProfile
    positions: dict[str, int]
    unknown: tuple[int, ...]
    missing: tuple[str, ...]
    exact: int
    repeated: tuple[str, ...] = ()

    @property
    def missing_key(self) -> tuple[str, ...]:
        return tuple(name for name in self.profile.key if name not in self.positions)

    @property
    def rank(self) -> tuple[int, int, int]:
        """Of two objects that fit, the one that knows more of the header; then has its key; its spelling."""
        return (len(self.positions), -len(self.missing_key), self.exact)


@dataclass(frozen=True)
class Recognition:
    """The match, or why there is none."""

    match: Match | None
    problem: str | None = None
    candidates: tuple[Match, ...] = field(default=())


def recognise(header: Sequence[str], among: Iterable[ObjectProfile] = PROFILES) -> Recognition:
    """The object whose signature the header bears and which knows most of its columns."""
    known = [profile for profile in among if profile.signature is not None]
    matches = sorted(
        (match_header(header, profile) for profile in known if not _lacks(header, profile)),
        key=lambda match: match.rank,
        reverse=True,
    )
    if not matches or (matches[0].missing_key and not _is_sure(matches[0], header)):
        return Recognition(None, _nearest_guess(header, known))
    if len(matches) > 1 and matches[0].rank == matches[1].rank:
        names = " or ".join(_name(match.profile) for match in matches[:2])
        return Recognition(None, f"Its header fits {names} equally well; it was not loaded.", tuple(matches))
    return Recognition(matches[0], None, tuple(matches))


def match_header(header: Sequence[str], profile: ObjectProfile) -> Match:
    """Lay a header over an object's columns; of two columns with one meaning the first counts."""
    names = profile.names()
    positions: dict[str, int] = {}
    unknown: list[int] = []
    repeated: list[str] = []
    # An API name outranks an alias even where the alias stands further left.
    exact = {normal(name): name for name in profile.columns}
    for index, name in enumerate(header):
        column = exact.get(normal(name))
        if column is not None and column not in positions:
            positions[column] = index
    for index, name in enumerate(header):
        column = names.get(normal(name))
        if column is not None and column not in positions:
            positions[column] = index
        elif column is None:
            unknown.append(index)
        elif positions[column] != index:
            repeated.append(name)
            unknown.append(index)
    spelled = sum(header[index] == column for column, index in positions.items())
    missing = tuple(column for column in profile.columns if column not in positions)
    return Match(profile, positions, tuple(unknown), missing, spelled, tuple(repeated))


def _is_sure(match: Match, header: Sequence[str]) -> bool:
    """Whether a file without its key is surely this object, so that loading without it would mislead."""
    return len(match.positions) >= _SURE_COLUMNS and len(match.positions) * 2 >= len(header)


def _lacks(header: Sequence[str], profile: ObjectProfile) -> list[str]:
    """What the header lacks to be this object, in words; empty if it is one."""
    signature = profile.signature
    assert signature is not None
    names = profile.names()
    raw = {normal(name) for name in header}
    present = {names[name] for name in raw if name in names}
    lacks = [f"column {name}" for name in signature.all if name not in present]
    for group in signature.any:
        if not any(name in present or normal(name) in raw for name in group):
            lacks.append(f"one of {', '.join(group)}")
    lacks.extend(f"to be without {name}" for name in signature.none if normal(name) in raw)
    return lacks


def _nearest_guess(header: Sequence[str], known: list[ObjectProfile]) -> str:
    def nearness(profile: ObjectProfile) -> tuple[int, int]:
        return (len(match_header(header, profile).positions), -len(_lacks(header, profile)))

    nearest = max(known, key=nearness)
    if nearness(nearest)[0] == 0:
        return "No known object has any of its columns; map it in bandpass.mapping.yml if it matters."
    lacks = ", ".join(_lacks(header, nearest) or [f"its key {', '.join(nearest.key)}"])
    return f"Not recognised; nearest is {_name(nearest)}, for which it needs {lacks}."


def _name(profile: ObjectProfile) -> str:
    return f"{profile.vendor} {profile.object}"
