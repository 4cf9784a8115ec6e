//! What is said of stopping, in English and Dutch.

faam_spec::sentences! {
    honest() "What they were shown cannot be called back: they may have kept or passed on a copy, and a statement is only what they say." "Wat zij te zien kregen, kan niet worden teruggehaald: zij kunnen een kopie hebben bewaard of doorgegeven, en een verklaring is alleen wat zij zelf zeggen.";
    apart() "Some of it they could not tie to the rest until now. So that the times do not tell them, the others are asked about later, by faam listen or faam refresh; --now asks at once." "Een deel konden zij tot nu toe niet met de rest verbinden. Opdat de tijdstippen dat niet verraden, wordt naar de andere later gevraagd, door faam listen of faam refresh; --now vraagt alles meteen.";
    over(name, until, quoted) "“{name}” said it would have deleted by {until} what you showed; whether it did, only they know. To block them and ask: faam stop {quoted}" "“{name}” heeft gezegd dat uiterlijk {until} verwijderd zou zijn wat u liet zien; of dat zo is, weten alleen zij. Om hen te blokkeren en het te vragen: faam stop {quoted}";
    waiting(entry, next) "No. {entry}: to be asked from {next} on." "Nr. {entry}: wordt gevraagd vanaf {next}.";
    tried(entry, tries, why, code, next) "No. {entry}: not delivered (tries so far: {tries}; {why} {code}); tried again from {next} on." "Nr. {entry}: niet bezorgd (pogingen tot nu toe: {tries}; {why} {code}); opnieuw vanaf {next}.";
    erased(entry, on) "No. {entry}: they signed that it was erased on {on}." "Nr. {entry}: zij hebben getekend dat het is gewist op {on}.";
    kept(entry, why, until) "No. {entry}: they signed that they keep it until {until}: {why}." "Nr. {entry}: zij hebben getekend dat zij het bewaren tot {until}: {why}.";
    kept_longer(entry, why, until, promised) "No. {entry}: they signed that they keep it until {until}: {why}. They had promised to delete it by {promised}." "Nr. {entry}: zij hebben getekend dat zij het bewaren tot {until}: {why}. Zij hadden beloofd het uiterlijk {promised} te verwijderen.";
    unknown(entry, on) "No. {entry}: they said on {on} that they know nothing of it; they signed nothing." "Nr. {entry}: zij zeiden op {on} dat zij er niets van weten; getekend is er niets.";
    by_hand(entry) "No. {entry}: it cannot be asked over the network; write to them (--print)." "Nr. {entry}: het kan niet over het netwerk worden gevraagd; schrijf hun (--print).";
    letter_made(entry, at) "No. {entry}: the letter was written on {at}; the answer comes to you." "Nr. {entry}: de brief is geschreven op {at}; het antwoord komt bij u.";
    given_up(entry, tries, why, code) "No. {entry}: not delivered after {tries} tries ({why} {code}); write to them (--print)." "Nr. {entry}: na {tries} pogingen niet bezorgd ({why} {code}); schrijf hun (--print).";
    over_before(entry) "No. {entry}: its time was over before it was delivered." "Nr. {entry}: de termijn was voorbij voordat het was bezorgd.";
    legal_obligation() "a law demands it" "een wet verplicht hen daartoe";
    legal_claim() "they need it for a legal claim" "zij hebben het nodig voor een rechtsvordering";
    still_needed() "they still need it for what they asked it for" "zij hebben het nog nodig voor waar zij het voor vroegen";

    letter_to(name, did) "To: {name} ({did})" "Aan: {name} ({did})";
    letter_about() "Subject: erasure of what I showed you" "Betreft: wissen van wat ik u heb getoond";
    letter_asks() "I showed you ratings of mine, or proofs about them, and I ask you to erase all of it: what is listed below, what you made of it, and every copy." "Ik heb u beoordelingen van mij getoond, of bewijzen daarover, en ik vraag u alles daarvan te wissen: wat hieronder staat, wat u ervan hebt gemaakt, en elke kopie.";
    letter_law() "Where the General Data Protection Regulation holds, that is my right under its Article 17; you tell those to whom you passed it on (Article 19), and me within a month what you did (Article 12)." "Waar de Algemene verordening gegevensbescherming geldt, is dat mijn recht volgens artikel 17; u meldt het aan wie u het hebt doorgegeven (artikel 19), en mij binnen een maand wat u hebt gedaan (artikel 12).";
    letter_kept() "If you keep any of it, please say what, why, and until when." "Bewaart u er iets van, zeg dan wat, waarom en tot wanneer.";
    letter_item(at, what, purpose) "On {at}: {what}, for “{purpose}”" "Op {at}: {what}, voor “{purpose}”";
    letter_item_unsaid(at, what) "On {at}: {what}; you did not say what for" "Op {at}: {what}; u hebt niet gezegd waarvoor";
    letter_digests(request, presentation) "by which you find it: request {request}, presentation {presentation}" "waarmee u het vindt: verzoek {request}, presentatie {presentation}";
    letter_until(until) "you promised to delete it by {until}" "u hebt beloofd het uiterlijk {until} te verwijderen";
    letter_receipt() "you signed a receipt of it" "u hebt er een ontvangstbewijs van getekend";
    letter_no_receipt() "I have no receipt of it" "ik heb er geen ontvangstbewijs van";
    letter_standing(market) "the standing of {market}" "het overzicht van {market}";
    letter_ratings(n, market) "{n} ratings of {market} with its standing" "{n} beoordelingen van {market} met het overzicht";
    letter_one_rating(market) "one rating of {market} with its standing" "één beoordeling van {market} met het overzicht";
    letter_proof(steps, market, role, pseudonym) "proof of {steps} of {market} as {role}, under the pseudonym {pseudonym}" "bewijs van {steps} van {market} als {role}, onder de schuilnaam {pseudonym}";
    letter_end() "With kind regards," "Met vriendelijke groet,";
    letter_who() "(your name or whatever you want them to answer to; they need no more to find it than the digests above)" "(uw naam, of waarop u antwoord wilt; om het te vinden hebben zij niet meer nodig dan de kenmerken hierboven)";
}
