"""Scenes of a few bytes, made without training, that use everything that version 1.0 of the format has."""

import hashlib
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

from bundle_spec.container import (
    BACKGROUND_NAME,
    BANK_NAME,
    BEHAVIOR_NAME,
    FAST_NAME,
    GENERATOR_NAME,
    MASK_NAME,
    TRUNK_NAME,
    Bundle,
    pack_picture,
    pack_tensors,
)
from bundle_spec.graphs import signature
from bundle_spec.manifest import (
    BankTensor,
    Behavior,
    Defaults,
    Drawing,
    EncoderInfo,
    Manifest,
    NoiseTensor,
    Recipe,
    Source,
    StateTensor,
    Tool,
    Transitions,
)

FRAMES, DIMENSION, EDGES = 6, 4, 3
"""The bank has this many observed frames, numbers in an embedding, and transitions from a frame."""
FEATURES, FAST_FEATURES = 6, 4
"""The trunk gives this many features of a pixel, and the fast generator reads this many of them."""
WIDTH, HEIGHT = 12, 8
"""Pictures have this default size in pixels, small enough for the slow reference player."""


class Draft:
    """An ONNX graph, written node by node; each call adds a node and returns the name of its output.

    Inputs are names of values, or arrays, which become constants.
    """

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.tensors: list[onnx.TensorProto] = []

    def __call__(self, operator: str, *inputs: Any, to: str | None = None, **attributes: Any) -> str:
        names = [item if isinstance(item, str) else self.constant(item) for item in inputs]
        name = to or f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, names, [name], **attributes))
        return name

    def constant(self, value: Any) -> str:
        self.tensors.append(numpy_helper.from_array(np.asarray(value), f"c{len(self.tensors)}"))
        return self.tensors[-1].name

    def model(self, inputs: dict[str, list], outputs: dict[str, list], whole: frozenset[str]) -> onnx.ModelProto:
        """The graph, with the shapes of its inputs and outputs; those named in `whole` are int64."""

        def declared(tensors: dict[str, list]) -> list[onnx.ValueInfoProto]:
            kinds = {name: onnx.TensorProto.INT64 if name in whole else onnx.TensorProto.FLOAT for name in tensors}
            return [helper.make_tensor_value_info(name, kinds[name], shape) for name, shape in tensors.items()]

        graph = helper.make_graph(self.nodes, "graph", declared(inputs), declared(outputs), self.tensors)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)


def trunk() -> onnx.ModelProto:
    """A trunk whose features [P, F] are the coordinates and sine waves of them."""
    draft = Draft()
    waves = np.array([[3, 0, 5, 2], [0, 4, 1, -3]], np.float32)
    draft("Concat", "coords", draft("Sin", draft("MatMul", "coords", waves)), axis=-1, to="features")
    return draft.model({"coords": ["P", 2]}, {"features": ["P", FEATURES]}, frozenset())


def generator(features: int = FEATURES) -> onnx.ModelProto:
    """A linear generator whose weights come from the embedding."""
    draft = Draft()
    random = np.random.default_rng(7)
    weights = random.normal(0, 0.2, (DIMENSION, FEATURES * 3)).astype(np.float32)[:, : features * 3]
    flat = draft("Add", draft("MatMul", "embedding", weights), np.full(features * 3, 0.1, np.float32))
    mixed = draft("MatMul", "features", draft("Reshape", flat, np.array([-1, features, 3])))
    lit = draft("Add", draft("Add", mixed, "background"), np.float32(0.3))
    draft("Clip", lit, np.float32(0), np.float32(1), to="rgb")
    inputs: dict[str, list] = {"embedding": ["B", DIMENSION], "features": ["P", features], "background": ["P", 3]}
    return draft.model(inputs, {"rgb": ["B", "P", 3]}, frozenset())


def walker() -> onnx.ModelProto:
    """A walk over the motion graph: each step takes one of the transitions of the present frame."""
    draft = Draft()
    one = np.array([1])
    edges = draft("Gather", "targets", "state_node")
    weights = draft("Gather", "bank_weight", edges)
    cheap = draft("Sub", "noise_choice", draft("Gather", "costs", "state_node"))
    scores = draft("Add", cheap, draft("Log", draft("Max", weights, np.float32(1e-30))))
    chosen = draft("ArgMax", scores, axis=1, keepdims=1)
    free = draft("Squeeze", draft("GatherElements", edges, chosen, axis=1), one)
    forced = draft("GreaterOrEqual", "next_node", np.int64(0))
    moved = draft("Where", forced, "next_node", free)
    alive = draft("Greater", "temperature", np.float32(0))
    node = draft("Where", alive, moved, "state_node", to="after_node")
    observed = draft("Gather", "observed", node)
    # A rhythm beside the walk, so that the behavior has a floating-point state as well.
    phase = draft("Add", "state_phase", draft("Mul", "temperature", np.float32(0.25)), to="after_phase")
    swing = draft("Mul", draft("Sin", phase), np.float32(0.1))
    noise = draft("Mul", draft("Mul", "noise_normal", "novelty"), draft("Mul", "temperature", np.float32(0.05)))
    waver = draft("Mul", draft("Sub", "noise_uniform", np.float32(0.5)), draft("Mul", "temperature", np.float32(0.02)))
    moved_on = draft("Add", draft("Add", draft("Add", observed, swing), noise), waver)
    unit = _normalised(draft, moved_on)
    kept = draft("Mul", draft("Sub", np.float32(1), "pull"), unit)
    _normalised(draft, draft("Add", kept, draft("Mul", "pull", observed)), to="embedding")
    inputs: dict[str, list] = {
        "state_node": ["B"],
        "state_phase": ["B", 1],
        "noise_choice": ["B", EDGES],
        "noise_normal": ["B", DIMENSION],
        "noise_uniform": ["B", 1],
        "observed": ["N", DIMENSION],
        "targets": ["N", EDGES],
        "costs": ["N", EDGES],
        "temperature": [],
        "pull": [],
        "novelty": [],
        "bank_weight": ["N"],
        "next_node": ["B"],
    }
    outputs: dict[str, list] = {"embedding": ["B", DIMENSION], "after_node": ["B"], "after_phase": ["B", 1]}
    return draft.model(inputs, outputs, frozenset({"state_node", "after_node", "targets", "next_node"}))


def _normalised(draft: Draft, value: str, to: str | None = None) -> str:
    return draft("Div", value, draft("ReduceL2", value, np.array([-1]), keepdims=1), to=to)


def bank() -> dict[str, np.ndarray]:
    """Six frames on a ring, each with transitions to the next one, to itself and to the one after next."""
    angles = 2 * np.pi * np.arange(FRAMES) / FRAMES
    ring = np.stack([np.cos(angles), np.sin(angles), 0.5 * np.cos(2 * angles), np.ones(FRAMES)], -1)
    frames = np.arange(FRAMES)
    return {
        "embedding": (ring / np.linalg.norm(ring, axis=1, keepdims=True)).astype(np.float32),
        "targets": (frames[:, None] + np.array([1, 0, 2])) % FRAMES,
        "costs": np.tile(np.array([0, 1, 1.5], np.float32), (FRAMES, 1)),
        "following": np.append(frames[1:], -1),
        "phases": (frames[:, None] / 4).astype(np.float32),
    }


def pictures() -> dict[str, bytes]:
    """A background of two colours, and a mask that leaves its left third still."""
    background = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    background[:, :6], background[:, 6:] = (40, 80, 120), (90, 60, 30)
    mask = np.full((HEIGHT, WIDTH), 255, np.uint8)
    mask[:, :4] = 0
    return {BACKGROUND_NAME: pack_picture(background), MASK_NAME: pack_picture(mask)}


def scene(*, layers: bool = False, steps: int = 1, largest_step: float | None = None) -> Bundle:
    """A scene of version 1.0; with `layers` it has a background, a mask and a fast generator as well."""
    graphs = {TRUNK_NAME: trunk(), GENERATOR_NAME: generator(), BEHAVIOR_NAME: walker()}
    if layers:
        graphs[FAST_NAME] = generator(FAST_FEATURES)
    signatures = {name: signature(graph, name) for name, graph in graphs.items()}
    tensors = bank()
    tensors["nodes"] = np.arange(FRAMES)
    drawing = Drawing(
        trunk=signatures[TRUNK_NAME],
        generator=signatures[GENERATOR_NAME],
        fast=signatures.get(FAST_NAME),
        background=BACKGROUND_NAME if layers else None,
        mask=MASK_NAME if layers else None,
    )
    behavior = Behavior(
        graph=signatures[BEHAVIOR_NAME],
        steps_per_frame=steps,
        largest_step=largest_step,
        transitions=Transitions(targets="targets", costs="costs", following="following", node="state_node"),
        state=[
            StateTensor(input="state_node", output="after_node", dtype="int64", shape=[], initial="nodes"),
            StateTensor(input="state_phase", output="after_phase", dtype="float32", shape=[1], initial="phases"),
        ],
        noise=[
            NoiseTensor(input="noise_choice", distribution="gumbel", shape=[EDGES]),
            NoiseTensor(input="noise_normal", distribution="normal", shape=[DIMENSION]),
            NoiseTensor(input="noise_uniform", distribution="uniform", shape=[1]),
        ],
        bank=[
            BankTensor(input="observed", tensor="embedding"),
            BankTensor(input="targets", tensor="targets"),
            BankTensor(input="costs", tensor="costs"),
        ],
    )
    manifest = Manifest(
        format_version="1.0",
        min_reader_version="1.0",
        written_by=Tool(name="alive", version="1.0"),
        title="ring",
        source=Source(
            name="ring.mp4",
            sha256=hashlib.sha256(b"ring").hexdigest(),
            bytes=4,
            width=WIDTH,
            height=HEIGHT,
            fps=10.0,
            frames=FRAMES,
        ),
        encoder=EncoderInfo(id="pca", dimension=DIMENSION),
        recipe=Recipe(name="living"),
        drawing=drawing,
        behavior=behavior,
        defaults=Defaults(width=WIDTH, height=HEIGHT),
    )
    parts = {name: graph.SerializeToString(deterministic=True) for name, graph in graphs.items()}
    parts[BANK_NAME] = pack_tensors(tensors)
    return Bundle(manifest, parts | (pictures() if layers else {}))
