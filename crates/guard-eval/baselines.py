"""What gitleaks and detect-secrets find in folders of labelled texts.

For each file of the folder (JSON lines with `text` and `label`) and each program: how
many of the texts with a secret, and how many of those without, it reports anything in.
Each text is a file of its own, as both programs read files; their default rules.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile


def gitleaks(program: str, folder: pathlib.Path) -> set[str]:
    report = folder.with_suffix(".json")
    command = [program, "detect", "--no-git", "--no-banner", "--log-level", "error"]
    command += ["--exit-code", "0", "--source", folder, "--report-path", report]
    subprocess.run(command, check=True)
    return {pathlib.Path(found["File"]).name for found in json.loads(report.read_text())}


def detect_secrets(program: str, folder: pathlib.Path) -> set[str]:
    command = [program, "-C", folder, "scan", "--all-files", "--no-verify", "."]
    found = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return set(json.loads(found)["results"])


def texts(path: pathlib.Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines() if line.strip()]


def measure(path: pathlib.Path, found_by) -> dict:
    lines = texts(path)
    with tempfile.TemporaryDirectory() as work:
        folder = pathlib.Path(work, "texts")
        folder.mkdir()
        for number, line in enumerate(lines):
            folder.joinpath(f"{number}.txt").write_text(line["text"])
        found = found_by(folder)
    hits = [f"{number}.txt" in found for number in range(len(lines))]

    def count(label: int, hit: bool) -> int:
        return sum(
            int(line["label"]) == label and (was or not hit)
            for line, was in zip(lines, hits, strict=True)
        )

    return {
        "positives": count(1, False),
        "true_positives": count(1, True),
        "negatives": count(0, False),
        "false_positives": count(0, True),
    }


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--secrets", type=pathlib.Path, required=True, metavar="DIR")
    arguments.add_argument("--gitleaks", required=True, metavar="PROGRAM")
    arguments.add_argument("--detect-secrets", required=True, metavar="PROGRAM")
    given = arguments.parse_args()
    programs = {
        "gitleaks": lambda folder: gitleaks(given.gitleaks, folder),
        "detect-secrets": lambda folder: detect_secrets(given.detect_secrets, folder),
    }
    figures = {
        name: {
            path.stem: measure(path, found_by)
            for path in sorted(given.secrets.glob("*.jsonl"))
        }
        for name, found_by in programs.items()
    }
    json.dump(figures, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
