"""The columns that a file of people may have."""

from django.utils.translation import gettext_lazy as _

from accounts.rules import Role
from common import cells
from common.intake import Field

ROLE_WORDS = {
    Role.REP: ("rep", "sales", "sales rep", "salesperson", "agent", "业务员", "销售", "销售员", "销售代表", "顾问"),
    Role.MANAGER: ("manager", "team lead", "team leader", "主管", "经理", "队长", "销售经理", "团队长"),
    Role.DIRECTOR: ("director", "regional director", "总监", "区域总监", "大区经理", "区域经理"),
    Role.HR: ("hr", "human resources", "人力", "人事", "人力资源"),
    Role.ADMIN: ("admin", "administrator", "company admin", "管理员"),
}

#: Whom a row is about, in every file with people in it.
EMPLOYEE_NUMBER = Field(
    "employee_number",
    _("Employee number"),
    cells.text(40),
    _("Best way to tell people apart; without it the name is used."),
    ("工号", "员工编号", "员工号", "人员编号", "employee id", "staff id", "emp no", "employee no"),
    example="E1024",
)

FIELDS = (
    Field(
        "name",
        _("Name"),
        cells.text(80),
        aliases=(
            "姓名",
            "人员",
            "员工姓名",
            "业务员",
            "sales_agent",
            "sales agent",
            "agent",
            "full name",
            "employee name",
            "employee",
            "rep",
        ),
        is_required=True,
        example=_("Li Na"),
    ),
    EMPLOYEE_NUMBER,
    Field(
        "role",
        _("Role"),
        cells.choice(ROLE_WORDS),
        _("Rep if the file does not say."),
        ("角色", "职务", "岗位", "职位", "position", "title", "job title"),
        example=_("Rep"),
    ),
    Field(
        "unit",
        _("Unit with its path"),
        cells.text(400),
        _("From the top down, parted by a slash. Units that do not exist are made."),
        ("组织", "组织单元", "部门", "所属部门", "部门路径", "department", "org unit", "unit path"),
        example="",
    ),
    Field(
        "region",
        _("Region"),
        cells.text(80),
        _("Instead of a path, together with the team."),
        ("大区", "区域", "片区", "regional_office", "regional office", "office", "territory"),
        example=_("East"),
    ),
    Field(
        "team",
        _("Team"),
        cells.text(80),
        aliases=("团队", "小组", "销售团队", "sales team", "group"),
        example=_("Shanghai One"),
    ),
    Field(
        "manager",
        _("Led by"),
        cells.text(80),
        _("Name or number of the manager. Without a team's name, the team is found or made by its manager."),
        ("主管", "直属上级", "上级", "直属主管", "经理", "team leader", "supervisor", "reports to"),
        example="",
    ),
    Field(
        "assigned_from",
        _("In this unit since"),
        cells.day,
        _("First day in the unit or role. Several rows of one person make a history."),
        ("任职日期", "调入日期", "任职开始", "到岗日期", "assigned from", "in unit since", "effective date"),
        example="",
    ),
    Field(
        "hired_on",
        _("Hired on"),
        cells.day,
        aliases=("入职日期", "入职时间", "入职", "hire date", "start date", "date of joining"),
        example="2024-03-01",
    ),
    Field(
        "left_on",
        _("Left on"),
        cells.day,
        _("The first day on which the person is no longer employed."),
        ("离职日期", "离职时间", "leave date", "end date", "termination date"),
        example="",
    ),
    Field("leaving_reason", _("Reason for leaving"), cells.text(200), aliases=("离职原因", "leaving reason"), example=""),
    Field(
        "phone",
        _("Phone number"),
        cells.phone(20),
        aliases=("手机", "手机号", "电话", "联系电话", "mobile", "tel", "cell"),
        example="13800000000",
    ),
    Field(
        "email",
        _("E-mail"),
        cells.email,
        aliases=("邮箱", "电子邮箱", "邮件", "mail", "email address"),
        example="li.na@example.com",
    ),
    Field("birthday", _("Birthday"), cells.day, aliases=("生日", "出生日期", "date of birth", "birth date"), example=""),
    Field("hobbies", _("Hobbies"), cells.text(200), aliases=("爱好", "兴趣爱好"), example=""),
    Field("strengths", _("Strengths"), cells.text(200), aliases=("特长", "优势", "专长"), example=""),
)
PROFILE = ("name", "phone", "email", "hired_on", "left_on", "leaving_reason", "birthday", "hobbies", "strengths")
