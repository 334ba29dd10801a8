from django.urls import path

from linglou.domains.care.certificates import views

urlpatterns = [
    path("check/", views.check, name="check"),
    path("check/<str:code>/", views.check, name="check_certificate"),
    path("certificates/", views.listing, name="certificates"),
    path("certificates/<int:certificate_id>/", views.detail, name="certificate"),
    path("certificates/<int:certificate_id>/certificate.pdf", views.pdf, name="certificate_pdf"),
    path("certificates/<int:certificate_id>/revoke/", views.revoke, name="revoke_certificate"),
]
