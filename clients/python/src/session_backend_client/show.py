"""Conversations as text for a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ._api import Agent, Message

FOLDED = 100  # characters of a tool call, a tool result or a thought
_ENCODED = "__bytes_encoded__"


def show_message(message: Message) -> Iterator[str]:
    """A heading and the content's lines."""
    shown = message.redact_message or message.message
    mark = ", redacted" if message.redact_message is not None else ""
    yield f"[{message.message_id}] {clean(str(shown.get('role', '?')))}{mark}"
    content = shown.get("content")
    blocks = content if isinstance(content, list) else [{"text": str(content)}]
    for block in blocks:
        for line in _block(block):
            yield f"    {line}"


def show_agent(agent: Agent) -> str:
    return f"agent {clean(agent.agent_id)}, since {agent.created_at[:19]}"


def _block(block: Any) -> Iterator[str]:
    """The lines of one content block, by the member that says what it is."""
    if not isinstance(block, dict) or not block:
        yield fold(block)
        return
    kind = next(iter(block))
    value = block[kind]
    if kind == "text":
        yield from clean(str(value)).split("\n")
    elif kind == "toolUse" and isinstance(value, dict):
        yield f"-> {clean(str(value.get('name')))}({fold(value.get('input'))})"
    elif kind == "toolResult" and isinstance(value, dict):
        yield f"<- {clean(str(value.get('status', 'done')))}: {_result(value.get('content'))}"
    elif kind in ("image", "document", "video") and isinstance(value, dict):
        yield _media(kind, value)
    elif kind == "reasoningContent" and isinstance(value, dict):
        thought = value.get("reasoningText")
        yield f"({fold(thought.get('text') if isinstance(thought, dict) else 'hidden reasoning')})"
    else:
        yield f"[{clean(kind)} {fold(value)}]"


def _result(content: Any) -> str:
    if not isinstance(content, list):
        return fold(content)
    parts = []
    for block in content:
        if isinstance(block, dict) and "text" in block:
            parts.append(str(block["text"]))
        elif isinstance(block, dict) and "json" in block:
            parts.append(json.dumps(block["json"], ensure_ascii=False))
        else:
            parts.extend(_block(block))
    return fold(" ".join(parts))


def _media(kind: str, value: dict[str, Any]) -> str:
    name = f" {clean(str(value['name']))}" if "name" in value else ""
    return f"[{kind}{name}, {clean(str(value.get('format', '?')))}, {_size(value.get('source'))}]"


def _size(source: Any) -> str:
    data = source.get("bytes") if isinstance(source, dict) else None
    if isinstance(data, dict) and data.get(_ENCODED) is True:
        text = str(data.get("data", ""))
        length = len(text) * 3 // 4 - text[-2:].count("=")
        return f"{length:,} bytes"
    return "kept elsewhere"


def fold(value: Any) -> str:
    """One line, not too long."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    line = " ".join(clean(text).split())
    return line if len(line) <= FOLDED else f"{line[:FOLDED]}… ({len(line):,} characters)"


def clean(text: str) -> str:
    """What people wrote must not steer the terminal."""
    return "".join(
        one if one == "\n" or one.isprintable() else " " if one == "\t" else "\N{REPLACEMENT CHARACTER}" for one in text
    )
