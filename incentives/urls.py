"""Routes of pay, contests and recognition."""

from django.urls import path

from incentives.views import awards, contests, honours, recognition

app_name = "incentives"
urlpatterns = [
    path("recognition/", recognition.praise, name="praise"),
    path("recognition/<int:praise_id>/take-back/", recognition.take_back, name="take_back"),
    path("honours/", honours.board, name="honours"),
    path("honours/screen/", honours.screen, name="honours_screen"),
    path("honours/settings/", honours.settings, name="honour_settings"),
    path("honours/nominate/", honours.nominate, name="nominate"),
    path("honours/nominations/<int:nomination_id>/take-back/", honours.take_back_nomination, name="take_back_nomination"),
    path("honours/victories/<int:victory_id>/", honours.victory, name="victory"),
    path("honours/victories/<int:victory_id>/picture.png", honours.picture, name="victory_picture"),
    path("honours/awards/", awards.awards, name="awards"),
    path("honours/awards/give/<slug:verb>/", awards.give, name="award_give"),
    path("honours/awards/<int:award_id>/", awards.award, name="award"),
    path("honours/awards/<int:award_id>/withdraw/", awards.withdraw, name="award_withdraw"),
    path("honours/awards/<int:award_id>/certificate.pdf", awards.certificate, name="certificate"),
    path("contests/", contests.contests, name="contests"),
    path("contests/add/", contests.add, name="add_contest"),
    path("contests/<int:contest_id>/", contests.contest, name="contest"),
    path("contests/<int:contest_id>/change/", contests.change, name="change_contest"),
    path("contests/<int:contest_id>/announce/", contests.announce, name="announce_contest"),
    path("contests/<int:contest_id>/withdraw/", contests.withdraw, name="withdraw_contest"),
    path("contests/<int:contest_id>/remove/", contests.remove, name="remove_contest"),
    path("contests/<int:contest_id>/fix/", contests.fix, name="fix_contest"),
    path("contests/<int:contest_id>/award/", contests.award, name="award_contest"),
    path("contests/<int:contest_id>/rerank/", contests.rerank, name="rerank_contest"),
]
