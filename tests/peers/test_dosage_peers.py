"""Codings of imputed genotypes, from the file to the estimate, against PLINK 2 and R's lm."""

import numpy as np
import pandas as pd
import pytest
from conftest import call, program
from forked_r import printed_by_r
from reading import calls_in
from small_cohort import POSITION, vcf_text

from il6r.association import analyses
from il6r.association.selection import Cohort
from il6r.plan import Analysis, Plan

GENOTYPES = ("AA", "AC", "CC")
NAMES = [f"S{k:04d}" for k in range(600)]


@pytest.fixture(scope="module")
def people():
    """600 people whose two alleles are imputed each on its own, and an outcome of the true genotype."""
    rng = np.random.default_rng(75)
    # PLINK 2 keeps dosages in units of 1/16384.
    haplotypes = np.round(64 * rng.beta(0.3, 0.45, (len(NAMES), 2))) / 64
    copies = rng.binomial(1, haplotypes).sum(axis=1)
    outcome = np.array([0.0, 0.9, 1.0])[copies] + rng.normal(size=len(NAMES))
    return haplotypes, outcome


def imputed(haplotypes, keys, *, swapped=False):
    """The text of a VCF with some of the fields DS, HDS and GP; REF is the effect allele if `swapped`."""
    one, other = (1 - haplotypes if swapped else haplotypes).T
    two, dosage = one * other, one + other
    fields = {
        "DS": [f"{value:.9g}" for value in dosage],
        "HDS": [f"{a:.9g},{b:.9g}" for a, b in zip(one, other, strict=True)],
        "GP": [f"{1 - d + t:.4f},{d - 2 * t:.4f},{t:.4f}" for d, t in zip(dosage, two, strict=True)],
    }
    texts = [":".join(parts) for parts in zip(*(fields[key] for key in keys.split(":")), strict=True)]
    ref, alt = ("C", "A") if swapped else ("A", "C")
    return vcf_text(texts, ref=ref, alt=alt, keys=keys, samples=NAMES)


def estimated(path, outcome, **options):
    """A function that gives the row of an analysis of what is read from a file."""
    calls = calls_in(path, **options).reset_index()
    table = calls.assign(
        participant=calls["sample"], level=pd.Series(outcome, NAMES)[calls["sample"]].to_numpy()
    )

    def row(**keys):
        """One analysis's numbers."""
        one = Analysis("one", "one", "level", transform="none", errors="model", **keys)
        own = Cohort("c", table, GENOTYPES, Plan({"one": one}, {}, {}, draws=0), "plan.yaml", {})
        return analyses.fit_cohort(own, None, 1)[0].iloc[0]

    return row


CODED = {
    "ADD": ([], {}),
    "DOM": (["dominant"], {"coding": "dominant", "contrast": "C carriers against AA"}),
    "REC": (["recessive"], {"coding": "recessive", "contrast": "CC against A carriers"}),
    "HOM": (["hethom"], {"coding": "genotypic", "contrast": "CC against AA"}),
    "HET": (["hethom"], {"coding": "genotypic", "contrast": "AC against AA"}),
}


@pytest.mark.parametrize("test", CODED)
def test_every_coding_of_dosages_equals_plink2_glm_and_nobody_is_left_out(people, tmp_path, test):
    haplotypes, outcome = people
    modifiers, keys = CODED[test]
    path = tmp_path / "calls.vcf"
    path.write_text(imputed(haplotypes, "DS"))
    table = pd.DataFrame({"y": outcome}, index=pd.Index(NAMES, name="#IID"))
    table.to_csv(tmp_path / "pheno.tsv", sep="\t", float_format="%.17g")
    call(
        program("plink2"), "--vcf", path, "dosage=DS", "--pheno", tmp_path / "pheno.tsv", "--from-bp",
        str(POSITION), "--to-bp", str(POSITION), "--chr", "1", "--glm", "omit-ref", "allow-no-covars",
        *modifiers, "--out", tmp_path / "glm",
    )  # fmt: skip
    theirs = pd.read_csv(tmp_path / "glm.y.glm.linear", sep="\t").set_index("TEST")
    ours = estimated(path, outcome)(**keys)
    assert ours["n"] == theirs.loc[test, "OBS_CT"] == len(NAMES)
    assert ours[["estimate", "se"]].tolist() == pytest.approx(
        theirs.loc[test, ["BETA", "SE"]].tolist(), rel=1e-5
    )
    assert ours["p_value"] == pytest.approx(theirs.loc[test, "P"], rel=1e-4)


@pytest.mark.parametrize("keys", ["DS:GP", "GP", "HDS", "DS:HDS:GP"])
@pytest.mark.parametrize("swapped", [False, True])
def test_codings_of_probabilities_equal_rs_lm(people, tmp_path, keys, swapped):
    haplotypes, outcome = people
    path = tmp_path / "calls.vcf"
    path.write_text(imputed(haplotypes, keys, swapped=swapped))
    two = haplotypes.prod(axis=1)
    one = haplotypes.sum(axis=1) - 2 * two
    pd.DataFrame({"y": outcome, "one": one, "two": two}).to_csv(
        tmp_path / "data.csv", index=False, float_format="%.17g"
    )
    script = f"""d <- read.csv('{tmp_path}/data.csv')
    show <- function(f, k) cat(format(coef(summary(f))[k, 1:2], digits=15), '')
    show(lm(y ~ I(one + two), d), 2); show(lm(y ~ two, d), 2)
    f <- lm(y ~ two + one, d); show(f, 2); show(f, 3); a <- anova(lm(y ~ 1, d), f)
    cat(format(a[2, 'Pr(>F)'], digits=15))"""
    *numbers, joint = map(float, printed_by_r(script).split())
    row = estimated(path, outcome, fields=("DS", "HDS", "GP"))
    # GP has four digits here.
    tolerance = 1e-10 if "HDS" in keys else 1e-3
    for name, theirs in zip(["DOM", "REC", "HOM", "HET"], np.reshape(numbers, (4, 2)), strict=True):
        ours = row(**CODED[name][1])
        assert ours[["estimate", "se"]].tolist() == pytest.approx(theirs.tolist(), rel=tolerance)
    assert row(**CODED["HOM"][1])["joint_p_value"] == pytest.approx(joint, rel=10 * tolerance)
