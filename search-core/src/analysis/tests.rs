use proptest::prelude::*;

use super::{
    Analyzer, MAX_TOKEN_BYTES, QueryAnalyzer, SynonymFault, SynonymMatch, Synonyms, Token,
    TokenKind, edge_ngrams, ngrams,
};
use crate::catalog::Language;

const ENGLISH: Language = Language::English;

/// Surfaces in order; a joined one in brackets.
fn surfaces(language: Language, text: &str) -> String {
    let show = |token: &Token| match token.kind {
        TokenKind::Joined => format!("[{}]", token.surface),
        _ => token.surface.clone(),
    };
    Analyzer::new(language).analyze(text).iter().map(show).collect::<Vec<_>>().join(" ")
}

fn terms(language: Language, text: &str) -> Vec<String> {
    Analyzer::new(language).analyze(text).into_iter().map(|token| token.term).collect()
}

#[test]
fn every_spelling_has_its_tokens() {
    for (text, expected) in [
        ("Crème BRÛLÉE, Straße & Ærø", "creme brulee strasse aero"),
        ("ＦＵＬＬ ｗｉｄｔｈ ﬁne", "full width fine"),
        ("Sony™ Bravia® (2024)", "sony bravia 2024"),
        ("women's men’s dogs' don't", "womens mens dogs dont"),
        ("L'Oréal O'Neill rock'n'roll", "[loreal] l oreal [oneill] o neill rocknroll"),
        ("43.2 43,2 1,440 1,440.50 1,234,567", "43.2 43.2 1440 1440.50 1234567"),
        ("0,125 007 1,2,3 v1.2.3", "0.125 007 1 2 3 [v123] v1 2 3"),
        ("1440x900", "[1440x900] 1440 x 900"),
        ("1440 x 900", "[1440x900] 1440 x 900"),
        ("1440 × 900 px", "[1440x900] 1440 x 900 px"),
        ("10x20x30cm", "[10x20x30] 10 x 20 x 30 cm"),
        ("0x1f", "0x1f"),
        ("17\" 17'' 17″ 17 inches 17 in", "17 inch 17 inch 17 inch 17 inch 17 inch"),
        ("17-inch 17in 17inches", "[17inch] 17 inch [17inch] 17 inch [17inch] 17 inch"),
        ("a \"size 17\" b", "a size 17 b"),
        ("5'10\" 90's", "5 ft 10 inch [90s] 90 s"),
        ("2-in-1 2 in 1, 3 in-ear", "[2in1] 2 in 1 2 in 1 3 [inear] in ear"),
        ("43.2 cm 43,2cm", "43.2 cm [43.2cm] 43.2 cm"),
        (
            "500gb 500 GB 1.7l 65W 2TB 144Hz",
            "[500gb] 500 gb 500 gb [1.7l] 1.7 l [65w] 65 w [2tb] 2 tb [144hz] 144 hz",
        ),
        ("2 liters, 12 pcs, 3 packs", "2 l 12 pc 3 pack"),
        ("dv7-1211ea 006R90321 DV7", "[dv71211ea] dv7 1211ea 006r90321 dv7"),
        ("USB-C Wi-Fi t-shirt e-bike", "[usbc] usb c [wifi] wi fi [tshirt] t shirt [ebike] e bike"),
        ("H&M AT&T U.S.A. and/or", "[hm] h m [att] at t [usa] u s a and or"),
        ("stainless-steel-water-bottle", "stainless steel water bottle"),
        ("USB 3.0 usb3.0 iPhone15", "usb 3.0 [usb3.0] usb 3.0 [iphone15] iphone 15"),
        ("006-90321 1/2 3.5.1 5½", "[00690321] 006 90321 1 2 3 5 1 5 1 2"),
        ("a_b_7 C++ #1 100% $5", "[ab7] a b 7 c 1 100 5"),
        ("日本語 テスト", "日 本 語 テ ス ト"),
        ("привет Ёлка ΚΑΛΗΜΈΡΑς", "привет елка καλημερασ"),
        ("", ""),
        ("--- !!! \u{301}", ""),
    ] {
        assert_eq!(surfaces(ENGLISH, text), expected, "{text}");
    }
    assert_eq!(surfaces(Language::French, "l'eau d'été"), "[leau] l eau [dete] d ete");
    assert_eq!(surfaces(Language::French, "d'or qu'il"), "[dor] d or [quil] qu il");
    assert_eq!(surfaces(Language::German, "15,6 Zoll Größe"), "15.6 inch grosse");
}

#[test]
fn the_forms_of_a_word_share_a_term() {
    for (language, forms) in [
        (ENGLISH, "headphones headphone"),
        (ENGLISH, "batteries battery"),
        (ENGLISH, "cookies cookie"),
        (ENGLISH, "women women's womens woman"),
        (ENGLISH, "knives knife"),
        (ENGLISH, "lenses lens"),
        (ENGLISH, "watches watch"),
        (ENGLISH, "running run"),
        (ENGLISH, "charging charged charges charge"),
        (ENGLISH, "organizers organizer"),
        (ENGLISH, "adhesives adhesive"),
        (ENGLISH, "businesses business"),
        (ENGLISH, "accessories accessory"),
        (ENGLISH, "settings setting"),
        (Language::German, "Kopfhörer Kopfhörern"),
        (Language::German, "Schuhe Schuhen schuh"),
        (Language::German, "Häuser Hauser Haeuser"),
        (Language::German, "Müller Mueller Muller"),
        (Language::German, "Größe Groesse Grosse"),
        (Language::French, "téléphones telephone téléphone"),
        (Language::French, "rechargée rechargées rechargé recharge"),
        (Language::Spanish, "zapatos zapato"),
        (Language::Spanish, "camiones camión camion"),
    ] {
        let mut stems = terms(language, forms);
        stems.dedup();
        assert_eq!(stems.len(), 1, "{language}: {forms}: {stems:?}");
    }
    for (one, other) in [
        ("organ", "organizer"),
        ("generator", "generation"),
        ("universal", "university"),
        ("electric", "electron"),
        ("busy", "business"),
        ("adapter", "adapt"),
    ] {
        assert_ne!(terms(ENGLISH, one), terms(ENGLISH, other), "{one} {other}");
    }
}

#[test]
fn compounds_are_taken_apart_by_the_dictionary() {
    let words = "kühl schrank tür schuh arbeit tasche kind kinder wagen lampe kühlschrank auto tor";
    let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
    let analyzer = Analyzer::with_compounds(Language::German, &words);
    for (word, expected) in [
        ("Kühlschranktür", "kuhlschrank tur"),
        ("Kuehlschranktueren", "kuhlschrank turen"),
        ("Schuhschränke", "schuh schranke"),
        ("Arbeitsschuh", "arbeit schuh"),
        ("Taschenlampe", "tasche lampe"),
        ("Kinderwagen", "kinder wagen"),
        ("Autotor", "auto tor"),
        // Known as they are, too short, or with something unknown in them.
        ("Kühlschrank", ""),
        ("Schränke", ""),
        ("tortor", "tor tor"),
        ("Motorschrank", ""),
        ("Schrankx", ""),
    ] {
        let tokens = analyzer.analyze(word);
        let parts = tokens.iter().filter(|token| token.kind == TokenKind::Subword);
        let parts: Vec<&str> = parts.map(|token| token.surface.as_str()).collect();
        assert_eq!(parts.join(" "), expected, "{word}");
    }
}

#[test]
fn positions_and_spans_point_into_the_original() {
    let text = "Cafe\u{301} für dv7-1211EA, 17″ ﬁn";
    let tokens = Analyzer::new(ENGLISH).analyze(text);
    let places: Vec<_> = tokens
        .iter()
        .map(|token| (token.position, text.get(token.span.clone()).expect("in bounds")))
        .collect();
    assert_eq!(
        places,
        [
            (0, "Cafe\u{301}"),
            (1, "für"),
            (2, "dv7-1211EA"),
            (2, "dv7"),
            (3, "1211EA"),
            (4, "17"),
            (5, "″"),
            (6, "ﬁn"),
        ]
    );
}

#[test]
fn very_long_words_are_cut() {
    let analyzer = Analyzer::new(ENGLISH);
    for text in ["é".repeat(500), "7".repeat(500), "a1".repeat(500), "a-1".repeat(500)] {
        let tokens = analyzer.analyze(&text);
        assert!(!tokens.is_empty());
        assert!(tokens.iter().all(|token| token.surface.len() <= MAX_TOKEN_BYTES), "{text}");
    }
    // Time linear in the length: these took minutes or the stack if it were not.
    for unit in ["1x", "1 x ", "1,234,", "1.", "a'", "1-", "l'", "1'", "1\"", "\u{301}"] {
        analyzer.analyze(&unit.repeat(200_000));
    }
}

#[test]
fn stop_words_are_known_by_their_surface() {
    for (language, word, expected) in [
        (ENGLISH, "for", true),
        (ENGLISH, "no", false),
        (ENGLISH, "", false),
        (Language::German, "fur", true),
        (Language::German, "fuer", true),
        (Language::French, "d", true),
        (Language::Spanish, "para", true),
        (Language::Spanish, "for", false),
    ] {
        assert_eq!(Analyzer::new(language).is_stop_word(word), expected, "{language} {word}");
    }
}

#[test]
fn grams_are_of_the_normalised_code() {
    assert_eq!(super::grams::normalise_code(" HP-006R/90321 "), "hp006r90321");
    assert_eq!(ngrams("AB-12", 3), ["ab1", "b12"]);
    assert_eq!(ngrams("é", 3), ["e"]);
    assert_eq!(ngrams("--", 3), Vec::<String>::new());
    assert_eq!(ngrams("abc", 0), Vec::<String>::new());
    assert_eq!(edge_ngrams("ab-12", 2, 3), ["ab", "ab1"]);
    assert_eq!(edge_ngrams("ä", 1, 9), ["a"]);
    assert_eq!(edge_ngrams("ab", 3, 9), Vec::<String>::new());
}

fn english() -> QueryAnalyzer {
    Analyzer::new(ENGLISH).into()
}

fn synonyms(text: &str) -> Synonyms {
    Synonyms::parse(text, &english()).unwrap_or_else(|error| panic!("{error}"))
}

/// Matches as "range:alternative|alternative".
fn shown(matches: &[SynonymMatch]) -> Vec<String> {
    let phrases = |found: &SynonymMatch| {
        found.alternatives.iter().map(|term| term.text.as_str()).collect::<Vec<_>>().join("|")
    };
    matches.iter().map(|found| format!("{:?}:{}", found.range, phrases(found))).collect()
}

#[test]
fn synonyms_match_the_longest_phrase_at_each_place() {
    let rules = "# shop\nTVs, Television, telly\n\nnotebook => laptop # one way\n\
                 running shoes, runners => trainers, sneakers\nshoes, footwear\n\
                 t-shirt, tee\na1, b1\nb1, c1\nmug, cup, Cups, mugs\nCUP, mug\nmug => Beaker, cup\n";
    let synonyms = synonyms(rules);
    assert_eq!(synonyms.len(), 10);
    assert_eq!(synonyms.rules()[1], "notebook => laptop");
    for (query, expected) in [
        ("television", vec!["0..1:TVs|telly"]),
        ("cheap notebooks and telly", vec!["1..2:laptop", "3..4:TVs|Television"]),
        ("laptop", vec![]),
        ("run shoe", vec!["0..2:trainers|sneakers"]),
        ("running trousers shoes", vec!["2..3:footwear"]),
        ("shoes shoes", vec!["0..1:footwear", "1..2:footwear"]),
        ("tee", vec!["0..1:t-shirt"]),
        ("tshirt", vec!["0..1:t-shirt|tee"]),
        // Twice the same is once.
        ("mug", vec!["0..1:cup|Beaker"]),
        // A chain of rules, and so a circle, is followed one step only.
        ("a1", vec!["0..1:b1"]),
        ("b1", vec!["0..1:a1|c1"]),
        ("", vec![]),
    ] {
        let places: Vec<[String; 1]> =
            terms(ENGLISH, query).into_iter().map(|term| [term]).collect();
        assert_eq!(shown(&synonyms.matches(&places)), expected, "{query}");
    }
    assert!(Synonyms::empty().matches(&[["tv"]]).is_empty());
}

#[test]
fn wrong_rules_are_named() {
    let many = vec!["x"; 65].join(",");
    let long = format!("a, {}", "x".repeat(513));
    let hub = (0..300).map(|n| format!("Hub => x{n}\n")).collect::<String>();
    for (text, line, fault) in [
        ("\n=> b", 2, SynonymFault::EmptySide),
        ("a =>", 1, SynonymFault::EmptySide),
        ("a, b\na, , b", 2, SynonymFault::EmptyTerm),
        ("a, b,", 1, SynonymFault::EmptyTerm),
        ("a => b => c", 1, SynonymFault::SeveralArrows),
        ("alone", 1, SynonymFault::SingleTerm),
        ("a, !!", 1, SynonymFault::NoWord("!!".to_owned())),
        ("a, 1 b c d e f g h i", 1, SynonymFault::TooManyWords("1 b c d e f g h i".to_owned())),
        (many.as_str(), 1, SynonymFault::TooManyTerms(65)),
        (long.as_str(), 1, SynonymFault::TooLong(513)),
        (hub.as_str(), 257, SynonymFault::TooManyAlternatives("Hub".to_owned())),
    ] {
        let error = Synonyms::parse(text, &english()).expect_err(text);
        assert_eq!((error.line, error.fault), (line, fault), "{text}");
    }
    let rules = vec!["a, b".to_owned(); 20_001];
    let error = Synonyms::from_rules(&rules, &english()).expect_err("too many");
    assert_eq!((error.line, error.fault), (20_001, SynonymFault::TooManyRules));
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-zA-Z0-9 ]{0,40}",
        "(Kühl|kuehl|schrank|s|en|tür|tuer|abc|xyz| |'|-){0,8}",
        r#"([0-9]{1,4}|x|in|inches|pcs|GB|[a-z]{1,6}|É|ﬁ|½|漢|ｶﾞ|İ|ǿ|\u0301|[-/._+&,'"″ ]){0,20}"#,
    ]
}

proptest! {
    #[test]
    fn spans_are_valid_and_positions_ascend(
        text in texts(),
        language in proptest::sample::select(&Language::ALL[..]),
    ) {
        let words = ["kuhl", "schrank", "tur", "abc", "abcd", "xyz"].map(str::to_owned);
        let tokens = Analyzer::with_compounds(language, &words).analyze(&text);
        for token in &tokens {
            prop_assert!(text.get(token.span.clone()).is_some_and(|part| !part.is_empty()), "{:?}", token);
            prop_assert!(!token.surface.is_empty() && !token.term.is_empty(), "{:?}", token);
        }
        for pair in tokens.windows(2) {
            let [first, second] = pair else { continue };
            let step = second.position - first.position;
            let shares = first.kind == TokenKind::Joined || second.kind == TokenKind::Subword;
            let expected = if shares { 0 } else { 1 };
            prop_assert_eq!(step, expected, "{:?} {:?}", first, second);
            prop_assert!(first.span.start <= second.span.start, "{:?} {:?}", first, second);
        }
    }

    #[test]
    fn a_surface_gives_its_own_term(
        text in texts(),
        language in proptest::sample::select(&Language::ALL[..]),
    ) {
        let words = ["kuhl", "schrank", "tur", "abc", "xyz"].map(str::to_owned);
        let analyzer = Analyzer::with_compounds(language, &words);
        for token in analyzer.analyze(&text) {
            let again = analyzer.analyze(&token.surface);
            let first = again.first().map(|token| (token.surface.as_str(), token.term.as_str()));
            prop_assert_eq!(first, Some((token.surface.as_str(), token.term.as_str())));
        }
    }

    #[test]
    fn no_synonym_text_panics(text in any::<String>(), rule in "[a-c ,=>#-]{0,20}") {
        let analyzer = english();
        let _ = Synonyms::parse(&text, &analyzer);
        if let Ok(synonyms) = Synonyms::parse(&rule, &analyzer) {
            for found in synonyms.matches(&["a", "b", "c", "a", "b"].map(|term| [term])) {
                prop_assert!(!found.alternatives.is_empty());
            }
        }
    }
}
