"""The affine layer with mistakes in the gradient of its bias."""

from gradverify.ops import Affine


class TheMeanOverTheBatch(Affine):
    @staticmethod
    def backward(context, K_bar):
        X_bar, W_bar, _ = Affine.backward(context, K_bar)
        return X_bar, W_bar, K_bar.sum(axis=0) / max(len(K_bar), 1)


WRONG = [("affine", "TheMeanOverTheBatch", r"gradient of b averages over axis 0, and must sum")]
