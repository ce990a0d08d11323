"""Which vendor and object a header belongs to, whatever the file is called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from orchestration.loading.naming import folded, labelled
from orchestration.loading.others import other_system
from orchestration.loading.profiles import PROFILES, ObjectProfile, Signature, vendors

_SURE_COLUMNS, _SURE_WITHOUT_HALF = 4, 12

_MAP_IT = "to use it, describe it in bandpass.mapping.yml (docs/mapping.md)."

Sample = Mapping[int, Sequence[str]]
"""Some cells of each column, by position."""


@dataclass(frozen=True)
class Match:
    """A header read as one object: positions of the known columns, names of the others.

    gathered: for a JSON column the positions that fill it, each with its key.
    """

    profile: ObjectProfile
    positions: dict[str, int]
    unknown: tuple[int, ...]
    missing: tuple[str, ...]
    exact: int
    repeated: tuple[str, ...] = ()
    gathered: dict[str, tuple[tuple[int, str], ...]] = field(default_factory=dict)

    @property
    def missing_key(self) -> tuple[str, ...]:
        return tuple(name for name in self.profile.key if name in self.missing)

    @property
    def known(self) -> int:
        return len(self.positions) + sum(len(keys) for keys in self.gathered.values())

    @property
    def rank(self) -> tuple[int, int, int]:
        """Of two objects that fit, the one that knows more of the header; then has its key; its spelling."""
        return (self.known, -len(self.missing_key), self.exact)

    @property
    def is_sure(self) -> bool:
        """Whether it knows enough of the header that no other system's file would look the same."""
        half = self.known >= len(self.unknown)
        return self.known >= (_SURE_COLUMNS if half else _SURE_WITHOUT_HALF)


@dataclass(frozen=True)
class Recognition:
    """The match, or why there is none; then unused says what known object the file is, if any."""

    match: Match | None
    problem: str | None = None
    candidates: tuple[Match, ...] = ()
    unused: tuple[str, str] | None = None


def recognise(
    header: Sequence[str], among: Iterable[ObjectProfile] = PROFILES, sample: Sample | None = None
) -> Recognition:
    """The object whose signature the header bears and which knows most of its columns."""
    system = other_system(header)
    if system is not None:
        return Recognition(
            None, f"It looks like an export of {system}, for which there is no profile; {_MAP_IT}"
        )
    known = [profile for profile in among if profile.signature is not None]
    matches = sorted(
        (match_header(header, profile) for profile in known if not _lacks(header, profile)),
        key=lambda match: (match.known, -len(match.missing_key), _told(match, sample or {}), match.rank),
        reverse=True,
    )
    complete = (match for match in matches if not match.missing_key)
    best = next(complete, matches[0] if matches else None)
    if best is None or best.missing_key or not best.is_sure:
        unused = _unused(header)
        if unused is not None:
            return unused
    if best is None or (best.missing_key and not best.is_sure):
        return Recognition(None, _nearest_guess(header, known))
    rivals = [m for m in matches if m.rank == best.rank and m.profile.table != best.profile.table]
    told = _told(best, sample or {})
    if any(_told(rival, sample or {}) == told for rival in rivals):
        names = " or ".join(_name(match.profile) for match in (best, *rivals))
        return Recognition(None, f"Its header fits {names} equally well; it was not loaded.", tuple(matches))
    return Recognition(best, None, tuple(matches))


def match_header(header: Sequence[str], profile: ObjectProfile) -> Match:
    """Lay a header over an object's columns; of two columns with one meaning the first counts."""
    positions: dict[str, int] = {}
    unknown: list[int] = []
    repeated: list[str] = []
    gathered: dict[str, list[tuple[int, str]]] = {}
    # An API name outranks an alias even where the alias stands further left.
    for index, name in enumerate(header):
        column = profile.own_names.get(folded(name))
        if column is not None and column not in positions:
            positions[column] = index
    for index, name in enumerate(header):
        column = profile.column_of(name)
        if column is not None and column not in positions:
            positions[column] = index
        elif column is None:
            target, key = _gathered(name, profile)
            if target and target not in positions and key not in {k for _, k in gathered.get(target, [])}:
                gathered.setdefault(target, []).append((index, key))
            else:
                unknown.append(index)
        elif positions[column] != index:
            repeated.append(name)
            unknown.append(index)
    spelled = sum(header[index] == column for column, index in positions.items())
    filled = {*positions, *gathered, *profile.constants, *profile.derived}
    missing = tuple(column for column in profile.columns if column not in filled)
    groups = {column: tuple(keys) for column, keys in gathered.items()}
    return Match(profile, positions, tuple(unknown), missing, spelled, tuple(repeated), groups)


def _gathered(name: str, profile: ObjectProfile) -> tuple[str, str]:
    for column, rule in profile.gather.items():
        key = rule.key(name)
        if key is not None:
            return column, key
    return "", ""


def _told(match: Match, sample: Sample) -> int:
    """How many cells of the sample hold what only this object holds."""
    signature = match.profile.signature or Signature()
    count = 0
    for column, texts in signature.values.items():
        cells = sample.get(match.positions.get(column, -1), ())
        wanted = {folded(text) for text in texts}
        count += sum(folded(cell) in wanted for cell in cells)
    return count


def _lacks(header: Sequence[str], profile: ObjectProfile) -> list[str]:
    """What the header lacks to be this object, in words; empty if it is one."""
    signature = profile.signature or Signature()
    raw = {labelled(name) for name in header}
    present = {profile.column_of(name) for name in header}
    lacks = [f"column {name}" for name in signature.all if name not in present and labelled(name) not in raw]
    for group in signature.any:
        if not any(name in present or labelled(name) in raw for name in group):
            lacks.append(f"one of {', '.join(group)}")
    lacks.extend(f"to be without {name}" for name in signature.none if labelled(name) in raw)
    return lacks


def _unused(header: Sequence[str]) -> Recognition | None:
    raw = {folded(name) for name in header}
    for vendor in vendors():
        for name, forms in vendor.unused.items():
            if any(all(folded(column) in raw for column in form) for form in forms):
                problem = f"It is {vendor.vendor} {name}, for which Bandpass has no use; it was not loaded."
                return Recognition(None, problem, unused=(vendor.vendor, name))
    return None


def _nearest_guess(header: Sequence[str], known: list[ObjectProfile]) -> str:
    def nearness(profile: ObjectProfile) -> tuple[int, int]:
        return (match_header(header, profile).known, -len(_lacks(header, profile)))

    candidates = [profile for profile in known if profile.variant is None]
    nearest = max(candidates, key=nearness)
    if nearness(nearest)[0] == 0:
        return f"No known object has any of its columns; {_MAP_IT}"
    lacks = ", ".join(_lacks(header, nearest) or [f"its key {', '.join(nearest.key)}"])
    return (
        f"Not recognised; nearest is {_name(nearest)}, for which it needs {lacks}. If it is another system's,"
        f" {_MAP_IT}"
    )


def _name(profile: ObjectProfile) -> str:
    return f"{profile.vendor} {profile.object}"
