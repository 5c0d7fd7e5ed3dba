"""Normalize with a mistake in its backward."""

from gradverify.ops import Normalize


class WithoutTheSecondTerm(Normalize):
    @staticmethod
    def backward(context, y_bar):
        return y_bar / context["row_sum"]


WRONG = [("normalize", "WithoutTheSecondTerm", r"lacks the term .*: its coefficient is 0")]
