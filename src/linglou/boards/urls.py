from django.urls import path

from linglou.boards.views import bench, board, channels, closings, home, inbox, missing, tasks, work

app_name = "boards"
urlpatterns = [
    path("", home.home, name="start"),
    path("board/", board.home, name="home"),
    path("board/<int:unit_id>/", board.board, name="board"),
    path("missing/<int:unit_id>/", missing.missing_list, name="missing"),
    path("missing/<int:unit_id>/export/", missing.export, name="missing_export"),
    path("attempts/<int:round_id>/<int:person_id>/", missing.log_attempt, name="log_attempt"),
    path("clinic/", bench.clinic, name="clinic"),
    path("work/", work.work, name="work"),
    path("closings/", closings.closing_list, name="closings"),
    path("closings/<int:round_id>/", closings.sheet, name="closing"),
    path("closings/<int:round_id>/close/", closings.close, name="close"),
    path("closings/<int:round_id>/verify/", closings.verify, name="verify"),
    path("closings/<int:round_id>/export/", closings.export, name="closing_export"),
    path("tasks/", tasks.mine, name="tasks"),
    path("tasks/unit/", tasks.unit, name="unit_tasks"),
    path("tasks/<int:task_id>/", tasks.detail, name="task"),
    path("tasks/<int:task_id>/settle/", tasks.settle, name="settle_task"),
    path("tasks/<int:task_id>/hand-on/", tasks.hand_on, name="hand_on_task"),
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/read/", inbox.read_all, name="read_all"),
    path("inbox/<int:notification_id>/read/", inbox.read, name="read"),
    path("channels/", channels.channels, name="channels"),
    path("channels/groups/", channels.add_group, name="add_group_channel"),
    path("channels/<int:channel_id>/", channels.row, name="channel"),
    path("channels/<int:channel_id>/test/", channels.test, name="test_channel"),
    path("channels/<int:channel_id>/switch/", channels.switch, name="switch_channel"),
    path("channels/<int:channel_id>/remove/", channels.remove, name="remove_channel"),
]
