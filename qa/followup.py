"""Complete a follow-up from the question before it: 那税收呢？ after 拓源产值 asks for 拓源税收是多少？

Knows how follow-ups are worded. Does not know the corpus: rules look at the two questions alone, so the user can see
the completed question and switch the rules off. A question that no rule covers is not changed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from qa.like_for_like import bare_time, like_of, put_in_place
from qa.question import ATTRIBUTE, LONGEST, asking, understand

_NUMERAL = r"[\d一二三四五六七八九十]+"
_TIME = (
    rf"(?:(?:19|20)\d\d年(?:{_NUMERAL}月(?:份|底)?|[上下]半年|第?[一二三四]季度|底|初)?|"
    rf"[去今前明]年(?:[上下]半年|第?[一二三四]季度|{_NUMERAL}月)?|"
    rf"上一年|[上本]个?月|第?[一二三四]季度|[上下]半年|{_NUMERAL}月份?)"
)
_WHEN = re.compile(_TIME)
_OPENING = re.compile(
    rf"^(?:请问|我想知道|关于|目前|现在|截至|截止|到(?={_TIME})|以来|为止|近[两几\d一二三四五六七八九十]+年来?|[,、\s])+"
    rf"(?:{_TIME}(?:为止|以来)?[,\s]*)?"
)
_LEAN = re.compile(
    r"^(?:那么(?!多|些|[大高长远重深宽快久])|那(?=它|他|她|该|这)|"
    r"那(?![曲坡霸拉不一二两三几]|[\u4e00-\u9fff](?:县|市)))[,\s]*"
)
_COUNTED = re.compile(r"^[个些里边位家年天时次座条种批场届块片名只件本笔所项样款部首段间辆台套份句类起儿会]")
_END = re.compile(r"[啊呀吧?!。,\s]+$")
_PRONOUN = re.compile(
    r"(?<![其吉])它们?|^(?:他(?![人乡])们?|她们?|"
    r"(?:该|这|那)(?:家|个|座|所|条|位)?(?:公司|企业|集团|项目|城市|工厂|基地|园区|工程|机构|单位|"
    r"地方(?!政府)|学校|医院|高校|大桥|活动|"
    r"市(?!场|长|委|民)|县(?!城|长|委)|区(?!域|长|委)|镇(?!长)|村(?!民|长)|厂(?!长|房))(?!口)|"
    r"其(?![他它中实次余间一二三四五六七八九十])(?=.{2}))"
)
_ROLE = (
    r"副?(?:市长|书记|县长|区长|镇长|主任|局长|厅长|部长|院长|校长|总裁|董事长|总经理|创始人|负责人|作者|导演|主席|会长|所长|"
    r"厂长|老板|法人|站长|馆长)"
)
_THING = (
    r"地址|地点|位置|时间|日期|原因|名称|名字|电话|品牌|作者|总部|员工|职工|员工数|市值|gdp|专利|"
    r"股价|规模|面积|床位|学生|老师|全长|常住人口|目标|主营业务|出口额?|捕捞量|客流量|吞吐量|发电量|"
    r"用水量|用电量|降雨量|接待量|储量|流量|第[一二三]产业"
)
_MODIFIER = (
    r"(?:净|总|营业|年|副|常务|市委|县委|区委|省委|人均|常住|地方|财政|工业|农业|服务业|"
    r"一般公共预算|实际利用|固定资产|第一|建筑|用地|占地|合同|旅游|成立|开工|投产|建成|门?票)*"
)
_COUNT = ATTRIBUTE.pattern.removesuffix("(?:是|为)?$")
_ASKED_FOR = re.compile(rf"(?P<attribute>{_MODIFIER}(?:{_COUNT}|{_ROLE}|{_THING}))的?(?:是|为|有)?$")
_WHO = re.compile(rf"{_ROLE}$")
_WORDS = (
    ("是谁", _WHO),
    ("在哪里", re.compile(r"(?:地址|地点|位置|总部)$")),
    ("是什么", re.compile(r"(?:时间|日期|原因|名称|名字|电话|品牌|专利|目标|主营业务)$")),
    ("是多少", re.compile("")),
)
_NEITHER = re.compile(r"^(?:然后|后来|结果|接着|之后)$")
# The subject of a question ends at the first of these words, if not at an attribute.
_JOINING = re.compile(
    rf"\s|{_TIME}|未来|近[两几一二三四五六七八九十\d]|每年|计划|预计|加工|可以|能够|实际|一共|总共|主要|"
    r"[的是由在用有了被将把从向对为以到给让要于]|"
    r"生产|投资|建设|建成|成立|举办|举行|达到|实现|提供|利用|新增|完成|获得|拥有|引进|参加|创办|开工|投产|"
    r"通车|停产|上市|召开|占地|签约|开业|办齐|年产|全长"
)
_CHANGE = r"(?:增长|增加|增|下降|减少|降|上涨|涨|上升|提高|降低|回落|减产|增产)"
_CHANGED = re.compile(
    r"(?:(?P<bare>(?:同比|环比)?(?:增速|增幅|增长率|涨幅|降幅)|同比|环比)(?:是|为|有)?(?:多少)?|"
    rf"(?:(?:比|较)(?:上年|去年|上月|上季度)(?:同期)?|同比|环比|又|实际|名义)*{_CHANGE}(?:了|的?(?:速度|幅度))?"
    r"(?:多少|几|百分之几)(?:个?百分点|[万亿]*[元吨人亩家个所位名条项辆台座户件]|%|倍)?)"
)
_RELATED = re.compile(
    r"(?:和|跟|与|同)(?P<other>.{2,12}?)(?:相比|比较|比)(?:起来|一下)?[,\s]*(?:(?:哪一?[个家边条座]|谁|是不是)?的?"
    r"(?:更|比较|要)?(?P<how>[高低大小多少长短快慢远近重轻贵])(?:一些|些|一点)?)?"
)
_EXCEEDS = re.compile(r"比.{2,12}?[高低大小多少长短快慢远近重轻贵](?:出|了)?(?:多少|几).{0,5}")
_WHY_EVENT = re.compile(r"(?P<why>为什么|为何)(?P<event>[一-鿿]{2}了?)")
_WHY = re.compile(r"(?:这是|是)?(?:为什么|为何|什么原因|原因(?:是什么|呢)?|怎么回事)")
_HOW = re.compile(r"有?多(?P<how>[高大长远重深宽快])$")
_LEADS = re.compile(r"(?:的|是|有|为|约|完成|实现|达到?|到|了|一共|总共)*$")
_COUNTER = re.compile(
    r"^(?:[万亿]*(?:元|美元|吨|亩|公里|平方公里|平方米|米|人次)|个?百分点|[个家所位名条项辆台座户件])?的?"
)
_EVENT = re.compile(
    r"负责|施工|牵头|主持|运营|投产|开工|竣工|完工|建成|成立|通车|开业|上市|开始|结束|举行|召开|开幕|闭幕|动工|启用|运营|落户|签约|达产|"
    r"投运|开通|发布|出生|去世|上任|停产|生产|占地|上线|推出|承建|设计|开发|投资|创办|建|办"
)
_INSTITUTION = re.compile(r"有限公司|公司|集团|医院|中学|小学|大学|学院|银行|研究院|研究所|博物馆|图书馆")
_INSTITUTION_OF = re.compile(r"(?:公司|集团|业|厂|社|行|店|院|校|所|科技|实业)$")
_PLACE = re.compile(r"[\u4e00-\u9fff]{2,5}?[省市县区州镇乡村]")
_NUMBERED = re.compile(rf"^(第?){_NUMERAL}(号线|期|号|标段|批|届|月份?|季度)$")


@dataclass(frozen=True, slots=True)
class _Slots:
    """The parts of a folded question; each may be ""."""

    time: str
    subject: str  # the thing that it asks about
    attribute: str  # of the subject
    rest: str  # the words after the subject and the attribute


def resolve(text: str, before: str) -> str:
    """Complete the question `text` from the question before it. Return `text` itself if no rule covers it.

    Raises UserError as `understand` does.
    """
    folded = understand(text).folded
    if not before:
        return text
    previous = _END.sub("", understand(before).folded)
    meant = _completed(folded, previous)
    if not meant or meant == _END.sub("", folded) or len(meant) >= LONGEST:
        return text
    return f"{meant}？" if asking(meant) != meant else meant


def _completed(folded: str, previous: str) -> str:
    """Return the completed question, folded, "" if the question stands alone or no rule covers it."""
    body = _END.sub("", folded)
    lean = _LEAN.match(body)
    leaning = lean is not None and not _COUNTED.match(body[lean.end() :])
    body = body[lean.end() :] if lean and leaning else body
    if (also := re.match(r"(?:还有|另外|再问一下)[,\s]*", body)) and _is_attribute(
        "".join(asking(body[also.end() :]).split())
    ):
        body, leaning = body[also.end() :], True
    elliptic = body.endswith("呢")
    body = body.removesuffix("呢").removesuffix("的") if elliptic else body
    slots = _slots(previous)
    if not body or _NEITHER.match(body):
        return ""
    if (related := _related(body, previous)) or _CHANGED.fullmatch(body):
        return related
    if elliptic or leaning:
        body = bare_time(body)
        if asking(body) == body and (placed := put_in_place(body, previous)):
            return placed
    if (elliptic or leaning) and (match := re.match(r"什么是|谁是", previous)) and asking(body) == body:
        # 那四个论英雄呢？ after 什么是五朵金花？, 望潮渔业呢？ after 谁是云岫茶厂的厂长？
        role = re.search(rf"的?{_ROLE}$", previous[match.end() :])
        return match.group() + body + (role.group() if role else "")
    if not slots.subject:
        return ""
    if match := _PRONOUN.search(body):
        # 他的公司 after 鹭鸣泵业的总经理是谁？ is 鹭鸣泵业 itself.
        if (own := re.match(r"(?:他|她)的(?:公司|企业|工厂|单位|厂)", body)) and _INSTITUTION_OF.search(slots.subject):
            return slots.subject + body[own.end() :]
        person = match.group() in ("他", "她") and _WHO.search(slots.attribute)
        return (
            body[: match.start()] + slots.subject + (slots.attribute if person else "") + body[match.end() :]
            if body != match.group()
            else ""
        )
    if event := _WHY_EVENT.fullmatch(body):
        return f"{slots.subject}{event['why']}{event['event']}"  # 为什么推迟 after 清溪大桥什么时候动工
    content = asking(body)
    if content != body:
        return _asked_again(body, content, previous, slots)
    if not (elliptic or leaning):
        return (
            f"{slots.subject}{body}"
            if _is_attribute(body) and ATTRIBUTE.search(body) and not body.isascii() and slots.attribute
            else ""
        )
    return _swapped(body, previous, slots)


def _related(body: str, previous: str) -> str:
    """Complete a question for a change, a reason or a comparison of what the previous one asks for, "" for others.

    It keeps the year and the indicator: 增长了多少 after 清溪县2023年GDP是多少 is no growth of another year or thing.
    """
    if _WHY.fullmatch(body):
        changed = re.search(rf"(?:同比|环比)?{_CHANGE}(?=了?(?:多少|几))", previous)
        return f"{previous[: changed.start()]}为什么{changed.group()}" if changed else ""
    stem, how = _stem(previous)
    if not stem:
        return ""
    if changed := _CHANGED.fullmatch(body):
        # An article says 增长6.4%, whatever the rate is called.
        rate = re.fullmatch(r"(同比|环比)?(.*)", changed["bare"] or "")
        ending = f"{rate[1] or ''}{'下降' if rate[2] == '降幅' else '增长'}多少" if rate and rate[0] else body
        return f"{re.sub(rf'(?:同比|环比)?{_CHANGE}$', '', stem)}{ending}" if not how else ""
    # Of two growths the rates are compared, not what grew.
    stem = re.sub(r"增长$|增加$|上涨$|上升$|提高$", "增速", re.sub(r"下降$|减少$|降低$|回落$", "降幅", stem))
    if _EXCEEDS.fullmatch(body):
        return f"{stem}{body}"
    related = _RELATED.fullmatch(body)
    like = like_of(stem, related["other"]) if related else None
    if related is None or like is None:
        return ""
    both = f"{stem[like[0] : like[1]]}和{related['other']}"
    return f"{stem[: like[0]]}{both}{stem[like[1] :]}哪个更{related['how'] or how or '高'}"


def _stem(previous: str) -> tuple[str, str]:
    """What the previous question asks the figure of, and 长 of 有多长: ("清溪县2023年gdp", ""); empty if not known."""
    if match := _HOW.search(previous):
        return previous[: match.start()].rstrip("的"), match["how"]
    content = asking(previous)
    asked = _run(content, previous)
    begin = previous.find(asked) if asked else len(previous)
    if asked and asked not in ("多少", "几", "百分之几"):
        return "", ""
    after = previous[begin + len(asked) :]
    counted = "人口" if after.strip() == "人" else _COUNTER.sub("", after)
    stem = _LEADS.sub("", previous[:begin]) + counted
    return ("", "") if " " in stem else (stem, "")


def _asked_again(body: str, content: str, previous: str, slots: _Slots) -> str:
    """Complete a question that has a question word, if it has no subject of its own; else return ""."""
    bare = re.sub(r"[\s的是有在了都会于呢]", "", content)
    if not bare and not slots.attribute and len(body) <= 5 and (asked := _run(asking(previous), previous)):
        # 什么时候？ after a question for a reason or a number.
        return previous.replace(asked, body.removeprefix("是"), 1)
    begins = re.match(
        r"(?:预计|计划|将|大约|大概|目前)?(?:谁|哪一?[年天月]|什么时候|什么时间|何时|在?哪里|在?哪儿|在哪|多少|几|"
        r"有|位于|占地|主要|总?共?有)",
        body,
    )
    small = begins and (
        _EVENT.fullmatch(re.sub(r"^(?:预计|计划|将|大约|大概|目前)", "", bare))
        or bare in ("", "位", "主要")
        or (body.startswith(("有", "位于", "占地", "主要")) and len(bare) <= 4)
    )
    return f"{slots.subject}{body}" if small or _is_attribute(bare) else ""


def _swapped(body: str, previous: str, slots: _Slots) -> str:
    """Put the time, subject or attribute that `body` names into the previous question."""
    if (match := _NUMBERED.match(body)) and (old := re.search(rf"{match[1]}{_NUMERAL}{match[2]}", previous)):
        return previous[: old.start()] + body + previous[old.end() :]
    time = match.group() if (match := _WHEN.match(body)) else ""
    if not time and re.fullmatch(r"(?:19|20)\d\d", body):
        time, body = f"{body}年", ""
    rest = body[len(time) :].lstrip("的") if body else ""
    asked = _ASKED_FOR.search(rest)
    subject = rest[: asked.start()].rstrip("的") if asked else rest
    if not time and (match := re.search(rf"(?P<time>{_TIME})的?$", subject)):
        time, subject = match["time"], subject[: match.start()]
    attribute = asked["attribute"] if asked else ""
    if not subject and not attribute:
        whole = _WHEN.search(previous)
        # Another quarter of the same year.
        year = re.match(r"(?:19|20)\d\d年|[去今前明]年", whole.group()) if whole else None
        new = (year.group() if year and not re.match(r"(?:19|20)\d\d年|[去今前明]年|上一年", time) else "") + time
        return previous[: whole.start()] + new + previous[whole.end() :] if whole else new + previous
    if attribute:
        word = next(word for word, kind in _WORDS if kind.search(attribute))
        return f"{subject or slots.subject}{time or slots.time}{attribute}{word}"
    place = _PLACE.match(slots.subject)
    if place and _PLACE.fullmatch(subject):
        subject += slots.subject[place.end() :]  # 云溪县呢？ after 临水县脐橙产量
    return f"{subject}{time or slots.time}{slots.attribute}{slots.rest}"


def _slots(question: str) -> _Slots:
    """Find the parts of a folded question."""
    opening = _OPENING.match(question)
    body = question[opening.end() :] if opening else question
    match = _WHEN.match(body)
    time = match.group() if match else ""
    body = body[len(time) :].lstrip(", 的") if match else body
    if not asking(body[:1]).strip() or re.match(r"谁|哪|有(?:多|几|哪|什么|没)", body):
        return _Slots(time, "", "", body)  # 哪家公司投资了… does not begin with its subject
    named = asking(body).split(" ", 1)[0].split(",", 1)[0]
    asked = _ASKED_FOR.search(named)
    end = asked.start() if asked and asked.start() else len(named)
    joining = _JOINING.search(named, 2)
    if joining and joining.start() < end and not (asked and asked.start() and joining.group() == "的"):
        institution = [each.end() for each in _INSTITUTION.finditer(named, 0, joining.start() + 4)]
        end = max([joining.start(), *(place for place in institution if place <= joining.start() + 4)])
    subject = body[:end].rstrip("的 ")
    if len(subject) < 2:
        return _Slots(time, "", "", body)
    inside = _WHEN.search(named, end)
    if inside and inside.start() == end:
        time = time or inside.group()
    if asked and asked.start() == end:
        return _Slots(time, subject, body[len(subject) : asked.end("attribute")], body[asked.end("attribute") :])
    late = asked["attribute"] if asked and asked.start() else ""
    rest = body[end:]
    if time and inside and inside.start() == end:
        rest = rest[len(inside.group()) :]
    return _Slots(time, subject, late if _WHO.search(late) else "", rest)


def _run(content: str, question: str) -> str:
    """Return the first run of asking words in a question."""
    start = next((i for i, (a, b) in enumerate(zip(content, question, strict=True)) if a != b), None)
    if start is None:
        return ""
    end = start
    while end < len(content) and content[end] != question[end]:
        end += 1
    return question[start:end]


def _is_attribute(text: str) -> bool:
    match = _ASKED_FOR.search(text)
    return match is not None and match.start() == 0
