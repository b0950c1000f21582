"""How the API reads a body: never more than fits, and whatever is wrong with it is the caller's error, not ours.

(REST framework reads a body past Django's own limit, which guards ``request.body`` and forms only.)
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser, MultiPartParser


class BodyTooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"提交的内容超过 {limit // 1_048_576} MB 上限，请压缩或分次提交")


class BoundedJSONParser(JSONParser):
    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        _refuse_longer_than(settings.DATA_UPLOAD_MAX_MEMORY_SIZE, parser_context)
        try:
            return read_json(stream.read().decode((parser_context or {}).get("encoding") or settings.DEFAULT_CHARSET))
        except RecursionError as error:
            raise ParseError("JSON 嵌套太深") from error
        except (ValueError, LookupError) as error:
            raise ParseError from error


def read_json(text: str | bytes) -> Any:
    """JSON whose numbers are numbers: ValueError for NaN, and for 1e400, which Python would read as infinity."""
    return json.loads(text, parse_constant=_finite, parse_float=_finite)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(digits)
    return number


class BoundedMultiPartParser(MultiPartParser):
    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        limit = settings.EVIDENCE_MAX_BYTES * settings.EVIDENCE_MAX_FILES + settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        _refuse_longer_than(limit, parser_context)
        try:
            return super().parse(stream, media_type, dict(parser_context or {}))
        except RequestDataTooBig as error:
            raise BodyTooLarge(settings.DATA_UPLOAD_MAX_MEMORY_SIZE) from error
        except (TooManyFieldsSent, TooManyFilesSent) as error:
            raise ParseError("表单字段太多") from error


def _refuse_longer_than(limit: int, context: Mapping[str, Any] | None) -> None:
    """By the length that the request states: the server passes on no byte beyond it."""
    request = (context or {}).get("request")
    stated = request.META.get("CONTENT_LENGTH") if request is not None else None
    if stated and stated.isdigit() and int(stated) > limit:
        raise BodyTooLarge(limit)
