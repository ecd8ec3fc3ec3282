"""Rule summarise_activity: one cohort's valid days and person means."""

from il6r import activity, tables
from il6r.job import job

with job(snakemake) as output:
    rules = activity.ValidityRules(**snakemake.params.rules)
    shards = [tables.DAYS_READ.read(path) for path in snakemake.input.shards]
    days = activity.mark_valid_days(shards, snakemake.params.files, rules)
    people = activity.summarise_people(days, rules)
    flow = activity.flow(days, people, rules, snakemake.wildcards.cohort)
    tables.PERSON_DAYS.write(days, output.days)
    tables.PERSON_ACTIVITY.write(people, output.people)
    tables.FLOW.write(flow, output.flow)
