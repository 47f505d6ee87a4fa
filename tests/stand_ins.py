"""Small files of the names that the documents use, and what stands in for training, people and devices."""

import json
import shutil
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import numpy as np
import pytest
from PIL import Image

from alive_cli import console
from alive_cli.media.encode import write_video
from alive_cli.web.places import HELD
from bundle_spec.conformance.valid import VALID
from bundle_spec.container import Bundle, read_bundle, write_bundle
from bundle_spec.features.actions import using_actions
from bundle_spec.features.moods import with_moods
from tests.conftest import moving_frames
from tests.drums import drums
from tests.flowing import Stream
from tests.textures import texture
from tests.waves import write_wave

SECONDS = 10.0
"""Clips and scenes of these names last so long, because the documents name seconds up to 9.5."""
LONG_SECONDS = 24
"""A film lasts so long, because a document takes its part from second 12 to 20."""
FRAMES_SHOWN = 3
"""A view that would play without end shows so many frames."""
CLIPS = ("cats", "mouse", "me", "flag", "actor", "portrait", "dancer", "other", "river", "insect")
"""Clips have these names."""
SCENES = ("napping_cat", "mouse", "me", "painting", "photo", "waterfall", "insect", "cats")
"""Scenes have these names."""
PHOTOGRAPHS = ("photo", "waterfall", "mona_lisa", "painting")
"""Photographs and paintings have these names."""
ORIGINAL = "original"
"""In this folder is a scene beside the clip that it was fitted to, for commands that compare both."""
BARE = "bare.alive"
"""This scene has no names and no moods yet."""
DEEP = "deep.alive"
"""This scene has depth."""


def furnish(folder: Path, clip: Path, scene: Path) -> None:
    """Fill an empty folder with stand-ins.

    Args:
        clip: the tiny clip.
        scene: the tiny scene that was fitted to it.
    """
    frames = moving_frames()
    (folder / ORIGINAL).mkdir()
    for name in (read_bundle(scene).manifest.source.name, "cats.mp4"):
        shutil.copy(clip, folder / ORIGINAL / name)
    shutil.copy(scene, folder / ORIGINAL / "cats.alive")
    write_video(folder / "cats.mp4", frames, fps=len(frames) / SECONDS)
    for name in CLIPS[1:]:
        shutil.copy(folder / "cats.mp4", folder / f"{name}.mp4")
    shutil.copy(clip, folder / "CLIP")
    write_video(folder / "film.mp4", moving_frames(LONG_SECONDS), fps=1)
    clear = np.concatenate([frames, np.broadcast_to(frames[..., :1], (*frames.shape[:3], 1))], -1)
    write_video(folder / "actor.mov", clear, fps=10)
    green = np.where(frames[..., :1] > 100, frames, np.array([69, 154, 105], np.uint8))
    (folder / "actor.mp4").unlink()
    write_video(folder / "actor.mp4", green, fps=10)
    for name in ("recordings", "frames", "scenes", "examples/gallery"):
        (folder / name).mkdir(parents=True)
    shutil.copy(scene, folder / "scenes")
    shutil.copy(clip, folder / "recordings" / "one.mp4")
    for number, frame in enumerate(frames, 1):
        for path in (folder / f"frame_{number:04d}.png", folder / "frames" / f"{number}.png"):
            Image.fromarray(frame).save(path)
    write_wave(folder / "music.mp3", drums(2)[0])
    _photographs(folder)
    _scenes(folder, scene)


def _photographs(folder: Path) -> None:
    stream = Stream(
        (96, 64),
        np.array([[20.0, 10.0], [76.0, 10.0], [76.0, 54.0], [20.0, 54.0]]),
        np.array([[40.0, 20.0]]),
        lambda places, seconds: places + np.array([0.0, 6.0 * seconds]),
    )
    for name in PHOTOGRAPHS:
        Image.fromarray(texture(96, 64)).save(folder / f"{name}.jpg")
    for name in ("photo", "waterfall"):
        (folder / f"{name}.json").write_text(json.dumps(stream.labelme()))
    ramp = np.linspace(0, 255, 64).astype(np.uint8)
    Image.fromarray(np.tile(ramp[:, None], (1, 96))).save(folder / "depth.png")
    bright = np.zeros((32, 48), np.uint8)
    bright[:, 12:36] = 255
    Image.fromarray(bright).save(folder / "mask.png")
    around = ((0, 0), (6, 0), (-6, 0), (0, 6), (0, -6), (5, 5), (-5, 5), (5, -5), (-5, -5))
    pairs = [
        {"name": f"{number}", "scene": [24 + x, 22.4 + y], "painting": [48 + 2 * x, 32 + 2 * y]}
        for number, (x, y) in enumerate(around)
    ]
    points = {
        "version": 1,
        "scene": {"second": 0.0, "width": 48, "height": 32},
        "painting": {"width": 96, "height": 64},
        "pairs": pairs,
        "moves": [[[20, 8], [76, 8], [76, 56], [20, 56]]],
    }
    for name in ("painting", "points"):
        (folder / f"{name}.json").write_text(json.dumps(points))


def _scenes(folder: Path, scene: Path) -> None:
    fitted = read_bundle(scene)
    count = fitted.manifest.source.frames
    source = msgspec.structs.replace(fitted.manifest.source, fps=count / SECONDS, name="cats.mp4")
    bare = msgspec.structs.replace(fitted.manifest, source=source, names={}, actions={})
    write_bundle(folder / BARE, using_actions(bare), fitted.parts)
    half = [[2, 5], [9, 12]]
    named = msgspec.structs.replace(
        bare,
        names={"smile": [5, 5], "asleep": [11, 15]},
        actions=dict.fromkeys(("nod", "left", "left2", "up", "down"), half),
    )
    grades = np.linspace(0, 1, count, dtype=np.float32)
    whole = with_moods(Bundle(using_actions(named), fitted.parts), {"calm": grades, "asleep": 1 - grades})
    whole = Bundle(using_actions(whole.manifest), whole.parts)
    for name in SCENES:
        write_bundle(folder / f"{name}.alive", whole.manifest, whole.parts)
    without = msgspec.structs.replace(whole.manifest, actions=dict.fromkeys(("left", "left2", "up", "down"), half))
    write_bundle(folder / "acting.alive", without, whole.parts)
    (folder / "actor.alive").write_bytes(VALID["warp-alpha"].build())
    (folder / DEEP).write_bytes(VALID["warp-depth"].build())


def stand_in(monkeypatch: pytest.MonkeyPatch, scene: Path, player: Path) -> None:
    """Let nothing train, wait for people, or use a device. All else of a command runs.

    Args:
        scene: what a fit writes, instead of what it would have learned from the clip that it has read.
        player: a folder with a player of a few bytes.
    """
    from alive_cli.export import exporter
    from alive_cli.fitting import checks, learning, photograph, pipeline
    from alive_cli.marking import site
    from alive_cli.report import action_finding
    from alive_cli.views import browser, loop, terminal, window
    from alive_cli.web import gallery, page, places

    def learned(*values: Any) -> tuple[Any, ...]:
        film = values[5]
        if film is not None:
            film.steps, film.shots = [1], [values[1].frames.fitted[film.chosen(len(values[1].frames.fitted))]]
        return SimpleNamespace(bank={}), None, None, None

    def shown(performance: Any, *_: Any, **__: Any) -> Any:
        for frame in islice(performance, FRAMES_SHOWN):
            performance.draw(frame)
        return loop.Playback(FRAMES_SHOWN)

    fitted = read_bundle(scene)
    export_bundle = exporter.export_bundle

    def exported(bundle: Any, *rest: Any) -> Any:
        return (bundle, None) if bundle is fitted else export_bundle(bundle, *rest)

    monkeypatch.setattr(learning, "learn_halves", learned)
    monkeypatch.setattr(pipeline, "_bundle", lambda *_: fitted)
    monkeypatch.setattr(photograph, "export_bundle", lambda bundle, *_: (bundle, None))
    for room, name in ((checks, "with_variation"), (checks, "with_figures"), (action_finding, "with_own_actions")):
        monkeypatch.setattr(room, name, lambda bundle, *_: bundle)
    monkeypatch.setattr(checks, "as_stored", lambda *_: None)
    monkeypatch.setattr(exporter, "export_bundle", exported)
    monkeypatch.setattr(terminal, "play_in_terminal", shown)
    monkeypatch.setattr(window, "play_in_window", shown)
    for room in (browser, site, loop):
        monkeypatch.setattr(room, "wait_for", lambda left: None)
    monkeypatch.setattr("webbrowser.open", lambda address: True)
    for kept in (console.data, console.messages):
        kept()  # consoles are kept, so they must be made before stdout seems to be a terminal
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    files = {path.name: path for path in player.iterdir()}
    for room in (page, gallery):
        monkeypatch.setattr(room, "player_files", lambda: files)
    for room in (gallery, places):
        monkeypatch.setattr(room, "built_file", lambda name: player / name)


def tiny_player(folder: Path) -> None:
    """Fill an empty folder with a player of a few bytes."""
    for name in ("alive-scene.js", "page.js", "worker.js", "gallery.js", "place.js", *HELD):
        (folder / name).write_bytes(b"player")


def suit(folder: Path, words: list[str]) -> Path:
    """Give a command the scene that it expects under the name that it uses.

    Args:
        folder: a copy of the stand-ins, which this changes.
        words: of the command, without `alive`.

    Returns:
        The folder to run it in.
    """
    if words[0] in ("compare", "eval") or "--continue" in words:
        return folder / ORIGINAL
    scene = folder / "cats.alive"
    if words[0] in ("name", "mood"):
        scene.write_bytes((folder / BARE).read_bytes())
    elif words[0] == "actions":
        scene.write_bytes((folder / "acting.alive").read_bytes())
    elif any(word.startswith(("--sway", "--view-from")) for word in words):
        scene.write_bytes((folder / DEEP).read_bytes())
    # What a command writes isn't there yet.
    for option in ("-o", "--out"):
        if option in words:
            (folder / words[words.index(option) + 1]).unlink(missing_ok=True)
    if words[0] in ("fit", "transfer"):
        for path in folder.glob("*.alive"):
            if path.name not in words:
                path.unlink()
    return folder
