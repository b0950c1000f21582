"""The password rule whose sentence Django 5.2 leaves untranslated."""

from __future__ import annotations

from django.contrib.auth.password_validation import MinimumLengthValidator


class LengthValidator(MinimumLengthValidator):
    def get_error_message(self) -> str:
        return f"密码太短，至少要有 {self.min_length} 个字符。"
