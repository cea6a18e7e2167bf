// The arrays of examples, and how a run and Python talk while it goes.
#pragma once

#include <nanobind/stl/array.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/variant.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <optional>
#include <variant>

#include "arrays.hpp"

namespace layerwise {

template <class T>
using Weights = std::optional<Vector<T>>;

// A sparse X: its numbers row by row, their columns, and where each row begins, one entry more than there are rows.
template <class T>
using Sparse = std::tuple<Vector<T>, Vector<std::int32_t>, Vector<std::int64_t>>;

template <class T>
using Inputs = std::variant<Table<T>, Sparse<T>>;

// Refuses what would be read or written outside of an array.
template <class T>
void check_sparse(const Sparse<T>& X, std::int64_t n_x) {
    const auto& [numbers, columns, starts] = X;
    const auto wrong = [](const char* what) { throw nb::value_error(what); };
    if (starts.shape(0) < 2 || numbers.shape(0) != columns.shape(0)) wrong("X must have a column for every number");
    if (starts(0) != 0 || starts(starts.shape(0) - 1) != std::int64_t(numbers.shape(0)))
        wrong("the rows of X must begin at its first number and end after its last");
    for (std::size_t i = 1; i < starts.shape(0); ++i)
        if (starts(i) < starts(i - 1)) wrong("the rows of X must follow each other");
    for (std::size_t k = 0; k < columns.shape(0); ++k)
        if (columns(k) < 0 || columns(k) >= n_x) wrong("X must have a column for each input of the network");
}

// Arrays of one set of examples, held as long as the run needs their memory.
template <class T>
struct Held {
    Inputs<T> X;
    Table<T> Y;
    Weights<T> weights;
    std::optional<Vector<std::uint32_t>> subset{};
    std::array<bool, 3> mapped{};  // X, Y, weights

    Examples<T> examples(const Network& net) const {
        const Table<T>* dense = std::get_if<Table<T>>(&X);
        const Sparse<T>* sparse = std::get_if<Sparse<T>>(&X);
        if (sparse && !net.embeddings.empty()) throw nb::value_error("a network with embeddings takes a dense X");
        if (sparse) check_sparse(*sparse, net.n(0));
        const std::size_t m = dense ? dense->shape(0) : std::get<2>(*sparse).shape(0) - 1;
        if (m < 1 || m != Y.shape(0) || (weights && weights->shape(0) != m))
            throw nb::value_error("X, Y and the weights must have the same number of examples, at least one");
        if (m >= (std::size_t(1) << 31)) throw nb::value_error("there must be fewer than 2**31 examples");
        if ((dense && std::int64_t(dense->shape(1)) != net.n_x()) || std::int64_t(Y.shape(1)) != net.n(net.L()))
            throw nb::value_error("X and Y must have a column for each input and each output of the network");
        if (!net.embeddings.empty() && !inputs_fit(net, dense->data(), std::int64_t(m), mapped[0]))
            throw nb::value_error("X must hold finite numbers, and positions that the embeddings have");
        Examples<T> found{nullptr, Y.data(), weights ? weights->data() : nullptr, std::int64_t(m)};
        found.subset = rows_of_subset(m), found.mapped = {mapped[0], mapped[1], mapped[2]};
        if (dense) {
            found.X = dense->data();
        } else {
            const auto& [numbers, columns, starts] = *sparse;
            found.X = numbers.data(), found.columns = columns.data(), found.starts = starts.data();
        }
        return found;
    }

  private:
    std::span<const std::uint32_t> rows_of_subset(std::size_t m) const {
        if (!subset) return {};
        const std::span<const std::uint32_t> rows(subset->data(), subset->shape(0));
        if (rows.empty() || rows.size() >= (std::size_t(1) << 31) || *std::max_element(rows.begin(), rows.end()) >= m)
            throw nb::value_error("a subset must name examples that there are, at least one and fewer than 2**31");
        return rows;
    }
};

template <class T>
using Data = std::tuple<Inputs<T>, Table<T>, Weights<T>>;

template <class T>
void check_size(const Network& net, const std::vector<T>& vector) {
    if (std::int64_t(vector.size()) != net.parameters())
        throw nb::value_error("a vector must have as many numbers as the network has parameters");
}

inline Directive answer(const nb::object& report, const EpochReport& told) {
    const WithGil acquire;
    const auto [stop, learning_rate] = in_python([&] {
        return nb::cast<std::pair<bool, double>>(
            report(told.epoch, told.cost, told.validation_cost, told.metrics, told.base_learning_rate));
    });
    return {stop, learning_rate};
}

}  // namespace layerwise
