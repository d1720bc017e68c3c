"""Beauty, books and office, pets, groceries, household and baby."""

from ..kind import kind

BEAUTY = [
    kind("shampoo", "Beauty > Hair Care > Shampoo", "beauty", "pump", (5, 29), 5,
         ["{brand} {line} {scent} Shampoo, {volume_ml} ml", "{brand} {need} Shampoo with {scent}, {volume_ml} ml"], ["Cleans without stripping and rinses out in no time.", "Free of silicones and full of {scent|low}."], tints="Sage, Lavender, Coral, Mint", facts={"scent": ["Rosemary", "Lavender", "Coconut", "Green Tea"], "need": ["Repair", "Volume", "Sensitive"], "vegan": True}, sizes=("volume_ml", [250, 500])),
    kind("conditioner", "Beauty > Hair Care > Conditioner", "beauty", "pump", (5, 29), 3,
         ["{brand} {line} {scent} Conditioner, {volume_ml} ml", "{brand} {need} Hair Conditioner, {volume_ml} ml"], ["Combs through from root to tip.", "Leave it in for two minutes or forget it for ten."], tints="Blush, Lavender, Sage", facts={"scent": ["Rosemary", "Coconut", "Almond"], "need": ["Repair", "Moisture"], "vegan": True}, sizes=("volume_ml", [200, 400])),
    kind("face cream", "Beauty > Face Care > Moisturizers", "beauty", "creamjar", (9, 79), 6,
         ["{brand} {line} {time} Face Cream, {volume_ml} ml", "{brand} Hydrating Moisturizer with {active}, {volume_ml} ml", "{brand} {line} {time} & Repair Set, 2 x {volume_ml} ml"], ["Sinks in quickly and leaves no shine.", "With {active|low}, for skin that feels a size too small."], tints="Rose, Sky Blue, Mint, Cream", facts={"time": ["Day", "Night"], "active": ["Hyaluronic Acid", "Niacinamide", "Ceramides"], "volume_ml": [30, 50, 60], "skin_type": ["dry", "normal", "sensitive"]}),
    kind("sunscreen", "Beauty > Sun Care", "beauty", "tube", (8, 35), 4,
         ["{brand} {line} Sunscreen SPF {spf}, {volume_ml} ml", "{brand} Sun Lotion SPF {spf}<kids: for Kids>, {volume_ml} ml"], ["No white veil and no sting in the eyes.", "Water-resistant for 80 minutes."], tints="Yellow, Orange, Sky Blue", facts={"spf": [30, 50], "kids": [True, False], "volume_ml": [50, 150, 200], "waterproof": True}),
    kind("lipstick", "Beauty > Make-up > Lips", "beauty", "lipstick", (6, 35), 4,
         ["{brand} {line} {finish} Lipstick, {shade}", "{brand} {finish} Lip Color in {shade}"], ["One stroke, eight hours, no apology.", "Feels like balm and stays like paint."], "Cherry Red, Rose, Plum, Coral, Fuchsia", facts={"finish": ["Matte", "Satin"], "vegan": [True, False]}, variants=5),
    kind("nail polish", "Beauty > Make-up > Nails", "beauty", "nail", (4, 15), 3,
         ["{brand} {line} Nail Polish, {volume_ml} ml, {shade}", "{brand} Quick-Dry Nail Color, {shade}"], ["Dry in a minute, shiny for a week.", "Ten-free formula, removable with the gentle stuff."], "Red, Navy, Blush, Sage, Burgundy", facts={"volume_ml": [8, 11], "vegan": True}, variants=5),
    kind("perfume", "Beauty > Fragrance", "beauty", "perfume", (25, 139), 5,
         ["{brand} {line} Eau de Parfum, {volume_ml} ml", "{brand} {line} Perfume with {notes}, {volume_ml} ml"], ["Opens bright, ends warm, lasts until dinner.", "{notes}, and something you cannot quite name."], tints="Lavender, Rose, Gold, Mint, Plum", facts={"notes": ["Bergamot and Cedar", "Fig Leaf", "Jasmine and Amber", "Sea Salt"], "family": ["fresh", "woody", "floral"]}, sizes=("volume_ml", [30, 50, 100])),
    kind("hand soap", "Beauty > Bath & Body > Hand Soap", "beauty", "pump", (4, 19), 4,
         ["{brand} {scent} Hand Soap, {volume_ml} ml", "{brand} {line} Hand Wash {scent}, 2 x {volume_ml} ml"], ["Smells of {scent|low} and rinses clean.", "The bottle is made to be refilled."], tints="Lemon, Sage, Turquoise, Rose", facts={"scent": ["Lemon", "Verbena", "Sea Salt", "Fig"], "refillable": True, "volume_ml": [300, 500]}),
    kind("hair dryer", "Beauty > Hair Care > Hair Dryers", "grooming", "dryer", (25, 199), 4,
         ["{brand} {line} Ionic Hair Dryer, {wattage} W, {shade}", "{brand} {model} <travel:Travel> Hair Dryer with Diffuser, {shade}"], ["Dries quickly and leaves the frizz out.", "Three heats, two speeds and a cold shot."], "Rose Gold, Black, Teal", facts={"wattage": [1600, 2000, 2200], "travel": [True, False], "ionic": True}, variants=2),
    kind("electric toothbrush", "Beauty > Oral Care > Electric Toothbrushes", "grooming", "toothbrush", (19, 149), 4,
         ["{brand} {line} Electric Toothbrush, {shade}", "{brand} {model} Sonic Toothbrush with Travel Case, {shade}"], ["A gentle buzz every thirty seconds tells you to move on.", "Three weeks on one charge."], "White, Black, Blush, Mint", facts={"modes": [2, 3, 5], "sonic": [True, False], "battery_days": [14, 21, 28]}, variants=3),
    kind("toothbrush heads", "Beauty > Oral Care > Brush Heads", "grooming", "brushheads", (8, 29), 3,
         ["{brand} Replacement Toothbrush Heads, {pack}-Pack", "{brand} {line} Brush Heads, {bristles}, Pack of {pack}"], ["Fits all {brand} electric toothbrushes.", "The bristles fade when it is time for a new one."], tints="Sky Blue, Blush, Mint", facts={"pack": [4, 6, 8], "bristles": ["Soft", "Medium"]}),
    kind("electric shaver", "Beauty > Shaving > Electric Shavers", "grooming", "shaver", (35, 219), 4,
         ["{brand} {line} Electric Shaver, Wet & Dry, {shade}", "{brand} {model} Beard Trimmer and Shaver, {shade}"], ["Close, calm and quick, under the shower too.", "{battery_minutes} minutes per charge over USB-C."], "Black, Navy, Graphite", facts={"waterproof": True, "battery_minutes": [50, 60, 90], "connector": "USB-C"}, variants=2),
]

BOOKS = [
    kind("novel", "Books > Fiction", "books", "book", (8, 26), 8,
         ["{title_words}: A Novel", "{title_words} ({binding})", "{title_words} by {author}, {binding}"], ["[A family, a house by the river and one summer nobody talks about.|Funny, tender and impossible to put down.]", "{author} at the height of her craft.", "{pages} pages, with a ribbon."], tints="Burgundy, Teal, Mustard, Indigo, Forest Green, Terracotta", facts={"title_words": ["The Salt Orchard", "Letters to a Lighthouse", "The Coffee Thief", "What the River Kept", "A Tent for Two", "Winter on Laptop Lane", "The Red Dress", "Small Boats, Large Moons"], "author": ["Ines Marlowe", "Theodora Quist", "Amara Feld"], "binding": ["Paperback", "Hardcover"], "pages": [256, 312, 448], "language": "English"}),
    kind("cookbook", "Books > Cooking", "books", "book", (14, 42), 5,
         ["{title_words}: {recipes} Recipes", "{title_words} – Cookbook, {binding}"], ["Recipes that work on a Tuesday.", "With photographs, shopping lists and a chapter on leftovers."], tints="Coral, Sage, Mustard", facts={"title_words": ["One Pan, Seven Days", "The Patient Baker", "Green Suppers", "The Coffee Book", "Grill Like You Mean It"], "recipes": [80, 101, 120], "binding": ["Hardcover"], "language": "English"}),
    kind("picture book", "Books > Children's Books", "books", "book", (9, 22), 4,
         ["{title_words} (Picture Book, Age {age}+)", "{title_words} – Children's Book"], ["Read aloud once and you will read it a hundred times.", "Sturdy pages and a fox on every one of them."], tints="Sky Blue, Yellow, Pink, Mint", facts={"title_words": ["Otter Finds a Sock", "Good Night, Tractor", "The Mouse Who Drew Maps", "Where Is Bear's Hat?"], "age": [2, 3, 4], "pages": [24, 32], "language": "English"}),
    kind("travel guide", "Books > Travel", "books", "book", (12, 28), 3,
         ["{title_words} – Travel Guide", "{title_words}: A Walker's Handbook"], ["Written by people who live there.", "Maps that unfold and tips that hold."], tints="Turquoise, Orange, Green", facts={"title_words": ["Slow Trains of Europe", "Camping the Coast", "Forty Hikes with Children"], "pages": [192, 264], "language": "English"}),
]

OFFICE = [
    kind("journal", "Office > Paper > Journals", "office", "journal", (7, 32), 5,
         ["{brand} {line} {paper_size} Journal, {ruling}, {shade}", "{brand} Hardcover Journal {ruling}, {shade}"], ["Opens flat and takes a fountain pen without bleeding.", "{pages} numbered pages and a pocket at the back."], "Navy, Burgundy, Sage, Black, Mustard", facts={"paper_size": ["A5", "A4"], "ruling": ["Dotted", "Lined", "Blank"], "pages": [144, 192, 240]}, variants=4),
    kind("planner", "Office > Paper > Planners", "office", "planner", (9, 35), 3,
         ["{brand} Weekly Planner {year}, {shade}", "{brand} {line} Desk Calendar {year}"], ["A week on two pages and room for doubts.", "Sticks to the months, not to you."], "Terracotta, Sage, Navy", facts={"year": [2026, 2027], "paper_size": ["A5", "B6"]}),
    kind("pen", "Office > Writing > Pens", "office", "pen", (3, 89), 6,
         ["{brand} {line} {pen_type} Pen, {shade}", "{brand} {pen_type} Pens {tip_mm} mm, {pack}-Pack, {shade}"], ["Glides, and stops when you do.", "A refill costs less than a coffee."], "Black, Blue, Burgundy, Forest Green", facts={"pen_type": ["Ballpoint", "Fountain", "Gel"], "tip_mm": [0.5, 0.7, 1], "pack": [1, 3, 5], "refillable": True}),
    kind("markers", "Office > Writing > Markers", "office", "markers", (5, 39), 3,
         ["{brand} {line} Markers, {pack} Colors", "{brand} Highlighters, Pastel, {pack}-Pack"], ["Bright on paper, washable on sleeves.", "Two tips: one for lines, one for fun."], tints="Pink, Turquoise, Purple", facts={"pack": [6, 12, 24]}),
    kind("printer paper", "Office > Paper > Printer Paper", "office", "paper", (5, 45), 3,
         ["{brand} Printer Paper {paper_size}, {sheets} Sheets, {gsm} g/m²", "{brand} {line} Copy Paper {paper_size}, {sheets} Sheets"], ["Bright white and happy in any printer.", "From certified forests."], tints="Sky Blue, Green, Orange", facts={"paper_size": ["A4", "Letter"], "gsm": [75, 80, 90]}, sizes=("sheets", [500, 2500])),
    kind("stapler", "Office > Desk Supplies > Staplers", "office", "stapler", (6, 35), 3,
         ["{brand} {line} Stapler, {sheets} Sheets, {shade}", "{brand} {model} Desk Stapler in {shade}"], ["One hand, one press, twenty pages.", "Staples included; jams are not."], "Black, Red, Sky Blue", facts={"sheets": [20, 25, 40]}, variants=2),
    kind("desk organizer", "Office > Desk Supplies > Organizers", "office", "organizer", (9, 49), 3,
         ["{brand} {line} Desk Organizer, {material}, {shade}", "{brand} Pen Holder and Desk Tidy, {shade}"], ["A place for pens, clips and the good scissors.", "Rubber feet keep it where it belongs."], "Oak, Black, Sage", facts={"material": ["Wood", "Metal", "Cork"], "compartments": [4, 6]}, variants=2),
]

PETS = [
    kind("dog food", "Pets > Dogs > Dog Food", "pets", "petfood", (9, 69), 5,
         ["{brand} {line} Dry Dog Food with {flavor}, {weight_g|kilo}", "{brand} Grain-Free Dog Food, {flavor}, {weight_g|kilo}"], ["Named ingredients and nothing to hide.", "For {life_stage} dogs of every size."], tints="Terracotta, Olive, Blue", facts={"flavor": ["Chicken", "Lamb", "Salmon"], "life_stage": ["adult", "senior", "young"], "grain_free": [True, False]}, sizes=("weight_g", [2000, 6000, 12000])),
    kind("cat food", "Pets > Cats > Cat Food", "pets", "petcan", (6, 49), 4,
         ["{brand} Wet Cat Food, {flavor}, {pack} x 85 g", "{brand} {line} Cat Food with {flavor}, {pack} x 200 g"], ["Approved by the pickiest cat on the street.", "Chunks in gravy, without added sugar."], tints="Plum, Turquoise, Coral", facts={"flavor": ["Tuna", "Turkey", "Salmon"], "pack": [6, 12, 24]}),
    kind("dog bed", "Pets > Dogs > Dog Beds", "pets", "petbed", (25, 129), 4,
         ["{brand} {line} Orthopedic Dog Bed {size}, {shade}", "{brand} {line} Washable Dog Bed, {size} ({shade})"], ["Memory foam for old hips and young dreamers.", "The cover unzips for the wash."], "Gray, Teal, Tan", facts={"washable": True, "material": ["Plush", "Canvas"]}, sizes=("size", ["S", "M", "L"])),
    kind("dog leash", "Pets > Dogs > Leashes & Collars", "pets", "leash", (9, 45), 4,
         ["{brand} {line} Dog Leash {length_m} m, {shade}", "{brand} {material} Dog Lead, {shade}"], ["Soft in the hand, strong on the squirrel.", "Reflective stitching for evening rounds."], "Red, Navy, Orange, Forest Green", facts={"length_m": [1.2, 2, 5], "material": ["Leather", "Nylon", "Rope"]}),
    kind("cat tree", "Pets > Cats > Cat Trees", "pets", "cattree", (35, 199), 3,
         ["{brand} {line} Cat Tree, {height_cm} cm, {shade}", "{brand} Scratching Post with Cave, {height_cm} cm, {shade}"], ["A throne, a cave and three places to scratch.", "Heavy base; cleared for take-off."], "Gray, Beige", facts={"height_cm": [80, 120, 165], "material": "sisal"}, variants=2),
    kind("cat toy", "Pets > Cats > Cat Toys", "pets", "toymouse", (4, 29), 4,
         ["{brand} Catnip Mouse Toy, {pack}-Pack", "{brand} {line} Wireless Mouse for Cats, Rechargeable", "{brand} Feather Wand {line} for Cats"], ["Hours of hunting, no casualties.", "Filled with home-grown catnip."], tints="Gray, Pink, Tan", facts={"pack": [1, 2, 3], "catnip": [True, False]}),
    kind("cat litter", "Pets > Cats > Cat Litter", "pets", "sack", (8, 35), 3,
         ["{brand} Clumping Cat Litter, {weight_g|kilo}", "{brand} {line} Wood Cat Litter {weight_g|kilo}"], ["Clumps fast and keeps the smell to itself.", "Low dust, even when poured in a hurry."], tints="Sky Blue, Lavender", facts={"clumping": True}, sizes=("weight_g", [5000, 10000])),
    kind("aquarium", "Pets > Fish > Aquariums", "pets", "aquarium", (49, 349), 3,
         ["{brand} {line} Aquarium {volume_l} L with LED Light", "{brand} Glass Fish Tank, {volume_l} L, Starter Set"], ["A quiet filter and a light that follows the day.", "Comes with heater, net and a guide for beginners."], tints="Orange, Turquoise, Coral", facts={"volume_l": [30, 60, 112], "led": True}),
]

GROCERIES = [
    kind("coffee beans", "Groceries > Coffee > Whole Beans", "coffee", "coffeebag", (8, 24), 6,
         ["{brand} {line} Coffee Beans, {roast} Roast, {weight_g|kilo}", "{brand} {origin} Whole Bean Coffee {weight_g|kilo}", "{brand} Espresso Beans {line}, {origin}, {weight_g|kilo}"], ["Notes of {notes}.", "Roasted slowly in small batches and packed the same day.", "<organic:Organic and fairly traded.>"], tints="Chestnut, Brick Red, Forest Green, Navy", facts={"roast": ["Light", "Medium", "Dark"], "origin": ["Ethiopia", "Colombia", "Guatemala", "Brazil"], "notes": ["chocolate and hazelnut", "berries and lemon", "caramel and plum"], "organic": [True, False], "decaf": [False, False, True]}, sizes=("weight_g", [250, 500, 1000])),
    kind("ground coffee", "Groceries > Coffee > Ground Coffee", "coffee", "coffeebag", (5, 18), 4,
         ["{brand} {line} Ground Coffee, {roast} Roast, {weight_g|kilo}", "{brand} Filter Coffee, Ground, {origin}, {weight_g|kilo}"], ["Ground for drip machines and paper filters.", "Mild, round and ready before you are."], tints="Brown, Terracotta, Mustard", facts={"roast": ["Medium", "Dark"], "origin": ["Colombia", "Brazil", "Honduras"], "organic": [True, False], "decaf": [True, False]}, sizes=("weight_g", [250, 500])),
    kind("tea", "Groceries > Tea", "tea", "box", (4, 19), 6,
         ["{brand} {tea_type} Tea, {pack} Bags", "{brand} {line} Loose-Leaf {tea_type} Tea, {weight_g} g", "{brand} Organic {tea_type} Tea {weight_g} g"], ["Picked in spring and packed with nothing else.", "Two minutes for gentle, four for awake."], tints="Green, Mustard, Burgundy, Mint", facts={"tea_type": ["Green", "Black", "Peppermint", "Rooibos", "Earl Grey", "Chamomile"], "pack": [20, 50, 80], "weight_g": [75, 100, 250], "organic": True}),
    kind("olive oil", "Groceries > Pantry > Oils", "food", "oil", (7, 35), 4,
         ["{brand} Extra Virgin Olive Oil, {volume_ml|liter}", "{brand} {line} Cold-Pressed Olive Oil {volume_ml|liter}"], ["Grassy, peppery and good on nearly everything.", "From olives pressed within hours of the harvest."], tints="Olive, Forest Green", facts={"origin": ["Italy", "Spain", "Greece"], "organic": [True, False]}, sizes=("volume_ml", [250, 500, 1000])),
    kind("pasta", "Groceries > Pantry > Pasta", "food", "pasta", (2, 9), 5,
         ["{brand} {shape} Pasta, {weight_g} g", "{brand} Organic {shape}, Durum Wheat, {weight_g} g"], ["Bronze-cut, so that the sauce holds on.", "Ready in {minutes} minutes, or one less if you are Italian."], tints="Blue, Red, Mustard, Green", facts={"shape": ["Spaghetti", "Penne", "Fusilli", "Orecchiette", "Linguine"], "minutes": [8, 10, 11], "weight_g": [500, 1000]}),
    kind("chocolate", "Groceries > Sweets > Chocolate", "sweets", "chocolate", (3, 12), 5,
         ["{brand} {line} {chocolate_type} Chocolate {cocoa}%, 100 g", "{brand} {line} {chocolate_type} Chocolate with {extra}, 100 g"], ["Melts slowly; share at your own risk.", "Made from bean to bar."], tints="Plum, Teal, Copper, Red", facts={"cocoa": [55, 72, 85], "chocolate_type": "Dark", "extra": ["Sea Salt", "Hazelnuts", "Orange", "Coffee"], "organic": True, "vegan": [True, False]}),
    kind("honey", "Groceries > Pantry > Honey & Spreads", "breakfast", "honeyjar", (5, 19), 3,
         ["{brand} {honey_type} Honey, {weight_g} g", "{brand} Raw {honey_type} Honey in a Jar, {weight_g} g"], ["Straight from the hive to the spoon.", "Set and creamy; warms up to runny."], tints="Mustard, Yellow, Copper", facts={"honey_type": ["Acacia", "Forest", "Linden"]}, sizes=("weight_g", [250, 500])),
    kind("granola", "Groceries > Breakfast > Granola", "breakfast", "sack", (4, 14), 3,
         ["{brand} {line} Granola with {extra}, {weight_g} g", "{brand} Crunchy Oat Granola, {extra}, {weight_g} g"], ["Baked in clusters, sweetened with honey.", "Good with yogurt, better by the handful."], tints="Orange, Burgundy, Mustard", facts={"extra": ["Almonds", "Raspberries", "Cocoa"], "organic": True}, sizes=("weight_g", [375, 750])),
    kind("orange juice", "Groceries > Drinks > Juice", "drinks", "carton", (3, 18), 3,
         ["{brand} Orange Juice, {pulp}, {volume_ml|liter}", "{brand} Pressed Oranges, 6 x {volume_ml|liter}"], ["Squeezed, not from concentrate.", "Tastes like the tree is close."], tints="Orange", facts={"pulp": ["with Pulp", "No Pulp"], "volume_ml": [750, 1000]}),
    kind("oat milk", "Groceries > Drinks > Plant Milk", "drinks", "carton", (2, 15), 3,
         ["{brand} Oat Milk{edition}, 1 L", "{brand} Oat Drink{edition}, 6 x 1 L"], ["Foams like the real thing.", "Made from oats that grew up close by."], tints="Sky Blue, Oatmeal, Teal", facts={"edition": [" Barista", " Unsweetened", " Organic"], "vegan": True}),
    kind("sparkling water", "Groceries > Drinks > Water", "drinks", "can", (4, 15), 3,
         ["{brand} Sparkling Water, {taste}, {pack} x 330 ml", "{brand} {taste} Soda Water, {pack} Cans"], ["Bubbles, fruit and nothing else.", "No sugar, no sweetener, no story."], tints="Turquoise, Lemon, Coral", facts={"taste": ["Lime", "Grapefruit", "Peach"], "pack": [6, 12, 24]}),
    kind("spices", "Groceries > Pantry > Spices", "food", "spice", (3, 15), 4,
         ["{brand} {spice}, Ground, {weight_g} g", "{brand} {line} {spice} in a Glass Jar, {weight_g} g"], ["Fresh enough to make you sneeze.", "Roasted and ground in small amounts."], tints="Brick Red, Mustard, Terracotta, Forest Green", facts={"spice": ["Smoked Paprika", "Turmeric", "Ceylon Cinnamon", "Black Pepper"], "weight_g": [45, 60, 90], "organic": [True, False]}),
]

HOUSEHOLD = [
    kind("laundry detergent", "Household > Laundry", "household", "detergent", (5, 25), 4,
         ["{brand} {line} Laundry Detergent, {scent}, {volume_ml|liter}", "{brand} Liquid Detergent {scent}, {loads} Washes"], ["Gets grass out at 30 degrees.", "Mild on skin, wool and rivers."], tints="Cobalt, Mint, Lavender", facts={"scent": ["Lavender", "Fresh Linen", "Unscented"], "loads": [25, 40, 60], "volume_ml": [1000, 1500, 2500]}),
    kind("dishwasher tablets", "Household > Dishwashing", "household", "box", (6, 25), 4,
         ["{brand} Dishwasher Tablets, {pack} Pieces", "{brand} {line} All-in-One Dishwasher Tabs, {pack}-Pack"], ["Shiny glasses without pre-rinsing.", "The wrapper dissolves, so nothing is left to throw away."], tints="Turquoise, Green, Lemon", facts={"pack": [30, 60, 100], "phosphate_free": True}),
    kind("paper towels", "Household > Paper", "household", "paper", (4, 22), 3,
         ["{brand} Paper Towels, {pack} Rolls, {ply}-Ply", "{brand} {line} Recycled Kitchen Roll, {pack}-Pack"], ["Thirsty, strong and made of recycled paper.", "Tears where it should."], tints="Sage, Sky Blue, Coral", facts={"pack": [4, 8, 16], "ply": [2, 3]}),
]

BABY = [
    kind("stroller", "Baby > Strollers", "baby", "stroller", (149, 799), 4,
         ["{brand} {line} Stroller, {shade}", "{brand} {line} Compact Travel Stroller, {weight_kg} kg, {shade}"], ["Folds with one hand while the other holds the baby.", "Big wheels for curbs and gravel.", "Fits into the overhead bin."], "Gray, Forest Green, Navy, Sand", facts={"weight_kg": [6.2, 7.8, 10.4], "reversible_seat": [True, False]}, variants=3),
    kind("baby monitor", "Baby > Baby Monitors", "baby", "babymonitor", (35, 249), 4,
         ["{brand} {line} Baby Monitor<video: with Camera>, {range_m} m", "{brand} {model} <video:Video> Baby Monitor, Night Light"], ["Hears every sigh and sleeps when the baby does.", "Talk back, play a lullaby, check the temperature."], tints="Mint, Blush, White", facts={"video": [True, False], "range_m": [250, 300, 800], "battery_hours": [10, 16]}),
    kind("diapers", "Baby > Diapers", "baby", "diapers", (9, 45), 3,
         ["{brand} {line} Diapers Size {diaper_size}, {pack} Count", "{brand} Eco Diapers, Size {diaper_size}, {pack}-Pack"], ["Dry through the night, soft through the day.", "Without perfume or lotion."], tints="Sky Blue, Mint, Lavender", facts={"pack": [34, 68, 132]}, sizes=("diaper_size", [1, 2, 3, 4, 5])),
]

KINDS = BEAUTY + BOOKS + OFFICE + PETS + GROCERIES + HOUSEHOLD + BABY
