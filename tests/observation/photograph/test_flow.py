"""The flow between arrows, where it leads, and the pictures that are made ready to be displaced."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from alive_cli.media.warping import resize
from alive_cli.observation.photograph import flow_field as flow_module
from alive_cli.observation.photograph.contrast import _blurred, displaced, mixed_weights, with_more_contrast
from alive_cli.observation.photograph.flow_field import FASTEST, flow_field
from alive_cli.observation.photograph.hints import Hints, read_hints
from alive_cli.observation.photograph.surroundings import without_the_still
from alive_cli.observation.photograph.trajectories import LIVES, follow_flow
from tests.flowing import STREAMS, Stream, pool, river
from tests.textures import texture

MOST_ERROR = {"pool": 0.1, "river": 0.15}
"""The median error of the flow is at most this share of the median speed."""


def hints_of(stream: Stream, folder: Path) -> Hints:
    path = folder / "hints.json"
    path.write_text(json.dumps(stream.labelme()))
    return read_hints(path, stream.size)


@pytest.mark.parametrize("name", STREAMS)
def test_the_flow_between_arrows_is_that_of_the_stream(tmp_path: Path, name: str) -> None:
    stream = STREAMS[name]()
    flow = resize(flow_field(hints_of(stream, tmp_path)), stream.size) * max(stream.size)
    errors = np.linalg.norm(flow - stream.flow, axis=-1)[stream.inside]
    assert np.median(errors) < MOST_ERROR[name] * np.median(np.linalg.norm(stream.flow, axis=-1)[stream.inside])


@pytest.mark.parametrize("size", [(320, 240), (64, 2000), (2000, 64), (333, 333)])
def test_the_flow_is_that_of_the_whole_system(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    width, height = size
    area = np.array([[0, 0], [0.8 * width, 0.1 * height], [0.7 * width, 0.9 * height], [0.1 * width, 0.7 * height]])
    arrow = np.array([[0.3 * width, 0.3 * height], [0.5 * width, 0.6 * height]])
    hints = Hints(size, [area], arrow[None])
    monkeypatch.setattr(flow_module, "SIDE", 25)
    flow = flow_field(hints)
    monkeypatch.setattr(flow_module, "_solved", lambda matrix, target, _: np.linalg.solve(matrix, target))
    assert np.allclose(flow, flow_field(hints), rtol=1e-5, atol=1e-7)


def test_streams_that_a_rock_parts_dont_mix() -> None:
    left, right = (np.array([[x, 10], [x + 50, 10], [x + 50, 90], [x, 90]], float) for x in (5, 95))
    arrows = np.array([[[30, 50], [30, 80]], [[120, 50], [120, 20]]], float)
    flow = flow_field(Hints((150, 100), [left, right], arrows))
    assert (flow[10:30, 5:20, 1] > 0).all()
    assert (flow[10:30, 45:60, 1] < 0).all()


def test_nothing_flows_much_faster_than_the_fastest_arrow() -> None:
    area = np.array([[0, 0], [200, 0], [200, 100], [0, 100]], float)
    arrows = np.array([[[90, 50], [92, 50]], [[110, 50], [130, 50]]], float)
    flow = flow_field(Hints((200, 100), [area], arrows))
    assert np.linalg.norm(flow, axis=-1).max() * 200 <= FASTEST * 10 + 1e-3


def test_trajectories_agree_with_the_stream(tmp_path: Path) -> None:
    stream = pool()
    hints = hints_of(stream, tmp_path)
    columns, rows = 160, 120
    places = np.stack(np.meshgrid((np.arange(columns) + 0.5) * 2, (np.arange(rows) + 0.5) * 2), -1)
    exact = (stream.moved(places, 1e-3) - places) / 1e-3 / 320
    trajectories = follow_flow(exact.astype(np.float32), hints.mask(stream.size), 2.5)
    inside = cv2.erode(hints.mask(stream.size), np.ones((41, 41), np.uint8)) > 0
    for seconds in (-1.3, 0.5, 1.7):
        displacement = resize(trajectories.displacement(seconds), stream.size) * 320
        own = np.stack(np.meshgrid(np.arange(320) + 0.5, np.arange(240) + 0.5), -1)
        error = np.linalg.norm(displacement - (stream.moved(own, seconds) - own), axis=-1)
        assert error[inside].max() < 0.5


def test_no_time_is_no_displacement_and_back_undoes_forward(tmp_path: Path) -> None:
    stream = pool()
    hints = hints_of(stream, tmp_path)
    trajectories = follow_flow(flow_field(hints), hints.mask(stream.size), 2.5)
    assert np.abs(trajectories.displacement(0.0)).max() < 2e-4
    picture = texture(*stream.size).astype(np.float32)
    there = displaced(picture, trajectories, 1.0, stream.size)
    again = displaced(there, trajectories, -1.0, stream.size)
    inside = cv2.erode(hints.mask(stream.size), np.ones((61, 61), np.uint8)) > 0
    assert np.abs(again - picture)[inside].mean() < np.abs(there - picture)[inside].mean() / 4


def test_a_flow_that_stretches_gives_copies_a_shorter_life() -> None:
    mask = np.full((90, 160), 255, np.uint8)
    even = np.full((36, 64, 2), 0.005, np.float32)
    strained = even.copy()
    strained[..., 0] = np.linspace(-0.3, 0.3, 64)
    assert follow_flow(even, mask, 1.0).life == LIVES[0]
    assert follow_flow(strained, mask, 1.0).life < LIVES[0]


def test_what_comes_from_beyond_the_border_is_mirrored() -> None:
    mask = np.full((90, 200), 255, np.uint8)
    flow = np.zeros((36, 64, 2), np.float32)
    flow[..., 0] = 0.05
    trajectories = follow_flow(flow, mask, 1.0)
    back = trajectories.displacement(-1.0)[..., 0]  # where a picture that has moved on is sampled
    columns = back.shape[1]
    places = (np.arange(columns) + 0.5) / columns + back.mean(0)
    assert places.min() >= -0.01
    assert places[0] > places[1]


def test_what_stands_still_becomes_what_flows() -> None:
    picture = np.zeros((80, 120, 3), np.uint8)
    mask = np.zeros((80, 120), np.uint8)
    mask[:, :60] = 255
    picture[:, :60] = texture(60, 80, softness=1.0) // 2 + 100
    flow = np.zeros((8, 12, 2), np.float32)
    flow[..., 0] = 0.1
    filled = without_the_still(picture, mask, flow, 30)
    assert (filled[:, :55] == picture[:, :55]).all()
    assert (filled[:, 62:80] == picture[:, 33:51][:, ::-1]).mean() > 0.9  # mirrored at the edge, column 56.5
    assert (without_the_still(picture, np.full_like(mask, 255), flow, 30) == picture).all()


def test_weights_add_up_and_keep_one_contrast() -> None:
    for phase in np.linspace(0, 1, 20):
        _, weights = mixed_weights(float(phase))
        assert weights.sum() == pytest.approx(1)
        assert np.square(weights).sum() == pytest.approx(0.5)


def test_mixtures_of_the_picture_with_more_contrast_have_the_contrast_of_the_picture(tmp_path: Path) -> None:
    stream = river(speed=40)
    hints = hints_of(stream, tmp_path)
    mask = hints.mask(stream.size)
    trajectories = follow_flow(flow_field(hints), mask, 1.0)
    picture = texture(*stream.size, softness=2.5)
    strong = with_more_contrast(picture, mask, trajectories)
    for source, least, most in ((picture, 0.0, 0.8), (strong, 0.88, 1.08)):
        ages, weights = mixed_weights(0.3)
        copies = [
            displaced(source.astype(np.float32), trajectories, (age - 0.5) * trajectories.life, stream.size)
            for age in ages
        ]
        ratio = np.tensordot(weights, np.stack(copies), 1)[mask > 0].std() / picture[mask > 0].std()
        assert least <= ratio <= most


def test_wide_blurs_are_those_of_the_whole_picture() -> None:
    picture = texture(640, 360, softness=8).astype(np.float32)
    for blur in (24.0, 30.0, 61.0):
        errors = np.abs(_blurred(picture, blur) - cv2.GaussianBlur(picture, (0, 0), blur))
        assert errors.mean() < 0.1
        assert errors.max() < 1.5
