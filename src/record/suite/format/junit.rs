//! Junit: XML as Ant's task of that name writes it, which servers that build programs read.

use std::io::{self, Write};
use std::time::Duration;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::{Format, Manner, PLAIN, Report, drawn, findings, share};
use crate::look::escape;
use crate::net::clock;
use crate::record::suite::{Captured, Case, Failure, File, Total, Verdict};

/// The format.
pub(super) const FORMAT: Format = Format {
    name: "junit",
    extension: "xml",
    summary: "XML as JUnit has it",
    begin: |out, manner| Box::new(Junit { out, manner, suites: Writer::new_with_indent(Vec::new(), b' ', 2) }),
};

struct Junit {
    out: Box<dyn Write + Send>,
    manner: Manner,
    /// The files so far: their number stands before them.
    suites: Writer<Vec<u8>>,
}

impl Report for Junit {
    fn file(&mut self, file: &File) -> io::Result<()> {
        let mut sum = Total::default();
        sum.add(file);
        let began = clock::iso(self.manner.began);
        let count = |count: usize| count.to_string();
        self.suites
            .create_element("testsuite")
            .with_attributes([
                ("name", clean(&file.name).as_str()),
                ("tests", &count(sum.cases() + sum.broken)),
                ("failures", &count(sum.failed)),
                ("errors", &count(sum.broken)),
                ("skipped", &count(sum.checked + sum.skipped)),
                ("time", &seconds(file.took)),
                ("timestamp", began.trim_end_matches('Z')),
            ])
            .write_inner_content(|inner| {
                broken(inner, file)?;
                file.cases.iter().try_for_each(|one| case(inner, file, one))?;
                stream(inner, "system-out", &file.output)?;
                stream(inner, "system-err", &file.errors)
            })?;
        Ok(())
    }

    fn end(&mut self, total: &Total) -> io::Result<()> {
        let suites = std::mem::replace(&mut self.suites, Writer::new(Vec::new())).into_inner();
        let mut whole = Writer::new_with_indent(Vec::new(), b' ', 2);
        whole.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        let count = |count: usize| count.to_string();
        whole
            .create_element("testsuites")
            .with_attributes([
                ("name", "nsh test"),
                ("tests", count(total.cases() + total.broken).as_str()),
                ("failures", &count(total.failed)),
                ("errors", &count(total.broken)),
                ("skipped", &count(total.checked + total.skipped)),
                ("time", &seconds(total.took)),
            ])
            .write_inner_content(|inner| {
                inner.get_mut().write_all(b"\n")?;
                inner.get_mut().write_all(&suites)
            })?;
        self.out.write_all(&whole.into_inner())?;
        self.out.write_all(b"\n")?;
        self.out.flush()
    }
}

type Xml = Writer<Vec<u8>>;

/// The errors because of which a file could not be run.
fn broken(xml: &mut Xml, file: &File) -> io::Result<()> {
    let Some((_, first)) = file.findings.first() else { return Ok(()) };
    let (name, message) = (clean(&file.name), clean(&first.message));
    xml.create_element("testcase")
        .with_attributes([("name", name.as_str()), ("classname", &name), ("time", "0.000")])
        .write_inner_content(|inner| {
            inner
                .create_element("error")
                .with_attributes([("message", message.as_str()), ("type", "not run")])
                .write_text_content(BytesText::new(&findings(file, PLAIN)))?;
            Ok(())
        })?;
    Ok(())
}

fn case(xml: &mut Xml, file: &File, case: &Case) -> io::Result<()> {
    let class = clean(&file.name);
    let name = clean(case.name.as_deref().unwrap_or(&file.name));
    let line = case.line.map(|line| line.to_string());
    let (took, line) = (seconds(case.took), line.as_deref().unwrap_or("1"));
    let element = xml.create_element("testcase").with_attributes([
        ("name", name.as_str()),
        ("classname", &class),
        ("file", &class),
        ("line", line),
        ("time", &took),
    ]);
    match &case.verdict {
        Verdict::Held => element.write_empty()?,
        Verdict::Failed(failure) => element.write_inner_content(|inner| failed(inner, case, failure))?,
        Verdict::Checked => element.write_inner_content(|inner| skipped(inner, "only checked"))?,
        Verdict::Skipped(why) => element.write_inner_content(|inner| skipped(inner, why))?,
    };
    Ok(())
}

fn failed(xml: &mut Xml, case: &Case, failure: &Failure) -> io::Result<()> {
    let mut message = clean(&failure.fault.diagnostic.message);
    if let Some(share) = share(case.runs) {
        message = format!("{share} failed: {message}");
    }
    let unread = failure.unread.iter().map(|one| format!("{}: {}\n", one.session.name, escape::one_line(&one.bytes)));
    let unread: String = unread.collect();
    let unread = if unread.is_empty() { unread } else { format!("\nunread:\n{unread}") };
    let text = format!("{}{unread}\nagain: {}\n", drawn(failure, PLAIN), clean(&case.again));
    xml.create_element("failure")
        .with_attributes([("message", message.as_str()), ("type", failure.fault.class.word())])
        .write_text_content(BytesText::new(&text))?;
    Ok(())
}

fn skipped(xml: &mut Xml, why: &str) -> io::Result<()> {
    xml.create_element("skipped").with_attribute(("message", why)).write_empty()?;
    Ok(())
}

fn stream(xml: &mut Xml, name: &str, captured: &Captured) -> io::Result<()> {
    if !captured.is_empty() {
        // XML has no way to write most control characters.
        xml.create_element(name).write_text_content(BytesText::new(&escape::lines(&captured.bytes)))?;
    }
    Ok(())
}

/// A length of time in seconds, to the millisecond.
fn seconds(time: Duration) -> String {
    format!("{}.{:03}", time.as_secs(), time.subsec_millis())
}

fn clean(text: &str) -> String {
    escape::one_line(text.as_bytes())
}
