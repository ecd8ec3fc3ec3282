"""Calls read by the genotype stage, as tests want to look at them."""

import pandas as pd
import pyarrow as pa
from conftest import REPO

from il6r import variants
from il6r.genotypes.calls import CohortCalls, Options, extract_calls, table

CATALOGUE = variants.load_catalogue(REPO / "resources" / "variants.tsv")
STUDY = CATALOGUE["rs2228145"]


def extract(paths, variant=STUDY, **options) -> CohortCalls:
    """What `extract_calls` finds in files without a made index; `options` as in the config."""
    options = {"min_imputation_quality": 0, **options}
    return extract_calls(list(map(str, paths)), [None] * len(paths), CATALOGUE, variant, Options(**options))


def frame(cohort: CohortCalls, variant=STUDY) -> pd.DataFrame:
    """The calls by sample; a missing genotype is None."""
    calls = pa.table(table(cohort, variant)).to_pandas().set_index("sample")
    return calls.assign(genotype=calls["genotype"].astype(object).where(calls["genotype"].notna(), None))


def calls_in(*paths, variant=STUDY, **options) -> pd.DataFrame:
    """The calls in some files, by sample."""
    return frame(extract(paths, variant, **options), variant)
