"""Rated queries. A grade follows from what a product is (its kind, color, brand, numbers), never from its words.

3 exactly what was asked, 2 the right kind with a detail off, 1 related, 0 alike in words only.
"""

from collections import defaultdict
from dataclasses import dataclass, field


@dataclass
class Query:
    text: str
    want: tuple = ()            # kinds that are what was asked
    near: tuple = ()            # kinds that would do
    related: tuple = ()         # accessories and neighbors
    unlike: tuple = ()          # the same words, another thing
    details: dict = field(default_factory=dict)   # field or attribute -> value (or a set of values)


def query(text, want="", near="", related="", unlike="", **details):
    return Query(text, *(tuple(k.strip() for k in kinds.split(",") if k.strip()) for kinds in (want, near, related, unlike)), details)


QUERIES = [
    # head terms
    query("laptop", "laptop, gaming laptop", related="laptop bag, laptop sleeve, laptop stand, laptop charger", unlike="toy laptop"),
    query("headphones", "wireless headphones, wired headphones", near="earbuds", related="headphone stand, ear tips", unlike="smartphone"),
    query("phone", "smartphone", related="phone case, screen protector, phone charger, car phone mount", unlike="toy phone, wireless headphones"),
    query("coffee maker", "coffee maker", near="espresso machine, french press", related="coffee filter, coffee grinder, ground coffee, coffee beans", unlike="coffee table, coffee mug, toy kitchen"),
    query("tent", "tent", related="tent pegs, sleeping bag, sleeping pad", unlike="novel"),
    query("camera", "mirrorless camera, instant camera", near="action camera", related="camera bag, camera lens, tripod, memory card", unlike="webcam, security camera, baby monitor"),
    query("mouse", "mouse", related="mouse pad", unlike="cat toy, plush toy, picture book"),
    query("tablet", "tablet", related="tablet case", unlike="dishwasher tablets"),
    query("monitor", "monitor", related="monitor arm", unlike="baby monitor, smartwatch"),
    query("keyboard", "keyboard", related="mouse", unlike="digital piano"),
    query("desk", "desk", related="desk lamp, office chair, desk organizer", unlike="desktop pc, headphone stand"),
    query("sofa", "sofa", related="sofa cover, throw pillow"),
    query("dress", "dress", unlike="dress shoes, dresser, novel, doll"),
    query("bed", "bed frame", related="mattress, bedding set, nightstand", unlike="dog bed"),
    query("drill", "cordless drill", related="drill bits, power tool battery"),
    query("grill", "grill", related="grill cover, charcoal", unlike="microwave, cookbook"),
    query("vacuum", "vacuum cleaner", near="robot vacuum", related="vacuum bags"),
    # accessories
    query("laptop bag", "laptop bag", near="laptop sleeve", related="tote bag, hiking backpack", unlike="laptop, camera bag, sleeping bag, vacuum bags"),
    query("laptop stand", "laptop stand", related="monitor arm", unlike="headphone stand, laptop"),
    query("phone case", "phone case", related="screen protector, tablet case", unlike="smartphone"),
    query("coffee filter", "coffee filter", related="coffee maker, ground coffee", unlike="air purifier filter"),
    query("coffee beans", "coffee beans", near="ground coffee", related="coffee grinder", unlike="coffee maker, coffee mug"),
    query("tent pegs", "tent pegs", related="tent"),
    query("camera bag", "camera bag", related="tripod", unlike="laptop bag, mirrorless camera, sleeping bag"),
    query("toothbrush heads", "toothbrush heads", related="electric toothbrush", unlike="headlamp"),
    query("air purifier filter", "air purifier filter", related="air purifier", unlike="coffee filter"),
    query("case for halyx hx7", "phone case", related="screen protector", fits="Halyx HX7"),
    # brand and kind
    query("quillon laptop", "laptop, gaming laptop", related="laptop bag, laptop charger", brand="Quillon"),
    query("brennig washing machine", "washing machine", related="laundry detergent", brand="Brennig"),
    query("strideon running shoes", "running shoes", near="sneakers", brand="Strideon"),
    query("torqlin cordless drill", "cordless drill", related="power tool battery, drill bits", brand="Torqlin"),
    # color and kind
    query("red dress", "dress", unlike="dress shoes, novel", color="Red"),
    query("black leather belt", "belt", color="Black"),
    query("blue rain jacket", "rain jacket", near="down jacket", unlike="rain boots", color="Blue"),
    query("green sofa", "sofa", related="sofa cover", color="Green"),
    query("white sneakers", "sneakers", near="running shoes", related="shoe laces", color="White"),
    query("pink yoga mat", "yoga mat", related="sleeping pad", unlike="mouse pad", color="Pink"),
    # attributes and sizes
    query("55 inch tv", "tv", related="tv wall mount", display_inches=55),
    query('oled tv 55"', "tv", related="tv wall mount", panel="OLED", display_inches=55),
    query("500 gb ssd", "ssd", related="external hard drive, laptop", capacity_gb=500),
    query("256gb usb stick", "usb stick", related="memory card", capacity_gb=256),
    query("waterproof bluetooth speaker", "bluetooth speaker", near="bookshelf speaker", waterproof=True),
    query("noise cancelling headphones", "wireless headphones, wired headphones", near="earbuds", related="headphone stand", noise_cancelling=True),
    query("running shoes size 9", "running shoes", size_us=9),
    query("mens jeans w32", "jeans", waist=32),
    query("1.7 l kettle", "electric kettle", near="french press", volume_ml=1700),
    query("27 inch monitor 144 hz", "monitor", display_inches=27, refresh_hz=144),
    query("usb-c cable 2 m", "charging cable", related="hdmi cable, phone charger", length_m=2),
    query("wool rug 160 x 230 cm", "rug", material="Wool", size="160 x 230 cm"),
    # misspelt
    query("headphnes", "wireless headphones, wired headphones", near="earbuds", related="headphone stand, ear tips"),
    query("wireles earbuds", "earbuds", near="wireless headphones", related="ear tips"),
    query("expresso machine", "espresso machine", near="coffee maker", related="coffee beans"),
    query("refridgerator", "refrigerator", unlike="toy kitchen"),
    query("tenis racket", "tennis racket", related="tennis balls"),
    query("hikng boots", "hiking boots", near="rain boots", related="shoe laces, trekking poles"),
    # synonyms
    query("telly", "tv", related="tv wall mount, streaming stick"),
    query("notebook", "laptop, gaming laptop", related="laptop bag, laptop sleeve", unlike="journal"),
    query("couch", "sofa", related="sofa cover"),
    query("cell phone", "smartphone", related="phone case", unlike="toy phone"),
    query("trainers", "sneakers, running shoes", related="shoe laces"),
    query("hoover", "vacuum cleaner", near="robot vacuum", related="vacuum bags"),
    query("barbecue", "grill", related="grill cover, charcoal"),
    query("pram", "stroller", related="baby monitor"),
    # half typed
    query("head", "wireless headphones, wired headphones, headphone stand, headlamp", related="earbuds", unlike="toothbrush heads"),
    query("smartw", "smartwatch", related="watch band"),
    query("wireless mou", "mouse", related="keyboard", unlike="cat toy"),
    query("sleeping b", "sleeping bag", related="sleeping pad", unlike="laptop bag"),
    # as people say it
    query("gift for coffee lover", "coffee grinder, coffee beans, french press, espresso machine, coffee maker", near="coffee mug, ground coffee", unlike="coffee table"),
    query("something to charge my phone on the go", "power bank", near="phone charger", related="charging cable", unlike="smartphone"),
    query("shoes for running", "running shoes", near="sneakers", unlike="dress shoes, shoe polish"),
    query("organic green tea", "tea", unlike="shampoo", tea_type="Green", organic=True),
    query("toys for cats", "cat toy", near="cat tree", related="cat food", unlike="jigsaw puzzle"),
    # nothing in the catalogue answers these
    query("electric guitar", unlike="electric kettle, electric toothbrush, electric shaver"),
    query("car tires", unlike="toy car, car phone mount"),
    query("trampoline"),
    query("kayak paddle"),
    query("hearing aid batteries", unlike="power tool battery"),
]


def matches(product, detail, expected):
    actual = product.get(detail, product["attributes"].get(detail))
    return actual in expected if isinstance(expected, set) else actual == expected


def grade(asked, product, kind):
    off = sum(not matches(product, detail, expected) for detail, expected in asked.details.items())
    if kind in asked.want:
        return max(1, 3 - off)
    if kind in asked.near:
        return max(1, 2 - off)
    if kind in asked.related:
        return 1
    return 0 if kind in asked.unlike else None


def by_number(products):
    """Queries for one article by its SKU, its parent's SKU or its EAN; its variants are near misses."""
    families = defaultdict(list)
    for product, kind in products:
        families[product["parent_sku"]].append((product, kind))
    first = {}
    for members in families.values():
        first.setdefault((members[0][1], len(members) > 1), members)
    for kind, asks_for in (("wired headphones", "sku"), ("laptop", "sku"), ("running shoes", "parent_sku"), ("washing machine", "ean"), ("tent", "ean"), ("printer", "lower")):
        members = first.get((kind, True)) or first[(kind, False)]
        asked = members[0][0]
        if asks_for == "parent_sku":
            yield asked["parent_sku"], [(product["id"], 3) for product, _ in members]
            continue
        text = asked["ean"][0] if asks_for == "ean" else asked["sku"].lower() if asks_for == "lower" else asked["sku"]
        yield text, [(product["id"], 3 if product is asked else 2) for product, _ in members]


def rated_queries(products):
    for asked in QUERIES:
        grades = ((product["id"], grade(asked, product, kind)) for product, kind in products)
        yield asked.text, [(id, value) for id, value in grades if value is not None]
    yield from by_number(products)
