"""What `np.empty` holds: an entry that must be written before it is used in any way."""

from __future__ import annotations

from typing import Any, NoReturn

from gradverify.numbers.signals import Unwritten


class Unset:
    """An entry that was never written. It may be copied about; computing with it raises `Unwritten`."""

    __slots__ = ()

    def _refuse(self, *arguments: Any) -> NoReturn:
        raise Unwritten("the code uses an entry of np.empty that it has not written")

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _refuse
    __pow__ = __rpow__ = __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __neg__ = __pos__ = __abs__ = _refuse
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse
    __bool__ = __float__ = __int__ = __index__ = __hash__ = _refuse

    def __getattr__(self, name: str) -> Any:
        """No attribute either: NumPy's loops call methods such as `exp`."""
        if name.startswith("__"):
            raise AttributeError(name)
        self._refuse()

    def __copy__(self) -> Unset:
        return self

    def __deepcopy__(self, memo: Any) -> Unset:
        return self

    def __repr__(self) -> str:
        return "<not written>"


UNSET = Unset()
