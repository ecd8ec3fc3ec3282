"""The answer is a sentence by a grammar; its numbers are those of the verdicts, whatever their mixture."""

import itertools
import re
from collections import Counter

import pytest

from il6r.report import blocks
from il6r.report.answer import section
from il6r.report.answer.grammar import Judged, answer, look_of
from il6r.tables.replication import VERDICT_WORDS

HOLD = {
    "replicated",
    "replicated, same size",
    "direction confirmed",
    "no effect confirmed",
    "within the bound",
}
OPEN = {"inconclusive", "same direction, imprecise", "no effect not confirmed", "too few people",
        "cohorts disagree", "check the data first"}  # fmt: skip
AGAINST = {"contradicted", "beyond the bound"}
WORDS = [*VERDICT_WORDS, "replicated, same size"]


def answer_of(leading, others=()):
    return answer(
        [Judged(look_of(word, tested=word != "not computable"), leads)
         for words, leads in ((leading, True), (others, False)) for word in words]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("leading", "others", "expected"),
    [
        (["replicated"] * 4, ["replicated"] * 4 + ["direction confirmed"] * 4 + ["inconclusive"] * 2,
         "Yes. All four leading claims hold here. Of 14 published claims tested, 12 replicate (4 of them on "
         "direction, as no size was published), 2 are inconclusive and none is contradicted."),
        (["replicated, same size", "same direction, larger", "cohorts disagree", "direction confirmed"],
         ["contradicted"],
         "In part. Two of the four leading claims hold here. Of 5 published claims tested, 2 replicate (1 of "
         "them on direction, as no size was published), 1 agrees in direction but not in size, 1 is left "
         "open by cohorts that disagree and 1 is contradicted."),
        (["replicated", "replicated", "inconclusive"], [],
         "Mostly yes. Two of the three leading claims hold here. Of 3 published claims tested, 2 replicate, "
         "1 is inconclusive and none is contradicted."),
        (["contradicted", "beyond the bound", "not computable", "replicated"], [],
         "No. One of the three leading claims that could be tested holds here. Of 3 published claims tested, "
         "1 replicates and 2 are contradicted."),
        (["too few people", "inconclusive"], ["replicated"],
         "Undecided: too few people. None of the two leading claims is confirmed here. Of 3 published claims "
         "tested, 1 replicates, 2 are inconclusive and none is contradicted."),
        (["check the data first"], ["check the data first"],
         "Undecided: the data must be checked first. The leading claim is not confirmed here. Of 2 published "
         "claims tested, 2 wait for a check of the data and none is contradicted."),
        (["cohorts disagree", "cohorts disagree", "inconclusive"], [],
         "Undecided: cohorts disagree. None of the three leading claims is confirmed here. Of 3 published "
         "claims tested, 1 is inconclusive, 2 are left open by cohorts that disagree and none is "
         "contradicted."),
        (["not computable"], ["direction confirmed"],
         "Yes. None of the leading claims could be tested. One published claim was tested: it replicates on "
         "direction, as no size was published."),
        (["replicated", "no effect confirmed"], [],
         "Yes. Both leading claims hold here. Of 2 published claims tested, 2 replicate and none is "
         "contradicted."),
        (["contradicted"], [],
         "No. The leading claim is not confirmed here. One published claim was tested: it is contradicted."),
        (["not computable"] * 4, ["not computable"], "No answer: no claim could be tested."),
        ([], ["same direction, negligible"],
         "In part. One published claim was tested: it agrees in direction but not in size."),
    ],
)  # fmt: skip
def test_the_answer_is_this_sentence(leading, others, expected):
    said = answer_of(leading, others)
    assert f"{said.head} {said.sentences}" == expected


@pytest.mark.parametrize("size", [1, 2, 3])
def test_every_mixture_of_verdicts_has_an_answer_whose_numbers_are_those_of_the_verdicts(size):
    for words in itertools.combinations_with_replacement(WORDS, size):
        said = answer_of(words)
        count = Counter(
            "hold" if word in HOLD else "open" if word in OPEN else "against" if word in AGAINST
            else "not" if word == "not computable" else "size"
            for word in words
        )  # fmt: skip
        tested = size - count["not"]
        expected = (
            "No answer:" if not tested
            else "Yes." if count["hold"] == tested
            else "Mostly yes." if 2 * count["hold"] > tested
            else "Undecided" if 2 * count["open"] >= tested
            else "No." if 2 * count["against"] > tested
            else "In part."
        )  # fmt: skip
        assert said.head.split(":")[0] == expected.rstrip(":"), words
        assert said.look in blocks.LOOKS
        wrong = r"\b(0|1 (are|agree|replicate|wait)|[2-9] (is|agrees|replicates|waits))\b"
        assert not re.search(wrong, said.sentences), words
        assert said.sentences.endswith(".")
        if tested > 1:
            told = re.search(r"Of (\d+) published claims tested, (.*)\.$", said.sentences)
            numbers = [int(number) for number in re.findall(r"(?:^|, |and )(\d+) ", told[2])]
            assert int(told[1]) == tested == sum(numbers), words


def test_the_tally_has_a_name_for_every_look():
    assert list(section.TALLY) == list(blocks.LOOKS)
