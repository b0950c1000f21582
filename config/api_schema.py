"""What drf-spectacular cannot tell by itself: choices with their words, and the one shape of errors."""

from __future__ import annotations

from typing import Any

from drf_spectacular.authentication import SessionScheme
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema

ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "fields"],
            "properties": {
                "code": {"type": "string", "description": "稳定的代码，供程序判断"},
                "message": {"type": "string", "description": "给人看的一句话，说明怎么办"},
                "fields": {
                    "type": "object",
                    "description": "出错的字段（如 readings.0.value）和各自的说明",
                    "additionalProperties": {"type": "array", "items": {"type": "string"}},
                },
            },
        }
    },
}
# What an integer column holds differs from database to database and is no promise of the API.
BOUNDS_OF_COLUMNS = (2**15 - 1, 2**31 - 1, 2**63 - 1)
METHODS = ("get", "post", "put", "patch", "delete")


HEADERS = {
    "IdempotencyKey": {
        "in": "header",
        "name": "Idempotency-Key",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
        "description": "每次办理一个新的值（如 UUID）。没有收到答复时用同一个值重发：已办理的不再办理，返回原来的答复（一天之内）",
    },
    "IfMatch": {
        "in": "header",
        "name": "If-Match",
        "schema": {"type": "string", "pattern": "^[!-~]+$"},
        "description": "读取时的 ETag：之后有变动的不办理，返回 412；请求内容里可以不再写 version",
    },
    "IfNoneMatch": {
        "in": "header",
        "name": "If-None-Match",
        "schema": {"type": "string", "pattern": "^[!-~]+$"},
        "description": "已有的 ETag：没有变动的返回 304，不带内容",
    },
}
ETAG = {"ETag": {"schema": {"type": "string"}, "description": "这条记录的版本标记，办理时写进 If-Match"}}
WITHOUT_HEADERS = ("/api/v1/token/",)
ONE_ROW = "/{id}/"


class CodedFieldExtension(OpenApiSerializerFieldExtension):
    target_class = "apps.units.rest.CodedField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        choices = self.target.choices
        return {
            "type": "object",
            "required": ["code", "display"],
            "properties": {
                "code": {"type": "string", "description": "；".join(f"{code} {words}" for code, words in choices.items())},
                "display": {"type": "string"},
            },
            "readOnly": True,
        }


class HouseSessionScheme(SessionScheme):
    target_class = "config.api_auth.HouseSession"
    priority = 1


def add_errors(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Every operation may be refused in the one shape."""
    result["components"].setdefault("schemas", {})["Error"] = ERROR
    refused = {"description": "未办理", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}
    for operations in result["paths"].values():
        for method in METHODS:
            if method in operations:
                operations[method]["responses"]["4XX"] = refused
    return result


def without_column_bounds(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """The same schema on SQLite and PostgreSQL."""
    fields = [field for component in result["components"]["schemas"].values() for field in component.get("properties", {}).values()]
    operations = [operation for methods in result["paths"].values() for operation in methods.values()]
    fields += [parameter["schema"] for operation in operations for parameter in operation.get("parameters", ())]
    for field in fields:
        if field.get("maximum") in BOUNDS_OF_COLUMNS:
            del field["maximum"]
            field.pop("format", None)
    return result


def without_patterns_of_python(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """In JSON Schema ``\\w`` is ASCII alone; here a login may be 张三. What it may hold is said in words beside it."""
    for component in result["components"]["schemas"].values():
        for field in component.get("properties", {}).values():
            if "\\w" in field.get("pattern", ""):
                del field["pattern"]
    return result


def add_headers(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """The headers that every act and every row has: repetition, preconditions."""
    result["components"]["parameters"] = HEADERS
    for path, operations in result["paths"].items():
        for method in METHODS:
            if method in operations and path not in WITHOUT_HEADERS:
                _add_headers(operations[method], path, method)
    return result


def _add_headers(operation: dict[str, Any], path: str, method: str) -> None:
    given = operation.setdefault("parameters", [])
    if method != "get":
        names = ("IdempotencyKey", "IfMatch") if ONE_ROW in path else ("IdempotencyKey",)
        given.extend({"$ref": f"#/components/parameters/{name}"} for name in names)
    elif path.endswith(ONE_ROW):
        given.append({"$ref": "#/components/parameters/IfNoneMatch"})
        operation["responses"]["200"]["headers"] = ETAG
        operation["responses"]["304"] = {"description": "没有变动"}
