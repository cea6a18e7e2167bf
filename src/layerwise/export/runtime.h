/* What follows is the same in every exported header, but for the names' prefix. */

/* The row of a text among n sorted keys, blanks around it left out; `missing` for none, `unseen` for another one. */
static inline int NAME_row_of_text(const char *text, const char *const *keys, const int *rows, int n, int missing,
                                   int unseen)
{
    static const char blanks[] = " \t\n\v\f\r\034\035\036\037";
    size_t length;
    int low = 0, high = n;
    if (text == NULL)
        return missing;
    text += strspn(text, blanks);
    length = strlen(text);
    while (length > 0 && strchr(blanks, text[length - 1]) != NULL)
        --length;
    if (length == 0)
        return missing;
    while (low < high) {
        const int middle = low + (high - low) / 2;
        int order = strncmp(text, keys[middle], length);
        if (order == 0)
            order = keys[middle][length] == '\0' ? 0 : -1;
        if (order == 0)
            return rows[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return unseen;
}

/* The row of a number among n sorted keys. */
static inline int NAME_row_of_number(double x, const double *keys, const int *rows, int n, int missing, int unseen)
{
    int low = 0, high = n;
    if (x != x)
        return missing;
    while (low < high) {
        const int middle = low + (high - low) / 2;
        if (x == keys[middle])
            return rows[middle];
        if (x < keys[middle])
            high = middle;
        else
            low = middle + 1;
    }
    return unseen;
}

static inline double NAME_clip(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

/* x' = z / sqrt(1 + (z / 3)^2), z = (x - median) / scale; a scale of 0 stands for x' = 0. */
static inline double NAME_scaled(double x, double median, double scale)
{
    double z;
    if (scale == 0.0)
        return 0.0;
    z = NAME_clip((NAME_clip(x, -4e307, 4e307) - median) / scale, -1e9, 1e9);
    return z / sqrt(1.0 + z / 3.0 * (z / 3.0));
}

/* The position of x among n rising knots: 0 at the first, n - 1 at the last, linear between. */
static inline double NAME_position(double x, const double *knots, int n)
{
    int low = 0, high = n - 1;
    x = NAME_clip(x, -4e307, 4e307);
    if (x <= knots[0])
        return 0.0;
    if (x >= knots[high])
        return (double)high;
    while (high - low > 1) {
        const int middle = low + (high - low) / 2;
        if (x < knots[middle])
            high = middle;
        else
            low = middle;
    }
    return low + (x - knots[low]) / (knots[high] - knots[low]);
}

typedef struct {
    double year, month, day, day_of_week, hour, elapsed_days;
} NAME_date;

/* The parts of a moment in microseconds since 1970; days as by Hinnant's civil_from_days, whose years begin in March. */
static inline void NAME_date_of(int64_t moment, NAME_date *date)
{
    const int64_t of_day = INT64_C(86400000000);
    const int64_t days = moment / of_day - (moment % of_day < 0);
    const int64_t in_day = moment - days * of_day;
    const int64_t shifted = days + 719468;
    const int64_t cycle = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    const int64_t of_cycle = shifted - cycle * 146097;
    const int64_t year = (of_cycle - of_cycle / 1460 + of_cycle / 36524 - of_cycle / 146096) / 365;
    const int64_t of_year = of_cycle - (365 * year + year / 4 - year / 100);
    const int64_t month = (5 * of_year + 2) / 153;
    date->year = (double)(year + cycle * 400 + (month >= 10));
    date->month = (double)(month < 10 ? month + 3 : month - 9);
    date->day = (double)(of_year - (153 * month + 2) / 5 + 1);
    date->day_of_week = (double)(((days + 3) % 7 + 7) % 7);
    date->hour = (double)in_day / 3.6e9;
    date->elapsed_days = (double)moment / 8.64e10;
}

/* The vector of d numbers at position u: of a level, zeros for none; or between two of n knots. */
static inline void NAME_level(double u, const NAME_real *vectors, int n, int d, NAME_real *a)
{
    const int k = u >= 0.0 && u < n ? (int)u : n;
    int i;
    for (i = 0; i < d; ++i)
        a[i] = vectors[k * d + i];
}

static inline void NAME_between(double u, const NAME_real *vectors, int n, int d, NAME_real *a)
{
    const double inside = NAME_clip(u, 0.0, n - 1.0);
    const int k = inside < n - 2.0 ? (int)inside : n - 2;
    const NAME_real t = (NAME_real)(inside - k);
    int i;
    for (i = 0; i < d; ++i)
        a[i] = (1 - t) * vectors[k * d + i] + t * vectors[(k + 1) * d + i];
}

/* The code of position u itself: of a level, 1 in its place; or of n knots, how far u is on the way to each. */
static inline void NAME_level_code(double u, int n, NAME_real *a)
{
    int k;
    for (k = 0; k < n; ++k)
        a[k] = (NAME_real)(u == k);
}

static inline void NAME_knot_code(double u, int n, NAME_real *a)
{
    int k;
    for (k = 0; k < n - 1; ++k)
        a[k] = (NAME_real)NAME_clip(u - k, 0.0, 1.0);
}

/* z = a W + b, W (n_in, n_out) row by row: in this order a compiler uses vectors and no sum depends on it. */
static inline void NAME_affine(const NAME_real *a, const NAME_real *W, const NAME_real *b, int n_in, int n_out,
                               NAME_real *z)
{
    int i, j;
    for (i = 0; i < n_out; ++i)
        z[i] = b[i];
    for (j = 0; j < n_in; ++j)
        for (i = 0; i < n_out; ++i)
            z[i] += a[j] * W[j * n_out + i];
}

static inline double NAME_identity(double z) { return z; }
static inline double NAME_sigmoid(double z) { return exp(z < 0.0 ? z : 0.0) / (1.0 + exp(-fabs(z))); }
static inline double NAME_tanh(double z) { return tanh(z); }
static inline double NAME_relu(double z) { return z > 0.0 ? z : 0.0; }
static inline double NAME_leaky_relu(double z, double slope) { return z > 0.0 ? z : slope * z; }
static inline double NAME_elu(double z, double alpha) { return z > 0.0 ? z : alpha * expm1(z); }
static inline double NAME_selu(double z) { return 1.0507009873554805 * NAME_elu(z, 1.6732632423543772); }
static inline double NAME_gelu(double z) { return z * 0.5 * erfc(-z * 0.70710678118654752); }
static inline double NAME_silu(double z) { return z * NAME_sigmoid(z); }
static inline double NAME_softplus(double z) { return (z > 0.0 ? z : 0.0) + log1p(exp(-fabs(z))); }
static inline double NAME_mish(double z) { return z * tanh(NAME_softplus(z)); }
static inline double NAME_exp(double z) { return exp(z); }

static inline void NAME_softmax(const NAME_real *z, int n, NAME_real *a)
{
    double highest = z[0], sum = 0.0;
    int k;
    for (k = 1; k < n; ++k)
        highest = z[k] > highest ? z[k] : highest;
    for (k = 0; k < n; ++k)
        sum += exp(z[k] - highest);
    for (k = 0; k < n; ++k)
        a[k] = (NAME_real)(exp(z[k] - highest) / sum);
}
