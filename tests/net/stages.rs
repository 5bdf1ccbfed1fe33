//! Transforming stages: what they make of their input, however it is cut, and what a pipeline may be made of.

use std::time::Duration;

use bytes::BytesMut;
use proptest::prelude::*;
use sockshell::net::Framing;
use sockshell::net::stage::{self, Argument, Call, Kind, Pipeline, Way};

use super::support::{call, pipeline, text};

fn regex(pattern: &str) -> Argument {
    Argument::Regex(regex::bytes::Regex::new(pattern).unwrap())
}

/// What comes out of the stages, piece by piece.
fn pieces(calls: &[Call], framing: Framing, input: &[&[u8]]) -> (Vec<Vec<u8>>, Vec<u8>) {
    let mut chain = pipeline(calls).chain(framing);
    let (mut out, mut shown) = (Vec::new(), Vec::new());
    for piece in input {
        chain.push(BytesMut::from(*piece));
    }
    chain.end();
    // Nothing here waits: whatever time a stage asks for has come.
    while let Some(due) = chain.due() {
        chain.wake(due);
    }
    shown.extend(chain.shown().iter().flatten());
    out.extend(std::iter::from_fn(|| chain.pop()).map(|piece| piece.to_vec()));
    assert!(chain.is_ended());
    (out, shown)
}

fn stream(calls: &[Call], input: &[&[u8]]) -> Vec<u8> {
    pieces(calls, Framing::Stream, input).0.concat()
}

fn datagram(calls: &[Call], input: &[u8]) -> Vec<Vec<u8>> {
    pieces(calls, Framing::Datagram, &[input]).0
}

/// Every stage that transforms, with arguments for it.
fn transforming() -> Vec<Call> {
    let all = stage::all().iter().filter(|spec| !spec.ends);
    let argument = |kind| match kind {
        Kind::Regex => regex("[a-z]+"),
        Kind::Text => text("<$0>"),
        Kind::Duration => Argument::Duration(Duration::ZERO),
        Kind::Share => Argument::Share(0.3),
        Kind::Rate | Kind::Size | Kind::Integer => Argument::Integer(50),
        Kind::Boolean | Kind::Label | Kind::Path | Kind::Way => unreachable!("no stage takes one by position"),
    };
    let call = |spec: &stage::Spec| {
        let call = call(spec.name, spec.parameters.iter().map(|one| argument(one.kind)).collect());
        if spec.options.iter().any(|option| option.name == "seed") { seeded(call, 7) } else { call }
    };
    all.map(|spec| call(spec)).collect()
}

fn with(mut call: Call, key: &str, value: Argument) -> Call {
    call.options.insert(key.to_owned(), value);
    call
}

fn seeded(call: Call, seed: u64) -> Call {
    with(call, "seed", Argument::Integer(seed))
}

fn share(name: &str, share: f64) -> Call {
    call(name, vec![Argument::Share(share)])
}

fn sized(name: &str, size: u64) -> Call {
    call(name, vec![Argument::Integer(size)])
}

fn timed(name: &str, milliseconds: u64) -> Call {
    call(name, vec![Argument::Duration(Duration::from_millis(milliseconds))])
}

#[test]
fn streams() {
    let long = "x".repeat(70_000);
    for (calls, input, expected) in [
        (call("upper", vec![]), "héllo ß\n", "HÉLLO SS\n"),
        (call("lower", vec![]), "HÉLLO\n", "héllo\n"),
        (call("replace", vec![regex("l+"), text("L")]), "hello\nall\n", "heLo\naL\n"),
        (call("replace", vec![regex("(?<first>h)(.)$"), text("$2${first}")]), "hi\r\nhi", "ih\r\nih"),
        (call("replace", vec![regex("^"), text("> ")]), "a\n\nb\n", "> a\n> \n> b\n"),
        (call("prefix", vec![text("> ")]), "a\nb\n\nc", "> a\n> b\n> \n> c"),
        (call("suffix", vec![text("!")]), "a\nb\r\n\nc", "a!\nb!\r\n!\nc!"),
        (call("suffix", vec![text("!")]), "a\rb\r", "a\rb\r!"),
        (call("line", vec![]), "a\nb", "a\nb"),
        (call("line", vec![]), &long, &long),
        (call("crlf", vec![]), "a\nb\r\nc\r\r\n", "a\r\nb\r\nc\r\r\n"),
        (call("lf", vec![]), "a\r\nb\rc\n\r\r\n", "a\nb\rc\n\r\n"),
        (call("hex", vec![]), "hi\nx", "68 69 0a\n78\n"),
        (timed("delay", 50), "abc", "abc"),
        (timed("jitter", 50), "abc", "abc"),
        (timed("slow-close", 50), "abc", "abc"),
        (sized("throttle", 1), "abc", "abc"),
        (sized("slice", 2), "abc", "abc"),
        (with(sized("slice", 2), "every", Argument::Duration(Duration::from_secs(1))), "abc", "abc"),
        (share("drop", 0.0), "abc", "abc"),
        (share("drop", 1.0), "abc", ""),
        (share("corrupt", 0.0), "abc", "abc"),
        (share("duplicate", 1.0), "abc", "aabbcc"),
        (share("reorder", 1.0), "abcde", "badce"),
        (sized("cut", 2), "abc", "ab"),
        (sized("cut", 0), "abc", ""),
        (sized("cut", 4), "abc", "abc"),
        (with(sized("cut", 2), "reset", Argument::Boolean(true)), "abc", "ab"),
        (sized("reset", 2), "abc", "ab"),
        (with(sized("stall", 2), "for", Argument::Duration(Duration::from_secs(1))), "abc", "abc"),
    ] {
        let name = calls.name.clone();
        let calls = [calls];
        assert_eq!(stream(&calls, &[input.as_bytes()]), expected.as_bytes(), "{name}");
        let bytes: Vec<&[u8]> = input.as_bytes().chunks(1).collect();
        assert_eq!(stream(&calls, &bytes), expected.as_bytes(), "{name} byte by byte");
    }
}

#[test]
fn datagrams() {
    for (calls, input, expected) in [
        (call("upper", vec![]), &b"h\xc3"[..], &[&b"H\xc3"[..]][..]),
        (call("upper", vec![]), b"", &[b""]),
        (call("replace", vec![regex("a\nb"), text("x")]), b"a\nb", &[b"x"]),
        (call("prefix", vec![text("> ")]), b"a\nb", &[b"> a\nb"]),
        (call("suffix", vec![text("!")]), b"a\nb\r\n", &[b"a\nb!\r\n"]),
        (call("line", vec![]), b"a\nb", &[b"a\n", b"b"]),
        (call("crlf", vec![]), b"\na\r", &[b"\r\na\r"]),
        (call("lf", vec![]), b"a\r\n\r", &[b"a\n\r"]),
        (call("hex", vec![]), b"a\nb", &[b"61 0a 62\n"]),
        (timed("delay", 50), b"", &[b""]),
        (timed("jitter", 50), b"", &[b""]),
        (sized("throttle", 1), b"", &[b""]),
        (sized("throttle", 1), b"abc", &[b"abc"]),
        (sized("slice", 2), b"abc", &[b"ab", b"c"]),
        (sized("slice", 2), b"", &[b""]),
        (share("drop", 1.0), b"abc", &[]),
        (share("duplicate", 1.0), b"abc", &[b"abc", b"abc"]),
        (share("reorder", 1.0), b"abc", &[b"abc"]),
        (share("corrupt", 1.0), b"", &[b""]),
        (sized("cut", 3), b"abc", &[b"abc"]),
        (sized("cut", 2), b"abc", &[]),
    ] {
        assert_eq!(datagram(std::slice::from_ref(&calls), input), expected, "{}", calls.name);
    }
}

#[test]
fn chance_is_the_same_for_the_same_seed() {
    let input: Vec<u8> = (0..=255).cycle().take(4096).collect();
    let datagrams: Vec<&[u8]> = input.chunks(16).collect();
    let of = |name, seed, framing| pieces(&[seeded(share(name, 0.3), seed)], framing, &datagrams).0;
    for name in ["drop", "corrupt", "duplicate", "reorder"] {
        for framing in [Framing::Stream, Framing::Datagram] {
            let one = of(name, 1, framing);
            assert_eq!(one, of(name, 1, framing), "{name}");
            assert_ne!(one, of(name, 2, framing), "{name}");
            assert_ne!(one.concat(), input, "{name}");
        }
    }
    let unseeded = || stream(&[share("drop", 0.5)], &[&input]);
    assert_ne!(unseeded(), unseeded());
}

#[test]
fn chance_hits_its_share_of_bytes_and_of_datagrams() {
    let input = [0_u8; 10_000];
    let about = |count: usize, name: &str| assert!((900..1100).contains(&count), "{name}: {count}");
    let stream = |name| stream(&[seeded(share(name, 0.1), 1)], &[&input]);
    about(10_000 - stream("drop").len(), "drop");
    about(stream("duplicate").len() - 10_000, "duplicate");
    let corrupt = stream("corrupt");
    about(corrupt.iter().filter(|byte| **byte != 0).count(), "corrupt");
    assert!(corrupt.iter().all(|byte| byte.count_ones() <= 1));
    let numbers: Vec<[u8; 2]> = (0..10_000_u16).map(u16::to_be_bytes).collect();
    let datagrams: Vec<&[u8]> = numbers.iter().map(<[u8; 2]>::as_slice).collect();
    let datagrams = |name| pieces(&[seeded(share(name, 0.1), 1)], Framing::Datagram, &datagrams).0;
    about(10_000 - datagrams("drop").len(), "drop");
    about(datagrams("duplicate").len() - 10_000, "duplicate");
    let corrupt = datagrams("corrupt");
    about(corrupt.iter().zip(&numbers).filter(|(one, number)| one[..] != number[..]).count(), "corrupt");
    let reordered = datagrams("reorder");
    about(reordered.windows(2).filter(|pair| pair[0] > pair[1]).count(), "reorder");
    let mut sorted = reordered.clone();
    sorted.sort();
    assert!(sorted.iter().zip(&numbers).all(|(one, number)| one[..] == number[..]));
}

#[test]
fn what_comes_before_a_cut_goes_through_the_stages_behind_it() {
    let reset = with(sized("cut", 4), "reset", Argument::Boolean(true));
    for calls in [
        [sized("cut", 4), timed("delay", 50), call("upper", vec![])],
        [timed("delay", 50), reset, call("upper", vec![])],
        [call("upper", vec![]), timed("delay", 50), sized("reset", 4)],
    ] {
        assert_eq!(stream(&calls, &[b"ab", b"cdef", b"gh"]), b"ABCD");
    }
}

/// What comes out on the way back.
fn back(calls: &[Call], input: &[u8]) -> Vec<u8> {
    let mut chain = Pipeline::build_passing(calls).unwrap().chain_back(Framing::Stream);
    chain.push(BytesMut::from(input));
    chain.end();
    std::iter::from_fn(|| chain.pop()).collect::<Vec<_>>().concat()
}

#[test]
fn a_relays_stages_stand_on_either_way_or_both() {
    let placed = |call, way| with(call, "way", Argument::Way(way));
    let prefix = |letter| call("prefix", vec![text(letter)]);
    let calls =
        [prefix("a"), placed(prefix("b"), Way::Both), placed(prefix("c"), Way::Down), placed(prefix("d"), Way::Up)];
    let mut up = Pipeline::build_passing(&calls).unwrap().chain(Framing::Stream);
    up.push(BytesMut::from("\n"));
    assert_eq!(up.pop(), Some(BytesMut::from("dba\n")));
    assert_eq!(back(&calls, b"\n"), b"bc\n", "what stands last meets first what comes back");
    let pipeline = Pipeline::build_passing(&calls[2..3]).unwrap();
    assert!(pipeline.chain(Framing::Stream).is_empty() && pipeline.transforms_back() && !pipeline.is_empty());
    assert!(!Pipeline::build_passing(&calls[..1]).unwrap().transforms_back());
}

#[test]
fn the_ways_of_a_random_stage_differ() {
    let both = [with(seeded(share("drop", 0.5), 1), "way", Argument::Way(Way::Both))];
    let input: Vec<u8> = (0..=255).collect();
    assert_eq!(back(&both, &input), back(&both, &input));
    let mut up = Pipeline::build_passing(&both).unwrap().chain(Framing::Stream);
    up.push(BytesMut::from(&input[..]));
    assert_ne!(up.pop().unwrap(), back(&both, &input));
}

#[test]
fn lines_go_on_one_by_one() {
    let (out, _) = pieces(&[call("line", vec![])], Framing::Stream, &[b"a\nb", b"c\n\nd"]);
    assert_eq!(out, [&b"a\n"[..], b"bc\n", b"\n", b"d"]);
}

#[test]
fn what_is_shown_passes_on() {
    let (out, shown) = pieces(&[call("print", vec![]), call("upper", vec![])], Framing::Stream, &[b"a\n"]);
    assert_eq!((out.concat(), shown), (b"A\n".to_vec(), b"a\n".to_vec()));
    let (out, shown) = pieces(&[call("dump", vec![])], Framing::Stream, &[b"GET / HTTP/1.0\r\n\r\n", b"\0\xff"]);
    assert_eq!(out.concat(), b"GET / HTTP/1.0\r\n\r\n\0\xff");
    let expected = "\
00000000  47 45 54 20 2f 20 48 54  54 50 2f 31 2e 30 0d 0a  |GET / HTTP/1.0..|
00000010  0d 0a                                             |..|
00000012  00 ff                                             |..|
";
    assert_eq!(String::from_utf8(shown).unwrap(), expected);
}

#[test]
fn stages_apply_in_order() {
    let calls = [call("prefix", vec![text("é ")]), call("upper", vec![]), call("crlf", vec![])];
    assert_eq!(stream(&calls, &[b"a\n", b"b\n"]), "É A\r\nÉ B\r\n".as_bytes());
}

#[test]
fn what_is_wrong_with_a_pipeline() {
    let of = |calls: &[Call]| Pipeline::build(calls).err();
    assert_eq!(of(&[call("upper", vec![]), call("echo", vec![])]), None);
    for (calls, index, message) in [
        (vec![call("echo", vec![]), call("upper", vec![])], 0, "`echo` ends a flow: nothing can come after it"),
        (vec![call("upper", vec![]), call("ecoh", vec![])], 1, "there is no stage `ecoh`"),
        (vec![call("upper", vec![text("x")])], 0, "`upper` takes no argument"),
        (vec![call("prefix", vec![])], 0, "`prefix` needs TEXT, a text"),
        (vec![share("drop", 1.5)], 0, "P of `drop` must be a share between 0 and 1"),
        (vec![call("prefix", vec![Argument::Integer(1)])], 0, "TEXT of `prefix` must be a text"),
        (vec![call("replace", vec![text("x"), text("y")])], 0, "PATTERN of `replace` must be a regular expression"),
    ] {
        assert_eq!(of(&calls), Some((index, message.to_owned())));
        assert_eq!(Pipeline::check(&calls, false), Err((index, message.to_owned())));
    }
    for (name, message) in
        [("throttle", "RATE of `throttle` must be more than 0"), ("slice", "N of `slice` must be more than 0")]
    {
        assert_eq!(of(&[sized(name, 0)]), Some((0, message.to_owned())));
    }
    let upwards = with(call("upper", vec![]), "way", Argument::Way(Way::Up));
    let message = "`upper` of a handler stands on the only way there is: `way` is for relays";
    assert_eq!(of(&[call("lf", vec![]), upwards]), Some((1, message.to_owned())));
    let mut named = call("chat", vec![]);
    named.options.insert("name".into(), Argument::Boolean(true));
    assert_eq!(of(&[named]), Some((0, "`chat` has no option `name`".to_owned())));
    assert!(Pipeline::build(&[]).is_ok_and(|pipeline| pipeline.is_empty()));
    assert!(Pipeline::build_passing(&[call("print", vec![])]).is_ok_and(|pipeline| !pipeline.ends()));
    assert!(Pipeline::build_passing(&[call("echo", vec![])]).is_err());
}

#[test]
fn a_check_opens_nothing() {
    let folder = super::support::Folder::new();
    let path = folder.join("log");
    std::fs::write(&path, "kept").unwrap();
    let calls = [call("file", vec![text(path.to_str().unwrap())])];
    assert_eq!(Pipeline::check(&calls, false), Ok(()));
    assert_eq!(std::fs::read(&path).unwrap(), b"kept");
}

proptest! {
    #[test]
    fn where_a_stream_is_cut_does_not_matter(
        input in prop_oneof![
            proptest::collection::vec(prop_oneof![Just(b'\n'), Just(b'\r'), any::<u8>()], 0..200),
            "[a-zé\r\nß€😀]{0,80}".prop_map(String::into_bytes),
        ],
        cuts in proptest::collection::vec(0_usize..200, 0..6),
    ) {
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(input.len())).collect();
        cuts.extend([0, input.len()]);
        cuts.sort_unstable();
        let cut: Vec<&[u8]> = cuts.windows(2).map(|pair| &input[pair[0]..pair[1]]).collect();
        for one in transforming() {
            let name = one.name.clone();
            let calls = [one];
            prop_assert_eq!(stream(&calls, &cut), stream(&calls, &[&input]), "{}", name);
        }
    }
}
