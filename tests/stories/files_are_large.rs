//! However large a file is that goes through the gateway, the program does not grow with it.

use crate::files_are_stopped::{Scene, begin};
use crate::support::is_long;
use std::time::Duration as Time;

/// Memory of this process in bytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let kibibytes: u64 = line.split_whitespace().next().unwrap().parse().unwrap();
    kibibytes * 1024
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_21_memory_stays_flat_while_a_file_streams() {
    let scene = Scene::new().await;
    let tool = scene.letter().await;
    let wanted: u64 = if is_long() { 2 << 30 } else { 96 << 20 };
    scene.endless(256 * 1024, Time::ZERO);
    let mut file = begin(&tool).await;
    let (mut got, mut most) = (0, 0);
    let before = resident();
    while got < wanted {
        let piece = file.chunk().await.unwrap().unwrap();
        got += u64::try_from(piece.len()).unwrap();
        most = most.max(resident());
    }
    let grown = most.saturating_sub(before) >> 20;
    println!("{} MiB through, {grown} MiB more memory", got >> 20);
    assert!(grown < 48, "{grown} MiB more");
    drop(file);
    let line = scene.line(&tool).await;
    assert!(line["bytes"].as_u64().unwrap() >= wanted, "{line}");
    scene.world.end().await;
}
