"""``neuropil proofread``: joins are ranked, made, logged and undone; bad input is named."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from neuropil import datasets, formats
from neuropil.cli.main import app
from neuropil.cli.segmentation_files import parse_voxel_size
from neuropil.connectome import Volume
from neuropil.contracts import ConfigError, SeedTree
from neuropil.proofreading import SplitRepairer, read_changes
from neuropil.proofreading.adjacency.halves import Halves
from neuropil.proofreading.models.pairs import PairPlan
from neuropil.proofreading.repair.guided import GuidancePlan
from neuropil.proofreading.repair.plan import RepairPlan
from neuropil.proofreading.tasks.pairs import PairRules

pytest.importorskip("zarr")

PLAN = RepairPlan(
    pairs=PairPlan(voxels=20, trees=20),
    guidance=GuidancePlan(rounds=0),
    rules=PairRules(fewest_voxels=50, fewest_sides=5),
)


def invoke(*args):
    return CliRunner().invoke(app, [str(arg) for arg in args], env={"COLUMNS": "200"})


@pytest.fixture(scope="module")
def tissue():
    """All of the generated tissue."""
    return datasets.load("synthetic-neurites", kind=Volume)


@pytest.fixture(scope="module")
def block(tissue):
    """A corner of it."""
    return tissue.crop((slice(0, 56), slice(0, 56), slice(0, 56)))


@pytest.fixture(scope="module")
def model(tissue, tmp_path_factory):
    """A proofreader that was trained in another corner."""
    other = tissue.crop((slice(0, 60), slice(30, None), slice(30, None)))
    folder = tmp_path_factory.mktemp("proofreader") / "model"
    repairer = SplitRepairer(PLAN).fit(other, "watershed", "truth", Halves(0, 60, 2), SeedTree(0))
    repairer.save(folder)
    return folder


@pytest.fixture(scope="module")
def files(block, tmp_path_factory):
    """Image and labels, each in a file of its own."""
    folder = tmp_path_factory.mktemp("files")
    size = block.voxel_size
    formats.write(Volume(size, block.image), folder / "em.zarr")
    labels = {"watershed": block.segmentations["watershed"]}
    formats.write(Volume(size, segmentations=labels), folder / "seg.zarr")
    return folder / "em.zarr", folder / "seg.zarr"


@pytest.fixture(scope="module")
def fixed(files, model, tmp_path_factory):
    """What a fix has written and printed."""
    out = tmp_path_factory.mktemp("fixed") / "fixed.zarr"
    image, labels = files
    given = ("--image", image, "--labels", labels, "--proofreader", model)
    return out, invoke("proofread", "fix", *given, "--precision", 0.7, "--out", out, "--json")


def _labels(path):
    return formats.read(path, kind=Volume).segmentation()


def test_joins_are_made_and_logged(fixed, block):
    out, result = fixed
    assert result.exit_code == 0, result.stderr
    record = json.loads(result.stdout)
    before, after = block.segmentation("watershed"), _labels(out)
    joins = len(np.unique(before)) - len(np.unique(after))
    assert joins == len(record["joins"]) == len(read_changes(record["written"]["changes"])) > 3
    assert record["trials"]["right"] >= 0.7 * record["trials"]["joins"]
    assert record["written"]["changes"].endswith("/fixed.changes.jsonl")
    # Whole objects are joined: of each old one all voxels have one label.
    pairs = np.unique(np.stack([before.ravel(), after.ravel()]), axis=1)
    assert pairs.shape[1] == len(np.unique(before))
    assert "reading the image: 1 of 1" in result.stderr


def test_it_says_what_it_cannot_know(fixed):
    notes = json.loads(fixed[1].stdout)["notes"]
    assert notes[0].startswith(
        "The proofreader was trained on synthetic-neurites (watershed, voxels of 16 x 16 x 16 nm). "
        "The precision is that of its trials there"
    )
    assert notes[1].startswith("That tissue is generated")
    assert notes[-1].startswith("The segmentation has no background")


def test_all_is_undone_to_the_last_voxel(fixed, block, tmp_path):
    out = fixed[0]
    log = out.with_name("fixed.changes.jsonl")
    back = tmp_path / "back.npz"
    result = invoke("proofread", "undo", log, "--labels", out, "--out", back)
    assert result.exit_code == 0, result.stderr
    np.testing.assert_array_equal(_labels(back), block.segmentation("watershed"))
    n = len(read_changes(log))
    assert result.stdout.splitlines() == [f"{n} of {n} changes undone", f"segmentation: {back}"]


def test_a_part_is_undone_and_the_rest_of_the_log_goes_on(fixed, block, tmp_path):
    out = fixed[0]
    log = out.with_name("fixed.changes.jsonl")
    last, single = tmp_path / "last.h5", tmp_path / "single.zarr"
    assert (
        invoke("proofread", "undo", log, "--labels", out, "--out", last, "--last", 2).exit_code == 0
    )
    assert len(np.unique(_labels(last))) == len(np.unique(_labels(out))) + 2
    one = read_changes(log)[1]
    given = (log, "--labels", out, "--out", single, "--change", one.id)
    assert invoke("proofread", "undo", *given).exit_code == 0
    assert len(np.unique(_labels(single))) == len(np.unique(_labels(out))) + 1
    for path in (last, single):
        rest = path.with_name(f"{path.stem}.changes.jsonl")
        again = tmp_path / f"{path.stem}.again.zarr"
        assert invoke("proofread", "undo", rest, "--labels", path, "--out", again).exit_code == 0
        np.testing.assert_array_equal(_labels(again), block.segmentation("watershed"))


def test_a_dry_run_ranks_joins_and_writes_nothing(block, model, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    formats.write(block, "both.npz")
    given = ("both.npz", "--labels-array", "watershed", "--proofreader", model, "--dry-run")
    result = invoke("proofread", "fix", *given, "--precision", 0.7)
    assert result.exit_code == 0, result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["both.npz"]
    lines = result.stdout.splitlines()
    assert lines[0].startswith("watershed: ")
    assert lines[1].split()[:4] == ["rank", "keeps", "its", "label"]
    assert any("joins down to a score of" in line for line in lines)


@pytest.mark.parametrize("ending", ["h5", "tif", "npz"])
def test_other_formats_are_read_and_written(block, model, tmp_path, ending, fixed):
    names = [tmp_path / f"{what}.{ending}" for what in ("em", "seg", "fixed")]
    size = block.voxel_size
    formats.write(Volume(size, block.image), names[0])
    labels = block.segmentation("watershed")
    formats.write(Volume(size, segmentations={"stack": labels}), names[1])
    given = ("--image", names[0], "--labels", names[1], "--proofreader", model)
    result = invoke("proofread", "fix", *given, "--precision", 0.7, "--out", names[2])
    assert result.exit_code == 0, result.stderr
    options = {"segmentation": "a"} if ending == "tif" else {"holds": "labels"}
    found = formats.read(names[2], kind=Volume, **options).segmentation()
    np.testing.assert_array_equal(found, _labels(fixed[0]))


def test_nothing_is_replaced_without_force(files, model, fixed, tmp_path):
    image, labels = files
    given = ("proofread", "fix", "--image", image, "--labels", labels, "--proofreader", model)
    refused = invoke(*given, "--precision", 0.7, "--out", fixed[0])
    assert refused.exit_code == 1
    assert refused.stderr == (
        f"error: {fixed[0]}: there is a file or folder of that name. Choose another name, or add "
        "--force to lose what is there.\n"
    )
    own = invoke(*given, "--out", labels, "--force")
    assert own.exit_code == 2
    assert "expected another name than that of what is read" in own.stderr
    (tmp_path / "mine").mkdir()
    foreign = invoke(*given, "--out", tmp_path / "mine", "--force")
    assert "expected a Zarr folder, or none, found another folder" in foreign.stderr
    before = _labels(fixed[0])
    again = invoke(*given, "--precision", 0.7, "--out", fixed[0], "--force")
    assert again.exit_code == 0, again.stderr
    np.testing.assert_array_equal(_labels(fixed[0]), before)
    assert {path.name for path in fixed[0].parent.iterdir()} == {
        "fixed.zarr", "fixed.changes.jsonl"
    }  # fmt: skip


def _save(path, **arrays):
    np.savez(path, **arrays)
    return path


BAD = {
    "shape": "error: {seg}: expected labels of the shape of the image, (8, 8, 8), found (8, 8, 9). "
    "Cut both to the same region, with axes z, y, x.\n",
    "size": "error: {em}: expected the size of a voxel, which the file does not state as three "
    "positive numbers. Give its "
    "edges along z, y and x [nm] as --voxel-size, such as --voxel-size 40x16x16.\n",
    "sizes": "error: {seg}: expected labels with the voxels of the image, 10 x 10 x 10 nm, found "
    "8 x 8 x 8 nm. Bring both to one grid, or give --voxel-size where one of them is wrong.\n",
    "float": "error: seg.npz: expected labels that are whole numbers, found float64 in 'a'. "
    "Convert them with .astype('uint32') if they are labels.\n",
    "empty": "error: labels: expected at least one object, found background only. Name a region "
    "with labels other than 0.\n",
    "form": "error: voxel size: expected voxels of the form of those of synthetic-neurites, "
    "16 x 16 x 16 nm along z, y and x, found 40 x 4 x 4 nm. Resample the volume, take a "
    "proofreader that was trained on such voxels, or add --any-voxels to mend it all the same.\n",
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_named(case, model, tmp_path):
    rng = np.random.default_rng(0)
    image = rng.integers(0, 255, (8, 8, 8)).astype(np.uint8)
    labels = rng.integers(1, 4, (8, 8, 8 + (case == "shape"))).astype(np.uint32)
    labels = {"float": labels.astype(float), "empty": labels * 0}.get(case, labels)
    one, other = {"sizes": (10, 8), "form": ((40, 4, 4),) * 2}.get(case, (16, 16))
    seen, shown = {"image": image}, {"a": labels}
    if case != "size":
        seen["voxel_size_nm"], shown["voxel_size_nm"] = (
            np.broadcast_to(np.array(size), 3) for size in (one, other)
        )
    em, seg = _save(tmp_path / "em.npz", **seen), _save(tmp_path / "seg.npz", **shown)
    given = ("--image", em, "--labels", seg, "--proofreader", model, "--dry-run", "-q")
    result = invoke("proofread", "fix", *given, "--precision", 0.7)
    assert result.exit_code == 1
    assert result.stderr == BAD[case].format(em=em, seg=seg)


def test_no_result_comes_from_an_image_that_says_nothing(block, model, tmp_path):
    shown = {"a": block.segmentation("watershed"), "voxel_size_nm": np.full(3, 16.0)}
    seg = _save(tmp_path / "seg.npz", **shown)
    image = block.read_image().astype(np.float32)
    broken = {"nan": np.nan, "inf": np.inf}
    said = "expected a brightness that is a finite number, found {} at voxel z = 3, y = 4, x = 5. "
    for name, value in broken.items():
        image[3, 4, 5] = value
        em = _save(tmp_path / f"{name}.npz", image=image, voxel_size_nm=np.full(3, 16.0))
        out = tmp_path / f"{name}.zarr"
        given = ("--image", em, "--labels", seg, "--proofreader", model, "-q", "--out", out)
        result = invoke("proofread", "fix", *given, "--precision", 0.7)
        assert (result.exit_code, result.stderr) == (
            1,
            f"error: image: {said.format(name)}Replace such voxels by the brightness around them, "
            "or cut them off.\n",
        )
    # On disk, where the volume is measured block by block.
    formats.write(Volume((16.0,) * 3, image), tmp_path / "em.zarr")
    formats.write(Volume((16.0,) * 3, np.full_like(image, 7)), tmp_path / "blank.zarr")
    labels = {"a": shown["a"]}
    formats.write(Volume((16.0,) * 3, segmentations=labels), tmp_path / "seg.zarr")
    before = sorted(tmp_path.iterdir())
    for name, message in {
        "em": said.format("inf"),
        "blank": "expected an image in which brightness differs, found 7 nearly everywhere. Name "
        "the image of this tissue; a blank one tells nothing about its objects.",
    }.items():
        given = ("--image", tmp_path / f"{name}.zarr", "--labels", tmp_path / "seg.zarr")
        more = ("--proofreader", model, "--precision", 0.7, "-q", "--out", tmp_path / "out.zarr")
        result = invoke("proofread", "fix", *given, *more)
        assert result.exit_code == 1
        assert result.stderr.startswith(f"error: image: {message}")
    assert sorted(tmp_path.iterdir()) == before


def test_files_the_wrong_way_round_are_named(files, model, tmp_path):
    image, labels = files
    given = ("--image", labels, "--labels", image, "--proofreader", model, "-q")
    result = invoke("proofread", "fix", *given, "--out", tmp_path / "out.zarr")
    assert (result.exit_code, result.stderr) == (
        1,
        f"error: {image}: expected labels, found an array named image. Give the files the other "
        "way round, or name the array with --labels-array.\n",
    )


def test_an_unknown_ending_is_refused_before_any_work(files, tmp_path):
    image, labels = files
    out = tmp_path / "out.xyz"
    fixing = ("fix", "--image", image, "--labels", labels, "--proofreader", "none")
    for command in (fixing, ("undo", "no.jsonl", "--labels", labels)):
        result = invoke("proofread", *command, "--out", out)
        assert result.exit_code == 2
        assert result.stderr == (
            f"error: {out}: no format has the ending .xyz. Use .zarr, .npz, .h5, .hdf5, .tif, "
            ".tiff, or no ending for a volume folder.\n"
        )


def test_one_file_may_state_the_voxel_size_for_both(model, tmp_path):
    labels = np.ones((8, 8, 8), np.uint32)
    grey = np.random.default_rng(0).integers(0, 255, labels.shape).astype(np.uint8)
    em = _save(tmp_path / "em.npz", image=grey, voxel_size_nm=np.full(3, 16.0))
    seg = _save(tmp_path / "seg.npz", a=labels)
    given = ("--proofreader", model, "--precision", 0.7, "--dry-run", "--json")
    for image, other in ((em, seg), (_save(tmp_path / "e.npz", image=grey),
                                     _save(tmp_path / "s.npz", a=labels,
                                           voxel_size_nm=np.full(3, 16.0)))):  # fmt: skip
        result = invoke("proofread", "fix", "--image", image, "--labels", other, *given)
        assert result.exit_code == 0, result.stderr
        record = json.loads(result.stdout)
        # One object touches nothing.
        assert (record["objects"], record["contacts"], record["joins"]) == (1, 0, [])


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (
            ["--precision", 2, "--dry-run"],
            2,
            "error: --precision: expected a precision between 0 and 1, found 2. Give the share of "
            "joins that must be right, such as 0.95.\n",
        ),
        (
            ["--labels", "a.npz"],
            2,
            "error: --out: expected a name for the mended segmentation, found none. Name a file, "
            "such as fixed.zarr, or add --dry-run.\n",
        ),
        (
            ["--labels", "a.npz", "--dry-run"],
            2,
            "error: fix: expected an image and labels, found no --image. Name both, or one file "
            "that holds both.\n",
        ),
        (
            ["b.npz", "--labels", "a.npz", "--dry-run"],
            2,
            "error: b.npz: expected one volume, or an image and labels, found both. Leave the "
            "volume out, or --image and --labels.\n",
        ),
        (
            ["both.npz", "--labels-array", "watershd", "--dry-run"],
            2,
            "error: --labels-array: expected a segmentation 'watershd', of truth, watershed. Did "
            "you mean watershed? Name one of them.\n",
        ),
        (
            ["both.npz", "--labels-array", "truth", "--proofreader", "none", "--dry-run"],
            1,
            "error: none: expected a proofreader, found no repairer.json. Name a run folder of "
            "`neuropil run proofreading`, or a saved SplitRepairer.\n",
        ),
    ],
)
def test_wrong_usage_is_named(args, code, message, block, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    formats.write(block, "both.npz")
    result = invoke("proofread", "fix", *args)
    assert (result.exit_code, result.stderr) == (code, message)


def test_a_missing_file_is_named(tmp_path):
    em, seg = tmp_path / "em.zarr", tmp_path / "seg.zarr"
    result = invoke("proofread", "fix", "--image", em, "--labels", seg, "--dry-run")
    assert result.exit_code == 1
    assert f"error: {em}: there is no such file or folder. " in result.stderr
    result = invoke("proofread", "undo", "no.jsonl", "--labels", seg, "--out", tmp_path / "a.npz")
    assert result.stderr == (
        "error: no.jsonl: there is no such file. Name a log of changes (JSONL).\n"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("4x4x40", "which looks like x, y and z. Write 40x4x4: the thickness of the sections "),
        ("40x4", "expected one or three positive numbers [nm], found '40x4'"),
        ("a", "expected one or three positive numbers [nm], found 'a'"),
        ("0", "expected one or three positive numbers [nm], found '0'"),
    ],
)
def test_a_voxel_size_has_three_edges_in_order(text, message):
    with pytest.raises(ConfigError) as caught:
        parse_voxel_size(text)
    assert message in str(caught.value)
