"""The example's page in a real browser: a person's way from the form to the ranking.

What the page's script does is seen nowhere else: the other tests speak to the service without it.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
CVS = ROOT / "examples" / "cvs"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DRIVER = shutil.which("chromedriver")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--window-size=1280,900",
]

if os.environ.get("CI") != "true":
    for module in ("selenium", "fastapi", "uvicorn", "python_multipart", "sqlalchemy"):
        pytest.importorskip(module)
    if CHROMIUM is None or DRIVER is None:
        pytest.skip("there is no Chromium with its chromedriver on this machine", allow_module_level=True)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The example, with its sandbox, on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CVSENSE_")}
    environment |= {"PORT": str(port), "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])}
    environment.pop("PUBLIC_URL", None)
    said = tmp_path_factory.mktemp("example") / "said"
    with said.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "examples" / "fastapi_app" / "main.py")],
            env=environment,
            stdout=stream,
            stderr=stream,
        )
    try:
        ends = time.monotonic() + 20
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/about", timeout=5).close()
                break
            except OSError:
                assert process.poll() is None, f"the example ended: {said.read_text()}"
                assert time.monotonic() < ends, "the example did not start"
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Any]:
    """Chromium with a profile of its own."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    assert CHROMIUM is not None, "CI must have chromium"
    assert DRIVER is not None, "CI must have chromium-driver"
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (*FLAGS, f"--user-data-dir={tmp_path / 'profile'}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    try:
        yield driver
    finally:
        driver.quit()


def test_a_visitor_sees_the_ranking(url: str, browser: Any, tmp_path: Path) -> None:
    """CVs go in by the form, come back ranked, those not screened say why, and the page broke no rule of its own."""
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import WebDriverWait

    files = sorted(CVS.glob("*.docx"))
    if not files:
        pytest.skip("the sample CVs are not here")
    odd = tmp_path / "<b>no cv<b>.pdf"
    odd.write_bytes(b"not a CV")

    browser.get(url)
    browser.find_element(By.ID, "files").send_keys("\n".join(map(str, [*files, odd])))
    assert browser.find_element(By.ID, "chosen").text == f"{len(files) + 1} files chosen"
    browser.find_element(By.ID, "start").click()
    WebDriverWait(browser, 20).until(lambda page: "Done" in page.find_element(By.ID, "state").text)

    cards = browser.find_elements(By.CSS_SELECTOR, "#results > li")
    assert {card.find_element(By.CLASS_NAME, "name").text for card in cards} == {file.name for file in files}
    scores = [float(card.get_dom_attribute("data-score")) for card in cards]
    assert scores == sorted(scores, reverse=True)
    aside = browser.find_element(By.ID, "rejected").text
    assert odd.name in aside
    assert f"{5000 - len(files)} credits" in browser.find_element(By.ID, "about").text
    for width in (1280, 390):
        browser.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False},
        )
        assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth"), width
    assert [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []
