"""Units in three trees, persons, and the effective-dated facts that bind them: memberships and posts.

Memberships and posts are append-only and bitemporal: ``starts_at``/``ends_at`` say when the fact holds, ``recorded_at``/
``superseded_at`` when the school believed it. A correction supersedes the old row and adds a new one, so what the roster was
at any past moment, as known at that moment, can always be derived. A trigger refuses any other change and any delete.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Collate, Upper
from django.utils.translation import gettext_lazy as _

from linglou.foundation.access.fields import SealedTextField
from linglou.foundation.access.roles import ROLE_NAMES
from linglou.foundation.people import contacts, names
from linglou.kernel.privacy import Retention, classify


class Tree(models.TextChoices):
    ADMINISTRATION = "administration", _("行政")
    RESIDENCE = "residence", _("住宿")
    PARTY = "party", _("党组织")


class UnitKind(models.TextChoices):
    AUTHORITY = "authority", _("主管部门")
    SCHOOL = "school", _("学校")
    COLLEGE = "college", _("学院")
    DEPARTMENT = "department", _("部门")
    CLASS = "class", _("班级")
    CAMPUS = "campus", _("校区")
    BUILDING = "building", _("楼栋")
    FLOOR = "floor", _("楼层")
    ROOM = "room", _("寝室")
    COMMITTEE = "committee", _("党委")
    GENERAL_BRANCH = "general-branch", _("党总支")
    BRANCH = "branch", _("党支部")


class Unit(models.Model):
    """A node of one of the trees. ``path`` is ``/1/5/23/`` (ids from the root, itself included): a subtree is a prefix.
    A unit never moves: it is closed and another one opened, so that a path means the same for every past day. Roots of the
    residence and party trees hang under the school unit, so that a post at the school covers all three trees."""

    # unit_by_kind leads with it. That it and the parent exist is checked once per statement (migration 0005).
    school = models.ForeignKey("self", models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False)
    tree = models.CharField(max_length=14, choices=Tree.choices)
    kind = models.CharField(max_length=14, choices=UnitKind.choices)
    name = models.CharField(max_length=80)
    code = models.CharField(max_length=40, blank=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children", db_constraint=False)
    path = models.CharField(max_length=200, db_collation="C")
    depth = models.PositiveSmallIntegerField()
    sort_key = models.CharField(max_length=120, blank=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    privacy = classify(
        public="id school tree kind name code parent path depth sort_key opened_at closed_at",
        retention=Retention.PERMANENT,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["parent", "tree", "kind", "name"], condition=Q(closed_at=None), name="unit_open_name_once"
            ),
            models.UniqueConstraint(fields=["path"], name="unit_path_once"),
        ]
        indexes = [models.Index(fields=["school", "tree", "kind"], name="unit_by_kind")]

    def __str__(self) -> str:
        return self.name

    @property
    def in_school(self) -> int:
        """The school it belongs to; 0, which no row carries, for an authority above the schools."""
        return self.school_id or 0

    @property
    def ancestor_ids(self) -> list[int]:
        """Ids from the root to this unit, itself included."""
        return [int(part) for part in self.path.strip("/").split("/")]


class PersonKind(models.TextChoices):
    STUDENT = "student", _("学生")
    STAFF = "staff", _("教职工")
    GUARDIAN = "guardian", _("家长")


class Sex(models.TextChoices):
    MALE = "male", _("男")
    FEMALE = "female", _("女")


class DocumentKind(models.TextChoices):
    """What kind of identity document ``id_number`` is."""

    RESIDENT = "resident", _("居民身份证")
    RESIDENT_15 = "resident-15", _("15 位身份证")
    PASSPORT = "passport", _("护照")
    RESIDENCE_PERMIT = "residence-permit", _("居留/通行证件")


class Person(models.Model):
    """Someone the school answers for, or a guardian. ``number`` is 学号/工号 and unique in a school."""

    # person_number_once leads with it; that it exists is checked once per statement (migration 0004).
    school = models.ForeignKey(Unit, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    number = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=PersonKind.choices)
    sex = models.CharField(max_length=6, choices=Sex.choices, blank=True)
    birth_date = models.DateField(null=True)
    major = models.CharField(max_length=80, blank=True)
    origin = models.CharField(max_length=120, blank=True)
    document_kind = models.CharField(max_length=16, choices=DocumentKind.choices, blank=True)
    id_number = SealedTextField(blank=True, default="")
    id_number_index = models.CharField(max_length=24, blank=True, default="")
    phone = SealedTextField(blank=True, default="")
    phone_index = models.CharField(max_length=24, blank=True, default="")
    guardian_name = models.CharField(max_length=80, blank=True)
    guardian_phone = SealedTextField(blank=True, default="")
    guardian_phone_index = models.CharField(max_length=24, blank=True, default="")
    pinyin = models.CharField(max_length=160, blank=True, db_collation="C")
    initials = models.CharField(max_length=40, blank=True, db_collation="C")
    given_name = models.CharField(max_length=80, blank=True, db_collation="C")
    given_pinyin = models.CharField(max_length=160, blank=True, db_collation="C")
    created_at = models.DateTimeField()

    privacy = classify(
        public="id school kind created_at",
        internal="number id_number_index phone_index guardian_phone_index",
        personal="name sex birth_date major origin document_kind guardian_name pinyin initials given_name given_pinyin",
        sensitive="id_number phone guardian_phone",
        retention=Retention.MEMBERSHIP,
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["school", "number"], name="person_number_once")]
        indexes = [
            models.Index(fields=["school", "id_number_index"], name="person_by_id_number", condition=~Q(id_number_index="")),
            models.Index(fields=["school", "phone_index"], name="person_by_phone", condition=~Q(phone_index="")),
            # One index per way to be searched for by prefix; ``id`` last gives every list one order (search.py).
            models.Index("school", Collate("name", "C"), "id", name="person_by_name"),
            models.Index("school", Collate(Upper("number"), "C"), "id", name="person_by_number"),
            models.Index(fields=["school", "pinyin", "id"], name="person_by_pinyin"),
            models.Index(fields=["school", "initials", "id"], name="person_by_initials"),
            models.Index(fields=["school", "given_name", "id"], name="person_by_given_name"),
            models.Index(fields=["school", "given_pinyin", "id"], name="person_by_given_pinyin"),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keeps the columns that people are found by in step. Whoever writes rows in bulk calls ``fill_search`` itself."""
        changed = kwargs.get("update_fields")
        if changed is None or {"name", "phone", "id_number", "guardian_phone"} & set(changed):
            self.fill_search()
            if changed is not None:
                kwargs["update_fields"] = {*changed, *SEARCH_FIELDS}
        super().save(*args, **kwargs)

    def fill_search(self) -> None:
        """Set ``SEARCH_FIELDS`` from the name, the phone and the id number."""
        spelling = names.spell(self.name)
        self.pinyin, self.initials = spelling.pinyin, spelling.initials
        self.given_name, self.given_pinyin = spelling.given_name, spelling.given_pinyin
        self.phone_index = contacts.phone_index(self.phone)
        self.id_number_index = contacts.id_number_index(self.id_number)
        self.guardian_phone_index = contacts.phone_index(self.guardian_phone)


SEARCH_FIELDS = ("pinyin", "initials", "given_name", "given_pinyin", "phone_index", "id_number_index", "guardian_phone_index")


class Fact(models.Model):
    """What memberships and posts share: validity, knowledge, and who recorded it."""

    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)
    recorded_by = models.BigIntegerField(null=True)

    class Meta:
        abstract = True


FACT_FIELDS = "id school starts_at ends_at recorded_at superseded_at recorded_by"


class Membership(Fact):
    """A person belongs to a unit: one leaf per tree at a time. ``place`` is the bed in a room. ``person_kind`` is what the person
    was while the fact was believed: the database fills it in, and records the fact anew when the person's kind is corrected."""

    # A roster of a whole school is written in one go: no index of their own where those of Meta lead with them, and that person and
    # unit exist is checked once per statement (migration 0004). The school is the person's again, for distribution.
    school = models.ForeignKey(Unit, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="memberships", db_constraint=False)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="memberships", db_index=False, db_constraint=False)
    tree = models.CharField(max_length=14, choices=Tree.choices)
    place = models.CharField(max_length=20, blank=True)
    person_kind = models.CharField(max_length=10, choices=PersonKind.choices, blank=True, db_default="")

    privacy = classify(internal=FACT_FIELDS + " person unit tree place person_kind", retention=Retention.MEMBERSHIP)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "tree"],
                condition=Q(superseded_at=None, ends_at=None),
                name="membership_one_open_per_tree",
            ),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=models.F("starts_at")), name="membership_ends_after_start"
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "starts_at"], name="membership_by_unit"),
            models.Index(fields=["school", "tree", "starts_at"], name="membership_by_school"),
        ]


class Post(Fact):
    """A person holds a role at a unit; a guardian holds it for a person (the ward)."""

    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, related_name="posts")
    role = models.CharField(max_length=20, choices=[(role.value, name) for role, name in ROLE_NAMES.items()])
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="posts")
    ward = models.ForeignKey(Person, models.PROTECT, null=True, related_name="guardian_posts")

    privacy = classify(internal=FACT_FIELDS + " person role unit ward", retention=Retention.PERMANENT)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(unit=None, ward__isnull=False) | Q(unit__isnull=False, ward=None),
                name="post_at_unit_or_for_ward",
            ),
            models.UniqueConstraint(
                fields=["person", "role", "unit"],
                condition=Q(superseded_at=None, ends_at=None),
                name="post_open_once",
            ),
            models.UniqueConstraint(
                fields=["person", "ward"], condition=Q(superseded_at=None, ends_at=None), name="post_open_once_per_ward"
            ),
        ]
        indexes = [models.Index(fields=["unit", "role"], name="post_by_unit")]


class Readiness(models.Model):
    """A school's declaration that its responsible chain is whole; refused while the chain audit finds a hole."""

    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    declared_at = models.DateTimeField()
    declared_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)

    privacy = classify(internal="id school declared_at declared_by withdrawn_at", retention=Retention.PERMANENT)


class ImportState(models.TextChoices):
    """A roster file on its way in. The queued states wait for the worker; a state in ``-ing`` whose lock nobody holds was left
    by a process that died, and is taken up again."""

    QUEUED = "queued", _("等待读取")
    READING = "reading", _("正在读取")
    PREVIEWED = "previewed", _("待确认")
    APPLY_QUEUED = "apply-queued", _("等待写入")
    APPLYING = "applying", _("正在写入")
    APPLIED = "applied", _("已导入")
    REFUSED = "refused", _("未能导入")
    DISCARDED = "discarded", _("已放弃")


class ImportVerdict(models.TextChoices):
    """What the preview says of one row; LEFT is said of a person who stands in no row."""

    NEW = "new", _("新增")
    CHANGED = "changed", _("变更")
    UNCHANGED = "unchanged", _("不变")
    LEFT = "left", _("拟离校")
    REJECTED = "rejected", _("拒收")


class RosterImport(models.Model):
    """One uploaded roster file: what was found in it, what it would change, how far it is. ``file_key`` names the stored file
    and is emptied when that is deleted; ``layout`` is the sheets with their header rows and matched columns, ``plan`` the units
    that rows stand in, by the keys the rows hold (in those ``unused`` nobody new or changed does), and the counsellors they name;
    ``counts`` a number per verdict and of what else would be written."""

    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    state = models.CharField(max_length=14, choices=ImportState.choices, default=ImportState.QUEUED)
    file_name = models.CharField(max_length=200)
    file_key = models.CharField(max_length=60, blank=True)
    error_file_key = models.CharField(max_length=60, blank=True)
    file_format = models.CharField(max_length=8)
    options = models.JSONField(default=dict)
    layout = models.JSONField(default=dict)
    plan = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    notices = models.JSONField(default=list)
    refusal = models.JSONField(default=dict)
    uploaded_at = models.DateTimeField()
    uploaded_by = models.BigIntegerField(null=True)
    uploaded_by_label = models.CharField(max_length=80)
    previewed_at = models.DateTimeField(null=True)
    applied_at = models.DateTimeField(null=True)
    progress_step = models.CharField(max_length=20, blank=True)
    progress_done = models.IntegerField(default=0)
    progress_total = models.IntegerField(default=0)

    privacy = classify(
        internal="id school state file_name file_key error_file_key file_format options layout plan counts refusal uploaded_at "
        "uploaded_by previewed_at applied_at progress_step progress_done progress_total",
        personal="uploaded_by_label notices",
        retention=Retention.TRANSIENT,
    )

    class Meta:
        indexes = [models.Index(fields=["school", "-uploaded_at"], name="rosterimport_by_time")]


class RosterImportRow(models.Model):
    """One row of a file between preview and apply, cleaned and sealed. The table is UNLOGGED (a crash empties it, and the file
    is read again) and has no foreign keys: it is written by COPY and lives for minutes. ``home``, ``room`` and ``branch`` are
    keys into ``RosterImport.plan`` (0: not said; of a leaver, ``home`` is the unit's own id and ``place`` its name); ``fields`` is
    what would change, ``reasons`` why the row is refused."""

    pk = models.CompositePrimaryKey("import_id", "n")
    import_id = models.BigIntegerField()
    n = models.IntegerField()
    sheet = models.SmallIntegerField()
    line = models.IntegerField()
    verdict = models.CharField(max_length=10, choices=ImportVerdict.choices)
    person_id = models.BigIntegerField(null=True)
    # The id that a person who is not there yet will have: known beforehand, nobody has to be looked up again once they are written.
    new_id = models.BigIntegerField(db_default=models.expressions.RawSQL("nextval('people_person_id_seq')", ()))
    is_confirmed = models.BooleanField(default=False)
    is_short = models.BooleanField(default=False)
    number = models.TextField()
    name = models.TextField()
    kind = models.TextField()
    likely_kind = models.TextField()
    sex = models.TextField()
    birth_date = models.TextField()
    major = models.TextField()
    origin = models.TextField()
    document_kind = models.TextField()
    id_number = SealedTextField()
    id_number_index = models.TextField()
    phone = SealedTextField()
    phone_index = models.TextField()
    guardian_name = models.TextField()
    guardian_phone = SealedTextField()
    guardian_phone_index = models.TextField()
    pinyin = models.TextField()
    initials = models.TextField()
    given_name = models.TextField()
    given_pinyin = models.TextField()
    home = models.IntegerField()
    room = models.IntegerField()
    branch = models.IntegerField()
    place = models.TextField()
    fields = models.TextField()
    reasons = models.TextField()

    privacy = classify(
        internal="import_id n sheet line verdict person_id new_id is_confirmed is_short number kind likely_kind id_number_index "
        "phone_index guardian_phone_index home room branch place fields",
        personal="name sex birth_date major origin document_kind guardian_name pinyin initials given_name given_pinyin reasons",
        sensitive="id_number phone guardian_phone",
        retention=Retention.TRANSIENT,
    )
