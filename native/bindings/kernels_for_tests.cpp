// Kernels of one instruction set, on arrays of any size, so that tests can hold them against the equations.
#include "kernels_for_tests.hpp"

#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "../src/kernels/table.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace layerwise {
namespace {

template <class T>
using Vector = nb::ndarray<T, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
template <class T>
using Matrix = nb::ndarray<T, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

template <class T>
const Kernels<T>& kernels_of(const std::string& isa) {
    if (const Kernels<T>* found = kernels<T>(isa.c_str())) return *found;
    throw std::invalid_argument("no kernels for the instruction set '" + isa + "'");
}

// Rows padded with zeros to whole vectors, as the kernels have them
template <class T>
struct Padded {
    std::size_t rows, columns, stride;
    std::vector<T> numbers;

    Padded(std::size_t rows, std::size_t columns, std::int64_t lanes)
        : rows(rows), columns(columns), stride((columns + lanes - 1) / lanes * lanes), numbers(rows * stride) {}
    void read(const T* from) {
        for (std::size_t row = 0; row < rows; ++row) std::copy_n(from + row * columns, columns, &numbers[row * stride]);
    }
    void write(T* to) const {
        for (std::size_t row = 0; row < rows; ++row) std::copy_n(&numbers[row * stride], columns, to + row * columns);
    }
};

template <class T>
void activation(int kind, T setting, Vector<const T> z, Vector<T> a, Vector<T> derivative, const std::string& isa) {
    const Kernels<T>& k = kernels_of<T>(isa);
    Padded<T> Z(1, z.size(), k.lanes), A = Z, D = Z;
    Z.read(z.data());
    std::fill(D.numbers.begin(), D.numbers.end(), T(1));
    k.activate(Activation(kind), setting, Z.numbers.data(), A.numbers.data(), std::int64_t(Z.stride));
    k.multiply_derivative(Activation(kind), setting, Z.numbers.data(), A.numbers.data(), D.numbers.data(),
                          std::int64_t(Z.stride));
    A.write(a.data());
    D.write(derivative.data());
}

template <class T>
void output_layer(int kind, T setting, int loss, T loss_setting, Matrix<const T> Z, Matrix<const T> Y,
                  Vector<const T> w, Matrix<T> A, Vector<T> losses, Matrix<T> dZ, const std::string& isa) {
    const Kernels<T>& k = kernels_of<T>(isa);
    Padded<T> z(Z.shape(0), Z.shape(1), k.lanes), y = z, a = z, d = z, weights(1, Z.shape(1), k.lanes), sums = weights;
    z.read(Z.data());
    y.read(Y.data());
    weights.read(w.data());
    Output<T> o{};
    o.activation = Activation(kind);
    o.setting = setting;
    o.loss = Loss(loss);
    o.loss_setting = loss_setting;
    o.n_y = std::int64_t(z.rows);
    o.rows = o.ldz = o.ldy = o.lda = o.ldd = std::int64_t(z.stride);
    o.by_columns = true;
    o.Z = z.numbers.data();
    o.Y = y.numbers.data();
    o.w = weights.numbers.data();
    o.A = a.numbers.data();
    o.losses = sums.numbers.data();
    o.dZ = d.numbers.data();
    k.output(o);
    a.write(A.data());
    sums.write(losses.data());
    d.write(dZ.data());
}

template <class T>
void dropout_mask(std::uint64_t seed, std::uint32_t layer, std::uint32_t step, double rate, std::int64_t first,
                  std::int64_t units, Matrix<T> mask, const std::string& isa) {
    kernels_of<T>(isa).dropout(seed, layer, step, rate, first, std::int64_t(mask.shape(0)), units, mask.data(),
                               std::int64_t(mask.shape(1)));
}

void shuffle(std::uint64_t seed, std::uint32_t epoch, std::uint32_t buffer, Vector<std::uint32_t> order,
             const std::string& isa) {
    std::vector<std::uint64_t> scratch(2 * order.size());
    kernels_of<float>(isa).shuffle(std::int64_t(order.size()), seed, epoch, buffer, order.data(), scratch.data());
}

template <class T>
void bind(nb::module_& m) {
    m.def("activation", &activation<T>, "kind"_a, "setting"_a, "z"_a.noconvert(), "a"_a.noconvert(),
          "derivative"_a.noconvert(), "isa"_a);
    m.def("output_layer", &output_layer<T>, "activation"_a, "setting"_a, "loss"_a, "loss_setting"_a, "Z"_a.noconvert(),
          "Y"_a.noconvert(), "w"_a.noconvert(), "A"_a.noconvert(), "losses"_a.noconvert(), "dZ"_a.noconvert(), "isa"_a);
    m.def("dropout_mask", &dropout_mask<T>, "seed"_a, "layer"_a, "step"_a, "rate"_a, "first"_a, "units"_a,
          "mask"_a.noconvert(), "isa"_a);
}

}  // namespace

void bind_kernels_for_tests(nb::module_& m) {
    bind<float>(m);
    bind<double>(m);
    m.def("shuffle", &shuffle, "seed"_a, "epoch"_a, "buffer"_a, "order"_a.noconvert(), "isa"_a);
}

}  // namespace layerwise
