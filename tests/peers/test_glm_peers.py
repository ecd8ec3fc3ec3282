"""Least squares against R's lm with sandwich and lmtest, and against PLINK 2, on the same exported data."""

import numpy as np
import pandas as pd
import pytest
from conftest import call, program
from forked_r import has_package, printed_by_r
from scipy import stats

from il6r.association import least_squares

PLATES, VISITS = 40, 2
TERMS = ["dosage", "age", "bmi"]


@pytest.fixture(scope="module")
def samples():
    """Two visits of 300 people on 40 plates; the spread grows with dosage."""
    rng = np.random.default_rng(71)
    people = pd.DataFrame(
        {"participant": np.arange(300), "dosage": rng.binomial(2, 0.39, 300), "age": rng.normal(55, 9, 300)}
    ).assign(bmi=rng.normal(26, 4, 300), person=rng.normal(0, 0.2, 300))
    frame = pd.concat([people] * VISITS, ignore_index=True)
    frame["plate"] = rng.permutation(np.arange(len(frame)) % PLATES)
    noise = rng.normal(0, 0.15 + 0.1 * frame["dosage"]) + rng.normal(0, 0.2, PLATES)[frame["plate"]]
    frame["y"] = 3 + 0.295 * frame["dosage"] + 0.004 * frame["age"] + frame["person"] + noise
    return frame


@pytest.fixture(scope="module")
def lm(samples, tmp_path_factory):
    """A function that fits `lm` in R, with the errors that it is told."""
    for name in ("sandwich", "lmtest"):
        if not has_package(name):
            pytest.skip(f"R's {name} is not installed")
    folder = tmp_path_factory.mktemp("lm")
    samples.to_csv(folder / "data.csv", index=False, float_format="%.17g")

    def fitted(terms: str, covariance: str, df: str) -> tuple[np.ndarray, float, float]:
        """Estimate, error and p of each term; p of the test that dosage and age are 0; the log likelihood."""
        script = f"""suppressMessages({{library(sandwich); library(lmtest)}})
        d <- read.csv('{folder}/data.csv')
        f <- lm(y ~ {terms}, data=d); v <- {covariance}; named <- c('dosage', 'age', 'bmi')
        t <- coeftest(f, vcov.=v, df={df})[named, c(1, 2, 4)]
        w <- waldtest(f, c('dosage', 'age'), vcov=v, test='F')
        p <- pf(w$F[2], 2, {df}, lower.tail=FALSE)
        cat(format(c(t(t), p, logLik(f)), digits=16))"""
        *rows, joint, likelihood = map(float, printed_by_r(script).split())
        return np.reshape(rows, (3, 3)), joint, likelihood

    return fitted


@pytest.mark.parametrize("plates", [False, True])
@pytest.mark.parametrize(
    ("name", "covariance", "df", "options"),
    [
        ("HC3", "vcovHC(f, type='HC3')", "f$df.residual", ()),
        ("model", "vcov(f)", "f$df.residual", ("errors",)),
    ],
    ids=["HC3", "model"],
)
def test_errors_and_tests_equal_rs_sandwich_and_lmtest(samples, lm, name, covariance, df, options, plates):
    rows, joint, likelihood = lm(" + ".join(TERMS + ["factor(plate)"] * plates), covariance, df)
    options = {option: "model" for option in options}
    matrix = samples[TERMS].to_numpy(float)
    if plates:
        options["absorbed"] = samples["plate"].to_numpy()
    else:
        matrix = np.column_stack([matrix, np.ones(len(samples))])
    found = least_squares.fit(samples["y"].to_numpy(), matrix, **options)
    assert found.errors == name
    for k, (estimate, se, p_value) in enumerate(rows):
        ours = found.term(k)
        assert (ours.estimate, ours.se) == pytest.approx((estimate, se), rel=1e-10)
        assert ours.p_value == pytest.approx(p_value, rel=1e-8)
    assert found.joint([0, 1]) == (2, pytest.approx(joint, rel=1e-8))
    assert found.log_likelihood == pytest.approx(likelihood, rel=1e-12)


@pytest.fixture(scope="module")
def plink(tmp_path_factory):
    """A function that runs PLINK 2 --glm on outcomes of 600 people; and what these are."""
    folder = tmp_path_factory.mktemp("plink")
    rng = np.random.default_rng(72)
    n = 600
    copies, covariates = rng.binomial(2, 0.39, n), rng.normal(size=(n, 10))
    outcomes = 0.3 * copies[:, None] + covariates[:, :3] + rng.normal(size=(n, 3)) * (1 + copies[:, None])
    names = [f"S{k}" for k in range(n)]
    lines = ["##fileformat=VCFv4.2", "##contig=<ID=1>"]
    lines += ['##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">']
    fixed = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT"]
    lines += ["\t".join([*fixed, *names])]
    record = ["1", "154454494", "rs2228145", "A", "C", ".", ".", ".", "GT"]
    lines += ["\t".join([*record, *np.array(["0/0", "0/1", "1/1"])[copies]])]
    (folder / "calls.vcf").write_text("\n".join(lines) + "\n")
    for file, prefix, table in (("pheno", "y", outcomes), ("covar", "c", covariates)):
        columns = [f"{prefix}{k}" for k in range(table.shape[1])]
        frame = pd.DataFrame(table, columns=columns, index=pd.Index(names, name="#IID"))
        frame.to_csv(folder / f"{file}.tsv", sep="\t", float_format="%.17g")

    def glm(*modifiers: str) -> list[pd.DataFrame]:
        """For each outcome what PLINK prints, by test."""
        call(
            program("plink2"), "--vcf", folder / "calls.vcf", "--pheno", folder / "pheno.tsv",
            "--covar", folder / "covar.tsv", "--glm", "omit-ref", *modifiers, "--out", folder / "glm",
        )  # fmt: skip
        return [
            pd.read_csv(folder / f"glm.y{k}.glm.linear", sep="\t").set_index("TEST")
            for k in range(outcomes.shape[1])
        ]

    return glm, copies, covariates, outcomes


CODED = {
    "additive": ([], {"ADD": lambda copies: copies}),
    "dominant": (["dominant"], {"DOM": lambda copies: copies > 0}),
    "recessive": (["recessive"], {"REC": lambda copies: copies == 2}),
    "genotypic": (["genotypic"], {"ADD": lambda copies: copies, "DOMDEV": lambda copies: copies == 1}),
}


@pytest.mark.parametrize("coding", CODED)
@pytest.mark.parametrize("shown", ["hide-covar", "intercept"])
def test_every_coding_equals_plink2_glm(plink, coding, shown):
    glm, copies, covariates, outcomes = plink
    modifiers, terms = CODED[coding]
    theirs = glm(*modifiers, shown)
    exposures = np.column_stack([code(copies) for code in terms.values()]).astype(float)
    matrix = np.column_stack([np.ones(len(copies)), exposures, covariates])
    many = least_squares.fit_many(outcomes, matrix, term=1, errors="model")
    names = ["INTERCEPT", *terms, *(f"c{k}" for k in range(10))]
    # PLINK writes six digits.
    for k, table in enumerate(theirs):
        found = least_squares.fit(outcomes[:, k], matrix, errors="model")
        numbers = table.filter(items=[*names], axis=0)
        assert len(numbers) == (len(terms) if shown == "hide-covar" else len(names))
        assert (table["A1"] == "C").all()
        assert (table["OBS_CT"] == len(copies)).all()
        statistic = "T_OR_F_STAT" if "genotypic" in modifiers else "T_STAT"
        for name, row in numbers.iterrows():
            ours = found.term(names.index(name))
            assert (ours.estimate, ours.se) == pytest.approx((row["BETA"], row["SE"]), rel=1e-5)
            assert ours.estimate / ours.se == pytest.approx(row[statistic], rel=1e-5)
            assert ours.p_value == pytest.approx(row["P"], rel=1e-5)
        first = table.loc[next(iter(terms))]
        assert (many.estimate[k], many.se[k]) == pytest.approx((first["BETA"], first["SE"]), rel=1e-5)
        assert many.p_value[k] == pytest.approx(first["P"], rel=1e-5)
        if coding == "genotypic":
            both = table.loc["GENO_2DF"]
            assert both[["BETA", "SE"]].isna().all()
            terms_tested, p_value = found.joint([1, 2])
            statistic = stats.f.isf(p_value, terms_tested, found.df)
            assert statistic == pytest.approx(both["T_OR_F_STAT"], rel=1e-5)
            # PLINK's second degrees of freedom of F are all people, not those beyond the model's terms.
            assert stats.f.sf(statistic, 2, len(copies)) == pytest.approx(both["P"], rel=1e-5)
