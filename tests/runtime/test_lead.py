"""Another video leads: registration of drawn motion, tracking, and how a scene follows and goes back to its life."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from alive_cli.errors import InputError
from alive_cli.media.region import Region
from alive_cli.runtime.drivers.lead import HELD, LeadDriver
from alive_cli.runtime.lead.leader import PATIENCE, REACH, SETTLING, Leader
from alive_cli.runtime.lead.poses import LeadPose, ObservedPoses, medoid
from alive_cli.runtime.lead.pyramid import SIDE, Pyramid, fitted, mean_around, reduced_size
from alive_cli.runtime.lead.registration import Registration, bilinear, points_of
from alive_cli.runtime.scene import Scene
from alive_cli.runtime.steering import NO_MODES, Steering
from bundle_spec.conformance.scenes import scene as plain
from bundle_spec.conformance.warp import steerable
from tests.textures import hill, pulled, texture

FRAME = 1 / 30
WIDTH, HEIGHT = 192, 128
GRID = (24, 16)
POSES = 24


def steering() -> Steering:
    """The middle moves across, and down; two hills move apart."""
    modes = np.zeros((3, GRID[1], GRID[0], 2))
    modes[0, ..., 0] = 0.02 * hill(*GRID)
    modes[1, ..., 1] = 0.02 * hill(*GRID)
    modes[2, ..., 0] = 0.015 * (hill(*GRID, (0.3, 0.5), 0.1) - hill(*GRID, (0.7, 0.5), 0.1))
    return Steering(
        modes=modes,
        size=(WIDTH, HEIGHT),
        spread=np.array([2.0, 1.0, 0.5]),
        frequency=np.full(3, 1.0),
        look=np.zeros((2, 3)),
        reach=4.0,
        pose=(0, 3),
        pose_scale=0.1,
    )


def shown(pose: np.ndarray, seed: int = 0) -> np.ndarray:
    """A texture in a pose, [3] in spreads: uint8 [H, W, 3]."""
    field = np.tensordot(pose, steering().modes, 1).astype(np.float32)
    columns, rows = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    x, y = (columns.reshape(-1) + 0.5) / WIDTH * GRID[0] - 0.5, (rows.reshape(-1) + 0.5) / HEIGHT * GRID[1] - 0.5
    fine = bilinear((field[..., 0].astype(float), field[..., 1].astype(float)), x, y)
    return pulled(texture(WIDTH, HEIGHT, seed, 3.0), fine.T.reshape(HEIGHT, WIDTH, 2).astype(np.float32))


def embedding_of(pose: np.ndarray) -> np.ndarray:
    row = np.array([*(pose * steering().spread * 0.1), 1.0])
    return (row / np.linalg.norm(row)).astype(np.float32)


def poses() -> np.ndarray:
    """Poses on a closed curve about the mean, [POSES, 3]."""
    angles = 2 * np.pi * np.arange(POSES) / POSES
    return np.stack([1.6 * np.cos(angles), 1.4 * np.sin(angles), np.sin(2 * angles)], 1)


@dataclass
class DrawnScene:
    """As much of a scene as a leader needs; its pictures are textures in known poses."""

    steering: Steering | None
    embeddings: np.ndarray

    def on(self, colour: tuple[int, int, int]) -> "DrawnScene":
        return self

    def renderer(self, size: tuple[int, int]) -> "DrawnScene":
        return self

    def render(self, embedding: np.ndarray) -> np.ndarray:
        return shown(steering().own(embedding))


@pytest.fixture
def drawn() -> Scene:
    return DrawnScene(steering(), np.stack([embedding_of(pose) for pose in poses()]))  # type: ignore[return-value]


@pytest.fixture(scope="module")
def scene() -> Scene:
    return Scene(steerable(), device="cpu")


def correlation(first: np.ndarray, second: np.ndarray) -> float:
    return min(float(np.corrcoef(first[:, mode], second[:, mode])[0, 1]) for mode in range(first.shape[1]))


def seen(leader: Leader, pictures: list[np.ndarray]) -> list[LeadPose | None]:
    return [leader.see(picture) for picture in pictures]


def test_a_pose_is_read_from_a_picture() -> None:
    size = reduced_size(steering().longest)
    assert max(size) == SIDE
    registration, pose = Registration(steering(), size), np.array([1.5, -1.0, 0.8])
    still, moved = (Pyramid.of(shown(each), size) for each in (np.zeros(3), pose))
    match = registration.register(still, moved, [np.zeros(3)])
    assert match.coefficients == pytest.approx(pose, abs=0.15)
    assert match.cost < 0.2 * registration.cost(0, still, moved, np.zeros(3))


def test_shading_is_no_motion() -> None:
    size = reduced_size(steering().longest)
    still = shown(np.zeros(3))
    shaded = (0.9 * still + np.linspace(-30, 30, WIDTH)[None, :, None]).clip(0, 255).astype(np.uint8)
    match = Registration(steering(), size).register(Pyramid.of(still, size), Pyramid.of(shaded, size), [np.zeros(3)])
    assert abs(match.coefficients).max() < 0.15


def test_pictures_without_texture_ask_for_nothing() -> None:
    size = reduced_size(steering().longest)
    plain_picture = Pyramid.of(np.full((HEIGHT, WIDTH, 3), 90, np.uint8), size)
    match = Registration(steering(), size).register(plain_picture, plain_picture, [np.zeros(3)])
    assert not match.coefficients.any()


def test_a_scene_led_by_itself_follows(drawn: Scene) -> None:
    truth = np.stack([np.array([1.2 * np.sin(t / 5), np.cos(t / 7), 0.8 * np.sin(t / 3)]) for t in range(60)])
    pictures = [shown(pose) for pose in truth]
    for like in ("relative", "absolute"):
        leader = Leader(drawn, like=like)
        leader.look_through(pictures[::2])
        read = [each.pose for each in seen(leader, pictures) if each is not None]
        assert len(read) == len(truth)
        assert correlation(np.stack(read), truth) > 0.95
        if like == "absolute":
            assert np.stack(read) == pytest.approx(truth, abs=0.35)


def test_a_mirrored_lead_moves_to_the_other_side(drawn: Scene) -> None:
    truth = [np.array([np.sin(t / 5), 0, 0]) for t in range(40)]
    leader = Leader(drawn, mirrored=True)
    leader.look_through([shown(pose) for pose in truth])
    read = [each.pose[0] for each in seen(leader, [shown(pose) for pose in truth]) if each is not None]
    assert np.corrcoef(read, [pose[0] for pose in truth])[0, 1] < -0.95


def test_a_region_leads_alone(drawn: Scene) -> None:
    def beside(pose: np.ndarray) -> np.ndarray:
        return np.concatenate([np.zeros((HEIGHT, WIDTH, 3), np.uint8), shown(pose)], 1)

    truth = [np.array([np.sin(t / 5), np.cos(t / 4), 0]) for t in range(40)]
    leader = Leader(drawn, region=Region(0.5, 0, 0.5, 1))
    leader.look_through([beside(pose) for pose in truth])
    read = np.stack([each.pose for each in seen(leader, [beside(pose) for pose in truth]) if each is not None])
    assert correlation(read[:, :2], np.stack(truth)[:, :2]) > 0.95


def test_poses_of_a_lead_are_bounded(drawn: Scene) -> None:
    observed = ObservedPoses(steering(), drawn.embeddings)
    for like, reach in REACH.items():
        leader = Leader(drawn, like=like)
        leader.look_through([shown(np.zeros(3))])
        pose = leader.see(shown(np.array([6.0, 6.0, 3.0])))
        if pose is not None:
            assert np.isfinite(pose.pose).all()
            assert np.linalg.norm(pose.pose - observed.steering.own(pose.base)) <= reach


def test_a_camera_settles_and_another_picture_is_lost(drawn: Scene) -> None:
    leader = Leader(drawn)
    assert seen(leader, [shown(np.zeros(3))] * SETTLING) == [None] * SETTLING
    assert leader.see(shown(np.zeros(3))) is not None
    other = [texture(WIDTH, HEIGHT, 7, 3.0)] * (PATIENCE + SETTLING)
    assert seen(leader, other) == [None] * (PATIENCE + SETTLING)
    assert leader.see(other[0]) is not None  # it has another calm picture


@pytest.mark.parametrize("size", [(1, 1), (640, 2), (3, 500), (5000, 40)])
def test_any_shape_of_picture_is_fitted(drawn: Scene, size: tuple[int, int]) -> None:
    picture = np.random.default_rng(0).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    leader = Leader(drawn)
    leader.look_through([picture])
    pose = leader.see(picture)
    assert pose is not None
    assert np.isfinite(pose.pose).all()


def test_the_middle_of_a_region_has_the_proportions() -> None:
    picture = np.arange(100 * 200).reshape(100, 200, 1)
    assert fitted(picture, Region(), (1.0, 1.0)).shape == (100, 100, 1)
    assert fitted(picture, Region(), (1.0, 1.0))[0, 0, 0] == 50
    assert fitted(picture, Region(0.5, 0, 0.5, 1), (1.0, 0.5)).shape == (50, 100, 1)


def test_a_scene_without_motion_modes_is_refused() -> None:
    with pytest.raises(InputError) as error:
        Leader(Scene(plain(), device="cpu"))
    assert str(error.value) == NO_MODES


def test_there_are_two_ways_to_lead(drawn: Scene) -> None:
    with pytest.raises(InputError, match="relative or absolute"):
        Leader(drawn, like="sideways")


def test_the_medoid_is_a_row_in_the_middle() -> None:
    rows = np.array([[0.0, 0], [10, 0], [1, 0], [0, 1], [-9, 4]])
    assert medoid(rows) == 0
    assert medoid(rows[:1]) == 0


def test_means_around_count_what_is_inside() -> None:
    values = np.arange(20.0).reshape(4, 5)
    around = mean_around(values, 1)
    assert around[1, 1] == pytest.approx(values[:3, :3].mean())
    assert around[0, 0] == pytest.approx(values[:2, :2].mean())
    assert mean_around(values, 9) == pytest.approx(np.full((4, 5), values.mean()))


def test_points_are_few_and_where_something_moves() -> None:
    points = points_of(steering(), (128, 84))
    assert 0 < len(points.columns) <= 1500
    assert points.across.shape == (len(points.columns), 3)
    still = points_of(Steering(**{**vars(steering()), "modes": np.zeros((3, 4, 6, 2))}), (128, 84))
    assert np.isfinite(still.across).all()


def test_observed_poses_are_drawn_from_themselves(drawn: Scene) -> None:
    observed = ObservedPoses(steering(), drawn.embeddings)
    assert observed.near(observed.poses[5]) == pytest.approx(observed.plane[5], abs=1e-5)
    spread_out = observed.spread_out(10)
    assert len(set(spread_out)) == 10
    alike = ObservedPoses(steering(), np.repeat(drawn.embeddings[:1], 3, 0))
    assert alike.spread_out(10) == [0]
    assert alike.near(np.ones(3)) == pytest.approx(alike.plane[0])


@pytest.mark.parametrize(
    "strange",
    [
        {"modes": np.zeros((3, 4, 6, 2))},
        {"modes": np.full((3, 4, 6, 2), 1e70)},
        {"modes": np.full((3, 1, 1, 2), 1e-300)},
        {"spread": np.zeros(3)},
        {"spread": np.array([1e38, 1e-38, 0])},
        {"pose_scale": 1e-300},
        {"size": (1, 8192)},
    ],
)
def test_bundles_of_strangers_ask_for_finite_poses(strange: dict[str, object], drawn: Scene) -> None:
    how = replace(steering(), **strange)  # type: ignore[arg-type]
    for like in ("relative", "absolute"):
        leader = Leader(DrawnScene(how, drawn.embeddings), like=like)  # type: ignore[arg-type]
        leader.look_through([shown(np.zeros(3))])
        for pose in seen(leader, [shown(np.zeros(3)), shown(np.ones(3))]):
            assert pose is None or (np.isfinite(pose.pose).all() and np.isfinite(pose.base).all())


def test_the_driver_comes_to_a_lead_and_goes_back() -> None:
    how, driver, own = steering(), LeadDriver(), embedding_of(np.zeros(3))
    assert driver.led(how, own, FRAME)[1] is None
    goal = LeadPose(np.array([0.2, 0, 0, 1.0]), np.array([1.0, 1.0, 0]))
    led = []
    for _ in range(60):
        driver.follow(goal)
        led.append(driver.led(how, own, FRAME))
    steps = np.abs(np.diff([embedding[0] for embedding, _ in led]))
    assert steps.max() < 0.2 * abs(led[-1][0][0])  # no jump
    embedding, offset = led[-1]
    assert offset is not None
    assert how.own(embedding) + offset == pytest.approx(goal.pose, abs=0.02)
    assert driver.is_active
    after = [driver.led(how, own, FRAME) for _ in range(round((HELD + 3) / FRAME))]
    assert not driver.is_active
    assert after[-1][1] is None
    assert np.array_equal(after[-1][0], own)


def test_the_first_picture_is_led_at_once() -> None:
    how, driver = steering(), LeadDriver()
    goal = LeadPose(np.array([0.2, 0, 0, 1.0]), np.array([1.0, 1.0, 0]))
    driver.follow(goal)
    embedding, offset = driver.led(how, embedding_of(np.zeros(3)), FRAME)
    assert offset is not None
    assert how.own(embedding) + offset == pytest.approx(goal.pose, abs=1e-5)


@pytest.mark.parametrize("seconds", [FRAME, 1.0, 10.0])
def test_a_lead_counts_however_few_pictures_are_drawn(seconds: float) -> None:
    how, driver = steering(), LeadDriver()
    for _ in range(3):
        driver.follow(LeadPose(np.array([0.2, 0, 0, 1.0]), np.array([1.0, 1.0, 0])))
        assert driver.led(how, embedding_of(np.zeros(3)), seconds)[1] is not None


def test_a_driver_that_is_off_lets_the_scene_live(scene: Scene) -> None:
    life = scene.life(seed=1)
    assert scene.steering is not None
    base = np.append(np.zeros(scene.embeddings.shape[1] - 1), 1.0)
    life.lead(LeadPose(base, np.array([1.0, 0.5, 0.0])))
    assert life.steer(life.advance(), FRAME).offset is not None
    life.driver("lead").enabled = False
    frames = [life.steer(life.advance(), FRAME) for _ in range(90)]
    assert frames[-1].offset is None
    life.lead(None)
    assert not life.driver("lead").is_active


def test_a_real_scene_is_led_by_its_own_pictures(scene: Scene) -> None:
    leader, life = Leader(scene, like="absolute"), scene.life(seed=1)
    picture = scene.draw(scene.embeddings[2])
    life.lead(leader.see(picture))
    frame = life.steer(life.advance(), FRAME)
    assert np.linalg.norm(frame.embedding) == pytest.approx(1, abs=1e-5)
    assert scene.draw(frame).shape == picture.shape
    life.lead_away()
