//! Makes the lexicon's table ahead of time: building it where a Worker starts would
//! cost more than all else there.

use std::path::Path;
use std::{env, fs, io};

#[path = "src/fold.rs"]
#[allow(dead_code)]
mod fold;
#[path = "src/lexicon.rs"]
#[allow(dead_code)]
mod lexicon;
#[path = "src/token.rs"]
#[allow(dead_code)]
mod token;

fn main() -> io::Result<()> {
    for file in [
        "lexicon.conf",
        "src/fold.rs",
        "src/lexicon.rs",
        "src/token.rs",
    ] {
        #[allow(clippy::print_stdout)] // how a build script speaks
        {
            println!("cargo::rerun-if-changed={file}");
        }
    }
    let words = fs::read_to_string("lexicon.conf")?;
    let folder = env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?;
    let lexicon = lexicon::Lexicon::parse(&words);
    fs::write(Path::new(&folder).join("lexicon.bin"), lexicon.to_bytes())
}
