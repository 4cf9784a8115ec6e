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
        let what = format!("there is a wallet in '{home}' already");
        return Err(Failure::new(Reason::StoreExists, &what).at("--home"));
    }
    let kdf = if args.kdf_floor { KdfParams::FLOOR } else { KdfParams::DEFAULT };
    if args.restore {
        return restore(shell, args, &home, kdf);
    }
    let passphrase = shell.new_passphrase()?;
    let mut rng = shell.rng;
    let entropy = Entropy::random(&mut rng);
    let vault = Vault::create(&shell.home, &passphrase, &entropy, kdf, shell.now())?;
    let proven = shell.interactive && show_phrase(shell, &vault)?;
    let mut text = format!("Your wallet is ready, in '{home}'.\n");
    if !shell.interactive {
        text.push_str(&format!(
            "Its recovery phrase was not shown, because nobody was there; it is kept in the vault.\n\
             See it in a terminal, and write it down:\n  {}\n",
            shell.strong(PHRASE)
        ));
    }
    text.push_str(&format!("\nNext, take what a market offers you:\n  {}", shell.strong(NEXT)));
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
    say("\nThis is your recovery phrase. Write it on paper, in this order, and keep it where");
    say("nobody else finds it: whoever has it has your name. faam phrase shows it again.\n");
    phrase::show(vault)?;
    shell.ask("\nPress Enter when you have written it down. ", "an answer", "a terminal")?;
    // Out of sight, so that what is typed comes from the paper.
    say(&"\n".repeat(SCROLL));
    phrase::prove(shell, vault)
}

/// The same keys in a new wallet; says what does not come back with them.
fn restore(shell: &Shell, args: &Init, home: &str, kdf: KdfParams) -> Result<Report, Failure> {
    let entropy = match &args.phrase_file {
        Some(path) => phrase_in(path)?,
        None => asked(shell)?,
    };
    let passphrase = shell.new_passphrase()?;
    let vault = Vault::restore(&shell.home, &passphrase, &entropy, kdf, shell.now())?;
    vault.note_phrase_proven(shell.now())?;
    let lines = [
        ("Came back:", "every key, so that each market sees the same wallet as before."),
        (
            "Did not:",
            "ratings. Ask each market for a new offer and take it; then you hold all of them again. The market must still have them.",
        ),
        (
            "With it:",
            "the secrets of private standings come back too, so that each verifier sees the pseudonym of before. Where they do not, faam says so when it takes the offer, and what helps.",
        ),
        (
            "Lost:",
            "the log and the receipts. Only a backup brings them back; if you have one, remove this wallet's folder and use it: faam backup restore FILE. To whom you showed what before is not known here any more.",
        ),
    ];
    let told = lines.map(|(mark, text)| bullet(&format!("{mark:<10}"), text, shell.width, 0)).join("\n");
    let text = format!(
        "Your wallet is made again, in '{home}', with the keys of your phrase.\n\n{told}\n\n\
         Next, for each market, take its new offer:\n  {}",
        shell.strong(NEXT)
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
pub(super) fn phrase_in(path: &std::path::Path) -> Result<Entropy, Failure> {
    let bytes = Shell::private_file(path, "--phrase-file")?;
    // What is no text has no word of the list either.
    let words = str::from_utf8(&bytes).unwrap_or_default();
    Entropy::from_phrase(words).map_err(|error| not_a_phrase(error, "--phrase-file"))
}

/// The words from a person, on one line or on several.
pub(super) fn asked(shell: &Shell) -> Result<Entropy, Failure> {
    if !shell.interactive {
        return Err(shell.missing("the recovery phrase", "--phrase-file FILE"));
    }
    say("Type the words of your recovery phrase in their order, with spaces between them, on as many");
    say("lines as you like; an empty line ends it. They can be seen while you type: look around first.");
    let mut tries = 0;
    loop {
        let words = words(shell)?;
        tries += 1;
        match Entropy::from_phrase(&words) {
            Ok(entropy) => return Ok(entropy),
            Err(error) if tries >= TRIES => return Err(not_a_phrase(error, "phrase")),
            Err(error) => say(&format!("No: {error}. Once more, from the first word.")),
        }
    }
}

/// Lines of words, up to an empty one or until there are enough.
pub(super) fn words(shell: &Shell) -> Result<Zeroizing<String>, Failure> {
    let mut words = Zeroizing::new(String::with_capacity(8192));
    let mut count = 0;
    while count < WORDS && words.len() < 4096 {
        let prompt = format!("Words from no. {}: ", count + 1);
        let line = Zeroizing::new(shell.ask(&prompt, "the recovery phrase", "--phrase-file FILE")?);
        if line.is_empty() {
            break;
        }
        words.push_str(&line);
        words.push(' ');
        count = words.split_ascii_whitespace().count();
    }
    Ok(words)
}

fn not_a_phrase(error: PhraseError, at: &str) -> Failure {
    let hint = "Compare each word and their order with what you wrote down, and try again; nothing was made.";
    Failure::new(Reason::InputMalformed, &error.to_string()).at(at).hint(hint)
}
