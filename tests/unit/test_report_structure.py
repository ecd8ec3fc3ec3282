"""The report's words, rows and figures about ancestry, relatives, linkage and files."""

import json
import re
from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from made_study import CATALOGUE, empty, made_study

from il6r.report import drawing, privacy
from il6r.report.genotypes import calls, figures, linkage, methods, populations
from il6r.report.load import Study
from il6r.tables.genotypes import (
    COMPONENTS,
    CONCORDANCE,
    FST,
    GENOTYPES_QC,
    HAPLOTYPES,
    LD,
    LD_DECAY,
    SOURCES,
    STRUCTURE,
    STRUCTURE_SUMMARY,
)

AT = CATALOGUE["rs2228145"].positions["GRCh38"]
MINIMUM = 5
# People of cohort "one" by declared ancestry; the last group is too small to be shown.
GROUPS = {"AFR": 60, "EAS": 40, "EUR": 50, "TINY": 3}


def structure(groups=GROUPS, outliers=6, scale=1):
    rng = np.random.default_rng(3)
    labels = np.repeat(list(groups), [scale * size for size in groups.values()])
    n = len(labels)
    centre = np.unique(labels, return_inverse=True)[1]
    outlier = np.full(n, None, dtype=object)
    outlier[:outliers] = "heterozygosity high"
    frame = pd.DataFrame(
        {
            "sample": [f"PERSON{k:05d}" for k in range(n)],
            "group": labels,
            "call_rate": 1.0,
            "heterozygosity": 0.3,
            "inbreeding": 0.0,
            **{f"pc{k}": rng.normal(centre * (k < 3), 0.1).round(6) for k in range(1, COMPONENTS + 1)},
            "nearest_group": labels,
            "outlier": outlier,
            "family": None,
            "unrelated": True,
        }
    )
    return STRUCTURE.check(frame).assign(cohort="one")


def without_components():
    frame = structure({"EUR": 30}, outliers=0).drop(columns="cohort")
    estimated = [name for name in frame if name.startswith("pc")]
    frame[[*estimated, "call_rate", "heterozygosity", "inbreeding"]] = np.nan
    frame["nearest_group"] = pd.Series([None] * len(frame), dtype="str")
    return STRUCTURE.check(frame).assign(cohort="two")


def summary(**changed):
    row = {
        "snps": 2500, "after_quality": 2431, "independent": 2204, "samples": 153, "duplicates": 2,
        "first_degree": 21, "second_degree": 0, "outliers": 6, "unrelated": 138,
        **{f"share_pc{k}": 0.1 / k for k in range(1, COMPONENTS + 1)}, "note": None, **changed,
    }  # fmt: skip
    return STRUCTURE_SUMMARY.check(pd.DataFrame([row])).assign(cohort="one")


def not_estimable():
    shares = {f"share_pc{k}": np.nan for k in range(1, COMPONENTS + 1)}
    counts = dict.fromkeys(["duplicates", "first_degree", "second_degree", "outliers"], 0)
    return summary(note="Structure is not estimable: too few SNPs.", **shares, **counts).assign(cohort="two")


def fst():
    values = {("AFR", "EAS"): 0.19, ("AFR", "EUR"): 0.15, ("EAS", "EUR"): -0.0004, ("AFR", "TINY"): 0.9}
    rows = [
        {
            "group_1": one, "group_2": two, "samples_1": GROUPS[one], "samples_2": GROUPS[two],
            "snps": 2204, "fst": value, "se": 0.0123 if value > 0.1 else None,
        }
        for (one, two), value in values.items()
    ]  # fmt: skip
    return FST.check(pd.DataFrame(rows)).assign(cohort="one")


POSITIONS = [AT - 150_000, AT - 40_000, AT - 1_500, AT, AT + 9_000, AT + 100_000]


def ld(phased=True):
    rows = []
    for group, samples in {"all": 153, **GROUPS}.items():
        for one, two in combinations(POSITIONS, 2):
            r2 = np.exp((one - two) / 10_000)
            rows.append(
                {
                    "group": group, "samples": samples, "position_1": one, "position_2": two,
                    "r2": r2, "d_prime": np.sqrt(r2), "phased": phased,
                }
            )  # fmt: skip
    rows[0]["r2"] = rows[0]["d_prime"] = None
    return LD.check(pd.DataFrame(rows)).assign(cohort="one")


def decay():
    means = {(0, 1): None, (1, 2): 0.86, (50, 100): 0.2, (100, 200): 0.04}
    rows = [
        {"group": group, "distance_kb_low": low, "distance_kb_high": high, "pairs": 4, "mean_r2": mean}
        for group in ("all", *GROUPS)
        for (low, high), mean in means.items()
    ]
    return LD_DECAY.check(pd.DataFrame(rows)).assign(cohort="one")


def haplotypes(counts, group="AFR"):
    total = sum(counts.values())
    rows = [
        {
            "group": group, "positions": f"{AT - 1500},{AT},{AT + 9000}", "haplotype": name,
            "carries_effect_allele": name[2] == "C", "count": count, "chromosomes": total,
            "frequency": count / total, "frequency_low": 0.0, "frequency_high": 1.0,
        }
        for name, count in counts.items()
    ]  # fmt: skip
    return HAPLOTYPES.check(pd.DataFrame(rows)).assign(cohort="one")


def sources():
    usual = {
        "variant": "rs2228145", "build": "GRCh38", "build_evidence": "contig length", "contig": "chr1",
        "position": AT, "effect_allele": "C", "records": 1, "imputation_quality": None, "samples": 150,
        "found": True, "not_diploid": 0, "half_called": 3, "low_quality": 27, "records_disagree": 0,
        "imputed": 0, "with_probabilities": 0,
    }  # fmt: skip
    rows = [
        {**usual, "file": 1, "ref": "A", "alt": "C", "strand": "plus"},
        {**usual, "file": 2, "ref": "T", "alt": "G", "strand": "minus"},
        {**usual, "file": 3, "ref": "C", "alt": "A", "strand": "plus"},
        {**usual, "file": 4, "ref": "G", "alt": "T", "strand": "minus"},
        {**usual, "file": 5, "ref": "A", "alt": "C,T", "strand": "plus"},
        {**usual, "file": 6, "ref": "C", "alt": "<NON_REF>", "strand": "plus"},
        {**usual, "file": 7, "build": None, "contig": None, "position": None, "ref": None, "alt": None,
         "strand": None, "found": False},
    ]  # fmt: skip
    return SOURCES.check(pd.DataFrame(rows)).assign(cohort="one")


def quality(**changed):
    rows = [
        {
            "group": group, "ancestry": ancestry, "effect_allele": "T", "samples": samples, "called": samples,
            "call_rate": 1.0, "n_0": 0, "n_1": samples, "n_2": 0, "frequency": frequency,
            "frequency_low": 0.1, "frequency_high": 0.9, "hwe_midp": 0.5, "reference_frequency": expected,
            "reference_source": None, "reference_p_value": p, "batch_p_value": batch, "proxy_r2": r2,
            "refused": refused,
        }
        for group, ancestry, samples, frequency, expected, p, batch, r2, refused in [
            ("all", None, 153, 0.5, None, None, 0.2, None, None),
            ("ASW", "AFR", 60, 0.62, 0.14, 1e-20, None, None, "it is known not to hold in AFR"),
            ("CEU", "EUR", 50, 0.41, 0.39, 0.7, 1e-5, 0.91, None),
            ("TINY", "AFR", 3, 0.9, 0.14, 1e-4, None, None, "it is known not to hold in AFR"),
        ]
    ]  # fmt: skip
    return GENOTYPES_QC.check(pd.DataFrame(rows).assign(**changed)).assign(cohort="one")


PLACES = linkage.places(sources(), CATALOGUE)


FUNCTIONS = {
    "components": figures.ancestry_components,
    "fst": figures.fst_matrix,
    "linkage": figures.linkage,
}
# Each figure with everything, and with nothing.
DRAWINGS = [*FUNCTIONS, *(f"no {name}" for name in FUNCTIONS)]


def everything():
    return {
        "structure": pd.concat([structure(), without_components()], ignore_index=True),
        "structure_summary": pd.concat([summary(), not_estimable()], ignore_index=True),
        "fst": fst(),
        "ld": ld(),
        "ld_decay": decay(),
        "sources": sources(),
    }


def nothing():
    return {"structure": without_components(), "structure_summary": not_estimable(), "sources": sources()}


def study_of(tables):
    return made_study(["one", "two"], tables, MINIMUM)


def drawn(name, folder):
    paths = [str(folder / f"{name}.svg"), str(folder / f"{name}.pdf")]
    tables = nothing() if name.startswith("no ") else everything()
    with drawing.style():
        drawing.save(FUNCTIONS[name.removeprefix("no ")](study_of(tables)).figure, paths)
    return [(folder / path).read_bytes() for path in paths]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """SVG and PDF of each figure."""
    folder = tmp_path_factory.mktemp("figures")
    return {name: drawn(name, folder) for name in DRAWINGS}


def texts(svg):
    """What is written in a figure; Matplotlib leaves each text as a comment beside its outlines."""
    return [text.strip() for text in re.findall(r"<!--(.*?)-->", svg.decode(), flags=re.S)]


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_figure_has_the_same_bytes_twice_and_names_nobody(name, pictures, tmp_path):
    svg, pdf = pictures[name]
    assert [svg, pdf] == drawn(name, tmp_path)
    assert b"PERSON" not in svg
    assert "TINY" not in texts(svg)
    assert len(svg) < 400_000


def test_empty_tables_are_figures_that_say_so_in_words(pictures):
    for name, said in {
        "no components": "No cohort has enough independent genome-wide SNPs",
        "no fst": "No cohort has two declared groups",
        "no linkage": "No cohort has enough sites around the variant",
    }.items():
        assert any(text.startswith(said) for text in texts(pictures[name][0])), name


def test_the_axes_of_components_carry_their_share_of_variance(pictures):
    said = texts(pictures["components"][0])
    assert {"PC1 (10.0 %)", "PC4 (2.5 %)"} <= set(said)
    assert {"AFR", "EAS", "EUR"} <= set(said)
    assert "two" not in said


def components(people, minimum=MINIMUM):
    """What the figure of components shows of some people, and its figure."""
    with drawing.style():
        study = made_study(["one", "two"], {"structure": people, "structure_summary": summary()}, minimum)
        found = figures.ancestry_components(study)
    drawing.plt.close(found.figure)
    return found


def test_no_mark_of_components_is_a_persons_and_small_groups_have_none():
    people = structure()
    found = components(people)
    cells = found.data[found.data["what"] == "cell"]
    # As many marks as there are rows of the data, none of them where one person is.
    marks = [
        tuple(place) for axis in found.figure.axes for own in axis.collections for place in own.get_offsets()
    ]
    np.testing.assert_allclose(sorted(marks), sorted(zip(cells["x"], cells["y"], strict=True)))
    assert (cells["people"] >= privacy.step(MINIMUM)).all()
    assert "TINY" not in set(found.data["group"])
    persons = set(zip(people["pc1"], people["pc2"], strict=True))
    assert not persons & set(marks)


def test_each_cell_of_components_counts_the_people_in_it():
    people = structure(scale=40)
    cells = components(people, minimum=1).data.query("what == 'cell' and axes == 'PC1, PC2'")
    known = people.dropna(subset="pc1")
    assert cells["people"].sum() == len(known)
    sizes = cells.groupby("group")["people"].sum()
    for group in ("AFR", "EAS", "EUR"):
        assert sizes[group] == ((known["group"] == group) & known["outlier"].isna()).sum()


def test_each_cell_of_the_fst_matrix_has_its_value_and_error(pictures):
    said = texts(pictures["fst"][0])
    assert {"0.1900", "0.1500", "−0.0004", "±0.0123"} <= set(said)
    assert "0.9000" not in said


def test_the_linkage_figure_names_gene_variant_and_groups(pictures):
    said = texts(pictures["linkage"][0])
    assert {"IL6R", "rs2228145", "one: AFR, 60 people", "AFR", "EUR", "everybody"} <= set(said)
    assert "position on chromosome 1 (GRCh38, Mb)" in said


def test_r2_is_below_the_diagonal_and_d_prime_above_it_at_true_positions():
    figure, axis = drawing.plt.subplots()
    image, start, end = figures._heat(axis, linkage.chosen_group(ld(), MINIMUM), PLACES["one"])
    pixels = image.get_array()
    drawing.plt.close(figure)

    def at(across, up):
        column, row = (
            int((position / 1e6 - start) / (end - start) * len(pixels)) for position in (across, up)
        )
        return pixels[row, column]

    one, two = POSITIONS[1], POSITIONS[4]
    r2 = np.exp((one - two) / 10_000)
    assert at(two, one) == pytest.approx(r2)
    assert at(one, two) == pytest.approx(np.sqrt(r2))


def test_words_on_structure_have_the_numbers_and_round_people_and_pairs():
    rows = pd.concat([summary(), not_estimable()], ignore_index=True)
    placed = populations.placement(structure())
    one, two, three = populations.structure_sentences(rows, placed, ["one", "two", "three"], MINIMUM)
    assert "2,204 independent SNPs place 150 people" in one
    assert "10.0 % and 5.0 % of the variance" in one
    assert "Of 150 people with a declared ancestry over 93 % lie nearest to its centre." in one
    assert "under 10 of the same person or twins, 20 of the first and under 10 of the second degree" in one
    assert "outliers: under 10." in one
    assert two == "two: Structure is not estimable: too few SNPs."
    assert "not looked at" in three
    first, second = populations.structure_rows(rows, MINIMUM)
    assert first["people"] == ["150", "under 10", "20", "under 10", "under 10", "130"]
    assert second["people"] == ["150", *["not known"] * 5]


def test_people_nearest_to_another_group_are_counted_but_few_not_given_away():
    moved = structure()
    moved.loc[:2, "nearest_group"] = "EUR"
    placed = populations.placement(moved)
    assert placed.set_index("group").loc["AFR", ["samples", "nearest_own"]].tolist() == [60, 57]
    assert "over 93 % lie nearest" in populations.structure_sentences(summary(), placed, ["one"], MINIMUM)[0]


def test_words_and_rows_of_fst_leave_small_groups_out():
    one, two = populations.fst_sentences(fst(), ["one", "two"], MINIMUM)
    assert one == (
        "one: of 3 pairs, F_ST is largest between AFR and EAS (0.1900 ± 0.0123) and smallest between EAS "
        "and EUR (−0.0004)."
    )
    assert two.startswith("two: there are no two declared groups")
    assert [row["groups"] for row in populations.fst_rows(fst(), MINIMUM)] == [
        "AFR and EAS", "AFR and EUR", "EAS and EUR",
    ]  # fmt: skip


def test_the_summary_for_programs_rounds_people_and_hides_few():
    data = populations.summary(summary(), fst(), ["one", "two"], MINIMUM)
    json.dumps(data, allow_nan=False)
    assert data["one"]["summary"]["samples"] == 150
    assert data["one"]["summary"]["duplicates"] is None
    assert data["one"]["summary"]["independent"] == 2204
    assert data["one"]["summary"]["note"] is None
    assert [pair["fst"] for pair in data["one"]["fst"]] == [0.19, 0.15, -0.0004]
    assert data["one"]["fst"][2]["se"] is None
    assert data["two"] == {"rounded_to": 10, "summary": None, "fst": []}


def test_words_on_linkage_have_the_best_linked_site_and_the_decay():
    places = {**PLACES, "two": PLACES["one"]}
    one, two = linkage.sentences(ld(), decay(), places, MINIMUM)
    assert one == (
        "one (AFR, 60 people, phased haplotypes): of 5 other sites over 250 kb, 1 has r² of at least 0.8 "
        "with rs2228145; the best linked, 1.5 kb away, has 0.86. Mean r² is 0.86 between sites 1 to 2 kb "
        "apart and 0.04 between sites 100 to 200 kb apart."
    )
    assert two.startswith("In two linkage cannot be described")
    other = {"one": PLACES["one"]._replace(position=AT + 7)}
    assert "rs2228145 is not among them" in linkage.sentences(ld(), decay(), other, MINIMUM)[0]


def test_haplotypes_of_few_people_are_left_out_and_no_number_of_chromosomes_is_told():
    own = {"A-C-G": 73, "T-C-G": 19, "A-A-G": 60, "T-A-G": 20}
    shown = privacy.common_haplotypes(haplotypes(own), MINIMUM)
    assert shown["haplotype"].tolist() == ["A-C-G", "A-A-G", "T-A-G"]
    # 73 of 92 chromosomes with C are 79 %; 60 and 20 of 80 with A.
    assert shown["share"].tolist() == [80, 75, 25]
    assert not {"count", "chromosomes", "frequency"} & set(shown)
    assert privacy.common_haplotypes(haplotypes({"A-C-G": 19}), MINIMUM).empty


def test_haplotypes_have_words_and_rows():
    own = haplotypes({"A-A-G": 73, "A-C-G": 37, "T-C-G": 6, "T-A-G": 4})
    assert [tuple(row.values()) for row in linkage.haplotype_rows(own, MINIMUM)] == [
        ("one", "AFR", "A-A-G", "no", "about 95 %"), ("one", "AFR", "A-C-G", "yes", "about 85 %"),
    ]  # fmt: skip
    one, two = linkage.haplotype_sentences(own, {**PLACES, "two": PLACES["one"]}, MINIMUM)
    assert "the commonest haplotype with the effect allele is A-C-G in AFR (about 85 % of these" in one
    assert f"{AT:,}" in one
    assert two == "two: no haplotypes, since the calls are not phased or too few."


def test_a_file_on_the_opposite_strand_or_with_exchanged_alleles_is_reported():
    found = calls.orientation(sources(), CATALOGUE)
    assert len(found) == 3
    assert found[0].startswith(
        "In file 2 of one the alleles are those of the opposite strand (T>G, where the catalogue has A>C): "
        "reported, then oriented"
    )
    assert "file 3 of one REF and ALT are exchanged (C>A" in found[1]
    assert (
        "file 4 of one the alleles are those of the opposite strand and REF and ALT are exchanged" in found[2]
    )
    usual = sources().iloc[:1]
    assert calls.orientation(usual, CATALOGUE) == [
        "In every file the alleles are those of the plus strand, with REF and ALT as catalogued."
    ]


def test_rows_of_files_have_strand_and_rounded_counts():
    rows = calls.source_rows(sources())
    assert [row["strand"] for row in rows] == ["plus", "minus", "plus", "minus", "plus", "plus", ""]
    assert rows[-1]["build"].startswith("not told")
    counts = calls.left_out_rows(sources(), MINIMUM)
    assert len(counts) == 6
    assert counts[0]["counts"] == ["under 10", "under 10", "20", "under 10"]


def test_agreement_of_files_hides_few_people():
    rows = [
        {"file_1": 1, "file_2": 2, "samples": 61, "called_in_both": 60, "agree": 50, "concordance": 50 / 60},
        {"file_1": 1, "file_2": 3, "samples": 31, "called_in_both": 30, "agree": 29, "concordance": 29 / 30},
        {"file_1": 2, "file_2": 3, "samples": 3, "called_in_both": 3, "agree": 1, "concordance": 1 / 3},
    ]
    one, two, three = calls.concordance_sentences(
        CONCORDANCE.check(pd.DataFrame(rows)).assign(cohort="one"), MINIMUM
    )
    assert "files 1 and 2 of one share 60 people and agree about 84 % of those called in both" in one
    assert "over 66 %" in two
    assert three == "People in two files: files 2 and 3 of one share under 10 people."


def test_notes_on_quality_name_what_differs_and_where_a_proxy_is_refused():
    proxied = sources().assign(variant="rs4537545")
    notes = calls.quality_notes(quality(), proxied, "rs2228145", MINIMUM)
    assert notes == [
        "2 frequencies were compared with the reference for the ancestry; these differ from it with p below "
        "0.001: ASW of one.",
        "2 groups have enough people from more than one file; the files differ in frequency with p below "
        "0.001 in CEU of one.",
        "one has both rs4537545 and rs2228145; their r² here is CEU 0.91.",
        "rs4537545 is refused in ASW (one): it is known not to hold in AFR.",
    ]
    rows = calls.quality_rows(quality(), MINIMUM)
    assert [row["group"] for row in rows] == ["all", "ASW", "CEU"]
    assert [row["reference_p"] for row in rows] == ["", "under 1e-06", "over 0.05"]
    assert [row["batch_p"] for row in rows] == ["over 0.05", "", "under 0.001"]


def test_the_warning_of_a_proxy_says_whose_calls_are_not_used():
    proxied = sources().assign(variant="rs4537545")
    (text,) = calls.proxy_warnings(proxied, quality(), CATALOGUE, "rs2228145", MINIMUM)
    assert text == (
        "The calls of one are those of rs4537545, a proxy whose T allele travels with rs2228145 C "
        "(r² = 0.89, EUR (InCHIANTI, n=343)). It does not hold in AFR populations: there its frequency is "
        "ASW about 0.50, where rs2228145 C is about 0.14. The calls of people in these groups are not used "
        "(ASW: it is known not to hold in AFR)."
    )
    used = calls.proxy_warnings(proxied, quality(refused=None), CATALOGUE, "rs2228145", MINIMUM)[0]
    assert "does not hold" not in used
    assert "not used" not in used
    assert calls.proxy_warnings(sources(), quality(), CATALOGUE, "rs2228145", MINIMUM) == []


def test_methods_follow_each_cohorts_settings():
    usual = {"fields": ["GT"], "filters": [], "min_gq": 20, "min_dp": 0, "min_imputation_quality": 0.3}
    other = {"fields": ["GT"], "filters": ["LowQual"], "min_gq": 0, "exclude_relatives": False}
    cohorts = {"one": {"genotypes": usual}, "two": {"genotypes": other}}
    assert methods._thresholds(cohorts) == (
        "Quality of calls: in one a call with GQ below 20 counted as missing; a record with a FILTER other "
        "than PASS or an imputation quality below 0.3 was refused; in two no call was set aside for its "
        "quality; a record with a FILTER other than PASS or LowQual was refused. Calls that are not diploid "
        "or half called are missing, and so are those of people about whom two files or two records disagree."
    )
    text = " ".join(methods._structure(cohorts))
    assert "in one relatives and outliers were left out of the models" in text
    assert "in two outliers were left out of the models, relatives stayed in the models" in text
    for said in ("KING-robust", "at most 0.2", "six robust standard deviations", "Hudson", "jackknife", "EM"):
        assert said in text
    assert "A largest possible set of unrelated people was kept" in text
    kept = methods._structure({"two": cohorts["two"]})
    assert "A largest possible set of unrelated people was kept" not in " ".join(kept)
    off = {"one": {"genotypes": {"structure": False}}}
    assert methods._structure(off) == [
        "Ancestry, relatives and linkage were not looked at (genotypes.structure is off)."
    ]


def test_empty_tables_give_words_and_no_rows():
    assert populations.structure_rows(empty(STRUCTURE_SUMMARY), MINIMUM) == []
    assert populations.placement(empty(STRUCTURE)).empty
    assert len(populations.fst_sentences(empty(FST), ["one"], MINIMUM)) == 1
    assert len(linkage.sentences(empty(LD), empty(LD_DECAY), PLACES, MINIMUM)) == 1
    assert len(linkage.haplotype_sentences(empty(HAPLOTYPES), PLACES, MINIMUM)) == 1
    assert linkage.haplotype_rows(empty(HAPLOTYPES), MINIMUM) == []
    assert calls.concordance_sentences(empty(CONCORDANCE), MINIMUM) == []
    assert calls.quality_notes(empty(GENOTYPES_QC), empty(SOURCES), "rs2228145", MINIMUM) == []


def test_tables_of_cohorts_are_put_below_each_other_even_if_one_is_empty(tmp_path):
    given = SimpleNamespace()
    full = [
        (SOURCES, sources()), (GENOTYPES_QC, quality()), (STRUCTURE_SUMMARY, summary()), (FST, fst()),
        (LD, ld()), (LD_DECAY, decay()), (HAPLOTYPES, haplotypes({"A-C-G": 70})),
    ]  # fmt: skip
    for table, frame in full:
        paths = [str(tmp_path / f"{table.name}_{cohort}.tsv") for cohort in ("one", "two")]
        table.write(frame.drop(columns="cohort"), paths[0])
        table.write(empty(table).drop(columns="cohort"), paths[1])
        setattr(given, table.name, paths)
    study = Study({"cohorts": {"one": {}, "two": {}}}, given)
    read = {table.name: study.table(table) for table, _ in full}
    assert {name: len(frame) for name, frame in read.items()} == {
        table.name: len(frame) for table, frame in full
    }
    assert set(read["fst"]["cohort"]) == {"one"}
    assert len(populations.fst_rows(read["fst"], MINIMUM)) == 3
    assert len(linkage.sentences(read["ld"], read["ld_decay"], PLACES, MINIMUM)) == 1
