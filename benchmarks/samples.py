"""A small valid file of every format that neuropil reads, to be damaged."""

from __future__ import annotations

import gzip
import json
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from neuropil import formats
from neuropil.connectome import (
    Cohort,
    Connectome,
    GeneAtlas,
    ImageSet,
    Parcellation,
    Skeleton,
    Visits,
    Volume,
)

__all__ = ["SAMPLES", "Sample", "lay_out", "read_sample"]

Contents = Mapping[str, bytes]


@dataclass(frozen=True)
class Sample:
    """The files of one noun, and how they are read.

    Parameters
    ----------
    contents : mapping of str to bytes, or callable
        Content of each file by its name, folders before a slash; or what writes them into a folder.
    reads : tuple of str
        What is handed to the reader; the folder itself where it is empty.
    kind : type
        Noun that is read.
    format : str, optional
        Name of the format, where the content alone does not decide.
    binary : bool
        True where the files are no text, so that any cut must be told.
    options : mapping of str to object
        What its reader must be told.
    """

    contents: Contents | Callable[[Path], None]
    reads: tuple[str, ...]
    kind: type = Connectome
    format: str | None = None
    binary: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)


def lay_out(sample: Sample, folder: Path) -> dict[str, bytes]:
    """Write the files of a sample into an empty folder, and return them by name."""
    if callable(sample.contents):
        sample.contents(folder)
        found = sorted(path for path in folder.rglob("*") if path.is_file())
        return {str(path.relative_to(folder)): path.read_bytes() for path in found}
    for name, content in sample.contents.items():
        (folder / name).write_bytes(content)
    return dict(sample.contents)


def _circuit() -> Connectome:
    nodes = pl.DataFrame({"id": [11, 12, 13], "cell_type": ["EPG", "EPG", None]})
    edges = pl.DataFrame(
        {"pre": [11, 12, 13], "post": [12, 13, 11], "synapse_count": [370, 41, 5]},
    )
    return Connectome.from_frames(nodes, edges)


def _written(name: str) -> Callable[[Path], None]:
    return lambda folder: _write(folder / name)


def _write(path: Path) -> None:
    formats.write(_circuit(), path)


def _table(name: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        frame = _circuit().edges
        write_frame = frame.write_parquet if name.endswith(".parquet") else frame.write_ipc
        write_frame(folder / name)

    return write


def _labels(folder: Path) -> None:
    import nibabel
    from nibabel import gifti

    names = gifti.GiftiLabelTable()
    for key, name in enumerate(("???", "V1", "V2")):
        label = gifti.GiftiLabel(key, 0.5, 0.5, 0.5, 1)
        label.label = name
        names.labels.append(label)
    values = np.array([0, 1, 1, 2, 2, 1], dtype=np.int32)
    array = gifti.GiftiDataArray(values, intent="NIFTI_INTENT_LABEL")
    meta = gifti.GiftiMetaData({"AnatomicalStructurePrimary": "CortexLeft"})
    image = nibabel.GiftiImage(darrays=[array], labeltable=names, meta=meta)
    (folder / "a.label.gii").write_bytes(image.to_bytes())


def _parcels(folder: Path) -> None:
    from nibabel import cifti2

    sides = {"V1": "CIFTI_STRUCTURE_CORTEX_LEFT", "V2": "CIFTI_STRUCTURE_CORTEX_RIGHT"}
    axis = cifti2.ParcelsAxis(
        list(sides),
        [np.zeros((0, 3), dtype=int)] * 2,
        [{side: np.array([0, 1])} for side in sides.values()],
        nvertices=dict.fromkeys(sides.values(), 10),
    )
    values = np.array([[1, 0.5], [0.5, 1]], dtype=np.float32)
    cifti2.Cifti2Image(values, header=(axis, axis)).to_filename(folder / "a.pconn.nii")


def _genes(folder: Path) -> None:
    np.savez(
        folder / "a.npz",
        expr=np.arange(15.0).reshape(5, 3),
        genes=np.array(["x", "y", "z"]),
        regions=np.array(["L_a", "L_b", "R_a", "R_b", "brainstem"]),
        coords_mni=np.arange(15.0).reshape(5, 3),
        fc_enigma=np.eye(5),
        sc_enigma=np.eye(5),
    )


def _images(folder: Path) -> None:
    for stem, number in (("train", 6), ("t10k", 4)):
        for kind, values in (
            ("images-idx3", np.arange(number * 9).reshape(number, 3, 3)),
            ("labels-idx1", np.arange(number)),
        ):
            header = struct.pack(f">HBB{values.ndim}I", 0, 8, values.ndim, *values.shape)
            (folder / f"{stem}-{kind}-ubyte").write_bytes(header + values.astype("u1").tobytes())


def _cohort(name: str) -> Callable[[Path], None]:
    subjects = pl.DataFrame({"id": ["01", "02"], "site": ["NYU", None], "age": [21.5, 40.25]})
    counts, correlations = [[370.0, 41, 5], [125, 0, 75]], [[0.25, 0.5, -0.125]] * 2
    edges = {"SC": np.array(counts), "FC": np.array(correlations)}
    regions = Parcellation(pl.DataFrame({"key": [1, 2, 3], "name": ["V1", "V2", "A1"]}))
    cohort = Cohort(subjects, edges, regions, {"SC": "streamlines", "FC": "correlation"})
    return lambda folder: _write_into(folder, cohort, name)


def _write_into(folder: Path, cohort: Cohort, name: str) -> None:
    formats.write(cohort, folder / name)


def _visits(name: str) -> Callable[[Path], None]:
    subjects = pl.DataFrame({"id": ["a", "b"], "group": ["NTG", None], "age": [61.5, 70.25]})
    table = pl.DataFrame({"subject": ["a", "a", "b"], "time": [0.0, 1.25, 0.5]})
    values = np.array([[0.125, 0.5], [0.375, np.nan], [0.25, 1.5]])
    regions = Parcellation(pl.DataFrame({"key": [1, 2], "name": ["CA1", "CA3"]}))
    visits = Visits(table, values, regions, subjects, "month", "pathology", "fraction")
    return lambda folder: _write_visits(folder / name, visits)


def _write_visits(path: Path, visits: Visits) -> None:
    formats.write(visits, path)


def _volume(name: str, layers: str = "image truth") -> Callable[[Path], None]:
    values = np.arange(4 * 5 * 6).reshape(4, 5, 6)
    labels = {"truth": (values // 7).astype("u4")} if "truth" in layers else {}
    image = (values * 2).astype("u1") if "image" in layers else None
    volume = Volume((40, 16, 8), image, labels, "fly")
    return lambda folder: _write_volume(folder / name, volume)


def _write_volume(path: Path, volume: Volume) -> None:
    formats.write(volume, path)


def _zarr_v2(folder: Path) -> None:
    import zarr

    root = zarr.open_group(folder / "v.zarr", mode="w", zarr_format=2)
    values = np.arange(4 * 5 * 6, dtype="u1").reshape(4, 5, 6)
    for name in ("raw", "labels"):
        array = root.create_array(name, shape=values.shape, dtype=values.dtype, chunks=(4, 5, 3))
        array[:] = values
        array.attrs["resolution"] = [40, 16, 8]


def _imagej(folder: Path) -> None:
    import tifffile

    values = np.arange(4 * 5 * 6, dtype="u1").reshape(4, 5, 6)
    tifffile.imwrite(
        folder / "s.tif",
        values,
        imagej=True,
        resolution=(125.0, 62.5),
        metadata={"axes": "ZYX", "spacing": 0.04, "unit": "um"},
    )


_CODEX = {
    "connections.csv": b"pre_root_id,post_root_id,neuropil,syn_count,nt_type\n"
    b"720575940600000001,720575940600000002,EB,370,ACH\n"
    b"720575940600000001,720575940600000002,PB,41,ACH\n"
    b"720575940600000002,720575940600000001,EB,5,GABA\n",
    "classification.csv": b"root_id,flow,super_class,class,side\n"
    b"720575940600000001,intrinsic,central,CX,left\n"
    b"720575940600000002,intrinsic,central,CX,right\n",
}
_NEUPRINT = {
    "traced-neurons.csv": b"bodyId,type,instance\n11,EPG,EPG_L1\n12,,\n10,PEG,PEG_R\n",
    "traced-total-connections.csv": b"bodyId_pre,bodyId_post,weight\n12,11,90\n11,12,75\n",
    "traced-roi-connections.csv": b"bodyId_pre,bodyId_post,roi,weight\n12,11,EB,90\n11,12,EB,75\n",
}
_ATLAS = {
    "genes.csv": b"region,SST,PVALB\na,0.25,0.5\nb,0.75,0.125\nc,0.5,0.375\n",
    "places.csv": b"region,x_mm,y_mm,z_mm,hemisphere,cortical\na,-10.5,2,30,L,yes\n"
    b"b,10.25,2,30,R,yes\nc,20.75,-4,12,R,no\n",
    "fc.matrix.csv": b"r [correlation],a,b,c\na,1,0.25,0.5\nb,0.25,1,0.75\nc,0.5,0.75,1\n",
}
_GRAPHML = b"""<graphml>
<key id="w" for="edge" attr.name="weight" attr.type="double"/>
<key id="t" for="node" attr.name="cell_type" attr.type="string"/>
<graph edgedefault="directed">
<node id="11"><data key="t">EPG</data></node>
<node id="12"><data key="t">PEN</data></node>
<edge source="11" target="12"><data key="w">370.5</data></edge>
<edge source="12" target="11"><data key="w">41.25</data></edge>
</graph>
</graphml>
"""
_SWC = b"""# unit: nm
1 1 0.5 10 20 7.5 -1
2 3 1.5 10 20 2.25 1
# a remark
3 3 2.5 110 20 1.25 2
4 6 3.5 110 25 1.125 2
"""
_RELMAT = {
    "a_relmat.tsv": b"Node\tV1\tV2\tV3\nV1\t1\t0.25\t0.5\nV2\t0.25\t1\t0.75\nV3\t0.5\t0.75\t1\n",
    "a_relmat.json": json.dumps({"RelationshipMeasure": "Correlation", "Directed": False}).encode(),
    "a_nodeindices.tsv": b"matrix_index\tnode_file\tnode_index\tlabel\n"
    b"0\tn/a\t0\tV1\n1\tn/a\t1\tV2\n2\tn/a\t2\tV3\n",
}
_EDGES = b"pre,post,synapse_count\n11,12,370\n12,13,41\n13,11,500\n"


def _pictures(folder: Path) -> None:
    from PIL import Image

    rng = np.random.default_rng(0)
    for place in range(2):
        Image.fromarray(rng.integers(0, 255, (12, 16), "u1")).save(folder / f"s{place}.png")


def _one(name: str, content: bytes) -> Sample:
    return Sample({name: content}, (name,))


SAMPLES: dict[str, Sample] = {
    "edge list": Sample(
        {"e.csv": _EDGES, "e.nodes.csv": b"id,cell_type\n11,EPG\n12,EPG\n13,PEN\n"}, ("e.csv",)
    ),
    "edge list, gzip": Sample({"e.csv.gz": gzip.compress(_EDGES)}, ("e.csv.gz",), binary=True),
    "edge list, Gephi": _one(
        "e.csv",
        b"Source,Target,Type,Id,Label,Weight\n1,2,Undirected,0,,30\n2,3,Directed,1,,45\n",
    ),
    "edge list, tabs": _one("e.tsv", b"source\ttarget\tweight\nA\tB\t0.25\nB\tC\t0.125\n"),
    "table of synapses": _one(
        "s.csv",
        b"id,valid,pre_pt_root_id,post_pt_root_id,ctr_pt_position\n"
        b'1,t,11,12,"[10, 20, 30]"\n2,t,11,12,"[10, 20, 90]"\n3,t,12,13,"[40, 20, 30]"\n',
    ),
    "Feather": Sample(_table("e.feather"), ("e.feather",), binary=True),
    "Parquet": Sample(_table("e.parquet"), ("e.parquet",), binary=True),
    "matrix, labels": _one("m.csv", b",A,B,C\nA,0,30,10\nB,45,0,20\nC,10,25,0\n"),
    "matrix, plain": _one("m.txt", b"0 30 10\n45 0 20\n10 25 0\n"),
    ".npz": Sample(_written("m.npz"), ("m.npz",), binary=True),
    ".npy": Sample(
        lambda folder: np.save(folder / "m.npy", np.array([[0, 30], [45, 0]])),
        ("m.npy",),
        binary=True,
    ),
    "connectome folder": Sample(_written("fly"), ("fly",), binary=True),
    "GraphML": _one("a.graphml", _GRAPHML),
    "GraphML, own": Sample(_written("a.graphml"), ("a.graphml",)),
    "SONATA": Sample(_written("a.sonata"), ("a.sonata",), binary=True),
    "BIDS relmat": Sample(_RELMAT, ("a_relmat.tsv",)),
    "CIFTI": Sample(_parcels, ("a.pconn.nii",), binary=True),
    "Codex": Sample(_CODEX, tuple(_CODEX), format="codex"),
    "neuPrint": Sample(_NEUPRINT, tuple(_NEUPRINT), format="neuprint"),
    "SWC": Sample({"a.swc": _SWC}, ("a.swc",), Skeleton),
    "GIFTI": Sample(_labels, ("a.label.gii",), Parcellation),
    "gene tables": Sample(_ATLAS, tuple(_ATLAS), GeneAtlas),
    "gene arrays": Sample(_genes, ("a.npz",), GeneAtlas, binary=True),
    "cohort folder": Sample(_cohort("study"), ("study",), Cohort),
    "cohort arrays": Sample(_cohort("c.npz"), ("c.npz",), Cohort),
    "visits, CSV": Sample(_visits("v.csv"), ("v.csv",), Visits),
    "visits, Parquet": Sample(_visits("v.parquet"), ("v.parquet",), Visits),
    "IDX": Sample(_images, (), ImageSet, binary=True),
    "Zarr": Sample(_volume("v.zarr"), ("v.zarr",), Volume, binary=True),
    "Zarr, version 2": Sample(_zarr_v2, ("v.zarr",), Volume, binary=True),
    "volume arrays": Sample(_volume("v.npz"), ("v.npz",), Volume, binary=True),
    "HDF5 volume": Sample(_volume("v.h5"), ("v.h5",), Volume, binary=True),
    "OME-TIFF": Sample(_volume("v.tif", "image"), ("v.tif",), Volume, binary=True),
    "TIFF of ImageJ": Sample(_imagej, ("s.tif",), Volume, binary=True),
    "pictures": Sample(_pictures, (), Volume, binary=True, options={"voxel_size": (50, 4, 4)}),
}
"""A sample of each format, by what the tables of the benchmark call it."""


def read_sample(sample: Sample, folder: Path) -> Any:  # noqa: ANN401 - any noun
    """Read the noun of a sample from the folder in which its files lie."""
    paths = [folder / name for name in sample.reads] or [folder]
    return formats.read(*paths, kind=sample.kind, format=sample.format, **sample.options)
