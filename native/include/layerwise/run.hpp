// A whole training run as data, and the engine that carries it out. What the words mean, and what every number has to
// be, is defined by layerwise/equations and layerwise/engines/contract.py on the Python side.
//
// Parameters cross this interface as one vector: every W[l], row by row, then every b[l], then the table of every
// embedding, position by position.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "layerwise/vocabulary.hpp"

namespace layerwise {

// What becomes of a number of X that holds a position: a vector out of a table, or a code.
struct Embedding {
    std::int64_t positions;
    std::int64_t dimension;  // 0: the code
    bool ordered;

    std::int64_t code_length() const { return ordered ? positions - 1 : positions; }
    std::int64_t width() const { return dimension ? dimension : code_length(); }
    std::int64_t parameters() const { return dimension * code_length(); }
};

struct Network {
    std::vector<std::int64_t> sizes;      // n[0..L]
    std::vector<Activation> activations;  // of layer l at l - 1
    std::vector<double> settings;
    Loss loss;
    double loss_setting = 0;
    std::vector<Embedding> embeddings{};  // of the last numbers of an example, in their order

    int L() const { return int(activations.size()); }
    std::int64_t n(int l) const { return sizes[std::size_t(l)]; }
    Activation g(int l) const { return activations[std::size_t(l - 1)]; }
    double setting(int l) const { return settings[std::size_t(l - 1)]; }
    std::int64_t n_x() const;  // numbers of an example: n[0], where each embedding takes one in place of its width
    std::int64_t weights() const;
    std::int64_t parameters() const;
};

// How many running averages a rule keeps.
int averages_of(Rule);

enum class Metric { accuracy, rmse, mae, elsewhere };  // the last one is what Hooks::metrics computes

struct EarlyStopping {
    std::int64_t patience;
    double min_improvement;
    bool restore_best;
    int monitor = -1;  // of the metrics; -1: the validation cost
    bool greater_is_better = false;
};

// Ends a run whose training cost has not fallen by `tolerance` below the lowest for more than `patience` epochs.
struct Plateau {
    std::int64_t patience;
    double tolerance;
    double lowest = std::numeric_limits<double>::infinity();  // before the run began
    std::int64_t waited = 0;

    void note(double cost) {
        waited = cost > lowest - tolerance ? waited + 1 : 0;
        if (cost < lowest) lowest = cost;
    }
    bool ends() const { return waited > patience; }
};

struct Plan {
    Network network;
    Rule rule;
    double beta1 = 0, beta2 = 0, epsilon = 0, weight_decay = 0;  // RMSprop's rho is beta2
    std::int64_t epochs = 1;
    std::int64_t batch_size = 0;  // 0: all examples in every step, in their order
    bool shuffles = true;         // false: batches in the order of the examples, in every epoch
    std::int64_t block = 0;       // examples of a block, of which an epoch shuffles as many together as the buffer
    std::int64_t buffer = 0;      // holds; 0: all examples together
    std::uint64_t seed = 0;
    double l2 = 0;
    bool l2_by_batch = false;     // over twice the m of the batch, not that of all examples
    std::vector<double> dropout;  // one rate for each hidden layer
    double clip_norm = 0;         // 0: none
    bool stops_early = false;
    EarlyStopping early_stopping{};
    std::optional<Plateau> plateau{};
    std::vector<Metric> metrics;
    double averaging = 0;            // beta of the averaged parameters; 0: none
    std::vector<std::int8_t> signs;  // of every parameter: 1 stays at least 0, -1 at most 0, 0 is free; empty: all are
    int threads = 0;                 // 0: by the size of the work
    std::string isa;                 // empty: what LAYERWISE_ISA says, or the best one of this processor
};

// One example a row, rows in a row; weights may be null. A sparse X holds the numbers of row i, and `columns` where
// they belong, from starts[i] to starts[i + 1]; the rest of the row is 0. The memory belongs to the caller.
template <class T>
struct Examples {
    const T* X = nullptr;
    const T* Y = nullptr;
    const T* weights = nullptr;
    std::int64_t m = 0;
    const std::int32_t* columns = nullptr;
    const std::int64_t* starts = nullptr;     // null for a dense X
    std::span<const std::uint32_t> subset{};  // the rows to learn from; empty: all
    struct {
        bool X = false, Y = false, weights = false;
    } mapped{};  // which of them lie in mapped files, for what of them is let go

    std::int64_t count() const { return subset.empty() ? m : std::int64_t(subset.size()); }
};

// By what is monitored, with the other sign where more of it is better: the cost, in the words of this struct.
struct Best {
    std::int64_t epoch = -1;  // -1: there was none
    double cost = std::numeric_limits<double>::infinity();
    double to_beat = std::numeric_limits<double>::infinity();
    std::int64_t improved_at = 0;
};

// Where a run stands; see Progress in contract.py.
template <class T>
struct Progress {
    std::int64_t epochs = 0, step = 0, t = 0;
    double summed_cost = 0, learning_rate = 0, base_learning_rate = 0;
    Best best;
    std::vector<T> parameters;
    std::vector<std::vector<T>> averages;  // of the rule, in the order of its letters; empty before the first step
    std::vector<T> best_parameters;        // empty where they are not wanted
    std::vector<T> averaged;               // the parameters, averaged over the steps; empty where they are not
};

struct EpochReport {
    std::int64_t epoch;
    double cost;
    double validation_cost;  // NaN without validation examples
    std::vector<double> metrics;
    double base_learning_rate;
};

struct Directive {
    bool stop = false;
    double learning_rate = 0;  // 0: as it is
};

// Sets the factors of an epoch's steps, from step `first` on. Null: all are 1.
using Schedule = std::function<void(std::int64_t epoch, std::int64_t first, std::span<double> factors)>;

// How the run and its caller talk. All are called on the caller's thread, and may throw to end the run.
struct Hooks {
    Schedule schedule, dropout, decay;                    // of the learning rate, the dropout rates, the weight decay
    std::function<void(std::span<double>)> metrics;       // sets those that are elsewhere, from Run::outputs()
    std::function<Directive(const EpochReport&)> report;  // null: nobody listens
    std::function<bool()> interrupted;                    // null: never
};

// The last four are those of L-BFGS: why there is no further step.
enum class Stopped {
    epochs,
    early_stopping,
    plateau,
    callback,
    interrupted,
    diverged,
    converged,
    flat,
    stalled,
    evaluations,
};

struct History {
    std::vector<double> cost, validation_cost, learning_rate;
    std::vector<std::vector<double>> metrics;
};

template <class T>
class Run {
  public:
    // Throws std::bad_alloc, or std::invalid_argument for an instruction set that is not there.
    Run(Plan plan, Examples<T> training, Examples<T> validation, Progress<T> start);
    ~Run();

    Stopped go(const Hooks& hooks);  // to the end; rethrows what a hook throws

    const History& history() const;
    Progress<T> progress() const;     // after a divergence: before the step that failed
    void parameters(T* theta) const;  // averaged, if so planned
    const T* outputs() const;         // Y_hat of the validation examples, one a row

    // After a divergence: what the failed step made of the parameters and of the rule's averages.
    void failed(T* theta, std::vector<std::vector<T>>& averages) const;
    int threads() const;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

// The cost of all examples and its gradient, for optimizers that choose their own steps. Those of a subset are copied.
template <class T>
class Objective {
  public:
    Objective(const Plan& plan, Examples<T> examples);
    ~Objective();
    double operator()(const T* theta, T* gradient, const std::function<bool()>& interrupted);

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

// Whether all numbers of X are finite and all positions such as its embeddings have. The memory of an X in a mapped
// file is let go of on the way.
template <class T>
bool inputs_fit(const Network&, const T* X, std::int64_t m, bool mapped = false);

// Y_hat, one example a row, with the same bits for an example whatever the others are. False, and nothing of use in
// Y_hat, where X is not finite, or does not fit the embeddings.
template <class T>
bool predict(const Network& network, const T* theta, const T* X, std::int64_t m, T* Y_hat, int threads,
             const std::string& isa = {});

// The instruction sets of this build that this processor runs, best first.
std::vector<std::string> isas();

// Operations a second of fused multiply-adds in registers, on so many threads: the peak to measure speed by.
template <class T>
double fma_peak(double seconds, int threads, const std::string& isa = {});

}  // namespace layerwise
