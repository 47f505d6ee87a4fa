"""The generator of recipe `living`: its fit is sound, repeatable, and goes on where it was stopped."""

import os
import signal
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from alive_cli.errors import InputError, Stopped  # noqa: E402
from alive_cli.generators.protocol import FittedGenerator, Ghosting  # noqa: E402
from alive_cli.generators.warp import WarpGenerator, fit  # noqa: E402
from alive_cli.generators.warp.graphs import OUTPUTS, TABLES  # noqa: E402
from alive_cli.observation.observation import Observation  # noqa: E402
from alive_cli.observation.observed import ObservedMotion  # noqa: E402
from alive_cli.training.checkpoint import Checkpoint  # noqa: E402
from alive_cli.training.length import Earlier, FitLength  # noqa: E402
from bundle_spec.container import KEYFRAMES_NAME, MASK_NAME, TRUNK_NAME  # noqa: E402
from tests.textures import swaying  # noqa: E402

COUNT, STEPS = 12, 12
WIDTH, HEIGHT = 48, 32


@pytest.fixture(scope="module")
def data() -> Observation:
    observed = ObservedMotion.of(swaying(COUNT, WIDTH, HEIGHT, period=12))
    return Observation.moving(observed, torch.device("cpu"))


@pytest.fixture(scope="module", autouse=True)
def small() -> None:
    """Networks that learn in no time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fit, "WIDTHS", {"draft": 16, "standard": 16, "high": 16})
        patch.setattr(fit, "COLOUR_MODES", {"draft": 6, "standard": 6, "high": 6})
        yield


def fitted_with(data: Observation, steps: int = STEPS, seed: int = 0, **options: object) -> FittedGenerator:
    return WarpGenerator().fit(data, FitLength("draft", steps=steps), seed=seed, **options)


@pytest.fixture(scope="module")
def fitted(data: Observation) -> FittedGenerator:
    return fitted_with(data)


def test_tables_are_sound(data: Observation, fitted: FittedGenerator) -> None:
    assert data.motion is not None
    keyframes, bank = len(data.motion.motion.keyframes), fitted.bank
    assert set(bank) == set(TABLES.values()) - {"embedding"}
    assert {name: each.dtype.name for name, each in bank.items()} == {
        "warp_keyframe": "int64",
        "warp_weight": "float32",
        "warp_motion": "float16",
        "warp_colour": "float16",
    }
    assert all(len(each) == COUNT for each in bank.values())
    assert ((bank["warp_keyframe"] >= 0) & (bank["warp_keyframe"] < keyframes)).all()
    assert (bank["warp_weight"] >= 0).all()
    np.testing.assert_allclose(bank["warp_weight"].sum(1), 1, atol=1e-5)
    assert all(np.isfinite(each).all() for each in bank.values())
    assert all(np.isfinite(each).all() for each in fitted.weights.values())


def test_what_the_pipeline_gets(fitted: FittedGenerator) -> None:
    assert fitted.steps == fitted.settings["steps"] == STEPS
    assert all(name.startswith("generator.") for name in fitted.weights)
    assert KEYFRAMES_NAME in fitted.parts
    assert (MASK_NAME in fitted.parts) == fitted.settings["masked"]
    assert 15 < fitted.figures["psnr"] < 60
    assert all(isinstance(each, bool | int | float | str | None) for each in fitted.settings.values())


def test_ghosting_of_observed_embeddings_is_little(data: Observation) -> None:
    judges: list[Ghosting] = []
    fitted_with(data, steps=1, ready=judges.append)
    own = judges[0](data.embeddings)
    assert own.shape == (COUNT,)
    assert 0 <= own.min() <= own.max() < 0.2


def test_same_seed_same_bits(data: Observation, fitted: FittedGenerator) -> None:
    again, other = fitted_with(data), fitted_with(data, seed=1)
    assert again.parts == fitted.parts
    for one, two in ((again.weights, fitted.weights), (again.bank, fitted.bank)):
        assert one.keys() == two.keys()
        assert all((one[name] == two[name]).all() for name in one)
    assert any((other.weights[name] != fitted.weights[name]).any() for name in fitted.weights)


def test_an_interrupted_fit_goes_on(data: Observation, fitted: FittedGenerator, tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "a.fit")

    def interrupt(stage: str, done: int, total: int, *figures: object) -> None:
        if (stage, done) == ("Learning to draw", STEPS // 2):
            os.kill(os.getpid(), signal.SIGINT)

    with checkpoint.held():
        checkpoint.begin({})
        with pytest.raises(Stopped, match=f"at step {STEPS // 2} of {STEPS}"):
            fitted_with(data, checkpoint=checkpoint, progress=interrupt)
        resumed = fitted_with(data, checkpoint=checkpoint)
    assert all((resumed.weights[name] == fitted.weights[name]).all() for name in fitted.weights)
    assert all((resumed.bank[name] == fitted.bank[name]).all() for name in fitted.bank)


def test_training_goes_on_from_an_earlier_scene(data: Observation, fitted: FittedGenerator) -> None:
    further = fitted_with(data, earlier=Earlier(fitted.settings, fitted.weights))
    assert further.steps == 2 * STEPS
    assert any((further.weights[name] != fitted.weights[name]).any() for name in fitted.weights)


def test_an_earlier_scene_of_another_clip_is_refused(fitted: FittedGenerator) -> None:
    observed = ObservedMotion.of(swaying(COUNT + 2, WIDTH + 8, HEIGHT, period=12))
    other = Observation.moving(observed, torch.device("cpu"))
    with pytest.raises(InputError, match="fit it anew"):
        fitted_with(other, earlier=Earlier(fitted.settings, fitted.weights))


def test_restored_graphs_draw_what_was_fitted(data: Observation, fitted: FittedGenerator) -> None:
    bank = fitted.bank | {"embedding": data.embeddings.numpy()}
    modules = WarpGenerator().graphs(fitted.settings, fitted.weights, bank)
    trunk, look_up = modules.graphs
    assert trunk.file == TRUNK_NAME
    with torch.no_grad():
        features = trunk.module(trunk.inputs["coords"])
        outputs = look_up.module(*look_up.inputs.values())
    motion_modes, colour_modes = int(fitted.settings["motion_modes"] or 0), int(fitted.settings["colour_modes"] or 0)
    assert features.shape == (len(trunk.inputs["coords"]), 2 * motion_modes + colour_modes)
    assert features.isfinite().all()
    assert len(outputs) == len(OUTPUTS) == len(look_up.outputs)
    assert outputs[2].shape[1:] == (outputs[0].shape[1], motion_modes)
    assert outputs[4].shape[1:] == (colour_modes, 3)
    assert list(look_up.inputs)[:2] == ["embedding", "offset"]
    for letters in look_up.free.values():
        assert all(len(letter) == 1 for letter in letters)


def mode_error(fitting: fit.WarpFit) -> float:
    """By how much the trunk's modes are wrong, as the training counts it."""
    modes = fitting._modes
    with torch.no_grad():
        rest = (fitting.network.trunk(modes.coords) - modes.values) * modes.levels
    return float(rest.square().sum(1).mean())


def test_training_helps() -> None:
    """The grids alone draw most of the modes at the start; the sine layers draw more where pixels are small."""
    observed = ObservedMotion.of(swaying(COUNT, 160, 100, period=12))
    fitting = fit.WarpFit(Observation.moving(observed, torch.device("cpu")), "draft", seed=0)
    nothing = float((fitting._modes.values * fitting._modes.levels).square().sum(1).mean())
    start = mode_error(fitting)
    assert start < 0.1 * nothing
    fitting.train(300)
    assert mode_error(fitting) < 0.5 * start


def test_weights_are_those_that_a_bundle_keeps(data: Observation) -> None:
    fitting = fit.WarpFit(data, "draft", seed=0)
    fitting.train(STEPS)
    for parameter in fitting.network.trunk.parameters():
        assert parameter.dim() < 2 or torch.equal(parameter, parameter.half().float())


def test_a_still_clip() -> None:
    """Nothing moves and nothing is left; the scene is the picture all the same."""
    observed = ObservedMotion.of(np.repeat(swaying(1, WIDTH, HEIGHT), 5, 0))
    fitted = fitted_with(Observation.moving(observed, torch.device("cpu")), steps=5)
    assert fitted.figures["psnr"] > 25
    assert all(np.isfinite(each).all() for each in fitted.bank.values())


def test_two_frames() -> None:
    observed = ObservedMotion.of(swaying(2, WIDTH, HEIGHT))
    fitted = fitted_with(Observation.moving(observed, torch.device("cpu")), steps=5)
    np.testing.assert_allclose(fitted.bank["warp_weight"].sum(1), 1, atol=1e-5)
