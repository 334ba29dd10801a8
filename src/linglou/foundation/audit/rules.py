"""What the trail's entries are called, and which of their details may be shown.

Every ``action=`` written anywhere in the product stands here (a test walks the sources): an entry that nobody can read is no
trail. Only details named here are ever shown, so that an answer that slipped into one would stay unseen.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

ACTION_NAMES: dict[str, Any] = {
    "absence.accept-certificate": _("凭医院证明办理复课"),
    "absence.certify": _("核实复课"),
    "absence.follow-up": _("跟进因病缺课"),
    "absence.list": _("查看因病缺课名单"),
    "absence.read": _("查看因病缺课"),
    "absence.register": _("登记因病缺课"),
    "absence.void": _("作废因病缺课登记"),
    "account.activate": _("激活账号"),
    "account.change-password": _("修改密码"),
    "account.choose-language": _("选择语言"),
    "account.create": _("建立账号"),
    "account.drop-second-factor": _("停用二次验证"),
    "account.end": _("离校停用账号"),
    "account.end-session": _("结束登录会话"),
    "account.enrol-second-factor": _("启用二次验证"),
    "account.login": _("登录"),
    "account.reset": _("重置账号"),
    "account.restore": _("返校恢复账号"),
    "alert.handle": _("处置预警"),
    "alert.open": _("发出预警"),
    "alert.read": _("查看预警中的人员"),
    "alert.settle": _("了结预警"),
    "alert.withdraw": _("撤销预警"),
    "audit.export": _("导出审计日志"),
    "case.decide": _("判定病例"),
    "case.export": _("下载传染病报告卡"),
    "case.export-godata": _("导出病例与密接（Go.Data）"),
    "case.fill-card": _("填写传染病报告卡"),
    "case.find": _("记录病例资料"),
    "case.list": _("查看病例名单"),
    "case.merge": _("合并病例"),
    "case.move": _("变更病例去向"),
    "case.open": _("建立病例"),
    "case.read": _("查看病例"),
    "case.read-card": _("查看传染病报告卡"),
    "case.read-clinical": _("查看病例临床资料"),
    "case.report": _("登记病例报出"),
    "case.transmission": _("查看传播关系"),
    "case.undo": _("撤销病例判定"),
    "case.unmerge": _("撤销病例合并"),
    "certificate.export": _("下载证明"),
    "certificate.issue": _("签发证明"),
    "certificate.list": _("查看证明名单"),
    "certificate.read": _("查看证明"),
    "certificate.revoke": _("撤销证明"),
    "channel.add": _("添加消息通道"),
    "channel.pause": _("停用消息通道"),
    "channel.remove": _("删除消息通道"),
    "channel.resume": _("恢复消息通道"),
    "channel.test": _("测试消息通道"),
    "closing.export": _("导出结账单"),
    "code.issue": _("发放激活码"),
    "code.sheet": _("下载激活码单"),
    "contact.confirm": _("确认密接"),
    "contact.list": _("查看密接名单"),
    "contact.propose": _("查找密接（列入待审核）"),
    "contact.reject": _("排除密接"),
    "contact.log": _("记录联系情况"),
    "counselling.assess": _("填写心理测评"),
    "counselling.list": _("查看心理咨询名单"),
    "counselling.note": _("记录心理咨询"),
    "counselling.read": _("查看心理咨询记录"),
    "event.concern": _("登记事件（本人）"),
    "event.read": _("查看事件中的人员"),
    "event.record": _("登记事件"),
    "event.withdraw": _("撤销事件记录"),
    "excuse.approve": _("批准免报"),
    "excuse.cancel": _("撤销免报"),
    "excuse.list": _("查看免报名单"),
    "form.publish": _("发布表单"),
    "membership.join": _("加入单位"),
    "membership.leave": _("离开单位"),
    "missing.export": _("导出未报名单"),
    "observation.begin": _("开始医学观察"),
    "observation.convert": _("观察转为病例"),
    "observation.end": _("终止医学观察"),
    "observation.extend": _("延长医学观察"),
    "observation.release": _("解除医学观察"),
    "observation.resume": _("恢复医学观察"),
    "observation.withdraw": _("撤销医学观察"),
    "person.add": _("新增人员"),
    "person.correct": _("更正信息"),
    "person.depart": _("办理离校"),
    "person.import": _("导入名册（本人）"),
    "person.read-contact": _("查看联系电话"),
    "person.read-identity": _("查看证件号码"),
    "person.read-phone": _("按电话查到本人"),
    "plan.answer": _("答复需求"),
    "plan.arrange": _("安排生活与学习"),
    "plan.close": _("结束一人一策"),
    "plan.list": _("查看观察与照护名单"),
    "plan.log": _("记录照护日志"),
    "plan.need": _("提出需求"),
    "plan.open": _("建立一人一策"),
    "plan.place": _("安排观察地点"),
    "plan.read": _("查看一人一策"),
    "plan.read-need": _("查看需求"),
    "plan.staff": _("指定负责人员"),
    "post.appoint": _("任命岗位"),
    "post.dismiss": _("免去岗位"),
    "readiness.declare": _("宣布责任链就绪"),
    "readiness.withdraw": _("撤回就绪"),
    "response.read": _("查看填报内容"),
    "response.submit": _("提交填报"),
    "risk-region.import": _("导入风险地区名单"),
    "risk-region.list": _("列入风险地区"),
    "risk-region.withdraw": _("移出风险地区"),
    "roster.error-file": _("下载拒收名单"),
    "roster.import": _("导入名册"),
    "round.close": _("结账"),
    "round.not-asked": _("轮次未能填报"),
    "round.open": _("开启轮次"),
    "rule.add": _("登记本校规定"),
    "rule.withdraw": _("撤销本校规定"),
    "schedule.add": _("新增轮次安排"),
    "schedule.change": _("修改轮次安排"),
    "screening.contact": _("列为病例接触者"),
    "screening.list": _("查看排查名单"),
    "screening.read": _("查看排查"),
    "screening.settle": _("办结排查"),
    "signal.handle": _("处置异常信号"),
    "signal.list": _("查看异常信号名单"),
    "signal.read": _("查看异常信号"),
    "signal.settle": _("了结异常信号"),
    "site.add": _("登记隔离点"),
    "site.beds": _("更改隔离房间床位"),
    "site.rooms": _("登记隔离房间"),
    "stays.error-file": _("下载拒收的停留记录"),
    "stays.import": _("导入校内停留"),
    "stays.nights": _("推算寝室停留"),
    "stays.read": _("查看校内停留"),
    "task.cancel": _("取消任务"),
    "task.climb": _("任务逐级上报"),
    "task.open": _("生成任务"),
    "task.reassign": _("转交任务"),
    "task.settle": _("办结任务"),
    "token.create": _("创建接口令牌"),
    "token.revoke": _("撤销接口令牌"),
    "unit.close": _("撤销单位"),
    "unit.open": _("设立单位"),
    "whereabouts.call-back": _("记录电话核实"),
    "whereabouts.read": _("查看去向"),
    "whereabouts.sample": _("抽取核实样本"),
    "whereabouts.tell": _("填报去向"),
}

# Ids, labels and counts that writers put into ``detail``: what may be shown of it, and how it is called.
DETAIL_NAMES: dict[str, Any] = {
    "code": _("编码"),
    "count": _("数量"),
    "days": _("天数"),
    "fields": _("栏目"),
    "filename": _("文件"),
    "format": _("格式"),
    "missing": _("未报"),
    "name": _("名称"),
    "number": _("编号"),
    "persons": _("人数"),
    "reason": _("原因"),
    "revision": _("第几次修改"),
    "role": _("岗位"),
    "roster": _("名册"),
    "rows": _("行数"),
    "second_factor_dropped": _("同时清除二次验证"),
    "since": _("起"),
    "source": _("来源"),
    "title": _("标题"),
    "token_id": _("令牌编号"),
    "unit_id": _("单位编号"),
    "until": _("止"),
    "verbs": _("权限"),
    "version": _("版本"),
}
SHOWN_LENGTH = 80


def action_name(action: str) -> str:
    """What an action is called; one that has no name yet shows its code."""
    return str(ACTION_NAMES.get(action, action))


def shown_detail(detail: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The details that may be shown, named: plain values and lists of them, cut to a length that holds no document."""
    shown = []
    for key, value in detail.items():
        if key in DETAIL_NAMES and value is not None and _is_plain(value):
            text = "、".join(map(str, value)) if isinstance(value, list) else str(value)
            shown.append((str(DETAIL_NAMES[key]), text[:SHOWN_LENGTH]))
    return shown


def _is_plain(value: Any) -> bool:
    if isinstance(value, list):
        return all(isinstance(item, str | int) for item in value)
    return isinstance(value, str | int | float)
