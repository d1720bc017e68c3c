//! Saved snapshots: each is one whole commit, whoever writes meanwhile; restored, it is what it
//! was; what is not as it was saved is refused.

mod disk;
mod model;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use disk::{at, entries, open, publish, writer_options};
use model::{Change, Item, ask, cases, change, check_all, ids};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::Config;
use search_core::{
    Checkpoint, DataDir, Engine, EngineError, ErrorCode, SavedSnapshot, SearchRequest,
};
use tempfile::TempDir;

const LANTERN: &str = r#"{"id": "a", "title": "lantern", "rating": 1}"#;
const BUCKET: &str = r#"{"id": "b", "title": "bucket", "rating": 2}"#;

/// A data directory with one product, and a handle on it.
fn shop() -> (TempDir, DataDir, Engine) {
    let dir = tempfile::tempdir().unwrap();
    publish(dir.path(), [LANTERN], 1);
    let data = DataDir::open(dir.path()).unwrap();
    let engine = open(dir.path());
    (dir, data, engine)
}

fn names(data: &DataDir) -> Vec<String> {
    data.saved_snapshots(None).unwrap().into_iter().map(|saved| saved.name).collect()
}

/// Restores a snapshot of the data directory itself.
fn restore(data: &DataDir, name: &str) -> search_core::Result<search_core::RestoredSnapshot> {
    data.restore_snapshot(data.saved_snapshot(None, name)?, &writer_options("restore"))
}

fn everything(engine: &Engine) -> Vec<String> {
    let page = engine.search(&SearchRequest::everything().limit(1_000)).unwrap();
    ids(&page).into_iter().map(str::to_owned).collect()
}

fn upsert(engine: &Engine, document: &str, seq: u64) {
    let mut writer = engine.writer(&writer_options("test")).unwrap();
    writer.upsert(document.as_bytes()).unwrap();
    writer.commit(&at(seq)).unwrap();
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(fs::copy(entry.path(), to).unwrap()),
        }
    }
}

/// The products at every commit, by the index version that it got; with its position.
type Commits = BTreeMap<u64, (u64, BTreeMap<String, Item>)>;

/// Writes and commits all changes; a commit makes a segment, so there are merges too.
fn write(engine: &Engine, changes: &[Change], before: Commits) -> Result<Commits, TestCaseError> {
    let (mut commits, mut items) = (before, BTreeMap::new());
    let mut writer = engine.writer(&writer_options("test")).unwrap();
    for (seq, change) in (1..).zip(changes) {
        change.apply(&mut items, &mut writer)?;
        if matches!(change, Change::Commit) {
            let commit = writer.commit(&at(seq)).unwrap();
            // A position alone is no new version.
            commits.entry(commit.index_version).or_insert((seq, items.clone()));
        }
    }
    Ok(commits)
}

proptest! {
    // What happens at once is another thing each time: nothing could be made smaller.
    #![proptest_config(Config { max_shrink_iters: 0, ..cases(6) })]

    #[test]
    fn what_is_saved_beside_a_writer_is_one_commit(
        changes in vec(prop_oneof![2 => change(), 1 => Just(Change::Commit)], 60..160),
        asks in vec(ask(), 1..4),
    ) {
        let dir = tempfile::tempdir().unwrap();
        publish(dir.path(), [], 0);
        // As another process would have it open.
        let (engine, other) = (open(dir.path()), open(dir.path()));
        let start = Commits::from([(engine.index_version(), (0, BTreeMap::new()))]);
        let (commits, saved) = std::thread::scope(|scope| {
            let writing = scope.spawn(|| write(&engine, &changes, start));
            let mut saved: Vec<SavedSnapshot> = Vec::new();
            // Once more at the end, when everything is committed.
            loop {
                let is_last = writing.is_finished();
                saved.push(other.save_snapshot(Some(&format!("s{}", saved.len()))).unwrap());
                if is_last {
                    break (writing.join().unwrap(), saved);
                }
            }
        });
        let commits = commits?;
        let data = DataDir::open(dir.path()).unwrap();
        prop_assert_eq!(data.saved_snapshots(None).unwrap().len(), saved.len());
        prop_assert_eq!(Some(&saved.last().unwrap().index_version), commits.keys().last());
        // Several of one commit are alike.
        let by_version: BTreeMap<u64, &SavedSnapshot> =
            saved.iter().map(|saved| (saved.index_version, saved)).collect();
        println!("{} snapshots of {} of {} commits", saved.len(), by_version.len(), commits.len());
        for (version, saved) in by_version {
            let (seq, items) = &commits[&version];
            prop_assert_eq!(saved.products, items.len() as u64);
            // The index has gone on: the snapshot is all that is left of that commit.
            let elsewhere = tempfile::tempdir().unwrap();
            let new = DataDir::create(elsewhere.path()).unwrap();
            let from = data.saved_snapshot(None, &saved.name).unwrap();
            new.restore_snapshot(from, &writer_options("test")).unwrap();
            let restored = open(elsewhere.path());
            let positions = restored.status().unwrap().positions;
            prop_assert!(positions["shop"].seq >= *seq, "{positions:?}, expected {seq}");
            prop_assert_eq!(&positions, &saved.positions);
            check_all(&restored, items, &asks)?;
        }
    }
}

#[test]
fn a_restored_snapshot_is_what_it_was_and_can_be_gone_back_from() {
    let (dir, data, engine) = shop();
    let running = open(dir.path());
    let before = ["lamp, lantern".to_owned()];
    engine.set_synonyms(&before).unwrap();
    let saved = engine.save_snapshot(Some("before")).unwrap();
    assert_eq!((saved.products, saved.generation), (1, 1));
    assert_eq!((saved.index_version, &saved.positions), (engine.index_version(), &at(1).positions));
    upsert(&engine, BUCKET, 2);
    engine.set_synonyms(&["pail, bucket".to_owned()]).unwrap();
    running.refresh().unwrap();
    let seen = running.index_version();

    let restored = restore(&data, "before").unwrap();
    assert_eq!(
        (restored.catalog.as_str(), restored.generation, restored.products),
        ("model", 2, 1)
    );
    assert_eq!(everything(&running), ["a", "b"], "until it looks again");
    assert!(running.refresh().unwrap());
    assert_eq!((everything(&running), running.generation()), (vec!["a".to_owned()], 2));
    assert_eq!(running.synonyms(), before);
    assert_eq!(ids(&running.search(&SearchRequest::query("lamp ")).unwrap()), ["a"]);
    assert_eq!(running.index_version(), restored.index_version);
    assert!(restored.index_version > seen, "{} after {seen}", restored.index_version);

    // It is written to from its own position on, and the snapshot stays what it is.
    let writer = running.writer(&writer_options("test")).unwrap();
    assert_eq!(writer.checkpoint(), &at(1));
    drop(writer);
    upsert(&running, BUCKET, 3);
    assert_eq!(data.saved_snapshots(None).unwrap(), [saved]);

    running.rollback(1).unwrap();
    assert_eq!(everything(&running), ["a", "b"]);
    assert_eq!(running.status().unwrap().positions, at(2).positions);

    // What is restored without any change is another version all the same.
    let again = restore(&data, "before").unwrap();
    assert!(again.index_version > running.index_version());
    let third = restore(&data, "before").unwrap();
    assert!(third.index_version > again.index_version);
    let kept: Vec<u64> = running.generations().unwrap().iter().map(|info| info.number).collect();
    assert_eq!(kept, [2, 3, 4]);
    running.refresh().unwrap();
    assert_eq!(everything(&running), ["a"]);
}

#[test]
fn a_snapshot_is_saved_beside_a_writer_and_restored_by_nobody_else() {
    let (_dir, data, engine) = shop();
    let mut writer = engine.writer(&writer_options("nightly import")).unwrap();
    writer.upsert(BUCKET.as_bytes()).unwrap();
    let saved = engine.save_snapshot(Some("beside")).unwrap();
    assert_eq!(saved.products, 1, "what is not committed is not saved");
    let refused = restore(&data, "beside").unwrap_err();
    assert!(
        matches!(&refused, EngineError::Locked { holder } if holder.contains("nightly import"))
    );
    writer.commit(&at(2)).unwrap();
    drop(writer);
    restore(&data, "beside").unwrap();
}

#[test]
fn names_are_checked_and_given_once() {
    let (dir, data, engine) = shop();
    let refused = |name: &str| engine.save_snapshot(Some(name)).unwrap_err().code();
    for name in ["", ".", "..", ".hidden", "A", "a/b", "a b", "ä", "building-a", &"x".repeat(65)] {
        assert_eq!(refused(name), ErrorCode::InvalidSnapshotName, "{name:?}");
    }
    let longest = "x".repeat(64);
    for name in [longest.as_str(), "2026_before-the.sale"] {
        assert_eq!(engine.save_snapshot(Some(name)).unwrap().name, name);
        assert_eq!(refused(name), ErrorCode::SnapshotExists);
    }
    let unnamed = engine.save_snapshot(None).unwrap();
    assert!(unnamed.name.starts_with("20") && unnamed.name.ends_with('Z'), "{}", unnamed.name);
    restore(&data, &unnamed.name).unwrap();
    assert_eq!(names(&data).len(), 3);

    for name in ["nightly", "", ".", "..", "../generations/000001", "building-a"] {
        let missing = restore(&data, name).unwrap_err();
        assert_eq!(missing.code(), ErrorCode::SnapshotNotFound, "{name:?}: {missing}");
        let missing = data.delete_snapshot(None, name).unwrap_err();
        assert!(
            matches!(missing, EngineError::NoSuchSnapshot { present, .. } if present.len() == 3)
        );
    }
    for name in names(&data) {
        data.delete_snapshot(None, &name).unwrap();
    }
    assert_eq!(entries(&dir.path().join("model/snapshots")), Vec::<PathBuf>::new());

    let memory = Engine::in_memory(model::catalog()).unwrap();
    let refused = memory.save_snapshot(None).unwrap_err();
    assert_eq!(refused.code(), ErrorCode::NotADataDirectory);
}

#[test]
fn several_save_at_once_and_remove_what_the_killed_left() {
    let (dir, data, _engine) = shop();
    let left = dir.path().join("model/snapshots/building-killed/shard-0");
    fs::create_dir_all(&left).unwrap();
    fs::write(left.join("meta.json"), "{").unwrap();
    assert_eq!(names(&data), Vec::<String>::new());
    let saved = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|number| {
                let engine = open(dir.path());
                // Two want the same name.
                scope.spawn(move || engine.save_snapshot(Some(&format!("s{}", number % 3))))
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    let refused: Vec<_> = saved.iter().filter_map(|saved| saved.as_ref().err()).collect();
    assert!(matches!(&refused[..], [EngineError::SnapshotExists { name }] if name == "s0"));
    let mut found = names(&data);
    found.sort();
    assert_eq!(found, ["s0", "s1", "s2"]);
    let dirs = fs::read_dir(dir.path().join("model/snapshots")).unwrap();
    assert_eq!(dirs.count(), 3, "something is left behind");
}

#[test]
fn a_snapshot_copied_away_makes_a_data_directory_anew() {
    let (dir, data, engine) = shop();
    upsert(&engine, BUCKET, 7);
    engine.set_synonyms(&["lamp, lantern".to_owned()]).unwrap();
    let saved = engine.save_snapshot(Some("nightly")).unwrap();
    let temporary = tempfile::tempdir().unwrap();
    let (away, anew) = (temporary.path().join("away"), temporary.path().join("anew"));
    copy(&data.saved_snapshot(None, "nightly").unwrap(), &away);
    drop((engine, dir));

    let data = DataDir::create(&anew).unwrap();
    let restored = data.restore_snapshot(&away, &writer_options("restore")).unwrap();
    let engine = open(&anew);
    assert_eq!(everything(&engine), ["a", "b"]);
    assert_eq!(ids(&engine.search(&SearchRequest::query("lamp ")).unwrap()), ["a"]);
    assert_eq!(engine.status().unwrap().positions, at(7).positions);
    assert_eq!(engine.index_version(), restored.index_version);
    assert!(restored.index_version > saved.index_version);
    // Nothing that happens to the copy happens to the index.
    for file in entries(&away).into_iter().filter(|path| path.is_file()) {
        assert_eq!(fs::metadata(&file).unwrap().nlink(), 1, "{}", file.display());
    }
    assert_eq!(engine.verify_files().unwrap(), []);
    upsert(&engine, LANTERN, 8);

    // A directory that is none says so.
    let refused = data.restore_snapshot(temporary.path(), &writer_options("restore"));
    assert_eq!(refused.unwrap_err().code(), ErrorCode::NotASnapshot);
}

/// Wherever a link is impossible.
#[test]
fn on_another_filesystem_files_are_copied() {
    let (dir, data, engine) = shop();
    let memory = tempfile::tempdir_in("/dev/shm").unwrap();
    let device = |path: &Path| fs::metadata(path).unwrap().dev();
    assert_ne!(device(memory.path()), device(dir.path()), "this test needs two filesystems");
    let is_linked = |name: &str| {
        let shard = data.saved_snapshot(None, name).unwrap().join("shard-0");
        let files = entries(&shard).into_iter().filter(|path| !path.ends_with("meta.json"));
        let linked: Vec<bool> = files.map(|path| fs::metadata(path).unwrap().nlink() > 1).collect();
        assert!(linked.len() > 4 && linked.iter().all(|is| *is == linked[0]), "{linked:?}");
        linked[0]
    };
    upsert(&engine, BUCKET, 2);
    engine.save_snapshot(Some("here")).unwrap();
    assert!(is_linked("here"));
    fs::rename(dir.path().join("model/snapshots"), dir.path().join("model/linked")).unwrap();
    std::os::unix::fs::symlink(memory.path(), dir.path().join("model/snapshots")).unwrap();
    let saved = engine.save_snapshot(Some("there")).unwrap();
    assert!(!is_linked("there"));
    assert_eq!(data.saved_snapshots(None).unwrap(), [saved]);
    let mut writer = engine.writer(&writer_options("test")).unwrap();
    writer.delete("a").unwrap();
    writer.commit(&Checkpoint::default()).unwrap();
    drop(writer);
    restore(&data, "there").unwrap();
    engine.refresh().unwrap();
    assert_eq!(everything(&engine), ["a", "b"]);
    assert!(!is_linked("there"));
}

#[test]
fn a_damaged_snapshot_is_listed_as_such_and_refused() {
    let (dir, data, engine) = shop();
    upsert(&engine, BUCKET, 2);
    engine.set_synonyms(&["lamp, lantern".to_owned()]).unwrap();
    engine.save_snapshot(Some("nightly")).unwrap();
    // In its place: a link would take the harm into the index.
    let (place, aside) = (data.saved_snapshot(None, "nightly").unwrap(), dir.path().join("aside"));
    fs::rename(&place, &aside).unwrap();
    copy(&aside, &place);
    let version = engine.index_version();
    let before = entries(&dir.path().join("model"));
    type Harm = fn(&[u8]) -> Option<Vec<u8>>;
    let harms: [(&str, Harm); 3] = [
        ("deleted", |_| None),
        ("cut", |content| Some(content[..content.len() / 2].to_vec())),
        ("altered", |content| {
            let mut content = content.to_vec();
            let middle = content.len() / 2;
            content[middle] ^= 1;
            Some(content)
        }),
    ];
    let manifest = place.join("snapshot.json");
    let files: Vec<_> = entries(&place).into_iter().filter(|path| path.is_file()).collect();
    assert!(files.len() > 10, "{files:?}");
    for path in files {
        let content = fs::read(&path).unwrap();
        for (what, harm) in harms {
            if path == manifest && what == "altered" {
                continue;
            }
            match harm(&content) {
                Some(harmed) => fs::write(&path, harmed).unwrap(),
                None => fs::remove_file(&path).unwrap(),
            }
            let refused = restore(&data, "nightly").unwrap_err();
            let code = refused.code();
            let is_none = path == manifest && what == "deleted";
            let expected = if is_none { ErrorCode::NotASnapshot } else { ErrorCode::Damaged };
            assert_eq!(code, expected, "{} {what}: {refused}", path.display());
            let listed = data.saved_snapshots(None).unwrap().remove(0);
            assert_eq!(listed.damage.is_empty(), what == "altered", "{what}: {listed:?}");
            fs::write(&path, &content).unwrap();
        }
    }
    // A manifest that speaks of other files than those of the snapshot.
    let sound = fs::read_to_string(&manifest).unwrap();
    for (from, to) in [
        ("\"settings.json\"", "\"../../settings.json\""),
        ("\"settings.json\"", "\"/etc/passwd\""),
        ("\"catalog\": \"model\"", "\"catalog\": \"other\""),
    ] {
        assert!(sound.contains(from), "{sound}");
        fs::write(&manifest, sound.replace(from, to)).unwrap();
        let refused = restore(&data, "nightly").unwrap_err();
        assert_eq!(refused.code(), ErrorCode::Damaged, "{to}: {refused}");
    }
    fs::write(&manifest, sound.replace("\"format\": 1", "\"format\": 2")).unwrap();
    assert_eq!(restore(&data, "nightly").unwrap_err().code(), ErrorCode::NotASnapshot);
    fs::write(&manifest, &sound).unwrap();

    engine.refresh().unwrap();
    assert_eq!((engine.index_version(), entries(&dir.path().join("model"))), (version, before));
    restore(&data, "nightly").unwrap();
}

#[test]
fn a_damaged_catalogue_is_not_saved() {
    let (dir, data, engine) = shop();
    upsert(&engine, BUCKET, 2);
    engine.save_snapshot(Some("sound")).unwrap();
    fs::rename(dir.path().join("model/snapshots"), dir.path().join("aside")).unwrap();
    // Files that the snapshot does not share.
    let shard = dir.path().join("model/generations/000001/shard-0");
    for path in entries(&shard).into_iter().filter(|path| path.extension().is_some()) {
        if path.ends_with("meta.json") || path.extension().unwrap() == "lock" {
            continue;
        }
        let sound = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        let mut altered = sound.clone();
        let middle = altered.len() / 2;
        altered[middle] ^= 0xFF;
        for harmed in [Some(altered), Some(Vec::new()), None] {
            match &harmed {
                Some(content) => fs::write(&path, content).unwrap(),
                None => fs::remove_file(&path).unwrap(),
            }
            let refused = open(dir.path()).save_snapshot(Some("harmed")).unwrap_err();
            assert_eq!(refused.code(), ErrorCode::Damaged, "{}: {refused}", path.display());
            assert!(!refused.to_string().contains("building-"), "{refused}");
            assert_eq!(names(&data), Vec::<String>::new());
        }
        fs::write(&path, sound).unwrap();
    }
    // And it is what a snapshot is for.
    fs::remove_dir_all(&shard).unwrap();
    fs::remove_dir(dir.path().join("model/snapshots")).unwrap();
    fs::rename(dir.path().join("aside"), dir.path().join("model/snapshots")).unwrap();
    let version = engine.index_version();
    let restored = restore(&data, "sound").unwrap();
    assert!(restored.index_version > version);
    engine.refresh().unwrap();
    assert_eq!((everything(&engine), engine.damage()), (vec!["a".to_owned(), "b".into()], vec![]));
}
