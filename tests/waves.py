"""WAV files of drawn sounds."""

import wave
from pathlib import Path

import numpy as np

from tests.drums import RATE


def write_wave(path: Path, samples: np.ndarray) -> None:
    """Write samples, [M], −1…1, as a WAV file."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
