"""One patient against trials: verdicts, reasons, ranking, and what to ask next."""
