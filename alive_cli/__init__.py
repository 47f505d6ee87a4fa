"""Alive Scene: one video becomes a living scene that behaves by itself.

The public Python API is `Scene`:

    from alive_cli import Scene
    scene = Scene.open("cats.alive")
    for picture in scene.rollout(temperature=0.3, frames=100):
        ...
"""

from typing import TYPE_CHECKING, Any

from alive_cli.version import __version__

if TYPE_CHECKING:
    from alive_cli.runtime.scene import Scene

__all__ = ["Scene", "__version__"]


def __getattr__(name: str) -> Any:
    if name == "Scene":  # imported lazily, because `alive --help` must not wait for onnxruntime
        from alive_cli.runtime.scene import Scene

        return Scene
    raise AttributeError(f"module 'alive_cli' has no attribute {name!r}")
