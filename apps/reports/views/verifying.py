"""Checking what somebody holds against what was published: open to everybody, nothing uploaded, nothing written, no cookie."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import rfc8785
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

import apps.ledgers
from apps.reports.models import Edition
from apps.reports.pages import groups_of
from apps.reports.publishing.serving import made_now, public_page
from apps.reports.verification import check_edition, fingerprint_in, match, proof_of

VERIFIER = Path(apps.ledgers.__file__).with_name("verify.py")
LONGEST = 500


@public_page
def verify_any(request: HttpRequest) -> HttpResponse:
    """What a fingerprint belongs to: the page computes it from a file or a text; without JavaScript it is pasted."""
    asked = request.GET.get("sha256", "")[:LONGEST]
    return made_now("reports/verify_any.html", {"asked": asked, **_answer(asked)} if asked.strip() else {"asked": ""})


@public_page
def proof(request: HttpRequest, pk: int) -> HttpResponse:
    """The entry of the book that published the edition, as a file to check offline."""
    edition = get_object_or_404(Edition.objects.public(), pk=pk)
    found = proof_of(edition)
    if found is None:
        raise Http404
    headers = {"Content-Disposition": f'attachment; filename="{proof_name(edition)}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(rfc8785.dumps(found) + b"\n", content_type="application/json", headers=headers)


@public_page
def verifier(request: HttpRequest) -> HttpResponse:
    """The program that checks a notice with its proof, and a book, without a network."""
    headers = {"Content-Disposition": 'attachment; filename="verify.py"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(VERIFIER.read_bytes(), content_type="text/x-python; charset=utf-8", headers=headers)


def proof_name(edition: Edition) -> str:
    return f"notice-{edition.inspection_id}-edition-{edition.number}-proof.json"


def _answer(asked: str) -> dict[str, Any]:
    sha256 = fingerprint_in(asked)
    found = match(sha256) if sha256 else None
    if found is None:
        return {"sha256": sha256, "groups": groups_of(sha256)}
    return {
        "sha256": sha256,
        "groups": groups_of(sha256),
        "match": found,
        "check": check_edition(found.edition),
        "checkpoint": groups_of(found.edition.checkpoint_hash),
    }
