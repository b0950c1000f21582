"""Workbooks that are odd or hostile, and what stands between their preview and their submission."""

from __future__ import annotations

import pytest
from django.core.signing import BadSignature

from apps.measures.workbooks.layout import Passport, mark, parts_of


@pytest.mark.parametrize("text", ["1.2.\ud800", "\ud800.0123456789ab", "一.0123456789ab", "..", "1..2.0123456789ab", "٣.0123456789ab", ""])
def test_odd_text_is_no_mark_and_no_passport(text: str) -> None:
    assert parts_of(mark(7, 3, 4), 7, 2) == (3, 4)
    assert parts_of(text, 7, 1) is None
    with pytest.raises(BadSignature):
        Passport.opened(text)
