"""A kind of product: what a department sells, before there are brands and numbers on it."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Kind:
    name: str
    category: str
    family: str                 # whose brands make it
    glyph: str
    price: tuple                # dollars, cheapest and dearest
    models: int                 # how many parents
    titles: list
    about: list                 # sentences; a product gets one to three of them, in this order
    shades: list = field(default_factory=list)   # colors it is sold in
    tints: list = field(default_factory=list)    # how it is painted when color is nothing to choose
    facts: dict = field(default_factory=dict)    # attributes: a value, or a list to choose from
    sizes: tuple = ()           # (attribute, values): the other axis of variants
    variants: int = 3           # at most so many per parent


def kind(name, category, family, glyph, price, models, titles, about, shades="", tints="Blue", facts=None, sizes=(), variants=3):
    return Kind(name, category, family, glyph, price, models, titles, about,
                [s.strip() for s in shades.split(",") if s.strip()], [s.strip() for s in tints.split(",")],
                facts or {}, sizes, variants)
