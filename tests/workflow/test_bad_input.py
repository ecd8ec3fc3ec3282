"""Each of a user's mistakes gives one sentence with file, place, problem and remedy.

The exit is not zero, and no result is half written.
"""

import datetime
import gzip
import re

import numpy as np
import pandas as pd
import pysam
import pytest
import small_cohort
import yaml
from conftest import REPO, snakemake
from small_cohort import edit, vcf_text


def _calls(folder):
    return folder / "data" / "calls.vcf.gz"


def _truncated(folder, _):
    path = _calls(folder)
    path.write_bytes(path.read_bytes()[:-40])


def _cut_text(folder, config):
    text = vcf_text(["0/1"] * 60)
    (folder / "data" / "calls.vcf").write_text(text[: len(text) - 120])
    config["cohorts"]["small"]["genotypes"]["files"] = ["data/calls.vcf"]


def _header_name_lost(folder, config):
    text = vcf_text(["0/1"] * 60).replace("\tS000\tS001\t", "\tS001\t")
    (folder / "data" / "calls.vcf").write_text(text)
    config["cohorts"]["small"]["genotypes"]["files"] = ["data/calls.vcf"]


def _not_a_vcf(folder, config):
    (folder / "data" / "calls.txt").write_text("who knows\n" * 100)
    config["cohorts"]["small"]["genotypes"]["files"] = ["data/calls.txt"]


def _plates(spoil_wells):
    """60 people in single on one plate, whose wells are changed before they are written."""

    def spoil(folder, config):
        levels = [0, 31.25, 62.5, 125, 250, 500, 1000, 2000]
        contents = [("standard", "", level, 1) for level in levels for _ in range(2)]
        contents += [("sample", f"P{k:03d}", 300.0, 100) for k in range(60)]
        wells = pd.DataFrame(contents, columns=["role", "name", "concentration", "dilution"])
        place = np.arange(len(wells))
        wells.insert(0, "plate", "one")
        wells.insert(1, "well", [f"{'ABCDEFGH'[k % 8]}{k // 8 + 1}" for k in place])
        wells["od"] = 3 + (0.05 - 3) / (1 + (wells["concentration"] / 600) ** 1.1)
        wells["concentration"] = wells["concentration"].where(wells["role"] == "standard")
        readings, layout = spoil_wells(wells[["plate", "well", "od"]].copy(), wells.drop(columns="od"))
        readings.to_csv(folder / "data" / "assay_readings.csv", index=False)
        layout.to_csv(folder / "data" / "assay_layout.csv", index=False)
        config["cohorts"]["small"]["assays"] = {
            "file": "data/assay_readings.csv", "form": "plates", "layout": "data/assay_layout.csv",
            "analyte": "sil6r", "unit": "pg/mL",
        }  # fmt: skip

    return spoil


def _rewrite(**record):
    def spoil(folder, _):
        small_cohort.write_vcf(_calls(folder), [0, 1, 2, 1, 0, 1] * 10, **record)

    return spoil


def _sample_table_without_participant(folder, config):
    small_cohort.lines(folder / "data" / "samples.tsv", ["person\tvisit", "P000\t1"])
    config["cohorts"]["small"]["samples"] = {"file": "data/samples.tsv"}


def _wrong_build(folder, config):
    config["cohorts"]["small"]["genotypes"]["build"] = "GRCh37"


def _unknown_build(folder, _):
    small_cohort.write_vcf(_calls(folder), [0, 1] * 30, length=None, name=".")


def _duplicate_samples(folder, _):
    names = [f"S{i:03d}" for i in range(59)] + ["S000"]
    small_cohort.write_vcf(_calls(folder), [0, 1] * 30, samples=names)


def _sample_in_two_files(folder, config):
    small_cohort.write_vcf(folder / "data" / "more.vcf.gz", [0, 1, 2] * 20)
    config["cohorts"]["small"]["genotypes"]["files"].append("data/more.vcf.gz")


def _pattern_without_files(folder, config):
    config["cohorts"]["small"]["genotypes"]["files"] = "data/chr*.bcf"


def _unsorted_without_index(folder, config):
    text = vcf_text(["0/1"] * 60)
    earlier = text.splitlines()[-1].replace(str(small_cohort.POSITION), "5000") + "\n"
    with pysam.BGZFile(str(folder / "data" / "unsorted.vcf.gz"), "w") as stream:
        stream.write((text + earlier).encode())
    config["cohorts"]["small"]["genotypes"]["files"] = "data/unsorted.vcf.gz"


def _samples_in_another_case(folder, _):
    small_cohort.write_vcf(_calls(folder), [0, 1] * 30, samples=[f"s{i:03d}" for i in range(60)])


def _other_samples(folder, _):
    small_cohort.write_vcf(_calls(folder), [0, 1] * 30, samples=[f"X{i}-{i}" for i in range(60)])


def _text(file, line, old, new):
    def spoil(folder, _):
        edit(folder / "data" / file, line, old, new)

    return spoil


def _append(file, line):
    def spoil(folder, _):
        with (folder / "data" / file).open("a") as stream:
            stream.write(line + "\n")

    return spoil


def _replace_all(file, pattern, new):
    def spoil(folder, _):
        path = folder / "data" / file
        path.write_text(re.sub(pattern, new, path.read_text()))

    return spoil


def _config(change):
    def spoil(_, config):
        change(config, config["cohorts"]["small"])

    return spoil


def _looked_at(folder, config):
    plan = yaml.safe_load((REPO / "config" / "plan.yaml").read_text())
    plan["replication"]["looked_at"] = [{"cohort": "small", "check": "sex", "reason": "no X"}]
    (folder / "my_plan.yaml").write_text(yaml.safe_dump(plan))
    config["association"] = {"plan": "my_plan.yaml"}


def _few_people(folder, _):
    path = folder / "data" / "participants.tsv"
    small_cohort.lines(path, path.read_text().splitlines()[:5])


def _gzip_corrupt(folder, config):
    path = folder / "data" / "calls.vcf.gz"
    path.write_bytes(gzip.compress(vcf_text(["0/1"] * 60).encode())[:200])


def _second_activity_file(folder, config):
    lines = (folder / "data" / "activity.csv").read_text().splitlines()
    small_cohort.lines(folder / "data" / "more.csv", lines[:2])
    config["cohorts"]["small"]["activity"]["file"] = ["data/activity.csv", "data/more.csv"]
    config["people_per_shard"] = 30


def _recordings(*starts):
    """Recordings of two days in the form of UK Biobank's field 90004, all of one participant."""

    def spoil(folder, config):
        names = []
        for number, start in enumerate(starts):
            names.append(f"data/S999_90004_{number}_0.csv")
            head = f"acceleration (mg) - {start} 00:00:00 - "
            end = str(np.datetime64(start) + 1)
            rows = [f"{head}{end} 23:59:00 - sampleRate = 60 seconds,imputed", *["30,0"] * 2880]
            small_cohort.lines(folder / names[-1], rows)
        config["cohorts"]["small"]["activity"] = [
            {"file": "data/activity.csv"},
            {"file": names, "form": "epochs_90004"},
        ]

    return spoil


def _broken_recordings(folder, config):
    _recordings("2025-03-03", "2025-03-05")(folder, config)
    (folder / "data" / "S999_90004_1_0.csv").write_text("not what it says\n")


def _participants_named_gzip(folder, config):
    (folder / "data" / "participants.tsv").rename(folder / "data" / "participants.tsv.gz")
    config["cohorts"]["small"]["participants"]["file"] = "data/participants.tsv.gz"


def _people_in_excel(folder, config):
    """The participant table as a workbook, with a date in the place of an age."""
    people = pd.read_csv(folder / "data" / "participants.tsv", sep="\t").astype({"age": object})
    people.loc[7, "age"] = datetime.date(2024, 3, 5)
    people.to_excel(folder / "data" / "participants.xlsx", sheet_name="people", index=False)
    config["cohorts"]["small"]["participants"] = {"file": "data/participants.xlsx", "sheet": "people"}


def _quality(folder, _):
    small_cohort.write_vcf(_calls(folder), [0, 1] * 30, info="R2=0.12")


# What is spoiled, and what the sentence must say: place, problem, remedy.
CASES = {
    "truncated VCF": (_truncated, ["data/calls.vcf.gz", "truncated", "copy or compress it again"]),
    "VCF cut in a line": (
        _cut_text,
        ["data/calls.vcf, chr1:154454494", "31 sample columns, the header 60", "write the file again"],
    ),
    "gzip cut short": (_gzip_corrupt, ["data/calls.vcf.gz", "cannot be read", "bcftools view"]),
    "not a VCF": (_not_a_vcf, ["data/calls.txt", "not a VCF or BCF", "give the genotypes as"]),
    "variant absent": (
        _rewrite(position=154400000, name="."),
        ["data/calls.vcf.gz", "rs2228145 is not in it", "not a reference call", "genotypes.build"],
    ),
    "alleles do not match": (
        _rewrite(ref="A", alt="T"),
        ["data/calls.vcf.gz, 1:154454494", "A>T do not match rs2228145", "check the build"],
    ),
    "build contradicts": (
        _wrong_build,
        ["data/calls.vcf.gz", "GRCh38", "the config says GRCh37", "correct genotypes.build"],
    ),
    "build not told": (_unknown_build, ["its build cannot be told", "set genotypes.build"]),
    "low imputation quality": (_quality, ["quality 0.12", "configured proxy"]),
    "duplicate samples in a VCF": (
        _duplicate_samples,
        ["data/calls.vcf.gz", "twice in its header (columns 10 and 69)", "rename"],
    ),
    "sample in two files": (
        _sample_in_two_files,
        ["data/calls.vcf.gz and ", "data/more.vcf.gz", "two files agree about", "genotypes.min_concordance"],
    ),
    "duplicate participants": (
        _append("participants.tsv", "P000\tS999\t40\tmale"),
        ["data/participants.tsv, line 62", "already on line 2", "one line per participant"],
    ),
    "duplicate samples in the table": (
        _append("participants.tsv", "P999\tS000\t40\tmale"),
        ["data/participants.tsv, line 62", "the sample is already on line 2"],
    ),
    "a pattern that matches nothing": (
        _pattern_without_files,
        ["config, cohorts.small.genotypes.files", "no file matches 'data/chr*.bcf'", "correct the pattern"],
    ),
    "unsorted, without an index": (
        _unsorted_without_index,
        ["data/unsorted.vcf.gz", "cannot be indexed", "sort it with 'bcftools sort'"],
    ),
    "samples in another case": (
        _samples_in_another_case,
        ["cohort small", "column of the participant table match (60 would match: 'A000' for 'A000')"],
    ),
    "no overlap with the VCF": (
        _other_samples,
        ["cohort small", "look like 'A000'", "look like 'A0-0'", "make the 'sample' column"],
    ),
    "assay value is text": (
        _text("assays.csv", 3, "P001,sIL-6R,", "P001,sIL-6R,high "),
        ["data/assays.csv, line 3", "is not a number", "leave the cell empty"],
    ),
    "decimal comma": (
        _replace_all("assays.csv", r"(P004,sIL-6R,)(\d+)\.(\d+)", r'\1"\2,\3"'),
        ["data/assays.csv, line 6", "decimal comma", "with a point"],
    ),
    "unknown unit": (
        _text("assays.csv", 5, "ng/mL", "furlongs"),
        ["data/assays.csv, line 5", "unknown unit 'furlongs'", "use one of"],
    ),
    "unknown analyte": (
        _text("assays.csv", 5, "sIL-6R", "cortisol"),
        ["data/assays.csv, line 5", "unknown analyte 'cortisol'", "use sIL-6R"],
    ),
    "a date in Excel": (
        _people_in_excel,
        [
            "data/participants.xlsx, sheet 'people', cell C9",
            "it is a date or time",
            "format the column as text",
        ],
    ),
    "participants of Cyrillic Windows": (
        lambda folder, _: (folder / "data" / "participants.tsv").write_bytes(
            "participant\tsample\tage\tsex\nпациент\tS000\t30\tmale\n".encode("cp1251")
        ),
        ["data/participants.tsv", "its encoding cannot be told", "save it as UTF-8"],
    ),
    "our name misspelt": (
        _config(lambda config, cohort: cohort["participants"].update(columns={"partcipant": "participant"})),
        [
            "config, cohorts.small.participants.columns",
            "'partcipant' is not one of our columns",
            "use one of",
        ],
    ),
    "a column that the file has not": (
        _config(lambda config, cohort: cohort["assays"].update(columns={"value": "concentration"})),
        ["data/assays.csv", "no column 'concentration' (configured as value)", "choose from 'participant'"],
    ),
    "a sheet of a text": (
        _config(lambda config, cohort: cohort["activity"].update(sheet="days")),
        ["config, cohorts.small.activity.sheet", "'data/activity.csv' is no Excel workbook", "leave it out"],
    ),
    "thousandfold unit": (
        _replace_all("assays.csv", "ng/mL", "pg/mL"),
        ["data/assays.csv", "thousandfold too low", "correct the unit"],
    ),
    "duplicate assay rows": (
        _append("assays.csv", "P000,sIL-6R,40,ng/mL,2025-03-10"),
        ["data/assays.csv, line 62", "already on line 2", "'replicate' column"],
    ),
    "negative concentration": (
        _replace_all("assays.csv", "P003,sIL-6R,", "P003,sIL-6R,-"),
        ["data/assays.csv, line 5", "is negative", "'<limit'"],
    ),
    "not a date": (
        _text("assays.csv", 4, "2025-03-10", "2025-02-30"),
        ["data/assays.csv, line 4", "'2025-02-30' is not a date", "YYYY-MM-DD"],
    ),
    "date the other way round": (
        _text("activity.csv", 4, "2025-03-05", "05/03/2025"),
        ["data/activity.csv, line 4", "'05/03/2025' is not a date", "YYYY-MM-DD"],
    ),
    "person-day twice": (
        _text("activity.csv", 4, "2025-03-05", "2025-03-04"),
        ["data/activity.csv, line 4", "already on line 3", "one line per participant and day"],
    ),
    "person-day in two files": (
        _second_activity_file,
        [
            "data/more.csv, line 2",
            "already on line 2 of data/activity.csv",
            "one line per participant and day",
        ],
    ),
    "recordings of one person that overlap": (
        _recordings("2025-03-03", "2025-03-04"),
        [
            "recording 'A000_00000_0_0.AAA'",
            "it begins at 2025-03-04T00:00:00, before another recording of the same participant ends",
            "leave out one of the two",
        ],
    ),
    "recordings that cannot be read": (
        _broken_recordings,
        [
            "config, activity.max_failed_share",
            "more than the share of 0.1 of the recordings cannot be used",
            "results/small/activity/shards/*_recordings_read.parquet",
        ],
    ),
    "counts passed as mg": (
        _replace_all("activity.csv", r",(\d+)\.(\d+),22.5", r",\1\2,22.5"),
        ["data/activity.csv", "it looks like counts or MIMS", "give its unit as activity.unit"],
    ),
    "unknown cut points": (
        _config(lambda config, cohort: config.update(activity={"cut_points": "mine"})),
        ["config, activity.cut_points 'mine'", "not in resources/cut_points.tsv", "use one of 'ggir'"],
    ),
    "a time zone that is none": (
        _config(lambda config, cohort: config.update(activity={"time_zone": "London"})),
        ["config, activity.time_zone: 'London' is no time zone", "Europe/London"],
    ),
    "a file list that is a number": (
        _config(lambda config, cohort: cohort["activity"].update(file=5)),
        ["config, cohorts.small.activity.file", "it holds 5", "give a string or a list"],
    ),
    "shards of nobody": (
        _config(lambda config, cohort: config.update(people_per_shard=0)),
        ["config, people_per_shard", "0 is less than the minimum of 1", "config/README.md"],
    ),
    "a gzip file that is none": (
        _participants_named_gzip,
        ["data/participants.tsv.gz", "not a whole gzip file", "compress it again"],
    ),
    "old Macintosh line ends": (
        _replace_all("activity.csv", "\n", "\r"),
        ["data/activity.csv", "its lines end with CR alone", "LF or CRLF"],
    ),
    "results below a variable": (
        _config(lambda config, cohort: config.update(results="$SCRATCH/study")),
        ["config, results", "'$SCRATCH/study' holds one of", "write the folder's name out"],
    ),
    "nobody has a valid day": (
        _replace_all("activity.csv", r"22\.5", "3.5"),
        ["data/activity.csv", "nobody has a valid day", "activity.valid_day_hours"],
    ),
    "a column is missing": (
        _text("activity.csv", 1, "enmo_mg", "acceleration"),
        ["data/activity.csv", "no column 'enmo_mg'", "under 'columns' in the config"],
    ),
    "an unknown key": (
        _config(lambda config, cohort: config.update(colour="red")),
        ["config", "unknown key 'colour'", "use one of title, results"],
    ),
    "an unknown key in a cohort": (
        _config(lambda config, cohort: cohort["genotypes"].update(file="x")),
        ["config, cohorts.small.genotypes", "unknown key 'file'", "use one of files"],
    ),
    "a missing key": (
        _config(lambda config, cohort: cohort.pop("assays")),
        ["config, cohorts.small", "the key 'assays' is missing", "config/README.md"],
    ),
    "a missing file": (
        _config(lambda config, cohort: cohort["assays"].update(file="data/nowhere.csv")),
        ["config, cohorts.small.assays.file", "no file 'data/nowhere.csv'", "correct the path"],
    ),
    "an unknown covariate": (
        _config(lambda config, cohort: cohort["covariates"]["sil6r"].append("shoe_size")),
        [
            "cohort small",
            "'shoe_size' of the analysis sil6r_additive is no column to adjust for",
            "cohorts.small.covariates",
        ],
    ),
    "an identifier as covariate": (
        _config(lambda config, cohort: cohort["covariates"]["activity"].append("sample")),
        ["cohort small", "'sample' of the analysis activity_aa_vs_carriers is no column to adjust for"],
    ),
    "a set of covariates that the plan has not": (
        _config(lambda config, cohort: cohort["covariates"].update(assay=["age"])),
        ["config, cohorts.small.covariates", "'assay' is no set of covariates", "use one of 'sil6r'"],
    ),
    "a plan that is not there": (
        _config(lambda config, cohort: config.update(association={"plan": "my_plan.yaml"})),
        ["config, association.plan", "there is no file 'my_plan.yaml'", "correct the path"],
    ),
    "a check that is none as looked at": (
        _looked_at,
        ["my_plan.yaml, replication.looked_at", "there is no check 'sex'", "use one of 'call_rate', 'hwe'"],
    ),
    "an empty covariate": (
        _replace_all("participants.tsv", r"\t(fe)?male", "\t"),
        ["cohort small", "'sex' of the analysis sil6r_additive is empty", "add it to the participant table"],
    ),
    "a name too few in the header": (
        _header_name_lost,
        ["data/calls.vcf, chr1:154454494", "60 sample columns, the header 59", "write the file again"],
    ),
    "a line cut short": (
        _text("participants.tsv", 61, "\tmale", ""),
        ["data/participants.tsv, line 61", "3 columns, the header 4", "the header's columns"],
    ),
    "no header": (
        _text("assays.csv", 1, "participant,analyte,value,unit,date", "P099,sIL-6R,30.5,ng/mL,x"),
        ["data/assays.csv", "first line holds numbers", "one header line"],
    ),
    "one row in another unit": (
        _text("assays.csv", 9, "ng/mL", "pg/mL"),
        ["data/assays.csv, line 9", "times the median of its plate", "its unit"],
    ),
    "acceleration in g": (
        _replace_all("activity.csv", r",(\d+\.\d+),22.5", ",0.03,22.5"),
        ["data/activity.csv", "looks like g", "multiply the column by 1000"],
    ),
    "a cohort with a reserved name": (
        _config(lambda config, cohort: config["cohorts"].update(pooled=cohort)),
        ["config, cohorts.pooled", "uses this name itself", "give the cohort another"],
    ),
    "a key that is not a text": (
        _config(lambda config, cohort: cohort.update({1: "x"})),
        ["config.cohorts.small", "the key 1 is not a text", "in quotes"],
    ),
    "a list for a section": (
        _config(lambda config, cohort: cohort.update(participants=["data/participants.tsv"])),
        [
            "config, cohorts.small.participants",
            "it holds ['data/participants.tsv']",
            "give a section of keys",
        ],
    ),
    "plates without a layout": (
        _config(lambda config, cohort: cohort["assays"].update(form="plates", analyte="sil6r", unit="pg/mL")),
        ["config, cohorts.small.assays", "the form plates needs 'layout'", "add it"],
    ),
    "a key of another form": (
        _config(lambda config, cohort: cohort["assays"].update(lloq=3)),
        ["config, cohorts.small.assays.lloq", "the form long has no such key", "(plates)"],
    ),
    "a layout of another plate": (
        _plates(lambda readings, layout: (readings, layout.assign(plate="two"))),
        ["data/assay_", "plate"],
    ),
    "standards in the wrong order": (
        _plates(
            lambda readings, layout: (
                readings,
                layout.assign(
                    concentration=[*layout["concentration"][:16][::-1], *layout["concentration"][16:]]
                ),
            )
        ),
        ["data/assay_", "plate 'one'", "standards are in the wrong order"],
    ),
    "a plate of zeros": (
        _plates(lambda readings, layout: (readings.assign(od=0.0), layout)),
        ["data/assay_", "plate 'one'"],
    ),
    "a sample without a participant": (
        _sample_table_without_participant,
        ["data/samples.tsv", "no column 'participant'", "under 'columns' in the config"],
    ),
    "fewer people than terms": (
        _few_people,
        ["cohort small", "4 participants are too few for a model of 4 terms", "fewer covariates"],
    ),
}


# The first thing made from each file, by what the sentence starts with, so that a mistake in it does not
# wait for what is made from others. A mistake in the configuration comes before all that.
MADE_FROM = {
    "(data/calls|data/unsorted|its build|quality)": "results/small/genotypes/calls.parquet",
    "data/(assay|samples)": "results/small/assays/concentrations.parquet",
    "data/participants": "results/small/cohort/participants.parquet",
    "(data/(activity|more)|recording |config, activity.(cut|max))": (
        "results/small/activity/person_activity.parquet"
    ),
    "cohort small": "results/small/association/estimates.tsv",
}
# Run whole, with all that goes on beside the mistake: in activity, and in what joins it to genotypes.
WHOLE = ("person-day twice", "no overlap with the VCF")
# They need settings of the whole study; it is read before anything runs.
ALONE = (
    *("person-day in two files", "unknown cut points", "a gzip file that is none"),
    "a column that the file has not",
)


def _made_from(case):
    """What is first made from the file that a case spoils; None if the case is no file's."""
    words = CASES[case][1][0]
    return next((made for start, made in MADE_FROM.items() if re.match(start, words)), None)


# Mistakes in files, each in a cohort of its own, fail in one run of a study.
TOGETHER = [case for case in CASES if _made_from(case) and case not in (*WHOLE, *ALONE)]


def _study_of(folder, spoilt):
    """A study with a small cohort for each name, spoilt by what goes with it, and its configuration."""
    study = {"cohorts": {}}
    for name, spoil in spoilt.items():
        config = small_cohort.write(folder / name)
        # Structure knows of genotypes only.
        config["cohorts"]["small"]["genotypes"]["structure"] = False
        spoil(folder / name, config)
        text = yaml.safe_dump(config["cohorts"]["small"], sort_keys=False)
        study["cohorts"][name] = yaml.safe_load(re.sub(r"(^|\s)data/", rf"\g<1>{name}/data/", text))
    small_cohort.configure(folder, study)


@pytest.fixture(scope="session")
def mistakes(tmp_path_factory):
    """Where all of them were made, the name of each one's cohort, and what was on the screen."""
    folder = tmp_path_factory.mktemp("mistakes")
    names = {case: f"cohort_{number}" for number, case in enumerate(TOGETHER)}
    _study_of(folder, {name: CASES[case][0] for case, name in names.items()})
    targets = [_made_from(case).replace("small", name) for case, name in names.items()]
    done = snakemake(*targets, "-c2", "--configfile", folder / "config.yaml", folder=folder)
    screen = done.stdout + done.stderr
    assert done.returncode != 0, screen
    assert "Traceback" not in screen
    assert not re.search(r"\b[PS]\d{3}\b", screen), "an identifier on the screen"
    return folder, names, screen


@pytest.mark.parametrize("case", TOGETHER)
def test_a_mistake_in_a_file_gives_one_sentence_and_leaves_nothing_half_written(case, mistakes):
    folder, names, screen = mistakes
    name = names[case]
    told = re.findall(rf"failed; its log: results/logs/\w+/{name}(?:_\d+)?\.log\n(.*)", screen)
    assert len(told) == 1, screen
    assert told[0].startswith("error: ")
    for part in CASES[case][1]:
        assert part.replace("small", name) in told[0]
    assert not (folder / _made_from(case).replace("small", name)).exists()
    assert not (folder / "results" / name / "association" / "estimates.tsv").exists()


@pytest.mark.parametrize("case", [case for case in CASES if case not in TOGETHER])
def test_a_mistake_gives_one_sentence_and_leaves_nothing_half_written(case, tmp_path):
    spoil, expected = CASES[case]
    config = small_cohort.write(tmp_path)
    spoil(tmp_path, config)
    target = "all" if case in WHOLE else _made_from(case) or "all"
    small_cohort.configure(tmp_path, config)
    done = snakemake(target, "-c1", "--configfile", tmp_path / "config.yaml", folder=tmp_path)
    screen = done.stdout + done.stderr
    assert done.returncode != 0, screen
    # A job's sentence is the last thing on the screen; a configuration's the only one.
    sentence = (done.stdout.strip() or done.stderr.strip()).splitlines()[-1]
    assert sentence.startswith("error: "), screen
    assert len(re.findall(r"failed; its log: results/logs/", screen)) <= 1, screen
    for part in expected:
        assert part in sentence
    assert "Traceback" not in screen
    assert not re.search(r"\b[PS]\d{3}\b", screen), "an identifier on the screen"
    assert not (tmp_path / target).exists()
    assert not (tmp_path / "results" / "report" / "report.html").exists()
    assert not (tmp_path / "results" / "small" / "association" / "estimates.tsv").exists()


def _all_the_same(folder, _):
    small_cohort.write_vcf(_calls(folder), [1] * 60)


def _nobody_cc(folder, _):
    small_cohort.write_vcf(_calls(folder), [0, 1, 0, 1, 0, 1] * 10)


def _all_censored(folder, _):
    path = folder / "data" / "assays.csv"
    path.write_text(re.sub(r"(sIL-6R,)[\d.]+", r"\1<40", path.read_text()))


def _no_sil6r(folder, _):
    path = folder / "data" / "assays.csv"
    path.write_text(re.sub(r"sIL-6R,[\d.]+,ng/mL", "IL-6,2.1,pg/mL", path.read_text()))


def _identical(folder, _):
    path = folder / "data" / "assays.csv"
    path.write_text(re.sub(r"(sIL-6R,)[\d.]+", r"\g<1>40", path.read_text()))


def _three_people(folder, config):
    path = folder / "data" / "participants.tsv"
    small_cohort.lines(path, path.read_text().splitlines()[:4])
    config["cohorts"]["small"]["covariates"] = {"sil6r": [], "activity": []}


def test_what_cannot_be_estimated_is_said_and_the_report_is_written(tmp_path):
    said = {
        _nobody_cc: "nobody is CC",
        _all_the_same: "everybody has the same dosage",
        _all_censored: "too few values above the detection limit",
        _no_sil6r: "the cohort has no such measurement",
        _identical: "everybody has the same value",
        _three_people: "too few participants for 3 terms",
    }
    _study_of(tmp_path, {spoil.__name__.strip("_"): spoil for spoil in said})
    done = snakemake("-c2", "--configfile", tmp_path / "config.yaml", folder=tmp_path)
    screen = done.stdout + done.stderr
    assert done.returncode == 0, screen
    assert "Warning" not in screen
    page = (tmp_path / "results" / "report" / "report.html").read_text()
    assert not re.search(r"\bnan\b", re.sub(r'base64,[^"]*', "", page))
    for spoil, words in said.items():
        estimates = tmp_path / "results" / spoil.__name__.strip("_") / "association" / "estimates.tsv"
        assert words in estimates.read_text()
        # Of three people not even that is told.
        assert words in page + done.stdout or spoil is _three_people
    assert "too few people to be shown" in page
    assert "3 people" not in page + done.stdout


def test_vcf_without_an_index_gives_the_same_calls(tmp_path):
    config = small_cohort.write(tmp_path)
    indexed, data, dosage = config["cohorts"]["small"], tmp_path / "data", [0, 1, 2, 1, 0, 1] * 10
    small_cohort.write_vcf(data / "no_index.vcf.gz", dosage, index=False)
    small_cohort.write_vcf(data / "plain.vcf", dosage)
    text = vcf_text([("0/0", "0/1", "1/1")[copies] for copies in dosage])
    (data / "gzip.vcf.gz").write_bytes(gzip.compress(text.encode()))
    for name in ("no_index.vcf.gz", "plain.vcf", "gzip.vcf.gz"):
        config["cohorts"][name.split(".")[0]] = {**indexed, "genotypes": {"files": [f"data/{name}"]}}
    small_cohort.configure(tmp_path, config)
    made = [f"results/{cohort}/genotypes/calls.parquet" for cohort in config["cohorts"]]
    done = snakemake(*made, "-c1", "--configfile", tmp_path / "config.yaml", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len({(tmp_path / calls).read_bytes() for calls in made}) == 1
