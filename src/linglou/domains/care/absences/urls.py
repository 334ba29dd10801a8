from django.urls import path

from linglou.domains.care.absences.views import absence, listing, returning

urlpatterns = [
    path("absences/", listing.listing, name="absences"),
    path("absences/new/", absence.new, name="new_absence"),
    path("absences/mine/", listing.mine, name="my_absences"),
    path("absences/<int:absence_id>/", absence.detail, name="absence"),
    path("absences/<int:absence_id>/follow-up/", absence.follow, name="follow_absence"),
    path("absences/<int:absence_id>/accept/", absence.accept, name="accept_certificate"),
    path("absences/<int:absence_id>/return/", returning.certify, name="certify_return"),
    path("absences/<int:absence_id>/void/", absence.void, name="void_absence"),
]
