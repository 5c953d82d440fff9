"""The house rules, checked on the source; each check is also shown a source that breaks it."""

import ast
import re
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1] / "gatecast"
ROOMS = (
    "data",
    "metrics",
    "framing",
    "network",
    "training",
    "forecasting",
    "sequences",
    "evaluation",
    "reporting",
    "tuning",
    "scaleout",
    "serving",
    "studio",
    "cli",
    "sktime",
    "onnx",
    "mlflow",
)
# What stands first inside a room, in the order in which it may be imported. All else in the room
# comes after it and may import all of it.
FIRST = {
    "data": ("_words", "_frames", "calendar", "databases", "reading", "panel"),
    "framing": ("seasonal", "scaling"),
    "forecasting": (
        "_settings",
        "_part",
        "_bounds",
        "members",
        "intervals",
        "recipe",
        "_model",
        "fitting",
        "saving",
        "exporting",
        "online",
        "inspection",
    ),
    "sequences": ("reading", "problems", "networks"),
    "network": ("_architecture", "_count", "_keras_model", "recurrence", "bodies", "outputs"),
    "training": ("_settings", "optimizers"),
    "evaluation": (
        "baselines",
        "_measure",
        "_sums",
        "_scores",
        "_minimised",
        "_verdict",
        "backtest",
        "experiment",
    ),
    "tuning": ("_space", "_mattered", "_study", "_stages", "_storage", "_bar"),
    "scaleout": ("executors",),
    "serving": ("_made", "_served", "_standing", "store", "engine", "upgrade", "http"),
    "studio": ("views", "work", "store", "queue", "pages"),
    "cli": ("options", "shared"),
    "reporting": ("_backtest_facts", "_facts", "charts"),
    "mlflow": ("_library",),
}
SHARED = (
    "gatecast._types",
    "gatecast._files",
    "gatecast._lazy",
    "gatecast._group",
    "gatecast._lock",
    "gatecast._door",
    "gatecast._backend",
    "gatecast._progress",
    "gatecast._wording",
    "gatecast._warn",
)
PUBLIC_MODULES = {
    "__init__",
    "__main__",
    "datasets",
    "framings",
    "loader",
    "onnx",
    "pretrained",
    "sktime",
}
KERAS_HOME = "gatecast._backend"
WARNINGS_HOME = "gatecast._warn"
# The door lists every room; the shell uses it as any user does.
DOOR = "gatecast"
# What calls the public API from a room: methods that say in another way what a later room does.
DOOR_HOME = "gatecast._door"
THROUGH_THE_DOOR = {
    "gatecast.evaluation.backtest._backtest_result",
    "gatecast.forecasting._shortcuts",
}
MOST_LINES = 500
MOST_LINES_OF_FUNCTION = 60
MOST_PARAMETERS = 8
FORBIDDEN_CALLS = {"print", "eval", "exec", "warnings.warn"}


@dataclass(frozen=True)
class Module:
    """One source file."""

    name: str
    text: str
    is_package: bool = False

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def room(self) -> str | None:
        """The room it belongs to; None for the door and the shared modules."""
        first = self.name.removeprefix("gatecast").lstrip(".").split(".")[0]
        return first if first in ROOMS else None

    @property
    def place(self) -> int | None:
        """Where it stands inside its room; None for what comes after all that stands first."""
        room = self.room
        inner = self.name.removeprefix(f"gatecast.{room}").lstrip(".").split(".")[0]
        first = FIRST.get(room or "", ())
        return first.index(inner) if inner in first else None

    @property
    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node

    def imports(self, names: frozenset[str] = frozenset()) -> list[str]:
        """Modules it imports from anywhere; `from package import module` gives the module.

        A module that is loaded at its first use, `lazy("package.module")`, is imported too.

        Args:
            names: the modules there are, to tell modules from the names within them.
        """
        found = []
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                paths = [f"{node.module}.{alias.name}" for alias in node.names]
                found += [path if path in names else node.module for path in paths]
            elif (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "lazy"
            ):
                found += [ast.literal_eval(argument) for argument in node.args]
        return found


def _module(path: Path) -> Module:
    parts = path.relative_to(HOUSE.parent).with_suffix("").parts
    is_package = parts[-1] == "__init__"
    name = ".".join(parts[:-1] if is_package else parts)
    return Module(name, path.read_text(encoding="utf-8"), is_package)


MODULES = [_module(path) for path in sorted(HOUSE.rglob("*.py"))]
NAMES = frozenset(module.name for module in MODULES)


def parsed(name: str, text: str, *, is_package: bool = False) -> Module:
    return Module(name, textwrap.dedent(text), is_package)


def _within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def upward_imports(module: Module) -> list[str]:
    """Imports of a room that is not above the module's own."""
    if module.room is None:
        return []
    order = ROOMS.index(module.room)
    allowed = [*SHARED, *(f"gatecast.{room}" for room in ROOMS[: order + 1])]
    if module.room == "cli":
        allowed.append(DOOR)
    return [
        name
        for name in module.imports(NAMES)
        if _within(name, "gatecast") and not any(_within(name, home) for home in allowed)
    ]


def inner_upward_imports(module: Module) -> list[str]:
    """Imports within a room of what does not stand before the module's own sub-room."""
    if module.place is None:
        return []
    room = f"gatecast.{module.room}"
    allowed = [f"{room}.{name}" for name in FIRST[str(module.room)][: module.place + 1]]
    return [
        name
        for name in module.imports(NAMES)
        if _within(name, room) and not any(_within(name, home) for home in allowed)
    ]


def shared_imports(module: Module) -> list[str]:
    """Imports of a room by what stands above all rooms."""
    if module.name not in SHARED:
        return []
    allowed = {*SHARED, DOOR} if module.name == DOOR_HOME else set(SHARED)
    return [
        name for name in module.imports(NAMES) if _within(name, "gatecast") and name not in allowed
    ]


def door_imports(module: Module) -> list[str]:
    """Imports of the public API's stand-in by what is not listed."""
    if module.name in THROUGH_THE_DOOR:
        return []
    return [name for name in module.imports(NAMES) if name == DOOR_HOME]


def import_cycle(modules: list[Module]) -> list[str]:
    """The modules of one cycle, if there is one.

    A package stands for its `__init__`; its modules load it first, which is no cycle of theirs.
    """
    names = frozenset(module.name for module in modules)
    graph = {module.name: set(module.imports(names)) & names for module in modules}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def imports_within_functions(module: Module) -> list[str]:
    return [
        function.name
        for function in module.functions
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]


def relative_imports(module: Module) -> list[int]:
    return [
        node.lineno
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and node.level
    ]


def private_imports(module: Module) -> list[str]:
    """Names or modules with an underscore, taken from another room or sub-room.

    What has an underscore belongs to the package in which it stands, and to the packages within.
    """
    found = []
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.ImportFrom) or not _within(node.module or "", "gatecast"):
            continue
        for alias in node.names:
            path = f"{node.module}.{alias.name}".split(".")
            private = next((i for i, part in enumerate(path) if part.startswith("_")), None)
            home = ".".join(path[:private])
            if private is not None and home != "gatecast" and not _within(module.name, home):
                found.append(".".join(path))
    return found


def odd_name(module: Module) -> bool:
    """Whether a module looks public without being listed as such."""
    last = "__init__" if module.is_package else module.name.split(".")[-1]
    if ".migrations." in module.name:
        return False  # Alembic gives the names
    return not last.startswith("_") and last not in PUBLIC_MODULES


def long_functions(module: Module) -> list[str]:
    return [
        function.name
        for function in module.functions
        if (function.end_lineno or 0) - function.lineno >= MOST_LINES_OF_FUNCTION
    ]


def crowded_functions(module: Module) -> list[str]:
    """Functions with too many parameters, constructors and stated exceptions aside."""
    lines = module.text.splitlines()
    return [
        function.name
        for function in module.functions
        if _parameters(function) > MOST_PARAMETERS
        and function.name != "__init__"
        and not re.search(r"# noqa: PLR0913 \(.+\)", lines[function.lineno - 1])
    ]


def _parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    names = function.args
    every = [*names.posonlyargs, *names.args, *names.kwonlyargs, names.vararg, names.kwarg]
    return sum(argument is not None and argument.arg not in {"self", "cls"} for argument in every)


def forbidden_calls(module: Module) -> list[str]:
    called = [
        ast.unparse(node.func) for node in ast.walk(module.tree) if isinstance(node, ast.Call)
    ]
    allowed = {"warnings.warn"} if module.name == WARNINGS_HOME else set()
    return [name for name in called if name in FORBIDDEN_CALLS - allowed]


def foreign_imports(module: Module) -> list[str]:
    """Imports of pickle and its kin, or of Keras outside its home."""
    refused = {"pickle", "cloudpickle", "dill", "joblib", "shelve", "marshal"}
    if module.name != KERAS_HOME:
        refused.add("keras")
    return [name for name in module.imports() if name.split(".")[0] in refused]


def unlisted_names(module: Module) -> set[str]:
    """The difference between `__all__` and what a package's `__init__` imports, early or late."""
    listed: set[str] = set()
    imported: set[str] = set()
    for node in module.tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            listed = set(ast.literal_eval(node.value))
        elif isinstance(node, ast.Import | ast.ImportFrom):
            home = node.module if isinstance(node, ast.ImportFrom) else None
            if home not in {"__future__", "typing", "gatecast._lazy"}:
                imported |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__getattr__":
            # Names that are loaded when they are first used, and the modules that define them.
            _, homes = node.value.args  # type: ignore[attr-defined]
            imported |= set(ast.literal_eval(homes))
    return listed ^ imported


RULES = (
    upward_imports,
    inner_upward_imports,
    shared_imports,
    door_imports,
    imports_within_functions,
    relative_imports,
    private_imports,
    odd_name,
    long_functions,
    crowded_functions,
    forbidden_calls,
    foreign_imports,
)


@pytest.mark.parametrize("rule", RULES)
def test_every_module_keeps_the_house_rule(rule: Callable[[Module], object]):
    broken = {module.name: rule(module) for module in MODULES}
    assert not {name: faults for name, faults in broken.items() if faults}


def test_no_file_is_too_long():
    lines = {module.name: len(module.text.splitlines()) for module in MODULES}
    assert not {name: count for name, count in lines.items() if count > MOST_LINES}


def test_the_house_is_seen_whole():
    assert {module.room for module in MODULES} == {None, *ROOMS}
    assert {*SHARED, DOOR, "gatecast.__main__"} <= NAMES
    inner = {f"gatecast.{room}.{name}" for room, names in FIRST.items() for name in names}
    assert inner <= NAMES


def test_no_import_cycle():
    assert not import_cycle([module for module in MODULES if module.name != DOOR])


def test_packages_list_what_they_import():
    packages = [module for module in MODULES if module.is_package and module.name != DOOR]
    assert len(packages) >= len(ROOMS)
    assert {package.name: unlisted_names(package) for package in packages} == {
        package.name: set() for package in packages
    }


# The checks themselves


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        (
            "gatecast.data._read",
            "from gatecast.evaluation import verdict",
            ["gatecast.evaluation"],
        ),
        ("gatecast.data._read", "import gatecast.cli", ["gatecast.cli"]),
        ("gatecast.data._read", "cli = lazy('gatecast.cli')", ["gatecast.cli"]),
        ("gatecast.training._loop", "from gatecast import forecasting", ["gatecast.forecasting"]),
        ("gatecast.training._loop", "import gatecast", ["gatecast"]),
        ("gatecast.training._loop", "from gatecast.network import Architecture", []),
        ("gatecast.training._loop", "from gatecast._types import Panel", []),
        ("gatecast.cli._run", "import gatecast", []),
        ("gatecast.network._cells", "def f():\n  from gatecast.cli import main", ["gatecast.cli"]),
    ],
)
def test_upward_imports_are_found(name: str, text: str, found: list[str]):
    assert upward_imports(parsed(name, text)) == found


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        (
            "gatecast.data.calendar._dates",
            "from gatecast.data.panel import append",
            ["gatecast.data.panel"],
        ),
        ("gatecast.data._words", "from gatecast.data import read", ["gatecast.data"]),
        ("gatecast.data.panel._append", "from gatecast.data.calendar import elapsed", []),
        ("gatecast.data.panel._append", "from gatecast.data.panel._head import head", []),
        ("gatecast.data.datasets", "from gatecast.data.reading import read", []),
        ("gatecast.cli._run", "from gatecast.cli._show import say", []),
    ],
)
def test_inner_upward_imports_are_found(name: str, text: str, found: list[str]):
    assert inner_upward_imports(parsed(name, text)) == found


def test_imports_of_shared_modules_are_found():
    module = parsed("gatecast._types", "from gatecast.data import read")
    assert shared_imports(module) == ["gatecast.data"]


def test_ways_through_the_door_are_found():
    module = parsed("gatecast.data.reading._read", "from gatecast._door import door")
    assert door_imports(module) == [DOOR_HOME]


def test_import_cycles_are_found():
    first = parsed("gatecast.data._first", "from gatecast.data._second import b")
    second = parsed("gatecast.data._second", "from gatecast.data import _third")
    third = parsed("gatecast.data._third", "import gatecast.data._first")
    assert set(import_cycle([first, second, third])) == {first.name, second.name, third.name}
    assert not import_cycle([first, second])


def test_a_module_that_imports_its_package_is_a_cycle():
    package = parsed("gatecast.data", "from gatecast.data._read import read", is_package=True)
    module = parsed("gatecast.data._read", "from gatecast.data import Columns")
    assert import_cycle([package, module])


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (imports_within_functions, "def late():\n  if True:\n    import jax"),
        (relative_imports, "from . import _read"),
        (relative_imports, "def late():\n  from .._types import Panel"),
        (private_imports, "from gatecast.data._read import read"),
        (private_imports, "from gatecast.data import _read"),
        (private_imports, "from gatecast.framing.scaling._log import Log"),
        (forbidden_calls, "print('hello')"),
        (forbidden_calls, "warnings.warn('hello', stacklevel=2)"),
        (forbidden_calls, "x = [eval(y) for y in z]"),
        (forbidden_calls, "exec('import os')"),
        (foreign_imports, "import pickle"),
        (foreign_imports, "from keras import layers"),
        (foreign_imports, "def late():\n  import keras.layers"),
        (foreign_imports, "keras = lazy('keras')"),
        (crowded_functions, "def f(a, b, c, d, e, f, g, h, i): ..."),
        (crowded_functions, "def f(a, b, c, /, d, e, *f, g, h, **i): ..."),
        (crowded_functions, "class A:\n  async def f(self, a, b, c, d, *, e, f, g, h, i): ..."),
        (crowded_functions, "def f(a, b, c, d, e, f, g, h, i): ...  # noqa: PLR0913"),
        (long_functions, "def f():\n" + "  a = 1\n" * 60),
    ],
)
def test_faults_are_found(check: Callable[[Module], object], text: str):
    assert check(parsed("gatecast.cli._run", text))


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (imports_within_functions, "if TYPE_CHECKING:\n  import pandas"),
        (private_imports, "from gatecast.cli._show import note"),
        (private_imports, "from gatecast._types import Panel"),
        (private_imports, "from gatecast.cli import _show"),
        (forbidden_calls, "console.print('hello')"),
        (foreign_imports, "from gatecast._backend import keras"),
        (crowded_functions, "class A:\n  def f(self, a, b, c, d, *, e, f, g, h): ..."),
        (crowded_functions, "class A:\n  def __init__(self, a, b, c, d, e, f, g, h, i): ..."),
        (crowded_functions, "def f(  # noqa: PLR0913 (options)\n  a,b,c,d,e,f,g,h,i): ..."),
        (long_functions, "def f():\n" + "  a = 1\n" * 59),
    ],
)
def test_what_is_allowed_is_left_alone(check: Callable[[Module], object], text: str):
    assert not check(parsed("gatecast.cli._run", text))


def test_keras_is_at_home_in_the_backend():
    assert not foreign_imports(parsed(KERAS_HOME, "import keras"))


def test_one_module_gives_warnings():
    assert not forbidden_calls(parsed(WARNINGS_HOME, "warnings.warn('hello')"))


def test_odd_names_are_found():
    assert odd_name(parsed("gatecast.data.read", ""))
    assert not odd_name(parsed("gatecast.data.datasets", ""))
    assert not odd_name(parsed("gatecast.data._read", ""))
    assert not odd_name(parsed("gatecast.data", "", is_package=True))


@pytest.mark.parametrize(
    ("text", "difference"),
    [
        ("from gatecast.data._read import read\n__all__ = ['read']", set()),
        ("from gatecast.data._read import read\n__all__ = []", {"read"}),
        (
            "from gatecast.data._read import read as load\n__all__ = ['read']",
            {"read", "load"},
        ),
        ("__getattr__ = lazy_names('x', {'read': '_read'})\n__all__ = ['read']", set()),
        ("__getattr__ = lazy_names('x', {'read': '_read'})\n__all__ = []", {"read"}),
        ("import json\n__all__ = ['json']", set()),
        ("from gatecast.data._read import read", {"read"}),
    ],
)
def test_unlisted_names_are_found(text: str, difference: set[str]):
    assert unlisted_names(parsed("gatecast.data", text, is_package=True)) == difference
