//! The network: bytes to sockets and back. It knows no spans, values or scripts.

pub mod access;
pub mod address;
pub mod bench;
pub mod clock;
pub mod diagnosis;
pub mod error;
pub mod flow;
pub mod listener;
pub mod ports;
pub mod relay;
pub mod resolve;
pub mod scan;
pub mod socket;
pub mod stage;
pub mod transport;

pub use address::{Address, Endpoint, Host, Place};
pub use error::NetError;
pub use socket::{Connection, Framing, Received, Socket};
