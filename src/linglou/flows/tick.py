"""The tick: every flow that time or a new row sets off, in order. Safe to run twice, in two processes, and after a crash.

Each flow commits by itself, so one that fails leaves what the others did; what it did not do is still due at the next tick.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from django.db import InterfaceError, OperationalError, connection

from linglou.flows import (
    absence_is_followed_daily,
    account_reset_tells_person,
    alert_grows_tells_again,
    alert_in_hand_gives_time,
    alert_settled_closes_tasks,
    case_counts_towards_thresholds,
    case_decided_tells_chain,
    case_isolates_patient,
    closed_plan_is_followed_up,
    contact_confirmed_is_told,
    contact_confirmed_is_watched,
    contact_confirmed_joins_screening,
    leaver_loses_account,
    level_change_is_told,
    level_in_force_sets_reporting,
    level_measures_are_somebodys_task,
    need_is_somebodys_task,
    new_whereabouts_are_screened,
    newly_watched_are_asked_today,
    nobody_checked_today_is_raised,
    observation_is_told,
    observation_over_asks_for_release,
    overdue_task_climbs,
    own_threshold_looks_back,
    plan_is_never_without_people,
    proxy_report_tells_person,
    report_settles_search_task,
    risk_list_change_rescreens_everyone,
    round_closes_on_time,
    round_opens_on_schedule,
    round_reminds_the_missing,
    round_slept_through_is_reported,
    screened_returnee_is_watched,
    screening_opens_tasks,
    signal_counts_towards_thresholds,
    signal_in_hand_gives_time,
    signal_settled_closes_tasks,
    suspected_signal_asks_for_case,
    symptom_report_opens_signal,
    threshold_reached_opens_task,
    urgent_assessment_calls_for_help,
)

log = logging.getLogger(__name__)

# Signals first: somebody is ill. What settles a task comes before what lets it climb.
FLOWS: dict[str, Callable[..., int]] = {
    "urgent_assessment_calls_for_help": urgent_assessment_calls_for_help.run,
    "symptom_report_opens_signal": symptom_report_opens_signal.run,
    "case_decided_tells_chain": case_decided_tells_chain.run,
    "contact_confirmed_joins_screening": contact_confirmed_joins_screening.run,
    "case_isolates_patient": case_isolates_patient.run,
    "contact_confirmed_is_watched": contact_confirmed_is_watched.run,
    "contact_confirmed_is_told": contact_confirmed_is_told.run,
    "suspected_signal_asks_for_case": suspected_signal_asks_for_case.run,
    "signal_counts_towards_thresholds": signal_counts_towards_thresholds.run,
    "case_counts_towards_thresholds": case_counts_towards_thresholds.run,
    "own_threshold_looks_back": own_threshold_looks_back.run,
    "threshold_reached_opens_task": threshold_reached_opens_task.run,
    "alert_grows_tells_again": alert_grows_tells_again.run,
    "risk_list_change_rescreens_everyone": risk_list_change_rescreens_everyone.run,
    "new_whereabouts_are_screened": new_whereabouts_are_screened.run,
    "screening_opens_tasks": screening_opens_tasks.run,
    "screened_returnee_is_watched": screened_returnee_is_watched.run,
    "plan_is_never_without_people": plan_is_never_without_people.run,
    "observation_is_told": observation_is_told.run,
    "need_is_somebodys_task": need_is_somebodys_task.run,
    "level_change_is_told": level_change_is_told.run,
    "level_in_force_sets_reporting": level_in_force_sets_reporting.run,
    "level_measures_are_somebodys_task": level_measures_are_somebodys_task.run,
    "round_opens_on_schedule": round_opens_on_schedule.run,
    "newly_watched_are_asked_today": newly_watched_are_asked_today.run,
    "round_slept_through_is_reported": round_slept_through_is_reported.run,
    "proxy_report_tells_person": proxy_report_tells_person.run,
    "report_settles_search_task": report_settles_search_task.run,
    "signal_settled_closes_tasks": signal_settled_closes_tasks.run,
    "signal_in_hand_gives_time": signal_in_hand_gives_time.run,
    "alert_settled_closes_tasks": alert_settled_closes_tasks.run,
    "alert_in_hand_gives_time": alert_in_hand_gives_time.run,
    "round_reminds_the_missing": round_reminds_the_missing.run,
    "round_closes_on_time": round_closes_on_time.run,
    "nobody_checked_today_is_raised": nobody_checked_today_is_raised.run,
    "observation_over_asks_for_release": observation_over_asks_for_release.run,
    "absence_is_followed_daily": absence_is_followed_daily.run,
    "closed_plan_is_followed_up": closed_plan_is_followed_up.run,
    "overdue_task_climbs": overdue_task_climbs.run,
    "leaver_loses_account": leaver_loses_account.run,
    "account_reset_tells_person": account_reset_tells_person.run,
}


def tick(at: datetime) -> dict[str, int]:
    """Run every flow as of ``at``; how much each did (-1: it failed, and is in the log). Raises ``OperationalError`` or
    ``InterfaceError`` when the database is away."""
    done: dict[str, int] = {}
    for name, run in FLOWS.items():
        try:
            done[name] = run(at=at)
        except Exception as error:
            if isinstance(error, OperationalError | InterfaceError) and not _database_answers():
                raise
            done[name] = -1
            log.exception("a flow failed", extra={"event": f"flow.{name}", "error": type(error).__name__})
    return done


def _database_answers() -> bool:
    return connection.connection is not None and connection.is_usable()
