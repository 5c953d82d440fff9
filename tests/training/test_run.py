from keras_models import X, Y, dense, values_of

from gatecast.training import Watch, fit


def test_the_result_does_not_depend_on_where_the_run_is_cut():
    bits = []
    for seconds in (0, 100):
        # One epoch per chunk, or all after the first.
        model = dense(dropout=0.2)
        watch = Watch(validation_split=0.25, patience=3, chunk_seconds=seconds)
        history = fit(model, X[:8], Y[:8], epochs=12, batch_size=2, watch=watch).history
        bits.append((history, [value.tobytes() for value in values_of(model)]))
    assert bits[0] == bits[1]
