#include <algorithm>
#include <chrono>

#include "embeddings.hpp"
#include "network.hpp"
#include "sweep.hpp"

namespace layerwise {

namespace {

constexpr std::int64_t kFewExamples = 3;  // for which weights are not laid out anew

// One example after the other, without more memory than the widest layer.
template <class T>
bool predict_few(const Network& net, const Kernels<T>& kernels, const T* theta, const T* X, std::int64_t m, T* Y_hat) {
    const std::int64_t widest = *std::max_element(net.sizes.begin(), net.sizes.end());
    const std::int64_t room = round_up(widest, kernels.lanes), needed = 2 * room + output_scratch(net, kernels.lanes);
    constexpr std::int64_t kSmall = 4096;
    alignas(kLine) T small[kSmall];  // to allocate would take longer than a small network does
    Buffer<T> large;
    if (needed > kSmall) large = Buffer<T>(needed);
    T* const memory = needed > kSmall ? large.get() : small;
    const T* const end = theta + net.parameters();
    const T* tables = end;  // after W and b
    for (const Embedding& e : net.embeddings) tables -= e.parameters();
    for (std::int64_t i = 0; i < m; ++i, X += net.n_x(), Y_hat += net.n(net.L())) {
        T *a = memory, *z = a + room;
        embed_one(net, tables, X, a);
        std::fill(a + net.n(0), a + room, T(0));
        if (net.embeddings.empty() && !kernels.all_finite(a, round_up(net.n(0), kernels.lanes))) return false;
        const T *W = theta, *b = theta + net.weights();
        for (int l = 1; l <= net.L(); W += net.n(l) * net.n(l - 1), b += net.n(l), ++l) {
            kernels.affine_row(W, end, b, a, net.n(l), net.n(l - 1), z);
            if (l < net.L()) kernels.activate(net.g(l), T(net.setting(l)), z, z, round_up(net.n(l), kernels.lanes));
            std::swap(a, z);
        }
        Output<T> o = output_of<T>(net);
        o.rows = 1, o.Z = a, o.ldz = room, o.A = Y_hat, o.lda = net.n(net.L());
        o.scratch = memory + 2 * room;
        kernels.output(o);
    }
    return true;
}

}  // namespace

template <class T>
bool predict(const Network& net, const T* theta, const T* X, std::int64_t m, T* Y_hat, int threads,
             const std::string& isa) {
    const Kernels<T>& kernels = kernels_named<T>(isa);
    if (!net.embeddings.empty() && !inputs_fit(net, X, m)) return false;
    if (m <= kFewExamples) return predict_few(net, kernels, theta, X, m, Y_hat);
    Team team(threads_for(step_operations(net, m) / 3, threads));
    const auto pass = make_pass<T>({net, kernels, 0, {}, m, team.size(), false, false});
    Buffer<T> vector(pass->size());
    pass->lay_in(theta, vector.get());
    pass->derive_all(vector.get());
    pass->keep_outputs(Y_hat);
    pass->look_for_infinities();
    const Examples<T> examples{X, nullptr, nullptr, m};
    const Batch<T> all{&examples, nullptr, nullptr, m, 0, 0};
    Sweep<T>{*pass, team, kernels}(
        all, vector.get(), [](std::int64_t, const Chunk&, int) {},
        [&](const Chunk&) { return !pass->found_infinity(); });
    return !pass->found_infinity();
}

template <class T>
double fma_peak(double seconds, int threads, const std::string& isa) {
    const Kernels<T>& kernels = kernels_named<T>(isa);
    std::atomic<double> rate{0};
    const auto measure = [&] {
        using Clock = std::chrono::steady_clock;
        const auto start = Clock::now();
        double operations = 0, elapsed;
        do {
            operations += kernels.fused_multiply_adds(100000);
            elapsed = std::chrono::duration<double>(Clock::now() - start).count();
        } while (elapsed < seconds);
        rate += operations / elapsed;
    };
    std::vector<std::jthread> others;
    for (int thread = 1; thread < threads; ++thread) others.emplace_back(measure);
    measure();
    others.clear();
    return rate;
}

template bool predict(const Network&, const float*, const float*, std::int64_t, float*, int, const std::string&);
template bool predict(const Network&, const double*, const double*, std::int64_t, double*, int, const std::string&);
template double fma_peak<float>(double, int, const std::string&);
template double fma_peak<double>(double, int, const std::string&);

}  // namespace layerwise
