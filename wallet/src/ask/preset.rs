//! Policies that people begin with.

/// A policy that is part of the program, to be used by its name or copied and changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// Somebody who is let in.
    Lodger,
    /// Somebody who sells, or buys something dear.
    Seller,
    /// Somebody whom one meets once, where little can be lost.
    Anyone,
}

impl Preset {
    /// Every preset.
    pub const ALL: [Self; 3] = [Self::Lodger, Self::Seller, Self::Anyone];

    /// What it is called.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lodger => "lodger",
            Self::Seller => "seller",
            Self::Anyone => "anyone",
        }
    }

    /// The preset of a name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.name() == name)
    }

    /// Its policy file.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Lodger => include_str!("presets/lodger.toml"),
            Self::Seller => include_str!("presets/seller.toml"),
            Self::Anyone => include_str!("presets/anyone.toml"),
        }
    }
}

#[cfg(test)]
mod tests {
    use faam_spec::words::Lang;
    use faam_verifier::Policy;

    use super::*;

    #[test]
    fn presets_are_policies_that_ask_for_milestones_alone_and_explain_themselves() {
        for preset in Preset::ALL {
            let policy = Policy::parse(preset.text()).unwrap();
            let query = policy.query().unwrap();
            assert!(query.ledgers().is_empty() && query.private().len() == 1, "{preset:?}");
            assert_eq!(policy.warnings(), Vec::<String>::new(), "{preset:?}");
            for lang in [Lang::En, Lang::Nl] {
                assert!(policy.explain_in(lang).len() > 3, "{preset:?} {lang:?}");
            }
            assert_eq!(Preset::of(preset.name()), Some(preset));
        }
        assert_eq!(Preset::of("nobody"), None);
    }
}
