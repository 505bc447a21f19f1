"""Authentication, security headers and body limits."""
