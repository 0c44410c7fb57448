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
    Failure, browser, check, check_log, check_names, check_width, check_words, choose_language, find, find_all, save, until, use_scheme)

# What is filled in, and what is said of it: shape, field, what is typed, words of the refusal in English and in Chinese.
REFUSED = [
    ("steps", "#loads", "5, many", "Users must be whole numbers separated by commas, such as 5,10,20.", "用户数必须是整数，用逗号隔开，例如 5,10,20。"),
    ("steps", "#loads", "5，2.5", "Users must be whole numbers separated by commas, such as 5,10,20.", "用户数必须是整数，用逗号隔开，例如 5,10,20。"),
    ("steady", "#load", "", "Users must be a whole number from 1, such as 20.", "用户数必须是从 1 开始的整数，例如 20。"),
    ("steady", "#load", "999999999", "The limit is 100000 users", "最多模拟 100000 个用户"),
    ("steady", "#seconds", "0", "Seconds must be a number from 1 to 604800", "秒数必须是 1 到 604800 的数"),
    ("ramp", "#peak", "2.5", "Users must be a whole number from 1", "最高用户数必须是从 1 开始的整数"),
]

TABS = ["charts", "statistics", "failures", "exceptions", "ratio", "downloads", "history"]


def value(driver, tile):
    return driver.execute_script(
        "return document.querySelector(`[data-tile='${arguments[0]}'] .value`)?.textContent ?? ''", tile)


def phase(driver):
    return find(driver, "#lamp").get_attribute("data-phase")


def fill(driver, selector, text):
    """As a person does it: the page may fill in a field that was emptied and left, but never one that somebody is in."""
    find(driver, selector).send_keys(Keys.CONTROL, "a", Keys.NULL, Keys.DELETE, text)


def go_to(driver, tab):
    find(driver, f"#tab-{tab}").click()
    check(find(driver, f"#panel-{tab}").is_displayed(), f"the tab {tab} opens")


def open_page(driver, url):
    driver.get(url)
    until(driver, lambda d: find(d, "#board").is_displayed() and find_all(d, ".tile"), "the console opens", 90)


def run_once(driver, users, seconds=None):
    Select(find(driver, "#shape")).select_by_value("steady")
    fill(driver, "#load", str(users))
    fill(driver, "#seconds", str(seconds or ""))
    find(driver, "#start").click()


def starting_and_changing(driver, target, folder):
    check(target.split("//")[1] in find(driver, "#target").text, "the page tells the target")
    check(not find_all(driver, f"input[value*='{target}']"), "and nothing there changes it")
    save(driver, folder, "loadtest-idle-en")
    run_once(driver, 2)
    until(driver, lambda d: find(d, "#stop").is_displayed(), "a run begins")
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
    until(driver, lambda d: len(find_all(d, "#runs tbody tr")) == 2, "a run with an end ends by itself", 90)
    until(driver, lambda d: find(d, "#start").is_displayed(), "and another one can be started")
    until(driver, lambda d: find(d, "#comparison").is_displayed(), "two runs can be compared")
    check(find_all(driver, "#compared tbody tr"), "load by load")
    save(driver, folder, "loadtest-history-en")
    go_to(driver, "downloads")
    until(driver, lambda d: len(find_all(d, "#files button")) == 8, "all files are offered")
    save(driver, folder, "loadtest-downloads-en")
    run = Select(find(driver, "#download-run")).options[0].get_attribute("value")
    with urllib.request.urlopen(f"{url}/loadtest/runs/{run}/report.html", timeout=60) as answer:
        check(answer.headers["Content-Disposition"].startswith("attachment") and b"</html>" in answer.read(), "a report is downloaded")


def says(driver, selector, words, claim):
    until(driver, lambda d: words in find(d, selector).text, f"{claim}: {words}", 90)


def refuse(driver, shape, field, typed, words, claim):
    Select(find(driver, "#shape")).select_by_value(shape)
    check(not find(driver, "#wrong").is_displayed(), "with another shape nothing is wrong yet")
    kept = find(driver, field).get_attribute("value")
    fill(driver, field, typed)
    find(driver, "#start").click()
    says(driver, "#wrong", words, claim)
    check(find(driver, field).get_attribute("aria-invalid") == "true", f"and {field} is marked")
    return kept


def bad_input(driver, url, folder):
    """What can't be started is refused in the page's language, with what to do; a language chosen later holds for it too."""
    for language, words_at in (("en", 3), ("zh", 4)):
        choose_language(driver, language)
        for row in REFUSED:
            kept = refuse(driver, *row[:3], row[words_at], f"refused in {language}")
            if row is REFUSED[0]:
                save(driver, folder, f"loadtest-refused-{language}")
            fill(driver, row[1], kept)
            # Another shape takes the refusal back.
            Select(find(driver, "#shape")).select_by_value("planned")
    Select(find(driver, "#shape")).select_by_value("find")
    find(driver, "#start").click()
    says(driver, "#wrong", "寻找最高负载需要指标", "a search without objectives")
    choose_language(driver, "en")
    says(driver, "#wrong", "needs objectives", "and the same in English")
    foreign_page(url)


def foreign_page(url):
    request = urllib.request.Request(f"{url}/loadtest/stop", data=b"{}", headers={"Origin": "http://evil.example", "X-Sakuga-Console": "1"})
    try:
        urllib.request.urlopen(request, timeout=60)
        check(False, "other pages can't stop a run")
    except urllib.error.HTTPError as error:
        check(error.code == 403, "other pages can't stop a run")


def run_that_cannot_be(driver):
    """Why a run could not be done is told in both languages, and only of that run."""
    Select(find(driver, "#shape")).select_by_value("steady")
    fill(driver, "#load", "2")
    fill(driver, "#seconds", "1")
    find(driver, "#start").click()
    says(driver, "#trouble", "At least one second must be left to measure", "too short a run")
    choose_language(driver, "zh")
    says(driver, "#trouble", "至少要留一秒用于测量", "in Chinese")
    until(driver, lambda d: find(d, "#start").is_displayed() and find(d, "#start").is_enabled(), "another can be started", 90)


def speaks_chinese(driver):
    for tab in TABS:
        go_to(driver, tab)
        english = driver.execute_script(
            r"return document.querySelector('main').innerText.match(/\b(users?|until|stopped|each|status \d+|trial|seconds?)\b/gi)")
        check(not english, f"no English is left at {tab} {english or ''}")


def desktop(url, target, folder):
    driver = browser("en-US")
    try:
        open_page(driver, url)
        starting_and_changing(driver, target, folder)
        every_tab(driver, folder)
        stopping_and_comparing(driver, url, folder)
        bad_input(driver, url, folder)
        run_that_cannot_be(driver)
        check_names(driver)
        check_width(driver)
        check_words(driver, "/console/strings.js")
        speaks_chinese(driver)
        go_to(driver, "charts")
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
