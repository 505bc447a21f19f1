"""The states of submissions, batches, chunks and re-screens, without SQLAlchemy for the command line."""

SUBMISSION_STATES = ("queued", "matched", "parked")
RESCREEN_STATES = ("running", "done", "overtaken", "parked")

ACTIVE_BATCH_STATES = ("splitting", "screening")
ENDED_BATCH_STATES = ("done", "failed", "cancelled")
BATCH_STATES = ("receiving", *ACTIVE_BATCH_STATES, *ENDED_BATCH_STATES)

PAUSED = "paused"
"""An active batch with its flag `paused` set is shown in this state, which is never stored."""

SHOWN_BATCH_STATES = (*ACTIVE_BATCH_STATES, PAUSED, *ENDED_BATCH_STATES)
"""A batch that is still being received is not shown."""

CHUNK_STATES = ("waiting", "done", "parked")
