"""The coordinator's page: server-rendered, for a browser with or without JavaScript."""
