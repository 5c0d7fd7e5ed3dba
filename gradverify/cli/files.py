"""Writes a report's files: whether a path can be written is known before the check runs, and no file is ever half written."""

from __future__ import annotations

import os
import stat
import sys

from gradverify.errors import UsageError

__all__ = ["STDOUT", "check_writable", "write"]

STDOUT = "-"


def check_writable(path: str, option: str) -> None:
    """Raise `UsageError` if nothing could be written there; leaves everything as it is."""
    if path == STDOUT:
        return
    if not path:
        raise UsageError(f"{option}: an empty path; give a file, or - for stdout")
    target = _resolved(path)
    if os.path.isdir(target):
        raise UsageError(f"{option} {path}: cannot be written: it is a folder")
    folder = os.path.dirname(target)
    if not os.path.isdir(folder):
        raise UsageError(f"{option} {path}: cannot be written: there is no folder {folder}")
    if os.path.exists(target) and not os.access(target, os.W_OK):
        raise UsageError(f"{option} {path}: cannot be written: Permission denied")
    if _is_special(target):
        return
    import tempfile  # not for --help: it loads random

    try:
        handle, trial = tempfile.mkstemp(dir=folder, prefix=".gradverify-")
        os.close(handle)
        os.unlink(trial)
    except OSError as error:
        raise UsageError(f"{option} {path}: cannot be written: {error.strerror}") from None


def write(path: str, text: str) -> None:
    """Write the text in UTF-8, all or nothing; to stdout if the path is `-`."""
    data = text.encode("utf-8", errors="replace")
    if path == STDOUT:
        _to_stdout(data, text)
        return
    target = _resolved(path)
    try:
        if _is_special(target):
            with open(target, "wb") as file:
                file.write(data)
        else:
            _replace(target, data)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None


def _resolved(path: str) -> str:
    """The file behind a symbolic link, which is what is replaced."""
    return os.path.realpath(path)


def _is_special(target: str) -> bool:
    """Whether this is a device or a pipe, such as /dev/null: it can be written to, not replaced."""
    return os.path.exists(target) and not stat.S_ISREG(os.stat(target).st_mode)


def _to_stdout(data: bytes, text: str) -> None:
    # The documents say that they are UTF-8, whatever the terminal's encoding.
    sys.stdout.flush()
    buffer = getattr(sys.stdout, "buffer", None)
    if buffer is None:
        sys.stdout.write(text)
    else:
        buffer.write(data)
    sys.stdout.flush()


def _replace(target: str, data: bytes) -> None:
    """Write beside the target, then take its place in one step."""
    import tempfile

    handle, beside = tempfile.mkstemp(dir=os.path.dirname(target), prefix=".gradverify-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(beside, _mode(target))
        os.replace(beside, target)
    except BaseException:  # also Ctrl-C: nothing is left behind
        os.unlink(beside)
        raise


def _mode(target: str) -> int:
    """The permissions of the file that is replaced, or those that a new file gets."""
    if os.path.exists(target):
        return stat.S_IMODE(os.stat(target).st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
