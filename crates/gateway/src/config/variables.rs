//! Which variables of the environment are settings. One that is mistyped is an error, as an unknown name in the file is.

use figment::providers::Env;

use super::{Unusable, found::PREFIX};

/// Variables of ours that are no settings: the one that names the file, and those that building and testing the program go by.
const OTHERS: [&str; 6] = ["config", "license_public_key", "mongod", "node", "seed", "test_mongodb"];

/// How alike a name has to be to be the one that was meant.
const ALIKE: f64 = 0.8;

/// Nothing, where each of our variables is one of these settings or has another use.
pub(super) fn are_known(settings: &[&str]) -> Result<(), Unusable> {
    for (name, value) in Env::prefixed(PREFIX).iter() {
        let name = name.as_str();
        if !settings.contains(&name) && !OTHERS.contains(&name) && !is_of_a_cluster(name, &value) {
            let meant = nearest(name, settings).map(|meant| format!(": did you mean {}?", variable(meant)));
            let unknown = format!("{} is no setting{}", variable(name), meant.unwrap_or_default());
            return Err(Unusable(unknown));
        }
    }
    Ok(())
}

/// Whether Kubernetes gave it to the process because a service there is called `parlance`, or begins so.
fn is_of_a_cluster(name: &str, value: &str) -> bool {
    let words: Vec<_> = name.split('_').collect();
    let of_service = words.windows(2).any(|pair| matches!(pair, ["service", "host" | "port"]));
    let of_port = words.windows(3).any(
        |three| matches!(three, ["port", number, "tcp" | "udp" | "sctp"] if number.parse::<u16>().is_ok()),
    );
    of_service || of_port || (words.last() == Some(&"port") && value.contains("://"))
}

fn nearest<'a>(name: &str, settings: &[&'a str]) -> Option<&'a str> {
    let alike = settings.iter().map(|setting| (strsim::jaro_winkler(name, setting), *setting));
    let nearest = alike.max_by(|one, other| one.0.total_cmp(&other.0));
    nearest.filter(|(alike, _)| *alike >= ALIKE).map(|(_, setting)| setting)
}

fn variable(name: &str) -> String {
    format!("{PREFIX}{}", name.to_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_cluster_says_of_its_services_is_not_taken_for_settings() {
        for (name, value) in [
            ("service_host", "10.0.0.1"),
            ("service_port", "8080"),
            ("service_port_http", "8080"),
            ("port", "tcp://10.0.0.1:8080"),
            ("port_8080_tcp", "tcp://10.0.0.1:8080"),
            ("port_8080_tcp_addr", "10.0.0.1"),
            ("metrics_service_host", "10.0.0.2"),
            ("metrics_port", "tcp://10.0.0.2:9464"),
            ("metrics_port_9464_tcp_proto", "tcp"),
        ] {
            assert!(is_of_a_cluster(name, value), "{name}");
        }
        for (name, value) in [("port", "8080"), ("listne", "tcp://10.0.0.1:8080"), ("report_tcp", "1")] {
            assert!(!is_of_a_cluster(name, value), "{name}");
        }
    }
}
