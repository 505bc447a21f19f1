"""Authentication of API keys, the cookie key, security headers and body limits."""
