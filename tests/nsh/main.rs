//! The black-box tests: the built `nsh` against itself, against plain sockets and against the programs people use today.
//!
//! Nothing here sleeps to let something settle, nothing has a fixed port, nothing asks an outside name.

mod support;

mod archive;
mod behaviours;
mod bench;
mod bench_http;
mod captures;
mod documents;
mod endpoints;
mod faults;
mod fixtures;
mod flows;
mod habits;
mod http;
mod http_client;
mod http_connections;
mod labs;
mod live;
mod media;
mod pictures;
mod play;
mod programs;
mod proxies;
mod recordings;
mod relays;
mod reports;
mod reruns;
mod routes;
mod run;
mod secrets;
mod serial;
mod strict;
mod suites;
mod telnet;
mod thousand;
mod tls;
mod tuning;
mod websocket;
