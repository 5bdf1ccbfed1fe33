//! Which files and which cases run, and what is said where there is nothing to run.

use super::{SHOUTS, three};
use crate::support::nsh;

#[test]
fn a_line_is_the_case_that_stands_there() {
    let printed = " printed by three.nsh:\n   | set up\n   | cleaned up\n";
    let told = format!("{SHOUTS}\n{printed}\n1 case in 1 file: 1 failed (T)\n");
    for line in [11, 12, 15] {
        three(&format!("three.nsh:{line}")).output().code(3).reports(&told);
    }
    three("three.nsh:6 three.nsh:16")
        .output()
        .code(0)
        .reports("ok      three.nsh (1 case, T)\nok      three.nsh (1 case, T)\n\n2 cases in 2 files: 2 held (T)\n");
    three("three.nsh:2").output().code(2).reports(
        "not run three.nsh\nerror: no case stands on line 2 of `three.nsh`\n hint: a case is a `test` block of a script, or a \
         block of a document behind ```nsh\n\n0 cases in 1 file: 1 file not run (T)\n",
    );
}

#[test]
fn a_filter_takes_cases_by_their_name() {
    three("-v --filter es .")
        .output()
        .code(0)
        .reports("ok      three.nsh: echoes (T)\nok      three.nsh: goes on (T)\n\n2 cases in 1 file: 2 held (T)\n");
    three("-v --filter /^GO/i .")
        .output()
        .code(0)
        .reports("ok      three.nsh: goes on (T)\n\n1 case in 1 file: 1 held (T)\n");
    // What fits the name of a file takes all of it; the others are passed over.
    three("--filter three .")
        .file("other.nsh", "fail \"x\"\n")
        .output()
        .code(3)
        .says("3 cases in 1 file: 2 held, 1 failed");
    // A name that is made as the script runs is looked at then.
    let made = "let n = 3\ntest \"number $n\" { assert true }\ntest \"other $n\" { assert false }\n";
    nsh("test -v --filter number .")
        .file("made.nsh", made)
        .output()
        .code(0)
        .reports("ok      made.nsh: number 3 (T)\n\n1 case in 1 file: 1 held (T)\n");
}

#[test]
fn a_filter_that_takes_nothing_is_an_error() {
    three("--filter nothing .").output().code(2).stdout("").stderr("error: no case has `nothing` in its name\n");
    three("--filter /(/ .")
        .output()
        .code(2)
        .stdout("")
        .stderr("error: the regular expression of `--filter` is wrong: unclosed group\n");
}

#[test]
fn a_folder_without_scripts_is_an_error() {
    nsh("test .").file("notes.txt", "no script\n").output().code(2).stdout("").stderr(
        "error: there is nothing to test\n hint: cases are scripts, `*.nsh`, and the blocks of Markdown files behind ```nsh\n",
    );
}

#[test]
fn a_path_that_is_not_there_is_told_and_the_others_run() {
    three("nowhere.nsh three.nsh:6").output().code(1).reports(
        "not run nowhere.nsh\nerror: cannot read `nowhere.nsh`: there is no such file\n\nok      three.nsh (1 case, T)\n\n1 case \
         in 2 files: 1 held, 1 file not run (T)\n",
    );
}

#[test]
fn a_script_with_mistakes_does_not_run_and_is_told() {
    let wrong = nsh("test .")
        .file("a.nsh", "print 1\nlisten tcpp 5\n")
        .file("b.nsh", "fail \"x\"\n")
        .file("c.nsh", "print 2\n");
    wrong.output().code(2).reports(
        "not run a.nsh\nerror: expected a transport or an address\n  --> a.nsh:2:8\n   |\n 2 | listen tcpp 5\n   |        ^^^^ \
         found `tcpp`\n hint: did you mean `tcp`?\n\nfailed  b.nsh (T)\nerror: x\n  --> b.nsh:1:1\n   |\n 1 | fail \"x\"\n   | \
         ^^^^^^^^\n again: nsh test b.nsh\n\nok      c.nsh (T)\n\n2 cases in 3 files: 1 held, 1 failed, 1 file not run (T)\n",
    );
}

#[test]
fn what_is_not_meant_to_run_is_only_checked() {
    let serves = "# test no-run\nlisten 5000 echo as srv\nwait srv\n";
    nsh("test .")
        .file("serves.nsh", serves)
        .file("ok.nsh", "print 1\n")
        .output()
        .code(0)
        .reports("ok      ok.nsh (T)\nchecked serves.nsh\n\n2 cases in 2 files: 1 held, 1 only checked (T)\n");
    let wrong = "# test no-run\nlisten 5000 ecoh\n";
    nsh("test .").file("serves.nsh", wrong).output().code(2).says("not run serves.nsh\n").says("did you mean `echo`?");
}

#[test]
fn options_that_mean_nothing_are_told() {
    for (words, told) in [
        ("--timeout soon .", "error: `soon` is not a length of time: expected `30s`, or `0` for none\n"),
        ("--format yaml .", "error: `yaml` is no format: there are `human`, `tap`, `junit`, `json`\n"),
        ("-o report.pdf .", "error: `report.pdf` does not end as reports do\n hint: `.txt` is lines to read\n"),
        ("-o none/report.xml .", "error: cannot write `none/report.xml`: there is no such file\n"),
    ] {
        let output = three(words).output();
        output.stdout("").complains(told);
        assert!([1, 2].contains(&output.code), "{words}");
    }
    three("--update --repeat 3 .").output().code(2).stdout("").complains("cannot be used with");
}
