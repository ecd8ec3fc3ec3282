"""What follows from a checked configuration: each cohort's files, sources, shards, settings and size?"""

import copy
import math
from pathlib import Path
from typing import Any, TypedDict

from il6r import config as il6r_config
from il6r.tables.genotypes import CALLS
from il6r.tables.synthetic import TRUE_DOSAGES

# Keys of a section that only some rules have to do with; what a rule does not use must not rerun it.
_NOT_OF_CALLS = (
    "files",
    "markers",
    "structure",
    "exclude_relatives",
    "exclude_outliers",
    "proxy",
    "min_proxy_r2",
)
_OF_EXCLUSION = ("exclude_relatives", "exclude_outliers")
_NOT_OF_READING = ("valid_day_hours", "min_valid_days", "min_weekend_days", "max_failed_share")
_OF_PERSON_MEANS = (*_NOT_OF_READING, "imputation", "cut_points")
_OF_SIMULATED_GENOTYPES = (
    "people",
    "build",
    "region_bp",
    "min_allele_frequency",
    "families",
    "duplicates",
    "markers",
    "overlap",
)
# How they are written to files, which `forms` says.
_OF_FORMS = ("contig", "missing_rate", "imputed", "genotype_files")
# Keys whose values are files, and what is printed for several.
_FILES = ("files", "markers", "file", "layout", "people_file", "plan", "registration")
_LISTED = "among the input files"


def _only(section: dict, keys: tuple[str, ...]) -> dict:
    return {key: value for key, value in section.items() if key in keys}


def _without(section: dict, keys: tuple[str, ...]) -> dict:
    return {key: value for key, value in section.items() if key not in keys}


def _without_folders(section: dict) -> dict:
    """A section of the configuration, and all below it, without the folders and lists of its files."""
    found: dict[str, Any] = {}
    for key, value in section.items():
        if isinstance(value, dict):
            found[key] = _without_folders(value)
        elif key in _FILES and isinstance(value, (str, list)):
            names = il6r_config.listed(value)
            found[key] = Path(names[0]).name if len(names) == 1 else _LISTED
        elif isinstance(value, list):
            found[key] = [_without_folders(one) if isinstance(one, dict) else one for one in value]
        else:
            found[key] = copy.copy(value)
    return found


class SyntheticFiles(TypedDict):
    """A synthetic cohort's files, by what they hold."""

    participants: str
    assays: str
    layout: list[str]
    samples: list[str]
    activity: list[str]
    epochs: list[str]
    raw: list[str]
    questionnaire: list[str]
    truth: str


class Study:
    """A configuration that `config.check` has passed and that has every default.

    Methods take a cohort's name; files of synthetic cohorts lie in the results folder.

    Parameters
    ----------
    config : the configuration.
    results : the results folder, where it is not the configuration's.

    Attributes
    ----------
    cohorts, synthetic, simulated : names of all cohorts; of those whose measurements are simulated; of
        those of them whose genotypes are simulated too.
    people : how many people each cohort has, by name.
    shards : by cohort, the places of its activity files (source, file) in each shard.
    """

    def __init__(self, config: dict, results: str | None = None):
        self.config = config
        self.results = results or config["results"]
        self.cohorts = list(config["cohorts"])
        self.synthetic = [name for name in self.cohorts if "synthetic" in config["cohorts"][name]]
        self.simulated = [name for name in self.synthetic if "people" in config["cohorts"][name]["synthetic"]]
        self.people = {name: il6r_config.people_in(cohort) for name, cohort in config["cohorts"].items()}
        self.shards = {name: self._activity_shards(name) for name in self.cohorts}

    def section(self, cohort: str) -> dict:
        """One cohort's section of the configuration."""
        return self.config["cohorts"][cohort]

    def synthetic_files(self, cohort: str) -> SyntheticFiles:
        """Where a synthetic cohort's files are.

        Activity is in one table for each shard, and in recordings of the first few people.
        """
        folder, spec = f"{self.results}/synthetic/{cohort}", self.section(cohort)["synthetic"]

        def recordings(people: int, ending: str) -> list[str]:
            """The recordings of so many people."""
            named = f"{folder}/recordings/{cohort[:3].upper()}"
            return [f"{named}{number:07d}{ending}" for number in range(1, people + 1)]

        return {
            "participants": f"{folder}/participants.tsv",
            "assays": f"{folder}/assays.csv",
            "layout": [f"{folder}/layout.csv"] if spec["assay_form"] == "plates" else [],
            "samples": [f"{folder}/samples.tsv"] if spec["acute_exercise"] or spec["sample_columns"] else [],
            "activity": [
                f"{folder}/activity_{shard:03d}.csv" for shard in range(1, self._usual_shards(cohort) + 1)
            ],
            "epochs": recordings(spec["epoch_recordings"], "_90004_0_0.csv.gz"),
            "raw": recordings(spec["raw_recordings"], ".cwa"),
            "questionnaire": [f"{folder}/ipaq.csv"] if "questionnaire" in spec else [],
            "truth": f"{folder}/truth.json",
        }

    def people_to_simulate(self, cohort: str) -> dict[str, str]:
        """True dosages of simulated people; or real people's calls, and their ancestry and sex."""
        if cohort in self.simulated:
            return {"dosages": f"{self.results}/{TRUE_DOSAGES.file.format(cohort=cohort)}"}
        return {
            "dosages": f"{self.results}/{CALLS.file.format(cohort=cohort)}",
            "people": self.section(cohort)["synthetic"]["people_file"],
        }

    def participant_table(self, cohort: str) -> str:
        """A cohort's participant table: the user's, or simulated."""
        if cohort in self.synthetic:
            return self.synthetic_files(cohort)["participants"]
        return self.section(cohort)["participants"]["file"]

    def assay_sources(self, cohort: str) -> list[dict]:
        """Where one cohort's assays come from: the user's sources, or the simulated one."""
        if cohort not in self.synthetic:
            return self.section(cohort)["assays"]
        made, spec = self.synthetic_files(cohort), self.section(cohort)["synthetic"]
        source = {"file": [made["assays"]], "form": spec["assay_form"], "columns": {}}
        if made["layout"]:
            source |= {"layout": made["layout"], "analyte": "sil6r", "unit": "pg/mL"}
        return [source]

    def sample_tables(self, cohort: str) -> list[str]:
        """The table of a cohort's blood samples, in a list, which is empty if there is none."""
        if cohort in self.synthetic:
            return self.synthetic_files(cohort)["samples"]
        return [self.section(cohort)["samples"]["file"]] if "samples" in self.section(cohort) else []

    def simulated_genotypes(self, cohort: str) -> dict:
        """What a simulated cohort's genotypes are made by, without the forms of their files."""
        return _only(self.section(cohort)["synthetic"], _OF_SIMULATED_GENOTYPES)

    def simulated_phenotypes(self, cohort: str) -> dict:
        """What a synthetic cohort's measurements are made by."""
        return _without(self.section(cohort)["synthetic"], (*_OF_SIMULATED_GENOTYPES, *_OF_FORMS))

    def call_options(self, cohort: str) -> dict:
        """How the variant's calls are read."""
        return _without(self.section(cohort)["genotypes"], _NOT_OF_CALLS)

    def exclusions(self, cohort: str) -> dict:
        """Who is left out of the analysis set by the genome-wide SNPs."""
        return _only(self.section(cohort)["genotypes"], _OF_EXCLUSION)

    def assay_settings(self, cohort: str) -> dict:
        """The assays stage's settings: the cohort's own, else the study's.

        Those of plates only where there are plates.
        """
        settings = {**self.config["assays"], **self.section(cohort).get("assay_rules", {})}
        plates = any(source["form"] == "plates" for source in self.assay_sources(cohort))
        return settings if plates else _only(settings, ("plasma_volume_correction",))

    def activity_settings(self, cohort: str) -> dict:
        """The activity stage's settings: the cohort's own, else the study's."""
        return {**self.config["activity"], **self.section(cohort).get("activity_rules", {})}

    def person_mean_settings(self, cohort: str) -> dict:
        """The settings by which person-days become person means."""
        return _only(self.activity_settings(cohort), _OF_PERSON_MEANS)

    def drawn_assay_settings(self, cohort: str) -> dict:
        """The assays stage's settings that figures show."""
        return _only(self.assay_settings(cohort), ("max_standard_error_percent",))

    def drawn_activity_settings(self, cohort: str) -> dict:
        """The activity stage's settings that figures show."""
        return _only(self.activity_settings(cohort), ("valid_day_hours",))

    def reading_settings(self, cohort: str, shard: str) -> dict:
        """The settings by which one shard's files are read: all of recordings, of tables the cut points."""
        forms = {source["form"] for source in self.shard_sources(cohort, shard)}
        settings = _without(self.activity_settings(cohort), _NOT_OF_READING)
        return settings if forms & {*il6r_config.RECORDED} else _only(settings, ("cut_points",))

    def activity_sources(self, cohort: str) -> list[dict]:
        """Where one cohort's activity comes from: the user's sources, or the simulated ones."""
        if cohort not in self.synthetic:
            return self.section(cohort)["activity"]
        spec, made = self.section(cohort)["synthetic"], self.synthetic_files(cohort)
        sources = (
            (made["activity"], spec["activity_form"]),
            (made["epochs"], "epochs_90004"),
            (made["raw"], "raw"),
            (made["questionnaire"], spec.get("questionnaire")),
        )
        return [
            {"file": files, "form": form, "unit": "mg", "columns": {}} for files, form in sources if files
        ]

    def activity_tables(self, cohort: str) -> list[str]:
        """The activity files of a cohort that hold many people each."""
        return [
            file
            for source in self.activity_sources(cohort)
            if source["form"] not in il6r_config.RECORDED
            for file in il6r_config.listed(source["file"])
        ]

    def has_recordings_of_devices(self, cohort: str) -> bool:
        """Whether any of a cohort's activity comes as the devices' own files."""
        return any(source["form"] == "raw" for source in self.activity_sources(cohort))

    def other_unit(self, cohort: str) -> str | None:
        """The unit of the cohort's activity that is not in mg, if there is one."""
        units = {source["unit"] for source in self.activity_sources(cohort)} - {"mg"}
        return next(iter(units), None)

    def shard_files(self, cohort: str, shard: str, form: str | None = None) -> list[str]:
        """The activity files of one shard, or those of one form among them."""
        sources = self.activity_sources(cohort)
        return [file for place, file in self.shards[cohort][shard] if form in (None, sources[place]["form"])]

    def shard_sources(self, cohort: str, shard: str) -> list[dict]:
        """The sources that one shard's files are from, in the files' order: each with its number of files."""
        sources = self.activity_sources(cohort)
        counts: dict[int, int] = {}
        for place, _ in self.shards[cohort][shard]:
            counts[place] = counts.get(place, 0) + 1
        return [
            {key: value for key, value in sources[place].items() if key != "file"} | {"files": count}
            for place, count in counts.items()
        ]

    def genotype_files(self, cohort: str) -> list[str]:
        """A cohort's VCF or BCF files: the user's, or the simulated ones."""
        section = self.section(cohort)
        if "files" in section["genotypes"]:
            return section["genotypes"]["files"]
        forms = il6r_config.genotype_forms(section["synthetic"])
        return [f"{self.results}/synthetic/{cohort}/{form['name']}" for form in forms]

    def files_without_index(self, cohort: str) -> list[int]:
        """Numbers, from 1, of a cohort's genotype files that could have an index and come without."""
        section = self.section(cohort)
        if "files" in section["genotypes"]:
            files = enumerate(section["genotypes"]["files"], 1)
            return [k for k, file in files if il6r_config.lacks_index(file)]
        forms = il6r_config.genotype_forms(section["synthetic"])
        return [
            k
            for k, form in enumerate(forms, 1)
            if not form["index"] and (form["compression"] == "bgzip" or form["name"].endswith(".bcf"))
        ]

    def indexes_made(self, cohort: str) -> dict[int, str]:
        """Indexes that the workflow makes itself, by the number of the file."""
        folder = f"{self.results}/{cohort}/genotypes/indexes"
        return {k: f"{folder}/{k}.csi" for k in self.files_without_index(cohort)}

    def marker_files(self, cohort: str) -> list[str]:
        """The files that structure and linkage are read from; none if the cohort does without."""
        options = self.section(cohort)["genotypes"]
        return self.genotype_files(cohort) + options.get("markers", []) if options["structure"] else []

    def variant_read(self, cohort: str) -> str:
        """The variant whose calls are read: the study variant or the cohort's declared proxy."""
        return self.section(cohort)["genotypes"].get("proxy", self.config["variant"])

    def people_of(self, cohort: str | None = None, shard: str | None = None) -> float:
        """How many people a job has to do with: those of a shard (on average), a cohort, or all."""
        people = self.people[cohort] if cohort else sum(self.people.values())
        return people / len(self.shards[cohort]) if shard else people

    def shown(self) -> dict:
        """The configuration as the report prints it.

        It is without its own folder, a truth nobody used, and the folders of files; of several files, which
        may be named after people, the list of input files says what may be told.
        """
        hidden = {"results"} if self.synthetic else {"results", "truth"}
        return _without_folders({key: value for key, value in self.config.items() if key not in hidden})

    def _usual_shards(self, cohort: str) -> int:
        return math.ceil(self.people[cohort] / self.config["people_per_shard"])

    def _activity_shards(self, cohort: str) -> dict[str, list[tuple[int, str]]]:
        """The places of one cohort's activity files, source and file, dealt out to its shards."""
        items = [
            (place, file)
            for place, source in enumerate(self.activity_sources(cohort))
            for file in il6r_config.listed(source["file"])
        ]
        shards = self.section(cohort).get("activity_shards", self._usual_shards(cohort))
        return il6r_config.shared_out(items, shards)
