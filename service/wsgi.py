"""The application that gunicorn serves; nothing else imports this module."""

import os

from service.application import create_app
from service.observability.log import configure_logging
from settings.configuration import Settings

settings = Settings.from_env(os.environ)
configure_logging(settings.log_level)
app = create_app(settings)
