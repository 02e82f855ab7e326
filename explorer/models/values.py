"""What numbers a network expects for the brightness of a pixel. No TensorFlow."""

# What images of 0 to 255 are multiplied by, and what is added then.
VALUES: dict[str, tuple[float, float] | None] = {
    "0 to 255": None,
    "0 to 1": (1 / 255, 0.0),
    "-1 to 1": (1 / 127.5, -1.0),
}
AS_THEY_ARE, SHARES = "0 to 255", "0 to 1"
