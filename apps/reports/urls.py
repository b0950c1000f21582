"""Addresses of this room: the public site at the root, the office's notices."""

from __future__ import annotations

from django.urls import path

from apps.reports.views import checking, drafting, editions, office, public, reviewing, verifying, withheld

app_name = "reports"
urlpatterns = [
    path("", public.latest, name="public"),
    path("editions/", public.editions, name="editions"),
    path("editions/<int:pk>/", public.edition, name="edition"),
    path("editions/<int:pk>/verify/", public.verify, name="verify"),
    path("editions/<int:pk>.json", public.edition_json, name="edition-json"),
    path("editions/<int:pk>/proof.json", verifying.proof, name="proof"),
    path("editions/<int:pk>/compare/<int:other>/", editions.compare, name="compare"),
    path("editions/<int:pk>/correct/", editions.correct, name="correct"),
    path("verify/", verifying.verify_any, name="verify-any"),
    path("verify/verify.py", verifying.verifier, name="verifier"),
    path("notice-items/", reviewing.reviews, name="reviews"),
    path("notice-items/<int:pk>/", reviewing.review, name="review"),
    path("notices/party/", editions.party_editions, name="party-editions"),
    path("notices/party/<int:pk>/", editions.party_edition, name="party-edition"),
    path("notices/party/<int:pk>.json", editions.party_json, name="party-json"),
    path("notices/<int:pk>/circulation/", reviewing.circulation, name="circulation"),
    path("notices/<int:pk>/circulate/", reviewing.circulate, name="circulate"),
    path("notices/<int:pk>/remind/", reviewing.remind, name="remind"),
    path("notices/<int:pk>/pass-over/", reviewing.pass_over, name="pass-over"),
    path("notices/", office.notices, name="notices"),
    path("notices/new/", office.new, name="notice-new"),
    path("notices/<int:pk>/", office.notice, name="notice"),
    path("notices/<int:pk>/check/", checking.check, name="check"),
    path("notices/<int:pk>/check.xlsx", checking.export, name="check-export"),
    path("notices/<int:pk>/check/adopt/", checking.adopt, name="check-adopt"),
    path("notices/<int:pk>/check/decide/", checking.decide, name="check-decide"),
    path("notices/<int:pk>/check/withdraw/", checking.withdraw, name="check-withdraw"),
    path("notices/<int:pk>/edit/", drafting.edit, name="notice-edit"),
    path("notices/<int:pk>/items/<int:number>/", drafting.edit_item, name="item-edit"),
    path("notices/<int:pk>/layout/", drafting.layout, name="layout"),
    path("notices/<int:pk>/presence/", drafting.presence, name="presence"),
    path("notices/<int:pk>/withheld/", withheld.withheld, name="withheld"),
    path("notices/<int:pk>/withheld/ask/", withheld.ask, name="withheld-ask"),
    path("notices/<int:pk>/withheld/<int:exception>/approve/", withheld.approve, name="withheld-approve"),
    path("notices/<int:pk>/withheld/<int:exception>/refuse/", withheld.refuse, name="withheld-refuse"),
    path("notices/<int:pk>/withheld/<int:exception>/withdraw/", withheld.withdraw, name="withheld-withdraw"),
    path("notices/words/", withheld.words, name="watch-words"),
    path("notices/words/<int:pk>/retire/", withheld.retire, name="watch-word-retire"),
    path("notices/<int:pk>/complete/", office.complete, name="complete"),
    path("notices/<int:pk>/submit/", office.submit, name="submit"),
    path("notices/<int:pk>/approve/", office.approve, name="approve"),
    path("notices/<int:pk>/return/", office.send_back, name="return"),
    path("notices/<int:pk>/publish/", office.publish, name="publish"),
]
