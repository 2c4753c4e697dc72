//! A witness that keeps to C2SP tlog-witness: it answers `add-checkpoint` with a cosignature
//! (tlog-cosignature) of what has grown from what it has seen, and with nothing else.

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    time::{SystemTime, UNIX_EPOCH},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use ed25519_dalek::{Signer as _, SigningKey};
use lango_audit_log::{
    Checkpoint, CheckpointError, CheckpointVerifier, TreeHash, tree::verify_consistency,
};
use signed_note::{Signature, key_id};

const NAME: &str = "witness.test/first";
/// Where it takes checkpoints.
const PATH: &str = "/witness/add-checkpoint";
/// What a log's submission has at most.
const MOST_HASHES: usize = 63;

/// How a witness answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manners {
    /// As the specification says.
    Proper,
    /// It closes the connection.
    Away,
    /// It signs something else than it was sent.
    Forging,
}

/// A running witness.
#[derive(Clone)]
pub(crate) struct Witness(Arc<Mutex<State>>);

struct State {
    key: SigningKey,
    manners: Manners,
    logs: BTreeMap<String, Known>,
    /// The statuses that it has answered, by origin.
    answers: Vec<(String, u16)>,
}

/// What it knows of a log.
struct Known {
    keys: CheckpointVerifier,
    size: u64,
    root: TreeHash,
}

/// A status with a body.
type Answer = (u16, String);

impl Witness {
    /// Listens on a port of this machine. It knows no log.
    pub(crate) fn listen(port: u16) -> Self {
        let witness = Self(Arc::new(Mutex::new(State {
            key: SigningKey::from_bytes(&seed()),
            manners: Manners::Proper,
            logs: BTreeMap::new(),
            answers: Vec::new(),
        })));
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let serving = witness.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                serving.serve(stream);
            }
        });
        witness
    }

    /// Its verifier key.
    pub(crate) fn key() -> String {
        let public = public(&SigningKey::from_bytes(&seed()));
        let id = key_id(NAME, &public);
        format!("{NAME}+{id:08x}+{}", BASE64_STANDARD.encode(public))
    }

    /// Makes it know a log, and its keys.
    pub(crate) fn know(&self, origin: &str, keys: CheckpointVerifier) {
        self.set(origin, keys, (0, TreeHash::EMPTY));
    }

    /// Makes it know a log at a size with a root: another history, or an earlier one.
    pub(crate) fn set(&self, origin: &str, keys: CheckpointVerifier, head: (u64, TreeHash)) {
        let (size, root) = head;
        let known = Known { keys, size, root };
        self.0.lock().unwrap().logs.insert(origin.to_owned(), known);
    }

    /// Has it answer otherwise from here on.
    pub(crate) fn behave(&self, manners: Manners) {
        self.0.lock().unwrap().manners = manners;
    }

    /// What it has answered about a log.
    pub(crate) fn answers(&self, origin: &str) -> Vec<u16> {
        let state = self.0.lock().unwrap();
        let about = state.answers.iter().filter(|(of, _)| of == origin);
        about.map(|(_, status)| *status).collect()
    }

    fn serve(&self, stream: TcpStream) {
        let mut state = self.0.lock().unwrap();
        if state.manners == Manners::Away {
            return;
        }
        let mut reader = BufReader::new(stream);
        let Some((head, body)) = request(&mut reader) else {
            return;
        };
        let (status, text) = match head.starts_with(&format!("POST {PATH} HTTP/1.1\r\n")) {
            true => state.add_checkpoint(&body),
            false => (404, String::new()),
        };
        let kind = match status {
            409 => "text/x.tlog.size",
            _ => "text/plain",
        };
        let _ = write!(
            reader.into_inner(),
            "HTTP/1.1 {status} Said\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n{text}",
            text.len()
        );
    }
}

impl State {
    fn add_checkpoint(&mut self, body: &str) -> Answer {
        let Some((old, proof, note)) = submission(body) else {
            return (400, String::new());
        };
        let origin = note.lines().next().unwrap_or_default().to_owned();
        let answer = self.judge(&origin, old, &proof, note);
        self.answers.push((origin, answer.0));
        answer
    }

    /// The rules of tlog-witness, in their order.
    fn judge(&mut self, origin: &str, old: u64, proof: &[TreeHash], note: &str) -> Answer {
        let empty = |status| (status, String::new());
        let Some(known) = self.logs.get_mut(origin) else {
            return empty(404);
        };
        let checkpoint = match known.keys.verify(note) {
            Ok(checkpoint) => checkpoint,
            Err(CheckpointError::Malformed) => return empty(400),
            Err(_) => return empty(403),
        };
        let Checkpoint { size, root, .. } = checkpoint;
        if old > size {
            return empty(400);
        }
        if old != known.size || (old == size && known.root != root) {
            return (409, format!("{}\n", known.size));
        }
        if verify_consistency(proof, (old, known.root), (size, root)).is_err() {
            return empty(422);
        }
        // Before it answers.
        (known.size, known.root) = (size, root);
        (200, self.cosignature(note))
    }

    fn cosignature(&self, note: &str) -> String {
        let (text, _) = note.rsplit_once("\n\n").unwrap();
        let forged = if self.manners == Manners::Forging {
            "something else\n"
        } else {
            ""
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let time = now.as_secs();
        let message = format!("cosignature/v1\ntime {time}\n{text}\n{forged}");
        let mut bytes = time.to_be_bytes().to_vec();
        bytes.extend(self.key.sign(message.as_bytes()).to_bytes());
        let id = key_id(NAME, &public(&self.key));
        let line = Signature::new(NAME.to_owned(), id, bytes).unwrap();
        String::from_utf8(line.to_bytes()).unwrap()
    }
}

/// Everybody knows it.
fn seed() -> [u8; 32] {
    *b"the seed of the tests' witness  "
}

/// A key for timestamped cosignatures begins with a 4.
fn public(key: &SigningKey) -> Vec<u8> {
    [&[4], key.verifying_key().as_bytes().as_slice()].concat()
}

/// `old SIZE`, hashes, an empty line, and a note.
fn submission(body: &str) -> Option<(u64, Vec<TreeHash>, &str)> {
    let (head, note) = body.split_once("\n\n")?;
    let mut lines = head.split('\n');
    let old = lines.next()?.strip_prefix("old ")?;
    let size: u64 = old.parse().ok()?;
    let hashes: Vec<TreeHash> = lines
        .map(|line| serde_json::from_value(line.into()).ok())
        .collect::<Option<_>>()?;
    let is_canonical = size.to_string() == old && hashes.len() <= MOST_HASHES;
    is_canonical.then_some((size, hashes, note))
}

fn request(reader: &mut BufReader<TcpStream>) -> Option<(String, String)> {
    let (mut head, mut length) = (String::new(), 0);
    while !head.ends_with("\r\n\r\n") {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().ok()?;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((head, String::from_utf8(body).ok()?))
}
