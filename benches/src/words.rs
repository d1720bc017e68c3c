//! The vocabulary: hand-written product words at its head, formed words as its tail.

use std::collections::HashSet;

use rand::Rng;
use rand::seq::SliceRandom;

use crate::former::WordFormer;

/// Words in the catalogue, function words aside.
pub const SIZE: usize = 45_000;

pub const FUNCTION_WORDS: [&str; 14] =
    ["the", "with", "and", "for", "of", "a", "in", "to", "your", "is", "from", "by", "on", "this"];
pub const COLORS: [&str; 24] = [
    "black",
    "white",
    "gray",
    "blue",
    "brown",
    "red",
    "green",
    "silver",
    "navy",
    "beige",
    "pink",
    "gold",
    "ivory",
    "yellow",
    "orange",
    "purple",
    "teal",
    "olive",
    "burgundy",
    "charcoal",
    "turquoise",
    "lavender",
    "copper",
    "clear",
];
pub const SIZES: [&str; 12] =
    ["xs", "s", "m", "l", "xl", "xxl", "mini", "small", "medium", "large", "king", "queen"];

/// What a title says about its product.
const QUALITIES: &str = "premium portable wireless adjustable foldable waterproof lightweight \
    compact modern classic vintage rustic soft durable ergonomic digital electric rechargeable \
    universal professional slim double single outdoor indoor organic natural cotton leather wooden \
    metal glass ceramic bamboo rubber silicone velvet wool linen marble oak walnut handmade luxury \
    smart magnetic insulated breathable reversible cordless quilted embroidered printed striped \
    floral stainless steel heavy duty thermal padded solar collapsible washable antique elegant \
    sturdy quiet rugged stackable seamless";

/// What is sold: the last word of every leaf category.
const NOUNS: &str = "table chair lamp cover case cable shelf rack stand bag light set kit mount \
    sofa armchair recliner ottoman bench stool desk bookcase cabinet dresser wardrobe nightstand \
    headboard mattress pillow blanket duvet quilt sheet curtain blind rug carpet mat cushion throw \
    chandelier sconce lantern candle mirror frame clock vase planter basket hamper hanger hook \
    drawer organizer bin crate trunk skillet saucepan wok kettle toaster blender mixer juicer \
    grinder grater peeler knife spatula ladle whisk colander strainer bowl plate mug tumbler goblet \
    pitcher carafe teapot tray platter fork spoon apron oven stove fridge freezer dishwasher \
    microwave fryer griddle grill smoker cooler flask lunchbox jar canister television monitor \
    projector speaker soundbar subwoofer headset earbud microphone turntable receiver amplifier \
    tuner antenna remote camera lens tripod camcorder drone printer scanner keyboard mouse webcam \
    router modem switch adapter charger battery laptop tablet phone watch tracker console joystick \
    gamepad cartridge memory drive dock shirt blouse sweater cardigan hoodie jacket coat parka vest \
    dress skirt jeans trousers shorts leggings pajamas robe sock glove mitten scarf hat beanie cap \
    belt wallet purse handbag backpack suitcase duffel tote umbrella sandal sneaker boot slipper \
    loafer heel clog necklace bracelet earring ring pendant brooch sunglasses bicycle helmet pedal \
    saddle pump tent hammock paddle kayak canoe surfboard snowboard ski skate scooter skateboard \
    racket bat ball net goal hoop dumbbell barbell kettlebell treadmill rope dart rod reel lure \
    binoculars compass whistle hammer wrench plier screwdriver drill saw sander chisel level clamp \
    ladder toolbox vise bolt screw nail hinge bracket latch lock padlock key chain pulley winch \
    jack hose nozzle sprinkler faucet valve pipe fitting gasket filter fan heater thermostat \
    humidifier purifier vacuum mop broom brush bucket sponge shovel rake hoe trowel pruner mower \
    trimmer blower wheelbarrow fence gate gazebo pergola swing birdhouse feeder fountain fertilizer \
    seed soil mulch stroller crib cradle highchair bottle pacifier bib diaper rattle puzzle doll \
    figurine robot kite block dice game collar leash harness aquarium kennel notebook binder folder \
    envelope stapler pen pencil marker eraser ruler calculator calendar label tape glue scissors \
    easel whiteboard shampoo conditioner soap lotion cream serum mascara lipstick perfume razor \
    shaver clipper comb hairbrush dryer curler toothbrush bandage thermometer scale massager \
    wheelchair brace tire wheel rim bumper headlight wiper seat gauge muffler radiator alternator \
    guitar violin cello drum cymbal trumpet flute piano ukulele harmonica banjo saxophone clarinet \
    capo strap";

/// What it is for, how it works, what it looks like: the words before the noun.
const QUALIFIERS: &str = "kitchen bathroom bedroom patio garage office garden camping hiking \
    running cycling fishing hunting travel wedding party holiday birthday school college nursery \
    toddler infant teen junior senior pet dog cat bird horse reptile marine farm workshop studio \
    gallery hotel restaurant bar cafe gym pool spa beach lake mountain river desert forest winter \
    summer spring autumn rain snow wind storm night morning evening sport racing football soccer \
    tennis golf basketball baseball hockey volleyball cricket rugby boxing karate climbing sailing \
    rowing diving swimming dancing ballet yoga pilates fitness training recovery massage therapy \
    medical dental surgical safety security emergency rescue fire smoke flood military police pilot \
    sailor captain chef baker barista butcher tailor sewing knitting quilting pottery painting \
    drawing sculpture craft hobby model railway vehicle truck trailer tractor motorcycle boat \
    aircraft bike car van wifi usb optical analog laser inkjet touch voice motion infrared \
    ultrasonic hydraulic pneumatic manual automatic gas diesel propane charcoal steam pressure \
    water air oil ice round square oval corner curved flat tall wide narrow deep shallow hollow \
    folding stacking hanging floating rolling swivel rocking sliding spinning nesting wall floor \
    ceiling window door stair roof deck balcony porch hallway closet laundry dining living guest \
    family baby kids womens mens unisex maternity bridal formal casual business dress vintage retro \
    industrial farmhouse coastal nautical tropical moroccan persian nordic japanese french italian \
    mexican indian chinese turkish bohemian gothic baroque coffee tea wine beer juice milk bread \
    cake pizza pasta rice salad soup steak chicken fish fruit vegetable herb spice salt pepper sugar \
    honey chocolate candy snack breakfast lunch dinner picnic barbecue cocktail storage display \
    gaming streaming recording editing studio concert theater cinema photo video audio stereo \
    surround bass treble acoustic electronic percussion string brass wind power signal network data \
    backup server desktop mobile cellular satellite radio navigation weather star moon sun cloud \
    ocean wave leaf flower rose tree grass stone rock sand clay iron bronze brass copper chrome \
    titanium carbon fiber foam gel memory plush fleece denim silk satin lace mesh canvas vinyl \
    acrylic resin paper cardboard cork wicker rattan pine cedar maple cherry birch teak mahogany \
    tool hand foot head neck back knee ankle wrist shoulder hair skin face eye lip nail body";

/// The words of the catalogue, the most common first, and the lists that titles draw on.
#[derive(Debug)]
pub struct Vocabulary {
    pub words: Vec<String>,
    pub qualities: Vec<&'static str>,
    pub nouns: Vec<&'static str>,
    pub qualifiers: Vec<&'static str>,
}

impl Vocabulary {
    pub fn new(rng: &mut impl Rng) -> Self {
        let [qualities, nouns, qualifiers] =
            [QUALITIES, NOUNS, QUALIFIERS].map(|list| list.split_whitespace().collect::<Vec<_>>());
        let mut words: Vec<String> = Vec::with_capacity(SIZE);
        for list in [&qualities[..], &nouns, &qualifiers, &COLORS] {
            words.extend(list.iter().map(|&word| word.to_owned()));
        }
        // Half of what titles say of a product is among the most common words anyway.
        words[qualities.len() / 2..].shuffle(rng);
        let mut listed = HashSet::new();
        words.retain(|word| listed.insert(word.clone()));

        let taken: HashSet<String> =
            words.iter().cloned().chain(FUNCTION_WORDS.map(str::to_owned)).collect();
        let tail = SIZE.saturating_sub(words.len());
        words.extend(WordFormer::default().form(rng, &taken, tail));
        Self { words, qualities, nouns, qualifiers }
    }
}
