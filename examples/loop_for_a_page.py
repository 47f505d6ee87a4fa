"""Write a seamless loop in two formats, and a web page that shows it.

python examples/loop_for_a_page.py cats.alive site/
"""

import html
import sys
from pathlib import Path

from alive_cli import Scene
from alive_cli.views.file import Encoding, write_rollout


def main(bundle: Path, folder: Path, seconds: float = 4.0, longest: int = 480) -> None:
    """Write loop.webm, loop.mp4 and index.html into a folder."""
    scene = Scene.open(bundle, net="fine")
    folder.mkdir(parents=True, exist_ok=True)
    loop = scene.loop(frames=round(seconds * scene.fps))
    width, height = scene.size_within(longest)
    for suffix in (".webm", ".mp4"):
        write_rollout(
            scene,
            loop,
            folder / f"loop{suffix}",
            count=len(loop),
            encoding=Encoding(scene.fps),
            size=(width, height),
        )
    sources = "".join(f'<source src="loop{suffix}">' for suffix in (".webm", ".mp4"))
    label = html.escape(scene.manifest.title, quote=True)
    video = f'<video autoplay loop muted playsinline width="{width}" aria-label="{label}">{sources}</video>'
    (folder / "index.html").write_text(f"<!doctype html>\n<title>{label}</title>\n{video}\n", "utf-8")
    print(folder / "index.html")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("Say what to draw and where: python examples/loop_for_a_page.py cats.alive site/")
    main(Path(sys.argv[1]), Path(sys.argv[2]))
