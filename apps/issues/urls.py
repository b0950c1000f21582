"""Addresses of this room."""

from __future__ import annotations

from django.urls import URLPattern, path

from apps.issues import activity_views, round_views, views

app_name = "issues"
urlpatterns: list[URLPattern] = [
    path("inspections/new/", views.open_inspection, name="open"),
    path("inspections/<int:pk>/", views.inspection, name="inspection"),
    path("inspections/<int:pk>/amend/", round_views.amend, name="amend-inspection"),
    path("inspections/<int:pk>/categories/new/", views.add_category, name="add-category"),
    path("inspections/<int:pk>/issues/new/", views.add_issue, name="add-issue"),
    path("inspections/<int:pk>/activities/new/", views.add_activity, name="add-activity"),
    path("activities/", activity_views.activities, name="activities"),
    path("activities/<int:pk>/", activity_views.activity, name="activity"),
    path("activities/<int:pk>/amend/", activity_views.amend, name="amend-activity"),
    path("decided/<int:pk>/measure/", activity_views.item_to_measure, name="item-to-measure"),
    path("issues/<int:pk>/", views.sheet, name="sheet"),
    path("issues/<int:pk>/amend/", views.amend, name="amend"),
    path("issues/<int:pk>/assign/", views.assign, name="assign"),
    path("issues/<int:pk>/apply/", views.apply, name="apply"),
    path("closures/<int:pk>/decide/", views.decide, name="decide"),
    path("look-backs/<int:pk>/", views.look_back, name="look-back"),
]
