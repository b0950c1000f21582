"""The API as schemathesis tries it: whatever the schema lets somebody send, and what it does not, is answered as the schema says.

Every request is tried as one of the roles, with a token that may do everything, in a world of two units; what it did is taken back.
Each run tries others, few of each address: FUZZ_EXAMPLES=50 looks longer, FUZZ_ONLY=/notices/ at some addresses only.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from rest_framework.throttling import SimpleRateThrottle
from schemathesis.checks import CHECKS
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode

from apps.issues.models import Category, Inspection, Issue
from apps.measures.models import Indicator, Measure
from apps.reports.models import Notice
from apps.supervision.models import Group, Reply, Visit
from apps.units.models import Scope, Unit
from apps.units.services import make_token
from config.api import router
from tests import api_world
from tests.test_api_schema import COMMITTED

pytestmark = pytest.mark.django_db
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "3"))
ONLY = os.environ.get("FUZZ_ONLY", "")
ROLES = ("office", "leader", "supervisor", "own liaison", "admin", "auditor", "discipline")
# What the schema cannot say: which of the allowed values the ledger allows now is the services' to say (400, 404, 409).
RELATED: dict[str, Any] = {
    "inspection": Inspection,
    "category": Category,
    "issue": Issue,
    "prior_issue": Issue,
    "measure": Measure,
    "indicator": Indicator,
    "unit": Unit,
    "lead_unit": Unit,
    "group": Group,
    "visit": Visit,
    "reply": Reply,
    "like": Notice,
}
LOOKED_AT = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance")


@pytest.fixture
def one_connection() -> Iterator[None]:
    """The requests are part of the test's own transaction, as those of Django's test client are."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("one_connection")
def test_whatever_is_sent_is_answered_as_the_schema_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SimpleRateThrottle, "allow_request", lambda *_given: True)
    world = api_world.world()
    keys = {name: make_token(actor=world.person(name), name="fuzz", scopes=Scope.values, days=1)[1] for name in ROLES}
    schema = schemathesis.openapi.from_path(COMMITTED)
    schema.app = get_wsgi_application()
    checks: list[Any] = [check for check in CHECKS.get_all() if check.__name__ in LOOKED_AT]
    assert len(checks) == len(LOOKED_AT)
    seen: Counter[int] = Counter()
    broken: dict[str, str] = {}
    operations: list[Any] = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    for operation in (one for one in operations if ONLY in one.label):
        try:
            try_out(operation, keys, checks, seen)
        except BaseException as failure:
            if isinstance(failure, KeyboardInterrupt):
                raise
            broken[operation.label] = f"{type(failure).__name__}: {failure}"[:1500]
    assert broken == {}, "\n\n".join(f"{label}\n{words}" for label, words in broken.items())
    assert len(operations) > 150
    assert ONLY or {200, 201, 400, 403, 404} <= set(seen)


def try_out(operation: Any, keys: dict[str, str], checks: list[Any], seen: Counter[int]) -> None:
    cases = st.one_of(operation.as_strategy(GenerationMode.POSITIVE), operation.as_strategy(GenerationMode.NEGATIVE))
    quiet = list(HealthCheck)

    @settings(max_examples=EXAMPLES, deadline=None, database=None, phases=(Phase.explicit, Phase.generate), suppress_health_check=quiet)
    @given(case=cases, who=st.sampled_from(ROLES), real=st.booleans())
    def one(case: Any, who: str, real: bool) -> None:
        if real:
            lead_to_rows(case)
        with transaction.atomic():
            answer = case.call(headers={"Authorization": f"Token {keys[who]}"})
            transaction.set_rollback(True)
        seen[answer.status_code] += 1
        case.validate_response(answer, checks=checks)

    one()


def lead_to_rows(case: Any) -> None:
    """Numbers of rows that are there, and their versions, for those that the schema can only call integers: beyond them the acts begin."""
    prefix = case.path.removeprefix("/api/v1/").partition("/")[0]
    viewset: Any = next((viewset for name, viewset, _base in router.registry if name == prefix), None)
    row: Any = viewset.queryset.model._default_manager.order_by("?").first() if viewset else None
    if row is not None and "id" in (case.path_parameters or {}):
        case.path_parameters["id"] = row.pk
    if not isinstance(case.body, dict):
        return
    for name, found in RELATED.items():
        if isinstance(case.body.get(name), int):
            case.body[name] = found._default_manager.order_by("?").values_list("pk", flat=True).first() or 0
    if "version" in case.body and hasattr(row, "version"):
        case.body["version"] = row.version
