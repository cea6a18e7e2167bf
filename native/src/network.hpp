// What both layouts of a pass ask of a network.
#pragma once

#include <stdexcept>

#include "buffer.hpp"
#include "kernels/table.hpp"
#include "layerwise/run.hpp"

namespace layerwise {

template <class T>
Output<T> output_of(const Network& net) {
    Output<T> o{};
    o.activation = net.g(net.L());
    o.setting = T(net.setting(net.L()));
    o.loss = net.loss;
    o.loss_setting = T(net.loss_setting);
    o.n_y = net.n(net.L());
    return o;
}

// Multiply-adds counted twice; nothing goes back to the inputs, but to the tables of embeddings.
inline double step_operations(const Network& net, std::int64_t rows) {
    double ends = double(net.n(0));
    for (const Embedding& e : net.embeddings) ends -= double(e.dimension);
    return 2.0 * double(rows) * (3 * double(net.weights()) - double(net.n(1)) * ends);
}

template <class T>
const Kernels<T>& kernels_named(const std::string& isa) {
    if (const Kernels<T>* found = kernels<T>(isa.empty() ? nullptr : isa.c_str())) return *found;
    throw std::invalid_argument(isa);
}

// The m of the equations: the sum of the weights, or how many examples there are.
template <class T>
double total_weight(const Kernels<T>& kernels, const Examples<T>& examples) {
    if (!examples.weights) return double(examples.count());
    if (examples.subset.empty()) return kernels.sum(examples.weights, examples.m);
    std::vector<T> weights;
    weights.reserve(examples.subset.size());
    for (const std::uint32_t row : examples.subset) weights.push_back(examples.weights[row]);
    return kernels.sum(weights.data(), examples.count());
}

inline std::int64_t output_scratch(const Network& net, std::int64_t lanes) {
    return (4 * round_up(net.n(net.L()), lanes) + 2) * lanes;
}

}  // namespace layerwise
