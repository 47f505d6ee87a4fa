"""`alive export`: write the ONNX graphs into the bundle."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from alive_cli.commands.console import progress_bar, say


class Precision(StrEnum):
    fp16 = "fp16"
    fp32 = "fp32"


def export(
    bundle: Annotated[Path, typer.Argument(help="A fitted .alive bundle.", show_default=False)],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write here instead of in place.")] = None,
    precision: Annotated[Precision, typer.Option(help="How weights are stored; they always run in 32 bits.")] = (
        Precision.fp16
    ),
    slim: Annotated[bool, typer.Option("--slim", help="Leave out the training weights: smaller, but final.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing OUTPUT.")] = False,
) -> None:
    """Write the ONNX graphs into a bundle, in place and all at once."""
    from alive_cli.commands.files import open_bundle
    from alive_cli.outputs import check_output
    from bundle_spec.container import WEIGHTS_NAME, write_bundle

    target = output or bundle
    opened = open_bundle(bundle)
    check_output(target, force=force or output is None, suffixes=() if output is None else (".alive",))
    from alive_cli.export.exporter import export_bundle

    with progress_bar() as progress:
        opened, parity = export_bundle(opened, progress, precision.value)
    if slim:
        del opened.parts[WEIGHTS_NAME]
    write_bundle(target, opened.manifest, opened.parts)
    say(f"Exported. Off torch by at most {parity.drawing:.1e} in colours, {parity.behavior:.1e} in embeddings.")
    typer.echo(target)
