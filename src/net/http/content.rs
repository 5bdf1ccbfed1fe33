//! The content of a request: still coming, or here.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Incoming;

/// How long a peer may take to send what is read whole.
const PATIENCE: Duration = Duration::from_secs(30);

/// The content of a request.
#[derive(Debug)]
pub enum Content {
    /// It may still be coming.
    Coming(Incoming),
    /// This is what has come.
    Here(Bytes),
}

/// Why content is not here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// It is longer than it may be.
    TooLong,
    /// It did not come in time, or broke off.
    Late,
}

impl Content {
    /// All of it, at most `most` bytes.
    pub async fn read(self, most: usize) -> Result<Bytes, Missing> {
        let mut coming = match self {
            Self::Coming(coming) => coming,
            Self::Here(bytes) => return Ok(bytes),
        };
        let read = async {
            let mut whole = BytesMut::new();
            while let Some(frame) = coming.frame().await {
                let Ok(data) = frame.map_err(|_| Missing::Late)?.into_data() else { continue };
                if whole.len() + data.len() > most {
                    return Err(Missing::TooLong);
                }
                whole.extend_from_slice(&data);
            }
            Ok(whole.freeze())
        };
        tokio::time::timeout(PATIENCE, read).await.unwrap_or(Err(Missing::Late))
    }
}
