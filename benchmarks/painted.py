"""What somebody sees and when: a real browser on the running desk."""

from __future__ import annotations

import statistics

from playwright.sync_api import Page

from tests.browsing import chromium, open_context

TIMES = 5
ROW = ".row > a"
FIRST = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
SHIFT = """(window.shift = 0, new PerformanceObserver(list => {
  for (const e of list.getEntries()) if (!e.hadRecentInput) window.shift += e.value;
}).observe({type: 'layout-shift', buffered: true}))"""
NEXT = """ticket => { window.drawn = new Promise(done => {
  let pressed = 0;
  addEventListener('keydown', e => { if (e.key === 'Enter') pressed = e.timeStamp; }, true);
  const look = () => {
    const shown = document.querySelector('#desk [data-ticket]')?.dataset.ticket;
    if (!pressed || shown !== ticket) return requestAnimationFrame(look);
    requestAnimationFrame(() => { // painted when a task after this frame runs
      const after = new MessageChannel();
      after.port1.onmessage = () => done(performance.now() - pressed);
      after.port2.postMessage(0);
    });
  };
  look();
}); }"""


def look(port: int, cookie: str, path: str) -> dict[str, float]:
    """Milliseconds to the first paint of a list with an empty cache, and from a key to the next ticket drawn; the
    layout shift of a list that is opened, in thousandths. Medians."""
    name, _, value = cookie.partition("=")
    base = f"http://127.0.0.1:{port}"
    with chromium() as browser:
        firsts, shifts = [], []
        for _ in range(TIMES):  # a context of its own each: nothing is in its cache
            context = open_context(browser)
            context.add_cookies([{"name": name, "value": value, "url": base}])
            page = context.new_page()
            page.add_init_script(SHIFT)
            page.goto(base + path, wait_until="networkidle")
            firsts.append(page.evaluate(FIRST))
            shifts.append(page.evaluate("window.shift"))
            context.close()
        context = open_context(browser)
        context.add_cookies([{"name": name, "value": value, "url": base}])
        page = context.new_page()
        page.goto(base + path, wait_until="networkidle")
        turns = _turns(page)
        context.close()
    return {
        "first_paint": statistics.median(firsts),
        "next_ticket": statistics.median(turns),
        "shift": statistics.median(shifts) * 1000,
    }


def _turns(page: Page) -> list[float]:
    """Down the list by keyboard: the first one is opened without a neighbour fetched ahead, and is not counted."""
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_selector("#desk [data-ticket]")
    took = []
    for at in range(1, TIMES + 1):
        page.wait_for_timeout(400)  # reading
        page.evaluate(NEXT, page.locator(".row").nth(at).get_attribute("data-id"))
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        took.append(page.evaluate("window.drawn"))
    return took
