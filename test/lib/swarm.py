#!/usr/bin/env python3
"""swarm.py: very many clients at once.

swarm.py slow URL COUNT SECONDS   COUNT clients that send and read one byte a second, for so long; prints how many were
                                  connected and how many were cut off
swarm.py burst URL COUNT          COUNT requests at the same moment, each on a connection of its own; prints how many
                                  answers of each status came, "none" for none
"""

from __future__ import annotations

import asyncio
import collections
import resource
import sys
import time
from urllib.parse import urlsplit

TARGET = "/api/v1/sessions?page_size=1&total=false"


def address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "127.0.0.1", parts.port or 80


async def slow_client(host: str, port: int, end: float, counts: collections.Counter[str]) -> None:
    request = f"GET {TARGET} HTTP/1.1\r\nHost: {host}\r\nX-Padding: {'x' * 40}\r\n\r\n".encode()
    try:
        reader, writer = await asyncio.open_connection(host, port, limit=1024)
        counts["connected"] += 1
        for byte in request:
            if time.monotonic() > end:
                break
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(1)
        while time.monotonic() < end:
            if not await asyncio.wait_for(reader.read(1), 30):
                break
            await asyncio.sleep(1)
        writer.close()
    except (OSError, asyncio.TimeoutError):
        counts["cut"] += 1


async def slow(url: str, count: int, seconds: float) -> None:
    host, port = address(url)
    counts: collections.Counter[str] = collections.Counter()
    end = time.monotonic() + seconds
    await asyncio.gather(*(slow_client(host, port, end, counts) for _ in range(count)))
    print(f"connected {counts['connected']} cut {counts['cut']}")


async def burst_client(host: str, port: int, start: asyncio.Event) -> str:
    await start.wait()
    try:
        reader, writer = await asyncio.wait_for(asyncio.open_connection(host, port), 60)
        writer.write(f"GET {TARGET} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        line = await asyncio.wait_for(reader.readline(), 60)
        await asyncio.wait_for(reader.read(), 60)
        writer.close()
        return line.split(b" ")[1].decode() if line else "none"
    except (OSError, asyncio.TimeoutError):
        return "none"


async def burst(url: str, count: int) -> None:
    host, port = address(url)
    start = asyncio.Event()
    tasks = [asyncio.create_task(burst_client(host, port, start)) for _ in range(count)]
    await asyncio.sleep(0.1)
    start.set()
    counts = collections.Counter(await asyncio.gather(*tasks))
    print(" ".join(f"{status}={number}" for status, number in sorted(counts.items())))


def main() -> None:
    wanted = int(sys.argv[3]) + 100
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, most) if most >= 0 else wanted, most))
    if sys.argv[1] == "slow":
        asyncio.run(slow(sys.argv[2], int(sys.argv[3]), float(sys.argv[4])))
    else:
        asyncio.run(burst(sys.argv[2], int(sys.argv[3])))


main()
