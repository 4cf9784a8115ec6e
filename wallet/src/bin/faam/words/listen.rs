//! Texts of `faam listen`.

faam_spec::sentences! {
    ending() "Ending; what is under way is finished or left as it was." "Einde; wat bezig is, wordt afgemaakt of blijft zoals het was.";
}
