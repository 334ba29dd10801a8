"""A school of a million people for the benches, made by set-based SQL in a durable embedded PostgreSQL of its own.

The people are spread over classes and, if asked, over rooms; a round is opened by the product's own code, and answers are laid
in as the intake would have left them (responses, revisions, counters, curve).
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from datetime import time as wall
from pathlib import Path
from typing import Any

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建文斌宇浩凯健俊帆雪琳晨阳鑫宁波欣怡佳梦琪雨涵子轩一诺思远嘉豪诗语天佑若曦志鹏海燕春梅冬雪晓东亚楠立新国庆"


@contextmanager
def database() -> Iterator[None]:
    """A fresh, durable database, migrated, with Django set up on it. Once in a process."""
    from linglou.server.postgres import Postgres

    home = Path(tempfile.mkdtemp(prefix="linglou-bench-"))
    home.chmod(0o755)
    postgres = Postgres(home / "postgres", durable=True)
    postgres.start()
    try:
        os.environ |= {
            "DATABASE_URL": postgres.url,
            "LINGLOU_DATA": str(home),
            "LINGLOU_SECRET_KEY": "only-for-benches-" + "x" * 40,
            "DJANGO_SETTINGS_MODULE": "linglou.settings",
        }
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        yield
        from django.db import connections

        connections.close_all()
    finally:
        postgres.stop()
        shutil.rmtree(home, ignore_errors=True)


@dataclass
class Campus:
    """``seconds`` is what the product's own opening of the last round took."""

    school_id: int
    people: int
    seconds_to_open: float = 0.0


def build(*, people: int, colleges: int = 40, classes: int = 500, rooms: bool = True) -> Campus:
    """A school with ``colleges`` of ``classes`` each and everybody in a class; with ``rooms``, also a campus of buildings of
    ten floors of twenty rooms, five people to a room. Every class has a counsellor's post (one counsellor to five classes)."""
    from django.db import connection

    from linglou.foundation.people import actions
    from linglou.kernel import clock

    at = clock.now() - timedelta(days=100)
    school = actions.open_unit(parent=None, tree="administration", kind="school", name=f"万人大学{people}", at=at, by=None)
    values = {
        "school": school.pk, "path": school.path, "at": at, "people": people, "colleges": colleges,
        "classes": colleges * classes, "per_college": classes,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica; SET synchronous_commit = off")
        _names(cursor)
        _tree(cursor, values, "college", "administration", school.pk, colleges)
        cursor.execute(
            "CREATE TEMP TABLE college AS SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM made;"
            "CREATE TEMP TABLE leaf (id bigint, n bigint)"
        )
        _children(cursor, values, "college", "class", "administration", classes, into="leaf")
        cursor.execute(PEOPLE_SQL, values | {"phone": _phone()})
        cursor.execute("CREATE UNIQUE INDEX ON leaf (n)")
        cursor.execute(MEMBERSHIP_SQL.format(leaf="leaf"), values | {"tree": "administration", "leaves": colleges * classes})
        if rooms:
            _rooms(cursor, values, school.pk, people)
        cursor.execute(COUNSELLORS_SQL, values)
        cursor.execute("DROP TABLE IF EXISTS given, surname, made, college, leaf, building, floor, room, person_n")
        cursor.execute("SET session_replication_role = DEFAULT; SET synchronous_commit = on")
        cursor.execute("ANALYZE people_unit; ANALYZE people_person; ANALYZE people_membership; ANALYZE people_post")
    return Campus(school.pk, people)


def open_round(campus: Campus, *, at: datetime | None = None) -> Any:
    """Today's round of all students, opened by the product."""
    from linglou.engines.rounds import actions
    from linglou.engines.rounds.models import Form, Schedule
    from linglou.foundation.people.models import Unit
    from linglou.kernel import clock

    at = at or clock.now()
    school = Unit.objects.get(pk=campus.school_id)
    Form.objects.get_or_create(
        school=school, key="daily-health", version=1, defaults={"title": "每日健康填报", "published_at": at}
    )
    schedule, _made = Schedule.objects.get_or_create(
        school=school, purpose="daily-health", title="每日健康填报", audience=school, person_kind="student",
        form_key="daily-health", opens=wall(0, 1), closes=wall(23, 59), from_day=clock.day_of(at) - timedelta(days=9),
    )  # fmt: skip
    start = time.perf_counter()
    round_ = actions.open_round(schedule=schedule, day=clock.day_of(at), at=at)
    campus.seconds_to_open = time.perf_counter() - start
    return round_


def answer(round_: Any, *, percent: int) -> None:
    """Lay in the answers of ``percent`` % of the roster over the morning (two in a hundred abnormal, three proxied), and bring
    counters and curve to what they say."""
    from django.db import connection, transaction

    from linglou.engines.rounds import recount, roster

    values = roster.parameters(round_) | {"percent": percent, "opens_at": round_.opens_at}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
        cursor.execute(ANSWERS_SQL.format(roster=roster.sql(round_)), values)
        cursor.execute(REVISIONS_SQL, values)
        recount.gather(cursor, round_)
        cursor.execute(COUNTERS_SQL, values)
        cursor.execute(CURVE_SQL.format(roster=roster.sql(round_)), values)
    with connection.cursor() as cursor:
        for table in ("response", "revision", "unitcount", "curvepoint"):
            cursor.execute(f"ANALYZE rounds_{table}")


def settle() -> None:
    """What a night does to a database before anybody looks at it: vacuumed, analysed, and the loading's own pages on disk, so
    that what is measured next does not pay for the loading."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")


def _names(cursor: Any) -> None:
    from linglou.foundation.people import names

    given = sorted({a + b for a in GIVEN for b in GIVEN})
    spelt = [names.spell("王" + name) for name in given]
    # Surnames are listed by frequency: about one person in eleven is 王, one in four hundred the last of them.
    surnames = [name for rank, name in enumerate(SURNAMES) for _ in range(300 // (rank + 4))]
    cursor.execute("CREATE TEMP TABLE surname (n serial, name text, pinyin text)")
    cursor.execute(
        "INSERT INTO surname (name, pinyin) SELECT * FROM unnest(%s::text[], %s::text[])",
        [surnames, [names.spell(one).pinyin for one in surnames]],
    )
    cursor.execute("CREATE TEMP TABLE given (n serial, name text, pinyin text, initials text)")
    cursor.execute(
        "INSERT INTO given (name, pinyin, initials) SELECT * FROM unnest(%s::text[], %s::text[], %s::text[])",
        [given, [one.given_pinyin for one in spelt], [one.initials[1:] for one in spelt]],
    )
    cursor.execute("CREATE UNIQUE INDEX ON surname (n); CREATE UNIQUE INDEX ON given (n); ANALYZE surname; ANALYZE given")


def _tree(cursor: Any, values: dict[str, Any], kind: str, tree: str, parent: int, count: int) -> None:
    cursor.execute("DROP TABLE IF EXISTS made; CREATE TEMP TABLE made (id bigint)")
    cursor.execute(UNITS_SQL.format(parents="SELECT id, path, depth FROM people_unit WHERE id = %(parent)s", into="made"),
                   values | {"kind": kind, "tree": tree, "parent": parent, "each": count})  # fmt: skip


def _children(cursor: Any, values: dict[str, Any], parents: str, kind: str, tree: str, each: int, *, into: str) -> None:
    cursor.execute("DROP TABLE IF EXISTS made; CREATE TEMP TABLE made (id bigint)")
    query = f"SELECT u.id, u.path, u.depth FROM people_unit u JOIN {parents} USING (id)"
    cursor.execute(UNITS_SQL.format(parents=query, into="made"), values | {"kind": kind, "tree": tree, "each": each})
    cursor.execute(f"INSERT INTO {into} SELECT id, row_number() OVER (ORDER BY id) - 1 FROM made")


def _rooms(cursor: Any, values: dict[str, Any], school_id: int, people: int) -> None:
    buildings = max(1, people // 1000)
    _tree(cursor, values, "campus", "residence", school_id, 4)
    cursor.execute("CREATE TEMP TABLE campus_ AS SELECT id FROM made")
    for table in ("building", "floor", "room"):
        cursor.execute(f"CREATE TEMP TABLE {table} (id bigint, n bigint)")
    _children(cursor, values, "campus_", "building", "residence", max(1, buildings // 4), into="building")
    _children(cursor, values, "building", "floor", "residence", 10, into="floor")
    _children(cursor, values, "floor", "room", "residence", 20, into="room")
    cursor.execute("CREATE UNIQUE INDEX ON room (n)")
    cursor.execute("SELECT count(*) FROM room")
    rooms = cursor.fetchone()[0]
    cursor.execute(MEMBERSHIP_SQL.format(leaf="room"), values | {"tree": "residence", "leaves": rooms})
    cursor.execute("DROP TABLE campus_")


def _phone() -> str:
    from linglou.kernel.secrets import seal

    return seal("13800001234")


UNITS_SQL = """
    WITH parent AS ({parents}), rows AS (
        SELECT nextval('people_unit_id_seq') AS id, p.id AS parent_id, p.path, p.depth, n
        FROM parent p, generate_series(1, %(each)s) n
    ), put AS (
        INSERT INTO people_unit (id, school_id, tree, kind, name, code, parent_id, path, depth, sort_key, opened_at)
        SELECT id, %(school)s, %(tree)s, %(kind)s, %(kind)s || ' ' || n, '', parent_id, path || id || '/', depth + 1,
               lpad(n::text, 4, '0'), %(at)s FROM rows
        RETURNING id
    )
    INSERT INTO {into} SELECT id FROM put
"""

PEOPLE_SQL = """
    CREATE TEMP TABLE person_n AS
    SELECT nextval('people_person_id_seq') AS id, n FROM generate_series(0, %(people)s - 1) n;
    INSERT INTO people_person (id, school_id, number, name, kind, sex, major, origin, document_kind, id_number, id_number_index,
        phone, phone_index, guardian_name, guardian_phone, guardian_phone_index, pinyin, initials, given_name, given_pinyin,
        created_at)
    SELECT p.id, %(school)s, (2024000000 + p.n)::text, s.name || g.name, 'student', '', '', '', '', '', '', %(phone)s, '', '', '',
           '', s.pinyin || ' ' || g.pinyin, left(s.pinyin, 1) || g.initials, g.name, g.pinyin, %(at)s
    FROM person_n p
    JOIN surname s ON s.n = 1 + abs(hashint8(p.n)) %% (SELECT count(*) FROM surname)
    JOIN given g ON g.n = 1 + abs(hashint8(p.n + 7919)) %% (SELECT count(*) FROM given)
"""

MEMBERSHIP_SQL = """
    INSERT INTO people_membership (school_id, person_id, unit_id, tree, place, person_kind, starts_at, recorded_at)
    SELECT %(school)s, p.id, l.id, %(tree)s, '', 'student', %(at)s, %(at)s
    FROM person_n p JOIN {leaf} l ON l.n = p.n %% %(leaves)s
"""

COUNSELLORS_SQL = """
    INSERT INTO people_post (school_id, person_id, role, unit_id, starts_at, recorded_at)
    SELECT %(school)s, p.id, 'counsellor', l.id, %(at)s, %(at)s FROM leaf l JOIN person_n p ON p.n = l.n / 5
"""

ANSWERS_SQL = """
    INSERT INTO rounds_response (school_id, day, round_id, respondent_id, unit_id, answers, revision, source, by_id, severity,
        is_late, first_at, last_at, receipt)
    SELECT %(school_id)s, %(day)s, %(round_id)s, a.respondent_id, a.unit_id,
           jsonb_build_object('temperature', 36.2 + (a.respondent_id %% 9) / 10.0, 'symptoms', '[]'::jsonb, 'region', '330106',
                              'exposure', '[]'::jsonb, 'on_campus', true),
           1, CASE WHEN h %% 100 < 3 THEN 'monitor' ELSE 'self' END, a.respondent_id, CASE WHEN h %% 1000 < 20 THEN 2 ELSE 0 END,
           false, m.at, m.at, a.respondent_id
    FROM (SELECT r.*, abs(hashint8(respondent_id + %(round_id)s)) AS h FROM ({roster}) r) a,
         LATERAL (SELECT %(opens_at)s::timestamptz + interval '1 minute' * (360 + (h / 7) %% 180) AS at) m
    WHERE h / 1000 %% 100 < %(percent)s
"""

REVISIONS_SQL = """
    INSERT INTO rounds_revision (school_id, day, round_id, respondent_id, revision, answers, source, by_id, severity, is_late, at,
        idempotency_key, receipt)
    SELECT school_id, day, round_id, respondent_id, revision, answers, source, by_id, severity, is_late, first_at,
           'bench-' || respondent_id, receipt
    FROM rounds_response WHERE school_id = %(school_id)s AND day = %(day)s AND round_id = %(round_id)s
"""

COUNTERS_SQL = """
    UPDATE rounds_unitcount c SET responded = r.responded, excused = r.excused, abnormal = r.abnormal, proxied = r.proxied,
        late = r.late
    FROM recount_unit r WHERE c.school_id = %(school_id)s AND c.round_id = %(round_id)s AND c.unit_id = r.unit_id
"""

CURVE_SQL = """
    WITH leaves AS (
        SELECT p.unit_id, (extract(epoch FROM p.first_at - %(opens_at)s)::int / 300)::smallint AS bin, count(*) AS responded
        FROM rounds_response p
        WHERE p.school_id = %(school_id)s AND p.day = %(day)s AND p.round_id = %(round_id)s GROUP BY 1, 2
    )
    INSERT INTO rounds_curvepoint (school_id, round_id, unit_id, bin, responded)
    SELECT %(school_id)s, %(round_id)s, above.id, l.bin, sum(l.responded)
    FROM leaves l
    JOIN people_unit leaf ON leaf.id = l.unit_id
    CROSS JOIN LATERAL unnest(string_to_array(trim(BOTH '/' FROM leaf.path), '/')::bigint[]) AS part(id)
    JOIN people_unit above ON above.id = part.id
    WHERE above.kind NOT IN ('class', 'floor', 'room', 'authority')
    GROUP BY above.id, l.bin
"""
