"""Rule summarise_activity: one cohort's valid days and person means."""

from il6r import activity, tables
from il6r.job import job

with job(snakemake):
    rules = activity.ValidityRules(**snakemake.params.rules)
    days = activity.read_person_days(
        snakemake.input.activity, snakemake.params.form, rules, snakemake.params.columns
    )
    people = activity.summarise_people(days, rules)
    flow = activity.flow(days, people, rules, snakemake.wildcards.cohort)
    tables.PERSON_DAYS.write(days, snakemake.output.days)
    tables.PERSON_ACTIVITY.write(people, snakemake.output.people)
    tables.FLOW.write(flow, snakemake.output.flow)
