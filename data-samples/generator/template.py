"""The small template language of the titles and descriptions.

`{key}` a fact, `{key|cm}` a fact through a format, `[a|b]` one of several, `<key:text>` only if the fact is true.
"""

import re


def number(value):
    return f"{value:g}" if isinstance(value, (int, float)) else str(value)


FORMATS = {
    "": number,
    "bytes": lambda gb: f"{number(gb / 1000 if gb % 1000 == 0 else gb / 1024)} TB" if gb >= 1000 else f"{number(gb)} GB",
    "inch": lambda inches: f'{number(inches)}"',
    "cm": lambda inches: f'{number(round(inches * 2.54, 1))} cm',
    "inchcm": lambda inches: f'{number(round(inches * 2.54, 1))} cm ({number(inches)}")',
    "liter": lambda ml: f"{number(ml / 1000)} L" if ml >= 1000 else f"{number(ml)} ml",
    "kilo": lambda grams: f"{number(grams / 1000)} kg" if grams >= 1000 else f"{number(grams)} g",
    "low": lambda text: str(text).lower(),
    "pixels": lambda size: {"1920 x 1080": "Full HD", "2560 x 1440": "QHD", "3840 x 2160": "4K UHD"}[size],
}


def render(template, facts, rng):
    text = re.sub(r"\[([^\[\]]*)\]", lambda m: rng.choice(m[1].split("|")), template)
    text = re.sub(r"<(\w+):([^<>]*)>", lambda m: m[2] if facts.get(m[1]) else "", text)
    text = re.sub(r"\{(\w+)\|?(\w*)\}", lambda m: FORMATS[m[2]](facts[m[1]]), text)
    text = re.sub(r"\s+([,.])", r"\1", re.sub(r"\s+", " ", text)).strip().strip(",")
    return text
