"""What goes wrong when something is made into a run."""


class ImportFailed(ValueError):
    """What was given cannot be made into a run; says what came, what was expected, what to do."""
