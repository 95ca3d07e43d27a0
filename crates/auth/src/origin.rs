//! Origins (RFC 6454): whose pages may use the cookie, and whether cookies need TLS.

use http::Uri;
use parlance_base::{Error, Result};

const INVALID: &str = "config.invalid_origin";

/// The origins whose pages may use the cookie. The first is the installation's own.
#[derive(Clone, Debug)]
pub(crate) struct Origins(Vec<String>);

impl Origins {
    /// # Errors
    /// `config.invalid_origin` for what is no `http` or `https` origin.
    pub(crate) fn new(public_url: &str, others: &[String]) -> Result<Self> {
        let own = std::iter::once(("public_url", public_url));
        let all = own.chain(others.iter().map(|url| ("allowed_origins", url.as_str())));
        all.map(|(setting, url)| origin(url).map_err(|error| of(setting, &error)))
            .collect::<Result<_>>()
            .map(Self)
    }

    /// The installation's own.
    pub(crate) fn own(&self) -> &str {
        self.0.first().map_or("", String::as_str)
    }

    /// Whether pages of this origin, as a browser writes it, may use the cookie.
    pub(crate) fn allows(&self, origin: &str) -> bool {
        self.0.iter().any(|allowed| allowed == origin)
    }

    /// Whether cookies may travel in the clear: on this machine only.
    pub(crate) fn is_plain_loopback(&self) -> bool {
        let host = self.own().strip_prefix("http://").unwrap_or_default();
        let name =
            host.rsplit_once(':').map_or(host, |(name, port)| if port.ends_with(']') { host } else { name });
        let is_loopback = |address: std::net::IpAddr| address.is_loopback();
        name == "localhost" || name.trim_matches(['[', ']']).parse().is_ok_and(is_loopback)
    }
}

/// The origin of a URL as browsers write it: in lower case, without the scheme's own port, without a path.
///
/// # Errors
/// `config.invalid_origin` for what is no `http` or `https` origin.
pub fn origin(url: &str) -> Result<String> {
    let invalid = || {
        let message = format!("{url} is no http or https origin, as https://chat.example.com");
        Error::internal(INVALID, message)
    };
    let uri: Uri = url.to_lowercase().parse().map_err(|_| invalid())?;
    let (scheme, authority) = (uri.scheme_str().ok_or_else(invalid)?, uri.authority().ok_or_else(invalid)?);
    let own_port = match scheme {
        "http" => 80,
        "https" => 443,
        _ => return Err(invalid()),
    };
    if uri.path() != "/" || uri.query().is_some() || authority.as_str().contains('@') {
        return Err(invalid());
    }
    match authority.port_u16().filter(|port| *port != own_port) {
        Some(port) => Ok(format!("{scheme}://{}:{port}", authority.host())),
        None => Ok(format!("{scheme}://{}", authority.host())),
    }
}

/// The error, with the setting that it is of.
fn of(setting: &str, error: &Error) -> Error {
    Error::internal(INVALID, format!("{setting}: {}", error.message()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_read_as_browsers_write_them() {
        let origins =
            Origins::new("https://Chat.Example.com:443/", &["http://localhost:5173".to_owned()]).unwrap();
        assert_eq!(origins.own(), "https://chat.example.com");
        assert!(origins.allows("https://chat.example.com") && origins.allows("http://localhost:5173"));
        for other in
            ["null", "", "https://chat.example.com.evil.org", "http://chat.example.com", "http://localhost"]
        {
            assert!(!origins.allows(other), "{other}");
        }
        for url in ["chat.example.com", "ftp://a", "https://", "https://a/b", "https://a/?b", "https://u@a"] {
            let named =
                |made: Result<Origins>| made.unwrap_err().message().split(':').next().unwrap().to_owned();
            assert_eq!(named(Origins::new(url, &[])), "public_url", "{url}");
            assert_eq!(named(Origins::new("http://a", &[url.to_owned()])), "allowed_origins", "{url}");
        }
    }

    #[test]
    fn only_plain_http_on_this_machine_goes_without_tls() {
        let plain = |url: &str| Origins::new(url, &[]).unwrap().is_plain_loopback();
        for url in [
            "http://localhost",
            "http://localhost:8080",
            "http://127.0.0.1:80",
            "http://[::1]:8080",
            "http://[::1]",
        ] {
            assert!(plain(url), "{url}");
        }
        for url in ["https://localhost", "http://10.0.0.1", "http://localhost.example.com", "http://chat"] {
            assert!(!plain(url), "{url}");
        }
    }
}
