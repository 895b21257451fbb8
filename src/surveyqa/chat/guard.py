"""Who may come in, and how often: hashed logins and a rate per client. Standard library only."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from collections import OrderedDict, deque
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from time import monotonic

from surveyqa.errors import UsageError

_N, _R, _P = 2**14, 8, 1  # scrypt's cost: 16 MB and some 40 ms a guess


def hash_line(name: str, password: str) -> str:
    """A line for the auth file: NAME:scrypt:SALT:HASH, both in base64."""
    if ":" in name or not name.strip() or not name.isprintable():
        raise UsageError(f"{name!r} cannot be a user's name: it must not be empty or hold a colon")
    if len(password) < 8:
        raise UsageError(f"the password has {len(password)} characters; choose at least 8")
    salt = secrets.token_bytes(16)
    return f"{name}:scrypt:{_b64(salt)}:{_b64(_scrypt(password, salt))}"


class Logins:
    """The users of an auth file. Checked passwords are remembered, under a key of this process, as hashes."""

    def __init__(self, path: Path) -> None:
        self._users = _read(path)
        self._key = os.urandom(32)
        self._known: OrderedDict[bytes, None] = OrderedDict()
        self._lock = Lock()

    def allows(self, name: str, password: str) -> bool:
        mark = hmac.digest(self._key, f"{name}:{password}".encode(), "sha256")
        if mark in self._known:
            return True
        salt, wanted = self._users.get(name, (b"nobody by this name", b""))
        with self._lock:  # one guess at a time: guessing costs the guesser, not our memory
            right = hmac.compare_digest(_scrypt(password, salt), wanted)
        if right:
            self._known[mark] = None
            while len(self._known) > 1000:
                self._known.popitem(last=False)
        return right

    def user(self, header: str) -> str | None:
        """The user that an Authorization header names with the right password."""
        scheme, _, value = header.partition(" ")
        if scheme.lower() != "basic" or len(value) > 2000:
            return None
        try:
            name, _, password = base64.b64decode(value, validate=True).decode("utf-8").partition(":")
        except ValueError:
            return None
        return name if self.allows(name, password) else None


class Rate:
    """At most `limit` questions in a minute from one client; 0 is no limit."""

    def __init__(self, limit: int, clock: Callable[[], float] = monotonic) -> None:
        self.limit = limit
        self._clock = clock
        self._asked: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = Lock()

    def wait(self, client: str) -> int:
        """0 and the question counts, or the seconds until the next one may be asked."""
        if not self.limit:
            return 0
        now = self._clock()
        with self._lock:
            times = self._asked.setdefault(client, deque())
            self._asked.move_to_end(client)
            while len(self._asked) > 10_000:
                self._asked.popitem(last=False)
            while times and times[0] <= now - 60:
                times.popleft()
            if len(times) >= self.limit:
                return int(times[0] + 60 - now) + 1
            times.append(now)
        return 0


def _read(path: Path) -> dict[str, tuple[bytes, bytes]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read the auth file {path} ({error}). Add a user: {_HOW}") from error
    users = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            name, kind, salt, digest = line.split(":")
            if kind != "scrypt":
                raise ValueError(kind)
            users[name] = (base64.b64decode(salt, validate=True), base64.b64decode(digest, validate=True))
        except ValueError as error:
            raise UsageError(
                f"line {number} of {path} is not NAME:scrypt:SALT:HASH. Write it with: {_HOW}"
            ) from error
    if not users:
        raise UsageError(f"the auth file {path} names no user. Add one: {_HOW}")
    return users


_HOW = "surveyqa chat --auth-file FILE --add-user NAME"


def _scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(
        password.encode("utf-8"), salt=salt, n=_N, r=_R, p=_P, maxmem=64 * 1024 * 1024, dklen=32
    )


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
