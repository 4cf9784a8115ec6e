//! What a person is told before they agree, in English and Dutch. JSON has the English.

faam_spec::sentences! {
    // Who asks.
    by_certificate(host) "Signed by a certificate for {host}; any name beside that is their own claim." "Ondertekend met een certificaat voor {host}; elke naam daarnaast is hun eigen bewering.";
    by_named_certificate() "Signed by the certificate that the link named; the name is their own claim." "Ondertekend met het certificaat dat in de link staat; de naam is hun eigen bewering.";
    by_host_key() "Signed by a key that the host in their DID names today; the name is their own claim." "Ondertekend met een sleutel die de host in hun DID vandaag noemt; de naam is hun eigen bewering.";
    by_anybody() "NOT authenticated by anybody: signed by the key that the link named, which anybody can make; the name is their own claim." "NIET bevestigd door wie dan ook: ondertekend met de sleutel die in de link staat, die iedereen kan maken; de naam is hun eigen bewering.";
    by_key() "Signed by the key that the link named; the name is their own claim." "Ondertekend met de sleutel die in de link staat; de naam is hun eigen bewering.";
    terms_unsaid() "They did NOT SAY why they ask, nor for how long they keep it: take it that they keep it for good and use it for anything. You get no receipt." "Zij hebben NIET GEZEGD waarom zij het vragen, noch hoe lang zij het bewaren: ga ervan uit dat zij het voorgoed bewaren en overal voor gebruiken. U krijgt geen ontvangstbewijs.";
    by_host() "They are named by a host: whoever has it, now or later, is them." "Zij heten naar een host: wie die heeft, nu of later, is deze partij.";
    plain_http() "The answer goes over plain HTTP, which others on the way can read." "Het antwoord gaat over gewoon HTTP, dat anderen onderweg kunnen lezen.";

    // What to think of: other personas.
    tie_shown(with, other, day, own) "PERSONAS: this verifier (then “{with}”) was shown something under “{other}” on {day}. Shown something under “{own}” too, it can tie both to one person: by the times, by the address from which you come, by what both show." "PERSONA'S: deze verzoeker (toen “{with}”) kreeg op {day} iets te zien onder “{other}”. Krijgt men ook iets te zien onder “{own}”, dan kan men beide aan één persoon verbinden: aan de tijden, aan het adres waarvandaan u komt, aan wat beide tonen.";
    tie_place(with, other, day, own) "PERSONAS: somebody at the same place, “{with}”, was shown something under “{other}” on {day}. Whoever runs both can tie that to “{own}”." "PERSONA'S: iemand op dezelfde plek, “{with}”, kreeg op {day} iets te zien onder “{other}”. Wie beide beheert, kan dat met “{own}” verbinden.";
    tie_ledger(with, other, day, own) "PERSONAS: what would be shown is of a ledger that “{with}” was shown under “{other}” on {day}. A ledger's name and numbers are the same under whichever persona: whoever compares them ties “{own}” to “{other}”." "PERSONA'S: wat getoond wordt, is van een grootboek dat “{with}” op {day} te zien kreeg onder “{other}”. De naam en de getallen van een grootboek zijn onder elke persona dezelfde: wie ze vergelijkt, verbindt “{own}” met “{other}”.";
    tie_issuer(with, other, day, own) "PERSONAS: whoever asks runs {with}, of which “{other}” holds a ledger since {day}. It knows that account and from where you renew it, and can tie it to “{own}”." "PERSONA'S: wie het vraagt, beheert {with}, waarvan “{other}” sinds {day} een grootboek houdt. Die kent dat account en weet waarvandaan u het vernieuwt, en kan het met “{own}” verbinden.";

    // What to think of: plain standings.
    recognised() "A plain standing has exact numbers, by which you can be recognised: nobody else looks the same." "Een overzicht bevat precieze getallen, waaraan u te herkennen bent: niemand anders ziet er zo uit.";
    long_retention(days) "They want to keep it for {days} days, which is longer than a year: is that needed for this purpose?" "Zij willen het {days} dagen bewaren, langer dan een jaar: is dat nodig voor dit doel?";
    keeps_nothing() "They say that they keep nothing. That cannot be verified." "Zij zeggen dat zij niets bewaren. Dat is niet na te gaan.";
    raters(market) "They ask for the pseudonyms of those who rated you on {market}: that tells about other people, and who came back." "Zij vragen naar de schuilnamen van wie u op {market} heeft beoordeeld: dat zegt iets over anderen, en over wie er terugkwam.";
    days_and_amounts(market) "Days and amounts together tell much about your income on {market}." "Dagen en bedragen samen zeggen veel over uw inkomsten op {market}.";
    nearly_everything(market) "They ask for nearly everything in each rating on {market}: more than most purposes need." "Zij vragen bijna alles van elke beoordeling op {market}: meer dan de meeste doelen nodig hebben.";
    which_market(market) "They did not say which market: {market} was chosen, because its standing is the newest or says most." "Zij hebben niet gezegd van welke marktplaats: {market} is gekozen, omdat dat overzicht het nieuwste is of het meeste zegt.";
    standing_old(market, old) "The standing of {market} is {old} epochs old, so they may refuse it. Ask the market for a new offer and run `faam receive`." "Het overzicht van {market} is {old} tijdvakken oud, zodat zij het kunnen weigeren. Vraag de marktplaats om een nieuw aanbod en gebruik `faam receive`.";
    tied() "Shown together, these markets' accounts can from now on be tied to one person by this verifier." "Samen getoond kan deze verzoeker de accounts op deze marktplaatsen voortaan aan één persoon verbinden.";
    namesakes(number, market, issuer, others) "{number} issuers call themselves {market}; shown is the one {issuer}, and not {others}." "{number} uitgevers noemen zich {market}; getoond wordt die van {issuer}, en niet {others}.";
    two() "Two" "Twee";
    own_ledgers(n, market, issuer, ledger, ratings, day) "You hold {n} ledgers of {market} ({issuer}); shown is {ledger} with {ratings}, received first on {day}." "U hebt {n} grootboeken van {market} ({issuer}); getoond wordt {ledger} met {ratings}, voor het eerst ontvangen op {day}.";
    milestones_known(market) "You proved milestones of {market} to this verifier before, under a pseudonym. These numbers reach them, so they may guess that both are of one account, and then know all of it." "U hebt deze verzoeker eerder mijlpalen van {market} bewezen, onder een schuilnaam. Deze getallen halen die, zodat men kan raden dat beide van één account zijn, en dan alles daarvan weet.";

    // What to think of: more than is needed.
    exact_numbers(market) "They ask for the exact numbers of {market}, and for no rating: milestones could tell them whether you reach what they need, and are shared by many." "Zij vragen de precieze getallen van {market}, en geen beoordeling: mijlpalen kunnen hun ook zeggen of u haalt wat zij nodig hebben, en die deelt u met velen.";
    many_ratings(n, market) "They ask for {n} ratings of {market}: more than most purposes need." "Zij vragen {n} beoordelingen van {market}: meer dan de meeste doelen nodig hebben.";
    all_ratings(market) "They ask for every rating that you have on {market}: more than most purposes need." "Zij vragen elke beoordeling die u op {market} hebt: meer dan de meeste doelen nodig hebben.";
    several_markets(n) "They ask about {n} markets at once: one is enough for most purposes." "Zij vragen naar {n} marktplaatsen tegelijk: voor de meeste doelen is één genoeg.";
    unusual_retention(days, usual, n) "They want to keep it for {days} days; the others who asked you for something, {n} of them, wanted {usual} at the middle." "Zij willen het {days} dagen bewaren; de anderen die u iets vroegen, {n} in getal, wilden in het midden {usual}.";
    grew(market) "For the same purpose they asked you for less of {market} before." "Voor hetzelfde doel hebben zij u eerder om minder van {market} gevraagd.";

    // What they do not learn.
    elsewhere() "Your accounts on other markets, and anything else in this wallet." "Uw accounts op andere marktplaatsen, en wat er verder in deze wallet is.";
    name_and_address() "Your name, address or account, unless you tell them otherwise." "Uw naam, adres of account, tenzij u dat zelf vertelt.";
    single_values(market, ratings) "Of {market}: the single values of {ratings} (they are counted in the numbers)." "Van {market}: de afzonderlijke waarden van {ratings} (in de getallen zijn ze meegeteld).";
    the_other(ratings) "the other {ratings}" "de andere {ratings}";
    of_ratings(what) "Of the ratings shown: {what}." "Van de getoonde beoordelingen: {what}.";
    whom_else() "Whom else you showed this to, unless they compare numbers with them." "Aan wie u dit verder hebt getoond, tenzij zij getallen met hen vergelijken.";
    nothing_more_of(market) "Of {market}: nothing that they do not know from the plain standing that you showed them before." "Van {market}: niets dat zij niet al weten uit het overzicht dat u hun eerder toonde.";
    not_exactly(market) "Of {market}: how many ratings you have exactly, how good they are and from whom; no single rating, and no milestone but these." "Van {market}: hoeveel beoordelingen u precies hebt, hoe goed ze zijn en van wie; geen enkele beoordeling, en geen mijlpaal behalve deze.";
    ledger_name() "The name of your account or ledger, and your key for it." "De naam van uw account of grootboek, en uw sleutel ervoor.";
    what_others_saw() "What you showed to others: they know you by other pseudonyms, and find nothing in common but what many share." "Wat u anderen hebt getoond: die kennen u onder andere schuilnamen, en vinden niets gemeenschappelijks dan wat velen delen.";

    // How many share it.
    all_of_this() "all of this" "dit alles";
    all_with_known() "all of this and all that they know already" "dit alles en alles wat zij al weten";
    group_none(market, all) "It is not known that any other account of {market} reaches {all}." "Het is niet bekend dat een ander account van {market} {all} haalt.";
    group_some(accounts, market, all) "At least {accounts} of {market} reach {all}." "Minstens {accounts} van {market} halen {all}.";
    bound_unknown() " How many of its ledgers are held in wallets is not known, and only those can show it." " Hoeveel van de grootboeken daar in een wallet zijn, is niet bekend, en alleen die kunnen het tonen.";
    bound_some(bound) " At least {bound} of its ledgers are held in wallets, and only those can show it; how many of these reach it is not told." " Minstens {bound} van de grootboeken daar zijn in een wallet, en alleen die kunnen het tonen; hoeveel daarvan dit halen, wordt niet verteld.";
    added_up() " What they know already is counted with it, because they add it up by the pseudonym." " Wat zij al weten, is meegeteld, omdat zij het aan de schuilnaam optellen.";
    bound_left_out() " How long a wallet has held it is left out of this count." " Hoe lang een wallet het al heeft, telt hierin niet mee.";

    // What to think of: private standings.
    together_with_known() "this together with what they know already" "dit samen met wat zij al weten";
    this() "this" "dit";
    few_accounts(least, market, what) "Fewer than {least} accounts of {market} are known to share {what}: whoever knows the market's accounts could tell which one you are." "Van minder dan {least} accounts van {market} is bekend dat zij {what} delen: wie de accounts van de marktplaats kent, kan zien welk het uwe is.";
    few_ledgers(least, market) "Fewer than {least} ledgers of {market} are known to be held in wallets, and only those can show this: whoever knows which these are could tell which one is yours." "Van minder dan {least} grootboeken van {market} is bekend dat zij in een wallet zijn, en alleen die kunnen dit tonen: wie weet welke dat zijn, kan zien welk het uwe is.";
    not_compared(market) "What {market} signed for you was not compared with what others see. A market that made it for you alone could follow you by it. Run `faam refresh`, or keep `faam listen` running, some time before you show it; --not-compared goes on without." "Wat {market} voor u ondertekende, is niet vergeleken met wat anderen zien. Een marktplaats die het voor u alleen maakte, kan u eraan volgen. Gebruik `faam refresh`, of laat `faam listen` lopen, enige tijd voordat u het toont; --not-compared gaat zonder verder.";
    private_old(market, old) "The private standing of {market} is {old} epochs old, which is too old for most: they may refuse it, and know the pseudonym all the same. `faam refresh` renews it; do that some time before you show it." "Het vertrouwelijk overzicht van {market} is {old} tijdvakken oud, te oud voor de meesten: zij kunnen het weigeren, en kennen de schuilnaam dan toch. `faam refresh` vernieuwt het; doe dat enige tijd voordat u het toont.";
    fresh(market, ago, hours) "The private standing of {market} was renewed {ago}: the market and this verifier, comparing times, could tell that it was you. After {hours} hours or more there are others." "Het vertrouwelijk overzicht van {market} is {ago} vernieuwd: de marktplaats en deze verzoeker kunnen, als zij tijden vergelijken, zien dat u het was. Na {hours} uur of meer zijn er anderen.";
    ago_moment() "less than a minute ago" "minder dan een minuut geleden";
    ago(time) "{time} ago" "{time} geleden";
    which_private(market) "They did not say which market: {market} was chosen, because it is the newest, they know it already, or most share it." "Zij hebben niet gezegd van welke marktplaats: {market} is gekozen, omdat dit het nieuwste is, zij het al kennen, of de meesten het delen.";
    private_namesakes(market, issuer, others) "More than one issuer is called {market}; this is of the one {issuer}, and not of {others}." "Meer dan één uitgever heet {market}; dit is van {issuer}, en niet van {others}.";
    plain_known(market) "You showed this verifier the plain standing of {market} before. Its numbers reach these milestones, so they may guess that both are of one account." "U hebt deze verzoeker eerder het overzicht van {market} getoond. De getallen daarin halen deze mijlpalen, zodat men kan raden dat beide van één account zijn.";
    one_account() "These are roles of one account, under one pseudonym: that they belong together is proven." "Dit zijn rollen van één account, onder één schuilnaam: dat zij bij elkaar horen, is bewezen.";
    not_added() "Several markets are listed one by one and never added. That they are of one person is not proven, and this verifier will think it." "Meerdere marktplaatsen staan elk apart en worden nooit opgeteld. Dat zij van één persoon zijn, is niet bewezen, en deze verzoeker zal het denken.";

    // The screen.
    asks_ratings(name) "“{name}” asks to see ratings that you hold." "“{name}” wil beoordelingen zien die u hebt.";
    asks_milestones(name) "“{name}” asks you to prove milestones, and to show no rating." "“{name}” vraagt u mijlpalen te bewijzen, en geen beoordeling te tonen.";
    label_under() "Under" "Onder";
    label_who() "Who" "Wie";
    label_known() "How known" "Bekend uit";
    label_answer_to() "Answer to" "Antwoord";
    label_why() "Why" "Waarom";
    label_kept() "Kept for" "Bewaard";
    label_terms() "Terms" "Regels";
    label_by() "Answer by" "Tot";
    label_approval() "Approval" "Akkoord";
    not_said() "NOT SAID" "NIET GEZEGD";
    none_given() "none given" "niet genoemd";
    what_learned(market) "WHAT THEY LEARN FROM {market}" "WAT ZIJ TE WETEN KOMEN VAN {market}";
    what_not_learned() "WHAT THEY DO NOT LEARN" "WAT ZIJ NIET TE WETEN KOMEN";
    what_linked() "WHAT IT CAN BE LINKED WITH" "WAARMEE HET TE VERBINDEN IS";
    consider() "CONSIDER" "BEDENK";
    approval(digest) "{digest} (what --approve takes)" "{digest} (wat --approve vraagt)";
    no_way_back() "What was shown once cannot be called back." "Wat eenmaal getoond is, kan niet worden teruggehaald.";
    word_of(issuer) "Whose word it is: the issuer {issuer}." "Wiens woord het is: van de uitgever {issuer}.";
    standing_of(epoch) "The market's standing of epoch {epoch}, with all of its numbers:" "Het overzicht van de marktplaats over tijdvak {epoch}, met alle getallen:";
    all_roles() "all roles" "alle rollen";
    as_role(role) "as {role}" "als {role}";
    recent(whose, figures) "{whose}, last 12 months: {figures}" "{whose}, laatste 12 maanden: {figures}";
    marks(withdrawn, corrected, disputed) "{withdrawn} withdrawn, {corrected} corrected, {disputed} disputed" "{withdrawn} ingetrokken, {corrected} verbeterd, {disputed} betwist";
    name_and_key(bound) "The ledger's name and your key for it, the same in each presentation, bound to this wallet since {bound}." "De naam van het grootboek en uw sleutel ervoor, bij elk tonen dezelfde, sinds {bound} aan deze wallet gekoppeld.";
    shown_of(shown, ratings, roles, which, parts) "{shown} of {ratings}{roles}{which}, with: {parts}." "{shown} van {ratings}{roles}{which}, met: {parts}.";
    all_asked() ", all of those asked for" ", alle gevraagde";
    as_roles(roles) " as {roles}" " als {roles}";
    one_correction() "That one of them is a correction, and of which earlier rating." "Dat één ervan een verbetering is, en van welke eerdere beoordeling.";
    corrections(n) "That {n} of them are corrections, and of which earlier ratings." "Dat {n} ervan verbeteringen zijn, en van welke eerdere beoordelingen.";
    more_listed(n) "… and {n} more; --json lists each." "… en nog {n}; met --json staan ze er allemaal.";
    says_of_you(role, epoch) "What the market says of you as {role}, in its epoch {epoch}:" "Wat de marktplaats van u zegt als {role}, in tijdvak {epoch}:";
    shown_this() "; they were shown this before" "; dit is hun eerder getoond";
    shown_higher(milestone) "; they were shown {milestone} before, which says more" "; hun is eerder {milestone} getoond, dat zegt meer";
    pseudonym(known) "A pseudonym, by which this verifier and nobody else recognises you later: {known}." "Een schuilnaam, waaraan deze verzoeker en niemand anders u later herkent: {known}.";
    known_already() "it knows it already" "die is al bekend";
    not_seen() "it has not seen it yet" "die is nog niet gezien";
    shown_under_it() "Under this pseudonym they were shown, at most:" "Onder deze schuilnaam is hun hooguit getoond:";
    compared_at(when) "compared with what others see {when}" "vergeleken met wat anderen zien op {when}";
    never_compared() "not compared with what others see" "niet vergeleken met wat anderen zien";
    your_copy(market, renewed, compared) "Your copy from {market}: renewed {renewed}, {compared}." "Uw exemplaar van {market}: vernieuwd op {renewed}, {compared}.";
    rating(number, value, min, max, role) "no. {number}: {value} ({min} to {max}) as {role}" "nr. {number}: {value} ({min} tot {max}) als {role}";
    a_correction(number) ", a correction of no. {number}" ", een verbetering van nr. {number}";
    your_reply(day, text) "; your reply{day}: “{text}”" "; uw antwoord{day}: “{text}”";
    of_day(day) " of {day}" " van {day}";
    nothing_said() "nothing was said" "niets gezegd";
    no_ratings() "no ratings" "geen beoordelingen";
    numbers(ratings, people, mean, bands, first, last) "{ratings} from {people}{mean}; from best to worst: {bands}; since {first}, last on {last}" "{ratings} van {people}{mean}; van best naar slechtst: {bands}; sinds {first}, laatst op {last}";
    in_band(n, band) "{n} in {band}" "{n} bij {band}";
    band(low, high) "{low} to {high}" "{low} tot {high}";
    mean_native(mean, min, max) ", mean {mean} on a scale of {min} to {max}" ", gemiddeld {mean} op een schaal van {min} tot {max}";
    mean_common(mean) " ({mean} of 1000)" " ({mean} van de 1000)";
    never_shown() "You have not shown these ledgers to anybody yet." "U hebt deze grootboeken nog aan niemand getoond.";
    shown_to() "Whoever has these numbers from before recognises you, and so may who was shown milestones of these ledgers. Shown before, the one or the other, to:" "Wie deze getallen van eerder heeft, herkent u, en misschien ook wie mijlpalen van deze grootboeken te zien kreeg. Het een of het ander is eerder getoond aan:";
    never_under_it() "This verifier was shown nothing under this pseudonym before, and others know you by other ones." "Deze verzoeker is onder deze schuilnaam nog niets getoond, en anderen kennen u onder andere.";
    linked_by_it() "This verifier, and nobody else, recognises you by the pseudonym from what you showed it before:" "Deze verzoeker, en niemand anders, herkent u aan de schuilnaam van wat u eerder toonde:";
    link(name, did, often, markets) "“{name}” ({did}) {often}: {markets}" "“{name}” ({did}), {often}: {markets}";
    once_at(when) "at {when}" "op {when}";
    often_last(times, when) "{times} times, last at {when}" "{times} keer, laatst op {when}";
    more_in_log(n) "… and {n} more; see `faam log`." "… en nog {n}; zie `faam log`.";

    // In short, and the question.
    whole_standing() "the whole standing" "het hele overzicht";
    and_standing(ratings) "{ratings} and the whole standing" "{ratings} en het hele overzicht";
    only_rating() "the only rating and the whole standing" "de enige beoordeling en het hele overzicht";
    every_rating(n) "all {n} ratings and the whole standing" "alle {n} beoordelingen en het hele overzicht";
    of_market(what, market) "{what} of {market}" "{what} van {market}";
    proof_of(milestones, market, role) "proof of {milestones} of {market} as {role}" "bewijs van {milestones} van {market} als {role}";
    short(name, what, days) "“{name}” asks for {what}, kept for {days}." "“{name}” vraagt {what}, en bewaart het {days}.";
    short_unsaid(name, what) "“{name}” asks for {what}, and does not say why or for how long." "“{name}” vraagt {what}, en zegt niet waarom of hoe lang.";
    question() "Show exactly this? (yes or no): " "Precies dit tonen? (ja of nee): ";
    yes_or_no() "Please type yes or no." "Typ ja of nee.";
    nothing_shown() "Nothing was shown." "Er is niets getoond.";
    to_agree(command) "To agree to exactly this: {command}" "Om hiermee precies akkoord te gaan: {command}";
    by_rule(rule) "Your rule “{rule}” answers this." "Uw regel “{rule}” beantwoordt dit.";
    rule_asks(rule) "Your rule “{rule}” would answer this; you are asked, because there is something to think of." "Uw regel “{rule}” zou dit beantwoorden; u wordt gevraagd, omdat er iets te bedenken is.";

    // Parts of a rating.
    comment() "the comment" "de opmerking";
    category() "what the deal was about" "waar de zaak over ging";
    aspects() "the single aspects" "de afzonderlijke punten";
    amount_band() "the band of the amount" "de klasse van het bedrag";
    the_day() "the day" "de dag";
    rater() "who rated (a pseudonym)" "wie beoordeelde (een schuilnaam)";
    reply() "your last reply and its day" "uw laatste antwoord en de dag ervan";
}

/// What is counted.
pub(super) mod counted {
    faam_spec::counts! {
        ratings "rating" "ratings" "beoordeling" "beoordelingen";
        days "day" "days" "dag" "dagen";
        accounts "account" "accounts" "account" "accounts";
        milestones "milestone" "milestones" "mijlpaal" "mijlpalen";
        minutes "minute" "minutes" "minuut" "minuten";
        hours "hour" "hours" "uur" "uur";
        people "person" "people" "persoon" "mensen";
    }
}
