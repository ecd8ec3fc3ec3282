"""Our extraction of the variant from one file, without Snakemake around it.

python benchmarks/extract.py FILE            prints the seconds from opening the file to dosages in memory
python benchmarks/extract.py FILE FOLDER     the whole step: also writes its tables to the folder
"""

import sys
import time
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent
sys.path.append(str(REPO / "workflow" / "scripts"))

from il6r import tables, variants  # noqa: E402
from il6r.genotypes import calls  # noqa: E402

catalogue = variants.load_catalogue(REPO / "resources" / "variants.tsv")
variant = catalogue["rs2228145"]
start = time.perf_counter()
cohort = calls.extract_calls(sys.argv[1:2], [None], catalogue, variant, calls.Options())
print(time.perf_counter() - start)
if len(sys.argv) > 2:
    folder = Path(sys.argv[2])
    tables.CALLS.write_arrays(calls.table(cohort, variant), folder / "calls.parquet")
    tables.SOURCES.write_rows(cohort.sources, folder / "sources.tsv")
    tables.CONCORDANCE.write_rows(cohort.concordance, folder / "concordance.tsv")
    tables.CONFLICTS.write_rows(cohort.conflicts, folder / "conflicts.tsv")
    tables.FLOW.write_rows(calls.flow(cohort, "cohort"), folder / "flow.tsv")
