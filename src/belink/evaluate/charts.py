"""Small charts as inline SVG and HTML, without scripts; every number in them also stands in a table or title.

Colours are CSS variables that `belink.evaluate.report` defines. All values are fractions in [0, 1].
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from belink.evaluate.intervals import Estimate
from belink.evaluate.measures import Bin
from belink.evaluate.records import percent, with_interval

WIDTH, HEIGHT = 360, 260
LEFT, RIGHT, TOP, BOTTOM = 46, 12, 12, 44
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)

Point = tuple[float, float]


def bar_rows(rows: Iterable[tuple[str, Estimate]]) -> str:
    """Draw one bar a row from 0 to 100 %, with its interval as a line and the figures beside it."""
    return '<div class="bars">' + "".join(_bar_row(label, value) for label, value in rows) + "</div>"


def _bar_row(label: str, value: Estimate) -> str:
    low, high = 100 * value.low, 100 * value.high
    return (
        f'<span class="bar-label">{escape(label)} <small>n = {value.n:,}</small></span>'
        f'<span class="bar"><i style="width:{100 * value.value:.1f}%"></i>'
        f'<b style="left:{low:.1f}%;width:{high - low:.1f}%"></b></span>'
        f'<span class="bar-value">{with_interval(value)}</span>'
    )


def curve_chart(
    title: str, points: Sequence[Point], x_label: str, y_label: str, goal: float | None = None
) -> str:
    """Draw points joined by a line; `goal` is a level on the y axis drawn as a dashed line."""
    parts = [_frame(x_label, y_label)]
    if goal is not None:
        parts.append(
            f'<line class="goal" x1="{_x(0):.1f}" x2="{_x(1):.1f}" y1="{_y(goal):.1f}" y2="{_y(goal):.1f}"/>'
            f'<text x="{_x(1):.1f}" y="{_y(goal) - 5:.1f}" text-anchor="end">{percent(goal)} %</text>'
        )
    if points:
        path = " ".join(f"{_x(x):.1f},{_y(y):.1f}" for x, y in points)
        parts.append(f'<polyline class="curve" points="{path}"/>')
    return _svg(title, parts, empty=not points)


def step_chart(title: str, values: Sequence[tuple[int, Estimate]], x_label: str, y_label: str) -> str:
    """Draw figures at cut-offs (recall@k), evenly spaced, with their intervals."""
    if not values:
        return _svg(title, [], empty=True)
    places = [(i + 0.5) / len(values) for i in range(len(values))]
    parts = [
        _frame(x_label, y_label, x_ticks=[(x, str(k)) for x, (k, _) in zip(places, values, strict=True)])
    ]
    line = " ".join(f"{_x(x):.1f},{_y(e.value):.1f}" for x, (_, e) in zip(places, values, strict=True))
    parts.append(f'<polyline class="curve" points="{line}"/>')
    for x, (_, e) in zip(places, values, strict=True):
        at, low, high = f"{_x(x):.1f}", f"{_y(e.low):.1f}", f"{_y(e.high):.1f}"
        parts.append(
            f'<line class="interval" x1="{at}" x2="{at}" y1="{low}" y2="{high}"/>'
            f'<circle class="dot" cx="{at}" cy="{_y(e.value):.1f}" r="4"/>'
            f'<text x="{at}" y="{_y(e.high) - 6:.1f}" text-anchor="middle">{percent(e.value)}</text>'
        )
    return _svg(title, parts)


def reliability_chart(title: str, bins: Sequence[Bin]) -> str:
    """Draw accuracy against stated probability; the area of a dot grows with the mentions in its bin."""
    filled = [bin_ for bin_ in bins if bin_.n]
    most = max((bin_.n for bin_ in filled), default=1)
    diagonal = f'<line class="goal" x1="{_x(0):.1f}" y1="{_y(0):.1f}" x2="{_x(1):.1f}" y2="{_y(1):.1f}"/>'
    dots = [
        f'<circle class="dot" cx="{_x(b.mean_probability):.1f}" cy="{_y(b.accuracy):.1f}" '
        f'r="{3 + 9 * (b.n / most) ** 0.5:.1f}"><title>{b.n:,} mentions: '
        f"stated {percent(b.mean_probability)} %, right {percent(b.accuracy)} %</title></circle>"
        for b in filled
    ]
    return _svg(title, [_frame("stated probability, %", "right, %"), diagonal, *dots], empty=not filled)


def _x(value: float) -> float:
    return LEFT + value * (WIDTH - LEFT - RIGHT)


def _y(value: float) -> float:
    return HEIGHT - BOTTOM - value * (HEIGHT - TOP - BOTTOM)


def _frame(x_label: str, y_label: str, x_ticks: Sequence[tuple[float, str]] | None = None) -> str:
    if x_ticks is None:
        x_ticks = [(tick, f"{100 * tick:.0f}") for tick in _TICKS]
    lines = "".join(
        f'<line class="grid" x1="{_x(0):.1f}" x2="{_x(1):.1f}" y1="{_y(t):.1f}" y2="{_y(t):.1f}"/>'
        f'<text x="{LEFT - 6}" y="{_y(t) + 4:.1f}" text-anchor="end">{100 * t:.0f}</text>'
        for t in _TICKS
    )
    below = "".join(
        f'<text x="{_x(x):.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{escape(label)}</text>'
        for x, label in x_ticks
    )
    middle_x, middle_y = _x(0.5), _y(0.5)
    return (
        f"{lines}{below}"
        f'<text class="axis" x="{middle_x:.1f}" y="{HEIGHT - 8}" text-anchor="middle">'
        f"{escape(x_label)}</text>"
        f'<text class="axis" x="12" y="{middle_y:.1f}" text-anchor="middle" '
        f'transform="rotate(-90 12 {middle_y:.1f})">{escape(y_label)}</text>'
    )


def _svg(title: str, parts: Sequence[str], *, empty: bool = False) -> str:
    name = escape(title)
    inside = f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{name}">{"".join(parts)}</svg>'
    if empty:
        inside = '<p class="muted">nothing to draw</p>'
    return f"<figure><figcaption>{name}</figcaption>{inside}</figure>"
