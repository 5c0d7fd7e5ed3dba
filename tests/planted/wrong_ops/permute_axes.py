"""Axes in another order, with a mistake in the backward: right for every exchange of two axes."""

from gradverify.ops import PermuteAxes


class TheSameOrderAgain(PermuteAxes):
    """The order itself for its inverse: the same for all orders but the cycles of three axes."""

    @staticmethod
    def forward(context, x, *, axes):
        y = PermuteAxes.forward(context, x, axes=axes)
        context["axes"], context["sides"] = axes, x.shape
        return y

    @staticmethod
    def backward(context, y_bar):
        return y_bar.transpose(context["axes"]).reshape(context["sides"]).copy()


WRONG = [("permute_axes", "TheSameOrderAgain", r"such as where axes=.*entries of the cotangent from the wrong places")]
