"""The one exception of the door for images."""


class DataError(ValueError):
    """A problem with the data that the person who brought it can mend."""
