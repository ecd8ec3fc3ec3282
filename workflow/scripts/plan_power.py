"""Command `make power`: how often each verdict would be given in a planned study, before data are seen."""

import os
import sys
from pathlib import Path

from il6r import arguments, plan, variants
from il6r.arguments import Argument
from il6r.association import planned_cohorts
from il6r.replication import benchmarks, planned_rates
from il6r.report import drawing
from il6r.report.replication import power

with arguments.mistakes_told():
    more = {"plan": Argument(str, "config/plan.yaml"), "replicates": Argument(int, 200, 50, 10_000)}
    more |= {"claim": Argument(str, "")}
    known = (
        planned_cohorts.ARGUMENTS | more | {"seed": Argument(int, 1, 0), "results": Argument(str, "results")}
    )
    given = arguments.read("make power", sys.argv[1:], known)
    study = planned_cohorts.PlannedStudy(**{name: given[name] for name in planned_cohorts.ARGUMENTS})
    root = Path(__file__).resolve().parents[2]
    the_plan = plan.load(given["plan"], root / "workflow" / "schemas" / "plan.schema.yaml")
    published = benchmarks.load(root / "resources" / "published_effects.tsv", the_plan.analyses)
    variant = variants.load_catalogue(root / "resources" / "variants.tsv")["rs2228145"]
    simulations = planned_cohorts.Simulations(
        study, the_plan.analyses, given["replicates"], given["seed"], len(os.sched_getaffinity(0))
    )
    outlooks = planned_rates.outlooks(
        published, the_plan.rule, simulations, study.people, simulations.possible, given["claim"]
    )
    effect = variant.effect_allele
    print("\n".join([*study.in_words, *power.lines(outlooks, effect, study.cohorts, given["replicates"])]))
    place = Path(given["results"], "power", f"{study.name}.svg")
    place.parent.mkdir(parents=True, exist_ok=True)
    with drawing.style():
        drawing.save(power.figure(outlooks, effect), [str(place)])
    print(f"\nFigure: {place}")
