//! Texts of `faam backup`.

faam_spec::sentences! {
    what_locks() "what locks the backup" "wat de reservekopie vergrendelt";
    what_opens() "what opens the backup" "wat de reservekopie opent";
    choose() "Choose a passphrase for the backup. It may be another one than the wallet's, so that one\nforgotten is not both; write it down where you would find it after years." "Kies een wachtwoordzin voor de reservekopie. Het mag een andere zijn dan die van de wallet, zodat\nu ze niet samen vergeet; schrijf haar op waar u haar na jaren terugvindt.";
    was_opened() "It was opened again, and has all of it." "Zij is weer geopend, en heeft alles.";
    not_opened() "It was not opened, because the identity is not here. Do that where it is: faam backup verify FILE --identity FILE" "Zij is niet geopend, omdat de identiteit niet hier is. Doe dat waar die wel is: faam backup verify BESTAND --identity BESTAND";
    rules_in() "Your rules are in it too." "Ook uw regels zitten erin.";
    rules_unusable() "Your rules are not in it, because they cannot be used: faam rules" "Uw regels zitten er niet in, omdat ze niet te gebruiken zijn: faam rules";
    made(records, file) "{records} are in '{file}'." "{records} staan in '{file}'.";
    keep(command) "Keep it on another disk than the wallet. Try it once a year: {command}" "Bewaar haar op een andere schijf dan de wallet. Beproef haar eens per jaar: {command}";
    whole() "The backup is whole. It was opened, and everything in it computed again." "De reservekopie is heel. Zij is geopend, en alles erin is nagerekend.";
    there_already(home) "there is a wallet in '{home}' already; a backup is never put over one" "er staat al een wallet in '{home}'; een reservekopie wordt nooit over een wallet heen gezet";
    here_again(home) "Your wallet is here again, in '{home}', as it was when the backup was made." "Uw wallet is er weer, in '{home}', zoals zij was toen de reservekopie werd gemaakt.";
    two_now() "If the wallet of before is still in use somewhere, there are two now. Use one of them alone: what\none shows, the other does not know, and cannot warn of. To see whether both went on, verify a newer\nbackup of the one in the other: faam backup verify FILE" "Is de wallet van eerst nog ergens in gebruik, dan zijn er nu twee. Gebruik er maar één: wat de ene\ntoont, weet de andere niet, en kan er niet voor waarschuwen. Om te zien of beide doorgingen,\ncontroleert u een nieuwere reservekopie van de ene in de andere: faam backup verify BESTAND";
    next(command) "Next, see your good name:\n  {command}" "Bekijk nu uw goede naam:\n  {command}";
    here_passphrase() "Passphrase of the wallet here, to compare (Enter to leave that): " "Wachtwoordzin van de wallet hier, om te vergelijken (Enter om dat te laten): ";
    passphrase() "Passphrase of the backup: " "Wachtwoordzin van de reservekopie: ";
    made_mark() "Made:" "Van:";
    and_mark() "And:" "En:";
    not_mark() "Not:" "Niet:";
    rules_mark() "Rules:" "Regels:";
    here_mark() "Here:" "Hier:";
    rules_there() "in it" "erin";
    no_rules() "none in it" "geen";
    rules_back() "in force again as they were: read them with faam rules" "weer van kracht zoals ze waren: lees ze met faam rules";
    rules_none() "none: you are asked each time" "geen: u wordt elke keer gevraagd";
    rules_failed(why) "not put back: {why}" "niet teruggezet: {why}";
    market(ratings, epoch) "{ratings}, epoch {epoch}" "{ratings}, tijdvak {epoch}";
    market_private(ratings, epoch) "{ratings}, epoch {epoch}, with private standings" "{ratings}, tijdvak {epoch}, met besloten standen";
    rest(log, receipts, records) "{log} of the log, {receipts}, {records} in all" "{log} van het logboek, {receipts}, {records} in totaal";
    log_lost(missing) "{missing} of the log were lost before" "{missing} van het logboek gingen eerder verloren";
    not_compared() "not compared with a wallet" "niet met een wallet vergeleken";
    other() "it is of another wallet than the one here: it has another phrase" "zij is van een andere wallet dan die hier: zij heeft een andere zin";
    same() "nothing happened in the wallet here since" "sindsdien is er in de wallet hier niets gebeurd";
    older(things) "{things} happened in the wallet here since; a new backup would have them" "sindsdien gebeurd in de wallet hier: {things}; een nieuwe reservekopie zou ze hebben";
    newer(things) "it knows {things} more than the wallet here, which is an older copy" "zij weet {things} meer dan de wallet hier, die een oudere kopie is";
    forked(shared, here, there) "two copies of this wallet went on apart: {shared} happened in both, then {here} here and {there} there" "twee kopieën van deze wallet gingen los van elkaar door: {shared} gebeurd in beide, daarna {here} hier en {there} daar";
    too_many(most) "a backup has {most} recipients at most" "een reservekopie heeft hoogstens {most} ontvangers";
    no_recipient() "this is no age recipient" "dit is geen ontvanger van age";
    recipient_hint() "It begins with age1 and is one word, such as age-keygen prints." "Hij begint met age1 en is één woord, zoals age-keygen het toont.";
    identity_hint() "It has a line that begins with AGE-SECRET-KEY-1, such as age-keygen writes." "Er staat een regel in die met AGE-SECRET-KEY-1 begint, zoals age-keygen het schrijft.";
    identity_no_text() "the identity file is no text" "het bestand met de identiteit is geen tekst";
    identity_bad_line() "a line of the file is no age identity" "een regel van het bestand is geen identiteit van age";
    identity_none() "there is no identity in the file" "er staat geen identiteit in het bestand";
}

faam_spec::counts! {
    records "record" "records" "record" "records";
    ratings "rating" "ratings" "beoordeling" "beoordelingen";
    entries "entry" "entries" "regel" "regels";
    receipts "receipt" "receipts" "bewijs" "bewijzen";
    things "thing" "things" "zaak" "zaken";
}
