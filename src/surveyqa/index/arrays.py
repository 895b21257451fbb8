"""Arrays in files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def mapped(path: Path) -> NDArray[Any]:
    """The array in an .npy file, read from the disk as it is used.

    As a plain array: each slice of a `numpy.memmap` makes another one, which takes longer than what is done
    with it. Raises OSError, ValueError where there is none.
    """
    return np.asarray(np.load(path, mmap_mode="r"))
