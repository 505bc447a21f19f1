"""The only place that knows JSON and YAML shapes: patients, trials, criteria and verdicts."""
