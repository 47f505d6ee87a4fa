"""The renderer of keyframes: it draws what the reference player draws, whatever a stranger's graphs return."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
from msgspec.structs import replace

from alive_cli.errors import InputError
from alive_cli.media.warping import resize
from alive_cli.runtime.frame import Frame
from alive_cli.runtime.renderers import warp as renderers
from alive_cli.runtime.renderers.colours import Colours
from alive_cli.runtime.renderers.positions import Positions
from alive_cli.runtime.renderers.warp import MAX_DISPLACEMENT, NEARLY_ONE, WarpDrawing, _steps
from alive_cli.runtime.scene import Scene
from bundle_spec.conformance.player import Player
from bundle_spec.conformance.valid import VALID
from bundle_spec.conformance.warp import HEIGHT, KEYFRAMES, WIDTH, keyframes, warped
from bundle_spec.container import KEYFRAMES_NAME, Bundle, unpack_bundle
from bundle_spec.contracts import verify_scene
from bundle_spec.errors import CorruptBundle
from bundle_spec.features.warp import pack_keyframes
from tests.attacks.keyframes import hungry_trunk

LEVELS = 2
SIZES = [(1, 1), (7, 5), (1, 40), (40, 1), (21, 14), (64, 9), (20, 40), (100, 67)]
CASES = ["warp", "warp-masked"]
CLEAR = [name for name in VALID if name.startswith("warp-alpha")]
UNUSUAL = [name for name in VALID if name.startswith("warp-") and name not in (*CASES, *CLEAR)]


@pytest.fixture(scope="module", autouse=True)
def threads() -> Iterator[None]:
    """OpenCV's threads are those of the whole process."""
    before = cv2.getNumThreads()
    yield
    cv2.setNumThreads(before)


def drawing_of(bundle: Bundle | bytes, threads: int = 2) -> WarpDrawing:
    whole = unpack_bundle(bundle) if isinstance(bundle, bytes) else bundle
    return WarpDrawing(verify_scene(whole), device="cpu", net="fine", threads=threads)


@pytest.fixture(scope="module")
def drawings() -> dict[str, WarpDrawing]:
    return {name: drawing_of(VALID[name].build()) for name in CASES}


def embeddings(count: int, seed: int = 0) -> np.ndarray:
    rows = np.random.default_rng(seed).standard_normal((count, 4)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("size", SIZES)
def test_it_draws_like_the_reference(name: str, size: tuple[int, int], drawings: dict[str, WarpDrawing]) -> None:
    renderer, player = drawings[name].renderer(size), Player(VALID[name].build())
    for embedding in embeddings(2):
        picture = renderer.render(embedding)
        assert (picture.shape, picture.dtype) == ((size[1], size[0], 3), np.uint8)
        off = np.abs(picture.astype(int) - player.draw(embedding, *size, "fine").astype(int))
        assert off.max() <= LEVELS


@pytest.mark.parametrize("name", UNUSUAL)
def test_it_draws_unusual_scenes_like_the_reference(name: str) -> None:
    drawing = {name: drawing_of(VALID[name].build())}
    for size in [(1, 1), (9, 40), (64, 9)]:
        test_it_draws_like_the_reference(name, size, drawing)


def test_a_hungry_trunk_draws_few_points_at_once() -> None:
    """A reader measures a trunk for fewer points than this player draws at once where it can."""
    assert drawing_of(warped())._trunk_points == renderers.TRUNK_POINTS
    scene = verify_scene(unpack_bundle(hungry_trunk()))
    drawing = WarpDrawing(scene, device="cpu", net="fine", threads=1)
    assert scene.footprint(scene.drawing.trunk, drawing._trunk_points).live <= renderers.TRUNK_BYTES
    drawing.renderer((24, 16)).render(embeddings(1)[0])


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("size", [(513, 257), (700, 100), (97, 300)])
def test_it_draws_large_pictures_like_the_reference(
    name: str, size: tuple[int, int], drawings: dict[str, WarpDrawing]
) -> None:
    test_it_draws_like_the_reference(name, size, drawings)


@pytest.mark.parametrize("size", [(1, 1), (7, 5), (513, 257), (641, 97)])
@pytest.mark.parametrize("masked", [False, True])
def test_tiles_cover_every_pixel_once(size: tuple[int, int], masked: bool, drawings: dict[str, WarpDrawing]) -> None:
    renderer = drawings["warp-masked" if masked else "warp"].renderer(size)
    drawn = np.zeros(size[::-1], int)
    for tile in renderer._tiles:
        drawn[tile.place] += 1
    if masked:
        mask = renderer._drawing.mask
        assert mask is not None
        assert (drawn[resize(mask, size) > 0] == 1).all()
    for place in renderer._unmoving:
        drawn[place] += 1
    assert (drawn == 1).all()


def test_pictures_are_new_each_time(drawings: dict[str, WarpDrawing]) -> None:
    """A picture that a view still shows doesn't change when the next one is drawn."""
    renderer = drawings["warp-masked"].renderer((24, 16))
    one, two = embeddings(2)
    first = renderer.render(one)
    kept = first.copy()
    assert (renderer.render(two) != first).any()
    assert (first == kept).all()
    assert (renderer.render(one) == first).all()


@pytest.mark.parametrize("name", ["warp-masked", "layers"])
def test_pictures_in_a_row_are_those_drawn_one_by_one(name: str) -> None:
    scene, size = Scene(unpack_bundle(VALID[name].build()), device="cpu", threads=2), (150, 140)
    rows = np.concatenate([scene.embeddings, scene.embeddings[::-1]])
    pictures = list(scene.draw_all(iter(rows), size))
    assert len(pictures) == len(rows)
    assert all((scene.draw(row, size) == picture).all() for row, picture in zip(rows, pictures, strict=True))
    assert list(scene.draw_all([], size)) == []
    with pytest.raises(InputError, match="can't be drawn"):
        scene.draw_all(rows, (0, 9))


def test_what_makes_embeddings_fails_where_its_picture_is_due() -> None:
    scene = Scene(warped(), device="cpu", threads=2)

    def failing() -> Iterator[np.ndarray]:
        yield from scene.embeddings[:2]
        raise RuntimeError("no more")

    pictures = scene.draw_all(failing(), (24, 16))
    assert [next(pictures).shape for _ in range(2)] == [(16, 24, 3)] * 2
    with pytest.raises(RuntimeError, match="no more"):
        next(pictures)


@pytest.mark.parametrize("threads", [1, 3])
def test_any_number_of_threads_draws_the_same(threads: int, drawings: dict[str, WarpDrawing]) -> None:
    size, embedding = (150, 400), embeddings(1)[0]
    expected = drawings["warp"].renderer(size).render(embedding)
    assert (drawing_of(warped(), threads).renderer(size).render(embedding) == expected).all()


def test_two_renderers_from_two_threads() -> None:
    drawing = drawing_of(warped(masked=True, shifts=True))
    sizes, rows = [(90, 160), (200, 140)], embeddings(12)

    def draw(size: tuple[int, int]) -> list[np.ndarray]:
        renderer = drawing.renderer(size)
        return [renderer.render(row) for row in rows]

    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(draw, sizes))
    for size, pictures in zip(sizes, together, strict=True):
        for picture, expected in zip(pictures, draw(size), strict=True):
            assert (picture == expected).all()


def test_decoded_keyframes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    drawing = drawing_of(warped())
    decoded: list[int] = []
    decode = drawing.keyframe
    monkeypatch.setattr(drawing, "keyframe", lambda place, size: (decoded.append(place), decode(place, size))[1])
    monkeypatch.setattr(renderers, "LEAST_CACHED", 2)
    monkeypatch.setattr(renderers, "CACHE_BYTES", 1)
    small = drawing.renderer((24, 16))
    rows = embeddings(40)
    pictures = []
    for row in rows:
        pictures.append(small.render(row))
        assert len(small._cache) <= 2
    assert len(decoded) > KEYFRAMES
    monkeypatch.undo()
    large = drawing_of(warped()).renderer((24, 16))
    assert all((large.render(row) == picture).all() for row, picture in zip(rows, pictures, strict=True))
    assert len(large._cache) <= KEYFRAMES


def changed(monkeypatch: pytest.MonkeyPatch, change: Callable[[dict[str, np.ndarray]], None]) -> None:
    """Let graphs return something else: `change` alters their outputs by name in place."""
    run = renderers.run_graph

    def other(session: object, outputs: list[str], feeds: dict[str, np.ndarray]) -> list[np.ndarray]:
        results = {name: np.array(each) for name, each in zip(outputs, run(session, outputs, feeds), strict=True)}
        change(results)
        return list(results.values())

    monkeypatch.setattr(renderers, "run_graph", other)


ODD = [np.nan, np.inf, -np.inf]


@pytest.mark.parametrize("value", ODD)
@pytest.mark.parametrize("name", ["weight", "motion", "shift", "colour", "features"])
@pytest.mark.parametrize("masked", [False, True])
def test_what_is_not_finite_counts_as_nothing(
    name: str, value: float, masked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def replacing(number: float) -> Callable[[dict[str, np.ndarray]], None]:
        def change(results: dict[str, np.ndarray]) -> None:
            if name in results:
                results[name][..., :1] = number

        return change

    pictures = []
    for number in (value, 0):
        with monkeypatch.context() as patch:
            changed(patch, replacing(number))
            pictures.append(drawing_of(warped(masked=masked, shifts=True)).renderer((45, 30)).render(embeddings(1)[0]))
    assert (pictures[0] == pictures[1]).all()


@pytest.mark.parametrize("size", [1e3, 1e30, 3e38])
@pytest.mark.parametrize("names", [("motion",), ("shift",), ("motion", "shift"), ("features",), ("motion", "features")])
def test_displacements_are_bounded(names: tuple[str, ...], size: float, monkeypatch: pytest.MonkeyPatch) -> None:
    def change(results: dict[str, np.ndarray]) -> None:
        for name in names:
            if name in results:
                results[name] = (results[name].astype(float) * size).clip(-3e38, 3e38).astype(np.float32)
                results[name][..., ::2] *= -1

    changed(monkeypatch, change)
    drawing = drawing_of(warped(shifts=True))
    mixture = drawing.mixture(Frame(embeddings(1)[0]))
    assert np.isfinite(mixture.weights).all()
    assert np.isfinite(mixture.displacements).all()
    assert np.abs(mixture.displacements).max() <= MAX_DISPLACEMENT
    assert drawing.renderer((45, 30)).render(embeddings(1)[0]).shape == (30, 45, 3)


def test_only_the_sum_of_displacements_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A motion beyond the bound that a shift leads back counts in full, as for the reference player."""
    data = VALID["warp-masked"].build()
    factors = {"motion": np.float32(90), "shift": np.float32(-90)}

    def change(results: dict[str, np.ndarray]) -> None:
        for name, factor in factors.items():
            if name in results:
                results[name] = results[name] * factor

    class Changed(Player):
        """The reference player with the same graphs."""

        def _graph(self, graph: dict) -> object:
            inner = super()._graph(graph)

            class Session:
                def run(self, outputs: list[str], feeds: dict[str, np.ndarray]) -> list[np.ndarray]:
                    results = dict(zip(outputs, inner.run(outputs, feeds), strict=True))
                    change(results)
                    return list(results.values())

            return Session()

    changed(monkeypatch, change)
    drawing, player = drawing_of(data), Changed(data)
    for embedding in embeddings(3):
        drawn = drawing.renderer((45, 30)).render(embedding).astype(int)
        off = np.abs(drawn - player.draw(embedding, 45, 30, "fine").astype(int))
        assert np.mean(off > LEVELS) < 0.02


@pytest.mark.parametrize("size", [1e30, 3e38])
@pytest.mark.parametrize("name", ["weight", "colour"])
def test_huge_weights_and_colours_are_drawn_somehow(name: str, size: float, monkeypatch: pytest.MonkeyPatch) -> None:
    def change(results: dict[str, np.ndarray]) -> None:
        if name in results:
            results[name] = (results[name].astype(float) * size).clip(-3e38, 3e38).astype(np.float32)

    changed(monkeypatch, change)
    renderer = drawing_of(warped(masked=True)).renderer((45, 30))
    assert renderer.render(embeddings(1)[0]).shape == (30, 45, 3)
    assert not np.isnan(renderer._colours.grid).any()


@pytest.mark.parametrize(("number", "nearest"), [(-1, 0), (-(2**63), 0), (KEYFRAMES, KEYFRAMES - 1), (2**62, 3)])
def test_keyframes_that_there_are_not(number: int, nearest: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The background, which lies behind the last keyframe, is none of them."""
    pictures = []
    for place in (number, nearest):

        def change(results: dict[str, np.ndarray], place: int = place) -> None:
            if "keyframe" in results:
                results["keyframe"][:] = place

        with monkeypatch.context() as patch:
            changed(patch, change)
            pictures.append(drawing_of(warped(masked=True)).renderer((30, 20)).render(embeddings(1)[0]))
    assert (pictures[0] == pictures[1]).all()


def test_a_damaged_keyframe_is_one_sentence() -> None:
    """Its header is sound, so only drawing tells."""
    data = keyframes()[0]
    damaged = data[:-40] + bytes(40)
    bundle = warped()
    part = pack_keyframes([damaged] * KEYFRAMES)
    renderer = drawing_of(Bundle(bundle.manifest, bundle.parts | {KEYFRAMES_NAME: part})).renderer((24, 16))
    with pytest.raises(CorruptBundle, match=r"^Keyframe \d can't be drawn: [\w ]+\.$"):
        renderer.render(embeddings(1)[0])


def test_nets_and_devices(drawings: dict[str, WarpDrawing]) -> None:
    assert drawings["warp"].net((9, 9)) == "fine"
    assert drawings["warp"].device == "cpu"
    assert drawings["warp"].mixed == 2
    with pytest.raises(InputError, match="There is no net 'coarse'"):
        WarpDrawing(verify_scene(warped()), device="cpu", net="coarse", threads=1)


def test_sizes_of_the_conformance_scene() -> None:
    """The sizes above are smaller and larger than the keyframes, and in one direction each."""
    assert any(width < WIDTH and height < HEIGHT for width, height in SIZES)
    assert any(width > WIDTH and height < HEIGHT for width, height in SIZES)
    assert any(width < WIDTH and height > HEIGHT for width, height in SIZES)
    assert any(width > WIDTH and height > HEIGHT for width, height in SIZES)


@pytest.mark.parametrize(
    "weights", [[1.0], [0.6, 0.4], [0.5, 0.3, 0.2], [0.9, 0.095], [0.7, 0.2], [2.0, -1.0], [0.3, 0.3], []]
)
def test_pictures_are_added_by_their_weights(weights: list[float]) -> None:
    """Where about all of 1 is there, the strongest picture makes up what is missing."""
    random = np.random.default_rng(0)
    pictures, colours = random.uniform(0, 255, (len(weights), 5)), random.uniform(-9, 9, 5)
    steps, scale = _steps(np.array(weights))
    total = colours * scale
    for (kept, added), picture in zip(steps, pictures, strict=True):
        total = kept * total + added * picture
    whole = list(weights)
    if abs(sum(weights) - 1) <= NEARLY_ONE:
        whole[0] += 1 - sum(weights)
    np.testing.assert_allclose(total, colours + np.array(whole) @ pictures if weights else colours, rtol=1e-9)


GRIDS = [(40, 16), (1280, 720), (37, 53), (5, 3)]


@pytest.mark.parametrize("size", GRIDS)
def test_positions_are_those_of_an_interpolated_displacement(size: tuple[int, int]) -> None:
    """Whether the cells divide the picture evenly or not, or are more than its pixels."""
    source, grid = (50, 30), (10, 8)
    displacement = np.random.default_rng(0).normal(size=(*grid[::-1], 2)).astype(np.float32)
    positions = Positions(size, source, grid)
    room = positions.room()
    positions.write(displacement, room)
    columns, rows = ((np.arange(side) + 0.5) / side * pixels - 0.5 for side, pixels in zip(size, source, strict=True))
    own = np.stack(np.meshgrid(columns, rows), -1)
    expected = own + cv2.resize(displacement, size, interpolation=cv2.INTER_LINEAR)
    for place in places(size):
        read = np.empty((2, *expected[place].shape[:2]), np.float32)
        positions.read(room, positions.band(place[0]), place[1], read)
        np.testing.assert_allclose(read.transpose(1, 2, 0), expected[place], atol=2e-4)


@pytest.mark.parametrize("size", [*GRIDS, (20, 24), (10, 8)])
def test_colours_of_tiles_are_those_of_the_whole_grid(size: tuple[int, int]) -> None:
    warp = replace(drawing_of(warped()).warp, colour_grid=[10, 8])
    colours, random = Colours(warp, size), np.random.default_rng(0)
    modes, coefficients = random.normal(size=(6, 80)).astype(np.float32), random.normal(size=(3, 6)).astype(np.float32)
    for work in colours.works(modes, coefficients):
        work()
    whole = (coefficients @ modes).T.reshape(8, 10, 3)
    np.testing.assert_allclose(colours.grid[..., :3], whole, atol=1e-5)
    assert not colours.grid[..., 3].any()
    expected = cv2.resize(whole, size, interpolation=cv2.INTER_LINEAR)
    for place in places(size):
        height, width, _ = expected[place].shape
        drawn = colours.read(place, colours.room((width, height)))
        np.testing.assert_allclose(drawn[..., :3], expected[place], atol=0.1)  # some versions sample at 1/32 of a cell


def places(size: tuple[int, int]) -> list[tuple[slice, slice]]:
    """Tiles that cover a picture, whose edges lie inside of cells."""
    return [
        (slice(top, min(top + 7, size[1])), slice(left, min(left + 33, size[0])))
        for top in range(0, size[1], 7)
        for left in range(0, size[0], 33)
    ]


@pytest.mark.parametrize("grid", [(1, 1), (2, 100), (64, 36)])
def test_positions_take_little_memory(grid: tuple[int, int]) -> None:
    """A picture's own positions would take 8 bytes for each pixel."""
    assert Positions((1600, 900), (50, 30), grid).room().nbytes < 1600 * 900


def test_coarse_colours_are_the_means_of_cells() -> None:
    warp = replace(drawing_of(warped()).warp, colour_grid=[10, 8])
    colours, random = Colours(warp, (20, 16), coarse=True), np.random.default_rng(0)
    modes, coefficients = random.normal(size=(6, 80)).astype(np.float32), random.normal(size=(3, 6)).astype(np.float32)
    for work in colours.works(modes, coefficients):
        work()
    whole = (coefficients @ modes).T.reshape(4, 2, 5, 2, 3)
    np.testing.assert_allclose(colours.grid[..., :3], whole.mean((1, 3)), atol=1e-5)
    colours.move(np.zeros((2, 3, 2), np.float32))
    np.testing.assert_allclose(colours.grid[..., :3], whole.mean((1, 3)), atol=1e-4)


def test_coarse_pictures_differ_little() -> None:
    drawing = drawing_of(warped())
    fine, coarse = drawing.renderer((24, 16)), drawing.renderer((24, 16), coarse=True)
    embedding = embeddings(1)[0]
    assert np.abs(fine.render(embedding).astype(int) - coarse.render(embedding)).mean() < 12
