//! Where the settings of this process are found, and which of those places each comes from.

use std::{
    any::type_name,
    path::{Path, PathBuf},
};

use figment::{
    Figment, Source,
    providers::{Env, Format, Serialized, Toml},
    value::{Dict, Value},
};

use super::{Config, Flags, Unusable, Wrong, files, rules, variables};
use crate::exposed;

/// Read where no other file is named, if it is there.
const FILE: &str = "parlance.toml";

/// What every variable of ours begins with.
pub(super) const PREFIX: &str = "PARLANCE_";

/// All that is set, with where it was found. It holds what no log may show.
pub(crate) struct Found(Figment);

impl Found {
    /// All that `file`, the environment and `flags` say, as [`Config::load`] takes them.
    ///
    /// # Errors
    /// Where a file is missing that was named.
    pub(crate) fn new(file: Option<&Path>, flags: &Flags) -> Result<Self, Unusable> {
        let figment = Figment::from(Serialized::defaults(Config::default()));
        let names: Vec<_> = figment.extract::<Dict>()?.into_keys().collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        variables::are_known(&names)?;
        let named = file.map(Path::to_owned).or_else(|| Env::var("PARLANCE_CONFIG").map(PathBuf::from));
        let figment = match settings_file(named.as_deref())? {
            Some(file) => figment.merge(Toml::file_exact(file)),
            None => figment,
        };
        Ok(Self(figment.merge(Env::prefixed(PREFIX).only(&names)).merge(Serialized::defaults(flags))))
    }

    /// The settings as they were said, whether or not they can be used.
    ///
    /// # Errors
    /// Where one is unknown or of another kind.
    pub(crate) fn said(&self) -> Result<Config, Unusable> {
        Ok(self.0.extract()?)
    }

    /// The settings, with what files say for them, fit to be used.
    ///
    /// # Errors
    /// Which cannot be used, why, and where it was found.
    pub(crate) fn config(&self) -> Result<Config, Unusable> {
        let config = self.said()?;
        let usable = rules::together(&config).and_then(|()| files::read(config)).and_then(|config| {
            rules::alone(&config)?;
            Ok(config)
        });
        usable.map_err(|wrong| self.unusable(&wrong))
    }

    /// What is wrong, with where it was found.
    pub(crate) fn unusable(&self, wrong: &Wrong) -> Unusable {
        let set = wrong.settings.iter().filter(|name| self.is_set(name));
        let places: Vec<_> = set.map(|name| format!("{name} from {}", self.source(name))).collect();
        match places.as_slice() {
            [] => Unusable(wrong.reason.clone()),
            places => Unusable(format!("{} ({})", wrong.reason, places.join(", "))),
        }
    }

    /// `default`, the file's path, or the name of the variable or the flag.
    pub(crate) fn source(&self, name: &str) -> String {
        let Some(found) = self.0.find_metadata(name) else { return "default".to_owned() };
        match &found.source {
            Some(Source::File(path)) => path.display().to_string(),
            _ if found.name == type_name::<Config>() => "default".to_owned(),
            _ if found.name == type_name::<&Flags>() => format!("--{name}"),
            _ => format!("{PREFIX}{}", name.to_uppercase()),
        }
    }

    /// The file of settings, where a secret stands in it and everybody can read it.
    ///
    /// # Errors
    /// With what to do, for people.
    pub(crate) fn keeps_secrets(&self) -> Result<(), String> {
        for name in ["secret", "mongodb", "otlp_headers"] {
            // The address of a database is no secret without a password in it.
            let is_secret = self.text(name).is_some_and(|text| name != "mongodb" || text.contains('@'));
            let place = self.0.find_metadata(name).and_then(|found| found.source.as_ref());
            if let (true, Some(Source::File(file))) = (is_secret, place) {
                exposed::is_kept(file)?;
            }
        }
        Ok(())
    }

    fn text(&self, name: &str) -> Option<String> {
        self.0.find_value(name).ok()?.into_string()
    }

    fn is_set(&self, name: &str) -> bool {
        self.0.find_value(name).is_ok_and(|value| !matches!(value, Value::Empty(..)))
    }
}

/// The file to read: the one that was named, or else the usual one, if it is there.
fn settings_file(named: Option<&Path>) -> Result<Option<&Path>, Unusable> {
    match named {
        Some(named) if !named.is_file() => Err(Unusable(format!("there is no file {}", named.display()))),
        Some(named) => Ok(Some(named)),
        None => Ok(Some(Path::new(FILE)).filter(|usual| usual.is_file())),
    }
}
