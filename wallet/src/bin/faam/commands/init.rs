//! `faam init`: a wallet within a minute, new or with the keys of a phrase.

use faam_spec::reason::Reason;
use faam_store::KdfParams;
use faam_wallet::text::{bullet, foreign};
use faam_wallet::vault::{Entropy, PhraseError, Vault};
use serde_json::json;
use zeroize::Zeroizing;

use super::phrase;
use crate::args::Init;
use crate::failure::Failure;
use crate::shell::{Report, Shell, TRIES, say};
use crate::words::{init as said, progress};

const NEXT: &str = "faam receive LINK --code CODE";
const PHRASE: &str = "faam phrase";
/// Words of the longest phrase.
const WORDS: usize = 24;
/// Lines that move the phrase out of sight.
const SCROLL: usize = 40;

pub(crate) fn run(shell: &Shell, args: &Init) -> Result<Report, Failure> {
    let home = foreign(&shell.home.to_string_lossy(), 300);
    shell.must_be_folder()?;
    // Told before anybody chooses a passphrase; the store looks again, under its lock.
    if shell.home.join("key.slot").symlink_metadata().is_ok() {
        return Err(Failure::new(Reason::StoreExists, &said::there_already(shell.lang, home)).at("--home"));
    }
    let kdf = if args.kdf_floor { KdfParams::FLOOR } else { KdfParams::DEFAULT };
    if args.restore {
        return restore(shell, args, &home, kdf);
    }
    let passphrase = shell.new_passphrase()?;
    let mut rng = shell.rng;
    let entropy = Entropy::random(&mut rng);
    let busy = shell.busy(progress::making(shell.lang));
    let vault = Vault::create(&shell.home, &passphrase, &entropy, kdf, shell.now())?;
    drop(busy);
    let proven = shell.interactive && show_phrase(shell, &vault)?;
    let lang = shell.lang;
    let mut text = format!("{}\n", said::ready(lang, home));
    if !shell.interactive {
        text.push_str(&format!("{}\n", said::phrase_kept(lang, shell.strong(PHRASE))));
    }
    text.push_str(&format!("\n{}", said::next(lang, shell.strong(NEXT))));
    let data = json!({
        "home": shell.home.to_string_lossy(),
        "restored": false,
        "phrase_shown": shell.interactive,
        "phrase_proven": proven,
        "phrase": PHRASE,
        "next": NEXT,
    });
    Ok(Report { data, text })
}

/// Shows the phrase, and has it typed from what was written down; says whether it was.
fn show_phrase(shell: &Shell, vault: &Vault) -> Result<bool, Failure> {
    let lang = shell.lang;
    say(&said::phrase_new(lang));
    phrase::show(shell, vault)?;
    shell.ask(&said::enter(lang), &said::an_answer(lang), &said::a_terminal(lang))?;
    // Out of sight, so that what is typed comes from the paper.
    say(&"\n".repeat(SCROLL));
    phrase::prove(shell, vault)
}

/// The same keys in a new wallet; says what does not come back with them.
fn restore(shell: &Shell, args: &Init, home: &str, kdf: KdfParams) -> Result<Report, Failure> {
    let entropy = match &args.phrase_file {
        Some(path) => phrase_in(shell, path)?,
        None => asked(shell)?,
    };
    let passphrase = shell.new_passphrase()?;
    let busy = shell.busy(progress::making(shell.lang));
    let vault = Vault::restore(&shell.home, &passphrase, &entropy, kdf, shell.now())?;
    drop(busy);
    vault.note_phrase_proven(shell.now())?;
    let lang = shell.lang;
    let lines = [
        (said::came_back_mark(lang), said::came_back(lang)),
        (said::not_back_mark(lang), said::not_back(lang)),
        (said::with_it_mark(lang), said::with_it(lang)),
        (said::lost_mark(lang), said::lost(lang)),
    ];
    let told = lines.map(|(mark, text)| bullet(&format!("{mark:<10}"), &text, shell.width, 0)).join("\n");
    let text = format!(
        "{}\n\n{told}\n\n{}",
        said::made_again(lang, home),
        said::next_each(lang, shell.strong(NEXT))
    );
    let data = json!({
        "home": shell.home.to_string_lossy(),
        "restored": true,
        "phrase_shown": false,
        "phrase_proven": true,
        "phrase": PHRASE,
        "came_back": ["keys"],
        "not_back": ["ratings", "log", "receipts"],
        "next": NEXT,
    });
    Ok(Report { data, text })
}

/// The words in a file that only its owner can read.
pub(super) fn phrase_in(shell: &Shell, path: &std::path::Path) -> Result<Entropy, Failure> {
    let bytes = Shell::private_file(path, "--phrase-file")?;
    // What is no text has no word of the list either.
    let words = str::from_utf8(&bytes).unwrap_or_default();
    Entropy::from_phrase(words).map_err(|error| not_a_phrase(shell, error, "--phrase-file"))
}

/// The words from a person, on one line or on several.
pub(super) fn asked(shell: &Shell) -> Result<Entropy, Failure> {
    if !shell.interactive {
        return Err(shell.missing(&said::the_phrase(shell.lang), "--phrase-file FILE"));
    }
    say(&said::type_words(shell.lang));
    let mut tries = 0;
    loop {
        let words = words(shell)?;
        tries += 1;
        match Entropy::from_phrase(&words) {
            Ok(entropy) => return Ok(entropy),
            Err(error) if tries >= TRIES => return Err(not_a_phrase(shell, error, "phrase")),
            Err(error) => say(&said::once_more(shell.lang, error)),
        }
    }
}

/// Lines of words, up to an empty one or until there are enough.
pub(super) fn words(shell: &Shell) -> Result<Zeroizing<String>, Failure> {
    let mut words = Zeroizing::new(String::with_capacity(8192));
    let mut count = 0;
    while count < WORDS && words.len() < 4096 {
        let prompt = said::words_from(shell.lang, count + 1);
        let line = shell.ask(&prompt, &said::the_phrase(shell.lang), "--phrase-file FILE")?;
        let line = Zeroizing::new(line);
        if line.is_empty() {
            break;
        }
        words.push_str(&line);
        words.push(' ');
        count = words.split_ascii_whitespace().count();
    }
    Ok(words)
}

fn not_a_phrase(shell: &Shell, error: PhraseError, at: &str) -> Failure {
    Failure::new(Reason::InputMalformed, &error.to_string()).at(at).hint(&said::not_a_phrase_hint(shell.lang))
}
