"""Fills in what TSB-AD's own code gives for the cases of vusCases.json, and for a whole file where one is named.

    python3 -m venv venv && venv/bin/pip install --no-deps TSB-AD==1.5 &&
    venv/bin/pip install numpy scipy statsmodels scikit-learn
    venv/bin/python models/evaluation/vusReference.py models/evaluation/vusCases.json
    venv/bin/python models/evaluation/vusReference.py FILE.csv

A file of value,label, also .gz, is scored by how far each value lies from the one ten before it; its window, VUS-PR and VUS-ROC
are printed.
"""

import gzip
import json
import sys

import numpy as np
from TSB_AD.evaluation.basic_metrics import generate_curve
from TSB_AD.utils.slidingWindows import find_length_rank


def volumes(labels, scores, window, thresholds):
    *_, roc, pr = generate_curve(labels, scores, window, "opt", thresholds)
    return {"vusPr": float(pr), "vusRoc": float(roc)}


def made(case):
    """The same whole numbers as vusReference.test.ts makes."""
    length = case["length"]
    labels = np.zeros(length, dtype=int)
    for start, end in case["anomalous"]:
        labels[start:end] = 1
    scores = np.arange(length) * case["factor"] % case["modulus"]
    for start, end, amount in case["raised"]:
        scores[start:end] += amount
    return labels, scores.astype(float)


def triangle(case):
    """The values whose window is asked for: whole numbers, a triangle and something beside it."""
    at = np.arange(case["length"])
    period = case["period"]
    return (np.abs(at % period * 2 - period) * case["height"] + at * case["factor"] % case["modulus"]).astype(float)


def main(path):
    if not path.endswith(".json"):
        with (gzip.open if path.endswith(".gz") else open)(path, "rt") as file:
            values, labels = np.loadtxt(file, delimiter=",", unpack=True)
        window = int(find_length_rank(values))
        scores = np.abs(values - np.concatenate([np.full(10, values[0]), values[:-10]]))
        print(json.dumps({"window": window, **volumes(labels.astype(int), scores, window, 250)}))
        return
    with open(path) as file:
        cases = json.load(file)
    for case in cases["volumes"]:
        case.update(volumes(*made(case), case["window"], case["thresholds"]))
    for case in cases["windows"]:
        case["window"] = int(find_length_rank(triangle(case)))
    with open(path, "w") as file:
        json.dump(cases, file, indent=2)
        file.write("\n")


main(sys.argv[1])
