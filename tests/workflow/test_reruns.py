"""What an edit or a changed key reruns: only the rules that use it, and what follows from them."""

import ast
import copy
import functools
import re
import shutil

import pytest
import small_cohort
import yaml
from conftest import REPO, made_once, run_in, succeeds

SCRIPTS = REPO / "workflow" / "scripts"
# The modules that are inputs of nearly every rule.
OF_ALL = {"contract", "job", "errors"}
# How many rules may have a stage's contracts among their inputs.
MOST = {"replication": 4, "association": 5, "assays": 5, "activity": 8, "genotypes": 10, "cohort": 11}


def reasons(printed):
    """The rules that a dry run wants, and those among them that it wants for a reason of their own."""
    wanted = {}
    text = printed.split("Reasons:")[-1] if "Reasons:" in printed else ""
    for reason, rules in re.findall(r"^    (\S.*):\n((?:        .*\n)+)", text, flags=re.M):
        for rule in rules.replace("\n", " ").replace(",", " ").split():
            wanted.setdefault(re.sub(r"^(simulate_\w+?types|index_genotypes)_.*", r"\1", rule), set()).add(
                reason
            )
    own = {rule for rule, why in wanted.items() if why != {"input files updated by another job"}}
    return set(wanted) - {"all"}, own - {"all"}


def users_of(module):
    """The rules whose scripts import a module of the package, directly or not."""
    rules = "".join(path.read_text() for path in (REPO / "workflow" / "rules").glob("*.smk"))
    scripts = [SCRIPTS / f"{name}.py" for name in set(re.findall(r"/scripts/(\w+)\.py", rules))]
    return {script.stem for script in scripts if module in reached(script, set())}


def reached(path, known):
    """The modules that a file imports, directly or not."""
    for name, file in imported(path):
        if name not in known:
            known.add(name)
            reached(file, known)
    return known


@functools.cache
def imported(path):
    """The package's modules that a file imports, with their files."""
    found = {}
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("il6r"):
            for name in (node.module, *(f"{node.module}.{alias.name}" for alias in node.names)):
                found[name] = SCRIPTS.joinpath(*name.split(".")).with_suffix(".py")
    return tuple((name, file) for name, file in found.items() if file.is_file())


@pytest.mark.parametrize("stage", [*MOST, "data_checks", "synthetic"])
def test_editing_a_contract_reruns_the_rules_that_use_its_stage(own_clone, stage):
    path = own_clone / "workflow" / "scripts" / "il6r" / "tables" / f"{stage}.py"
    text = path.read_text()
    path.write_text(text + "\n# edited\n")
    try:
        wanted, own = reasons(run_in(own_clone, "--dry-run"))
    finally:
        path.write_text(text)
    users = users_of(f"il6r.tables.{stage}")
    assert len(users) <= MOST.get(stage, 3)
    # Of a rule that follows another that is wanted, a dry run gives no further reason.
    assert own <= users
    assert users - {"calibrate_models"} <= wanted


def test_only_contracts_jobs_and_errors_are_inputs_of_more_rules_than_a_stages_contracts():
    modules = set().union(*(reached(script, set()) for script in SCRIPTS.glob("*.py")))
    often = {module for module in modules if len(users_of(module)) > max(MOST.values())}
    assert {module.split(".")[-1] for module in often} <= OF_ALL
    # A package's own file is no rule's input: it holds nothing.
    for path in (SCRIPTS / "il6r").rglob("__init__.py"):
        # But for the version, which is read on request.
        body = ast.parse(path.read_text()).body[1:]
        assert not body or path.parent.name == "il6r", path


# ---- keys of the configuration

# write_report alone, which prints the configuration.
REPORT = set()
READ, MEANS = {"read_activity"}, {"summarise_activity"}
MADE, MEASURED = {"simulate_genotypes"}, {"simulate_phenotypes"}
OF_RECORDINGS = {
    "time_zone": "Europe/Oslo", "epoch_s": 10, "idle_sleep": "zero", "resample": True, "calibrate": False,
    "min_sphere_g": 0.2, "max_calibration_error_mg": 20, "nonwear_window_min": 30, "nonwear_step_min": 5,
    "nonwear_sd_mg": 12, "nonwear_range_mg": 40, "nonwear_axes": 3, "max_clipped_share": 0.2, "bout_min": 5,
    "bout_share": 0.7,
}  # fmt: skip
OF_PLATES = {
    "curve": "4pl", "curve_weights": "1/y", "max_standard_error_percent": 25, "max_lloq_error_percent": 30,
    "min_standards_share": 0.6, "max_replicate_cv_percent": 15, "max_dilution_difference_percent": 25,
    "plate_correction": "bridging",
}  # fmt: skip
VALID_DAYS = {"min_valid_days": 3, "min_weekend_days": 0, "max_failed_share": 0.2}
TRUTH = {
    "sil6r_ng_ml": 31, "enmo_mg": 29, "sil6r_percent_per_allele": 40, "sil6r_variance_explained": 0.4,
    "effect_allele_frequency": 0.3, "activity_percent_per_allele": -5, "il6_percent_per_allele": 10,
    "sil6r_residual_sd": 0.2, "crp_percent_per_allele": -8, "fibrinogen_percent_per_allele": -2,
    "rheumatoid_arthritis_odds_ratio": 0.8, "fatigue_per_log_sil6r": 5, "programme_response_per_allele": 1,
    "sil6r_percent_per_mg": -1, "sil6r_percent_after_training": -10, "il6_percent_per_squared_load": 2,
    "il6_percent_after_low_intensity": 30, "il6_percent_after_high_intensity": 150,
    "il6_percent_per_exercise_min": 1, "odds_ratios": {"asthma": 1.2}, "sil6r_correlations": {"stress": 0.5},
    "programme_changes_per_allele": {"waist_change_cm": 1},
}  # fmt: skip
OF_SIL6R = {"age_decade": 1, "male": 2, "bmi_5": 3, "plates_first_to_last": 4, "ancestry": {"AFR": 5}}
OF_ACTIVITY = {"age_decade": 1, "male": 2, "bmi_5": 3, "wear_hour": 4, "ancestry": {"AFR": 5}}
OF_CALLS = {
    "fields": ["GT"], "filters": ["q10"], "min_block_gq": 10, "min_block_dp": 5, "min_concordance": 0.8,
    "min_imputation_quality": 0.5, "min_gq": 10, "min_dp": 5, "build": "GRCh38",
}  # fmt: skip
A_FILE = {
    "name": "batch1.vcf.gz", "holds": "region", "compression": "gzip", "index": False, "contig": "chr1",
    "contig_lengths": False, "people": "batch", "swapped": True, "strand": "minus", "split": True,
    "id": "none", "fields": ["GT", "GQ"], "low_quality_rate": 0.1, "phased": False, "version": 4.4,
}  # fmt: skip
PLATES = {
    "form": "plates", "layout": "data/layout.csv", "analyte": "sil6r", "unit": "ng/mL", "dilution": 2,
    "lloq": 2, "uloq": 1000,
}  # fmt: skip


def at(place, **keys):
    """Changes of keys below a place."""
    return {f"{place}.{key}".lstrip("."): value for key, value in keys.items()}


# The study, keys that are changed in it at once, and the rules from which it is run again.
KEYS = [
    ("tiny", at("", title="Another title"), REPORT),
    ("tiny", at("calibration", replicates=50), REPORT),
    ("tiny", at("cohorts.tiny", description="Another one"), REPORT),
    ("tiny", at("", min_cell_size=6), {"check_data"}),
    ("tiny", at("", min_cell_size=21, disclosure="all_of_us"), {"check_data"}),
    ("tiny", at("", seed=2), MADE),
    ("tiny", at("", variant="rs4129267"), MADE),
    ("tiny", at("", people_per_shard=200), MEASURED),
    ("tiny", at("association", plan="another"), {"check_data", "fit_models"}),
    ("tiny", at("cohorts.tiny.covariates", sil6r=["age"]), {"fit_models"}),
    ("tiny", at("cohorts.tiny", activity_shards=1), READ),
    ("tiny", at("activity", **OF_RECORDINGS), REPORT),
    ("tiny", at("assays", **OF_PLATES), REPORT),
    ("tiny", at("activity", **VALID_DAYS), MEANS),
    ("tiny", at("activity", valid_day_hours=14), MEANS),
    ("tiny", at("activity", imputation="none"), MEANS),
    ("tiny", at("activity", cut_points="hildebrand"), READ),
    ("tiny", at("cohorts.tiny.activity_rules", **VALID_DAYS, valid_day_hours=14, imputation="none"), MEANS),
    ("tiny", at("cohorts.tiny.activity_rules", **OF_RECORDINGS), REPORT),
    ("tiny", at("cohorts.tiny.activity_rules", cut_points="hildebrand"), READ),
    ("tiny", at("cohorts.tiny.assay_rules", **OF_PLATES), REPORT),
    ("tiny", at("assays", plasma_volume_correction=False), {"read_assays"}),
    ("tiny", at("cohorts.tiny.assay_rules", plasma_volume_correction=False), {"read_assays"}),
    ("reduced", at("activity", **OF_RECORDINGS), READ),
    ("reduced", at("assays", **OF_PLATES), {"read_assays"}),
    ("tiny", at("cohorts.tiny.genotypes", **OF_CALLS), {"extract_calls"}),
    ("tiny", at("cohorts.tiny.genotypes", min_proxy_r2=0.7), {"check_calls"}),
    (
        "tiny",
        at("cohorts.tiny.genotypes", exclude_relatives=False, exclude_outliers=False),
        {"build_analysis_set"},
    ),
    ("tiny", at("cohorts.tiny.genotypes", structure=False), {"read_markers"}),
    ("tiny", at("truth", **TRUTH), MEASURED),
    ("tiny", at("truth.covariates.sil6r_percent", **OF_SIL6R), MEASURED),
    ("tiny", at("truth.covariates.activity_percent", **OF_ACTIVITY), MEASURED),
    ("tiny", at("cohorts.tiny.synthetic", people={"AFR": 40, "EUR": 70, "EAS": 10}), MADE),
    (
        "tiny",
        at("cohorts.tiny.synthetic", build="GRCh37", region_bp=11000, min_allele_frequency=0.1, markers=90,
           families=1, duplicates=1, overlap=2, contig="NC", missing_rate=0.1, imputed=True),
        MADE,
    ),
    ("tiny", at("cohorts.tiny.synthetic", genotype_files=[A_FILE]), MADE),
    (
        "tiny",
        at("cohorts.tiny.synthetic", registry_gap_rate=0.2, visits=2, replicates=2, analytes=["sil6r", "il6"],
           unit="pg/mL", detection_limit_ng_ml=5, days=9, participant_columns=["crp"]),
        MEASURED,
    ),
    (
        "tiny",
        at("cohorts.tiny.synthetic", acute_exercise=True, sample_columns=["training"], visits=2),
        MEASURED,
    ),
    ("tiny", at("cohorts.tiny.synthetic", assay_form="plates"), MEASURED),
    ("tiny", at("cohorts.tiny.synthetic", activity_form="ggir_part2"), MEASURED),
    (
        "tiny",
        at("cohorts.tiny.synthetic", epoch_recordings=2, raw_recordings=1, questionnaire="ipaq_short"),
        MEASURED,
    ),
    (
        "small",
        at("cohorts.small.genotypes", files="data/other.vcf.gz"),
        {"extract_calls", "fingerprint_inputs"},
    ),
    ("small", at("cohorts.small.genotypes", markers="data/other.vcf.gz"), {"read_markers"}),
    ("small", at("cohorts.small.genotypes", proxy="rs4129267"), {"extract_calls"}),
    (
        "small",
        at("cohorts.small.participants", file="data/other.tsv"),
        # The file's checksum is made after the table is read, whose IDs files may be named after.
        {"read_participants"},
    ),
    ("small", at("cohorts.small.participants", columns={"age": "age"}), {"read_participants"}),
    ("small", at("cohorts.small.assays", file="data/other.csv"), {"read_assays", "fingerprint_inputs"}),
    (
        "small",
        at("cohorts.small.assays", form="wide", units={"sil6r": "ng/mL"}, lod={"sil6r": 1}, columns={}),
        {"read_assays"},
    ),
    ("small", at("cohorts.small.assays", **PLATES), {"read_assays", "fingerprint_inputs"}),
    (
        "small",
        at("cohorts.small.samples", file="data/samples.csv", columns={"visit": "visit"}),
        {"read_assays", "fingerprint_inputs"},
    ),
    ("small", at("cohorts.small.activity", file="data/days.csv"), READ),
    ("small", at("cohorts.small.activity", unit="counts", columns={"other_value": "enmo_mg"}), READ),
    ("small", at("cohorts.small.activity", form="ggir_part2"), READ),
]  # fmt: skip
# Keys that cannot be tried by a dry run of these studies, and why.
NOT_TRIED = {
    "association.registration": "of a page that make register has written; its own test reads it",
    "results": "every file is another one",
    "cohorts.*.synthetic.people_file": "real people's genotypes with simulated measurements",
    "cohorts.*.activity.participant": "of recordings, which the small study has not",
    "cohorts.*.synthetic.genotype_files.[].quality_key": "of imputed files",
    "cohorts.*.participants.sheet": "of workbooks, which the small study has not",
    "cohorts.*.assays.sheet": "of workbooks",
    "cohorts.*.samples.sheet": "of workbooks",
    "cohorts.*.activity.sheet": "of workbooks",
}


def leaves(node, path, schema):
    """Every key of the configuration that holds a value; "*" stands for a cohort's or an analyte's name."""
    while "$ref" in node:
        place = schema
        for part in node["$ref"].removeprefix("#/").split("/"):
            place = place[part]
        node = {**place, **{key: value for key, value in node.items() if key != "$ref"}}
    if "properties" in node:
        for key, value in node["properties"].items():
            yield from leaves(value, [*path, key], schema)
    elif path == ["cohorts"]:
        (cohort,) = node["patternProperties"].values()
        yield from leaves(cohort, [*path, "*"], schema)
    elif "else" in node:
        yield from leaves(node["else"], path, schema)
    elif path[-1] == "genotype_files":
        yield from leaves(node["items"], [*path, "[]"], schema)
    else:
        yield ".".join(path)


def test_every_key_is_tried():
    schema = yaml.safe_load((REPO / "workflow" / "schemas" / "config.schema.yaml").read_text())
    known = {re.sub(r"\.\*$", "", key) for key in leaves(schema, [], schema)}
    tried = set()
    for _, changes, _ in KEYS:
        for key, value in changes.items():
            key = re.sub(r"^cohorts\.\w+", "cohorts.*", key)
            if key.endswith("genotype_files"):
                tried |= {f"{key}.[].{name}" for name in value[0]}
            elif ".covariates." in key and key.startswith("cohorts"):
                tried.add("cohorts.*.covariates")
            elif key.endswith("people"):
                tried |= {key, *(f"{key}.{group}" for group in value)} if isinstance(value, dict) else {key}
            else:
                tried.add(key)
    assert len(known) > 170
    assert known - tried == set(NOT_TRIED)


def changed(config, changes):
    """A configuration with other values of some keys."""
    config = copy.deepcopy(config)
    for key, value in changes.items():
        *sections, last = key.split(".")
        place = config
        for section in sections:
            place = place.setdefault(section, {})
        place[last] = value
    return config


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A finished study of a cohort's own files, which also lie there under other names."""

    def make(folder):
        small_cohort.write(folder / "study")
        data = folder / "study" / "data"
        for old, new in (
            ("calls.vcf.gz", "other.vcf.gz"), ("calls.vcf.gz.tbi", "other.vcf.gz.tbi"),
            ("participants.tsv", "other.tsv"), ("assays.csv", "other.csv"), ("assays.csv", "layout.csv"),
            ("activity.csv", "days.csv"),
        ):  # fmt: skip
            shutil.copy(data / old, data / new)
        (data / "samples.csv").write_text("participant,visit,date\nP000,1,2025-03-10\n")
        succeeds("-c2", "--configfile", folder / "study" / "config.yaml", folder=folder / "study")

    return made_once(tmp_path_factory, "small", make) / "study"


@pytest.fixture(scope="module")
def studies(own_clone, reduced, small):
    """The folder of each finished study, with its configuration."""
    kept = REPO / "tests" / "studies"
    return {
        "tiny": (own_clone, kept / "tiny.yaml"),
        "reduced": (reduced.parent, kept / "reduced.yaml"),
        "small": (small, small / "config.yaml"),
    }


def named(value):
    """A short name for a case."""
    return ",".join(value)[:70] if isinstance(value, dict) else None


@pytest.mark.parametrize(("study", "changes", "rules"), KEYS, ids=named)
def test_a_changed_key_reruns_the_rules_that_use_it(studies, tmp_path, study, changes, rules):
    folder, config = studies[study]
    if "association.plan" in changes:
        shutil.copy(REPO / "config" / "plan.yaml", tmp_path / "plan.yaml")
        changes = {"association.plan": str(tmp_path / "plan.yaml")}
    other = tmp_path / "other.yaml"
    other.write_text(yaml.safe_dump(changed(yaml.safe_load(config.read_text()), changes), sort_keys=False))
    if study == "tiny":
        printed = run_in(folder, "--dry-run", "--configfile", other)
    else:
        done = succeeds("--dry-run", "-c2", "--configfile", other, folder=folder)
        printed = done.stdout + done.stderr
    wanted, own = reasons(printed)
    assert own - {"write_report"} == rules
    assert "write_report" in wanted
