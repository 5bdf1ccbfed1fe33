//! Patterns of paths: `/api/:id` is every path of two parts that begins with `api`, `/files/*rest` every path below.

/// A part of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<'p> {
    /// This very text.
    Text(&'p str),
    /// `:name`: any part, which the variable takes.
    Name(&'p str),
    /// `*name` or `*`: all that follows, which the variable takes if there is one.
    Rest(&'p str),
}

/// The parts of a pattern, between its slashes.
pub fn parts(pattern: &str) -> impl Iterator<Item = Part<'_>> {
    pattern.split('/').skip(1).map(|part| match part.split_at_checked(1) {
        Some((":", name)) if !name.is_empty() => Part::Name(name),
        Some(("*", name)) => Part::Rest(name),
        _ => Part::Text(part),
    })
}

/// The names of the variables that a pattern sets.
pub fn names(pattern: &str) -> impl Iterator<Item = &str> {
    parts(pattern).filter_map(|part| match part {
        Part::Name(name) | Part::Rest(name) if !name.is_empty() => Some(name),
        _ => None,
    })
}

/// What is wrong with a pattern, if anything is.
pub fn mistake(pattern: &str) -> Option<String> {
    let all: Vec<Part<'_>> = parts(pattern).collect();
    let early = all.iter().rev().skip(1).any(|part| matches!(part, Part::Rest(_)));
    if early {
        return Some("`*` stands at the end of a path".to_owned());
    }
    let mut seen: Vec<&str> = Vec::new();
    for name in names(pattern) {
        let is_name = name.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
        if !is_name || name.starts_with(|letter: char| letter.is_ascii_digit()) {
            return Some(format!("`{name}` is no name of a variable"));
        }
        if seen.contains(&name) {
            return Some(format!("`{name}` stands twice in the path"));
        }
        seen.push(name);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_patterns() {
        let all: Vec<Part<'_>> = parts("/api/:id/*rest").collect();
        assert_eq!(all, [Part::Text("api"), Part::Name("id"), Part::Rest("rest")]);
        assert_eq!(parts("/").collect::<Vec<_>>(), [Part::Text("")]);
        assert_eq!(names("/:a/b/:c/*").collect::<Vec<_>>(), ["a", "c"]);
    }

    #[test]
    fn mistakes() {
        for (pattern, wrong) in
            [("/a/:b", false), ("/*", false), ("/*a/b", true), ("/:a/:a", true), ("/:a-b", true), ("/:1", true)]
        {
            assert_eq!(mistake(pattern).is_some(), wrong, "{pattern}");
        }
    }
}
