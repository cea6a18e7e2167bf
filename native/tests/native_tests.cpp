// The core without Python: whole runs on every instruction set and number of threads, bit against bit. What the numbers
// have to be is tested from Python, against the equations; here the sanitizers get to see every path.
#include <cmath>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "layerwise/minimizer.hpp"
#include "tests.hpp"

#if defined(__unix__) || defined(__APPLE__)
#include <sys/mman.h>
#endif

using namespace layerwise;
using namespace layerwise::tests;

namespace {

// Numbers in [-1, 1) from a linear congruential generator.
template <class T>
std::vector<T> numbers(std::size_t count, std::uint64_t seed) {
    std::vector<T> values(count);
    for (T& value : values) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        value = T(double(seed >> 40) / double(1 << 23) - 1);
    }
    return values;
}

struct Case {
    const char* name;
    std::vector<std::int64_t> sizes;
    Activation hidden, output;
    Loss loss;
    Rule rule;
    std::int64_t m, batch;
    double dropout, clip, l2;
    bool weighted;
    std::vector<Embedding> embeddings{};
};

using enum Activation;
const std::vector<Embedding> kEmbeddings{{7, 3, false}, {4, 0, false}, {9, 8, true}, {3, 0, true}, {2, 1, true}};
const Case kCases[] = {
    {"logistic regression",
     {7, 1},
     relu,
     sigmoid,
     Loss::binary_cross_entropy,
     Rule::gradient_descent,
     50,
     0,
     0,
     0,
     0.1,
     true},
    {"planar",
     {2, 4, 1},
     Activation::tanh,
     sigmoid,
     Loss::binary_cross_entropy,
     Rule::momentum,
     400,
     0,
     0,
     0,
     0,
     false},
    {"classes", {19, 33, 17, 5}, relu, softmax, Loss::categorical_cross_entropy, Rule::adam, 157, 23, 0, 0, 0.3, false},
    {"dropout", {64, 50, 20, 3}, gelu, identity, Loss::huber, Rule::rmsprop, 130, 32, 0.4, 0, 0, true},
    {"clipped", {70, 49, 2}, silu, identity, Loss::squared_error, Rule::nesterov, 90, 16, 0, 0.5, 0.2, true},
    {"two chunks", {40, 130, 130, 1}, leaky_relu, Activation::exp, Loss::poisson, Rule::adamw, 2500, 0, 0, 0, 0, false},
    {"chunks of columns", {3, 2, 1}, softplus, identity, Loss::quantile, Rule::adam, 30000, 0, 0, 0, 0.1, true},
    {"many outputs", {9, 40, 21}, relu, softmax, Loss::categorical_cross_entropy, Rule::adam, 150, 32, 0, 0, 0.1, true},
    {"few outputs, tasks and chunks",
     {20, 701, 11},
     sigmoid,
     softmax,
     Loss::categorical_cross_entropy,
     Rule::adam,
     1700,
     0,
     0.2,
     0.5,
     0.1,
     true},
    {"batch of one", {5, 9, 4}, mish, softmax, Loss::categorical_cross_entropy, Rule::adam, 11, 1, 0, 0, 0, false},
    {"embeddings", {22, 19, 2}, gelu, identity, Loss::huber, Rule::adam, 130, 32, 0.4, 0, 0.1, true, kEmbeddings},
    {"embeddings, chunks",
     {20, 130, 2},
     relu,
     identity,
     Loss::huber,
     Rule::nesterov,
     2500,
     0,
     0,
     0.5,
     0,
     false,
     kEmbeddings},
    {"many levels", {8, 3, 1}, relu, identity, Loss::huber, Rule::rmsprop, 99, 40, 0, 0, 0, false, {{5000, 8, false}}},
};

template <class T>
struct Data {
    std::vector<T> X, Y, w;
    Examples<T> examples;

    explicit Data(const Case& of) {
        const Network net{of.sizes, {}, {}, of.loss, 0, of.embeddings};
        const auto n_x = std::size_t(net.n_x()), n_y = std::size_t(of.sizes.back()), m = std::size_t(of.m);
        X = numbers<T>(m * n_x, 1), Y = numbers<T>(m * n_y, 2), w = numbers<T>(m, 3);
        for (T& weight : w) weight = std::abs(weight) + T(0.1);
        for (T& y : Y) y = std::abs(y);
        for (std::size_t i = 0, first = n_x - of.embeddings.size(); i < m; ++i)
            for (std::size_t j = 0; j < of.embeddings.size(); ++j) {  // from -1 on
                const Embedding& e = of.embeddings[j];
                T& u = X[i * n_x + first + j];
                u = (u + 1) / 2 * T(e.positions + 1) - 1;
                if (!e.ordered) u = std::floor(u);
            }
        if (of.output == softmax)
            for (std::size_t i = 0; i < m; ++i)
                for (std::size_t j = 0; j < n_y; ++j) Y[i * n_y + j] = T(j == i % n_y);
        examples = {X.data(), Y.data(), of.weighted ? w.data() : nullptr, of.m};
    }
};

Plan plan_of(const Case& of, const std::string& isa, int threads) {
    Plan plan;
    const std::size_t L = of.sizes.size() - 1;
    plan.network = {of.sizes,     std::vector<Activation>(L, of.hidden), std::vector<double>(L, 0.1), of.loss, 0.7,
                    of.embeddings};
    plan.network.activations.back() = of.output;
    plan.rule = of.rule;
    plan.beta1 = 0.9, plan.beta2 = 0.99, plan.epsilon = 1e-8, plan.weight_decay = of.rule == Rule::adamw ? 0.01 : 0;
    plan.epochs = 3, plan.batch_size = of.batch, plan.seed = 77, plan.l2 = of.l2, plan.clip_norm = of.clip;
    plan.dropout.assign(L - 1, of.dropout);
    plan.stops_early = true, plan.early_stopping = {2, 0, true};
    plan.metrics = {Metric::rmse, Metric::elsewhere, Metric::mae};
    plan.averaging = of.clip > 0 ? 0.9 : 0;
    plan.signs.assign(of.weighted ? std::size_t(plan.network.parameters()) : 0, 1);
    plan.threads = threads, plan.isa = isa;
    return plan;
}

template <class T>
Progress<T> start_of(const Plan& plan) {
    Progress<T> start;
    start.parameters = numbers<T>(std::size_t(plan.network.parameters()), 4);
    for (T& parameter : start.parameters) parameter *= T(0.3);
    start.base_learning_rate = 0.01;
    return start;
}

// Half of the rates as the schedules' factors, and the first output as the metric that is elsewhere.
template <class T>
Hooks hooks_of(const Run<T>& run) {
    Hooks hooks;
    hooks.dropout = hooks.decay = [](std::int64_t, std::int64_t first, std::span<double> factors) {
        for (std::size_t k = std::size_t(first); k < factors.size(); ++k) factors[k] = 0.5;
    };
    hooks.metrics = [&run](std::span<double> values) { values[0] = double(run.outputs()[0]); };
    return hooks;
}

// The parameters, the predictions and the gradient after a run; its costs in `costs`.
template <class T>
std::vector<T> trained(const Case& of, const std::string& isa, int threads, std::vector<double>& costs) {
    const Plan plan = plan_of(of, isa, threads);
    const Data<T> data(of);
    Run<T> run(plan, data.examples, data.examples, start_of<T>(plan));
    const Stopped stopped = run.go(hooks_of(run));
    expect(stopped == Stopped::epochs || stopped == Stopped::early_stopping, "the run did not end in order", of.name);
    costs = run.history().cost;
    costs.insert(costs.end(), run.history().validation_cost.begin(), run.history().validation_cost.end());
    std::vector<T> theta(std::size_t(plan.network.parameters())), Y_hat(std::size_t(of.m * of.sizes.back()));
    run.parameters(theta.data());
    predict(plan.network, theta.data(), data.X.data(), of.m, Y_hat.data(), threads, isa);
    Objective<T> objective(plan, data.examples);
    std::vector<T> gradient(std::size_t(plan.network.parameters()));
    costs.push_back(objective(theta.data(), gradient.data(), nullptr));
    theta.insert(theta.end(), Y_hat.begin(), Y_hat.end());
    theta.insert(theta.end(), gradient.begin(), gradient.end());
    for (const T value : theta)
        if (!std::isfinite(value)) return expect(false, "a number is not finite", of.name), theta;
    return theta;
}

template <class A>
bool same_bits(const std::vector<A>& x, const std::vector<A>& y) {
    return x.size() == y.size() && std::memcmp(x.data(), y.data(), x.size() * sizeof(A)) == 0;
}

template <class T>
void test_bits(const Case& of) {
    std::vector<T> fused;  // of the first instruction set with fused multiply-add
    std::vector<double> fused_costs;
    for (const std::string& isa : isas()) {
        std::vector<double> costs, other_costs;
        const std::vector<T> one = trained<T>(of, isa, 1, costs);
        for (const int threads : {2, 3, 4}) {
            const std::string where = std::string(of.name) + ", " + isa + ", threads " + std::to_string(threads);
            expect(same_bits(one, trained<T>(of, isa, threads, other_costs)), "other parameters", where);
            expect(same_bits(costs, other_costs), "other costs", where);
        }
        if (isa == "v2" || isa == "generic") continue;
        if (fused.empty()) fused = one, fused_costs = costs;
        expect(same_bits(fused, one) && same_bits(fused_costs, costs), "not the bits of the widest instruction set",
               std::string(of.name) + ", " + isa);
    }
}

// Where a minimization stands, all numbers of it that have the type of the run.
template <class T>
std::vector<T> numbers_of(const Descent<T>& at) {
    std::vector<T> all = at.point.vector;
    all.insert(all.end(), at.point.g.begin(), at.point.g.end());
    for (const auto& pair : at.pairs)
        for (const std::vector<T>* vector : {&pair.first, &pair.second})
            all.insert(all.end(), vector->begin(), vector->end());
    return all;
}

// Carried out at once, or left by its hook after every epoch and taken up again.
template <class T>
std::vector<T> minimized(const Plan& plan, const Examples<T>& examples, bool left) {
    Minimizer<T> minimizer(plan, {.memory = 4}, examples, {.point = {start_of<T>(plan).parameters}});
    Hooks hooks;
    if (left) hooks.report = [](const EpochReport&) -> Directive { throw std::runtime_error("left"); };
    for (bool over = false; !over;) {
        try {
            minimizer.go(hooks);
            over = true;
        } catch (const std::runtime_error&) {
        }
    }
    return numbers_of(minimizer.progress());
}

template <class T>
void test_minimizer(const Case& of) {
    const Data<T> data(of);
    std::vector<std::uint32_t> subset;
    for (std::int64_t i = of.m - 1; i >= 0; i -= 3) subset.push_back(std::uint32_t(i));
    Examples<T> some = data.examples;
    some.subset = subset;
    std::vector<T> X, Y, w;
    const auto append = [](const T* row, std::size_t n, std::vector<T>& to) { to.insert(to.end(), row, row + n); };
    const std::size_t n_x = data.X.size() / std::size_t(of.m), n_y = std::size_t(of.sizes.back());
    for (const std::uint32_t row : subset) {
        append(data.examples.X + row * n_x, n_x, X), append(data.examples.Y + row * n_y, n_y, Y);
        if (of.weighted) append(data.examples.weights + row, 1, w);
    }
    const Examples<T> copies{X.data(), Y.data(), of.weighted ? w.data() : nullptr, std::int64_t(subset.size())};
    for (const std::string& isa : isas()) {
        Plan plan = plan_of(of, isa, 1);
        plan.epochs = 6;
        const std::vector<T> one = minimized(plan, data.examples, false);
        const std::string where = std::string(of.name) + ", " + isa;
        expect(same_bits(one, minimized(plan, data.examples, true)), "other steps after it was left", where);
        expect(same_bits(minimized(plan, some, false), minimized(plan, copies, false)), "not those of copies", where);
        plan.threads = 3;
        expect(same_bits(one, minimized(plan, data.examples, false)), "other steps with three threads", where);
    }
}

void test_bad_instruction_set() {
    bool thrown = false;
    const Data<float> data(kCases[0]);
    try {
        Run<float>(plan_of(kCases[0], "v9", 1), data.examples, {}, {});
    } catch (const std::invalid_argument&) {
        thrown = true;
    }
    expect(thrown, "an instruction set that is not there was taken", "v9");
}

#if defined(__unix__) || defined(__APPLE__)
// A vector in a mapped file without a name.
template <class T>
class Mapped {
  public:
    explicit Mapped(const std::vector<T>& values) : bytes_(values.size() * sizeof(T)) {
        std::FILE* file = std::tmpfile();
        std::fwrite(values.data(), sizeof(T), values.size(), file);
        std::fflush(file);
        memory_ = mmap(nullptr, bytes_, PROT_READ, MAP_SHARED, fileno(file), 0);
        std::fclose(file);
    }
    ~Mapped() { munmap(memory_, bytes_); }
    Mapped(const Mapped&) = delete;
    const T* data() const { return static_cast<const T*>(memory_); }

  private:
    std::size_t bytes_;
    void* memory_;
};

// Examples in mapped files, in blocks: those in memory, to the bit, whatever is read and let go of meanwhile.
void test_mapped() {
    const Case of{"mapped", {40, 8, 1}, relu, sigmoid, Loss::binary_cross_entropy, Rule::adam, 20000, 64,
                  0,        0,          0,    true};
    const Data<float> data(of);
    const Mapped<float> X(data.X), Y(data.Y), w(data.w);
    std::vector<std::uint32_t> subset;
    for (std::uint32_t i = 0; i < 20000; i += 3) subset.push_back(i);
    for (const bool some : {false, true})
        for (const std::int64_t block : {100, 999, 30000}) {
            std::vector<std::vector<float>> found;
            for (const bool mapped : {false, true})
                for (const int threads : {1, 3}) {
                    Plan plan = plan_of(of, "", threads);
                    plan.block = block, plan.buffer = 3 * block + 1;
                    Examples<float> examples = data.examples;
                    if (mapped) examples = {X.data(), Y.data(), w.data(), of.m};
                    examples.mapped = {mapped, mapped, mapped};
                    if (some) examples.subset = subset;
                    Run<float> run(plan, examples, {}, start_of<float>(plan));
                    run.go({});
                    found.emplace_back(std::size_t(plan.network.parameters()));
                    run.parameters(found.back().data());
                }
            for (const std::vector<float>& theta : found)
                expect(same_bits(found[0], theta), "other parameters", "mapped, block " + std::to_string(block));
        }
}
#else
void test_mapped() {}
#endif

}  // namespace

int main() {
    test_crews();
    for (const Case& of : kCases) {
        test_bits<float>(of);
        test_bits<double>(of);
        test_minimizer<float>(of);
        test_minimizer<double>(of);
    }
    test_bad_instruction_set();
    test_mapped();
    std::printf("native tests: %d failed\n", failures);
    return failures ? 1 : 0;
}
