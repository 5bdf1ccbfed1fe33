//! HTTP/1.1 and HTTP/2 (RFC 9110, RFC 9112, RFC 9113): those who ask.

mod head;

pub mod client;

pub use head::Head;
