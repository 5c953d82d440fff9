import json
import random
from typing import Any

import numpy as np
import pytest
from drawn_networks import BATCH, advance

from gatecast._backend import keras
from gatecast._types import InputError
from gatecast.framing import SampleInputs
from gatecast.network import (
    Architecture,
    Network,
    Normal,
    Sizes,
    architecture_of,
    build_network,
    initial_weights,
    load_keras_model,
)

STEPS = 4


def their_model(features: int = 1) -> keras.Model:
    uniform = keras.initializers.RandomUniform(0.5, 0.6)
    return keras.Sequential(
        [
            keras.Input((STEPS, features)),
            keras.layers.LSTM(3, dropout=0.5),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(4, kernel_initializer=uniform, bias_initializer="ones"),
        ]
    )


@pytest.fixture(scope="module")
def network() -> Network:
    sizes = Sizes(STEPS, features=1, horizon=2, static=2, masked=True)
    return build_network(architecture_of(their_model(features=3)), sizes, Normal())


def their_inputs() -> SampleInputs:
    rng = np.random.default_rng(1)
    return SampleInputs(
        x=rng.normal(size=(BATCH, STEPS, 1)).astype(np.float32),
        mask=rng.uniform(size=(BATCH, STEPS)) > 0.3,
        static=rng.normal(size=(BATCH, 2)).astype(np.float32),
    )


def test_a_model_reads_the_window_and_the_numbers_of_the_series(network: Network):
    model = their_model(features=3)
    weights = [
        [variable.value for variable in variables]
        for variables in (model.trainable_variables, model.non_trainable_variables)
    ]
    inputs = their_inputs()
    y, state, _ = advance(network, weights, inputs, network.zero_state(BATCH))
    repeated = np.repeat(inputs.static[:, None], STEPS, axis=1)
    x = np.concatenate([inputs.x, repeated], axis=-1) * inputs.mask[..., None]
    expected = np.asarray(model(x)).reshape(BATCH, 2, 1, 2)
    np.testing.assert_allclose(y, expected, rtol=1e-5, atol=1e-6)
    assert state == network.state_units == []
    assert not network.architecture.remembers


def test_members_draw_from_the_initialisers_of_the_model(network: Network):
    before = random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
    trainable, others = initial_weights(network, [5, 6])
    after = random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
    assert before == after
    alone = initial_weights(network, [6])
    for found, again in zip(trainable + others, [*alone[0], *alone[1]], strict=True):
        np.testing.assert_array_equal(found[1], again[0])
    variables = network.model.trainable_variables
    drawn = {variable.path: value for variable, value in zip(variables, trainable, strict=True)}
    kernels = {path: value for path, value in drawn.items() if "kernel" in path}
    assert len(kernels) == 3
    assert all((first != second).any() for first, second in kernels.values())
    kernel, bias = trainable[-2:]
    assert 0.5 <= kernel.min() < kernel.max() <= 0.6
    assert (bias == 1).all()


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_loss_and_optimizer_are_no_part_of_an_architecture():
    model = their_model()
    architecture = architecture_of(model)
    model.compile("sgd", "mae")
    assert architecture_of(model) == architecture


def test_dropout_and_moving_averages_work_in_training(network: Network):
    weights = [[value[0] for value in values] for values in initial_weights(network, [5])]
    inputs = their_inputs()
    y, _, after = advance(network, weights, inputs, [], training=True)
    assert not np.allclose(y, advance(network, weights, inputs, [])[0])
    # The seed of dropout, the moving mean and the moving variance.
    changed = [(one != other).any() for one, other in zip(after, weights[1], strict=True)]
    assert changed == [True] * 3


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        (Sizes(5, 1, 4), "expected input .samples, 5 time steps, 1 features., got .None, 4, 1."),
        (Sizes(4, 1, 4, static=1), "expected input .*, 2 features., got .None, 4, 1."),
        (Sizes(4, 1, 2), r"expected output .samples, 2. \(h \* targets .*, got .None, 4."),
        (Sizes(4, 1, 4, future=1), "network='keras' reads the window only: leave out futr_exog"),
        (Sizes(4, 1, 4, categories=(2,)), "network='keras' .* leave categories out of static_df"),
    ],
)
def test_inputs_a_model_cannot_take_are_named(sizes: Sizes, message: str):
    architecture = architecture_of(their_model())
    with pytest.raises(InputError, match=message):
        build_network(architecture, sizes)


def test_a_model_of_any_number_of_steps_will_do():
    x = keras.Input((None, 1))
    model = keras.Model(x, keras.layers.Dense(1)(keras.layers.GlobalAveragePooling1D()(x)))
    network = build_network(architecture_of(model), Sizes(9, 1))
    weights = ([np.full((1, 1), 2.0), np.ones(1)], [])
    y, _ = network.apply(weights, SampleInputs(np.arange(9.0).reshape(1, 9, 1)), [])
    # Twice the mean of 0 to 8, plus 1.
    assert y.item() == 9


class Strange(keras.layers.Layer):
    def call(self, x: Any) -> Any:
        return x


class Subclassed(keras.Model):
    def call(self, x: Any) -> Any:
        return x


def sequence(*layers: keras.layers.Layer) -> keras.Model:
    return keras.Sequential([keras.Input((STEPS, 1)), *layers])


def two_outputs() -> keras.Model:
    x = keras.Input((STEPS, 1))
    return keras.Model(x, [keras.layers.Flatten()(x), keras.layers.Flatten()(x)])


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (sequence(keras.layers.Lambda(lambda x: x[:, 0])), "Lambda layers hold code"),
        (sequence(Strange()), "Strange is not one of Keras's own layers"),
        (Subclassed(), "Subclassed is not one of Keras's own layers"),
        (keras.Sequential([keras.layers.Dense(1)]), "begin the model with keras.Input"),
        (two_outputs(), "expected one input and one output, got 1 and 2"),
    ],
    ids=["lambda", "own layer", "subclassed", "no input", "two outputs"],
)
def test_models_that_cannot_be_stored_are_refused(model: keras.Model, message: str):
    with pytest.raises(InputError, match=f"^keras_model: {message}"):
        architecture_of(model)


def test_json_that_names_other_code_is_refused():
    content = json.loads(architecture_of(their_model()).keras_model)
    content["config"]["layers"][1] = {"module": "os", "class_name": "system", "config": "true"}
    dotted = json.loads(architecture_of(their_model()).keras_model)
    dotted["config"]["layers"][1] |= {"registered_name": "layers.Lambda"}
    for text, message in (
        (json.dumps(dotted), "'layers.Lambda' is not one of Keras's own layers"),
        (json.dumps(content), "system is not one of Keras's own layers"),
        ('{"class_name": "Dense"}', "not the JSON of a Keras model"),
        ("[]", "not the JSON of a Keras model"),
        ("{", "not the JSON of a Keras model"),
    ):
        with pytest.raises(InputError, match=f"^keras_model: {message}"):
            build_network(Architecture(kind="keras", keras_model=text), Sizes(STEPS, 1))


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"units": 10**9}, "units must be at most 1,000,000, got 1000000000"),
        ({"units": 10**5}, "the network would have 40,[0-9,]+ weights, more than 268,435,456"),
    ],
)
def test_a_model_too_large_is_refused_before_memory_is_taken(setting: dict[str, int], message: str):
    content = json.loads(architecture_of(sequence(keras.layers.LSTM(3))).keras_model)
    content["config"]["layers"][1]["config"] |= setting
    with pytest.raises(InputError, match=f"^keras_model: {message}"):
        load_keras_model(json.dumps(content))


def test_a_model_read_again_is_the_same_one():
    x = keras.Input((STEPS, 1), name="x")
    both = keras.layers.Bidirectional(keras.layers.GRU(2, dropout=0.1), name="both")(x)
    model = keras.Model(x, keras.layers.Dense(4)(both), name="mine")
    architecture = architecture_of(model)
    again = load_keras_model(architecture.keras_model)
    assert again.name == "mine"
    paths = [each.path for each in model.trainable_variables]
    assert [each.path for each in again.trainable_variables] == paths
    assert architecture_of(again) == architecture
