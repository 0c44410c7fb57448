"""Drives the operator's console in headless Chromium.

    console_test.py CONSOLE_URL BASE_URL TOKEN PHOTO OUTPUT_DIR

The server has to do at once what it is asked for, however slow the machine: serve --threads 1 --cache 0 --max-wait 60s.

Signs in with a wrong and the right token, watches the figures move while the service works, drains and resumes it, changes the
language; on a desktop and on a phone, and saves screenshots. Exit code 0 when all holds, 1 when something doesn't.
"""

import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path

from selenium.common.exceptions import ElementClickInterceptedException, ElementNotInteractableException
from selenium.webdriver.common.keys import Keys

from chromium import (
    Failure, browser, check, check_log, check_names, check_width, check_words, choose_language, find, find_all, save, until, use_scheme)


def value(driver, tile):
    return driver.execute_script(
        "return document.querySelector(`[data-tile='${arguments[0]}'] .value`)?.textContent ?? ''", tile)


def figure(driver, tile):
    """The number that a tile begins with; 0 where there is none."""
    digits = value(driver, tile).split("/")[0].replace(",", "").strip()
    return 0 if digits in ("", "–") else float(digits)


def points(driver, chart):
    """How many seconds a chart's first line has; 0 before it is drawn."""
    return driver.execute_script("""
        const line = document.querySelectorAll(".chart .line.series-0")[arguments[0]]?.getAttribute("d");
        return line ? line.split("L").length : 0""", chart)


def press(driver, selector):
    """A switch does nothing while another one is being turned or the news of it is on the way."""
    until(driver, lambda d: find(d, selector).is_enabled() and (find(d, selector).click() or True), f"{selector} can be pressed",
          also=(ElementClickInterceptedException, ElementNotInteractableException))


def post(base, photo):
    """The answer's status."""
    request = urllib.request.Request(f"{base}/v1/stylize?size=512", data=photo, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=300) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


class Load:
    """Somebody who asks for one picture after another."""

    def __init__(self, base, photo):
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.run, args=(base, photo), daemon=True)

    def run(self, base, photo):
        while not self.stopped.is_set():
            post(base, photo)

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.stopped.set()
        self.thread.join()


def sign_in(driver, token):
    until(driver, lambda d: find(d, "#sign-in").is_displayed(), "the console asks for its token")
    find(driver, "#token").send_keys(token + Keys.ENTER)


def signing_in(driver, url, token, folder):
    driver.get(url)
    until(driver, lambda d: find(d, "#sign-in").is_displayed(), "the console asks for its token")
    check(not find(driver, "#board").is_displayed(), "and shows nothing before")
    save(driver, folder, "console-sign-in-en")
    sign_in(driver, "not-the-token")
    until(driver, lambda d: find(d, "#sign-in-wrong").is_displayed(), "a wrong token is told")
    sign_in(driver, token)
    until(driver, lambda d: find(d, "#board").is_displayed() and value(d, "tileMemory") not in ("", "–"), "the right one opens it")
    driver.refresh()
    until(driver, lambda d: find(d, "#board").is_displayed(), "a reload keeps the token")
    stored = driver.execute_script("return [localStorage.length, document.cookie].join()")
    check("sakuga.token" not in driver.execute_script("return Object.keys(localStorage).join()"), f"only this tab does ({stored})")


def figures_move(driver, base, photo, folder):
    lines = until(driver, lambda d: points(d, 0), "there are charts")
    with Load(base, photo):
        until(driver, lambda d: value(d, "tileRunning").startswith("1"), "a running job is shown")
        until(driver, lambda d: figure(d, "tileRequests") > 0, "requests a second go up")
        until(driver, lambda d: value(d, "tileLatency") not in ("", "–"), "there is a latency")
        until(driver, lambda d: figure(d, "tileCores") > 0, "the cores are busy")
    until(driver, lambda d: points(d, 0) > lines, "the lines of the charts grow")
    until(driver, lambda d: min(points(d, 0), points(d, 4)) > 6, "some seconds are drawn")
    save(driver, folder, "console-busy-en")
    drawn = len(find_all(driver, ".chart"))
    driver.refresh()
    until(driver, lambda d: len(find_all(d, ".chart")) == drawn, "the charts are back")
    past = until(driver, lambda d: points(d, 4), "the past is there")
    check(past > 3, f"with the minutes before the reload ({past} points)")


def drain_and_resume(driver, base, photo, folder):
    press(driver, "#drain")
    until(driver, lambda d: find(d, "#confirm").is_displayed(), "draining asks first")
    save(driver, folder, "console-confirm-en")
    press(driver, "#confirm-no")
    check(find(driver, "#state-name").text == "Accepting requests", "no means no")
    press(driver, "#drain")
    press(driver, "#confirm-yes")
    until(driver, lambda d: find(d, "#state-name").text in ("Draining", "Drained"), "yes drains it")
    check(post(base, photo) == 503, "new work is refused")
    until(driver, lambda d: find(d, "#state-name").text == "Drained", "it is drained once nothing runs")
    until(driver, lambda d: "/v1/stylize" in find(d, "#errors").text, "the refusal is among the errors")
    save(driver, folder, "console-drained-en")
    press(driver, "#resume")
    until(driver, lambda d: find(d, "#state-name").text == "Accepting requests", "and it resumes")
    check(post(base, photo) == 200, "work is taken again")


def refusal(driver, token, folder):
    """A switch that is refused says why, in the page's language, and the page goes on."""
    driver.execute_script("sessionStorage.setItem('sakuga.token', 'no-token-any-more')")
    press(driver, "#drain")
    press(driver, "#confirm-yes")
    until(driver, lambda d: "sign in" in find(d, "#refused").text, "a refusal says what to do")
    choose_language(driver, "zh")
    until(driver, lambda d: "重新登录" in find(d, "#refused").text, "in Chinese too")
    save(driver, folder, "console-refused-zh")
    driver.execute_script("sessionStorage.setItem('sakuga.token', arguments[0])", token)
    choose_language(driver, "en")


def desktop(url, base, token, photo, folder):
    driver = browser("en-US")
    try:
        signing_in(driver, url, token, folder)
        figures_move(driver, base, photo, folder)
        drain_and_resume(driver, base, photo, folder)
        refusal(driver, token, folder)
        check_words(driver, "/console/strings.js")
        check_names(driver)
        check_width(driver)
        choose_language(driver, "zh")
        check("正常" in find(driver, "#state-name").text, "the console speaks Chinese")
        use_scheme(driver, dark=True)
        save(driver, folder, "console-zh-dark")
        press(driver, "#sign-out")
        until(driver, lambda d: find(d, "#sign-in").is_displayed(), "one can sign out")
        check_log(driver, allowed=("/admin/events", "/admin/drain"))
    finally:
        driver.quit()


def phone(url, token, folder):
    driver = browser("zh-CN", phone=True)
    try:
        driver.get(url)
        sign_in(driver, token)
        until(driver, lambda d: find(d, "#board").is_displayed() and find_all(d, ".tile"), "the console opens on a phone")
        check_width(driver)
        save(driver, folder, "console-phone-zh")
        use_scheme(driver, dark=True)
        choose_language(driver, "en")
        save(driver, folder, "console-phone-en-dark")
        check_log(driver, allowed=("/admin/events",))
    finally:
        driver.quit()


def main():
    if len(sys.argv) != 6:
        print(__doc__)
        return 1
    url, base, token = sys.argv[1], sys.argv[2].rstrip("/"), sys.argv[3]
    photo, folder = Path(sys.argv[4]).read_bytes(), Path(sys.argv[5])
    folder.mkdir(parents=True, exist_ok=True)
    try:
        desktop(url, base, token, photo, folder)
        phone(url, token, folder)
    except Failure as failure:
        print(f"console test failed: {failure}")
        return 1
    print(f"console test passed; screenshots are in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
