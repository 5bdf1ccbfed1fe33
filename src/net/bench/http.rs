//! HTTP: one share of a load whose peer answers requests over HTTP/1.1 (RFC 9112).

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::client::conn::http1::{self, SendRequest};

use super::super::error::{NetError, describe};
use super::super::http::client::{HttpRequest, Wire, reason};
use super::super::socket::Connection;
use super::Load;
use super::tally::Tally;
use super::worker::{Answer, Exchange};

/// The most of an answer that is held at once; its head has to fit.
const MOST_HELD: usize = 64 * 1024;

/// One share of a load: a connection at a time.
pub(super) struct Client {
    load: Arc<Load>,
    request: Arc<HttpRequest>,
    tally: Arc<Tally>,
    /// A connection that was made beforehand.
    ready: Option<Connection>,
    link: Option<Link>,
}

/// A wire that tells the tally what comes.
type Counted = Wire<Box<dyn Fn(usize) + Send>>;

/// A connection that speaks HTTP.
struct Link {
    sender: SendRequest<Full<Bytes>>,
    /// What moves its bytes; none when it is over.
    driver: Option<http1::Connection<Counted, Full<Bytes>>>,
}

impl Client {
    /// A share that begins with a connection which is `ready`, if there is one.
    pub(super) fn new(
        load: Arc<Load>,
        request: Arc<HttpRequest>,
        ready: Option<Connection>,
        tally: Arc<Tally>,
    ) -> Self {
        Self { load, request, tally, ready, link: None }
    }

    /// The connection as it is, or a new one when the peer has ended it.
    async fn link(&mut self) -> Result<Link, String> {
        if let Some(mut link) = self.link.take()
            && link.is_ready().await
        {
            return Ok(link);
        }
        let connection = if let Some(connection) = self.ready.take() {
            connection
        } else {
            let connecting = self.load.transport.connect(self.load.place.clone(), self.load.connect.clone());
            connecting.await.map_err(|error| unreached(&error))?
        };
        let tally = Arc::clone(&self.tally);
        let wire: Counted = Wire::new(connection, Box::new(move |count| tally.received(count)));
        let handshake = http1::Builder::new().max_buf_size(MOST_HELD).handshake(wire).await;
        let (sender, driver) = handshake.map_err(|error| reason(&error).to_string())?;
        Ok(Link { sender, driver: Some(driver) })
    }
}

impl Exchange for Client {
    const MENDS: bool = true;

    async fn exchange(&mut self, _: u64) -> Result<Answer, String> {
        let mut link = self.link().await?;
        let status = link.ask(self.request.plain()).await.map_err(|error| reason(&error).to_string())?;
        if self.request.keeps() {
            self.link = Some(link);
        }
        Ok(Answer::Status(status))
    }
}

impl Link {
    /// Waits until it can carry a request; false when it never will.
    async fn is_ready(&mut self) -> bool {
        drive(&mut self.driver, self.sender.ready()).await.is_ok()
    }

    /// Sends a request and takes the whole answer; gives its status.
    async fn ask(&mut self, request: Request<Full<Bytes>>) -> hyper::Result<u16> {
        let answer = async {
            let mut answer = self.sender.send_request(request).await?;
            while let Some(frame) = answer.frame().await {
                frame?;
            }
            Ok(answer.status().as_u16())
        };
        drive(&mut self.driver, answer).await
    }
}

/// Does `work` while `driver` moves the bytes for it.
async fn drive<T>(driver: &mut Option<http1::Connection<Counted, Full<Bytes>>>, work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    poll_fn(|cx| {
        // Once more afterwards: what the work has just asked for leaves at once.
        for _ in 0..2 {
            // Why it is over the work is told too.
            if let Some(moving) = driver
                && Pin::new(moving).poll(cx).is_ready()
            {
                *driver = None;
            }
            if let Poll::Ready(result) = work.as_mut().poll(cx) {
                return Poll::Ready(result);
            }
        }
        Poll::Pending
    })
    .await
}

/// Why no connection could be made, without the address, which is always the same.
fn unreached(error: &NetError) -> String {
    match error {
        NetError::Connect { attempts, .. } => {
            attempts.last().map_or_else(|| error.to_string(), |(_, error)| describe(error))
        }
        other => other.to_string(),
    }
}
