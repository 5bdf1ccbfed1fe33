//! Entries: what one request asked for and what it was answered.

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::net::{Endpoint, json};

/// A request that was answered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Entry {
    /// Who asked.
    pub peer: Endpoint,
    /// As whom, where one has to say so.
    pub user: Option<String>,
    /// When, in seconds since 1970.
    pub time: u64,
    /// `GET`
    pub method: String,
    /// The target as it was asked for: `/a?b=c`. A peer wrote it.
    pub target: String,
    /// `HTTP/1.1`
    pub version: Cow<'static, str>,
    /// The status of the answer; 0 when the peer left before there was one.
    pub status: u16,
    /// How many bytes of its content were given to the connection.
    pub bytes: u64,
    /// Whether that is all of it.
    pub whole: bool,
    /// How long it took from the end of the request's head.
    #[serde(with = "json::microseconds")]
    pub took: Duration,
    /// The `Referer` field. A peer wrote it.
    pub referer: Option<String>,
    /// The `User-Agent` field. A peer wrote it.
    pub agent: Option<String>,
}
