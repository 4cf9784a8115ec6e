//! Texts that every command shares: the folder, the passphrase, and questions.

faam_spec::sentences! {
    no_network(why) "the network could not be set up: {why}" "het netwerk kon niet worden opgezet: {why}";
    no_wallet(home) "there is no wallet in '{home}'" "er staat geen wallet in '{home}'";
    not_looked_at(home, why) "'{home}' could not be looked at: {why}" "'{home}' kon niet worden bekeken: {why}";
    no_folder(home) "'{home}' is not a folder" "'{home}' is geen map";
    name_folder() "Name a folder with --home DIR or in FAAM_HOME." "Noem een map met --home MAP of in FAAM_HOME.";
    prompt() "Passphrase: " "Wachtwoordzin: ";
    prompt_again() "The same again: " "Nogmaals dezelfde: ";
    the_passphrase() "the passphrase" "de wachtwoordzin";
    choose() "Choose a passphrase. It locks the wallet on this machine; nobody can reset it." "Kies een wachtwoordzin. Zij vergrendelt de wallet op deze machine; niemand kan haar herstellen.";
    at_least(least) "At least {least} characters; four or more words that do not belong together are good." "Minstens {least} tekens; vier of meer woorden die niet bij elkaar horen, zijn goed.";
    once_more(why) "No: {why}. Once more." "Nee: {why}. Nog eens.";
    not_the_same() "the two passphrases are not the same" "de twee wachtwoordzinnen zijn niet dezelfde";
    try_again() "Try again." "Probeer het opnieuw.";
    needed_no_input(what) "{what} is needed, and nobody can be asked (--no-input was given)" "{what} is nodig, en er kan niemand worden gevraagd (--no-input is gegeven)";
    needed_no_terminal(what) "{what} is needed, and nobody can be asked (this is not a terminal)" "{what} is nodig, en er kan niemand worden gevraagd (dit is geen terminal)";
    give(flag) "Give {flag}." "Geef {flag}.";
    pages_written(pages, folder) "Wrote {pages} to '{folder}'. Read one: man -l '{folder}/faam.1'" "{pages} geschreven in '{folder}'. Lees er een: man -l '{folder}/faam.1'";
    pages_failed(why) "the pages could not be written: {why}" "de pagina's konden niet worden geschreven: {why}";
    pages_hint() "Name a folder in which you may write." "Noem een map waarin u mag schrijven.";
    no_completions() "the completions could not be written" "de aanvullingen konden niet worden geschreven";
}

faam_spec::counts! {
    pages "page" "pages" "pagina" "pagina's";
}
