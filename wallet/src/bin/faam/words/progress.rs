//! Texts of what goes on.

faam_spec::sentences! {
    of(done, all) "{done} of {all}" "{done} van {all}";
    opening() "Opening the wallet" "De wallet openen";
    making() "Making the wallet" "De wallet maken";
    locking() "Locking the wallet anew" "De wallet opnieuw vergrendelen";
    checking_vault() "Reading everything and computing it again" "Alles lezen en narekenen";
    repairing() "Putting together what is intact" "Samenvoegen wat heel is";
    compacting() "Writing the files anew" "De bestanden opnieuw schrijven";
    backup_writing() "Writing the backup and opening it again" "De reservekopie schrijven en weer openen";
    backup_opening() "Opening the backup and computing it again" "De reservekopie openen en narekenen";
    backup_restoring() "Making the wallet of the backup" "De wallet van de reservekopie maken";
    importing() "Judging the files" "De bestanden beoordelen";
    calling() "Calling the other side" "De andere kant bellen";
    talking() "Waiting for the other side" "Op de andere kant wachten";
    receiving() "Receiving pages" "Pagina's ontvangen";
    sending() "Sending pages" "Pagina's versturen";
    checking() "Checking everything" "Alles controleren";
    waiting(seconds) "Nobody has answered yet; waiting for up to {seconds} in all." "Nog niemand antwoordt; in totaal wordt hoogstens {seconds} gewacht.";
}

faam_spec::counts! {
    whole_seconds "second" "seconds" "seconde" "seconden";
}
