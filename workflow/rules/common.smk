"""What all rules share: the checked configuration, and functions that say what a rule needs."""

import ast
import atexit
import copy
import functools
import os
import re
import sys
from pathlib import Path

PACKAGE = Path(ROOT, "workflow", "scripts", "il6r")
# Here and in scripts, even where another il6r is installed.
sys.path.insert(0, str(PACKAGE.parent))
os.environ.update(PYTHONPATH=os.pathsep.join(filter(None, [sys.path[0], os.environ.get("PYTHONPATH")])))

from snakemake.exceptions import LockException
from snakemake.path_modifier import PathModifier
from snakemake.utils import validate
from il6r import config as il6r_config
from il6r import console
from il6r import plan as il6r_plan
from il6r import registration as il6r_registration
from il6r import run_costs
from il6r.activity.companions import metalong_of
from il6r.errors import InputError
from il6r.leftovers import Claim
from il6r.replication import quality_limits
from il6r.report.register import FIGURES
from il6r.seeds import derive
from il6r.study import Study
from il6r.tables.dictionary import contracts
from il6r.user_tables import configured

SCHEMA = Path(ROOT, "workflow", "schemas", "config.schema.yaml")
PLAN_SCHEMA = Path(ROOT, "workflow", "schemas", "plan.schema.yaml")
# A module's configuration is the importing workflow's, and stays as it is there.
config = copy.deepcopy(config)
try:
    il6r_config.check(config, SCHEMA)
    il6r_config.apply_preset(config)
    il6r_config.expand_patterns(config)
    il6r_config.refuse_missing_files(config)
    PLAN = str(Path(config.get("association", {}).get("plan") or study_file("config", "plan.yaml")))
    asked = il6r_plan.load(PLAN, PLAN_SCHEMA)
    # The page of `make register` that the report is set beside; none or one.
    REGISTRATION = [str(path) for path in filter(None, [config.get("association", {}).get("registration")])]
    for page in REGISTRATION:
        il6r_registration.load(page)
    il6r_plan.check_sets(PLAN, asked, config["cohorts"])
    il6r_plan.check_looked_at(
        PLAN, asked, config["cohorts"], quality_limits.checks(here("resources", "quality_limits.tsv"))
    )
    configured.check(config["cohorts"], il6r_plan.columns_named(asked, config["cohorts"]))
except InputError as error:
    sys.exit(f"error: {error}")
validate(config, str(SCHEMA))

# A module's prefix moves the results, and neither the study's own files nor the workflow's.
RESULTS = str(Path(workflow.modifier.path_modifier.replace_prefix(f"{config['results']}/")))
workflow.modifier.path_modifier = PathModifier(None, None, workflow)
try:
    STUDY = Study(config, RESULTS)
except InputError as error:
    sys.exit(f"error: {error}")
CONTRACTS = contracts()
COHORTS, SYNTHETIC, SIMULATED = STUDY.cohorts, STUDY.synthetic, STUDY.simulated
SHARDS = STUDY.shards
ENVIRONMENT = str(Path(ROOT, "envs", "environment.yaml"))

CLAIM = Claim(RESULTS)
if workflow.is_main_process and not workflow.output_settings.dryrun:
    try:
        CLAIM.clear_up(forgotten=workflow.modifier.is_main_snakefile())
    except InputError as error:
        sys.exit(f"error: {error}")


wildcard_constraints:
    cohort="|".join(COHORTS),
    shard=r"\d+",


def resource(name):
    """A table under resources/."""
    return here("resources", name)


def files(*tables, shown=False, cohort="{cohort}"):
    """Where tables are, each by its name; those to be shown stand in Snakemake's own report."""
    paths = {table.name: f"{RESULTS}/{table.file.replace('{cohort}', cohort)}" for table in tables}
    if not shown:
        return paths
    return {
        name: report(
            path,
            caption=f"../report/{name}.rst",
            category=Path(path).parent.name.capitalize(),
            labels={"table": name.replace("_", " ")} | ({"cohort": cohort} if cohort in path else {}),
        )
        for name, path in paths.items()
    }


# The ends of the names of each figure's files.
FIGURE_FILES = ("svg", "pdf", "csv")


def figures():
    """Where the report's figures are, each by its name.

    As SVG, for Snakemake's own report too, as PDF, and as csv of what they show.
    """
    places = {}
    for one in FIGURES.values():
        place = f"{RESULTS}/report/figures/{one.name}"
        shown = report(
            f"{place}.svg",
            caption=f"../report/{one.name}.rst",
            category=one.section.capitalize(),
            labels={"figure": one.label},
        )
        places[one.name] = [shown, *(f"{place}.{end}" for end in FIGURE_FILES[1:])]
    return places


def of_all_cohorts(*tables):
    """Where each cohort's tables are, a list for each name; of one that all cohorts share, its place alone."""
    return {name: expand(path, cohort=COHORTS) for name, path in files(*tables).items()}


def tables_of(*rules):
    """Where the tables of groups are that these rules write, as from `of_all_cohorts`."""
    written = (CONTRACTS[name] for rule in rules for name in rule.output.keys() if name in CONTRACTS)
    return of_all_cohorts(*(table for table in written if not table.of_people))


def science(script):
    """A rule's script and every module it imports, directly or not, so that an edit reruns the rule.

    A package's __init__.py holds nothing but what the package is."""
    found, todo = [], [PACKAGE.parent / f"{script}.py"]
    while todo:
        path = todo.pop()
        if path in found:
            continue
        found.append(path)
        todo += modules_imported(path)
    return sorted(here(path.relative_to(ROOT)) for path in found)


IMPORT = re.compile(r"^ *(from il6r[\w.]* import (?:\([^)]*\)|.*))", flags=re.M)


@functools.cache
def modules_imported(path):
    """The package's files that one file imports."""
    names = set()
    # Every job that Snakemake starts for itself asks this; to parse whole files was a fifth of its start.
    for statement in IMPORT.findall(path.read_text(encoding="utf-8")):
        (node,) = ast.parse(statement).body
        names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    places = (PACKAGE.parent.joinpath(*name.split(".")) for name in sorted(names))
    return tuple(file for place in places if (file := place.with_suffix(".py")).is_file())


def growing(floor, per_1000_people=0.0, cohort=None):
    """Memory in MB, or minutes: more for more people (of a shard, a cohort or all cohorts, by the
    wildcards), and more on each further attempt. The floor leaves room for Snakemake itself. Either
    number may be a function of the cohort's name.

    It follows from the configuration and not from input files, since what several rules need together
    as one Slurm job is asked for before their inputs are made."""

    def amount(wildcards, attempt):
        known = dict(wildcards.items())
        name = cohort or known.get("cohort")
        least, more = (number(name) if callable(number) else number for number in (floor, per_1000_people))
        return int((least + more * STUDY.people_of(name, known.get("shard")) / 1000) * attempt)

    return amount


def raw_or_else(raw, otherwise):
    """A number by whether a cohort has device recordings."""
    return lambda cohort: raw if STUDY.has_recordings_of_devices(cohort) else otherwise


def of_cohort(function):
    """A function of a cohort's name as one of a rule's wildcards."""

    def of_wildcards(wildcards):
        return function(wildcards.cohort)

    return of_wildcards


def of_shard(function):
    """A function of a cohort's name and a shard as one of a rule's wildcards."""

    def of_wildcards(wildcards):
        return function(wildcards.cohort, wildcards.shard)

    return of_wildcards


settings = of_cohort(STUDY.section)
synthetic_files = STUDY.synthetic_files
people_to_simulate = STUDY.people_to_simulate
participant_table = of_cohort(STUDY.participant_table)
sample_tables = of_cohort(STUDY.sample_tables)
assay_sources = of_cohort(STUDY.assay_sources)
assay_settings = of_cohort(STUDY.assay_settings)
person_mean_settings = of_cohort(STUDY.person_mean_settings)
reading_settings = of_shard(STUDY.reading_settings)
call_options = of_cohort(STUDY.call_options)
exclusions = of_cohort(STUDY.exclusions)
activity_tables = of_cohort(STUDY.activity_tables)
activity_files = of_shard(STUDY.shard_files)
shard_sources = of_shard(STUDY.shard_sources)
other_unit = of_cohort(STUDY.other_unit)
genotype_files_of = STUDY.genotype_files
genotype_files = of_cohort(STUDY.genotype_files)
files_without_index = STUDY.files_without_index
indexes_made = STUDY.indexes_made
marker_files = of_cohort(STUDY.marker_files)
variant_read = of_cohort(STUDY.variant_read)
config_shown = STUDY.shown


def assay_files(key):
    """A cohort's files of assays: "file" or "layout"."""

    def files(wildcards):
        return [file for source in assay_sources(wildcards) for file in source.get(key, [])]

    return files


def metalong_files(wildcards):
    """What GGIR's epochs of one shard are read with."""
    of_ggir = STUDY.shard_files(wildcards.cohort, wildcards.shard, form="ggir_epochs")
    return [str(path) for path in map(metalong_of, of_ggir) if path]


def columns(section):
    """The user's column names of one section."""

    def mapping(wildcards):
        return settings(wildcards).get(section, {}).get("columns", {})

    return mapping


def sheet(section):
    """The sheet of one section's workbook, None if none is named."""
    return lambda wildcards: settings(wildcards).get(section, {}).get("sheet")


def covariate_sets(wildcards):
    """The cohort's own sets of covariates, which replace the plan's."""
    return settings(wildcards).get("covariates", {})


def begin(snakemake_logs):
    """Make sure that nothing else works on the results, and that the next run knows of this one."""
    try:
        if not CLAIM.take():
            sys.exit(str(LockException()))
    except InputError as error:
        sys.exit(f"error: {error}")
    CLAIM.sign(console.slurm_run("".join(Path(path).read_text() for path in snakemake_logs)))


def say_last(text):
    """Print when Snakemake ends, below everything it prints itself.

    Letters that the screen's encoding lacks become question marks.
    """

    def say():
        sys.stdout.reconfigure(errors="replace")
        print(text, flush=True)

    atexit.register(say)
