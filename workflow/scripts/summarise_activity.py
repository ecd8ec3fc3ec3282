"""Rule summarise_activity: one cohort's valid days and person means."""

from pathlib import Path

import pandas as pd

from il6r.activity import alternatives, person_days, quality
from il6r.job import job
from il6r.tables import activity as tables

with job(snakemake) as output:
    given, settings = snakemake.input, snakemake.params.settings
    rules = person_days.ValidityRules.from_settings(settings)
    read, summaries, answers = (
        person_days.put_together([table.read(path) for path in paths], snakemake.params.files)
        for table, paths in (
            (tables.DAYS_READ, given.days_read),
            (tables.SUMMARIES_READ, given.summaries_read),
            (tables.QUESTIONNAIRES_READ, given.questionnaires_read),
        )
    )
    summaries = person_days.include_summaries(summaries, rules)
    recordings = pd.concat(map(tables.RECORDINGS_READ.read, given.recordings_read), ignore_index=True)
    shards = Path(given.recordings_read[0]).parent
    person_days.refuse_failures(recordings, settings["max_failed_share"], shards)
    person_days.refuse_overlaps(recordings)
    others = bool(len(summaries) or len(answers))
    days, parts = person_days.mark_valid_days(read, rules, alone=not others)
    people = person_days.summarise_people(days, summaries, answers, rules)
    other = alternatives.person_means(days, rules, settings["imputation"], settings["cut_points"])
    cohort = snakemake.wildcards.cohort
    flow = person_days.flow(cohort, recordings, days, parts, summaries, answers, rules)
    tables.RECORDINGS.write(recordings, output.recordings)
    tables.PERSON_DAYS.write(days, output.person_days)
    tables.PERSON_ACTIVITY.write(people, output.person_activity)
    tables.ALTERNATIVES.write(other, output.alternatives)
    tables.ACTIVITY_QC.write(quality.describe(recordings, days, people), output.activity_qc)
    tables.WEAR.write(quality.wear_by_hour(days), output.wear)
    tables.ACTIVITY_FLOW.write(flow, output.activity_flow)
