from django.urls import path

from linglou.domains.daily.views import excuses, office_forms, receipts, report, schedules, units

app_name = "daily"
urlpatterns = [
    path("report/<int:round_id>/", report.report, name="report"),
    path("report/<int:round_id>/unchanged/", report.unchanged, name="unchanged"),
    path("report/<int:round_id>/done/", report.done, name="done"),
    path("report/<int:round_id>/for/<int:person_id>/", report.report, name="report_for"),
    path("report/<int:round_id>/for/<int:person_id>/done/", report.done, name="done_for"),
    path("regions/", report.regions, name="regions"),
    path("receipt/", receipts.receipt, name="receipts"),
    path("receipt/<str:code>/", receipts.receipt, name="receipt"),
    path("me/reports/", report.history, name="history"),
    path("excuses/", excuses.excuses, name="excuses"),
    path("excuses/<int:excuse_id>/cancel/", excuses.cancel, name="cancel_excuse"),
    path("rounds/", schedules.schedules, name="schedules"),
    path("rounds/new/", schedules.schedule, name="new_schedule"),
    path("rounds/<int:schedule_id>/", schedules.schedule, name="schedule"),
    path("rounds/<int:schedule_id>/open/", schedules.open_now, name="open_now"),
    path("rounds/forms/", office_forms.listing, name="forms"),
    path("rounds/forms/new/", office_forms.edit, name="new_form"),
    path("rounds/forms/<slug:key>/", office_forms.edit, name="form"),
    path("unit-report/", units.listing, name="unit_reports"),
    path("unit-report/<int:round_id>/<int:unit_id>/", units.confirm, name="unit_report"),
]
