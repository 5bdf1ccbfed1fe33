//! What nsh writes about itself: the documents that are checked in are current, and shells take its completions.

use std::path::Path;

use super::support::{Nsh, foreign, nsh};

/// A document as it is checked in.
#[track_caller]
fn checked_in(name: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    std::fs::read_to_string(file).expect("it is checked in")
}

/// What a run that succeeds writes.
#[track_caller]
fn text(command: Nsh) -> String {
    let output = command.output();
    output.code(0);
    output.out()
}

#[test]
fn the_reference_and_the_man_page_are_current() {
    for (document, file) in [("reference", "reference.md"), ("man", "nsh.1")] {
        let written = text(nsh(&format!("doc {document}")));
        assert!(written == checked_in(file), "docs/{file} is not current: nsh doc {document} > docs/{file}");
    }
}

#[test]
fn the_man_page_is_clean() {
    let page = checked_in("nsh.1");
    assert!(page.is_ascii());
    if let Some(mandoc) = foreign("mandoc") {
        let told = mandoc.words("-Tlint").stdin(&page).output().out();
        // A page without a date changes only when the program does.
        let wrong: Vec<&str> = told.lines().filter(|line| !line.contains("missing date")).collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

#[test]
fn shells_take_the_completions() {
    for shell in ["bash", "zsh", "fish"] {
        let script = text(nsh(&format!("completions {shell}")));
        let Some(program) = foreign(shell) else { continue };
        text(program.words("-n complete-nsh").file("complete-nsh", &script));
    }
}

#[test]
fn bash_completes_a_statement() {
    let Some(bash) = foreign("bash") else { return };
    let script = text(nsh("completions bash"));
    let ask = format!(
        "{script}\nnsh() {{ '{}' \"$@\"; }}\n\
         for line in 'nsh listen ud' 'nsh listen tcp 6666 full=re' 'nsh -q che' 'nsh relay 12000 to up' 'nsh run ' 'nsh help expe'; do\n\
         COMP_LINE=$line COMP_POINT=${{#line}}\n_nsh\necho \"$line: ${{COMPREPLY[*]}}\"\ndone\n",
        env!("CARGO_BIN_EXE_nsh")
    );
    let told = text(bash.words("ask").file("ask", &ask));
    assert_eq!(
        told,
        "nsh listen ud: udp\nnsh listen tcp 6666 full=re: refuse\nnsh -q che: check\nnsh relay 12000 to up: upper\n\
         nsh run : \nnsh help expe: expect\n"
    );
}
