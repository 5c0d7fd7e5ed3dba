"""The trusted kernel: proves equations between indexed sums for all sizes at once, and refutes the false ones.

It imports nothing else of gradverify and no NumPy; SymPy only in `from_sympy` and `words`.
"""
