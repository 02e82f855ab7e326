"""A model that trains its parts in its own way, for tests of recorders and of pages."""

import keras
import tensorflow as tf


class Rivals(keras.Model):
    """A model whose part has an optimizer of its own."""

    def __init__(self):
        super().__init__()
        self.part = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(1)])
        self.own = keras.optimizers.SGD(0.1)

    def train_step(self, data):
        with tf.GradientTape() as tape:
            loss = -tf.reduce_mean(self.part(data[0]) ** 2)
        variables = self.part.trainable_variables
        self.own.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        return {"loss": loss}
