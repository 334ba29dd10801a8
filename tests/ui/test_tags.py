"""The components render what they are given, escape it, and speak to screen readers."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template, TemplateSyntaxError
from django.test import RequestFactory

from linglou.ui.icons import ICONS
from linglou.ui.templatetags.ui import TONES, share


def render(source: str, **context: object) -> str:
    return Template("{% load ui %}" + source).render(Context(context))


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (0, 0, "—"), (0, 5, "0%"), (5, 5, "100%"), (1, 3, "33.3%"), (1, 2, "50%"),
        (39_999, 40_000, "99.9%"), (999_999, 1_000_000, "99.9%"), (1, 40_000, "0%"),
    ],
)  # fmt: skip
def test_a_share_is_rounded_down(part: int, whole: int, shown: str) -> None:
    assert share(part, whole) == shown
    assert render("{{ part|percent:whole }}", part=part, whole=whole) == shown


@pytest.mark.parametrize("form", ["object", "mapping"])
def test_a_bar_shows_the_parts_and_says_them(form: str) -> None:
    figures = {"roster": 2000, "responded": 1832, "excused": 41, "missing": 127}
    bar = render("{% bar count %}", count=figures if form == "mapping" else SimpleNamespace(**figures))
    assert 'aria-label="应报 2000 人，已报 1832，免报 41，未报 127"' in bar
    assert 'style="width:91.60%"' in bar
    assert "93.6%" in bar
    assert "1,832" in bar


def test_one_missing_among_many_still_shows() -> None:
    bar = render("{% bar count 'slim' %}", count={"roster": 40_000, "responded": 39_999, "excused": 0, "missing": 1})
    assert '<span class="missing" style="width:0.60%">' in bar
    assert "legend" not in bar
    assert "excused" not in bar


def test_a_bar_of_nobody_is_empty() -> None:
    bar = render("{% bar count %}", count={"roster": 0, "responded": 0, "excused": 0, "missing": 0})
    assert "—" in bar
    assert "width" not in bar


@pytest.mark.parametrize("tone", TONES)
def test_a_badge_has_an_icon_beside_its_word(tone: str) -> None:
    badge = render("{% badge text tone %}", text="<b>未报</b>", tone=tone)
    assert f'class="badge {tone}"' in badge
    assert "<svg" in badge
    assert "&lt;b&gt;未报" in badge


def test_a_badge_refuses_an_unknown_tone() -> None:
    with pytest.raises(ValueError, match="tone"):
        render("{% badge 'x' 'red' %}")


def test_an_icon_is_silent_unless_it_has_a_label() -> None:
    assert 'aria-hidden="true"' in render("{% icon 'home' %}")
    assert 'role="img" aria-label="首页"' in render("{% icon 'home' '首页' %}")
    assert all("<path" in drawing or "<circle" in drawing for drawing in ICONS.values())


def test_json_survives_an_attribute() -> None:
    shown = render("<i data-x='{{ value|json }}'>", value={"name": 'it\'s <b>"零漏"'})
    assert shown.count("'") == 2
    assert "<b>" not in shown
    assert "零漏" in shown


def test_figures_are_grouped() -> None:
    assert render("{{ n|thousands }}", n=1234567) == "1,234,567"
    assert render("{{ n|thousands }}", n=None) == "0"


class Sample(forms.Form):
    name = forms.CharField(label="姓名", help_text="与名册一致")
    note = forms.CharField(label="备注", required=False)
    where = forms.ChoiceField(label="位置", choices=[("a", "在校")], widget=forms.RadioSelect)
    sure = forms.BooleanField(label="属实")


def test_a_field_ties_label_help_and_error_to_its_control() -> None:
    field = render("{% field form.name %}", form=Sample({"name": ""}))
    assert '<label for="id_name">姓名</label>' in field
    assert 'aria-invalid="true"' in field
    assert 'aria-describedby="id_name_helptext id_name_error"' in field
    assert 'id="id_name_helptext"' in field
    assert 'id="id_name_error"' in field
    assert "选填" not in field


def test_an_optional_field_says_so_and_a_right_one_is_not_marked() -> None:
    field = render("{% field form.note 'off' 'decimal' %}", form=Sample({"note": "x"}))
    assert "选填" in field
    assert "aria-invalid" not in field
    assert 'autocomplete="off"' in field
    assert 'inputmode="decimal"' in field


def test_choices_are_a_group_with_a_legend_and_a_tick_holds_its_box() -> None:
    form = Sample({"where": ""})
    group = render("{% field form.where %}", form=form)
    assert "<fieldset" in group
    assert "<legend>位置</legend>" in group
    assert 'id="id_where_error"' in group
    tick = render("{% field form.sure %}", form=form)
    assert tick.index("<label") < tick.index('type="checkbox"') < tick.index("属实")


def test_pages_keep_the_rest_of_the_query(rf: RequestFactory) -> None:
    page = Paginator(range(30), 10).page(2)
    links = render("{% pages page %}", page=page, request=rf.get("/people/?q=李&page=2"))
    assert "?q=%E6%9D%8E&amp;page=1" in links
    assert "?q=%E6%9D%8E&amp;page=3" in links
    assert "2 / 3" in links
    assert "href" not in render("{% pages page %}", page=Paginator(range(3), 10).page(1)).strip()


def test_charts_load_from_our_own_files() -> None:
    scripts = render("{% load_charts %}")
    assert scripts.count("<script src=") == scripts.count("defer") == 2
    with pytest.raises(TemplateSyntaxError):
        render("{% load_charts 1 %}")
