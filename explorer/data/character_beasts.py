"""Six of the nine characters: hedgehog, rabbit, bird, dragon, octopus and snail."""

import numpy as np

from explorer.data.character_canvas import Canvas, box, curve, darker, lighter, oval, smooth, taper
from explorer.data.character_parts import (
    WHITE,
    Palette,
    Pose,
    arms,
    cheeks,
    eye,
    eyes,
    face,
    legs,
    mouth,
)


def bramble(canvas: Canvas, pose: Pose, palette: Palette):
    """A ball of spines with a bright face, a pointed snout, small ears and tiny feet."""
    legs(canvas, pose, (0.22, 0.6), 0.15, (palette.soft, palette.soft))
    for size, turn, color in ((0.86, 0.0, darker(palette.main, 0.25)), (0.7, 0.2, palette.main)):
        angles = np.arange(30) * np.pi / 15 + turn + 0.1 * np.sin(pose.sway)
        reach = np.where(np.arange(30) % 2, 0.74, 1.0) * size
        spines = np.stack([1.02 * reach * np.sin(angles), -reach * np.cos(angles)], axis=1)
        canvas.shape(spines + (pose.lean, 0.0), color)
    middle = pose.lean + 0.2 * pose.look
    for side in (-1, 1):
        canvas.shape(oval(middle + 0.34 * side, -0.2, 0.13, 0.13), palette.soft)
    canvas.shape(oval(middle, 0.2, 0.47, 0.42), lighter(palette.soft, 0.35), shade=True)
    eyes(canvas, pose, middle + 0.05 * pose.look, 0.04, 0.2, 0.11)
    tip = middle + 0.32 * pose.look
    canvas.shape(oval((tip + middle) / 2, 0.26, 0.2 + 0.1 * abs(pose.look), 0.13), palette.soft)
    canvas.shape(oval(tip, 0.21, 0.085, 0.07), palette.cloth)
    mouth(canvas, pose, middle + 0.1 * pose.look, 0.46, 0.12)
    arms(canvas, pose, (0.44, 0.36), 0.26, 0.11, (palette.soft, palette.soft))


def fennel(canvas: Canvas, pose: Pose, palette: Palette):
    """A long-eared hopper with big feet, two teeth and dungarees."""
    fur, inside = palette.main, palette.soft
    top = pose.lean
    for side, bend in ((-1, pose.elbows[0]), (1, pose.elbows[1])):
        tip = (top + side * (0.24 + 1.6 * bend), -1.06 + 1.2 * abs(bend))
        spine = curve((top + 0.17 * side, -0.36), (top + 0.2 * side, -0.9), tip)
        canvas.tube(spine, 0.2, fur)
        canvas.line(spine[2:], 0.09, inside)
    canvas.shape(oval(-0.34 * np.sign(pose.look), 0.62, 0.13, 0.13), WHITE)
    legs(canvas, pose, (0.17, 0.68), 0.2, (palette.cloth, fur))
    arms(canvas, pose, (0.24, 0.24), 0.44, 0.13, (fur, fur))
    body = smooth((top - 0.2, 0.1), (top + 0.2, 0.1), (0.34, 0.55), (0, 0.82), (-0.34, 0.55))
    canvas.shape(body, fur)
    trousers = smooth((-0.17, 0.34), (0.17, 0.34), (0.34, 0.56), (0, 0.84), (-0.34, 0.56))
    canvas.shape(trousers, palette.cloth, shade=True)
    canvas.dot(-0.1, 0.42, 0.035, palette.accent)
    canvas.dot(0.1, 0.42, 0.035, palette.accent)
    canvas.shape(oval(top, -0.18, 0.45, 0.36), fur, shade=True)
    middle = top + 0.13 * pose.look
    eyes(canvas, pose, middle, -0.25, 0.19, 0.11)
    for side in (-1, 1):
        canvas.shape(box(middle + 0.05 * side, 0.06, 0.1, 0.14), WHITE)
    canvas.shape(oval(middle, -0.03, 0.17, 0.1), inside)
    canvas.shape(oval(middle + 0.04 * pose.look, -0.09, 0.07, 0.05), palette.accent)


def pip(canvas: Canvas, pose: Pose, palette: Palette):
    """An egg of a bird: beak, crest, wings, tail feathers and thin legs."""
    top, away = pose.lean, -np.sign(pose.look)
    for side, stride in zip((-1, 1), pose.stride, strict=True):
        foot = side * (0.16 + stride)
        canvas.line(np.array([(0.16 * side, 0.55), (foot, 0.94)]), 0.06)
        for toe in (-0.13, 0, 0.13):
            canvas.line(np.array([(foot, 0.88), (foot + toe, 0.99)]), 0.06)
    for lift in (-0.12, 0.06, 0.22):
        feather = curve((away * 0.3, 0.42), (away * 0.6, 0.4), (away * 0.78, 0.2 + lift))
        canvas.tube(feather, 0.12, palette.cloth)
    for turn in (-0.5, 0.0, 0.5):
        tip = (top + 0.36 * np.sin(turn + 0.4 * np.sin(pose.sway)), -0.62 - 0.34 * np.cos(turn))
        canvas.tube(curve((top, -0.55), (top + 0.05, -0.75), tip), 0.08, palette.accent)
    body = [(top, -0.72), (top + 0.36, -0.45), (0.5, 0.25), (0, 0.72), (-0.5, 0.25)]
    canvas.shape(smooth(*body, (top - 0.36, -0.45)), palette.main, shade=True)
    canvas.shape(oval(0.12 * pose.look, 0.36, 0.32, 0.28), palette.soft, inked=False)
    for side, angle in zip((-1, 1), pose.arms, strict=True):
        tip = np.array([side * (0.34 + 0.5 * np.sin(angle)), 0.02 + 0.5 * np.cos(angle)])
        wing = taper(curve((0.3 * side, -0.12), (0.62 * side, 0.1), tip), 0.16, 0.2)
        canvas.shape(smooth(*wing[::3]), palette.cloth, shade=True)
    middle = top + 0.2 * pose.look
    eyes(canvas, pose, middle - 0.04 * pose.look, -0.38, 0.17, 0.12)
    _beak(canvas, pose, middle, palette.accent)


def _beak(canvas: Canvas, pose: Pose, x: float, color):
    """Draw a beak that points where the bird looks, open for the open mouths."""
    tip = x + 0.34 * pose.look
    if pose.mouth in ("open", "round", "grin"):
        lower = np.array([(x - 0.11, -0.17), (x + 0.11, -0.17), (tip, 0.06)])
        canvas.shape(lower, darker(color, 0.35))
    canvas.shape(np.array([(x - 0.16, -0.24), (x, -0.3), (x + 0.16, -0.24), (tip, -0.05)]), color)


def rusk(canvas: Canvas, pose: Pose, palette: Palette):
    """A small dragon: horns, a broad muzzle, a banded belly, a spiked tail and stub wings."""
    facing = 1 if pose.look >= 0 else -1
    top, end = pose.lean, (-facing * 0.95, 0.45 + 0.25 * np.sin(pose.sway))
    tail = curve((0, 0.6), (-facing * 0.5, 0.95), (-facing * 0.8, 0.9), end)
    for x, y in tail[3::2]:
        spike = [(x - 0.1, y), (x - 0.03 * facing, y - 0.24), (x + 0.1, y)]
        canvas.shape(np.array(spike), palette.accent)
    canvas.shape(taper(tail, 0.42, 0.04), palette.main)
    for side in (-1, 1):
        flap = 0.12 * np.sin(pose.sway)
        wing = [(0.2 * side, 0.1), (0.66 * side, -0.3 + flap), (0.62 * side, 0.12 + flap)]
        canvas.shape(np.array([*wing, (0.42 * side, 0.16), (0.3 * side, 0.36)]), palette.cloth)
    legs(canvas, pose, (0.22, 0.68), 0.22, (palette.main, palette.main))
    body = smooth((top, 0.0), (0.34, 0.3), (0.38, 0.68), (0, 0.9), (-0.38, 0.68), (-0.34, 0.3))
    canvas.shape(body, palette.main, shade=True)
    canvas.shape(oval(0.1 * pose.look, 0.55, 0.24, 0.29), palette.soft)
    for y in (0.42, 0.55, 0.68):
        canvas.line(curve((0.1 * pose.look - 0.2, y), (0, y + 0.05), (0.1 * pose.look + 0.2, y)))
    arms(canvas, pose, (0.28, 0.26), 0.3, 0.13, (palette.main, palette.main))
    _dragon_head(canvas, pose, palette)


def _dragon_head(canvas: Canvas, pose: Pose, palette: Palette):
    """Draw the head of `rusk`: horns, eyes on top, and a muzzle with nostrils and fangs."""
    x = pose.lean + 0.06 * pose.look
    for side in (-1, 1):
        horn = curve((x + 0.2 * side, -0.5), (x + 0.42 * side, -0.7), (x + 0.3 * side, -1.0))
        canvas.shape(taper(horn, 0.19, 0.02), palette.accent)
    canvas.shape(oval(x, -0.36, 0.4, 0.34), palette.main, shade=True)
    muzzle = x + 0.3 * pose.look
    for side in (-1, 1):
        fang = np.array([(-0.05, -0.06), (0.05, -0.06), (0, 0.09)]) + (muzzle + 0.16 * side, 0)
        canvas.shape(fang, WHITE)
    canvas.shape(oval(muzzle, -0.17, 0.4, 0.19), palette.soft, shade=True)
    for side in (-1, 1):
        canvas.dot(muzzle + 0.12 * side, -0.24, 0.035, canvas.ink)
    mouth(canvas, pose, muzzle, -0.13, 0.2)
    eyes(canvas, pose, x + 0.1 * pose.look, -0.48, 0.17, 0.12)


def squill(canvas: Canvas, pose: Pose, palette: Palette):
    """A tall soft dome on six curling tentacles."""
    top = 1.4 * pose.lean
    for number in range(6):
        side = (number - 2.5) / 2.5
        wave = 0.16 * np.sin(pose.sway + 1.9 * number)
        knee = (0.72 * side + wave, 0.62)
        end = (0.8 * side - wave, 0.86 + 0.1 * np.cos(pose.sway + number))
        start = (0.34 * side, 0.2)
        points = curve(start, knee, (0.55 * side + wave, 1.0), end)
        canvas.tube(points, 0.15, palette.main if number % 2 else darker(palette.main, 0.15))
        for x, y in points[4::2]:
            canvas.dot(x, y, 0.035, palette.soft)
    dome = [(top, -0.96), (top + 0.42, -0.72), (top + 0.46, -0.3), (0.36, 0.05), (0.42, 0.3)]
    mirrored = [(-0.42, 0.3), (-0.36, 0.05), (top - 0.46, -0.3), (top - 0.42, -0.72)]
    canvas.shape(smooth(*dome, (0, 0.4), *mirrored), palette.main, shade=True)
    for x, y, size in ((-0.2, -0.66, 0.1), (0.05, -0.78, 0.06), (0.24, -0.58, 0.08)):
        canvas.shape(oval(top + x, y, size, size), palette.cloth, inked=False)
    cheeks(canvas, pose, 0.3 * top, 0.12, 0.3, palette.accent)
    face(canvas, pose, 0.4 * top, -0.1, 0.5)


def whorl(canvas: Canvas, pose: Pose, palette: Palette):
    """A snail: a coiled shell on a long foot, eyes on two stalks."""
    sway = 0.08 * np.sin(pose.sway)
    foot = [(-0.95, 0.92), (-0.5, 0.72), (0.2, 0.7), (0.36, 0.3 + pose.lean), (0.68, 0.2)]
    foot += [(0.84, 0.5), (0.72, 0.84), (0.3, 0.96)]
    head = np.array([0.62, 0.32])
    stalks = [head + (-0.14 + sway, -0.62), head + (0.2 + sway, -0.56 + 0.2 * pose.elbows[1])]
    for start, end in zip((-0.08, 0.1), stalks, strict=True):
        canvas.tube(curve(head + (start, 0), head + (start, -0.3), end), 0.08, palette.main)
    canvas.shape(smooth(*foot), palette.main, shade=True)
    for end in stalks:
        eye(canvas, pose, *end, 0.14)
    mouth(canvas, pose, 0.64, 0.48, 0.13)
    centre, radius = np.array([-0.2 - 0.5 * pose.lean, 0.1]), 0.62
    canvas.shape(oval(*centre, radius, radius * 0.94), palette.cloth, shade=True)
    turns = np.linspace(0, 4.6 * np.pi, 34)
    spiral = np.stack([np.cos(turns), np.sin(turns)], axis=1) * np.linspace(0.03, 0.95, 34)[:, None]
    canvas.line(centre + spiral * (radius * 0.92, radius * 0.86), 0.06, darker(palette.accent, 0.3))
