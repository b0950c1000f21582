"""What every row says that names a file in the private store."""

from __future__ import annotations

from django.db import models


class StoredFile(models.Model):
    """A file in the private store, where it lies under its SHA-256, so equal files are stored once. Every model of the house that names
    files there is a StoredFile: the sweep of files that no row names asks them all."""

    filename = models.CharField("文件名", max_length=200)
    media_type = models.CharField("文件类型", max_length=100)
    size = models.PositiveBigIntegerField("字节数")
    sha256 = models.CharField("SHA-256", max_length=64)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.filename

    @property
    def storage_name(self) -> str:
        return f"{self.sha256[:2]}/{self.sha256}"

    @property
    def extension(self) -> str:
        return self.filename.rpartition(".")[2].upper()
