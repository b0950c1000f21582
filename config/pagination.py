"""How long a page of the API is. A page size out of bounds is refused, never cut to fit: half a list would look like the whole."""

from __future__ import annotations

from rest_framework.exceptions import ValidationError
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request


class Pages(PageNumberPagination):
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200
    invalid_page_message = "没有这一页，请从第一页重新读取"

    def get_page_size(self, request: Request) -> int:
        asked = request.query_params.get("page_size")
        if asked is None:
            return self.page_size
        if not (asked.isascii() and asked.isdigit() and 1 <= int(asked[:6]) <= self.max_page_size):
            raise ValidationError({"page_size": [f"每页条数应为 1 至 {self.max_page_size} 的整数"]}, code="invalid")
        return int(asked)
