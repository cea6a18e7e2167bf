"""Draw one step of the native engine: python docs/images/draw_native_engine.py"""

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Rectangle

HERE = Path(__file__).parent
BLUE, ORANGE, GREY, LIGHT = "#0072B2", "#D55E00", "#555555", "#D9D9D9"  # of the Okabe-Ito palette, and greys


def matrix(panel: Axes, x: float, y: float, width: float, height: float, rows: int, columns: int) -> None:
    """Draw an empty matrix, its lines at the given rows and columns."""
    panel.add_patch(Rectangle((x, y), width, height, facecolor="white", edgecolor=GREY, linewidth=1))
    for k in range(1, rows):
        panel.plot([x, x + width], [y + height * k / rows] * 2, color=LIGHT, linewidth=0.8)
    for k in range(1, columns):
        panel.plot([x + width * k / columns] * 2, [y, y + height], color=LIGHT, linewidth=0.8)


def fill(panel: Axes, x: float, y: float, width: float, height: float, colour: str) -> None:
    """Colour a part of a matrix."""
    panel.add_patch(Rectangle((x, y), width, height, facecolor=colour, edgecolor="none", alpha=0.55))


def arrow(panel: Axes, start: tuple[float, float], end: tuple[float, float], colour: str = GREY) -> None:
    """Draw an arrow."""
    panel.add_patch(FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=11, color=colour, linewidth=1.3))


def label(panel: Axes, x: float, y: float, text: str, size: float = 9.5, colour: str = "black", **options: str) -> None:
    """Write text centred at a point."""
    panel.text(x, y, text, ha=options.pop("ha", "center"), va="center", fontsize=size, color=colour, **options)


def draw_blocks(panel: Axes) -> None:
    """Draw how blocks of examples go forward and backward through all layers."""
    panel.set_title("1  Blocks of up to 64 examples, each through all layers", fontsize=11, loc="left")
    matrix(panel, 0.0, 0.5, 1.1, 4.0, 16, 1)
    for y in (0.75, 1.5, 2.75, 3.5, 4.0):
        fill(panel, 0.0, y, 1.1, 0.25, BLUE)
    label(panel, 0.55, 4.8, "table, n_x numbers a row")
    label(panel, 0.55, 0.15, "rows of the shuffle", 8.5, BLUE)
    for l, (x, name) in enumerate(((2.3, "A[0]"), (4.2, "A[1]"), (6.1, "A[2]"))):
        matrix(panel, x, 1.2, 1.1, 2.6, 4, 1)
        fill(panel, x, 3.15, 1.1, 0.65, BLUE)
        fill(panel, x, 2.5, 1.1, 0.65, ORANGE)
        label(panel, x + 0.55, 4.1, name)
        if l:
            arrow(panel, (x - 0.75, 3.5), (x - 0.05, 3.5), BLUE)
            arrow(panel, (x - 0.05, 2.7), (x - 0.75, 2.7), ORANGE)
    arrow(panel, (1.15, 3.5), (2.25, 3.5), BLUE)
    label(panel, 1.7, 3.75, "gather", 8.5, BLUE)
    label(panel, 4.75, 4.55, "product + bias, activation", 8.5, BLUE)
    label(panel, 4.75, 0.85, "dZ: product, times g'(Z)", 8.5, ORANGE)
    label(panel, 7.35, 3.5, "loss", 8.5, BLUE, ha="left")
    label(panel, 7.35, 2.8, "dZ[L]", 8.5, ORANGE, ha="left")
    label(panel, 4.75, 0.25, "thread 0 and thread 1 take blocks; nothing waits between layers", 9, GREY)
    panel.set(xlim=(-0.2, 8.2), ylim=(-0.1, 5.1))


def draw_tiles(panel: Axes) -> None:
    """Draw how a tile of the gradient is summed and moves its weights."""
    panel.set_title("2  Tiles of the gradient, each moving its own weights", fontsize=11, loc="left")
    matrix(panel, 0.0, 1.2, 0.9, 2.6, 1, 4)
    fill(panel, 0.225, 1.2, 0.225, 2.6, BLUE)
    label(panel, 0.45, 4.1, "A[l-1]")
    matrix(panel, 1.5, 1.2, 0.9, 2.6, 1, 3)
    fill(panel, 1.8, 1.2, 0.3, 2.6, ORANGE)
    label(panel, 1.95, 4.1, "dZ[l]")
    label(panel, 1.2, 0.85, "examples, in their order", 8.5, GREY)
    arrow(panel, (2.5, 2.5), (3.3, 2.5))
    label(panel, 2.9, 2.8, "Σ", 12)
    matrix(panel, 3.4, 1.2, 1.6, 2.6, 4, 3)
    fill(panel, 3.4 + 1.6 / 3, 2.5, 1.6 / 3, 0.65, "#009E73")
    label(panel, 4.2, 4.1, "dW[l]ᵀ")
    label(panel, 4.2, 0.85, "12 × 2 vectors in registers", 8.5, "#009E73")
    arrow(panel, (5.1, 2.8), (5.9, 2.8), "#009E73")
    for k, name in enumerate(("m, v", "W", "new W")):
        fill(panel, 6.0, 3.15 - 0.6 * k, 1.0, 0.45, "#009E73")
        label(panel, 6.5, 3.37 - 0.6 * k, name, 9)
    label(panel, 6.5, 4.1, "update, in the cache")
    label(panel, 3.9, 0.25, "one fused multiply-add after the other: the same bits from any thread", 9, GREY)
    panel.set(xlim=(-0.2, 7.6), ylim=(-0.1, 5.1))


def main() -> None:
    """Draw both phases side by side."""
    figure = Figure(figsize=(13, 4.2), dpi=110, layout="constrained")
    figure.set_facecolor("white")
    for panel, draw in zip(figure.subplots(1, 2, width_ratios=(1.08, 1)), (draw_blocks, draw_tiles), strict=True):
        draw(panel)
        panel.axis("off")
    figure.savefig(HERE / "native-engine.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
