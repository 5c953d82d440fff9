"""What all pages stand on: who asks, from where, the templates, and the data of a file."""

from gatecast.studio.pages.common._errors import ERROR_PAGES
from gatecast.studio.pages.common._guard import Guard, new_cookie
from gatecast.studio.pages.common._page import (
    Studio,
    ThisFile,
    ThisRun,
    ThisStudio,
    ThisVisitor,
    Visitor,
    back,
    page,
    run_of,
    still_known,
    this_visitor,
)
from gatecast.studio.pages.common._reading import (
    Table,
    Tables,
    reading_of,
    spare_columns,
    summary_of,
    top_of,
    unused_numbers,
)
from gatecast.studio.pages.common._settings import StudioSettings
from gatecast.studio.pages.common._static import Bundle
from gatecast.studio.pages.common._static import routes as static_routes
from gatecast.studio.pages.common._words import duration_words, kind_words, size_words

__all__ = [
    "ERROR_PAGES",
    "Bundle",
    "Guard",
    "Studio",
    "StudioSettings",
    "Table",
    "Tables",
    "ThisFile",
    "ThisRun",
    "ThisStudio",
    "ThisVisitor",
    "Visitor",
    "back",
    "duration_words",
    "kind_words",
    "new_cookie",
    "page",
    "reading_of",
    "run_of",
    "size_words",
    "spare_columns",
    "static_routes",
    "still_known",
    "summary_of",
    "this_visitor",
    "top_of",
    "unused_numbers",
]
