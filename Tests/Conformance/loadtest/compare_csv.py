#!/usr/bin/env python3
"""Compares a Sakuga report's CSV files with those of Locust for the same load, as a program that reads Locust's files would.

    compare_csv.py LOCUST_PREFIX SAKUGA_FOLDER [PERCENT [MILLISECONDS]]

Exit code 1 with a sentence where columns differ, a value can't be read as Locust's, or the figures are further apart than PERCENT (3)
and MILLISECONDS (0), or than Locust's rounding of times to two digits.
"""

import csv
import sys


def rows(path):
    with open(path, newline="") as file:
        reader = csv.DictReader(file)
        return reader.fieldnames, list(reader)


def number(text):
    return None if text in ("N/A", "") else float(text)


def check(condition, sentence):
    if not condition:
        sys.exit(sentence)


def main():
    locust, sakuga = sys.argv[1], sys.argv[2]
    percent = float(sys.argv[3]) if len(sys.argv) > 3 else 3
    milliseconds = float(sys.argv[4]) if len(sys.argv) > 4 else 0
    for name in ("stats", "stats_history", "failures", "exceptions"):
        theirs, _ = rows(f"{locust}_{name}.csv")
        ours, lines = rows(f"{sakuga}/sakuga_{name}.csv")
        # Newer versions of Locust add columns at the end; programs read them by their names.
        check(ours[: len(theirs)] == theirs, f"{name}: Locust has the columns\n{theirs}\nand Sakuga has\n{ours}")
        for line in lines:
            for column, text in line.items():
                check(text is not None, f"{name}: a line is too short: {line}")
                if column not in ("Type", "Name", "Method", "Error", "Occurrences", "Message", "Traceback", "Nodes", "Count"):
                    number(text)

    def total(path):
        return next(line for line in rows(path)[1] if line["Name"] == "Aggregated")

    theirs, ours = total(f"{locust}_stats.csv"), total(f"{sakuga}/sakuga_stats.csv")
    disagreements = []
    for column, rounding in (("Requests/s", 0), ("Average Response Time", 0), ("50%", 1), ("95%", 1)):
        # A run in which nothing was asked has no times.
        first, second = number(theirs[column]) or 0, number(ours[column]) or 0
        apart = abs(first - second)
        print(f"{column}: Locust {first:.2f}, Sakuga {second:.2f}")
        # Two digits: 62 ms is told as 62, 126 as 130.
        step = 10 ** max(0, len(str(int(first))) - 2) if rounding else 0
        slack = milliseconds if column != "Requests/s" else 0
        if apart > percent / 100 * max(first, second) + step + slack:
            disagreements.append(f"{column}: Locust says {first} and Sakuga {second}")
    check(not disagreements, "\n".join(disagreements))
    check(number(ours["Failure Count"]) == 0, f"{ours['Failure Count']} failures")


main()
