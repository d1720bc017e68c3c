"""From kinds to products: brands, numbers, variants, prices and everything a shop knows about an article."""

import itertools
import random
import string
from datetime import date, timedelta

from .brands import BRANDS, lines
from .colors import plain
from .glyphs import image
from .template import FORMATS, render

SEED = 20261122
FIRST_ID = 100001
NEWEST = date(2026, 10, 30)
WAREHOUSES = [(45.5152, -122.6784), (30.2672, -97.7431), (41.8781, -87.6298), (40.6782, -73.9442),
              (39.7392, -104.9903), (47.6062, -122.3321), (33.749, -84.388), (44.9778, -93.265)]
UNLISTED = {"title_words", "edition", "shade_word"}       # words for titles, nothing to filter by
SIZE_LABELS = {"size": "Size {}", "size_us": "US {}", "waist": "W{}"}
SIZE_FORMATS = {"ssd_gb": "bytes", "capacity_gb": "bytes", "volume_ml": "liter", "weight_g": "kilo"}
ONE_PRICE = ("size_us", "waist", "diaper_size")           # a bigger one costs the same


def check_digit(digits):
    return str(-sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(digits)) % 10)


def ean(rng, taken):
    """An EAN-13 from the range kept for use inside a shop, so that it is nobody's real product."""
    while True:
        digits = "2" + "".join(rng.choice(string.digits) for _ in range(11))
        if digits not in taken:
            taken.add(digits)
            return digits + check_digit(digits)


def model_number(pattern, rng, taken):
    for alternative in pattern.split("|"):
        for _ in range(400 if "#" in alternative else 1):
            drawn, digit_before = "", False
            for sign in alternative:
                if sign == "#":
                    drawn += rng.choice("0123456789" if digit_before else "123456789")
                else:
                    drawn += {"^": rng.choice("ABCDEFGHKLMNPRSTVX"), "@": rng.choice("abcdefghkmnprstx")}.get(sign, sign)
                digit_before = drawn[-1].isdigit()
            if drawn not in taken:
                taken.add(drawn)
                return drawn
    raise ValueError(f"no model number left for the pattern {pattern}")


def spread(values, count, rng):
    """`count` of the values, each about equally often, in no order."""
    drawn = []
    while len(drawn) < count:
        drawn += rng.sample(values, len(values))
    return drawn[:count]


def variants(kind, rng):
    """The (shade, size) pairs in which one model is sold."""
    sizes = kind.sizes[1] if kind.sizes else [None]
    if not kind.shades:
        chosen = sorted(rng.sample(range(len(sizes)), min(kind.variants, len(sizes))))
        tint = rng.choice(kind.tints)
        return [(tint, sizes[i]) for i in chosen]
    wanted = rng.randint((kind.variants + 1) // 2, kind.variants)
    shades = rng.sample(kind.shades, min(len(kind.shades), wanted if len(sizes) == 1 else rng.choice((1, 2, 2, 3))))
    per_shade = -(-wanted // len(shades))
    chosen = sorted(rng.sample(range(len(sizes)), min(per_shade, len(sizes))))
    return list(itertools.product(shades, (sizes[i] for i in chosen)))[:wanted]


def quality(kind, facts):
    """0 to 1: how far up its list each fact stands; lists run from plain to fine."""
    places = []
    for key, values in kind.facts.items():
        if isinstance(values, list) and len(set(values)) > 1 and not isinstance(values[0], str):
            ordered = sorted(set(values))
            places.append(ordered.index(facts[key]) / (len(ordered) - 1))
    return sum(places) / len(places) if places else 0.5


def size_factor(kind, size):
    if not kind.sizes or kind.sizes[0] in ONE_PRICE:
        return 1.0
    key, sizes = kind.sizes
    if isinstance(size, str):
        return 1.0 if len(size) < 5 and kind.name != "dog bed" else 1 + 0.3 * sizes.index(size)
    return (size / sizes[0]) ** (1.3 if key == "display_inches" else 0.5)


def shelf_price(dollars, rng):
    """The amount as shops write it, in cents."""
    if dollars >= 300:
        return max(1, round(dollars / 10)) * 1000 - 100 + rng.choice((0, 0, 99))
    if dollars >= 20:
        return round(dollars) * 100 - rng.choice((1, 1, 5, 10, 100))
    return max(1, round(dollars)) * 100 - rng.choice((1, 1, 5, 11, 51))


def reputation(released, rng):
    age = (NEWEST - released).days / 365
    popularity = min(10000, int(50 * rng.paretovariate(0.85)))
    reviews = int(popularity * rng.uniform(0.05, 0.5) * min(1.0, age))
    rating = round(min(4.9, max(2.6, rng.gauss(4.2, 0.4))), 1)
    return popularity, reviews, rating


def suffix(shade, size):
    code = "".join(word[:3 if " " not in shade else 2] for word in shade.split()).upper() if shade else ""
    letters = "".join(c for c in FORMATS[""](size).replace(" x ", "X").upper() if c.isalnum()) if size is not None else ""
    return "-".join(part for part in (code, letters) if part)


def full_title(template, kind, facts, seed):
    title = render(template, facts, random.Random(seed))
    if kind.shades and "{shade}" not in template:
        title += f", {facts['shade']}"
    if kind.sizes and "{" + kind.sizes[0] not in template:
        key = kind.sizes[0]
        label = SIZE_LABELS.get(key) or ("{} cm" if key.endswith("_cm") else "{} m" if key.endswith("_m") else "{}")
        title += ", " + label.format(FORMATS[SIZE_FORMATS.get(key, "")](facts[key]))
    return title


def gender(title):
    words = title.split()
    return next((word[:-2].lower() for word in ("Women's", "Men's", "Kids'") if word in words), None)


def models(kind, taken_models):
    """One entry per parent: its brand, number, range and facts."""
    rng = random.Random(f"{SEED}/{kind.name}")
    brands = BRANDS[kind.family]
    chosen = spread(list(brands), kind.models, rng)
    ranges = spread(lines(kind.family), kind.models, rng)
    templates = spread(kind.titles, kind.models, rng)
    facts = {key: spread(values, kind.models, rng) if isinstance(values, list) else [values] * kind.models
             for key, values in kind.facts.items()}
    for i, brand in enumerate(chosen):
        level, pattern = brands[brand]
        yield {"brand": brand, "level": level, "model": model_number(pattern, rng, taken_models), "line": ranges[i],
               "template": templates[i], "facts": {key: values[i] for key, values in facts.items()},
               "seed": f"{SEED}/{kind.name}/{i}"}


def build(kinds):
    """All (product, kind name) pairs, in the order of the departments."""
    taken_models, taken_eans, products = set(), set(), []
    for kind in kinds:
        for model in models(kind, taken_models):
            for product in articles(kind, model, taken_eans):
                products.append(({"id": str(FIRST_ID + len(products)), **product}, kind.name))
    return products


def articles(kind, model, taken_eans):
    """The variants of one model."""
    rng = random.Random(model["seed"])
    low, high = kind.price
    place = 0.6 * quality(kind, model["facts"]) + 0.4 * rng.random()
    base = low * (high / low) ** (place * 0.8) * model["level"] ** 0.6
    sentences = sorted(rng.sample(range(len(kind.about)), rng.randint(1 if len(kind.about) == 2 else 2, len(kind.about))))
    released = NEWEST - timedelta(days=int(rng.betavariate(1.2, 2) * 5 * 365))
    popularity, reviews, rating = reputation(released, rng)
    parent = model["model"].replace(" ", "-")
    sold = variants(kind, rng)
    for shade, size in sold:
        facts = {**model["facts"], "brand": model["brand"], "model": model["model"], "line": model["line"], "shade": shade}
        if kind.sizes:
            facts[kind.sizes[0]] = size
        title = full_title(model["template"], kind, facts, model["seed"])
        spoken = [render(text, facts, random.Random(f"{model['seed']}/{i}")) for i, text in enumerate(kind.about)]
        description = " ".join(spoken[i] for i in sentences) or " ".join(spoken)
        price = shelf_price(base * size_factor(kind, size), rng)
        stock = 0 if rng.random() < 0.08 else int(rng.expovariate(1 / 45)) + 1
        attributes = {key: value for key, value in facts.items() if key not in UNLISTED | {"brand", "model", "line", "shade"}}
        if gender(title):
            attributes["gender"] = gender(title)
        if kind.shades:
            attributes["shade"] = shade
        code = suffix(shade if kind.shades else "", size) if len(sold) > 1 else ""
        lat, lon = rng.choice(WAREHOUSES)
        share = rng.uniform(0.3, 1.0)
        product = {
            "title": title, "description": " ".join(description.split()), "brand": model["brand"],
            "category": kind.category, "sku": f"{parent}-{code}" if code else parent,
            "ean": [ean(rng, taken_eans) for _ in range(2 if rng.random() < 0.06 else 1)],
            "parent_sku": parent, "price_cents": price,
        }
        if rng.random() < 0.22:
            product["list_price_cents"] = shelf_price(price / 100 * rng.uniform(1.12, 1.5) + 2, rng)
        if reviews:
            product["rating"] = rating
        product |= {"reviews": reviews, "in_stock": stock > 0, "stock": stock, "popularity": int(popularity * share),
                    "released": f"{released.isoformat()}T00:00:00Z"}
        if kind.shades:
            product["color"] = plain(shade)
        yield product | {"attributes": attributes, "image": image(kind.glyph, shade), "location": {"lat": lat, "lon": lon}}
