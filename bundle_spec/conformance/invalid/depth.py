"""Scenes with a depth that a reader must refuse (SPEC.md, Depth)."""

from collections.abc import Callable

import numpy as np
import safetensors.numpy

from bundle_spec.conformance.forge import with_manifest, with_part
from bundle_spec.conformance.invalid.base import CORRUPT, Build, Cases
from bundle_spec.conformance.warp import deep
from bundle_spec.container import BANK_NAME, pack_tensors


def named(name: object) -> tuple[str, Build]:
    """Corrupt: the depth is another tensor, or none."""
    return CORRUPT, lambda: with_manifest(deep(), lambda manifest: manifest["drawing"]["warp"].update(depth=name))


def changed(change: Callable[[np.ndarray], np.ndarray]) -> tuple[str, Build]:
    """Corrupt: the tensor is changed."""

    def build() -> bytes:
        bank = safetensors.numpy.load(deep().parts[BANK_NAME])
        return with_part(deep(), BANK_NAME, pack_tensors(bank | {"nearness": change(bank["nearness"])}))

    return CORRUPT, build


DEPTH: Cases = {
    "depth of no tensor": named("nothing"),
    "depth of another tensor": named("embedding"),
    "depth of a number": named(7),
    "depth of a name without an end": named("x" * 5000),
    "depth across alone": changed(lambda each: each[:1]),
    "depth on another grid": changed(lambda each: each[:, 1:]),
    "depth turned": changed(lambda each: np.ascontiguousarray(each.transpose(0, 2, 1))),
    "depth in doubles": changed(lambda each: each.astype(np.float64)),
    "depth in halves": changed(lambda each: each.astype(np.float16)),
    "depth of no numbers": changed(lambda each: np.full_like(each, np.nan)),
    "depth of infinities": changed(lambda each: each + np.float32(np.inf)),
}
"""Depths with one thing wrong, by name."""
