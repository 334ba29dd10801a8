"""The school's terms: which days count as the same one, what is refused, the page and the API of the office."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linglou.foundation.audit.models import Entry
from linglou.foundation.rulebook import actions, queries
from linglou.foundation.rulebook.models import Term
from linglou.foundation.rulebook.problems import TERM_WITHDRAWN, TERMS_OVERLAP
from linglou.foundation.rulebook.rules.terms import TermDays, term_of
from linglou.kernel import clock
from linglou.kernel.problems import Problem
from tests.factories.accounts import browser
from tests.factories.people import Campus, actor

AUTUMN = TermDays(date(2026, 9, 1), date(2027, 1, 15))
SPRING = TermDays(date(2027, 2, 22), date(2027, 7, 9))


@pytest.fixture
def campus(db: None) -> Campus:
    return Campus()


@pytest.mark.parametrize(
    ("day", "terms", "span"),
    [
        (date(2026, 11, 23), [], (date(2026, 8, 1), date(2027, 1, 31))),
        (date(2027, 1, 31), [], (date(2026, 8, 1), date(2027, 1, 31))),
        (date(2027, 2, 1), [], (date(2027, 2, 1), date(2027, 7, 31))),
        (date(2026, 9, 1), [AUTUMN, SPRING], (date(2026, 9, 1), date(2027, 2, 21))),
        (date(2027, 2, 21), [SPRING, AUTUMN], (date(2026, 9, 1), date(2027, 2, 21))),  # the vacation is the autumn's
        (date(2027, 2, 22), [AUTUMN, SPRING], (date(2027, 2, 22), date(2027, 10, 17))),
        (date(2026, 8, 31), [AUTUMN], (date(2026, 8, 1), date(2026, 8, 31))),  # before the calendar begins
        (date(2027, 6, 1), [AUTUMN], (date(2027, 4, 26), date(2027, 7, 31))),  # long after it ends
    ],
)
def test_a_day_belongs_to_a_term_and_a_vacation_to_the_term_before_it(
    day: date, terms: list[TermDays], span: tuple[date, date]
) -> None:
    assert term_of(day, terms) == span


@pytest.mark.parametrize(("first", "last"), [("9999-01-01", "9999-12-31"), ("0001-01-01", "0001-06-30")])
def test_a_term_of_a_mistyped_year_is_refused_before_it_stops_every_count(campus: Campus, first: str, last: str) -> None:
    typed = {"name": "学期", "first_day": first, "last_day": last}
    office = browser(campus.office)
    assert office.post("/rules/terms/", typed).status_code == 422
    assert office.post("/api/v1/terms", typed, content_type="application/json").status_code == 422
    assert not Term.objects.exists()


@given(
    st.lists(st.integers(1, 200), min_size=0, max_size=8),
    st.integers(-400, 1600),
    st.integers(-400, 1600),
)
def test_the_days_fall_into_terms_without_gaps_or_overlaps(lengths: list[int], one: int, other: int) -> None:
    begin, terms = date(2026, 1, 1), []
    for n, length in enumerate(lengths):
        if n % 2 == 0:
            terms.append(TermDays(begin, begin + timedelta(days=length)))
        begin += timedelta(days=length + 1)
    days = [date(2026, 1, 1) + timedelta(days=n) for n in (one, other)]
    spans = [term_of(day, terms) for day in days]
    for day, (first, last) in zip(days, spans, strict=True):
        assert first <= day <= last
    (first, last), (next_first, next_last) = sorted(spans)
    assert (first, last) == (next_first, next_last) or last < next_first


def test_terms_do_not_overlap_and_one_that_is_wrong_is_withdrawn(campus: Campus) -> None:
    office, at = actor(campus.office), clock.now()
    term = actions.add_term(name="秋", first_day=AUTUMN.first, last_day=AUTUMN.last, by=office, at=at)
    with pytest.raises(Problem) as problem:
        actions.add_term(name="春", first_day=AUTUMN.last, last_day=SPRING.last, by=office, at=at)
    assert problem.value.kind is TERMS_OVERLAP
    actions.withdraw_term(term_id=term.pk, by=office, at=at)
    with pytest.raises(Problem) as problem:
        actions.withdraw_term(term_id=term.pk, by=office, at=at)
    assert problem.value.kind is TERM_WITHDRAWN
    actions.add_term(name="春", first_day=AUTUMN.last, last_day=SPRING.last, by=office, at=at)
    assert queries.term_days(campus.school.pk) == [TermDays(AUTUMN.last, SPRING.last)]
    assert queries.term_days(campus.school.pk + 1) == []
    assert list(Entry.objects.filter(subject_type="term").order_by("pk").values_list("action", flat=True)) == [
        "term.add", "term.withdraw", "term.add",
    ]  # fmt: skip


def test_the_office_keeps_them_on_the_page(campus: Campus) -> None:
    office = browser(campus.office)
    assert "各算一个学期" in office.get("/rules/terms/").content.decode()
    typed = {"name": "2026 秋季学期", "first_day": "2026-09-01", "last_day": "2027-01-15"}
    for wrong, said in (({"last_day": "2026-09-01"}, "必须晚于第一天"), ({"last_day": "2028-01-15"}, "最长一年")):
        refused = office.post("/rules/terms/", typed | wrong)
        assert refused.status_code == 422
        assert said in refused.content.decode()
    assert office.post("/rules/terms/", typed).status_code == 302
    assert "与已登记的学期" in office.post("/rules/terms/", typed).content.decode()
    shown = browser(campus.counsellor).get("/rules/terms/").content.decode()
    assert "2026 秋季学期" in shown
    assert "登记学期" not in shown
    term = Term.objects.get()
    assert browser(campus.counsellor).post(f"/rules/terms/{term.pk}/withdraw/").status_code == 403
    assert office.post(f"/rules/terms/{term.pk}/withdraw/").status_code == 302
    assert "2026 秋季学期" not in office.get("/rules/terms/").content.decode()


def test_the_api_lists_enters_and_withdraws_terms_and_own_rules(campus: Campus) -> None:
    office = browser(campus.office)

    def post(path: str, **body: object) -> tuple[int, dict[str, object]]:
        answer = office.post(f"/api/v1/{path}", body, content_type="application/json")
        return answer.status_code, answer.json()

    status, term = post("terms", name="秋", first_day="2026-09-01", last_day="2027-01-15")
    assert status == 200
    assert post("terms", name="秋", first_day="2026-10-01", last_day="2027-01-15")[1]["code"] == "terms-overlap"
    assert post("terms", name="秋", first_day="2030-10-01", last_day="2030-09-15")[0] == 422
    assert [one["id"] for one in office.get("/api/v1/terms").json()] == [term["id"]]
    assert post(f"terms/{term['id']}/withdraw")[1]["withdrawn_at"]
    assert office.get("/api/v1/terms").json() == []

    new = {"rule_id": "SCH-2006-1", "text": "两人即报", "document": "校发〔2026〕5号", "from_day": "2026-11-24"}
    status, own = post("own-rules", **new, people=2)
    assert (status, own["people"], own["hours"]) == (200, 2, None)
    status, laxer = post("own-rules", **new, people=4)
    assert (status, laxer["code"]) == (422, "rule-not-stricter")
    assert [one["field"] for one in laxer["errors"]] == ["people"]  # type: ignore[attr-defined]
    assert post("own-rules", **new, days=4)[1]["code"] == "rule-number-unsuited"
    assert post("own-rules", **(new | {"rule_id": "NO-SUCH"}))[1]["code"] == "rule-unknown"
    assert post(f"own-rules/{own['id']}/withdraw")[1]["withdrawn_at"]
    assert post(f"own-rules/{own['id']}/withdraw")[1]["code"] == "rule-withdrawn"
    assert [one["id"] for one in office.get("/api/v1/own-rules").json()] == [own["id"]]
