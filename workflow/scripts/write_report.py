"""Rule write_report: the report, its summary, and the lines shown at the end of a run."""

from pathlib import Path

from il6r.job import job
from il6r.replication.rule_in_words import RULE
from il6r.report import load, page
from il6r.report.methods import in_full, references
from il6r.tables import dictionary

with job(snakemake) as output:
    given, params = snakemake.input, snakemake.params
    study = load.Study(params.config, given, RULE, params.synthetic)
    images: dict[str, dict[str, str]] = {}
    for path in map(Path, given.figures):
        images.setdefault(path.stem, {})[path.suffix[1:]] = str(path)
    Path(output.report).write_text(page.write(study, images, given.template[0]), encoding="utf-8")
    Path(output.summary).write_text(page.summary(study), encoding="utf-8")
    page.supplement(study, output.supplement)
    dictionary.DICTIONARY.write_rows(dictionary.rows(), output.dictionary)
    Path(output.claims).write_text(page.screen_lines(study), encoding="utf-8")
    Path(output.methods).write_text(in_full.markdown(study), encoding="utf-8")
    Path(output.bibliography).write_text(references.bibtex(in_full.cited(study)), encoding="utf-8")
