"""Kinship, components, F_ST and linkage disequilibrium against simulated truths."""

from types import SimpleNamespace

import allel
import numpy as np
import pandas as pd
import pytest
from conftest import REPO
from hypothesis import given, settings
from hypothesis import strategies as st

from il6r.genotypes import ancestry, kinship, linkage, populations, snps, structure
from il6r.tables.genotypes import FST, HAPLOTYPES, LD, LD_DECAY, RELATIVES, STRUCTURE, STRUCTURE_SUMMARY

NO_REGIONS = pd.DataFrame({"build": [], "chromosome": [], "start": [], "end": []})
LONG_RANGE = pd.read_csv(REPO / "resources" / "long_range_ld.tsv", sep="\t")


def named(n):
    return [f"S{k:04d}" for k in range(n)]


def labels(*sizes):
    names = ["north", "south", "west", "east"]
    return np.repeat(np.array(names[: len(sizes)], dtype=object), sizes)


def markers_of(calls):
    m = len(calls)
    return SimpleNamespace(
        samples=named(calls.shape[1]),
        chromosome=(np.arange(m) * 22 // max(m, 1) + 1).astype(np.int8),
        position=np.arange(1, m + 1, dtype=np.int32) * 1_000,
        calls=calls,
        build="GRCh37",
    )


def population_frequencies(rng, m, populations_, f_st):
    """Balding-Nichols: a population's frequency is beta about the ancestral one, variance F_ST p(1 - p)."""
    ancestral = rng.uniform(0.1, 0.9, (m, 1))
    spread = (1 - f_st) / f_st
    return rng.beta(ancestral * spread, (1 - ancestral) * spread, (m, populations_))


def draw(rng, frequency, sizes):
    """Calls, shape (m, n), of unrelated people, `sizes` of them from each population."""
    return np.concatenate(
        [rng.binomial(2, p[:, None], (len(p), size)) for p, size in zip(frequency.T, sizes, strict=True)],
        axis=1,
    ).astype(np.int8)


def child(rng, mother, father):
    """Unlinked gene dropping; parents are haplotypes of shape (2, m)."""
    m = mother.shape[1]
    sites = np.arange(m)
    return np.stack([parent[rng.integers(0, 2, m), sites] for parent in (mother, father)])


def with_missing(rng, calls, rate):
    calls = calls.copy()
    calls[rng.random(calls.shape) < rate] = -1
    return calls


def pedigrees(rng, m, families, f_st=0.1):
    """Two populations; per family: parents, two children, one's duplicate, the other's spouse and child.

    Returns calls, and the true kinship of each related pair by index.
    """
    frequency = population_frequencies(rng, m, 2, f_st)
    people, truth = [], {}
    for number in range(families):
        p = frequency[:, number % 2]
        mother, father, spouse = (rng.random((2, m)) < p for _ in range(3))
        first, second = child(rng, mother, father), child(rng, mother, father)
        grandchild = child(rng, first, spouse)
        start = len(people)
        people += [mother, father, spouse, first, second, grandchild, first]
        for i, j, phi in [
            (0, 3, 0.25), (0, 4, 0.25), (1, 3, 0.25), (1, 4, 0.25), (3, 4, 0.25), (3, 5, 0.25),
            (2, 5, 0.25), (0, 5, 0.125), (1, 5, 0.125), (4, 5, 0.125),
            (3, 6, 0.5), (0, 6, 0.25), (1, 6, 0.25), (4, 6, 0.25), (5, 6, 0.25),
        ]:  # fmt: skip
            truth[start + i, start + j] = phi
    return np.stack(people).sum(axis=1, dtype=np.int8).T, truth


def found_pairs(calls):
    samples = named(calls.shape[1])
    pairs = RELATIVES.check(kinship.related_pairs(calls, samples))
    return {(samples.index(row.sample_1), samples.index(row.sample_2)): row for row in pairs.itertuples()}


@pytest.mark.parametrize(("snps_", "missing"), [(8_000, 0.0), (12_000, 0.0), (12_000, 0.03)])
def test_relatives_by_gene_dropping_are_found_and_nobody_else(snps_, missing):
    rng = np.random.default_rng(7)
    calls, truth = pedigrees(rng, snps_, 30)
    found = found_pairs(with_missing(rng, calls, missing))
    assert set(found) == set(truth)
    degree = {0.5: 0, 0.25: 1, 0.125: 2}
    for pair, row in found.items():
        # The estimator's standard error is about 0.6 over the root of the number of SNPs.
        assert row.kinship == pytest.approx(truth[pair], abs=3.5 / np.sqrt(snps_) + 1e-9)
        assert row.degree == degree[truth[pair]]
        assert row.snps <= snps_


def test_cousins_are_found_within_families_and_nobody_else():
    rng = np.random.default_rng(17)
    m, families = 12_000, 20
    frequency, people = population_frequencies(rng, m, 1, 0.1)[:, 0], []
    for _ in range(families):
        one, other, *spouses = (rng.random((2, m)) < frequency for _ in range(4))
        children = [child(rng, one, other) for _ in spouses]
        people += [*children, *(child(rng, *pair) for pair in zip(children, spouses, strict=True))]
    calls = np.stack(people).sum(axis=1, dtype=np.int8).T
    samples = named(calls.shape[1])
    family = kinship.families(kinship.related_pairs(calls, samples), samples)
    found = RELATIVES.check(kinship.distant_pairs(calls, samples, family))
    cousins = {(samples[4 * k + 2], samples[4 * k + 3]) for k in range(families)}
    assert set(zip(found["sample_1"], found["sample_2"], strict=True)) <= cousins
    # Cousins share 1/16 by expectation, and chance makes some of them more distant.
    assert len(found) > 0.8 * families
    assert set(found["degree"]) == {3}


def test_the_kinship_is_king_robust_by_its_definition():
    rng = np.random.default_rng(8)
    calls, _ = pedigrees(rng, 5_000, 4)
    calls = with_missing(rng, calls, 0.1)
    for (i, j), row in found_pairs(calls).items():
        both = (calls[:, i] >= 0) & (calls[:, j] >= 0)
        x, y = calls[both, i], calls[both, j]
        smaller = min((x == 1).sum(), (y == 1).sum())
        difference = ((x - y).astype(int) ** 2).sum()
        assert row.snps == both.sum()
        assert row.kinship == pytest.approx(0.5 - difference / (4 * smaller))


def test_uneven_call_rates_neither_hide_nor_make_relatives():
    rng = np.random.default_rng(9)
    calls, truth = pedigrees(rng, 8_000, 30)
    rates = rng.choice([0.0, 0.02, 0.3], calls.shape[1])
    calls[rng.random(calls.shape) < rates] = -1
    assert set(found_pairs(calls)) == set(truth)


@pytest.mark.parametrize("missing", [0.0, 0.03])
def test_the_screen_passes_few_unrelated_pairs(missing):
    rng = np.random.default_rng(10)
    calls = draw(rng, population_frequencies(rng, 20_000, 1, 0.1), [600])
    first, _ = kinship._screen(with_missing(rng, calls, missing))
    assert len(first) < 0.002 * 600 * 599 / 2


def relatives_of(edges, samples):
    return pd.DataFrame(
        {"sample_1": [samples[i] for i, _ in edges], "sample_2": [samples[j] for _, j in edges]}
    )


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_the_unrelated_set_is_maximal_and_independent_of_the_order_of_pairs(data):
    n = data.draw(st.integers(1, 14))
    samples = named(n)
    possible = [(i, j) for i in range(n) for j in range(i)]
    edges = data.draw(st.lists(st.sampled_from(possible), unique=True)) if possible else []
    call_rate = np.array(data.draw(st.lists(st.sampled_from([0.9, 0.97, 1.0]), min_size=n, max_size=n)))
    kept = kinship.unrelated(relatives_of(edges, samples), samples, call_rate)
    assert not any(kept[i] and kept[j] for i, j in edges)
    for i in np.flatnonzero(~kept):
        assert any((kept[a] and b == i) or (kept[b] and a == i) for a, b in edges)
    again = kinship.unrelated(relatives_of(edges[::-1], samples), samples, call_rate)
    assert (kept == again).all()


def test_of_two_relatives_the_lower_call_rate_is_dropped_then_the_later_name():
    samples = ["b", "a", "c"]
    pairs = relatives_of([(0, 1)], samples)
    assert kinship.unrelated(pairs, samples, np.array([1.0, 0.9, 0.5])).tolist() == [True, False, True]
    assert kinship.unrelated(pairs, samples, np.array([1.0, 1.0, 0.5])).tolist() == [False, True, True]


def test_families_are_chains_of_relatives_named_in_sample_order():
    samples = named(7)
    family = kinship.families(relatives_of([(5, 6), (1, 3), (3, 4)], samples), samples)
    assert family.tolist() == [None, "F0001", None, "F0001", "F0001", "F0002", "F0002"]


def test_fst_of_balding_nichols_populations_is_the_simulated_one():
    rng = np.random.default_rng(11)
    calls = draw(rng, population_frequencies(rng, 10_000, 3, 0.05), [60, 60, 5])
    fst = FST.check(populations.pairwise_fst(markers_of(calls), labels(60, 60, 5)))
    assert fst[["group_1", "group_2"]].to_numpy().tolist() == [["north", "south"]]
    row = fst.iloc[0]
    assert 0.0003 < row.se < 0.003
    assert abs(row.fst - 0.05) < 4 * row.se


def standardised(calls):
    known = np.where(calls < 0, np.nan, calls.astype(float))
    mean = np.nanmean(known, axis=1, keepdims=True)
    filled = np.where(np.isnan(known), mean, known)
    return (filled - mean) / np.sqrt(mean / 2 * (1 - mean / 2))


def test_components_are_those_of_scikit_allel():
    rng = np.random.default_rng(12)
    calls = draw(rng, population_frequencies(rng, 4_000, 4, 0.05), [50, 50, 50, 50])
    theirs, model = allel.pca(calls, n_components=10, scaler="patterson")
    ours, shares = ancestry.components(calls, np.ones(200, dtype=bool))
    for k in range(3):
        assert abs(np.corrcoef(ours[:, k], theirs[:, k])[0, 1]) > 0.9999
    assert shares == pytest.approx(model.explained_variance_ratio_, rel=1e-3)


def test_components_separate_populations_and_project_who_was_left_out():
    rng = np.random.default_rng(13)
    calls = with_missing(rng, draw(rng, population_frequencies(rng, 5_000, 3, 0.1), [40, 40, 40]), 0.02)
    calls[rng.random(5_000) < 0.5, 0] = -1
    training = np.ones(120, dtype=bool)
    training[::5] = False
    coordinates, _ = ancestry.components(calls, training)
    values, vectors = np.linalg.eigh(standardised(calls[:, training]).T @ standardised(calls[:, training]))
    assert abs(np.corrcoef(coordinates[training, 0], vectors[:, -1])[0, 1]) > 0.9999
    # Squares sum to the eigenvalue of the relationship matrix.
    assert (coordinates[training, 0] ** 2).sum() == pytest.approx(values[-1] / 5_000, rel=1e-3)
    groups = labels(40, 40, 40)
    declared = np.where(training, groups, None)
    assert (ancestry.nearest_group(coordinates, declared) == groups).all()


def test_a_mislabelled_person_a_bad_sample_and_an_inbred_one_are_told():
    rng = np.random.default_rng(14)
    frequency = population_frequencies(rng, 3_000, 2, 0.1)
    calls = draw(rng, frequency, [40, 40])
    haplotype = rng.random(3_000) < frequency[:, 1]
    calls[:, 60] = 2 * haplotype
    calls[rng.random(3_000) < 0.1, 50] = -1
    groups = labels(40, 40)
    groups[3] = "south"
    found, _, summary = structure.describe_structure(markers_of(calls), groups, NO_REGIONS)
    found = STRUCTURE.check(found)
    outlier = found["outlier"].dropna().to_dict()
    assert outlier[3] == "components unlike south, nearest to north"
    assert outlier[50].startswith("call rate 0.9")
    assert "heterozygosity low" in outlier[60]
    assert found.at[60, "inbreeding"] > 0.9
    assert set(outlier) == {3, 50, 60}
    assert summary.at[0, "outliers"] == 3


def test_pruning_leaves_no_linked_neighbours_and_no_region_of_long_range_ld():
    rng = np.random.default_rng(15)
    calls = np.repeat(draw(rng, population_frequencies(rng, 660, 1, 0.1), [100]), 2, axis=0)
    markers = markers_of(calls)
    everybody, good = np.ones(100, dtype=bool), snps.good_snps(snps.genotype_counts(calls), 100)
    kept = snps.prune(markers, good, everybody, NO_REGIONS)
    assert not (kept[::2] & kept[1::2]).any()
    assert kept.sum() > 0.4 * good.sum()
    markers.position[:] = 30_000_000
    assert not snps.prune(markers, good, everybody, LONG_RANGE)[markers.chromosome == 6].any()


@pytest.mark.parametrize("people", [1, 2, 3, 40])
@pytest.mark.parametrize("kind", ["few", "monomorphic", "missing", "none", "good"])
def test_degenerate_samples_give_a_note_or_missing_values(kind, people):
    rng = np.random.default_rng(16)
    calls = {
        "few": lambda: draw(rng, population_frequencies(rng, 100, 1, 0.1), [people]),
        "monomorphic": lambda: np.zeros((2_000, people), dtype=np.int8),
        "missing": lambda: np.full((2_000, people), -1, dtype=np.int8),
        "none": lambda: np.empty((0, people), dtype=np.int8),
        "good": lambda: draw(rng, population_frequencies(rng, 3_000, 1, 0.1), [people]),
    }[kind]()
    markers = markers_of(calls)
    groups = labels(people)
    found, relatives, summary = structure.describe_structure(markers, groups, LONG_RANGE)
    found = STRUCTURE.check(found)
    RELATIVES.check(relatives)
    summary = STRUCTURE_SUMMARY.check(summary)
    assert len(found) == people
    estimable = kind == "good" and people == 40
    if estimable:
        assert found["pc10"].notna().all()
        assert pd.isna(summary.at[0, "note"])
    elif kind != "good":
        assert summary.at[0, "note"].startswith("Structure is not estimable: ")
        assert found["pc1"].isna().all()
        assert found["unrelated"].all()
    assert len(populations.pairwise_fst(markers, groups)) == 0
    kinship.related_pairs(calls, markers.samples)
    ancestry.components(calls, np.ones(people, dtype=bool))


def test_fst_of_monomorphic_snps_is_missing():
    fst = populations.pairwise_fst(markers_of(np.zeros((50, 40), dtype=np.int8)), labels(20, 20))
    fst = FST.check(fst)
    assert fst["fst"].isna().all()
    assert fst.at[0, "snps"] == 0


def region_of(rng, people, sites, *, phased=True, missing=0.0):
    """Haplotypes of a chain of sites, each a noisy copy of the one before."""
    alleles = np.empty((sites, 2 * people), dtype=np.int8)
    alleles[0] = rng.random(2 * people) < 0.4
    for site in range(1, sites):
        copied = rng.random(2 * people) < 0.8
        alleles[site] = np.where(copied, alleles[site - 1], rng.random(2 * people) < 0.4)
    gone = np.repeat(rng.random((sites, people)) < missing, 2, axis=1)
    alleles[gone] = -1
    calls = np.where(gone[:, ::2], -1, alleles[:, ::2] + alleles[:, 1::2]).astype(np.int8)
    return SimpleNamespace(
        samples=named(people),
        position=np.arange(1, sites + 1, dtype=np.int32) * 3_000,
        calls=calls,
        haplotypes=alleles if phased else None,
        alleles=[("A", "C")] * sites,
        study=sites // 2,
        effect_is_alt=True,
    )


def test_ld_of_phased_calls_is_that_of_the_haplotypes():
    region = region_of(np.random.default_rng(17), 300, 12)
    ld = LD.check(linkage.linkage(region, labels(250, 50)))
    assert set(ld["group"]) == {"all", "north", "south"}
    truth = np.corrcoef(region.haplotypes) ** 2
    everybody = ld[ld["group"] == "all"]
    assert everybody["phased"].all()
    assert everybody["r2"].to_numpy() == pytest.approx(truth[np.triu_indices(12, 1)])


def test_ld_by_em_is_near_that_of_the_haplotypes_and_d_prime_too():
    rng = np.random.default_rng(18)
    region = region_of(rng, 4_000, 6)
    truth = linkage.linkage(region, labels(4_000)).set_index("group").loc["all"]
    region.haplotypes = None
    region.calls = with_missing(rng, region.calls, 0.02)
    em = LD.check(linkage.linkage(region, labels(4_000))).set_index("group").loc["all"]
    assert not em["phased"].any()
    assert em["r2"].to_numpy() == pytest.approx(truth["r2"].to_numpy(), abs=0.02)
    assert em["d_prime"].to_numpy() == pytest.approx(truth["d_prime"].to_numpy(), abs=0.03)


def test_em_reaches_complete_ld():
    """Three of the four haplotypes: |D'| is 1 and r2 follows from the frequencies."""
    rng = np.random.default_rng(19)
    haplotypes = np.array([[0, 0, 1], [0, 1, 1]])[:, rng.integers(0, 3, 2_000)]
    calls = (haplotypes[:, ::2] + haplotypes[:, 1::2]).astype(np.int8)
    region = SimpleNamespace(position=np.array([10, 20]), calls=calls, haplotypes=None, study=0)
    row = linkage.linkage(region, np.full(1_000, None, dtype=object)).iloc[0]
    assert row.d_prime == pytest.approx(1, abs=1e-6)
    assert row.r2 == pytest.approx(np.corrcoef(haplotypes)[0, 1] ** 2, abs=1e-3)


def test_the_ld_table_keeps_the_study_variant_among_120_sites():
    region = region_of(np.random.default_rng(20), 30, 301)
    region.study = 151
    ld = linkage.linkage(region, np.full(30, None, dtype=object))
    shown = set(ld["position_1"]) | set(ld["position_2"])
    assert len(shown) == 120
    assert region.position[151] in shown


def test_ld_decays_with_distance():
    region = region_of(np.random.default_rng(21), 200, 100)
    found = LD_DECAY.check(linkage.decay(region, np.full(200, None, dtype=object)))
    assert found["pairs"].sum() == sum(100 - k for k in range(1, 100))
    # One, and two or three, steps of 3 kb: each keeps 0.8 of the correlation.
    by_low = found.set_index("distance_kb_low")["mean_r2"]
    assert by_low[2.0] == pytest.approx(0.8**2, abs=0.02)
    assert by_low[5.0] == pytest.approx((0.8**4 + 0.8**6) / 2, abs=0.03)
    assert by_low[0.0] is pd.NA or np.isnan(by_low[0.0])
    assert by_low[50.0] < 0.02


def test_haplotypes_are_counted_over_chromosomes_with_all_alleles():
    region = region_of(np.random.default_rng(22), 200, 9, missing=0.03)
    found = HAPLOTYPES.check(linkage.haplotypes(region, labels(180, 20)))
    everybody = found[found["group"] == "all"]
    assert everybody["positions"].unique().tolist() == ["9000,12000,15000,18000,21000"]
    complete = region.haplotypes[2:7][:, (region.haplotypes[2:7] >= 0).all(axis=0)]
    assert (everybody["chromosomes"] == complete.shape[1]).all()
    assert everybody["count"].sum() == complete.shape[1]
    carriers = everybody.loc[everybody["carries_effect_allele"], "count"].sum()
    assert carriers == complete[2].sum()
    assert everybody["count"].is_monotonic_decreasing
    assert (everybody["frequency"] <= everybody["frequency_high"]).all()


@pytest.mark.parametrize("phased", [True, False])
@pytest.mark.parametrize("people", [1, 3, 25])
@pytest.mark.parametrize("kind", ["monomorphic", "missing", "one site", "no site"])
def test_degenerate_regions_give_missing_values(phased, people, kind):
    region = region_of(np.random.default_rng(23), people, 5, phased=phased)
    sites = {"one site": 1, "no site": 0}.get(kind, 5)
    region.position, region.calls = region.position[:sites], region.calls[:sites]
    region.study = 0 if sites else None
    if phased:
        region.haplotypes = region.haplotypes[:sites]
    if kind in ("monomorphic", "missing"):
        value = 0 if kind == "monomorphic" else -1
        region.calls[:] = value
        if phased:
            region.haplotypes[:] = value
    groups = labels(people)
    assert LD.check(linkage.linkage(region, groups))["r2"].isna().all()
    assert LD_DECAY.check(linkage.decay(region, groups))["pairs"].sum() == 0
    HAPLOTYPES.check(linkage.haplotypes(region, groups))
