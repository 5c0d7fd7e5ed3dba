"""Products and cumulative sums with mistakes in their backwards."""

from gradverify.ops import CumSum, Prod


class Divided(Prod):
    """The whole product over the entry: right wherever no entry is 0."""

    @staticmethod
    def backward(context, y_bar):
        x = context["x"]
        return y_bar * x.prod(axis=1, keepdims=True) / x


class NothingLeftOut(Prod):
    @staticmethod
    def backward(context, y_bar):
        x = context["x"]
        return y_bar * x.prod(axis=1, keepdims=True) + 0 * x


class NotReversed(CumSum):
    @staticmethod
    def backward(context, y_bar):
        return y_bar.cumsum(axis=1)


WRONG = [
    ("prod", "NothingLeftOut", r"x times the true one: .* x is a factor too many"),
    ("prod", "Divided", r"not finite exactly where x is 0: it divides by x"),
    ("cumsum", "NotReversed", r"must be the sums of ȳ from each entry to the end of axis 1"),
]
