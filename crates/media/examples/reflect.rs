//! A server on the core that sends every caller its own packets back: SRTP in, SRTP out, no codec and no Python. The media benchmark
//! measures it beside Pion's.
//!
//!     cargo run --release -p media --example reflect [THREADS]
//!
//! Prints {"port": …}; `POST /offer` takes an SDP and gives one, `GET /counts` the datagrams so far.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use media::driver::{Core, Settings};
use media::session::Options;

fn main() -> io::Result<()> {
    let threads = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(1);
    let here = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let core = Arc::new(Core::start(Settings { bind: here, tcp: None, public: Vec::new(), threads })?);
    let listener = TcpListener::bind(here)?;
    println!("{{\"port\": {}}}", listener.local_addr()?.port());
    let drained = core.clone();
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(Duration::from_millis(500));
            drained.drain();
        }
    });
    for stream in listener.incoming() {
        if let Err(error) = serve(&core, stream?) {
            eprintln!("reflect: {error}");
        }
    }
    Ok(())
}

/// One request a connection.
fn serve(core: &Core, mut stream: TcpStream) -> io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut line, mut length) = (String::new(), 0);
    reader.read_line(&mut line)?;
    let offered = line.starts_with("POST");
    while line.trim_end() != "" {
        line.clear();
        reader.read_line(&mut line)?;
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let (status, text) = if offered { answer(core, &body) } else { ("200 OK", counts(core)) };
    write!(stream, "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{text}", text.len())
}

fn answer(core: &Core, body: &[u8]) -> (&'static str, String) {
    let options = Options { reflecting: true, ..Options::default() };
    match core.answer(&String::from_utf8_lossy(body), &options) {
        Ok((_, sdp)) => ("200 OK", sdp),
        Err(error) => ("400 Bad Request", error.0),
    }
}

fn counts(core: &Core) -> String {
    let datagrams = core.counts().map_or(0, |counts| counts.shard.datagrams);
    format!("{{\"samples\": 0, \"late\": 0, \"datagrams\": {datagrams}}}")
}
