"""Commands before any data are seen: what is planned, what is registered, and what was changed since."""

import copy
import json
from dataclasses import replace
from types import SimpleNamespace

import pytest
from conftest import REPO
from made_study import made_study, written

from il6r import arguments, plan, registration
from il6r.arguments import Argument
from il6r.errors import InputError
from il6r.replication import benchmarks, planned_rates
from il6r.replication.rule_in_words import RULE
from il6r.report import registration_page
from il6r.report.provenance import registered

PLAN = plan.load(REPO / "config" / "plan.yaml", REPO / "workflow" / "schemas" / "plan.schema.yaml")
PUBLISHED, LIMITS = (REPO / "resources" / f"{name}.tsv" for name in ("published_effects", "quality_limits"))


def content(the_plan=PLAN, rule=RULE, own=None):
    return registration.content(the_plan, PUBLISHED, LIMITS, rule, own or {})


def deposited(folder, the_plan=PLAN, own=None, name="registration.md"):
    """The path of a page."""
    published = benchmarks.load(PUBLISHED, the_plan.analyses)
    made = content(the_plan, own=own)
    path = folder / name
    path.write_text(
        registration_page.page(made, "2026-01-31", the_plan, published, ["60 people"], "C"), encoding="utf-8"
    )
    return path


def changed(**keys):
    """The plan with some keys of its first analysis changed."""
    first = next(iter(PLAN.analyses))
    return replace(PLAN, analyses=PLAN.analyses | {first: replace(PLAN.analyses[first], **keys)})


def test_a_page_says_all_that_is_registered_and_gives_it_back(tmp_path):
    path = deposited(tmp_path)
    text = path.read_text()
    for sentence in (
        *RULE,
        "2026-01-31",
        "about +50 %, Nash 2022",
        "60 people",
        registration.digest(content()),
    ):
        assert sentence in text
    made = registration.load(path)
    assert made["content"] == content()
    assert (made["date"], made["sha256"]) == ("2026-01-31", registration.digest(content()))
    assert registration.changes(made["content"], content()) == []


def test_the_hash_is_of_what_decides_and_not_of_its_order_or_its_notes(tmp_path):
    shuffled = json.loads(json.dumps(dict(reversed(list(content().items())))))
    assert registration.digest(shuffled) == registration.digest(content())
    rows = PUBLISHED.read_text().splitlines()
    noted = tmp_path / "published.tsv"
    noted.write_text("\n".join([*rows[:-1], rows[-1] + " and more"]) + "\n")
    assert registration.content(PLAN, noted, LIMITS, RULE, {}) == content()
    for other in (
        content(changed(family="gaussian")),
        content(replace(PLAN, draws=5000)),
        content(rule=RULE[:-1]),
        content(own={"mine": {"sil6r": ["age"]}}),
    ):
        assert registration.digest(other) != registration.digest(content())


def test_changes_name_what_is_new_gone_and_otherwise():
    first, second = list(PLAN.analyses)[:2]
    others = {name: one for name, one in PLAN.analyses.items() if name != second}
    others["mine"] = replace(PLAN.analyses[first], name="mine", covariates=("age",))
    others[first] = replace(PLAN.analyses[first], family="gaussian", covariates="person")
    here = content(
        replace(
            PLAN,
            analyses=others,
            replication=PLAN.replication | {"smallest_share": 0.3},
            looked_at=(plan.LookedAt("one", "call_rate", "we looked"),),
        ),
        RULE[1:],
        {"one": {"sil6r": ["age", "sex"]}},
    )
    before = content()
    here["published"] = copy.deepcopy(here["published"])
    here["published"]["erfc_per_allele"]["value"] = "30"
    found = registration.changes(before, here)
    assert f"the analysis '{second}' is gone" in found
    assert "the analysis 'mine' is new" in found
    (own,) = (one for one in found if f"'{first}'" in one)
    assert "has family gaussian (registered: censored_lognormal)" in own
    assert "has covariates person (registered: sil6r)" in own
    assert "the published value 'erfc_per_allele' has value 30 (registered: 34.3)" in found
    assert "replication.smallest_share was 0.5 and is 0.3" in found
    assert any(one.startswith("replication.looked_at was nothing and is") for one in found)
    assert "the rule of verdicts has 0 sentences that are new and lacks 1" in found
    assert "covariates of the cohort 'one' is new" in found
    assert len(found) == 8


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lambda text: text.replace('"smallest_share": 0.5', '"smallest_share": 0.3'), "it was edited"),
        (lambda text: "# Notes\n", "it is no registration"),
        (lambda text: text[: len(text) // 2], "cannot be read"),
        (lambda text: "```json\n[1]\n```", "it is no registration"),
    ],
)
def test_a_page_that_is_none_or_was_edited_is_refused_in_one_sentence(tmp_path, spoil, problem):
    path = deposited(tmp_path)
    path.write_text(spoil(path.read_text()))
    with pytest.raises(InputError, match=problem) as error:
        registration.load(path)
    assert str(path) in str(error.value)
    with pytest.raises(InputError, match=r"association\.registration: there is no file"):
        registration.load(tmp_path / "absent.md")
    path.write_bytes(b"\xff\xfe```json")
    with pytest.raises(InputError, match="cannot be read"):
        registration.load(path)


def test_the_report_says_whether_its_plan_is_the_registered_one_and_what_was_changed(tmp_path):
    study = made_study(["one"], {}, plan=PLAN)
    assert registered.opening(study) == []
    assert "No registration of the plan is named" in registered.compared(study).sentence
    study.given = SimpleNamespace(**vars(study.given), registration=[deposited(tmp_path)])
    same = registered.compared(study)
    assert same.sentence.startswith("The plan, the published values, the limits and the rule are the one")
    assert not same.changes
    study.plan = changed(family="gaussian")
    study.config["cohorts"]["one"]["covariates"] = {"sil6r": ["age"]}
    found = registered.compared(study)
    assert found.sentence.startswith("The plan is not the one registered on 2026-01-31")
    assert found.sentence.endswith("2 changes since.")
    assert "has family gaussian (registered: censored_lognormal)" in written(study, "provenance")
    (block,) = registered.opening(study)
    assert "2 changes" in block.text


KNOWN = {
    "people": Argument(int, None, 4, 4000),
    "censored": Argument(float, 0.0, 0, 0.9),
    "plan": Argument(str, "p"),
}


def test_arguments_have_their_defaults_and_types():
    assert arguments.read("make power", ["people=60"], KNOWN) == {"people": 60, "censored": 0.0, "plan": "p"}
    given = arguments.read("make power", ["censored=0.2", "plan=a=b", "people=4"], KNOWN)
    assert given == {"people": 4, "censored": 0.2, "plan": "a=b"}


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ([], "people is not given; add people=60."),
        (["people=3"], "people is 3; give 4 to 4000."),
        (["people=6.5"], "people '6.5' is no whole number; give a whole number."),
        (["people=60", "people=61"], "people is given twice; give it once."),
        (["people=60", "censored=nan"], "censored is nan; give 0 to 0.9."),
        (["people=60", "visit=6"], "'visit' is no argument of it; give 'people', 'censored', 'plan'."),
        (["people=60", "plan="], "plan is empty; give plan=...."),
    ],
)
def test_a_mistake_on_the_line_is_told_in_one_sentence(given, sentence):
    with pytest.raises(InputError) as error:
        arguments.read("make power", given, KNOWN)
    assert str(error.value) == f"make power: {sentence}"


def test_what_a_command_cannot_use_is_told_in_one_sentence(tmp_path):
    with pytest.raises(InputError, match="make register: there is no folder for"):
        registration.refuse_existing(tmp_path / "absent" / "page.md")
    with pytest.raises(InputError, match=r"there is no file '.*absent\.yaml'"):
        registration.own_covariates(tmp_path / "absent.yaml")
    config = tmp_path / "config.yaml"
    config.write_text("cohorts: [one]")
    with pytest.raises(InputError, match="it is no configuration with cohorts"):
        registration.own_covariates(config)
    config.write_text("cohorts: {one: {covariates: {sil6r: [age]}}, two: {}}")
    own = registration.own_covariates(config)
    assert content(own=own)["own_covariates"] == {"one": {"sil6r": ["age"]}}
    with pytest.raises(InputError, match="claim: 'x' is none that can be simulated"):
        planned_rates.outlooks(
            benchmarks.load(PUBLISHED, PLAN.analyses), PLAN.rule, None, 60, ["sil6r_additive"], "x"
        )
