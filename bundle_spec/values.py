"""Values and nodes of a graph before it runs, for the shape rules and the measuring (SPEC.md, §3)."""

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from bundle_spec.errors import UnsafeBundle
from bundle_spec.onnx_messages import DTYPES, NodeProto, TensorProto, attribute_value

WHOLE = (TensorProto.INT64, TensorProto.INT32, TensorProto.BOOL)
"""Shapes are computed with these element types only, because rounding must not decide about a size."""
ELEMENT_BYTES = {kind: dtype.itemsize for kind, dtype in DTYPES.items()}
"""A graph computes with these element types; each has its number of bytes here."""
Shape = tuple[int, ...]
"""A shape has the size of each dimension."""


@dataclass(frozen=True)
class Value:
    """A value of a graph, as far as it is known before the graph runs."""

    shape: Shape
    kind: int
    """The element type, as ONNX numbers it."""
    known: np.ndarray | None = None
    """All elements, where the value is small, of whole numbers, and doesn't depend on data."""
    constant: bool = False
    """Whether the value is a weight, or computed from weights alone."""

    @property
    def elements(self) -> int:
        return math.prod(self.shape)

    @property
    def bytes(self) -> int:
        return self.elements * ELEMENT_BYTES[self.kind]


@dataclass(frozen=True)
class Node:
    """A node of a graph with its input values; an optional input that the node leaves out is None."""

    proto: NodeProto
    inputs: list[Value | None] = field(default_factory=list)

    @cached_property
    def attributes(self) -> dict[str, Any]:
        return {item.name: attribute_value(item) for item in self.proto.attribute}

    def shape(self, place: int = 0) -> Shape:
        return self._input(place).shape

    def kind(self, place: int = 0) -> int:
        return self._input(place).kind

    def known(self, place: int) -> np.ndarray:
        """The elements of an input that a shape depends on.

        Raises:
            UnsafeBundle: they are only known while the graph runs.
        """
        known = self._input(place).known
        if known is None:
            raise UnsafeBundle("a size that depends on data")
        return known

    def numbers(self, place: int) -> list[int]:
        return [int(number) for number in self.known(place).reshape(-1)]

    def has(self, place: int) -> bool:
        return place < len(self.inputs) and self.inputs[place] is not None

    def _input(self, place: int) -> Value:
        value = self.inputs[place]
        if value is None:
            raise ValueError("an input is missing")
        return value
