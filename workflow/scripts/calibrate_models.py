"""Rule calibrate_models: how often models and verdicts are right in simulated cohorts."""

from il6r import plan, tables
from il6r.association import calibration
from il6r.job import job
from il6r.replication import benchmarks, operating
from il6r.report import calibration_figure, figures

with job(snakemake) as output:
    params, given = snakemake.params, snakemake.input
    the_plan = plan.load(given.plan, given.plan_schema)
    measured = calibration.calibrate(params.replicates, params.people, params.seed, snakemake.threads)
    fits = calibration.per_allele_estimates(
        operating.TRUTHS, operating.SIZES, params.replicates, params.seed, snakemake.threads
    )
    rates = operating.observed(
        fits, benchmarks.load(given.published, the_plan.analyses), the_plan.replication
    )
    tables.CALIBRATION.write(measured, output.calibration)
    tables.OPERATING.write(rates, output.operating)
    with figures.style():
        figures.save(calibration_figure.draw(measured), output.figure)
