"""Headless Chromium for the tests beside this file: started, looked at, photographed."""

import base64
import shutil

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, TimeoutException, WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait


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
    driver = started(options)
    # The timeout that Selenium has for everything else.
    driver.set_script_timeout(300)
    if not phone:
        driver.set_window_size(1280, 900)
    use_scheme(driver, dark)
    return driver


def started(options, tries=3):
    """A busy machine may not bring Chromium up in time, and its driver's free port may be taken meanwhile: no page's fault."""
    for left in reversed(range(tries)):
        try:
            return webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
        except WebDriverException as error:
            print(f"Chromium did not start: {error.msg}", flush=True)
            if not left:
                raise


def use_scheme(driver, dark):
    scheme = "dark" if dark else "light"
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})


def until(driver, condition, what, seconds=120, also=()):
    """Waits for `condition(driver)` and gives its value. What the page makes anew meanwhile is looked for again; `also` are more
    exceptions that are no reason to give up."""
    try:
        return WebDriverWait(driver, seconds, 0.05, [StaleElementReferenceException, *also]).until(condition)
    except TimeoutException as error:
        raise Failure(f"waited {seconds} s in vain until {what}") from error


def find(driver, selector):
    return driver.find_element(By.CSS_SELECTOR, selector)


def find_all(driver, selector):
    return driver.find_elements(By.CSS_SELECTOR, selector)


def choose_language(driver, language):
    find(driver, f'[data-language="{language}"]').click()


def check_log(driver, allowed=()):
    complaints = [
        entry["message"] for entry in driver.get_log("browser")
        if entry["level"] == "SEVERE" and not any(word in entry["message"] for word in allowed)
    ]
    check(not complaints, "the browser has nothing to complain of" + "".join("\n        " + c for c in complaints))


def check_width(driver):
    overflow = driver.execute_script("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
    check(overflow <= 0, "nothing sticks out at the side")


def check_names(driver):
    """Every control has a name for those who do not see it."""
    nameless = driver.execute_script("""
        return [...document.querySelectorAll("a, button, input, [role]")]
          .filter((each) => each.checkVisibility() && each.type !== "file")
          .filter((each) => !(each.ariaLabel || each.textContent.trim() || each.labels?.length || each.getAttribute("aria-labelledby")))
          .map((each) => each.outerHTML.slice(0, 80))""")
    check(not nameless, f"every control has a name {nameless or ''}")


def check_words(driver, address):
    """Everything that a page can say, it can say in both languages; `address` is its strings.js."""
    missing = driver.execute_async_script("""
        const done = arguments[arguments.length - 1];
        import(arguments[0]).then(({ strings: { en, zh } }) => {
          const odd = [...new Set([...Object.keys(en), ...Object.keys(zh)])].filter((key) => typeof en[key] !== typeof zh[key]);
          const names = (words) => Object.entries(words).filter(([, value]) => value && typeof value === "object" && !Array.isArray(value));
          // Chinese has words for all codes of the server, whose own sentences are English.
          for (const [key, some] of names(en)) odd.push(...Object.keys(some).filter((one) => !(one in zh[key])).map((one) => `${key}.${one}`));
          done(odd);
        }, (error) => done([String(error)]));""", address)
    check(missing == [], f"both languages have the same words {missing or ''}")


def save(driver, folder, name):
    """A picture of the whole page, not only of the window, once colours have settled."""
    driver.execute_async_script("""
        const transitions = document.getAnimations().filter((each) => each instanceof CSSTransition);
        Promise.allSettled(transitions.map((each) => each.finished)).then(arguments[0]);""")
    width, height = driver.execute_script("return [innerWidth, document.documentElement.scrollHeight]")
    shot = driver.execute_cdp_cmd("Page.captureScreenshot", {
        "captureBeyondViewport": True, "clip": {"x": 0, "y": 0, "width": width, "height": min(height, 4000), "scale": 1}})
    (folder / f"{name}.png").write_bytes(base64.b64decode(shot["data"]))
