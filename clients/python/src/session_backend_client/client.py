"""The whole API of Session Backend, sync and async; its methods are in _api.py, made from clients/routes.json."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from types import TracebackType
from typing import TypeVar

import httpx

from ._api import AsyncApi, SyncApi
from ._wire import DEFAULT_RETRIES, DEFAULT_TIMEOUT, Answer, Attempts, Call, check_base_url, client_options

T = TypeVar("T")


class SessionBackendClient(SyncApi):
    """Calls a Session Backend. May be shared by threads; connections are kept.

    timeout: seconds that one step of an attempt (connect, send, wait for bytes) may take.
    retries: how often a call is repeated on 502, 503 and 504, a lost connection or a time-out.
    """

    def __init__(
        self, base_url: str, token: str | None = None, timeout: float = DEFAULT_TIMEOUT, retries: int = DEFAULT_RETRIES
    ) -> None:
        self.base_url = check_base_url(base_url)
        self._retries = retries
        self._http = httpx.Client(**client_options(base_url, token, timeout))

    def send(self, made: Call) -> Answer:
        """Sends it until there is an answer or no attempt is left."""
        attempts = Attempts(made, self.base_url, self._retries)
        while True:
            try:
                answer = self._http.request(
                    made.method, self.base_url + made.target, content=made.content, headers=made.headers
                )
            except httpx.RequestError as error:
                pause: float | None = attempts.after_fault(error)
            else:
                pause = attempts.after_answer(answer)
            if pause is None:
                return attempts.finish(answer)
            time.sleep(pause)

    def _send(self, made: Call, read: Callable[[Answer], T]) -> T:
        return read(self.send(made))

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> SessionBackendClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncSessionBackendClient(AsyncApi):
    """The same for asyncio; belongs to the event loop it is first used in."""

    def __init__(
        self, base_url: str, token: str | None = None, timeout: float = DEFAULT_TIMEOUT, retries: int = DEFAULT_RETRIES
    ) -> None:
        self.base_url = check_base_url(base_url)
        self._retries = retries
        self._http = httpx.AsyncClient(**client_options(base_url, token, timeout))

    async def send(self, made: Call) -> Answer:
        attempts = Attempts(made, self.base_url, self._retries)
        while True:
            try:
                answer = await self._http.request(
                    made.method, self.base_url + made.target, content=made.content, headers=made.headers
                )
            except httpx.RequestError as error:
                pause: float | None = attempts.after_fault(error)
            else:
                pause = attempts.after_answer(answer)
            if pause is None:
                return attempts.finish(answer)
            await asyncio.sleep(pause)

    async def _send(self, made: Call, read: Callable[[Answer], T]) -> T:
        return read(await self.send(made))

    async def close(self) -> None:
        await self._http.aclose()

    async def __aenter__(self) -> AsyncSessionBackendClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
