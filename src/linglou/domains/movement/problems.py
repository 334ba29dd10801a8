"""Refusals of the movement domain."""

from django.utils.translation import gettext_lazy as _

from linglou.kernel.problems import declare

AREA_FILE_MISSING = declare("area-file-missing", 422, _("还没有选择文件。"), _("请选择风险地区名单文件再上传。"))
AREA_FILE_HAS_NO_HEADER = declare(
    "area-file-has-no-header", 422, _("没有找到表头。"), _("表头至少要有“地区”和“级别”两列；可下载模板对照。")
)
AREA_FILE_TOO_LONG = declare(
    "area-file-too-long", 413, _("名单行数过多（上限 {limit} 行）。"), _("请确认选对了文件；名单一般不超过几百行。")
)
AREA_IMPORT_DONE = declare(
    "area-import-done", 409, _("这份名单已经处理过了。"), _("请到风险地区页面查看现在的名单，需要时重新上传。")
)
AREA_LIST_MOVED = declare(
    "area-list-moved", 409, _("预览之后名单又有变动，预览已经过时。"), _("已按现在的名单重新核对，请再看一遍后确认。")
)
AREA_LIST_INCOMPLETE = declare(
    "area-list-incomplete", 422, _("有拒收的行，不能按完整名单撤销。"), _("请先改正拒收的行再上传，或不勾选“完整名单”。")
)
CHECK_NOT_WAITING = declare(
    "call-back-done", 409, _("这次核实已经有结果了。"), _("页面可能不是最新的，请刷新后再看；需要再改请在本人的去向页代填。")
)
NOT_ASKED = declare(
    "whereabouts-not-asked", 409, _("现在没有要替{name}填报的去向摸底。"), _("摸底开始后才能代报；平时由本人自己填写。")
)
ALREADY_TOLD = declare(
    "whereabouts-already-told",
    409,
    _("{name}的去向已经有人填过，不能再代报。"),
    _("需要确认或更正的，请本人填写，或联系辅导员。"),
)
NOBODY_TO_DRAW = declare(
    "nobody-to-draw",
    409,
    _("没有可以抽取的人。"),
    _("只从已经填报、又不在待核实名单里的人中抽取；可以先催报，或办完手上的核实。"),
)
SCREENING_NOT_OPEN = declare(
    "screening-state", 409, _("这次排查现在是“{state}”，不能这样操作。"), _("页面可能不是最新的，请刷新后再看。")
)
