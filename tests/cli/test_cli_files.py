"""Report files: tried before the check, written in one step, mistakes told."""

from __future__ import annotations

import os
import stat

import pytest

from gradverify.cli.files import check_writable, write
from gradverify.errors import UsageError


def refusal(path: str) -> str:
    with pytest.raises(UsageError) as raised:
        check_writable(path, "--html")
    return str(raised.value)


def test_what_cannot_be_written_is_said(tmp_path):
    assert refusal("") == "--html: an empty path; give a file, or - for stdout"
    assert refusal(str(tmp_path)) == f"--html {tmp_path}: cannot be written: it is a folder"
    path = tmp_path / "no" / "report.html"
    assert refusal(str(path)) == f"--html {path}: cannot be written: there is no folder {path.parent}"


def test_a_file_that_is_protected(tmp_path, monkeypatch):
    path = tmp_path / "report.html"
    path.write_text("old")
    monkeypatch.setattr(os, "access", lambda *_: False)  # the superuser may write everywhere
    assert refusal(str(path)) == f"--html {path}: cannot be written: Permission denied"


def test_a_folder_that_takes_no_file(tmp_path, monkeypatch):
    def full(**_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.mkstemp", full)
    path = tmp_path / "report.html"
    assert refusal(str(path)) == f"--html {path}: cannot be written: No space left on device"


def test_asking_leaves_everything_as_it_is(tmp_path):
    path = tmp_path / "report.html"
    check_writable(str(path), "--html")
    assert list(tmp_path.iterdir()) == []
    path.write_text("old")
    check_writable(str(path), "--html")
    check_writable("-", "--html")
    assert path.read_text() == "old"


def test_a_file_is_replaced_whole_and_keeps_its_permissions(tmp_path):
    path = tmp_path / "report.html"
    write(str(path), "ȳ\n")
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask
    path.chmod(0o640)
    write(str(path), "new \ud800\n")
    assert path.read_bytes() == b"new ?\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [each.name for each in tmp_path.iterdir()] == ["report.html"]


@pytest.mark.parametrize("ending", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, ending):
    path = tmp_path / "report.html"
    path.write_text("old")

    def fail(*_):
        raise ending

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises((UsageError, KeyboardInterrupt)) as raised:
        write(str(path), "new")
    if isinstance(ending, OSError):
        assert str(raised.value) == f"{path}: cannot be written: No space left on device"
    assert path.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["report.html"]


@pytest.mark.skipif(os.name != "posix", reason="needs symbolic links and devices")
def test_links_and_devices_stay_what_they_are(tmp_path):
    (tmp_path / "real").mkdir()
    link = tmp_path / "report.html"
    link.symlink_to(tmp_path / "real" / "report.html")
    check_writable(str(link), "--html")
    write(str(link), "text")
    assert link.is_symlink()
    assert (tmp_path / "real" / "report.html").read_text() == "text"
    check_writable(os.devnull, "--html")
    write(os.devnull, "text")
    assert not os.path.isfile(os.devnull)


def test_stdout_gets_utf_8(capfdbinary):
    write("-", "ȳ\n")
    assert capfdbinary.readouterr().out == "ȳ\n".encode()
