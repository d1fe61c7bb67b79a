"""Knows the ordinary character that each CJK radical looks like; fonts of PDFs give radicals in place of characters.

Unicode's own folding (NFKC) knows the block of the Kangxi radicals, but only two of the block after it. Radicals that
look like a part of a character only are left out.
"""

from __future__ import annotations

import unicodedata

_SUPPLEMENT = (
    "⺁厂⺅亻⺆冂⺇几⺊卜⺋㔾⺎兀⺏尣⺐尢⺒巳⺓幺⺕彐⺖忄⺘扌⺙攵⺛旡⺜日⺝月⺞歺⺠民⺡氵⺢氺⺣灬⺤爫⺥爫⺦丬⺨犭⺩王⺬示⺭礻⺯糹"
    "⺰纟⺱罓⺲罒⺶羊⺹耂⺺肀⺻聿⺽臼⺾艹⺿艹⻀艹⻁虎⻂衤⻃覀⻄西⻅见⻆角⻇角⻈讠⻉贝⻋车⻌辶⻍辶⻎辶⻏阝⻐钅⻑長⻒镸⻓长⻔门⻖阝"
    "⻗雨⻘青⻙韦⻚页⻛风⻜飞⻝食⻟飠⻠饣⻡首⻢马⻣骨⻤鬼⻥鱼⻦鸟⻧卤⻨麦⻩黄⻪黾⻫斉⻬齐⻭歯⻮齿⻯竜⻰龙⻱龜⻲亀"
)
# Code of the radical → the character; for str.translate.
RADICALS = {
    **{code: unicodedata.normalize("NFKC", chr(code)) for code in (*range(0x2F00, 0x2FD6), 0x2E9F, 0x2EF3)},
    **dict(zip(map(ord, _SUPPLEMENT[::2]), _SUPPLEMENT[1::2], strict=True)),
}
