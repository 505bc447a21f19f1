"""The result of one patient: verdicts, questions, definitions and the screening log."""
