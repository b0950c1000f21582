"""What the side bar and the phone's bottom bar offer, as data: one line a page, shown to the roles that work with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.urls import reverse

from apps.issues.models import Closure, SignOff
from apps.ledgers.policies import reads_books
from apps.measures.models import Extension, Progress
from apps.reports.models import Feedback
from apps.reports.policies import heads_a_unit
from apps.reports.querysets import reads_party
from apps.supervision.models import Clue, Letter
from apps.units.models import Role, User
from apps.units.policies import sees_all_business

Rows = QuerySet[Any]
BUSINESS = (Role.OFFICE, Role.LIAISON, Role.SUPERVISOR)
EVERYBODY = tuple(Role)
BOOKS = (Role.OFFICE, Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR, Role.DISCIPLINE)
UNITS = ("measures:unit", "units:unit", "units:unit-new")
WITHHELD = ("reports:withheld", "reports:watch-words")
INBOX = ("reports:message",)
DRAFTS = (
    *("reports:notice", "reports:check", "reports:notice-new", "reports:notice-edit", "reports:item-edit"),
    *("reports:circulation", "reports:correct", "reports:files"),
)
CLOSURES = ("issues:apply", "issues:sign", "issues:decide")
LOOK_BACKS = ("issues:look-back", "issues:draw", "issues:draw-new")
BOARDS = (
    "supervision:dashboard-progress",
    "supervision:dashboard-units",
    "supervision:dashboard-outcomes",
    "supervision:dashboard-forecast",
)
FLAGS = ("supervision:acknowledge", "supervision:thresholds")
LETTERS = tuple(
    f"supervision:{name}"
    for name in (
        *("letter", "send_letter", "sign", "answer", "send_letters", "ladder", "escalations"),
        *("close_letter", "return_answer", "escalate", "decline"),
    )
)
VISITS = tuple(f"supervision:{name}" for name in ("visit", "visit-new", "visit-check", "visit-amend", "visit-cancel", "visit-hold"))
DISPATCHES = tuple(
    f"supervision:{name}"
    for name in ("dispatch", "dispatch-new", "dispatch-agenda", "dispatch-amend", "dispatch-begin", "dispatch-close", "dispatch-item")
)
EXTENSIONS = ("measures:extend", "measures:decide-extension")
IMPORTS = tuple(
    f"measures:{name}" for name in ("import", "import-new", "import-columns", "import-units", "notice-new", "notice-draft", "notice-issue")
)
HANDOVERS = ("measures:handover", "measures:handover-new", "measures:refeed")
SHEETS = ("issues:sheet", "measures:sheet", "measures:report", "measures:bulk", "measures:bulk-done", "measures:views")
ROUNDS = ("issues:inspection", "measures:round-as-of", "measures:issue-as-of", "measures:as-of", "measures:compare")
PAPERS = ("measures:papers", "measures:issue-papers")
FIGURES = ("measures:indicator", "measures:amend-indicator", "measures:instalments", "measures:read", "measures:add-indicator")
REGULATIONS = ("measures:regulation", "measures:amend-regulation", "measures:add-regulation", "measures:add-round-regulation")
CLUES = tuple(f"supervision:{name}" for name in ("clue", "clue-new", "clue-take-up", "clue-conclude"))
SENDING = ("supervision:channel-new", "supervision:channel")
HOOKS = ("supervision:hook", "supervision:hook-new", "supervision:hook-amend", "supervision:hook-rotate")
ACTIVITIES = ("issues:activity", "issues:amend-activity", "issues:add-activity", "issues:item-to-measure")


def reports_to_review(user: User) -> Rows:
    return Progress.objects.visible_to(user).pending()


def extensions_waiting(user: User) -> Rows:
    return Extension.objects.visible_to(user).waiting_for(user)


def letters_to_sign(user: User) -> Rows:
    return Letter.objects.filter(unit=user.unit_id, state=Letter.State.SENT)


def clues_waiting(user: User) -> Rows:
    return Clue.objects.visible_to(user).waiting()


def closures_to_do(user: User) -> Rows | None:
    """What waits for the decision of the office, or for the signature of the user's unit."""
    if user.role == Role.OFFICE:
        return Closure.objects.visible_to(user).pending()
    return SignOff.objects.waiting_for(user) if user.unit_id else None


def feedback_to_answer(user: User) -> Rows | None:
    return Feedback.objects.visible_to(user).to_answer() if user.role == Role.OFFICE else None


def sealed_to_answer(user: User) -> Rows:
    return Feedback.objects.visible_to(user).to_answer()


@dataclass(frozen=True)
class Item:
    """One page. ``short`` is its word in the bottom bar of phones, empty for pages that are not there.

    ``also`` names further pages that belong under it; ``rule`` narrows the roles; how many rows ``count`` names is shown beside it
    (None: nothing can wait for that user). All counts of a page are asked for in one query.
    """

    label: str
    icon: str
    url_name: str
    roles: tuple[Role, ...]
    group: str = ""
    short: str = ""
    also: tuple[str, ...] = ()
    rule: Callable[[User], bool] | None = None
    count: Callable[[User], Rows | None] | None = None

    def shown_to(self, user: User) -> bool:
        return user.role in self.roles and (self.rule is None or self.rule(user))


@dataclass(frozen=True)
class Link:
    """An item as one user sees it on one page."""

    label: str
    short: str
    icon: str
    href: str
    current: bool
    count: int


@dataclass(frozen=True)
class Group:
    heading: str
    links: list[Link]


def reads_a_book(user: User) -> bool:
    return reads_books(user)


ITEMS = (
    Item("工作台", "home", "workbench", EVERYBODY, short="工作台"),
    Item("移交线索", "key", "supervision:clues", (Role.DISCIPLINE,), "", "线索", CLUES, count=clues_waiting),
    Item("待审核", "inbox", "measures:reviews", (Role.OFFICE,), short="审核", also=("measures:review-many",), count=reports_to_review),
    Item("销号会审", "seal", "issues:closures", (Role.OFFICE, Role.SUPERVISOR), "", "", CLOSURES, count=closures_to_do),
    Item("销号会审", "seal", "issues:closures", (Role.LIAISON,), "", "销号", CLOSURES, count=closures_to_do),
    Item("整改台账", "list", "measures:register", (Role.OFFICE, Role.SUPERVISOR), "台账", "台账", (*SHEETS, *ROUNDS, *PAPERS)),
    Item("我的措施", "list", "measures:register", (Role.LIAISON,), "本单位", "我的措施", (*SHEETS, *ROUNDS, *PAPERS, "measures:unit")),
    Item("延期申请", "cal", "measures:extensions", (Role.LIAISON,), "本单位", "", EXTENSIONS),
    Item("漏报", "bell", "measures:missing", (Role.LIAISON,), "本单位"),
    Item("督查单", "horn", "supervision:letters", (Role.LIAISON,), "本单位", "督查单", LETTERS, count=letters_to_sign),
    Item("本单位看板", "gauge", "supervision:dashboard", (Role.LIAISON,), "本单位", "", BOARDS),
    Item("倒排工期", "print", "supervision:chart", (Role.LIAISON,), "本单位"),
    Item("延期申请", "cal", "measures:extensions", (Role.OFFICE,), "台账", "", EXTENSIONS, count=extensions_waiting),
    # Without a number, which would cost leaders a query on every page; their workbench names what waits.
    Item("延期申请", "cal", "measures:extensions", (Role.SUPERVISOR,), "台账", "", EXTENSIONS),
    Item("漏报", "bell", "measures:missing", (Role.OFFICE, Role.SUPERVISOR), "台账"),
    Item("交接", "users", "measures:handovers", (Role.OFFICE, Role.SUPERVISOR), "台账", "", HANDOVERS, rule=sees_all_business),
    Item("交接", "users", "measures:handovers", (Role.LIAISON,), "本单位", "", HANDOVERS),
    Item("离线工作簿", "dl", "measures:workbooks", (Role.OFFICE,), "台账", "", ("measures:workbook",)),
    Item("离线工作簿", "dl", "measures:workbooks", (Role.LIAISON,), "本单位", "", ("measures:workbook",)),
    Item("导入清单", "clip", "measures:imports", (Role.OFFICE,), "台账", "", IMPORTS),
    Item("成效数据", "money", "measures:figures", BUSINESS, "台账", "", FIGURES),
    Item("规章制度", "book", "measures:regulations", BUSINESS, "台账", "", REGULATIONS),
    Item("会议活动", "cal", "issues:activities", BUSINESS, "台账", "", ACTIVITIES),
    Item("督查看板", "gauge", "supervision:dashboard", (Role.OFFICE, Role.SUPERVISOR), "督查", "看板", BOARDS),
    Item("临期逾期", "flag", "supervision:flags", (Role.OFFICE, Role.SUPERVISOR), "督查", "督查", FLAGS),
    Item("督查单", "horn", "supervision:letters", (Role.OFFICE, Role.SUPERVISOR), "督查", "", LETTERS),
    Item("实地督查", "cam", "supervision:visits", (Role.OFFICE, Role.SUPERVISOR), "督查", "", VISITS),
    Item("调度", "gavel", "supervision:dispatches", (Role.OFFICE, Role.SUPERVISOR), "督查", "", DISPATCHES),
    Item("回头看", "eye", "issues:look-backs", (Role.OFFICE, Role.SUPERVISOR), "督查", "", LOOK_BACKS),
    Item("倒排工期", "print", "supervision:chart", (Role.OFFICE, Role.SUPERVISOR), "督查"),
    Item("大屏", "wall", "supervision:screens", (Role.OFFICE, Role.SUPERVISOR), "督查"),
    Item("督查组", "users", "supervision:groups", (Role.OFFICE,), "督查", "", ("supervision:form_group", "supervision:reform_group")),
    Item("通报稿", "check-n", "reports:notices", (Role.OFFICE, Role.SUPERVISOR), "公开", "", (*DRAFTS, *WITHHELD), rule=sees_all_business),
    Item("通报审核", "check-n", "reports:reviews", (Role.LIAISON,), "公开", "", ("reports:review",), rule=heads_a_unit),
    Item("群众反馈", "inbox", "reports:inbox", (Role.OFFICE, Role.SUPERVISOR), "公开", "", INBOX, sees_all_business, feedback_to_answer),
    Item("密封来信", "seal", "reports:sealed", (Role.DISCIPLINE,), "", "密封来信", ("reports:sealed-message",), count=sealed_to_answer),
    Item("公开通报", "doc", "reports:public", BUSINESS, "公开", "", ("reports:editions", "reports:edition", "reports:verify")),
    Item("党内通报", "book", "reports:party-editions", BUSINESS, "公开", "", ("reports:party-edition",), rule=reads_party),
    Item("账号", "users", "units:accounts", (Role.ADMIN,), "管理", "账号", ("units:account", "units:account-new")),
    Item("单位", "seal", "units:list", (Role.OFFICE, Role.SUPERVISOR, Role.ADMIN), "管理", "", UNITS),
    Item("工作日调整", "cal", "admin:measures_calendaroverride_changelist", (Role.OFFICE, Role.ADMIN), "管理"),
    Item("通知发送", "bell", "supervision:deliveries", (Role.OFFICE, Role.ADMIN), "管理", "", SENDING),
    Item("推送", "link", "supervision:hooks", (Role.OFFICE,), "管理", "", HOOKS),
    Item("后台任务", "gear", "supervision:jobs", (Role.OFFICE, Role.ADMIN), "管理"),
    Item("台账核验", "link", "ledgers:book", BOOKS, "管理", "核验", rule=reads_a_book),
)
TABS = 4


def links_for(user: User, view_name: str) -> list[tuple[str, Link]]:
    """The items the user may open, each with its group; ``view_name`` is the page being shown."""
    items = [item for item in ITEMS if item.shown_to(user)]
    counts = counts_of(user, items)
    return [
        (
            item.group,
            Link(
                label=item.label,
                short=item.short,
                icon=item.icon,
                href=reverse(item.url_name),
                current=view_name == item.url_name or view_name in item.also,
                count=counts.get(item.url_name, 0),
            ),
        )
        for item in items
    ]


def counts_of(user: User, items: list[Item]) -> dict[str, int]:
    """By address name: how many rows wait, in one query; none where nothing can wait."""
    rows = {item.url_name: item.count(user) for item in items if item.count}
    asked = {name: found for name, found in rows.items() if found is not None}
    if not asked:
        return {}
    columns = [number_of(found) for found in asked.values()]
    numbers = User.objects.filter(pk=user.pk).values_list(*columns).get()
    return dict(zip(asked, numbers, strict=True))


def number_of(rows: Rows) -> Coalesce:
    """How many these are, as a column of another query."""
    counted = rows.order_by().annotate(all_of_them=Value(1)).values("all_of_them").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)


def grouped(links: list[tuple[str, Link]]) -> list[Group]:
    """The side bar: items of one group under one heading, in the order in which the groups first occur."""
    order = list(dict.fromkeys(group for group, _ in links))
    return [Group(heading, [link for group, link in links if group == heading]) for heading in order]


def tabs(links: list[tuple[str, Link]]) -> list[Link]:
    """The bottom bar of phones."""
    return [link for _, link in links if link.short][:TABS]
