#!/usr/bin/env python3
"""reset.py PORT-FILE TARGET: forwards a TCP port of 127.0.0.1, whose number it writes into PORT-FILE, to Unix socket
TARGET. USR1: resets every connection, as a firewall that forgot them does; new ones are forwarded all the same."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import struct
import sys
from pathlib import Path

clients: set[asyncio.StreamWriter] = set()


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    writer.close()


async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    upstream, downstream = await asyncio.open_unix_connection(sys.argv[2])
    clients.add(writer)
    await asyncio.gather(pump(reader, downstream), pump(upstream, writer))
    clients.discard(writer)


def reset() -> None:
    for writer in clients:
        linger = struct.pack("ii", 1, 0)  # socket(7): closing then resets
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.transport.abort()
    clients.clear()


async def main() -> None:
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    loop.add_signal_handler(signal.SIGUSR1, reset)
    loop.add_signal_handler(signal.SIGTERM, stopping.set)
    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    file = Path(sys.argv[1])
    file.with_suffix(".new").write_text(str(server.sockets[0].getsockname()[1]))
    file.with_suffix(".new").rename(file)
    await stopping.wait()
    os._exit(0)


asyncio.run(main())
