//! Which persona a command is for: named, the only one, or asked for.

use faam_spec::reason::Reason;
use faam_wallet::held::HeldLedger;
use faam_wallet::persona::{FIRST, Persona, named as find};
use faam_wallet::vault::Vault;
use serde_json::{Value, json};

use crate::args::Args;
use crate::failure::Failure;
use crate::shell::{Shell, TRIES, say};

/// The name that was given, with where: flag, then environment. A command that has nothing to do with personas takes no flag.
pub(crate) fn named(args: &Args) -> Result<Option<(String, &'static str)>, Failure> {
    if let Some(name) = &args.persona {
        if args.command.is_of_persona() {
            return Ok(Some((name.clone(), "--persona")));
        }
        let what = format!("faam {} is not done under a persona", args.command.name());
        return Err(Failure::new(Reason::InputMalformed, &what).at("--persona").hint("Leave --persona out."));
    }
    match std::env::var_os("FAAM_PERSONA").filter(|value| !value.is_empty()) {
        Some(value) if args.command.is_of_persona() => {
            Ok(Some((value.to_string_lossy().into_owned(), "FAAM_PERSONA")))
        }
        _ => Ok(None),
    }
}

/// The personas of the wallet, and the one that is meant.
pub(crate) struct Whom {
    all: Vec<Persona>,
    one: Option<Persona>,
}

impl Whom {
    /// Which one is meant; none where none was named and there are several.
    pub(crate) fn read(shell: &Shell, vault: &Vault) -> Result<Self, Failure> {
        let all = vault.personas()?;
        let one = match (&shell.persona, all.as_slice()) {
            (Some((name, at)), _) => Some(find(&all, name).map_err(|error| Failure::from(error).at(at))?),
            (None, [only]) => Some(only),
            (None, _) => None,
        };
        let one = one.cloned();
        Ok(Self { all, one })
    }

    /// The one under which something is bound or shown: a person is asked, and nobody guesses.
    //= spec/text/personas.md#REQ-PERSONA-5
    //# it MUST be told under which
    pub(crate) fn one(&self, shell: &Shell) -> Result<Persona, Failure> {
        if let Some(one) = &self.one {
            return Ok(one.clone());
        }
        let names: Vec<String> = self.all.iter().map(|persona| format!("“{}”", persona.name)).collect();
        let names = names.join(", ");
        if !shell.interactive {
            let failure = shell.missing("the name of one of your personas", "--persona NAME");
            return Err(failure.hint(&format!("Give --persona NAME, or FAAM_PERSONA. There are {names}.")));
        }
        say(&format!("You have several personas: {names}."));
        for _ in 0..TRIES {
            let typed = shell.ask("Under which one? ", "the name of a persona", "--persona NAME")?;
            match find(&self.all, &typed) {
                Ok(persona) => return Ok(persona.clone()),
                Err(error) => say(&format!("No: {error}.")),
            }
        }
        Err(Failure::new(Reason::InputMissing, "no persona was named").at("--persona"))
    }

    /// Every persona.
    pub(crate) fn all(&self) -> &[Persona] {
        &self.all
    }

    /// Those that are meant: the one that was named, or all.
    pub(crate) fn meant(&self) -> &[Persona] {
        self.one.as_ref().map_or(&self.all, std::slice::from_ref)
    }

    pub(crate) fn means(&self, number: u32) -> bool {
        self.meant().iter().any(|persona| persona.number == number)
    }

    /// Whether names are to be told apart.
    pub(crate) fn are_several(&self) -> bool {
        self.all.len() > 1
    }

    /// What is held by those that are meant.
    pub(crate) fn held(&self, vault: &Vault) -> Result<Vec<HeldLedger>, Failure> {
        Ok(match &self.one {
            Some(one) => vault.held_of(one.number)?,
            None => vault.held_all()?,
        })
    }

    /// What a number is called.
    pub(crate) fn name(&self, number: u32) -> String {
        let found = self.all.iter().find(|persona| persona.number == number);
        found.map_or_else(|| Persona::plain(number, self.first().made), Clone::clone).name.to_string()
    }

    fn first(&self) -> Persona {
        self.all
            .iter()
            .find(|persona| persona.number == FIRST)
            .cloned()
            .unwrap_or_else(|| Persona::plain(FIRST, faam_spec::time::EpochLength::WEEK.start_of(0)))
    }

    /// “NAME” before something of this number, where there are several.
    pub(crate) fn before(&self, number: u32) -> String {
        if self.are_several() { format!("“{}”: ", self.name(number)) } else { String::new() }
    }

    /// Names by number, for programs; nothing where there is one.
    pub(crate) fn put_into(&self, data: &mut Value) {
        if let (true, Some(data)) = (self.are_several(), data.as_object_mut()) {
            let all = self.all.iter().map(|persona| json!({"number": persona.number, "name": persona.name}));
            data.insert("personas".to_owned(), all.collect());
        }
    }
}
