import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.analysis.overshoot import overshoot


@given(st.floats(0.1, 10), st.floats(-5, 5), st.floats(0.01, 5))
def test_in_a_parabola_it_is_the_step_over_the_way_to_the_floor_less_one(curvature, floor, share):
    """Descend f(x) = curvature * (x - floor)^2 from 3 to the left of its floor."""
    begin = floor - 3.0
    step = share * 3.0
    slopes = [2 * curvature * (x - floor) * step for x in (begin, begin + step)]
    assert overshoot(*slopes) == pytest.approx(step / 3.0 - 1, abs=1e-6)


def test_landing_at_the_mirror_point_is_as_high_and_further_is_higher():
    assert overshoot(-1.5, 1.5) == 1
    assert overshoot(-1.5, 3.0) == 2


@pytest.mark.parametrize(
    "slopes", [(0.0, 1.0), (2.0, 1.0), (np.nan, 1.0), (-1.0, np.inf), (-np.inf, 1.0)]
)
def test_a_step_that_began_uphill_or_is_no_number_has_none(slopes):
    assert np.isnan(overshoot(*slopes))
