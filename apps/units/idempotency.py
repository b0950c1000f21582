"""The header ``Idempotency-Key``: a request that is sent again because its answer got lost does nothing twice.

Key, act and answer are written in one transaction. The same key with the same request gets the first answer again, with the header
``Idempotency-Replayed``; with another request it is refused (422). A refused request did nothing and is not kept: it may be corrected
and sent under the same key.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from rest_framework import status
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from apps.units import services
from apps.units.models import User

HEADER, REPLAYED = "Idempotency-Key", "Idempotency-Replayed"
LONGEST = 255
Handler = Callable[..., Response]


class KeyReused(APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "idempotency_key_reused"
    default_detail = "这个 Idempotency-Key 已用于另一次内容不同的请求，请为每次办理生成新的值"


def once(handler: Handler) -> Handler:
    """The handler, done once for each key of a person."""

    def answer(request: Request, *args: Any, **kwargs: Any) -> Response:
        key = _key_of(request)
        if key is None or not isinstance(request.user, User):
            return handler(request, *args, **kwargs)
        asked = _fingerprint(request)
        with transaction.atomic():
            row = services.claim_answer(owner=request.user, key=key, asked=asked)
            if row.asked != asked:
                raise KeyReused
            if row.status:
                return _again(row.status, row.tag, services.body_of(row))
            response = handler(request, *args, **kwargs)
            body = JSONRenderer().render(response.data).decode()
            services.keep_answer(row=row, status=response.status_code, tag=response.get("ETag", ""), body=body)
        return response

    return answer


def _again(code: int, tag: str, body: str | None) -> Response:
    if body is None:
        raise KeyReused("站点密钥已更换，读不出上次的答复；请核对是否已办理，再用新的 Idempotency-Key 提交")
    response = Response(json.loads(body) if body else None, status=code)
    response[REPLAYED] = "true"
    if tag:
        response["ETag"] = tag
    return response


def _key_of(request: Request) -> str | None:
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not (0 < len(key) <= LONGEST and key.isascii() and key.isprintable()):
        raise ValidationError({HEADER: [f"请用 1 至 {LONGEST} 个可见的 ASCII 字符，如 UUID"]}, code="invalid")
    return key


def _fingerprint(request: Request) -> str:
    """Of everything that the request says: method, address, body, files."""
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()} {request.headers.get('If-Match', '')}\n".encode())
    for part in _parts(request.data):
        digest.update(part)
    return digest.hexdigest()


def _parts(data: Any) -> Iterator[bytes]:
    if not hasattr(data, "lists"):
        yield json.dumps(data, sort_keys=True).encode()
        return
    fields: Mapping[str, list[Any]] = dict(data.lists())
    for name in sorted(fields):
        for value in fields[name]:
            yield f"\n{name}\0".encode(errors="replace")
            yield from _file(value) if isinstance(value, UploadedFile) else [str(value).encode(errors="replace")]


def _file(file: UploadedFile[bytes]) -> Iterator[bytes]:
    yield f"{file.name}\0{file.size}\0".encode(errors="replace")
    yield from file.chunks()
    file.seek(0)
