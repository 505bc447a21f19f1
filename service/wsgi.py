"""The application that gunicorn serves; no other module imports this one."""

import os

from service.application import create_app
from service.observability.log import configure_logging
from settings.configuration import Settings

settings = Settings.from_env(os.environ)
configure_logging(settings.log_level)
app = create_app(settings)
