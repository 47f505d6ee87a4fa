"""CLIP, without a network: a randomly initialised model saved to a file and loaded back."""

import logging
import time
from pathlib import Path

import numpy as np
import pytest

from alive_cli.encoders import clip
from alive_cli.encoders.choose import EncoderChoice, find_encoder
from alive_cli.encoders.clip import ClipEncoder, find_weights
from alive_cli.encoders.pca import PcaEncoder
from alive_cli.errors import WeightsError

pytestmark = pytest.mark.slow

MODEL = "ViT-S-32-alt"
"""The smallest image tower that open_clip knows by name; the code is the same for all."""


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    open_clip = pytest.importorskip("open_clip")
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(0)
    model = open_clip.create_model(MODEL)
    path = tmp_path_factory.mktemp("clip") / "random.safetensors"
    save_file(model.state_dict(), path)
    return path


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clip, "_cached", lambda config: None)
    monkeypatch.setattr(clip, "_reachable", lambda address: False)


def test_local_checkpoint(checkpoint: Path, frames: np.ndarray) -> None:
    encoder = ClipEncoder.load(MODEL, checkpoint, tag=None, device="cpu")
    embeddings = encoder.encode(frames)
    assert embeddings.shape == (16, encoder.info.dimension)
    np.testing.assert_allclose(np.linalg.norm(embeddings, axis=1), 1, atol=1e-5)
    assert encoder.info.weights is not None
    assert encoder.info.weights.startswith("sha256:")
    np.testing.assert_array_equal(
        embeddings, ClipEncoder.load(MODEL, checkpoint, tag=None, device="cpu").encode(frames)
    )


def test_choosing_a_file_means_clip(checkpoint: Path, frames: np.ndarray) -> None:
    choice = EncoderChoice("auto", MODEL, str(checkpoint))
    encoder = find_encoder(choice, device="cpu", note=pytest.fail)(frames)
    assert encoder.info.id == "clip"


def test_batches_agree_with_single_frames(
    checkpoint: Path, frames: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = ClipEncoder.load(MODEL, checkpoint, tag=None, device="cpu")
    whole = encoder.encode(frames)
    monkeypatch.setattr(clip, "BATCH", 5)
    seen: list[int] = []
    np.testing.assert_allclose(encoder.encode(frames, seen.append), whole, atol=1e-5)
    assert seen == [5, 10, 15, 16]


def test_batches_shrink_where_memory_is_short(
    checkpoint: Path, frames: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    encoder, embed = ClipEncoder.load(MODEL, checkpoint, tag=None, device="cpu"), clip._embed
    expected = encoder.encode(frames)

    def short_of_memory(model: object, some: np.ndarray, *rest: object) -> np.ndarray:
        if len(some) > 5:
            raise torch.OutOfMemoryError("so many don't fit")
        return embed(model, some, *rest)

    monkeypatch.setattr(clip, "_embed", short_of_memory)
    counts: list[int] = []
    np.testing.assert_allclose(encoder.encode(frames, counts.append), expected, atol=1e-5)
    assert counts == [4, 8, 12, 16]


def test_file_that_is_no_checkpoint(tmp_path: Path) -> None:
    pytest.importorskip("open_clip")
    path = tmp_path / "weights.pt"
    path.write_text("not a checkpoint")
    with pytest.raises(WeightsError, match="not a checkpoint"):
        ClipEncoder.load(MODEL, path, tag=None, device="cpu")


def test_checkpoint_of_another_model(checkpoint: Path) -> None:
    with pytest.raises(WeightsError, match="clip-model"):
        ClipEncoder.load("ViT-S-16-alt", checkpoint, tag=None, device="cpu")


@pytest.mark.usefixtures("offline")
def test_auto_falls_back_with_one_warning(frames: np.ndarray) -> None:
    pytest.importorskip("open_clip")
    warnings: list[str] = []
    began = time.perf_counter()
    encoder = find_encoder(EncoderChoice("auto"), device="cpu", note=warnings.append)(frames)
    assert isinstance(encoder, PcaEncoder)
    assert len(warnings) == 1
    assert "--clip-weights" in warnings[0]
    assert "could not be had" in str(encoder.info.note)
    assert time.perf_counter() - began < 30  # a hang, not a speed: open_clip's own retries take longer


@pytest.mark.usefixtures("offline")
def test_clip_without_weights_is_an_error() -> None:
    pytest.importorskip("open_clip")
    with pytest.raises(WeightsError, match="--clip-weights FILE"):
        find_encoder(EncoderChoice("clip"), device="cpu", note=pytest.fail)


@pytest.mark.parametrize(
    ("model", "weights", "expected"),
    [
        ("ViT-B-32", "no-such-tag", "openai"),
        ("ViT-B-32", "missing.pt", "no file"),
        ("NoSuchModel", None, "knows no model"),
    ],
)
def test_wrong_names(model: str, weights: str | None, expected: str) -> None:
    pytest.importorskip("open_clip")
    with pytest.raises(WeightsError, match=expected):
        find_weights(model, weights)


def test_cached_weights_by_tag(checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cache answers with a path; the tag then supplies activation and preprocessing."""
    import huggingface_hub

    requests: list[str] = []

    def cached(repository: str, filename: str) -> str:
        requests.append(f"{repository}/{filename}")
        return str(checkpoint)

    monkeypatch.setattr(huggingface_hub, "try_to_load_from_cache", cached)
    assert find_weights("ViT-B-32", "openai") == (checkpoint, "openai")
    assert requests == ["timm/vit_base_patch32_clip_224.openai/open_clip_model.safetensors"]


def test_no_log_lines(checkpoint: Path, frames: np.ndarray, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.NOTSET):
        ClipEncoder.load(MODEL, checkpoint, tag=None, device="cpu").encode(frames[:2])
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_auto_doesnt_hide_a_wrong_name() -> None:
    pytest.importorskip("open_clip")
    with pytest.raises(WeightsError, match="knows no model"):
        find_encoder(EncoderChoice("auto", "NoSuchModel"), device="cpu", note=pytest.fail)


def test_a_network_that_swallows_everything_is_abandoned(monkeypatch: pytest.MonkeyPatch) -> None:
    def swallow(*_: object, **__: object) -> None:
        time.sleep(60)
        raise TimeoutError

    monkeypatch.setattr(clip.urllib.request, "urlopen", swallow)
    began = time.perf_counter()
    assert not clip._reachable("https://example.invalid")
    assert time.perf_counter() - began < 30
