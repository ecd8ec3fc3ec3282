"""Our whole extraction step on one file, without Snakemake around it."""

import sys
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent
sys.path.append(str(REPO / "workflow" / "scripts"))

from il6r import variants  # noqa: E402
from il6r.genotypes.calls import extract_calls  # noqa: E402

catalogue = variants.load_catalogue(REPO / "resources" / "variants.tsv")
extract_calls(
    sys.argv[1:],
    catalogue,
    catalogue["rs2228145"],
    build=None,
    fields=["GT"],
    min_imputation_quality=0,
)
