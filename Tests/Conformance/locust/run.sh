#!/bin/sh
# Runs the well-known Locust file, unmodified, against a server: 5 users for 20 seconds, no failure allowed.
#
#     PYTHON=/path/to/venv/bin/python run.sh BASE_URL [PHOTO.jpg]
#
# The file reads test.jpg from the folder it is run in; PHOTO.jpg is put there (or test.jpg is there already).
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
base=${1:?usage: PYTHON=… run.sh BASE_URL [PHOTO.jpg]}
python=${PYTHON:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cp "${2:-test.jpg}" "$work/test.jpg"
cd "$work"
"$python" -m locust --locustfile "$here/locustfile.py" --host "$base" --headless --users 5 --spawn-rate 5 \
    --run-time 20s --stop-timeout 30 --exit-code-on-error 1 --csv result --only-summary

# A run without a single request also ends with code 0, so the numbers are looked at as well.
"$python" - result_stats.csv <<'END'
import csv, sys
total = next(row for row in csv.DictReader(open(sys.argv[1])) if row["Name"] == "Aggregated")
requests, failures = int(total["Request Count"]), int(total["Failure Count"])
print(f"locust: {requests} requests, {failures} failures")
sys.exit(0 if requests > 0 and failures == 0 else 1)
END
