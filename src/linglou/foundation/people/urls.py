from django.urls import path

from linglou.foundation.people.views import chain, imports, person, posts, records, search, units

app_name = "people"
urlpatterns = [
    path("", search.search, name="search"),
    path("me/", person.me, name="me"),
    path("add/", records.add_where, name="add-where"),
    path("<int:person_id>/", person.person, name="person"),
    path("<int:person_id>/identity/", person.identity, name="identity"),
    path("<int:person_id>/correct/", records.correct, name="correct"),
    path("<int:person_id>/depart/", records.depart, name="depart"),
    path("<int:person_id>/guardians/", posts.add_guardian, name="add-guardian"),
    path("<int:person_id>/move/<slug:tree>/", person.move, name="move"),
    path("<int:person_id>/leave/<slug:tree>/", person.leave, name="leave"),
    path("posts/<int:post_id>/dismiss/", posts.dismiss, name="dismiss"),
    path("units/", units.units, name="units"),
    path("units/<int:unit_id>/", units.unit, name="unit"),
    path("units/<int:unit_id>/open/", units.open_unit, name="open-unit"),
    path("units/<int:unit_id>/close/", units.close_unit, name="close-unit"),
    path("units/<int:unit_id>/join/", units.join, name="join"),
    path("units/<int:unit_id>/add/", records.add, name="add"),
    path("units/<int:unit_id>/appoint/<slug:role>/", posts.appoint, name="appoint"),
    path("import/", imports.index, name="imports"),
    path("import/template.xlsx", imports.download_template, name="import-template"),
    path("import/<int:import_id>/", imports.one, name="import"),
    path("import/<int:import_id>/progress/", imports.progress, name="import-progress"),
    path("import/<int:import_id>/options/", imports.options, name="import-options"),
    path("import/<int:import_id>/apply/", imports.apply, name="import-apply"),
    path("import/<int:import_id>/discard/", imports.discard, name="import-discard"),
    path("import/<int:import_id>/errors/", imports.errors, name="import-errors"),
    path("chain/", chain.chain, name="chain"),
    path("chain/ready/", chain.ready, name="ready"),
]
