"""Routes of deals and products."""

from django.urls import path

from deals import api
from deals.views import act, deal, lists, products

app_name = "deals"
urlpatterns = [
    path("", lists.deals, name="list"),
    path("pipeline/", lists.pipeline, name="pipeline"),
    path("add/", deal.add, name="add"),
    path("products/", products.products, name="products"),
    path("products/add/", products.product_add, name="product_add"),
    path("products/pick/", deal.pick_product, name="pick_product"),
    path("products/<int:product_id>/", products.product_change, name="product_change"),
    path("products/lines/", products.lines, name="lines"),
    path("products/lines/add/", products.line_add, name="line_add"),
    path("products/lines/<int:line_id>/", products.line_change, name="line_change"),
    path("products/channels/", products.channels, name="channels"),
    path("products/channels/add/", products.channel_add, name="channel_add"),
    path("products/channels/<int:channel_id>/", products.channel_change, name="channel_change"),
    path("api/queue/", api.DealQueue.as_view(), name="api_queue"),
    path("<int:deal_id>/", deal.deal, name="deal"),
    path("<int:deal_id>/change/", deal.change, name="change"),
    path("<int:deal_id>/lines/", deal.lines, name="deal_lines"),
    path("<int:deal_id>/stage/", deal.stage, name="stage"),
    path("<int:deal_id>/win/", act.win, name="win"),
    path("<int:deal_id>/lose/", act.lose, name="lose"),
    path("<int:deal_id>/cancel/", act.cancel, name="cancel"),
    path("<int:deal_id>/reopen/", act.reopen, name="reopen"),
    path("<int:deal_id>/pay/", act.pay, name="pay"),
    path("<int:deal_id>/payments/<int:payment_id>/cancel/", act.unpay, name="unpay"),
    path("<int:deal_id>/return/", act.take_back, name="return"),
    path("<int:deal_id>/shares/", act.share, name="shares"),
]
