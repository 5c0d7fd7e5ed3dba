"""A small operand that is repeated, and the change of sign, with mistakes in their backwards."""

from gradverify.ops import AddRow, Negate, SubColumn


class WithoutTheMinus(SubColumn):
    @staticmethod
    def backward(context, y_bar):
        x_bar, c_bar = SubColumn.backward(context, y_bar)
        return x_bar, -c_bar


class TheMeanOfTheRows(AddRow):
    @staticmethod
    def backward(context, y_bar):
        x_bar, b_bar = AddRow.backward(context, y_bar)
        return x_bar, b_bar / max(len(y_bar), 1)


class AsIfItWereTheIdentity(Negate):
    @staticmethod
    def backward(context, y_bar):
        return y_bar.copy()


WRONG = [
    ("sub_column", "WithoutTheMinus", r"gradient of c .*sign"),
    ("add_row", "TheMeanOfTheRows", r"gradient of b averages over axis 0, and must sum"),
    ("negate", "AsIfItWereTheIdentity", r"sign"),
]
