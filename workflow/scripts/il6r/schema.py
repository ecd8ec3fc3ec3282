"""Does what a YAML file says keep its schema, and if not, what is wrong with it?"""

from pathlib import Path

import jsonschema
import yaml

from il6r.errors import InputError, shown


def refuse_breaches(value: dict, schema_path, where: str) -> None:
    """InputError for the first breach of a schema, as one sentence that names the key below `where`."""
    _refuse_odd_keys(value, where)
    # Compiled: every job that Snakemake starts for itself reads two schemas.
    schema = yaml.load(Path(schema_path).read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    errors = sorted(
        jsonschema.Draft202012Validator(schema).iter_errors(value), key=lambda e: list(map(str, e.path))
    )
    if errors:
        raise _sentence(errors[0], value, where)


def _refuse_odd_keys(value, where: str) -> None:
    """YAML takes an unquoted yes, 1 or ~ before a colon for something else than a name."""
    for key, item in value.items() if isinstance(value, dict) else ():
        if not isinstance(key, str):
            raise InputError(where, f"the key {key!r} is not a text", "put it in quotes")
        _refuse_odd_keys(item, f"{where}.{key}")


def _place(value, path, file: str) -> str:
    """Where in the file: the keys that lead there, and the names of items of lists that have one."""
    parts = []
    for key in path:
        value = value[key]
        named = isinstance(key, int) and isinstance(value, dict) and isinstance(value.get("name"), str)
        parts.append(value["name"] if named else str(key))
    return ", ".join([file, *filter(None, [".".join(parts)])])


def _sentence(error: jsonschema.ValidationError, value: dict, file: str) -> InputError:
    place = _place(value, error.absolute_path, file)
    if error.validator == "additionalProperties":
        allowed = list(error.schema.get("properties", {}))
        patterns = error.schema.get("patternProperties")
        if patterns:
            unknown = [key for key in error.instance if not str(key).islower()] or error.instance
            return InputError(
                place,
                f"{shown(unknown)} is no cohort name",
                "use lower-case letters, digits and underscores, a letter first",
            )
        unknown = [key for key in error.instance if key not in allowed]
        return InputError(place, f"unknown key {shown(unknown)}", f"use one of {', '.join(allowed)}")
    if error.validator == "required":
        absent = [key for key in error.validator_value if key not in error.instance]
        return InputError(place, f"the key {shown(absent)} is missing", "add it (see config/README.md)")
    if error.validator == "type":
        given = "nothing" if error.instance is None else f"{error.instance!r}"[:60]
        kinds = {"object": "a section of keys", "array": "a list", "integer": "a whole number"}
        types = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
        wanted = " or ".join(kinds.get(kind, f"a {kind}") for kind in types)
        return InputError(place, f"it holds {given}", f"give {wanted} (see config/README.md)")
    message = error.message if len(error.message) < 200 else f"it breaks the rule '{error.validator}'"
    return InputError(place, message, "correct it (see config/README.md)")
