"""Is the configuration one the workflow can run, and if not, what is wrong with it?"""

import glob
import zoneinfo
from pathlib import Path

from il6r import schema
from il6r.bgzf import is_bgzipped
from il6r.errors import InputError, shape, shown
from il6r.user_tables.kinds import rows_in

_TABLES = ("participants", "assays", "activity")
# Names of folders and rows that stand beside the cohorts' own.
_RESERVED = ("all", "benchmarks", "logs", "pooled", "replication", "report", "synthetic")
# The smallest group by preset of disclosure. All of Us: no number of 1 to 20 people, nor one that follows
# (researchallofus.org/faq/data-and-statistics-dissemination-policy).
_PRESETS = {"all_of_us": 21}
# What a simulated genotype file is where its keys do not say otherwise.
_FORM = {
    "contig_lengths": True,
    "holds": "all",
    "swapped": False,
    "strand": "plus",
    "split": False,
    "id": "rsid",
    "quality_key": "R2",
    "low_quality_rate": 0,
    "phased": True,
    "version": 4.2,
}
_IMPUTED, _CALLED = {"DS", "HDS", "GP"}, {"GQ", "DP"}
# Forms of activity of which one file is one person's recording, and those that have no unit of their own.
RECORDED = ("raw", "epochs", "epochs_90004", "ggir_epochs")
_WITH_UNIT = ("person_days", "ggir_part2", "ggir_part2_summary", "epochs")
# Keys of a source of assays that not every form has.
_OF_ASSAYS = {
    "layout": ("plates",),
    "analyte": ("plates",),
    "unit": ("plates", "wide"),
    "units": ("wide",),
    "lod": ("long", "wide"),
    "dilution": ("plates",),
    "lloq": ("plates",),
    "uloq": ("plates",),
}


def check(config: dict, schema_path) -> None:
    """Hold a configuration against the schema and against what a schema cannot say.

    Raises
    ------
    InputError : the first problem found, as one sentence that names the key.
    """
    schema.refuse_breaches(config, schema_path, "config")
    results = config.get("results", "results")
    if set(results) & set("{}~$\n"):
        raise InputError("config, results", f"'{results}' holds one of {{}}~$", "write the folder's name out")
    _check_activity_settings("config, activity", config.get("activity", {}))
    for name, cohort in config["cohorts"].items():
        _check_cohort(name, cohort)
        _check_activity(f"config, cohorts.{name}", cohort, config.get("activity", {}))
        _check_assays(f"config, cohorts.{name}", cohort)


def apply_preset(config: dict) -> None:
    """Set `min_cell_size` to what the preset of `disclosure` asks, if it names one.

    Raises
    ------
    InputError : a smaller `min_cell_size` is given beside it.
    """
    least = _PRESETS.get(config.get("disclosure", ""))
    if least is None:
        return
    given = config.setdefault("min_cell_size", least)
    if given < least:
        raise InputError(
            "config, min_cell_size",
            f"{given} is less than the {least} that disclosure: {config['disclosure']} asks",
            "leave min_cell_size out, or give more",
        )


def input_files(cohort: dict) -> dict[str, list[str]]:
    """The files a cohort's configuration names, by section; simulated ones are not among them."""
    genotypes = cohort.get("genotypes", {})
    files = {f"genotypes.{key}": listed(genotypes.get(key, [])) for key in ("files", "markers")}
    files |= {
        f"{key}.file": listed(cohort[key]["file"]) for key in ("participants", "samples") if key in cohort
    }
    for source in assay_sources(cohort):
        for key in ("file", "layout"):
            files[f"assays.{key}"] = files.get(f"assays.{key}", []) + listed(source.get(key, []))
    for source in activity_sources(cohort):
        files["activity.file"] = files.get("activity.file", []) + listed(source["file"])
    if "people_file" in cohort.get("synthetic", {}):
        files["synthetic.people_file"] = [cohort["synthetic"]["people_file"]]
    return files


def activity_sources(cohort: dict) -> list[dict]:
    """The sources of activity that a cohort's configuration names: none if it is synthetic."""
    given = cohort.get("activity", [])
    return [given] if isinstance(given, dict) else given


def assay_sources(cohort: dict) -> list[dict]:
    """The same for assays."""
    given = cohort.get("assays", [])
    return [given] if isinstance(given, dict) else given


def listed(files: str | list[str]) -> list[str]:
    """Where one file or a list of files may be given: the list."""
    return [files] if isinstance(files, str) else files


def expand_patterns(config: dict) -> None:
    """Replace patterns (`data/chr*.vcf.gz`) among genotype, assay and activity files by the files they match.

    The files are in order; a cohort's one source of assays or activity becomes a list of one.

    Raises
    ------
    InputError : a pattern matches no file.
    """
    for name, cohort in config["cohorts"].items():
        genotypes = cohort.get("genotypes", {})
        for key in {"files", "markers"} & set(genotypes):
            genotypes[key] = _matching(genotypes[key], f"config, cohorts.{name}.genotypes.{key}")
        for source in (sources := activity_sources(cohort)):
            source["file"] = _matching(source["file"], f"config, cohorts.{name}.activity.file")
            cohort["activity"] = sources
        for source in (sources := assay_sources(cohort)):
            for key in {"file", "layout"} & set(source):
                source[key] = _matching(source[key], f"config, cohorts.{name}.assays.{key}")
            cohort["assays"] = sources


def refuse_missing_files(config: dict) -> None:
    """InputError for the first configured file that is not there, or a results folder that is a file."""
    if Path(config.get("results", "results")).is_file():
        raise InputError("config, results", f"'{config['results']}' is a file", "name a folder")
    for name, cohort in config["cohorts"].items():
        # Whose names are mostly their participants'.
        recordings = {
            file
            for source in activity_sources(cohort)
            if source.get("form") in RECORDED
            for file in source["file"]
        }
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
                        f"there is no file '{shape(file) if file in recordings else file}'",
                        "correct the path (it counts from the folder Snakemake runs in)",
                    )


def lacks_index(path: str) -> bool:
    """Whether a genotype file could have an index (its first bytes say so) and has none beside it."""
    with open(path, "rb") as stream:
        bgzipped = is_bgzipped(stream.read(18))
    return bgzipped and not any(Path(f"{path}{ending}").is_file() for ending in (".tbi", ".csi"))


def shared_out(items: list, shards: int) -> dict[str, list]:
    """Items in their order dealt out to at most so many shards, which are numbered from 1."""
    size = -(-len(items) // max(min(shards, len(items)), 1))
    return {str(k // size + 1): items[k : k + size] for k in range(0, len(items), size or 1)}


def people_in(cohort: dict) -> int:
    """How many people a cohort's configuration, or about how many its participant table, names.

    Raises
    ------
    InputError : what `rows_in` raises.
    """
    synthetic = cohort.get("synthetic", {})
    if "people" in synthetic:
        return sum(synthetic["people"].values())
    return rows_in(synthetic.get("people_file") or cohort["participants"]["file"])


def genotype_forms(synthetic: dict) -> list[dict]:
    """The forms of a simulated cohort's genotype files, each with every key of config/README.md.

    What the keys of a file leave open follows from the file's name, the cohort's keys and the other files.
    `compression` is "bgzip", "gzip" or "none", `index` the index's suffix or "", and two keys are added:
    `imputed`, and the cohort's `missing_rate`.
    """
    cohort = {"contig": synthetic["contig"], "missing_rate": synthetic["missing_rate"]}
    cohort["fields"] = ["GT", "DS", "GP"] if synthetic["imputed"] else ["GT"]
    files = list(map(_named, synthetic["genotype_files"]))
    forms = [{**_FORM, **cohort, **file} for file in files]
    for form in forms:
        form["compression"], suffix = _storage(form)
        index = form.get("index", True)
        form["index"] = "csi" if suffix and index == "csi" else suffix if index else ""
        # The specification wants GT before the others.
        form["fields"] = sorted(form["fields"], key=lambda field: field != "GT")
        form["imputed"] = bool(_IMPUTED & set(form["fields"]))
        form["people"] = "batch" if form["name"] in _batches(files) else "all"
    return forms


def _matching(given: str | list[str], where: str) -> list[str]:
    """The files that a list of names and patterns stands for, each once."""
    expanded = []
    for file in listed(given):
        matching = [file]
        if glob.has_magic(file) and not Path(file).is_file():
            matching = sorted(f for f in glob.glob(file) if not f.endswith((".tbi", ".csi")))
        if not matching:
            raise InputError(
                where,
                f"no file matches '{file}'",
                "correct the pattern (it counts from the folder Snakemake runs in)",
            )
        expanded += matching
    return list(dict.fromkeys(expanded))


def _named(file: str | dict) -> dict:
    return {"name": file} if isinstance(file, str) else file


def _batches(files: list[dict]) -> list[str]:
    """Names of the files that share the people out.

    Unless they say so, these are all that hold the region, if several do.
    """
    holders = [file["name"] for file in files if file.get("holds") != "markers"]
    usual = holders if len(holders) > 1 else []
    return [
        file["name"]
        for file in files
        if file.get("people", "batch" if file["name"] in usual else "all") == "batch"
    ]


def _storage(file: dict) -> tuple[str, str]:
    """How a file is compressed, and the suffix of its usual index ("" where none is possible)."""
    if file["name"].endswith(".gz"):
        compression = file.get("compression", "bgzip")
        return compression, "tbi" if compression == "bgzip" else ""
    return ("none", "csi") if file["name"].endswith(".bcf") else ("none", "")


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
    if "people" in synthetic:
        _check_genotype_files(f"{where}.synthetic", synthetic)
        _check_relatives(f"{where}.synthetic", synthetic)


def _check_activity_settings(where: str, activity: dict) -> None:
    """InputError where a setting of the activity stage is unknown, or contradicts another."""
    zone = activity.get("time_zone")
    if zone is not None and zone not in zoneinfo.available_timezones():
        raise InputError(
            f"{where}.time_zone", f"'{zone}' is no time zone", "give a name like Europe/London or UTC"
        )
    window, step = activity.get("nonwear_window_min", 60), activity.get("nonwear_step_min", 15)
    if window % step:
        raise InputError(
            f"{where}.nonwear_window_min",
            f"{window} minutes are no multiple of the step's {step}",
            "choose a step that divides the window (GGIR: 60 and 15)",
        )
    if 1440 % step:
        raise InputError(
            f"{where}.nonwear_step_min",
            f"a day is no multiple of {step} minutes",
            "choose 5, 10, 15, 30 or 60",
        )


def _check_activity(where: str, cohort: dict, study: dict) -> None:
    """InputError where a cohort's sources or settings of activity contradict each other."""
    _check_activity_settings(f"{where}.activity_rules", {**study, **cohort.get("activity_rules", {})})
    for source in activity_sources(cohort):
        form, unit = source.get("form", "person_days"), source.get("unit", "mg")
        if unit != "mg" and form not in _WITH_UNIT:
            raise InputError(
                f"{where}.activity.unit", f"the form {form} is in mg, not in '{unit}'", "leave out unit"
            )
        if "sheet" in source and form in RECORDED:
            raise InputError(
                f"{where}.activity.sheet", f"the form {form} is not read from a workbook", "leave it out"
            )
        if "participant" in source and form not in RECORDED:
            raise InputError(
                f"{where}.activity.participant",
                f"the form {form} names its participants in a column",
                "leave it out, or name the column under columns",
            )
    units = sorted({source.get("unit", "mg") for source in activity_sources(cohort)} - {"mg"})
    if len(units) > 1:
        raise InputError(
            f"{where}.activity.unit", f"there are two units beside mg ({shown(units)})", "keep to one of them"
        )
    synthetic = cohort.get("synthetic", {})
    for key in ("epoch_recordings", "raw_recordings"):
        if synthetic.get(key, 0) > sum(synthetic.get("people", {}).values() or [0]):
            raise InputError(
                f"{where}.synthetic.{key}", "there are fewer people than that", "ask for fewer recordings"
            )


def _check_assays(where: str, cohort: dict) -> None:
    """InputError where a source of assays lacks what its form needs, or has what another's is."""
    for source in assay_sources(cohort):
        form = source.get("form", "long")
        needed = {"plates": ("layout", "analyte", "unit")}.get(form, ())
        absent = [key for key in needed if key not in source]
        if absent:
            raise InputError(
                f"{where}.assays", f"the form {form} needs {shown(absent)}", "add it (see config/README.md)"
            )
        odd = [key for key in _OF_ASSAYS if key in source and form not in _OF_ASSAYS[key]]
        if odd:
            raise InputError(
                f"{where}.assays.{odd[0]}",
                f"the form {form} has no such key",
                f"leave it out, or give the form it is for ({' or '.join(_OF_ASSAYS[odd[0]])})",
            )
    seen = set()
    for source in assay_sources(cohort):
        for file in listed(source["file"]):
            if (file, source.get("analyte")) in seen:
                raise InputError(f"{where}.assays.file", f"'{file}' is there twice", "leave it out once")
            seen.add((file, source.get("analyte")))
    if "samples" in cohort and "synthetic" in cohort:
        raise InputError(f"{where}.samples", "a synthetic cohort makes its own", "leave it out")


def _check_genotype_files(where: str, synthetic: dict) -> None:
    """InputError where two keys of a file, or two files, contradict each other."""
    files = list(map(_named, synthetic.get("genotype_files", [])))
    names = [file["name"] for file in files]
    for file in files:
        place, fields = f"{where}.genotype_files, '{file['name']}'", set(file.get("fields", []))
        if names.count(file["name"]) > 1:
            raise InputError(place, "two files have this name", "rename one")
        if "compression" in file and not file["name"].endswith(".gz"):
            raise InputError(
                place, "only .vcf.gz is compressed in more than one way", "leave out compression"
            )
        if file.get("index") and not _storage(file)[1]:
            raise InputError(place, "a file that is neither bgzipped nor BCF has no index", "leave out index")
        if fields & _IMPUTED and fields & _CALLED:
            raise InputError(place, "DS, HDS and GP are of imputed, GQ and DP of sequenced calls", "choose")
        if file.get("low_quality_rate") and not fields & _CALLED:
            raise InputError(place, "low_quality_rate needs GQ or DP to show", "add one to fields")
    overlap, batches, people = synthetic.get("overlap", 0), _batches(files), sum(synthetic["people"].values())
    if overlap and len(batches) < 2:
        raise InputError(f"{where}.overlap", "there are no two batches", "leave it out, or add a file")
    if overlap and overlap > -(-people // len(batches)):
        raise InputError(f"{where}.overlap", "it is larger than the first batch", "ask for fewer people")


def _check_relatives(where: str, synthetic: dict) -> None:
    """InputError where an ancestry has too few people for its turns at families and duplicates."""
    families, duplicates = synthetic.get("families", 0), synthetic.get("duplicates", 0)
    people = synthetic["people"]
    for place, group in enumerate(sorted(people)):
        turns = [len(range(place, number, len(people))) for number in (families, duplicates)]
        needed = 4 * turns[0] + 2 * turns[1]
        if needed > people[group]:
            raise InputError(
                where,
                f"families and duplicates take {needed:,} people of {group}, and there are {people[group]:,}",
                "ask for fewer, or for more people",
            )
