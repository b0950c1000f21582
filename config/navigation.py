"""What the side bar and the phone's bottom bar offer, as data: one line a page, shown to the roles that work with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse

from apps.measures.models import Progress
from apps.supervision.models import Letter
from apps.units.models import Role, User
from apps.units.policies import sees_all_business

BUSINESS = (Role.OFFICE, Role.LIAISON, Role.SUPERVISOR)
EVERYBODY = tuple(Role)
UNITS = ("measures:unit", "units:unit", "units:unit-new")
DRAFTS = ("reports:notice", "reports:notice-new", "reports:notice-edit", "reports:item-edit")
LETTERS = ("supervision:letter", "supervision:send_letter", "supervision:sign", "supervision:answer")
EXTENSIONS = ("measures:extend", "measures:decide-extension")
SHEETS = ("issues:sheet", "measures:sheet", "measures:report")


def reports_to_review(user: User) -> int:
    return Progress.objects.visible_to(user).pending().count()


def letters_to_sign(user: User) -> int:
    return Letter.objects.filter(unit=user.unit, state=Letter.State.SENT).count()


@dataclass(frozen=True)
class Item:
    """One page. ``short`` is its word in the bottom bar of phones, empty for pages that are not there.

    ``also`` names further pages that belong under it; ``rule`` narrows the roles; a ``count`` above zero is shown beside it.
    """

    label: str
    icon: str
    url_name: str
    roles: tuple[Role, ...]
    group: str = ""
    short: str = ""
    also: tuple[str, ...] = ()
    rule: Callable[[User], bool] | None = None
    count: Callable[[User], int] | None = None

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
    return user.reads_business_books or user.reads_house_book


ITEMS = (
    Item("工作台", "home", "workbench", EVERYBODY, short="工作台"),
    Item("待审核", "inbox", "measures:reviews", (Role.OFFICE,), short="审核", also=("measures:review-many",), count=reports_to_review),
    Item("整改台账", "list", "measures:register", (Role.OFFICE, Role.SUPERVISOR), "台账", "台账", SHEETS),
    Item("我的措施", "list", "measures:register", (Role.LIAISON,), "本单位", "我的措施", SHEETS),
    Item("延期申请", "cal", "measures:extensions", (Role.LIAISON,), "本单位", "", EXTENSIONS),
    Item("漏报", "bell", "measures:missing", (Role.LIAISON,), "本单位"),
    Item("督查单", "horn", "supervision:letters", (Role.LIAISON,), "本单位", "督查单", LETTERS, count=letters_to_sign),
    Item("延期申请", "cal", "measures:extensions", (Role.OFFICE, Role.SUPERVISOR), "台账", "", EXTENSIONS),
    Item("漏报", "bell", "measures:missing", (Role.OFFICE, Role.SUPERVISOR), "台账"),
    Item("督查看板", "gauge", "supervision:dashboard", (Role.OFFICE, Role.SUPERVISOR), "台账", "看板"),
    Item("临期逾期", "flag", "supervision:flags", (Role.OFFICE, Role.SUPERVISOR), "督查", "督查"),
    Item("督查单", "horn", "supervision:letters", (Role.OFFICE, Role.SUPERVISOR), "督查", "", LETTERS),
    Item("督查组", "users", "supervision:groups", (Role.OFFICE,), "督查", "", ("supervision:form_group", "supervision:reform_group")),
    Item("通报稿", "check-n", "reports:notices", (Role.OFFICE, Role.SUPERVISOR), "公开", "", DRAFTS, rule=sees_all_business),
    Item("公开通报", "doc", "reports:public", BUSINESS, "公开", "", ("reports:editions", "reports:edition", "reports:verify")),
    Item("账号", "users", "units:accounts", (Role.ADMIN,), "管理", "账号", ("units:account", "units:account-new")),
    Item("单位", "seal", "units:list", (Role.OFFICE, Role.SUPERVISOR, Role.ADMIN), "管理", "", UNITS),
    Item("工作日调整", "cal", "admin:measures_calendaroverride_changelist", (Role.OFFICE, Role.ADMIN), "管理"),
    Item("台账核验", "link", "ledgers:book", (Role.OFFICE, Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR), "管理", "核验", rule=reads_a_book),
)
TABS = 4


def links_for(user: User, view_name: str) -> list[tuple[str, Link]]:
    """The items the user may open, each with its group; ``view_name`` is the page being shown."""
    return [
        (
            item.group,
            Link(
                label=item.label,
                short=item.short,
                icon=item.icon,
                href=reverse(item.url_name),
                current=view_name == item.url_name or view_name in item.also,
                count=item.count(user) if item.count else 0,
            ),
        )
        for item in ITEMS
        if item.shown_to(user)
    ]


def grouped(links: list[tuple[str, Link]]) -> list[Group]:
    """The side bar: items of one group under one heading, in the order in which the groups first occur."""
    order = list(dict.fromkeys(group for group, _ in links))
    return [Group(heading, [link for group, link in links if group == heading]) for heading in order]


def tabs(links: list[tuple[str, Link]]) -> list[Link]:
    """The bottom bar of phones."""
    return [link for _, link in links if link.short][:TABS]
