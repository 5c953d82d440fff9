"""Anything a client may do, in any order, against a plain replay by the library."""

import time
from dataclasses import replace
from itertools import count
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from plain_replay import Replays
from served_models import artefact_of, serving
from serving_worker import load
from sqlalchemy import Connection

from gatecast.serving import store
from gatecast.serving._served import Served
from gatecast.serving.engine import (
    Engine,
    Models,
    NewRow,
    Outcome,
    TooFewRowsError,
    Versions,
    observe,
    stands_of,
)
from gatecast.serving.engine._catch_up import catch_up
from gatecast.serving.engine._forecasts import ForecastAnswer, ForecastRequest, forecasts
from gatecast.serving.store import Database

pytestmark = pytest.mark.filterwarnings("ignore:.*count as missing")

KIND = "integer"
# Another version of the same model.
OTHER = "integer again"
IDS = ("a", "b", "new")
ROWS = {name: load(name, 0 if name == "new" else 43, 300) for name in IDS}
VALUES = st.floats(0, 100, width=32)
FEW = st.integers(1, 12)


class Client(RuleBasedStateMachine):
    """Sends rows of three series, the last of which is new to the model."""

    url: str
    numbers = count()
    replays: ClassVar = {kind: Replays(kind) for kind in (KIND, OTHER)}

    def __init__(self) -> None:
        super().__init__()
        # Each example has a model of its own in the same database, with a log of its own.
        self.model = f"model {next(self.numbers)}"
        self.database = Database(self.url)
        self.models = serving(self.database, KIND, names=[self.model])
        self.serves, self.before = KIND, ""
        self.known: dict[str, dict[int, NewRow]] = {name: {} for name in IDS}
        self.left_out: list[NewRow] = []
        self.sent = dict.fromkeys(IDS, 0)

    def teardown(self) -> None:
        self.database.close()

    @rule(name=st.sampled_from(IDS), many=FEW)
    def observe_next(self, name: str, many: int) -> None:
        self._send(self._next(name, many))

    @rule(many=FEW)
    def observe_all_series(self, many: int) -> None:
        self._send(*([row] for name in IDS for row in self._next(name, many)))

    @rule(name=st.sampled_from(IDS), many=st.integers(1, 3))
    @precondition(lambda self: self.known["new"])
    def leave_out(self, name: str, many: int) -> None:
        self.left_out += self._next(name, many)

    @rule(chance=st.randoms(use_true_random=False))
    @precondition(lambda self: self.left_out)
    def send_late(self, chance: Any) -> None:
        chance.shuffle(self.left_out)
        late, self.left_out = self.left_out, []
        self._send(late)

    @rule(name=st.sampled_from(IDS), place=st.integers(0, 200), y=VALUES)
    @precondition(lambda self: any(self.known.values()))
    def correct(self, name: str, place: int, y: float) -> None:
        rows = [*self.known[name].values()]
        if rows:
            self._send([replace(rows[place % len(rows)], y=y)])

    @rule(name=st.sampled_from(IDS), y=VALUES)
    def correct_in_the_same_transaction(self, name: str, y: float) -> None:
        rows = self._next(name, 3)
        self._send(rows, [replace(rows[1], y=y)])

    @rule(name=st.sampled_from(IDS))
    def duplicate(self, name: str) -> None:
        rows = [*self.known[name].values()][-5:]
        with self.database.writing() as connection:
            served = self.models.serving(connection, self.model)
            (found,) = observe(connection, served, [rows])
        assert isinstance(found, Outcome)
        assert (found.accepted, found.duplicates) == (0, len(rows))

    @rule(name=st.sampled_from(IDS))
    def send_what_is_refused(self, name: str) -> None:
        rows = [*self._next(name, 2), replace(ROWS[name][0], ds=10**9)]
        self.sent[name] -= 2
        with self.database.writing() as connection:
            served = self.models.serving(connection, self.model)
            (found,) = observe(connection, served, [rows])
        assert isinstance(found, Exception)

    @rule(rows=st.sampled_from([1, 40]))
    def prepare_the_other_version(self, rows: int) -> None:
        """A step towards the switch; rows that come between two steps are read as well."""
        with self.database.writing() as connection:
            candidate = self._other(connection)
            versions = store.versions_of(connection, self.model)
            assert versions is not None
            left = store.behind(connection, self.model, candidate.version, versions.version)
            catch_up(connection, candidate, left, rows)

    @rule()
    def switch_to_the_other_version(self) -> None:
        """Forth, or back."""
        engine = Engine(self.database, self.models)
        versions = Versions(self.database, self.models, engine)
        engine.start()
        try:
            if self.before:
                versions.rollback(self.model)
            else:
                versions.prepare(self.model, artefact_of(OTHER))
            while (found := versions.progress(self.model)) and found.state == "replaying":
                time.sleep(0.002)
        finally:
            versions.close()
            engine.close()
        assert found is not None
        assert found.state == "serving", found.error
        self.serves, self.before = OTHER if self.serves == KIND else KIND, self.serves

    def _other(self, connection: Connection) -> Served:
        kind = OTHER if self.serves == KIND else KIND
        version = store.put_artefact(connection, self.model, artefact_of(kind))
        return self.models.version(connection, self.model, version)

    @rule()
    def restart(self) -> None:
        self.database.close()
        self.database, self.models = Database(self.url), Models()

    @invariant()
    def forecast(self) -> None:
        with self.database.reading() as connection:
            served = self.models.serving(connection, self.model)
            requests = [ForecastRequest(name) for name in IDS if self.known[name]]
            answers = forecasts(connection, served, requests)
            stands = stands_of(connection, served, [each.unique_id for each in requests])
        for request, answer in zip(requests, answers, strict=True):
            name = request.unique_id
            plain = self.replays[self.serves].of(name, [*self.known[name].values()])
            if plain.state is None:
                assert isinstance(answer, TooFewRowsError)
                continue
            assert isinstance(answer, ForecastAnswer)
            assert answer.model_version == store.version_of(artefact_of(self.serves))
            assert stands[name].state.tobytes() == plain.state.tobytes()  # type: ignore[union-attr]
            assert [row["LSTM"] for row in answer.rows] == plain.forecast()
            assert answer.record == plain.track
            assert int(answer.as_of) == max(self.known[name])

    def _next(self, name: str, many: int) -> list[NewRow]:
        self.sent[name] += many
        return ROWS[name][self.sent[name] - many : self.sent[name]]

    def _send(self, *requests: list[NewRow]) -> None:
        with self.database.writing() as connection:
            served = self.models.serving(connection, self.model)
            found = observe(connection, served, requests)
        for rows, outcome in zip(requests, found, strict=True):
            assert isinstance(outcome, Outcome), outcome
            assert outcome.accepted + outcome.duplicates == len(rows)
            for row in rows:
                self.known[row.unique_id][row.ds] = row


def run(url: str, examples: int, steps: int, number: int) -> None:
    class OnThis(Client):
        pass

    OnThis.url = url
    how = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
    )
    run_state_machine_as_test(seed(number)(OnThis), settings=how)


def test_whatever_a_client_does_it_is_as_replayed(url: str):
    run(url, examples=4, steps=12, number=1)


@pytest.mark.slow
def test_whatever_many_clients_do_it_is_as_replayed(url: str):
    run(url, examples=15, steps=30, number=2)
