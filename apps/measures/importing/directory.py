"""Which unit a name of a list means: by its name, by what the office decided before, or by what it decides for this file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from apps.measures.importing.naming import folded, is_collective, kind_of, near, nearness
from apps.measures.importing.tree import Origin, Tree
from apps.measures.models import RememberedUnit
from apps.units.models import Unit

NEW, SKIP, SAME = "new", "skip", "same"
SEPARATOR = ":"
ALIKE, SURE = 0.58, 0.85
MOST_UNKNOWN = 300
"""More names than these that nobody knows are no units: a column was taken for another, and none of them is looked for."""


@dataclass(frozen=True)
class Resolved:
    """What a name means: a unit that there is, one that is to be made (``kind``), none (``skipped``), or nobody knows yet."""

    name: str
    unit: Unit | None = None
    kind: str = ""
    skipped: bool = False

    @property
    def is_known(self) -> bool:
        return self.unit is not None or bool(self.kind) or self.skipped

    @property
    def label(self) -> str:
        """As the ledger shows it; a new one by the name that it gets."""
        return self.unit.name if self.unit else self.name


@dataclass
class Unknown:
    """A name that nobody knows: where it stands first, which units it may mean, what kind a new one would be."""

    name: str
    origin: Origin
    near: list[tuple[Unit, float]] = field(default_factory=list)
    kind: str = ""
    is_collective: bool = False
    alike: list[str] = field(default_factory=list)
    """Unknown names before it that may be the same unit, which it can be said to be."""
    twin: str = ""
    """One of them that it surely is."""
    remembered: Unit | None = None
    """What the office said of it before, which it may say otherwise."""

    @property
    def suggestion(self) -> str:
        """What the page offers first: what was said before, the nearest unit where it is near enough, a new one where none is near."""
        if self.remembered is not None:
            return str(self.remembered.pk)
        if self.near:
            return str(self.near[0][0].pk) if self.near[0][1] >= SURE else ""
        if self.twin:
            return f"{SAME}{SEPARATOR}{self.twin}"
        return SKIP if self.is_collective else f"{NEW}{SEPARATOR}{self.kind}"


class Directory:
    """The units of the house, read once, and what was decided about other names."""

    def __init__(self, choices: Mapping[str, str] | None = None) -> None:
        self.units = list(Unit.objects.all())
        self.by_key = {unit.pk: unit for unit in self.units}
        self.by_name: dict[str, Unit] = {}
        for unit in self.units:
            self.by_name.setdefault(folded(unit.short_name), unit)
        for unit in self.units:
            self.by_name[folded(unit.name)] = unit
        self.remembered = {folded(name): self.by_key[key] for name, key in RememberedUnit.objects.values_list("name", "unit")}
        self.choices = dict(choices or {})
        self.fresh: dict[str, str] = {}

    @property
    def names(self) -> frozenset[str]:
        """Names and short names, which are never cut in two."""
        return frozenset(name for unit in self.units for name in (unit.name, unit.short_name))

    def resolve(self, name: str) -> Resolved:
        if unit := self.by_name.get(folded(name)):
            return Resolved(name, unit)
        name, choice = self._said_of(name)
        if unit := self.by_name.get(folded(name)):
            return Resolved(name, unit)
        if choice == SKIP:
            return Resolved(name, skipped=True)
        if choice.startswith(NEW + SEPARATOR):
            # Two spellings of one new name are one unit.
            return Resolved(self.fresh.setdefault(folded(name), name), kind=choice.partition(SEPARATOR)[2])
        if choice.isdecimal() and int(choice) in self.by_key:
            return Resolved(name, self.by_key[int(choice)])
        return Resolved(name, self.remembered.get(folded(name)))

    def _said_of(self, name: str) -> tuple[str, str]:
        """The decision on a name; where that is another name, it and the decision on it."""
        seen: set[str] = set()
        while (choice := self.choices.get(name, "")).startswith(SAME + SEPARATOR) and name not in seen:
            seen.add(name)
            name = choice.partition(SEPARATOR)[2]
        return name, choice

    def unknown(self, tree: Tree) -> list[Unknown]:
        """The names of the tree that are no unit's own, decided or not, in the order in which they occur; of too many, the undecided."""
        names = {name: origin for name, origin in tree.units.items() if folded(name) not in self.by_name}
        if len(names) > MOST_UNKNOWN:
            undecided = sorted(names, key=lambda name: self.resolve(name).is_known)
            names = {name: names[name] for name in undecided[:MOST_UNKNOWN]}
        found = [self._unknown(name, origin) for name, origin in names.items()]
        for place, one in enumerate(found):
            others = [other.name for other in found[:place] if not (one.is_collective or other.is_collective)]
            scored = [(nearness(one.name, other), other) for other in others]
            one.alike = [other for score, other in scored if score >= ALIKE]
            one.twin = next((other for score, other in scored if score >= SURE), "")
        return found

    def _unknown(self, name: str, origin: Origin) -> Unknown:
        rows = [(unit.pk, unit.name, unit.short_name) for unit in self.units]
        found = [(self.by_key[key], score) for key, score in near(name, rows)]
        return Unknown(name, origin, found, kind_of(name), is_collective(name), remembered=self.remembered.get(folded(name)))

    def suggested(self, tree: Tree) -> Iterable[Unknown]:
        """Those without a decision, of this file or an earlier one; none where there are too many to be units."""
        known = self.by_name.keys() | self.remembered.keys()
        names = {name: origin for name, origin in tree.units.items() if folded(name) not in known and name not in self.choices}
        return [self._unknown(name, origin) for name, origin in names.items()] if len(names) <= MOST_UNKNOWN else []
