"""Every way a call can fail; the text of each is one sentence for people."""

from __future__ import annotations

from typing import Any


class SessionBackendError(Exception):
    """A call failed.

    status: of HTTP; None when there was no answer. unsure: an earlier attempt of this call may have been carried out.
    """

    unsure = False

    def __init__(self, sentence: str, status: int | None = None, request_id: str | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.request_id = request_id


class BadRequestError(SessionBackendError):
    """The request is not one the service takes (400, 413, 415, 422), or could not even be written down."""


class UnauthorizedError(SessionBackendError):
    """No token, or one the service does not know (401)."""


class ForbiddenError(SessionBackendError):
    """The token may not do this (403)."""


class NotFoundError(SessionBackendError):
    """The session, agent, message or key is not there (404)."""


class ConflictError(SessionBackendError):
    """The id exists already (409)."""


class PreconditionFailedError(SessionBackendError):
    """Somebody else changed it since (412)."""


class NotModifiedError(SessionBackendError):
    """It is still what the caller has (304, to `if_none_match`)."""


class UnavailableError(SessionBackendError):
    """No answer, or 503, after every attempt: trying again later may help."""


class NotOurServerError(SessionBackendError):
    """Something answered, but no Session Backend: the base URL is likely wrong."""


_BY_STATUS: dict[int, type[SessionBackendError]] = {
    304: NotModifiedError,
    401: UnauthorizedError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    412: PreconditionFailedError,
    502: UnavailableError,
    503: UnavailableError,
    504: UnavailableError,
}
_WHY = {
    401: "the token is missing or not known",
    403: "the token may not do this",
    405: "the address is that of something else: is the base URL right?",
    502: "nobody answered behind it",
    503: "not available",
    504: "nobody answered behind it",
}


def error_of(status: int, body: Any, place: str, request_id: str | None) -> SessionBackendError:
    """The exception for an answer. body is the decoded JSON, None when the answer held none."""
    detail = body.get("detail") if isinstance(body, dict) else None
    if isinstance(detail, dict) and isinstance(detail.get("message"), str):
        sentence = detail["message"]
    elif isinstance(detail, list):
        sentence = "; ".join(_fault(entry) for entry in detail) or f"{place} refused the request ({status})"
    elif status == 404:
        return NotOurServerError(f"{place} knows no such path (404): is the base URL right?", status, request_id)
    elif status == 304:
        sentence = "not modified"
    elif body is None and status not in _WHY:
        return not_ours(place, status, request_id)
    else:
        sentence = f"{place} answered {status}: {_WHY.get(status, detail or 'no reason given')}"
    kind = _BY_STATUS.get(status, BadRequestError if 400 <= status < 500 else SessionBackendError)
    return kind(sentence, status, request_id)


def not_ours(place: str, status: int, request_id: str | None = None) -> NotOurServerError:
    sentence = f"{place} answered {status} with something that no Session Backend sends: is the base URL right?"
    return NotOurServerError(sentence, status, request_id)


def _fault(entry: Any) -> str:
    """One entry of a 422: `body.message_id: Field required`."""
    if not isinstance(entry, dict):
        return str(entry)
    where = ".".join(str(part) for part in entry.get("loc", ()))
    return f"{where}: {entry.get('msg', entry.get('type', 'wrong'))}"
