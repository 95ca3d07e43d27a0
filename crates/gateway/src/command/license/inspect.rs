//! `parlance license inspect`: what a key says, and whether this build would take it now.

use parlance_base::{Clock as _, SystemClock};
use parlance_license::{Key, Trust};

use super::print;

/// Prints what the text says. A key that this build would not take is an error, after that.
pub(super) fn inspect(text: &str) -> Result<(), String> {
    let key = Key::claimed(text).map_err(|error| error.to_string())?;
    print(&said(&key))?;
    let taken = Key::verify(text, &Trust::built_in()).and_then(|key| key.check_at(SystemClock.now()));
    taken.map_err(|error| format!("this build would not take it: {error}"))?;
    print("This build would take it.")
}

fn said(key: &Key) -> String {
    let seats = key.seats.map_or_else(|| "unlimited".to_owned(), |seats| seats.to_string());
    let features: Vec<_> = key.all_features().iter().map(|feature| feature.name()).collect();
    let rows = [
        ("license", key.lid.clone()),
        ("issued to", key.org.clone()),
        ("plan", key.plan.name().to_owned()),
        ("seats", seats),
        ("features", features.join(", ")),
        ("issued at", key.issued_at.to_rfc3339()),
        ("valid from", key.valid_from.to_rfc3339()),
        ("valid until", key.valid_until.to_rfc3339()),
    ];
    let lines: Vec<_> = rows.iter().map(|(name, value)| format!("{name:<12} {value}")).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use parlance_base::Time;
    use parlance_license::Plan;

    use super::*;

    #[test]
    fn a_key_is_shown_in_a_row_each() {
        let now = Time::from_millis(1_795_253_400_000);
        let key = Key {
            lid: "lic-1".to_owned(),
            org: "Acme".to_owned(),
            plan: Plan::Team,
            seats: None,
            features: vec!["sso".to_owned()],
            issued_at: now,
            valid_from: now,
            valid_until: now,
        };
        let shown = said(&key);
        assert!(shown.starts_with("license      lic-1\nissued to    Acme\n"), "{shown}");
        assert!(shown.contains("\nfeatures     agents, sessions, pockets, sso\n"), "{shown}");
        assert!(shown.ends_with("\nvalid until  2026-11-21T09:30:00.000Z"), "{shown}");
    }
}
