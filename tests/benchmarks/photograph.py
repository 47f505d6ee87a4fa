"""Photographs that flow: the flow itself, pictures against the truth, loops, speed and size.

python -m tests.benchmarks.photograph                      drawn streams, whose flow is known
python -m tests.benchmarks.photograph PHOTO.jpg HINTS.json   one photograph
"""

import argparse
import json
import tempfile
import time
from itertools import islice, pairwise
from pathlib import Path

import cv2
import numpy as np

from alive_cli.fitting.flows import flow_of_hints
from alive_cli.fitting.options import FitOptions
from alive_cli.fitting.photograph import fit_photograph
from alive_cli.media.pictures import read_pictures
from alive_cli.observation.photograph.contrast import displaced
from alive_cli.observation.photograph.flow_field import flow_field
from alive_cli.observation.photograph.hints import read_hints
from alive_cli.observation.photograph.trajectories import follow_flow
from alive_cli.progress import Listener
from alive_cli.runtime.scene import Scene
from bundle_spec.container import pack_picture
from tests.flowing import STREAMS, Stream

FRAMES = 30
"""So many pictures are compared with the truth."""
SEVERAL = 3
"""Motion is measured between pictures so many frames apart, because that of one frame is smaller than its error."""
REACH = 2.5
"""The flow is followed for so many halves of a life, as `alive fit` follows it."""


def decibels(pictures: np.ndarray, truth: np.ndarray, inside: np.ndarray) -> float:
    error = np.square(pictures.astype(float) - truth)[:, inside].mean()
    return float(10 * np.log10(255**2 / max(error, 1e-9)))


def travelled(pictures: list[np.ndarray], flow: np.ndarray, inside: np.ndarray, fps: float) -> tuple[float, float]:
    """How far what is seen moves along the flow ÷ how far it should, and across it; medians where it flows.

    Args:
        flow: pixels a second, [H, W, 2].
    """
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    inner = cv2.erode(inside.astype(np.uint8), np.ones((13, 13), np.uint8), borderValue=0) > 0
    expected = flow * SEVERAL / fps
    squares = np.maximum(np.square(expected).sum(-1), 1e-9)
    inner &= squares > 0.25
    along, across = [], []
    for before, after in zip(pictures, pictures[SEVERAL:], strict=False):
        greys = [cv2.cvtColor(each, cv2.COLOR_RGB2GRAY) for each in (before, after)]
        seen = search.calc(greys[0], greys[1], None)
        along.append(((seen * expected).sum(-1) / squares)[inner])
        across.append(((seen[..., 0] * expected[..., 1] - seen[..., 1] * expected[..., 0]) / squares)[inner])
    return float(np.median(np.concatenate(along))), float(np.median(np.abs(np.concatenate(across))))


def contrast(picture: np.ndarray, inside: np.ndarray) -> float:
    grey = picture.mean(-1).astype(np.float32)
    return float((grey - cv2.GaussianBlur(grey, (0, 0), 3))[inside].std())


def cross_fades(picture: np.ndarray, later: np.ndarray, count: int) -> list[np.ndarray]:
    """Pictures that fade from one to the other."""
    shares = np.arange(count) / count
    return [cv2.addWeighted(picture, 1 - share, later, share, 0) for share in shares]


def drawn(name: str, stream: Stream, folder: Path) -> None:
    photo, hints_file = folder / f"{name}.png", folder / f"{name}.json"
    photo.write_bytes(pack_picture(stream.picture(0)))
    hints_file.write_text(json.dumps(stream.labelme()))
    hints = read_hints(hints_file, stream.size)
    longest, inside = max(stream.size), stream.inside
    field = flow_field(hints)
    flow = cv2.resize(field, stream.size) * longest
    errors = np.linalg.norm(flow - stream.flow, axis=-1)[inside]
    speeds = np.linalg.norm(stream.flow, axis=-1)[inside]
    scene = fitted(photo, hints_file, folder / f"{name}.alive")
    fps = scene.fps
    truth = np.stack([stream.picture(number / fps) for number in range(FRAMES)])
    period = len(scene.embeddings)
    embeddings = list(islice(scene.live(scene.life(scene.controls(novelty=0.0), start_at=0.0)), 2 * period))
    middle = period // 2 - 1  # here one copy is exactly the photograph, and weighs most
    flowing = np.stack([scene.draw(each) for each in embeddings[middle : middle + FRAMES]])
    trajectories = follow_flow(field, hints.mask(stream.size), REACH)
    moved = np.stack([displaced(truth[0], trajectories, number / fps, stream.size) for number in range(FRAMES)])
    moved = np.where(inside[..., None], moved, truth[0])
    still = np.repeat(truth[:1], FRAMES, axis=0)
    fades = cross_fades(truth[0], truth[-1], FRAMES)
    rows = {
        "error of the flow, median and 95 %, px/s": np.quantile(errors, [0.5, 0.95]),
        "speed, median, px/s": np.median(speeds),
        "PSNR where it flows, still": decibels(still, truth, inside),
        "PSNR where it flows, displaced alone": decibels(moved, truth, inside),
        "PSNR where it flows, the scene": decibels(flowing, truth, inside),
        "travel along the flow / across, the truth": travelled(list(truth), stream.flow, inside, fps),
        "travel, the scene": travelled(list(flowing), stream.flow, inside, fps),
        "travel, a cross-fade": travelled(fades, stream.flow, inside, fps),
        "PSNR elsewhere, the scene": decibels(flowing, truth, ~inside),
    }
    show(name, rows | of_scene(scene, inside, truth[0]))


def of_scene(scene: Scene, inside: np.ndarray, photo: np.ndarray) -> dict[str, object]:
    """What any scene says without the truth."""
    period = len(scene.embeddings)
    embeddings = list(islice(scene.live(scene.life(scene.controls(novelty=0.0), start_at=0.0)), 2 * period + 1))
    pictures = [scene.draw(each).astype(np.int16) for each in embeddings[: period + 1]]
    steps = [float(np.abs(b - a)[inside].mean()) for a, b in pairwise(pictures)]
    again = float(np.abs(pictures[0] - scene.draw(embeddings[period]).astype(np.int16)).max())
    contrasts = [contrast(each.astype(np.uint8), inside) / contrast(photo, inside) for each in pictures]
    still = scene.draw(next(scene.live(scene.life(scene.controls(temperature=0.0)))))
    lived = [scene.draw(each) for each in islice(scene.live(scene.life(seed=1)), 60)]
    return {
        "period, s; life, s; stretch": (period / scene.fps, *(scene.manifest.figures[k] for k in ("life", "stretch"))),
        "steps of pictures: least, mean, most; wrap": (
            min(steps[:-1]),
            np.mean(steps[:-1]),
            max(steps[:-1]),
            steps[-1],
        ),
        "first picture against that a period later, levels": again,
        "contrast ÷ the photograph's, least and most": (min(contrasts), max(contrasts)),
        "PSNR of temperature 0 against the photograph": decibels(still[None], photo[None], np.ones_like(inside)),
        "largest change elsewhere, levels": float(np.ptp(np.stack(lived)[:, far_from(inside)], axis=0).max(initial=0)),
    }


def far_from(inside: np.ndarray) -> np.ndarray:
    return cv2.dilate(inside.astype(np.uint8), np.ones((7, 7), np.uint8)) == 0


def photograph(photo: Path, hints_file: Path, folder: Path) -> None:
    began = time.perf_counter()
    scene = fitted(photo, hints_file, folder / "photograph.alive")
    seconds = time.perf_counter() - began
    picture = next(read_pictures([photo], scene.size))
    hints = read_hints(hints_file, picture.shape[1::-1])
    inside = hints.mask(scene.size) > 0
    flow = cv2.resize(flow_field(hints), scene.size) * max(scene.size)
    for _ in scene.rollout(frames=30):
        pass
    began = time.perf_counter()
    for _ in scene.rollout(frames=150):
        pass
    rate = 150 / (time.perf_counter() - began)
    lived = [scene.draw(each) for each in islice(scene.live(scene.life(seed=1)), 30)]
    rows: dict[str, object] = {
        "seconds from hints to a scene, with PyTorch loaded": seconds,
        "MB": (folder / "photograph.alive").stat().st_size / 1e6,
        "pictures a second": rate,
        "motion modes": scene.manifest.drawing.warp.motion_modes,  # type: ignore[union-attr]
        "travel along the flow / across": travelled(lived, flow, inside, scene.fps),
    }
    show(photo.stem, rows | of_scene(scene, inside, picture))


def fitted(photo: Path, hints_file: Path, output: Path) -> Scene:
    fit_photograph(photo, flow_of_hints(hints_file, None), output, FitOptions(), Listener())
    return Scene.open(output, device="cpu")


def show(name: str, rows: dict[str, object]) -> None:
    print(f"\n{name}")
    for words, figures in rows.items():
        values = np.atleast_1d(np.asarray(figures, float))
        print(f"  {words}: " + ", ".join(f"{value:.2f}" for value in values))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    files = parser.parse_args().files
    with tempfile.TemporaryDirectory() as folder:
        if files:
            photograph(*files, Path(folder))
        else:
            for name, make in STREAMS.items():
                drawn(name, make(640, 480, **({"speed": 48.0} if name == "river" else {})), Path(folder))


if __name__ == "__main__":
    main()
