"""How the API is described (drf-spectacular): a part of the settings."""

from __future__ import annotations

from typing import Any

SETTINGS: dict[str, Any] = {
    "ENUM_NAME_OVERRIDES": {
        "IndicatorKindEnum": "apps.measures.models.Indicator.Kind",
        "RegulationKindEnum": "apps.measures.models.Regulation.Kind",
        "ActivityKindEnum": "apps.issues.models.Activity.Kind",
        "UnitKindEnum": "apps.units.models.Unit.Kind",
        "AudienceEnum": "apps.reports.models.Audience",
        "PublishedAudienceEnum": "apps.reports.api.inputs.PUBLISHED",
    },
    "TITLE": "见底 Jiandi API",
    "DESCRIPTION": "巡视巡察整改台账：问题、措施、督查与通报。",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    # A link inside each heading's button would be a control within a control. Hundreds of addresses are drawn a group at a time.
    "SWAGGER_UI_SETTINGS": {"deepLinking": False, "docExpansion": "none"},
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "config.api_schema.add_errors",
        "config.api_schema.without_column_bounds",
        "config.api_schema.without_patterns_of_python",
        "config.api_schema.add_headers",
    ],
}
