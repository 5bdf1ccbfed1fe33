//! Documents: the blocks of Markdown files that are scripts, and what they are said to write.

use std::path::Path;

use crate::support::{Nsh, nsh};

/// `nsh test` of a document.
fn document(text: &str) -> Nsh {
    nsh("test guide.md").file("guide.md", text)
}

#[test]
fn a_block_writes_what_the_document_shows() {
    document(
        "# Guide\n\n```nsh\nlisten 0 echo as srv\nprint \"port $srv.port\"\nprint \"end\"\n```\n\nIt prints:\n\n```output\nport …\nend\n\
         ```\n\n## Other\n\n1. in a list:\n\n   ```nsh\n   let x = 1\n\n   assert $x == 1\n   ```\n\n> ```nsh\n> print \"quoted\"\n> \
         ```\n> ```output\n> quoted\n> ```\n",
    )
    .output()
    .code(0)
    .reports("ok      guide.md (3 cases, T)\n\n3 cases in 1 file: 3 held (T)\n");
}

#[test]
fn what_a_block_writes_otherwise_is_told() {
    document("# Guide\n\n```nsh\nprint 1\nprint 2\n```\n\n```output\n1\n3\n```\n\n```nsh\nprint 1\n```\n\n```output\n1\n2\n```\n")
        .output()
        .code(3)
        .reports(
            "failed  guide.md: Guide, line 3 (T)\nerror: this is not what the script writes\n   --> guide.md:10:1\n    |\n 10 | 3\n    \
             | ^ line 2 differs\n    |   expected  3\n    |   written   2\n again: nsh test guide.md:3\n\nfailed  guide.md: Guide, line \
             13 (T)\nerror: this is not what the script writes\n   --> guide.md:19:1\n    |\n 19 | 2\n    | ^ line 2 differs\n    |   \
             expected  2\n    |   written   nothing: it ends before\n again: nsh test guide.md:13\n\n printed by guide.md:\n   | 1\n   | 2\n   | 1\n\n2 \
             cases in 1 file: 2 failed (T)\n",
        );
}

#[test]
fn an_error_points_into_the_document() {
    document("Text.\n\n```nsh\nlet x = 1\nassert $x == 2\n```\n").output().code(3).reports(
        "failed  guide.md: line 3 (T)\nerror: `assert` did not hold\n  --> guide.md:5:8\n   |\n 5 | assert $x == 2\n   |        ^^^^^^^ this is \
         false\n   |   left   1\n   |   right  2\n again: nsh test guide.md:3\n\n1 case in 1 file: 1 failed (T)\n",
    );
    document("Text.\n\n```nsh\nlet x = 1\nasert $x == 2\n```\n").output().code(2).says("  --> guide.md:5:1\n");
}

#[test]
fn an_error_that_the_document_shows_is_meant() {
    let shown = "```nsh\nprint \"so far\"\nfail \"no\"\n```\n\n```output\nso far\n```\n\n```error\nerror: no\n  --> guide.md:3:1\n…\n```\n";
    document(shown).output().code(0).reports("ok      guide.md (1 case, T)\n\n1 case in 1 file: 1 held (T)\n");
    let other = shown.replace("error: no", "error: yes");
    document(&other).output().code(3).says("    |   expected  error: yes\n    |   written   error: no\n");
    let held = shown.replace("fail \"no\"", "print \"yes\"");
    document(&held).output().code(3).says("    |   expected  error: no\n    |   written   nothing: it ends before\n");
    let printed = shown.replace("print \"so far\"", "print \"no\"");
    document(&printed).output().code(3).says("   |   expected  so far\n   |   written   no\n");
}

#[test]
fn marked_blocks_do_not_run_and_are_counted() {
    let text = "# Guide\n\n```nsh\nprint 1\n```\n\n```nsh,no-run\nlisten 5000 echo as srv\nwait srv\n```\n\n```nsh ignore\nsome \
                thing\n```\n\n```sh\nfalse\n```\n\n```\nplain\n```\n";
    document(text).output().code(0).reports(
        "ok      guide.md (1 case, 1 only checked, 1 skipped, T)\n\n3 cases in 1 file: 1 held, 1 only checked, 1 skipped (T)\n",
    );
    nsh("test -v guide.md").file("guide.md", text).output().code(0).reports(
        "ok      guide.md: Guide, line 3 (T)\nchecked guide.md: Guide, line 7\nskipped guide.md: Guide, line 12 (it is marked \
         `ignore`)\n\n3 cases in 1 file: 1 held, 1 only checked, 1 skipped (T)\n",
    );
    document("```nsh no-run\nlisten 5000 ecoh\n```\n").output().code(2).says("did you mean `echo`?");
    document("```nsh norun\nprint 1\n```\n").output().code(2).reports(
        "not run guide.md\nerror: `norun` says nothing of a block\n  --> guide.md:1:8\n   |\n 1 | ```nsh norun\n   |        ^^^^^\n hint: \
         behind `nsh` may stand `no-run`, `ignore` and `alone`\n\n0 cases in 1 file: 1 file not run (T)\n",
    );
}

#[test]
fn blocks_are_selected_by_heading_and_by_line() {
    let text = "# One\n\n```nsh\nprint 1\n```\n\n# Two\n\n```nsh\nfail \"x\"\n```\n";
    let filtered = nsh("test -v --filter One guide.md").file("guide.md", text).output();
    filtered.code(0).reports("ok      guide.md: One, line 3 (T)\n\n1 case in 1 file: 1 held (T)\n");
    let lined = nsh("test -v guide.md:4").file("guide.md", text).output();
    lined.code(0).reports("ok      guide.md: One, line 3 (T)\n\n1 case in 1 file: 1 held (T)\n");
    nsh("test guide.md:7").file("guide.md", text).output().code(2).says("no case stands on line 7 of `guide.md`");
}

/// The cases of our own files in these places that held, by file.
#[track_caller]
fn held(paths: &[&str]) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let command = paths.iter().fold(nsh("test -v"), |command, path| command.arg(root.join(path)));
    let output = command.output();
    output.code(0).stderr("");
    let name = |line: &str| {
        let (name, _) = line.strip_prefix("ok ")?.trim_start().split_once([':', ' '])?;
        Some(Path::new(name).strip_prefix(root).expect("it is ours").display().to_string())
    };
    output.out().lines().filter_map(name).collect()
}

#[test]
fn our_own_documents_do_what_they_say() {
    let held = held(&["README.md", "docs"]);
    for document in ["README.md", "docs/language.md", "docs/tests.md"] {
        assert!(held.iter().any(|name| name == document), "{document} is not in {held:?}");
    }
}

#[test]
fn our_own_scripts_hold() {
    let labs = ["echo", "filter-check", "mock", "upper-check"].map(|lab| format!("scripts/labs/{lab}.nsh"));
    assert_eq!(held(&["scripts"]), [&["scripts/demo/tour.nsh".to_owned()], &labs[..]].concat());
}
