"""Drawing: the marks that all plots are made of, as SVG text that is safe whatever it shows."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape

INK, GREY, LIGHT, PALE, PAPER = "#1a1a1a", "#6b6b6b", "#b8b8b8", "#e4e4e4", "#ffffff"
FONT = "Vazirmatn"
#: Size of letters, pixels.
LETTERS = 11.0


def svg(parts: Iterable[str], *, width: float, height: float, title: str, description: str = "") -> str:
    """A plot; ``title`` and ``description`` are what those hear who cannot see it."""
    told = f"<title>{escape(title)}</title>" + (f"<desc>{escape(description)}</desc>" if description else "")
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}" role="img"'
    return f'{head} direction="ltr">{told}{"".join(parts)}</svg>'


def line(x1: float, y1: float, x2: float, y2: float, *, stroke: str = INK, width: float = 1.0, dash: str = "") -> str:
    """A straight one."""
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<line x1="{x1:.2f}" y1="{y1:.2f}" x2="{x2:.2f}" y2="{y2:.2f}" stroke="{stroke}" stroke-width="{width:g}"{dashed}/>'


def dot(x: float, y: float, *, radius: float = 4.0, filled: bool = True, stroke: str = INK) -> str:
    """A full one or a ring."""
    return f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{radius:g}" fill="{stroke if filled else PAPER}" stroke="{stroke}" stroke-width="1.4"/>'


def diamond(x: float, y: float, *, size: float = 4.5, stroke: str = GREY) -> str:
    """A hollow one."""
    points = f"{x:.2f},{y - size:.2f} {x + size:.2f},{y:.2f} {x:.2f},{y + size:.2f} {x - size:.2f},{y:.2f}"
    return f'<polygon points="{points}" fill="{PAPER}" stroke="{stroke}" stroke-width="1.4"/>'


def box(x: float, y: float, width: float, height: float, *, fill: str = LIGHT) -> str:
    """A bar."""
    return f'<rect x="{x:.2f}" y="{y:.2f}" width="{max(width, 0):.2f}" height="{height:.2f}" fill="{fill}"/>'


def whiskers(low: float, high: float, y: float, *, stroke: str = INK, size: float = 3.5) -> str:
    """An interval with its ends."""
    ends = (line(x, y - size, x, y + size, stroke=stroke, width=1.2) for x in (low, high))
    return line(low, y, high, y, stroke=stroke, width=1.2) + "".join(ends)


def path(points: Iterable[tuple[float, float]], *, stroke: str = INK, width: float = 1.6) -> str:
    """A line through points."""
    told = " ".join(f"{x:.2f},{y:.2f}" for x, y in points)
    return f'<polyline points="{told}" fill="none" stroke="{stroke}" stroke-width="{width:g}" stroke-linejoin="round"/>'


def area(points: Iterable[tuple[float, float]], *, fill: str = PALE) -> str:
    """A band."""
    told = " ".join(f"{x:.2f},{y:.2f}" for x, y in points)
    return f'<polygon points="{told}" fill="{fill}" stroke="none"/>'


def letters(x: float, y: float, text: str, *, anchor: str = "middle", size: float = LETTERS, fill: str = INK, bold: bool = False) -> str:
    """A few words or a number; ``anchor``: ``start``, ``middle`` or ``end`` of what is written lies at ``x``."""
    weight = ' font-weight="700"' if bold else ""
    style = f'font-family="{FONT}" font-size="{size:g}" fill="{fill}" text-anchor="{anchor}"{weight}'
    return f'<text x="{x:.2f}" y="{y:.2f}" {style}>{escape(text)}</text>'
