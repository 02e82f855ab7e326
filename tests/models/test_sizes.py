"""What a network takes, told from its configuration, against the network that Keras builds."""

import json
from math import prod

import keras
import pytest
from keras import applications, layers, ops
from keras_parts import functional, layer, sequential, tensor, used

from explorer.models.following import follow
from explorer.models.keras_file import check_config, without_training
from explorer.models.sizes import Sizes, check_sizes

MANY = 10**12


def straight():
    return keras.Sequential(
        [
            keras.Input((16, 16, 3)),
            layers.SeparableConv2D(4, 3),
            layers.BatchNormalization(),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(5),
        ]
    )


def shared():
    images = keras.Input((16, 16, 3))
    twice = layers.Conv2D(3, 3, padding="same")
    both = layers.Add()([twice(images), twice(twice(images))])
    return keras.Model(images, layers.Dense(2)(layers.GlobalAveragePooling2D()(both)))


def nested():
    inner = shared()
    images = keras.Input((16, 16, 3))
    scores = layers.Concatenate()([inner(images), inner(layers.ReLU()(images))])
    return keras.Model(images, layers.Dense(7)(scores))


def any_size():
    images = keras.Input((None, None, 3))
    return keras.Model(images, layers.GlobalMaxPooling2D()(layers.Conv2D(4, 3)(images)))


def two_ends():
    """Return a network that uses both outputs of one within, which has two inputs, twice."""
    first, second = keras.Input((16, 16, 3)), keras.Input((16, 16, 1))
    joined = layers.Concatenate()([first, second])
    inner = keras.Model([first, second], [layers.Conv2D(5, 3)(joined), layers.Flatten()(second)])
    images = keras.Input((16, 16, 3))
    one, two = inner([images, images[..., :1]])
    three, four = inner([layers.ReLU()(images), images[..., 1:2]])
    flat = [layers.GlobalMaxPooling2D()(one), two, layers.GlobalMaxPooling2D()(three), four]
    return keras.Model(images, layers.Dense(2)(layers.Concatenate()(flat)))


def network_at_the_end():
    images = keras.Input((16, 16, 3))
    return keras.Model(images, straight()(any_size_to_images()(images)))


def any_size_to_images():
    images = keras.Input((None, None, 3))
    return keras.Model(images, layers.Conv2D(3, 3, padding="same")(images))


def written_as_operations():
    images = keras.Input((16, 16, 3))
    patches = ops.reshape(images, (-1, 4, 4, 4, 4, 3))
    patches = ops.reshape(ops.transpose(patches, (0, 1, 3, 2, 4, 5)), (-1, 16, 48))
    features = ops.relu(layers.Dense(8)(patches)) * 2.0 - 1.0
    features = features + ops.expand_dims(ops.mean(features, axis=-1), -1)
    return keras.Model(images, layers.Dense(2)(ops.max(features, axis=1)))


def deferred():
    """Return a chain that was told what it takes when it was built."""
    model = keras.Sequential([layers.Conv2D(4, 3), layers.Flatten(), layers.Dense(3)])
    model.build((None, 16, 16, 3))
    return model


def deferred_within():
    inner = keras.Sequential([layers.Conv2D(4, 3, activation="relu"), layers.Flatten()])
    images = keras.Input((16, 16, 3))
    return keras.Model(images, layers.Dense(3)(inner(images)))


def prepared():
    """Return a network that prepares its images itself, as keras.io does it."""
    return keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            layers.Resizing(16, 16),
            layers.RandomFlip("horizontal"),
            layers.RandomRotation(0.1),
            layers.RandomZoom(0.1),
            layers.RandomTranslation(0.1, 0.1),
            layers.RandomContrast(0.1),
            layers.RandomBrightness(0.1),
            layers.CenterCrop(14, 14),
            layers.Rescaling([1 / 127.5] * 3, offset=-1.0),
            layers.Normalization(mean=[0.1, 0.2, 0.3], variance=[1.0, 1.0, 1.0]),
            layers.Conv2D(4, 3, kernel_regularizer="l2", activation=layers.LeakyReLU(0.1)),
            layers.SpatialDropout2D(0.2),
            layers.PReLU(shared_axes=[1, 2]),
            layers.GlobalAveragePooling2D(),
            layers.Dense(3, activation="softmax", kernel_constraint="max_norm", dtype="float32"),
        ]
    )


def saved(model):
    return without_training(json.loads(model.to_json()))


HARMLESS = [
    *(straight, shared, nested, any_size, two_ends, network_at_the_end, written_as_operations),
    *(deferred, deferred_within, prepared),
]
LARGE = ["MobileNetV2", "ResNet50", "EfficientNetB0"]


@pytest.mark.parametrize("make", HARMLESS)
def test_parameters_are_those_that_keras_trains(make):
    model = make()
    trained = sum(prod(weights.shape) for weights in model.trainable_weights)
    assert check_sizes(saved(model), most_parameters=MANY) == trained
    with pytest.raises(ValueError, match=f"has {trained:,} parameters"):
        check_sizes(saved(model), most_parameters=trained - 1)


@pytest.mark.parametrize("make", HARMLESS)
def test_shapes_are_followed_to_the_end(make):
    model = make()
    check_config(saved(model))
    assert follow(saved(model), None, Sizes()) == [model.output_shape[1:]]


@pytest.mark.parametrize("name", LARGE)
@pytest.mark.parametrize("options", [{}, {"include_top": False, "input_shape": (None, None, 3)}])
def test_networks_that_people_have_are_told_exactly(name, options):
    model = getattr(applications, name)(weights=None, **options)
    check_config(saved(model))
    trained = sum(prod(weights.shape) for weights in model.trainable_weights)
    assert check_sizes(saved(model), most_parameters=MANY) == trained
    (found,) = follow(saved(model), None, Sizes())
    assert all(
        length in (None, got) for length, got in zip(model.output_shape[1:], found, strict=True)
    )


def test_what_every_layer_puts_out_is_summed():
    sizes = Sizes()
    follow(saved(straight()), None, sizes)
    assert sizes.values == 2 * 14 * 14 * 4 + 7 * 7 * 4 + 7 * 7 * 4 + 5
    assert sizes.passing == 14 * 14 * 3


# Multiplications of the published networks, in billions: their papers, and Canziani et al. (2016).
@pytest.mark.parametrize(
    ("name", "billions"), [("MobileNetV2", 0.30), ("ResNet50", 3.86), ("EfficientNetB0", 0.39)]
)
def test_multiplications_are_those_that_are_published(name, billions):
    sizes = Sizes()
    follow(saved(getattr(applications, name)(weights=None)), None, sizes)
    assert sizes.products == pytest.approx(billions * 1e9, rel=0.03)


def test_a_layer_that_is_used_twice_fills_twice_and_keeps_once():
    once, twice = Sizes(), Sizes()
    start = used(layer("InputLayer", batch_shape=[None, 8, 8, 3]), "images")
    same = layer("Conv2D", filters=3, kernel_size=1)
    for sizes, sources in ((once, ["images"]), (twice, ["images", "same"])):
        step = used(same, "same", *map(tensor, sources))
        end = ["same", len(sources) - 1, 0]
        follow(functional(start, step, outputs=end), None, sizes)
    assert (once.values, once.parameters) == (192, 12)
    assert (twice.values, twice.parameters) == (384, 12)


def test_layers_may_stand_in_any_order():
    config = saved(shared())
    config["config"]["layers"].reverse()
    assert check_sizes(config, most_parameters=MANY) == check_sizes(
        saved(shared()), most_parameters=MANY
    )


def test_the_layer_that_cannot_be_told_is_named_and_what_to_do_is_said():
    images = keras.Input((16, 16, 3))
    mixed = layers.Flatten()(ops.max(layers.Conv2D(2, 3)(images), axis=0, keepdims=True))
    model = keras.Model(images, layers.Dense(10)(mixed))
    name = next(one.name for one in model.operations if type(one).__name__ == "Max")
    with pytest.raises(ValueError, match=r"mixes the images of a batch\. Leave it out") as caught:
        check_sizes(saved(model), most_parameters=MANY)
    assert f"the layer '{name}' (Max)" in str(caught.value)


def test_names_cannot_fill_the_page():
    odd = sequential(layer("Permute", dims=[1], name="x\n\x1b" * 10_000))
    with pytest.raises(ValueError, match="cannot be told") as caught:
        check_sizes(odd, most_parameters=MANY)
    assert len(str(caught.value)) < 400
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("padding", [-5, 1.5, "x" * 10**6, None, [[1]], {}, [10**6] * 9, True])
def test_settings_that_make_no_sense_are_refused(padding):
    odd = sequential(layer("ZeroPadding2D", padding=padding))
    with pytest.raises(ValueError, match=r"the layer|a layer ZeroPadding2D"):
        check_sizes(odd, most_parameters=MANY)


def test_numbers_without_end_are_refused_in_words():
    far = sequential(*[layer("UpSampling2D", size=10**6)] * 490)
    with pytest.raises(ValueError, match="One image fills"):
        check_sizes(far, most_parameters=MANY)


@pytest.mark.parametrize(("size", "fits"), [(None, True), (128, True), (440, True), (460, False)])
def test_images_of_any_size_are_judged_at_the_size_that_is_chosen(size, fits):
    images = keras.Input((None, None, 3))
    model = keras.Model(images, layers.GlobalMaxPooling2D()(layers.Conv2D(248, 1)(images)))
    if fits:
        assert check_sizes(saved(model), most_parameters=MANY, image_size=size) == 4 * 248
        return
    with pytest.raises(ValueError, match=r"One image fills 209 MB.*use smaller images\.$"):
        check_sizes(saved(model), most_parameters=MANY, image_size=size)


def test_where_no_size_is_chosen_the_one_that_is_judged_is_said():
    images = keras.Input((None, None, 3))
    wide = layers.Conv2D(4000, 1)(images)
    large = keras.Model(images, layers.GlobalMaxPooling2D()(wide))
    with pytest.raises(ValueError, match=r"fills 262 MB.*judged at 128 x 128 pixels"):
        check_sizes(saved(large), most_parameters=MANY)
    check_sizes(saved(large), most_parameters=MANY, image_size=64)
    fixed = keras.Input((200, 200, 3))
    model = keras.Model(fixed, layers.GlobalMaxPooling2D()(layers.Conv2D(4000, 1)(fixed)))
    with pytest.raises(ValueError, match="One image fills") as caught:
        check_sizes(saved(model), most_parameters=MANY, image_size=8)
    assert "any size" not in str(caught.value)


MANGLED = [
    lambda config: config["config"].pop("layers"),
    lambda config: config["config"].update(layers={}),
    lambda config: config["config"].update(layers=[]),
    lambda config: config["config"].update(layers=[None]),
    lambda config: config["config"].update(input_layers=None),
    lambda config: config["config"].update(input_layers=[["x", 0, 0]]),
    lambda config: config["config"].update(output_layers=[[["x", [], 0]]]),
    lambda config: config["config"].update(output_layers={"a": ["x", 0, 0]}),
    lambda config: config["config"].update(input_layers=[]),
    lambda config: config["config"]["layers"][0].update(name=[]),
    lambda config: config["config"]["layers"][0]["config"].pop("batch_shape"),
    lambda config: config["config"]["layers"][0]["config"].update(batch_shape=[None, "8", 8, 3]),
    lambda config: config["config"]["layers"][0]["config"].update(batch_shape=[]),
    lambda config: config["config"]["layers"][0]["config"].update(shape=[10**6, 10**6]),
    lambda config: config["config"]["layers"][1].pop("config"),
    lambda config: config["config"]["layers"][1].update(inbound_nodes=7),
    lambda config: config["config"]["layers"][1].update(inbound_nodes=[{"args": []}]),
    lambda config: config["config"]["layers"][1].update(build_config={"input_shape": "x"}),
    lambda config: config["config"]["layers"][1].update(shared_object_id=[]),
    lambda config: config.pop("config"),
]


@pytest.mark.parametrize("number", range(len(MANGLED)))
def test_a_network_that_is_not_as_keras_saves_it_is_refused_in_words(number):
    config = saved(shared())
    MANGLED[number](config)
    with pytest.raises(ValueError, match=r"the layer|not described as Keras saves it"):
        check_sizes(config, most_parameters=MANY)
