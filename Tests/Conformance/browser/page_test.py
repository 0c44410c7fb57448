"""Drives the page in headless Chromium as a person would.

    page_test.py BASE_URL PHOTO OUTPUT_DIR

Uploads the photo on a desktop and on a phone, waits for the anime picture, checks it, moves the slider, changes the
language, sends a file that is no picture, and saves screenshots. Exit code 0 when all holds, 1 when something doesn't.
Needs selenium, chromium and its driver; no network but BASE_URL. The photo's longer side is at least 512 pixels.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

PATIENCE = 120  # seconds for one picture on a slow machine

# Mean absolute difference of the two pictures in 0…255, both drawn at the same small size.
DIFFERENCE = """
const pixels = (id) => {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 64;
  const context = canvas.getContext("2d");
  context.drawImage(document.getElementById(id), 0, 0, 64, 64);
  return context.getImageData(0, 0, 64, 64).data;
};
const before = pixels("before"), after = pixels("after");
return before.reduce((sum, value, index) => sum + Math.abs(value - after[index]), 0) / before.length;
"""


class Failure(Exception):
    pass


def check(condition, claim):
    print(("ok      " if condition else "FAILED  ") + claim, flush=True)
    if not condition:
        raise Failure(claim)


def browser(language, phone=False, dark=False):
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or shutil.which("google-chrome") or ""
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", f"--lang={language}"):
        options.add_argument(argument)
    options.add_experimental_option("prefs", {"intl.accept_languages": language})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    if phone:
        options.add_experimental_option(
            "mobileEmulation",
            {"deviceMetrics": {"width": 390, "height": 844, "pixelRatio": 2.0, "touch": True}},
        )
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
    if not phone:
        driver.set_window_size(1280, 900)
    scheme = "dark" if dark else "light"
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
    return driver


def state(driver):
    return driver.find_element(By.ID, "stage").get_attribute("data-state")


def wait_for(driver, wanted, seconds=PATIENCE):
    WebDriverWait(driver, seconds).until(lambda d: state(d) in (wanted, "failed"))
    if state(driver) != wanted:
        raise Failure("the page says: " + driver.find_element(By.ID, "failure-text").text)


def natural_size(driver, element):
    return tuple(driver.execute_script(
        "const i = document.getElementById(arguments[0]); return [i.naturalWidth, i.naturalHeight]", element))


def open_page(driver, base):
    driver.get(base + "/")
    WebDriverWait(driver, 30).until(lambda d: d.find_elements(By.CSS_SELECTOR, "#styles label, #failure:not([hidden])"))


def convert(driver, photo):
    driver.find_element(By.ID, "file").send_keys(str(photo))
    wait_for(driver, "done")
    before = natural_size(driver, "before")
    after = natural_size(driver, "after")
    check(max(before) <= 1024, f"the photo was shrunk to at most 1024 pixels {before}")
    check(max(after) == 512, f"the anime picture's longer side is 512 pixels {after}")
    scale = 512 / max(before)
    check(all(abs(a - b * scale) <= 1.01 for a, b in zip(after, before)), "it has the photo's proportions")
    difference = driver.execute_script(DIFFERENCE)
    check(difference > 2, f"it differs from the photo (mean {difference:.1f} of 255)")


def check_slider(driver):
    slider = driver.find_element(By.ID, "split")
    WebDriverWait(driver, 10).until(lambda d: abs(float(slider.get_attribute("value")) - 50) < 1)
    slider.send_keys(Keys.ARROW_RIGHT)
    clip = driver.execute_script("return getComputedStyle(document.getElementById('before')).clipPath")
    check(slider.get_attribute("value") == "51" and "49%" in clip, f"an arrow key moves the slider ({clip})")
    slider.send_keys(Keys.ARROW_LEFT)


def check_language(driver):
    driver.find_element(By.CSS_SELECTOR, '[data-language="zh"]').click()
    check("动漫" in driver.find_element(By.TAG_NAME, "h1").text, "the page speaks Chinese")
    check(driver.find_element(By.TAG_NAME, "html").get_attribute("lang") == "zh-CN", "and says so")
    driver.refresh()
    WebDriverWait(driver, 30).until(lambda d: "动漫" in d.find_element(By.TAG_NAME, "h1").text)
    check(True, "and remembers it")


def check_refusal(driver):
    with tempfile.NamedTemporaryFile(suffix=".jpg") as fake:
        fake.write(b"This is no picture. " * 20)
        fake.flush()
        driver.find_element(By.ID, "file").send_keys(fake.name)
        WebDriverWait(driver, 30).until(lambda d: state(d) == "failed")
    sentence = driver.find_element(By.ID, "failure-text").text
    check(len(sentence) > 8, f"text named .jpg is refused in a sentence: {sentence}")


def check_console(driver, allowed=()):
    complaints = [
        entry["message"] for entry in driver.get_log("browser")
        if entry["level"] == "SEVERE" and not any(word in entry["message"] for word in allowed)
    ]
    check(not complaints, "the browser has nothing to complain of" + "".join("\n        " + c for c in complaints))


def save(driver, folder, name):
    driver.save_screenshot(str(folder / f"{name}.png"))


def check_width(driver):
    overflow = driver.execute_script("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
    check(overflow <= 0, "nothing sticks out at the side")


def desktop(base, photo, folder):
    driver = browser("en-US")
    try:
        open_page(driver, base)
        save(driver, folder, "desktop-empty-en")
        convert(driver, photo)
        check_slider(driver)
        save(driver, folder, "desktop-done-en")
        sent = driver.find_element(By.ID, "fact-sent").text
        check("B" in sent, f"what was sent is shown: {sent}")
        check(driver.find_element(By.ID, "download").get_attribute("href").startswith("blob:"), "it can be downloaded")
        check_language(driver)
        check_refusal(driver)
        save(driver, folder, "desktop-failed-zh")
        check_width(driver)
        check_console(driver, allowed=("/v1/stylize",))
    finally:
        driver.quit()


def phone(base, photo, folder):
    driver = browser("zh-CN", phone=True, dark=True)
    try:
        open_page(driver, base)
        check("动漫" in driver.find_element(By.TAG_NAME, "h1").text, "a Chinese phone gets Chinese at once")
        save(driver, folder, "phone-empty-zh")
        convert(driver, photo)
        check_slider(driver)
        save(driver, folder, "phone-done-zh")
        check_width(driver)
        check_console(driver)
    finally:
        driver.quit()


def main():
    if len(sys.argv) != 4:
        print(__doc__)
        return 1
    base, photo, folder = sys.argv[1].rstrip("/"), Path(sys.argv[2]).resolve(), Path(sys.argv[3])
    folder.mkdir(parents=True, exist_ok=True)
    try:
        desktop(base, photo, folder)
        phone(base, photo, folder)
    except Failure as failure:
        print(f"page test failed: {failure}")
        return 1
    print(f"page test passed; screenshots are in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
