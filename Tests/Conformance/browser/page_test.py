"""Drives the page in headless Chromium as a person would.

    page_test.py BASE_URL PHOTO OUTPUT_DIR [KEYED_URL KEY]

Adds several photos at once, reloads while they wait, cancels one, sends what is no picture, lets the server forget one, moves the
slider, changes the language; on a desktop and on a phone, and saves screenshots. Exit code 0 when all holds, 1 when something doesn't.
The server should be slow and small, so that there is something to wait for: serve --threads 1 --cache 0 --max-queued 3.
KEYED_URL is a server that asks for KEY.
Needs selenium, chromium and its driver; no network but BASE_URL. The photo's longer side is at least 512 pixels.
"""

import json
import sys
import tempfile
from pathlib import Path

from selenium.webdriver.common.keys import Keys

from chromium import (
    Failure, browser, check, check_log, check_names, check_width, check_words, choose_language, find, find_all, save, until, use_scheme)

TIMEOUT = 300  # seconds for some pictures on a slow machine
TRIES = 5
OVER = ("done", "failed", "cancelled", "gone")

# Mean absolute difference of a card's two pictures in 0…255, both drawn at the same small size.
DIFFERENCE = """
const pixels = (name) => {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 64;
  const context = canvas.getContext("2d");
  context.drawImage(arguments[0].querySelector(name), 0, 0, 64, 64);
  return context.getImageData(0, 0, 64, 64).data;
};
const before = pixels(".before"), after = pixels(".after");
return before.reduce((sum, value, index) => sum + Math.abs(value - after[index]), 0) / before.length;
"""


# What all cards said whenever one of them changed, as {state: [words]}: what is over in a moment is not missed between two looks.
RECORDER = """
window.moments = [];
new MutationObserver(() => {
  const moment = {};
  for (const card of document.querySelectorAll(".card")) {
    const status = card.querySelector(".status");
    (moment[card.dataset.state] ??= []).push(status.hidden ? "" : status.textContent);
  }
  moments.push(moment);
}).observe(document, { subtree: true, attributeFilter: ["data-state"] });
"""


def open_page(driver, base):
    driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": RECORDER})
    driver.get(base + "/")
    until_offered(driver)


def until_offered(driver):
    until(driver, lambda d: find_all(d, "#styles label"), "the styles are there")


def reload(driver):
    driver.refresh()
    until_offered(driver)


def forget_moments(driver):
    driver.execute_script("moments.length = 0")


def seen(driver, **words):
    """A moment since the page was loaded (or `forget_moments`) when cards had all these states at once and said these words."""
    return driver.execute_script("""
        const wanted = Object.entries(arguments[0]);
        return moments.find((moment) => wanted.every(([state, words]) => moment[state]?.some((said) => said.includes(words)))) ?? null""", words)


def add(driver, *files):
    find(driver, "#file").send_keys("\n".join(str(file) for file in files))


def cards(driver):
    return find_all(driver, ".card")


def states(driver):
    return driver.execute_script("return [...document.querySelectorAll('.card')].map((card) => card.dataset.state)")


def kept(driver):
    return json.loads(driver.execute_script("return sessionStorage.getItem('sakuga.cards')") or "[]")


def are_over(driver):
    found = states(driver)
    return bool(found) and all(state in OVER for state in found)


def wait_for_all(driver, wanted="done", seconds=TIMEOUT):
    until(driver, are_over, "all cards have come to an end", seconds)
    said = [card.find_element("css selector", ".status").get_attribute("textContent") for card in cards(driver)]
    check(all(state == wanted for state in states(driver)), f"all {len(said)} are {wanted} {[s for s in said if s] or ''}")


def choose_size(driver, size):
    driver.execute_script("document.querySelector(`input[name=size][value='${arguments[0]}']`).click()", str(size))


def press(card, name):
    card.find_element("css selector", f".{name}").click()


def cancel_waiting(driver):
    """Cancels the last card that waits and gives it, if there is one: in one step, since its turn may come at any time."""
    return driver.execute_script("""
        const waits = (card) => ["queued", "held", "waiting"].includes(card.dataset.state);
        const card = [...document.querySelectorAll(".card")].findLast(waits), button = card?.querySelector(".cancel");
        if (!button?.checkVisibility()) return null;
        button.click();
        return card""")


def natural_size(driver, card, name):
    script = """
        const image = arguments[0].querySelector(arguments[1]);
        return image.complete && image.naturalWidth > 0 ? [image.naturalWidth, image.naturalHeight] : null"""
    return tuple(until(driver, lambda d: d.execute_script(script, card, "." + name), f"the picture {name} is decoded"))


def check_picture(driver, card):
    before, after = natural_size(driver, card, "before"), natural_size(driver, card, "after")
    check(max(before) <= 1024, f"the photo was shrunk to at most 1024 pixels {before}")
    check(max(after) == 512, f"the anime picture's longer side is 512 pixels {after}")
    scale = 512 / max(before)
    check(all(abs(a - b * scale) <= 1.01 for a, b in zip(after, before)), "it has the photo's proportions")
    difference = driver.execute_script(DIFFERENCE, card)
    check(difference > 2, f"it differs from the photo (mean {difference:.1f} of 255)")
    check(card.find_element("css selector", ".download").get_attribute("href").startswith("blob:"), "it can be downloaded")


def check_slider(driver, card):
    slider = card.find_element("css selector", ".split")
    until(driver, lambda d: abs(float(slider.get_attribute("value")) - 50) < 1, "the slider stands in the middle")
    slider.send_keys(Keys.ARROW_RIGHT)
    clip = driver.execute_script("return getComputedStyle(arguments[0].querySelector('.before')).clipPath", card)
    check(slider.get_attribute("value") == "51" and "49%" in clip, f"an arrow key moves the slider ({clip})")
    slider.send_keys(Keys.ARROW_LEFT)


def two_at_once(driver, photo, folder):
    add(driver, photo, photo)
    until(driver, lambda d: len(cards(d)) == 2, "two photos chosen at once make two cards")
    wait_for_all(driver)
    for card in cards(driver):
        check_picture(driver, card)
    check_slider(driver, cards(driver)[0])
    check("512" in cards(driver)[0].find_element("css selector", ".facts").text, "what came back is told")
    save(driver, folder, "desktop-two-en")


def reload_while_waiting(driver, photo, folder):
    choose_size(driver, 1024)
    for _ in range(TRIES):
        find(driver, "#clear").click()
        until(driver, lambda d: not cards(d), "finished cards can be removed at once")
        waiting = reload_with_six(driver, photo, folder)
        if waiting:
            break
    else:
        raise Failure(f"in {TRIES} tries all of six photos were done before the queue was full and the page was back")
    check(waiting.get_attribute("data-state") == "cancelled", "one that waits can be cancelled")
    until(driver, are_over, "the others end", TIMEOUT)
    check(sorted(states(driver)) == ["cancelled"] + ["done"] * 5, f"the others are done {states(driver)}")
    check(natural_size(driver, next(c for c in cards(driver) if c.get_attribute("data-state") == "done"), "before")[0] > 0,
          "and still have their photos to compare")
    save(driver, folder, "desktop-cancelled-en")
    press(waiting, "again")
    wait_for_all(driver)


def reload_with_six(driver, photo, folder):
    """Reloads the page while photos wait and cancels one that still does, which it gives; None if none waited for so long."""
    forget_moments(driver)
    add(driver, *[photo] * 6)
    until(driver, lambda d: len(cards(d)) == 6, "six photos make six cards")
    for words, what in (
            ({"queued": "", "running": ""}, "one is drawn and another waits"), ({"held": ""}, "one finds the server's queue full"),
            ({"queued": "in the queue · about "}, "its place in the queue and the time are told")):
        until(driver, lambda d: seen(d, **words) or are_over(d), what, TIMEOUT)
    # What is still being made ready would be lost.
    until(driver, lambda d: "preparing" not in states(d), "all six are ready to be sent")
    if are_over(driver):
        return None
    held = seen(driver, held="full")
    check(held, f"a full queue is told: {held and held['held']}")
    save(driver, folder, "desktop-waiting-en")
    before = {card["id"]: card.get("job") for card in kept(driver) if card.get("job")}
    reload(driver)
    until(driver, lambda d: len(cards(d)) == 6, "the cards are back after a reload")
    after = {card["id"]: card.get("job") for card in kept(driver)}
    check(all(card in after and after[card] in (job, None) for card, job in before.items()), f"with the same {len(before)} jobs")
    found = until(driver, lambda d: cancel_waiting(d) or are_over(d), "one still waits", TIMEOUT)
    return None if found is True else found


def forgotten_by_the_server(driver, folder):
    driver.execute_script("""
        const cards = JSON.parse(sessionStorage.getItem("sakuga.cards")).slice(0, 2);
        cards[0].job = "00000000000000000000000000000000";
        sessionStorage.setItem("sakuga.cards", JSON.stringify(cards));""")
    reload(driver)
    until(driver, lambda d: states(d) == ["gone", "done"], "what the server forgot is told, and what it kept is back")
    check("no longer" in cards(driver)[0].text, "a picture that is no longer kept says so")
    choose_size(driver, 512)
    save(driver, folder, "desktop-gone-en")
    press(cards(driver)[0], "again")
    wait_for_all(driver)
    check(max(natural_size(driver, cards(driver)[0], "after")) == 512, "and can be drawn again, with what is chosen now")


def no_pictures(driver, photo, folder):
    with tempfile.TemporaryDirectory() as temporary:
        fake, words, empty = (Path(temporary) / name for name in ("fake.jpg", "words.txt", "empty.png"))
        fake.write_bytes(b"This is no picture. " * 20)
        words.write_text("words")
        empty.write_bytes(b"")
        add(driver, words)
        until(driver, lambda d: "not a picture" in find(d, "#notice").text, "text is refused at once")
        add(driver, empty)
        until(driver, lambda d: "empty" in find(d, "#notice").text, "an empty file is refused at once")
        add(driver, fake)
        until(driver, lambda d: states(d)[-1] == "failed", "text named .jpg is refused by the server")
        card = cards(driver)[-1]
        sentence = card.find_element("css selector", ".status").text
        check(len(sentence) > 8, f"in a sentence: {sentence}")
        check(not card.find_element("css selector", ".retry").is_displayed(), "without an offer to try the same again")
    add(driver, *[photo] * 21)
    until(driver, lambda d: len(cards(d)) == 20, "there are never more than twenty cards")
    check("20" in find(driver, "#notice").text, f"which is told: {find(driver, '#notice').text}")
    for card in cards(driver)[3:]:
        # Not by the mouse: a card may be done in the moment between.
        driver.execute_script("for (const name of ['cancel', 'remove']) arguments[0].querySelector(`.${name}:not([hidden])`)?.click()", card)
    check(len(cards(driver)) == 3, "cards can be removed one by one")


def check_language(driver, folder):
    check_words(driver, "/strings.js")
    choose_language(driver, "zh")
    check("动漫" in find(driver, "h1").text, "the page speaks Chinese")
    check(find(driver, "html").get_attribute("lang") == "zh-CN", "and says so")
    said = cards(driver)[-1].find_element("css selector", ".status").text
    check("图片" in said, f"also about what failed before: {said}")
    reload(driver)
    until(driver, lambda d: "动漫" in find(d, "h1").text, "the language is remembered")
    until(driver, lambda d: set(states(d)) == {"done", "failed"}, "the cards are back")
    save(driver, folder, "desktop-failed-zh")
    use_scheme(driver, dark=True)
    save(driver, folder, "desktop-failed-zh-dark")


def desktop(base, photo, folder):
    driver = browser("en-US")
    try:
        open_page(driver, base)
        save(driver, folder, "desktop-empty-en")
        two_at_once(driver, photo, folder)
        check_names(driver)
        reload_while_waiting(driver, photo, folder)
        forgotten_by_the_server(driver, folder)
        no_pictures(driver, photo, folder)
        check_language(driver, folder)
        check_width(driver)
        # Refusals that the page was made to get: they are told on the page.
        check_log(driver, allowed=("/v1/jobs",))
    finally:
        driver.quit()


def phone(base, photo, folder):
    driver = browser("zh-CN", phone=True, dark=True)
    try:
        open_page(driver, base)
        check("动漫" in find(driver, "h1").text, "a Chinese phone gets Chinese at once")
        save(driver, folder, "phone-empty-zh-dark")
        add(driver, photo)
        wait_for_all(driver)
        check_picture(driver, cards(driver)[0])
        check_slider(driver, cards(driver)[0])
        save(driver, folder, "phone-done-zh-dark")
        choose_size(driver, 1024)
        forget_moments(driver)
        add(driver, photo, photo, photo)
        until(driver, lambda d: seen(d, queued=""), "one waits")
        check_width(driver)
        check_names(driver)
        choose_language(driver, "en")
        use_scheme(driver, dark=False)
        save(driver, folder, "phone-waiting-en")
        wait_for_all(driver)
        check_log(driver, allowed=("/v1/jobs",))
    finally:
        driver.quit()


def keyed(base, key, photo, folder):
    driver = browser("en-US")
    try:
        driver.get(base + "/")
        until(driver, lambda d: find(d, "#key-form").is_displayed(), "a service that needs a key asks for it")
        add(driver, photo)
        until(driver, lambda d: states(d) == ["failed"], "without it nothing is drawn")
        save(driver, folder, "desktop-key-en")
        find(driver, "#key").send_keys("wrong" + Keys.ENTER)
        until(driver, lambda d: find(d, "#key-wrong").text, "a wrong one is told")
        find(driver, "#key").send_keys(key + Keys.ENTER)
        until(driver, lambda d: states(d) == ["done"], "with the right one it is drawn without being added again", TIMEOUT)
        check(not find(driver, "#key-form").is_displayed(), "the right one is asked for no more")
    finally:
        driver.quit()


def main():
    if len(sys.argv) not in (4, 6):
        print(__doc__)
        return 1
    base, photo, folder = sys.argv[1].rstrip("/"), Path(sys.argv[2]).resolve(), Path(sys.argv[3])
    folder.mkdir(parents=True, exist_ok=True)
    try:
        desktop(base, photo, folder)
        phone(base, photo, folder)
        if len(sys.argv) == 6:
            keyed(sys.argv[4].rstrip("/"), sys.argv[5], photo, folder)
    except Failure as failure:
        print(f"page test failed: {failure}")
        return 1
    print(f"page test passed; screenshots are in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
