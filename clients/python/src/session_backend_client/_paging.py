"""Reads what the routes give, and walks over their pages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ._wire import Answer, member

T = TypeVar("T")
S = TypeVar("S")
A = TypeVar("A")
M = TypeVar("M")


@dataclass
class Page(Generic[T]):
    """Some of a list's items; of the other members those that the form of the request has."""

    items: list[T]
    total: int | None = None
    page: int | None = None
    page_size: int | None = None
    offset: int | None = None
    limit: int | None = None
    next_cursor: str | None = None


@dataclass
class Restored(Generic[S, A, M]):
    """Session, agent and messages in one view; `total` counts all the agent's messages."""

    session: S
    agent: A
    messages: list[M]
    total: int
    offset: int


@dataclass
class StoredObject:
    """Bytes out of the storage."""

    data: bytes
    content_type: str
    etag: str


def read_nothing(answer: Answer) -> None:
    """The service has no 200 without a body."""
    if answer.response.status_code == 200:
        raise answer.strange()


def read_etag(answer: Answer) -> str:
    if answer.etag is None:
        raise answer.strange()
    return answer.etag


def read_object(answer: Answer) -> StoredObject:
    return StoredObject(answer.response.content, answer.response.headers.get("Content-Type", ""), read_etag(answer))


def read_keys(answer: Answer) -> list[str]:
    return member(answer, "keys", lambda keys: [str(key) for key in keys])


def read_count(answer: Answer, name: str) -> int:
    return member(answer, name, int)


def read_list(answer: Answer, name: str, item: Callable[[Any, Answer], T]) -> list[T]:
    return member(answer, name, lambda entries: [item(entry, answer) for entry in entries])


def read_page(answer: Answer, name: str, item: Callable[[Any, Answer], T]) -> Page[T]:
    body = answer.object()
    rest = {key: body.get(key) for key in ("total", "page", "page_size", "offset", "limit", "next_cursor")}
    return Page(read_list(answer, name, item), **rest)


def read_restored(
    answer: Answer,
    session: Callable[[Any, Answer], S],
    agent: Callable[[Any, Answer], A],
    message: Callable[[Any, Answer], M],
) -> Restored[S, A, M]:
    return Restored(
        member(answer, "session", lambda source: session(source, answer)),
        member(answer, "agent", lambda source: agent(source, answer)),
        read_list(answer, "messages", message),
        read_count(answer, "total"),
        read_count(answer, "offset"),
    )


def walk_cursor(fetch: Callable[[str | None], Page[T]], size: int) -> Iterator[T]:
    cursor: str | None = None
    while True:
        page = fetch(cursor)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return


async def walk_cursor_async(fetch: Callable[[str | None], Awaitable[Page[T]]], size: int) -> AsyncIterator[T]:
    cursor: str | None = None
    while True:
        page = await fetch(cursor)
        for item in page.items:
            yield item
        cursor = page.next_cursor
        if cursor is None:
            return


def walk_pages(fetch: Callable[[int], Page[T]], size: int) -> Iterator[T]:
    number = 1
    while True:
        page = fetch(number)
        yield from page.items
        if len(page.items) < size:
            return
        number += 1


async def walk_pages_async(fetch: Callable[[int], Awaitable[Page[T]]], size: int) -> AsyncIterator[T]:
    number = 1
    while True:
        page = await fetch(number)
        for item in page.items:
            yield item
        if len(page.items) < size:
            return
        number += 1


def walk_offset(fetch: Callable[[int], Page[T]], size: int) -> Iterator[T]:
    offset = 0
    while True:
        page = fetch(offset)
        yield from page.items
        if len(page.items) < size:
            return
        offset += size


async def walk_offset_async(fetch: Callable[[int], Awaitable[Page[T]]], size: int) -> AsyncIterator[T]:
    offset = 0
    while True:
        page = await fetch(offset)
        for item in page.items:
            yield item
        if len(page.items) < size:
            return
        offset += size


def walk_keys(fetch: Callable[[str | None], list[str]], size: int) -> Iterator[str]:
    last: str | None = None
    while True:
        keys = fetch(last)
        yield from keys
        if len(keys) < size:
            return
        last = keys[-1]


async def walk_keys_async(fetch: Callable[[str | None], Awaitable[list[str]]], size: int) -> AsyncIterator[str]:
    last: str | None = None
    while True:
        keys = await fetch(last)
        for key in keys:
            yield key
        if len(keys) < size:
            return
        last = keys[-1]
