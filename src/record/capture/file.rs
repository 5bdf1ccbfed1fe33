//! The file of a capture: pcapng, a section with one interface whose packets begin with their IP header.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::time::Duration;

use pcap_file::pcapng::PcapNgWriter;
use pcap_file::pcapng::blocks::enhanced_packet::{EnhancedPacketBlock, EnhancedPacketOption};
use pcap_file::pcapng::blocks::interface_description::{InterfaceDescriptionBlock, InterfaceDescriptionOption};
use pcap_file::pcapng::blocks::section_header::{SectionHeaderBlock, SectionHeaderOption};
use pcap_file::{DataLink, Endianness, PcapError};

use super::secrets;
use crate::net::transport::Secret;
use crate::record::log::Head;

/// What the section says of itself.
const SOURCE: &str = "made by nsh of the log of a run: the bytes and times are real, the packets are not those that went \
                      over the network";
/// Times are nanoseconds: 10 to the power of minus this.
const NANOSECONDS: u8 = 9;
/// The longest comment, in bytes: its length is a number of 16 bits.
const LONGEST_COMMENT: usize = 4096;

/// Writes packets.
pub(super) struct Packets {
    writer: PcapNgWriter<BufWriter<File>>,
    /// When the log began, since 1970.
    began: Duration,
}

impl Packets {
    /// Begins the capture of the run whose log has that head.
    pub(super) fn begin(file: File, head: &Head) -> io::Result<Self> {
        let options = vec![
            SectionHeaderOption::Comment(Cow::Borrowed(SOURCE)),
            SectionHeaderOption::OS(Cow::Owned(head.system.clone())),
            SectionHeaderOption::UserApplication(Cow::Owned(format!("nsh {}", head.nsh))),
        ];
        let section = SectionHeaderBlock { endianness: Endianness::Little, options, ..SectionHeaderBlock::default() };
        let mut writer = PcapNgWriter::with_section_header(BufWriter::new(file), section).map_err(plain)?;
        let options = vec![
            InterfaceDescriptionOption::IfName(Cow::Borrowed("nsh")),
            InterfaceDescriptionOption::IfTsResol(NANOSECONDS),
        ];
        let interface = InterfaceDescriptionBlock { linktype: DataLink::RAW, snaplen: 0, options };
        writer.write_pcapng_block(interface).map_err(plain)?;
        Ok(Self { writer, began: Duration::from_micros(head.began) })
    }

    /// Writes a packet that went so many microseconds after the log began.
    pub(super) fn write(&mut self, at: u64, packet: Vec<u8>, comment: Option<&str>) -> io::Result<()> {
        let comment = comment.map(|text| EnhancedPacketOption::Comment(Cow::Borrowed(cut(text))));
        let block = EnhancedPacketBlock {
            interface_id: 0,
            timestamp: self.began.saturating_add(Duration::from_micros(at)),
            original_len: u32::try_from(packet.len()).unwrap_or(u32::MAX),
            data: Cow::Owned(packet),
            options: comment.into_iter().collect(),
        };
        self.writer.write_pcapng_block(block).map(drop).map_err(plain)
    }

    /// Writes a secret that deciphers packets behind it, in this file or in one that it is merged with.
    pub(super) fn write_secret(&mut self, secret: &Secret) -> io::Result<()> {
        self.writer.write_pcapng_block(secrets::block(secret)).map(drop).map_err(plain)
    }

    /// Puts what is written into the file.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.writer.get_mut().flush()
    }
}

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONGEST_COMMENT)]
}

fn plain(error: PcapError) -> io::Error {
    match error {
        PcapError::IoError(error) => error,
        other => io::Error::other(other),
    }
}
