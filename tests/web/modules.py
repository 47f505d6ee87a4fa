"""Modules of the web player outside a browser: bundled by esbuild, run by Node."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import REPOSITORY

PLAYER = REPOSITORY / "alive_cli" / "web" / "player"
ESBUILD = PLAYER / "node_modules" / ".bin" / "esbuild"


def run_module(script: str, question: Any, folder: Path, seconds: float = 120) -> Any:
    """What a module script answers; skips where there is no Node, or nothing that bundles.

    Args:
        script: it imports modules of the player as in `import { … } from "./src/….js"`, reads `question`, and returns.
        question: JSON.
        folder: a folder for temporary files.
    """
    node = shutil.which("node")
    if node is None or not ESBUILD.exists():
        pytest.skip("there is no Node here, or the player's packages are not installed: make web")
    imports, body = [], []
    for line in script.strip().splitlines():
        (imports if line.strip().startswith("import ") else body).append(line.strip())
    whole = "\n".join(
        [
            *imports,
            'import { readFileSync, writeFileSync } from "node:fs";',
            'const question = JSON.parse(readFileSync(process.argv[2], "utf8"));',
            "const answer = async () => {",
            *body,
            "};",
            "answer().then((result) => writeFileSync(process.argv[3], JSON.stringify(result)));",
        ]
    )
    bundled, asked, answered = (folder / name for name in ("script.mjs", "question.json", "answer.json"))
    asked.write_text(json.dumps(question))
    command = [ESBUILD, "--bundle", "--format=esm", "--platform=node", f"--outfile={bundled}", "--log-level=error"]
    subprocess.run(command, input=whole, text=True, cwd=PLAYER, check=True, timeout=seconds)
    subprocess.run([node, bundled, asked, answered], check=True, timeout=seconds)
    return json.loads(answered.read_text())
