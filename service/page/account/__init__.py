"""Sign-in, sign-out and the account page."""
