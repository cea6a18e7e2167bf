// The kernels of one instruction set, gathered in its table.
#include "activations.hpp"
#include "dense.hpp"
#include "dots.hpp"
#include "embedding.hpp"
#include "gather.hpp"
#include "narrow.hpp"
#include "output.hpp"
#include "philox.hpp"
#include "table.hpp"
#include "update.hpp"

namespace layerwise::LW_ISA {

template <class T>
const Kernels<T>& table() {
    static constexpr Kernels<T> kernels{
        .lanes = kLanes<T>,
        .panel = kPanel<T>,
        .product = product<T>,
        .narrow_product = narrow_product<T>,
        .affine_row = affine_row<T>,
        .derivative_needs_z = derivative_needs_z,
        .activate = activate<T>,
        .multiply_derivative = multiply_derivative<T>,
        .multiply = multiply<T>,
        .scale_and_add = scale_and_add<T>,
        .output = output<T>,
        .update = update<T>,
        .add_rows = add_rows<T>,
        .add_squares = add_squares<T>,
        .all_finite = all_finite<T>,
        .largest = largest<T>,
        .add_dots = add_dots<T>,
        .add_sums = add_sums<T>,
        .sum = sum<T>,
        .gather_rows = gather_rows<T>,
        .prefetch_rows = prefetch_rows<T>,
        .gather_columns = gather_columns<T>,
        .look_up = look_up<T>,
        .add_up = add_up<T>,
        .transpose = transpose<T>,
        .dropout = dropout_rows<T>,
        .shuffle_blocks =
            [](std::int64_t m, std::uint64_t seed, std::uint32_t epoch, std::uint32_t* order, std::uint64_t* scratch) {
                permutation(m, {seed, Purpose::blocks, epoch}, order, scratch);
            },
        .shuffle =
            [](std::int64_t m, std::uint64_t seed, std::uint32_t epoch, std::uint32_t buffer, std::uint32_t* order,
               std::uint64_t* scratch) { permutation(m, {seed, Purpose::shuffle, epoch, buffer}, order, scratch); },
        .fused_multiply_adds = fused_multiply_adds<T>,
    };
    return kernels;
}

template const Kernels<float>& table();
template const Kernels<double>& table();

}  // namespace layerwise::LW_ISA
