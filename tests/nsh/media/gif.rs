//! GIF: as long as the film to a hundredth of a second, and the same picture as a still.

use data_encoding::HEXLOWER;
use gif::{ColorOutput, DecodeOptions, Repeat};

use super::{VARIED, recorded, shown, text};

/// A GIF, read as a browser reads it.
struct Picture {
    size: (u16, u16),
    palette: Vec<u8>,
    loops: bool,
    /// How long each frame is shown, in hundredths of a second.
    delays: Vec<u64>,
    /// What stands at the end.
    last: Vec<u8>,
}

fn read(bytes: &[u8]) -> Picture {
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    let mut decoder = options.read_info(bytes).expect("a GIF");
    let size = (decoder.width(), decoder.height());
    let palette = decoder.global_palette().expect("a palette").to_vec();
    let mut last = vec![0; usize::from(size.0) * usize::from(size.1)];
    let mut delays = Vec::new();
    while let Some(frame) = decoder.read_next_frame().expect("a frame") {
        assert!(frame.palette.is_none() && frame.transparent.is_none());
        delays.push(u64::from(frame.delay));
        let rows = frame.buffer.chunks_exact(usize::from(frame.width));
        for (y, row) in (usize::from(frame.top)..).zip(rows) {
            let start = y * usize::from(size.0) + usize::from(frame.left);
            last[start..start + row.len()].copy_from_slice(row);
        }
    }
    Picture { size, palette, loops: decoder.repeat() == Repeat::Infinite, delays, last }
}

#[test]
fn a_film_lasts_as_long_as_its_cast() {
    let folder = recorded(VARIED, "-o demo.cast -o demo.gif");
    let (moments, length) = shown(&text(&folder, "demo.cast"), super::COLUMNS, super::ROWS);
    let picture = read(&folder.read("demo.gif"));
    assert!(picture.loops);
    assert_eq!(picture.delays.iter().sum::<u64>(), (length + 5_000) / 10_000);
    assert!(picture.delays.iter().all(|delay| *delay >= 2), "{:?}", picture.delays);
    assert!(picture.delays.len() <= moments.len() && picture.delays.len() > moments.len() / 2);
}

#[test]
fn a_film_ends_with_what_a_still_shows() {
    let script = "print \"é 你 █\"\n# pause 20m\n## End\n";
    let picture = read(&recorded(script, "-o demo.gif --size 30x5").read("demo.gif"));
    let still = read(&recorded(script, "-o demo.gif --size 30x5 --still").read("demo.gif"));
    assert_eq!((picture.size, still.size), ((408, 216), (408, 216)));
    // The film's cursor stands on the empty row below.
    let differing = picture.last.iter().zip(&still.last).filter(|(one, other)| one != other).count();
    assert_eq!(differing, 12 * 26);
    assert_eq!(still.delays, [0]);
    // Twenty minutes are longer than a frame can be shown.
    assert!(picture.delays.contains(&u64::from(u16::MAX)), "{:?}", picture.delays);
    assert!(picture.delays.iter().sum::<u64>() > 120_000);
}

#[test]
fn its_colours_are_the_themes() {
    for (theme, page, text) in
        [("light", "ffffff", "1f2328"), ("auto", "161b22", "e6edf3"), ("night", "000000", "e8e8e8")]
    {
        let picture = read(&recorded("print 1\n", &format!("-o demo.gif --theme {theme} --still")).read("demo.gif"));
        let colours: Vec<String> = picture.palette.chunks_exact(3).map(|rgb| HEXLOWER.encode(rgb)).collect();
        let count = |colour: &str| {
            let number = colours.iter().position(|known| known == colour).expect("it is in the palette");
            picture.last.iter().filter(|pixel| usize::from(**pixel) == number).count()
        };
        assert!(count(page) > picture.last.len() / 2 && count(text) > 20, "{theme}");
    }
}
