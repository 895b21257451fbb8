"""The folder of generations: one builder at a time, readers that keep what they opened, one atomic switch.

Locks are the kernel's (flock; on Windows an open file), so a killed process leaves none behind.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from surveyqa.errors import IndexBusy, IndexError_
from surveyqa.index.manifest import NAME, REBUILD

CURRENT = "CURRENT"
PATIENCE = 600.0  # seconds that a command waits for another one's build


@contextmanager
def building(root: Path, wait: float = 0.0) -> Iterator[None]:
    """Be the one that builds in `root`; entered again by its holder without waiting.

    Raises IndexBusy where another process still builds after `wait` seconds, IndexError_ where nothing
    can be written.
    """
    from filelock import FileLock, Timeout

    try:
        root.mkdir(parents=True, exist_ok=True)
        lock = FileLock(root / ".lock", timeout=wait, is_singleton=True)
        lock.acquire()
    except Timeout as error:
        raise IndexBusy(
            f"another surveyqa is building the index in {root}. Wait for it, then ask again."
        ) from error
    except (OSError, NotImplementedError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise IndexError_(
            f"cannot write the index to {root} ({why}). Set SURVEYQA_HOME to a folder that can be written."
        ) from error
    try:
        yield
    finally:
        lock.release()


def current(root: Path) -> str | None:
    """The folder name of the generation in use; None where none was ever built.

    Raises IndexError_ where CURRENT names one that is not there.
    """
    try:
        name = (root / CURRENT).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise IndexError_(f"{root / CURRENT} cannot be read ({type(error).__name__}). {REBUILD}") from error
    if not name or Path(name).name != name or not (root / name).is_dir():
        raise IndexError_(
            f"{root / CURRENT} names the generation {name[:60]!r}, which is not there. {REBUILD}"
        )
    return name


def switch(root: Path, name: str) -> None:
    """Make `name` the generation in use, in one step."""
    aside = root / f".{CURRENT}-{os.getpid()}"
    with aside.open("w", encoding="utf-8") as file:
        file.write(name + "\n")
        file.flush()
        os.fsync(file.fileno())
    aside.replace(root / CURRENT)
    _settle(root)


def place(aside: Path, root: Path, name: str) -> Path:
    """Give the folder written aside its final name: `name`, or `name.2` and so on where that is taken.

    Its bytes are on the disk before the name is, so that a power cut leaves no half of a generation.
    """
    for path in sorted(aside.rglob("*")):
        if path.is_dir():
            _settle(path)
            continue
        # Windows settles only what is open for writing; elsewhere a file may be read-only
        mode = "rb+" if sys.platform == "win32" else "rb"
        with suppress(FileNotFoundError), path.open(mode) as file:  # passing files of the store may be gone
            os.fsync(file.fileno())
    _settle(aside)
    final, n = root / name, 1
    while final.exists():
        n += 1
        final = root / f"{name}.{n}"
    aside.replace(final)
    _settle(root)
    return final


def _settle(folder: Path) -> None:
    """Flush a folder's names to the disk, where the system can."""
    if sys.platform != "win32":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        except OSError:  # some network file systems know no fsync of folders
            pass
        finally:
            os.close(handle)


def hold(folder: Path) -> IO[bytes] | None:
    """A lease on a generation: it is not removed while the file is open. None where it is gone already."""
    try:
        file = (folder / NAME).open("rb")
    except OSError:
        return None
    if not _flock(file, exclusive=False) or not _same(file, folder / NAME):
        file.close()  # it is being removed at this moment
        return None
    return file


def sweep(root: Path) -> None:
    """Remove what killed builds left; the caller holds the build's lock, so nobody is at work on it."""
    for left in root.glob(".building-*"):
        shutil.rmtree(left, ignore_errors=True)
    for left in root.glob(".removed-*"):
        shutil.rmtree(left, ignore_errors=True)
    for left in root.glob(f".{CURRENT}-*"):
        left.unlink(missing_ok=True)


def generations(root: Path) -> list[str]:
    """Folder names of all generations, whole or not."""
    return sorted(
        folder.name for folder in root.iterdir() if (folder / NAME).is_file() and folder.name[0] != "."
    )


def collect(root: Path, keep: Iterable[str]) -> list[str]:
    """Remove the generations that are not in `keep` and that nobody has open; their names."""
    gone = []
    for name in set(generations(root)) - set(keep):
        if _remove(root, name):
            gone.append(name)
    return sorted(gone)


def _remove(root: Path, name: str) -> bool:
    """Take a generation out of sight in one step, then delete it; False where it is in use."""
    folder, away = root / name, root / f".removed-{name}-{os.getpid()}"
    try:
        if sys.platform == "win32":
            folder.rename(away)  # Windows refuses that while a file in it is open
        else:
            with (folder / NAME).open("rb") as file:
                if not _flock(file, exclusive=True):
                    return False
                folder.rename(away)
    except OSError:
        return False
    shutil.rmtree(away, ignore_errors=True)
    return True


def _flock(file: IO[bytes], *, exclusive: bool) -> bool:
    if sys.platform == "win32":
        return True  # an open file is lock enough
    import fcntl

    try:
        fcntl.flock(file, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks: better an old generation too many
        return not exclusive
    return True


def _same(file: IO[bytes], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except OSError:
        return False
