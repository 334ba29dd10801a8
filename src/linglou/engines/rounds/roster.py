"""The roster of a round, derived: SQL over the memberships valid, and known, at ``roster_at``.

Every query that needs the denominator starts from ``sql``; there is no second way to count it.
"""

from __future__ import annotations

from typing import Any

from linglou.engines.rounds.models import Round
from linglou.foundation.people.queries import IN_FORCE_SQL

# One row per person on the roster: respondent_id, unit_id (administrative leaf) and its path.
PEOPLE_SQL = f"""
    SELECT m.person_id AS respondent_id, m.unit_id, u.path
    FROM people_membership m
    JOIN people_unit u ON u.id = m.unit_id
    WHERE m.school_id = %(school_id)s AND m.tree = 'administration'
      AND u.path >= %(path)s AND u.path < %(path_end)s
      AND (%(person_kind)s = '' OR m.person_kind = %(person_kind)s)
      AND {IN_FORCE_SQL.format(f="m")}
"""

# The same, of those who are in the round's group.
GROUP_SQL = f"""{PEOPLE_SQL}
      AND EXISTS (SELECT FROM rounds_enrolment g WHERE g.person_id = m.person_id AND g.group_key = %(group_key)s
                  AND g.school_id = %(school_id)s AND g.starts_at <= %(at)s AND (g.ends_at IS NULL OR g.ends_at > %(at)s))
"""

# One row per unit asked, for rounds of units: the unit answers for itself.
UNITS_SQL = """
    SELECT u.id AS respondent_id, u.id AS unit_id, u.path
    FROM people_unit u
    WHERE u.school_id = %(school_id)s AND u.kind = %(unit_kind)s
      AND u.path >= %(path)s AND u.path < %(path_end)s
      AND u.opened_at <= %(at)s AND (u.closed_at IS NULL OR u.closed_at > %(at)s)
"""


def freeze(cursor: Any, school_id: int) -> None:
    """Wait until no transaction is writing memberships or excuses of a school, and let none begin before this one ends: what the
    roster of a round that opens now is, it stays."""
    cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"rosters:{school_id}"])
    cursor.execute("SELECT set_config(%s, '', true)", [f"linglou.rosters_{school_id}"])


def hold(cursor: Any, school_id: int) -> None:
    """Let no round of a school open before this transaction ends (memberships take this by a trigger)."""
    cursor.execute("SELECT pg_advisory_xact_lock_shared(hashtextextended(%s, 0))", [f"rosters:{school_id}"])


def sql(round_: Round) -> str:
    if round_.asks != "people":
        return UNITS_SQL
    return GROUP_SQL if round_.group_key else PEOPLE_SQL


def parameters(round_: Round) -> dict[str, Any]:
    """What the SQL above needs, also under a narrower ``path`` (override ``path`` and ``path_end``)."""
    return {
        "school_id": round_.school_id,
        "round_id": round_.pk,
        "day": round_.day,
        "at": round_.roster_at,
        "asks": round_.asks,
        "person_kind": round_.person_kind,
        "unit_kind": round_.unit_kind,
        "group_key": round_.group_key,
        **subtree(round_.audience.path),
    }


def subtree(path: str) -> dict[str, str]:
    """Bounds of a path's subtree for an index range: ``/1/5/`` up to ``/1/50`` ('0' follows '/')."""
    return {"path": path, "path_end": path[:-1] + "0"}
