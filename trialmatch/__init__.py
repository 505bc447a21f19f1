"""Match thyroid-cancer patients against encoded clinical trials."""
