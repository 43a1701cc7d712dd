"""The command line: python -m session_backend_client."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from .client import SessionBackendClient
from .errors import SessionBackendError
from .show import clean, show_agent, show_message
from .transfer import Taken, TransferError, export_session, find_sessions, import_session

T = TypeVar("T")


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0: all done; 1: something failed, one sentence each on stderr; 130: interrupted."""
    chosen = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # whatever the terminal's encoding lacks
    run: Callable[[SessionBackendClient, argparse.Namespace], int] = chosen.run
    try:
        with SessionBackendClient(chosen.url, chosen.token, timeout=chosen.timeout, retries=chosen.retries) as client:
            return run(client, chosen)
    except (SessionBackendError, TransferError, OSError) as error:
        if isinstance(error, BrokenPipeError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 1
        return _complain(error)
    except KeyboardInterrupt:
        print("interrupted; run it again to go on", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="session_backend_client", description="Looks into a Session Backend and moves sessions into and out of it."
    )
    parser.add_argument(
        "--url", default=os.environ.get("SESSION_BACKEND_URL") or "http://localhost:8001", help="(SESSION_BACKEND_URL)"
    )
    parser.add_argument(
        "--token", default=os.environ.get("SESSION_BACKEND_TOKEN"), help="better given as SESSION_BACKEND_TOKEN"
    )
    parser.add_argument("--timeout", type=_seconds, default=30.0, metavar="SECONDS")
    parser.add_argument("--retries", type=int, default=3, metavar="N")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    for name, nested, text in (
        ("import-files", False, "take over the tree of the SDK's FileSessionManager; may be run again"),
        ("import-s3", True, "the same for a copied bucket of its S3SessionManager, with any prefixes"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("folder", type=Path)
        command.set_defaults(run=_import, nested=nested)

    command = commands.add_parser("export", help="write sessions as the SDK's FileSessionManager does")
    command.add_argument("folder", type=Path)
    command.add_argument("session", nargs="*", help="session ids; none: all")
    command.add_argument("--prefix", help="only sessions whose id begins so")
    command.set_defaults(run=_export)

    command = commands.add_parser("show", help="print a conversation")
    command.add_argument("session")
    command.add_argument("--agent", help="only this one")
    command.set_defaults(run=_show)

    command = commands.add_parser("list", help="the sessions, newest first")
    command.add_argument("--prefix", help="only those whose id begins so")
    command.add_argument("--limit", type=int, help="only so many")
    command.set_defaults(run=_list)
    return parser


def _seconds(text: str) -> float:
    if not 0 < float(text) <= 86400:
        raise argparse.ArgumentTypeError("it has to be above 0 and at most 86400")
    return float(text)


def _import(client: SessionBackendClient, chosen: argparse.Namespace) -> int:
    folders = find_sessions(chosen.folder, chosen.nested)
    if not folders:
        raise TransferError(f"{chosen.folder} holds no session_* folder")
    return _for_each(folders, lambda folder: import_session(client, folder), "taken over")


def _export(client: SessionBackendClient, chosen: argparse.Namespace) -> int:
    ids = chosen.session or [one.session_id for one in client.iter_sessions(prefix=chosen.prefix, page_size=1000)]
    return _for_each(ids, lambda one: export_session(client, one, chosen.folder), "written")


def _for_each(things: Sequence[T], work: Callable[[T], Taken], done: str) -> int:
    """Does it for all of them, failed ones included, and says what came out of it."""
    progress = _Progress(len(things))
    messages = failed = 0
    for number, thing in enumerate(things):
        progress.draw(number)
        try:
            messages += work(thing).messages
        except TransferError as error:
            failed += 1
            progress.clear()
            _complain(error)
    progress.draw(len(things))
    progress.clear()
    print(f"{len(things) - failed} sessions {done}, {messages} messages, {failed} failed")
    return 1 if failed else 0


def _show(client: SessionBackendClient, chosen: argparse.Namespace) -> int:
    session = client.get_session(chosen.session)
    print(f"session {clean(session.session_id)}, since {session.created_at[:19]}")
    if chosen.agent is not None:
        agents = [client.get_agent(chosen.session, chosen.agent)]
    else:
        agents = list(client.iter_agents(chosen.session))
    for agent in agents:
        print(f"\n{show_agent(agent)}")
        for message in client.iter_messages(chosen.session, agent.agent_id):
            print("\n".join(show_message(message)))
    return 0


def _list(client: SessionBackendClient, chosen: argparse.Namespace) -> int:
    for number, session in enumerate(client.iter_sessions(prefix=chosen.prefix)):
        if chosen.limit is not None and number >= chosen.limit:
            break
        print(f"{session.created_at[:19]}  {session.updated_at[:19]}  {clean(session.session_id)}")
    return 0


def _complain(error: Exception) -> int:
    print(f"session_backend_client: {clean(str(error))}", file=sys.stderr)
    return 1


class _Progress:
    """A bar on a terminal, nothing elsewhere."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.shown = sys.stderr.isatty()

    def draw(self, done: int) -> None:
        if self.shown:
            full = 30 * done // max(self.total, 1)
            bar = "#" * full + "." * (30 - full)
            print(f"\r[{bar}] {done}/{self.total} sessions", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        if self.shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
