//! Texts of errors: what helps, whatever was being done.

use faam_spec::reason::Reason;
use faam_spec::words::Lang;

faam_spec::sentences! {
    error() "error:" "fout:";
    why() "why:" "want:";
    at() "at:" "bij:";
    next() "next:" "doe:";
    make_wallet() "Make a wallet first: faam init" "Maak eerst een wallet: faam init";
    other_home() "It is left as it is. To have another one, name another folder with --home." "Zij blijft zoals zij is. Noem met --home een andere map om er nog een te hebben.";
    locked() "Type the passphrase again; capitals count. Nobody can reset it; a backup has a passphrase of its own (faam backup restore FILE --home OTHER), and with your phrase you can make another wallet with the same keys: faam restore --home OTHER" "Typ de wachtwoordzin opnieuw; hoofdletters tellen. Niemand kan haar herstellen; een reservekopie heeft haar eigen wachtwoordzin (faam backup restore BESTAND --home ANDERE), en met uw herstelzin maakt u een andere wallet met dezelfde sleutels: faam restore --home ANDERE";
    in_use() "Wait until the other program ends, or end it." "Wacht tot het andere programma eindigt, of beëindig het.";
    damaged() "See what is intact, and what helps: faam doctor" "Kijk wat heel is, en wat helpt: faam doctor";
    backup_locked() "Type the backup's passphrase again; capitals count, and it may be another one than the wallet's. If nobody knows it: faam restore" "Typ de wachtwoordzin van de reservekopie opnieuw; hoofdletters tellen, en het kan een andere zijn dan die van de wallet. Weet niemand haar: faam restore";
    backup_damaged() "Look for another copy of the file, or an older backup." "Zoek een andere kopie van het bestand, of een oudere reservekopie.";
    newer() "Install the newer version of this program." "Installeer de nieuwere versie van dit programma.";
    forked() "Choose one of the two and use it alone. A backup of the other one keeps its log. Markets offer their ratings again." "Kies een van de twee en gebruik alleen die. Een reservekopie van de andere bewaart haar logboek. Marktplaatsen bieden hun beoordelingen opnieuw aan.";
    mend_cause() "Mend the cause and try again." "Neem de oorzaak weg en probeer het opnieuw.";
    whole_link() "Copy the whole link again, in quotes, exactly as it was shown." "Kopieer de hele link opnieuw, tussen aanhalingstekens, precies zoals hij werd getoond.";
    link_kind() "faam:offer links are for faam receive, faam:present links for faam present." "Links faam:offer zijn voor faam receive, links faam:present voor faam present.";
    new_link() "Ask for a new link." "Vraag om een nieuwe link.";
    link_once() "A link works once. Ask for a new one." "Een link werkt één keer. Vraag om een nieuwe.";
    offer_code() "Look at the code in the market's own session and type it again. Five wrong codes end the offer." "Bekijk de code in de sessie van de marktplaats zelf en typ haar opnieuw. Na vijf verkeerde codes eindigt het aanbod.";
    offer_locked() "Ask the market for a new offer." "Vraag de marktplaats om een nieuw aanbod.";
    offer_bound() "If you lost the other wallet, the market can bind your account to this one." "Bent u de andere wallet kwijt, dan kan de marktplaats uw account aan deze binden.";
    unreachable() "Are you online, and is the other side running? It may have another address since it was started again: then ask for a new link, which names the new one. What has arrived is kept." "Bent u online, en draait de andere kant? Na een herstart kan die een ander adres hebben: vraag dan om een nieuwe link, die het nieuwe noemt. Wat is aangekomen, blijft bewaard.";
    closed() "Are you online, and is the other side running? Try again in a while; what has arrived is kept." "Bent u online, en draait de andere kant? Probeer het over een poos opnieuw; wat is aangekomen, blijft bewaard.";
    other_peer() "Do not go on with this link. Ask for a new one by a way you trust." "Ga met deze link niet verder. Vraag om een nieuwe langs een weg die u vertrouwt.";
    epoch_forked() "Both records are kept, as evidence against the market: faam doctor" "Beide berichten zijn bewaard, als bewijs tegen de marktplaats: faam doctor";
    climbing() "Nothing was told to them, not even this. Ask them why they want to know more than before." "Er is hun niets verteld, ook dit niet. Vraag hun waarom ze meer willen weten dan eerst.";
    milestones() "Nothing was told to them. No request may ask for this; tell them the code." "Er is hun niets verteld. Geen verzoek mag hierom vragen; noem hun de code.";
    see_held() "See what you hold: faam passport" "Kijk wat u hebt: faam passport";
    next_epoch() "Ask the market for a new offer when its next epoch has begun." "Vraag de marktplaats om een nieuw aanbod als het volgende tijdvak begonnen is.";
    clock() "Compare your clock with another one: faam doctor" "Vergelijk uw klok met een andere: faam doctor";
    report() "Please report it, with the code and what you did; faam doctor --report makes a report without names." "Meld het alstublieft, met de code en wat u deed; faam doctor --report maakt een verslag zonder namen.";
}

/// What to do next, where the same thing helps whatever was being done.
pub(crate) fn hint(reason: Reason, lang: Lang) -> Option<String> {
    Some(match reason {
        Reason::StoreMissing => make_wallet(lang),
        Reason::StoreExists => other_home(lang),
        Reason::StoreLocked => locked(lang),
        Reason::StoreInUse => in_use(lang),
        Reason::StoreDamaged => damaged(lang),
        Reason::BackupLocked => backup_locked(lang),
        Reason::BackupDamaged => backup_damaged(lang),
        Reason::BackupNewer | Reason::StoreNewer => newer(lang),
        Reason::BackupForked => forked(lang),
        Reason::StoreIo => mend_cause(lang),
        Reason::LinkMalformed => whole_link(lang),
        Reason::LinkKind => link_kind(lang),
        Reason::LinkExpired | Reason::OfferExpired | Reason::RequestExpired => new_link(lang),
        Reason::OfferUsed | Reason::OfferUnknown | Reason::NonceUsed | Reason::RequestUnknown => {
            link_once(lang)
        }
        Reason::OfferCode => offer_code(lang),
        Reason::OfferLocked => offer_locked(lang),
        Reason::OfferHolder | Reason::OfferBound => offer_bound(lang),
        Reason::NetUnreachable | Reason::NetTimeout => unreachable(lang),
        Reason::NetClosed | Reason::NetBusy => closed(lang),
        Reason::NetPeer | Reason::RequestPeer | Reason::RequestAudience => other_peer(lang),
        Reason::EpochForked => epoch_forked(lang),
        Reason::RequestClimbing => climbing(lang),
        Reason::RequestMilestones => milestones(lang),
        Reason::NothingToShow => see_held(lang),
        Reason::RatingWithdrawn => next_epoch(lang),
        Reason::EpochFuture | Reason::NotYetValid | Reason::KeyBindingFuture | Reason::KeyBindingStale => {
            clock(lang)
        }
        Reason::Internal => report(lang),
        _ => return None,
    })
}
