"""Layer norm, RMS norm and batch norm with mistakes in their backwards."""

from gradverify.ops import BatchNorm, LayerNorm, RMSNorm


class FixedDeviation(LayerNorm):
    @staticmethod
    def backward(context, y_bar):
        _, gamma_bar, beta_bar = LayerNorm.backward(context, y_bar)
        g = y_bar * context["gamma"]
        return (g - g.mean(axis=1, keepdims=True)) / context["sigma"], gamma_bar, beta_bar


class FixedMean(LayerNorm):
    @staticmethod
    def backward(context, y_bar):
        _, gamma_bar, beta_bar = LayerNorm.backward(context, y_bar)
        g, x_hat = y_bar * context["gamma"], context["x_hat"]
        return (g - x_hat * (g * x_hat).mean(axis=1, keepdims=True)) / context["sigma"], gamma_bar, beta_bar


class FixedRoot(RMSNorm):
    @staticmethod
    def backward(context, y_bar):
        _, gamma_bar = RMSNorm.backward(context, y_bar)
        return y_bar * context["gamma"] / context["r"], gamma_bar


class FixedStatistics(BatchNorm):
    """As in inference, where the statistics come from elsewhere."""

    @staticmethod
    def backward(context, y_bar):
        _, gamma_bar, beta_bar = BatchNorm.backward(context, y_bar)
        return y_bar * context["gamma"] / context["sigma"], gamma_bar, beta_bar


class MeanOfTheCotangents(BatchNorm):
    @staticmethod
    def backward(context, y_bar):
        x_bar, gamma_bar, _ = BatchNorm.backward(context, y_bar)
        return x_bar, gamma_bar, y_bar.mean(axis=0)


WRONG = [
    ("layernorm", "FixedDeviation", r"lacks the term −x̂_ij .*: its coefficient is 0"),
    ("layernorm", "FixedMean", r"lacks the term −\(Σ_l ȳ_il γ_l\) .*: its coefficient is 0"),
    ("rmsnorm", "FixedRoot", r"lacks the term −x̂_ij .*: its coefficient is 0"),
    ("batchnorm", "FixedStatistics", r"lacks the term −γ_j \(Σ_k ȳ_kj\) .*: its coefficient is 0"),
    ("batchnorm", "MeanOfTheCotangents", r"the gradient of beta averages over axis 0, and must sum over it"),
]
