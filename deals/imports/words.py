"""The words that files of other systems use for stages and states, next to our own in both languages."""

from deals.models import Deal

_WON = ("Won", "成交", "赢单", "已成交", "已赢单", "closed won", "win", "签单", "已签约")
_LOST = ("Lost", "丢单", "输单", "已丢单", "已输单", "closed lost", "lose", "失败", "流失", "战败")
_CANCELLED = ("Cancelled", "已取消", "取消", "作废", "已作废", "canceled", "abandoned", "void", "无效")

STATUS_WORDS = {
    Deal.Status.OPEN: ("Open", "跟进中", "进行中", "未成交", "在谈", "in progress", "active", "pending"),
    Deal.Status.WON: _WON,
    Deal.Status.LOST: _LOST,
    Deal.Status.CANCELLED: _CANCELLED,
}
#: Stages, and the three ends that most systems keep in the same column.
STAGE_WORDS = {
    Deal.Stage.LEAD: (
        "Lead",
        "线索",
        "初步接洽",
        "初步接触",
        "初步沟通",
        "prospecting",
        "prospect",
        "new",
        "qualification",
        "验证客户",
    ),
    Deal.Stage.NEED: (
        "Need",
        "需求",
        "需求确认",
        "需求分析",
        "需求确定",
        "engaging",
        "engaged",
        "qualified",
        "needs analysis",
        "discovery",
    ),
    Deal.Stage.PROPOSAL: (
        "Proposal",
        "方案",
        "方案报价",
        "方案/报价",
        "方案制定",
        "proposal/price quote",
        "value proposition",
        "id. decision makers",
        "perception analysis",
        "demo",
        "presentation",
    ),
    Deal.Stage.NEGOTIATION: (
        "Quote and negotiation",
        "报价与谈判",
        "报价",
        "谈判",
        "谈判审核",
        "谈判/审核",
        "商务谈判",
        "negotiation",
        "negotiation/review",
        "quote",
    ),
    Deal.Stage.CONTRACT: ("Contract", "合同", "签约", "合同签订", "contract sent", "closing"),
    Deal.Status.WON: _WON,
    Deal.Status.LOST: _LOST,
    Deal.Status.CANCELLED: _CANCELLED,
}
