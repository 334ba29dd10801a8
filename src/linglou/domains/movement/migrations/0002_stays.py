import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("movement", "0001_risk_areas"),
        ("people", "0005_unit_references_by_statement"),
    ]

    operations = [
        migrations.CreateModel(
            name="Place",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("dorm-room", "寝室"),
                            ("class-session", "教室"),
                            ("canteen", "食堂"),
                            ("gate", "校门"),
                            ("gathering", "聚集性活动"),
                            ("vehicle", "车辆"),
                            ("place", "其他场所"),
                        ],
                        max_length=14,
                    ),
                ),
                ("code", models.CharField(max_length=60)),
                ("name", models.CharField(max_length=120)),
                ("longest", models.PositiveSmallIntegerField(default=0)),
                ("rows", models.PositiveSmallIntegerField(null=True)),
                ("seats", models.PositiveSmallIntegerField(null=True)),
                (
                    "school",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.unit"
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.unit"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Seat",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("row", models.PositiveSmallIntegerField()),
                ("col", models.PositiveSmallIntegerField()),
                (
                    "person",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.person"),
                ),
                (
                    "place",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="chart", to="movement.place"),
                ),
                ("school", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.unit")),
            ],
        ),
        migrations.CreateModel(
            name="Stay",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "school_id",
                        "day",
                        "place_id",
                        "starts_at",
                        "person_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("school_id", models.BigIntegerField()),
                ("day", models.DateField()),
                ("place_id", models.BigIntegerField()),
                ("starts_at", models.DateTimeField()),
                ("person_id", models.BigIntegerField()),
                ("ends_at", models.DateTimeField()),
                ("seat_row", models.SmallIntegerField(null=True)),
                ("seat_col", models.SmallIntegerField(null=True)),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("timetable", "课表"),
                            ("attendance", "考勤"),
                            ("dorm", "住宿"),
                            ("canteen", "食堂刷卡"),
                            ("gate", "门禁"),
                            ("seat-chart", "座位表"),
                            ("sign-in", "签到"),
                            ("trip", "行程"),
                        ],
                        max_length=10,
                    ),
                ),
                ("import_id", models.BigIntegerField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["school_id", "person_id", "starts_at"],
                        include=("day", "place_id", "ends_at", "seat_row", "seat_col"),
                        name="stay_by_person",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gte", models.F("starts_at"))), name="stay_ends_after_start"
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="place",
            constraint=models.UniqueConstraint(fields=("school", "kind", "code"), name="place_once"),
        ),
        migrations.AddConstraint(
            model_name="place",
            constraint=models.CheckConstraint(condition=models.Q(("longest__lte", 1500)), name="place_longest_within_a_day"),
        ),
        migrations.AddConstraint(
            model_name="seat",
            constraint=models.UniqueConstraint(fields=("place", "person"), name="seat_once"),
        ),
    ]
