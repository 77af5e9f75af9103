"""The hemibrain's heading circuit and ring neurons, built from files that anyone can download.

The matrix carries no labels. Its rows follow from the order in which its authors sorted the
public list of neurons, ties included, so that the list alone gives the order; a SHA-256 of the
ordered ids guards it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome import Connectome
from neuropil.contracts import IntegrityError, Source
from neuropil.datasets.head_direction import label_ring

__all__ = [
    "convert_head_direction",
    "convert_ring_neurons",
    "label_neurons",
    "order_matrix_rows",
    "read_ring_edges",
    "read_transmitters",
]

SPACE = "hemibrain v1.2"

# Of the ids in the order of the rows: another order would relabel every neuron of the matrix.
_ORDER_SHA256 = "a84875707130b008e931e446e02d790bc148292cf0a6d72282a31dcfcaca6837"
# Names of the hemibrain, and those that papers on the heading circuit use.
_ALIASES = {"PEN_a(PEN1)": "PEN_a", "PEN_b(PEN2)": "PEN_b"}
_SIDE_OF_LABEL = r"_([LR])\d$"
_LABEL = r"_((?:[LR]\d)+)(?:_[LR])?$"


def convert_head_direction(files: Mapping[str, Path], source: Source) -> Connectome:
    """Join the 152 x 152 matrix with the labels of its rows.

    Parameters
    ----------
    files : mapping of str to Path
        The files of the dataset ``hemibrain-head-direction``.
    source : Source
        Where they came from.

    Returns
    -------
    Connectome
        152 neurons in matrix order, with weight ``synapse_count`` [synapses].

    Raises
    ------
    IntegrityError
        When the order of the rows cannot be derived.
    """
    exported = pl.read_csv(files["raw/traced-neurons.csv"])
    ordered = order_matrix_rows(exported)
    nodes = label_neurons(ordered, files)
    matrix = np.load(files["connectivity_matrix_drosophila_janelia.npy"], allow_pickle=False)
    return Connectome.from_matrix(
        matrix.astype(np.int64), nodes, unit="synapses", space=SPACE, source=source
    )


def convert_ring_neurons(files: Mapping[str, Path], source: Source) -> Connectome:
    """Join the tables of ER to EPG and EPG to ER connections.

    Parameters
    ----------
    files : mapping of str to Path
        The files of the dataset ``hemibrain-ring-neurons``.
    source : Source
        Where they came from.

    Returns
    -------
    Connectome
        240 ER and 46 EPG neurons sorted by type and id. ``synapse_count`` counts all regions
        and ``synapse_count_EB`` the ellipsoid body alone [synapses]; edges of fewer than 4
        synapses are not in the tables.
    """
    edges = read_ring_edges(files)
    members = pl.concat([edges["pre"], edges["post"]]).unique()
    exported = pl.read_csv(files["raw/traced-neurons.csv"])
    # Only neurons that the tables name: the export lists all of the hemibrain.
    chosen = exported.filter(pl.col("bodyId").is_in(members.implode())).sort("type", "bodyId")
    return Connectome.from_frames(
        label_neurons(chosen, files),
        edges,
        units={"synapse_count": "synapses", "synapse_count_EB": "synapses"},
        space=SPACE,
        source=source,
    )


def order_matrix_rows(exported: pl.DataFrame) -> pl.DataFrame:
    """Pick the 152 neurons of the matrix, in the order of its rows.

    The matrix was made from the exported list by sorting with NumPy's default sort, which
    leaves equal keys in an order of its own. Sorting again gives the same order: PEN, PEG and
    EPG with EPGt by glomerulus from L1 to L9 and R9 to R1, then Delta7 by label.

    Parameters
    ----------
    exported : pl.DataFrame
        Columns ``bodyId``, ``type`` and ``instance`` of the official export, in file order.

    Returns
    -------
    pl.DataFrame
        152 rows of it.

    Raises
    ------
    IntegrityError
        When the result is not the known order, as with another export or another sort.
    """
    by_glomerulus = (_final_label, _bridge_position)
    groups: tuple[tuple[Sequence[str], Sequence[Callable[[str], str | int]]], ...] = (
        (("PEN_a(PEN1)", "PEN_b(PEN2)"), by_glomerulus),
        (("PEG",), by_glomerulus),
        (("EPG", "EPGt"), by_glomerulus),
        (("Delta7",), (str,)),
    )
    parts = []
    for cell_types, keys in groups:
        part = pl.concat([exported.filter(pl.col("type") == each) for each in cell_types])
        for key in keys:
            # Sorted twice, as the authors did: the second sort leaves ties as the first one brought
            # them.
            part = part[_default_sort([key(label) for label in part["instance"]])]
        parts.append(part)
    ordered = pl.concat(parts)
    _require_known_order(ordered["bodyId"].to_list())
    return ordered


def _final_label(instance: str) -> str:
    return instance[-2:]


def _bridge_position(instance: str) -> int:
    number = int(instance[-1])
    # 100 is any number above 18: R9 to R1 follow L9, as along the bridge.
    return number if instance[-2] == "L" else 100 - number


def _default_sort(keys: Sequence[str | int]) -> npt.NDArray[np.intp]:
    # Arrays of Python objects take NumPy's portable code, whereas sorting of plain integers
    # varies with the processor.
    return np.argsort(np.array(keys, dtype=object), kind="quicksort")


def _require_known_order(ids: Sequence[int]) -> None:
    digest = hashlib.sha256("\n".join(map(str, ids)).encode()).hexdigest()
    if digest != _ORDER_SHA256:
        raise IntegrityError(
            f"expected the 152 row ids to have SHA-256 {_ORDER_SHA256}, found {digest}",
            where="raw/traced-neurons.csv, row order of the matrix",
            repair="Use the file of the dataset hemibrain-head-direction unchanged; if it is, "
            "report your NumPy version.",
        )


def label_neurons(exported: pl.DataFrame, files: Mapping[str, Path]) -> pl.DataFrame:
    """Build the node table of neurons from the public label files.

    Parameters
    ----------
    exported : pl.DataFrame
        Columns ``bodyId``, ``type`` and ``instance``; one row for each neuron.
    files : mapping of str to Path
        Must hold the metadata and the transmitter table.

    Returns
    -------
    pl.DataFrame
        Rows in the same order, with ``id``, ``cell_type`` (without the alias in parentheses),
        ``instance``, ``glomerulus`` (for Delta7 all output glomeruli), ``side`` (of the bridge;
        null for Delta7), ``soma_side``, ``pre_total`` and ``post_total`` (synapses of the whole
        neuron), ``ring_index`` and ``ring_angle_deg`` [deg] (EPG only), ``neurotransmitter``
        and ``sign``.
    """
    metadata = pl.read_csv(
        files["raw/Supplemental_file5_hemibrain_meta.csv"],
        columns=["bodyId", "side", "pre", "post"],
    ).select(
        pl.col("bodyId").alias("id"),
        pl.col("side").alias("soma_side"),
        pl.col("pre").cast(pl.Int64).alias("pre_total"),
        pl.col("post").cast(pl.Int64).alias("post_total"),
    )
    nodes = (
        exported.rename({"bodyId": "id"})
        .with_columns(
            pl.col("type").replace(_ALIASES).alias("cell_type"),
            # Transmitters are predicted for ER3a and not for its parts ER3a_a and ER3a_b.
            pl.col("type").str.replace(r"^(ER\d[admpw]?)_[a-d]$", "$1").alias("family"),
            pl.col("instance").str.extract(_LABEL).alias("glomerulus"),
            # The side of the bridge; the soma of the same neuron may lie on the other, and has its
            # own column.
            pl.col("instance").str.extract(_SIDE_OF_LABEL).alias("side"),
        )
        # Validated: a repeated id in a label file would repeat rows of the matrix.
        .join(metadata, on="id", how="left", maintain_order="left", validate="1:1")
        .join(
            read_transmitters(files),
            on="family",
            how="left",
            maintain_order="left",
            validate="m:1",
        )
    )
    return label_ring(nodes).select(
        *("id", "cell_type", "instance", "glomerulus", "side", "soma_side"),
        *("pre_total", "post_total", "ring_index", "ring_angle_deg"),
        *("neurotransmitter", "sign"),
    )


def read_transmitters(files: Mapping[str, Path]) -> pl.DataFrame:
    """Read the transmitter that is predicted for each cell type, from another fly brain.

    Parameters
    ----------
    files : mapping of str to Path
        Must hold the transmitter table.

    Returns
    -------
    pl.DataFrame
        ``family`` (cell type without the letter of a hemibrain subtype), ``neurotransmitter``
        and ``sign``, -1 or 1.
    """
    # The table has a line for each side of a type.
    table = pl.read_csv(
        files["raw/adult_type_meta.csv"], columns=["cell_type", "nt", "sign"]
    ).unique()
    return table.rename({"cell_type": "family", "nt": "neurotransmitter"})


def read_ring_edges(files: Mapping[str, Path]) -> pl.DataFrame:
    """Read the ER to EPG and the EPG to ER connections.

    Parameters
    ----------
    files : mapping of str to Path
        Must hold both tables.

    Returns
    -------
    pl.DataFrame
        ``pre``, ``post``, ``synapse_count`` (all regions) and ``synapse_count_EB``.
    """
    tables = [pl.read_csv(files[name]) for name in ("raw/er2epg.csv", "raw/epg2erEB.csv")]
    return pl.concat(
        table.select(
            pl.col("from").alias("pre"),
            pl.col("to").alias("post"),
            pl.col("weight").alias("synapse_count"),
            pl.col("ROIweight").alias("synapse_count_EB"),
        )
        for table in tables
    ).sort("pre", "post")
