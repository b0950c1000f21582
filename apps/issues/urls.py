"""Addresses of this room."""

from __future__ import annotations

from django.urls import URLPattern, path

from apps.issues import activity_views, closing_views, look_back_views, round_views, views

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
    path("issues/<int:pk>/apply/", closing_views.apply, name="apply"),
    path("closures/", closing_views.queue, name="closures"),
    path("closures/<int:pk>/sign/", closing_views.sign, name="sign"),
    path("closures/<int:pk>/decide/", closing_views.decide, name="decide"),
    path("look-backs/", look_back_views.look_backs, name="look-backs"),
    path("look-backs/<int:pk>/", look_back_views.look_back, name="look-back"),
    path("inspections/<int:pk>/look-back-draws/new/", look_back_views.draw_new, name="draw-new"),
    path("look-back-draws/<int:pk>/", look_back_views.draw, name="draw"),
]
