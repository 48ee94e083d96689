//! The private PostgreSQL and the data folder, tried with real servers in temporary folders. The
//! processes killed here are those that the test itself started.
#![cfg(test)]

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use attache::data_folder::DataFolder;
use attache::postgres::{DATABASE, Durability, PrivatePostgres, Role, Stopped};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use tempfile::TempDir;

/// A folder that the server's account can reach, as the system's own folders are.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o711)).unwrap();
    folder
}

fn start(root: &Path) -> PrivatePostgres {
    PrivatePostgres::start(root, Durability::Throwaway, None).unwrap()
}

/// The answer of one query, its columns separated by `|`.
fn ask(postgres: &PrivatePostgres, role: Role, sql: &str) -> Result<String, String> {
    let output = Command::new(postgres.programs().join("psql"))
        .args(["--no-psqlrc", "-At", "-v", "ON_ERROR_STOP=1", "-c", sql])
        .arg(postgres.url(role, DATABASE))
        .output()
        .unwrap();
    if output.status.success() {
        Ok(String::from_utf8(output.stdout).unwrap().trim().to_owned())
    } else {
        Err(String::from_utf8(output.stderr).unwrap())
    }
}

/// Kills the server and waits until the system has taken it away.
fn kill(pid: u32) {
    kill_process(pid_of(pid), Signal::KILL).unwrap();
    let began = Instant::now();
    while test_kill_process(pid_of(pid)).is_ok() {
        assert!(began.elapsed() < Duration::from_secs(10), "nobody waited for the killed server");
        thread::sleep(Duration::from_millis(2));
    }
}

fn pid_of(pid: u32) -> Pid {
    Pid::from_raw(i32::try_from(pid).unwrap()).unwrap()
}

#[test]
fn a_second_start_finds_what_the_first_one_wrote() {
    let folder = folder();
    let root = folder.path().join("postgres");
    let first = PrivatePostgres::start(&root, Durability::Durable, None).unwrap();
    ask(&first, Role::Owner, "CREATE TABLE kept (word text); INSERT INTO kept VALUES ('yes')")
        .unwrap();
    assert_eq!(ask(&first, Role::Owner, "SHOW data_checksums").unwrap(), "on");
    assert_eq!(ask(&first, Role::Owner, "SHOW fsync").unwrap(), "on");
    assert_eq!(ask(&first, Role::Owner, "SHOW listen_addresses").unwrap(), "");
    let pid = first.pid().unwrap();
    assert_eq!(first.stop().unwrap(), Stopped::Server);
    assert!(test_kill_process(pid_of(pid)).is_err(), "the server's process is gone and waited for");
    assert!(!root.join("data/postmaster.pid").exists());

    let second = PrivatePostgres::start(&root, Durability::Durable, None).unwrap();
    assert_eq!(ask(&second, Role::Owner, "SELECT word FROM kept").unwrap(), "yes");
}

#[test]
fn only_the_servers_account_may_enter_its_folders() {
    let folder = folder();
    let postgres = start(folder.path());
    for name in ["data", "run"] {
        let mode = fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{name}");
    }
    assert_eq!(ask(&postgres, Role::App, "SHOW unix_socket_permissions").unwrap(), "0700");
}

#[test]
fn the_serving_role_owns_nothing_and_bypasses_nothing() {
    let folder = folder();
    let postgres = start(folder.path());
    let rights = "SELECT rolname, rolcanlogin, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole \
                  FROM pg_roles WHERE rolname LIKE 'attache%' ORDER BY rolname";
    assert_eq!(
        ask(&postgres, Role::App, rights).unwrap(),
        "attache_app|t|f|f|f|f\nattache_bootstrap|t|t|t|t|t\n\
         attache_owner|t|f|f|f|f\nattache_read|t|f|t|f|f"
    );
    let owned = "SELECT count(*) FROM pg_shdepend WHERE deptype = 'o' \
                 AND refobjid = 'attache_app'::regrole";
    assert_eq!(ask(&postgres, Role::App, owned).unwrap(), "0");
    let owners = "SELECT (SELECT datdba::regrole FROM pg_database WHERE datname = 'attache'), \
                  (SELECT nspowner::regrole FROM pg_namespace WHERE nspname = 'public')";
    assert_eq!(ask(&postgres, Role::App, owners).unwrap(), "attache_owner|attache_owner");
    for role in [Role::App, Role::Read] {
        let refused = ask(&postgres, role, "CREATE TABLE public.mine (id int)").unwrap_err();
        assert!(refused.contains("permission denied for schema public"), "{refused}");
    }
    let extension = "CREATE EXTENSION btree_gist; CREATE TABLE public.ours (id int)";
    ask(&postgres, Role::Owner, extension).unwrap();
}

#[test]
fn a_killed_server_comes_back_with_what_was_committed() {
    let folder = folder();
    let postgres = PrivatePostgres::start(folder.path(), Durability::Durable, None).unwrap();
    ask(&postgres, Role::Owner, "CREATE TABLE kept AS SELECT 7 AS number").unwrap();
    // A process number may be given again; the moment of a start is the server's own.
    let began = "SELECT pg_postmaster_start_time()";
    let before = ask(&postgres, Role::App, began).unwrap();
    kill(postgres.pid().unwrap());
    postgres.ensure_running().unwrap();
    assert_ne!(ask(&postgres, Role::App, began).unwrap(), before);
    assert_eq!(ask(&postgres, Role::Owner, "SELECT number FROM kept").unwrap(), "7");

    kill(postgres.pid().unwrap());
    drop(postgres);
    let after = start(folder.path());
    assert_eq!(ask(&after, Role::Owner, "SELECT number FROM kept").unwrap(), "7");
}

#[test]
fn the_last_of_two_users_stops_the_server() {
    let folder = folder();
    let first = start(folder.path());
    let second = start(folder.path());
    assert_eq!(first.pid(), second.pid());
    assert_eq!(first.stop().unwrap(), Stopped::OnlyThisUser);
    assert_eq!(ask(&second, Role::App, "SELECT 1").unwrap(), "1");
    assert_eq!(second.stop().unwrap(), Stopped::Server);
}

#[test]
fn many_that_start_and_leave_at_once_share_one_server() {
    let folder = folder();
    thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                let postgres = start(folder.path());
                assert_eq!(ask(&postgres, Role::App, "SELECT 1").unwrap(), "1");
                postgres.stop().unwrap();
            });
        }
    });
    assert!(!folder.path().join("data/postmaster.pid").exists(), "the last one stopped it");
}

#[test]
fn a_server_left_running_is_found_again() {
    let folder = folder();
    let first = start(folder.path());
    let pid = first.pid();
    first.leave_running();
    let second = start(folder.path());
    assert_eq!(second.pid(), pid);
    assert_eq!(second.stop().unwrap(), Stopped::Server);
}

/// Runs this very test as another program, which starts the server, and kills that program.
#[test]
fn a_killed_program_leaves_a_server_that_the_next_one_joins() {
    const PROGRAM: &str = "ATTACHE_TEST_PROGRAM_ROOT";
    if let Some(root) = std::env::var_os(PROGRAM) {
        let _postgres = start(Path::new(&root));
        fs::write(Path::new(&root).join("program.ready"), "").unwrap();
        thread::sleep(Duration::from_secs(60));
        panic!("nobody killed this program");
    }
    let folder = folder();
    let mut program = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_killed_program_leaves_a_server_that_the_next_one_joins"])
        .env(PROGRAM, folder.path())
        .spawn()
        .unwrap();
    let began = Instant::now();
    while !folder.path().join("program.ready").exists() {
        assert!(began.elapsed() < Duration::from_secs(30), "the program did not start");
        thread::sleep(Duration::from_millis(5));
    }
    program.kill().unwrap();
    program.wait().unwrap();

    let lock = fs::read_to_string(folder.path().join("data/postmaster.pid")).unwrap();
    let postgres = start(folder.path());
    assert_eq!(lock.lines().next(), Some(postgres.pid().unwrap().to_string().as_str()));
    assert_eq!(ask(&postgres, Role::App, "SELECT 1").unwrap(), "1");
    assert_eq!(postgres.stop().unwrap(), Stopped::Server);
}

#[test]
fn an_interrupted_first_start_begins_again() {
    let folder = folder();
    let half_made = folder.path().join("data.unfinished");
    fs::create_dir(&half_made).unwrap();
    fs::write(half_made.join("PG_VERSION"), "15\n").unwrap();
    let postgres = start(folder.path());
    assert_eq!(ask(&postgres, Role::App, "SELECT 1").unwrap(), "1");
    assert!(!half_made.exists());
}

#[test]
fn a_path_too_long_for_a_socket_is_no_obstacle() {
    let folder = folder();
    let root = folder.path().join("deep".repeat(20)).join("deeper".repeat(10));
    fs::create_dir(root.parent().unwrap()).unwrap();
    let postgres = start(&root);
    assert!(!postgres.url(Role::App, DATABASE).contains("deeper"));
    assert_eq!(ask(&postgres, Role::App, "SELECT 1").unwrap(), "1");
    let socket_folders = || {
        let inode = fs::metadata(&root).unwrap().ino();
        let ours = format!("-{inode:x}");
        let names = fs::read_dir(std::env::temp_dir()).unwrap().flatten().map(|e| e.file_name());
        names.filter(|name| name.to_string_lossy().ends_with(&ours)).count()
    };
    assert_eq!(socket_folders(), 1);
    postgres.stop().unwrap();
    assert_eq!(socket_folders(), 0, "the folder in the temporary one is gone");
}

/// As root the server runs under an account that cannot pass through root's private folders; as
/// anybody else it just lies there.
#[test]
fn a_private_folder_around_it_is_no_obstacle() {
    let parent = tempfile::tempdir().unwrap();
    fs::set_permissions(parent.path(), fs::Permissions::from_mode(0o700)).unwrap();
    let root = parent.path().join("postgres");
    let first = start(&root);
    ask(&first, Role::Owner, "CREATE TABLE kept AS SELECT 7 AS number").unwrap();
    first.stop().unwrap();
    let second = start(&root);
    assert_eq!(ask(&second, Role::Owner, "SELECT number FROM kept").unwrap(), "7");
    second.stop().unwrap();
    let as_root = rustix::process::geteuid().is_root();
    assert_eq!(root.join("data").is_dir(), !as_root);
    if as_root {
        fs::remove_dir_all(root.join("elsewhere").canonicalize().unwrap()).unwrap();
    }
}

#[test]
fn a_server_that_cannot_start_says_why() {
    let folder = folder();
    let postgres = start(folder.path());
    postgres.stop().unwrap();
    let settings = folder.path().join("data/postgresql.conf");
    let mut text = fs::read_to_string(&settings).unwrap();
    text.push_str("\nmax_wal_senders = many\n");
    fs::write(&settings, text).unwrap();
    let refused = PrivatePostgres::start(folder.path(), Durability::Throwaway, None).unwrap_err();
    assert!(refused.to_string().contains("max_wal_senders"), "{refused:#}");
}

#[test]
fn a_second_program_on_the_same_data_folder_is_refused_by_name() {
    let folder = folder();
    let path = folder.path().join("kept");
    let serving = DataFolder::open(&path).unwrap().serve().unwrap();
    let refused = DataFolder::open(&path).unwrap().serve().unwrap_err().to_string();
    assert!(refused.contains(&format!("process {}", std::process::id())), "{refused}");
    drop(serving);
    DataFolder::open(&path).unwrap().serve().unwrap();
}

#[test]
fn the_database_can_live_inside_a_private_data_folder() {
    let folder = folder();
    let data_folder = DataFolder::open(&folder.path().join("kept")).unwrap();
    let root = data_folder.postgres_root().unwrap();
    let postgres = start(&root);
    assert_eq!(ask(&postgres, Role::App, "SELECT 1").unwrap(), "1");
    assert!(root.join("data").is_dir(), "it lies in the folder itself");
    DataFolder::open(data_folder.path()).unwrap();
}
