"""A release: its version and metadata, what is in it, and what it does where nothing else is."""

import json
import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pandas as pd
import pytest
import yaml
from packaging.metadata import Metadata

import gatecast

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "gatecast"
COMMANDS = ("demo", "run", "fit", "forecast", "update", "backtest", "inspect", "serve", "studio")
FORECAST = (
    "import gatecast; df = gatecast.datasets.airline_passengers();"
    "found = gatecast.AutoLSTM(h=12, quality='zero_shot').fit(df).predict(level=[80]);"
    "print(gatecast.__file__, len(found), *found.columns)"
)
# Set by the tests or by whoever runs them; a user has none of it.
OURS = ("PYTHON", "JAX_", "XLA_", "GATECAST_", "KERAS_", "COLUMNS", "VIRTUAL_ENV")


def test_there_is_one_version():
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    stated = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    newest = re.search(r"^## (\S+)", changes, re.MULTILINE)
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert newest is not None
    assert gatecast.__version__ == stated["version"] == newest[1] == cited["version"]


@dataclass(frozen=True)
class Release:
    """Both files of a release."""

    wheel: Path
    source: Path

    def in_wheel(self) -> set[str]:
        with zipfile.ZipFile(self.wheel) as archive:
            return set(archive.namelist())

    def in_source(self) -> set[str]:
        """Paths below the one folder that is in it."""
        with tarfile.open(self.source) as archive:
            return {"/".join(PurePosixPath(name).parts[1:]) for name in archive.getnames()}

    def metadata(self) -> Metadata:
        (name,) = (name for name in self.in_wheel() if name.endswith("/METADATA"))
        with zipfile.ZipFile(self.wheel) as archive:
            return Metadata.from_email(archive.read(name))


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,), (source,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return Release(wheel, source)


def of_package() -> set[str]:
    """The files of the package; not what Python or a compiler has made there."""
    return {
        path.relative_to(ROOT).as_posix()
        for path in PACKAGE.rglob("*")
        if path.is_file() and path.suffix not in {".pyc", ".so"}
    }


@pytest.mark.slow
def test_both_files_have_the_whole_package_and_the_wheel_nothing_else(release: Release):
    about = {name for name in release.in_wheel() if ".dist-info/" in name}
    assert release.in_wheel() - about == of_package()
    assert {
        "gatecast/py.typed",
        "gatecast/data/airline-passengers.csv",
        "gatecast/forecasting/recipe/pretrained.safetensors",
        "gatecast/network/recurrence/native/lstm.cc",
        "gatecast/reporting/templates/report.html",
        "gatecast/serving/store/migrations/versions/0001_first.py",
        "gatecast/studio/pages/static/studio.js",
        "gatecast/studio/pages/templates/base.html",
    } <= release.in_wheel()
    source = {name for name in release.in_source() if "." in PurePosixPath(name).name}
    assert of_package() <= source
    assert {"tests/conftest.py", "docs/index.md", "constraints.txt", "CITATION.cff"} <= source
    assert not [name for name in source if name.endswith((".so", ".pyc"))]


@pytest.mark.slow
def test_what_is_said_of_it_can_be_read_anywhere(release: Release):
    metadata = release.metadata()
    assert str(metadata.version) == gatecast.__version__
    assert str(metadata.requires_python) == ">=3.11"
    assert metadata.description_content_type == "text/markdown"
    assert metadata.description
    assert "## Four commands" in metadata.description
    # A link into the repository leads nowhere from here.
    assert not re.findall(r"\]\((?!https?:)", metadata.description)


@dataclass(frozen=True)
class Installed:
    """A release in an environment of its own, and a user who has only that."""

    home: Path
    python: Path

    def pip(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "pip", "--python", str(self.python), *arguments]
        # Packages that other tests put on the path are not in the environment.
        env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def run(self, *arguments: str, **changed: str) -> subprocess.CompletedProcess[str]:
        """A command of the environment, in an empty folder or what is there by now."""
        program = self.python.with_name(arguments[0])
        folder = self.home / "work"
        folder.mkdir(exist_ok=True)
        done = subprocess.run(
            [str(program), *arguments[1:]],
            cwd=folder,
            env=self._environment() | changed,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    def files(self) -> dict[str, bytes]:
        """The installed files of the package."""
        (package,) = self.python.parents[1].glob("lib/python*/site-packages/gatecast")
        return {
            path.relative_to(package).as_posix(): path.read_bytes()
            for path in package.rglob("*")
            if path.is_file() and path.suffix != ".pyc"
        }

    def _environment(self) -> Mapping[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        cache = {"HOME": str(self.home), "XDG_CACHE_HOME": str(self.home / "cache")}
        return dict(kept) | cache


@pytest.fixture(scope="module")
def installed(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    home = tmp_path_factory.mktemp("home")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", home / "venv"], check=True)
    made = Installed(home, home / "venv" / "bin" / "python")
    constraints = str(ROOT / "constraints.txt")
    made.pip("install", "--quiet", "--no-compile", "--constraint", constraints, str(release.wheel))
    made.pip("check")
    return made


@pytest.mark.slow
@pytest.mark.compiler
def test_an_installed_wheel_does_what_the_readme_says(installed: Installed):
    before = installed.files()
    assert installed.run("gatecast", "--version").stdout == f"{gatecast.__version__}\n"
    shown = installed.run("gatecast", "--help").stdout
    assert all(re.search(rf"\b{command}\b", shown) for command in COMMANDS)

    done = installed.run("gatecast", "demo", "--seeds", "2", "--out", "found")
    assert "compiling the LSTM for this processor, once" in done.stderr
    found = installed.home / "work" / "found"
    results = json.loads((found / "results.json").read_text(encoding="utf-8"))
    assert results["verdict"]
    assert {"LSTM", "auto_arima", "persistence"} <= {row["model"] for row in results["one_step"]}
    assert len(pd.read_csv(found / "forecast.csv")) == 12
    assert "<svg" in (found / "report.html").read_text(encoding="utf-8")
    assert list((found / "plots").glob("*.png"))

    forecast = ("gatecast", "forecast", "found/model.gatecast", "--json")
    fast = installed.run(*forecast)
    assert fast.stderr == ""
    plain = installed.run(*forecast, GATECAST_NATIVE=str(installed.home / "none"), PATH="")
    assert "there is no C++ compiler" in plain.stderr
    assert forecasts_of(plain.stdout) == pytest.approx(forecasts_of(fast.stdout), rel=1e-4)
    assert installed.files() == before


def forecasts_of(document: str) -> list[float]:
    return [row["LSTM"] for row in json.loads(document)]


@pytest.mark.slow
def test_the_source_distribution_installs_the_same(installed: Installed, release: Release):
    before = installed.files()
    installed.pip("uninstall", "--quiet", "--yes", "gatecast")
    installed.pip("install", "--quiet", "--no-deps", str(release.source))
    assert installed.files() == before
    file, rows, *columns = installed.run("python", "-c", FORECAST).stdout.split()
    assert Path(file).is_relative_to(installed.home)
    assert (rows, columns) == ("12", ["unique_id", "ds", "LSTM", "LSTM-lo-80", "LSTM-hi-80"])
    assert installed.run("gatecast", "--version").stdout == f"{gatecast.__version__}\n"
