"""A liaison's home page names the issues that the unit may apply to close, and no others."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests import factories as make

pytestmark = pytest.mark.django_db


def test_the_workbench_names_the_issues_whose_measures_are_finished() -> None:
    issue = make.issue()
    liaison = make.liaison(issue.lead_unit)
    measure = make.measure(issue)
    browser = make.signed_in(liaison)
    assert browser.get(reverse("workbench")).context["closable"] == []
    make.finish(measure, by=liaison)
    assert browser.get(reverse("workbench")).context["closable"] == [issue]
    make.application(issue, by=liaison)
    assert browser.get(reverse("workbench")).context["closable"] == []
    other = make.signed_in(make.liaison(make.unit()))
    assert not other.get(reverse("workbench")).context.get("closable"), "another unit has nothing to apply for"
