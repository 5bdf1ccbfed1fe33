//! Media types: what a file is, by its name, or by how it begins.

use std::borrow::Cow;

/// How a file begins, as far as it is looked at.
pub(super) const HEAD: usize = 1024;

/// Endings of names, in lower case, and their media types (IANA's registry, and what browsers go by).
const TYPES: &[(&str, &str)] = &[
    ("3gp", "video/3gpp"),
    ("7z", "application/x-7z-compressed"),
    ("aac", "audio/aac"),
    ("apk", "application/vnd.android.package-archive"),
    ("atom", "application/atom+xml"),
    ("avi", "video/x-msvideo"),
    ("avif", "image/avif"),
    ("bin", "application/octet-stream"),
    ("bmp", "image/bmp"),
    ("br", "application/octet-stream"),
    ("bz2", "application/x-bzip2"),
    ("c", "text/plain"),
    ("cjs", "text/javascript"),
    ("css", "text/css"),
    ("csv", "text/csv"),
    ("deb", "application/vnd.debian.binary-package"),
    ("doc", "application/msword"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("eot", "application/vnd.ms-fontobject"),
    ("epub", "application/epub+zip"),
    ("flac", "audio/flac"),
    ("geojson", "application/geo+json"),
    ("gif", "image/gif"),
    ("gz", "application/gzip"),
    ("h", "text/plain"),
    ("heic", "image/heic"),
    ("htm", "text/html"),
    ("html", "text/html"),
    ("ico", "image/vnd.microsoft.icon"),
    ("ics", "text/calendar"),
    ("iso", "application/octet-stream"),
    ("jar", "application/java-archive"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("js", "text/javascript"),
    ("json", "application/json"),
    ("jsonld", "application/ld+json"),
    ("jxl", "image/jxl"),
    ("log", "text/plain"),
    ("m3u8", "application/vnd.apple.mpegurl"),
    ("m4a", "audio/mp4"),
    ("m4v", "video/mp4"),
    ("map", "application/json"),
    ("md", "text/markdown"),
    ("mid", "audio/midi"),
    ("mjs", "text/javascript"),
    ("mkv", "video/x-matroska"),
    ("mov", "video/quicktime"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("mpeg", "video/mpeg"),
    ("nsh", "text/plain"),
    ("odp", "application/vnd.oasis.opendocument.presentation"),
    ("ods", "application/vnd.oasis.opendocument.spreadsheet"),
    ("odt", "application/vnd.oasis.opendocument.text"),
    ("oga", "audio/ogg"),
    ("ogg", "audio/ogg"),
    ("ogv", "video/ogg"),
    ("opus", "audio/ogg"),
    ("otf", "font/otf"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("ppt", "application/vnd.ms-powerpoint"),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("ps", "application/postscript"),
    ("py", "text/plain"),
    ("rar", "application/vnd.rar"),
    ("rs", "text/plain"),
    ("rss", "application/rss+xml"),
    ("rtf", "application/rtf"),
    ("sh", "text/plain"),
    ("svg", "image/svg+xml"),
    ("tar", "application/x-tar"),
    ("tgz", "application/gzip"),
    ("tif", "image/tiff"),
    ("tiff", "image/tiff"),
    ("toml", "application/toml"),
    ("ts", "video/mp2t"),
    ("tsv", "text/tab-separated-values"),
    ("ttf", "font/ttf"),
    ("txt", "text/plain"),
    ("vtt", "text/vtt"),
    ("wasm", "application/wasm"),
    ("wav", "audio/wav"),
    ("weba", "audio/webm"),
    ("webm", "video/webm"),
    ("webmanifest", "application/manifest+json"),
    ("webp", "image/webp"),
    ("woff", "font/woff"),
    ("woff2", "font/woff2"),
    ("xhtml", "application/xhtml+xml"),
    ("xls", "application/vnd.ms-excel"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("xml", "text/xml"),
    ("xz", "application/x-xz"),
    ("yaml", "application/yaml"),
    ("yml", "application/yaml"),
    ("zip", "application/zip"),
    ("zst", "application/zstd"),
];

/// The media type that the ending of a file's name stands for, without a charset.
pub(super) fn by_name(name: &[u8]) -> Option<&'static str> {
    let dot = name.iter().rposition(|byte| *byte == b'.').filter(|dot| *dot > 0)?;
    let ending = || name[dot + 1..].iter().map(u8::to_ascii_lowercase);
    TYPES.binary_search_by(|(known, _)| known.bytes().cmp(ending())).ok().map(|index| TYPES[index].1)
}

/// The media type that a word stands for, with its charset: `json`, `text/csv`.
pub fn of_word(word: &str) -> Option<String> {
    if word.contains('/') {
        return Some(word.to_owned());
    }
    by_name(format!("a.{word}").as_bytes()).map(|media| with_charset(media).into_owned())
}

/// The media type of a file whose name does not tell, by how it begins: text, or any bytes.
pub(super) fn by_content(head: &[u8]) -> &'static str {
    let text = match std::str::from_utf8(head) {
        Ok(text) => Some(text),
        // A character that the look cut in two.
        Err(error) if error.error_len().is_none() => std::str::from_utf8(&head[..error.valid_up_to()]).ok(),
        Err(_) => None,
    };
    let plain = |text: &str| !text.chars().any(|c| c.is_control() && !"\t\n\r\x0c\x1b".contains(c));
    if text.is_some_and(plain) { "text/plain" } else { "application/octet-stream" }
}

/// A media type as `Content-Type` has it: text is UTF-8, and says so.
pub(super) fn with_charset(media: &'static str) -> Cow<'static, str> {
    if media.starts_with("text/") { format!("{media}; charset=utf-8").into() } else { media.into() }
}

/// Whether files of that type are worth compressing.
pub(super) fn compresses(media: &str) -> bool {
    let exact = [
        "application/json",
        "application/toml",
        "application/wasm",
        "application/yaml",
        "application/postscript",
        "application/rtf",
        "application/vnd.apple.mpegurl",
        "application/vnd.ms-fontobject",
        "font/otf",
        "font/ttf",
        "image/bmp",
        "image/vnd.microsoft.icon",
    ];
    media.starts_with("text/") || media.ends_with("+xml") || media.ends_with("+json") || exact.contains(&media)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_are_sorted_and_in_lower_case() {
        assert!(TYPES.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(TYPES.iter().all(|(ending, _)| *ending == ending.to_ascii_lowercase()));
    }

    #[test]
    fn names_tell_types() {
        for (name, media) in [
            ("a.html", Some("text/html")),
            ("A.JPG", Some("image/jpeg")),
            ("x.tar.gz", Some("application/gzip")),
            ("module.mjs", Some("text/javascript")),
            ("app.webmanifest", Some("application/manifest+json")),
            ("README", None),
            (".html", None),
            ("a.", None),
            ("a.unheard-of", None),
        ] {
            assert_eq!(by_name(name.as_bytes()), media, "{name}");
        }
    }

    #[test]
    fn content_tells_text_from_bytes() {
        assert_eq!(by_content(b"hello\n"), "text/plain");
        assert_eq!(by_content("é".repeat(600).as_bytes().get(..HEAD - 1).unwrap_or_default()), "text/plain");
        assert_eq!(by_content(b"\x7fELF\0"), "application/octet-stream");
        assert_eq!(by_content(b"\xff\xfe"), "application/octet-stream");
    }
}
