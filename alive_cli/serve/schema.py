"""Write the JSON Schema of the API's messages: `python -m alive_cli.serve.schema`."""

import json
from pathlib import Path
from typing import Any

import msgspec

from alive_cli.serve.messages import Answer, AnyRequest, Arrived, Arriving, Result, StateEvent
from bundle_spec.manifest_json import clean_descriptions

PATH = Path(__file__).with_name("api.schema.json")
"""The schema is kept in this file, which the server hands out."""


def text() -> str:
    """The content of the file."""
    kinds = [*AnyRequest.__args__, Answer, *Result.__args__, Arriving, Arrived, StateEvent]
    schemas, components = msgspec.json.schema_components(kinds, ref_template="#/$defs/{name}")
    names = [schema["$ref"].rpartition("/")[2] for schema in schemas]
    split = len(AnyRequest.__args__)
    results = split + 1 + len(Result.__args__)
    clean_descriptions(components)
    components["Answer"]["properties"]["ok"] = {"anyOf": _references(names[split + 1 : results])}
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The messages of alive serve",
        "anyOf": _references(["Request", "Answer", "Event"]),
        "$defs": {
            "Request": {"description": "What programs send.", "anyOf": _references(names[:split])},
            "Event": {"description": "What the server sends unasked.", "anyOf": _references(names[results:])},
            **components,
        },
    }
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


def _references(names: list[str]) -> list[dict[str, str]]:
    return [{"$ref": f"#/$defs/{name}"} for name in names]


if __name__ == "__main__":
    PATH.write_text(text(), "utf-8")
