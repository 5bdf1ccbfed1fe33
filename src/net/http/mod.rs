//! HTTP/1.1 and HTTP/2 (RFC 9110, RFC 9112, RFC 9113): the web server with the files of a folder, and those who ask.

mod answer;
mod body;
mod condition;
mod connection;
mod content;
mod date;
mod delivery;
mod disturbance;
mod encoding;
mod entry;
mod files;
mod folder;
mod head;
mod host;
mod json;
mod lane;
mod limits;
mod listing;
mod live;
mod log;
mod media;
mod meter;
mod pace;
mod page;
mod path;
mod range;
mod site;
mod wire;

pub mod client;

pub use body::Body;
pub use connection::{Observer, Visit, serve};
pub use content::{Content, Missing};
pub use disturbance::Disturbance;
pub use entry::Entry;
pub use files::Files;
pub use folder::{Folder, Links};
pub use head::Head;
pub use live::Live;
pub use log::{Format, Log};
pub use media::of_word as media_of;
pub use page::error as error_page;
pub use path::decoded;
pub use site::{Credentials, Request, Responder, Site};
