"""All routes, those that are called most often first."""

from gatecast.serving.http.routes._forecasts import routes as forecasts
from gatecast.serving.http.routes._health import routes as health
from gatecast.serving.http.routes._models import routes as models
from gatecast.serving.http.routes._models import writing as writing_models
from gatecast.serving.http.routes._observations import routes as observations
from gatecast.serving.http.routes._series import routes as series
from gatecast.serving.http.routes._series import writing as writing_series

ROUTERS = (observations, forecasts, health, models, series, writing_series, writing_models)
