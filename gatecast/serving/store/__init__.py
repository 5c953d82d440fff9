"""What the service keeps: SQLite or PostgreSQL, through SQLAlchemy and Alembic.

The log of observations is the truth; states and snapshots of series are derived from it. Models and
their versions, and keys, are stored beside them, so that a database is all there is to a service.
Functions take a connection, in a transaction that `Database` opens.
"""

from gatecast.serving.store._artefacts import (
    ServedVersions,
    artefact,
    models,
    put_artefact,
    serve_version,
    version_of,
    versions_of,
)
from gatecast.serving.store._database import (
    Database,
    StoreError,
    StoreFullError,
    StoreUnavailableError,
)
from gatecast.serving.store._export import export_state
from gatecast.serving.store._import import import_state
from gatecast.serving.store._keys import Key, Permission, add_key, key_of, keys, revoke_key
from gatecast.serving.store._layout import MovedState
from gatecast.serving.store._log import (
    SNAPSHOT_EVERY,
    Observation,
    Snapshot,
    StoredState,
    append,
    bounds_of,
    count_series,
    drop_series,
    drop_snapshots,
    futures_of,
    ids_of,
    lock_series,
    numbers_of,
    observations_at,
    observations_of,
    put_futures,
    put_snapshots,
    put_states,
    series_of,
    snapshot_before,
    some_states,
    states_of,
)
from gatecast.serving.store._requests import StoredRequest, begin_requests, end_requests
from gatecast.serving.store._versions import (
    Behind,
    Preparation,
    PreparationState,
    behind,
    forget_versions,
    preparation_of,
    preparations,
    put_preparation,
    rows_until,
)

__all__ = [
    "SNAPSHOT_EVERY",
    "Behind",
    "Database",
    "Key",
    "MovedState",
    "Observation",
    "Permission",
    "Preparation",
    "PreparationState",
    "ServedVersions",
    "Snapshot",
    "StoreError",
    "StoreFullError",
    "StoreUnavailableError",
    "StoredRequest",
    "StoredState",
    "add_key",
    "append",
    "artefact",
    "begin_requests",
    "behind",
    "bounds_of",
    "count_series",
    "drop_series",
    "drop_snapshots",
    "end_requests",
    "export_state",
    "forget_versions",
    "futures_of",
    "ids_of",
    "import_state",
    "key_of",
    "keys",
    "lock_series",
    "models",
    "numbers_of",
    "observations_at",
    "observations_of",
    "preparation_of",
    "preparations",
    "put_artefact",
    "put_futures",
    "put_preparation",
    "put_snapshots",
    "put_states",
    "revoke_key",
    "rows_until",
    "series_of",
    "serve_version",
    "snapshot_before",
    "some_states",
    "states_of",
    "version_of",
    "versions_of",
]
