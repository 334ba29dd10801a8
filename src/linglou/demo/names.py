"""Invented names and numbers: id numbers carry a valid check digit but a region code that does not exist."""

from __future__ import annotations

import random
from datetime import date, timedelta

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英华玉梅红鑫宇浩然子涵欣怡梓轩诗雨嘉琪佳慧思远博文天佑雪晨曦若彤一诺俊熙梦瑶星辰安乐知远书瑶清扬景行云舟望舒"
NOWHERE = "990101"
ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ID_CHECKS = "10X98765432"


def name(dice: random.Random) -> str:
    given = "".join(dice.sample(GIVEN, dice.choice((1, 2, 2, 2))))
    return dice.choice(SURNAMES) + given


def id_number(dice: random.Random, *, birth: date, male: bool) -> str:
    sequence = dice.randrange(0, 499) * 2 + (1 if male else 0)
    body = f"{NOWHERE}{birth:%Y%m%d}{sequence:03}"
    check = ID_CHECKS[sum(int(digit) * weight for digit, weight in zip(body, ID_WEIGHTS, strict=True)) % 11]
    return body + check


def phone(serial: int) -> str:
    """199 0000 xxxx and up: not in anybody's hands."""
    return f"1990{serial:07}"


def birth(dice: random.Random, *, years: int, today: date) -> date:
    return today - timedelta(days=years * 365 + dice.randrange(365))
