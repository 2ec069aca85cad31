"""Lifetime value and drivers: carebench's own fits beside lifetimes and a loop over statsmodels.

    python benchmarks/loyalty.py [--lifetimes PYTHON] [--rounds 3] [--write]

Each contender answers in a process of its own, one after the other, round after round, from the
same drawn data; what is counted is the processor time of the fit alone, with everything
imported. --write puts the table into README.md beside this file. --lifetimes names the Python of
an environment with `lifetimes==0.11.3`, which asks for older packages than carebench.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

README = Path(__file__).with_name("README.md")
START, END = "<!-- loyalty: start -->", "<!-- loyalty: end -->"
CUSTOMERS = 1_000_000
BUYING = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}  # of CDNOW, in weeks
SPENDING = {"p": 6.25, "q": 3.74, "gamma": 15.44}
RESPONDENTS, DRIVERS, REPLICATES = 5_000, 12, 1_000
COLUMNS = ("x", "t_x", "watched", "again", "spend")
SEED = 6


def main() -> None:
    """Draw the data, measure every contender in turn, print the table and the gates."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--lifetimes", default="", help="Python of an environment with lifetimes")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="into README.md beside this file")
    parser.add_argument("--measure", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(CONTENDERS[arguments.measure](arguments.folder)))
        return
    with tempfile.TemporaryDirectory() as folder:
        draw(Path(folder))
        found = measure(Path(folder), arguments.rounds, arguments.lifetimes)
    lines = table(found)
    print("\n".join(lines))
    if arguments.write:
        before, _start, rest = README.read_text(encoding="utf-8").partition(START)
        text = "\n".join([before + START, *lines, END + rest.partition(END)[2]])
        README.write_text(text, encoding="utf-8")


def draw(folder: Path) -> None:
    """Customers whose purchases and spending follow the two models, and a survey."""
    rng = np.random.default_rng(SEED)
    bought = customers(rng, CUSTOMERS)
    np.savez(folder / "customers.npz", **bought, **spending(rng, bought["x"], CUSTOMERS))
    common = rng.standard_normal((RESPONDENTS, 1))
    items = 0.7 * common + rng.standard_normal((RESPONDENTS, DRIVERS))
    outcome = items @ np.linspace(0, 1, DRIVERS) + 3 * rng.standard_normal(RESPONDENTS)
    np.savez(folder / "survey.npz", items=items, outcome=outcome)


def customers(rng: np.random.Generator, n: int) -> dict[str, np.ndarray]:
    """Repeat purchases x, their time t_x, the time T watched and mean spend, in weeks."""
    watched = rng.uniform(27, 39, n)
    rate = rng.gamma(BUYING["r"], 1 / BUYING["alpha"], n)
    leaves = rng.beta(BUYING["a"], BUYING["b"], n)
    x, t_x, now = np.zeros(n, dtype=np.int64), np.zeros(n), np.zeros(n)
    there = np.arange(n)
    while len(there):
        now[there] += rng.exponential(1 / rate[there])
        there = there[now[there] <= watched[there]]
        x[there] += 1
        t_x[there] = now[there]
        there = there[rng.random(len(there)) >= leaves[there]]
    return {"x": x, "t_x": t_x, "watched": watched}


def spending(rng: np.random.Generator, bought: np.ndarray, n: int) -> dict[str, np.ndarray]:
    """How often each of `n` customers bought again, as those of `bought` did, and mean spend."""
    x = rng.choice(bought[bought > 0], n)
    own = rng.gamma(SPENDING["q"], 1 / SPENDING["gamma"], n)
    return {"again": x, "spend": rng.gamma(SPENDING["p"] * x, 1 / own) / x}


def timed(fit: Callable[[], Any]) -> tuple[float, Any]:
    """Processor seconds of a fit, and what it found."""
    began = time.process_time()
    found = fit()
    return time.process_time() - began, found


# Contenders: each runs in a process of its own --------------------------------------------------


def carebench(folder: Path) -> dict[str, Any]:
    """Both fits with their standard errors, and the drivers with intervals, ranks and lead."""
    import scipy.linalg
    import scipy.optimize
    import scipy.special  # noqa: F401

    from carebench.methods import bg_nbd, drivers, gamma_gamma

    rows, survey = np.load(folder / "customers.npz"), np.load(folder / "survey.npz")
    x, t_x, watched, again, spend = (rows[name] for name in COLUMNS)
    items, outcome = survey["items"], survey["outcome"]
    buying, purchases = timed(lambda: bg_nbd.fit(x, t_x, watched))
    paying, amounts = timed(lambda: gamma_gamma.fit(again, spend))
    moving, found = timed(lambda: drivers.lmg(outcome, items, replicates=REPLICATES))
    return {
        "BG/NBD": (buying, purchases.parameters.tolist()),
        "gamma–gamma": (paying, amounts.parameters.tolist()),
        "drivers": (moving, [share.value for share in found.shares]),
    }


def lifetimes(folder: Path) -> dict[str, Any]:
    """The same two models; its standard errors come with the fit."""
    from lifetimes import BetaGeoFitter, GammaGammaFitter

    rows = np.load(folder / "customers.npz")
    x, t_x, watched, again, spend = (rows[name] for name in COLUMNS)
    buying, purchases = timed(lambda: BetaGeoFitter().fit(x, t_x, watched))
    paying, amounts = timed(lambda: GammaGammaFitter().fit(again, spend))
    return {
        "BG/NBD": (buying, [purchases.params_[name] for name in BUYING]),
        "gamma–gamma": (paying, [amounts.params_[name] for name in ("p", "q", "v")]),
    }


def statsmodels_loop(folder: Path) -> dict[str, Any]:
    """One replicate of the same shares: R² of every subset of drivers by `OLS`.

    The time is that of one replicate times their number.
    """
    from math import comb

    import statsmodels.api as sm

    survey = np.load(folder / "survey.npz")
    items, outcome = survey["items"], survey["outcome"]

    def shares() -> list[float]:
        r2 = {(): 0.0}
        for size in range(1, DRIVERS + 1):
            for subset in combinations(range(DRIVERS), size):
                design = sm.add_constant(items[:, list(subset)])
                r2[subset] = sm.OLS(outcome, design).fit().rsquared
        gains = [
            sum(
                (r2[tuple(sorted((*subset, item)))] - r2[subset])
                / (DRIVERS * comb(DRIVERS - 1, len(subset)))
                for subset in r2
                if item not in subset
            )
            for item in range(DRIVERS)
        ]
        return [gain / sum(gains) for gain in gains]

    took, found = timed(shares)
    return {"drivers": (took * REPLICATES, found)}


CONTENDERS = {"carebench": carebench, "lifetimes": lifetimes, "statsmodels": statsmodels_loop}
# The contender beside ours, CPU seconds that ours may take, by how much it must be faster.
TASKS = {
    "BG/NBD": ("lifetimes", 3.0, 5),
    "gamma–gamma": ("lifetimes", 1.0, None),
    "drivers": ("statsmodels", 1.5, 100),
}
SHOWN = {
    "BG/NBD": f"BG/NBD with standard errors, {CUSTOMERS:,} customers",
    "gamma–gamma": f"gamma–gamma, {CUSTOMERS:,} customers who bought again",
    "drivers": f"shares of {DRIVERS} drivers, {RESPONDENTS:,} answers, {REPLICATES:,} replicates",
}


def measure(folder: Path, rounds: int, peer: str) -> dict[str, dict[str, list[Any]]]:
    """By contender and task: the processor seconds of each round; stops where they disagree."""
    pythons = {"carebench": sys.executable, "lifetimes": peer, "statsmodels": sys.executable}
    found: dict[str, dict[str, list[Any]]] = {}
    for number in range(rounds):
        for name, python in pythons.items():
            # A loop of hours is measured once; it is a thousandth of it as it is.
            if python and not (name == "statsmodels" and number):
                asked = [python, __file__, "--measure", name, "--folder", str(folder)]
                said = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
                for task, (took, numbers) in json.loads(said.splitlines()[-1]).items():
                    found.setdefault(name, {}).setdefault(task, []).append(took)
                    agree(task, name, numbers, folder)
    return found


def agree(task: str, name: str, numbers: list[float], folder: Path) -> None:
    """Stop where a contender's numbers are not those of the first one."""
    kept = folder / f"{task.replace('/', '')}.json"
    if not kept.exists():
        kept.write_text(json.dumps(numbers), encoding="utf-8")
    first = json.loads(kept.read_text(encoding="utf-8"))
    if not np.allclose(first, numbers, rtol=2e-3, atol=2e-4):
        raise SystemExit(f"{task}: {name} finds {numbers}, the first contender {first}.")


def table(found: dict[str, dict[str, list[Any]]]) -> list[str]:
    """What each task took, the peer beside it, and whether the gates hold."""
    lines = [
        "| task | carebench, CPU s | at most | beside it | CPU s | faster by | at least |",
        "|---|---|---|---|---|---|---|",
    ]
    for task, (peer, most, factor) in TASKS.items():
        ours = statistics.median(found["carebench"][task])
        shown = f"{ours:.2f}" if ours <= most else f"**{ours:.2f}, not met**"
        theirs = found.get(peer, {}).get(task)
        if theirs is None:
            lines.append(f"| {SHOWN[task]} | {shown} | {most:g} | {peer}: not run | | | |")
            continue
        ratio = statistics.median(theirs) / ours
        met = factor is None or ratio >= factor
        by = f"{ratio:,.1f}" if met else f"**{ratio:,.1f}, not met**"
        lines.append(
            f"| {SHOWN[task]} | {shown} | {most:g} | {peer} | {statistics.median(theirs):,.1f} "
            f"| {by} | {factor or '–'} |"
        )
    return lines


if __name__ == "__main__":
    main()
