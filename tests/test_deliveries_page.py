"""The page of deliveries with very many of them: what it reads does not grow."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.db.models.signals import post_init
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.supervision.models import Channel, Delivery
from apps.supervision.views.sending import ROWS_A_PAGE
from tests import factories

pytestmark = pytest.mark.django_db
CHANNELS = ("甲群", "乙群", "丙群")


def deliver(channels: list[Channel], days: range) -> None:
    Delivery.objects.bulk_create(
        Delivery(channel=channel, day=factories.today() - dt.timedelta(days=day), title="汇总", body="", state="sent")
        for day in days
        for channel in channels
    )


def price(browser: Client) -> tuple[int, int]:
    """How many queries the page asks and how many deliveries it reads."""
    read: list[int] = []

    def count(instance: Delivery, **_facts: object) -> None:
        read.append(instance.pk)

    post_init.connect(count, sender=Delivery)
    try:
        with CaptureQueriesContext(connection) as seen:
            page = browser.get(reverse("supervision:deliveries"))
    finally:
        post_init.disconnect(count, sender=Delivery)
    assert page.status_code == 200
    return len(seen), len(read)


def test_it_reads_one_page_and_the_latest_of_each_channel_however_many_there_are() -> None:
    channels = [Channel.objects.create(name=name, scheme="feishu", secret="x") for name in CHANNELS]
    browser = factories.signed_in(factories.office())
    browser.get(reverse("supervision:deliveries"))
    deliver(channels, range(1, 21))
    few = price(browser)
    deliver(channels, range(21, 400))
    many = price(browser)
    assert few == many == (few[0], ROWS_A_PAGE + len(CHANNELS))


def test_each_channel_shows_its_latest_day_and_not_the_last_that_was_written() -> None:
    channel = Channel.objects.create(name="甲群", scheme="feishu", secret="x")
    silent = Channel.objects.create(name="乙群", scheme="feishu", secret="x")
    deliver([channel], range(2, 6))
    page = factories.signed_in(factories.office()).get(reverse("supervision:deliveries"))
    shown = {row.name: last.day if last else None for row, _kind, last in page.context["channels"]}
    assert shown == {channel.name: factories.days(-2), silent.name: None}
