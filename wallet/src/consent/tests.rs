//! Every sentence of the consent is there in both languages.

use faam_spec::words;

use super::*;

#[test]
fn no_sentence_is_without_dutch() {
    assert_eq!(words::faults(super::words::ALL), [""; 0]);
    assert!(super::words::ALL.len() > 120);
}

#[test]
fn parts_of_a_rating_have_names_in_both_languages() {
    for name in names::OF_RATING.iter().copied().chain(["reply"]) {
        let (en, nl) = (in_words_in(Lang::En, name), in_words_in(Lang::Nl, name));
        assert!(en != nl && en != name, "{name}: {en} {nl}");
    }
    assert_eq!(in_words("other"), "other");
}

#[test]
fn several_are_listed_as_the_language_has_it() {
    let all = ["a", "b", "c"].map(str::to_owned);
    assert_eq!(any_of(Lang::En, &all), "a or b or c");
    assert_eq!(any_of(Lang::Nl, &all), "a of b of c");
}
