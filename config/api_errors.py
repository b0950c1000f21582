"""One shape for everything that the API refuses: ``{"error": {"code", "message", "fields": {field: [sentences]}}}``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import ProtectedError
from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import set_rollback

from apps.units.errors import ActRefused
from apps.units.spoken import UNSEEN

Fields = dict[str, list[str]]
OF_THE_WHOLE = ("", "__all__", api_settings.NON_FIELD_ERRORS_KEY)
ACT_CODES = {400: "refused", 403: "forbidden", 409: "conflict"}
INVALID = "提交的内容有误，请按提示修改后重试"
NO_BODY = "没有收到内容，请提交一个 JSON 对象"
NOT_FOUND = "没有找到，或者您没有权限查看"
SENTENCES: dict[type[exceptions.APIException], str] = {
    exceptions.ParseError: "请求内容无法读取，请提交格式正确的 JSON 或表单",
    exceptions.NotAuthenticated: "请先登录，或在请求头中带上令牌（Authorization: Token …）",
    exceptions.AuthenticationFailed: "令牌无效、已过期或账号已停用，请重新获取令牌",
    exceptions.MethodNotAllowed: "这个地址不接受这种请求方法，可用的方法见 Allow 响应头",
    exceptions.NotAcceptable: "只能返回 JSON，请修改 Accept 请求头",
    exceptions.UnsupportedMediaType: "不接受这种内容类型，请用 application/json；附文件的填报用 multipart/form-data",
}
OF_DJANGO: dict[type[Exception], tuple[int, str, str]] = {
    ProtectedError: (409, "conflict", "还有其他记录用到它，不能删除"),
    RequestDataTooBig: (413, "too_large", "提交的内容太长，请压缩或分次提交"),
    SuspiciousOperation: (400, "bad_request", "请求无法处理，请检查后重试"),
    Http404: (404, "not_found", NOT_FOUND),
    PermissionDenied: (403, "permission_denied", "您没有权限办理"),
}
# Where the framework's own translation is wrong or does not say what to do.
SPOKEN = {"null_characters_not_allowed": UNSEEN, "required": "请填写这一项", "blank": "请填写这一项", "null": "请填写这一项"}


def handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """The answer to whatever a view raised; None for what is our own fault (500, logged by Django)."""
    set_rollback()
    if isinstance(exc, ActRefused):
        return answer(exc.status, ACT_CODES[exc.status], exc.message, {exc.field: [exc.message]} if exc.field else {})
    if isinstance(exc, DjangoValidationError):
        fields = exc.message_dict if hasattr(exc, "error_dict") else {"": exc.messages}
        return _invalid(exceptions.ValidationError(fields))
    for kind, (code_number, code, message) in OF_DJANGO.items():
        if isinstance(exc, kind):
            return answer(code_number, code, message)
    return _of_framework(exc) if isinstance(exc, exceptions.APIException) else None


def answer(code_number: int, code: str, message: str, fields: Fields | None = None) -> Response:
    named = {_writable(field): [_writable(sentence) for sentence in sentences] for field, sentences in (fields or {}).items()}
    return Response({"error": {"code": code, "message": _writable(message), "fields": named}}, status=code_number)


def _writable(text: str) -> str:
    """Half a character (a lone surrogate), which JSON may bring but no answer can carry, becomes a question mark."""
    return text.encode(errors="replace").decode()


def _of_framework(exc: exceptions.APIException) -> Response:
    if isinstance(exc, exceptions.ValidationError):
        return _invalid(exc)
    message = next((words for kind, words in SENTENCES.items() if isinstance(exc, kind)), str(exc.detail))
    challenge, wait = getattr(exc, "auth_header", None), getattr(exc, "wait", None)
    if wait:
        message = f"请求太频繁，请在 {int(wait) + 1} 秒后再试"
    code = exc.detail.code if isinstance(exc.detail, exceptions.ErrorDetail) else None
    response = answer(exc.status_code, code or exc.default_code, message)
    if challenge:
        response["WWW-Authenticate"] = challenge
    if wait:
        response["Retry-After"] = str(int(wait) + 1)
    return response


def _invalid(exc: exceptions.ValidationError) -> Response:
    """Field errors under their path (``readings.0.value``); what belongs to no field is the message itself."""
    fields: Fields = {}
    whole: list[str] = []
    codes = set()
    for path, detail in _flat(exc.detail):
        codes.add(detail.code or "invalid")
        parent, _dot, last = path.rpartition(".")
        at = parent if last in OF_THE_WHOLE else path
        if at:
            fields.setdefault(at, []).append(SPOKEN.get(detail.code or "", str(detail)))
        else:
            whole.append(NO_BODY if detail.code == "null" else str(detail))
    code = codes.pop() if len(codes) == 1 else "invalid"
    return answer(status.HTTP_400_BAD_REQUEST, code, "；".join(whole) or INVALID, fields)


def _flat(detail: Any, path: str = "") -> Iterator[tuple[str, exceptions.ErrorDetail]]:
    if isinstance(detail, exceptions.ErrorDetail):
        yield path, detail
        return
    pairs = detail.items() if isinstance(detail, dict) else enumerate(detail)
    for key, inner in pairs:
        is_message = isinstance(inner, exceptions.ErrorDetail) and not isinstance(detail, dict)
        step = path if is_message else f"{path}.{key}" if path else str(key)
        yield from _flat(inner, step)
