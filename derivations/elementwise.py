"""Element-wise maps: the theorem for any differentiable f, on matrices and on arrays of rank 3, and eight instances."""

import numpy as np

from gradverify.derivation import *

m, n, p = size("m n p")
i, k = index("i k", m)
j, l = index("j l", n)
r, s = index("r s", p)
f = function("f")

x = array("x", m, n)
y = array("y", m, n)
x_dot = tangent(x)
y_bar = cotangent(y)


def x_bar(x, y_bar, f_prime):
    return y_bar * f_prime(x)


elementwise = Derivation(
    name="elementwise",
    title="apply any differentiable function to every entry",
    inputs=(x,),
    forward={y[k, l]: f(x[k, l])},
    gradients=(
        Gradient(
            x[i, j],
            chain_rule(
                Sum(y_bar[k, l] * D(y[k, l], x[i, j]), k, l),
                "The loss depends on x_ij through the entries of y.",
            ),
            insert_forward(
                Sum(y_bar[k, l] * D(f(x[k, l]), x[i, j]), k, l),
                "f is applied to every entry on its own.",
            ),
            elementary_rule(
                Sum(y_bar[k, l] * prime(f)(x[k, l]) * D(x[k, l], x[i, j]), k, l),
                "The chain rule for f, of which only that it is differentiable at x_kl is used.",
            ),
            entry_rule(
                Sum(y_bar[k, l] * prime(f)(x[k, l]) * delta(k, i) * delta(l, j), k, l),
                "x_kl changes with x_ij only where k = i and l = j.",
            ),
            collapse_delta(
                y_bar[i, j] * prime(f)(x[i, j]),
                "A single term of the double sum is left.",
            ),
            numpy=x_bar,
        ),
    ),
    tangents=(
        Tangent(
            y[k, l],
            push_forward(
                prime(f)(x[k, l]) * x_dot[k, l],
                "Every entry moves by its slope, whatever the others do.",
            ),
        ),
    ),
    op="gradverify.ops:Map",
    parameters={"f": f, "f_prime": prime(f)},
)

x3 = array("x", m, n, p)
y3 = array("y", m, n, p)
x3_dot = tangent(x3)
y3_bar = cotangent(y3)

elementwise_rank3 = Derivation(
    name="elementwise_rank3",
    title="the same theorem on arrays with three axes",
    inputs=(x3,),
    forward={y3[k, l, s]: f(x3[k, l, s])},
    gradients=(
        Gradient(
            x3[i, j, r],
            chain_rule(
                Sum(y3_bar[k, l, s] * D(y3[k, l, s], x3[i, j, r]), k, l, s),
                "The loss depends on x_ijr through the entries of y.",
            ),
            insert_forward(
                Sum(y3_bar[k, l, s] * D(f(x3[k, l, s]), x3[i, j, r]), k, l, s),
                "f is applied to every entry on its own.",
            ),
            elementary_rule(
                Sum(y3_bar[k, l, s] * prime(f)(x3[k, l, s]) * D(x3[k, l, s], x3[i, j, r]), k, l, s),
                "The chain rule for f, of which only that it is differentiable at x_kls is used.",
            ),
            entry_rule(
                Sum(y3_bar[k, l, s] * prime(f)(x3[k, l, s]) * delta(k, i) * delta(l, j) * delta(s, r), k, l, s),
                "x_kls changes with x_ijr only where all three indices agree.",
            ),
            collapse_delta(
                y3_bar[i, j, r] * prime(f)(x3[i, j, r]),
                "A single term of the triple sum is left.",
            ),
            numpy=x_bar,
        ),
    ),
    tangents=(
        Tangent(
            y3[k, l, s],
            push_forward(
                prime(f)(x3[k, l, s]) * x3_dot[k, l, s],
                "Every entry moves by its slope, whatever the others do.",
            ),
        ),
    ),
    op="gradverify.ops:Map",
    parameters={"f": f, "f_prime": prime(f)},
)


def instance(
    name, title, value, slope, why, numpy, *, op, positive=False, rule=elementary_rule, closed=None, domain=()
):
    """An instance of the theorem: y = value(x) with the derivative slope(x); `closed` writes the claim otherwise."""
    x = array("x", m, n, positive=positive)
    steps = [
        chain_rule(
            Sum(y_bar[k, l] * D(y[k, l], x[i, j]), k, l),
            "The loss depends on x_ij through the entries of y.",
        ),
        insert_forward(
            Sum(y_bar[k, l] * D(value(x[k, l]), x[i, j]), k, l),
            "The function is applied to every entry on its own.",
        ),
        rule(
            Sum(y_bar[k, l] * slope(x[k, l]) * D(x[k, l], x[i, j]), k, l),
            why,
        ),
        entry_rule(
            Sum(y_bar[k, l] * slope(x[k, l]) * delta(k, i) * delta(l, j), k, l),
            "x_kl changes with x_ij only where k = i and l = j.",
        ),
        collapse_delta(
            y_bar[i, j] * slope(x[i, j]),
            "A single term of the double sum is left.",
        ),
    ]
    if closed is not None:
        expression, reason = closed
        steps.append(algebra(y_bar[i, j] * expression(x[i, j]), reason))
    return Derivation(
        name=name,
        title=title,
        inputs=(x,),
        forward={y[k, l]: value(x[k, l])},
        domain=tuple(condition(x[k, l]) for condition in domain),
        gradients=(Gradient(x[i, j], *steps, numpy=numpy),),
        tangents=(
            Tangent(
                y[k, l],
                push_forward(
                    slope(x[k, l]) * tangent(x)[k, l], "Every entry moves by its slope, whatever the others do."
                ),
            ),
        ),
        op=op,
    )


def logistic(u):
    return 1 / (1 + exp(-u))


def sigmoid_bar(x, y_bar):
    y = 1 / (1 + np.exp(-x))
    return y_bar * y * (1 - y)


sigmoid = instance(
    "sigmoid",
    "the logistic function of every entry",
    logistic,
    lambda u: exp(-u) / (1 + exp(-u)) ** 2,
    "The reciprocal of 1 + e^(−u) has the derivative e^(−u) / (1 + e^(−u))².",
    sigmoid_bar,
    op="gradverify.ops:Sigmoid",
    rule=power_rule,
    closed=(lambda u: logistic(u) * (1 - logistic(u)), "In terms of the output the derivative is y (1 − y)."),
)


def relu_bar(x, y_bar):
    return y_bar * (x > 0)


relu = instance(
    "relu",
    "the positive part of every entry",
    lambda u: u * Iverson(u),
    Iverson,
    "The product rule, with a bracket that is constant on either side of 0.",
    relu_bar,
    op="gradverify.ops:ReLU",
    rule=product_rule,
    domain=(lambda u: nonzero(u, "no entry of x is 0, where relu has a kink"),),
)


def tanh_bar(x, y_bar):
    return y_bar * (1 - np.tanh(x) ** 2)


tanh_op = instance(
    "tanh",
    "the hyperbolic tangent of every entry",
    tanh,
    lambda u: 1 - tanh(u) ** 2,
    "The derivative of tanh is 1 − tanh².",
    tanh_bar,
    op="gradverify.ops:Tanh",
)


def exp_bar(x, y_bar):
    return y_bar * np.exp(x)


exp_op = instance(
    "exp",
    "the exponential of every entry",
    exp,
    exp,
    "The exponential is its own derivative.",
    exp_bar,
    op="gradverify.ops:Exp",
)


def log_bar(x, y_bar):
    return y_bar / x


log_op = instance(
    "log",
    "the natural logarithm of every entry",
    log,
    lambda u: 1 / u,
    "The derivative of log u is 1/u.",
    log_bar,
    op="gradverify.ops:Log",
    positive=True,
)


def square_bar(x, y_bar):
    return 2 * y_bar * x


square = instance(
    "square",
    "the square of every entry",
    lambda u: u**2,
    lambda u: 2 * u,
    "The derivative of u² is 2u.",
    square_bar,
    op="gradverify.ops:Square",
    rule=power_rule,
)


def sqrt_bar(x, y_bar):
    return y_bar / (2 * np.sqrt(x))


sqrt_op = instance(
    "sqrt",
    "the square root of every entry",
    sqrt,
    lambda u: 1 / (2 * sqrt(u)),
    "The derivative of u^½ is ½ u^−½.",
    sqrt_bar,
    op="gradverify.ops:Sqrt",
    positive=True,
    rule=power_rule,
)


def softplus_bar(x, y_bar):
    return y_bar / (1 + np.exp(-x))


softplus = instance(
    "softplus",
    "log(1 + eˣ) of every entry",
    lambda u: log(1 + exp(u)),
    lambda u: exp(u) / (1 + exp(u)),
    "The derivative of log v is 1/v, times that of v = 1 + e^u.",
    softplus_bar,
    op="gradverify.ops:Softplus",
    closed=(lambda u: 1 / (1 + exp(-u)), "Multiply numerator and denominator by e^(−u): the logistic function."),
)
