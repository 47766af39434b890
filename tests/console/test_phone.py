"""The console on a phone: installed, without a connection, under a thumb."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browsing import open_context, sign_in
from tests.story import Desk, until


def phone(browser: Browser, address: str, who: str = "mio", locale: str = "en") -> Page:
    page = open_context(browser, locale, width=390, has_touch=True, is_mobile=True).new_page()
    sign_in(page, address, who)
    return page


def swipe(page: Page, row: int, by: int) -> None:
    """A thumb on a row, moved and lifted."""
    box = page.locator(f"#row-{row}").bounding_box()
    assert box
    touch = page.context.new_cdp_session(page)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 6):
        point = {"x": x + by * step / 5, "y": y}
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_it_can_be_installed_in_both_languages(desk: Desk) -> None:
    client = desk.signed_in("mio")
    page = client.get("/console/views/mine").text
    assert '<link rel="manifest" href="/console/manifest.webmanifest?lang=en">' in page
    for lang, name in (("en", "My tickets"), ("ja", "自分の担当")):
        answer = desk.visitor().get(f"/console/manifest.webmanifest?lang={lang}")
        assert answer.headers["content-type"] == "application/manifest+json"
        manifest = answer.json()
        assert (manifest["lang"], manifest["shortcuts"][0]["name"]) == (lang, name)
        assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}
        for icon in manifest["icons"]:
            assert desk.visitor().get(icon["src"]).headers["content-type"] == "image/png"


@pytest.mark.parametrize(("lang", "words"), [("en", "No connection to the desk"), ("ja", "窓口に接続できません")])
def test_the_shell_says_nothing_of_anybody(desk: Desk, lang: str, words: str) -> None:
    desk.customer_writes("hannah", "The lid is loose.", subject="A loose lid")
    shell = desk.signed_in("mio").get(f"/console/offline?lang={lang}").text
    assert words in shell
    assert "Mio" not in shell
    assert "Hannah" not in shell


@pytest.mark.desk(offline_shell=False)
def test_switched_off_the_worker_takes_itself_away(desk: Desk) -> None:
    assert "worker-off.js" in desk.visitor().get("/console/worker.js").text
    assert "data-worker" not in desk.signed_in("mio").get("/console/views/mine").text


@pytest.mark.browser
def test_without_a_connection_a_clear_page_and_nothing_of_customers_is_kept(
    desk: Desk, address: str, browser: Browser
) -> None:
    number = desk.customer_writes("hannah", "The lid is loose.", subject="A loose lid").ticket_id or 0
    page = phone(browser, address)
    page.goto(f"{address}/console/tickets/{number}")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.goto(f"{address}/console/views/open")
    kept = page.evaluate(
        "caches.keys().then(async names => (await Promise.all(names.map(async n => "
        "(await (await caches.open(n)).keys()).map(r => new URL(r.url).pathname)))).flat())"
    )
    assert [path for path in kept if not path.startswith("/static/")] == ["/console/offline"]
    page.context.set_offline(True)
    page.goto(f"{address}/console/views/open")
    expect(page.get_by_role("heading")).to_have_text("No connection to the desk")
    page.context.set_offline(False)
    expect(page.locator("#list-h")).to_have_text("All open")  # it tries by itself, every five seconds
    page.context.close()


@pytest.mark.browser
def test_a_row_is_solved_and_put_to_sleep_by_thumb_and_taken_back(desk: Desk, address: str, browser: Browser) -> None:
    one = desk.customer_writes("hannah", "The lid is loose.", subject="A loose lid").ticket_id or 0
    two = desk.customer_writes("tom", "Hello", subject="Another matter").ticket_id or 0
    page = phone(browser, address)
    page.goto(f"{address}/console/views/open")
    swipe(page, one, 40)  # too short
    expect(page.locator(f"#row-{one}")).to_be_visible()
    swipe(page, one, 200)
    expect(page.locator(".toast")).to_contain_text(f"Solved #{one}")
    expect(page.locator(f"#row-{one}")).to_have_count(0)
    page.locator(".toast button", has_text="Undo").click()
    expect(page.locator(f"#row-{one}")).to_be_visible()
    assert desk.ticket(one).status == "open"
    swipe(page, two, -200)
    expect(page.locator(f"#row-{two}")).to_have_count(0)
    assert desk.ticket(two).snoozed
    expect(page.locator(".list")).to_be_visible()  # no ticket was opened by letting go
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.context.close()


@pytest.mark.browser
def test_the_worker_shows_what_is_pushed_while_nobody_looks(desk: Desk, address: str, browser: Browser) -> None:
    number = desk.customer_writes("hannah", "The lid is loose.").ticket_id
    context = open_context(browser, service_workers="allow")
    context.grant_permissions(["notifications"], origin=address)
    page = context.new_page()
    sign_in(page, address, "mio")
    page.wait_for_function("navigator.serviceWorker.ready.then(() => navigator.serviceWorker.controller !== null)")
    devtools, found = context.new_cdp_session(page), list[str]()
    devtools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda said: found.extend(one["registrationId"] for one in said["registrations"]),
    )
    devtools.send("ServiceWorker.enable")
    until(lambda: bool(page.title() and found))  # asking the page lets its events in

    def push(title: str) -> None:
        said = {"id": 1, "title": title, "text": f"#{number} The lid", "url": f"/console/tickets/{number}"}
        given = {"origin": address, "registrationId": found[-1], "data": json.dumps(said, ensure_ascii=False)}
        devtools.send("ServiceWorker.deliverPushMessage", given)

    elsewhere = context.new_page()  # a page of the same site that the worker does not serve
    elsewhere.goto(f"{address}/healthz")
    page.bring_to_front()
    push("While somebody looks")
    page.close()
    devtools = context.new_cdp_session(elsewhere)
    devtools.send("ServiceWorker.enable")
    push("岡部 賢司さんから")
    shown = """async () => {
        const worker = await navigator.serviceWorker.getRegistration('/console/');
        return (await worker.getNotifications()).map((one) => one.title);
    }"""
    until(lambda: bool(elsewhere.evaluate(shown)))
    assert elsewhere.evaluate(shown) == ["岡部 賢司さんから"]
    context.close()
