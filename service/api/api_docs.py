"""Serves Swagger UI from the assets of its package, without network access or inline scripts."""

from importlib.resources import files

from flask import Flask, Response, make_response, render_template, send_from_directory

from service.security.headers import SWAGGER_POLICY

ASSETS_FOLDER = files("flask_swagger_ui") / "dist"
DOCS_PATH = "/api/v1/docs"


def register(app: Flask) -> None:
    """Serve the page and its assets."""

    def page() -> Response:
        response = make_response(render_template("api_docs.html"))
        response.headers["Content-Security-Policy"] = SWAGGER_POLICY
        return response

    def asset(name: str) -> Response:
        response = send_from_directory(str(ASSETS_FOLDER), name)
        response.headers["Cache-Control"] = "max-age=86400"
        return response

    app.add_url_rule(f"{DOCS_PATH}/", endpoint="api_docs", view_func=page)
    app.add_url_rule(f"{DOCS_PATH}/assets/<name>", endpoint="api_docs_asset", view_func=asset)
