"""How well a scene follows another video: fitted to the first part of a clip, it is led by the rest.

`led` is the PSNR in dB, over the pixels that move in the clip, of pictures that are led (`--lead-like absolute`) beside
the lead itself. `nearest` is that of the frame of the first part that is nearest to each (by these very pixels, so
nobody can choose a better one), `free` that of a life that nobody leads, `relative` that of the default way to lead.
`over nearest` and `over free` are the differences. `natural` is the naturalness of led pictures ÷ that of the clip's
own frames, `broken` the share of broken ones, `steady` the energy of differences of second order in time ÷ the lead's.
`follows` is the correlation of the pose with the fit's, over all displacements, where the first part leads its own
scene relatively. `fps` is how many pictures of 640×480 are registered and drawn at the scene's own size a second, one
after the other.
"""

import time
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from alive_cli.media.decode import read_clip
from alive_cli.media.sampling import evenly_spread
from alive_cli.media.warping import reduce, resize
from alive_cli.report.naturalness import DRAWN_SIDE, judge, reference_of
from alive_cli.report.pictures import moving_pixels
from alive_cli.runtime.frame import Frame
from alive_cli.runtime.lead.leader import Leader
from alive_cli.runtime.lead.video import LOOKED_AT
from alive_cli.runtime.scene import Scene

JUDGED = 150
"""So many led pictures are judged."""
STEADY_SIDE = 160
"""Differences in time are taken with so many pixels on the longest side."""
CAMERA = 640, 480
"""A lead of this size is timed."""
TIMED = 120
"""So many pictures are timed."""
THINNED = 7
"""The nearest frame is searched for on each so many-th moving value, because all of them take minutes."""


def lead(scene: Scene, path: Path) -> dict[str, float | str | None]:
    """The figures of a scene that was fitted to the first part of the clip at a path."""
    source = scene.manifest.source
    width, height = source.width, source.height
    end = source.start + len(scene.embeddings) / source.fps
    options = {"size": max(width, height), "fps": source.fps}
    first = read_clip(path, start=source.start, duration=end - source.start, **options).frames
    rest = read_clip(path, start=end, **options).frames
    moving = moving_pixels(np.concatenate([first, rest]))
    led = led_frames(scene, rest, "absolute")
    pictures = np.stack([scene.draw(frame) for frame in led])
    relative = np.stack([scene.draw(frame) for frame in led_frames(scene, rest, "relative")])
    life = scene.life(seed=0)
    free = np.stack([scene.draw(each) for each in islice(scene.live(life), len(rest))])
    figures = {
        name: decibels(drawn, rest, moving)
        for name, drawn in {
            "led": pictures,
            "nearest": nearest(first, rest, moving),
            "free": free,
            "relative": relative,
        }.items()
    }
    row: dict[str, float | str | None] = {**figures}
    row["over nearest"], row["over free"] = (figures["led"] - figures[name] for name in ("nearest", "free"))
    clip = reference_of(np.concatenate([first, rest]), scene.fps)
    if clip is not None:
        some = pictures[evenly_spread(len(pictures), JUDGED)]
        drawn_size = scene.size_up_to(DRAWN_SIDE)
        judged = judge(np.stack([reduce(resize(each, drawn_size), clip.size) for each in some]), clip)
        row |= {"natural": judged.ratio, "broken": judged.broken}
    row["steady"] = second_order(pictures) / second_order(rest)
    row["follows"] = follows(scene, first)
    row["fps"] = rate(scene, rest)
    return row


def led_frames(scene: Scene, pictures: np.ndarray, like: str) -> list[Frame]:
    """The frames of a life that pictures, uint8 [N, H, W, 3], lead, one each."""
    leader, life = Leader(scene, like=like), scene.life(seed=0)
    leader.look_through(list(pictures[evenly_spread(len(pictures), LOOKED_AT)]))
    frames = []
    for picture, embedding in zip(pictures, scene.live(life), strict=False):
        life.lead(leader.see(picture))
        frames.append(life.steer(embedding, 1 / scene.fps))
    return frames


def decibels(drawn: np.ndarray, truth: np.ndarray, moving: np.ndarray) -> float:
    """PSNR over the pixels that move: of the mean error, not a mean of decibels."""
    errors = [np.square(a[moving].astype(np.float32) - b[moving]).mean() for a, b in zip(drawn, truth, strict=True)]
    return float(10 * np.log10(255**2 / max(float(np.mean(errors)), 1e-9)))


def nearest(frames: np.ndarray, truth: np.ndarray, moving: np.ndarray) -> np.ndarray:
    """The frame that is nearest to each picture of the truth over the pixels that move."""
    known, sought = (
        each[:, moving].reshape(len(each), -1)[:, ::THINNED].astype(np.float32) for each in (frames, truth)
    )
    apart = np.square(known).sum(1) - 2 * sought @ known.T
    return np.asarray(frames[apart.argmin(1)])


def second_order(pictures: Iterable[np.ndarray]) -> float:
    """The mean size of differences of second order in time."""
    small = [
        cv2.resize(each, (STEADY_SIDE, STEADY_SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
        for each in pictures
    ]
    return float(np.mean([np.abs(a - 2 * b + c).mean() for a, b, c in zip(small, small[1:], small[2:], strict=False)]))


def follows(scene: Scene, frames: np.ndarray) -> float:
    """The correlation, over all displacements, of the poses that a scene's own clip asks for with those of the fit."""
    steering = scene.steering
    assert steering is not None
    leader = Leader(scene)
    leader.look_through(list(frames[evenly_spread(len(frames), LOOKED_AT)]))
    pairs = [
        (pose.pose, steering.own(embedding))
        for picture, embedding in zip(frames, scene.embeddings, strict=False)
        if (pose := leader.see(picture)) is not None
    ]
    led, own = (np.stack(each) * steering.spread for each in zip(*pairs, strict=True))
    led, own = led - led.mean(0), own - own.mean(0)
    return float((led * own).sum() / np.sqrt(np.square(led).sum() * np.square(own).sum()))


def rate(scene: Scene, pictures: np.ndarray) -> float:
    """Pictures a second that are registered and drawn."""
    wide = [resize(each, CAMERA) for each in pictures[:TIMED]]
    leader, life = Leader(scene), scene.life(seed=0)
    leader.look_through(wide[:1])
    embeddings = scene.live(life)
    for embedding in islice(embeddings, 3):
        scene.draw(embedding)
    began = time.perf_counter()
    for picture, embedding in zip(wide, embeddings, strict=False):
        life.lead(leader.see(picture))
        scene.draw(life.steer(embedding, 1 / scene.fps))
    return len(wide) / (time.perf_counter() - began)
