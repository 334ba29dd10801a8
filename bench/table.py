"""How a bench shows its figures: a row a key, with the target it stands beside."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table


def show(name: str, figures: Mapping[str, float], *, targets: Mapping[str, str]) -> None:
    table = Table(title=f"bench {name}")
    table.add_column("figure")
    table.add_column("measured", justify="right")
    table.add_column("must show")
    for key, value in figures.items():
        table.add_row(key, f"{value:,.2f}", targets.get(key, ""))
    Console().print(table)
