//! Texts of `faam config`.

faam_spec::sentences! {
    file(path) "Settings are in '{path}'." "De instellingen staan in '{path}'.";
    no_file(path) "There is no file of settings. One would be '{path}'." "Er is geen bestand met instellingen. Het zou '{path}' zijn.";
    no_place() "There is no place for a file of settings: neither XDG_CONFIG_HOME nor HOME is set." "Er is geen plaats voor een bestand met instellingen: XDG_CONFIG_HOME en HOME zijn niet ingesteld.";
    no_place_hint() "Set HOME, or XDG_CONFIG_HOME to a path that begins with /." "Stel HOME in, of XDG_CONFIG_HOME op een pad dat met / begint.";
    by_flag(flag) "{flag}, a flag" "{flag}, een vlag";
    by_environment(name) "{name}, in the environment" "{name}, in de omgeving";
    by_file(key) "{key}, in the file" "{key}, in het bestand";
    by_terminal() "the terminal" "de terminal";
    by_default() "default" "standaard";
    unset() "(not set)" "(niet ingesteld)";
}
