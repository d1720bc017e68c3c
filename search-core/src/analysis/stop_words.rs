//! Words that a query may leave out: articles, prepositions and conjunctions.
//!
//! The lists are short on purpose. Product texts are dense, and the long lists of the literature
//! hold words that shoppers mean ("no sugar", "all in one"). They are folded, as surfaces are.

use crate::catalog::Language;

/// Whether a query in `language` may leave out the folded word.
pub(super) fn is_stop_word(language: Language, surface: &str) -> bool {
    words(language).split(' ').any(|word| word == surface)
}

fn words(language: Language) -> &'static str {
    match language {
        Language::Arabic => "في من على الى إلى عن مع و أو ثم",
        Language::Danish => "og i pa til med af for den det de en et som fra ved eller om",
        Language::Dutch => "de het een en van in op met voor aan te om bij uit of door naar",
        Language::English => {
            "a an and are as at be by for from in is it of on or that the this to was with"
        }
        Language::Finnish => "ja tai se on joka kanssa",
        Language::French => {
            "le la les l un une des de du d et ou a au aux en dans par pour avec sur ce cette \
             ces qu que qui s n j m t c"
        }
        Language::German => {
            "der die das den dem des ein eine einen einem einer eines und oder mit fur von vom \
             zu zum zur im in am an auf aus bei nach"
        }
        Language::Greek => "ο η το οι τα του τησ των τον την και σε με για απο στο στη στην",
        Language::Hungarian => "a az es egy vagy is hogy",
        Language::Italian => {
            "il lo la i gli le l un uno una di del della dei delle dell d da dal dalla in nel \
             nella con per su sul sulla e ed o a al alla all"
        }
        Language::Norwegian => "og i pa til med av for den det de en et ei som fra ved eller om",
        Language::Portuguese => {
            "o a os as um uma de do da dos das e ou em no na nos nas com para por ao que"
        }
        Language::Romanian => "si sau de la cu pentru in pe un o din al ai ale",
        Language::Russian => "и в во на с со к ко по для от до из у о об или за под при",
        Language::Spanish => {
            "el la los las un una unos unas de del y e o u en con para por a al que su"
        }
        Language::Swedish => "och i pa till med av for den det de en ett som fran vid eller om",
        Language::Tamil => "மற்றும் அல்லது ஒரு",
        Language::Turkish => "ve veya ile icin bir bu da de",
    }
}
