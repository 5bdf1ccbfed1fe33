//! The network: bytes to sockets and back. It knows no spans, values or scripts.

pub mod access;
pub mod address;
pub mod bench;
pub mod clock;
pub mod diagnosis;
pub mod error;
pub mod fact;
pub mod flow;
pub mod handover;
pub mod http;
pub mod io;
pub mod json;
pub mod listener;
pub mod opening;
pub mod pending;
pub mod ports;
mod program;
pub mod proxy;
pub mod quiet;
pub mod random;
pub mod relay;
pub mod resolve;
pub mod scan;
pub mod socket;
pub mod stage;
pub mod transport;
pub mod url;
pub mod vacancy;
mod via;

pub use address::{Address, Endpoint, Host, Place};
pub use error::NetError;
pub use fact::Fact;
pub use socket::{Connection, Framing, MessageKind, Parting, Received, Socket};
pub use url::Url;
