//! `file`: writes what comes, from all connections, to one file, and sends nothing.

use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::sync::Arc;

use super::{Build, Call, Handler, Kind, Parameter, Spec};
use crate::net::error::describe;
use crate::net::flow::{DataPath, GrowingFile, Pipe, Sink, Source, is_refusal};
use crate::net::socket::Received;
use crate::net::transport::BoxFuture;

pub(super) static SPEC: Spec = Spec {
    name: "file",
    summary: "writes what comes to a file",
    parameters: &[Parameter { name: "PATH", kind: Kind::Path, optional: false, summary: "the file" }],
    options: &[Parameter {
        name: "append",
        kind: Kind::Boolean,
        optional: true,
        summary: "whether what the file holds already is kept",
    }],
    ends: true,
    build: Build::Handler(|call| Ok(Arc::new(File::open(call)?))),
};

/// The file, open as long as the pipeline lives.
struct File(GrowingFile);

impl File {
    fn open(call: &Call) -> Result<Self, String> {
        use std::os::unix::ffi::OsStrExt;
        let path = PathBuf::from(std::ffi::OsStr::from_bytes(&call.text(0)));
        let opened = GrowingFile::open(&path, call.flag("append"));
        opened.map(Self).map_err(|error| format!("cannot open {}: {}", path.display(), describe(&error)))
    }

    /// Writes what comes next, on the path that is open when it has come. Whether more may come.
    async fn write_next(&self, source: &mut Source) -> io::Result<bool> {
        source.ready().await?;
        let path = match source.path() {
            DataPath::Splice if !Pipe::EXIST => DataPath::Unsupported,
            DataPath::Splice if !self.0.takes_pipes() => DataPath::Foreign,
            path => path,
        };
        source.note(path);
        if path.is_kernel() {
            if let Some(mut pipe) = Pipe::take() {
                let more = self.splice(source, &mut pipe).await;
                pipe.give();
                if let Some(more) = more? {
                    return Ok(more);
                }
                source.note(DataPath::Unsupported);
            } else {
                source.note(DataPath::NoPipe);
            }
        }
        let Some(piece) = source.next().await? else { return Ok(false) };
        self.0.write(&piece).await?;
        source.recycle(piece);
        Ok(true)
    }

    /// Has the kernel move what there is; `None` when it refuses.
    async fn splice(&self, source: &mut Source, pipe: &mut Pipe) -> io::Result<Option<bool>> {
        match source.fill(pipe) {
            Ok(Received::End) => return Ok(Some(false)),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Some(true)),
            Err(error) if is_refusal(&error) => return Ok(None),
            Err(error) => return Err(error),
        }
        let (poured, outcome) = self.0.pour(pipe, pipe.held()).await;
        pipe.poured(poured);
        outcome.map(|()| Some(true))
    }
}

impl Handler for File {
    fn serve(self: Arc<Self>, mut source: Source, sink: Sink) -> BoxFuture<'static, io::Result<()>> {
        Box::pin(async move {
            while self.write_next(&mut source).await? {}
            sink.finish().await?;
            // A stage may have cut the conversation.
            source.linger().await
        })
    }
}
