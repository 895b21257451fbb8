"""Take docs/chat.png anew: an answer, and its sentence marked on the survey's page.

    surveyqa chat --port 7899 &       with the originals fetched
    python scripts/picture.py http://127.0.0.1:7899/

The page is blurred, because its text is not ours to copy. Needs playwright and Chromium (`.[browser]`).
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "chat.png"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
BLUR = "img[src*='/pages/'] { filter: blur(2.4px) }"


def main(address: str) -> None:
    from PIL import Image
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--headless", "--no-sandbox"])
        page = browser.new_context(viewport={"width": 1400, "height": 720}).new_page()
        page.goto(address)
        page.wait_for_selector("body[data-ready]")
        page.add_style_tag(content=BLUR)
        page.fill("#box textarea", "What is prefix tuning?")
        page.press("#box textarea", "Enter")
        page.locator("#turn-0 .tools").wait_for()
        page.locator("#turn-0 button.chip").first.click()
        page.locator(".sheet .hl").first.wait_for()
        page.wait_for_timeout(2000)  # until it has scrolled there
        page.screenshot(path=PICTURE)
        browser.close()
    with Image.open(PICTURE) as picture:
        picture.convert("RGB").quantize(128).save(PICTURE, optimize=True)


if __name__ == "__main__":
    main(sys.argv[1])
