"""``linglou create-admin --number 10001 --name 张三``: a system administrator with a log-in, for whoever is locked out of the
wizard. The password comes from LINGLOU_ADMIN_PASSWORD or is asked for; it never stands on the command line."""

from __future__ import annotations

import getpass
import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.db.models import Q
from django.utils.translation import gettext as _

from linglou.foundation.accounts import actions
from linglou.foundation.people.models import Unit, UnitKind
from linglou.kernel import clock, terminal
from linglou.kernel.problems import Problem


class Command(terminal.Command):
    help = "Make a system administrator of a school, or give an existing one a new password."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--number", required=True, help="工号, which is the log-in")
        parser.add_argument("--name", required=True)
        parser.add_argument("--school", default="", help="code or name, where there are several schools")

    def handle(self, *args: Any, **options: Any) -> None:
        school = self._school(options["school"])
        password = os.environ.get("LINGLOU_ADMIN_PASSWORD") or getpass.getpass(_("密码："))
        try:
            account = actions.create_administrator(
                school=school, number=options["number"], name=options["name"], password=password, at=clock.now()
            )
        except Problem as problem:
            raise CommandError(" ".join([problem.title, *(str(error.message) for error in problem.errors)])) from problem
        self.stdout.write(_("{login} 是{school}的系统管理员。").format(login=account.login, school=school.name))

    def _school(self, wanted: str) -> Unit:
        schools = Unit.objects.filter(kind=UnitKind.SCHOOL, closed_at=None)
        if wanted:
            schools = schools.filter(Q(code=wanted) | Q(name=wanted))
        found = list(schools[:2])
        if len(found) != 1:
            raise CommandError(_("没有这所学校。") if not found else _("有多所学校：请用 --school 指明。"))
        return found[0]
