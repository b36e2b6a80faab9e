"""What a suite must reach, and whether it did.

    ratio      the time of `against` over that of `ours`, in each case (of `group`)
    rate       flops per second of `ours` over those of `against`, each with its flops
    growth     how far time / size^power strays from its least, over all cases
    bandwidth  bytes per second (`arrays` of the problem) over those of `copy`
"""


def _find(case, name):
    return next((row for row in case["rows"] if row["name"] == name), None)


def _ratio(target, case):
    ours = _find(case, target["ours"])
    if ours is None:
        return None
    if target["against"] == "fastest":
        peers = [r for r in case["rows"] if not r["ours"] and r["within"]]
        if not peers:
            return None
        against = min(peers, key=lambda row: row["time"])
    else:
        against = _find(case, target["against"])
        if against is None:
            return None
    return against["time"] / ours["time"], against["name"]


def _selected(target, cases):
    return [
        case
        for case in cases
        if case["rows"] and ("group" not in target or case.get("group") == target["group"])
    ]


def evaluate(wanted, cases):
    """A row for each target and case: what, required, reached, met."""
    rows = []
    for target in wanted:
        chosen = _selected(target, cases)
        kind = target.get("kind", "ratio")
        if kind == "growth":
            rows += _growth(target, chosen)
            continue
        for case in chosen:
            if kind == "rate":
                ours, against = _find(case, target["ours"]), _find(case, target["against"])
                if ours is None or against is None:
                    continue
                flops = target["flops"] / target["against_flops"]
                reached = flops * against["time"] / ours["time"]
                what = f"{target['ours']}: of the rate of {target['against']}"
            elif kind == "bandwidth":
                ours, copy = _find(case, target["ours"]), _find(case, target["copy"])
                if ours is None or copy is None:
                    continue
                reached = target["arrays"] / 2 * copy["time"] / ours["time"]
                what = f"{target['ours']}: of the bandwidth of a copy"
            else:
                found = _ratio(target, case)
                if found is None:
                    continue
                reached, name = found
                what = f"{target['ours']} against {name}"
            rows.append(_row(case["label"], what, target["at_least"], reached))
    return rows


def _row(label, what, required, reached, met=None):
    met = reached >= required if met is None else met
    return {"case": label, "what": what, "required": required, "reached": reached, "met": met}


def _growth(target, cases):
    power = target["power"]
    rates = []
    for case in cases:
        row = _find(case, target["ours"])
        if row:
            rates.append(row["time"] / case["size"] ** power)
    if len(rates) < 2:
        return []
    reached = max(rates) / min(rates) - 1
    label = f"{cases[0]['label']} to {cases[-1]['label']}"
    what = f"{target['ours']}: spread of time / size^{power}"
    return [_row(label, what, target["within"], reached, reached <= target["within"])]
