// What the Python side names with words: activations, losses and update rules, in the order of its tables.
#pragma once

namespace layerwise {

enum class Activation : int {
    identity = 0,
    sigmoid = 1,
    tanh = 2,
    relu = 3,
    leaky_relu = 4,  // setting: slope
    elu = 5,         // setting: alpha
    selu = 6,
    gelu = 7,
    silu = 8,
    mish = 9,
    softplus = 10,
    exp = 11,
    softmax = 12,  // output layer only
};

enum class Loss : int {
    binary_cross_entropy = 0,       // with sigmoid only: computed from the logits
    categorical_cross_entropy = 1,  // with softmax only
    squared_error = 2,
    absolute_error = 3,
    huber = 4,     // setting: delta
    poisson = 5,   // with exp only
    quantile = 6,  // setting: q
};

enum class Rule : int {
    gradient_descent = 0,
    momentum = 1,
    nesterov = 2,
    rmsprop = 3,
    adam = 4,
    adamw = 5,
};

}  // namespace layerwise
