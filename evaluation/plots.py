"""The report's drawings as inline SVG: no library, no script; colours come from the page's CSS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from evaluation.metrics import mean


@dataclass(frozen=True, slots=True)
class Bin:
    """Questions of similar probability: how many, their mean probability, the share that came true."""

    count: int
    predicted: float
    observed: float


def reliability_bins(predictions: Sequence[tuple[float, bool]], bins: int = 10) -> list[Bin]:
    """Sort (probability, outcome) pairs into ``bins`` equal stretches of 0..1; empty stretches are left out.

    A reliability diagram after Niculescu-Mizil and Caruana (ICML 2005). The last stretch includes 1.
    """
    stretches: list[list[tuple[float, bool]]] = [[] for _ in range(bins)]
    for probability, outcome in predictions:
        stretches[min(max(int(probability * bins), 0), bins - 1)].append((probability, outcome))
    return [
        Bin(len(those), mean(one for one, _ in those) or 0.0, mean(outcome for _, outcome in those) or 0.0)
        for those in stretches
        if those
    ]


def expected_calibration_error(bins: Sequence[Bin]) -> float | None:
    """Average ``|observed - predicted|`` weighted by count (Naeini et al., AAAI 2015); None of none."""
    total = sum(one.count for one in bins)
    return sum(one.count * abs(one.observed - one.predicted) for one in bins) / total if total else None


def bars(values: Mapping[str, float | None], label: str) -> str:
    """Draw a horizontal bar for every value from 0 to 1, in order; one that does not apply is said to."""
    left, width, step = 190, 320, 26
    rows = []
    for place, (name, value) in enumerate(values.items()):
        y = place * step
        rows.append(f'<text x="{left - 8}" y="{y + 16}" text-anchor="end">{escape(name)}</text>')
        rows.append(f'<rect class="rail" x="{left}" y="{y + 4}" width="{width}" height="16" rx="3"/>')
        if value is not None:
            length = max(0.0, min(1.0, value)) * width
            rows.append(f'<rect class="bar" x="{left}" y="{y + 4}" width="{length:.1f}" height="16" rx="3"/>')
        said = "sans objet" if value is None else percent(value)
        rows.append(f'<text class="value" x="{left + width + 8}" y="{y + 16}">{said}</text>')
    return _svg(left + width + 80, step * len(values) + 4, label, rows)


def reliability(bins: Sequence[Bin], label: str) -> str:
    """Draw the reliability diagram: the dashed diagonal is perfect, larger points hold more questions."""
    left, top, side = 52, 12, 280
    rows = [f'<rect class="rail" x="{left}" y="{top}" width="{side}" height="{side}"/>']
    for tick in range(0, 11, 2):
        at = side * tick / 10
        rows.append(f'<text x="{left + at:.0f}" y="{top + side + 18}" text-anchor="middle">{tick * 10}</text>')
        rows.append(f'<text x="{left - 6}" y="{top + side - at + 4:.0f}" text-anchor="end">{tick * 10}</text>')
    rows.append(f'<line class="ideal" x1="{left}" y1="{top + side}" x2="{left + side}" y2="{top}"/>')
    points = [(left + side * one.predicted, top + side * (1 - one.observed), one) for one in bins]
    if points:
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in points)
        rows.append(f'<polyline class="line" points="{path}"/>')
    most = max((one.count for one in bins), default=1)
    for x, y, one in points:
        said = f"annoncé {percent(one.predicted)}, observé {percent(one.observed)}, {one.count} question(s)"
        size = 3 + 7 * (one.count / most) ** 0.5
        rows.append(f'<circle class="point" cx="{x:.1f}" cy="{y:.1f}" r="{size:.1f}"><title>{said}</title></circle>')
    rows.append(
        f'<text x="{left + side / 2:.0f}" y="{top + side + 36}" text-anchor="middle">probabilité annoncée (%)</text>'
    )
    rows.append(
        f'<text transform="rotate(-90)" x="{-(top + side / 2):.0f}" y="14" text-anchor="middle">'
        "réellement répondables (%)</text>"
    )
    return _svg(left + side + 20, top + side + 46, label, rows)


def histogram(seconds: Sequence[float], label: str, bins: int = 20) -> str:
    """Draw how many answers took how long, from 0 to the slowest, in ``bins`` stretches."""
    if not seconds:
        return '<p class="quiet">Aucune mesure.</p>'
    longest = max(seconds) or 1.0
    counts = [0] * bins
    for value in seconds:
        counts[min(int(max(value, 0.0) / longest * bins), bins - 1)] += 1
    left, width, height = 10, 480, 110
    step = width / bins
    rows = [f'<line class="axis" x1="{left}" y1="{height}" x2="{left + width}" y2="{height}"/>']
    for place, count in enumerate(counts):
        tall = (height - 10) * count / max(counts)
        said = f"{number(longest * place / bins)} à {number(longest * (place + 1) / bins)} s : {count}"
        rows.append(
            f'<rect class="bar" x="{left + place * step + 1:.1f}" y="{height - tall:.1f}" '
            f'width="{step - 2:.1f}" height="{tall:.1f}"><title>{said}</title></rect>'
        )
    rows += [
        f'<text x="{left + width * part:.0f}" y="{height + 16}" text-anchor="middle">{number(longest * part)} s</text>'
        for part in (0, 0.5, 1)
    ]
    return _svg(left + width + 40, height + 24, label, rows)


def percent(value: float) -> str:
    """Write a share from 0 to 1 as the French do: ``0.925`` → "92,5 %", the space a no-break one."""
    return f"{value * 100:.1f}".removesuffix(".0").replace(".", ",") + "\u202f%"


def number(value: float) -> str:
    """Write a number with at most two decimals and a comma."""
    return f"{value:.2f}".rstrip("0").rstrip(".").replace(".", ",")


def _svg(width: float, height: float, label: str, rows: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" role="img" '
        f'aria-label="{escape(label)}">{"".join(rows)}</svg>'
    )
