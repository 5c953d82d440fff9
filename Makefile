# Everything runs in .venv, which `make install` creates with the first Python 3.11+ it finds.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: install demo serve studio test test-slow check format bench docs pictures dist clean
install: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Gatecast needs Python 3.11 or newer; set PYTHON=/path/to/python3"; exit 2; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[mlflow,onnx,postgres,scale,studio,tune]' --group dev
	@touch $@

demo: install          ## the whole audited experiment on the airline data
	$(BIN)/gatecast demo --out demo-report

serve: install         ## a live service on the demo's model: http://127.0.0.1:8000/docs
	test -f demo-report/model.gatecast || $(BIN)/gatecast demo --out demo-report
	$(BIN)/gatecast serve demo-report/model.gatecast --state sqlite:///demo-report/gatecast.db --no-auth

studio: install        ## a page to look at data and forecast them: http://127.0.0.1:8000/studio
	mkdir -p demo-report
	$(BIN)/gatecast studio --state sqlite:///demo-report/gatecast.db

test: install          ## the quick suite
	$(BIN)/python -m pytest

test-slow: install     ## the slow suite: sktime, the experiment, pre-training, kills
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[bench,postgres,scale,sktime,studio,tune]'
	$(BIN)/python -m pytest -m slow

check: install         ## style, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: install
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: install         ## the quick form of every benchmark; peers are left out where absent
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[bench,sktime,studio,tune]'
	for name in tutorial_speed train_step global_fit growth cold_start latency inference stream memory \
		local_models coverage accuracy zero_shot single_series counts service together scaleout gpu sequences tuning columns long_seasons; do \
		$(BIN)/python -m benchmarks.$$name --quick || exit 1; \
	done

docs: install          ## the site, in build/site: every code block run, every link checked
	$(BIN)/python -m pytest -m "slow or not slow" tests/test_docs.py tests/test_site.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet
	@echo "build/site/index.html; searching needs a server: $(BIN)/python -m http.server -d build/site"

pictures: install      ## draws those of the tutorial and the gallery anew, in docs/images
	$(BIN)/python docs/pictures.py

dist: install          ## wheel and source distribution, in dist
	rm -rf dist
	$(BIN)/python -m build --no-isolation --outdir dist

clean:
	rm -rf .venv build dist demo-report
