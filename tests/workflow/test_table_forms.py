"""A study's tables may be of other programs, in workbooks with several sheets, and in guessed encodings."""

import pandas as pd
import small_cohort
import user_table_forms
from conftest import snakemake


def test_tables_of_other_programs_are_read_and_the_log_says_what_was_guessed(tmp_path):
    config = small_cohort.write(tmp_path)
    study, data = config["cohorts"]["small"], tmp_path / "data"
    people, assays = pd.read_csv(data / "participants.tsv", sep="\t"), pd.read_csv(data / "assays.csv")
    people = people.drop(columns="participant").rename(columns={"sample": "record_id"}).assign(centre="Köln")
    table = user_table_forms.write(data, people, "latin-1").rename(data / "people.csv")
    names = {"participant": "record_id", "sample": "record_id"}
    study["participants"] = {"file": f"data/{table.name}", "columns": names}
    assays = assays.assign(participant="S" + assays["participant"].str[1:])
    with pd.ExcelWriter(data / "lab.xlsx") as book:
        assays.to_excel(book, sheet_name="final", index=False)
        assays.assign(value=1).to_excel(book, sheet_name="draft", index=False)
    study["assays"] = {"file": "data/lab.xlsx", "sheet": "final"}
    samples = assays[["participant"]].assign(matrix="serum")
    table = user_table_forms.write(data, samples, "sav", labels={"matrix": {1: "serum"}})
    study["samples"] = {"file": f"data/{table.name}"}
    small_cohort.configure(tmp_path, config)
    made = [f"results/small/{name}.parquet" for name in ("cohort/participants", "assays/concentrations")]
    done = snakemake(*made, "-c1", "--configfile", tmp_path / "config.yaml", folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    found, results = (pd.read_parquet(tmp_path / path) for path in made)
    assert found["participant"].tolist() == found["sample"].tolist() == people["record_id"].tolist()
    assert found["age"].tolist() == people["age"].tolist()
    assert set(found["centre"]) == {"Köln"}
    assert results["sil6r_ng_ml"].tolist() == assays["value"].tolist()
    assert set(results["matrix"]) == {"serum"}
    log = (tmp_path / "results" / "logs" / "read_participants" / "small.log").read_text()
    assert log.count("data/people.csv: it is not UTF-8 and was read as latin-1\n") == 1
