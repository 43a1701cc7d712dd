"""What goes wrong on the way: the conversation has to end complete all the same."""

from __future__ import annotations

import asyncio
import threading
import time
import unittest
from unittest import mock

import httpx
from proxy import Proxy, every_second
from session_backend_client import (
    AsyncSessionBackendClient,
    ConflictError,
    NotOurServerError,
    SessionBackendClient,
    SessionBackendError,
    SessionBackendRepository,
    UnavailableError,
    _wire,
)
from strands.types.exceptions import SessionException
from strands.types.session import Session, SessionMessage, SessionType
from support import PORT, ServiceTest, bash, make_agent, new_id, restart_service, state_of, text

FAULTS = ["before", "after", "cut", "503", "slow"]
TURNS = 6


class Faults(ServiceTest):
    def setUp(self) -> None:
        super().setUp()
        sooner = mock.patch("session_backend_client._wire.FIRST_PAUSE", 0.02)
        sooner.start()
        self.addCleanup(sooner.stop)

    def converse(self, url: str, turns: int = TURNS, **options: object) -> list[tuple[int, str, str]]:
        """A conversation with a restart in the middle; gives what it should have left behind."""
        expected = []
        for half in range(2):
            repository = SessionBackendRepository(url, **options)  # type: ignore[arg-type]
            agent = make_agent(self.session_id, repository=repository)
            agent.model.script = [text(f"answer {half}.{n}") for n in range(turns)]  # type: ignore[attr-defined]
            for n in range(turns):
                agent(f"question {half}.{n}")
                expected += [("user", f"question {half}.{n}"), ("assistant", f"answer {half}.{n}")]
            repository.close()
        return [(number, *pair) for number, pair in enumerate(expected)]

    def test_every_second_request_is_broken(self) -> None:
        with Proxy(PORT, every_second(FAULTS)) as proxy:
            expected = self.converse(proxy.url, retries=12)
            self.assertGreater(proxy.broken, 15)
        self.assertEqual(self.stored_texts(self.session_id), expected)

    def test_each_call_of_the_client_under_each_fault(self) -> None:
        """Each is sent twice, and has the result of having been sent once."""
        message = {"role": "user", "content": "hi"}
        for fault in FAULTS[:4]:
            session_id = new_id(fault)
            with Proxy(PORT, lambda number, fault=fault: fault if number % 2 == 0 else None) as proxy:
                client = SessionBackendClient(proxy.url)
                self.addCleanup(client.close)
                client.create_session(session_id)
                client.create_agent(session_id, "ann", {}, {})
                client.create_message(session_id, "ann", 0, message)
                client.create_messages(session_id, "ann", [{"message_id": n, "message": message} for n in (1, 2, 3)])
                client.update_message(session_id, "ann", 1, message={"role": "user", "content": "new"})
                client.create_multi_agent(session_id, "graph", {})
                client.put_object(f"test/{session_id}", b"bytes")
                self.assertEqual(client.get_object(f"test/{session_id}").data, b"bytes")
                client.delete_object(f"test/{session_id}")
                client.delete_message(session_id, "ann", 3)
                numbers = [one.message_id for one in client.iter_messages(session_id, "ann")]
                self.assertEqual(numbers, [0, 1, 2])
                client.delete_session(session_id)
                self.assertEqual(proxy.broken * 2, len(proxy.requests))
            self.assertEqual(list(self.client.iter_sessions(prefix=session_id)), [])

    def test_a_fork_is_not_repeated_when_it_may_have_been_done(self) -> None:
        self.client.create_session(self.session_id)
        with Proxy(PORT, lambda number: "after") as proxy, SessionBackendClient(proxy.url) as client:
            with self.assertRaises(UnavailableError):
                client.fork_session(self.session_id, f"{self.session_id}-copy")
            self.assertEqual(len(proxy.requests), 1)
        self.assertEqual(self.client.get_session(f"{self.session_id}-copy").session_id, f"{self.session_id}-copy")

    def test_a_message_that_could_not_be_stored_is_stored_with_the_next(self) -> None:
        """Longer away than all attempts last: the SDK is told, and the history has no hole afterwards."""
        away = threading.Event()
        with Proxy(PORT, lambda number: "503" if away.is_set() else None) as proxy:
            repository = SessionBackendRepository(proxy.url, retries=1)
            self.addCleanup(repository.close)
            agent = make_agent(self.session_id, [text("one"), text("two"), text("three")], repository=repository)
            agent("first")
            away.set()
            with self.assertRaisesRegex(SessionException, "Not now"):
                agent("second")
            away.clear()
            agent("third")
        self.assertEqual(
            [words for _, _, words in self.stored_texts(self.session_id)],
            ["first", "one", "second", "third", "two"],
        )
        self.assertEqual(state_of(make_agent(self.session_id))["messages"], state_of(agent)["messages"])

    def test_a_page_in_place_of_the_answer_is_no_success(self) -> None:
        """Something in front of the service says 200 to everything: what it took is not stored."""
        away = threading.Event()
        with Proxy(PORT, lambda number: "html" if away.is_set() else None) as proxy:
            repository = SessionBackendRepository(proxy.url, retries=0)
            self.addCleanup(repository.close)
            agent = make_agent(self.session_id, [text("one"), text("two")], repository=repository)
            agent("first")
            away.set()
            with self.assertRaisesRegex(SessionException, "is the base URL right"):
                agent("second")
            session = Session(session_id="x", session_type=SessionType.AGENT)
            for call in (
                lambda: repository.create_session(session),
                lambda: repository.delete_session(self.session_id),
                lambda: repository.read_message(self.session_id, "ann", 0),
                lambda: repository.list_messages(self.session_id, "ann"),
            ):
                with self.assertRaisesRegex(SessionException, "is the base URL right"):
                    call()
            away.clear()
            agent("third")
        self.assertEqual(
            [words for _, _, words in self.stored_texts(self.session_id)],
            ["first", "one", "second", "third", "two"],
        )

    def test_a_message_broken_off_is_stored_with_the_next(self) -> None:
        repository = SessionBackendRepository(self.client.base_url, retries=0)
        self.addCleanup(repository.close)
        make_agent(self.session_id, repository=repository)
        messages = [SessionMessage({"role": "user", "content": []}, number) for number in range(2)]
        with (
            mock.patch.object(repository.client, "send", side_effect=KeyboardInterrupt),
            self.assertRaises(KeyboardInterrupt),
        ):
            repository.create_message(self.session_id, "ann", messages[0])
        repository.create_message(self.session_id, "ann", messages[1])
        numbers = [one.message_id for one in self.client.iter_messages(self.session_id, "ann")]
        self.assertEqual(numbers, [0, 1])

    def test_a_refused_message_does_not_hold_up_the_others(self) -> None:
        """Behind one that waited and is refused now, the next is stored all the same."""
        away = threading.Event()
        with Proxy(PORT, lambda number: "503" if away.is_set() else None) as proxy:
            repository = SessionBackendRepository(proxy.url, retries=0)
            self.addCleanup(repository.close)
            make_agent(self.session_id, repository=repository)
            away.set()
            for number, role in enumerate((7, "user")):
                message = SessionMessage({"role": role, "content": []}, number)  # type: ignore[typeddict-item]
                with self.assertRaisesRegex(SessionException, "Not now"):
                    repository.create_message(self.session_id, "ann", message)
            away.clear()
            with self.assertRaisesRegex(SessionException, "body.message: "):
                repository.create_message(self.session_id, "ann", SessionMessage({"role": "user", "content": []}, 2))
            repository.create_message(self.session_id, "ann", SessionMessage({"role": "user", "content": []}, 3))
        numbers = [one.message_id for one in self.client.iter_messages(self.session_id, "ann")]
        self.assertEqual(numbers, [1, 2, 3])

    def test_a_cut_history_is_fetched_again(self) -> None:
        """A large one, which comes in chunks: half of it must never be taken for the whole."""
        self.client.create_session(self.session_id)
        self.client.create_agent(self.session_id, "ann", {}, {})
        words = {"role": "user", "content": [{"text": "words " * 100}]}
        bodies = [{"message_id": n, "message": words} for n in range(3000)]
        self.client.create_messages(self.session_id, "ann", bodies)
        with Proxy(PORT, lambda number: "cut" if number % 2 == 0 else None) as proxy:
            repository = SessionBackendRepository(proxy.url)
            self.addCleanup(repository.close)
            self.assertIsNotNone(repository.read_agent(self.session_id, "ann"))
            for _ in range(2):  # from the restore, and from a call of its own
                self.assertEqual(len(repository.list_messages(self.session_id, "ann")), 3000)
            self.assertEqual(proxy.broken, 2)

    def test_retry_after_is_honoured(self) -> None:
        """Told to wait for a second, the client does not come back sooner."""
        from http.server import BaseHTTPRequestHandler, HTTPServer

        times = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                times.append(time.monotonic())
                self.send_response(503)
                self.send_header("Retry-After", "1")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments: object) -> None: ...

        server = HTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        self.addCleanup(server.server_close)
        self.addCleanup(thread.join)
        self.addCleanup(server.shutdown)
        with (
            SessionBackendClient(f"http://127.0.0.1:{server.server_port}", retries=1) as client,
            self.assertRaises(UnavailableError),
        ):
            client.get_session("x")
        self.assertEqual(len(times), 2)
        self.assertGreaterEqual(times[1] - times[0], 1.0)

    def test_one_key_for_all_attempts_and_another_for_each_call(self) -> None:
        with Proxy(PORT, lambda number: "after" if number == 0 else None) as proxy:
            self.client.create_session(self.session_id)
            self.client.create_agent(self.session_id, "ann", {}, {})
            with SessionBackendClient(proxy.url) as client:
                made = client.create_message(self.session_id, "ann", 0, {"role": "user", "content": "x"})
                self.assertTrue(made.replayed)
                with self.assertRaises(ConflictError):
                    client.create_message(self.session_id, "ann", 0, {"role": "user", "content": "y"})

    def test_a_call_that_took_too_long_is_sent_again(self) -> None:
        self.client.create_session(self.session_id)
        self.client.create_agent(self.session_id, "ann", {}, {})
        with (
            Proxy(PORT, lambda number: "slow" if number == 0 else None) as proxy,
            SessionBackendClient(proxy.url, timeout=0.5, retries=12) as client,
        ):
            made = client.create_message(self.session_id, "ann", 0, {"role": "user", "content": "x"})
            self.assertTrue(made.replayed)

    def test_pauses_grow_and_differ(self) -> None:
        limits = [min(_wire.FIRST_PAUSE * 2**n, _wire.LONGEST_PAUSE) for n in range(12)]
        firsts = set()
        for _ in range(20):
            attempts = _wire.Attempts(_wire.call("GET", "/"), "http://x", len(limits))
            pauses = [attempts.after_fault(httpx.ConnectError("refused")) for _ in limits]
            for pause, limit in zip(pauses, limits, strict=True):
                self.assertTrue(limit / 2 <= pause <= limit, pauses)
            with self.assertRaises(UnavailableError):
                attempts.after_fault(httpx.ConnectError("refused"))
            firsts.add(pauses[0])
        self.assertGreater(len(firsts), 10)

    def test_a_call_that_takes_too_long_is_given_up(self) -> None:
        with (
            Proxy(PORT, lambda number: "slow") as proxy,
            SessionBackendClient(proxy.url, timeout=0.2, retries=0) as client,
            self.assertRaisesRegex(UnavailableError, "took too long"),
        ):
            client.list_sessions()

    def test_wrong_addresses_are_one_sentence(self) -> None:
        odd = ("http://a..b", "http://" + "a" * 64, "http://.", "http://xn--", "http://x/\ud800")
        for wrong in ("", "nonsense", "ftp://x", "http://", "localhost:8001", "http://x?y=1", "http://[::1", *odd):
            with self.assertRaises(SessionException, msg=wrong) as caught:
                SessionBackendRepository(wrong)
            self.assertNotIn("\n", str(caught.exception))
        with Proxy(PORT, lambda number: "html") as proxy:
            repository = SessionBackendRepository(proxy.url)
            for call in (repository.read_session, lambda one: repository.read_agent(one, "a")):
                with self.assertRaisesRegex(SessionException, "is the base URL right"):
                    call("x")
        with (
            SessionBackendClient(f"http://127.0.0.1:{PORT}/not/here") as client,
            self.assertRaisesRegex(NotOurServerError, "is the base URL right"),
        ):
            client.get_session("x")
        with self.assertRaisesRegex(SessionBackendError, "no header may hold"):
            SessionBackendClient("http://localhost", token="a\nb")

    def test_async_is_the_same(self) -> None:
        async def run(url: str) -> list[int]:
            async with AsyncSessionBackendClient(url) as client:
                await client.create_session(self.session_id)
                await client.create_agent(self.session_id, "ann", {}, {})
                bodies = [{"message_id": n, "message": {"role": "user", "content": "x"}} for n in range(250)]
                await client.create_messages(self.session_id, "ann", bodies)
                self.assertEqual([one.agent_id async for one in client.iter_agents(self.session_id)], ["ann"])
                with self.assertRaises(ConflictError):
                    await client.create_session(self.session_id, multi_agent_state={})
                return [one.message_id async for one in client.iter_messages(self.session_id, "ann")]

        with Proxy(PORT, every_second(FAULTS[:4])) as proxy:
            self.assertEqual(asyncio.run(run(proxy.url)), list(range(250)))

    def test_a_turn_takes_three_round_trips_on_one_connection(self) -> None:
        with Proxy(PORT) as proxy:
            agent = make_agent(self.session_id, url=proxy.url)
            agent("hello")
            before = len(proxy.requests)
            agent.state.set("n", 1)
            agent("how are you?")
            self.assertLessEqual(len(proxy.requests) - before, 3, proxy.requests[before:])
            self.assertEqual(proxy.connections, 1)
            before = len(proxy.requests)
            make_agent(self.session_id, url=proxy.url)
            self.assertEqual(len(proxy.requests) - before, 2, proxy.requests[before:])


class Outages(ServiceTest):
    """The service and its database, stopped and slow while agents talk."""

    retries = 6

    def converse(self, disturb: object, turns: int = 12) -> None:
        """Agents talk in a thread while disturb() runs; all they said is there afterwards."""
        failed: list[BaseException] = []
        sessions = [f"{self.session_id}-{n}" for n in range(2)]
        started = threading.Event()

        def talk(session_id: str) -> None:
            try:
                agent = make_agent(session_id, repository=SessionBackendRepository(self.client.base_url, retries=30))
                for n in range(turns):
                    agent(f"question {n}")
                    if n == 2:
                        started.set()
                    if n > 2 and not done.is_set():
                        time.sleep(0.05)
                done.wait(60)
                agent("the last question")
            except BaseException as error:
                failed.append(error)
                started.set()

        done = threading.Event()
        threads = [threading.Thread(target=talk, args=(one,)) for one in sessions]
        for thread in threads:
            thread.start()
        try:
            started.wait(60)
            disturb()  # type: ignore[operator]
        finally:
            done.set()
            for thread in threads:
                thread.join(120)
        self.assertEqual(failed, [])
        for session_id in sessions:
            words = [one for _, role, one in self.stored_texts(session_id) if role == "user"]
            self.assertEqual(words, [f"question {n}" for n in range(turns)] + ["the last question"])
            numbers = [number for number, _, _ in self.stored_texts(session_id)]
            self.assertEqual(numbers, list(range(2 * turns + 2)))

    def test_the_service_is_restarted(self) -> None:
        self.converse(restart_service)

    def test_the_database_goes_away_and_comes_back(self) -> None:
        def disturb() -> None:
            bash('expect_errors "."; database_stop "$SERVER_DIR" immediate')
            time.sleep(1.0)
            bash('database_run "$SERVER_DIR"')

        self.converse(disturb)

    def test_the_database_is_slow(self) -> None:
        """Its tables are locked for two seconds."""

        def disturb() -> None:
            bash(
                'database_sql "$SERVER_DIR" -c "BEGIN; LOCK TABLE session_backend.messages; SELECT pg_sleep(2); COMMIT"'
                " >/dev/null"
            )

        self.converse(disturb)


if __name__ == "__main__":
    unittest.main()
