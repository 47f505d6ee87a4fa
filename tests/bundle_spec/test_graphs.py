"""ONNX graphs from strangers: the allow-list and the contracts."""

import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from bundle_spec import onnx_messages
from bundle_spec.container import BANK_NAME, Bundle, pack_tensors, read_bundle
from bundle_spec.contracts import features_of, verify_scene
from bundle_spec.errors import CorruptBundle, UnsafeBundle
from bundle_spec.graphs import check_graph, signature


def model(operator: str = "Relu", domain: str = "", **attributes: object) -> onnx.ModelProto:
    value = helper.make_tensor_value_info
    node = helper.make_node(operator, ["x"], ["y"], domain=domain, **attributes)
    graph = helper.make_graph([node], "g", [value("x", 1, ["P", 2])], [value("y", 1, ["P", 2])])
    opsets = [helper.make_opsetid("", 20)] + ([helper.make_opsetid(domain, 1)] if domain else [])
    return helper.make_model(graph, opset_imports=opsets)


def check(graph: onnx.ModelProto) -> None:
    check_graph(graph.SerializeToString(), signature(graph, "g.onnx"))


def test_accepts_plain_arithmetic() -> None:
    check(model())


@pytest.mark.parametrize(
    "operator", ["If", "Loop", "Scan", "NonZero", "RandomNormal", "RandomUniformLike", "Multinomial"]
)
def test_refuses_operators(operator: str) -> None:
    with pytest.raises(UnsafeBundle, match=operator):
        check(model(operator))


def test_refuses_foreign_domains() -> None:
    with pytest.raises(UnsafeBundle, match="evil"):
        check(model(domain="evil"))


def test_refuses_external_data() -> None:
    graph = model()
    tensor = TensorProto(name="w", data_type=1, dims=[1], data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value="/etc/passwd")
    graph.graph.initializer.append(tensor)
    with pytest.raises(UnsafeBundle, match="outside"):
        check(graph)


def test_refuses_functions() -> None:
    graph = model()
    graph.functions.append(helper.make_function("d", "F", ["x"], ["y"], [], [helper.make_opsetid("", 20)]))
    with pytest.raises(UnsafeBundle, match="functions"):
        check(graph)


@pytest.mark.parametrize("opset", [1, 16, 99])
def test_refuses_opsets_out_of_range(opset: int) -> None:
    graph = model()
    graph.opset_import[0].version = opset
    declared = msgspec.structs.replace(signature(model(), "g.onnx"), opset=opset)
    with pytest.raises(UnsafeBundle, match="opset"):
        check_graph(graph.SerializeToString(), declared)


def test_refuses_noise() -> None:
    with pytest.raises((CorruptBundle, UnsafeBundle)):
        check_graph(b"\x99" * 64, signature(model(), "g.onnx"))


def test_real_bundle_fulfils_the_contracts(bundle: Path) -> None:
    scene = verify_scene(read_bundle(bundle))
    assert [tensor.name for tensor in scene.drawing.generator.inputs][:2] == ["embedding", "offset"]
    assert scene.keyframes is not None
    assert scene.behavior.steps_per_frame == 1
    assert scene.behavior.largest_step == 1
    assert scene.behavior.transitions is not None
    assert len(scene.bank["embedding"]) == 16


@pytest.mark.parametrize("name", ["trunk.onnx", "generator.onnx", "behavior.onnx"])
def test_swapped_graphs_are_refused(bundle: Path, name: str) -> None:
    opened = read_bundle(bundle)
    other = "trunk.onnx" if name != "trunk.onnx" else "generator.onnx"
    with pytest.raises(CorruptBundle):
        verify_scene(Bundle(opened.manifest, opened.parts | {name: opened.parts[other]}))


@pytest.mark.parametrize(
    "embeddings",
    [
        np.zeros((0, 512), np.float32),
        np.zeros((4, 3), np.float32),
        np.zeros((4, 512), np.float64),
        np.full((4, 512), np.nan, np.float32),
    ],
    ids=["none", "narrow", "double", "nan"],
)
def test_unusable_banks_are_refused(bundle: Path, embeddings: np.ndarray) -> None:
    opened = read_bundle(bundle)
    parts = opened.parts | {BANK_NAME: pack_tensors({"embedding": embeddings})}
    with pytest.raises(CorruptBundle):
        verify_scene(Bundle(opened.manifest, parts))


def broken(bundle: Path, change: str) -> Bundle:
    """The tiny bundle with a behavior graph, and the manifest that declares it, changed alike."""
    opened = read_bundle(bundle)
    behavior = opened.manifest.behavior
    assert behavior is not None
    graph = onnx.load_from_string(opened.parts["behavior.onnx"])
    inputs = {value.name: value for value in graph.graph.input}
    if change == "dtype of a control":
        inputs["temperature"].type.tensor_type.elem_type = TensorProto.INT64
    elif change == "shape of a control":
        inputs["bank_weight"].type.tensor_type.shape.dim[0].dim_param = "B"
    elif change == "shape of a noise":
        inputs["noise_latent"].type.tensor_type.shape.dim[1].dim_value = 7
    elif change == "shape of a state":
        graph.graph.output[1].type.tensor_type.shape.dim[1].dim_value = 7
    elif change == "order of the outputs":
        graph.graph.output.reverse()
    behavior = msgspec.structs.replace(behavior, graph=signature(graph, "behavior.onnx"))
    manifest = msgspec.structs.replace(opened.manifest, behavior=behavior)
    return Bundle(manifest, opened.parts | {"behavior.onnx": graph.SerializeToString()})


CHANGES = ["dtype of a control", "shape of a control", "shape of a noise", "shape of a state", "order of the outputs"]


@pytest.mark.parametrize("change", CHANGES)
def test_broken_contracts_are_refused(bundle: Path, change: str) -> None:
    with pytest.raises(CorruptBundle):
        verify_scene(broken(bundle, change))


def test_giant_noise_is_refused(bundle: Path) -> None:
    opened = read_bundle(bundle)
    behavior = opened.manifest.behavior
    assert behavior is not None
    noise = [msgspec.structs.replace(behavior.noise[0], shape=[2**20, 2])]
    manifest = msgspec.structs.replace(opened.manifest, behavior=msgspec.structs.replace(behavior, noise=noise))
    with pytest.raises(UnsafeBundle, match="larger"):
        verify_scene(Bundle(manifest, opened.parts))


GRAPH_FAULTS = {
    "a target beyond the bank": ("targets", lambda array: array + 10_000),
    "a target below zero": ("targets", lambda array: array - 1),
    "targets of another type": ("targets", lambda array: array.astype(np.int32)),
    "a cost below zero": ("jump_cost", lambda array: array - 1),
    "a cost that is no number": ("jump_cost", lambda array: array * np.float32(np.nan)),
    "costs of another shape": ("jump_cost", lambda array: array[:, :-1]),
    "a frame after the last": ("following", lambda array: array + 2),
}


@pytest.mark.parametrize("fault", GRAPH_FAULTS)
def test_unsound_transitions_are_refused(bundle: Path, fault: str) -> None:
    opened = read_bundle(bundle)
    name, change = GRAPH_FAULTS[fault]
    bank = opened.tensors(BANK_NAME)
    bank[name] = np.ascontiguousarray(change(bank[name]))
    with pytest.raises(CorruptBundle):
        verify_scene(Bundle(opened.manifest, opened.parts | {BANK_NAME: pack_tensors(bank)}))


def test_transitions_name_a_state(bundle: Path) -> None:
    opened = read_bundle(bundle)
    behavior = opened.manifest.behavior
    assert behavior is not None
    for node in ("state_position", "nothing"):
        transitions = msgspec.structs.replace(behavior.transitions, node=node)
        changed = msgspec.structs.replace(behavior, transitions=transitions)
        with pytest.raises(CorruptBundle, match="sound motion graph"):
            verify_scene(Bundle(msgspec.structs.replace(opened.manifest, behavior=changed), opened.parts))


def test_too_many_frames_are_refused(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bundle_spec.contracts.MAX_FRAMES", 15)
    with pytest.raises(UnsafeBundle, match="at most 15"):
        verify_scene(read_bundle(bundle))


def test_a_fast_net_reads_fewer_features(two_nets: Path) -> None:
    bundle = read_bundle(two_nets)
    drawing = verify_scene(bundle).drawing
    assert drawing.fast is not None
    assert features_of(drawing.fast) == 4 < features_of(drawing.generator)
    same = msgspec.structs.replace(drawing, fast=drawing.generator)
    with pytest.raises(CorruptBundle, match="fewer features"):
        verify_scene(Bundle(msgspec.structs.replace(bundle.manifest, drawing=same), bundle.parts))
    behavior = msgspec.structs.replace(drawing, fast=bundle.manifest.behavior.graph)  # type: ignore[union-attr]
    with pytest.raises(CorruptBundle, match="contract"):
        verify_scene(Bundle(msgspec.structs.replace(bundle.manifest, drawing=behavior), bundle.parts))


def test_what_messages_hold_is_read_as_onnx_reads_it() -> None:
    random = np.random.default_rng(0)
    for kind, dtype in onnx_messages.DTYPES.items():
        for shape in ((), (3,), (2, 0), (2, 3)):
            array = np.asarray(5 * random.standard_normal(shape)).astype(dtype)
            typed = helper.make_tensor("x", kind, shape, array.ravel().tolist())
            for tensor in (typed, numpy_helper.from_array(array)):
                read = onnx_messages.tensor_array(tensor)
                assert read.dtype == dtype
                np.testing.assert_array_equal(read, numpy_helper.to_array(tensor))
    for value in (1, 0.5, b"x", [1, 2], [0.5, 1.5]):
        attribute = helper.make_attribute("x", value)
        assert onnx_messages.attribute_value(attribute) == helper.get_attribute_value(attribute)


def test_messages_are_those_of_onnx_whichever_is_imported_first() -> None:
    assert onnx_messages.ModelProto is onnx.ModelProto
    program = (
        "import bundle_spec.onnx_messages as m, sys; assert 'onnx' not in sys.modules; import onnx; import onnx.checker"
    )
    program += "; assert onnx.ModelProto is m.ModelProto"
    subprocess.run([sys.executable, "-c", program], check=True)


def test_what_isnt_a_value_of_its_own_is_none() -> None:
    attribute = helper.make_attribute("x", 1)
    attribute.ref_attr_name = "y"
    with pytest.raises(ValueError, match="of its own"):
        onnx_messages.attribute_value(attribute)
    tensor = helper.make_tensor("x", TensorProto.INT64, [2], [1, 2])
    tensor.raw_data = b""
    with pytest.raises(ValueError, match="reshape"):
        onnx_messages.tensor_array(tensor)
    tensor.ClearField("raw_data")
    tensor.segment.end = 1
    with pytest.raises(ValueError, match="segment"):
        onnx_messages.tensor_array(tensor)


def test_cast_to_what_is_no_number() -> None:
    with pytest.raises(UnsafeBundle, match="casts"):
        check(model("Cast", to=16.0))
