//! Content codings: which one a client takes, and a file compressed as it is read (RFC 9110, 8.4 and 12.5.3).

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use bytes::Bytes;
use hyper::HeaderMap;
use hyper::header::ACCEPT_ENCODING;

/// How much is read at a time.
const PIECE: usize = 64 * 1024;

/// A content coding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// RFC 7932
    Brotli,
    /// RFC 8878
    Zstd,
    /// RFC 1952
    Gzip,
}

/// In the order we like them.
pub(super) const CODINGS: [Coding; 3] = [Coding::Brotli, Coding::Zstd, Coding::Gzip];

impl Coding {
    /// Its name in `Content-Encoding`.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Zstd => "zstd",
            Self::Gzip => "gzip",
        }
    }

    /// What ends the name of a file that is compressed already.
    pub(super) const fn ending(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Zstd => ".zst",
            Self::Gzip => ".gz",
        }
    }
}

/// What a client takes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Accepted {
    /// Codings, the best first.
    pub codings: Vec<Coding>,
    /// Whether it takes files as they are.
    pub plain: bool,
}

impl Accepted {
    /// Reads `Accept-Encoding`. Without the field only files as they are go to the client, which takes everything.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let mut weights: Vec<(String, u16)> = Vec::new();
        for line in headers.get_all(ACCEPT_ENCODING) {
            for member in line.to_str().unwrap_or_default().split(',') {
                let (name, parameters) = member.split_once(';').unwrap_or((member, ""));
                let name = name.trim().to_ascii_lowercase();
                if !name.is_empty() {
                    weights.push((if name == "x-gzip" { "gzip".into() } else { name }, weight(parameters)));
                }
            }
        }
        let of = |name: &str| weights.iter().find(|(known, _)| known == name).map(|(_, weight)| *weight);
        let rest = of("*");
        let plain = of("identity").or(rest).unwrap_or(1);
        let mut codings: Vec<(u16, Coding)> = CODINGS
            .iter()
            .filter_map(|coding| Some((of(coding.name()).or(rest)?, *coding)))
            .filter(|(weight, _)| *weight > 0 && (*weight >= plain || plain == 1))
            .collect();
        codings.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
        Self { codings: codings.into_iter().map(|(_, coding)| coding).collect(), plain: plain > 0 }
    }
}

/// The `q` of a member in thousandths; 0 for one that is no number.
fn weight(parameters: &str) -> u16 {
    let value = parameters.split(';').find_map(|parameter| {
        let (key, value) = parameter.split_once('=')?;
        key.trim().eq_ignore_ascii_case("q").then(|| value.trim().to_owned())
    });
    let Some(value) = value else { return 1000 };
    let (whole, part) = value.split_once('.').unwrap_or((&value, ""));
    let digits = part.len() <= 3 && part.bytes().all(|byte| byte.is_ascii_digit());
    match (whole, digits) {
        ("1", true) => 1000,
        ("0", true) => format!("{part:0<3}").parse().unwrap_or(0),
        _ => 0,
    }
}

/// A file that is compressed as it is read.
pub(super) struct Encoder {
    file: Arc<File>,
    at: u64,
    end: u64,
    coder: Coder,
}

enum Coder {
    Brotli(Box<brotli::CompressorWriter<Vec<u8>>>),
    Zstd(zstd::stream::write::Encoder<'static, Vec<u8>>),
    Gzip(flate2::write::GzEncoder<Vec<u8>>),
}

impl Encoder {
    /// Of the file's first `size` bytes, whatever it grows to meanwhile. Levels are those at which each codes about as fast as a network carries.
    pub(super) fn new(file: Arc<File>, size: u64, coding: Coding) -> io::Result<Self> {
        let coder = match coding {
            Coding::Brotli => Coder::Brotli(Box::new(brotli::CompressorWriter::new(Vec::new(), 16 * 1024, 4, 20))),
            Coding::Zstd => Coder::Zstd(zstd::stream::write::Encoder::new(Vec::new(), 3)?),
            Coding::Gzip => Coder::Gzip(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default())),
        };
        Ok(Self { file, at: 0, end: size, coder })
    }

    /// The next bytes, and itself while there are more to come. A file that no longer holds them is an error. Blocks.
    pub(super) fn step(mut self) -> io::Result<(Bytes, Option<Self>)> {
        let mut piece = vec![0; PIECE];
        loop {
            let left = usize::try_from(self.end - self.at).unwrap_or(usize::MAX);
            if left == 0 {
                return Ok((self.coder.finish()?.into(), None));
            }
            let count = self.file.read_at(&mut piece[..left.min(PIECE)], self.at)?;
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.at += count as u64;
            self.coder.write(&piece[..count])?;
            let coded = self.coder.take();
            if !coded.is_empty() {
                return Ok((coded.into(), Some(self)));
            }
        }
    }

    /// All of it. Blocks.
    pub(super) fn whole(self) -> io::Result<Bytes> {
        let mut all = Vec::new();
        let mut next = Some(self);
        while let Some(encoder) = next {
            let (bytes, more) = encoder.step()?;
            all.extend_from_slice(&bytes);
            next = more;
        }
        Ok(all.into())
    }
}

impl Coder {
    fn write(&mut self, data: &[u8]) -> io::Result<()> {
        match self {
            Self::Brotli(coder) => coder.write_all(data),
            Self::Zstd(coder) => coder.write_all(data),
            Self::Gzip(coder) => coder.write_all(data),
        }
    }

    /// What is coded so far.
    fn take(&mut self) -> Vec<u8> {
        std::mem::take(match self {
            Self::Brotli(coder) => coder.get_mut(),
            Self::Zstd(coder) => coder.get_mut(),
            Self::Gzip(coder) => coder.get_mut(),
        })
    }

    fn finish(self) -> io::Result<Vec<u8>> {
        match self {
            Self::Brotli(coder) => Ok(coder.into_inner()),
            Self::Zstd(coder) => coder.finish(),
            Self::Gzip(coder) => coder.finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn decoded(coding: Coding, coded: &[u8]) -> Vec<u8> {
        let mut plain = Vec::new();
        let read = match coding {
            Coding::Brotli => brotli::Decompressor::new(coded, PIECE).read_to_end(&mut plain),
            Coding::Zstd => zstd::stream::read::Decoder::new(coded).and_then(|mut coder| coder.read_to_end(&mut plain)),
            Coding::Gzip => flate2::read::GzDecoder::new(coded).read_to_end(&mut plain),
        };
        read.expect("it is coded");
        plain
    }

    #[test]
    fn as_much_is_coded_as_was_there_when_it_was_asked_for() {
        let content: Vec<u8> = (0..200_000_u32).flat_map(u32::to_be_bytes).collect();
        let file = Arc::new(tempfile::tempfile().expect("there is room"));
        (&*file).write_all(&content).expect("there is room");
        for coding in CODINGS {
            for size in [0, 1, PIECE, PIECE + 1, content.len()] {
                let whole = Encoder::new(Arc::clone(&file), size as u64, coding).and_then(Encoder::whole);
                assert!(decoded(coding, &whole.expect("it is there")) == content[..size], "{coding:?} {size}");
            }
            let gone = Encoder::new(Arc::clone(&file), content.len() as u64 + 1, coding).and_then(Encoder::whole);
            assert_eq!(gone.expect_err("it is not there").kind(), io::ErrorKind::UnexpectedEof);
        }
    }

    #[test]
    fn what_clients_take() {
        use Coding::{Brotli, Gzip, Zstd};
        for (field, codings, plain) in [
            (None, vec![], true),
            (Some(""), vec![], true),
            (Some("gzip, deflate, br, zstd"), vec![Brotli, Zstd, Gzip], true),
            (Some("gzip;q=1.0, br;q=0.5"), vec![Gzip, Brotli], true),
            (Some("gzip;q=0"), vec![], true),
            (Some("GZip ; Q=0.001"), vec![Gzip], true),
            (Some("*"), vec![Brotli, Zstd, Gzip], true),
            (Some("*;q=0, gzip"), vec![Gzip], false),
            (Some("identity;q=0"), vec![], false),
            (Some("identity, gzip;q=0.5"), vec![], true),
            (Some("gzip;q=nonsense, br;q=7"), vec![], true),
            (Some("x-gzip"), vec![Gzip], true),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(field) = field {
                headers.insert(ACCEPT_ENCODING, field.parse().expect("a value"));
            }
            assert_eq!(Accepted::of(&headers), Accepted { codings, plain }, "{field:?}");
        }
    }
}
