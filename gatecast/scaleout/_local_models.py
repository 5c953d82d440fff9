"""One small model for each series, of any number of series: trained block by block, in parts."""

from __future__ import annotations

import copy
import io
import time
import warnings
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from safetensors.numpy import load, save

from gatecast._types import InputError, InputWarning
from gatecast.scaleout._bucket_work import BucketWork, Some
from gatecast.scaleout._models import artefact_of, checksum_of, loaded
from gatecast.scaleout._poisoned import in_halves, plain_id
from gatecast.scaleout._zero_shot import Reading
from gatecast.scaleout.partitions import MANIFEST, Partitions, PartRecord

if TYPE_CHECKING:
    from gatecast.forecasting import Calibration, Estimator

BLOCK = 128
"""Series that are trained together, idle ones included: one program for all blocks of about a
length."""

CALIBRATION = "_calibration.safetensors"
# Held-back windows of all series that intervals are calibrated on: more make them no better.
_MOST_WINDOWS = 10_000
_SCORES = "scores"


@dataclass(frozen=True)
class LocalFitting(BucketWork):
    """The work of a task: train a model for each series of a bucket, and write them as one part.

    A part is a zip archive of artefacts, one for each block.

    Attributes:
        forecaster: not fitted.
        reading: how its frames are read; with the calendar step.
    """

    forecaster: Estimator
    reading: Reading

    def __call__(self, some: Some) -> PartRecord:
        """Returns the record of the part."""
        began = time.perf_counter()
        id_col = self.buckets.names.id_col
        frame = self.rows(some)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", InputWarning)
            readable, failures = in_halves(frame, id_col, self.reading)
            models: list[Estimator] = []
            for block in self._blocks(readable):
                found, others = in_halves(block, id_col, self._fit)
                models += found
                failures += others
        self._note_scores(some.bucket, models)
        series = sum(len(_ids(model)) for model in models)
        seconds = time.perf_counter() - began
        every = (*some.passed_over, *failures)
        record = PartRecord(some.bucket, series, len(frame), every, seconds)
        return self.partitions.write(record, _archive(models))

    def _blocks(self, frames: Sequence[pd.DataFrame]) -> list[pd.DataFrame]:
        """The series of a bucket, some at a time: those of about the same length together."""
        if not frames:
            return []
        frame = pd.concat(frames, ignore_index=True)
        id_col = self.buckets.names.id_col
        length = frame.groupby(id_col, sort=False)[id_col].transform("size")
        ids = frame[id_col].iloc[np.argsort(length.to_numpy(), kind="stable")].unique()
        # One place is left for an idle series, so that blocks of any number are trained alike.
        size = BLOCK - 1
        chosen = (frame[id_col].isin(ids[at : at + size]) for at in range(0, len(ids), size))
        return [frame[own].reset_index(drop=True) for own in chosen]

    def _fit(self, rows: pd.DataFrame) -> Estimator:
        names = self.buckets.names
        forecaster = copy.copy(self.forecaster)
        forecaster = self.reading.fit(forecaster, _filled_up(rows, names.id_col, names.target_cols))
        return forecaster.on_history(rows)

    def _note_scores(self, bucket: int, models: Sequence[Estimator]) -> None:
        """Keep some of the errors on held-back windows for the calibration of all."""
        most = -(-_MOST_WINDOWS // self.buckets.number)
        known = [model.model_.calibration for model in models]
        arrays = _some([each for each in known if each is not None], most)
        folder = self.partitions.work / _SCORES
        folder.write(f"{bucket:05d}.safetensors", save(arrays))


def pool_scores(partitions: Partitions, number: int) -> None:
    """Write the calibration of all series into the folder of their models."""
    folder = partitions.work / _SCORES
    every = [load(folder.read(f"{bucket:05d}.safetensors")) for bucket in range(number)]
    kinds = {kind for arrays in every for kind in _kinds(arrays)}
    pooled = {
        f"{kind}.{name}": np.concatenate(
            [arrays[f"{kind}.{name}"] for arrays in every if f"{kind}.{name}" in arrays]
        )
        for kind in sorted(kinds)
        for name in ("scores", "weight")
    }
    partitions.folder.write(CALIBRATION, save(pooled))


@dataclass(frozen=True)
class StoredModels:
    """The models of a folder that `fit` has written; each task loads those of its bucket.

    Attributes:
        partitions: of the models.
        number: of the parts; a series lies in the one of its bucket.
    """

    partitions: Partitions
    number: int

    @classmethod
    def at(cls, place: Any) -> StoredModels:
        """Those of a folder.

        Raises:
            InputError: if it is none, or not finished.
        """
        partitions = Partitions.at(place, ending="gatecast")
        manifest = partitions.folder.read_json(MANIFEST)
        if manifest is None or manifest["plan"].get("what") != "fit":
            raise InputError(
                f"{place} is no folder that gatecast.scaleout.fit has finished: call it again with "
                "the same, or give the file of a model"
            )
        return cls(partitions, len(manifest["parts"]))

    @property
    def checksum(self) -> str:
        """For a plan."""
        return checksum_of(self.partitions.folder.read(MANIFEST))

    @cached_property
    def example(self) -> Estimator:
        """The first model there is.

        Raises:
            InputError: if there is none.
        """
        for bucket in range(self.number):
            if models := self.of(bucket):
                return models[0]
        raise InputError(f"{self.partitions.folder.url} holds no model")

    def of(self, bucket: int) -> list[Estimator]:
        """The models of a bucket, calibrated on all series."""
        return _models_of(self.partitions, bucket)


@lru_cache(maxsize=1)
def _models_of(partitions: Partitions, bucket: int) -> list[Estimator]:
    pooled = load(partitions.folder.read(CALIBRATION))
    contents = io.BytesIO(partitions.folder.read(partitions.name(bucket)))
    with zipfile.ZipFile(contents) as archive:
        models = [loaded(archive.read(name)) for name in sorted(archive.namelist())]
    return [_calibrated(model, pooled) for model in models]


def _calibrated(forecaster: Estimator, pooled: dict[str, Any]) -> Estimator:
    model = forecaster.model_
    own = model.calibration
    if own is None or f"{own.kind}.scores" not in pooled:
        return forecaster
    scores, weight = (pooled[f"{own.kind}.{name}"] for name in ("scores", "weight"))
    return forecaster.standing_at(
        replace(model, calibration=replace(own, scores=scores, weight=weight))
    )


def _filled_up(frame: pd.DataFrame, id_col: str, targets: Sequence[str]) -> pd.DataFrame:
    """The series of a block with idle ones, which never change, up to their number.

    A series that never changes is left out of every calibration.
    """
    lengths = frame.groupby(id_col, sort=True).size()
    longest = frame[frame[id_col] == lengths.idxmax()].copy()
    for name in targets:
        longest[name] = longest[name].dropna().iloc[0] if longest[name].notna().any() else np.nan
    last = lengths.index[-1]
    idle = [
        longest.assign(**{id_col: f"{last}~{place:03d}" if isinstance(last, str) else last + place})
        for place in range(1, BLOCK - len(lengths) + 1)
    ]
    return pd.concat([frame, *idle], ignore_index=True)


def _archive(models: Sequence[Estimator]) -> bytes:
    contents = io.BytesIO()
    with zipfile.ZipFile(contents, "w", zipfile.ZIP_STORED) as archive:
        for place, model in enumerate(models):
            # Of a fixed time, so that the same models give the same bytes.
            archive.writestr(zipfile.ZipInfo(f"{place:03d}.gatecast"), artefact_of(model))
    return contents.getvalue()


def _ids(forecaster: Estimator) -> set[Any]:
    return {plain_id(unique_id) for unique_id in forecaster.model_.context.panel.ids}


def _some(calibrations: Sequence[Calibration], most: int) -> dict[str, Any]:
    """At most so many of the held-back windows, spread evenly."""
    arrays: dict[str, Any] = {}
    for kind in sorted({each.kind for each in calibrations}):
        own = [each for each in calibrations if each.kind == kind]
        scores = np.concatenate([each.scores for each in own])
        weight = np.concatenate([each.weight for each in own])
        place = np.linspace(0, len(scores) - 1, min(most, len(scores))).round().astype(int)
        arrays |= {f"{kind}.scores": scores[place], f"{kind}.weight": weight[place]}
    return arrays


def _kinds(arrays: dict[str, Any]) -> set[str]:
    return {name.partition(".")[0] for name in arrays}
