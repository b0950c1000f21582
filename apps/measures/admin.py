"""The admin of reference data: days that differ from the statutory calendar. Nothing here goes round the book."""

from __future__ import annotations

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest

from apps.measures.models import CalendarOverride
from apps.measures.services import override_calendar
from apps.units.errors import ActForbidden
from apps.units.models import Role, User


@admin.register(CalendarOverride)
class CalendarOverrideAdmin(admin.ModelAdmin[CalendarOverride]):
    """Days are set by the service, which enters them in the book of the house; none is ever deleted."""

    list_display = ("day", "is_workday", "note")
    list_filter = ("is_workday",)
    date_hierarchy = "day"

    def save_model(self, request: HttpRequest, obj: CalendarOverride, form: ModelForm[CalendarOverride], change: bool) -> None:
        if not isinstance(request.user, User):
            raise ActForbidden("请先登录")
        obj.pk = override_calendar(actor=request.user, day=obj.day, is_workday=obj.is_workday, note=obj.note).pk

    def get_readonly_fields(self, request: HttpRequest, obj: CalendarOverride | None = None) -> tuple[str, ...]:
        """A day that is entered keeps its date: another date is another day."""
        return ("day",) if obj else ()

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_set_days(request)

    def has_view_permission(self, request: HttpRequest, obj: CalendarOverride | None = None) -> bool:
        return may_set_days(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may_set_days(request)

    def has_change_permission(self, request: HttpRequest, obj: CalendarOverride | None = None) -> bool:
        return may_set_days(request)

    def has_delete_permission(self, request: HttpRequest, obj: CalendarOverride | None = None) -> bool:
        return False


def may_set_days(request: HttpRequest) -> bool:
    """The roles that the service lets set days."""
    return isinstance(request.user, User) and request.user.is_active and request.user.role in (Role.OFFICE, Role.ADMIN)
