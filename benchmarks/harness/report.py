"""Tables in Markdown."""


from harness.clocks import text


def _case(case):
    lines = [f"**{case['label']}**", ""]
    if case.get("skipped"):
        return [*lines, f"skipped: {case['skipped']}", ""]
    ours = next((row for row in case["rows"] if row["ours"]), None)
    lines += ["| | time | least to most | over ours | measured |", "|---|---|---|---|---|"]
    for row in case["rows"]:
        ratio = f"{row['time'] / ours['time']:.2f}" if ours else ""
        measured = ", ".join(f"{k} {v:.2g}" for k, v in row["measured"].items())
        outside = "" if row["within"] else " (outside)"
        lines.append(
            f"| {row['name']} | {text(row['time'])} | {text(row['least'])} to "
            f"{text(row['most'])} | {ratio} | {measured}{outside} |"
        )
    lines += [f"\n{name}: skipped, {why}" for name, why in case["absent"].items()]
    return [*lines, ""]


def _machine(machine):
    versions = ", ".join(f"{k} {v}" for k, v in machine["versions"].items())
    return (
        f"{machine['processor']} (family {machine['family']}, model {machine['model']}), "
        f"{machine['cores']} cores, {machine['memory_gib']} GiB, {machine['threads']} threads, clock: {machine['clock']}; "
        f"{versions}; {machine.get('blas', 'no OpenBLAS')}"
    )


def to_markdown(report):
    lines = [_machine(report["machine"]), ""]
    for name, suite in report["suites"].items():
        lines += [f"### {name}", "", suite["title"], ""]
        for case in suite["cases"]:
            lines += _case(case)
        lines += to_targets(suite["targets"])
    return "\n".join(lines)


def to_targets(rows):
    if not rows:
        return []
    lines = ["| case | target | required | reached | |", "|---|---|---|---|---|"]
    for row in rows:
        met = "yes" if row["met"] else "**no**"
        lines.append(
            f"| {row['case']} | {row['what']} | {row['required']:g} | {row['reached']:.2f} | {met} |"
        )
    return [*lines, ""]
