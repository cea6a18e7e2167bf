import calendar
import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from writing import fitted, names, through_json, write

from layerwise.tables import DatetimeColumn, NumericColumn
from layerwise.tables.encodings.datetimes import parts_of

moments = st.datetimes(dt.datetime(1, 1, 2), dt.datetime(9999, 12, 30))


@given(st.lists(moments | st.none(), min_size=1))
def test_the_parts_are_those_of_python(values):
    parts = parts_of(np.array(values, dtype="M8[us]"))
    for i, moment in enumerate(values):
        found = {part: numbers[i] for part, numbers in parts.items()}
        if moment is None:
            assert all(np.isnan(number) for number in found.values())
            continue
        since = moment - dt.datetime(1970, 1, 1)
        assert (found["year"], found["month"], found["day"]) == (moment.year, moment.month, moment.day)
        assert found["day_of_week"] == calendar.weekday(moment.year, moment.month, moment.day)
        seconds = moment.hour * 3600 + moment.minute * 60 + moment.second + moment.microsecond / 1e6
        assert found["hour"] == pytest.approx(seconds / 3600)
        assert found["elapsed_days"] == pytest.approx(since / dt.timedelta(days=1))


def test_only_parts_that_vary_have_places():
    dates = np.array(["2020-01-03", "2020-01-10", "2020-01-17"], dtype="M8[D]")  # Fridays
    assert names(fitted(DatetimeColumn, dates)) == ("x.day", "x.elapsed_days")
    column = fitted(DatetimeColumn, dates + np.array([0, 31, 31]))
    assert names(column) == (
        "x.month", "x.month[sin]", "x.month[cos]", "x.day", "x.day_of_week", "x.day_of_week[sin]",
        "x.day_of_week[cos]", "x.elapsed_days",
    )  # fmt: skip
    assert {place.column for place in column.places} == {"x"}


def test_a_part_is_encoded_as_a_column_of_numbers_is():
    dates = np.datetime64("2019-12-30T07:00") + np.arange(0, 40_000, 977).astype("m8[m]")
    column = fitted(DatetimeColumn, dates, knots=6)
    X = dict(zip(names(column), write(column, dates).T, strict=True))
    for part, numbers in parts_of(dates.astype("M8[us]")).items():
        alone = NumericColumn.fit("x", numbers, knots=6)
        expected = write(alone, numbers)
        np.testing.assert_array_equal(X[f"x.{part}"], expected[:, 0])
        if alone.knots:
            np.testing.assert_array_equal(X[f"x.{part}[position]"], expected[:, -1])


@pytest.mark.parametrize(("part", "period"), [("month", 12), ("day_of_week", 7), ("hour", 24)])
def test_what_comes_around_is_a_point_on_the_circle(part, period):
    dates = np.datetime64("2020-01-01") + np.arange(0, 10_000, 7).astype("m8[h]")
    column = fitted(DatetimeColumn, dates)
    X = dict(zip(names(column), write(column, dates).T, strict=True))
    angle = 2 * np.pi * parts_of(dates.astype("M8[us]"))[part] / period
    np.testing.assert_allclose(X[f"x.{part}[sin]"], np.sin(angle), atol=1e-15)
    np.testing.assert_allclose(X[f"x.{part}[cos]"], np.cos(angle), atol=1e-15)


def test_missing_dates_are_marked_once_and_medians():
    column = fitted(DatetimeColumn, DATES)
    assert names(column)[0] == "x=<missing>"
    assert sum("<missing>" in name for name in names(column)) == 1
    middle, gap = write(column, [DATES[1], None])
    X = dict(zip(names(column), gap, strict=True))
    assert X["x=<missing>"] == 1
    assert X["x.month[sin]"] == X["x.month[cos]"] == 0
    assert X["x.year"] == dict(zip(names(column), middle, strict=True))["x.year"] == 0


DATES = [dt.date(2020, 1, 1), dt.date(2021, 3, 1), dt.date(2022, 5, 1), None]


@given(st.lists(moments | st.none(), min_size=1, max_size=8).filter(any), st.randoms(), st.integers(0, 5))
def test_the_order_of_rows_does_not_matter_and_dates_survive_json(values, random, knots):
    column = fitted(DatetimeColumn, values, knots=knots)
    assert fitted(DatetimeColumn, random.sample(values, len(values)), knots=knots) == column
    again = through_json(column)
    assert again == column
    assert write(again, values).tobytes() == write(column, values).tobytes()
    assert np.isfinite(write(column, values)).all()


def test_the_detail_names_the_parts():
    assert fitted(DatetimeColumn, DATES).detail == "year, month, day_of_week, elapsed_days"


def test_unknown_parts_are_refused():
    config = fitted(DatetimeColumn, DATES).to_config()
    config["parts"][0]["part"] = "century"
    with pytest.raises(ValueError, match=r"unknown parts of a date: \['century'\]"):
        DatetimeColumn.from_config(config)
