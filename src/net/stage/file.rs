//! `file`: writes what comes, from all connections, to one file, and sends nothing.

use std::fs::OpenOptions;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::io::AsyncWriteExt;
use tokio::sync::Mutex;

use super::{Build, Call, Handler, Kind, Parameter, Spec};
use crate::net::error::describe;
use crate::net::flow::{Sink, Source};
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
struct File(Mutex<tokio::fs::File>);

impl File {
    fn open(call: &Call) -> Result<Self, String> {
        use std::os::unix::ffi::OsStrExt;
        let path = PathBuf::from(std::ffi::OsStr::from_bytes(&call.text(0)));
        let append = call.flag("append");
        let opened = OpenOptions::new().create(true).write(true).append(append).truncate(!append).open(&path);
        let file = opened.map_err(|error| format!("cannot open {}: {}", path.display(), describe(&error)))?;
        Ok(Self(Mutex::new(tokio::fs::File::from_std(file))))
    }

    async fn write(&self, piece: &[u8]) -> io::Result<()> {
        let mut file = self.0.lock().await;
        file.write_all(piece).await?;
        // Somebody may read along.
        file.flush().await
    }
}

impl Handler for File {
    fn serve(self: Arc<Self>, mut source: Source, sink: Sink) -> BoxFuture<'static, io::Result<()>> {
        Box::pin(async move {
            while let Some(piece) = source.next().await? {
                self.write(&piece).await?;
                source.recycle(piece);
            }
            sink.finish().await?;
            // A stage may have cut the conversation.
            source.linger().await
        })
    }
}
