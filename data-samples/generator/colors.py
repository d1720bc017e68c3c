"""Shades as a shop names them, each with its plain color (the facet value) and its hex value."""

SHADES = {
    "Black": ("Black", "#3a3d45"), "Matte Black": ("Black", "#34363d"), "Charcoal": ("Gray", "#565b66"),
    "Graphite": ("Gray", "#5d626c"), "Slate": ("Gray", "#6f7b8a"), "Gray": ("Gray", "#8d939d"),
    "Light Gray": ("Gray", "#bfc4cb"), "Silver": ("Silver", "#c3c9d1"), "Stainless Steel": ("Silver", "#b4bbc4"),
    "White": ("White", "#f7f7f5"), "Pearl White": ("White", "#f4f1ea"), "Ivory": ("White", "#f3ead7"),
    "Cream": ("Beige", "#efe2c6"), "Beige": ("Beige", "#d9c7a6"), "Sand": ("Beige", "#d8bf96"),
    "Oatmeal": ("Beige", "#dccdb4"), "Natural Oak": ("Brown", "#c99f6b"), "Oak": ("Brown", "#c1935c"),
    "Walnut": ("Brown", "#7d563c"), "Tan": ("Brown", "#c08a55"), "Cognac": ("Brown", "#a4602f"),
    "Chestnut": ("Brown", "#84513a"), "Brown": ("Brown", "#7b5540"), "Red": ("Red", "#d0423f"),
    "Cherry Red": ("Red", "#bf2f45"), "Brick Red": ("Red", "#b1503f"), "Burgundy": ("Red", "#7f2d43"),
    "Coral": ("Orange", "#ef7e63"), "Orange": ("Orange", "#ee8a35"), "Copper": ("Orange", "#c67a4b"),
    "Terracotta": ("Orange", "#c96f4f"), "Mustard": ("Yellow", "#d9a62e"), "Yellow": ("Yellow", "#f2c73d"),
    "Lemon": ("Yellow", "#f4d95e"), "Olive": ("Green", "#7d8448"), "Sage": ("Green", "#a3b596"),
    "Mint": ("Green", "#98d4bb"), "Forest Green": ("Green", "#39694f"), "Green": ("Green", "#4f9b5f"),
    "Teal": ("Green", "#2f8583"), "Turquoise": ("Blue", "#45b5bb"), "Sky Blue": ("Blue", "#86bfe6"),
    "Blue": ("Blue", "#3f79c4"), "Cobalt": ("Blue", "#2f57b5"), "Midnight Blue": ("Blue", "#2f4374"),
    "Navy": ("Blue", "#2f4066"), "Denim": ("Blue", "#557aa3"), "Indigo": ("Blue", "#45508f"),
    "Lavender": ("Purple", "#b7a6dc"), "Purple": ("Purple", "#7d59a8"), "Plum": ("Purple", "#744463"),
    "Rose": ("Pink", "#e39aa6"), "Blush": ("Pink", "#eec0bd"), "Pink": ("Pink", "#ea86ac"),
    "Fuchsia": ("Pink", "#cf3f8b"), "Rose Gold": ("Pink", "#dba593"), "Gold": ("Gold", "#d3ac55"),
    "Brass": ("Gold", "#c2a052"),
}


def plain(shade):
    return SHADES[shade][0]


def hex_of(shade):
    return SHADES[shade][1]


def mix(one, other, share):
    """`share` of `other` in `one`, both #rrggbb."""
    pairs = ((int(one[i:i + 2], 16), int(other[i:i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def brightness(color):
    red, green, blue = (int(color[i:i + 2], 16) for i in (1, 3, 5))
    return (299 * red + 587 * green + 114 * blue) / 1000
