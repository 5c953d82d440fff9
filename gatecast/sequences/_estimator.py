"""What estimators of whole sequences share."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gatecast._lazy import lazy
from gatecast._progress import showing
from gatecast._types import Floats, InputError
from gatecast._warn import warn
from gatecast.data import in_library, library_of, show_some, to_pandas
from gatecast.forecasting import TRAINING, Made, Params, setting
from gatecast.forecasting.saving import Contents, check_record, damage_told
from gatecast.network import Architecture
from gatecast.sequences._model import Frames, SequenceModel
from gatecast.sequences._settings import SequenceCell, SequenceKind, Settings
from gatecast.sequences.problems import Problem
from gatecast.sequences.reading import (
    Sequences,
    are_arrays,
    from_arrays,
    from_frame,
    labels_of,
    name_of,
)
from gatecast.training import Training

if TYPE_CHECKING:
    from gatecast.sequences import _fit, _saving
else:
    # Loaded late: a process that only predicts needs neither.
    _fit = lazy("gatecast.sequences._fit")
    _saving = lazy("gatecast.sequences._saving")

# Only scikit-learn itself, which is no dependency, leads there.
sklearn_utils = lazy("sklearn.utils")

USUAL = Training(epochs=100, batch_size=16, learning_rate=3e-3, schedule="cosine", clip=1.0)


@dataclass(kw_only=True, eq=False, repr=False)
class SequenceEstimator(Params, ABC):
    """Reads whole sequences, before and after it is fitted; see its subclasses.

    Attributes:
        model_: the fitted `SequenceModel`: weights, scaling, the names of columns.
        report_: one row per model, the best first: its metrics on the sequences held back.
        verdict_: the same in plain words.
        curves_: name -> [members, epochs] losses of the final training run; empty without one.
        feature_names_in_: the columns that are read.
        n_features_in_: how many there are.
    """

    network: SequenceKind = "stack"
    cell: SequenceCell = "lstm"
    layers: int = 1
    units: int = 32
    dropout: float = 0.0
    max_length: int | None = None
    members: int = 1
    held_back: float = 0.2
    random_seed: int = 0
    training: Training = setting(USUAL, TRAINING)
    verbose: bool | None = None

    kind: ClassVar[str]
    """Its name in a saved file; a subclass is saved under the name of its base estimator."""

    has_classes: ClassVar[bool]
    """Whether labels are classes; else they are numbers."""

    def __post_init__(self) -> None:
        if not isinstance(self.training, Training):
            raise InputError(f"training must be a gatecast.Training(), got {self.training!r}")
        for name, known in (("network", SequenceKind), ("cell", SequenceCell)):
            if (value := getattr(self, name)) not in get_args(known):
                choice = ", ".join(get_args(known))
                raise InputError(f"{name} must be one of {choice}, got {value!r}")
        _ = self.settings

    def __sklearn_tags__(self) -> Any:
        """What scikit-learn asks of an estimator before it validates or searches with it."""
        return sklearn_utils.Tags(
            estimator_type="classifier" if self.has_classes else "regressor",
            target_tags=sklearn_utils.TargetTags(required=True),
            classifier_tags=sklearn_utils.ClassifierTags() if self.has_classes else None,
            regressor_tags=None if self.has_classes else sklearn_utils.RegressorTags(),
        )

    @property
    def settings(self) -> Settings:
        """All settings that both estimators have, checked, as one record."""
        return Settings(
            Architecture(self.cell, self.layers, self.units, self.dropout, kind=self.network),
            self.training,
            self.max_length,
            self.members,
            self.random_seed,
            self.held_back,
        )

    def fit(self, df: Any, labels: Any, *, id_col: str = "unique_id", time_col: str = "ds") -> Self:
        """Train on sequences with a label each.

        Networks that do not see a share of them, `held_back`, are judged on it beside simple
        baselines (`report_`, `verdict_`); the networks that stay are trained on all.

        Args:
            df: pandas, polars or Arrow frame with one row per sequence and time, all of whose
                other columns are read; or a list of arrays [length, columns].
            labels: of a frame, the name of a column that is constant within each sequence, or a
                pandas Series, a mapping or a frame by id; of arrays, one for each.
            id_col: the column that names the sequences.
            time_col: timestamps or integers, by which the rows of a sequence are put in order.

        Raises:
            InputError: if the data cannot be used, naming the sequence, column and value.
        """
        frames = Frames(id_col, time_col, name_of(labels, id_col))
        if are_arrays(df):
            sequences = from_arrays(df)
        else:
            df = to_pandas(df)
            used = (id_col, time_col, labels if isinstance(labels, str) else None)
            columns = [name for name in df.columns if name not in used]
            if not columns:
                raise InputError(f"the data frame has no column beside {show_some(used[:2])}")
            sequences = from_frame(df, id_col, time_col, columns)
        given = labels_of(labels, sequences, df, id_col)
        classes, y = self._numbered(given)
        problem = self._problem(classes)
        with showing(verbose=self.verbose):
            found = _fit.fit_sequences(problem, sequences, y, self.settings, verbose=self.verbose)
        model = SequenceModel(
            found.networks, sequences.columns, frames, classes, found.judged.verdict
        )
        return self._with(model, found.judged.report, found.curves)

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Write the artefact: one file, safetensors and JSON with checksums.

        A file that is there is replaced.

        Args:
            path: of the file.
            overwrite: replace the file that this model was loaded from even if it has changed.

        Raises:
            InputError: if not fitted, the place cannot be written, or what something else has
                written into the file since this model was loaded from it would be lost.
        """
        model = self._fitted()
        made = Made(self.kind, self.to_json())
        saved = _saving.save_model(made, model, self.report_, path, overwrite=overwrite)
        self._with(model.saved_as(saved), self.report_, self.curves_)
        return Path(path)

    @classmethod
    def from_contents(cls, contents: Contents) -> Self:
        """The estimator that a file holds.

        Raises:
            InputError: if the file was edited, and what it holds does not fit together.
        """
        with damage_told(contents.source):
            check_record("made", contents.manifest["made"], Made)
            estimator = cls.from_json(contents.manifest["made"]["params"])
            model, report = _saving.model_of(
                contents, estimator.settings, has_classes=cls.has_classes
            )
            return estimator.standing_at(model, report)

    def standing_at(self, model: SequenceModel, report: pd.DataFrame) -> Self:
        """This estimator, fitted: with a model that exists already."""
        return self._with(model, report, {})

    @abstractmethod
    def _numbered(self, labels: NDArray[Any]) -> tuple[NDArray[Any] | None, Any]:
        """The classes, if there are any, and [sequences] the number of the class or the label."""

    @abstractmethod
    def _problem(self, classes: NDArray[Any] | None) -> Problem:
        """What is learnt."""

    def _answers(self, df: Any) -> tuple[Sequences, Floats]:
        """Sequences, and what the networks answer to them."""
        model = self._fitted()
        columns = model.columns
        if are_arrays(df):
            sequences = from_arrays(df, columns)
        else:
            sequences = from_frame(df, model.frames.unique_id, model.frames.ds, columns)
        new = np.isnan(sequences.values[sequences.seen]).any(axis=0)
        new &= ~model.networks.scaler.flagged
        if new.any():
            warn(
                f"column {show_some(np.asarray(columns)[new])} has missing values, which it had "
                "not in training: they are read as its mean"
            )
        return sequences, model.networks.answers(sequences)

    def _returned(self, found: dict[str, NDArray[Any]], ids: NDArray[Any], df: Any) -> Any:
        """Columns beside the ids as a frame of the kind of `df`."""
        frame = pd.DataFrame({self._fitted().frames.unique_id: ids, **found})
        return in_library(frame, library_of(df))

    def _true(self, labels: Any, sequences: Sequences, df: Any) -> NDArray[Any]:
        """The labels to compare predictions with."""
        given = df if are_arrays(df) else to_pandas(df)
        return labels_of(labels, sequences, given, self._fitted().frames.unique_id)

    def _with(self, model: SequenceModel, report: pd.DataFrame, curves: dict[str, Any]) -> Self:
        # Declared here: in the class they would be settings.
        self.model_: SequenceModel = model
        self.report_: pd.DataFrame = report
        self.verdict_: str = model.verdict
        self.curves_: dict[str, Any] = curves
        self.feature_names_in_: NDArray[Any] = np.asarray(model.columns, object)
        self.n_features_in_ = len(model.columns)
        return self

    def _fitted(self) -> SequenceModel:
        if not hasattr(self, "model_"):
            raise InputError("this estimator is not fitted: call fit(df, labels) first")
        return self.model_
