"""Files come from the mirror, the cache or the network, and only with the published bytes."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from _pytest.monkeypatch import MonkeyPatch

from neuropil.contracts import (
    ConfigError,
    DataUnavailableError,
    IntegrityError,
    OutputError,
)
from neuropil.datasets import (
    Dataset,
    FileStatus,
    cache_folder,
    check,
    fetch,
    info,
    load,
    mirror_folder,
    names,
)

BODY = bytes(range(256)) * 40
DIGEST = hashlib.sha256(BODY).hexdigest()
UNREACHABLE = "http://127.0.0.1:9/file.bin"
Publish = Callable[..., Dataset]


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _put(folder: Path, body: bytes) -> Path:
    path = folder / "topic" / "raw" / "file.bin"
    path.parent.mkdir(parents=True)
    path.write_bytes(body)
    return path


def _stored() -> list[str]:
    return sorted(path.name for path in cache_folder().rglob("*") if path.is_file())


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: MonkeyPatch) -> Path:
    folder = tmp_path / "mirror"
    folder.mkdir()
    monkeypatch.setenv("NEUROPIL_DATA", str(folder))
    return folder


@pytest.fixture
def no_mirror(monkeypatch: MonkeyPatch) -> None:
    monkeypatch.delenv("NEUROPIL_DATA", raising=False)


class Recorder:
    """A listener that adds up what it is told."""

    def __init__(self) -> None:
        self.tasks: list[tuple[str, int]] = []
        self.steps = 0

    @contextmanager
    def track(self, label: str, total: int) -> Iterator[Callable[[int], None]]:
        self.tasks.append((label, total))

        def advance(steps: int, note: str = "") -> None:
            del note
            self.steps += steps

        yield advance


def test_a_downloaded_file_lands_in_the_cache_and_is_not_asked_for_again(server, publish: Publish):
    publish(server.url)
    recorder = Recorder()
    path = fetch("sample", recorder)["raw/file.bin"]
    assert path == cache_folder() / "topic" / "raw" / "file.bin"
    assert path.read_bytes() == BODY
    assert recorder.tasks == [("raw/file.bin", len(BODY))]
    assert recorder.steps == len(BODY)
    assert fetch("sample") == {"raw/file.bin": path}
    assert server.ranges == [None]
    assert _stored() == ["file.bin"]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        pytest.param(b"x" + BODY[1:], b"x" + BODY[1:], id="one byte changed"),
        pytest.param(BODY[:-1], BODY[:-1], id="too short"),
        pytest.param(b"", b"", id="empty"),
    ],
)
def test_other_bytes_are_refused_and_removed(server, publish: Publish, sent, kept):
    publish(server.url)
    server.body = sent
    with pytest.raises(IntegrityError) as caught:
        fetch("sample")
    assert str(caught.value) == (
        f"raw/file.bin: {server.url} sent bytes with SHA-256 {_digest(kept)}, expected {DIGEST}; "
        "they were removed. Try again later; if it persists, report the address."
    )
    assert _stored() == []


def test_a_file_that_is_too_long_is_refused_and_removed(server, publish: Publish):
    publish(server.url)
    server.body = BODY * 100
    with pytest.raises(IntegrityError, match="they were removed"):
        fetch("sample")
    assert _stored() == []


def test_a_broken_download_is_resumed(server, publish: Publish):
    publish(server.url)
    server.stop_after = 4096
    with pytest.raises(DataUnavailableError):
        fetch("sample")
    assert _stored() == ["file.bin.partial"]
    server.stop_after = None
    assert fetch("sample")["raw/file.bin"].read_bytes() == BODY
    assert server.ranges == [None, "bytes=4096-"]
    assert _stored() == ["file.bin"]


def _leave_partial(body: bytes) -> None:
    path = cache_folder() / "topic" / "raw" / "file.bin.partial"
    path.parent.mkdir(parents=True)
    path.write_bytes(body)


def test_a_server_without_byte_ranges_starts_again(server, publish: Publish):
    publish(server.url)
    _leave_partial(BODY[:1000])
    server.honour_range = False
    assert fetch("sample")["raw/file.bin"].read_bytes() == BODY
    assert server.ranges == ["bytes=1000-", None]


@pytest.mark.parametrize("left", [b"y" * 1000, b"y" * len(BODY), b"y" * 2 * len(BODY)])
def test_a_partial_file_with_other_bytes_does_not_spoil_the_next_download(
    server, publish: Publish, left: bytes
):
    publish(server.url)
    _leave_partial(left)
    assert fetch("sample")["raw/file.bin"].read_bytes() == BODY
    assert _stored() == ["file.bin"]


def test_a_complete_partial_file_is_taken_without_asking(server, publish: Publish):
    publish(server.url)
    _leave_partial(BODY)
    assert fetch("sample")["raw/file.bin"].read_bytes() == BODY
    assert server.ranges == []


def test_the_second_address_serves_where_the_first_does_not_answer(server, publish: Publish):
    publish(UNREACHABLE, server.url)
    assert fetch("sample")["raw/file.bin"].read_bytes() == BODY


def test_the_second_address_serves_where_the_first_sends_other_bytes(
    server, other_server, publish: Publish
):
    other_server.body = b"x" * len(BODY)
    publish(other_server.url, server.url)
    assert fetch("sample")["raw/file.bin"].read_bytes() == BODY
    assert server.ranges == [None]
    assert _stored() == ["file.bin"]


FETCH = """
import sys
from pathlib import Path
from neuropil.contracts import SilentProgress
from neuropil.datasets.download import download
from neuropil.datasets.spec import RemoteFile
url, digest, size, target = sys.argv[1:]
file = RemoteFile("raw/file.bin", digest, int(size), (url,), "CC0")
print("ready", flush=True)
sys.stdin.readline()
download(file, Path(target), SilentProgress())
"""


def test_processes_that_want_the_same_file_do_not_spoil_it(server, tmp_path: Path):
    body = BODY * 200
    server.body = body
    target = tmp_path / "file.bin"
    command = [sys.executable, "-c", FETCH, server.url, _digest(body), str(len(body)), str(target)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    processes = [subprocess.Popen(command, text=True, **pipes) for _ in range(4)]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        _, failure = process.communicate(timeout=60)
        assert (process.returncode, failure) == (0, "")
    assert target.read_bytes() == body
    # One brought it, the others took it over.
    assert server.ranges == [None]
    assert [path.name for path in tmp_path.iterdir()] == ["file.bin"]


def test_no_address_answers(server, publish: Publish):
    publish(UNREACHABLE, server.url)
    server.status = 404
    with pytest.raises(DataUnavailableError) as caught:
        fetch("sample")
    assert str(caught.value) == (
        "sample, raw/file.bin: not in the mirror (NEUROPIL_DATA is not set), not in the cache "
        f"({cache_folder() / 'topic'}), and no address answered: {UNREACHABLE} "
        f"(ConnectionError), {server.url} (HTTP 404). Set NEUROPIL_DATA to a folder that has it, "
        "or run `neuropil data get sample` with a connection."
    )


def test_offline_nothing_is_asked_for(
    server, publish: Publish, mirror: Path, monkeypatch: MonkeyPatch
):
    publish(server.url, substitute="synthetic-head-direction")
    monkeypatch.setenv("NEUROPIL_OFFLINE", "1")
    monkeypatch.setenv("NEUROPIL_DATA", str(mirror))
    with pytest.raises(DataUnavailableError) as caught:
        fetch("sample")
    assert str(caught.value) == (
        f"sample, raw/file.bin: not in the mirror ({mirror / 'topic'}), not in the cache "
        f"({cache_folder() / 'topic'}), and NEUROPIL_OFFLINE forbids the download. "
        "Set NEUROPIL_DATA to a folder that has it, or run `neuropil data get sample` with a "
        "connection, or use the dataset synthetic-head-direction."
    )
    assert server.ranges == []


def test_the_mirror_comes_before_the_cache(publish: Publish, mirror: Path):
    publish(UNREACHABLE)
    cached = _put(cache_folder(), BODY)
    assert fetch("sample") == {"raw/file.bin": cached}
    mirrored = _put(mirror, BODY)
    assert fetch("sample") == {"raw/file.bin": mirrored}


@pytest.mark.usefixtures("no_mirror")
def test_other_bytes_in_the_cache_are_removed(publish: Publish):
    publish(UNREACHABLE)
    path = _put(cache_folder(), b"other")
    with pytest.raises(IntegrityError) as caught:
        fetch("sample")
    assert str(caught.value) == (
        f"{path}: expected SHA-256 {DIGEST}, found {_digest(b'other')}; the file was removed. "
        "Run `neuropil data get sample` to fetch it again."
    )
    assert not path.exists()


@pytest.mark.parametrize("damaged", [b"", BODY[:5000] + bytes(len(BODY) - 5000)])
def test_a_damaged_file_in_the_cache_is_brought_again(server, publish: Publish, damaged: bytes):
    publish(server.url)
    path = _put(cache_folder(), damaged)
    assert fetch("sample") == {"raw/file.bin": path}
    assert path.read_bytes() == BODY


def test_other_bytes_in_the_mirror_are_left_alone(publish: Publish, mirror: Path):
    publish(UNREACHABLE)
    path = _put(mirror, b"other")
    with pytest.raises(IntegrityError) as caught:
        load("sample")
    assert str(caught.value) == (
        f"{path}: expected SHA-256 {DIGEST}, found {_digest(b'other')}. "
        "Replace this file of the mirror, or unset NEUROPIL_DATA."
    )
    assert path.read_bytes() == b"other"


def test_check_tells_good_corrupt_and_missing_and_changes_nothing(publish: Publish, mirror: Path):
    publish(UNREACHABLE)
    assert check("sample") == [FileStatus("sample", "raw/file.bin", "missing")]
    cached = _put(cache_folder(), b"other")
    assert check("sample") == [FileStatus("sample", "raw/file.bin", "corrupt", "cache", cached)]
    assert cached.read_bytes() == b"other"
    mirrored = _put(mirror, BODY)
    assert check("sample") == [FileStatus("sample", "raw/file.bin", "good", "mirror", mirrored)]


@pytest.mark.usefixtures("no_mirror")
def test_check_without_a_name_covers_every_dataset():
    rows = check()
    assert {row.dataset for row in rows} == {name for name in names() if info(name).files}
    assert len(rows) == sum(len(info(name).files) for name in names())
    assert {row.state for row in rows} == {"missing"}


def test_a_generated_dataset_has_no_files():
    assert fetch("synthetic-head-direction") == {}
    assert check("synthetic-head-direction") == []


@pytest.mark.parametrize("call", [load, fetch, check])
def test_an_unknown_name_lists_the_datasets(call):
    with pytest.raises(ConfigError) as caught:
        call("hemibrain-head-directoin")
    assert str(caught.value) == (
        "no dataset 'hemibrain-head-directoin'. Did you mean hemibrain-head-direction? "
        f"The datasets are: {', '.join(names())}."
    )


def test_an_unknown_name_unlike_any_other_gets_no_guess():
    with pytest.raises(ConfigError) as caught:
        load("zzz")
    assert str(caught.value) == f"no dataset 'zzz'. The datasets are: {', '.join(names())}."


def test_a_cache_that_cannot_be_written_is_named(
    server, publish: Publish, tmp_path: Path, monkeypatch: MonkeyPatch
):
    publish(server.url)
    blocker = tmp_path / "blocker"
    blocker.write_text("a file, not a folder")
    monkeypatch.setenv("NEUROPIL_CACHE", str(blocker))
    with pytest.raises(OutputError) as caught:
        fetch("sample")
    assert str(caught.value) == (
        f"{blocker / 'datasets' / 'topic' / 'raw'}: cannot store a download: Not a directory. "
        "Set NEUROPIL_CACHE to a folder that can be written."
    )


def test_folders_follow_the_environment(monkeypatch: MonkeyPatch):
    monkeypatch.setenv("NEUROPIL_DATA", "~/mirror")
    monkeypatch.setenv("NEUROPIL_CACHE", "/somewhere")
    assert mirror_folder() == Path.home() / "mirror"
    assert cache_folder() == Path("/somewhere/datasets")
    monkeypatch.delenv("NEUROPIL_DATA")
    assert mirror_folder() is None


def test_a_dataset_of_another_kind_is_refused_before_its_files_are_asked_for(server):
    class Atlas:
        pass

    message = (
        "datasets.load: expected a dataset that holds Atlas, 'hemibrain-head-direction' holds "
        "Connectome. Choose one of: none is registered."
    )
    with pytest.raises(ConfigError) as caught:
        load("hemibrain-head-direction", kind=Atlas)
    assert str(caught.value) == message
    assert server.ranges == []
