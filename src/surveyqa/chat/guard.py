"""Who may come in, and how often: hashed logins and rates per client. Standard library only."""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import os
import secrets
import stat
from collections import OrderedDict, deque
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from pathlib import Path
from threading import Lock
from time import monotonic

from surveyqa.errors import UsageError

log = logging.getLogger(__name__)

_N, _R, _P = 2**14, 8, 1  # scrypt's cost: 16 MB and some 40 ms a guess
CLIENTS = 10_000  # whose requests are counted at a time; beyond that the longest silent one is forgotten
GUESSES = 10  # wrong passwords from an address in a window
GUESSES_AT = 50  # wrong passwords for a name in a window, wherever they come from
WINDOW = 300.0  # seconds


def hash_line(name: str, password: str) -> str:
    """A line for the auth file: NAME:scrypt:SALT:HASH, both in base64."""
    if ":" in name or name.startswith("#") or name != name.strip() or not name or not name.isprintable():
        raise UsageError(
            f"{name!r} cannot be a user's name: it must not be empty, hold a colon or begin with '#'"
        )
    if len(password) < 8:
        raise UsageError(f"the password has {len(password)} characters; choose at least 8")
    salt = secrets.token_bytes(16)
    return f"{name}:scrypt:{_b64(salt)}:{_b64(_scrypt(password, salt))}"


def add_user(path: Path, name: str, password: str) -> None:
    """Write the hashed line of a user, in the place of an earlier one; only its owner can read the file."""
    line = hash_line(name, password)
    beside = path.with_name(f"{path.name}.new")
    try:
        rows = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        rows = [row for row in rows if not row.startswith(f"{name}:")]
        beside.unlink(missing_ok=True)
        descriptor = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write("\n".join([*rows, line]) + "\n")
        beside.replace(path)
    except OSError as error:
        raise UsageError(f"cannot write {path} ({error.strerror})") from error


class TooManyGuesses(Exception):
    """So many wrong passwords that the next is not looked at. args: seconds to wait."""


class Logins:
    """The users of an auth file, which is read again when it changes: who is taken out of it is out.

    Checked passwords are remembered, under a key of this process, as hashes.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = monotonic) -> None:
        """Raises UsageError where the file cannot be used, or others can read it."""
        self._path = path
        self._key = os.urandom(32)
        self._known: OrderedDict[bytes, None] = OrderedDict()
        self._lock = Lock()
        self._wrong = {"address": Rate(GUESSES, clock, WINDOW), "name": Rate(GUESSES_AT, clock, WINDOW)}
        self._stamp = _stamp(path)
        self._users = _read(path)

    def known(self, header: str) -> str | None:
        """The user whose password was found right before; quick."""
        given = _credentials(header)
        self._follow()
        return given[0] if given and self._mark(*given) in self._known else None

    def user(self, header: str, address: str = "") -> str | None:
        """The user that an Authorization header names with the right password; takes a guess's time.

        Raises TooManyGuesses, which costs nothing.
        """
        given = _credentials(header)
        if given is None:
            return None
        name, password = given
        counted = {"address": address, "name": name}
        wait = max(self._wrong[kind].full(who) for kind, who in counted.items())
        if wait:
            raise TooManyGuesses(wait)
        self._follow()
        salt, wanted = self._users.get(name, (b"nobody by this name", b""))
        with self._lock:  # one guess at a time: guessing costs the guesser, not our memory
            right = hmac.compare_digest(_scrypt(password, salt), wanted)
        if not right:
            for kind, who in counted.items():
                self._wrong[kind].wait(who)
            log.warning("a wrong password for %r from %s", name[:80], address)
            return None
        self._known[self._mark(name, password)] = None
        while len(self._known) > 1000:
            self._known.popitem(last=False)
        return name

    def _mark(self, name: str, password: str) -> bytes:
        return hmac.digest(self._key, f"{name}:{password}".encode(), "sha256")

    def _follow(self) -> None:
        """Read the file again where it is another than before; one that cannot be used lets nobody in."""
        stamp = _stamp(self._path)
        if stamp == self._stamp:
            return
        with self._lock:
            self._stamp = stamp
            self._known.clear()
            try:
                self._users = _read(self._path)
            except UsageError as error:
                self._users = {}
                log.error("nobody can log in: %s", error)


class Rate:
    """At most `limit` events of one client in `window` seconds; 0 is no limit."""

    def __init__(self, limit: int, clock: Callable[[], float] = monotonic, window: float = 60.0) -> None:
        self.limit = limit
        self._clock = clock
        self._window = window
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = Lock()

    def full(self, client: str) -> int:
        """0, or the seconds until the client's next event is allowed; counts nothing."""
        if not self.limit:
            return 0
        with self._lock:
            return self._left(self._seen.get(client, deque()))

    def wait(self, client: str) -> int:
        """0 and the event counts, or the seconds until the next one is allowed."""
        if not self.limit:
            return 0
        with self._lock:
            times = self._seen.setdefault(client, deque())
            self._seen.move_to_end(client)
            while len(self._seen) > CLIENTS:
                self._seen.popitem(last=False)
            left = self._left(times)
            if not left:
                times.append(self._clock())
            return left

    def _left(self, times: deque[float]) -> int:
        now = self._clock()
        while times and times[0] <= now - self._window:
            times.popleft()
        return int(times[0] + self._window - now) + 1 if len(times) >= self.limit else 0


def block_of(address: str) -> str:
    """Who an address is counted as: itself, or the /64 of an IPv6 address, which one host has for itself."""
    try:
        found = ip_address(address)
    except ValueError:
        return address[:100]
    if found.version == 6:
        return str(found.ipv4_mapped or ip_network((found, 64), strict=False))
    return str(found)


def _credentials(header: str) -> tuple[str, str] | None:
    """(name, password) of a Basic Authorization header."""
    scheme, _, value = header.partition(" ")
    if scheme.lower() != "basic" or len(value) > 2000:
        return None
    try:
        name, colon, password = base64.b64decode(value, validate=True).decode("utf-8").partition(":")
    except ValueError:
        return None
    return (name, password) if colon else None


def _stamp(path: Path) -> tuple[int, ...]:
    try:
        seen = path.stat()
    except OSError:
        return ()
    return seen.st_mtime_ns, seen.st_ino, seen.st_size, seen.st_mode


def _read(path: Path) -> dict[str, tuple[bytes, bytes]]:
    try:
        with path.open(encoding="utf-8") as file:
            mode = os.fstat(file.fileno()).st_mode
            lines = file.read().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read the auth file {path} ({error}). Add a user: {_HOW}") from error
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise UsageError(f"others can read or write the auth file {path}. Type: chmod 600 {path}")
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
