"""A cohort as a folder of BIDS relationship matrices."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from neuropil.connectome import Cohort, fill_matrices, find_missing_ids, list_some
from neuropil.contracts import InputError, atomic_write, write_json
from neuropil.formats.cohort_files.participants import PARTICIPANTS, write_participants

__all__ = ["write_cohort_folder"]

# Values of BIDS entities are letters and digits.
_PLAIN = re.compile(r"[A-Za-z0-9]+")
# Heading of the column of labels, as XCP-D writes it.
_CORNER = "Node"


def write_cohort_folder(cohort: Cohort, path: Path) -> None:
    """Write a cohort as a folder of relationship matrices.

    Of the regions their names are kept alone; source, notes and provenance are not, nor whether
    numbers had single precision.

    Parameters
    ----------
    cohort : Cohort
        What to write.
    path : Path
        A folder that does not exist yet.

    Raises
    ------
    InputError
        When names of files or the tables could not hold the cohort.
    OutputError
        When the place cannot be written.
    """
    _require_names(cohort, path)
    labels = _labels_of(cohort, path)
    present = {name: cohort.present(name) for name in cohort.modalities}
    with atomic_write(path) as temporary:
        temporary.mkdir()
        write_participants(cohort, temporary / PARTICIPANTS)
        for name, unit in cohort.units.items():
            fields = {"RelationshipMeasure": name, "MeasureUnits": unit, "Directed": False}
            write_json(temporary / f"meas-{name}_relmat.json", fields)
        for row, subject in enumerate(cohort.ids):
            folder = temporary / f"sub-{subject}"
            folder.mkdir()
            for name in cohort.modalities:
                if present[name][row]:
                    file = folder / f"sub-{subject}_meas-{name}_relmat.tsv"
                    _write_matrix(cohort, (name, row), labels, file)


def _write_matrix(
    cohort: Cohort, which: tuple[str, int], labels: Sequence[str] | None, path: Path
) -> None:
    name, row = which
    edges = cohort.edges(name)[row : row + 1]
    # n/a and not 0: a cohort does not know what stood on the diagonal.
    (matrix,) = fill_matrices(edges, cohort.n_regions, np.nan)
    heads = labels or [str(place) for place in range(len(matrix))]
    columns = [
        pl.Series(head, cells).fill_nan(None) for head, cells in zip(heads, matrix.T, strict=True)
    ]
    table = pl.DataFrame(columns)
    if labels is not None:
        table = table.insert_column(0, pl.Series(_CORNER, labels))
    table.write_csv(
        path,
        separator="\t",
        null_value="n/a",
        include_header=labels is not None,
        quote_style="never",
    )


def _labels_of(cohort: Cohort, path: Path) -> list[str] | None:
    if cohort.parcellation is None:
        return None
    names = cohort.parcellation.regions["name"]
    odd = names.str.contains("^\\s|\\s$|[\t\r\n]") | find_missing_ids(names) | (names == _CORNER)
    wrong = odd | ~names.is_first_distinct()
    if wrong.any():
        raise InputError(
            f"a matrix cannot hold the label {names.filter(wrong)[0]!r}, or not twice",
            where=str(path),
            repair="Give each region a name of its own, without tabs and blanks at its ends.",
        )
    return names.to_list()


def _require_names(cohort: Cohort, path: Path) -> None:
    wrong = [text for text in (*cohort.ids, *cohort.modalities) if not _PLAIN.fullmatch(text)]
    present = {name: cohort.present(name) for name in cohort.modalities}
    absent = ~np.any(list(present.values()), axis=0)
    unmeasured = [name for name, held in present.items() if not held.any()]
    if wrong:
        found = list_some(map(repr, wrong))
        what = f"names of BIDS files hold letters and digits alone, found {found}"
    elif unmeasured:
        what = f"measures that no subject has have no file: {list_some(map(repr, unmeasured))}"
    elif absent.any():
        without = [each for each, gone in zip(cohort.ids, absent, strict=True) if gone]
        what = f"subjects without any matrix have no file: {list_some(map(repr, without))}"
    else:
        return
    raise InputError(what, where=str(path), repair="Write a .npz file, which holds everything.")
