"""Queues of work and jobs in a real browser: paused and limited, given up and begun again, figures that move by themselves."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from qa_service.domain.report import ReportLanguage
from qa_service.rendering.messages import catalogue
from qa_service.services.workflow import QUEUES
from qa_service.store.faults import Fault
from qa_service.store.jobs import Job, JobState, Urgency
from qa_service.store.work_queues import Regulation
from qa_service.web.causes import FAULTS
from qa_service.web.work import CODES, KINDS, LIMITS
from tests.web.conftest import KEY, status_of, until

if TYPE_CHECKING:
    from playwright.sync_api import Page

HOSTILE = "<img src=x onerror=window.stolen=1> نام {{ 7*7 }}"


def asked(site: Any, method: str, path: str, body: Any = None) -> httpx.Response:
    """What a program is answered: the workflow engine asks to be called from threads without a browser's event loop."""
    with httpx.Client(base_url=site.url, headers={"X-API-Key": KEY}) as client:
        answer = client.request(method, f"/v1/{path}", json=body)
        assert answer.is_success, answer.text
        return answer


def regulate(site: Any, queue: str, **regulation: Any) -> None:
    """From now on, until another test says otherwise."""
    asked(site, "PUT", f"work-queues/{queue}", regulation)


def regulation(site: Any, queue: str) -> Regulation:
    """What holds for a queue."""
    found = next(one for one in asked(site, "GET", "work-queues").json()["items"] if one["name"] == queue)
    return Regulation.model_validate(found["regulation"])


def put(site: Any, name: str) -> str:
    """A chat that is sent; the id of its job."""
    turns = [{"speaker": "customer", "text": f"My number is {name}"}, {"speaker": "agent", "text": "Thank you"}]
    taken = asked(site, "POST", "conversations", {"id": name, "channel": "chat", "language": "en", "turns": turns})
    return taken.headers["location"].rpartition("/")[2]


def broken(site: Any, name: str, *, code: str = "storage", message: str = "the store does not answer") -> str:
    """A chat whose work was given up."""
    job = put(site, name)
    with site.services.database.unit() as unit:
        unit.jobs.fail(job, Fault(code=code, message=message), at=site.services.clock())
    return job


@pytest.fixture
def held(site: Any) -> Iterator[None]:
    """No conversation is begun, until the test or its end lets them go."""
    regulate(site, "text", paused=True)
    # A look that is under way still goes by what was set before.
    time.sleep(0.5)
    yield
    regulate(site, "text")
    until(lambda: not site.services.jobs.list(state=JobState.QUEUED).items and not site.services.jobs.list(state=JobState.RUNNING).items)


@pytest.fixture
def mark() -> str:
    """Tells what a test made from what others left, or the same one before."""
    return re.sub(r"\d", lambda digit: "ghijklmnop"[int(digit[0])], uuid.uuid4().hex[:8])


@pytest.fixture
def queue(site: Any) -> Iterator[str]:
    """One that nothing else in these tests goes through, as the settings say."""
    regulate(site, "reports")
    yield "reports"
    regulate(site, "reports")


@pytest.mark.parametrize("language", ReportLanguage)
def test_every_value_has_its_message(language: ReportLanguage) -> None:
    wanted = {f"work.{kind}_{name}" for kind in ("name", "what") for name in QUEUES} | {f"work.kind_{kind}" for kind in (*KINDS, "other")}
    wanted |= {f"work.limit_{name}" for name in LIMITS} | {f"work.{name}" for name in LIMITS}
    wanted |= {f"work.priority_{one.value}" for one in Urgency} | {f"uploads.fault_{code}" for code in CODES}
    assert wanted <= set(catalogue(language))
    assert set(CODES) <= FAULTS
    assert set(LIMITS) == set(Regulation.model_fields) - {"paused"}


def test_a_queue_is_paused_limited_and_let_go(site: Any, queue: str, window: Callable[..., Page]) -> None:
    from playwright.sync_api import expect

    page = window("root", path="/work")
    row, speed = page.locator("#queue-reports"), page.locator("#speed-reports")
    expect(speed).to_contain_text("as the settings say")
    row.get_by_role("button", name="Pause").click()
    expect(speed).to_contain_text("paused")
    expect(speed).to_contain_text("set by root")
    row.locator("summary").click()
    page.fill("#together-reports", "6")
    page.fill("#per_minute-reports", "120")
    row.get_by_role("button", name="Save").click()
    expect(speed).to_contain_text("at once in all processes: 6")
    expect(speed).to_contain_text("paused")
    assert regulation(site, queue) == Regulation(paused=True, together=6, per_minute=120)
    row.get_by_role("button", name="Go on").click()
    expect(row.get_by_role("button", name="Pause")).to_be_visible()
    assert regulation(site, queue) == Regulation(together=6, per_minute=120)
    row.locator("summary").click()
    page.eval_on_selector("#at_once-reports", "(one) => { one.removeAttribute('min'); }")
    page.fill("#at_once-reports", "0")
    row.get_by_role("button", name="Save").click()
    expect(page.locator(".fault")).to_contain_text("at_once")
    expect(page.locator("#at_once-reports")).to_have_value("0")
    expect(page.locator("#at_once-reports")).to_be_visible()
    assert regulation(site, queue).at_once is None


def test_figures_move_by_themselves(site: Any, held: None, mark: str, window: Callable[..., Page]) -> None:
    from playwright.sync_api import expect

    page = window("root", path="/work")
    for place in range(3):
        put(site, f"wp-moving-{mark}-{place}")
    page.reload()
    expect(page.locator("#waiting-text")).to_have_text("3")
    expect(page.locator("#oldest-text")).to_contain_text("the oldest since")
    expect(page.locator("#looked[hx-get]")).to_have_count(0)
    regulate(site, "text", per_minute=1)
    page.reload()
    page.locator("#queue-text summary").click()
    page.fill("#together-text", "9")
    regulate(site, "text", at_once=4)
    expect(page.locator("#speed-text")).to_contain_text("at once in each process: 4")
    expect(page.locator("#waiting-text")).to_have_text("0", timeout=90_000)
    # What somebody is writing stays.
    expect(page.locator("#together-text")).to_have_value("9")


def test_what_waits_is_stopped_and_tried_again(site: Any, held: None, mark: str, window: Callable[..., Page]) -> None:
    from playwright.sync_api import expect

    name = f"wp-stopped-{mark}"
    job = put(site, name)
    page = window("lea", path="/work")
    page.select_option("#state", "queued")
    page.fill("#contact", name)
    page.locator(".filters button").click()
    page.click(f"#stop-{job}")
    expect(page.locator("#jobs")).to_be_visible()
    expect(page.locator("#list")).to_have_count(0)
    page.goto(f"/work?contact={name}")
    expect(page.locator("#list li")).to_contain_text("It was stopped before it began.")
    page.click(f"#retry-{job}")
    expect(page.locator(".note")).to_contain_text("1 job was begun again.")
    expect(page.locator("#list li")).to_contain_text("It cannot be begun again")
    regulate(site, "text")
    new = next(one.id for one in site.services.jobs.list(interaction=name).items if one.id != job)
    page.goto(f"/work/jobs/{new}")
    expect(page.locator("#job .tag")).to_have_text("done", timeout=60_000)
    expect(page.locator("#job[hx-get]")).to_have_count(0)
    page.click("#job a[href^='/interactions/']")
    assert page.url.endswith(f"/interactions/{name}")


def test_all_of_a_cause_are_tried_again_at_once(site: Any, held: None, mark: str, window: Callable[..., Page]) -> None:
    from playwright.sync_api import expect

    broken(site, f"wp-all-a-{mark}")
    broken(site, f"wp-all-b-{mark}")
    other = broken(site, f"wp-all-c-{mark}", code="judge", message="the judge is away")
    page = window("lea", path="/work?state=failed&code=storage")
    expect(page.locator("#list")).to_contain_text(f"wp-all-a-{mark}")
    expect(page.locator("#list")).to_contain_text("The place where the files are could not be reached, or refused.")
    expect(page.locator("#list")).to_contain_text("the store does not answer")
    expect(page.locator("#list")).not_to_contain_text(f"wp-all-c-{mark}")
    page.click("#retry-all")
    expect(page.locator(".note")).to_contain_text(re.compile(r"\d+ jobs were begun again"))
    assert "code=storage" in page.url
    expect(page.locator("#retry-all")).to_have_count(0)
    assert site.services.jobs.get(other).state is JobState.FAILED
    page.goto(f"/work/jobs/{other}")
    expect(page.locator("#job")).to_contain_text("The language model that judges did not answer.")
    page.click(f"#retry-{other}")
    expect(page).not_to_have_url(re.compile(other))
    expect(page.locator("#job .tag")).to_be_visible()


def test_the_list_goes_on_behind_the_first_page(site: Any, mark: str, window: Callable[..., Page]) -> None:
    from playwright.sync_api import expect

    at, fault = site.services.clock(), Fault(code=f"engine_{mark}", message="no words")
    with site.services.database.unit() as unit:
        unit.jobs.add_many([
            Job(id=uuid.uuid4().hex, kind="speech", state=JobState.FAILED, created_at=at, finished_at=at, error=fault) for _ in range(60)
        ])
    page = window("lea", path=f"/work?code=engine_{mark}&kind=speech")
    expect(page.locator("#list li")).to_have_count(50)
    page.click("#more")
    expect(page.locator("#list li")).to_have_count(10)
    expect(page.locator("#code")).to_have_value(f"engine_{mark}")
    expect(page.locator("#retry-all")).to_have_count(0)
    page.goto("/work?contact=nobody-of-that-name")
    expect(page.locator("main")).to_contain_text("No such job.")
    assert status_of(page, "/work?state=lost") == 422
    assert status_of(page, "/work?cursor=forged") == 422
    assert status_of(page, "/work/jobs/none") == 404


def test_leads_try_again_and_administrators_set_the_pace(site: Any, held: None, mark: str, window: Callable[..., Page]) -> None:
    from playwright.sync_api import expect

    job = broken(site, f"wp-rights-{mark}")
    lead = window("lea", path=f"/work?contact=wp-rights-{mark}")
    expect(lead.locator(f"#retry-{job}")).to_be_visible()
    expect(lead.locator("#queue-text")).to_be_visible()
    expect(lead.locator("#queue-text button")).to_have_count(0)
    token = lead.locator("input[name=csrf]").first.input_value()
    for path, form in (("/work/queues/reports/pause", {"paused": "true"}), ("/work", {"queue": "reports", "at_once": "1"})):
        assert lead.request.post(path, form={"csrf": token, **form}).status == 403, path
    for login in ("rita", "carla", "sara"):
        page = window(login, path="/")
        expect(page.locator("h1")).to_be_visible()
        expect(page.locator("a[href='/work']")).to_have_count(0)
        for path in ("/work", f"/work/jobs/{job}"):
            assert status_of(page, path) == 403, path
        token = page.locator("input[name=csrf]").first.input_value()
        for path in ("jobs/retry", f"jobs/{job}/retry", f"jobs/{job}/cancel"):
            assert page.request.post(f"/work/{path}", form={"csrf": token}).status == 403, path
    assert lead.request.post("/work/jobs/retry", form={"csrf": "forged"}).status == 403
    assert site.services.jobs.get(job).state is JobState.FAILED


def test_no_queue_of_that_name(site: Any, window: Callable[..., Page]) -> None:
    page = window("root", path="/work")
    token = page.locator("input[name=csrf]").first.input_value()
    assert page.request.post("/work/queues/none/pause", form={"csrf": token, "paused": "true"}).status == 404
    assert page.request.post("/work", form={"csrf": token, "at_once": "1"}).status == 404


def test_the_start_page_leads_to_what_failed(site: Any, held: None, mark: str, window: Callable[..., Page]) -> None:
    from playwright.sync_api import expect

    broken(site, f"wp-start-{mark}")
    page = window("lea", path="/")
    page.click("a[href='/work#jobs']")
    expect(page.locator("#list")).to_contain_text(f"wp-start-{mark}")
    page.goto("/audit?action=work.regulated")
    expect(page.locator(".acts")).to_contain_text("Paused or limited a queue of work")


def test_hostile_words_stay_words(site: Any, held: None, window: Callable[..., Page]) -> None:
    from playwright.sync_api import expect

    job = broken(site, f"wp-{HOSTILE}", code="never_heard_of", message=HOSTILE)
    page = window("root", path="/work")
    for path in ("/work?contact=wp-" + HOSTILE.replace("=", "%3D"), f"/work/jobs/{job}"):
        page.goto(path)
        expect(page.locator("main")).to_contain_text(f"wp-{HOSTILE}")
        expect(page.locator("main")).to_contain_text("It could not be processed.")
        assert page.evaluate("window.stolen") is None


@pytest.mark.parametrize(("language", "width"), [("en", 390), ("fa", 390), ("ar", 1280)])
def test_nothing_runs_over_the_edge(site: Any, held: None, window: Callable[..., Page], language: str, width: int) -> None:
    job = broken(site, f"wp-{'long-' * 35}{language}", message="wide " * 60 + "unbroken" * 40)
    page = window("root", language=language, viewport={"width": width, "height": 800})
    for path in ("/work?state=", f"/work/jobs/{job}"):
        page.goto(path)
        page.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("fa", "dark")])
def test_pages_are_accessible(site: Any, held: None, window: Callable[..., Page], language: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="the check of accessibility needs axe-playwright-python")
    failed, waiting = broken(site, f"wp-axe-{scheme}"), put(site, f"wp-axe-waiting-{scheme}")
    page = window("root", language=language, color_scheme=scheme)
    for path in ("/work?state=&again=2", "/work", f"/work/jobs/{failed}", f"/work/jobs/{waiting}"):
        page.goto(path)
        page.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true; })")
        told = [(one["id"], [node["html"][:160] for node in one["nodes"]][:3]) for one in axe.Axe().run(page).response["violations"]]
        assert told == [], path
