"""CLIP through open_clip: find the weights, load them, embed frames.

Without a network, open_clip's own download retries for most of a minute and prints dozens of lines. So this module
finds the weights itself (a file, the local cache, one short request), and open_clip receives only a path that exists.
"""

import hashlib
import http.client
import logging
import os
import threading
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from alive_cli.errors import WeightsError
from alive_cli.training.chunks import chunked
from bundle_spec.manifest import EncoderInfo

DEFAULT_MODEL = "ViT-B-32"
"""CLIP has this open_clip architecture unless the user names another, because it is small and fast on a CPU."""
DEFAULT_TAG = "openai"
"""CLIP has these pretrained weights unless the user names others."""
BATCH = 32
"""CLIP embeds so many frames at once, so that a batch fits into the memory of ordinary machines."""
REQUEST_SECONDS = 3.0
"""The hub must answer within so many seconds, so that a fit without a network doesn't wait."""
_WEIGHT_FILES = ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")
_PREPROCESS_KEYS = ("mean", "std", "interpolation", "resize_mode")
_NOISY_LOGGERS = ("huggingface_hub", "httpx", "urllib3", "filelock", "timm", "root")


class UnreachableWeightsError(WeightsError):
    """The weights are not on this machine and can't be downloaded now."""


class ClipEncoder:
    """An open_clip image tower with its preprocessing; embeddings are normalised to unit length."""

    def __init__(self, model: Any, preprocess: Callable[[Image.Image], Any], info: EncoderInfo, device: str) -> None:
        self._model = model
        self._preprocess = preprocess
        self._device = device
        self.info = info

    @classmethod
    def load(cls, model: str, weights: Path, *, tag: str | None, device: str) -> "ClipEncoder":
        """Load a checkpoint file into an open_clip model.

        Args:
            model: an open_clip model name, `ViT-B-32` for example.
            weights: the checkpoint file.
            tag: the pretrained tag that the file belongs to, None for a user's own checkpoint.
            device: where to encode, `cpu` or `cuda` for example.

        Raises:
            WeightsError: the model name is unknown, or the file is no checkpoint of that model.
        """
        open_clip = _open_clip()
        _check_model(model)
        config = open_clip.get_pretrained_cfg(model, tag) if tag else {}
        try:
            network, _, preprocess = open_clip.create_model_and_transforms(
                model,
                pretrained=str(weights),
                force_quick_gelu=bool(config.get("quick_gelu", False)),
                **{f"image_{key}": config[key] for key in _PREPROCESS_KEYS if config.get(key)},
                device=device,
                weights_only=True,
            )
        except Exception as error:  # torch, safetensors and open_clip each raise their own
            raise WeightsError(
                f"{weights.name} is not a checkpoint of the open_clip model {model}; "
                "give the matching --clip-model (OpenAI's own need a -quickgelu one), or another --clip-weights FILE."
            ) from error
        network.eval()
        identity = tag or "sha256:" + _sha256(weights)
        side = network.visual.image_size
        side = side[0] if isinstance(side, (tuple, list)) else side
        dimension = _embed(network, np.zeros((1, side, side, 3), np.uint8), preprocess, device).shape[1]
        return cls(
            network, preprocess, EncoderInfo(id="clip", model=model, weights=identity, dimension=dimension), device
        )

    def encode(self, frames: np.ndarray, on_batch: Callable[[int], None] | None = None) -> np.ndarray:
        """Frames, uint8 [N, H, W, 3], to unit embeddings, float32 [N, D].

        A batch has BATCH frames, or as many as fit into the GPU's memory.
        """
        pieces: list[np.ndarray] = []
        done = 0
        for piece in chunked(frames, BATCH, lambda some: _embed(self._model, some, self._preprocess, self._device)):
            pieces.append(piece)
            done += len(piece)
            if on_batch:
                on_batch(done)
        return np.concatenate(pieces)

    def encode_words(self, words: list[str]) -> np.ndarray:
        """Texts to unit embeddings, float32 [T, D], which compare with those of frames.

        Raises:
            WeightsError: the model reads no texts, or its tokenizer can't be had.
        """
        import torch

        try:
            tokens = _open_clip().get_tokenizer(self.info.model)(words).to(self._device)
            with torch.inference_mode():
                embeddings = self._model.encode_text(tokens).float()
        except Exception as error:  # each model has its own tokenizer, and some download one
            raise WeightsError(f"The open_clip model {self.info.model} can't read words here; use another.") from error
        return np.asarray(torch.nn.functional.normalize(embeddings, dim=-1).cpu().numpy(), np.float32)

    def tensors(self) -> dict[str, np.ndarray]:
        """Empty, because CLIP's name is enough to get its weights again."""
        return {}


def find_weights(model: str, weights: str | None) -> tuple[Path, str | None]:
    """The checkpoint file to use, and the tag that it belongs to (None for a user's own file).

    This looks for a file of that name, then in the local cache, and then downloads from the hub. Without a network
    that takes no longer than REQUEST_SECONDS.

    Raises:
        WeightsError: there is no such model, tag or file.
        UnreachableWeightsError: the weights are not in the cache and can't be downloaded.
    """
    if weights and Path(weights).is_file():
        return Path(weights), None
    _check_model(model)
    open_clip = _open_clip()
    tag = weights or DEFAULT_TAG
    tags = open_clip.list_pretrained_tags_by_model(model)
    if tag not in tags:
        looks_like_file = weights and (Path(weights).suffix or os.sep in weights)
        if looks_like_file:
            raise WeightsError(f"There is no file {weights}; give --clip-weights the path of a checkpoint.")
        raise WeightsError(f"{model} has no weights tagged {tag!r}; choose one of {', '.join(tags)}, or a file.")
    config = open_clip.get_pretrained_cfg(model, tag)
    path = _cached(config) or _download(config)
    if path is None:
        raise UnreachableWeightsError(
            f"The CLIP weights {model}/{tag} are not on this machine and can't be downloaded now; "
            "give a local checkpoint with --clip-weights FILE, or use --encoder pca."
        )
    return path, tag


def cached_weights(model: str = DEFAULT_MODEL, tag: str = DEFAULT_TAG) -> Path | None:
    """The weights of an open_clip tag in the local cache, or None; uses no network."""
    config = _open_clip().get_pretrained_cfg(model, tag)
    return _cached(config) if config else None


def _open_clip() -> Any:
    for name in _NOISY_LOGGERS:
        logging.getLogger(None if name == "root" else name).setLevel(logging.ERROR)
    try:
        import open_clip
    except ImportError as error:
        raise WeightsError("CLIP needs open_clip: install it with pip install 'alive-scene[fit]'.") from error
    return open_clip


def _check_model(model: str) -> None:
    known = _open_clip().list_models()
    if model not in known:
        raise WeightsError(f"open_clip knows no model {model!r}; {DEFAULT_MODEL} is the usual one.")


def _embed(model: Any, frames: np.ndarray, preprocess: Callable[[Image.Image], Any], device: str) -> np.ndarray:
    import torch

    batch = torch.stack([preprocess(Image.fromarray(frame)) for frame in frames]).to(device)  # [B, 3, S, S]
    with torch.inference_mode():
        embeddings = model.encode_image(batch).float()
        embeddings = torch.nn.functional.normalize(embeddings, dim=-1)
    return np.asarray(embeddings.cpu().numpy(), np.float32)


def _repository(config: dict[str, Any]) -> tuple[str, tuple[str, ...]]:
    repository, filename = os.path.split(config.get("hf_hub", ""))
    return repository, (filename,) if filename else _WEIGHT_FILES


def _cached(config: dict[str, Any]) -> Path | None:
    """The weights in the hub's local cache."""
    from huggingface_hub import try_to_load_from_cache

    repository, filenames = _repository(config)
    if repository:
        for filename in filenames:
            path = try_to_load_from_cache(repository, filename)
            if isinstance(path, str):
                return Path(path)
    return None


def _download(config: dict[str, Any]) -> Path | None:
    from huggingface_hub import constants, hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError

    repository, filenames = _repository(config)
    if not repository or constants.HF_HUB_OFFLINE or not _reachable(constants.ENDPOINT):
        return None
    for filename in filenames:
        try:
            return Path(hf_hub_download(repository, filename))
        except EntryNotFoundError:
            continue
        except Exception:  # the connection broke; the caller says what to do instead
            return None
    return None


def _reachable(address: str) -> bool:
    """Whether a server answers within REQUEST_SECONDS. A thread asks, because looking up its name has no timeout."""
    answers: list[bool] = []

    def ask() -> None:
        try:
            request = urllib.request.Request(address, method="HEAD")
            with urllib.request.urlopen(request, timeout=REQUEST_SECONDS):
                answers.append(True)
        except (OSError, ValueError, http.client.HTTPException):
            pass

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(REQUEST_SECONDS)
    return bool(answers)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
