"""What the gallery shows: invented figures and a form with one field of each kind."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import pgettext, pgettext_lazy

from linglou.ui.icons import ICONS


class SampleForm(forms.Form):
    name = forms.CharField(
        label=pgettext_lazy("gallery", "姓名"), help_text=pgettext_lazy("gallery", "与名册一致。"), required=True
    )
    temperature = forms.DecimalField(label=pgettext_lazy("gallery", "体温（℃）"), min_value=34, max_value=43, required=True)
    college = forms.ChoiceField(
        label=pgettext_lazy("gallery", "学院"),
        choices=[("", "—"), ("a", pgettext_lazy("gallery", "信息学院")), ("b", pgettext_lazy("gallery", "医学院"))],
    )
    symptoms = forms.MultipleChoiceField(
        label=pgettext_lazy("gallery", "症状"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[
            ("fever", pgettext_lazy("gallery", "发热")),
            ("cough", pgettext_lazy("gallery", "咳嗽")),
            ("throat", pgettext_lazy("gallery", "咽痛")),
        ],
    )
    where = forms.ChoiceField(
        label=pgettext_lazy("gallery", "现在在哪里"),
        widget=forms.RadioSelect,
        choices=[("campus", pgettext_lazy("gallery", "在校")), ("away", pgettext_lazy("gallery", "不在校"))],
    )
    note = forms.CharField(label=pgettext_lazy("gallery", "备注"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    file = forms.FileField(label=pgettext_lazy("gallery", "名册文件"), required=False)
    sure = forms.BooleanField(label=pgettext_lazy("gallery", "我已核对，内容属实"))


def page(*, wrong: bool) -> dict[str, Any]:
    colleges = [
        pgettext("gallery", "信息学院"),
        pgettext("gallery", "医学院"),
        pgettext("gallery", "外国语学院"),
        pgettext("gallery", "土木工程学院"),
    ]
    figures = [(2000, 1832, 41, 127), (612, 608, 4, 0), (418, 260, 9, 149), (1, 0, 0, 1)]
    counts = [
        {"name": name, "roster": roster, "responded": responded, "excused": excused, "missing": missing}
        for name, (roster, responded, excused, missing) in zip(colleges, figures, strict=True)
    ]
    hours = ["06:00", "06:30", "07:00", "07:30", "08:00", "08:30", "09:00"]
    return {
        "form": SampleForm(),
        "wrong": SampleForm({"name": "", "temperature": "60", "where": "campus"}) if wrong else None,
        "count": counts[0],
        "counts": counts,
        "icons": sorted(ICONS),
        "curve": {
            "tooltip": {"trigger": "axis"},
            "legend": {},
            "xAxis": {"type": "category", "boundaryGap": False, "data": hours},
            "yAxis": {"type": "value"},
            "series": [
                {"name": pgettext("gallery", "今天"), "type": "line", "smooth": True, "areaStyle": {"opacity": 0.12},
                 "data": [12, 180, 760, 1310, 1620, 1790, 1832]},
                {"name": pgettext("gallery", "昨天"), "type": "line", "smooth": True, "lineStyle": {"type": "dashed"}, "itemStyle": {"color": "@muted"},
                 "data": [20, 240, 690, 1180, 1560, 1805, 1911]},
            ],
        },
        "columns": {
            "tooltip": {"trigger": "axis"},
            "legend": {},
            "xAxis": {"type": "value"},
            "yAxis": {"type": "category", "inverse": True, "data": colleges[:3]},
            "series": [
                {"name": name, "type": "bar", "stack": "all", "itemStyle": {"color": f"@{part}"}, "data": [c[part] for c in counts[:3]]}
                for name, part in ((pgettext("gallery", "已报"), "responded"), (pgettext("gallery", "免报"), "excused"), (pgettext("gallery", "未报"), "missing"))
            ],
        },
    }  # fmt: skip
