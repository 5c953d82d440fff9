"""How a network is trained, as a record."""

from dataclasses import dataclass

from gatecast._types import InputError, check_whole


@dataclass(frozen=True)
class Training:
    """Settings of one training run.

    Attributes:
        epochs: passes over the training samples, at most.
        batch_size: samples per optimizer step; where state is carried along the series, a step is
            one window of each series instead.
        learning_rate: step size.
        optimizer: the name of a Keras optimizer, such as "adam", "sgd", "rmsprop", "adamw"; or
            "cocob", which needs no learning rate and ignores it (Orabona and Tommasi 2017).
        loss: "mse", "mae" or "huber" of a point output, on scaled values, or "mape", whose scaled
            values have to be logarithms; other outputs bring their own. Missing targets are left
            out.
        shuffle: draw the samples in a new order at each epoch.
        clip: limit on the global gradient norm, None for none.
        schedule: of the learning rate over all steps: "constant"; "cosine", down to zero
            (Loshchilov and Hutter 2017); "exponential", down to a hundredth; "one_cycle", up from
            a twenty-fifth in three tenths of the steps and down to almost zero (Smith and Topin
            2019).
        warmup: share of the steps in which the learning rate first rises to its full size.
        weight_decay: share of each weight matrix, times the learning rate, subtracted at each step
            (Loshchilov and Hutter 2019; with "cocob" added to its gradients instead); 0 leaves it
            to the optimizer: 0.004 for "adamw", none for others.
        backprop_windows: where state is carried along a series, the consecutive windows that
            make one step and that gradients reach back through.
        recent: train only on samples whose targets begin in so many last rows of each series; None
            trains on all.
        validation: share of each series' training samples, the newest, kept for early stopping.
        patience: epochs without a better validation loss before training stops and the best
            weights are restored (needs `validation`); None trains all epochs.

    Raises:
        InputError: naming the setting and its value.
    """

    epochs: int = 100
    batch_size: int = 32
    learning_rate: float = 1e-3
    optimizer: str = "adam"
    loss: str = "mse"
    shuffle: bool = True
    clip: float | None = None
    recent: int | None = None
    validation: float = 0.0
    patience: int | None = None
    schedule: str = "constant"
    warmup: float = 0.0
    weight_decay: float = 0.0
    backprop_windows: int = 1

    def __post_init__(self) -> None:
        check_whole("epochs", self.epochs, 1)
        check_whole("batch_size", self.batch_size, 1)
        check_whole("backprop_windows", self.backprop_windows, 1)
        if self.recent is not None:
            check_whole("recent", self.recent, 1)
        _check_one_of("optimizer", self.optimizer, OPTIMIZERS)
        _check_one_of("loss", self.loss, LOSSES)
        _check_one_of("schedule", self.schedule, SCHEDULES)
        if self.learning_rate <= 0:
            raise InputError(f"learning_rate must be positive, got {self.learning_rate}")
        if self.clip is not None and self.clip <= 0:
            raise InputError(f"clip must be positive or None, got {self.clip}")
        if self.weight_decay < 0:
            raise InputError(f"weight_decay must be at least 0, got {self.weight_decay}")
        for name in ("validation", "warmup"):
            if not 0 <= getattr(self, name) < 1:
                raise InputError(f"{name} must lie in [0, 1), got {getattr(self, name)}")
        self._check_together()

    def _check_together(self) -> None:
        if self.patience is not None and (self.patience < 1 or not self.validation):
            raise InputError(
                f"patience must be at least 1 and needs validation > 0, got {self.patience} "
                f"with validation {self.validation}"
            )
        if self.schedule == "one_cycle" and self.warmup:
            raise InputError(f"one_cycle warms up by itself: warmup must be 0, got {self.warmup}")
        if self.optimizer == "cocob" and not self.constant_rate:
            raise InputError(
                "cocob finds its own step sizes: schedule must be 'constant' and warmup 0, "
                f"got {self.schedule!r} and {self.warmup}"
            )

    @property
    def constant_rate(self) -> bool:
        """Whether the learning rate is constant."""
        return self.schedule == "constant" and not self.warmup


def _check_one_of(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise InputError(f"{name} must be one of {', '.join(known)}, got {value!r}")


LOSSES = ("mse", "mae", "huber", "mape")
SCHEDULES = ("constant", "cosine", "exponential", "one_cycle")
OPTIMIZERS = (
    "adam",
    "adamw",
    "sgd",
    "rmsprop",
    "adadelta",
    "adafactor",
    "adagrad",
    "adamax",
    "ftrl",
    "lion",
    "nadam",
    "cocob",
)
