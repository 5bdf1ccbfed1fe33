//! `serve`: a web server.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use hyper::header::{HeaderName, HeaderValue};

use super::options::{self, setting, settings, words};
use super::{Command, Purpose, address, listen, transports};
use crate::engine::evaluator::{self, Evaluator, Given, Invocation};
use crate::engine::event::SessionKind;
use crate::engine::fault::Problem;
use crate::engine::handlers::HandlerSet;
use crate::engine::ledger::Ledger;
use crate::engine::open::{self, Service, Terms};
use crate::engine::routes::Routes;
use crate::engine::served::Served;
use crate::engine::session::LineEnding;
use crate::language::signature::{Effect, Example, OptionSpec, Shape, Signature};
use crate::language::{Span, base64};
use crate::net::http::{Credentials, Files, Folder, Format, Links, Live, Log, Responder, Site};
use crate::net::listener::Acceptor;
use crate::net::stage::Argument;
use crate::net::transport::{End, Transport};
use crate::net::{Address, Endpoint, Fact, Host, Place};

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "serve",
        summary: "serve the files of a folder over HTTP or HTTPS",
        parameters: &[
            options::one("KIND", words!("http", "https"), "over TCP, or over TLS"),
            options::maybe("DIR", Shape::Path, "the folder; with routes there need not be one"),
            options::maybe(
                "ADDR",
                Shape::Address,
                "where: a port, *:PORT, HOST:PORT; 8080 when left out, 8443 for https",
            ),
        ],
        options: OPTIONS,
        handlers: true,
        effect: Effect::Opens { prefix: "http", current: false },
    },
    purpose: Purpose::Opening,
    details: "HTTP/1.1, and HTTP/2 with whoever begins with it. Files are opened beneath the folder and nowhere else; \
              names that begin with a dot are not there unless `hidden=yes`. A folder shows its index file, or a list \
              of what is in it, which is also had as JSON (`?format=json`). Files are sent whole or in ranges, and \
              compressed for those who take that: `a.css.br`, `.zst` or `.gz` beside `a.css` is sent in its place. \
              Each request is told in a line. A connection may rest for 75 s or `idle`, and has 10 s for the head of a \
              request. In a block, `on request METHOD PATH { reply … }` answers requests before the files do, and \
              `web: expect request POST /login` waits for one. Over TLS a certificate is made if none is given, and HTTP/2 is agreed on by ALPN.",
    examples: &[
        Example {
            script: "serve http . 0 as web\nconnect $web\nsend \"GET / HTTP/1.0\\r\\n\\r\\n\"\nexpect \"200 OK\"",
            shows: "the folder we are in, on a free port",
        },
        Example {
            script: "serve http . 0 as web cache=1h header=\"X-Frame-Options: DENY\" listing=no\nbench http $web.url connections=1 for 20ms",
            shows: "options, and the server's URL",
        },
        Example {
            script: "serve https . 0 as web\nconnect tls $web insecure=yes\nsend \"GET / HTTP/1.0\\r\\n\\r\\n\"\nexpect \"200 OK\"",
            shows: "the same over TLS",
        },
    ],
    run: |evaluator, invocation| Box::pin(run(evaluator, invocation)),
};

const OPTIONS: &[OptionSpec] = &[
    options::AS,
    setting("listing", Shape::Boolean, "yes", "whether folders without an index file are listed"),
    setting("index", Shape::Label, "index.html,index.htm", "the names of index files, the best first; `no` for none"),
    setting("spa", Shape::Boolean, "no", "whether the folder's own index answers for paths that lead nowhere"),
    setting("hidden", Shape::Boolean, "no", "whether names that begin with a dot are there"),
    setting(
        "symlinks",
        words!("inside", "yes", "no"),
        "inside",
        "which symbolic links are followed: those that stay beneath the folder, all, or none",
    ),
    setting("live", Shape::Boolean, "no", "whether browsers load a page again when a file changes"),
    setting("cors", Shape::Label, "none", "whose pages may read the answers: an origin, or `yes` for all"),
    settings("header", Shape::Text, "none", "a field of all answers: `header=\"X-Frame-Options: DENY\"`"),
    setting("auth", Shape::Label, "everybody", "who alone may ask: `auth=user:password`"),
    setting(
        "cache",
        Shape::Choice(&[&[Shape::Keyword("no")], &[Shape::Duration]]),
        "asked each time",
        "how long files may be kept by their readers; with `no` not at all",
    ),
    setting("throttle", Shape::Rate, "none", "bytes of content a second for each connection"),
    setting("log", Shape::Path, "none", "append a line for each request to a file"),
    setting("format", words!("common", "combined", "json"), "combined", "how those lines look"),
    setting("max", Shape::Integer, "no limit", "how many connections at the same time"),
    setting("full", words!("refuse", "wait"), "refuse", "what happens to a connection beyond that"),
    options::ALLOW,
    options::DENY,
    setting("idle", Shape::Duration, "75s", "how long a connection may rest between requests"),
    setting("backlog", Shape::Integer, "4096", "how many connections the system may hold ready"),
    options::IP,
];

async fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    let kind = Kind::of(invocation);
    let words = Words::read(invocation);
    let (transport, place) = place(words.address, kind)?;
    let ledger = Arc::<Ledger>::default();
    let site = Arc::new(site(evaluator, invocation, words.folder, &ledger)?);
    let terms = Terms {
        service: Service::Site(site),
        idle: invocation.duration("idle")?,
        line_ending: LineEnding::Crlf,
        once: false,
    };
    let mut settings = transports::settings(invocation, &[(transport, End::Listener)])?;
    if kind == Kind::Https && !settings.has("alpn") {
        settings.add("alpn", Argument::Bytes("h2,http/1.1".into()));
    }
    let mut admission = listen::admission(invocation).await?;
    admission.patience = settings.duration("handshake");
    let listen = listen::listen_options(evaluator, invocation, settings)?;
    let name = listen::name(evaluator, invocation)?;
    let public = address::is_public(&place);
    let listener =
        transport.listen(place, listen).await.map_err(|error| address::cannot_listen(error, evaluator.shared()))?;
    let acceptor = Acceptor::new(listener, admission);
    let url = url(kind.scheme(), &acceptor.local());
    let announcement = listen::Announcement {
        transport,
        acceptor: &acceptor,
        kind: SessionKind::Listen,
        prefix: "http",
        name: (name, invocation.option_text("as")),
        serves: Served::word(serves(invocation, words.folder)),
        public,
        facts: url.map(|url| Fact::told("url", url.clone(), url)).into_iter().collect(),
    };
    let session = listen::announce(evaluator, announcement);
    session.keep_requests(ledger);
    open::accept_all(evaluator.shared(), &session, acceptor, terms);
    if evaluator.shared().config.netcat {
        session.until(|session| !session.is_open()).await;
    }
    Ok(())
}

/// What is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Http,
    Https,
}

impl Kind {
    fn of(invocation: &Invocation<'_>) -> Self {
        if invocation.text("KIND").as_deref() == Some("https") { Self::Https } else { Self::Http }
    }

    const fn scheme(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// The transport that carries it.
    const fn transport(self) -> &'static str {
        match self {
            Self::Http => "tcp",
            Self::Https => "tls",
        }
    }

    /// Where it is when nothing is said.
    const fn port(self) -> u16 {
        match self {
            Self::Http => 8080,
            Self::Https => 8443,
        }
    }
}

/// The folder and the address of a statement. With routes, a single word that is an address is that: `serve http 0 { … }`.
struct Words<'i> {
    folder: Option<(&'i Given, Span)>,
    address: Option<(&'i Given, Span)>,
}

impl<'i> Words<'i> {
    fn read(invocation: &'i Invocation<'_>) -> Self {
        let (folder, address) = (invocation.get("DIR"), invocation.get("ADDR"));
        let is_address = |(given, _): &(&Given, Span)| {
            let text = given.text();
            !text.starts_with(['.', '/']) && Address::parse(&text).is_ok()
        };
        match folder {
            Some(word) if address.is_none() && invocation.node.handlers.is_some() && is_address(&word) => {
                Self { folder: None, address: Some(word) }
            }
            folder => Self { folder, address },
        }
    }
}

/// What is served, in words.
fn serves(invocation: &Invocation<'_>, folder: Option<(&Given, Span)>) -> String {
    let folder = folder.map(|(given, _)| given.text());
    let routes = invocation.node.handlers.is_some().then(|| "script".to_owned());
    routes.into_iter().chain(folder).collect::<Vec<_>>().join(", ")
}

/// Where it listens.
fn place(address: Option<(&Given, Span)>, kind: Kind) -> Result<(&'static dyn Transport, Place), Problem> {
    let default = address::find(kind.transport())?;
    let Some((given, span)) = address else {
        return Ok((default, Place::Inet(Host::Loopback, kind.port())));
    };
    let (transport, place) = address::parse(&given.value(), span, default)?;
    if transport.name() != default.name() {
        let wrong = format!("{} is served over {}, not {}", kind.scheme(), default.name(), transport.name());
        return Err(Problem::usage(wrong).at(span));
    }
    Ok((transport, place))
}

/// How a browser of this machine gets there.
fn url(scheme: &str, at: &[Endpoint]) -> Option<String> {
    let Some(Endpoint::Inet(address)) = at.first() else { return None };
    let host = match address {
        address if address.ip().is_loopback() || address.ip().is_unspecified() => "localhost".to_owned(),
        SocketAddr::V4(address) => address.ip().to_string(),
        SocketAddr::V6(address) => format!("[{}]", address.ip()),
    };
    Some(format!("{scheme}://{host}:{}/", address.port()))
}

fn site(
    evaluator: &Evaluator,
    invocation: &Invocation<'_>,
    folder: Option<(&Given, Span)>,
    ledger: &Arc<Ledger>,
) -> Result<Site, Problem> {
    let mut responders: Vec<Box<dyn Responder>> = Vec::new();
    let set = invocation.node.handlers.as_ref().map(|handlers| HandlerSet {
        handlers: handlers.clone(),
        source: Arc::clone(evaluator.source()),
        scope: Arc::clone(evaluator.scope()),
    });
    let has_routes = set.is_some();
    if has_routes || !evaluator.shared().config.netcat {
        responders.push(Box::new(Routes::new(evaluator.shared(), set, Arc::clone(ledger))));
    }
    match folder {
        Some(folder) if invocation.flag("live", false)? => {
            let path = evaluator::path(&folder.0.text());
            responders.push(Box::new(Live::new(files(invocation, folder)?, path)));
        }
        Some(folder) => responders.push(Box::new(files(invocation, folder)?)),
        None if has_routes => {}
        None => return Err(Problem::usage("expected a folder, or routes").hint("write `serve http .`")),
    }
    Ok(Site {
        responders,
        credentials: credentials(invocation)?,
        cors: cors(invocation)?,
        headers: headers(invocation)?,
        throttle: invocation.count("throttle")?,
        log: log(invocation)?,
    })
}

fn files(invocation: &Invocation<'_>, place: (&Given, Span)) -> Result<Files, Problem> {
    Ok(Files {
        folder: Arc::new(folder(invocation, place)?),
        index: match invocation.option_text("index") {
            None => vec!["index.html".into(), "index.htm".into()],
            Some(names) if names == "no" => Vec::new(),
            Some(names) => names.split(',').map(|name| name.trim().to_owned()).collect(),
        },
        listing: invocation.flag("listing", true)?,
        spa: invocation.flag("spa", false)?,
        hidden: invocation.flag("hidden", false)?,
        cache: cache(invocation)?,
    })
}

fn folder(invocation: &Invocation<'_>, (given, span): (&Given, Span)) -> Result<Folder, Problem> {
    let links = match invocation.option_text("symlinks").as_deref() {
        Some("yes") => Links::All,
        Some("no") => Links::None,
        _ => Links::Inside,
    };
    let path = evaluator::path(&given.text());
    Folder::open(&path, links).map_err(|error| cannot("serve", &path, &error).at(span))
}

fn cannot(what: &str, path: &Path, error: &std::io::Error) -> Problem {
    Problem::refused(format!("cannot {what} `{}`: {}", path.display(), crate::net::error::describe(error)))
}

/// `Cache-Control` of files.
fn cache(invocation: &Invocation<'_>) -> Result<HeaderValue, Problem> {
    let Some((given, span)) = invocation.option("cache") else {
        return Ok(HeaderValue::from_static("no-cache"));
    };
    if given.text() == "no" {
        return Ok(HeaderValue::from_static("no-store"));
    }
    let age = match given {
        evaluator::Given::Sequence(items) => items.first().map(evaluator::Given::duration),
        given => Some(given.duration()),
    };
    let age = age.ok_or_else(|| Problem::usage("expected a duration").at(span))?.map_err(|problem| problem.at(span))?;
    HeaderValue::try_from(format!("max-age={}", age.as_secs())).map_err(|error| Problem::usage(error.to_string()))
}

fn credentials(invocation: &Invocation<'_>) -> Result<Option<Credentials>, Problem> {
    let Some((given, span)) = invocation.option("auth") else { return Ok(None) };
    let text = given.text();
    let Some((user, _)) = text.split_once(':') else {
        return Err(Problem::usage("expected `USER:PASSWORD`").at(span).hint("write `auth=user:password`"));
    };
    Ok(Some(Credentials { user: user.to_owned(), token: base64::encode(text.as_bytes()) }))
}

fn cors(invocation: &Invocation<'_>) -> Result<Option<HeaderValue>, Problem> {
    let Some((given, span)) = invocation.option("cors") else { return Ok(None) };
    match given.text().as_str() {
        "no" => Ok(None),
        "yes" | "*" => Ok(Some(HeaderValue::from_static("*"))),
        origin => match HeaderValue::try_from(origin) {
            Ok(value) if origin.contains("://") && !origin.ends_with('/') => Ok(Some(value)),
            _ => Err(Problem::usage(format!("`{origin}` is no origin"))
                .at(span)
                .hint("write `cors=\"https://example.org\"`, or `cors=yes` for all")),
        },
    }
}

pub(super) fn headers(invocation: &Invocation<'_>) -> Result<Vec<(HeaderName, HeaderValue)>, Problem> {
    let mut headers = Vec::new();
    for (given, span) in invocation.options("header") {
        let text = given.text();
        let field = text.split_once(':').and_then(|(name, value)| {
            Some((HeaderName::try_from(name.trim()).ok()?, HeaderValue::try_from(value.trim()).ok()?))
        });
        let Some(field) = field else {
            return Err(Problem::usage(format!("`{text}` is no header: expected `NAME: VALUE`")).at(span));
        };
        let framing = ["content-length", "transfer-encoding", "connection", "content-range", "content-encoding"];
        if framing.contains(&field.0.as_str()) {
            return Err(Problem::usage(format!("`{}` is decided for each answer", field.0)).at(span));
        }
        headers.push(field);
    }
    Ok(headers)
}

fn log(invocation: &Invocation<'_>) -> Result<Option<Log>, Problem> {
    let format = match invocation.option_text("format").as_deref() {
        Some("common") => Format::Common,
        Some("json") => Format::Json,
        _ => Format::Combined,
    };
    let Some((given, span)) = invocation.option("log") else {
        return match invocation.option("format") {
            None => Ok(None),
            Some((_, span)) => Err(Problem::usage("`format` is for `log`").at(span)),
        };
    };
    let path = evaluator::path(&given.text());
    Log::open(&path, format).map(Some).map_err(|error| cannot("write", &path, &error).at(span))
}
