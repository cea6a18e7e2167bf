// Examples in rows: layer l's units lie next to each other. Both products of the forward and the weight gradient read
// an example's numbers one by one and the units' in vectors, so that a batch is gathered row by row and never
// transposed.
//
// The weights lie in panels: panel p holds columns (units of layer l) p * panel ..., row after row (units of layer l -
// 1), in the order in which the tiles read and the update writes them. The backward product reads them the other way
// round; a second copy in such panels follows every update, block by block. Of W[1] it has the rows of embeddings
// alone.
#pragma once

#include <optional>

#include "embeddings.hpp"
#include "few_outputs.hpp"
#include "pass.hpp"

namespace layerwise {

template <class T>
class Rows final : public Pass<T> {
  public:
    explicit Rows(const PassOptions<T>&);

    std::int64_t size() const override { return size_; }
    void lay_in(const T* parameters, T* vector) const override;
    void lay_out(const T* vector, T* parameters) const override;
    double squares(const T* vector, bool weights_only, T factor) const override;
    void derive_all(const T* vector) override;
    void derive(std::int64_t task, const T* vector) override;

    std::int64_t example_tasks(std::int64_t rows) const override;
    void examples(std::int64_t task, int thread, const Batch<T>&, const Chunk&, const T* vector) override;
    std::int64_t gradient_tasks() const override { return std::int64_t(tasks_.size()) + embeddings_.tasks(); }
    const std::vector<Range>& ranges(std::int64_t task) const override {
        return of_embeddings(task) < 0 ? tasks_[std::size_t(task)].ranges : embeddings_.ranges(of_embeddings(task));
    }
    void gradient(std::int64_t task, const Batch<T>&, const Chunk&, T* weights, T* biases, const Ahead* ahead,
                  int aheads) override;

  private:
    struct Layer {
        std::int64_t n, padded, ld;    // units; rounded up to lanes; from example to example
        std::int64_t weights, biases;  // where they begin in the vector
        bool keeps_Z, drops;
        Buffer<T> A, Z, D, mask, undropped;  // (examples, ld); D is dZ
        Buffer<T> panels;                    // dZ once more, panel after panel, where it does not fit the caches
        Buffer<T> transposed;                // W[l] in panels of columns of layer l - 1
    };
    // A block of the rows of a panel of W[l]; the first of a panel has its biases too.
    struct Task {
        int l;
        std::int64_t panel, row, rows, width;
        std::vector<Range> ranges;
    };
    struct Span {
        std::int64_t first, rows;
    };
    using Stretch = typename Embeddings<T>::Stretch;

    Layer& layer(int l) { return layers_[std::size_t(l)]; }
    const Layer& layer(int l) const { return layers_[std::size_t(l)]; }
    std::int64_t of_embeddings(std::int64_t task) const { return task - std::int64_t(tasks_.size()); }
    int wide_layers() const { return net_.L() - int(few_.has_value()); }
    template <class Visit>
    void for_each_panel(int l, Visit&& visit) const;
    void plan_layers();
    void plan_tasks();
    void turn(const Task&, const Stretch&, std::int64_t columns, const T* vector);
    void fetch_ahead(std::int64_t task, const Batch<T>&);
    void gather(const Batch<T>&, const Chunk&, Span, const T* vector);
    void forward(int thread, const Batch<T>&, const Chunk&, Span, const T* vector);
    void output(int thread, const Batch<T>&, const Chunk&, Span);
    void backward(Span, const T* vector);
    void pack(const Layer&, Span) const;

    PassOptions<T> options_;
    const Network& net_;
    const Kernels<T>& kernels_;
    std::vector<Layer> layers_;
    Embeddings<T> embeddings_;
    std::optional<FewOutputs<T>> few_;  // the last layer, if it is one of few units
    std::vector<Task> tasks_;
    std::vector<Buffer<T>> scratch_;  // one a thread
    Buffer<T> squares_;               // summed, one a column of the widest layer
    std::int64_t size_ = 0;
};

}  // namespace layerwise
