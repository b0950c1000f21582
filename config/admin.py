"""The admin site: reference data only, for the office and the system administrators."""

from __future__ import annotations

from django.contrib.admin import AdminSite
from django.http import HttpRequest

from apps.units.models import Role, User


class ReferenceSite(AdminSite):
    """Opened by role; what is not registered with permissions of its own stays hidden, since nobody holds Django permissions."""

    site_header = site_title = "见底 · 基础数据"
    index_title = "基础数据"
    site_url = "/workbench/"

    def has_permission(self, request: HttpRequest) -> bool:
        return isinstance(request.user, User) and request.user.is_active and request.user.role in (Role.OFFICE, Role.ADMIN)
