"""The HTTP API: routes, payloads, problem documents and OpenAPI."""
