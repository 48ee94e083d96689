//! A release build embeds the files of these folders: a new file must build the crate again.

fn main() {
    println!("cargo:rerun-if-changed=assets");
    println!("cargo:rerun-if-changed=templates");
}
