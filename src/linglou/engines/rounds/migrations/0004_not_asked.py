"""Slots that nobody was asked, and proxy reports found by their time."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0003_roster_imports"),
        ("rounds", "0003_rosters_stay"),
    ]

    operations = [
        migrations.CreateModel(
            name="NotAsked",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=80)),
                ("day", models.DateField()),
                ("opens_at", models.DateTimeField()),
                ("closes_at", models.DateTimeField()),
                ("noticed_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="schedule",
            name="accounted_until",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name="revision",
            index=models.Index(condition=models.Q(("source", "self"), _negated=True), fields=["at"], name="revision_by_proxy"),
        ),
        migrations.AddField(
            model_name="notasked",
            name="schedule",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="not_asked", to="rounds.schedule"
            ),
        ),
        migrations.AddField(
            model_name="notasked",
            name="school",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.unit"),
        ),
        migrations.AddIndex(
            model_name="notasked",
            index=models.Index(fields=["school", "-day"], name="not_asked_by_day"),
        ),
        migrations.AddConstraint(
            model_name="notasked",
            constraint=models.UniqueConstraint(fields=("schedule", "day", "opens_at"), name="not_asked_once_per_slot"),
        ),
    ]
