"""`alive map`: the way of a scene through its embedding space."""

from collections.abc import Iterator
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from alive_cli.console import progress_bar, say
from alive_cli.control_options import takes_controls

MOST_ROLLOUT = 20_000
"""A map draws at most so many frames of a life; more would be one tangle."""


class Method(StrEnum):
    pca = "pca"
    umap = "umap"
    tsne = "tsne"


@takes_controls
def draw_map(
    bundle: Annotated[Path, typer.Argument(help="An exported .alive bundle.", show_default=False)],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="A .png, or a film or animation that draws itself; BUNDLE's name with -map.png."
        ),
    ] = None,
    method: Annotated[Method, typer.Option(help="How many dimensions become two.")] = Method.pca,
    seconds: Annotated[float, typer.Option(min=0, max=3600, help="Length of the rollout drawn over it.")] = 20.0,
    size: Annotated[int, typer.Option(min=128, max=4096, help="Side of the map in pixels.")] = 720,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="An interactive page as well.")] = None,
    csv: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Tables as well: embeddings, rollout, transitions.")
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, max=2**63 - 1, help="Of the rollout.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace existing files.")] = False,
    *,
    controls: dict[str, float],
) -> None:
    """Draw the path of a scene's embeddings, and a life over it."""
    import numpy as np
    from PIL import Image

    from alive_cli.files.bundles import open_bundle
    from alive_cli.files.outputs import check_output
    from alive_cli.report import embedding_map
    from alive_cli.runtime.scene import Scene
    from alive_cli.views.file import Encoding, check_file, counted, write_pictures
    from bundle_spec.atomic import replacing

    opened = open_bundle(bundle, to_play=True)
    output = output or Path(f"{bundle.stem}-map.png")
    still = output.suffix.lower() == ".png"
    if still:
        check_output(output, force=force)
    else:
        check_file(output, force=force)
    if html is not None:
        check_output(html, force=force, suffixes=(".html",))
    if csv is not None:
        check_output(csv / "rollout.csv" if csv.is_dir() else csv, force=force)
    scene = Scene(opened, device="cpu")
    life = scene.life(scene.controls(controls), seed=seed)
    count = min(MOST_ROLLOUT, round(seconds * scene.fps))
    rollout = np.stack(list(islice(scene.live(life), max(2, count))))
    points = embedding_map.make_map(scene, rollout, method.value, opened.manifest.defaults.seed)
    if still:
        with replacing(output) as temporary:
            embedding_map.draw_map(scene, points, size).save(temporary)
    else:
        picture = scene.twin()
        own = scene.size_within(size) if max(scene.size) > size else scene.size_within(min(size, 2 * max(scene.size)))

        def frames() -> Iterator[np.ndarray]:
            for number, embedding in enumerate(rollout, 1):
                board = Image.new("RGB", (size + own[0], size), embedding_map.BACK)
                board.paste(embedding_map.draw_map(scene, points, size, upto=number))
                board.paste(Image.fromarray(picture.draw(embedding, own)), (size, (size - own[1]) // 2))
                yield np.asarray(board)

        with progress_bar() as progress:
            write_pictures(output, counted(frames(), len(rollout), progress), Encoding(scene.fps))
    if html is not None:
        embedding_map.write_html(html, scene, points)
        typer.echo(html)
    if csv is not None:
        for path in embedding_map.write_csv(csv, scene, points, rollout, scene.fps):
            typer.echo(path)
    say(f"{len(points.observed)} observed frames by {method.value}, {len(rollout)} frames of a life over them.")
    typer.echo(output)
