"""Routes of the organisation, people, the working calendar and tasks."""

from django.urls import path

from teams.views import calendar, moves, people, person, tasks, units

app_name = "teams"
urlpatterns = [
    path("", people.people, name="people"),
    path("hire/", people.hire, name="hire"),
    path("invite/", people.invite, name="invite"),
    path("me/", person.me, name="me"),
    path("me/edit/", person.edit_own, name="edit_own"),
    path("<int:person_id>/", person.person, name="person"),
    path("<int:person_id>/edit/", person.edit, name="edit"),
    path("<int:person_id>/transfer/", moves.transfer, name="transfer"),
    path("<int:person_id>/transfer/effect/", moves.transfer_preview, name="transfer_preview"),
    path("<int:person_id>/leave/", moves.leave, name="leave"),
    path("<int:person_id>/rehire/", moves.rehire, name="rehire"),
    path("assignments/<int:assignment_id>/withdraw/", moves.withdraw_transfer, name="withdraw_transfer"),
    path("organisation/", units.organisation, name="organisation"),
    path("units/add/", units.add, name="add_unit"),
    path("units/<int:unit_id>/", units.unit, name="unit"),
    path("units/<int:unit_id>/rename/", units.rename, name="rename_unit"),
    path("units/<int:unit_id>/move/", units.move, name="move_unit"),
    path("units/<int:unit_id>/close/", units.close, name="close_unit"),
    path("units/<int:unit_id>/reopen/", units.reopen, name="reopen_unit"),
    path("calendar/", calendar.calendar, name="calendar"),
    path("calendar/exceptions/", calendar.set_exception, name="set_exception"),
    path("calendar/exceptions/<int:exception_id>/remove/", calendar.remove_exception, name="remove_exception"),
    path("tasks/", tasks.tasks, name="tasks"),
    path("tasks/add/", tasks.add, name="add_task"),
    path("tasks/<int:task_id>/<slug:verb>/", tasks.act, name="task_act"),
]
