"""From findings to the patient summary: choosing among mentions, joining what belongs together."""
