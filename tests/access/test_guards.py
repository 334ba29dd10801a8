"""What stands in front of a page, and what an actor's posts give: allowed and refused, each from the same actor."""

from __future__ import annotations

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from linglou.foundation.access.actor import Actor, Grant
from linglou.foundation.access.guards import actor_of, requires, signed_in
from linglou.foundation.access.roles import Role
from linglou.foundation.access.verbs import Verb
from linglou.kernel.problems import Problem

CLASS, OTHER_CLASS, WARD, STRANGER = "/1/2/3/", "/1/2/4/", 7, 8
COUNSELLOR = Grant(Role.COUNSELLOR, 3, CLASS)
GUARDIAN = Grant(Role.GUARDIAN, None, "", ward_id=WARD)


def actor(*grants: Grant, token: frozenset[Verb] | None = None) -> Actor:
    return Actor(person_id=1, school_id=1, account_id=1, name="某人", grants=grants, token_verbs=token)


def asked_by(who: Actor | None) -> HttpRequest:
    request = RequestFactory().get("/board/3/?tree=party")
    request.actor = who  # type: ignore[attr-defined]
    return request


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("shown")


@pytest.mark.parametrize(
    ("grant", "verb", "at", "person", "allowed"),
    [
        (COUNSELLOR, Verb.SEE_WHAT, [CLASS], None, True),
        (COUNSELLOR, Verb.SEE_WHAT, [CLASS + "9/"], None, True),
        (COUNSELLOR, Verb.SEE_WHAT, [OTHER_CLASS, CLASS], None, True),  # one of the places is enough
        (COUNSELLOR, Verb.SEE_WHAT, [OTHER_CLASS], None, False),
        (COUNSELLOR, Verb.SEE_WHAT, ["/1/2/"], None, False),  # what lies above is not below
        (COUNSELLOR, Verb.SEE_WHAT, [], None, False),
        (COUNSELLOR, Verb.CONFIGURE, [CLASS], None, False),
        (COUNSELLOR, Verb.SEE_WHAT, [OTHER_CLASS], WARD, False),
        (GUARDIAN, Verb.SEE_WHAT, [CLASS], WARD, True),
        (GUARDIAN, Verb.SEE_WHAT, [], WARD, True),
        (GUARDIAN, Verb.SEE_WHAT, [CLASS], STRANGER, False),
        (GUARDIAN, Verb.SEE_WHAT, [CLASS], None, False),
        (GUARDIAN, Verb.EXCUSE, [CLASS], WARD, False),
    ],
)
def test_a_post_gives_its_verbs_in_its_subtree_or_for_its_ward(
    grant: Grant, verb: Verb, at: list[str], person: int | None, allowed: bool
) -> None:
    who = actor(grant)
    assert who.may(verb, at=at, person_id=person) is allowed
    if allowed:
        who.check(verb, at=at, person_id=person)
    else:
        with pytest.raises(Problem, match="not-allowed"):
            who.check(verb, at=at, person_id=person)


@pytest.mark.parametrize("grant", [COUNSELLOR, GUARDIAN])
def test_a_token_takes_away_and_never_gives(grant: Grant) -> None:
    person = grant.ward_id
    assert actor(grant, token=frozenset({Verb.SEE_WHAT})).may(Verb.SEE_WHAT, at=[CLASS], person_id=person)
    assert not actor(grant, token=frozenset({Verb.SEE_WHETHER})).may(Verb.SEE_WHAT, at=[CLASS], person_id=person)
    assert not actor(grant, token=frozenset({Verb.CONFIGURE})).may_anywhere(Verb.CONFIGURE)


def test_a_visitor_is_sent_to_log_in_and_comes_back() -> None:
    assert signed_in(page)(asked_by(actor())).content == b"shown"
    sent = signed_in(page)(asked_by(None))
    assert sent.status_code == 302
    assert sent["Location"].endswith("?next=%2Fboard%2F3%2F%3Ftree%3Dparty")


def test_a_page_that_needs_a_verb_needs_a_post_that_gives_it() -> None:
    guarded = requires(Verb.SEE_WHAT)(page)
    assert guarded(asked_by(actor(COUNSELLOR))).content == b"shown"
    assert guarded(asked_by(actor(GUARDIAN))).content == b"shown"
    assert guarded(asked_by(None)).status_code == 302
    for refused in (actor(), actor(Grant(Role.CLASS_MONITOR, 3, CLASS))):
        with pytest.raises(Problem, match="not-allowed"):
            guarded(asked_by(refused))


def test_without_a_guard_the_actor_is_asked_for_and_refused() -> None:
    who = actor()
    assert actor_of(asked_by(who)) is who
    for request in (asked_by(None), RequestFactory().get("/")):
        with pytest.raises(Problem, match="not-logged-in"):
            actor_of(request)
