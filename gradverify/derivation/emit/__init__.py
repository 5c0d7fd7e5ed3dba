"""Emits NumPy code for proved derivations."""

from gradverify.derivation.emit.module import asked_sizes, class_name, numpy_module

__all__ = ["asked_sizes", "class_name", "numpy_module"]
