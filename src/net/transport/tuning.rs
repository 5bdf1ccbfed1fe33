//! Tuning: options of IP sockets by name (socket(7), ip(7), ipv6(7), tcp(7)), and what the system made of them.

use std::io;
use std::time::Duration;

use socket2::{Socket, TcpKeepalive};

use super::setting::{End, Setting, Settings};
use crate::net::error::{self, NetError};
use crate::net::fact::Fact;
use crate::net::stage::Kind;

/// An option with a number: of bytes, of seconds, or 1 for yes.
struct Knob {
    setting: Setting,
    /// Whether only TCP has it.
    of_tcp: bool,
    /// What its number may be.
    range: (u64, u64),
    set: fn(&Socket, u32, bool) -> io::Result<()>,
    /// What it is now, in words.
    get: fn(&Socket, bool) -> io::Result<String>,
}

const fn setting(key: &'static str, kind: Kind, default: &'static str, summary: &'static str) -> Setting {
    Setting::new(key, kind, End::Both, default, summary)
}

/// The most that the system counts in an `int`.
const MOST: u64 = i32::MAX as u64;

const KNOBS: &[Knob] = &[
    Knob {
        setting: setting("nodelay", Kind::Boolean, "yes", "whether small pieces go at once (TCP_NODELAY)"),
        of_tcp: true,
        range: (0, 1),
        set: |socket, on, _| socket.set_tcp_nodelay(on == 1),
        get: |socket, _| socket.tcp_nodelay().map(word),
    },
    Knob {
        setting: setting(
            "keepalive",
            Kind::Duration,
            "never",
            "ask a peer that is silent for so long whether it is there, and again so often (SO_KEEPALIVE)",
        ),
        of_tcp: true,
        range: (1, 32_767),
        set: |socket, seconds, _| {
            let every = Duration::from_secs(seconds.into());
            socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(every).with_interval(every))
        },
        get: |socket, _| socket.tcp_keepalive_time().map(|time| format!("{} s", time.as_secs())),
    },
    Knob {
        setting: setting("ttl", Kind::Integer, "the system's", "how many routers a packet may pass (IP_TTL)"),
        of_tcp: false,
        range: (1, 255),
        set: |socket, hops, is_v6| {
            // Only sockets of datagrams have the second one.
            if is_v6 {
                socket.set_unicast_hops_v6(hops)?;
                let _ = socket.set_multicast_hops_v6(hops);
            } else {
                socket.set_ttl_v4(hops)?;
                let _ = socket.set_multicast_ttl_v4(hops);
            }
            Ok(())
        },
        get: |socket, is_v6| if is_v6 { socket.unicast_hops_v6() } else { socket.ttl_v4() }.map(number),
    },
    Knob {
        setting: setting("tos", Kind::Integer, "0", "the type of service of packets (IP_TOS, IPV6_TCLASS)"),
        of_tcp: false,
        range: (0, 255),
        set: |socket, class, is_v6| if is_v6 { socket.set_tclass_v6(class) } else { socket.set_tos_v4(class) },
        get: |socket, is_v6| if is_v6 { socket.tclass_v6() } else { socket.tos_v4() }.map(number),
    },
    Knob {
        setting: setting("rcvbuf", Kind::Size, "the system's", "what the system keeps unread (SO_RCVBUF)"),
        of_tcp: false,
        range: (0, MOST),
        set: |socket, size, _| socket.set_recv_buffer_size(size as usize),
        get: |socket, _| socket.recv_buffer_size().map(bytes),
    },
    Knob {
        setting: setting("sndbuf", Kind::Size, "the system's", "what the system keeps unsent (SO_SNDBUF)"),
        of_tcp: false,
        range: (0, MOST),
        set: |socket, size, _| socket.set_send_buffer_size(size as usize),
        get: |socket, _| socket.send_buffer_size().map(bytes),
    },
    #[cfg(target_os = "linux")]
    Knob {
        setting: setting("mark", Kind::Integer, "0", "the mark of packets, for routing and filters (SO_MARK)"),
        of_tcp: false,
        range: (0, u32::MAX as u64),
        set: |socket, mark, _| socket.set_mark(mark),
        get: |socket, _| socket.mark().map(number),
    },
];

/// The interface whose packets alone are sent and received.
const DEVICE: Setting =
    setting("device", Kind::Label, "any", "the interface that packets leave and come by (SO_BINDTODEVICE)");

fn word(on: bool) -> String {
    if on { "yes" } else { "no" }.to_owned()
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map` hands over")]
fn number(value: impl ToString) -> String {
    value.to_string()
}

fn bytes(size: usize) -> String {
    format!("{size} B")
}

fn of(tcp: bool) -> impl Iterator<Item = &'static Knob> {
    KNOBS.iter().filter(move |knob| tcp || !knob.of_tcp)
}

/// The options of TCP, or of UDP.
pub(super) fn settings(tcp: bool) -> Vec<Setting> {
    let device = cfg!(target_os = "linux").then_some(DEVICE);
    of(tcp).map(|knob| knob.setting).chain(device).collect()
}

/// The facts that tell what became of them.
pub(super) fn fields(tcp: bool) -> Vec<(&'static str, &'static str)> {
    settings(tcp).into_iter().map(|setting| (setting.key, setting.summary)).collect()
}

/// The options as they were given.
#[derive(Default)]
pub(super) struct Tuning {
    knobs: Vec<(&'static Knob, u32)>,
    device: Option<String>,
}

impl Tuning {
    /// Those among `settings`.
    pub(super) fn of(settings: &Settings) -> Result<Self, NetError> {
        let mut tuning = Self { knobs: Vec::new(), device: settings.text(DEVICE.key) };
        for knob in KNOBS {
            let key = knob.setting.key;
            let flag = settings.flag(key).map(u64::from);
            let given = flag.or(settings.number(key)).or(settings.duration(key).map(|time| time.as_secs()));
            let Some(given) = given else { continue };
            let (least, most) = knob.range;
            let fitting = u32::try_from(given).ok().filter(|_| (least..=most).contains(&given));
            let unit = if knob.setting.kind == Kind::Duration { " s" } else { "" };
            let wrong = || NetError::Unsupported(format!("`{key}` is {least}{unit} to {most}{unit}"));
            tuning.knobs.push((knob, fitting.ok_or_else(wrong)?));
        }
        Ok(tuning)
    }

    /// Whether that one was given.
    pub(super) fn has(&self, key: &str) -> bool {
        self.knobs.iter().any(|(knob, _)| knob.setting.key == key)
    }

    /// Sets them.
    pub(super) fn apply(&self, socket: &Socket, is_v6: bool) -> io::Result<()> {
        let refused =
            |key: &str, error: &io::Error| io::Error::new(error.kind(), format!("`{key}`: {}", error::describe(error)));
        for (knob, value) in &self.knobs {
            (knob.set)(socket, *value, is_v6).map_err(|error| refused(knob.setting.key, &error))?;
        }
        #[cfg(target_os = "linux")]
        if let Some(device) = &self.device {
            let bound = socket.bind_device(Some(device.as_bytes()));
            bound.map_err(|error| match rustix::io::Errno::from_io_error(&error) {
                Some(rustix::io::Errno::NODEV) => {
                    io::Error::new(error.kind(), format!("there is no interface `{device}`"))
                }
                _ => refused(DEVICE.key, &error),
            })?;
        }
        Ok(())
    }

    /// What the system has made of them.
    pub(super) fn facts(&self, socket: &Socket, is_v6: bool) -> Vec<Fact> {
        let told = |(knob, _): &(&'static Knob, u32)| {
            (knob.get)(socket, is_v6).ok().map(|value| Fact::quiet(knob.setting.key, value))
        };
        let device = self.device.iter().map(|device| Fact::quiet(DEVICE.key, device.clone()));
        self.knobs.iter().filter_map(told).chain(device).collect()
    }
}
