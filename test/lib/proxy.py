#!/usr/bin/env python3
"""proxy.py LISTEN TARGET: forwards Unix socket LISTEN to Unix socket TARGET. USR1: drops everything, as a network that
loses every packet does: nothing is forwarded, nothing is refused, nothing is closed. USR2: forwards again (what was in
between stays lost: those connections stay silent)."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

dropping = False
epoch = 0  # connections of an earlier one are dead


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, born: int) -> None:
    try:
        while data := await reader.read(65536):
            if dropping or born != epoch:
                continue
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    if not dropping and born == epoch:
        writer.close()


async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    born = epoch
    if dropping:
        while await reader.read(65536):
            pass
        writer.close()
        return
    try:
        upstream, downstream = await asyncio.open_unix_connection(sys.argv[2])
    except OSError:
        writer.close()
        return
    await asyncio.gather(pump(reader, downstream, born), pump(upstream, writer, born))
    downstream.close()
    writer.close()


def drop() -> None:
    global dropping
    dropping = True


def forward() -> None:
    global dropping, epoch
    dropping, epoch = False, epoch + 1


async def main() -> None:
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    loop.add_signal_handler(signal.SIGUSR1, drop)
    loop.add_signal_handler(signal.SIGUSR2, forward)
    loop.add_signal_handler(signal.SIGTERM, stopping.set)
    await asyncio.start_unix_server(connected, sys.argv[1])
    os.chmod(sys.argv[1], 0o777)
    await stopping.wait()
    os._exit(0)


asyncio.run(main())
