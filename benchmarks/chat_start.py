"""How long from `surveyqa chat` to a page that can be used, and where the time goes.

    pip install -e ".[test]" && surveyqa index && python benchmarks/chat_start.py [--runs 3]

Prints medians: seconds after the start of the process at which its phases ended, the page came, and, where
Playwright and Chromium are there, a question could be typed. Times of a machine that is busy with other
things mean little; the seconds of CPU until the server listened are printed beside them.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from typing import Any

import httpx
from chat_load import cpu


def run(browser: Any) -> dict[str, float]:
    """One start: name of what was reached -> seconds."""
    command = [sys.executable, "-m", "surveyqa", "chat", "--port", "0", "--offline"]
    env = os.environ | {"SURVEYQA_LOG": "info"}
    started = time.perf_counter()
    reached: dict[str, float] = {}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=env) as process:
        assert process.stderr is not None
        try:
            for line in process.stderr:
                if line.startswith("{") and (phases := json.loads(line).get("phases")):
                    reached |= {name: round(at, 2) for name, at in phases.items()}
                if "the chat is at " in line:
                    address = line.split("the chat is at ")[1].split()[0]
                    break
            else:
                sys.exit("the server did not start")
            reached["it says where it is"] = time.perf_counter() - started
            reached["(seconds of CPU until then)"] = cpu(process.pid)
            if browser is None:
                httpx.get(address, trust_env=False).raise_for_status()
                reached["the page came"] = time.perf_counter() - started
            else:
                page = browser.new_page()
                page.goto(address, wait_until="commit")
                reached["the page came"] = time.perf_counter() - started
                page.wait_for_selector("body[data-ready] #box textarea")
                reached["a question can be typed"] = time.perf_counter() - started
                page.fill("#box textarea", "What is prefix tuning?")
                page.press("#box textarea", "Enter")
                page.wait_for_selector("#turn-0 .chip")
                reached["its answer is there"] = time.perf_counter() - started
                page.close()
        finally:
            process.terminate()
    return reached


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        chromium = None
    if chromium is None:
        runs = [run(None) for _ in range(args.runs)]
    else:
        with sync_playwright() as playwright:
            flags = ["--headless", "--no-sandbox", "--disable-gpu"]
            browser = playwright.chromium.launch(executable_path=chromium, args=flags)
            browser.new_page().close()  # its own start is not ours
            runs = [run(browser) for _ in range(args.runs)]
            browser.close()
    for name in runs[0]:
        print(f"{statistics.median(row[name] for row in runs):6.2f} s  {name}")


if __name__ == "__main__":
    main()
