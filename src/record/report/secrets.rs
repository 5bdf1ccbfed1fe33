//! Secrets that the log still shows: those of statements that ran before `secret` named them.

/// Finds the variables that statements make secrets of, and hides what they were given.
#[derive(Debug, Default)]
pub(super) struct Secrets {
    texts: Vec<String>,
}

/// What stands in the place of a secret.
const STARS: &str = "***";

impl Secrets {
    /// The secrets of these statements.
    pub(super) fn of<'t>(statements: &(impl Iterator<Item = &'t str> + Clone)) -> Self {
        let names = statements.clone().filter_map(|text| text.strip_prefix("secret ")?.split_whitespace().next());
        let given = |name: &str| {
            let texts = statements.clone().filter_map(move |text| given(text, name)).map(str::to_owned);
            texts.collect::<Vec<_>>()
        };
        Self { texts: names.flat_map(given).collect() }
    }

    /// The same text with stars for the secrets in it.
    pub(super) fn hide(&self, text: &mut String) {
        for secret in &self.texts {
            if text.contains(secret.as_str()) {
                *text = text.replace(secret.as_str(), STARS);
            }
        }
    }
}

/// What a statement gives that variable, as it is written there, without the quotes.
fn given<'t>(statement: &'t str, name: &str) -> Option<&'t str> {
    let rest = statement.strip_prefix("let ")?.trim_start().strip_prefix(name)?.trim_start().strip_prefix('=')?;
    let value = rest.split("  #").next().unwrap_or(rest).trim();
    let inner = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
    // What is computed holds no secret by itself.
    (!inner.is_empty() && !inner.starts_with('$')).then_some(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_secret_was_given_is_hidden_wherever_it_stands() {
        let statements = ["let token = \"s3cret\"", "let other = \"seen\"", "secret token  # from here on"];
        let secrets = Secrets::of(&statements.into_iter());
        let hidden = statements.map(|text| {
            let mut text = text.to_owned();
            secrets.hide(&mut text);
            text
        });
        assert_eq!(hidden, ["let token = \"***\"", "let other = \"seen\"", "secret token  # from here on"]);
    }
}
