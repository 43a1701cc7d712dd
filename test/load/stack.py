"""What is measured: a private PostgreSQL that syncs to disk, the service, and the skeleton in its place."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("BUILD_DIR", ROOT / "build"))
DEADLINE = 30.0

# The service's own session settings (prepare.c), so that others who execute its statements get the same plans.
OFF = ("jit", "enable_seqscan", "enable_bitmapscan", "enable_hashjoin", "enable_mergejoin")
OTHERS = ("max_parallel_workers_per_gather=0", "plan_cache_mode=force_generic_plan")
PLANS = " ".join(f"-c {setting}" for setting in (*(f"{name}=off" for name in OFF), *OTHERS))


class Broken(Exception):
    """Something does not work; the bench cannot go on."""


def shell(script: str, *arguments: str) -> None:
    """Runs bash with test/lib/database.bash in it."""
    lines = f"set -euo pipefail; source '{ROOT}/test/lib/database.bash'; {script}"
    done = subprocess.run(["bash", "-c", lines, "bench", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Broken(f"{script}: {done.stdout}{done.stderr}")


class Database:
    """A cluster in `directory`, on a Unix socket there and nowhere else. Durable: fsync is on."""

    SETTINGS = """
fsync = on
synchronous_commit = on
full_page_writes = on
shared_buffers = 256MB
max_wal_size = 8GB
checkpoint_timeout = 1h
autovacuum = off
"""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.url = f"postgresql:///session_backend?host={directory}&user=session_backend"

    def start(self) -> None:
        shell('database_directory "$1"; database_init "$1"', str(self.directory))
        with (self.directory / "data/postgresql.conf").open("a") as conf:
            conf.write(self.SETTINGS)
        shell('database_run "$1"; database_prepare "$1"', str(self.directory))

    def stop(self) -> None:
        shell('database_stop "$1" fast', str(self.directory))

    def sql(self, statement: str) -> str:
        url = self.url.replace("user=session_backend", "user=postgres")
        done = subprocess.run(
            ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", statement],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise Broken(f"psql: {done.stderr}")
        return done.stdout.strip()

    def postmaster(self) -> int:
        return int((self.directory / "data/postmaster.pid").read_text().split()[0])


def free_port() -> int:
    """Below the range that outgoing connections take theirs from."""
    while True:
        port = random.randrange(20000, 32000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port


class Stack:
    """lighttpd and a pool of FastCGI workers: the service's, or the program that stands in for it."""

    def __init__(self, directory: Path, database: Database, settings: Mapping[str, str] | None = None) -> None:
        self.directory = directory
        self.database = database
        self.settings = dict(settings or {})
        self.choose_port()
        self.pool: subprocess.Popen[bytes] | None = None
        self.web: subprocess.Popen[bytes] | None = None

    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "DATABASE_URL": self.database.url,
            "RUN_DIR": str(self.directory),
            "CONF_DIR": str(ROOT / "conf"),
            "BIND": "127.0.0.1",
            "PORT": str(self.port),
            "WORKERS": "8",
            **self.settings,
        }

    def launch(self, name: str, *command: str) -> subprocess.Popen[bytes]:
        with (self.directory / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def start(self, *command: str, ready: str = "/health/db") -> None:
        self.directory.mkdir(mode=0o755)
        program = command or (str(BUILD / "session-backend"),)
        for attempt in range(5):
            try:
                self.start_once(*program, ready=ready)
                return
            except Broken as broken:
                if attempt == 4 or "already in use" not in str(broken).lower():
                    raise
            self.choose_port()  # somebody was faster

    def choose_port(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def start_once(self, *program: str, ready: str) -> None:
        try:
            spawn = ("spawn-fcgi", "-n", "-s", str(self.directory / "fastcgi.sock"), "-b", "4096", "--")
            self.pool = self.launch("pool", *spawn, *program)
            self.web = self.launch("lighttpd", str(BUILD / "session-backend"), "lighttpd")
            self.wait_until_ready(ready)
        except BaseException:
            self.stop()
            raise

    def wait_until_ready(self, path: str) -> None:
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            for name, process in (("pool", self.pool), ("lighttpd", self.web)):
                if process is None or process.poll() is not None:
                    raise Broken(f"{name} ended: {(self.directory / f'{name}.log').read_text()[-2000:]}")
            try:
                if self.ask("GET", path)[0] < 300:
                    return
            except OSError:
                pass
            time.sleep(0.05)
        raise Broken(f"{path} did not answer in {DEADLINE:.0f} s: {(self.directory / 'pool.log').read_text()[-2000:]}")

    def stop(self) -> None:
        for process, how in ((self.web, signal.SIGINT), (self.pool, signal.SIGTERM)):
            if process is None or process.poll() is not None:
                continue
            process.send_signal(how)
            try:
                process.wait(DEADLINE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.web = self.pool = None

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Mapping[str, str], bytes]:
        request = urllib.request.Request(self.url + path, data=body, method=method, headers=dict(headers or {}))
        if body is not None and not request.has_header("Content-type"):
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, dict(answer.headers), answer.read()
        except urllib.error.HTTPError as refused:
            return refused.code, dict(refused.headers), refused.read()

    def must(self, method: str, path: str, body: bytes | None = None) -> bytes:
        status, _, answer = self.ask(method, path, body)
        if status >= 300:
            raise Broken(f"{method} {path[:200]}: {status} {answer[:500]!r}")
        return answer

    def workers(self) -> list[int]:
        assert self.pool is not None
        return children(self.pool.pid)

    def lighttpd(self) -> int:
        """`session-backend lighttpd` keeps it as a child, or has become it."""
        assert self.web is not None
        return next(iter(children(self.web.pid)), self.web.pid)


def children(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue  # it ended meanwhile
            if int(stat.rpartition(")")[2].split()[1]) == parent:
                found.append(int(entry.name))
    return found
