"""Rows scaled to sum to 1."""

from __future__ import annotations

from gradverify.model import Array
from gradverify.ops._checks import Context, check_cotangent, check_floats, check_rank, first_true


class Normalize:
    """Every row divided by its sum: y_ij = x_ij / s_i, s_i = Σ_l x_il.

    Shapes: x, y and x_bar m-by-n. Dtypes: one floating-point dtype throughout. The context holds x by reference and the
    row sums.
    Errors: ValueError for a row that sums to exactly 0, for another rank and for a cotangent of another shape;
    TypeError for other dtypes. A matrix without columns is accepted: its rows sum to 0, but no entry is divided, so y
    and x_bar are empty, as for a batch from which everything was filtered out.
    Source: the quotient rule; x_ij acts on every entry of row i through s_i.
    """

    @staticmethod
    def forward(context: Context, x: Array) -> Array:
        check_floats("Normalize", x=x)
        check_rank("Normalize", 2, x=x)
        row_sum = x.sum(axis=1, keepdims=True)
        zero = first_true(row_sum == 0)
        if zero is not None and x.shape[1] > 0:
            raise ValueError(f"Normalize: row {zero[0]} sums to 0: no multiple of it sums to 1, drop or shift that row")
        context["x"], context["row_sum"] = x, row_sum
        y: Array = x / row_sum
        return y

    @staticmethod
    def backward(context: Context, y_bar: Array) -> Array:
        x, row_sum = context["x"], context["row_sum"]
        check_cotangent("Normalize", y_bar, x.shape, x.dtype)
        y = x / row_sum
        # x̄_ij = ȳ_ij/s_i − Σ_l ȳ_il x_il / s_i² = (ȳ_ij − Σ_l ȳ_il y_il) / s_i, without s_i², which may overflow
        x_bar: Array = (y_bar - (y_bar * y).sum(axis=1, keepdims=True)) / row_sum
        return x_bar
