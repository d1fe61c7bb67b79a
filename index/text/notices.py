"""Tell notices from news: rights, disclaimers, contact, apps, and where the news in a line with them begins and ends.

Knows the phrases of such notices. Does not know articles. All lines are folded: simplified, half width, lower case.
"""

from __future__ import annotations

import re

# A telephone number directly after its label: 热线接听量达到1260000次 is news.
_PHONE = (
    r"(?:1[3-9]\d{9}|\(?0\d{2,3}\)?[- ]?\d{7,8}|[48]00-?\d{3}-?\d{4}|[2-9]\d{6,7}|1\d{4})(?!\d|[.,]\d|[\u4e00-\u9fff])"
)
_CONTACT = re.compile(
    r"^\W*(?:新闻|爆料|咨询|服务|举报|联系|投稿|监督|广告|客服|订阅|预约|读者|意见|媒体)?"
    r"(?:热线|电话|专线|投稿|传真|邮箱|信箱|e-?mail|qq群?|微信号?|"
    rf"联系(?:方式|我们))(?:号码?)?\W{{0,6}}(?:{_PHONE}|\d{{5,12}}\W*$|[\w.+-]+@[\w-]+)"
)
# Of a paper only: the telephone of an office belongs to its notice.
_OF_PAPER = re.compile(
    r"^\W*(?:版权\S{0,4}|新闻|爆料|投稿|监督|广告|读者)(?:热线|电话|专线|邮箱|信箱)(?:号码?)?"
    rf"\W{{0,6}}(?:{_PHONE}|[\w.+-]+@[\w.-]+)\W*$"
)
_ADDRESS = re.compile(rf"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?:热线|电话|专线|传真)\W{{0,4}}{_PHONE}")
_RIGHTS = re.compile(
    r"^\W*(?:版权(?:声明|所有(?![者人权])|说明)|(?:免责|特别|郑重)(?:声明|条款|提示)\W|转载(?:请|声明|说明)|本文来自"
    r"|凡(?:本网)?注明|copyright|©|违法和?不良信息举报)"
    r"|(?:不|仅)代表(?:本[网站报刊]|(?:原?作者|其)(?:本人|个人)?(?:的?(?:观点|立场|意见|看法)|$))"
    r"|如有侵权\S{0,12}(?:联系|告知|删除|通知)"
    r"|未经\S{0,12}(?:授权|许可|允许|同意)\S{0,6}(?:不得|禁止|严禁|请勿|谢绝)\S{0,12}(?:转载|转贴|摘编|摘录)"
    r"|版权(?:均?归|属)\S{0,10}(?:所有|本网|本报|本站|作者)"
    r"|本\S{0,2}版权所有|信息发布传播服务|转载(?:请|须|时)\S{0,6}注明|icp备\d|公网安备"
)
# What apps say of themselves, and what those who write of shares say to be safe.
_APP = re.compile(
    r"^\W*(?:[请点轻]?[击按触]?此?处?|立即|马上|扫码|前往|长按|欢迎|用)?(?:下载|打开|安装)\S{0,12}(?:app|客户端|小程序)\S{0,16}$"
    r"|^\W*(?:下载|打开)\S{0,12}(?:app|客户端)[,。!]|^\W*(?:打开|下载)app\W{0,2}(?:阅读|查看|看)(?:全文|更多)\S{0,8}$"
    r"|^\W*(?:微信)?(?:扫码|扫一扫|扫描\S{0,2}二维码|长按\S{0,2}二维码)\W{0,2}(?:加?关注)(?:\S{0,14})$"
)
_NO_ADVICE = re.compile(
    r"不构成\S{0,6}(?:投资|买卖|操作)\S{0,4}(?:建议|意见|依据)|据此(?:操作|投资|入市|交易)\S{0,8}自[担负]"
)
_EDITOR_TAIL = re.compile(r"\s*[(\[【]?(?:责任)?编辑\s*:|责编\s*:")
_NOTICE = re.compile(
    r"声明|转载|版权|本[网站报刊]|侵权|作品|来源|观点|立场|投稿|稿件"
)  # words of a notice, not of news
_NEWS = 35  # characters of sentences beside a notice, from which on a line is news
_ONLY = 12  # the same where nothing else of the article would be left
_LONGEST = 100  # characters of a notice in one sentence
_STOPS = "。!?;"


def is_rights(line: str) -> bool:
    """Return True if a line speaks of rights, or of who is not to blame."""
    return bool(_RIGHTS.search(line) or _NO_ADVICE.search(line))


def is_contact(line: str) -> bool:
    """Return True if a line says how to reach a paper."""
    return bool(_CONTACT.search(line) or (_ADDRESS.search(line) and not re.search(f"[{_STOPS}]", line)))


def is_app(line: str) -> bool:
    """Return True if a line says to open or download an app."""
    return len(line) <= 40 and _APP.search(line) is not None


def news_in(line: str, *, only: bool) -> tuple[int, int]:
    """Return where the news in a line with a notice begins and ends, the notice before or behind it; (0, 0) for none.

    `only` is True if the line is all that the article has.

    >>> news_in("本文不代表本站立场。新桥昨天上午十点通车,两千多辆车开了过去。", only=True)
    (10, 32)
    """
    least = _ONLY if only else _NEWS
    starts = [match.start() for sign in (_RIGHTS, _ADDRESS, _EDITOR_TAIL, _NO_ADVICE) if (match := sign.search(line))]
    if not starts:
        return 0, 0
    first = min(starts)
    end = max(line.rfind(stop, 0, first) for stop in _STOPS) + 1
    comma = line.rfind(",", 0, first) + 1
    if not end and comma >= first - 2:  # the notice is the last part of the only sentence
        end = comma
    if end >= least and not _NOTICE.search(line[:end]):
        return 0, end
    begin = 0  # a notice stands in front: the news follows the last of its sentences
    for match in re.finditer(f"[^{_STOPS}]*[{_STOPS}]", line):
        if not (is_rights(match.group()) or _NOTICE.search(match.group())):
            break
        begin = match.end()
    rest = line[begin:]
    # What goes on as a notice holds its words; news of a few words behind one is rather its end.
    sound = begin and len(rest) >= least and rest[-1:] in _STOPS and not _NOTICE.search(rest) and not is_rights(rest)
    return (begin, len(line)) if sound else (0, 0)


def without_notices(line: str) -> tuple[int, int]:
    """Return where a long line begins and ends without the notices that are its first and last sentences.

    Only whole sentences at its ends are left out: one in the middle may be what the article speaks of.
    """
    sentences = [match.span() for match in re.finditer(f"[^{_STOPS}]+[{_STOPS}]*", line)]
    first, last = 0, len(sentences)
    while last - first > 1 and _is_notice(line[slice(*sentences[last - 1])]):
        last -= 1
    while last - first > 1 and _is_notice(line[slice(*sentences[first])]):
        first += 1
    return sentences[first][0] if first else 0, sentences[last - 1][1] if last < len(sentences) else len(line)


def _is_notice(sentence: str) -> bool:
    return len(sentence) <= _LONGEST and (
        is_rights(sentence) or bool(_OF_PAPER.search(sentence) or _EDITOR_TAIL.match(sentence))
    )
