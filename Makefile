# make run   sets up what is missing and runs the default study
# make test  the same set-up, then every test (make test only=unit for a folder of tests/)
# make check formatters, linters and types
# make docs  the documents and the code's own, as a site in docs/site
# make calibrate  how often the models and verdicts are right in simulated cohorts (less than ten minutes)
# make power people=60 visits=6  how often each verdict would be given, and how many people it takes
# make register people=60 visits=6  the plan, its claims, rule and error rates as one dated page to deposit
# make declared captions and results/README.md, from the contracts and the register of figures
# make bench measurements against peers (make bench only=NAME for one)

PYTHON ?= python3
VENV := .venv
BIN = $(VENV)/bin
DOCS := .venv-docs
CRATE := .venv-crate
cores ?= all
only ?=
# What a command is given beside what make itself takes.
arguments = $(filter-out PYTHON=% cores=%,$(MAKEOVERRIDES))

.PHONY: run test check docs calibrate power register declared bench

run: $(VENV)/run.stamp
	@$(BIN)/snakemake --cores $(cores)

test: $(VENV)/test.stamp
	@$(BIN)/python -m pytest --durations=20 $(addprefix tests/,$(only))

check: $(VENV)/test.stamp
	@$(BIN)/ruff check && $(BIN)/ruff format --check && $(BIN)/snakefmt --check Snakefile workflow && \
	$(BIN)/snakemake --lint && $(BIN)/mypy

docs: $(DOCS)/docs.stamp
	@PYTHONPATH=workflow/scripts $(DOCS)/bin/mkdocs build --strict --config-file docs/mkdocs.yml && \
	echo "Documents: docs/site/index.html"

calibrate: $(VENV)/run.stamp
	@$(BIN)/snakemake calibrate --cores $(cores) && echo "Calibration: results/calibration"

power: $(VENV)/run.stamp
	@$(BIN)/python workflow/scripts/plan_power.py $(arguments)

register: $(VENV)/run.stamp
	@$(BIN)/python workflow/scripts/register_plan.py $(arguments)

declared: $(VENV)/run.stamp
	@PYTHONPATH=workflow/scripts $(BIN)/python -m il6r.report.declared

bench: $(VENV)/test.stamp
	@$(BIN)/python benchmarks/run.py $(only)

$(VENV)/run.stamp: envs/requirements.txt
	@$(call install,$<)
	@touch $@

$(VENV)/test.stamp: envs/requirements-dev.txt $(VENV)/run.stamp
	@$(call install,$<)
	@touch $@

# An environment of its own: the site needs nothing of what a run needs.
$(DOCS)/docs.stamp: VENV := $(DOCS)
$(DOCS)/docs.stamp: envs/requirements-docs.txt
	@$(call install,$<)
	@touch $@

# An environment of its own: what checks the research object needs another release of rich.
$(CRATE)/crate.stamp: VENV := $(CRATE)
$(CRATE)/crate.stamp: envs/requirements-crate.txt
	@$(call install,$<)
	@touch $@

define install
$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else \
"error: Python %d.%d is too old; install Python 3.11 or newer, or name one: make PYTHON=python3.11" % sys.version_info[:2])' && \
{ test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
{ echo "error: Python cannot make a virtual environment; install its venv module (python3-venv on Debian)" >&2; exit 1; }; } && \
echo "setting up $(VENV) from $(1) (once)" && \
$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(1)
endef
