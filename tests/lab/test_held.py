import pytest

from layerwise.lab import Gone
from layerwise.lab.held import Held


def test_what_is_dropped_is_returned_the_least_recently_used_first():
    held = Held("book", "Read it again.", 2)
    assert held.add("a", 1) == held.add("b", 2) == []
    assert held.get("a") == 1
    assert held.add("c", 3) == [2]
    with pytest.raises(Gone, match=r"There is no book 'b' any more: the lab holds 2\. Read it again\."):
        held.get("b")
    assert held.clear() == [1, 3]
    assert len(held) == 0


def test_one_in_the_place_of_another_has_its_turn_and_none_is_put_where_none_was():
    held = Held("book", "Read it again.", 2)
    held.add("a", 1)
    held.add("b", 2)
    assert held.replace("a", 10) == 1
    assert held.add("c", 3) == [10]
    with pytest.raises(Gone, match="no book 'a'"):
        held.replace("a", 11)
    assert len(held) == 2
