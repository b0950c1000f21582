"""Who sees how much. The rooms above build their own rules on these."""

from __future__ import annotations

from apps.units.models import Role, User


def sees_all_business(user: User) -> bool:
    """The office and the leaders (supervisors in no group) see every business row, as long as their account is not disabled."""
    return user.is_active and (user.role == Role.OFFICE or user.is_leader)


def sees_no_business(user: User) -> bool:
    """Administrators and auditors see none (三员分立, design.md §1), the discipline role only what is sealed for it; nor does an account
    that was disabled."""
    return not user.is_active or user.role in (Role.ADMIN, Role.AUDITOR, Role.DISCIPLINE)
