//! Texts of `faam init`, `faam restore`, `faam phrase` and `faam passphrase`.

faam_spec::sentences! {
    there_already(home) "there is a wallet in '{home}' already" "er staat al een wallet in '{home}'";
    ready(home) "Your wallet is ready, in '{home}'." "Uw wallet is klaar, in '{home}'.";
    phrase_kept(command) "Its recovery phrase was not shown, because nobody was there; it is kept in the vault.\nSee it in a terminal, and write it down:\n  {command}" "De herstelzin is niet getoond, omdat er niemand was; zij is bewaard in de kluis.\nBekijk haar in een terminal, en schrijf haar op:\n  {command}";
    next(command) "Next, take what a market offers you:\n  {command}" "Neem nu aan wat een marktplaats u aanbiedt:\n  {command}";
    phrase_new() "\nThis is your recovery phrase. Write it on paper, in this order, and keep it where\nnobody else finds it: whoever has it has your name. faam phrase shows it again.\n" "\nDit is uw herstelzin. Schrijf haar op papier, in deze volgorde, en bewaar haar waar\nniemand anders haar vindt: wie haar heeft, heeft uw naam. faam phrase toont haar weer.\n";
    phrase_again() "\nThis is your recovery phrase. Keep it on paper where nobody else finds it: whoever has it\nhas your name.\n" "\nDit is uw herstelzin. Bewaar haar op papier waar niemand anders haar vindt: wie haar heeft,\nheeft uw naam.\n";
    phrase_brings() "\nIt brings back your keys and nothing else: ratings come back from the markets, with new\noffers. A backup has everything in it: faam backup create FILE" "\nZij brengt uw sleutels terug en niets anders: beoordelingen komen van de marktplaatsen, met\nnieuwe aanbiedingen. In een reservekopie zit alles: faam backup create BESTAND";
    enter() "\nPress Enter when you have written it down. " "\nDruk op Enter als u haar hebt opgeschreven. ";
    an_answer() "an answer" "een antwoord";
    a_terminal() "a terminal" "een terminal";
    came_back_mark() "Came back:" "Terug:";
    came_back() "every key, so that each market sees the same wallet as before." "elke sleutel, zodat elke marktplaats dezelfde wallet ziet als eerst.";
    not_back_mark() "Did not:" "Niet:";
    not_back() "ratings. Ask each market for a new offer and take it; then you hold all of them again. The market must still have them." "beoordelingen. Vraag elke marktplaats om een nieuw aanbod en neem het aan; dan hebt u ze allemaal weer. De marktplaats moet ze nog hebben.";
    with_it_mark() "With it:" "Daarmee:";
    with_it() "the secrets of private standings come back too, so that each verifier sees the pseudonym of before. Where they do not, faam says so when it takes the offer, and what helps." "ook de geheimen van besloten standen komen terug, zodat elke controleur het pseudoniem van eerst ziet. Lukt dat niet, dan zegt faam dat bij het aannemen van het aanbod, en wat helpt.";
    lost_mark() "Lost:" "Kwijt:";
    lost() "the log and the receipts. Only a backup brings them back; if you have one, remove this wallet's folder and use it: faam backup restore FILE. To whom you showed what before is not known here any more." "het logboek en de bewijzen. Alleen een reservekopie brengt ze terug; hebt u die, verwijder dan de map van deze wallet en gebruik haar: faam backup restore BESTAND. Aan wie u eerder wat toonde, is hier niet meer bekend.";
    made_again(home) "Your wallet is made again, in '{home}', with the keys of your phrase." "Uw wallet is opnieuw gemaakt, in '{home}', met de sleutels van uw zin.";
    next_each(command) "Next, for each market, take its new offer:\n  {command}" "Neem nu van elke marktplaats het nieuwe aanbod aan:\n  {command}";
    the_phrase() "the recovery phrase" "de herstelzin";
    type_words() "Type the words of your recovery phrase in their order, with spaces between them, on as many\nlines as you like; an empty line ends it. They can be seen while you type: look around first." "Typ de woorden van uw herstelzin op volgorde, met spaties ertussen, op zoveel regels als u\nwilt; een lege regel eindigt. Ze zijn te zien terwijl u typt: kijk eerst om u heen.";
    words_from(number) "Words from no. {number}: " "Woorden vanaf nr. {number}: ";
    once_more(why) "No: {why}. Once more, from the first word." "Nee: {why}. Nog eens, vanaf het eerste woord.";
    not_a_phrase_hint() "Compare each word and their order with what you wrote down, and try again; nothing was made." "Vergelijk elk woord en de volgorde met wat u opschreef, en probeer het opnieuw; er is niets gemaakt.";
    only_terminal() "the phrase is shown on a terminal only, to a person" "de zin wordt alleen in een terminal getoond, aan een mens";
    only_terminal_hint() "Run faam phrase in a terminal, without --no-input, and with nothing led into or out of it." "Voer faam phrase uit in een terminal, zonder --no-input, en zonder dat er iets in of uit wordt geleid.";
    prove() "Type the words from what you wrote down, so that you know that it is right. An empty line at once\nleaves that for later (faam phrase --check)." "Typ de woorden over van wat u opschreef, zodat u weet dat het klopt. Meteen een lege regel laat\ndat voor later (faam phrase --check).";
    later() "Left for later: faam phrase --check" "Voor later: faam phrase --check";
    right() "Right, word for word." "Goed, woord voor woord.";
    another_phrase() "No: these words are a phrase, and not the one of this wallet. Once more, from the first word." "Nee: deze woorden zijn een zin, en niet die van deze wallet. Nog eens, vanaf het eerste woord.";
    unproven() "Not proven. See it again (faam phrase), mend what you wrote down, and try it: faam phrase --check" "Niet bewezen. Bekijk haar weer (faam phrase), verbeter wat u opschreef, en beproef het: faam phrase --check";
    passphrase_now() "Passphrase of now: " "Huidige wachtwoordzin: ";
    new_passphrase() "the new passphrase" "de nieuwe wachtwoordzin";
    choose_new() "Choose the new passphrase." "Kies de nieuwe wachtwoordzin.";
    not_logged(why) "note: the change is not in the log: {why}" "let op: de wijziging staat niet in het logboek: {why}";
    changed() "The passphrase is changed.\nWhat has this passphrase from now on is the wallet. Backups keep the one that each was made with, and an older copy of the folder still opens with the old one: remove such copies." "De wachtwoordzin is veranderd.\nVoortaan heeft de wallet deze wachtwoordzin. Reservekopieën houden die waarmee ze gemaakt zijn, en een oudere kopie van de map gaat nog open met de oude: verwijder zulke kopieën.";
}
