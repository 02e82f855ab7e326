"""What all cartoon characters share: a pose, a palette, and the parts of faces and limbs."""

from dataclasses import dataclass

import numpy as np

from explorer.data.character_canvas import Canvas, Color, curve, darker, hsv, lighter, oval, smooth

MOUTHS = ("smile", "grin", "open", "round", "flat", "frown", "smirk")
WHITE = (252, 250, 244)


@dataclass(frozen=True)
class Pose:
    """How a figure stands and what its face does.

    Args:
        look: How far head and face are turned, -1 (left) to 1 (right).
        lean: How far the top of the body leans to the side, in figure units.
        arms: Angle of each arm, 0 hangs down, in radians.
        elbows: Bend of each arm, in figure units.
        stride: How far each foot is set out from its place, in figure units.
        gaze: Where the eyes look. (x, y), each -1 to 1
        open_eyes: 0 (blink) to 1 (wide).
        brows: -1 (cross) to 1 (worried).
        mouth: One of `MOUTHS`.
        sway: Phase of tails, tentacles, ears and other soft parts, in radians.
    """

    look: float
    lean: float
    arms: tuple[float, float]
    elbows: tuple[float, float]
    stride: tuple[float, float]
    gaze: tuple[float, float]
    open_eyes: float
    brows: float
    mouth: str
    sway: float


@dataclass(frozen=True)
class Palette:
    """Colours of one figure: its main parts, lighter parts, clothes, small accents, and skin."""

    main: Color
    soft: Color
    cloth: Color
    accent: Color
    skin: Color


def random_pose(rng: np.random.Generator) -> Pose:
    """Draw a pose."""
    arms, elbows = rng.uniform(-0.3, 2.6, 2), rng.uniform(-0.16, 0.2, 2)
    blink = rng.random() < 0.12
    return Pose(
        look=float(rng.uniform(-1, 1)),
        lean=float(rng.normal(0, 0.09)),
        arms=tuple(arms.tolist()),
        elbows=tuple(elbows.tolist()),
        stride=tuple(rng.uniform(-0.05, 0.18, 2).tolist()),
        gaze=tuple(rng.uniform(-1, 1, 2).tolist()),
        open_eyes=0.0 if blink else float(rng.uniform(0.55, 1)),
        brows=float(rng.uniform(-1, 1)),
        mouth=MOUTHS[rng.integers(len(MOUTHS))],
        sway=float(rng.uniform(0, 2 * np.pi)),
    )


def random_palette(rng: np.random.Generator, home_hue: float) -> Palette:
    """Draw colours: two in three figures wear the hue they are known for, others any."""
    at_home = rng.random() < 0.65
    hue = home_hue + rng.normal(0, 0.06) if at_home else rng.random()
    saturation, value = rng.uniform(0.45, 0.95), rng.uniform(0.55, 1.0)
    main = hsv(hue, saturation, value)
    return Palette(
        main=main,
        soft=lighter(main, rng.uniform(0.35, 0.75)),
        cloth=hsv(rng.random(), rng.uniform(0.3, 0.9), rng.uniform(0.35, 0.95)),
        accent=hsv(rng.random(), rng.uniform(0.5, 1.0), rng.uniform(0.6, 1.0)),
        skin=hsv(rng.uniform(0.02, 0.1), rng.uniform(0.2, 0.6), rng.uniform(0.45, 1.0)),
    )


def eye(canvas: Canvas, pose: Pose, x: float, y: float, size: float):
    """Draw one eye: a white with a pupil, or a closed lid."""
    if pose.open_eyes == 0:
        canvas.line(curve((x - size, y), (x, y + size), (x + size, y)))
        return
    canvas.shape(oval(x, y, size, size * (0.55 + 0.6 * pose.open_eyes)), WHITE)
    pupil_x = x + pose.gaze[0] * size * 0.4
    pupil_y = y + pose.gaze[1] * size * 0.3
    canvas.dot(pupil_x, pupil_y, size * 0.52, (22, 16, 30))
    canvas.dot(pupil_x - size * 0.18, pupil_y - size * 0.2, size * 0.17, WHITE)


def eyes(canvas: Canvas, pose: Pose, x: float, y: float, apart: float, size: float):
    """Draw both eyes, and brows that say how the figure feels."""
    for side in (-1, 1):
        narrower = 1 - 0.18 * max(0.0, side * pose.look)
        eye_x = x + side * apart * narrower
        eye(canvas, pose, eye_x, y, size * narrower)
        if abs(pose.brows) > 0.35:
            brow_y, tilt = y - size * 1.75, 0.5 * size * pose.brows
            ends = [(eye_x - side * size, brow_y - tilt), (eye_x + side * size, brow_y + tilt)]
            canvas.line(np.array(ends), 0.045)


def mouth(canvas: Canvas, pose: Pose, x: float, y: float, size: float):
    """Draw the mouth of the pose, `size` being half its width."""
    rise = {"smile": 0.9, "flat": 0.0, "frown": -0.8, "smirk": 0.5}.get(pose.mouth)
    if pose.mouth == "round":
        canvas.shape(oval(x, y + 0.2 * size, 0.42 * size, 0.55 * size), (120, 40, 50))
    elif rise is None:
        low = 1.0 if pose.mouth == "open" else 0.6
        corners = [(x - size, y - 0.1 * size), (x, y + 0.1 * size), (x + size, y - 0.1 * size)]
        color = (150, 45, 55) if pose.mouth == "open" else WHITE
        canvas.shape(smooth(*corners, (x, y + low * size)), color)
    else:
        lift = 0.4 * size if pose.mouth == "smirk" else 0.0
        ends = (x - size, y), (x, y + 1.1 * rise * size), (x + size, y - lift)
        canvas.line(curve(*ends), 0.042)


def face(canvas: Canvas, pose: Pose, x: float, y: float, size: float):
    """Draw eyes and mouth around (x, y), shifted to where the head is turned."""
    x += 0.35 * size * pose.look
    eyes(canvas, pose, x, y - 0.18 * size, 0.42 * size, 0.25 * size)
    mouth(canvas, pose, x + 0.08 * size * pose.look, y + 0.42 * size, 0.34 * size)


def hands(pose: Pose, x: float, y: float, length: float) -> list[np.ndarray]:
    """Return the curves of both arms, from shoulders `x` away from the middle. (points, 2) each"""
    curves = []
    for side, angle, bend in zip((-1, 1), pose.arms, pose.elbows, strict=True):
        start = np.array([side * x + pose.lean, y])
        reach = np.array([side * np.sin(angle), np.cos(angle)]) * length
        elbow = start + 0.55 * reach + np.array([side * bend, abs(bend)])
        curves.append(curve(start, elbow, start + reach))
    return curves


def arms(canvas: Canvas, pose: Pose, at: tuple[float, float], length: float, width: float, colors):
    """Draw both arms; `colors` are those of the sleeve and of the hand."""
    for points in hands(pose, *at, length):
        canvas.tube(points, width, colors[0])
        canvas.shape(oval(*points[-1], 0.72 * width, 0.72 * width), colors[1])


def legs(canvas: Canvas, pose: Pose, at: tuple[float, float], width: float, colors):
    """Draw both legs down to y = 1; `colors` are those of the leg and of the shoe."""
    x, y = at
    for side, stride in zip((-1, 1), pose.stride, strict=True):
        foot = side * (x + stride)
        canvas.tube(curve((side * x, y), (foot, (y + 0.92) / 2), (foot, 0.9)), width, colors[0])
        toe = foot + 0.45 * width * (side if abs(pose.look) < 0.4 else np.sign(pose.look))
        canvas.shape(oval(toe, 0.92, 0.95 * width, 0.52 * width), colors[1], shade=True)


def cheeks(canvas: Canvas, pose: Pose, x: float, y: float, apart: float, color: Color):
    """Draw two blushing cheeks."""
    for side in (-1, 1):
        spot = oval(x + 0.35 * apart * pose.look + side * apart, y, 0.07, 0.05)
        canvas.shape(spot, darker(color, 0.05), inked=False)
