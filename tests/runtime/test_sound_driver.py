"""What sound drives in a rollout."""

from pathlib import Path

import numpy as np
import pytest

from alive_cli import Scene
from alive_cli.errors import InputError
from alive_cli.runtime.drivers import SoundDriver
from alive_cli.runtime.rollout import Rollout
from alive_cli.runtime.sound_targets import FADES
from bundle_spec import conformance
from bundle_spec.conformance.warp import steerable
from tests.drums import RATE, click, hiss, put

VALID = Path(conformance.__file__).parent / "valid"
PIECE = RATE // 10
"""The scenes of the conformance set have ten frames a second."""


@pytest.fixture
def scene() -> Scene:
    return Scene.open(VALID / "moods.alive")


def tone(loud: float = 0.3, seconds: float = 0.1) -> np.ndarray:
    return loud * np.sin(np.arange(round(seconds * RATE)) * 0.3)


def quiet(seconds: float = 0.1) -> np.ndarray:
    return hiss(seconds, np.random.default_rng(0))


def a_click() -> np.ndarray:
    sound = quiet()
    put(sound, 0.01, 0.5 * click(np.random.default_rng(0)))
    return sound


def value(life: Rollout, name: str) -> float:
    return float(np.asarray(life.values[name]))


def test_nothing_is_driven_by_default(scene: Scene) -> None:
    life, other = scene.life(seed=1), scene.life(seed=1)
    other.map_sound(["loud=temperature", "beat=calm"])
    for _ in range(5):
        np.testing.assert_array_equal(life.advance(), other.advance())
    assert life.driver("sound").loud is None  # type: ignore[attr-defined]


def test_loudness_drives_temperature_unless_mapped_otherwise(scene: Scene) -> None:
    life = scene.life(scene.controls(temperature=0.5), seed=1)
    life.hear(quiet(), RATE)
    life.advance()
    assert value(life, "temperature") == pytest.approx(0.5, abs=0.05)
    for _ in range(8):
        life.hear(tone(), RATE)
        life.advance()
    assert value(life, "temperature") == pytest.approx(2, abs=0.05)
    assert life.controls["temperature"] == 0.5  # what the user chose stays
    for _ in range(40):
        life.hear(quiet(), RATE)
        life.advance()
    assert value(life, "temperature") == pytest.approx(0.5, abs=0.02)


def test_loudness_eases_as_slowly_in_frames_of_several_steps() -> None:
    eased = []
    for name in ("moods", "steps"):  # of 1 and 3 steps a frame
        life = Scene.open(VALID / f"{name}.alive").life(seed=1)
        life.map_sound(["loud=pull"])
        life.hear(tone(seconds=0.5), RATE)
        life.advance()
        eased.append(life.driver("sound")._loud)  # type: ignore[attr-defined]
    assert eased[1] == pytest.approx(eased[0], rel=1e-6)


def test_a_beat_is_a_pulse_that_fades(scene: Scene) -> None:
    life = scene.life(scene.controls(pull=0.2), seed=1)
    life.map_sound(["beat=pull:1"])
    values = []
    for sound in (quiet(), a_click(), quiet(), quiet(), *[quiet()] * 20):
        life.hear(sound, RATE)
        life.advance()
        values.append(value(life, "pull"))
    assert values[0] == pytest.approx(0.2)
    assert values[1] > 0.5
    assert values[2] - 0.2 == pytest.approx((values[1] - 0.2) * np.exp(-0.1 / FADES["control"]), rel=0.05)
    assert values[-1] == pytest.approx(0.2, abs=0.01)


def test_two_signals_add_up_within_the_range(scene: Scene) -> None:
    life = scene.life(scene.controls(pull=0.5), seed=1)
    life.map_sound(["beat=pull", "loud=pull"])
    for sound in (quiet(), tone(), tone(), a_click() + tone()):
        life.hear(sound, RATE)
        life.advance()
        assert 0 <= value(life, "pull") <= 1
    life.map_sound(["loud=pull:0"])
    for _ in range(6):
        life.hear(tone(), RATE)
        life.advance()
    assert value(life, "pull") == pytest.approx(0, abs=0.05)


def test_loudness_mixes_in_a_mood(scene: Scene) -> None:
    life, moody = scene.life(seed=1), scene.life(seed=1, moods={"calm": 1.0})
    life.map_sound(["loud=calm"])
    moody.advance()
    name = next(control.name for control in life.declared if control.role == "frame_weight")
    for _ in range(20):
        life.hear(tone(), RATE)
        life.advance()
    full = np.log(np.asarray(moody.values[name]))
    now = np.log(np.asarray(life.values[name]))
    share = float((full * now).sum() / (full * full).sum())
    assert 0.8 < share <= 1
    np.testing.assert_allclose(now, share * full, atol=1e-4)


def test_a_beat_goes_to_a_named_frame_once(scene: Scene) -> None:
    life = scene.life(seed=1, start_at=0)
    life.names = {"end": [5, 5]}
    arrivals: list[object] = []
    life.on("arriving", arrivals.append)
    life.map_sound(["beat=end"])
    for sound in (quiet(), a_click(), a_click(), *[quiet()] * 3):
        life.hear(sound, RATE)
        life.advance()
    assert len(arrivals) == 1


def test_a_scene_that_stands_still_ignores_beats_of_actions(scene: Scene) -> None:
    life = scene.life(scene.controls(temperature=0), seed=1)
    life.names = {"end": [5, 5]}
    life.map_sound(["beat=end"])
    for sound in (quiet(), a_click(), quiet()):
        life.hear(sound, RATE)
        life.advance()
    assert life.goals == []


def test_a_beat_nudges_the_picture_at_once() -> None:
    scene = Scene(steerable(), device="cpu")
    life = scene.life(seed=1)
    life.map_sound(["beat=nudge"])
    sizes = []
    for sound in (quiet(), a_click(), *[quiet()] * 30):
        life.hear(sound, RATE)
        frame = life.steer(life.advance(), 0.1)
        sizes.append(0.0 if frame.offset is None else float(np.abs(frame.offset).max()))
    assert sizes[0] == 0
    assert sizes[1] > 0
    assert sizes[-1] == 0


def test_loudness_holds_a_nudge() -> None:
    scene = Scene(steerable(), device="cpu")
    life = scene.life(seed=1)
    life.map_sound(["loud=nudge:2"])
    for _ in range(10):
        life.hear(tone(), RATE)
        frame = life.steer(life.advance(), 0.1)
    assert frame.offset is not None
    life.driver("sound").enabled = False
    for _ in range(40):
        frame = life.steer(life.advance(), 0.1)
    assert frame.offset is None


def test_a_sound_that_ends_lets_go(scene: Scene) -> None:
    life = scene.life(scene.controls(temperature=0.5), seed=1)
    for _ in range(8):
        life.hear(tone(), RATE)
        life.advance()
    driver = life.driver("sound")
    assert isinstance(driver, SoundDriver)
    assert driver.is_active
    driver.forget()
    assert not driver.is_active
    for _ in range(12):
        life.advance()
    assert value(life, "temperature") == 0.5


def test_the_same_sound_gives_the_same_life(scene: Scene) -> None:
    lives = []
    for _ in range(2):
        life = scene.life(seed=4)
        life.map_sound(["loud=temperature", "beat=constructor"])
        heard = np.random.default_rng(3).normal(0, 0.1, RATE * 2)
        lives.append([])
        for piece in np.array_split(heard, 20):
            life.hear(piece, RATE)
            lives[-1].append(life.advance())
    np.testing.assert_array_equal(*lives)


def test_a_name_of_several_things_is_the_first_of_them(scene: Scene) -> None:
    life = scene.life(seed=1)
    life.known_moods = {"pull": life.known_moods["calm"], "nudge": life.known_moods["calm"]}
    life.names = {"calm": [0, 1], "pull": [0, 1]}
    life.map_sound(["loud=pull", "loud=nudge", "beat=calm"])
    driver = life.driver("sound")
    assert isinstance(driver, SoundDriver)
    assert [effect.kind for effect in driver._effects or []] == ["control", "mood", "action"]


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ("loud=smile", "no 'smile' for a sound to drive; it has temperature, pull, novelty,.* calm, .*nudge"),
        ("loud=pull:2", "needs a pull from 0 to 1"),
        ("loud=calm:2", "strength 2.0; choose a number from -1 to 1"),
        ("loud=end", "end happens on beats; write beat=end"),
        ("beat=end:2", "takes no strength"),
        ("beat=nudge", "doesn't say how its picture moves"),
        ("beat=nudge:4", "needs a strength from 0 to 3"),
    ],
)
def test_what_the_scene_lacks_gets_one_sentence(scene: Scene, mapping: str, message: str) -> None:
    life = scene.life(seed=1)
    life.names = {"end": [5, 5]}
    life.map_sound(["loud=pull"])
    with pytest.raises(InputError, match=message):
        life.map_sound([mapping])
    driver = life.driver("sound")
    assert isinstance(driver, SoundDriver)
    assert [str(each) for each in driver.mappings] == ["loud=pull"]  # the scene lives on as before
    life.hear(tone(), RATE)
    life.advance()
