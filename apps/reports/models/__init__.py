"""Notices in draft, what is decided about them, the editions that were published, and what the public writes back."""

from apps.reports.models.acts import Act
from apps.reports.models.deciding import FigureDecision, SecrecyReview, WatchWord, WithheldException
from apps.reports.models.editions import Edition, RenderedFile, Rendering
from apps.reports.models.feedback import Feedback
from apps.reports.models.notices import Audience, Editing, ItemReview, Notice, NoticeItem

__all__ = (
    "Act",
    "Audience",
    "Editing",
    "Edition",
    "Feedback",
    "FigureDecision",
    "ItemReview",
    "Notice",
    "NoticeItem",
    "RenderedFile",
    "Rendering",
    "SecrecyReview",
    "WatchWord",
    "WithheldException",
)
