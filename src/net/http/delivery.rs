//! Deliveries: one file as an answer, whole or in parts, plain or compressed, or not at all because the client has it.

use std::borrow::Cow;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use hyper::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderValue, InvalidHeaderValue,
    LAST_MODIFIED, RANGE, VARY, X_CONTENT_TYPE_OPTIONS,
};
use hyper::http::request::Parts;
use hyper::{Method, Response, StatusCode};

use super::body::{Body, SMALL};
use super::condition::{Outcome, Validators};
use super::encoding::{Accepted, Coding, Encoder};
use super::files::{Answer, Work};
use super::folder::{Folder, Found, State};
use super::path::Target;
use super::range::{self, Ranges};
use super::{date, media, page};

/// Shorter files are not worth compressing: they fit into a packet anyway.
const WORTH: u64 = 1024;

/// What one delivery goes by.
pub(super) struct Delivery<'a> {
    pub folder: &'a Folder,
    pub target: &'a Target,
    pub cache: &'a HeaderValue,
    pub head: &'a Parts,
}

/// What is sent of a file: which bytes, coded how.
struct Choice {
    file: Arc<File>,
    state: State,
    coding: Option<Coding>,
    /// Whether it is compressed as it is sent; otherwise the file holds it as it goes.
    live: bool,
}

impl Delivery<'_> {
    /// The answer. The inner error is a status that somebody else makes an answer of.
    pub(super) fn answer(&self, file: File, state: State) -> io::Result<Result<Answer, StatusCode>> {
        let media = match media::by_name(self.target.last()) {
            Some(media) => media,
            None => media::by_content(&beginning(&file)?),
        };
        let accepted = Accepted::of(&self.head.headers);
        let varies = media::compresses(media);
        let Some(choice) = self.choose(file, state, varies, &accepted) else {
            return Ok(Err(StatusCode::NOT_ACCEPTABLE));
        };
        let validators = validators(&choice);
        let mut answer = match validators.evaluate(&self.head.headers) {
            Outcome::Failed => return Ok(Err(StatusCode::PRECONDITION_FAILED)),
            Outcome::NotModified => page::empty(StatusCode::NOT_MODIFIED).into(),
            Outcome::Holds => self.content(&choice, media, &validators)?,
        };
        let headers = answer.response.headers_mut();
        headers.insert(ETAG, field(&*validators.tag)?);
        headers.insert(LAST_MODIFIED, field(date::format(validators.modified))?);
        headers.insert(CACHE_CONTROL, self.cache.clone());
        if varies {
            headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        }
        Ok(Ok(answer))
    }

    /// Which bytes go; `None` when the client takes none that we have.
    fn choose(&self, file: File, state: State, varies: bool, accepted: &Accepted) -> Option<Choice> {
        let plain = |file, coding, live| Choice { file: Arc::new(file), state, coding, live };
        // A part of a file is one of the file as it is.
        if accepted.plain && self.head.headers.contains_key(RANGE) {
            return Some(plain(file, None, false));
        }
        if varies {
            for coding in &accepted.codings {
                if let Ok(Found::File(file, state)) = self.folder.find(self.target.with(coding.ending()).path()) {
                    return Some(Choice { file: Arc::new(file), state, coding: Some(*coding), live: false });
                }
            }
        }
        let worth = varies && state.size >= WORTH;
        match accepted.codings.first() {
            Some(coding) if worth || !accepted.plain => Some(plain(file, Some(*coding), true)),
            _ if accepted.plain => Some(plain(file, None, false)),
            _ => None,
        }
    }

    fn content(&self, choice: &Choice, media: &'static str, validators: &Validators) -> io::Result<Answer> {
        let content_type = match media::with_charset(media) {
            Cow::Borrowed(media) => HeaderValue::from_static(media),
            Cow::Owned(media) => field(media)?,
        };
        let mut answer = match self.ranges(choice, validators) {
            Ranges::Unsatisfiable => {
                let mut response = page::error(StatusCode::RANGE_NOT_SATISFIABLE, &self.head.headers);
                response.headers_mut().insert(CONTENT_RANGE, field(format!("bytes */{}", choice.state.size))?);
                return Ok(response.into());
            }
            Ranges::Parts(parts) => partial(choice, &parts, content_type)?.into(),
            Ranges::Whole => {
                let mut answer = whole(choice)?;
                answer.response.headers_mut().insert(CONTENT_TYPE, content_type);
                answer
            }
        };
        let headers = answer.response.headers_mut();
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if let Some(coding) = choice.coding {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
        }
        if !choice.live {
            headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        }
        Ok(answer)
    }

    fn ranges(&self, choice: &Choice, validators: &Validators) -> Ranges {
        let mut fields = self.head.headers.get_all(RANGE).iter();
        match (fields.next(), fields.next()) {
            // Ranges are defined for GET alone (RFC 9110, 14.2).
            (Some(field), None)
                if self.head.method == Method::GET && !choice.live && validators.fits_range(&self.head.headers) =>
            {
                field.to_str().map_or(Ranges::Whole, |field| range::parse(field, choice.state.size))
            }
            _ => Ranges::Whole,
        }
    }
}

/// How a file begins.
fn beginning(file: &File) -> io::Result<Vec<u8>> {
    let mut head = vec![0; media::HEAD];
    let count = file.read_at(&mut head, 0)?;
    head.truncate(count);
    Ok(head)
}

/// The state of a file as its size, time of change and number tell it; each coding is another representation.
fn validators(choice: &Choice) -> Validators {
    let State { size, modified: (seconds, nanoseconds), inode } = choice.state;
    let mut tag = String::with_capacity(64);
    for (mark, number) in
        [('"', inode), ('-', size), ('-', seconds.cast_unsigned()), ('.', nanoseconds.cast_unsigned())]
    {
        tag.push(mark);
        push_hex(&mut tag, number);
    }
    if let Some(coding) = choice.coding {
        tag.push('-');
        tag += coding.name();
    }
    tag += if choice.live { "-l\"" } else { "\"" };
    Validators { tag, modified: seconds }
}

/// Adds a number in hexadecimal digits, eight or more, so that heads of the same answer are as long for each copy of a file.
/// `format!` takes ten times as long, and every answer has four.
fn push_hex(text: &mut String, number: u64) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let first = (u64::BITS - number.leading_zeros()).div_ceil(4).max(8);
    for digit in (0..first).rev() {
        text.push(char::from(DIGITS[(number >> (4 * digit) & 0xf) as usize]));
    }
}

fn whole(choice: &Choice) -> io::Result<Answer> {
    let with = |body| Answer::from(page::with_status(StatusCode::OK, body));
    let Some(coding) = choice.coding.filter(|_| choice.live) else {
        return Body::file(&choice.file, 0..choice.state.size).map(with);
    };
    let encoder = Encoder::new(Arc::clone(&choice.file), choice.state.size, coding)?;
    if choice.state.size > SMALL {
        return Ok(with(Body::encoded(encoder)));
    }
    let work: Work = Box::new(|mut response| {
        *response.body_mut() = Body::of(encoder.whole()?);
        Ok(response)
    });
    Ok(Answer { work: Some(work), ..with(Body::empty()) })
}

fn partial(choice: &Choice, parts: &[Range<u64>], content_type: HeaderValue) -> io::Result<Response<Body>> {
    let size = choice.state.size;
    let content_range = |part: &Range<u64>| format!("bytes {}-{}/{size}", part.start, part.end - 1);
    if let [part] = parts {
        let body = Body::file(&choice.file, part.clone())?;
        let mut response = page::with_status(StatusCode::PARTIAL_CONTENT, body);
        response.headers_mut().insert(CONTENT_RANGE, field(content_range(part))?);
        response.headers_mut().insert(CONTENT_TYPE, content_type);
        return Ok(response);
    }
    let content_type = content_type.to_str().unwrap_or_default();
    let boundary = boundary(choice);
    let mut body = Body::empty();
    for part in parts {
        let range = content_range(part);
        body.push_bytes(format!("--{boundary}\r\nContent-Type: {content_type}\r\nContent-Range: {range}\r\n\r\n"));
        body.push_file(&choice.file, part.clone())?;
        body.push_bytes("\r\n");
    }
    body.push_bytes(format!("--{boundary}--\r\n"));
    let mut response = page::with_status(StatusCode::PARTIAL_CONTENT, body);
    response.headers_mut().insert(CONTENT_TYPE, field(format!("multipart/byteranges; boundary={boundary}"))?);
    Ok(response)
}

/// A boundary that is no line of the file: 128 bits that nobody knew when it was written.
fn boundary(choice: &Choice) -> String {
    use std::hash::{BuildHasher, RandomState};
    let word = || RandomState::new().hash_one(choice.state.inode);
    format!("{:016x}{:016x}", word(), word())
}

fn field<T>(text: T) -> io::Result<HeaderValue>
where
    HeaderValue: TryFrom<T, Error = InvalidHeaderValue>,
{
    HeaderValue::try_from(text).map_err(io::Error::other)
}
