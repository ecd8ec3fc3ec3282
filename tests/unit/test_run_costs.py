"""What a run took is told by rule, from the measurements of its jobs."""

from il6r import run_costs

HEAD = "s\th:m:s\tmax_rss\tmean_load\tcpu_time\n"


def test_a_run_without_a_job_has_no_costs(tmp_path):
    run_costs.write(tmp_path / "benchmarks")
    assert not list(tmp_path.iterdir())


def test_jobs_of_a_rule_are_put_together(tmp_path):
    (tmp_path / "read" / "deep").mkdir(parents=True)
    (tmp_path / "write.tsv").write_text(f"{HEAD}2.5\t0:00:02\t410.2\t99\t2.4\n")
    (tmp_path / "read" / "one.tsv").write_text(f"{HEAD}1.0\t0:00:01\t100.0\t50\t0.5\n")
    # A job that was over before it was looked at.
    (tmp_path / "read" / "deep" / "two.tsv").write_text(f"{HEAD}0.1\t0:00:00\tNA\t-\tNA\n")
    expected = [
        run_costs.Cost("read", 2, 1.1, 1.0, 0.5, 100.0),
        run_costs.Cost("write", 1, 2.5, 2.5, 2.4, 410.2),
    ]
    assert list(run_costs.costs(tmp_path)) == expected
    run_costs.write(tmp_path)
    run_costs.write(tmp_path)
    assert (tmp_path / run_costs.FILE).read_text() == (
        "rule\tjobs\tseconds\tlongest_s\tcpu_s\tmemory_mb\n"
        "read\t2\t1.1\t1.0\t0.5\t100.0\n"
        "write\t1\t2.5\t2.5\t2.4\t410.2\n"
    )
