"""What all rules share: the checked configuration, and functions that say what a rule needs."""

import ast
import atexit
import copy
import functools
import math
import sys
from pathlib import Path

PACKAGE = Path(workflow.basedir, "workflow", "scripts", "il6r")
sys.path.append(str(PACKAGE.parent))

from snakemake.exceptions import LockException
from snakemake.utils import validate
from il6r import config as il6r_config
from il6r import console
from il6r import plan as il6r_plan
from il6r.activity.companions import metalong_of
from il6r.errors import InputError
from il6r.leftovers import Claim
from il6r.seeds import derive
from il6r.user_tables import configured


def here(*parts):
    """A file of the workflow itself, as seen from the folder Snakemake runs in."""
    path = Path(workflow.basedir, *parts)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


SCHEMA = Path(workflow.basedir, "workflow", "schemas", "config.schema.yaml")
PLAN_SCHEMA = Path(workflow.basedir, "workflow", "schemas", "plan.schema.yaml")
try:
    il6r_config.check(config, SCHEMA)
    il6r_config.expand_patterns(config)
    il6r_config.refuse_missing_files(config)
    PEOPLE = {name: il6r_config.people_in(cohort) for name, cohort in config["cohorts"].items()}
    # The workflow's own plan, unless the study has one.
    PLAN = str(Path(config.get("association", {}).get("plan") or here("config", "plan.yaml")))
    asked = il6r_plan.load(PLAN, PLAN_SCHEMA)
    il6r_plan.check_sets(PLAN, asked, config["cohorts"])
    configured.check(config["cohorts"], il6r_plan.columns_named(asked, config["cohorts"]))
except InputError as error:
    sys.exit(f"error: {error}")
validate(config, str(SCHEMA))

RESULTS = str(Path(config["results"]))
CLAIM = Claim(RESULTS)
if workflow.is_main_process and not workflow.output_settings.dryrun:
    try:
        CLAIM.clear_up()
    except InputError as error:
        sys.exit(f"error: {error}")
COHORTS = list(config["cohorts"])
SYNTHETIC = [name for name in COHORTS if "synthetic" in config["cohorts"][name]]
SIMULATED = [name for name in SYNTHETIC if "people" in config["cohorts"][name]["synthetic"]]
ENVIRONMENT = str(Path(workflow.basedir, "envs", "environment.yaml"))


wildcard_constraints:
    cohort="|".join(COHORTS),
    shard=r"\d+",


def resource(name):
    """A table under resources/."""
    return here("resources", name)


def science(script):
    """A rule's script and every module it imports, directly or not, so that an edit reruns the rule."""
    found, todo = [], [PACKAGE.parent / f"{script}.py"]
    while todo:
        path = todo.pop()
        if path in found:
            continue
        found.append(path)
        todo += modules_imported(path)
    return sorted(here(path.relative_to(workflow.basedir)) for path in found)


@functools.cache
def modules_imported(path):
    """The package's files that one file imports."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("il6r"):
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    places = (PACKAGE.parent.joinpath(*name.split(".")) for name in sorted(names))
    files = (file for place in places for file in (place.with_suffix(".py"), place / "__init__.py"))
    return tuple(file for file in files if file.is_file())


def growing(floor, per_1000_people=0.0, cohort=None):
    """Memory in MB, or minutes: more for more people (of a shard, a cohort or all cohorts, by the
    wildcards), and more on each further attempt. The floor leaves room for Snakemake itself. Either
    number may be a function of the cohort's name.

    It follows from the configuration and not from input files, since what several rules need together
    as one Slurm job is asked for before their inputs are made."""

    def amount(wildcards, attempt):
        name = cohort or dict(wildcards.items()).get("cohort")
        people = PEOPLE[name] if name else sum(PEOPLE.values())
        if "shard" in wildcards.keys():
            people /= len(SHARDS[name])
        least, more = (number(name) if callable(number) else number for number in (floor, per_1000_people))
        return int((least + more * people / 1000) * attempt)

    return amount


def settings(wildcards):
    """One cohort's section of the configuration."""
    return config["cohorts"][wildcards.cohort]


def synthetic_files(cohort):
    """Where a synthetic cohort's files are, by what they hold; activity in one table for each shard, and
    recordings of the first few people."""
    folder, spec = f"{RESULTS}/synthetic/{cohort}", config["cohorts"][cohort]["synthetic"]
    shards = range(1, math.ceil(PEOPLE[cohort] / config["people_per_shard"]) + 1)
    recorded = {
        "epochs": ("epoch_recordings", "_90004_0_0.csv.gz"),
        "raw": ("raw_recordings", ".cwa"),
    }
    return {
        "participants": f"{folder}/participants.tsv",
        "assays": f"{folder}/assays.csv",
        "layout": [f"{folder}/layout.csv"] if spec["assay_form"] == "plates" else [],
        "samples": [f"{folder}/samples.tsv"] if spec["acute_exercise"] or spec["sample_columns"] else [],
        "activity": [f"{folder}/activity_{shard:03d}.csv" for shard in shards],
        **{
            kind: [
                f"{folder}/recordings/{cohort[:3].upper()}{number:07d}{ending}"
                for number in range(1, spec[key] + 1)
            ]
            for kind, (key, ending) in recorded.items()
        },
        "questionnaire": [f"{folder}/ipaq.csv"] if "questionnaire" in spec else [],
        "truth": f"{folder}/truth.json",
    }


def people_to_simulate(cohort):
    """True dosages of simulated people; or real people's calls, and their ancestry and sex."""
    if cohort in SIMULATED:
        return {"dosages": f"{RESULTS}/synthetic/{cohort}/true_dosages.parquet"}
    return {
        "dosages": f"{RESULTS}/{cohort}/genotypes/calls.parquet",
        "people": config["cohorts"][cohort]["synthetic"]["people_file"],
    }


def participant_table(wildcards):
    """A cohort's participant table: the user's, or simulated."""
    if wildcards.cohort in SYNTHETIC:
        return synthetic_files(wildcards.cohort)["participants"]
    return settings(wildcards)["participants"]["file"]


def assay_sources(wildcards):
    """Where one cohort's assays come from: the user's sources, or the simulated one."""
    if wildcards.cohort not in SYNTHETIC:
        return settings(wildcards)["assays"]
    made = synthetic_files(wildcards.cohort)
    source = {"file": [made["assays"]], "form": settings(wildcards)["synthetic"]["assay_form"], "columns": {}}
    if made["layout"]:
        source |= {"layout": made["layout"], "analyte": "sil6r", "unit": "pg/mL"}
    return [source]


def assay_files(key):
    """A cohort's files of assays: "file" or "layout"."""

    def files(wildcards):
        return [file for source in assay_sources(wildcards) for file in source.get(key, [])]

    return files


def sample_tables(wildcards):
    """The table of a cohort's blood samples, in a list, which is empty if there is none."""
    if wildcards.cohort in SYNTHETIC:
        return synthetic_files(wildcards.cohort)["samples"]
    return [settings(wildcards)["samples"]["file"]] if "samples" in settings(wildcards) else []


def assay_settings_of(cohort):
    """The assays stage's settings: the cohort's own, else the study's."""
    return {**config["assays"], **config["cohorts"][cohort].get("assay_rules", {})}


def assay_settings(wildcards):
    """The same, as a function of wildcards."""
    return assay_settings_of(wildcards.cohort)


def activity_sources(cohort):
    """Where one cohort's activity comes from: the user's sources, or the simulated ones."""
    if cohort not in SYNTHETIC:
        return config["cohorts"][cohort]["activity"]
    spec, made = config["cohorts"][cohort]["synthetic"], synthetic_files(cohort)
    forms = {
        "activity": spec["activity_form"],
        "epochs": "epochs_90004",
        "raw": "raw",
        "questionnaire": spec.get("questionnaire"),
    }
    return [
        {"file": made[kind], "form": form, "unit": "mg", "columns": {}}
        for kind, form in forms.items()
        if made[kind]
    ]


def activity_shards(cohort):
    """The places of one cohort's activity files, source and file, dealt out to its shards."""
    items = [
        (place, file)
        for place, source in enumerate(activity_sources(cohort))
        for file in il6r_config.listed(source["file"])
    ]
    usual = math.ceil(PEOPLE[cohort] / config["people_per_shard"])
    return il6r_config.shared_out(items, config["cohorts"][cohort].get("activity_shards", usual))


SHARDS = {cohort: activity_shards(cohort) for cohort in COHORTS}


def activity_files(wildcards):
    """The activity files of one shard."""
    return [file for _, file in SHARDS[wildcards.cohort][wildcards.shard]]


def activity_tables(wildcards):
    """The activity files of a cohort that hold many people each."""
    sources = activity_sources(wildcards.cohort)
    return [
        file
        for source in sources
        if source["form"] not in il6r_config.RECORDED
        for file in il6r_config.listed(source["file"])
    ]


def other_unit(wildcards):
    """The unit of the cohort's activity that is not in mg, if there is one."""
    units = {source["unit"] for source in activity_sources(wildcards.cohort)} - {"mg"}
    return next(iter(units), None)


def metalong_files(wildcards):
    """What GGIR's epochs of one shard are read with."""
    sources = activity_sources(wildcards.cohort)
    of_ggir = [
        file
        for place, file in SHARDS[wildcards.cohort][wildcards.shard]
        if sources[place]["form"] == "ggir_epochs"
    ]
    return [str(path) for path in map(metalong_of, of_ggir) if path]


def shard_sources(wildcards):
    """The sources that one shard's files are from, in the files' order: each with its number of files."""
    sources = activity_sources(wildcards.cohort)
    counts = {}
    for place, _ in SHARDS[wildcards.cohort][wildcards.shard]:
        counts[place] = counts.get(place, 0) + 1
    return [
        {key: value for key, value in sources[place].items() if key != "file"} | {"files": count}
        for place, count in counts.items()
    ]


def raw_or_else(raw, otherwise):
    """A number by whether a cohort has device recordings."""
    return lambda cohort: (
        raw if any(source["form"] == "raw" for source in activity_sources(cohort)) else otherwise
    )


def activity_settings_of(cohort):
    """The activity stage's settings: the cohort's own, else the study's."""
    return {**config["activity"], **config["cohorts"][cohort].get("activity_rules", {})}


def activity_settings(wildcards):
    """The same, as a function of wildcards."""
    return activity_settings_of(wildcards.cohort)


def columns(section):
    """The user's column names of one section."""

    def mapping(wildcards):
        return settings(wildcards).get(section, {}).get("columns", {})

    return mapping


def sheet(section):
    """The sheet of one section's workbook, None if none is named."""
    return lambda wildcards: settings(wildcards).get(section, {}).get("sheet")


def genotype_files_of(cohort):
    """A cohort's VCF or BCF files: the user's, or the simulated ones."""
    section = config["cohorts"][cohort]
    if "files" in section["genotypes"]:
        return section["genotypes"]["files"]
    forms = il6r_config.genotype_forms(section["synthetic"])
    return [f"{RESULTS}/synthetic/{cohort}/{form['name']}" for form in forms]


def genotype_files(wildcards):
    """The same, as an input function."""
    return genotype_files_of(wildcards.cohort)


def files_without_index(cohort):
    """Numbers, from 1, of a cohort's genotype files that could have an index and come without."""
    section = config["cohorts"][cohort]
    if "files" in section["genotypes"]:
        return [k for k, file in enumerate(section["genotypes"]["files"], 1) if il6r_config.lacks_index(file)]
    forms = il6r_config.genotype_forms(section["synthetic"])
    return [
        k
        for k, form in enumerate(forms, 1)
        if not form["index"] and (form["compression"] == "bgzip" or form["name"].endswith(".bcf"))
    ]


def indexes_made(cohort):
    """Indexes that the workflow makes itself, by the number of the file."""
    return {k: f"{RESULTS}/{cohort}/genotypes/indexes/{k}.csi" for k in files_without_index(cohort)}


def marker_files(wildcards):
    """The files that structure and linkage are read from; none if the cohort does without."""
    options = settings(wildcards)["genotypes"]
    return genotype_files(wildcards) + options.get("markers", []) if options["structure"] else []


def variant_read(wildcards):
    """The variant whose calls are read: the study variant or the cohort's declared proxy."""
    return settings(wildcards)["genotypes"].get("proxy", config["variant"])


def covariate_sets(wildcards):
    """The cohort's own sets of covariates, which replace the plan's."""
    return settings(wildcards).get("covariates", {})


def config_shown():
    """The configuration as the report prints it: without its own folder, nor a truth nobody used, nor the
    names of recordings, which are mostly their participants'."""
    hidden = {"results"} if SYNTHETIC else {"results", "truth"}
    printed = copy.deepcopy({key: value for key, value in config.items() if key not in hidden})
    for cohort in printed["cohorts"].values():
        for source in il6r_config.activity_sources(cohort):
            if source["form"] in il6r_config.RECORDED:
                source["file"] = f"{len(source['file']):,} files"
    return printed


def begin(snakemake_logs):
    """Make sure that nothing else works on the results, and that the next run knows of this one."""
    try:
        if not CLAIM.take():
            sys.exit(str(LockException()))
    except InputError as error:
        sys.exit(f"error: {error}")
    CLAIM.sign(console.slurm_run("".join(Path(path).read_text() for path in snakemake_logs)))


def say_last(text):
    """Print when Snakemake ends, below everything it prints itself."""
    atexit.register(print, text, flush=True)
