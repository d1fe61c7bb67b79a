"""Understand a question: the kind of answer it wants, and the words to look for.

Knows Chinese question words. Does not know the corpus.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from index.errors import UserError
from index.reading.word_list import WordList
from index.text.folding import fold
from qa.variants import Variant, variants

LONGEST = 1000  # characters; longer texts are pages, not questions

# The kinds of answer. A keyword question (拓源产值) wants a number if it names something that is counted.
NUMBER, DATE, PERSON, ORGANISATION, PLACE, NAME, REASON, ANY = (
    "number",
    "date",
    "person",
    "organisation",
    "place",
    "name",
    "reason",
    "any",
)

_KINDS = (
    (
        DATE,
        r"什么时候|什么时间|何时|哪一?年|哪一?天|哪一?日|哪个?月|几月|几号|几日|几点|哪年哪月|时间是|日期是|多久(?:以前|之前)",
    ),
    (
        NUMBER,
        r"多少|(?<!只有)(?<!哪)几(?![乎近何内])|多[大高长远重深宽快久]|占比(?:是|为)?$|第几|比例(?:是|为)|率(?:是|为)?$",
    ),
    (REASON, r"(?<![称名作成封叫改视变定])(?:为什么|为何)|原因|怎么会|什么原因"),
    (PERSON, r"谁|哪位|何人|哪[一几两]?[位名]人?|叫什么名字"),
    (
        ORGANISATION,
        r"哪一?[家所](?!里)|哪[几两些]?个?(?:家|所)|(?:哪个|哪些|什么)(?:公司|企业|集团|单位|部门|机构|大学|学校|"
        r"高校|医院|银行|组织|协会|团队|国企|厂)",
    ),
    (
        PLACE,
        r"哪里|哪儿|何处|何地|什么地方|在哪|(?:哪一?个?|哪些|什么)(?:省|市|县|区|镇|乡|村|国家|城市|地区|地方|园区|州)",
    ),
    (NAME, r"什么|哪[个些几两三四五种项座条部款]|何种|指的?是|是指"),
)
# At the end of a question an office asks who holds it.
_OFFICE = re.compile(
    r"(?:董事长|总经理|总裁|局长|厅长|部长|院长|校长|馆长|市长|县长|区长|镇长|乡长|省长|州长|书记|主任|主席|会长|行长|厂长|所长|站长|队长|总教练|主教练|"
    r"教练|秘书长|检察长|总设计师|总工程师|负责人|发言人|创始人|法定代表人|代言人|冠军|亚军|季军|导演|作者)$"
)
_CALLED = re.compile(r"(?:的名字)?(?:叫|名叫)(?:什么|啥)(?:名字)?$")
_PARTICLES = re.compile(r"pm(?:2\.5|10)$")  # a subject to a follow-up, and yet a figure is wanted
# Quantities: at the end of a question such a word asks for a number.
ATTRIBUTE = re.compile(
    r"(?:产值|外资|[头户次件亩天人岁]数|年龄|投资|总投资|投资额|面积|产能|产量|人口|增速|增长率?|税收|收入|利润|销售额|价格|价|比例|占比|"
    r"数量|金额|规模|营收|浓度|装机|纯度|客流|预算|薪资|工资|成本|总量|人数|里程|长度|高度|支出|经费|费用|补贴|奖金|票价|"
    r"逆差|顺差|贸易额|进出口额?|市值|融资额?|销量|产销量|发电量|用电量|吞吐量|存款|贷款|赤字|gdp|cpi|增加值|总额|总值|"
    r"[降雨水]量|雨量|水位|库容|容量|门诊量|库存|罚金|罚款|人次|床位|产能|气温|温度|最[高低]分|分数线|起付线|[一-鿿](?<![质力能重])量|[一-鿿]额|[一-鿿](?<![效概])率)(?:是|为)?$"
)
_PEOPLE = (
    "游客|旅客|乘客|观众|顾客|学生|新生|考生|老师|教师|员工|职工|工人|居民|村民|市民|群众|人员|选手|志愿者|"
    "孩子|儿童|老人|患者|病人|农民|干部"
)
# (words at the end of a question, units): the answer has one of the units.
_MEASURES = (
    (
        r"[水电气油房茶粮菜肉]价|[水电气油房学车]费|收费|产值|投资|逆差|顺差|贸易额|进出口额?|收入|税收|利润|金额|资金|销售额|预算|经费|营收|"
        r"成本|价格|票价|外资|融资|市值|补贴|奖金|支出|薪|gdp|学费|费用",
        ("元", "块", "币", "镑"),
    ),
    (r"纯度|比例|占比|比重|增速|增长率|增幅|降幅|同比|环比|率|份额", ("%", "成", "百分", "倍", "‰")),
    (r"[发用]电量", ("千瓦时", "度", "兆瓦时", "kwh", "mwh", "gwh")),
    (r"面积|占地", ("平方", "亩", "公顷", "㎡")),
    (r"多少钱|几块钱|几元|多贵", ("元", "块", "币")),
    (r"百分之几|几成", ("%", "成", "百分")),
    (r"多少人|几个?人|人数|人口", ("人", "名", "位")),
    (r"多长时间|多久", ("年", "月", "天", "日", "小时", "时", "分", "秒", "周")),
    (r"多[长远高深宽]", ("米", "里", "km", "m", "层")),
    (rf"多少[名位个]?(?:{_PEOPLE})|(?:{_PEOPLE})(?:人数|有多少)", ("人", "名", "位")),
    (rf"(?:[今现]年多大了?|多大(?:年纪|岁数|年龄)|几岁|多少岁|年龄)|多大年?[纪龄]?的(?:{_PEOPLE}).*", ("岁", "周岁")),
    (r"多重", ("吨", "斤", "克", "kg")),
    (r"装机|功率|容量", ("瓦", "w", "伏", "升", "吨", "立方")),
    (r"浓度|pm(?:2\.5|10)", ("克", "%", "ppm")),
    (r"长度|全长|里程|距离|高度|海拔|深度|宽度", ("米", "里", "km", "m")),
)
_ASKING = re.compile(
    r"请问|我想知道|告诉我|能否|什么时候|什么时间|什么地方|什么名字|什么|多少|第几|"
    r"几(?=[个家所位名月号日点次年天项条万亿成%元人岁分小块毛层]|$)|多(?=[大高长远重深宽快久])|百分之几"
    r"|哪(?:一|几|两|二|三|四|五|六|七|八|九|十|些)?[家所个些里儿位种项座条部款年天日月名届场次]?|是谁|谁|何时|何地|何处|何人|为什么|为何|怎么样?|"
    r"怎样|如何|有没有|是不是|是否|吗|呢|啊|吧|[?!。,;:]"
)
# What asks for the newest of several articles. 最近 is the nearest where a distance is asked for, a time in 最近三年.
_SPAN = r"(?:[型款]|[一二三四五六七八九十两几\d])"  # 最近的三年 is a time, 最新的一款 a thing
_NEWEST = re.compile(rf"最新(?!的?{_SPAN})的?|最近(?!的?{_SPAN})的?|近[日期]的")
_NEARNESS = re.compile(r"距离|[离距].{1,12}最近|最近的[^,。]{0,6}(?:站|医院|学校|机场|地铁|出口|县|市|城市)|多远")
_TYPED = re.compile(r"[\w ,.?!，。？！、：；《》“”%·-]*")  # nothing that index.text.repairs removes
# Words such as 达到 and 目标 stand between the words asked about and the question word.
_TRAILING = re.compile(r"(?:的?(?:目标|达到?|实现|预计|约为|将|为|是|有|了|总共|一共|大约|分别)|\s)+$")
_UNIT = re.compile(
    r"(?:多少|几)\s*(?P<unit>亿元|万元|亿美元|万美元|美元|港元|欧元|万吨|亿吨|公里|千米|平方公里|平方米|立方米|"
    r"公顷|毫米|厘米|人次|小时|分钟|个月|个百分点|[个家所位名次年天项条元吨米亩人本片套台辆户件座栋只头斤度岁款种届])"
)


@dataclass(frozen=True, slots=True)
class Question:
    """A question and how it was understood. `content` and `folded` have the same length.

    `folded` is without words that ask for the newest article, as 最新 does.
    """

    text: str
    folded: str
    content: str  # folded, with the asking words blanked: the words to look for in the corpus
    wants: str  # the kind of answer: NUMBER, DATE, …, ANY
    unit: str  # unit of the number asked for (万吨 in 多少万吨), folded, "" if the question names none
    measure: tuple[str, ...]  # units that the quantity asked about is counted in, folded, () if not known
    named: int  # where the words asked about end in the content: after 产值 in 拓源产值是多少
    variants: tuple[Variant, ...]  # other ways to write pieces of the content
    newest: bool = False  # of several answers the one of the newest article is asked for
    words: WordList = ()  # the user's word list, for the questions that this one is split into


def asking(folded: str) -> str:
    """Blank the asking words of a folded question. The length stays the same."""
    return _ASKING.sub(lambda match: " " * len(match.group()), folded)


def understand(text: str, words: WordList = ()) -> Question:
    """Understand a question, with the user's word list.

    Raises UserError if it has no letter or digit, or more than LONGEST characters.
    """
    # Bytes that a terminal could not decode arrive as lone surrogates.
    asked = " ".join(text.encode("utf-8", "replace").decode("utf-8").split())
    if not any(character.isalnum() for character in asked):
        if not asked:
            raise UserError("asking.empty_question")
        raise UserError("asking.no_words", question=asked[:40])
    if len(asked) > LONGEST:
        raise UserError("asking.too_long", length=len(asked), most=LONGEST)
    plain = asked
    if not _TYPED.fullmatch(asked):  # a question copied from an article brings its annotations
        from index.text.repairs import repaired  # 10 ms of patterns

        plain = repaired(asked)
    folded = fold(plain).replace("甚么", "什么")
    newest = not _NEARNESS.search(folded) and _NEWEST.search(folded) is not None
    # No article says of itself that it is the newest: the word must not be looked for.
    rest = _NEWEST.sub("", folded).strip() if newest else folded
    folded = rest if any(character.isalnum() for character in asking(rest)) else folded
    content = asking(folded)
    if not any(character.isalnum() for character in content):
        content = folded
    bare = folded.rstrip(" ?!。")
    wants = next(
        (kind for kind, pattern in _KINDS if re.search(pattern, bare)),
        NUMBER if ATTRIBUTE.search(bare) or _PARTICLES.search(bare) else PERSON if _OFFICE.search(bare) else ANY,
    )
    if wants == NAME and (called := _CALLED.search(bare)) and _OFFICE.search(bare[: called.start()]):
        wants = PERSON  # 总经理叫什么
    unit = _UNIT.search(folded)
    named = _TRAILING.sub("", content)
    measure: tuple[str, ...] = next(
        (
            units
            for words, units in _MEASURES
            if re.search(rf"(?:{words})$", named) or re.search(rf"(?:{words})$", bare)
        ),
        (),
    )
    # 杠杆率有多高 asks for a rate, 票价有多高 for money: of what is high tells the unit, not the word.
    plain = re.sub(r"(?:有|是|为|达到?)?多[高大低少]$", "", bare)
    measure = next(
        (units for words, units in _MEASURES if plain != bare and re.search(rf"(?:{words})$", plain)), measure
    )
    if asked.isascii():
        from qa.english import asked_for, is_english

        if is_english(asked):
            wants, measure = asked_for(folded)
    answer_unit = unit["unit"] if unit and wants == NUMBER else ""
    return Question(
        asked,
        folded,
        content,
        wants,
        answer_unit,
        measure if wants == NUMBER else (),
        len(named),
        variants(content, words),
        newest,
        words,
    )
