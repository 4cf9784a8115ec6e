//! Texts of `faam vault`.

faam_spec::sentences! {
    all_intact(records) "{records}, all intact." "{records}, allemaal heel.";
    market(ratings, entries, epoch) "{ratings} in {entries}, epoch {epoch}" "{ratings} in {entries}, tijdvak {epoch}";
    log_lost(missing) "{missing} of the log were lost before." "{missing} van het logboek gingen eerder verloren.";
    damaged(intact, damaged) "{intact} are intact, {damaged} are damaged or missing. Nothing was changed." "{intact} heel, {damaged} beschadigd of kwijt. Er is niets veranderd.";
    damaged_hint() "Restore your backup into another folder, or go on with what is intact: faam vault repair" "Zet uw reservekopie terug in een andere map, of ga verder met wat heel is: faam vault repair";
    secret_lost() "The secret itself is lost; the phrase brings it back." "Het geheim zelf is kwijt; de zin brengt het terug.";
    secret_hint() "Give the recovery phrase, which brings it back: --phrase-file FILE" "Geef de herstelzin, die het terugbrengt: --phrase-file BESTAND";
    nothing_damaged() "Nothing was damaged, and nothing was changed." "Er was niets beschadigd, en er is niets veranderd.";
    files_intact() "The files are intact." "De bestanden zijn heel.";
    usable(records) "The wallet is usable again, with {records}." "De wallet is weer bruikbaar, met {records}.";
    nothing_missing() "Nothing is missing." "Er ontbreekt niets.";
    unreadable(damaged) "{damaged} could not be read." "{damaged}: niet te lezen.";
    unreadable_of(damaged, lost) "{damaged} could not be read, and {lost} in all are missing." "{damaged}: niet te lezen; in totaal ontbreken er {lost}.";
    aside(file) "The damaged database is in '{file}'. Remove it when you miss nothing." "De beschadigde databank staat in '{file}'. Verwijder haar als u niets mist.";
    again() "What was deleted or replaced before may be there again: look at faam log." "Wat eerder verwijderd of vervangen werd, kan er weer zijn: kijk in faam log.";
    incomplete() "a part of the ledger is missing. Ask for a new offer and take it: faam receive LINK --code CODE" "er ontbreekt een deel van het register. Vraag om een nieuw aanbod en neem het aan: faam receive LINK --code CODE";
    log_lacks() "The log lacks" "In het logboek ontbreekt";
    compacted(records, after, before) "{records} in {after} bytes; before, it was {before}." "{records} in {after} bytes; eerst waren het er {before}.";
}

faam_spec::counts! {
    records "record" "records" "record" "records";
    ratings "rating" "ratings" "beoordeling" "beoordelingen";
    entries "entry" "entries" "regel" "regels";
}
