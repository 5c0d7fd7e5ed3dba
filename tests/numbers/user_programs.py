"""Programs of users, in every way in which they may keep numpy: all compute x² + x, in place and in loops."""

from __future__ import annotations

BODY = """
def forward(x):
    y = zeros(x.shape)
    for i in range(x.shape[0]):
        y[i] = x[i] * x[i]
        y[i] += x[i]
    return (y,), x

def backward(x, cotangents):
    x_bar = zeros(x.shape)
    x_bar[...] = cotangents[0]
    x_bar *= 2 * x + 1
    return (x_bar,)
"""

SPELLINGS = {
    "import numpy as np": "import numpy as np\ndef zeros(shape): return np.zeros(shape)" + BODY,
    "import numpy as xp": "import numpy as xp\nzeros = lambda shape: xp.zeros(shape)" + BODY,
    "import numpy": "import numpy\ndef zeros(shape): return numpy.zeros(shape)" + BODY,
    "from numpy import zeros": "from numpy import zeros" + BODY,
    "from numpy import *": "from numpy import *" + BODY,
    "zeros = np.zeros": "import numpy as np\nzeros = np.zeros" + BODY,
    "zeros_like": "import numpy as np\ndef zeros(shape): return np.zeros_like(np.empty(shape))" + BODY,
    "a partial": "import functools, numpy as np\nzeros = functools.partial(np.zeros, dtype=float)" + BODY,
    "a default argument": "import numpy as np\ndef zeros(shape, xp=np): return xp.zeros(shape)" + BODY,
    "a keyword default": "import numpy as np\ndef zeros(shape, *, make=np.zeros): return make(shape)" + BODY,
    "a local import": "def zeros(shape):\n    import numpy as np\n    return np.zeros(shape)" + BODY,
    "a local from-import": "def zeros(shape):\n    from numpy import zeros as make\n    return make(shape)" + BODY,
    "a local import of a submodule": "def zeros(shape):\n    import numpy.linalg\n    return numpy.zeros(shape)" + BODY,
    "a local import in a lambda's function": """
def maker():
    def inner(shape):
        import numpy as xp
        return xp.zeros(shape)
    return lambda shape: inner(shape)
zeros = maker()
"""
    + BODY,
    "a closure": "import numpy\ndef maker(xp):\n    return lambda shape: xp.zeros(shape)\nzeros = maker(numpy)" + BODY,
    "a closure over the function": "import numpy\ndef maker(make):\n    return lambda shape: make(shape)\nzeros = maker(numpy.zeros)"
    + BODY,
    "a decorator": """
import functools, numpy as np
def logged(function):
    @functools.wraps(function)
    def wrapper(*arguments, **keywords):
        return function(*arguments, **keywords)
    return wrapper
@logged
def zeros(shape, xp=np):
    return xp.zeros(shape)
"""
    + BODY,
    "a class attribute": "import numpy as np\nclass Backend:\n    xp = np\ndef zeros(shape): return Backend.xp.zeros(shape)"
    + BODY,
    "a static method": "import numpy as np\nclass Backend:\n    make = staticmethod(np.zeros)\ndef zeros(shape): return Backend.make(shape)"
    + BODY,
    "an inherited class attribute": """
import numpy as np
class Base:
    xp = np
class Backend(Base):
    def make(self, shape):
        return self.xp.zeros(shape)
def zeros(shape): return Backend().make(shape)
"""
    + BODY,
    "an instance attribute": """
import numpy as np
class Backend:
    def __init__(self): self.xp = np
backend = Backend()
def zeros(shape): return backend.xp.zeros(shape)
"""
    + BODY,
    "a dictionary": "import numpy as np\nTABLE = {'zeros': np.zeros, 'np': np}\ndef zeros(shape): return TABLE['zeros'](shape)"
    + BODY,
    "a list": "import numpy as np\nTABLE = [np]\ndef zeros(shape): return TABLE[0].zeros(shape)" + BODY,
    "a tuple": "import numpy as np\nTABLE = (np, 3)\ndef zeros(shape): return TABLE[0].zeros(shape)" + BODY,
    "a class that lets nobody change it": """
import numpy as np
class Closed(type):
    def __setattr__(cls, name, value):
        raise AttributeError(name)
class Backend(metaclass=Closed):
    xp = np
def zeros(shape): return np.zeros(shape) if Backend.xp is not None else None
"""
    + BODY,
    "an object that has every attribute": """
import numpy as np
class Anything:
    def __getattr__(self, name):
        if name.startswith("__"):
            raise RuntimeError(name)
        return Anything()
anything = Anything()
def zeros(shape): return np.zeros(shape)
"""
    + BODY,
    "getattr": "import numpy as np\ndef zeros(shape): return getattr(np, 'zeros')(shape)" + BODY,
    "np.lib.stride_tricks": """
import numpy as np
from numpy.lib.stride_tricks import as_strided
def zeros(shape):
    z = np.zeros(shape)
    return as_strided(z, z.shape, z.strides)
"""
    + BODY,
    "np.asarray of a list": "import numpy as np\ndef zeros(shape): return np.asarray([[0.0] * shape[1]] * shape[0])"
    + BODY,
    "a copy of a parameter": "import numpy as np\nZ = np.zeros((2, 3))\ndef zeros(shape): return np.array(Z)" + BODY,
}


OUT_OF_REACH = {
    "lru_cache around it": """
import functools
@functools.lru_cache
def backend():
    import numpy as np
    return np
def zeros(shape): return backend().zeros(shape)
"""
    + BODY,
    "a generator that has started": """
import numpy as np
def backends():
    xp = np
    while True:
        yield xp
source = backends()
next(source)
def zeros(shape): return next(source).zeros(shape)
"""
    + BODY,
    "__import__": "def zeros(shape): return __import__('importlib').import_module('numpy').zeros(shape)" + BODY,
}

HELPERS = """
import numpy as np
from . import deep
from .deep import Base

class Square(Base):
    def forward(self, x):
        out = self.buffer(x.shape)
        out[:] = deep.square(x)
        return out
"""

DEEP = """
import numpy as xp
from functools import partial

blank = partial(xp.zeros, order="C")

class Base:
    make = staticmethod(blank)
    def buffer(self, shape):
        return self.make(shape)

def square(x):
    z = xp.empty_like(x)
    np_free = [v * v for v in x.ravel()]
    z.flat = np_free
    return z
"""

TOP = """
from .helpers import Square

class Op:
    layer = Square()
    @staticmethod
    def forward(x):
        return (Op.layer.forward(x),), x
    @classmethod
    def backward(cls, x, cotangents):
        from .late import slope
        return (slope(x, cotangents[0]),)

forward, backward = Op.forward, Op.backward
"""

LATE = """
import numpy as np
def slope(x, y_bar):
    z = np.zeros(x.shape)
    z += 2 * x * y_bar
    return z
"""

STATE = """
import numpy as np
CACHE = {}
HISTORY = []
LATEST = None
count = 0

class Layer:
    def __init__(self):
        self.running_mean = np.zeros(3)
        self.saved = None
        self.weights = [np.ones(3)]

layer = Layer()

def forward(x):
    global LATEST, count, xp
    count += 1
    xp = np
    CACHE["x"] = x
    HISTORY.append(x)
    LATEST = x
    layer.saved = (x, [x])
    layer.running_mean = 0.9 * layer.running_mean + 0.1 * x.mean(axis=0)
    layer.backend = np
    return (x * x * layer.weights[0],), None

def backward(_, cotangents):
    assert CACHE["x"] is LATEST is HISTORY[-1] is layer.saved[0]
    return (2 * LATEST * cotangents[0] * layer.weights[0],)
"""
