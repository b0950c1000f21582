"""ETag, If-None-Match and If-Match of one row (RFC 9110 §8.8.3, §13): “as I read it” said in the header instead of the body.

A tag is ``"<version>-<hash of the representation>"``. It is compared before the act, and once more when the act has locked its rows and
is about to write: of two that race only one finds the row as it read it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

TAG = re.compile(r'(W/)?"([^"]*)"')
ANY = "*"
WRITES = ("INSERT", "UPDATE", "DELETE")


class PreconditionFailed(APIException):
    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_code = "precondition_failed"
    default_detail = "这条记录在您读取之后有变动（ETag 不符），请重新读取，核对后再办理"


def tag_of(data: Any) -> str:
    """The strong tag of a row as it is answered to this caller."""
    digest = hashlib.sha256(JSONRenderer().render(data)).hexdigest()[:32]
    return f'"{data.get("version", 0)}-{digest}"'


def unless_known(request: Request, response: Response) -> Response:
    """The answer with its tag; 304 without a body where the caller has it already. (Comparison is weak here: RFC 9110 §13.1.2.)"""
    tag = tag_of(response.data)
    asked = request.headers.get("If-None-Match", "")
    known = [f'"{found}"' for _weak, found in TAG.findall(asked)]
    if asked.strip() == ANY or tag in known:
        response = Response(status=status.HTTP_304_NOT_MODIFIED)
    response["ETag"] = tag
    return response


def refuse_other(request: Request, current: str | None) -> None:
    """Refuse (412) an act whose If-Match does not name the row as it is; ``current`` None: there is no row at this address."""
    asked = request.headers.get("If-Match")
    if asked is None:
        return
    strong = [f'"{found}"' for weak, found in TAG.findall(asked) if not weak]
    if current is None or (asked.strip() != ANY and current not in strong):
        raise PreconditionFailed


@contextmanager
def before_writing(compare: Callable[[], None]) -> Iterator[None]:
    """Do this right before the first statement that writes. Acts lock before they write: what is read here is what they change."""
    waiting = [compare]

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if waiting and sql.lstrip()[:6].upper() in WRITES:
            waiting.pop()()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield


def version_in(request: Request) -> int | None:
    """The version that If-Match names."""
    found = TAG.search(request.headers.get("If-Match", ""))
    number = found[2].partition("-")[0] if found else ""
    return int(number) if number.isascii() and number.isdigit() and len(number) < 10 and int(number) else None
