"""Units and users; and, for the rooms above, where a record comes from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import StrIndex
from django.utils.functional import cached_property

from apps.units.querysets import UnitQuerySet, UserManager


class Source(models.TextChoices):
    """Where a record comes from (design.md §3); what is not the notice's or a user's own wears the badge 示例."""

    ENTERED = "entered", "录入"
    IMPORTED = "imported", "导入"
    NOTICE = "notice", "通报"
    DEMONSTRATION = "demonstration", "示例"


BOOKKEEPING = frozenset(("id", "source", "quote", "demonstrated", "version"))


class Sourced(models.Model):
    """A record that knows its source. ``quote`` is a verbatim part of the notice; ``demonstrated`` names the fields
    which the notice does not say although the record itself is the notice's, or, of a demonstration record in which a user
    has changed something, the fields that are demonstration still."""

    source = models.CharField("来源", max_length=16, choices=Source.choices, default=Source.ENTERED)
    quote = models.TextField("原文", blank=True)
    demonstrated = models.JSONField("示例字段", default=list, blank=True)

    class Meta:
        abstract = True

    @property
    def is_demonstration(self) -> bool:
        return self.source == Source.DEMONSTRATION

    def demonstrates(self, field: str) -> bool:
        """Whether what ``field`` says is demonstration data."""
        return field in self.demonstrated or (self.is_demonstration and not self.demonstrated)

    def take_over(self, fields: Iterable[str]) -> None:
        """What a user has set is the user's own, no longer the demonstration's."""
        if self.is_demonstration and not self.demonstrated:
            columns = (*self._meta.fields, *self._meta.many_to_many)
            self.demonstrated = [column.name for column in columns if column.name not in BOOKKEEPING]
        self.demonstrated = [name for name in self.demonstrated if name not in set(fields)]


KINDS_IN_ORDER = "party discipline government justice township institution company"
"""How official lists run: Party, discipline inspection, government, courts and procuratorate, townships, institutions, companies."""


class Unit(Sourced):
    """A responsible unit: Party or government department, township, company."""

    class Kind(models.TextChoices):
        PARTY = "party", "党委部门"
        GOVERNMENT = "government", "政府部门"
        DISCIPLINE = "discipline", "纪检监察"
        JUSTICE = "justice", "司法机关"
        TOWNSHIP = "township", "乡镇街道"
        INSTITUTION = "institution", "事业单位"
        COMPANY = "company", "国有企业"

    name = models.CharField("单位名称", max_length=120, unique=True)
    short_name = models.CharField("简称", max_length=40, unique=True)
    kind = models.CharField("类别", max_length=16, choices=Kind.choices)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="上级单位")
    version = models.PositiveIntegerField("版本", default=1)

    objects = UnitQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "单位"
        ordering = (StrIndex(Value(KINDS_IN_ORDER), F("kind")), "pk")
        constraints = (models.CheckConstraint(condition=~Q(name="") & ~Q(short_name=""), name="unit_is_named"),)

    def __str__(self) -> str:
        return self.short_name

    @property
    def label_in_book(self) -> str:
        return self.name


class Role(models.TextChoices):
    """The five kinds of user (design.md §1); ADMIN and AUDITOR see no business rows (separation of duties). And DISCIPLINE: whoever in
    the discipline commission reads what the public sent sealed, and nothing else."""

    OFFICE = "office", "整改办"
    LIAISON = "liaison", "单位联络员"
    SUPERVISOR = "supervisor", "督查组/领导"
    ADMIN = "admin", "系统管理员"
    AUDITOR = "auditor", "审计员"
    DISCIPLINE = "discipline", "纪检监察"


class User(AbstractUser):
    """A named person with exactly one role; a liaison acts for exactly one unit."""

    name = models.CharField("姓名", max_length=40)
    role = models.CharField("角色", max_length=12, choices=Role.choices)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="users", verbose_name="单位")
    phone = models.CharField("联系电话", max_length=30, blank=True)
    heads_unit = models.BooleanField("单位负责人", default=False)
    is_demo = models.BooleanField("演示账号", default=False)
    version = models.PositiveIntegerField("版本", default=1)

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        verbose_name = verbose_name_plural = "用户"
        ordering = ("role", "pk")
        constraints = (
            models.CheckConstraint(condition=Q(role__in=Role.values), name="user_has_a_role"),
            models.CheckConstraint(condition=~Q(role=Role.LIAISON) | Q(unit__isnull=False), name="liaison_has_a_unit"),
        )

    def __str__(self) -> str:
        return self.name or self.username

    @cached_property
    def is_leader(self) -> bool:
        """A supervisor in no supervision group: leaders see the whole round (issue 2 §3)."""
        return self.role == Role.SUPERVISOR and not self.supervision_groups.exists()

    @property
    def reads_business_books(self) -> bool:
        """Office, leaders and auditors read the books of the rounds as a whole; the others see the entries on their own rows."""
        return self.is_active and (self.role in (Role.OFFICE, Role.AUDITOR) or self.is_leader)

    @property
    def reads_house_book(self) -> bool:
        """Accounts and sign-ins are for those who keep the house and those who check it."""
        return self.is_active and self.role in (Role.ADMIN, Role.AUDITOR)

    @property
    def reads_sealed_book(self) -> bool:
        """What became of sealed messages, without their text, is for those who answer them and those who check the house."""
        return self.is_active and self.role in (Role.DISCIPLINE, Role.AUDITOR)

    @property
    def name_in_book(self) -> str:
        return str(self)

    @property
    def role_in_book(self) -> str:
        return str(self.get_role_display())

    @property
    def unit_in_book(self) -> str:
        return self.unit.name if self.unit else ""

    @property
    def label_in_book(self) -> str:
        return f"{self}（{self.username}）"


class Act(models.TextChoices):
    """Acts of this room, as the book names them."""

    ADD_UNIT = "units.add_unit", "新增单位"
    AMEND_UNIT = "units.amend_unit", "修改单位"
    CREATE_USER = "units.create_user", "新建账号"
    AMEND_USER = "units.amend_user", "修改账号"
    DISABLE_USER = "units.disable_user", "停用账号"
    ENABLE_USER = "units.enable_user", "启用账号"
    SET_PASSWORD = "units.set_password", "重设密码"
    SIGN_IN = "units.sign_in", "登录"
    SIGN_IN_FAILED = "units.sign_in_failed", "登录失败"
    SIGN_OUT = "units.sign_out", "退出"
    ISSUE_TOKEN = "units.issue_token", "签发接口令牌"
    END_TOKEN = "units.end_token", "撤销接口令牌"
