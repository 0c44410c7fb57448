"""Opens the report of a load test in headless Chromium.

    report_test.py REPORT_HTML OUTPUT_DIR [--no-charts]

The file alone, from the disk: verdict, tables and charts, both languages, light and dark, desktop, phone and paper; saves
screenshots. Exit code 0 when all holds, 1 when something doesn't.
"""

import base64
import sys
from pathlib import Path

from chromium import Failure, browser, check, check_log, check_names, check_width, choose_language, find, find_all, save, until


def is_drawn(driver):
    """Whether every chart has something on it: not all of its points are alike."""
    return driver.execute_script("""
        return [...document.querySelectorAll("canvas")].every((canvas) => {
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          return data.some((value, index) => value !== data[index % 4]);
        })""")


def check_report(driver, has_charts):
    until(driver, lambda d: find(d, "#headline").text, "there is a verdict", 90)
    check(len(find(driver, "#headline").text) > 20, f"the verdict is a sentence: {find(driver, '#headline').text}")
    check(find_all(driver, "#steps tbody tr"), "the steps have lines")
    check("sakuga loadtest http" in find(driver, "#command").text, "the command to repeat it is there")
    loaded = driver.execute_script("return performance.getEntriesByType('resource').filter((each) => !each.name.startsWith('data:')).length")
    check(loaded == 0, "nothing was loaded from elsewhere")
    if has_charts:
        check(len(find_all(driver, "canvas")) >= 5, f"there are {len(find_all(driver, 'canvas'))} charts")
        until(driver, is_drawn, "all of them are drawn")
    else:
        check("libjs-chart.js" in find(driver, "#no-charts").text and not find_all(driver, "canvas"), "that charts are missing is said")
    check_names(driver)
    check_width(driver)


def desktop(url, folder, has_charts):
    driver = browser("en-US")
    try:
        driver.get(url)
        check_report(driver, has_charts)
        save(driver, folder, "report-en")
        choose_language(driver, "zh")
        check(driver.execute_script("return document.documentElement.lang") == "zh-CN", "the report speaks Chinese")
        check("·" in find(driver, "#about").text and "各级负载" in driver.page_source, "all of it")
        find(driver, 'button[data-theme="dark"]').click()
        check(driver.execute_script("return getComputedStyle(document.body).backgroundColor") == "rgb(22, 21, 19)", "and is dark when asked to")
        save(driver, folder, "report-zh-dark")
        paper = driver.execute_cdp_cmd("Page.printToPDF", {"printBackground": True, "paperWidth": 8.27, "paperHeight": 11.69})
        pdf = base64.b64decode(paper["data"])
        (folder / "report.pdf").write_bytes(pdf)
        check(pdf.startswith(b"%PDF"), "it can be printed")
        check_log(driver)
    finally:
        driver.quit()


def phone(url, folder, has_charts):
    driver = browser("zh-CN", phone=True)
    try:
        driver.get(url)
        check_report(driver, has_charts)
        save(driver, folder, "report-phone-zh")
        check_log(driver)
    finally:
        driver.quit()


def main():
    if len(sys.argv) not in (3, 4):
        print(__doc__)
        return 1
    url, folder, has_charts = Path(sys.argv[1]).resolve().as_uri(), Path(sys.argv[2]), "--no-charts" not in sys.argv
    folder.mkdir(parents=True, exist_ok=True)
    try:
        desktop(url, folder, has_charts)
        phone(url, folder, has_charts)
    except Failure as failure:
        print(f"report test failed: {failure}")
        return 1
    print(f"report test passed; screenshots are in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
