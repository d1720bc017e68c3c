"""The departments of the shop, in the order of its menu."""

from . import electronics, everyday, fashion, home, leisure

KINDS = electronics.KINDS + home.KINDS + fashion.KINDS + leisure.KINDS + everyday.KINDS
