"""Names of the tasks: the contract between those who send and those who work."""

MATCH = "trialmatch.match_patient_version"
RESCREEN = "trialmatch.rescreen_site"
RESCREEN_TRIAL = "trialmatch.rescreen_trial"
TOUCH = "trialmatch.touch_row"
SPLIT = "trialmatch.split_batch"
CHUNK = "trialmatch.screen_chunk"
