import numpy as np


class Mean:
    @staticmethod
    def forward(context, x, axis):
        context["shape"], context["axis"] = x.shape, axis
        return x.mean(axis=axis)

    @staticmethod
    def backward(context, y_bar):
        shape, axis = context["shape"], context["axis"]
        return np.broadcast_to(np.expand_dims(y_bar, axis), shape) / shape[axis]
