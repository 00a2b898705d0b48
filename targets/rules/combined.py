"""What somebody reached of everything that is asked of them: attainments, weighted. Convention: docs/conventions.md, "Attainment"."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from targets.rules.attainment import HUNDRED, ZERO
from targets.rules.scoring import effective_weights, weighted_score


@dataclass(frozen=True)
class Asked:
    """
    One metric's part: its weight in percent and its attainment, None where there is no target or no value.

    :ivar is_lower_better: reaching less than the target is better.
    """

    weight: int
    attainment: Decimal | None
    is_lower_better: bool = False

    @property
    def degree(self) -> Decimal | None:
        """Percent as it goes into the sum: where less is better 200 − attainment, not below 0, so that 90 % counts 110 %."""
        if self.attainment is None or not self.is_lower_better:
            return self.attainment
        return max(ZERO, 2 * HUNDRED - self.attainment)


def combined_attainment(parts: Sequence[Asked]) -> Decimal | None:
    """
    Return Σ weight × degree ÷ Σ weight in percent, uncapped, over the parts that have a value; None if none has.

    :raises NoWeights: for a negative weight.
    """
    return weighted_score([part.weight for part in parts], [part.degree for part in parts])


def weights_that_count(parts: Sequence[Asked]) -> list[Decimal | None]:
    """Return each part's weight in percent once those without a value dropped out; None for these."""
    return effective_weights([part.weight for part in parts], [part.degree for part in parts])
