"""Is the configuration one the workflow can run, and if not, what is wrong with it?"""

import gzip
import zlib
from pathlib import Path

import jsonschema
import yaml

from il6r.errors import InputError, shown

_TABLES = ("participants", "assays", "activity")
# Names of folders and rows that stand beside the cohorts' own.
_RESERVED = ("all", "benchmarks", "logs", "pooled", "replication", "report", "synthetic")


def check(config: dict, schema_path) -> None:
    """Hold a configuration against the schema and against what a schema cannot say.

    Raises
    ------
    InputError : the first problem found, as one sentence that names the key.
    """
    _refuse_odd_keys(config)
    schema = yaml.safe_load(Path(schema_path).read_text())
    errors = sorted(
        jsonschema.Draft202012Validator(schema).iter_errors(config),
        key=lambda e: list(map(str, e.path)),
    )
    if errors:
        raise _sentence(errors[0])
    results = config.get("results", "results")
    if set(results) & set("{}~$\n"):
        raise InputError("config, results", f"'{results}' holds one of {{}}~$", "write the folder's name out")
    for name, cohort in config["cohorts"].items():
        _check_cohort(name, cohort)


def input_files(cohort: dict) -> dict[str, list[str]]:
    """The files a cohort's configuration names, by section; simulated ones are not among them."""
    files = {"genotypes.files": cohort.get("genotypes", {}).get("files", [])}
    files |= {f"{key}.file": listed(cohort[key]["file"]) for key in _TABLES if key in cohort}
    if "people_file" in cohort.get("synthetic", {}):
        files["synthetic.people_file"] = [cohort["synthetic"]["people_file"]]
    return files


def listed(files: str | list[str]) -> list[str]:
    """Where one file or a list of files may be given: the list."""
    return [files] if isinstance(files, str) else files


def refuse_missing_files(config: dict) -> None:
    """InputError for the first configured file that is not there, or a results folder that is a file."""
    if Path(config.get("results", "results")).is_file():
        raise InputError("config, results", f"'{config['results']}' is a file", "name a folder")
    for name, cohort in config["cohorts"].items():
        for key, files in input_files(cohort).items():
            for file in files:
                if set(file) & set("{}"):
                    raise InputError(
                        f"config, cohorts.{name}.{key}",
                        f"'{file}' has a brace in its name",
                        "rename the file, since Snakemake reads braces as wildcards",
                    )
                if not Path(file).is_file():
                    raise InputError(
                        f"config, cohorts.{name}.{key}",
                        f"there is no file '{file}'",
                        "correct the path (it counts from the folder Snakemake runs in)",
                    )


def people_in(cohort: dict) -> int:
    """How many people a cohort's configuration, or its participant table, names.

    Raises
    ------
    InputError : the participant table is named as gzip and is not.
    """
    synthetic = cohort.get("synthetic", {})
    if "people" in synthetic:
        return sum(synthetic["people"].values())
    path = synthetic.get("people_file") or cohort["participants"]["file"]
    opened = gzip.open if path.endswith(".gz") else open
    try:
        with opened(path, "rb") as table:
            lines = sum(block.count(b"\n") for block in iter(lambda: table.read(1 << 20), b""))
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InputError(path, "it is not a whole gzip file", "compress it again") from error
    return max(lines - 1, 1)


def _refuse_odd_keys(value, where: str = "config") -> None:
    """YAML takes an unquoted yes, 1 or ~ before a colon for something else than a name."""
    for key, item in value.items() if isinstance(value, dict) else ():
        if not isinstance(key, str):
            raise InputError(where, f"the key {key!r} is not a text", "put it in quotes")
        _refuse_odd_keys(item, f"{where}.{key}")


def _check_cohort(name: str, cohort: dict) -> None:
    where = f"config, cohorts.{name}"
    if name in _RESERVED:
        raise InputError(where, "the workflow uses this name itself", "give the cohort another")
    synthetic = cohort.get("synthetic")
    if synthetic is None:
        absent = [key for key in _TABLES if key not in cohort]
        if "files" not in cohort.get("genotypes", {}):
            absent.insert(0, "genotypes.files")
        if absent:
            raise InputError(where, f"the key {shown(absent, 4)} is missing", "add it (see config/README.md)")
        return
    given = [key for key in _TABLES if key in cohort]
    if given:
        raise InputError(
            where,
            f"it is synthetic and also has {shown(given)}",
            "leave out one or the other",
        )
    real_genotypes = "files" in cohort.get("genotypes", {})
    if ("people" in synthetic) == real_genotypes or ("people_file" in synthetic) != real_genotypes:
        raise InputError(
            where,
            "a synthetic cohort needs either synthetic.people (genotypes are simulated) or "
            "genotypes.files with synthetic.people_file (simulated onto real genotypes)",
            "give one of the two",
        )


def _sentence(error: jsonschema.ValidationError) -> InputError:
    where = ".".join(map(str, error.absolute_path))
    place = f"config, {where}" if where else "config"
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
