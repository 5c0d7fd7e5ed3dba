"""What a refuted backward looks like: hypotheses about common mistakes, each established on exact numbers or not said."""

from gradverify.diagnosis.diagnose import NOTHING, diagnose, looks_like

__all__ = ["NOTHING", "diagnose", "looks_like"]
