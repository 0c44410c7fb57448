"""Drives the load test's console in headless Chromium.

    loadtest_console_test.py CONSOLE_URL TARGET_URL OUTPUT_DIR

Starts a run with a few users, watches the charts, changes the users (which begins a new step), stops it, starts another one and
compares the two, downloads a report; by mouse and by keyboard, in both languages, on a desktop and on a phone. Saves screenshots.
Exit code 0 when all holds, 1 when something doesn't.
"""

import sys
import urllib.error
import urllib.request
from pathlib import Path

from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from chromium import (
    Failure, browser, check, check_log, check_names, check_width, choose_language, find, find_all, save, until, use_scheme)

TABS = ["charts", "statistics", "failures", "exceptions", "ratio", "downloads", "history"]


def value(driver, tile):
    return driver.execute_script(
        "return document.querySelector(`[data-tile='${arguments[0]}'] .value`)?.textContent ?? ''", tile)


def phase(driver):
    return find(driver, "#lamp").get_attribute("data-phase")


def fill(driver, selector, text):
    field = find(driver, selector)
    field.clear()
    field.send_keys(text)


def go_to(driver, tab):
    find(driver, f"#tab-{tab}").click()
    check(find(driver, f"#panel-{tab}").is_displayed(), f"the tab {tab} opens")


def open_page(driver, url):
    driver.get(url)
    until(driver, lambda d: find(d, "#board").is_displayed() and find_all(d, ".tile"), "the console opens", 90)


def run_once(driver, users, seconds=None):
    Select(find(driver, "#shape")).select_by_value("steady")
    fill(driver, "#load", str(users))
    find(driver, "#seconds").clear()
    if seconds:
        find(driver, "#seconds").send_keys(str(seconds))
    find(driver, "#start").click()
    until(driver, lambda d: find(d, "#stop").is_displayed(), "a run begins")


def starting_and_changing(driver, target, folder):
    check(target.split("//")[1] in find(driver, "#target").text, "the page tells the target")
    check(not find_all(driver, f"input[value*='{target}']"), "and nothing there changes it")
    save(driver, folder, "loadtest-idle-en")
    run_once(driver, 2)
    until(driver, lambda d: float(value(d, "qps").replace("–", "0") or 0) > 0, "answers a second are shown", 60)
    until(driver, lambda d: phase(d) == "measuring", "it measures", 60)
    fill(driver, "#now", "4")
    find(driver, "#now").send_keys(Keys.ENTER)
    until(driver, lambda d: value(d, "users") == "4", "the users change while it runs")
    until(driver, lambda d: "step 2" in find(d, "#stage").text, "which is a new step")
    until(driver, lambda d: phase(d) == "measuring", "that is measured too", 60)
    find(driver, '[data-step="1"]').click()
    until(driver, lambda d: value(d, "users") == "5", "one user more by a button")
    until(driver, lambda d: phase(d) == "measuring", "and measured", 60)
    until(driver, lambda d: find_all(d, "#charts canvas"), "charts are drawn")
    save(driver, folder, "loadtest-running-en")


def every_tab(driver, folder):
    go_to(driver, "statistics")
    until(driver, lambda d: len(find_all(d, "#steps tbody tr")) >= 2, "the steps that are over have lines")
    save(driver, folder, "loadtest-statistics-en")
    go_to(driver, "ratio")
    check("100.0%" in find(driver, "#ratio").text, "the ratio is told")
    go_to(driver, "exceptions")
    go_to(driver, "failures")
    tab = find(driver, "#tab-failures")
    tab.send_keys(Keys.ARROW_RIGHT)
    check(find(driver, "#panel-exceptions").is_displayed(), "arrows go from tab to tab")
    driver.switch_to.active_element.send_keys(Keys.HOME)
    check(find(driver, "#panel-charts").is_displayed(), "Home to the first")
    driver.switch_to.active_element.send_keys(Keys.END)
    check(find(driver, "#panel-history").is_displayed(), "End to the last")


def stopping_and_comparing(driver, url, folder):
    find(driver, "#stop").click()
    until(driver, lambda d: find(d, "#start").is_displayed(), "Stop ends the run", 90)
    until(driver, lambda d: len(find_all(d, "#runs tbody tr")) == 1, "it is in the history")
    run_once(driver, 3, seconds=6)
    until(driver, lambda d: find(d, "#start").is_displayed(), "a run with an end ends by itself", 90)
    until(driver, lambda d: find(d, "#comparison").is_displayed(), "two runs can be compared")
    check(find_all(driver, "#compared tbody tr"), "load by load")
    save(driver, folder, "loadtest-history-en")
    go_to(driver, "downloads")
    until(driver, lambda d: len(find_all(d, "#files button")) == 8, "all files are offered")
    save(driver, folder, "loadtest-downloads-en")
    run = Select(find(driver, "#download-run")).options[0].get_attribute("value")
    with urllib.request.urlopen(f"{url}/loadtest/runs/{run}/report.html", timeout=60) as answer:
        check(answer.headers["Content-Disposition"].startswith("attachment") and b"</html>" in answer.read(), "a report is downloaded")


def bad_input(driver, url):
    Select(find(driver, "#shape")).select_by_value("steps")
    fill(driver, "#loads", "5, many")
    find(driver, "#start").click()
    until(driver, lambda d: find(d, "#wrong").is_displayed(), "what can't be started is told")
    request = urllib.request.Request(f"{url}/loadtest/stop", data=b"{}", headers={"Origin": "http://evil.example", "X-Sakuga-Console": "1"})
    try:
        urllib.request.urlopen(request, timeout=60)
        check(False, "other pages can't stop a run")
    except urllib.error.HTTPError as error:
        check(error.code == 403, "other pages can't stop a run")


def desktop(url, target, folder):
    driver = browser("en-US")
    try:
        open_page(driver, url)
        starting_and_changing(driver, target, folder)
        every_tab(driver, folder)
        stopping_and_comparing(driver, url, folder)
        bad_input(driver, url)
        check_names(driver)
        check_width(driver)
        go_to(driver, "charts")
        choose_language(driver, "zh")
        check(find(driver, "#phase").text == "已结束", "the console speaks Chinese")
        use_scheme(driver, dark=True)
        save(driver, folder, "loadtest-over-zh-dark")
        # The answer to the wrong steps is a complaint of the browser's too.
        check_log(driver, allowed=("/loadtest/start", "chart.js"))
    finally:
        driver.quit()


def phone(url, folder):
    driver = browser("zh-CN", phone=True)
    try:
        open_page(driver, url)
        check_width(driver)
        save(driver, folder, "loadtest-phone-zh")
        choose_language(driver, "en")
        use_scheme(driver, dark=True)
        for tab in TABS:
            driver.execute_script("arguments[0].click()", find(driver, f"#tab-{tab}"))
            check_width(driver)
        driver.execute_script("arguments[0].click()", find(driver, "#tab-statistics"))
        save(driver, folder, "loadtest-phone-en-dark")
        check_log(driver, allowed=("chart.js",))
    finally:
        driver.quit()


def main():
    if len(sys.argv) != 4:
        print(__doc__)
        return 1
    url, target, folder = sys.argv[1].rstrip("/").removesuffix("/console"), sys.argv[2].rstrip("/"), Path(sys.argv[3])
    folder.mkdir(parents=True, exist_ok=True)
    try:
        desktop(url, target, folder)
        phone(url, folder)
    except Failure as failure:
        print(f"load test console test failed: {failure}")
        return 1
    print(f"load test console test passed; screenshots are in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
