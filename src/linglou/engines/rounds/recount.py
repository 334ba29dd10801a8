"""A round counted again from the rows, never from the counters: what a close freezes and what a verification compares with.

``gather`` lays the outcome of every respondent in a temporary table of this transaction, and the sums of every unit in a second
one; everything after that is set-based SQL over the two.
"""

from __future__ import annotations

from typing import Any

from linglou.engines.rounds import roster
from linglou.engines.rounds.models import Round
from linglou.foundation.people.queries import IN_FORCE_SQL

# One row per respondent on the roster. An answer in time wins over an excuse; a late answer changes nothing.
PEOPLE_SQL = """
    CREATE TEMPORARY TABLE recount_person ON COMMIT DROP AS
    SELECT a.respondent_id, a.unit_id,
           coalesce(NOT p.is_late, false) AS responded,
           coalesce(p.is_late, true) AND e.respondent_id IS NOT NULL AS excused,
           coalesce(p.is_late, true) AND e.respondent_id IS NULL AS missing,
           coalesce(NOT p.is_late AND p.severity >= 2, false) AS abnormal,
           coalesce(NOT p.is_late AND p.source <> 'self', false) AS proxied,
           coalesce(p.is_late, false) AS late
    FROM ({roster}) a
    LEFT JOIN rounds_response p ON p.school_id = %(school_id)s AND p.day = %(day)s AND p.round_id = %(round_id)s
         AND p.respondent_id = a.respondent_id
    LEFT JOIN rounds_roundexcuse e ON e.school_id = %(school_id)s AND e.round_id = %(round_id)s
         AND e.respondent_id = a.respondent_id
"""

COUNTED = ("roster", "responded", "excused", "missing", "abnormal", "proxied", "late")
_SUMS = "count(*) AS roster, " + ", ".join(f"count(*) FILTER (WHERE r.{name}) AS {name}" for name in COUNTED[1:])

# Leaves first, then their ancestors in both trees, as the counters are kept (rooms and authorities keep none).
UNITS_SQL = f"""
    CREATE TEMPORARY TABLE recount_unit ON COMMIT DROP AS
    WITH leaves AS (
        SELECT r.unit_id, {_SUMS} FROM recount_person r GROUP BY r.unit_id
        UNION ALL
        SELECT m.unit_id, {_SUMS}
        FROM recount_person r
        JOIN people_membership m ON %(asks)s = 'people' AND m.school_id = %(school_id)s AND m.person_id = r.respondent_id
             AND m.tree = 'residence' AND {IN_FORCE_SQL.format(f="m")}
        GROUP BY m.unit_id
    )
    SELECT above.id AS unit_id, {", ".join(f"sum(l.{name})::int AS {name}" for name in COUNTED)}
    FROM leaves l
    JOIN people_unit leaf ON leaf.id = l.unit_id
    CROSS JOIN LATERAL unnest(string_to_array(trim(BOTH '/' FROM leaf.path), '/')::bigint[]) AS part(id)
    JOIN people_unit above ON above.id = part.id
    WHERE above.school_id = %(school_id)s AND above.kind NOT IN ('room', 'authority')
      AND (above.kind <> 'school' OR leaf.tree <> 'residence')
    GROUP BY above.id
"""

# What the digest of a leaf covers, line by line: every revision in time, every excuse that counted, every missing row.
LEAVES_SQL = """
    SELECT unit_id, encode(sha256(convert_to(string_agg(line, E'\\n' ORDER BY respondent_id, line), 'UTF8')), 'hex') AS digest
    FROM (
        SELECT r.unit_id, r.respondent_id,
               concat_ws(':', 'responded', r.respondent_id, lpad(v.revision::text, 9, '0'), v.source, coalesce(v.by_id, 0), v.severity,
                         v.receipt, extract(epoch FROM v.at), encode(sha256(convert_to(v.answers::text, 'UTF8')), 'hex')) AS line
        FROM recount_person r
        JOIN rounds_revision v ON v.school_id = %(school_id)s AND v.day = %(day)s AND v.round_id = %(round_id)s
             AND v.respondent_id = r.respondent_id
        WHERE r.responded AND NOT v.is_late
        UNION ALL
        SELECT r.unit_id, r.respondent_id, concat_ws(':', 'excused', r.respondent_id, e.excuse_id)
        FROM recount_person r
        JOIN rounds_roundexcuse e ON e.school_id = %(school_id)s AND e.round_id = %(round_id)s
             AND e.respondent_id = r.respondent_id
        WHERE r.excused
        UNION ALL
        SELECT c.unit_id, c.respondent_id,
               concat_ws(':', 'missing', c.respondent_id, coalesce(c.owner_id, 0), c.attempts, c.last_result)
        FROM rounds_closingmissing c WHERE c.school_id = %(school_id)s AND c.round_id = %(round_id)s
    ) lines
    GROUP BY unit_id
"""

# What the digest of a closing covers: the round as it was asked, its sums, every unit row, and the closing before it.
CLOSING_DIGEST_SQL = """
    SELECT encode(sha256(convert_to(concat_ws(E'\\n', 'linglou closing 1',
        concat_ws(':', r.school_id, r.id, r.purpose, r.asks, r.audience_id, r.person_kind, r.unit_kind, r.form_id, r.day,
                  extract(epoch FROM r.opens_at), extract(epoch FROM r.closes_at), extract(epoch FROM r.roster_at), nullif(r.group_key, '')),
        concat_ws(':', %(number)s::int, extract(epoch FROM %(closed_at)s::timestamptz), coalesce(%(closed_by)s::bigint, 0),
                  %(roster)s::int, %(responded)s::int, %(excused)s::int, %(missing)s::int, %(abnormal)s::int),
        (SELECT string_agg(concat_ws(':', u.unit_id, u.roster, u.responded, u.excused, u.missing, u.abnormal, u.digest),
                           E'\\n' ORDER BY u.unit_id)
         FROM rounds_closingunit u WHERE u.school_id = r.school_id AND u.round_id = r.id),
        %(previous_digest)s::text), 'UTF8')), 'hex')
    FROM rounds_round r WHERE r.id = %(round_id)s
"""


def gather(cursor: Any, round_: Round) -> None:
    """Fill ``recount_person`` and ``recount_unit`` for a round; they live until the transaction ends or the next call."""
    cursor.execute("SET LOCAL work_mem = '128MB'")  # a school of a million is sorted in memory; a small one needs none of it
    cursor.execute("DROP TABLE IF EXISTS pg_temp.recount_person, pg_temp.recount_unit")
    parameters = roster.parameters(round_)
    cursor.execute(PEOPLE_SQL.format(roster=roster.sql(round_)), parameters)
    cursor.execute("ANALYZE recount_person")
    cursor.execute(UNITS_SQL, parameters)


def totals(cursor: Any) -> dict[str, int]:
    """The sums of the whole round by name (``COUNTED``)."""
    cursor.execute(f"SELECT {_SUMS} FROM recount_person r")
    return dict(zip(COUNTED, cursor.fetchone(), strict=True))
