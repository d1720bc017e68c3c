"""Invented brands by what they make: price level (1 is the middle) and how they number their models.

In a pattern `#` is a digit (never a leading zero), `^` a capital and `@` a small letter; the rest stands as it is;
`A|B` means A first, then B.
LINES are the names under which those brands sell their ranges.
"""

BRANDS = {
    "audio": {"Sonvera": (1.2, "SV-##00"), "Klangholt": (1.7, "KH#-##0^"), "Murmello": (0.6, "M##"),
              "Auralind": (1.0, "QX-##00@@"), "Bassando": (0.8, "BX##0")},
    "tv": {"Vistaro": (1.0, "V##Q#^"), "Pixelund": (1.4, "PXL-#000@"), "Ocarra": (0.7, "OC##-#0")},
    "computer": {"Quillon": (1.1, "QN-##0^"), "Dravex": (1.3, "DVX ##00"), "Kestrix": (0.8, "K##"),
                 "Haldenby": (1.0, "HB#-##0@@"), "Lumapad": (0.9, "LP ##")},
    "desktop": {"Typhern": (1.2, "TY-##0"), "Clickett": (0.8, "CK##"), "Deskmar": (0.9, "DM-##0^"),
                "Portaline": (1.0, "PL-#0##")},
    "storage": {"Storvik": (1.1, "SK#-##0"), "Bytefjord": (0.9, "BF-#00^")},
    "network": {"Netmarra": (1.0, "NM-AX##00"), "Hopwire": (0.8, "HW#00")},
    "print": {"Inkwood": (1.0, "IW-##20@@"), "Pressling": (0.9, "PR #0#0")},
    "phone": {"Fonira": (0.8, "F40|F##"), "Zellia": (1.0, "Z80|Z#0"), "Halyx": (1.5, "HX7|HX9|HX#")},
    "mobile": {"Casemoor": (1.2, "CM-##0"), "Ampelo": (1.0, "AP##W"), "Cordwin": (0.8, "CW-#00^"), "Guardelle": (0.9, "GD##0")},
    "photo": {"Optarra": (1.2, "OP-##0"), "Lentique": (1.5, "LX##"), "Framholt": (0.8, "FH-#0^")},
    "appliance": {"Brennig": (1.0, "VN#-##L"), "Heimdal & Roth": (1.5, "HR##0-#"), "Aquessa": (0.9, "AQ-##00@"),
                  "Whirlow": (0.7, "WL##0"), "Domestria": (1.1, "DOM-#0##^")},
    "kitchen": {"Copperfell": (1.3, "CF-##0"), "Brewster & Vane": (1.5, "BV##"), "Kettlewick": (0.8, "KW#00@@"),
                "Sabora": (1.0, "SB-##0^")},
    "cookware": {"Messerlin": (1.4, "MS-###"), "Copperfell": (1.3, "CF-##0"), "Tafelrund": (1.0, "TR-###0"), "Sabora": (0.8, "SB-##0^")},
    "furniture": {"Norrheim": (0.8, "NH-##0"), "Oakmere": (1.4, "OM###"), "Lindvara": (1.0, "LV-##0^"), "Casa Brisa": (1.2, "CB##0")},
    "sleep": {"Dormiva": (1.2, "DO-##0"), "Loomsby": (1.0, "LB-###0"), "Weavemont": (0.8, "WM###0")},
    "textile": {"Loomsby": (1.0, "LB-###0"), "Weavemont": (0.8, "WM###0"), "Casa Brisa": (1.2, "CB##0")},
    "light": {"Glimmerand": (1.1, "GL-##0"), "Lumbrick": (0.8, "LB#0^")},
    "clothing": {"Fjordhem": (1.2, "FJ-##00"), "Marlowe & Finch": (1.4, "MF###"), "Cottonade": (0.7, "CO-###0"),
                 "Juniper Row": (1.0, "JR##0"), "Stellano": (1.1, "ST-##0^")},
    "outdoorwear": {"Fjordhem": (1.1, "FJ-##00"), "Ridgemoor": (1.3, "RM###"), "Tidewear": (0.8, "TW-##0")},
    "shoes": {"Strideon": (1.1, "SO-##0"), "Pacewell": (1.0, "PW##00"), "Calzetta": (1.3, "CZ-###"), "Kickaroo Lane": (0.7, "KL##0")},
    "hiking": {"Terrafoot": (1.1, "TF-##0"), "Ridgemoor": (1.3, "RM###")},
    "camping": {"Granwick": (1.3, "GW-##0"), "Campfell": (0.8, "CP#-##0"), "Ridgemoor": (1.1, "RM###")},
    "fitness": {"Flexora": (1.0, "FX##0"), "Ironleaf": (1.2, "IL-##"), "Kinetta": (0.8, "KT-##0")},
    "cycling": {"Velorane": (1.2, "VR-##0"), "Pedalux": (0.9, "PX##0")},
    "ballsports": {"Acewell": (1.1, "AW-##0"), "Kinetta": (0.8, "KT-##0")},
    "toys": {"Bricolino": (1.1, "BR-##0#"), "Wonderlark": (1.0, "WK###0"), "Hoppeldo": (1.2, "HO-##0"), "Tinkertop": (0.8, "TT##0")},
    "games": {"Pusselby": (1.0, "PB-##0"), "Wonderlark": (1.0, "WK###0"), "Gambit & Owl": (1.2, "GO##0")},
    "beauty": {"Rosaline Vale": (1.4, "RV-##0"), "Dermarra": (1.2, "DR##0"), "Botanelle": (0.9, "BO-##0"), "Glowenna": (0.7, "GN##0")},
    "grooming": {"Barbrook": (1.0, "BK-##00"), "Dentiva": (1.0, "D#00"), "Glowenna": (0.8, "GN##0")},
    "garden": {"Greenhollow": (1.0, "GH-##0"), "Mossgate": (0.9, "MG##0"), "Hortensio": (1.2, "HT-##0^")},
    "grill": {"Emberline": (1.2, "EM-##0"), "Patiola": (0.9, "PT##0")},
    "tools": {"Torqlin": (1.1, "TQ##-#0^"), "Forgewell": (1.3, "FW-##0"), "Bolterra": (0.8, "BT##V#0")},
    "office": {"Paperwren": (1.0, "PA-##0"), "Inkstone & Co": (1.3, "IS##0"), "Folio North": (0.9, "FN-##0")},
    "books": {"Lanternhill Press": (1.0, "LH-###0"), "Blue Heron House": (1.1, "BH###0"), "Marrow & Pine": (0.9, "MP-###0")},
    "pets": {"Barkwell": (1.0, "BA-##0"), "Whiskerby": (1.1, "WB##0"), "Fetchley": (0.9, "FE-##0")},
    "coffee": {"Harrow Lane Roasters": (1.1, "HL-##0"), "Casa Montoro": (1.0, "MO##0"), "Sunny Larder": (0.8, "SL-##0")},
    "food": {"Mulino Verde": (1.1, "MV-##0"), "Sunny Larder": (0.8, "SL-##0")},
    "sweets": {"Cacao Nortada": (1.3, "CN-##0"), "Sunny Larder": (0.8, "SL-##0")},
    "breakfast": {"Bumblefield": (1.0, "BU##0"), "Sunny Larder": (0.8, "SL-##0")},
    "drinks": {"Dewlane": (1.1, "DW-##0"), "Sunny Larder": (0.8, "SL-##0")},
    "tea": {"Leaf & Lantern": (1.1, "LL-##0"), "Sunny Larder": (0.8, "SL-##0")},
    "household": {"Sparkle Lane": (1.0, "SP-##0"), "Frescala": (0.8, "FR##0")},
    "baby": {"Nestling & Co": (1.2, "NE-##0"), "Tiny Otter": (0.9, "TO##0")},
}

LINES = {
    "tech": "Aria Drift Nocturne Vela Onyx Pulse Halo Tempo Cadence Lyra Nova Ember Atlas Mira Orbit Zephyr Arc Prisma Delta Juno",
    "home": "Linnea Harbor Alder Fika Bryn Solvang Tilda Marlow Hygge Haven Astrid Cove Willow Ronda Sanna Ashby Elin Petra Quay Vik",
    "wear": "Willa Camden Rowan Isla Theo Brooke Hazel Otis Margot Finley Della Emerson June Sawyer Tess Alba Wells Nora Ellis Greta",
    "trail": "Kestrel Summit Fjell Cascade Tundra Lynx Sierra Boulder Cirrus Osprey Ridge Teton Marmot Basin Larch Gale Scout Nomad Borea Talus",
    "play": "Pip Mossy Starfish Bingo Tumble Juniper Otto Cricket Maple Zuzu Pepper Clover Rocket Biscuit Poppy Dot Acorn Noodle Kiwi Tango",
    "care": "Velvet Dew Bloom Aurora Petal Calm Silk Meadow Glow Breeze Luna Fern Opal Seren Amber Clarity Mist Riviera Tonic Halcyon",
    "craft": "Pro Core Max Forge Prime Titan Shop Trade Ranger Duro Site Master Bench Steady Rapid Flex Grip Quick True Solid",
}

LINES_OF = {
    "home": "appliance kitchen cookware furniture sleep textile light household baby grill garden",
    "wear": "clothing shoes office books", "trail": "outdoorwear hiking camping fitness cycling ballsports",
    "play": "toys games pets", "care": "beauty grooming coffee food sweets breakfast drinks tea", "craft": "tools",
}


def lines(family):
    group = next((name for name, families in LINES_OF.items() if family in families.split()), "tech")
    return LINES[group].split()
