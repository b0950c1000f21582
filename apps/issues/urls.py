"""Addresses of this room."""

from __future__ import annotations

from django.urls import URLPattern, path

from apps.issues.views import activities, closing, issues, look_backs, rounds

app_name = "issues"
urlpatterns: list[URLPattern] = [
    path("inspections/new/", issues.open_inspection, name="open"),
    path("inspections/<int:pk>/", issues.inspection, name="inspection"),
    path("inspections/<int:pk>/amend/", rounds.amend, name="amend-inspection"),
    path("inspections/<int:pk>/categories/new/", issues.add_category, name="add-category"),
    path("inspections/<int:pk>/issues/new/", issues.add_issue, name="add-issue"),
    path("inspections/<int:pk>/activities/new/", issues.add_activity, name="add-activity"),
    path("activities/", activities.activities, name="activities"),
    path("activities/<int:pk>/", activities.activity, name="activity"),
    path("activities/<int:pk>/amend/", activities.amend, name="amend-activity"),
    path("decided/<int:pk>/measure/", activities.item_to_measure, name="item-to-measure"),
    path("issues/<int:pk>/", issues.sheet, name="sheet"),
    path("issues/<int:pk>/amend/", issues.amend, name="amend"),
    path("issues/<int:pk>/assign/", issues.assign, name="assign"),
    path("issues/<int:pk>/apply/", closing.apply, name="apply"),
    path("closures/", closing.queue, name="closures"),
    path("closures/<int:pk>/sign/", closing.sign, name="sign"),
    path("closures/<int:pk>/decide/", closing.decide, name="decide"),
    path("look-backs/", look_backs.look_backs, name="look-backs"),
    path("look-backs/<int:pk>/", look_backs.look_back, name="look-back"),
    path("inspections/<int:pk>/look-back-draws/new/", look_backs.draw_new, name="draw-new"),
    path("look-back-draws/<int:pk>/", look_backs.draw, name="draw"),
]
