"""Request parameters and response bodies of the API, as marshmallow schemas."""
