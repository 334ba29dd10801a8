from django.urls import path

from linglou.domains.cases.views import case, contacts, listing, opening, report, transmission

app_name = "cases"
urlpatterns = [
    path("", listing.listing, name="list"),
    path("new/", opening.new, name="new"),
    path("transmission/", transmission.transmission, name="transmission"),
    path("transmission/godata.zip", transmission.godata, name="godata"),
    path("contacts/", contacts.mine, name="mine"),
    path("<int:case_id>/", case.detail, name="detail"),
    path("<int:case_id>/findings/", case.find, name="find"),
    path("<int:case_id>/decide/", case.decide, name="decide"),
    path("<int:case_id>/undo/", case.undo, name="undo"),
    path("<int:case_id>/move/", case.move, name="move"),
    path("<int:case_id>/merge/<int:into_id>/", case.merge, name="merge"),
    path("<int:case_id>/unmerge/", case.unmerge, name="unmerge"),
    path("<int:case_id>/acknowledge/", case.acknowledge, name="acknowledge"),
    path("<int:case_id>/contacts/", contacts.contacts, name="contacts"),
    path("<int:case_id>/contacts/propose/", contacts.propose, name="propose"),
    path("<int:case_id>/contacts/decide/", contacts.decide, name="decide_contacts"),
    path("<int:case_id>/contacts/add/", contacts.add, name="add_contact"),
    path("<int:case_id>/reports/<int:report_id>/", report.report, name="report"),
    path("<int:case_id>/reports/<int:report_id>/fill/", report.fill, name="fill"),
    path("<int:case_id>/reports/<int:report_id>/send/", report.send, name="send"),
    path("<int:case_id>/reports/<int:report_id>/card.<str:kind>", report.export, name="export"),
]
