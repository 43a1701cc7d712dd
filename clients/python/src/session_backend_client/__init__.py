"""Keeps the sessions of Strands agents in a Session Backend: see the README."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._api import Agent, Message, MultiAgent, Session
from ._paging import Page, Restored, StoredObject
from .client import AsyncSessionBackendClient, SessionBackendClient
from .errors import (
    BadRequestError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    NotModifiedError,
    NotOurServerError,
    PreconditionFailedError,
    SessionBackendError,
    UnauthorizedError,
    UnavailableError,
)

if TYPE_CHECKING:
    from .repository import SessionBackendRepository
    from .storage import SessionBackendStorage

__all__ = [
    "Agent",
    "AsyncSessionBackendClient",
    "BadRequestError",
    "ConflictError",
    "ForbiddenError",
    "Message",
    "MultiAgent",
    "NotFoundError",
    "NotModifiedError",
    "NotOurServerError",
    "Page",
    "PreconditionFailedError",
    "Restored",
    "Session",
    "SessionBackendClient",
    "SessionBackendError",
    "SessionBackendRepository",
    "SessionBackendStorage",
    "StoredObject",
    "UnauthorizedError",
    "UnavailableError",
]


def __getattr__(name: str) -> Any:
    """What needs the SDK is imported when it is asked for: the tools start faster, and an old SDK has no storage."""
    if name == "SessionBackendRepository":
        from .repository import SessionBackendRepository

        return SessionBackendRepository
    if name == "SessionBackendStorage":
        from .storage import SessionBackendStorage

        return SessionBackendStorage
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
