"""The editions as an Atom feed, for those who follow what is published."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed, Enclosure

from apps.reports.models import Edition
from apps.reports.rendering.licence import licence_line
from apps.reports.rendering.making import MEDIA_TYPES
from apps.reports.rendering.published import downloads_of

MOST = 20
TITLE = "巡视整改进展情况通报"


def editions_feed() -> bytes:
    """The latest editions told to society, the latest first, each with its files."""
    editions = list(Edition.objects.for_history().select_related("corrects").prefetch_related("renderings")[:MOST])
    issuer = editions[0].content["issuer"] if editions else None
    feed = Atom1Feed(
        title=TITLE,
        link=f"{settings.SITE_URL}/",
        description="",
        language="zh-CN",
        author_name=issuer or TITLE,
        feed_url=f"{settings.SITE_URL}{reverse('reports:feed')}",
        feed_copyright=licence_line(),
    )
    for edition in editions:
        _add(feed, edition)
    return feed.writeString("utf-8").encode()


def _add(feed: Atom1Feed, edition: Edition) -> None:
    address = f"{settings.SITE_URL}{reverse('reports:edition', args=(edition.pk,))}"
    files = [row for row in downloads_of(edition) if row.url]
    feed.add_item(
        title=f"{edition.content['title']}（第 {edition.number} 版）",
        link=address,
        description=_summary(edition),
        unique_id=f"urn:sha256:{edition.sha256}:{edition.pk}",
        author_name=edition.content["issuer"],
        pubdate=edition.published_at,
        updateddate=edition.published_at,
        enclosures=[Enclosure(f"{settings.SITE_URL}{row.url}", str(row.size), MEDIA_TYPES[row.kind]) for row in files],
    )


def _summary(edition: Edition) -> str:
    lead = "".join(edition.content["lead"])
    told = f"更正第 {edition.corrects.number} 版：{edition.correction}　" if edition.corrects else ""
    mark = f"示例：{edition.content['demonstration']}　" if edition.is_demonstration else ""
    return f"{told}{mark}{lead}"
