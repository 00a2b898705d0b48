"""Work that goes on beside: in order, waited for, and never with its faults lost."""

from threading import Event

import pytest

from common.meanwhile import at_once, meanwhile


class TestMeanwhile:
    def test_goes_on_before_the_work_is_done(self):
        may_end = Event()
        with meanwhile() as start:
            answer = start(lambda: may_end.wait(10))
            may_end.set()  # never reached by who waits for the work first
            assert answer() is True

    def test_one_thing_after_the_other(self):
        done = []
        with meanwhile() as start:
            for number in range(5):
                start(lambda number=number: done.append(number))
        assert done == [0, 1, 2, 3, 4]

    def test_a_fault_is_raised_where_it_is_waited_for(self):
        reached = []
        with pytest.raises(ZeroDivisionError), meanwhile() as start:
            start(lambda: 1 / 0)()
            reached.append("what comes after")
        assert reached == []

    def test_a_fault_that_nobody_waits_for_is_raised_at_the_end(self):
        with pytest.raises(ZeroDivisionError), meanwhile() as start:
            start(lambda: 1 / 0)
            start(lambda: 1)

    def test_of_two_faults_the_first_is_raised(self):
        """As of two statements: the second one says only that the transaction has failed."""
        with pytest.raises(ZeroDivisionError) as raised, meanwhile() as start:
            start(lambda: 1 / 0)
            start(lambda: {}["gone"])()
        assert isinstance(raised.value.__cause__, KeyError)

    def test_a_fault_beside_the_work_is_raised_as_it_is(self):
        with pytest.raises(KeyError) as raised, meanwhile() as start:
            start(lambda: 1)
            {}["gone"]
        assert raised.value.__cause__ is None


def test_at_once_is_done_when_it_returns():
    done = []
    answer = at_once(lambda: done.append(1) or "done")
    assert (done, answer(), answer()) == ([1], "done", "done")
