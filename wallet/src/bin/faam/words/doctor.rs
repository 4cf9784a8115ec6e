//! Texts of `faam doctor`.

faam_spec::sentences! {
    ok() "ok" "goed";
    bad() "BAD" "FOUT";
    fix() "fix:" "doe:";
    mend() "Restore your backup into another folder (faam backup restore FILE --home OTHER), or make this one usable with what is intact (faam vault repair). Without a backup your phrase brings back the keys (faam restore --home OTHER), and the markets the ratings." "Zet uw reservekopie terug in een andere map (faam backup restore BESTAND --home ANDERE), of maak deze bruikbaar met wat heel is (faam vault repair). Zonder reservekopie brengt uw zin de sleutels terug (faam restore --home ANDERE), en de marktplaatsen de beoordelingen.";
    only_you(home) "only you can read '{home}'" "alleen u kunt '{home}' lezen";
    no_other() "no other program has the wallet open" "geen ander programma heeft de wallet open";
    folder(home, size) "the wallet is in '{home}' and has {size}. Removing the program leaves it; to end it for good, delete that folder, and then only a backup brings it back" "de wallet staat in '{home}' en is {size} groot. Wie het programma verwijdert, laat de wallet staan; verwijder die map om er voorgoed een eind aan te maken, en dan brengt alleen een reservekopie haar terug";
    mend_permissions() "Do what the line above says, then run faam doctor again." "Doe wat de regel hierboven zegt, en voer faam doctor opnieuw uit.";
    mend_lock() "Wait until the other program ends, or end it." "Wacht tot het andere programma eindigt, of beëindig het.";
    mend_cause() "Mend the cause and try again." "Neem de oorzaak weg en probeer het opnieuw.";
    nothing_read() "Nothing in it could be read." "Er kon niets van worden gelezen.";
    are_intact(records) "{records} are intact." "{records} zijn nog heel.";
    all_intact(records) "{records}, all intact" "{records}, allemaal heel";
    some_damaged(damaged, records) "{damaged} of {records} damaged" "{damaged} van {records} beschadigd";
    no_backup_yet() "none yet, and nothing is held yet" "nog geen, en er is nog niets om te bewaren";
    no_backup() "none: the phrase brings back keys and no ratings, log or receipts" "geen: de zin brengt sleutels terug, en geen beoordelingen, logboek of bewijzen";
    make_backup() "Make one, best on another disk: faam backup create FILE" "Maak er een, het liefst op een andere schijf: faam backup create BESTAND";
    backup_opened(at, since) "made {at}, and opened; {since} happened since" "gemaakt op {at}, en geopend; sindsdien gebeurd: {since}";
    backup_unopened(at, since) "made {at}, not opened since: faam backup verify FILE; {since} happened since" "gemaakt op {at}, sindsdien niet geopend: faam backup verify BESTAND; sindsdien gebeurd: {since}";
    phrase_proven(at) "written down, and given back {at}" "opgeschreven, en teruggegeven op {at}";
    phrase_unproven() "not given back yet: see it with faam phrase, and what you wrote down is tried with faam phrase --check" "nog niet teruggegeven: zie haar met faam phrase, en beproef wat u opschreef met faam phrase --check";
    clock_right(now) "{now}, and nothing kept is newer" "{now}, en niets wat bewaard is, is nieuwer";
    clock_wrong(now, newest) "it is {now} here, and something kept is of {newest}" "het is hier {now}, en iets wat bewaard is, is van {newest}";
    mend_clock() "Set the clock of this machine right, best by network time." "Zet de klok van deze machine goed, het liefst via het netwerk.";
    standing_last(market, epoch) "{market}: the last one of a closed market ({epoch})" "{market}: de laatste van een gesloten marktplaats ({epoch})";
    standing_now(market, epoch) "{market}: of the current epoch ({epoch})" "{market}: van het huidige tijdvak ({epoch})";
    standing_before(market, epoch) "{market}: of the previous epoch ({epoch}), still taken" "{market}: van het vorige tijdvak ({epoch}), wordt nog aangenomen";
    standing_old(market, old, epoch) "{market}: {old} epochs old ({epoch}), and most will refuse it" "{market}: {old} tijdvakken oud ({epoch}), en de meesten zullen haar weigeren";
    new_offer(market) "Ask {market} for a new offer, then: faam receive LINK --code CODE" "Vraag {market} om een nieuw aanbod, en dan: faam receive LINK --code CODE";
    of_market(market, what) "{market}: {what}" "{market} – {what}";
    contradicted(market) "{market}: others are told of another epoch record, so nothing private is shown" "{market}: anderen krijgen een ander tijdvakbericht te horen, dus wordt er niets besloten getoond";
    ask_records(market) "Ask {market} about it; both records are kept as it signed them." "Vraag {market} ernaar; beide berichten zijn bewaard zoals ze ondertekend werden.";
    ask_sides(market) "Ask {market} about it; both sides are kept as it signed them." "Vraag {market} ernaar; beide kanten zijn bewaard zoals ze ondertekend werden.";
    status_fresh(market, days) "{market}: {days} old" "{market}: {days} oud";
    status_old(market, days) "{market}: {days} old, and some will refuse ratings with it" "{market}: {days} oud, en sommigen zullen beoordelingen daarmee weigeren";
    transfer(market, begun) "{market}: an offer begun {begun} was not finished" "{market}: een aanbod dat {begun} begon, kwam niet klaar";
    transfer_over(what) "{what}; nothing of it counts" "{what}; niets ervan telt";
    mend_transfer() "Run faam receive with the same link again, or ask for a new one." "Voer faam receive opnieuw uit met dezelfde link, of vraag om een nieuwe.";
    no_conflicts() "no market has contradicted itself" "geen marktplaats heeft zichzelf tegengesproken";
    conflicts(number, evidence, market, what) "{number} kept, {evidence} of them evidence; the last of {market}: {what}" "{number} bewaard, waarvan {evidence} bewijs; de laatste van {market}: {what}";
    node_answers(market) "{market}: its node answers" "{market}: zijn node antwoordt";
    node_unknown(market) "{market}: it is not known where its node is" "{market}: het is niet bekend waar zijn node is";
    node_away(market) "{market}: its node does not answer where it was" "{market}: zijn node antwoordt niet waar hij was";
    mend_node(market) "Are you online? If {market} is, take a new offer of it, whose link says where its node is now: faam receive LINK --code CODE" "Bent u online? Is {market} dat ook, neem dan een nieuw aanbod aan; de link zegt waar zijn node nu is: faam receive LINK --code CODE";
    found(problems) "{problems} found" "gevonden: {problems}";
    report_written(file) "A report is in '{file}'. It has no names, values or secrets; read it all the same before you hand it on." "Er staat een verslag in '{file}'. Er staan geen namen, waarden of geheimen in; lees het toch voordat u het aan anderen geeft.";
    report_refused(file, why) "'{file}' could not be written: {why}" "'{file}' kon niet worden geschreven: {why}";
    see_doctor() "See what it is and what helps: faam doctor" "Kijk wat het is en wat helpt: faam doctor";
}

faam_spec::counts! {
    records "record" "records" "record" "records";
    things "thing" "things" "zaak" "zaken";
    days "day" "days" "dag" "dagen";
    problems "problem" "problems" "probleem" "problemen";
    contradictions "contradiction" "contradictions" "tegenspraak" "tegenspraken";
    bytes "byte" "bytes" "byte" "bytes";
}
