"""Routes of targets."""

from django.urls import path

from targets.views import adjustments, grid, inputs, metrics, mine, periods, plans, publishing, rates, splits, versions

app_name = "targets"
urlpatterns = [
    path("", plans.plans, name="plans"),
    path("start/", plans.start, name="start"),
    path("mine/", mine.mine, name="mine"),
    path("metrics/", metrics.metrics, name="metrics"),
    path("metrics/add/", metrics.add, name="add_metric"),
    path("metrics/preview/", metrics.preview, name="metric_preview"),
    path("metrics/<int:metric_id>/", metrics.metric, name="metric"),
    path("metrics/<int:metric_id>/version/", metrics.version, name="metric_version"),
    path("metrics/<int:metric_id>/<str:way>/", metrics.move, name="move_metric"),
    path("periods/", periods.periods, name="periods"),
    path("periods/add/", periods.add, name="add_period"),
    path("periods/<int:period_id>/", periods.change, name="change_period"),
    path("periods/<int:period_id>/remove/", periods.remove, name="remove_period"),
    path("<int:plan_id>/", grid.plan, name="plan"),
    path("<int:plan_id>/rates/", rates.rates, name="rates"),
    path("<int:plan_id>/rates/<str:key>/", rates.rate, name="rate"),
    path("<int:plan_id>/cells/", grid.set_cell, name="cells"),
    path("<int:plan_id>/rows/<str:key>/", grid.row, name="row"),
    path("<int:plan_id>/undo/", grid.undo, name="undo"),
    path("<int:plan_id>/year/", splits.year, name="year"),
    path("<int:plan_id>/units/<int:unit_id>/split/", splits.split, name="split"),
    path("<int:plan_id>/units/<int:unit_id>/spread/", splits.spread, name="spread"),
    path("<int:plan_id>/units/<int:unit_id>/sum/", splits.sum_up, name="sum_up"),
    path("<int:plan_id>/units/<int:unit_id>/inputs/", inputs.inputs, name="inputs"),
    path("<int:plan_id>/units/<int:unit_id>/inputs/<str:about>/", inputs.intentions, name="intentions"),
    path("<int:plan_id>/publish/", publishing.publish, name="publish"),
    path("<int:plan_id>/withdraw/", publishing.withdraw, name="withdraw"),
    path("<int:plan_id>/adjustments/", adjustments.adjustments, name="adjustments"),
    path("<int:plan_id>/adjust/<str:key>/", adjustments.adjust, name="adjust"),
    path("adjustments/<int:adjustment_id>/", adjustments.adjustment, name="adjustment"),
    path("adjustments/<int:adjustment_id>/<str:verb>/", adjustments.decide, name="decide_adjustment"),
    path("<int:plan_id>/versions/", versions.versions, name="versions"),
    path("<int:plan_id>/cells/<str:key>/", versions.cell_history, name="cell_history"),
    path("mine/<int:plan_id>/changes/", versions.own_history, name="own_history"),
    path("<int:plan_id>/history/", publishing.history, name="history"),
]
