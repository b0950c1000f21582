"""Opening rounds: each has a book of its own, whatever its name."""

from __future__ import annotations

import pytest

from apps.ledgers.services import HOUSE
from tests import factories as make

pytestmark = pytest.mark.django_db


def test_names_that_differ_only_in_chinese_get_books_of_their_own() -> None:
    first, second = make.inspection("2025年省委巡视"), make.inspection("2025年市委巡察")
    assert first.book_id != second.book_id


@pytest.mark.parametrize("name", ["House", "house", "——"])
def test_no_round_is_written_in_the_book_of_the_house(name: str) -> None:
    assert make.inspection(name).book.slug not in ("", HOUSE)


@pytest.mark.parametrize("name", ["2024年省委巡视反馈意见整改", "2024年省委巡视反馈意见"])
def test_no_book_is_called_rectification_twice(name: str) -> None:
    assert make.inspection(name=name).book.title == "2024年省委巡视反馈意见整改台账"
