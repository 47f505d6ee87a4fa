"""Banks that a reader must refuse: wrong headers, shapes, types and indices (SPEC.md, §4)."""

import struct
from typing import Any

import numpy as np

from bundle_spec.conformance.forge import with_manifest, with_part
from bundle_spec.conformance.invalid.base import BASE, CORRUPT, UNSAFE, Build, Cases
from bundle_spec.conformance.scenes import bank
from bundle_spec.container import BANK_NAME, Bundle, pack_tensors


def _bank(verdict: str, **tensors: Any) -> tuple[str, Build]:
    def build() -> bytes:
        whole = bank() | {"nodes": np.arange(6)}
        for name, change in tensors.items():
            whole[name] = np.ascontiguousarray(change(whole[name]))
        return with_part(BASE, BANK_NAME, pack_tensors(whole))

    return verdict, build


def _starts(starts: Any) -> tuple[str, Build]:
    def build() -> bytes:
        tensors = pack_tensors(bank() | {"nodes": np.arange(6), "starts": np.array(starts)})
        changed = Bundle(BASE.manifest, BASE.parts | {BANK_NAME: tensors})
        return with_manifest(changed, lambda manifest: manifest["behavior"].update(starts="starts"))

    return CORRUPT, build


def _moods(mood: Any, name: str = "mood_calm", transitions: bool = True) -> tuple[str, Build]:
    def build() -> bytes:
        tensors = pack_tensors(bank() | {"nodes": np.arange(6), "mood_calm": np.array(mood)})
        changed = Bundle(BASE.manifest, BASE.parts | {BANK_NAME: tensors})

        def change(manifest: dict[str, Any]) -> None:
            manifest["moods"] = {"calm": name}
            if not transitions:
                manifest["behavior"]["transitions"] = None

        return with_manifest(changed, change)

    return CORRUPT, build


def _header(header: str | bytes, length: int | None = None, data: bytes = b"") -> tuple[str, Build]:
    packed = header.encode() if isinstance(header, str) else header
    size = len(packed) if length is None else length
    return CORRUPT, lambda: with_part(BASE, BANK_NAME, struct.pack("<Q", size) + packed + data)


def _entry(dtype: str, shape: str, begin: int, end: int) -> str:
    return f'{{"embedding":{{"dtype":"{dtype}","shape":{shape},"data_offsets":[{begin},{end}]}}}}'


BANK: Cases = {
    "bank empty": (CORRUPT, lambda: with_part(BASE, BANK_NAME, b"")),
    "bank a pickle": (CORRUPT, lambda: with_part(BASE, BANK_NAME, b"\x80\x04cposix\nsystem\n(S'id'\ntR.")),
    "bank with a header of exabytes": _header("{}", length=1 << 62),
    "bank with a header of 90 MB": _header("{}", length=90_000_000),
    "bank with a deep header": _header('{"a":' * 5000 + "1" + "}" * 5000),
    "bank beyond its end": _header(_entry("F32", "[6,4]", 0, 96)),
    "bank of 2^80 elements": _header(_entry("F32", f"[{2**40},{2**40}]", 0, 96), data=bytes(96)),
    "bank of no rows and 2^62 columns": _header(_entry("F32", f"[0,{2**62}]", 0, 0)),
    "bank of negative size": _header(_entry("F32", "[-6,-4]", 0, 96), data=bytes(96)),
    "bank backwards": _header(_entry("F32", "[6,4]", 96, 0), data=bytes(96)),
    "bank of an unknown type": _header(_entry("F128", "[6,4]", 0, 96), data=bytes(96)),
    "bank of 300 tensors": (
        CORRUPT,
        lambda: with_part(BASE, BANK_NAME, pack_tensors({f"t{n}": np.zeros(1, np.float32) for n in range(300)})),
    ),
    "bank without frames": _bank(CORRUPT, embedding=lambda e: e[:0]),
    "bank of doubles": _bank(CORRUPT, embedding=lambda e: e.astype(np.float64)),
    "bank of no numbers": _bank(CORRUPT, embedding=lambda e: np.full_like(e, np.nan)),
    "bank of infinities": _bank(CORRUPT, embedding=lambda e: np.full_like(e, np.inf)),
    "bank of another width": _bank(CORRUPT, embedding=lambda e: e[:, :3]),
    "bank of 65,537 frames": _bank(UNSAFE, embedding=lambda e: np.ones(((1 << 16) + 1, 4), np.float32)),
    "edges beyond the bank": _bank(CORRUPT, targets=lambda t: t + 1000),
    "edges below zero": _bank(CORRUPT, targets=lambda t: t - 6),
    "edges of another type": _bank(CORRUPT, targets=lambda t: t.astype(np.int32)),
    "costs below zero": _bank(CORRUPT, costs=lambda c: c - 1),
    "costs no numbers": _bank(CORRUPT, costs=lambda c: c * np.float32(np.nan)),
    "frames after the last": _bank(CORRUPT, following=lambda f: f + 2),
    "starts beyond the bank": _starts([0, 6]),
    "starts below zero": _starts([-1]),
    "starts nowhere": _starts(np.zeros(0, np.int64)),
    "starts more than frames": _starts([0] * 7),
    "starts of another type": _starts([0.0]),
    "starts in a table": _starts([[0, 1]]),
    "mood beyond one": _moods(np.full(6, 1.5, np.float32)),
    "mood below zero": _moods(np.full(6, -0.1, np.float32)),
    "mood of no numbers": _moods(np.full(6, np.nan, np.float32)),
    "mood of too few frames": _moods(np.zeros(5, np.float32)),
    "mood of doubles": _moods(np.zeros(6)),
    "mood in a table": _moods(np.zeros((6, 1), np.float32)),
    "mood that is nowhere": _moods(np.zeros(6, np.float32), "mood_merry"),
    "mood without transitions": _moods(np.zeros(6, np.float32), transitions=False),
    "initial states too few": _bank(CORRUPT, phases=lambda p: p[:3]),
}
"""Banks with one thing wrong, by name."""
