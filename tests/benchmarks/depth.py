"""Scenes with depth: what views do to pictures, what they cost, and how natural a clip stays that sways.

    python -m tests.benchmarks.depth map mona_lisa 720 1280 depth.png      a drawn map of depth, for alive fit --depth
    python -m tests.benchmarks.depth SCENE.alive ...                        a table, and the same as JSON
    python -m tests.benchmarks.depth SCENE.alive --clip CLIP.mp4            naturalness as well

A view displaces where each pixel is sampled. Over 32 views around the whole range, at the scene's own size:
folds: pixels whose neighbour is sampled before them. step: the largest way between the samples of two neighbours, in
pixels; a tear of 2 pixels would be 3. least, most: the smallest and the largest singular value of the displacement's
derivative; 1 is rigid. band: the longest run of pixels, across or down, that are stretched or squeezed by a quarter or
more. shift: how far near and far are shifted against each other at most, in pixels, from one side to the other.
"""

import json
import sys
import time
from itertools import islice
from pathlib import Path

import cv2
import msgspec
import numpy as np

from alive_cli.media.sources import VIDEOS
from alive_cli.media.warping import cell_sizes, resize
from alive_cli.runtime.frame import Frame
from alive_cli.runtime.scene import Scene
from bundle_spec.container import BANK_NAME, Bundle, pack_bundle, pack_picture, pack_tensors, read_bundle
from bundle_spec.features.depth import depth_of, using_depth
from bundle_spec.features.warp import warp_of
from tests.benchmarks.parts import Row
from tests.depths import drawn_depth

VIEWS = 32
"""So many views go around the whole range."""
STRAINED = 0.25
"""Pixels that are stretched or squeezed by this share belong to a band."""
SIZE = (1280, 720)
"""Costs are measured at this size."""
PICTURES = 60
"""Costs are means over so many pictures."""
LIVED = 300
"""Naturalness is judged on so many pictures."""
SECONDS = 45.0
"""They are spread over this time."""


def rim(count: int) -> list[tuple[float, float]]:
    """Views around the square from −1 to 1."""
    places = np.arange(count) / count * 4
    sides = ((1, 0, -1, 1), (0, 1, 1, 1), (-1, 0, 1, -1), (0, -1, -1, -1))
    return [
        (x * (2 * (place % 1) - 1) + (sx if x == 0 else 0), y * (2 * (place % 1) - 1) + (sy if y == 0 else 0))
        for place in places
        for x, y, sx, sy in [sides[int(place)]]
    ]


def shapes(scene: Scene, path: Path) -> Row:
    """What views do to the places that pixels are sampled from."""
    bundle = read_bundle(path)
    warp = warp_of(bundle.manifest)
    assert warp is not None
    depth = depth_of(warp, bundle.tensors(BANK_NAME))
    assert depth is not None
    width, height = scene.size
    cells = cell_sizes(width, height, scene.size)
    folds, step, least, most, band = 0, 0.0, np.inf, 0.0, 0
    for x, y in rim(VIEWS):
        field = np.stack([x * depth[0], y * depth[1]], -1).astype(np.float32)
        moved = resize(field, scene.size) * cells
        across, down = np.diff(moved, axis=1)[:-1], np.diff(moved, axis=0)[:, :-1]
        jacobian = np.stack([across, down], -1) + np.eye(2)
        singular = np.linalg.svd(jacobian[::2, ::2], compute_uv=False)
        folds += int((np.linalg.det(jacobian) <= 0).sum())
        step = max(step, float(np.linalg.norm(jacobian, axis=-2).max()))
        least, most = min(least, float(singular.min())), max(most, float(singular.max()))
        strained = (np.abs(jacobian[..., 0, 0] - 1) > STRAINED) | (np.abs(jacobian[..., 1, 1] - 1) > STRAINED)
        band = max(band, longest_run(strained), longest_run(strained.T))
    shift = 2 * float(np.ptp(depth[0])) * max(scene.size)
    return {"folds": folds, "step": step, "least": least, "most": most, "band": band, "shift": shift}


def longest_run(mask: np.ndarray) -> int:
    """The longest run of True along the rows of a mask, bool [h, w]."""
    edges = np.diff(np.pad(mask, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    starts, ends = np.nonzero(edges == 1)[1], np.nonzero(edges == -1)[1]
    return int((ends - starts).max(initial=0))


def costs(scene: Scene, path: Path) -> Row:
    """Milliseconds of one core a picture, straight ahead and in a sway, in turn; the bytes that depth adds."""
    renderer = scene.renderer(SIZE)
    embeddings = scene.embeddings
    spent = {False: 0.0, True: 0.0}
    for number in range(-6, PICTURES):
        embedding = embeddings[number % len(embeddings)]
        for sways in spent:
            begun = time.process_time()
            renderer.render(Frame(embedding, None, (0.6 * np.sin(number), 0.3) if sways else None))
            spent[sways] += time.process_time() - begun if number >= 0 else 0
    still, swaying = (1000 * spent[each] / PICTURES for each in (False, True))
    bundle = read_bundle(path)
    warp, drawing = warp_of(bundle.manifest), bundle.manifest.drawing
    assert warp is not None
    assert drawing is not None
    flat = msgspec.structs.replace(drawing, warp=msgspec.structs.replace(warp, depth=None))
    manifest = using_depth(msgspec.structs.replace(bundle.manifest, drawing=flat))
    bank = {name: array for name, array in bundle.tensors(BANK_NAME).items() if name != warp.depth}
    without = pack_bundle(manifest, Bundle(manifest, {**bundle.parts, BANK_NAME: pack_tensors(bank)}).parts)
    return {
        "ms": still,
        "ms, sway": swaying,
        "MB": path.stat().st_size / 1e6,
        "kB more": (path.stat().st_size - len(without)) / 1e3,
    }


def naturalness(scene: Scene, clip: Path, folder: Path | None) -> Row:
    """As report/naturalness.py judges lives of three seeds that sway as usual, and the same ones that don't."""
    from alive_cli.report.naturalness import judge, reference_of

    reference = reference_of(frames_of(clip, scene.size), scene.fps)
    assert reference is not None, "the clip is too short, or nothing moves"
    row: Row = {}
    for name, sway in (("still", 0.0), ("sway", None)):
        pictures = []
        for seed in range(3):
            life = scene.life(seed=seed)
            if sway is not None:
                life.sway(sway)
            every = max(1, round(SECONDS * scene.fps / LIVED))
            frames = islice(scene.frames(life), 0, LIVED // 3 * every, every)
            pictures += [scene.draw(frame, reference.size) for frame in frames]
        judged = judge(np.array(pictures), reference)
        row |= {f"natural, {name}": judged.rollout, f"ratio, {name}": judged.ratio, f"broken, {name}": judged.broken}
        if folder is not None:
            np.save(folder / f"{clip.stem}.{name}.npy", np.array(pictures))
    row["sway ÷ still"] = float(row["natural, sway"] or 0) / float(row["natural, still"] or 1)
    return row


def frames_of(clip: Path, size: tuple[int, int]) -> np.ndarray:
    """The frames of a clip, uint8 [N, H, W, 3], at width and height `size`."""
    video, frames = cv2.VideoCapture(str(clip)), []
    while True:
        there, picture = video.read()
        if not there:
            return np.array(frames)
        frames.append(cv2.cvtColor(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2RGB))


def main(words: list[str]) -> None:
    """Measure what the words name."""
    if words[0] == "map":
        name, width, height, file = words[1:]
        Path(file).write_bytes(pack_picture(drawn_depth(name, (int(width), int(height)))))
        return
    clip = Path(words[words.index("--clip") + 1]) if "--clip" in words else None
    folder = Path(words[words.index("--save") + 1]) if "--save" in words else None
    rows: dict[str, Row] = {}
    for path in (Path(word) for word in words if word.endswith(".alive")):
        scene = Scene.open(path, threads=1)
        rows[path.stem] = shapes(scene, path) | costs(scene, path)
        if clip is not None and clip.suffix in VIDEOS:
            rows[path.stem] |= naturalness(scene, clip, folder)
    names = list(next(iter(rows.values())))
    print("| scene |", " | ".join(names), "|")
    print("| --- |", " --- |" * len(names))
    for name, row in rows.items():
        print(f"| {name} |", " | ".join(f"{row[each]:.3g}" for each in names), "|")
    print(json.dumps(rows))


if __name__ == "__main__":
    main(sys.argv[1:])
