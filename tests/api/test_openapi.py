"""The OpenAPI document: valid, complete, and shown by a page that needs no network."""

import re

from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from tests.api.running import Service


def test_the_document_is_valid_openapi_3_1(service: Service) -> None:
    document = service.app.test_client().get("/api/v1/openapi.json").get_json()
    assert document["openapi"] == "3.1.0"
    validate(document, cls=OpenAPIV31SpecValidator)


def test_every_operation_has_a_name_a_summary_and_the_key(service: Service) -> None:
    document = service.app.test_client().get("/api/v1/openapi.json").get_json()
    operations = [found for path in document["paths"].values() for found in path.values() if isinstance(found, dict)]
    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names)) >= 12
    assert all(operation["summary"] and operation["description"] for operation in operations)
    assert document["security"] == [{"key": []}]


def test_every_problem_is_documented_as_a_problem_document(service: Service) -> None:
    responses = service.app.test_client().get("/api/v1/openapi.json").get_json()["components"]["responses"]
    assert responses
    assert all(list(response["content"]) == ["application/problem+json"] for response in responses.values())


def test_the_page_loads_only_its_own_files(service: Service) -> None:
    client = service.app.test_client()
    page = client.get("/api/v1/docs/")
    files = re.findall(r'(?:src|href|data-document)="([^"]+)"', page.text)
    assert len(files) >= 4
    assert all(file.startswith("/") and not file.startswith("//") for file in files)
    assert all(client.get(file, buffered=True).status_code == 200 for file in files)
    assert not re.search(r"<script(?![^>]*src=)", page.text)
