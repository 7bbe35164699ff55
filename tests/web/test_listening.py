"""Listening in a real browser: a shipped recording is played, words follow it, quotes go to their place, and what is masked is silent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from qa_service.domain.permission import Role
from qa_service.domain.report import ReportLanguage
from qa_service.rendering.messages import catalogue
from qa_service.services.ingest import JobOptions
from qa_service.settings import Settings
from qa_service.web.bench import KEYS
from tests.web.conftest import KEY, Site, person, served, until

if TYPE_CHECKING:
    from playwright.sync_api import Page

FIXTURES = Path(__file__).parents[2] / "audio_fixtures"
CALL = "billing-refund-01"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, write_form: Callable[..., Path]) -> Iterator[Site]:
    forms = tmp_path_factory.mktemp("forms")
    for channel in ("chat", "email"):
        write_form(forms, channel)
    write_form(forms, "phone", greeting="good morning")
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("site"), rubrics_dir=forms, engine="sidecar", learned=False, meanings=False, admin_key=KEY,
    )
    with served(settings) as found:
        person(found.services, "rita", Role.REVIEWER)
        yield found


@pytest.fixture(scope="module")
def card(site: Site) -> str:
    return heard(site, CALL)


def heard(site: Site, name: str) -> str:
    """A shipped recording with the words of its side-car; the scorecard's id."""
    path = next(one for one in sorted(FIXTURES.glob(f"{name}.*")) if one.suffix != ".json")
    sidecar = path.with_suffix(".json").read_bytes()
    taken = site.services.intake.recording(path, name=path.name, sidecar=sidecar, actor="system", options=JobOptions())
    until(lambda: site.services.jobs.get(taken.job).state.value in ("done", "failed"))
    return str(site.services.interactions.scorecards(taken.interaction)[0].id)


def played(page: Page) -> float:
    return float(page.evaluate("document.getElementById('media').currentTime"))


def reached(page: Page, condition: str) -> None:
    """The strict policy of the pages lets nobody wait inside of them for a condition."""
    until(lambda: bool(page.evaluate(condition)))


def ready(page: Page) -> None:
    """The recording can be played, and what is known about it is there."""
    reached(page, "document.getElementById('media').readyState >= 1 && document.querySelector('.near[data-shared]') !== null")


def reviewing(window: Callable[..., Page], card: str, **options: Any) -> Page:
    page = window("rita", path=f"/review/{card}", **options)
    if page.locator("#state").count() == 0:
        page.locator(".form form button.main").first.click()
        page.wait_for_selector("#state")
    ready(page)
    return page


@pytest.mark.parametrize("language", ReportLanguage)
def test_everything_that_the_bench_may_say_is_written(language: ReportLanguage) -> None:
    kinds = ("silence", "hold", "line", "overtalk", "masked", "evidence", "own", "silencing", "gone", "erased", "not_yet", "nothing_said")
    wanted = {*(f"listen.{one}" for one in kinds), *(f"key.{what}" for _, what in KEYS)}
    assert wanted <= set(catalogue(language))


def test_words_follow_the_sound(window: Callable[..., Page], card: str) -> None:
    page = reviewing(window, card)
    page.keyboard.press("Space")
    reached(page, "document.getElementById('media').currentTime > 0.7")
    assert page.locator(".turn.now").get_attribute("id") == "t-0"
    reached(page, "[...CSS.highlights.get('spoken') ?? []].length === 1")
    page.keyboard.press("Space")
    reached(page, "document.getElementById('media').paused")
    page.evaluate("document.getElementById('media').currentTime = 20")
    page.wait_for_selector("#t-3.now")
    assert page.locator("#clock").inner_text().startswith("0:20 / 1:")


def test_a_word_that_is_clicked_is_played(window: Callable[..., Page], card: str) -> None:
    page = reviewing(window, card)
    page.locator("#t-4").scroll_into_view_if_needed()
    box = page.evaluate(
        """() => { const text = document.querySelector('#t-4 p').firstChild; const at = text.data.indexOf('postcode');
        const range = document.createRange(); range.setStart(text, at); range.setEnd(text, at + 8);
        const { x, y, width, height } = range.getBoundingClientRect(); return [x + width / 2, y + height / 2]; }"""
    )
    page.mouse.click(*box)
    reached(page, "!document.getElementById('media').paused")
    assert 22 < played(page) < 26


def test_a_quote_jumps_plays_and_stops(site: Site, window: Callable[..., Page], card: str) -> None:
    page = reviewing(window, card)
    quote = page.locator(".evidence").first
    start, end, turn = (quote.get_attribute(f"data-{name}") for name in ("start", "end", "turn"))
    assert start is not None
    assert end is not None
    quote.click()
    page.wait_for_selector(f"#t-{turn}.shown")
    reached(page, f"document.getElementById('media').currentTime * 1000 >= {start}")
    reached(page, f"document.getElementById('media').paused && document.getElementById('media').currentTime * 1000 >= {end}")
    assert played(page) * 1000 < int(end) + 2000


def test_speed_and_silence_by_key_and_remembered(window: Callable[..., Page], card: str) -> None:
    page = reviewing(window, card)
    page.keyboard.press("Equal")
    page.keyboard.press("Equal")
    assert page.evaluate("document.getElementById('media').playbackRate") == 1.5
    page.keyboard.press("Minus")
    page.keyboard.press("KeyS")
    assert page.locator("#skip-silence").is_checked()
    page.reload()
    ready(page)
    assert page.locator("#speed").input_value() == "1.25"
    assert page.locator("#skip-silence").is_checked()


def test_silence_is_jumped_over(window: Callable[..., Page], card: str) -> None:
    page = window("rita", path="/")
    # Nobody says anything for most of it: what the picture knows is told otherwise here.
    page.route("**/timeline", lambda route: route.fulfill(json={
        "duration_ms": 80_000, "lanes": ["agent", "customer"], "speech": [[0, 500, 0], [60_000, 62_000, 1]],
        "spans": {"silence": [[500, 60_000, -1]]}, "words": [],
    }))
    page.goto(f"/review/{card}")
    ready(page)
    page.check("#skip-silence")
    page.click("#play")
    reached(page, "document.getElementById('media').currentTime > 59")
    assert 59 < played(page) < 63


def test_whoever_scrolls_is_left_alone_until_they_follow_again(window: Callable[..., Page], card: str) -> None:
    page = reviewing(window, card)
    page.evaluate("document.getElementById('media').currentTime = 60")
    page.keyboard.press("Space")
    reached(page, "document.getElementById('turns').scrollTop > 100")
    page.locator("#turns").hover()
    page.mouse.wheel(0, -5000)
    reached(page, "document.getElementById('turns').scrollTop === 0")
    now = page.locator(".turn.now").get_attribute("id")
    reached(page, f"document.querySelector('.turn.now') && document.querySelector('.turn.now').id !== '{now}'")
    assert page.evaluate("document.getElementById('turns').scrollTop") == 0
    page.get_by_role("button", name="Follow the playback").click()
    reached(page, "document.getElementById('turns').scrollTop > 100")


def test_what_is_masked_is_silent(site: Site, window: Callable[..., Page], card: str) -> None:
    page = reviewing(window, card)
    recording, _ = site.services.interactions.recording(CALL)
    stretch = recording.stretches[0]
    loudest = page.evaluate(
        """async ([start, end]) => {
          const bytes = await (await fetch(document.getElementById('media').src)).arrayBuffer();
          const sound = await new OfflineAudioContext(2, 1, 16000).decodeAudioData(bytes);
          const most = (from, to) => Math.max(...[0, 1].map((one) => sound.getChannelData(one)
            .subarray(from * sound.sampleRate, to * sound.sampleRate).reduce((top, value) => Math.max(top, Math.abs(value)), 0)));
          return [most(start / 1000, end / 1000), most(0, 5)]; }""",
        [stretch.start_ms + 50, stretch.end_ms - 50],
    )
    assert loudest[0] < 0.001
    assert loudest[1] > 0.05
    assert int(page.locator('.legend [data-kind="masked"] .n').inner_text()) == 4


def test_a_stretch_of_time_becomes_evidence(site: Site, window: Callable[..., Page], card: str) -> None:
    page = reviewing(window, card)
    page.locator('input[name="a-helped"][value="yes"]').check(force=True)
    page.evaluate("document.activeElement.blur()")
    for key, at in (("KeyI", 6), ("KeyO", 9.5)):
        page.evaluate(f"document.getElementById('media').currentTime = {at}")
        reached(page, f"document.getElementById('media').currentTime === {at} && !document.getElementById('media').seeking")
        page.keyboard.press(key)

    def given() -> list[tuple[int | None, int | None]]:
        found = site.services.scorecards.get(card).criterion("helped")
        assert found is not None
        return [(one.start_ms, one.end_ms) for one in found.answered.evidence] if found.answered is not None else []

    until(lambda: len(given()) == 1)
    start, end = given()[0]
    assert start is not None
    assert end is not None
    assert 5000 < start < end < 11_000
    own = page.locator('.legend [data-kind="own"] .n')
    assert own.inner_text() == "1"
    # With the pointer, and what is no stretch of this recording.
    box = page.locator("canvas.lens").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 100, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 20, steps=4)
    page.mouse.up()
    assert page.locator("#pick-from").input_value() < page.locator("#pick-to").input_value()
    page.fill("#pick-to", "99:00")
    page.click("#pick-stretch button")
    assert "no stretch of this recording" in page.locator("#c-helped .told").inner_text()


def test_each_kind_of_region_can_be_hidden(window: Callable[..., Page], card: str) -> None:
    page = reviewing(window, card)
    button = page.get_by_role("button", name="masked")
    picture = "document.querySelector('canvas.all').toDataURL()"
    before = page.evaluate(picture)
    button.click()
    assert button.get_attribute("aria-pressed") == "false"
    assert page.evaluate(picture) != before
    button.click()
    assert page.evaluate(picture) == before


def test_a_recording_of_one_channel_shows_who_talks(site: Site, window: Callable[..., Page]) -> None:
    mine = heard(site, "council-tax-01")
    recording, _ = site.services.interactions.recording("council-tax-01")
    assert recording.channels == 1
    page = reviewing(window, mine)
    assert page.locator(".lane").all_inner_texts() == ["Agent", "Customer"]
    assert page.locator(".near").get_attribute("data-shared") == "true"


def test_a_recording_that_cannot_be_drawn_can_be_heard(window: Callable[..., Page], card: str) -> None:
    page = window("rita", path="/")
    page.route("**/peaks", lambda route: route.fulfill(status=500, body="{}"))
    page.goto(f"/review/{card}")
    ready(page)
    assert "could not be drawn" in page.locator("#unheard").inner_text()
    page.click("#play")
    reached(page, "document.getElementById('media').currentTime > 0.2")


def test_a_missing_file_is_told(site: Site, window: Callable[..., Page]) -> None:
    mine = heard(site, "hotel-booking-01")
    recording, _ = site.services.interactions.recording("hotel-booking-01")
    assert site.services.files.delete(recording.kept_sha256)
    page = window("rita", path=f"/review/{mine}")
    assert "The recording is missing" in page.locator(".said").inner_text()
    assert page.locator(".turn").count() > 5
    assert page.locator("#play").count() == 0


def test_the_place_is_a_slider_for_whoever_does_not_see_it(window: Callable[..., Page], card: str) -> None:
    page = reviewing(window, card)
    slider = page.get_by_role("slider", name="Place in the recording")
    slider.press("ArrowRight")
    slider.press("PageUp")
    assert slider.get_attribute("aria-valuetext") == "0:35"
    names = {
        "region": ("What was said", "Scorecard"), "button": ("Play", "Finalise"), "combobox": ("Speed",), "checkbox": ("Skip silence",),
        "list": ("Transcript",),
    }
    assert [one for role in names for one in names[role] if page.get_by_role(role, name=one, exact=True).count() != 1] == []
    assert (page.get_by_role("banner").count(), page.get_by_role("main").count()) == (1, 1)
    assert page.locator("#state[role=status]").count() == 1
    radio = page.get_by_role("radiogroup").first.get_by_role("radio").first
    assert radio.is_enabled()


@pytest.mark.parametrize("language", ["fa", "ar"])
def test_from_right_to_left_time_still_runs_from_left_to_right(window: Callable[..., Page], card: str, language: str) -> None:
    page = reviewing(window, card, language=language)
    assert page.evaluate("getComputedStyle(document.documentElement).direction") == "rtl"
    assert page.evaluate("getComputedStyle(document.querySelector('.wave')).direction") == "ltr"
    box = page.locator(".overview").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 0.75, box["y"] + box["height"] / 2)
    length = float(page.evaluate("document.getElementById('media').duration"))
    assert played(page) == pytest.approx(length * 0.75, abs=1)
    here = page.locator(".overview .here").bounding_box()
    assert here is not None
    assert here["x"] - box["x"] == pytest.approx(box["width"] * 0.75, abs=4)
    isolated = "[...document.querySelectorAll('.evidence q')].map((one) => getComputedStyle(one).unicodeBidi)"
    assert set(page.evaluate(isolated)) == {"isolate"}


@pytest.mark.parametrize(
    ("language", "scheme", "size"), [("en", "light", (640, 400)), ("fa", "dark", (390, 844)), ("ar", "light", (1280, 800))]
)
def test_it_is_accessible_large_small_and_dark(
    window: Callable[..., Page], card: str, language: str, scheme: str, size: tuple[int, int]
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="the check of accessibility needs axe-playwright-python")
    page = reviewing(window, card, language=language, color_scheme=scheme, viewport={"width": size[0], "height": size[1]})
    page.locator(".stretch summary").click()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    found = axe.Axe().run(page)
    assert [(one["id"], [node["html"][:160] for node in one["nodes"]][:3]) for one in found.response["violations"]] == []

