"""Command `make register`: the plan, its claims, rule and error rates as one dated page to deposit."""

import datetime
import os
import sys
from pathlib import Path

from il6r import arguments, plan, registration, variants
from il6r.arguments import Argument
from il6r.association import planned_cohorts
from il6r.replication import benchmarks, planned_rates
from il6r.replication.rule_in_words import RULE
from il6r.report import registration_page
from il6r.report.replication import power

with arguments.mistakes_told():
    more = {"plan": Argument(str, "config/plan.yaml"), "replicates": Argument(int, 200, 50, 10_000)}
    more |= {"claim": Argument(str, "")}
    more |= {
        "seed": Argument(int, 1, 0),
        "config": Argument(str, ""),
        "file": Argument(str, "registration.md"),
    }
    more |= {"date": Argument(datetime.date, datetime.date.today())}
    given = arguments.read("make register", sys.argv[1:], planned_cohorts.ARGUMENTS | more)
    registration.refuse_existing(given["file"])
    study = planned_cohorts.PlannedStudy(**{name: given[name] for name in planned_cohorts.ARGUMENTS})
    root = Path(__file__).resolve().parents[2]
    resources = root / "resources"
    the_plan = plan.load(given["plan"], root / "workflow" / "schemas" / "plan.schema.yaml")
    published = benchmarks.load(resources / "published_effects.tsv", the_plan.analyses)
    effect = variants.load_catalogue(resources / "variants.tsv")["rs2228145"].effect_allele
    simulations = planned_cohorts.Simulations(
        study, the_plan.analyses, given["replicates"], given["seed"], len(os.sched_getaffinity(0))
    )
    outlooks = planned_rates.outlooks(
        published, the_plan.rule, simulations, study.people, simulations.possible, given["claim"]
    )
    told = [*study.in_words, *power.lines(outlooks, effect, study.cohorts, given["replicates"])]
    own = registration.own_covariates(given["config"]) if given["config"] else {}
    registered = registration.content(
        the_plan, resources / "published_effects.tsv", resources / "quality_limits.tsv", RULE, own
    )
    page = registration_page.page(registered, str(given["date"]), the_plan, published, told, effect)
    Path(given["file"]).write_text(page, encoding="utf-8")
    print(f"Registration: {given['file']}\nSHA-256: {registration.digest(registered)}")
