"""Units, accounts and supervision groups of the demonstration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from apps.units.models import Role, Source, Unit, User
from apps.units.services import add_unit, create_user
from config.demo.annotation import Annotation
from config.demo.words import choice

# published on purpose: production refuses to start while such an account is active
SIGN_IN_WORD = "jiandi-demo"
KINDS = {
    "区委部门": Unit.Kind.PARTY,
    "区政府部门": Unit.Kind.GOVERNMENT,
    "纪检": Unit.Kind.DISCIPLINE,
    "司法机关": Unit.Kind.JUSTICE,
    "乡镇": Unit.Kind.TOWNSHIP,
    "事业单位": Unit.Kind.INSTITUTION,
    "国有企业": Unit.Kind.COMPANY,
}


@dataclass(frozen=True)
class People:
    """Units by short name, users by login, the liaison of each unit, and who signs for each reviewing body."""

    units: dict[str, Unit]
    users: dict[str, User]
    liaisons: dict[str, User]
    signers: dict[str, User]

    @property
    def reviewer(self) -> User:
        """The office clerk who reviews and decides."""
        return self.users["office"]

    @property
    def clerk(self) -> User:
        """The office clerk who enters what came on paper, so that another one reviews it."""
        return self.users["office-2"]


def settle(annotation: Annotation, accounts: list[dict[str, Any]], reviewers: list[dict[str, Any]]) -> People:
    """Register the units and open the accounts: the named ones, one liaison for every other unit, and those who review closings."""
    units = {row["short"]: _unit(row) for row in annotation.units}
    users = {row["username"]: _user(row, units) for row in accounts}
    liaisons = {user.unit.short_name: user for user in users.values() if user.role == Role.LIAISON and user.unit}
    for row in annotation.units:
        if row["short"] not in liaisons:
            account = {
                "username": f"liaison-{row['key']}",
                "name": f"{row['short']}联络员",
                "role": Role.LIAISON.label,
                "unit": row["short"],
            }
            liaisons[row["short"]] = users[account["username"]] = _user(account, units)
    users |= {row["username"]: _user(row, units) for row in reviewers}
    signers = {row["unit"]: users[row["username"]] for row in reviewers}
    return People(units, users, liaisons, signers)


def _unit(row: dict[str, Any]) -> Unit:
    quote = row.get("quoted", "")
    source = Source.NOTICE if quote else Source.DEMONSTRATION
    return add_unit(actor=None, name=row["name"], short_name=row["short"], kind=KINDS[row["kind"]], source=source, quote=quote)


def _user(row: dict[str, Any], units: dict[str, Unit]) -> User:
    return create_user(
        actor=None,
        username=row["username"],
        name=row["name"],
        role=choice(Role, row["role"]),
        unit=units[row["unit"]] if row.get("unit") else None,
        password=SIGN_IN_WORD,
        is_demo=True,
    )
