"""Why an act of the office is not carried out. Pages and API turn each into its status and the same Chinese sentence."""

from __future__ import annotations


class ActRefused(Exception):
    """The act is not possible as asked (400): the message says what to do; ``field`` names the form field it belongs to."""

    status = 400

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class ActForbidden(ActRefused):
    """The row may be seen, the act is not for this user (403)."""

    status = 403


class ActConflict(ActRefused):
    """Somebody else was faster: the row is not in the state the user saw (409)."""

    status = 409
