//! Logins that stand in statements: the passwords in values of `auth=` and `via=`, which nobody who reads of a run needs.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

/// An option that carries a login: its name, and its value in quotes or up to a space.
static OPTION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"\b(auth|via)=(?:"((?:\\.|[^"\\])*)|([^\s"]+))"#).expect("it is a regular expression")
});

/// The same text with a star for each byte of those passwords, so that places in it stay what they are.
pub(super) fn starred(text: &str) -> String {
    let mut starred = text.to_owned();
    for option in OPTION.captures_iter(text) {
        let Some(value) = option.get(2).or(option.get(3)) else { continue };
        let all = 0..value.len();
        let found = if &option[1] == "auth" { Vec::from_iter([all]) } else { logins(value.as_str()) };
        for login in found {
            if let Some(colon) = value.as_str()[login.clone()].find(':') {
                let password = value.start() + login.start + colon + 1..value.start() + login.end;
                let stars = "*".repeat(password.len());
                starred.replace_range(password, &stars);
            }
        }
    }
    starred
}

/// Where the logins of proxies stand in `via=`: `http://LOGIN@HOST:PORT,…`.
fn logins(proxies: &str) -> Vec<Range<usize>> {
    let places = proxies.split(',').scan(0, |next, proxy| {
        let start = *next;
        *next += proxy.len() + 1;
        Some((start, proxy))
    });
    let login = |(start, proxy): (usize, &str)| {
        let from = proxy.find("://")? + "://".len();
        Some(start + from..start + from + proxy[from..].rfind('@')?)
    };
    places.filter_map(login).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_stars_and_nothing_else_is() {
        for (text, expected) in [
            ("listen proxy 0 auth=\"me:p w\" as p", "listen proxy 0 auth=\"me:***\" as p"),
            ("serve http . auth=me:secret log=a:b", "serve http . auth=me:****** log=a:b"),
            ("proxy auth=\"me:a\\\"b\" -> x:y", "proxy auth=\"me:****\" -> x:y"),
            ("auth=$login via=$proxy", "auth=$login via=$proxy"),
            ("via=socks5://h:1,http://u:a/b@c@h:2,http://me@h:3", "via=socks5://h:1,http://u:*****@h:2,http://me@h:3"),
            ("via=\"http://u:é@h:1\" x", "via=\"http://u:**@h:1\" x"),
            ("auth=\"me:open", "auth=\"me:****"),
            ("connect a:1 timeout=1s # author=x:y", "connect a:1 timeout=1s # author=x:y"),
        ] {
            assert_eq!(starred(text), expected);
        }
    }
}
