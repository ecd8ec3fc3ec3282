"""Which settings did a study choose, and which are the defaults?"""

import json
import re
from collections.abc import Mapping
from typing import Any, TypeAlias

import yaml

Schema: TypeAlias = Mapping[str, Any]


def as_yaml(settings: Mapping[str, Any]) -> str:
    """Settings as YAML that people read: in their order, without anchors."""
    # A copy by way of JSON holds nothing twice, which YAML would refer to.
    copied = json.loads(json.dumps(settings))
    return str(yaml.safe_dump(copied, sort_keys=False, allow_unicode=True, width=90))


def chosen(config: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
    """The part of a configuration that differs from its schema's defaults.

    Parameters
    ----------
    config : a configuration with its defaults filled in.
    schema : the JSON schema that filled them in.
    """
    found = _chosen(config, schema, schema)
    return dict(found) if isinstance(found, Mapping) else {}


def _chosen(value: Any, schema: Schema, root: Schema) -> Any:
    """What of a value is no default; an empty mapping where all of one is."""
    if isinstance(value, list):
        items = _resolved(schema, root).get("items", {})
        return [_chosen(one, items, root) if isinstance(one, Mapping) else one for one in value]
    if not isinstance(value, Mapping):
        return value
    found = {}
    for key, item in value.items():
        part = _part(schema, key, item, root)
        if "default" in part and item == part["default"]:
            continue
        own = _chosen(item, part, root)
        # A section that is there with nothing but defaults is as one that is not.
        if own != {} or not ("default" in part and isinstance(item, Mapping)):
            found[key] = own
    return found


def _part(schema: Schema, key: str, item: Any, root: Schema) -> Schema:
    """The schema of one key of a mapping."""
    schema = _resolved(schema, root)
    part: Schema | None = schema.get("properties", {}).get(key)
    if part is None:
        patterns = schema.get("patternProperties", {}).items()
        part = next((of for pattern, of in patterns if re.search(pattern, key)), dict[str, Any]())
    if "if" in part:
        # One source, or a list of them.
        branch = part["then"] if isinstance(item, list) else part["else"]
        part = {**{name: of for name, of in part.items() if name == "default"}, **branch}
    return part


def _resolved(schema: Schema, root: Schema) -> Schema:
    """A schema with what it refers to in place of the reference."""
    if "$ref" not in schema:
        return schema
    found: Schema = root
    for name in schema["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    return {**_resolved(found, root), **{key: of for key, of in schema.items() if key != "$ref"}}
