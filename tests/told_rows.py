"""A row behind each address of notices, editions, letters of the public and clues, for the tests that walk through all addresses."""

from __future__ import annotations

from apps.reports.models import Edition, Notice, RenderedFile, WithheldException
from apps.reports.rendering.making import make as make_file
from apps.reports.services import approve_notice, ask_rendering, circulate_notice, correct_edition, draft_notice, publish, submit_notice
from apps.reports.services.rendering import claim_rendering, fail_rendering, keep_rendered
from apps.supervision.services import register_clue
from apps.units.models import Role, User
from tests import api_world
from tests import factories as make
from tests.feedback_world import TIP, message
from tests.secrecy import reviewed
from tests.test_notice import prose

OF_A_NOTICE = (
    *("notice", "notice-edit", "item-edit", "layout", "presence", "complete", "submit", "approve", "secrecy", "return", "publish"),
    *("circulation", "circulate", "remind", "pass-over", "files", "render"),
    *("check", "check-export", "check-adopt", "check-ask", "check-decide", "check-withdraw"),
)
OF_AN_EDITION = (
    *("edition", "verify", "edition-json", "proof", "correct", "compare"),
    *("edition-docx", "edition-pdf", "edition-csv"),
)
OF_A_PARTY_EDITION = ("party-edition", "party-json", "party-docx", "party-pdf", "party-csv")

# What a form of each act without a page of its own holds.
FORMS_OF_NOTICES: dict[str, dict[str, str]] = {
    "reports:approve": {"content_hash": "0" * 64},
    "reports:check-adopt": {"place": "item:1", "sentence_hash": "0" * 64, "written": "3家", "occurrence": "0", "instead": "4家"},
    "reports:check-ask": {"place": "item:1", "sentence_hash": "0" * 64, "written": "3家", "occurrence": "0"},
    "reports:check-decide": {"place": "item:1", "sentence_hash": "0" * 64, "written": "3家", "verdict": "accepted", "reason": "已核"},
    "reports:check-withdraw": {"decision": "1", "reason": "应当核对"},
    "reports:circulate": {},
    "reports:complete": {},
    "reports:pass-over": {"unit": "1", "reason": "已电话核对"},
    "reports:remind": {},
    "reports:publish": {"content_hash": "0" * 64, "confirmed": "yes"},
    "reports:render": {},
    "reports:render-again": {},
    "reports:return": {"reason": "请核对数字"},
    "reports:secrecy": {"confirmed": "secrets", "content_hash": "0" * 64},
    "reports:submit": {"content_hash": "0" * 64},
    "reports:watch-word-retire": {"reason": "已公布"},
    "reports:withheld-approve": {},
    "reports:withheld-ask": {
        "rule": "phone",
        "audience": "society",
        "place": "item:1",
        "sentence_hash": "0" * 64,
        "fragment": "13905980000",
        "ground": "secret",
        "reason": "公开的热线",
    },
    "reports:withheld-refuse": {"reason": "请改写"},
    "reports:withheld-withdraw": {"reason": "改写"},
}


def rows_of_notices(office: User, leader: User, notice: Notice) -> tuple[dict[str, int], User]:
    """Those of a draft and of an edition; and the head of a unit that has an item to answer for."""
    edition = published(office, leader)
    told = Edition.objects.get(pk=edition)
    rows = {f"reports:{name}": notice.pk for name in OF_A_NOTICE}
    rows |= {f"reports:{name}": edition for name in OF_AN_EDITION}
    rows |= dict.fromkeys((f"reports:{name}" for name in OF_A_PARTY_EDITION), Edition.objects.get(audience="party").pk)
    rows |= rows_of_files(office, notice)
    rows["reports:correction"] = correct_edition(actor=office, edition=told, reason="第一条的表述有误").pk
    rows |= {"reports:message": message(told).pk, "reports:sealed-message": message(told, TIP).pk}
    head, rows["reports:review"] = with_the_units(office)
    return rows, head


def withheld_in(notice: Notice, office: User) -> int:
    """An exception that waits for a leader."""
    facts = {"place": "item:1", "rule": "phone", "fragment": "13905980000", "sentence_hash": "0" * 64, "ground": "hype", "reason": "热线"}
    return WithheldException.objects.create(notice=notice, audience="society", asked_by=office, **facts).pk


def sealed_rows(world: api_world.World) -> tuple[dict[str, int], User]:
    """A clue behind each address of one, and who may open it."""
    who = make.user(Role.DISCIPLINE)
    clue = register_clue(actor=who, inspection=world.inspection, origin="office", summary="线索", transferred_on=make.today())
    return dict.fromkeys((f"supervision:{name}" for name in ("clue", "clue-take-up", "clue-conclude")), clue.pk), who


def rows_of_files(office: User, notice: Notice) -> dict[str, int]:
    """A rendering that failed, and a file of it."""
    row = ask_rendering(actor=office, notice=notice)
    keep_rendered(rendering=row, made=make_file(row, RenderedFile.Kind.CSV))
    fail_rendering(rendering=claim_rendering(pk=row.pk) or row, error="文件或网络出错")
    return {"reports:rendering": row.pk, "reports:render-again": row.pk, "reports:rendered-file": row.files.get().pk}


def published(office: User, leader: User) -> int:
    """The number of an edition of another round."""
    other = make.issue()
    make.finish(make.measure(other))
    notice = draft_notice(actor=office, inspection=other.inspection, prose=prose(), texts={1: "已办。"})
    submit_notice(actor=office, notice=notice)
    approve_notice(actor=leader, notice=notice)
    reviewed(notice, by=leader)
    return publish(actor=office, notice=notice, party=True).pk


def with_the_units(office: User) -> tuple[User, int]:
    """The head of a unit, and the item that waits for them."""
    lead = make.unit()
    issue = make.issue(lead=lead)
    make.measure(issue)
    head = make.head(lead)
    notice = draft_notice(actor=office, inspection=issue.inspection, prose=prose(), texts={1: "已办。"})
    return head, circulate_notice(actor=office, notice=notice).items.get().pk
