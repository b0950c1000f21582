"""Names of choices in the API schema, where several have fields of one name."""

from __future__ import annotations

ENUM_NAMES = {
    "IndicatorKindEnum": "apps.measures.models.Indicator.Kind",
    "RegulationKindEnum": "apps.measures.models.Regulation.Kind",
    "ActivityKindEnum": "apps.issues.models.Activity.Kind",
    "UnitKindEnum": "apps.units.models.Unit.Kind",
    "PublishedAudienceEnum": "apps.reports.api.inputs.PUBLISHED",
}
