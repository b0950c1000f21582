"""Addresses of this room."""

from __future__ import annotations

from django.urls import path

from apps.ledgers import views

app_name = "ledgers"
urlpatterns = [
    path("book/", views.book, name="book"),
    path("book/verify.py", views.verifier, name="verifier"),
    path("book/<slug:slug>/export.jsonl", views.export, name="export"),
]
