//! The pictures in the README: recorded by nsh of the scripts in `scripts/demo`, and current.

use std::fs;
use std::path::Path;

use super::support::nsh;

/// The largest picture, in bytes: a page loads several.
const LARGEST: u64 = 200_000;

#[test]
fn the_pictures_are_what_the_demos_give() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).expect("it is there");
    let mut count = 0;
    for entry in fs::read_dir(root.join("docs/pictures")).expect("the folder is there") {
        let picture = entry.expect("it can be read").path();
        let name = picture.file_stem().and_then(|name| name.to_str()).expect("a name");
        let again = format!("nsh record scripts/demo/{name}.nsh -o docs/pictures/{name}.svg");
        assert!(readme.contains(&format!("](docs/pictures/{name}.svg)")), "the README does not show {name}.svg");
        assert!(fs::metadata(&picture).expect("it is there").len() <= LARGEST, "{name}.svg is too large");
        let demo = root.join("scripts/demo").join(name).with_extension("nsh");
        let output = nsh("-qq record --check").arg(&picture).arg(&demo).output();
        assert!(output.code == 0, "{}record it again: {again}", output.err());
        count += 1;
    }
    assert!(count > 0);
}
