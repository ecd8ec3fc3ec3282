"""Rule write_crate: the run as a Workflow Run RO-Crate."""

import json
import shutil
from pathlib import Path, PurePosixPath

from il6r.job import job
from il6r.replication.rule_in_words import RULE
from il6r.report import load
from il6r.report.downloads.passed_on import meaning
from il6r.report.provenance import crate

with job(snakemake) as output:
    given, params = snakemake.input, snakemake.params
    study = load.Study(params.config, given, RULE, params.synthetic)
    shutil.copyfile(given.snakefile, output.workflow)
    answer = json.loads(Path(given.summary).read_text(encoding="utf-8"))["answer"]
    folder = PurePosixPath(params.results)
    places = {str(PurePosixPath(path).relative_to(folder)): path for path in given.passed_on}
    results = [crate.Result(place, path, meaning(place)) for place, path in places.items()]
    main = crate.Result("workflow/Snakefile", output.workflow, "The file that the run was started from.")
    Path(output.crate).write_text(crate.described(study, answer, results, main), encoding="utf-8")
