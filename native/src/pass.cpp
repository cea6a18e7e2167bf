#include "pass.hpp"

#include "columns.hpp"
#include "rows.hpp"

namespace layerwise {

template <class T>
std::unique_ptr<Pass<T>> make_pass(const PassOptions<T>& options) {
    if (options.dropout.empty() && options.network.embeddings.empty() &&
        columns_are_faster<T>(options.network, options.most_rows, options.gathers))
        return std::make_unique<Columns<T>>(options);
    return std::make_unique<Rows<T>>(options);
}

template std::unique_ptr<Pass<float>> make_pass(const PassOptions<float>&);
template std::unique_ptr<Pass<double>> make_pass(const PassOptions<double>&);

}  // namespace layerwise
