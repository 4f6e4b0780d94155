"""Reads an ipk with Python's tarfile, which is no relation of tar, and prints the members of its three archives as JSON:
{"outer": [MEMBER...], "control": [...], "data": [...]}, a member {"line": as tar -tv begins it, "mtime": s, "text": of a small file}."""
import io
import json
import stat
import sys
import tarfile

TYPES = {tarfile.REGTYPE: stat.S_IFREG, tarfile.DIRTYPE: stat.S_IFDIR, tarfile.SYMTYPE: stat.S_IFLNK}
SMALL_BYTES = 20_000


def members(data):
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
        for member in archive:
            mode = stat.filemode(TYPES[member.type] | member.mode)
            name = member.name + "/" if member.isdir() else member.name
            content = archive.extractfile(member).read() if member.isfile() else b""
            yield member, f"{mode} {member.uid}/{member.gid} {name}", content


def shown(data):
    return [
        {
            "line": line,
            "mtime": member.mtime,
            "text": content.decode() if len(content) < SMALL_BYTES and not content.startswith(b"\x1f\x8b") else "",
            "size": member.size,
        }
        for member, line, content in members(data)
    ]


with open(sys.argv[1], "rb") as file:
    whole = file.read()
inside = {member.name: content for member, _, content in members(whole)}
json.dump(
    {
        "outer": shown(whole),
        "control": shown(inside["./control.tar.gz"]),
        "data": shown(inside["./data.tar.gz"]),
    },
    sys.stdout,
)
