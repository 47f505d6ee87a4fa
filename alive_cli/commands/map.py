"""`alive map`: draw the path of a scene through its embedding space."""

from collections.abc import Iterator
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from alive_cli.console import progress_bar, say, warn
from alive_cli.control_options import takes_controls

MOST_ROLLOUT = 20_000
"""A map draws at most this many frames of a rollout, because more would be one tangle."""


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
            "--output",
            "-o",
            help="A .png, or a film or animation of how the life moves; BUNDLE's name with -map.png by default, or "
            "none with --html, --csv or --motifs.",
        ),
    ] = None,
    method: Annotated[Method, typer.Option(help="Method that reduces the dimensions to two.")] = Method.pca,
    seconds: Annotated[float, typer.Option(min=0, max=3600, help="Length of the life on the map in seconds.")] = 20.0,
    size: Annotated[int, typer.Option(min=128, max=4096, help="Side of the map in pixels.")] = 720,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write an interactive page.")] = None,
    csv: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Write tables of poses, the life, transitions and motifs."),
    ] = None,
    motifs: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write an animation of the recurring motifs, as .webp or .gif."),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, max=2**63 - 1, help="Seed of the life and of the search for motifs.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace existing files.")] = False,
    *,
    controls: dict[str, float],
) -> None:
    """Draw a map of a scene's embeddings, and a life on it."""
    import numpy as np
    from PIL import Image

    from alive_cli.files.bundles import open_bundle
    from alive_cli.files.outputs import check_output
    from alive_cli.media.alpha import NEUTRAL
    from alive_cli.report import behavior_tables, embedding_map
    from alive_cli.report.occurrence_sheet import draw_sheet, motif_rows, sheet_frames
    from alive_cli.report.pose_space import PoseSpace
    from alive_cli.runtime.scene import Scene
    from alive_cli.views.file import Encoding, check_file, track_progress, write_pictures
    from bundle_spec.atomic import replacing

    opened = open_bundle(bundle, to_play=True)
    if output is None and html is None and csv is None and motifs is None:
        output = Path(f"{bundle.stem}-map.png")
    still = output is not None and output.suffix.lower() == ".png"
    if output is not None:
        if still:
            check_output(output, force=force)
        else:
            check_file(output, force=force)
    if html is not None:
        check_output(html, force=force, suffixes=(".html",))
    if csv is not None:
        behavior_tables.check_folder(csv, force=force)
    if motifs is not None:
        check_file(motifs, force=force)
    scene = Scene(opened, device="cpu").on(NEUTRAL)
    steering = scene.controls(controls)
    count = max(2, min(MOST_ROLLOUT, round(seconds * scene.fps)))
    rollout = np.stack(list(islice(scene.live(scene.life(steering, seed=seed)), count)))
    points = embedding_map.make_map(scene, rollout, method.value, opened.manifest.defaults.seed)
    if output is not None and still:
        with replacing(output) as temporary:
            embedding_map.draw_map(scene, points, size).save(temporary)
    elif output is not None:
        picture = scene.twin()
        own = scene.size_within(size) if max(scene.size) > size else scene.size_within(min(size, 2 * max(scene.size)))

        def frames() -> Iterator[np.ndarray]:
            for number, embedding in enumerate(rollout, 1):
                board = Image.new("RGB", (size + own[0], size), embedding_map.BACK)
                board.paste(embedding_map.draw_map(scene, points, size, upto=number))
                board.paste(Image.fromarray(picture.draw(embedding, own)), (size, (size - own[1]) // 2))
                yield np.asarray(board)

        with progress_bar() as progress:
            write_pictures(output, track_progress(frames(), len(rollout), progress), Encoding(scene.fps))
    if html is not None:
        embedding_map.write_html(html, scene, points)
        typer.echo(html)
    if csv is not None or motifs is not None:
        chosen_seed = opened.manifest.defaults.seed if seed is None else seed
        if not PoseSpace.of(scene).has_pose:
            say("The scene has no pose; components of its embeddings take its place.")
        with progress_bar() as progress:
            recurring = behavior_tables.scene_motifs(scene, chosen_seed, progress)
        say(recurring.summary)
    if csv is not None:
        with progress_bar() as progress:
            counts = behavior_tables.count_transitions(scene, steering, seed, progress)
        for path in behavior_tables.write_tables(csv, scene, points, rollout, recurring, counts):
            typer.echo(path)
    if motifs is not None and not recurring.count:
        warn(f"{motifs.name} is not written, because there are no motifs to show.")
    elif motifs is not None:
        with progress_bar() as progress:
            rows = motif_rows(recurring)
            pictures = track_progress(draw_sheet(scene, rows, size), sheet_frames(scene, rows), progress)
            write_pictures(motifs, pictures, Encoding(scene.fps))
        typer.echo(motifs)
    if output is not None or html is not None:
        shown = f"{len(points.observed)} observed frames by {method.value}, and {len(rollout)} frames of a life"
        say(f"The map shows {shown}.")
    if output is not None:
        typer.echo(output)
