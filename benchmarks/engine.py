"""Seven questions of large tables: carebench's engine beside pandas, lifetimes and a bare scan.

    python benchmarks/engine.py [--rows 1000000 10000000 100000000] [--rounds 5] [--write]

Draws sales and contact attempts, and answers the same questions in processes of their own, one
contender after the other, so that what else the machine does meets all of them. Prints what each
took beside the gates; --write puts the table into README.md beside this file. The data lie in a
temporary folder and are deleted at the end. --lifetimes names the Python of an environment with
`lifetimes==0.11.3` and pyarrow, which asks for older packages than carebench.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

README = Path(__file__).with_name("README.md")
START, END = "<!-- engine: start -->", "<!-- engine: end -->"
MEMORY_MB, LITTLE_MB = 1500, 375  # the engine's own limit, and one that makes it spill
MARGIN = 256  # MiB that a process may take above the engine's limit
THREADS = 2
FIRST, LAST = dt.date(2024, 1, 1), dt.date(2025, 12, 31)
MOST_IN_PANDAS = 10_000_000
BYTES_PER_ROW = 150  # of the files and of what is spilled, generously
STUDY = """
title = "Many sales (simulated)"
currency = "USD"
zone = "UTC"
simulated = true
[tables.transactions]
path = "sales.parquet"
"""
RFM = "RFM summary"
STEPS = (
    RFM, "tiers, top shares, Gini", "quintile scores", "cohort retention",
    "weights of (frequency, recency, T)", "answered by hour of the week", "response-time quantiles",
)  # fmt: skip
Steps = dict[str, Callable[[], Any]]


def main() -> None:
    """Draw the data, measure every contender in turn, print the table and the gates."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[10**6, 10**7, 10**8])
    parser.add_argument("--rounds", type=int, default=5, help="at 10 million rows or fewer")
    parser.add_argument("--lifetimes", default="", help="Python of an environment with lifetimes")
    parser.add_argument("--write", action="store_true", help="into README.md beside this file")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(CONTENDERS[arguments.measure](arguments.folder)))
        return
    found = {n: compare(n, arguments.rounds, arguments.lifetimes) for n in arguments.rows}
    lines = [*table(found), "", *gates(found)]
    print("\n".join(lines))
    if arguments.write:
        before, _start, rest = README.read_text(encoding="utf-8").partition(START)
        after = rest.partition(END)[2]
        text = "\n".join([before + START, *lines, END + after])
        README.write_text(text, encoding="utf-8")


# Data --------------------------------------------------------------------------------------------


def draw(folder: Path, n: int) -> None:
    """`n` sales of about n/20 customers over two years, and n/5 attempts of 100 providers.

    Every value is a hash of its row: the same data whatever the number of threads.
    """
    import duckdb

    free = shutil.disk_usage(folder).free
    if free < BYTES_PER_ROW * n:
        raise SystemExit(f"{n:,} rows need {BYTES_PER_ROW * n / 1e9:.0f} GB in {folder}.")
    uniform = [f"((hash(i * 16 + {k}) + 0.5) / 18446744073709551616.0)" for k in range(9)]
    normal = f"sqrt(-2 * ln({uniform[2]})) * cos(2 * pi() * {uniform[3]})"
    moment = f"TIMESTAMP '{FIRST}' + to_seconds(CAST({uniform[1]} * 731 * 86400 - 1 AS BIGINT))"
    sales = f"""SELECT CAST({n // 20} * pow({uniform[0]}, 2) AS BIGINT) AS customer_id,
      {moment} AS occurred_at, round(exp(3 + 1.2 * {normal}), 2)
      * CASE WHEN {uniform[4]} < 0.02 THEN -1 ELSE 1 END AS amount FROM {_rows(n)}"""
    attempts = f"""SELECT provider, channel, sent_at, outcome, CAST(NULL AS VARCHAR) AS fault,
        CASE WHEN outcome = 'answered' THEN sent_at + to_seconds(CAST(wait AS BIGINT)) END
        AS answered_at, sent_at + INTERVAL 14 DAY AS observed_until
      FROM (SELECT *, CASE WHEN wait < 14 * 86400 THEN 'answered' ELSE 'no_answer' END AS outcome
        FROM (SELECT 'Provider ' || CAST(100 * {uniform[5]} AS INTEGER) AS provider,
          CASE WHEN {uniform[6]} < 0.5 THEN 'phone' ELSE 'email' END AS channel,
          {moment} AS sent_at, exp(8 + 2 * {normal}) *
          CASE WHEN {uniform[7]} < 0.4 THEN 1e9 ELSE 1 END AS wait FROM {_rows(n // 5)}))"""
    config = {"memory_limit": f"{MEMORY_MB}MB", "threads": THREADS}
    config |= {"preserve_insertion_order": False, "temp_directory": str(folder / "spill")}
    with duckdb.connect(config=config) as drawing:
        drawing.execute("SET enable_progress_bar = false")
        for name, sql in (("sales", sales), ("attempts", attempts)):
            drawing.execute(f"COPY ({sql}) TO '{folder / name}.parquet' (FORMAT parquet)")
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")


def _rows(n: int) -> str:
    """The numbers below `n` as the column i: a range for each thread, for one is drawn by one."""
    parts = (f"FROM range({n * k // THREADS}, {n * (k + 1) // THREADS})" for k in range(THREADS))
    return f"({' UNION ALL '.join(parts)}) r(i)"


# Contenders: each runs in a process of its own, and returns what its steps took ------------------


def scan(folder: Path) -> dict[str, Any]:
    """Every value that the questions need, read and converted, and nothing done with it."""
    sales = "SUM(customer_id), MAX(HASH(occurred_at)), SUM(amount)"
    attempts = "MAX(HASH(provider)), MAX(HASH(channel)), MAX(HASH(hour)), SUM(wait)"
    timed = """SELECT provider, channel, hour_of_week(sent_at) AS hour,
      secs_between(sent_at, answered_at) AS wait FROM attempts"""
    with opened(folder) as care:
        return measured(
            {
                RFM: lambda: care.engine.run(f"SELECT {sales} FROM transactions"),
                "attempts": lambda: care.engine.run(f"SELECT {attempts} FROM ({timed})"),
            }
        )


def carebench(folder: Path, memory_mb: int = MEMORY_MB) -> dict[str, Any]:
    """The seven questions by the kit's own queries, and what opening the study took before."""
    began = time.perf_counter()
    with opened(folder, memory_mb) as care:
        opening = time.perf_counter() - began
        return measured(our_steps(care)) | {"opening": opening}


def spilling(folder: Path) -> dict[str, Any]:
    """The same with so little memory that the engine must write to disk."""
    return carebench(folder, LITTLE_MB)


def opened(folder: Path, memory_mb: int = MEMORY_MB) -> Any:
    """The study, with the attempts as a view: more than a million are no table of a study."""
    # What questions import when they are first asked.
    import babel.numbers  # noqa: F401
    import scipy.stats  # noqa: F401

    from carebench import open_study
    from carebench.engine.duck import COUNTED

    care = open_study(folder / "study.toml")
    care.engine.run(f"SET threads = {THREADS}")
    care.engine.run(f"SET memory_limit = '{COUNTED * memory_mb:.0f}MB'")
    care.engine.view("attempts", f"SELECT * FROM read_parquet('{folder}/attempts.parquet')")
    return care


def our_steps(care: Any) -> Steps:
    from carebench import queries
    from carebench.engine import TooManyRows
    from carebench.methods import concentration, quintiles, waiting
    from carebench.queries.channel_waits import waits_by_channel
    from carebench.schema import OUTCOMES
    from carebench.segmentation import books
    from carebench.segmentation.recency import spread

    answered = OUTCOMES.index("answered")

    def rfm() -> float:
        return total(care, "SUM(frequency)", books.buyers(care))

    def shares() -> float:
        found = books.amounts(care)
        tops = (0.2, 0.1, 0.05)
        every = [
            *(concentration.top_share(found.values, p, counts=found.customers) for p in tops),
            concentration.gini(found.values, counts=found.customers),
        ]
        return float(sum(estimate.value for estimate in every))

    def scores() -> float:
        names = ("idle", "frequency", "revenue")
        cuts = [quintiles.cuts(*spread(care, name)) for name in names]
        care.keep("scored", queries.scored(*cuts))
        return total(care, "SUM(r + f + m)", "scored")

    def retained() -> float:
        found = care.large.frame(queries.cohort_activity(*books.span(care)))
        return float(sum(k * found[f"in_{k}"].sum() for k in range(queries.LONGEST + 1)))

    def weights() -> float:
        keys = "frequency, FLOOR(recency / 28), FLOOR(t / 28)"
        sql = f"SELECT COUNT(*) AS n FROM buyers WHERE frequency >= 0 GROUP BY {keys}"
        return float(len(care.large.frame(sql)))

    def by_hour() -> float:
        found = care.large.frame(queries.answered_by_hour("'Asia/Ho_Chi_Minh'"))
        return float((found["answered"] * found["hour"]).sum())

    def quantiles() -> float:
        where = queries.counting(["fault"])
        try:
            waits = care.large.frame(waits_by_channel(where))
        except TooManyRows:
            waits = care.large.frame(waits_by_channel(where, binned=True))
        return sum(quartiles(part) for _channel, part in waits.groupby("channel"))

    def quartiles(counted: Any) -> float:
        """Sum of the Kaplan-Meier quartiles, where they are reached."""
        wait = counted["wait"].where(counted["ended"] == 0, float("inf")).to_numpy()
        came, n = counted["outcome"].eq(answered).to_numpy(), counted["n"].to_numpy()
        found = waiting.quantiles(wait, came, (0.25, 0.5, 0.75), counts=n, unit="seconds")
        return sum(each.value or 0.0 for each in found)

    return dict(
        zip(STEPS, (rfm, shares, scores, retained, weights, by_hour, quantiles), strict=True)
    )


def total(care: Any, what: str, table: str) -> float:
    return float(care.large.frame(f"SELECT {what} AS n FROM {table}")["n"].iloc[0])


def plain_pandas(folder: Path) -> dict[str, Any]:
    """The same questions as one would write them by hand; reading the files is a step."""
    return measured(their_steps(folder))


def their_steps(folder: Path) -> Steps:
    import numpy as np
    import pandas as pd

    kept: dict[str, Any] = {}

    def read() -> None:
        sales = pd.read_parquet(folder / "sales.parquet")
        sales["day"] = sales.pop("occurred_at").dt.normalize()
        sales["amount"] = (sales["amount"] * 100).round().astype("int64")
        kept["sales"] = sales
        kept["attempts"] = pd.read_parquet(folder / "attempts.parquet")

    def rfm() -> float:
        by_day = kept.pop("sales").groupby(["customer_id", "day"], sort=False)["amount"]
        days = by_day.agg(["sum", "max"]).reset_index()
        bought = days[days["max"] >= 0]
        each = bought.groupby("customer_id")
        found = each.agg(n=("day", "size"), first=("day", "min"), last=("day", "max"))
        first_one = bought["day"] == bought["customer_id"].map(found["first"])
        later = bought[~first_one].groupby("customer_id")["sum"].sum()
        end = days["day"].max()
        buyers = days.groupby("customer_id")["sum"].sum().to_frame("revenue").join(found)
        buyers["frequency"] = buyers["n"].fillna(0) - 1
        buyers["recency"] = (buyers["last"] - buyers["first"]).dt.days
        buyers["t"], buyers["idle"] = ((end - buyers[name]).dt.days for name in ("first", "last"))
        buyers["monetary"] = (later / buyers["frequency"]).fillna(0)
        kept["buyers"], kept["bought"] = buyers, bought
        return float(buyers["frequency"].sum())

    def shares() -> float:
        amounts = np.sort(kept["buyers"]["revenue"].to_numpy())[::-1] / 100
        n, whole = len(amounts), amounts.sum()
        part = np.interp([p * n for p in (0.2, 0.1, 0.05)], np.arange(n + 1),
                         np.concatenate([[0], np.cumsum(amounts)]))  # fmt: skip
        gini = 2 * ((np.arange(n, 0, -1) - 0.5) / n * amounts).sum() / whole - 1
        return float(part.sum() / whole + gini)

    def scores() -> None:
        buyers = kept["buyers"]
        paying = buyers[(buyers["frequency"] >= 0) & (buyers["revenue"] > 0)]
        signs = {"idle": -1, "frequency": 1, "revenue": 1}
        for name, sign in signs.items():
            rank = (sign * paying[name]).rank(method="average", pct=True)
            kept[name] = np.ceil(rank * 5)

    def retention() -> float:
        bought = kept.pop("bought")
        month = bought["day"].dt.year * 12 + bought["day"].dt.month
        active = pd.DataFrame({"customer": bought["customer_id"], "month": month})
        active = active.drop_duplicates()
        active["cohort"] = active.groupby("customer")["month"].transform("min")
        found = active.groupby(["cohort", "month"]).size().reset_index(name="n")
        return float(((found["month"] - found["cohort"]) * found["n"]).sum())

    def weights() -> float:
        buyers = kept["buyers"][kept["buyers"]["frequency"] >= 0]
        keys = [buyers["frequency"], buyers["recency"] // 28, buyers["t"] // 28]
        return float(len(buyers.groupby(keys).size()))

    def by_hour() -> float:
        rows = kept["attempts"]
        local = rows["sent_at"].dt.tz_localize("UTC").dt.tz_convert("Asia/Ho_Chi_Minh")
        hour = (local.dt.day_of_week * 24 + local.dt.hour).rename("hour")
        answered = rows["outcome"].eq("answered")
        found = answered.groupby([rows["provider"], rows["channel"], hour]).agg(["size", "sum"])
        return float((found["sum"] * found.index.get_level_values("hour")).sum())

    def quantiles() -> float:
        rows = kept["attempts"]
        wait = (rows["answered_at"] - rows["sent_at"]).dt.total_seconds().fillna(np.inf)
        quartiles = [0.25, 0.5, 0.75]
        found = wait.groupby(rows["channel"]).quantile(quartiles, interpolation="lower")
        return float(found[np.isfinite(found)].sum())

    steps = (rfm, shares, scores, retention, weights, by_hour, quantiles)
    return {"reading": read, **dict(zip(STEPS, steps, strict=True))}


def lifetimes(folder: Path) -> dict[str, Any]:
    """The RFM summary alone, from sales that are already in memory."""
    import pandas as pd
    from lifetimes.utils import summary_data_from_transaction_data

    sales = pd.read_parquet(folder / "sales.parquet")
    asked = (sales, "customer_id", "occurred_at", "amount")
    return measured({RFM: lambda: len(summary_data_from_transaction_data(*asked))})


def importing(_folder: Path) -> dict[str, Any]:
    """What an engine costs a process that has pandas."""
    import pandas  # noqa: F401

    def start() -> None:
        from carebench.engine import Engine

        Engine().close()

    return measured({"start": start})


CONTENDERS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "scan": scan,
    "carebench": carebench,
    "pandas": plain_pandas,
    "spilling": spilling,
    "lifetimes": lifetimes,
    "importing": importing,
}


def measured(steps: Steps) -> dict[str, Any]:
    """Wall and processor seconds of each step, what it came to, and the peak of memory in MiB."""
    taken, values = {}, {}
    for name, step in steps.items():
        wall, cpu = time.perf_counter(), time.process_time()
        values[name] = step()
        taken[name] = time.perf_counter() - wall, time.process_time() - cpu
    wall, cpu = (sum(each[part] for each in taken.values()) for part in (0, 1))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"steps": taken, "values": values, "wall": wall, "cpu": cpu, "peak": peak}


# Comparison --------------------------------------------------------------------------------------


def compare(n: int, rounds: int, lifetimes_python: str) -> dict[str, list[dict[str, Any]]]:
    """What each contender took in each round, one after the other."""
    names = ["scan", "carebench"]
    if n <= MOST_IN_PANDAS:
        names += ["pandas", "importing"] + ["spilling"] * (n == MOST_IN_PANDAS)
    else:
        rounds = max(1, rounds // 2)
    if lifetimes_python and n == 10**6:
        names.append("lifetimes")
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        draw(Path(folder), n)
        for _round in range(rounds):
            for name in names:
                python = lifetimes_python if name == "lifetimes" else sys.executable
                command = [python, __file__, "--measure", name, "--folder", folder]
                ran = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
                found[name].append(json.loads(ran.stdout.splitlines()[-1]))
                shown = {key: round(found[name][-1][key], 2) for key in ("wall", "cpu", "peak")}
                print(f"{n:>11,} {name:10} {shown}", flush=True)
    agree(found)
    return found


def agree(found: dict[str, list[dict[str, Any]]]) -> None:
    """Stop where two contenders came to different answers; a quartile may lie between two waits."""
    ours = found["carebench"][0]["values"]
    for name in ("pandas", "spilling"):
        for step, value in (found[name][0]["values"] if name in found else {}).items():
            if value is None or ours.get(step) is None:
                continue
            allowed = 1e-3 if step == STEPS[-1] else 1e-9
            if abs(value - ours[step]) > allowed * abs(value):
                raise SystemExit(f"{step}: {name} says {value}, carebench {ours[step]}")


def median(runs: list[dict[str, Any]], key: str, step: str = "") -> float:
    """Of the rounds: wall or processor seconds of a step or of all, or the peak."""
    part = ("wall", "cpu").index(key) if step else key
    return statistics.median(run["steps"][step][part] if step else run[key] for run in runs)


def table(found: dict[int, dict[str, list[dict[str, Any]]]]) -> Iterator[str]:
    """Lines of a table: wall and processor seconds and the peak, by size and contender."""
    yield "| sales | contender | wall, s | CPU, s | peak, MiB |"
    yield "|---|---|---|---|---|"
    named = {
        "scan": "scan of the columns (the limit)",
        "carebench": "**carebench, seven questions**",
        "pandas": "pandas, the same",
        "spilling": f"carebench with {LITTLE_MB} MB",
        "lifetimes": "lifetimes, RFM alone",
    }
    for n, contenders in found.items():
        for name, runs in contenders.items():
            if name in named:
                wall, cpu, peak = (median(runs, key) for key in ("wall", "cpu", "peak"))
                yield f"| {n:,} | {named[name]} | {wall:.2f} | {cpu:.2f} | {peak:,.0f} |"
    yield ""
    yield "| question | " + " | ".join(f"{n:,} sales, wall s" for n in found) + " |"
    yield "|---|" + "---|" * len(found)
    for step in STEPS:
        walls = (f"{median(runs['carebench'], 'wall', step):.2f}" for runs in found.values())
        yield f"| {step} | {' | '.join(walls)} |"
    before = (f"{median(runs['carebench'], 'opening'):.2f}" for runs in found.values())
    yield f"| before: opening the study and checking the sales | {' | '.join(before)} |"


def gates(found: dict[int, dict[str, list[dict[str, Any]]]]) -> Iterator[str]:
    """Lines of a table: what must hold, what was measured, and whether it does."""
    yield "| must hold | gate | measured | |"
    yield "|---|---|---|---|"
    for text, gate, value, met in judged(found):
        yield f"| {text} | {gate} | {value:.2f} | {'met' if met else '**not met**'} |"


def judged(
    found: dict[int, dict[str, list[dict[str, Any]]]],
) -> Iterator[tuple[str, str, float, bool]]:
    """Each gate whose contenders were measured: its name, the gate, the value, whether it holds."""
    for n, least in ((10**6, 2), (10**7, 3)):
        if runs := found.get(n):
            value = median(runs["pandas"], "wall") / median(runs["carebench"], "wall")
            yield f"all against pandas, {n:,}", f"≥ {least}×", value, value >= least
            if "lifetimes" in runs:
                ours = median(runs["carebench"], "wall", RFM)
                value = median(runs["lifetimes"], "wall") / ours
                yield f"RFM against lifetimes, {n:,}", "≥ 5×", value, value >= 5
    if runs := found.get(10**7):
        ours, limit = runs["carebench"], runs["scan"]
        value = median(ours, "wall", RFM) / median(limit, "wall", RFM)
        yield "RFM against the scan of the sales", "≤ 10×", value, value <= 10
        value = median(ours, "wall") / median(limit, "wall")
        yield "all against the scan", "≤ 15×", value, value <= 15
        value = median(runs["spilling"], "cpu") / median(ours, "cpu")
        yield "CPU of spilling", "≤ 1.25×", value, value <= 1.25
        value = median(runs["importing"], "cpu")
        yield "starting the engine, CPU s", "≤ 0.5", value, value <= 0.5
    most = MEMORY_MB * 1e6 / 2**20 + MARGIN
    for n, runs in found.items():
        value = max(run["peak"] for run in runs["carebench"])
        yield f"peak of memory, {n:,}, MiB", f"≤ {most:,.0f}", value, value <= most


if __name__ == "__main__":
    main()
