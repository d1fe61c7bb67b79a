"""What is wrong with a file, a member of a packed file, a row or an entry. Knows the sentences only.

A key that begins with `taken_` tells of an article that was taken in all the same.
"""

from __future__ import annotations

from index.language import Message

# What to do with a file that its reader cannot open.
_OPEN = (
    "请用原来的程序打开，另存一份；打不开的，重新下载或不要放进来。",
    "Open it in its own program and save it anew; if it cannot be opened, fetch it again or leave it out.",
)
# How to take in a text that looks like no article.
_AS_IS = (
    "要照原样收下，请加 --as-is，在网页上请勾选“照原样收下”。",
    "to take it in as it is, use --as-is, or tick “Take in as it is” on the page.",
)

MESSAGES = {
    "reported": Message("{reason}", "{reason}"),  # a reason that was put into words when the file was read
    # Which file
    "no_such_path": Message(
        "{path}：没有这个文件或文件夹。",
        "{path}: no such file or folder.",
        "请检查路径；如果文件已删除，请用 --remove 路径 把它的文章移出资料库。",
        "Check the path. If the file is gone, take its articles out with --remove PATH.",
    ),
    "cannot_be_opened": Message("打不开：{reason}。", "The file cannot be opened: {reason}."),
    "no_regular_file": Message(
        "这不是存放文字的文件，而是管道、套接字或设备。",
        "This is a pipe, a socket or a device, not a file that holds text.",
    ),
    "word_list": Message(
        "资料库文件夹里的 words.txt 只当词表读，没有当文章收下。",
        "The words.txt in a store's folder is read as its word list only; it was not taken in as an article.",
        "如果是文章，请改名；如果是词表，请按每行一组意思相同的词改正。",
        "If it is an article, give it another name; if it is a word list, write words that mean the same on each line.",
    ),
    "kind_not_read": Message(
        "这种文件读不了。",
        "Files of this kind are not read.",
        "能读的有 txt、md、html、mhtml、pdf、docx、xlsx、xls、ods、pptx、epub、eml、msg、ofd、srt、vtt、jsonl、json、"
        "csv、tsv、xml、zip、gz、xz、bz2，装 [ocr] 后有图片。",
        "Use txt, md, html, mhtml, pdf, docx, xlsx, xls, ods, pptx, epub, eml, msg, ofd, srt, vtt, jsonl, json, "
        "csv, tsv, xml, zip, gz, xz or bz2; pictures with [ocr].",
    ),
    "kind_save_as": Message(
        "这种文件读不了。", "Files of this kind are not read.", "请另存为 {suffix}。", "Save it as {suffix}."
    ),
    "kind_unpack": Message(
        "这种压缩包读不了。",
        "Archives of this kind are not read.",
        "请解压，或改用 .zip 打包。",
        "Unpack it, or pack it as .zip.",
    ),
    "too_large": Message("文件大于 {size} MB。", "The file is larger than {size} MB.", "请拆开。", "Split it."),
    "too_much_text": Message(
        "文字超过 {count} 百万字。", "The file holds more than {count} million characters.", "请拆开。", "Split it."
    ),
    "empty_file": Message("这是空文件。", "The file is empty."),
    "no_text": Message("里面没有文字。", "It holds no text."),
    "without_passages": Message(
        "文章 {article} 除了导航、编辑、版权这类行，没有正文。",
        "Article {article} has no running text, only lines such as navigation, editors and rights.",
        _AS_IS[0],
        _AS_IS[1][0].upper() + _AS_IS[1][1:],
    ),
    "reader_failed": Message(
        "读取时程序出错（编号 {number}：{kind}，{place}），这个文件没有收下。",
        "The program failed on this file (number {number}: {kind} at {place}); it was left out.",
        "请报告这个编号；其他文件不受影响。",
        "Report this number. Other files are not affected.",
    ),
    # Encodings
    "binary_data": Message(
        "内容不是文字。",
        "The file holds binary data, not text.",
        "请存成文本，或不要放进来。",
        "Save it as text, or leave it out.",
    ),
    "unknown_encoding": Message(
        "内容不是 UTF-8、GB18030 或 Big5 编码的文字。",
        "The file is not text in UTF-8, GB18030 or Big5.",
        "请存成 UTF-8 文本，或不要放进来。",
        "Save it as UTF-8 text, or leave it out.",
    ),
    "taken_undecodable": Message(
        "已收下，但有 {count} 个字节不是 {encoding}，显示为 \ufffd。",
        "Taken in, but {count} bytes are not {encoding} and show as \ufffd.",
    ),
    "taken_lost_characters": Message(
        "已收下，但来之前已有 {count} 处文字丢失（锟斤拷或 \ufffd）。",
        "Taken in, but characters had been lost in {count} places before (锟斤拷 or \ufffd).",
    ),
    # Packed files
    "archive_empty": Message("压缩包里什么都没有。", "Nothing is packed in the archive."),
    "archive_too_large": Message(
        "解压后超过 {size} MB，其余略去。",
        "It unpacks to more than {size} MB; the rest is left out.",
        "请自行解压。",
        "Unpack it yourself.",
    ),
    "archive_too_many": Message(
        "压缩包里超过 {count} 个文件，其余略去。",
        "It holds more than {count} members; the rest is left out.",
        "请自行解压。",
        "Unpack it yourself.",
    ),
    "archive_too_deep": Message(
        "压缩包里套了 {count} 层以上的压缩包。",
        "Archives are packed in it more than {count} levels deep.",
        "请自行解压。",
        "Unpack it yourself.",
    ),
    "archive_wrong_name": Message(
        "名字以 {suffix} 结尾，内容却不是。",
        "Its name ends in {suffix}, but its contents are of another kind.",
        "请改正后缀名。",
        "Correct the name.",
    ),
    "archive_damaged": Message(
        "压缩包损坏或不完整。", "The archive is damaged or cut off.", "请自行解压。", "Unpack it yourself."
    ),
    "archive_method": Message(
        "压缩方法（编号 {number}）不支持。",
        "It is packed by method {number}, which is not read.",
        "请自行解压。",
        "Unpack it yourself.",
    ),
    "archive_encrypted": Message(
        "压缩包里有密码的文件：{count} 个。",
        "Members left out because they are encrypted: {count}.",
        "请自行解压。",
        "Unpack it yourself.",
    ),
    "archive_kind": Message(
        "压缩包里读不了的 {suffix} 文件：{count} 个。",
        "Members left out because {suffix} files are not read: {count}.",
    ),
    "archive_no_suffix": Message(
        "压缩包里没有后缀名的文件：{count} 个，没有读。",
        "Members left out because their names have no suffix: {count}.",
    ),
    "cut_off": Message(
        "不完整，里面的内容读不出来。",
        "It is cut off, and nothing in it can be read.",
        *_OPEN,
    ),
    "damaged": Message(
        "已损坏，里面的内容读不出来。",
        "It is damaged, and nothing in it can be read.",
        *_OPEN,
    ),
    "taken_cut_off": Message("不完整，已收下能读的部分。", "It is cut off; what could be read was taken in."),
    "taken_damaged": Message("有损坏，已收下能读的部分。", "It is damaged; what could be read was taken in."),
    # Word and PDF
    "encrypted": Message("文件有密码。", "The file is encrypted.", "请去掉密码再存。", "Save it without a password."),
    "old_word": Message("这是旧版 Word 文件。", "This is an old Word file.", "请另存为 .docx。", "Save it as .docx."),
    "needs_libreoffice": Message(
        "这种文件要先由 LibreOffice 转换，这台机器上没有装。",
        "Files of this kind are converted by LibreOffice, which is not installed here.",
        "请安装 LibreOffice，或另存为 {suffix}。",
        "Install LibreOffice, or save it as {suffix}.",
    ),
    "conversion_failed": Message(
        "LibreOffice 转换不了这个文件：可能损坏或有密码。",
        "LibreOffice could not convert the file: it may be damaged or encrypted.",
        "请打开看看，另存为 {suffix}。",
        "Open it, and save it as {suffix}.",
    ),
    "conversion_slow": Message(
        "LibreOffice 转换了 {count} 秒还没有完，已停止。",
        "LibreOffice took more than {count} seconds to convert the file and was stopped.",
        "请另存为 {suffix}。",
        "Save it as {suffix}.",
    ),
    # Workbooks, slides, books and mail
    "no_workbook": Message(
        "文件损坏，或不是工作簿。",
        "The file is damaged, or no workbook.",
        *_OPEN,
    ),
    "workbook_too_large": Message(
        "工作簿超过 {count} 百万格。", "The workbook has more than {count} million cells.", "请拆开。", "Split it."
    ),
    "taken_uncalculated": Message(
        "已收下，但有 {count} 个公式没有存下结果，按空格处理。",
        "Taken in, but {count} formulas have no stored value and count as empty.",
        "请用表格程序打开，保存一次。",
        "Open it in a spreadsheet program and save it once.",
    ),
    "taken_hidden_sheets": Message(
        "已收下，隐藏的工作表没有收：{count} 张。", "Taken in, without its hidden sheets: {count}."
    ),
    "taken_damaged_parts": Message(
        "已收下能读的部分，里面有 {count} 处损坏。",
        "Taken in as far as it can be read: {count} of its parts are damaged.",
    ),
    "no_slides": Message(
        "文件损坏，或不是演示文稿。",
        "The file is damaged, or holds no slides.",
        *_OPEN,
    ),
    "no_book": Message(
        "文件损坏，或不是电子书。",
        "The file is damaged, or no electronic book.",
        *_OPEN,
    ),
    "no_ofd": Message(
        "文件损坏，或不是 OFD。",
        "The file is damaged, or no OFD file.",
        *_OPEN,
    ),
    "mail_rtf": Message(
        "邮件的正文只有 RTF 格式，而且太大或已损坏，没有收下。",
        "The mail's text is in RTF only, which is too large or damaged; it was left out.",
        "请在 Outlook 里另存为 .eml 或 .html。",
        "Save it as .eml or .html in Outlook.",
    ),
    "mail_kind": Message(
        "附件里读不了的 {suffix} 文件：{count} 个。", "Attached files left out because {suffix} is not read: {count}."
    ),
    "mail_too_many": Message(
        "邮件里超过 {count} 个部分，其余略去。",
        "The mail has more than {count} parts; the rest is left out.",
        "请把附件另存为文件。",
        "Save the attached files.",
    ),
    "mail_too_deep": Message(
        "邮件里套了 {count} 层以上的邮件，其余附件略去。",
        "Mails are attached more than {count} levels deep; further attachments are left out.",
        "请把附件另存为文件。",
        "Save the attached files.",
    ),
    "no_word_file": Message(
        "文件损坏，或不是 Word 文件。",
        "The file is damaged, or no Word file.",
        *_OPEN,
    ),
    "package_too_large": Message(
        "里面的文字超过 {size} MB。",
        "Its text unpacks to more than {size} MB.",
        "请把文字另存为文件。",
        "Save its text as a file of its own.",
    ),
    "no_pdf": Message(
        "不是 PDF，或已损坏。",
        "The file is no PDF, or too damaged to be opened.",
        *_OPEN,
    ),
    "pdf_pictures": Message(
        "每页都是图片，没有文字。",
        "Its pages are pictures without text.",
        "要识别文字（OCR），请运行 pip install -e '.[ocr]'。",
        "To recognize their text (OCR), run pip install -e '.[ocr]'.",
    ),
    "ocr_nothing": Message(
        "文字识别（OCR）没有认出文字。",
        "Text recognition (OCR) read nothing in it.",
        "如果里面有字，请用更清楚的图片。",
        "If it shows text, use a clearer picture.",
    ),
    "ocr_missing": Message(
        "图片要先识别文字（OCR）。",
        "The text of a picture must be recognized (OCR).",
        "请运行 pip install -e '.[ocr]'。",
        "Run pip install -e '.[ocr]'.",
    ),
    "taken_without_ocr": Message(
        "已收下有文字的页；{count} 页是图片，没有识别。",
        "Taken in, but {count} of its pages are pictures whose text was not recognized.",
        "要识别文字（OCR），请运行 pip install -e '.[ocr]'。",
        "To recognize their text (OCR), run pip install -e '.[ocr]'.",
    ),
    "no_picture": Message("图片损坏，或不是图片。", "The file is no picture, or too damaged to be opened."),
    "picture_too_large": Message(
        "图片超过 {size} 百万像素。",
        "The picture has more than {size} million dots.",
        "请缩小，或拆开。",
        "Scale it down, or split it.",
    ),
    "pdf_unknown_characters": Message(
        "字体没有说明是哪些字。",
        "Its fonts do not say which characters they show.",
        "请先做文字识别（OCR），如 ocrmypdf -l chi_sim --force-ocr。",
        "Run OCR on it first, such as ocrmypdf -l chi_sim --force-ocr.",
    ),
    # Web pages and feeds
    "page_without_text": Message(
        "网页里没有正文（只有链接，或内容由脚本生成）。",
        "The page has no running text: it is a list of links, or scripts fill it in.",
        f"请保存文章自己的页面；{_AS_IS[0]}",
        f"Save the article's own page; {_AS_IS[1]}",
    ),
    "page_list": Message(
        "网页只列出别的文章（标题、日期、摘要），没有自己的正文。",
        "The page only lists other articles, with dates or summaries; it has no text of its own.",
        f"请保存其中文章自己的页面；{_AS_IS[0]}",
        f"Save the pages of the articles that it lists; {_AS_IS[1]}",
    ),
    "page_notice": Message(
        "网页除了别的文章的标题，只有一段声明（风险提示、免责声明）。",
        "Apart from the headlines of other articles the page holds only a notice, of risks or liability.",
        f"请保存文章自己的页面；{_AS_IS[0]}",
        f"Save the article's own page; {_AS_IS[1]}",
    ),
    "page_empty": Message(
        "网页里没有文字（内容由脚本生成）。",
        "The page holds no text: scripts fill it in.",
        "请在浏览器里打开，另存整个网页。",
        "Open it in a browser and save the whole page.",
    ),
    "no_page_in_archive": Message(
        "网页存档里没有网页。",
        "The web archive holds no page.",
        "请把网页重新存成 HTML。",
        "Save the page again as HTML.",
    ),
    "no_feed": Message(
        "不是 RSS 或 Atom。",
        "The file is neither RSS nor Atom.",
        "如果是网页，请把后缀名改成 .html。",
        "If it is a web page, name it .html.",
    ),
    "feed_unreadable": Message("订阅文件损坏，读不出内容。", "The feed is so broken that nothing in it can be read."),
    "feed_without_text": Message(
        "只有标题或链接的条目：{count} 条，已略去。",
        "Entries left out because they hold only a title or a link: {count}.",
    ),
    "taken_broken_feed": Message(
        "已收下能读的部分：第 {line} 行起不是完好的 XML（{detail}）。",
        "Taken in as far as it can be read: from line {line} on it is not well-formed XML ({detail}).",
    ),
    # Tables
    "no_text_column": Message(
        "没有找到“正文”（text）这一列；表里的列是：{columns}。",
        "No column is named text; the columns are: {columns}.",
        "请给正文那一列用其中一个名字：{known}；各列用逗号、制表符或分号分开。",
        "Give the column of the text one of these names: {known}; separate columns by commas, tabs or semicolons.",
    ),
    "no_rows": Message("里面没有一行数据。", "It holds no rows."),
    "row_no_object": Message("这一行不是带有正文（text）的对象。", "The row is not an object with a text."),
    "row_no_json": Message("这一行不是 JSON（{error}）。", "The row is not JSON ({error})."),
    "taken_broken_json": Message(
        "文章都已收下，但这一行起不是完好的 JSON（{error}）。",
        "All articles were taken in, but from here on it is not well-formed JSON ({error}).",
    ),
    "bad_quotes": Message(
        "这一行的引号不成对，没有收下（{error}）。", "The row's quotes do not match; it was left out ({error})."
    ),
    "taken_bad_quotes": Message(
        "这一行的引号不成对，已按列数拆开收下（{error}）。",
        "The row's quotes do not match; it was split by the number of columns and taken in ({error}).",
    ),
    "taken_more_values": Message(
        "多出 {count} 个值，已算作正文的一部分。",
        "The row has {count} values more than columns; they were taken in as part of the text.",
    ),
    "taken_without_values": Message(
        "多出 {count} 个值，没有收下：{values}",
        "The row has {count} values more than columns; they were left out: {values}",
    ),
    "taken_half_characters": Message(
        "已收下，但里面的半个字符显示为 \ufffd。", "Taken in, but half characters in it show as \ufffd."
    ),
    "taken_no_date": Message("已收下，但日期无法识别：{date}", "Taken in, but its date is not a date: {date}"),
    "taken_repeated_id": Message(
        "编号 {id} 与前面一行重复，已另编号为 {other} 收下。",
        "Its id {id} stands in an earlier row too; taken in as {other}.",
    ),
}
