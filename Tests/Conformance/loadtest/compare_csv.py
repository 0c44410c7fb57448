#!/usr/bin/env python3
"""Compares a Sakuga report's CSV files with those of Locust for the same load, as a program that reads Locust's files would.

    compare_csv.py LOCUST_PREFIX SAKUGA_FOLDER USERS SECONDS

Exit code 1 with a sentence where columns differ, a value can't be read as Locust's, or the figures are further apart than 10 %
(or than Locust's rounding of times to two digits).
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
    for name in ("stats", "stats_history", "failures", "exceptions"):
        theirs, _ = rows(f"{locust}_{name}.csv")
        ours, lines = rows(f"{sakuga}/sakuga_{name}.csv")
        check(theirs == ours, f"{name}: Locust has the columns\n{theirs}\nand Sakuga has\n{ours}")
        for line in lines:
            for column, text in line.items():
                check(text is not None, f"{name}: a line is too short: {line}")
                if column not in ("Type", "Name", "Method", "Error", "Occurrences", "Message", "Traceback", "Nodes", "Count"):
                    number(text)

    def total(path):
        return next(line for line in rows(path)[1] if line["Name"] == "Aggregated")

    theirs, ours = total(f"{locust}_stats.csv"), total(f"{sakuga}/sakuga_stats.csv")
    for column, rounding in (("Requests/s", 0), ("Average Response Time", 1), ("50%", 5), ("95%", 10)):
        first, second = number(theirs[column]), number(ours[column])
        apart = abs(first - second)
        print(f"{column}: Locust {first:.2f}, Sakuga {second:.2f}")
        check(apart <= 0.10 * max(first, second) + rounding, f"{column}: Locust says {first} and Sakuga {second}")
    check(number(ours["Failure Count"]) == 0, f"{ours['Failure Count']} failures")


main()
