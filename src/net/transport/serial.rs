//! Serial lines (termios(3)): a device as the peer, its bytes as they are.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::termios::{ControlModes, InputModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use tokio::io::Interest;

use super::descriptor::{Descriptor, DescriptorStream, Nature};
use super::setting::{End, Setting, Settings};
use super::{BoxFuture, ConnectOptions, Places, Transport, path};
use crate::net::address::{Endpoint, Place};
use crate::net::error::NetError;
use crate::net::socket::{Connection, Framing};
use crate::net::stage::Kind;

/// The transport.
pub(super) struct Serial;

impl Transport for Serial {
    fn name(&self) -> &'static str {
        "serial"
    }

    fn summary(&self) -> &'static str {
        "a serial line, to connect to"
    }

    fn framing(&self) -> Framing {
        Framing::Stream
    }

    fn places(&self) -> Places {
        Places::Files
    }

    fn listens(&self) -> bool {
        false
    }

    fn settings(&self) -> Vec<Setting> {
        let setting = |key, kind, default, summary| Setting::new(key, kind, End::Client, default, summary);
        vec![
            setting("baud", Kind::Integer, "115200", "bits a second"),
            setting("bits", Kind::Integer, "8", "the data bits of a byte: 5 to 8"),
            setting("parity", Kind::Label, "none", "none, even or odd"),
            setting("stop", Kind::Integer, "1", "the stop bits of a byte: 1 or 2"),
            setting(
                "flow",
                Kind::Label,
                "none",
                "who may stop the other: none, hardware (RTS/CTS) or software (XON/XOFF)",
            ),
        ]
    }

    fn connect(&self, place: Place, options: ConnectOptions) -> BoxFuture<'static, Result<Connection, NetError>> {
        Box::pin(async move {
            let Endpoint::Path(device) = path::named("serial", place)? else {
                return Err(NetError::Unsupported("serial needs the path of a device".into()));
            };
            let manner = Manner::of(&options.settings)?;
            match open(&device, &manner) {
                Ok(line) => {
                    // It ends when the device goes: bytes may come as long as it is there.
                    let peer = Endpoint::Path(device);
                    Ok(Arc::new(DescriptorStream::new(line, Nature::Device, Endpoint::Unnamed, peer)) as Connection)
                }
                Err(error) => {
                    let attempts = vec![(Endpoint::Path(device), error)];
                    Err(NetError::Connect { protocol: "serial", attempts })
                }
            }
        })
    }
}

/// How a line is to be.
struct Manner {
    baud: u32,
    control: ControlModes,
    input: InputModes,
}

impl Manner {
    fn of(settings: &Settings) -> Result<Self, NetError> {
        let wrong = |key: &str, known: &str| NetError::Unsupported(format!("`{key}` is {known}"));
        let word = |key: &str| settings.text(key).unwrap_or_else(|| "none".to_owned());
        let baud = settings.number("baud").unwrap_or(115_200);
        let baud = u32::try_from(baud).ok().filter(|baud| *baud > 0);
        let mut control = match settings.number("bits").unwrap_or(8) {
            5 => ControlModes::CS5,
            6 => ControlModes::CS6,
            7 => ControlModes::CS7,
            8 => ControlModes::CS8,
            _ => return Err(wrong("bits", "5, 6, 7 or 8")),
        };
        control |= match word("parity").as_str() {
            "none" => ControlModes::empty(),
            "even" => ControlModes::PARENB,
            "odd" => ControlModes::PARENB | ControlModes::PARODD,
            _ => return Err(wrong("parity", "none, even or odd")),
        };
        control |= match settings.number("stop").unwrap_or(1) {
            1 => ControlModes::empty(),
            2 => ControlModes::CSTOPB,
            _ => return Err(wrong("stop", "1 or 2")),
        };
        let mut input = InputModes::empty();
        match word("flow").as_str() {
            "none" => {}
            "hardware" => control |= ControlModes::CRTSCTS,
            "software" => input |= InputModes::IXON | InputModes::IXOFF,
            _ => return Err(wrong("flow", "none, hardware or software")),
        }
        Ok(Self { baud: baud.ok_or_else(|| wrong("baud", "a number of bits a second"))?, control, input })
    }

    /// The modes of a line that leaves all bytes alone and needs no modem.
    fn apply(&self, modes: &mut Termios) -> io::Result<()> {
        use ControlModes as C;
        modes.make_raw();
        modes.control_modes -= C::CSIZE | C::PARENB | C::PARODD | C::CSTOPB | C::CRTSCTS;
        modes.control_modes |= self.control | C::CLOCAL | C::CREAD;
        modes.input_modes -= InputModes::IXON | InputModes::IXOFF;
        modes.input_modes |= self.input;
        Ok(modes.set_speed(self.baud)?)
    }
}

fn open(device: &Path, manner: &Manner) -> io::Result<Descriptor> {
    // Non-blocking, so that no line waits for a carrier that may never come.
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let line = rustix::fs::open(device, flags, Mode::empty())?;
    let mut modes = tcgetattr(&line).map_err(|error| match error {
        Errno::NOTTY => io::Error::new(ErrorKind::InvalidInput, "it is no serial line"),
        other => other.into(),
    })?;
    manner.apply(&mut modes)?;
    tcsetattr(&line, OptionalActions::Now, &modes)?;
    Descriptor::new(line, Interest::READABLE | Interest::WRITABLE)
}
