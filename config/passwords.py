"""The password rules in this house's words: a sentence for each that is broken, a clause of the hint for each."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.password_validation import (
    CommonPasswordValidator,
    MinimumLengthValidator,
    NumericPasswordValidator,
    UserAttributeSimilarityValidator,
)


class LengthValidator(MinimumLengthValidator):
    def get_error_message(self) -> str:
        return f"密码太短，至少要有 {self.min_length} 个字符。"

    def get_help_text(self) -> str:
        return f"至少 {self.min_length} 个字符"


class SimilarityValidator(UserAttributeSimilarityValidator):
    """The clause names what the account holds, as its owner knows it."""

    def get_error_message(self) -> Any:
        return "密码与您的%(verbose_name)s太相近，请换一个。"

    def get_help_text(self) -> str:
        return "不能与您的登录名等个人信息相近"


class CommonValidator(CommonPasswordValidator):
    def get_error_message(self) -> str:
        return "这个密码太常见，请换一个。"

    def get_help_text(self) -> str:
        return "不能是常见密码"


class NumericValidator(NumericPasswordValidator):
    def get_error_message(self) -> str:
        return "密码不能全是数字，请加上字母或符号。"

    def get_help_text(self) -> str:
        return "不能全是数字"
