"""The notice that a page is about: one that is not visible does not exist."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from apps.issues.pages import SignedRequest
from apps.reports.models import Notice
from apps.reports.policies import drafts


def notice_of(request: SignedRequest, pk: int) -> Notice:
    return get_object_or_404(Notice.objects.visible_to(request.user).for_page(), pk=pk)


def notice_to_write(request: SignedRequest, pk: int) -> Notice:
    """The notice, for those who write it; a leader may see it and change nothing in it (403)."""
    row = notice_of(request, pk)
    if not drafts(request.user):
        raise PermissionDenied
    return row
