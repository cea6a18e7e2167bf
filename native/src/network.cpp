#include "layerwise/run.hpp"

namespace layerwise {

std::int64_t Network::weights() const {
    std::int64_t count = 0;
    for (int l = 1; l <= L(); ++l) count += n(l) * n(l - 1);
    return count;
}

std::int64_t Network::n_x() const {
    std::int64_t count = n(0);
    for (const Embedding& e : embeddings) count -= e.width() - 1;
    return count;
}

std::int64_t Network::parameters() const {
    std::int64_t count = weights();
    for (int l = 1; l <= L(); ++l) count += n(l);
    for (const Embedding& e : embeddings) count += e.parameters();
    return count;
}

int averages_of(Rule rule) {
    switch (rule) {
        case Rule::gradient_descent:
            return 0;
        case Rule::adam:
        case Rule::adamw:
            return 2;
        default:
            return 1;
    }
}

}  // namespace layerwise
