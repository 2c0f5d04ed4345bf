"""Draws what a terminal showed as SVG: draw.py RECORD COLUMNS PICTURE.

The record is what `cargo test -p basvuru-cli --test apply typed` leaves in the folder BASVURU_RECORDS. Needs PyPI's pyte, which
is the terminal, and rich, which draws.
"""

import itertools
import sys

import pyte
from rich.console import Console
from rich.style import Style
from rich.text import Text

record, columns, picture = sys.argv[1], int(sys.argv[2]), sys.argv[3]
screen = pyte.HistoryScreen(columns, 40, history=10_000, ratio=1)
pyte.ByteStream(screen).feed(open(record, "rb").read())
lines = [*screen.history.top, *(screen.buffer[row] for row in range(screen.cursor.y + 1))]
console = Console(width=columns, record=True, force_terminal=True, color_system="truecolor", file=open("/dev/null", "w"))
for line in lines:
    text = Text(no_wrap=True)
    for (fg, bold), cells in itertools.groupby((line[column] for column in range(columns)), lambda cell: (cell.fg, cell.bold)):
        colour = None if fg == "default" else {"brown": "yellow"}.get(fg, fg)
        text.append("".join(cell.data for cell in cells), Style(color=colour, bold=bold))
    text.rstrip()
    console.print(text, overflow="crop", no_wrap=True)
console.save_svg(picture, title=f"basvuru apply, {columns} × 40")
