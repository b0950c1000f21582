"""Visits: planned for a group, changed, cancelled, held; what is seen is entered once, with photos that are pictures."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from apps.ledgers.models import Entry
from apps.measures.models import Measure
from apps.supervision import services
from apps.supervision.models import Attachment, SiteCheck, Visit
from apps.supervision.services import PhotoDraft
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Unit, User
from tests import factories as make
from tests.supervision import group, supervisor
from tests.test_query_counts import queries

pytestmark = pytest.mark.django_db


def picture(kind: str = "PNG", name: str = "现场.png") -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "#9fb59a").save(out, kind)
    return SimpleUploadedFile(name, out.getvalue())


class World:
    """A group that covers one unit; a measure of it, and one of a unit that it does not cover."""

    def __init__(self) -> None:
        self.unit: Unit = make.unit()
        self.issue = make.issue(lead=self.unit)
        self.measure, self.second = make.measures(self.issue, 2)
        self.other = make.measure(make.issue(self.issue.category))
        self.member: User = supervisor()
        self.group = group(self.issue.inspection, units=[self.unit], members=[self.member])

    def plan(self, **facts: Any) -> Visit:
        values: dict[str, Any] = {
            "actor": self.member,
            "inspection": self.issue.inspection,
            "group": self.group,
            "title": "现场看台账",
            "planned_on": make.today(),
            "measures": [self.measure, self.second],
        }
        return services.plan_visit(**{**values, **facts})

    def check(self, visit: Visit | None, measure: Measure | None = None, **facts: Any) -> SiteCheck:
        values: dict[str, Any] = {"finding": "true", "note": "与填报一致", "checked_on": make.today(), "visit": visit}
        return services.check_site(**{"actor": self.member, "measure": measure or self.measure, **values, **facts})


class TestPlanning:
    def test_a_group_plans_what_it_covers(self) -> None:
        here = World()
        make.finish(here.measure)
        visit = here.plan()
        assert set(visit.measures.all()) == {here.measure, here.second}
        entry = Entry.objects.get(act="supervision.plan_visit")
        assert (entry.actor_id, entry.payload["measures"], entry.subject_label) == (here.member.pk, ["1-1", "1-2"], "实地督查“现场看台账”")

    def test_not_what_others_cover_nor_for_others(self) -> None:
        here = World()
        with pytest.raises(ActRefused, match="不在督查范围内"):
            here.plan(measures=[here.other])
        with pytest.raises(ActRefused, match="请选择您所在的督查组"):
            here.plan(group=None)
        with pytest.raises(ActForbidden, match="不是督查二组的成员"):
            here.plan(group=group(here.issue.inspection, units=[here.unit], name="督查二组"))
        with pytest.raises(ActForbidden):
            here.plan(actor=make.liaison(here.unit))
        assert not Visit.objects.exists()
        assert here.plan(actor=make.leader(), group=None, measures=[here.other]).group is None

    def test_the_list_of_a_group_is_its_own(self) -> None:
        here = World()
        visit, stranger = here.plan(), supervisor()
        group(here.issue.inspection, units=[make.unit()], members=[stranger], name="督查二组")
        for who, status in (
            (here.member, 200),
            (make.office(), 200),
            (make.leader(), 200),
            (stranger, 404),
            (make.liaison(here.unit), 404),
        ):
            assert make.signed_in(who).get(f"/visits/{visit.pk}/").status_code == status, who
        assert make.signed_in(make.liaison(here.unit)).get("/visits/").status_code == 403
        assert "现场看台账" not in make.signed_in(stranger).get("/visits/").content.decode()

    def test_the_plan_page_narrows_its_list(self) -> None:
        here = World()
        make.finish(here.measure)
        browser = make.signed_in(here.member)
        page = browser.get(f"/visits/new/?standing=finished&unit={here.unit.pk}")
        assert list(page.context["form"].fields["measures"].queryset) == [here.measure]
        body = {"group": here.group.pk, "title": "看回单", "planned_on": make.days(2).isoformat(), "measures": [here.measure.pk]}
        assert browser.post("/visits/new/?standing=finished", body).status_code == 302
        assert Visit.objects.get().planned_on == make.days(2)
        assert browser.get("/visits/new/?standing=x").status_code == 400

    def test_it_is_changed_and_a_stale_page_is_told(self) -> None:
        here = World()
        visit = here.plan()
        services.amend_visit(actor=here.member, visit=visit, values={"title": "改名"}, measures=[here.second], version=1)
        assert list(visit.measures.all()) == [here.second]
        with pytest.raises(ActConflict, match="别人修改过"):
            services.amend_visit(actor=here.member, visit=visit, values={"title": "再改"}, version=1)
        here.check(visit, here.second)
        with pytest.raises(ActRefused, match="1-2 已经登记"):
            services.amend_visit(actor=here.member, visit=visit, values={}, measures=[here.measure])
        with pytest.raises(ActRefused, match="不能取消"):
            services.cancel_visit(actor=here.member, visit=visit, reason="改期")


class TestHolding:
    def test_every_measure_is_seen_or_explained(self) -> None:
        here = World()
        visit = here.plan()
        here.check(visit)
        with pytest.raises(ActRefused, match="措施 1-2 还没有登记"):
            services.hold_visit(actor=here.member, visit=visit, held_on=make.today())
        services.hold_visit(actor=here.member, visit=visit, held_on=make.today(), summary="1-2 单位停电，没有查看")
        assert Visit.objects.get().state == "held"
        with pytest.raises(ActConflict, match="已完成"):
            here.check(visit, here.second)

    def test_all_seen_needs_no_words(self) -> None:
        here = World()
        visit = here.plan(measures=[here.measure])
        here.check(visit)
        services.hold_visit(actor=here.member, visit=visit, held_on=make.today())
        assert Entry.objects.get(act="supervision.hold_visit").payload["not_seen"] == []

    def test_a_measure_is_entered_once_and_the_second_is_told_what_the_first_wrote(self) -> None:
        here = World()
        visit = here.plan()
        here.check(visit, note="台账齐全")
        with pytest.raises(ActConflict, match="属实”：台账齐全"):
            here.check(visit, finding="false", note="没有台账")
        assert SiteCheck.objects.count() == 1
        here.check(None, note="再看一次")
        assert SiteCheck.objects.count() == 2

    def test_what_is_not_on_the_list_is_refused(self) -> None:
        here = World()
        with pytest.raises(ActRefused, match="不在这次实地督查的清单里"):
            here.check(here.plan(measures=[here.second]))


class TestPhotos:
    def test_several_with_captions_through_the_page(self) -> None:
        here = World()
        visit, browser = here.plan(), make.signed_in(here.member)
        name = f"m{here.measure.pk}"
        body = {"finding": "true", "note": "看过", "checked_on": make.today().isoformat(), "photo_1": picture(), "caption_1": "台账"}
        body |= {"photo_2": picture("JPEG", "地块.jpg"), "caption_2": "地块"}
        sent = {f"{name}-{key}": value for key, value in body.items()}
        answer = browser.post(f"/visits/{visit.pk}/check/", {"measure": here.measure.pk, **sent})
        assert answer.status_code == 302
        assert list(Attachment.objects.values_list("caption", "media_type")) == [("台账", "image/png"), ("地块", "image/jpeg")]
        page = browser.get(f"/visits/{visit.pk}/").content.decode()
        assert "照片 2：地块" in page
        assert [row["caption"] for row in Entry.objects.get(act="supervision.check_site").payload["photos"]] == ["台账", "地块"]

    def test_the_one_off_page_takes_them_too(self) -> None:
        here = World()
        body = {"finding": "true", "note": "看过", "checked_on": make.today().isoformat(), "photo_3": picture()}
        assert make.signed_in(here.member).post(f"/measures/{here.measure.pk}/check/", body).status_code == 302
        assert Attachment.objects.get().site_check == SiteCheck.objects.get()

    @pytest.mark.parametrize(
        ("name", "data"),
        [("清单.pdf", make.PDF), ("照片.png", make.PDF), ("照片.jpg", b"<html><script>"), ("照片.png", b""), ("照片.svg", b"<svg/>")],
    )
    def test_what_is_no_picture_is_refused_at_its_field(self, name: str, data: bytes) -> None:
        here = World()
        with pytest.raises(ActRefused) as refused:
            here.check(None, photos=[PhotoDraft(SimpleUploadedFile(name, data), field="photo_1")])
        assert refused.value.field == "photo_1"
        assert refused.value.status == 400

    def test_a_refused_photo_leaves_no_check(self) -> None:
        here = World()
        visit, name = here.plan(), f"m{here.measure.pk}"
        body = {
            "finding": "false",
            "note": "看过",
            "checked_on": make.today().isoformat(),
            "photo_1": SimpleUploadedFile("a.png", make.PDF),
        }
        sent = {f"{name}-{key}": value for key, value in body.items()}
        answer = make.signed_in(here.member).post(f"/visits/{visit.pk}/check/", {"measure": here.measure.pk, **sent})
        assert answer.status_code == 400
        assert not SiteCheck.objects.exists()
        assert not Attachment.objects.exists()

    def test_too_many_are_refused(self) -> None:
        here = World()
        with pytest.raises(ActRefused, match="最多附 9 张"):
            here.check(None, photos=[PhotoDraft(picture()) for _ in range(10)])

    def test_they_are_shown_to_those_who_see_the_measure_and_entered(self) -> None:
        here = World()
        here.check(None, photos=[PhotoDraft(picture(), "台账")])
        photo, stranger = Attachment.objects.get(), supervisor()
        group(here.issue.inspection, units=[make.unit()], members=[stranger], name="督查二组")
        for who, status in ((here.member, 200), (make.liaison(here.unit), 200), (stranger, 404), (make.liaison(), 404)):
            assert make.signed_in(who).get(f"/photos/{photo.pk}/").status_code == status, who
        assert Entry.objects.filter(act="supervision.download_attachment").count() == 2
        browser = make.signed_in(here.member)
        assert browser.get(f"/photos/{photo.pk}/shown/").status_code == 302
        shown = browser.get(browser.get(f"/photos/{photo.pk}/").context["shown"])
        assert (shown["Content-Type"], shown["X-Content-Type-Options"]) == ("image/png", "nosniff")
        assert "sandbox" in shown["Content-Security-Policy"]
        assert make.signed_in(stranger).get(f"/photos/{photo.pk}/shown/").status_code == 404


def test_pages_take_the_same_queries_however_long_the_lists() -> None:
    here = World()
    browser, small = make.signed_in(here.member), here.plan(measures=[here.measure])
    few = [queries(browser, address) for address in ("/visits/", f"/visits/{small.pk}/", "/visits/new/")]
    more = make.measures(here.issue, 15)
    large = here.plan(measures=more)
    for _ in range(5):
        here.plan()
    many = [queries(browser, address) for address in ("/visits/", f"/visits/{large.pk}/", "/visits/new/")]
    assert few == many
    assert max(many) <= 16
