"""Rule calibrate_models: how often models and verdicts are right in simulated cohorts."""

from il6r import plan
from il6r.association import calibration_designs, simulation_study
from il6r.job import job
from il6r.replication import benchmarks, operating, pooling
from il6r.report import drawing
from il6r.report.association import calibration_figure
from il6r.tables.association import CALIBRATION
from il6r.tables.replication import CALIBRATION_OPERATING

with job(snakemake) as output:
    params, given = snakemake.params, snakemake.input
    the_plan = plan.load(given.plan, given.plan_schema)
    measured = simulation_study.performance(
        calibration_designs.load(given.designs),
        params.replicates,
        params.seed,
        pooling.combine,
        snakemake.threads,
    )
    fits = simulation_study.per_allele_estimates(
        operating.TRUTHS, operating.SIZES, params.replicates, params.seed, snakemake.threads
    )
    rates = operating.observed(
        fits, benchmarks.load(given.published, the_plan.analyses), the_plan.replication
    )
    CALIBRATION.write(measured, output.calibration)
    CALIBRATION_OPERATING.write(rates, output.calibration_operating)
    with drawing.style():
        drawing.save(calibration_figure.draw(measured), output.figure)
