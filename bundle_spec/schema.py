"""Write the manifest's JSON Schema beside the types it comes from: `python -m bundle_spec.schema`."""

import json
from pathlib import Path

from bundle_spec.manifest_json import json_schema

PATH = Path(__file__).with_name("manifest.schema.json")
"""The schema is kept in this file, which the web player is built with."""


def text() -> str:
    """The content of the file."""
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **json_schema()}, indent=1) + "\n"


if __name__ == "__main__":
    PATH.write_text(text(), "utf-8", newline="\n")
