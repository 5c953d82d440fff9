"""What the studio keeps in the database of the service: visitors, files, runs.

Functions take a connection, in a transaction that `gatecast.serving.store.Database` opens.
"""

from gatecast.studio.store._files import (
    CONTENT,
    StoredFile,
    bytes_of,
    drop_file,
    file_of,
    files_of,
    put_file,
    set_reading,
)
from gatecast.studio.store._parts import (
    content_of,
    names_of,
    parts_of,
    put_content,
    write_content,
)
from gatecast.studio.store._runs import (
    ACTIVE,
    Run,
    RunState,
    begin_next,
    drop_run,
    end_run,
    place_of,
    put_run,
    requeue,
    run_of,
    runs_of,
    share_run,
    shared_run,
    stop_run,
    tell_progress,
    waiting_of,
)
from gatecast.studio.store._visitors import drop_visitor, hash_of, key_of_visitor, put_visitor

__all__ = [
    "ACTIVE",
    "CONTENT",
    "Run",
    "RunState",
    "StoredFile",
    "begin_next",
    "bytes_of",
    "content_of",
    "drop_file",
    "drop_run",
    "drop_visitor",
    "end_run",
    "file_of",
    "files_of",
    "hash_of",
    "key_of_visitor",
    "names_of",
    "parts_of",
    "place_of",
    "put_content",
    "put_file",
    "put_run",
    "put_visitor",
    "requeue",
    "run_of",
    "runs_of",
    "set_reading",
    "share_run",
    "shared_run",
    "stop_run",
    "tell_progress",
    "waiting_of",
    "write_content",
]
