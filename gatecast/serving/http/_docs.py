"""The page at /docs: every route, from the OpenAPI document; it needs no other host."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from jinja2 import Environment

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{ title }}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
code { font-family: ui-monospace, monospace; font-size: .9em }
section { border-top: 1px solid #ccc; padding: .5rem 0 }
h2 { font-size: 1.05rem; margin: .5rem 0 }
td, th { text-align: left; padding: .1rem 1rem .1rem 0; vertical-align: top }
@media (prefers-color-scheme: dark) { body { background: #111; color: #ddd } }
</style></head><body>
<h1>{{ title }}</h1>
<p>{{ description }} Version {{ version }}. The whole contract:
<a href="openapi.json">openapi.json</a>. Requests carry <code>Authorization: Bearer KEY</code>;
errors are problem details (RFC 9457).</p>
{% for route in routes %}
<section id="{{ route.name }}"><h2><code>{{ route.method }} {{ route.path }}</code></h2>
<p>{{ route.summary }}</p>
{% if route.parameters %}<table>{% for each in route.parameters %}
<tr><td><code>{{ each.name }}</code></td><td>{{ each.place }}</td><td>{{ each.words }}</td></tr>
{% endfor %}</table>{% endif %}
{% if route.bodies %}<p>Body: {{ route.bodies }}</p>{% endif %}
</section>
{% endfor %}
</body></html>"""


def add_docs(app: FastAPI) -> None:
    """Add the page to an app."""
    page = Environment(autoescape=True).from_string(_PAGE)

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        contract = app.openapi()
        info = contract["info"]
        return HTMLResponse(
            page.render(
                title=info["title"],
                description=info["description"],
                version=info["version"],
                routes=_routes(contract),
            )
        )


def _routes(contract: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "method": method.upper(),
            "path": path,
            "name": route["operationId"],
            "summary": route.get("description", route["summary"]),
            "parameters": [
                {
                    "name": each["name"],
                    "place": each["in"],
                    "words": each.get("description", ""),
                }
                for each in route.get("parameters", ())
            ],
            "bodies": ", ".join(route.get("requestBody", {}).get("content", ())),
        }
        for path, methods in contract["paths"].items()
        for method, route in methods.items()
    ]
