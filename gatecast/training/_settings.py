"""How a network is trained, as a record."""

from dataclasses import dataclass

from gatecast._types import InputError, check_whole


@dataclass(frozen=True)
class Training:
    """Settings of one training run.

    Attributes:
        epochs: passes over the training samples, at most.
        batch_size: samples per optimiser step.
        learning_rate: step size.
        optimizer: the name of a Keras optimiser, such as "adam", "sgd", "rmsprop", "adamw".
        loss: "mse", "mae" or "huber", on scaled values; missing targets are left out.
        shuffle: draw the samples in a new order at each epoch.
        clip: limit on the global gradient norm, None for none.
        validation: share of each series' newest training samples held back for early stopping.
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
    validation: float = 0.0
    patience: int | None = None

    def __post_init__(self) -> None:
        check_whole("epochs", self.epochs, 1)
        check_whole("batch_size", self.batch_size, 1)
        if self.learning_rate <= 0:
            raise InputError(f"learning_rate must be positive, got {self.learning_rate}")
        if self.loss not in LOSSES:
            raise InputError(f"loss must be one of {', '.join(LOSSES)}, got {self.loss!r}")
        if not 0 <= self.validation < 1:
            raise InputError(f"validation must lie in [0, 1), got {self.validation}")
        if self.patience is not None and (self.patience < 1 or not self.validation):
            raise InputError(
                f"patience must be at least 1 and needs validation > 0, got {self.patience} "
                f"with validation {self.validation}"
            )


LOSSES = ("mse", "mae", "huber")
