"""Takes over the directory trees of the SDK's file and S3 session managers, and writes them again.

session_<id>/session.json
session_<id>/agents/agent_<id>/agent.json
session_<id>/agents/agent_<id>/messages/message_<n>.json
session_<id>/multi_agents/multi_agent_<id>/multi_agent.json
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ._api import Agent, Message
from ._wire import JsonObject, dump
from .client import SessionBackendClient
from .errors import NotFoundError, SessionBackendError

BATCH_MESSAGES = 200
BATCH_BYTES = 4 * 1024 * 1024


class TransferError(Exception):
    """One session could not be taken over or written; the text is one sentence."""


@dataclass
class Taken:
    """What became of one session."""

    agents: int = 0
    messages: int = 0
    sent: int = 0  # messages that were not there yet


def find_sessions(root: Path, nested: bool) -> list[Path]:
    """The session_* folders of root; with nested also below folders of other names, as a bucket's prefixes are."""
    if not root.is_dir():
        raise TransferError(f"{root} is no folder")
    if (root / "session.json").is_file():
        return [root]
    found = [one for one in sorted(root.iterdir()) if one.name.startswith("session_") and one.is_dir()]
    if nested:
        others = (one for one in sorted(root.iterdir()) if not one.name.startswith("session_") and one.is_dir())
        found += [session for one in others if not one.is_symlink() for session in find_sessions(one, True)]
    return found


def import_session(client: SessionBackendClient, folder: Path) -> Taken:
    """Takes one session over: only what is not there yet is sent, then all is read back and compared."""
    document = _read(folder / "session.json")
    session_id = _text(document, "session_id", folder / "session.json")
    if folder.name.startswith("session_") and folder.name != f"session_{session_id}":
        raise TransferError(f"{folder / 'session.json'} is of session {session_id!r}, its folder of another")
    taken = Taken()
    try:
        state = document.get("multi_agent_state")
        _ensure_session(client, session_id, document.get("created_at"), state)
        for agent_folder in _children(folder / "agents", "agent_"):
            _import_agent(client, session_id, agent_folder, taken)
        for multi_folder in _children(folder / "multi_agents", "multi_agent_"):
            _import_multi_agent(client, session_id, multi_folder)
    except SessionBackendError as error:
        raise TransferError(f"session {session_id!r}: {error}") from error
    return taken


def _ensure_session(client: SessionBackendClient, session_id: str, created_at: Any, state: Any) -> None:
    made = client.create_session(
        session_id, created_at=created_at if isinstance(created_at, str) else None, multi_agent_state=state
    )
    if made.multi_agent_state != state:
        raise TransferError(f"session {session_id!r} is there already and differs")


def _import_agent(client: SessionBackendClient, session_id: str, folder: Path, taken: Taken) -> None:
    document = _read(folder / "agent.json")
    agent_id = _text(document, "agent_id", folder / "agent.json")
    want = {
        "state": document.get("state") or {},
        "conversation_manager_state": document.get("conversation_manager_state") or {},
        "internal_state": document.get("_internal_state") or {},
    }
    made = client.create_agent(
        session_id,
        agent_id,
        want["state"],
        want["conversation_manager_state"],
        internal_state=want["internal_state"],
        created_at=document.get("created_at"),
    )
    known: set[int] = set()
    if made.replayed:
        known = {one.message_id for one in client.iter_messages(session_id, agent_id, page_size=1000)}
    taken.sent += _send_messages(client, session_id, agent_id, folder / "messages", known)
    stored = client.restore(session_id, agent_id, offset=0)
    for name, value in want.items():
        _compare(f"{name} of agent {agent_id!r}", session_id, value, getattr(stored.agent, name))
    taken.agents += 1
    taken.messages += _verify(session_id, agent_id, folder / "messages", stored.messages)


def _send_messages(client: SessionBackendClient, session_id: str, agent_id: str, folder: Path, known: set[int]) -> int:
    """Sends in batches what is not known."""
    batch: list[JsonObject] = []
    size = sent = 0
    for number, document in _message_files(folder):
        if number in known:
            continue
        body = {name: document.get(name) for name in ("message_id", "message", "redact_message", "created_at")}
        length = len(dump(body))
        if batch and (len(batch) >= BATCH_MESSAGES or size + length > BATCH_BYTES):
            client.create_messages(session_id, agent_id, batch)
            batch, size = [], 0
        batch.append(body)
        size += length
        sent += 1
    if batch:
        client.create_messages(session_id, agent_id, batch)
    return sent


def _verify(session_id: str, agent_id: str, folder: Path, messages: list[Message]) -> int:
    """Compares what was read back with the files; gives how many there are."""
    stored = {message.message_id: message for message in messages}
    count = 0
    for number, document in _message_files(folder):
        what = f"message {number} of agent {agent_id!r}"
        if number not in stored:
            raise TransferError(f"session {session_id!r}: {what} did not arrive")
        _compare(what, session_id, document.get("message"), stored[number].message)
        _compare(what, session_id, document.get("redact_message"), stored[number].redact_message)
        count += 1
    return count


def _compare(what: str, session_id: str, want: Any, stored: Any) -> None:
    """By text, as 1 and 1.0 and true are equal otherwise."""
    if dump(want) != dump(stored):
        raise TransferError(f"session {session_id!r}: {what} is there already and differs")


def _import_multi_agent(client: SessionBackendClient, session_id: str, folder: Path) -> None:
    state = _read(folder / "multi_agent.json")
    multi_agent_id = folder.name.removeprefix("multi_agent_")
    client.create_multi_agent(session_id, multi_agent_id, state)
    stored = client.get_multi_agent(session_id, multi_agent_id).state
    _compare(f"the state of multi-agent {multi_agent_id!r}", session_id, state, stored)


def export_session(client: SessionBackendClient, session_id: str, root: Path) -> Taken:
    """Writes one session as the SDK's file session manager does. `updated_at` is the service's."""
    taken = Taken()
    folder = _inside(root, f"session_{session_id}")
    try:
        session = client.get_session(session_id)
        document: JsonObject = {"session_id": session.session_id, "session_type": session.session_type}
        if session.multi_agent_state is not None:
            document["multi_agent_state"] = session.multi_agent_state
        document.update(created_at=session.created_at, updated_at=session.updated_at)
        _make_folder(folder / "agents")
        _make_folder(folder / "multi_agents")
        _write(folder / "session.json", document)
        for agent in client.iter_agents(session_id):
            _export_agent(client, session_id, agent, folder, taken)
        for multi_agent in client.iter_multi_agents(session_id):
            target = _inside(folder / "multi_agents", f"multi_agent_{multi_agent.multi_agent_id}")
            _write(target / "multi_agent.json", multi_agent.state)
    except NotFoundError as error:
        raise TransferError(str(error)) from error
    except (OSError, SessionBackendError) as error:
        raise TransferError(f"session {session_id!r}: {error}") from error
    return taken


def _export_agent(client: SessionBackendClient, session_id: str, agent: Agent, folder: Path, taken: Taken) -> None:
    target = _inside(folder / "agents", f"agent_{agent.agent_id}")
    _make_folder(target / "messages")
    _write(
        target / "agent.json",
        {
            "agent_id": agent.agent_id,
            "state": agent.state,
            "conversation_manager_state": agent.conversation_manager_state,
            "_internal_state": agent.internal_state,
            "created_at": agent.created_at,
            "updated_at": agent.updated_at,
        },
    )
    taken.agents += 1
    for message in client.iter_messages(session_id, agent.agent_id, page_size=1000):
        _write(
            target / "messages" / f"message_{message.message_id}.json",
            {
                "message": message.message,
                "message_id": message.message_id,
                "redact_message": message.redact_message,
                "created_at": message.created_at,
                "updated_at": message.updated_at,
            },
        )
        taken.messages += 1


def _children(folder: Path, prefix: str) -> Iterable[Path]:
    if not folder.is_dir():
        return []
    return sorted(one for one in folder.iterdir() if one.name.startswith(prefix) and one.is_dir())


def _message_files(folder: Path) -> Iterator[tuple[int, JsonObject]]:
    """The messages by number, one in memory at a time."""
    if not folder.is_dir():
        return
    numbers = []
    for one in folder.iterdir():
        number = one.name.removeprefix("message_").removesuffix(".json")
        if one.name == f"message_{number}.json" and number.isascii() and number.isdigit():
            numbers.append((int(number), one))
    for wanted, file in sorted(numbers):
        document = _read(file)
        if document.get("message_id") != wanted:
            raise TransferError(f"{file} holds message {document.get('message_id')!r}, not the one of its name")
        yield wanted, document


def _read(file: Path) -> JsonObject:
    """A JSON object; links are not followed, as the SDK does not either."""
    if file.is_symlink():
        raise TransferError(f"{file} is a symbolic link, which is not followed")
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise TransferError(f"{file} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise TransferError(f"{file} holds no valid JSON: {error}") from error
    if not isinstance(document, dict):
        raise TransferError(f"{file} holds no JSON object")
    return document


def _text(document: JsonObject, name: str, file: Path) -> str:
    value = document.get(name)
    if not isinstance(value, str):
        raise TransferError(f"{file} has no {name}")
    return value


def _inside(folder: Path, name: str) -> Path:
    """Ids come from the service: one that would lead out of the folder is not used as a name."""
    if "/" in name or "\\" in name or "\0" in name:
        raise TransferError(f"{name!r} cannot be the name of a folder")
    return folder / name


def _make_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _write(file: Path, document: JsonObject) -> None:
    """Whole or not at all, in the SDK's own spelling."""
    _make_folder(file.parent)
    try:
        text = json.dumps(document, indent=2, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        text = json.dumps(document, indent=2).encode()
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=".strands_", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(text)
        os.replace(temporary, file)
    except BaseException:
        os.unlink(temporary)
        raise
