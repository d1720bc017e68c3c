"""Clothing and shoes."""

from ..kind import kind

BASIC = "Black, White, Navy, Sage, Burgundy, Mustard"
DENIM = "Indigo, Black, Denim, Light Gray"
TOPS = ("size", ["XS", "S", "M", "L", "XL"])
FEET = ("size_us", [6, 7, 8, 9, 10, 11])

CLOTHING = [
    kind("t-shirt", "Clothing > Tops > T-Shirts", "clothing", "tshirt", (12, 45), 8,
         ["{brand} {line} {fit} T-Shirt, {shade}", "{brand} {line} Men's Organic Cotton Tee, {shade}", "{brand} Women's {line} T-Shirt – {shade}"], ["[The one you reach for first.|A heavier jersey that keeps its shape.]", "Made from organic cotton, pre-washed so that it stays your size."],
         BASIC, facts={"material": "organic cotton", "fit": ["Regular Fit", "Relaxed", "Slim"]}, sizes=TOPS, variants=6),
    kind("shirt", "Clothing > Tops > Shirts", "clothing", "shirt", (29, 99), 5,
         ["{brand} {line} {material} Shirt, {shade}", "{brand} {line} Button-Down Shirt in {shade} {material}"], ["Looks ironed even when it is not.", "Mother-of-pearl style buttons and a collar that stands up for itself."], "White, Sky Blue, Navy, Sage", facts={"material": ["Oxford", "Linen", "Flannel"], "fit": ["regular", "slim"]}, sizes=TOPS, variants=4),
    kind("dress", "Clothing > Dresses", "clothing", "dress", (35, 149), 7,
         ["{brand} {line} {length} Dress, {shade}", "{brand} {line} {material} {season} Dress in {shade}", "{line} Wrap Dress by {brand}, {shade}"], ["[Swings when you walk and packs without creases.|Made for garden parties and the long way home.]", "It has pockets."], "Red, Navy, Forest Green, Blush, Black, Mustard", facts={"material": ["Linen", "Viscose", "Cotton"], "length": ["Midi", "Maxi", "Knee-Length"], "season": ["Summer", "Autumn"], "pockets": True}, sizes=TOPS, variants=5),
    kind("jeans", "Clothing > Pants > Jeans", "clothing", "jeans", (39, 139), 6,
         ["{brand} {line} {fit} Jeans, {shade}", "{brand} {line} {fit} Fit Jeans in {shade}"], ["Sturdy denim with just enough stretch to sit down in.", "Dyed with less water and finished by hand."], DENIM, facts={"fit": ["Straight", "Slim", "Wide-Leg", "Tapered"], "material": "denim", "stretch": [True, False]}, sizes=("waist", [28, 30, 32, 34, 36]), variants=5),
    kind("hoodie", "Clothing > Tops > Hoodies", "clothing", "hoodie", (29, 99), 5,
         ["{brand} {line} Hoodie, {shade}", "{brand} {line} <zip:Zip-Up> Hooded Sweatshirt, {shade}"], ["Brushed on the inside, like the weekend.", "A double-layered hood and a pocket for cold hands."], "Gray, Black, Forest Green, Lavender", facts={"material": "cotton blend", "zip": [True, False]}, sizes=TOPS, variants=5),
    kind("sweater", "Clothing > Tops > Sweaters", "clothing", "sweater", (39, 169), 5,
         ["{brand} {line} {material} Sweater, {shade}", "{brand} {line} {material} Crew Neck Pullover in {shade}"], ["Warm without the itch.", "Knitted in one piece, with ribbed cuffs that spring back."], "Oatmeal, Navy, Burgundy, Forest Green", facts={"material": ["Merino Wool", "Lambswool", "Cotton Knit"]}, sizes=TOPS, variants=4),
    kind("rain jacket", "Clothing > Jackets & Coats > Rain Jackets", "outdoorwear", "jacket", (49, 249), 6,
         ["{brand} {line} Waterproof Rain Jacket, {shade}", "{brand} {line} Women's Rain Coat, {shade}", "{brand} Men's {line} Hooded Rain Jacket – {shade}"], ["Taped seams, a proper hood and no rustle.", "Folds into its own pocket for the bottom of the bag.", "Water column {water_column_mm} mm."], "Yellow, Navy, Olive, Red, Black", facts={"waterproof": True, "water_column_mm": [8000, 10000, 20000], "material": "recycled nylon"}, sizes=TOPS, variants=5),
    kind("down jacket", "Clothing > Jackets & Coats > Winter Jackets", "outdoorwear", "puffer", (79, 349), 5,
         ["{brand} {line} Down Jacket, {shade}", "{brand} {line} Hooded Puffer Jacket in {shade}", "{brand} {line} Winter Parka, {shade}"], ["Light as a pillow and nearly as warm.", "Responsibly sourced down, {fill_power} fill power.", "Sheds light snow."], "Black, Cobalt, Rose, Olive, Brick Red", facts={"fill_power": [550, 650, 800], "waterproof": False, "material": "nylon"}, sizes=TOPS, variants=4),
    kind("socks", "Clothing > Socks & Underwear > Socks", "clothing", "socks", (8, 29), 5,
         ["{brand} {line} {material} Socks, {pack}-Pack, {shade}", "{brand} {line} Hiking Socks, {material}, {shade}"], ["Seamless toes and heels that last.", "Stays up without leaving a mark."], "Navy, Mustard, Gray, Coral", facts={"material": ["Merino", "Cotton", "Bamboo"], "pack": [2, 3, 5]}, sizes=("size", ["S/M", "L/XL"]), variants=3),
    kind("leggings", "Clothing > Sportswear > Leggings", "fitness", "leggings", (19, 89), 4,
         ["{brand} {line} High-Waist Leggings, {shade}", "{brand} {line} Yoga Pants with Pocket, {shade}"], ["Opaque in every pose.", "A side pocket that holds a phone still."], "Black, Plum, Forest Green, Navy", facts={"material": "recycled polyester", "pockets": True}, sizes=TOPS, variants=4),
    kind("beanie", "Clothing > Accessories > Hats", "outdoorwear", "beanie", (12, 39), 4,
         ["{brand} {line} {material} Beanie, {shade}", "{brand} {line} Knit Hat with Pom-Pom, {shade}"], ["Covers the ears without squashing them.", "Ribbed knit, fleece band inside."], "Mustard, Navy, Burgundy, Gray, Teal", facts={"material": ["Merino", "Wool", "Acrylic"]}, variants=4),
    kind("belt", "Clothing > Accessories > Belts", "clothing", "belt", (19, 79), 3,
         ["{brand} {line} Leather Belt {width_cm} cm, {shade}", "{brand} {line} Belt in {shade} Leather"], ["Full-grain leather that darkens with the years.", "Solid buckle; can be shortened at home."], "Black, Cognac, Chestnut", facts={"material": "leather", "width_cm": [3, 3.5, 4]}),
    kind("tote bag", "Clothing > Accessories > Bags", "clothing", "bag", (15, 129), 4,
         ["{brand} {line} {material} Tote Bag, {shade}", "{brand} {line} Shoulder Bag, {shade}"], ["Swallows a day: lunch, umbrella, library books.", "An inside pocket with a zip for the keys."], "Tan, Black, Navy, Sage", facts={"material": ["Canvas", "Leather", "Recycled Nylon"], "volume_l": [12, 16, 20]}),
]

SHOES = [
    kind("running shoes", "Shoes > Running Shoes", "shoes", "shoe", (49, 169), 9,
         ["{brand} {line} Running Shoes, {shade}", "{brand} Men's {line} {model} Road Running Shoes, {shade}", "{brand} Women's {line} <trail:Trail> Running Shoes – {shade}"], ["[A soft landing and a quick goodbye.|Springy foam for your everyday miles.]", "{weight_g} g light, with a breathable knit upper.", "Reflective details for early mornings."], "Coral, Sky Blue, Black, Lemon, Mint, Red", facts={"drop_mm": [4, 6, 8, 10], "weight_g": [215, 240, 275], "trail": [True, False, False]}, sizes=FEET, variants=6),
    kind("sneakers", "Shoes > Sneakers", "shoes", "sneaker", (39, 129), 7,
         ["{brand} {line} Sneakers, {shade}", "{brand} {line} Low-Top Sneakers in {shade} {material}"], ["Clean lines that go with anything you own.", "A padded collar and an insole you can take out."], "White, Black, Navy, Sage, Rose", facts={"material": ["Leather", "Canvas", "Suede"], "vegan": [True, False]}, sizes=FEET, variants=5),
    kind("hiking boots", "Shoes > Hiking Boots", "hiking", "boot", (79, 249), 6,
         ["{brand} {line} <waterproof:Waterproof> Hiking Boots, {shade}", "{brand} Women's {line} Mid Hiking Boots, {shade}", "{brand} Men's {line} Trekking Boots – {shade}"], ["Grip on wet rock and comfort on the way back down.", "<waterproof:A breathable membrane keeps streams out.>", "Broken in after one afternoon."], "Brown, Charcoal, Olive, Terracotta", facts={"waterproof": [True, True, False], "material": ["nubuck", "synthetic"]}, sizes=FEET, variants=4),
    kind("sandals", "Shoes > Sandals", "shoes", "sandal", (25, 99), 4,
         ["{brand} {line} Sandals, {shade}", "{brand} {line} Cork Footbed Sandals in {shade}"], ["A footbed that takes the shape of your summer.", "Two straps, two buckles, no blisters."], "Tan, Black, Gold, Navy", facts={"material": ["leather", "vegan leather"]}, sizes=FEET, variants=4),
    kind("dress shoes", "Shoes > Dress Shoes", "shoes", "oxford", (79, 229), 4,
         ["{brand} {line} Leather Oxford Dress Shoes, {shade}", "{brand} {line} Derby Shoes in {shade}"], ["For weddings, interviews and the dance floor after.", "The sole is stitched on, so a cobbler can renew it."], "Black, Cognac, Burgundy", facts={"material": "leather", "resoleable": True}, sizes=FEET, variants=4),
    kind("rain boots", "Shoes > Rain Boots", "shoes", "boot", (22, 89), 4,
         ["{brand} {line} Rain Boots, {shade}", "{brand} Kids' {line} Rubber Boots, {shade}"], ["Made for puddles of every depth.", "Natural rubber with a warm lining."], "Yellow, Navy, Red, Green", facts={"material": "rubber", "waterproof": True}, sizes=FEET, variants=4),
    kind("slippers", "Shoes > Slippers", "shoes", "slipper", (18, 59), 4,
         ["{brand} {line} {material} Slippers, {shade}", "{brand} House Slippers, {material}, {shade}"], ["Warm feet, quiet steps.", "A rubber sole for the trip to the mailbox."], "Gray, Burgundy, Oatmeal, Navy", facts={"material": ["Felt", "Wool", "Shearling"]}, sizes=FEET, variants=3),
    kind("shoe laces", "Shoes > Shoe Care & Accessories", "shoes", "laces", (4, 12), 3,
         ["{brand} Shoe Laces for {shoe}, {length_cm} cm, {shade}", "{brand} Round Laces {length_cm} cm, {shade}"], ["Waxed, so that a knot stays a knot.", "For {shoe|low} with six to eight pairs of eyelets."], "Black, White, Red, Brown", facts={"shoe": ["Sneakers", "Hiking Boots", "Running Shoes"], "length_cm": [90, 120, 150]}),
    kind("shoe polish", "Shoes > Shoe Care & Accessories", "shoes", "tin", (5, 15), 3,
         ["{brand} Shoe Polish, {volume_ml} ml, {shade}", "{brand} {line} Leather Cream for Shoes and Boots, {shade}"], ["Beeswax and a little patience bring back the shine.", "Feeds the leather and covers scuffs."], "Black, Cognac, Brown", facts={"volume_ml": [50, 75]}),
]

KINDS = CLOTHING + SHOES
