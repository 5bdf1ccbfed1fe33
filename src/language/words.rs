//! Words of messages: enumerations as sentences have them.

/// `a`, `a and b`, `a, b and c`.
fn enumerated(names: &[&str], last: &str) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., end] => format!("{} {last} {end}", first.join(", ")),
    }
}

/// What is said of an option that belongs to others than those it was given to.
pub fn misplaced(option: &str, owners: &[&str], given: &[&str]) -> String {
    format!("`{option}` is an option of {}, not of {}", enumerated(owners, "and"), enumerated(given, "or"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_two_are_joined_by_a_word() {
        let said = [&["a"][..], &["a", "b"], &["a", "b", "c"]].map(|names| enumerated(names, "or"));
        assert_eq!(said, ["a", "a or b", "a, b or c"]);
    }
}
