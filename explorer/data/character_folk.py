"""Three of the nine characters, the made ones: a robot, a cloud and a gnome."""

import numpy as np

from explorer.data.character_canvas import Canvas, box, curve, darker, lighter, oval, smooth, taper
from explorer.data.character_parts import (
    WHITE,
    Palette,
    Pose,
    arms,
    cheeks,
    eyes,
    face,
    hands,
    legs,
    mouth,
)


def anvil(canvas: Canvas, pose: Pose, palette: Palette):
    """A stocky robot: square head with a screen for a face, aerial, bolts and pincers."""
    metal, screen = palette.main, lighter(palette.soft, 0.5)
    legs(canvas, pose, (0.2, 0.5), 0.14, (darker(metal, 0.35), palette.cloth))
    for points in hands(pose, 0.4, 0.08, 0.52):
        canvas.tube(points, 0.11, darker(metal, 0.3))
        _pincer(canvas, points, palette.accent)
    canvas.shape(box(0.4 * pose.lean, 0.3, 0.78, 0.62, 0.06), metal, shade=True)
    canvas.shape(box(0.4 * pose.lean, 0.34, 0.36, 0.26), palette.cloth)
    canvas.dot(0.4 * pose.lean - 0.08, 0.34, 0.05, palette.accent)
    canvas.dot(0.4 * pose.lean + 0.08, 0.34, 0.05, WHITE)
    tip = pose.lean + 0.12 * np.sin(pose.sway)
    canvas.line(curve((pose.lean, -0.7), (pose.lean, -0.85), (tip, -0.92)), 0.05)
    canvas.shape(oval(tip, -0.93, 0.075, 0.075), palette.accent)
    for side in (-1, 1):
        canvas.shape(box(pose.lean + 0.5 * side, -0.38, 0.14, 0.24), palette.accent)
    canvas.shape(box(pose.lean, -0.38, 0.94, 0.66), metal, shade=True)
    canvas.shape(box(pose.lean + 0.05 * pose.look, -0.36, 0.7, 0.44), screen)
    face(canvas, pose, pose.lean, -0.36, 0.4)


def _pincer(canvas: Canvas, points: np.ndarray, color):
    """Draw a claw of two fingers that goes on in the direction of the arm."""
    end, before = points[-1], points[-3]
    along = (end - before) / (np.hypot(*(end - before)) + 1e-9)
    across = np.array([-along[1], along[0]])
    for side in (-1, 1):
        knuckle = end + 0.13 * side * across + 0.05 * along
        canvas.tube(curve(end, knuckle, end + 0.2 * along + 0.07 * side * across), 0.06, color)


def nimbus(canvas: Canvas, pose: Pose, palette: Palette):
    """A cloud in a short coat and rain boots."""
    legs(canvas, pose, (0.13, 0.62), 0.13, (darker(palette.cloth, 0.4), palette.accent))
    arms(canvas, pose, (0.16, 0.3), 0.42, 0.12, (palette.cloth, palette.main))
    coat = smooth((pose.lean - 0.16, 0.1), (pose.lean + 0.16, 0.1), (0.36, 0.72), (-0.36, 0.72))
    canvas.shape(coat, palette.cloth, shade=True)
    for y in (0.36, 0.5, 0.64):
        canvas.dot(0.3 * pose.lean, y, 0.032, palette.accent)
    x, puff = pose.lean, 0.03 * np.sin(pose.sway)
    circles = [(x - 0.42, -0.22, 0.27 + puff), (x + 0.42, -0.2, 0.28 - puff), (x, -0.2, 0.38)]
    circles += [(x - 0.2, -0.56, 0.3 - puff), (x + 0.23, -0.52, 0.27 + puff), (x, -0.05, 0.28)]
    canvas.cluster(circles, lighter(palette.main, 0.25))
    canvas.shape(oval(x, -0.22, 0.36, 0.3), lighter(palette.main, 0.25), inked=False)
    cheeks(canvas, pose, x, -0.1, 0.3, palette.accent)
    face(canvas, pose, x, -0.24, 0.46)


def thimble(canvas: Canvas, pose: Pose, palette: Palette):
    """A gnome: a tall bent hat, a bulb of a nose and a beard down to the belt."""
    x, hat = pose.lean, palette.cloth
    legs(canvas, pose, (0.17, 0.72), 0.17, (darker(hat, 0.3), darker(palette.accent, 0.4)))
    arms(canvas, pose, (0.3, 0.28), 0.4, 0.16, (palette.accent, palette.skin))
    tunic = smooth((x - 0.24, 0.1), (x + 0.24, 0.1), (0.42, 0.8), (0, 0.86), (-0.42, 0.8))
    canvas.shape(tunic, palette.accent, shade=True)
    canvas.shape(oval(x, -0.12, 0.36, 0.28), palette.skin, shade=True)
    middle = x + 0.1 * pose.look
    beard = [(x - 0.38, -0.1), (middle, 0.02), (x + 0.38, -0.1), (x + 0.34, 0.26)]
    beard += [(x + 0.16, 0.4), (middle + 0.05 * np.sin(pose.sway), 0.62), (x - 0.16, 0.4)]
    canvas.shape(smooth(*beard, (x - 0.34, 0.26)), lighter(palette.main, 0.6), shade=True)
    mouth(canvas, pose, middle, 0.17, 0.12)
    eyes(canvas, pose, middle, -0.17, 0.16, 0.09)
    canvas.shape(oval(middle + 0.06 * pose.look, 0.0, 0.12, 0.1), darker(palette.skin, 0.15))
    tip = (x + 0.42 * np.sin(pose.sway), -1.05 + 0.12 * abs(np.sin(pose.sway)))
    canvas.shape(taper(curve((x, -0.2), (x, -0.75), tip), 0.92, 0.05), hat, shade=True)
    canvas.shape(smooth(*oval(x, -0.28, 0.48, 0.1)[::4]), lighter(hat, 0.3))
