"""Rule read_activity: one shard of a cohort's activity files."""

from il6r.activity import intensity, recordings
from il6r.activity.accelerometry import Processing
from il6r.job import job
from il6r.tables.activity import DAYS_READ, QUESTIONNAIRES_READ, RECORDINGS_READ, SUMMARIES_READ

with job(snakemake) as output:
    settings = snakemake.params.settings
    shard = recordings.read_shard(
        list(snakemake.input.activity),
        snakemake.params.sources,
        Processing.from_settings(settings),
        intensity.load(snakemake.input.cut_points),
        workers=snakemake.threads,
        say=output.say,
    )
    DAYS_READ.write(shard.days, output.days_read)
    SUMMARIES_READ.write(shard.summaries, output.summaries_read)
    QUESTIONNAIRES_READ.write(shard.questionnaire, output.questionnaires_read)
    RECORDINGS_READ.write(shard.recordings, output.recordings_read)
