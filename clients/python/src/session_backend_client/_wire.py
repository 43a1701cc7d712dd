"""What goes over the wire and what is done when it fails; without I/O, so that sync and async share it."""

from __future__ import annotations

import json
import random
import ssl
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import httpx

from .errors import (
    BadRequestError,
    NotOurServerError,
    SessionBackendError,
    UnavailableError,
    error_of,
    not_ours,
)

JsonObject = dict[str, Any]
T = TypeVar("T")

FIRST_PAUSE = 0.2  # seconds before the second attempt, doubled after each
LONGEST_PAUSE = 5.0
LONGEST_RETRY_AFTER = 60.0
DEFAULT_TIMEOUT = 30.0
DEFAULT_RETRIES = 6
TRY_AGAIN = frozenset({502, 503, 504})

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_OUR_FAULT = (httpx.UnsupportedProtocol, httpx.LocalProtocolError)


class _Unset:
    """Stands for an argument that was not given, where None means null."""


@dataclass
class Call:
    """One request, ready to be sent any number of times."""

    method: str
    target: str  # path and query, percent-encoded
    content: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    repeat: bool = True  # may be sent again when it is unknown whether it was done


def call(
    method: str,
    target: str,
    *,
    query: Mapping[str, Any] | None = None,
    body: Mapping[str, Any] | list[Any] | None = None,
    data: bytes | None = None,
    headers: Mapping[str, str | None] | None = None,
    repeat: bool = True,
) -> Call:
    """Members, parameters and headers that are None are left out."""
    made = Call(method, target, repeat=repeat)
    given = {name: _parameter(value) for name, value in (query or {}).items() if value is not None}
    try:
        if given:
            made.target += "?" + urlencode(given, quote_via=quote)
    except UnicodeEncodeError as error:
        raise BadRequestError("a query parameter holds a lone surrogate, which no URL can carry") from error
    made.headers = {name: _header(name, value) for name, value in (headers or {}).items() if value is not None}
    if data is not None:
        made.content = data
        made.headers.setdefault("Content-Type", "application/octet-stream")
    elif body is not None:
        kept = {name: value for name, value in body.items() if value is not None} if isinstance(body, Mapping) else body
        made.content = dump(kept)
        made.headers["Content-Type"] = "application/json"
    if method == "POST" and repeat:
        made.headers["Idempotency-Key"] = uuid.uuid4().hex
    return made


def path(pattern: str, *ids: str | int) -> str:
    """Fills the pattern. A dot segment would be resolved on the way and address something else: refused here."""
    return pattern.format(*(_segment(str(one), "") for one in ids))


def storage_path(key: str) -> str:
    return "/api/v1/storage/" + "/".join(_segment(part, key) for part in key.split("/"))


def _segment(text: str, key: str) -> str:
    if text in ("", ".", ".."):
        wrong = f"the key {key!r} has an empty or dot segment" if key else f"{text!r} is no id"
        raise BadRequestError(f"{wrong}, which is not allowed")
    try:
        return quote(text, safe="")
    except UnicodeEncodeError as error:
        raise BadRequestError("an id holds a lone surrogate, which no URL can carry") from error


def _parameter(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _header(name: str, value: str) -> str:
    if not value.isascii() or not value.isprintable():
        raise BadRequestError(f"the value for {name} holds characters that no header may hold")
    return value


def dump(value: Any) -> bytes:
    """JSON with the shortest spelling; escapes only where a lone surrogate forces them."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        try:
            return text.encode()
        except UnicodeEncodeError:
            return json.dumps(value, allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise BadRequestError(f"this cannot be written as JSON: {error}") from error


def check_base_url(base_url: str) -> str:
    """The address without a trailing slash; raises BadRequestError with one sentence."""
    try:
        url = httpx.URL(base_url)
        host = url.host
        url.raw_host.decode("ascii").encode("idna")  # as the resolver does, and fails with an error of no library
    except (httpx.InvalidURL, TypeError, UnicodeError) as error:
        raise BadRequestError(f"{base_url!r} is no URL: {error}") from error
    if url.scheme not in ("http", "https") or not host:
        raise BadRequestError(f"{base_url!r} is no URL of the form http://HOST:PORT")
    if url.query or url.fragment:
        raise BadRequestError(f"{base_url!r} has a query or a fragment, which a base URL may not have")
    return base_url.rstrip("/")


def client_options(base_url: str, token: str | None, timeout: float) -> dict[str, Any]:
    """Arguments for httpx.Client and httpx.AsyncClient alike: connections are kept, redirects never followed."""
    headers = {"Accept-Encoding": "identity", "User-Agent": "session-backend-client/1.0.0"}
    if token:
        headers["Authorization"] = _header("the token", f"Bearer {token}")
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=30.0)
    limit = httpx.Timeout(timeout, connect=min(timeout, 5.0))
    options: dict[str, Any] = {"headers": headers, "timeout": limit, "limits": limits}
    if base_url.startswith("http:"):
        options["verify"] = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # not used; loading the real one takes its time
    return options


class Attempts:
    """The course of one call: after each attempt it says how long to wait for the next, or raises."""

    def __init__(self, made: Call, base_url: str, retries: int) -> None:
        self.made = made
        self.base_url = base_url
        self.left = retries
        self.pause = FIRST_PAUSE
        self.unsure = False  # an earlier attempt may have been carried out

    def after_fault(self, error: httpx.RequestError) -> float:
        sentence = f"{self.base_url} cannot be reached: {_reason(error)}"
        if isinstance(error, _OUR_FAULT) or _is_certificate(error):
            raise SessionBackendError(sentence) from error
        sent = not isinstance(error, _NEVER_SENT)
        self.unsure = self.unsure or sent
        if self.left <= 0 or (sent and not self.made.repeat):
            raise UnavailableError(sentence) from error
        return self._next_pause(0.0)

    def after_answer(self, answer: httpx.Response) -> float | None:
        """None: this is the answer."""
        if answer.status_code not in TRY_AGAIN or self.left <= 0 or not self.made.repeat:
            return None
        self.unsure = True
        asked = answer.headers.get("Retry-After", "")
        return self._next_pause(min(float(asked), LONGEST_RETRY_AFTER) if asked.isascii() and asked.isdigit() else 0.0)

    def _next_pause(self, at_least: float) -> float:
        self.left -= 1
        pause, self.pause = self.pause, min(self.pause * 2, LONGEST_PAUSE)
        return max(pause * random.uniform(0.5, 1.0), at_least * random.uniform(1.0, 1.1))

    def finish(self, answer: httpx.Response) -> Answer:
        """The answer, or the exception it stands for. A delete that was done by a lost attempt counts as done."""
        status = answer.status_code
        request_id = answer.headers.get("X-Request-ID")
        if 200 <= status < 300:
            return Answer(answer, self.base_url, self.unsure)
        if status == 404 and self.unsure and self.made.method == "DELETE":
            return Answer(answer, self.base_url, self.unsure)
        body = None
        if self.made.method == "HEAD":  # announces the body of a GET, and has none
            if status == 404 and _is_json(answer):
                body = {"detail": {"message": f"{self.made.target.rpartition('/storage/')[2]} is not there"}}
        elif _is_json(answer):
            try:
                body = answer.json()
            except (ValueError, RecursionError):
                raise not_ours(self.base_url, status, request_id) from None
        error = error_of(status, body, self.base_url, request_id)
        error.unsure = self.unsure
        raise error


@dataclass
class Answer:
    """A good answer."""

    response: httpx.Response
    base_url: str
    unsure: bool
    _decoded: Any = None

    @property
    def etag(self) -> str | None:
        tag: str | None = self.response.headers.get("ETag")
        return tag

    @property
    def replayed(self) -> bool:
        return bool(self.response.headers.get("Idempotency-Replayed") == "true")

    def json(self) -> Any:
        """The decoded body; one that is not JSON comes from somebody else."""
        if self._decoded is None:
            self.must_be_json()
            try:
                self._decoded = json.loads(self.response.content)
            except (ValueError, RecursionError):
                raise self.strange() from None
        return self._decoded

    def must_be_json(self) -> None:
        """Without decoding it: a page that stands in front of the service is no success."""
        if not _is_json(self.response):
            raise self.strange()

    def object(self) -> JsonObject:
        value = self.json()
        if not isinstance(value, dict):
            raise self.strange()
        return value

    def strange(self) -> NotOurServerError:
        return not_ours(self.base_url, self.response.status_code, self.response.headers.get("X-Request-ID"))


def record(kind: type[T], members: Iterable[str], source: Any, answer: Answer, **more: Any) -> T:
    """A record out of a JSON object; one without a member comes from somebody else."""
    try:
        return kind(**{name: source[name] for name in members}, **more)
    except (KeyError, TypeError):
        raise answer.strange() from None


def member(answer: Answer, name: str, read: Callable[[Any], T]) -> T:
    try:
        return read(answer.object()[name])
    except (KeyError, TypeError, ValueError):
        raise answer.strange() from None


def _is_json(answer: httpx.Response) -> bool:
    kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return bool(kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json")))


def _is_certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _reason(error: httpx.RequestError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "it took too long"
    return str(error).strip().rstrip(".") or type(error).__name__
