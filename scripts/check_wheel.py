"""Builds wheel and sdist, and checks what is in them: `python scripts/check_wheel.py [OUT_DIR]`.

The wheel must hold the whole starter corpus, the chat's files and `py.typed`, nothing that was downloaded,
and stay under 5 MB; the sdist must hold what building and testing needs. Needs: pip install build
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIMIT = 5_000_000  # bytes of a wheel
BANNED = ("downloads", "survey.pdf", "abstracts.jsonl", "paper-list.md", ".sqlite", "__pycache__", ".env")


def starter_files() -> set[str]:
    """Paths of the committed starter corpus, relative to `corpus/`."""
    listed = subprocess.run(
        ["git", "ls-files", "corpus"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return {
        line.removeprefix("corpus/") for line in listed.stdout.splitlines() if not line.endswith("README.md")
    }


def problems_of_wheel(wheel: Path) -> list[str]:
    names = set(zipfile.ZipFile(wheel).namelist())
    source = ROOT / "src" / "surveyqa"
    code = {
        p.relative_to(ROOT / "src").as_posix()
        for p in source.rglob("*")
        if p.is_file() and p.suffix != ".pyc"
    }
    wanted = code | {f"surveyqa/corpus/{name}" for name in starter_files()}
    return [
        *(f"not in the wheel: {name}" for name in sorted(wanted - names)),
        *(
            f"must not be in the wheel: {name}"
            for name in sorted(names)
            if any(word in name for word in BANNED)
        ),
        *([f"{wheel.stat().st_size:,} bytes, at most {LIMIT:,}"] if wheel.stat().st_size > LIMIT else []),
    ]


def problems_of_sdist(sdist: Path) -> list[str]:
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "CHANGELOG.md",
        "corpus/papers.jsonl",
        "tests/conftest.py",
        "app/app.py",
    }
    wanted |= {f"corpus/{name}" for name in starter_files()}
    return [
        *(f"not in the sdist: {name}" for name in sorted(wanted - names)),
        *(
            f"must not be in the sdist: {name}"
            for name in sorted(names)
            if any(word in name for word in BANNED)
        ),
    ]


def main() -> int:
    with tempfile.TemporaryDirectory() as aside:
        out = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(aside)
        subprocess.run(
            [sys.executable, "-m", "build", "--outdir", str(out), str(ROOT)],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        wheel, sdist = max(out.glob("*.whl")), max(out.glob("*.tar.gz"))
        problems = problems_of_wheel(wheel) + problems_of_sdist(sdist)
        print(f"{wheel.name}: {wheel.stat().st_size:,} bytes; {sdist.name}: {sdist.stat().st_size:,} bytes")
    print("\n".join(problems) or "both hold what they should")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
