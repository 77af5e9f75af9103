"""The assay: fitted to good tissue, it judges other tissue tile by tile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np
import polars as pl
from sklearn.base import BaseEstimator
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from neuropil.connectome import Volume
from neuropil.contracts import Advance, InputError, SeedTree, require_new_folder
from neuropil.preservation.acquisition.gate import AcquisitionGate
from neuropil.preservation.axes.reference import AxisReference
from neuropil.preservation.data import cut_tiles, read_column
from neuropil.preservation.detector.interface import Detector
from neuropil.preservation.detector.shipped import load_shipped
from neuropil.preservation.segmenting.components import label_components
from neuropil.preservation.segmenting.plan import SegmentingPlan
from neuropil.preservation.segmenting.thresholds import score_fragmentations
from neuropil.preservation.storage import load_assay, save_assay
from neuropil.preservation.traceability.continuity import follow_sections
from neuropil.preservation.traceability.doses import Doses
from neuropil.preservation.traceability.examples import list_examples, observe
from neuropil.preservation.traceability.features import Reference
from neuropil.preservation.traceability.loss import LossModel, choose_limit, is_bad, settle_kind
from neuropil.preservation.traceability.shipped import load_shipped_tissue, relate_to_own

__all__ = ["Judged", "PreservationAssay"]

Region = tuple[slice, slice, slice]

_TRUTH = "truth"
_LACKING = "one profile is larger than any of the reference, and no axis shows damage"
_UNFITTED = "This %(name)s instance is not fitted yet: call fit(reference) first"
# Of single tiles, between which nothing can be followed.
_STEPS = pl.DataFrame(schema={"breaks": pl.Int64, "profiles": pl.Int64, "length_mm": pl.Float64})


@dataclass(frozen=True, eq=False)
class Judged:
    """What the assay found in a volume.

    Parameters
    ----------
    tiles : pl.DataFrame
        One row a tile: where it lies (``z_nm``, ``y_nm``, ``x_nm``, its middle), whether it
        ``passed``, so that it can be assessed, and the ``reason`` if not, axes and signs, ``loss``
        from ``loss_low`` to ``loss_high``, the ``kind`` of damage that it is most like, and
        ``bad``: null where it is not assessable. ``true_error``, the adapted Rand error, where
        truth is known.
    steps : pl.DataFrame
        One row for two tiles that follow one another: ``breaks``, ``profiles``, ``length_mm``.
    """

    tiles: pl.DataFrame
    steps: pl.DataFrame

    def move(self, place: tuple[float, float, float]) -> Self:
        """Return the same with places counted from another origin.

        Parameters
        ----------
        place : tuple of float
            Where the first voxel of the volume lies, along z, y and x [nm].
        """
        moved = (
            pl.col(axis) + by for axis, by in zip(("z_nm", "y_nm", "x_nm"), place, strict=True)
        )
        return replace(self, tiles=self.tiles.with_columns(*moved))


class PreservationAssay(BaseEstimator):  # type: ignore[misc]
    """Judge whether wiring can still be traced, from images alone.

    Parameters
    ----------
    detector : Detector, optional
        What finds membranes; the shipped one when not given.
    threshold : float, optional
        Probability of a membrane below which segments are joined; that of the shipped detector
        when not given.
    spacing : float
        Distance of the sections that are read [nm].
    tile : float
        Edge of a tile [nm], about.
    tolerated : float
        Loss of the adapted Rand error that tissue may have without being bad, where the reference
        does not show more.
    random_state : int
        Root of every random draw.

    Attributes
    ----------
    gate_ : AcquisitionGate
        What is not assessable.
    reference_ : Reference
        Good tissue, imaged alike.
    axes_ : AxisReference or None
        What good tissue shows along each axis; None where it is fewer than five tiles.
    loss_ : LossModel
        From what is seen to what it costs.
    limit_ : float
        Foretold loss beyond which a tile is bad: what is tolerated, or what one in twenty tiles of
        the reference exceeds, where that is more.
    break_rate_ : float
        Breaks that are seen in good tissue [1/mm]: what the instrument makes itself. 0 where single
        tiles were brought.
    """

    def __init__(
        self,
        detector: Detector | None = None,
        threshold: float | None = None,
        spacing: float = 40.0,
        tile: float = 2500.0,
        tolerated: float = 0.1,
        random_state: int = 0,
    ) -> None:
        self.detector = detector
        self.threshold = threshold
        self.spacing = spacing
        self.tile = tile
        self.tolerated = tolerated
        self.random_state = random_state

    def fit(
        self, reference: Volume | Sequence[Volume] | None = None, doses: Doses | None = None
    ) -> Self:
        """Learn what good tissue looks like, and where its truth is known what damage costs.

        Parameters
        ----------
        reference : Volume or sequence of Volume, optional
            Good tissue that was prepared and imaged like the tissue to be judged. Without it the
            fly tissue serves that the package brings.
        doses : Doses, optional
            Damage from which losses are learnt, of a reference with ``truth`` that the detector
            has not seen. Without it the shipped examples serve.

        Raises
        ------
        InputError
            When no tile of the reference can be assessed.
        """
        seed = SeedTree.of(self.random_state)
        shipped = load_shipped_tissue()
        self.detector_ = load_shipped() if self.detector is None else self.detector
        threshold = shipped.threshold if self.threshold is None else self.threshold
        self.plan_ = SegmentingPlan(threshold=threshold)
        if reference is None:
            self.gate_ = AcquisitionGate(shipped.acquisition)
            self.break_rate_ = shipped.break_rate
            return self._settle(shipped.good, _fit_loss(shipped.examples))
        volumes = [reference] if isinstance(reference, Volume) else list(reference)
        _require_volumes(volumes)
        columns = [column for volume in volumes for _, column in self._columns(volume)]
        self.gate_ = AcquisitionGate().fit(columns)
        looks = [self._look(column) for column in columns]
        good = pl.concat([table for table, _ in looks]).filter("passed")
        if not good.height:
            raise InputError(
                "expected tiles that can be assessed, found none",
                where="reference",
                repair="Bring sharp images of good tissue with membranes in them.",
            )
        self.break_rate_ = _rate(pl.concat([steps for _, steps in looks]))
        return self._settle(
            good, self._learn(volumes, doses, seed) if doses else _fit_loss(shipped.examples)
        )

    def _settle(self, good: pl.DataFrame, loss: LossModel) -> Self:
        self.reference_, self.loss_ = Reference.of(good), loss
        self.axes_ = AxisReference.fit([good]) if AxisReference.has_enough(good) else None
        foretold = loss.predict(self.reference_.relate(good))["loss"]
        self.limit_ = choose_limit(foretold, self.tolerated)
        return self

    def _learn(self, volumes: Sequence[Volume], doses: Doses, seed: SeedTree) -> LossModel:
        tables, before = [], 0
        for place, volume in enumerate(volumes):
            step = max(round(self.spacing / volume.voxel_size[0]), 1)
            sections = range(0, volume.shape[0], step)
            instrument = self.detector_, self.plan_
            found = list_examples(volume, sections, instrument, doses, seed.child(place))
            tables.append(found.with_columns(pl.col("section") + before))
            before += volume.shape[0]
        return _fit_loss(relate_to_own(pl.concat(tables)))

    def count_columns(self, volume: Volume) -> int:
        """Count the columns of tiles in which a volume is read."""
        return sum(1 for _ in cut_tiles(volume, self.spacing, self.tile))

    def predict(self, volume: Volume, advance: Advance | None = None) -> Judged:
        """Judge a volume, column by column, so that it may be larger than memory.

        Parameters
        ----------
        volume : Volume
            Tissue with an image. Where it has ``truth`` the true loss is told beside the foretold.
        advance : callable, optional
            Told after each column.

        Returns
        -------
        Judged
            Tiles and steps.

        Raises
        ------
        NotFittedError
            When the assay was not fitted; call ``fit`` first.
        InputError
            When this is no volume, or its image cannot be measured.
        """
        check_is_fitted(self, "loss_", msg=_UNFITTED)
        _require_volumes([volume])
        tiles, steps = [], []
        for region, column in self._columns(volume):
            table, followed = self._look(column)
            found = self.loss_.predict(self.reference_.relate(table))
            found = found.with_columns(self.reference_.lacks(table))
            tiles.append(pl.concat([_place(table, column, region), found], how="horizontal"))
            steps.append(followed)
            if advance is not None:
                advance(1)
        found = _judge_tiles(pl.concat(tiles).with_columns(settle_kind()), self.limit_)
        return Judged(found, pl.concat(steps))

    def save(self, folder: Path | str) -> None:
        """Write the fitted assay into a new folder, as safetensors and JSON.

        Raises
        ------
        NotFittedError
            When the assay was not fitted; call ``fit`` first.
        InputError
            When its detector is none of the package's.
        OutputError
            When the folder exists; name another.
        """
        check_is_fitted(self, "loss_", msg=_UNFITTED)
        require_new_folder(folder)
        save_assay(self, folder)

    @classmethod
    def load(cls, folder: Path | str) -> Self:
        """Read an assay that :meth:`save` wrote; it gives the same output as before.

        Raises
        ------
        InputError
            When the folder holds no assay, or a damaged one; save it again.
        """
        return load_assay(cls, folder)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.no_validation = True
        return tags

    def _columns(self, volume: Volume) -> Iterator[tuple[Region, Volume]]:
        for region in cut_tiles(volume, self.spacing, self.tile):
            yield region, read_column(volume, region)

    def _look(self, column: Volume) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return what is seen of the tiles of a column, and whether profiles go on between them."""
        table, fragmentations = observe(column, self.detector_, self.plan_, self.gate_)
        error: list[float | None] = [None] * len(table)
        if _TRUTH in column.segmentations:
            # In one section nothing says that two profiles are one body.
            truth = [label_components(section) for section in column.segmentation(_TRUTH)]
            scores = score_fragmentations(fragmentations, truth, self.plan_.threshold)
            error = scores.rand.tolist()
        table = table.with_columns(true_error=pl.Series(error, dtype=pl.Float64))
        if len(table) < 2:
            return table, _STEPS
        labels = np.stack([one.segment(self.plan_.threshold) for one in fragmentations])
        found = follow_sections(labels, column.voxel_size)
        return table, pl.DataFrame(dict(zip(_STEPS.columns, found, strict=True)))


def _require_volumes(volumes: Sequence[object]) -> None:
    for volume in volumes:
        if not isinstance(volume, Volume):
            raise InputError(
                f"expected a Volume, found {type(volume).__name__}",
                where="PreservationAssay",
                repair="Make one of an image with Volume(voxel_size, image=array).",
            )


def _judge_tiles(tiles: pl.DataFrame, limit: float) -> pl.DataFrame:
    """Call tiles bad, but for those of which the reference lacks the anatomy."""
    tiles = tiles.with_columns(bad=is_bad(pl.col("loss"), limit))
    unclear = pl.col("passed") & pl.col("lacks") & pl.col("bad")
    tiles = tiles.with_columns(
        passed=pl.col("passed") & ~unclear,
        reason=pl.when(unclear).then(pl.lit(_LACKING)).otherwise("reason"),
    )
    return tiles.with_columns(bad=pl.when("passed").then("bad")).drop("lacks")


def _place(tiles: pl.DataFrame, column: Volume, region: Region) -> pl.DataFrame:
    """Say where the middle of each tile lies."""
    dz, dy, dx = column.voxel_size
    _, y, x = region
    return tiles.with_columns(
        z_nm=pl.col("section") * dz,
        y_nm=pl.lit((y.start + y.stop) / 2 * dy),
        x_nm=pl.lit((x.start + x.stop) / 2 * dx),
    )


def _fit_loss(examples: pl.DataFrame) -> LossModel:
    return LossModel.fit(examples, examples["section"].to_list())


def _rate(steps: pl.DataFrame) -> float:
    length = float(steps["length_mm"].to_numpy().sum())
    return float(steps["breaks"].to_numpy().sum()) / length if length else 0.0
