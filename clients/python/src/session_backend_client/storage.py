"""The Strands SDK's Storage over a Session Backend, for its SnapshotSessionManager and whatever else stores bytes."""

from __future__ import annotations

import asyncio
import builtins
import copy
import re
import threading
from collections.abc import Callable
from typing import TypeVar

try:
    from strands.storage import Storage
    from strands.storage.storage import _NAMESPACED  # the only mark by which the SDK knows a namespaced view
    from strands.types.exceptions import StorageError
except ImportError as error:
    raise ImportError(
        "SessionBackendStorage needs a strands-agents that has strands.storage; this one is older"
    ) from error

from ._wire import DEFAULT_RETRIES, DEFAULT_TIMEOUT
from .client import SessionBackendClient
from .errors import NotFoundError, PreconditionFailedError, SessionBackendError

T = TypeVar("T")


class SessionBackendStorage(Storage):
    """Keeps bytes under keys in a Session Backend.

    For `SnapshotSessionManager(session_id, storage=SessionBackendStorage(url))` or an agent's `storage`. Keys are
    joined by `/` as in the SDK's own stores. Works in any event loop and in several at once (the SDK runs each
    synchronous call in a loop of its own), hence the threads below.

    compare_and_set: remember the ETag of what was read and written, and refuse with a StorageError to overwrite or
    delete what another process wrote meanwhile, or to create what is there already.
    """

    def __init__(
        self,
        base_url: str,
        token: str | None = None,
        timeout: float = DEFAULT_TIMEOUT,
        retries: int = DEFAULT_RETRIES,
        *,
        compare_and_set: bool = False,
    ) -> None:
        try:
            self.client = SessionBackendClient(base_url, token, timeout, retries)
        except SessionBackendError as error:
            raise StorageError(str(error)) from error
        self._prefix = ""
        self._tags: dict[str, str | None] | None = {} if compare_and_set else None  # None in it: seen to be absent
        self._lock = threading.Lock()

    async def write(self, key: str, data: bytes) -> None:
        full = self._key(key)
        await self._run(lambda: self._write(full, bytes(data)))

    async def read(self, key: str) -> bytes | None:
        full = self._key(key)
        return await self._run(lambda: self._read(full))

    async def delete(self, key: str) -> None:
        full = self._key(key)
        await self._run(lambda: self._delete(full))

    async def list(self, query: str = "") -> builtins.list[str]:
        prefix = self._prefix + re.sub(r"/+", "/", query).lstrip("/")
        keys = await self._run(lambda: self.client.list_keys(prefix=prefix or None))
        return [key[len(self._prefix) :] for key in keys]

    def namespace(self, prefix: str) -> SessionBackendStorage:
        """A view in which every key begins with prefix; connections and remembered ETags are shared."""
        clean = re.sub(r"/+", "/", prefix).strip("/")
        if any(part in (".", "..") for part in clean.split("/")):
            raise StorageError(f"the prefix {prefix!r} has a dot segment, which is not allowed")
        view = copy.copy(self)
        if clean:
            view._prefix = f"{self._prefix}{clean}/"
        view._namespaced = _NAMESPACED  # type: ignore[attr-defined]
        return view

    def close(self) -> None:
        """Closes the connections."""
        self.client.close()

    def _key(self, key: str) -> str:
        """As the SDK's own stores do: runs of slashes are one, outer ones none."""
        clean = re.sub(r"/+", "/", key).strip("/")
        if not clean:
            raise StorageError("a storage key must not be empty")
        return self._prefix + clean

    async def _run(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.to_thread(work)
        except SessionBackendError as error:
            raise StorageError(str(error)) from error

    def _write(self, key: str, data: bytes) -> None:
        seen = self._seen(key)
        if self._tags is None or seen is _UNKNOWN:
            self._remember(key, self.client.put_object(key, data))
            return
        try:
            if seen is None:
                tag = self.client.put_object(key, data, if_none_match="*")
            else:
                tag = self.client.put_object(key, data, if_match=seen)
        except PreconditionFailedError as error:
            tag = self._tag_if_ours(key, data, error)
        self._remember(key, tag)

    def _read(self, key: str) -> bytes | None:
        try:
            found = self.client.get_object(key)
        except NotFoundError:
            self._remember(key, None)
            return None
        self._remember(key, found.etag)
        return found.data

    def _delete(self, key: str) -> None:
        seen = self._seen(key)
        try:
            if seen is None:
                self.client.delete_object(key, if_none_match="*")
            else:
                self.client.delete_object(key, if_match=None if seen is _UNKNOWN else seen)
        except PreconditionFailedError as error:
            if self._exists(key):
                raise _overwritten(key) from error
        self._remember(key, None)

    def _seen(self, key: str) -> str | None:
        with self._lock:
            return _UNKNOWN if self._tags is None else self._tags.get(key, _UNKNOWN)

    def _remember(self, key: str, tag: str | None) -> None:
        if self._tags is not None:
            with self._lock:
                self._tags[key] = tag

    def _tag_if_ours(self, key: str, data: bytes, error: PreconditionFailedError) -> str:
        """A write whose answer was lost meets its own result when it is repeated; that is no conflict."""
        if error.unsure:
            try:
                found = self.client.get_object(key)
            except NotFoundError:
                raise _overwritten(key) from error
            if found.data == data:
                return found.etag
        raise _overwritten(key) from error

    def _exists(self, key: str) -> bool:
        try:
            self.client.head_object(key)
        except NotFoundError:
            return False
        return True


_UNKNOWN = "not seen"


def _overwritten(key: str) -> SessionBackendError:
    return SessionBackendError(f"another process wrote {key!r} meanwhile: read it again before writing", 412)
