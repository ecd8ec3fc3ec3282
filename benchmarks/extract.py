"""Our extraction of the variant from one file, without Snakemake around it.

python benchmarks/extract.py FILE            prints the seconds from opening the file to dosages in memory
python benchmarks/extract.py FILE FOLDER     the whole step: also writes its tables to the folder
"""

import sys
import time
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent
sys.path.append(str(REPO / "workflow" / "scripts"))

from il6r import variants  # noqa: E402
from il6r.genotypes import calls  # noqa: E402
from il6r.tables.genotypes import CALLS, CONCORDANCE, CONFLICTS, GENOTYPES_FLOW, SOURCES  # noqa: E402

catalogue = variants.load_catalogue(REPO / "resources" / "variants.tsv")
variant = catalogue["rs2228145"]
start = time.perf_counter()
cohort = calls.extract_calls(sys.argv[1:2], [None], catalogue, variant, calls.Options())
print(time.perf_counter() - start)
if len(sys.argv) > 2:
    folder = Path(sys.argv[2])
    CALLS.write_arrays(calls.table(cohort, variant), folder / "calls.parquet")
    SOURCES.write_rows(cohort.sources, folder / "sources.tsv")
    CONCORDANCE.write_rows(cohort.concordance, folder / "concordance.tsv")
    CONFLICTS.write_rows(cohort.conflicts, folder / "conflicts.tsv")
    GENOTYPES_FLOW.write_rows(calls.flow(cohort, "cohort"), folder / "flow.tsv")
