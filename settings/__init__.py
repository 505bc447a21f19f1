"""Configuration from the environment, and the roles of users."""
