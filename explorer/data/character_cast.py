"""The nine characters. Each is told by its form; colours and clothes change in every image."""

from explorer.data.character_beasts import bramble, fennel, pip, rusk, squill, whorl
from explorer.data.character_folk import anvil, nimbus, thimble

# Who they are, and the hue each is known for; neighbours share hues on purpose.
CAST = {
    anvil: 0.58,
    bramble: 0.08,
    fennel: 0.08,
    nimbus: 0.58,
    pip: 0.14,
    rusk: 0.36,
    squill: 0.80,
    thimble: 0.80,
    whorl: 0.36,
}
