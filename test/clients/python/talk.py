"""Processes of their own that talk as agents.

talk.py reads lines of JSON: the file for the result, then scenario, session and more arguments. Each is run in a new
process that has nothing in common with the others but what was imported before; talk.py answers with its status.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any

from session_backend_client import SessionBackendRepository
from strands import Agent, tool
from support import NEW_SDK, URL, Overflow, Redact, ScriptedModel, make_agent, state_of, text, tool_use

if NEW_SDK:
    from strands.types.tools import ToolContext

PICTURE = bytes(range(256)) * 40


@tool
def weather(city: str) -> str:
    """The weather.

    Args:
        city: where
    """
    return f"sunny in {city}"


@tool
def die(reason: str) -> str:
    """Ends the process.

    Args:
        reason: why
    """
    os._exit(9)


def chat(session_id: str, words: str = "hello", *turns: str) -> Any:
    """Restore, say words, answer with turns; gives the state before and after."""
    agent = make_agent(session_id, [text(one) for one in turns])
    before = state_of(agent)
    agent.state.set("visits", (agent.state.get("visits") or 0) + 1)
    agent.state.set("notes", {"ключ": ["é", 1.5, None, True], "words": words})
    agent(words)
    return {"before": before, "after": state_of(agent)}


def look(session_id: str, agent_id: str = "ann") -> Any:
    return state_of(make_agent(session_id, agent_id=agent_id))


def media(session_id: str) -> Any:
    agent = make_agent(session_id, [text("a picture")])
    agent([{"text": "what is this?"}, {"image": {"format": "png", "source": {"bytes": PICTURE}}}])
    return state_of(agent)


def tools(session_id: str) -> Any:
    uses = [tool_use("weather", {"city": "Rome"}), tool_use("weather", {"city": "Oslo"})]
    agent = make_agent(session_id, [uses, text("sunny everywhere")], tools=[weather])
    agent("Rome and Oslo?")
    return state_of(agent)


def dies(session_id: str) -> Any:
    """Between a tool's use and its result."""
    agent = make_agent(session_id, [[tool_use("die", {"reason": "now"})]], tools=[die])
    agent("please end")


def revived(session_id: str) -> Any:
    agent = make_agent(session_id, [text("I am back")], tools=[die])
    before = state_of(agent)
    agent("are you there?")
    return {"before": before, "after": state_of(agent), "seen": agent.model.seen[-1]}  # type: ignore[attr-defined]


def interrupted(session_id: str) -> Any:
    agent = make_agent(session_id, [[tool_use("delete_files", {"path": "/tmp/x"})]], tools=[approving_tool()])
    result = agent("delete them")
    return {
        "stop": result.stop_reason,
        "interrupts": [{"id": one.id, "name": one.name, "reason": one.reason} for one in result.interrupts or []],
        "state": state_of(agent),
    }


def resumed(session_id: str, interrupt_id: str) -> Any:
    agent = make_agent(session_id, [text("deleted")], tools=[approving_tool()])
    before = state_of(agent)
    answer = {"interruptResponse": {"interruptId": interrupt_id, "response": {"approved": True}}}
    result = agent([answer])
    return {"before": before, "stop": result.stop_reason, "state": state_of(agent)}


def approving_tool() -> Any:
    @tool(context=True)
    def delete_files(path: str, tool_context: ToolContext) -> str:
        """Deletes.

        Args:
            path: what
        """
        approval = tool_context.interrupt("approval", reason={"path": path})
        return f"approved: {approval['approved']}"

    return delete_files


def redacted(session_id: str) -> Any:
    agent = make_agent(session_id, [text("welcome"), Redact])
    agent("good morning")
    agent("my secret is 4711")
    return state_of(agent)


def summarizing(session_id: str, *turns: str) -> Any:
    from strands.agent.conversation_manager import SummarizingConversationManager

    summarizer = Agent(model=ScriptedModel([text(f"summary {n}") for n in range(9)]), callback_handler=None)
    manager = SummarizingConversationManager(0.5, 2, summarizer)
    script: list[Any] = []
    for turn in turns:
        script += [Overflow, text(turn)] if turn.startswith("!") else [text(turn)]
    agent = make_agent(session_id, script, conversation_manager=manager)
    before = state_of(agent)
    for turn in turns:
        agent(f"about {turn}")
    return {"before": before, "after": state_of(agent), "removed": manager.removed_message_count}


def sliding(session_id: str, *turns: str) -> Any:
    from strands.agent.conversation_manager import SlidingWindowConversationManager

    manager = SlidingWindowConversationManager(window_size=6)
    agent = make_agent(session_id, [text(turn) for turn in turns], conversation_manager=manager)
    before = state_of(agent)
    for turn in turns:
        agent(f"about {turn}")
    return {"before": before, "after": state_of(agent), "removed": manager.removed_message_count}


def graph(session_id: str, behaviour: str) -> Any:
    """first -> second -> third; "crash" ends the process inside the second."""
    from strands.multiagent import GraphBuilder
    from strands.session.repository_session_manager import RepositorySessionManager

    builder = GraphBuilder()
    nodes = []
    for name in ("first", "second", "third"):
        script: list[Any] = [text(f"{name} is done")]
        if name == "second" and behaviour == "crash":
            script = [[tool_use("die", {"reason": "crash"})]]
        agent = Agent(name=name, agent_id=name, model=ScriptedModel(script), tools=[die], callback_handler=None)
        nodes.append(builder.add_node(agent, name))
    builder.add_edge("first", "second")
    builder.add_edge("second", "third")
    builder.set_entry_point("first")
    builder.set_graph_id("the-graph")
    builder.set_max_node_executions(9)
    builder.set_execution_timeout(600)
    repository = SessionBackendRepository(URL)
    builder.set_session_manager(RepositorySessionManager(session_id=session_id, session_repository=repository))
    made = builder.build()
    result = made([{"text": "go"}, {"image": {"format": "png", "source": {"bytes": PICTURE}}}])
    return {
        "status": result.status.value,
        "order": [node.node_id for node in result.execution_order],
        "ran": [name for name in ("first", "second", "third") if made.nodes[name].executor.model.seen],
        "results": {name: str(one.result) for name, one in result.results.items()},
    }


def swarm(session_id: str, behaviour: str) -> Any:
    """one hands over to two, which ends the process or answers."""
    from strands.multiagent import Swarm
    from strands.session.repository_session_manager import RepositorySessionManager

    over = tool_use("handoff_to_agent", {"agent_name": "two", "message": "yours", "context": {"n": 1}})
    second: list[Any] = [[tool_use("die", {"reason": "crash"})]] if behaviour == "crash" else [text("two is done")]
    one = Agent(name="one", model=ScriptedModel([[over], text("handed over")]), callback_handler=None)
    two = Agent(name="two", model=ScriptedModel(second), tools=[die], callback_handler=None)
    repository = SessionBackendRepository(URL)
    manager = RepositorySessionManager(session_id=session_id, session_repository=repository)
    made = Swarm([one, two], session_manager=manager, id="the-swarm")
    result = made("go")
    return {
        "status": result.status.value,
        "order": [node.node_id for node in result.node_history],
        "ran": [agent.name for agent in (one, two) if agent.model.seen],
    }


def snapshot(session_id: str, words: str) -> Any:
    """A whole-agent snapshot through the storage; every second one is kept as a checkpoint."""
    from session_backend_client import SessionBackendStorage
    from strands.session import SnapshotSessionManager

    manager = SnapshotSessionManager(
        session_id, storage=SessionBackendStorage(URL), snapshot_trigger=lambda agent_data, **_: True
    )
    agent = Agent(agent_id="ann", model=ScriptedModel([text("noted")]), session_manager=manager, callback_handler=None)
    before = [message["content"] for message in agent.messages]
    agent.state.set("last", words)
    agent([{"text": words}, {"image": {"format": "png", "source": {"bytes": PICTURE}}}])
    pictures = [
        block["image"]["source"]["bytes"] == PICTURE
        for message in agent.messages
        for block in message["content"]
        if "image" in block
    ]
    return {"before": len(before), "after": len(agent.messages), "pictures": pictures, "state": agent.state.get()}


CONVERSATIONS = (chat, look, media, tools, dies, revived, interrupted, resumed, redacted, summarizing, sliding)
SCENARIOS: dict[str, Callable[..., Any]] = {one.__name__: one for one in (*CONVERSATIONS, graph, swarm, snapshot)}


def run(file: str, scenario: str, *arguments: str) -> None:
    """In the new process; what goes wrong is the result as well."""
    try:
        result, status = json.dumps(SCENARIOS[scenario](*arguments)), 0
    except BaseException:
        result, status = traceback.format_exc(), 1
    with open(file, "w") as out:
        out.write(result)
    os._exit(status)


def main() -> None:
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            run(*json.loads(line))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
