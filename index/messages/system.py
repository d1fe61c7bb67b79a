"""What the operating system or a bug brings about. Knows the sentences only."""

from __future__ import annotations

import errno
import os

from index.language import Message

# What the operating system says of an error number, and the same in Chinese.
REASONS = {
    os.strerror(number): chinese
    for number, chinese in {
        errno.EACCES: "没有权限",
        errno.EADDRINUSE: "地址已被占用",
        errno.EADDRNOTAVAIL: "这台机器没有这个地址",
        errno.EBUSY: "正被占用",
        errno.ECONNREFUSED: "连接被拒绝",
        errno.EDQUOT: "磁盘配额已满",
        errno.EEXIST: "已有同名的文件",
        errno.EIO: "读写磁盘出错",
        errno.EISDIR: "这是文件夹",
        errno.ELOOP: "符号链接互相指向",
        errno.EMFILE: "打开的文件太多",
        errno.ENAMETOOLONG: "名字太长",
        errno.ENFILE: "打开的文件太多",
        errno.ENOENT: "没有这个文件或文件夹",
        errno.ENOSPC: "磁盘已满",
        errno.ENOTDIR: "路径里有一段不是文件夹",
        errno.EPERM: "系统不允许",
        errno.EROFS: "磁盘是只读的",
    }.items()
} | {"Name or service not known": "没有这个主机"}

MESSAGES = {
    "semicolon": Message("；", "; "),
    "stdout_closed": Message(
        "标准输出已关闭。",
        "Standard output is closed.",
        "请把输出送到文件或管道。",
        "Send it to a file or a pipe.",
    ),
    "stopped": Message(
        "已中断；资料库与这条命令之前一样。",
        "Stopped; the store is as it was before this command.",
    ),
    "bug": Message(
        "程序出错了，请把下面的内容报告给我们。",
        "This is a bug. Please report the lines below.",
    ),
    "disk_full": Message(
        "{path}：磁盘已满。",
        "{path}: the disk is full.",
        "请腾出空间，再运行同一条命令。",
        "Free some space, then run the same command again.",
    ),
    "no_permission": Message(
        "{path}：没有读写权限。",
        "{path}: permission denied.",
        "请检查这个文件或文件夹的权限。",
        "Check the permissions of this file or folder.",
    ),
    "read_only": Message(
        "{path}：所在的磁盘是只读的。",
        "{path}: its disk is read-only.",
        "请换一个可以写的地方。",
        "Name a place that can be written.",
    ),
    "no_such_file": Message(
        "{path}：没有这个文件或文件夹。",
        "{path}: no such file or folder.",
        "请检查路径。",
        "Check the path.",
    ),
    "is_a_folder": Message(
        "{path}：这是文件夹，不是文件。",
        "{path}: this is a folder, not a file.",
        "请写出文件的名字。",
        "Name a file.",
    ),
    "name_too_long": Message(
        "{path}：名字太长。",
        "{path}: the name is too long.",
        "请换短一些的名字。",
        "Use a shorter name.",
    ),
    "too_many_open": Message(
        "{path}：同时打开的文件太多。",
        "{path}: too many files are open.",
        "请提高系统允许的打开文件数（ulimit -n）。",
        "Raise the limit of open files (ulimit -n).",
    ),
    "address_in_use": Message(
        "{path}：这个地址已被占用。",
        "{path}: the address is in use.",
        "请用 --port 换一个端口。",
        "Name another port with --port.",
    ),
    "disk_failing": Message(
        "{path}：读写磁盘出错。",
        "{path}: the disk could not be read or written.",
        "请检查磁盘是否损坏。",
        "Check the disk for damage.",
    ),
    "system_error": Message(
        "{path}：系统报告“{reason}”。",
        "{path}: the system says “{reason}”.",
        "请检查这个文件或文件夹。",
        "Check this file or folder.",
    ),
}
