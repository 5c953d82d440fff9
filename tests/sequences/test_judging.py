"""Losses, baselines, scores and verdicts; the truth is scikit-learn, SciPy and Keras."""

import jax
import numpy as np
import pytest
from scipy import stats
from sequence_cases import NAN, read
from sklearn import metrics
from sklearn.linear_model import LogisticRegression, Ridge

from gatecast._backend import keras
from gatecast._types import InputError
from gatecast.sequences.problems._baselines import (
    fit_logistic,
    fit_ridge,
    last_values,
    summary_features,
)
from gatecast.sequences.problems._categorical import Categorical
from gatecast.sequences.problems._judge import judge
from gatecast.sequences.problems._problems import Classes, Numbers

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 4))
Y = (X @ RNG.normal(size=(4, 3)) + RNG.normal(size=(60, 3))).argmax(axis=1)
RAW = RNG.normal(size=(60, 3)).astype(np.float32)
CHANCES = np.exp(RAW) / np.exp(RAW).sum(axis=1, keepdims=True)
WEIGHTS = np.array([1.0, 3.0, 0.5])


def test_the_loss_is_that_of_keras():
    own = Categorical(tuple(WEIGHTS)).loss(RAW, Y.astype(np.float32), 1.0)
    theirs = keras.losses.sparse_categorical_crossentropy(Y, RAW, from_logits=True)
    np.testing.assert_allclose(own, WEIGHTS[Y] * np.asarray(theirs), rtol=1e-5)
    np.testing.assert_allclose(Categorical((1.0,) * 3).probabilities(RAW), CHANCES, rtol=1e-5)


def test_draws_have_the_probabilities():
    many = np.tile(RAW[:1], (20_000, 1))
    output = Categorical((1.0,) * 3)
    drawn = np.asarray(output.sample(many, 1.0, jax.random.key(0)))
    np.testing.assert_allclose(np.bincount(drawn.astype(int)) / len(many), CHANCES[0], atol=0.01)
    assert float(output.center(RAW[:1], 1.0)[0]) == CHANCES[0].argmax()
    with pytest.raises(InputError, match="no quantiles"):
        output.quantiles(RAW, RAW, np.array([0.5]))


@pytest.mark.parametrize("weights", [np.ones(3), WEIGHTS])
def test_logistic_regression_is_that_of_scikit_learn(weights: np.ndarray):
    found = fit_logistic(X, Y, weights)
    theirs = LogisticRegression(tol=1e-8, max_iter=1000).fit(X, Y, sample_weight=weights[Y])
    np.testing.assert_allclose(found[:-1].T, theirs.coef_, atol=2e-3)
    centred = found[-1] - found[-1].mean()
    np.testing.assert_allclose(centred, theirs.intercept_ - theirs.intercept_.mean(), atol=2e-3)


def test_ridge_regression_is_that_of_scikit_learn():
    y = X @ [1, 2, 3, 4] + 5
    theirs = Ridge(alpha=1).fit(X, y)
    np.testing.assert_allclose(fit_ridge(X, y), [*theirs.coef_, theirs.intercept_])


def test_summaries_by_hand():
    sequences = read([[[1, NAN], [4, 7], [NAN, 9]], [[2, NAN]]])
    np.testing.assert_array_equal(last_values(sequences), [[4, 9], [2, NAN]])
    found = summary_features(sequences)
    np.testing.assert_allclose(found[0], [2.5, 8, 1.5, 1, 1, 7, 4, 9, 1, 7, 4, 9, 3])
    np.testing.assert_allclose(found[1, [0, 2, 4, 6, 8, 10, 12]], [2, 0, 2, 2, 2, 2, 1])


def test_baselines_answer_for_columns_without_values():
    train, held = read([[[1, NAN]], [[2, NAN]], [[3, NAN]]]), read([[[2, 5]]])
    found = Classes(2).baselines(train, np.array([0, 1, 1]), held)
    assert list(found) == [
        "the most frequent class",
        "logistic regression on the last row",
        "logistic regression on summary features",
    ]
    np.testing.assert_allclose(found["the most frequent class"], [[1 / 3, 2 / 3]])
    numbers = Numbers().baselines(train, np.array([1.0, 2, 3]), held)
    np.testing.assert_allclose(list(numbers.values()), 2)


@pytest.mark.parametrize("weighing", [None, "balanced"])
def test_scores_of_classes_are_those_of_scikit_learn(weighing: str | None):
    found = Classes(3, weighing).scores(CHANCES, Y)  # type: ignore[arg-type]
    guess = CHANCES.argmax(axis=1)
    assert found == pytest.approx(
        {
            "accuracy": metrics.accuracy_score(Y, guess),
            "balanced_accuracy": metrics.balanced_accuracy_score(Y, guess),
            "log_loss": metrics.log_loss(Y, CHANCES),
        }
    )
    assert next(iter(found)) == ("balanced_accuracy" if weighing else "accuracy")


def test_losses_order_models_as_the_score_does():
    other = np.roll(CHANCES, 1, axis=1)
    for problem in (Classes(3), Classes(3, "balanced")):
        scores = [next(iter(problem.scores(each, Y).values())) for each in (CHANCES, other)]
        losses = [problem.losses(each, Y).mean() for each in (CHANCES, other)]
        assert (scores[0] > scores[1]) == (losses[0] < losses[1])


def test_scores_of_numbers_are_those_of_scikit_learn():
    y = X.sum(axis=1)
    assert Numbers().scores(X[:, 0], y) == pytest.approx(
        {
            "rmse": metrics.root_mean_squared_error(y, X[:, 0]),
            "mae": metrics.mean_absolute_error(y, X[:, 0]),
            "r2": metrics.r2_score(y, X[:, 0]),
        }
    )
    assert np.isnan(Numbers().scores(X[:, 0], np.ones(60))["r2"])


def test_weights_of_classes_have_mean_one():
    y = np.array([0, 0, 0, 1])
    np.testing.assert_allclose(Classes(2).weights(y), [1, 1])
    np.testing.assert_allclose(Classes(2, "balanced").weights(y), [2 / 3, 2])
    np.testing.assert_allclose(Classes(2, (5.0, 15.0)).weights(y), [2 / 3, 2])


def test_the_verdict_for_a_better_network():
    y = X.sum(axis=1)
    answers = {"LSTM": y + 0.1, "the mean": np.zeros(60), "ridge": y + 0.3 * X[:, 1]}
    found = judge(Numbers(), "LSTM", answers, y)
    p = stats.ttest_rel(np.full(60, 0.01), (0.3 * X[:, 1]) ** 2).pvalue
    assert found.report["model"].tolist() == ["LSTM", "ridge", "the mean"]
    assert found.report["kind"].tolist() == ["network", "baseline", "baseline"]
    assert p < 0.001
    assert found.verdict == (
        "On 60 sequences that were held back, the LSTM has an RMSE of 0.100, the best baseline "
        "(ridge) an RMSE of 0.263. The difference is not by chance (paired t-test, p below 0.001): "
        "use the LSTM."
    ).replace("0.263", f"{0.3 * np.sqrt((X[:, 1] ** 2).mean()):.3f}")


def test_the_verdict_where_it_may_be_chance():
    y = np.array([0, 1] * 10)
    right = np.eye(2)[y]
    once_wrong = right.copy()
    once_wrong[0] = [0, 1]
    found = judge(Classes(2), "GRU", {"GRU": right, "simple": once_wrong}, y)
    p = stats.ttest_rel(np.zeros(20), [1] + [0] * 19).pvalue
    assert found.verdict == (
        "On 20 sequences that were held back, the GRU has an accuracy of 100 %, the best baseline "
        f"(simple) an accuracy of 95 %. The difference may be chance (paired t-test, p = {p:.2g}): "
        "until more sequences tell them apart, use the baseline, which is simpler."
    )


@pytest.mark.parametrize("ours", [[0.1, 0.9], [0.9, 0.1]])
def test_the_verdict_where_the_network_is_no_better(ours: list[float]):
    y = np.array([1, 1, 1])
    answers = {"LSTM": np.array([ours] * 3), "simple": np.array([[0.0, 1.0]] * 3)}
    found = judge(Classes(2), "LSTM", answers, y)
    assert found.verdict.endswith("Use the baseline: it is simpler, and no worse.")
    assert found.report["model"].tolist() == ["simple", "LSTM"]
