"""Rule summarise_activity: one cohort's valid days and person means."""

from pathlib import Path

import pandas as pd

from il6r import tables
from il6r.activity import alternatives, person_days, quality
from il6r.job import job

with job(snakemake) as output:
    given, settings = snakemake.input, snakemake.params.settings
    rules = person_days.ValidityRules.from_settings(settings)
    read, summaries, answers = (
        person_days.put_together([table.read(path) for path in paths], snakemake.params.files)
        for table, paths in (
            (tables.DAYS_READ, given.days),
            (tables.SUMMARIES_READ, given.summaries),
            (tables.QUESTIONNAIRE, given.questionnaire),
        )
    )
    recordings = pd.concat([tables.RECORDINGS.read(path) for path in given.recordings], ignore_index=True)
    shards = Path(given.recordings[0]).parent
    person_days.refuse_failures(recordings, settings["max_failed_share"], shards)
    person_days.refuse_overlaps(recordings)
    others = bool(len(summaries) or len(answers))
    days, parts = person_days.mark_valid_days(read, rules, alone=not others)
    people = person_days.summarise_people(days, summaries, answers, rules)
    other = alternatives.person_means(days, rules, settings["imputation"], settings["cut_points"])
    cohort = snakemake.wildcards.cohort
    flow = person_days.flow(cohort, recordings, days, parts, summaries, answers, rules)
    tables.RECORDINGS.write(recordings, output.recordings)
    tables.PERSON_DAYS.write(days, output.days)
    tables.PERSON_ACTIVITY.write(people, output.people)
    tables.ALTERNATIVES.write(other, output.alternatives)
    tables.ACTIVITY_QC.write(quality.describe(recordings, days, people), output.qc)
    tables.WEAR.write(quality.wear_by_hour(days), output.wear)
    tables.FLOW.write(flow, output.flow)
