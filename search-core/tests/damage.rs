//! Damaged files: whatever happens to a shard is noticed and said, and the others go on.

mod disk;
mod model;

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use disk::{at, entries, open, publish, writer_options};
use search_core::{
    Damage, DataDir, Degradation, Engine, EngineError, ErrorCode, SearchRequest, SearchResponse,
};
use tempfile::TempDir;

const PRODUCTS: u64 = 40;

/// A data directory with one generation of two shards.
fn healthy() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let documents: Vec<String> = (0..PRODUCTS)
        .map(|id| {
            format!(
                r#"{{"id": "{id}", "title": "lantern bucket", "brand": "Acme", "rating": {id}}}"#
            )
        })
        .collect();
    publish(dir.path(), documents.iter().map(String::as_str), 1);
    dir
}

fn shard_dir(dir: &Path, shard: usize) -> PathBuf {
    dir.join(format!("model/generations/000001/shard-{shard}"))
}

/// The files that hold a shard's data.
fn files_of(dir: &Path, shard: usize) -> Vec<PathBuf> {
    let files = entries(&shard_dir(dir, shard));
    let files = files.into_iter().filter(|path| {
        let name = path.file_name().unwrap().to_string_lossy();
        !name.starts_with('.')
    });
    files.collect()
}

fn segment_files_of(dir: &Path, shard: usize) -> Vec<PathBuf> {
    files_of(dir, shard).into_iter().filter(|path| !path.ends_with("meta.json")).collect()
}

fn cut_in_half(path: &Path) {
    let file = OpenOptions::new().write(true).open(path).unwrap();
    let length = file.metadata().unwrap().len();
    file.set_len(length / 2).unwrap();
}

fn empty(path: &Path) {
    File::create(path).unwrap();
}

/// Changes a byte in the middle, where it lies.
fn flip_a_byte(path: &Path) {
    let file = OpenOptions::new().read(true).write(true).open(path).unwrap();
    let middle = file.metadata().unwrap().len() / 2;
    let mut byte = [0];
    file.read_exact_at(&mut byte, middle).unwrap();
    file.write_all_at(&[!byte[0]], middle).unwrap();
}

fn everything(engine: &Engine) -> SearchResponse {
    let request = SearchRequest::query("lantern").facet("brand").limit(100);
    engine.search(&request).unwrap()
}

/// Searches answer from the first shard alone, say so, and nobody is told that the products of
/// the second do not exist.
fn check_only_the_first_shard_is_served(engine: &Engine) {
    let status = engine.status().unwrap();
    let [first, second] = &status.shards[..] else { panic!("{status:?}") };
    assert!(first.damage.is_none() && first.products > 0, "{status:?}");
    assert_eq!(second.products, 0, "{status:?}");
    let damage = second.damage.clone().unwrap();
    assert!(damage.path.to_string_lossy().contains("shard-1"), "{damage}");
    assert_eq!(engine.damage(), [damage]);

    let page = everything(engine);
    assert_eq!(page.degraded, [Degradation::Shards]);
    assert_eq!((page.total, page.hits.len() as u64), (first.products, first.products));
    let brands = page.facets["brand"].values.as_ref().unwrap();
    assert_eq!((brands.len(), brands[0].count), (1, first.products));
    assert_eq!(engine.documents().count() as u64, first.products);
    let mut found = 0;
    for id in 0..PRODUCTS {
        match engine.product(&id.to_string()) {
            Ok(product) => found += u64::from(product.is_some()),
            Err(error) => assert_eq!(error.code(), ErrorCode::Damaged, "{error}"),
        }
    }
    assert_eq!(found, first.products);
    check_no_writer(engine);
}

fn check_no_writer(engine: &Engine) {
    let refused = engine.writer(&writer_options("test")).unwrap_err();
    assert_eq!(refused.code(), ErrorCode::Damaged);
    assert!(refused.to_string().contains("shard-1"), "{refused}");
}

fn check_all_is_served(engine: &Engine) {
    let page = everything(engine);
    assert_eq!((page.total, page.degraded), (PRODUCTS, Vec::new()));
    for id in 0..PRODUCTS {
        assert!(engine.product(&id.to_string()).unwrap().is_some());
    }
}

#[test]
fn a_shard_that_is_damaged_at_the_start_is_left_out() {
    let dir = healthy();
    type Harm = fn(&Path);
    let harms: [(&str, Harm); 3] = [
        ("deleted", |path| fs::remove_file(path).unwrap()),
        ("cut in half", cut_in_half),
        ("emptied", empty),
    ];
    for path in files_of(dir.path(), 1) {
        for (what, harm) in harms {
            println!("{} {what}", path.display());
            let before = fs::read(&path).unwrap();
            harm(&path);
            check_only_the_first_shard_is_served(&open(dir.path()));
            fs::write(&path, before).unwrap();
        }
    }
    check_all_is_served(&open(dir.path()));
    fs::remove_dir_all(shard_dir(dir.path(), 1)).unwrap();
    check_only_the_first_shard_is_served(&open(dir.path()));
}

#[test]
fn a_shard_that_comes_back_is_found_again() {
    let dir = healthy();
    let (shard, aside) = (shard_dir(dir.path(), 1), dir.path().join("aside"));
    fs::rename(&shard, &aside).unwrap();
    let engine = open(dir.path());
    check_only_the_first_shard_is_served(&engine);
    assert!(!engine.refresh().unwrap());
    fs::rename(&aside, &shard).unwrap();
    assert!(engine.refresh().unwrap());
    check_all_is_served(&engine);
    engine.writer(&writer_options("test")).unwrap();
}

#[test]
fn files_that_are_deleted_are_read_on_and_reported() {
    let dir = healthy();
    for path in segment_files_of(dir.path(), 1) {
        let content = fs::read(&path).unwrap();
        let engine = open(dir.path());
        fs::remove_file(&path).unwrap();
        assert!(engine.refresh().unwrap());
        assert!(!engine.refresh().unwrap(), "nothing more has changed");
        assert_eq!(engine.damage(), [Damage { path: path.clone(), reason: "it is gone".into() }]);
        check_all_is_served(&engine);
        check_no_writer(&engine);
        check_only_the_first_shard_is_served(&open(dir.path()));
        fs::write(&path, content).unwrap();
    }
    let engine = open(dir.path());
    fs::remove_dir_all(shard_dir(dir.path(), 1)).unwrap();
    engine.refresh().unwrap();
    check_all_is_served(&engine);
    check_no_writer(&engine);
}

/// To touch what is missing of a mapped file would end the process.
#[test]
fn a_shard_whose_file_is_cut_is_left_out_before_it_is_touched() {
    for file in 0..segment_files_of(healthy().path(), 1).len() {
        for cut in [cut_in_half, empty] {
            let dir = healthy();
            let engine = open(dir.path());
            check_all_is_served(&engine);
            cut(&segment_files_of(dir.path(), 1)[file]);
            assert!(engine.refresh().unwrap());
            check_only_the_first_shard_is_served(&engine);
            assert!(!engine.refresh().unwrap());
            assert_eq!(engine.verify_files().unwrap().len(), 1);
            check_only_the_first_shard_is_served(&engine);
        }
    }
}

/// Its time tells that a file was written to, its checksum that it was harmed.
#[test]
fn a_shard_whose_file_is_overwritten_is_left_out() {
    for file in 0..segment_files_of(healthy().path(), 1).len() {
        let dir = healthy();
        let path = &segment_files_of(dir.path(), 1)[file];
        let engine = open(dir.path());
        let touch = |after_1970| {
            let file = OpenOptions::new().write(true).open(path).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH + after_1970).unwrap();
        };
        touch(std::time::Duration::from_secs(1));
        assert!(!engine.refresh().unwrap(), "a new time alone is no harm");
        flip_a_byte(path);
        touch(std::time::Duration::from_secs(2));
        assert!(engine.refresh().unwrap());
        check_only_the_first_shard_is_served(&engine);
    }
}

#[test]
fn checksums_find_a_byte_that_nobody_reads() {
    let reference = healthy();
    assert_eq!(open(reference.path()).verify_files().unwrap(), []);
    for path in segment_files_of(reference.path(), 1) {
        let before = fs::read(&path).unwrap();
        flip_a_byte(&path);
        let engine = open(reference.path());
        assert!(engine.needs_verification());
        let found = engine.verify_files().unwrap();
        assert!(!engine.needs_verification());
        let [damage] = &found[..] else { panic!("{}: {found:?}", path.display()) };
        assert!(damage.path == path || path.starts_with(&damage.path), "{damage}");
        check_only_the_first_shard_is_served(&engine);
        engine.refresh().unwrap();
        check_only_the_first_shard_is_served(&engine);
        fs::write(&path, before).unwrap();
    }
}

#[test]
fn a_deleted_data_directory_is_searched_on_and_reported() {
    let dir = healthy();
    let engine = open(dir.path());
    engine.set_synonyms(&["lamp, lantern".to_owned()]).unwrap();
    let (version, lamp) = (engine.index_version(), SearchRequest::query("lamp "));
    fs::remove_dir_all(dir.path()).unwrap();
    for _ in 0..2 {
        let reported = engine.refresh().unwrap_err();
        assert_eq!(reported.code(), ErrorCode::Damaged, "{reported}");
        check_all_is_served(&engine);
        assert_eq!(engine.search(&lamp).unwrap().total, PRODUCTS);
        assert_eq!(engine.index_version(), version);
        assert_eq!(engine.damage().len(), 2);
        assert_eq!(engine.status().unwrap().products, PRODUCTS);
    }
    assert!(engine.writer(&writer_options("test")).is_err());
    assert!(engine.set_synonyms(&[]).is_err());
}

#[test]
fn with_no_shard_left_every_search_is_refused() {
    let dir = healthy();
    let engine = open(dir.path());
    for shard in 0..2 {
        segment_files_of(dir.path(), shard).iter().for_each(|path| cut_in_half(path));
    }
    engine.refresh().unwrap();
    let request = SearchRequest::query("lantern");
    assert_eq!(engine.search(&request).unwrap_err().code(), ErrorCode::Damaged);
    assert_eq!(engine.product("1").unwrap_err().code(), ErrorCode::Damaged);
    let reopened = DataDir::open(dir.path()).unwrap().engine(None, &model::options());
    assert_eq!(reopened.unwrap_err().code(), ErrorCode::Damaged);
}

#[test]
fn a_writer_that_is_open_adds_nothing_to_a_damaged_shard() {
    type Harm = fn(&Path);
    let harms: [Harm; 2] = [|path| fs::remove_file(path).unwrap(), empty];
    for harm in harms {
        let dir = healthy();
        let engine = open(dir.path());
        let mut writer = engine.writer(&writer_options("test")).unwrap();
        writer.upsert(br#"{"id": "new", "title": "lantern"}"#).unwrap();
        writer.commit(&at(2)).unwrap();
        harm(&segment_files_of(dir.path(), 1)[0]);
        writer.upsert(br#"{"id": "newer", "title": "lantern"}"#).unwrap();
        let refused = writer.commit(&at(3)).unwrap_err();
        assert_eq!(refused.code(), ErrorCode::Damaged, "{refused}");
        assert!(matches!(writer.commit(&at(4)), Err(EngineError::RollbackNeeded)));
        assert_eq!(writer.rollback().unwrap_err().code(), ErrorCode::Damaged);
        assert_eq!(writer.checkpoint(), &at(2));
    }
}

/// A new generation takes the place of a damaged one while that is searched, and its version is
/// one that nobody has seen.
#[test]
fn a_damaged_generation_is_rebuilt_aside() {
    for shards in [&[1][..], &[0, 1]] {
        let dir = healthy();
        let engine = open(dir.path());
        let version = engine.index_version();
        for shard in shards {
            segment_files_of(dir.path(), *shard).iter().for_each(|path| cut_in_half(path));
        }
        engine.refresh().unwrap();
        let documents: Vec<String> = engine.documents().collect::<Result<_, _>>().unwrap();
        assert!((documents.len() as u64) < PRODUCTS);
        let mut builder = engine.rebuild(model::catalog(), &writer_options("test")).unwrap();
        for id in 0..PRODUCTS {
            let document = format!(r#"{{"id": "{id}", "title": "lantern", "brand": "Acme"}}"#);
            builder.writer().upsert(document.as_bytes()).unwrap();
        }
        builder.publish(&at(2)).unwrap();
        assert!(engine.refresh().unwrap());
        check_all_is_served(&engine);
        assert_eq!(engine.damage(), []);
        assert!(engine.index_version() > version);
        engine.writer(&writer_options("test")).unwrap();

        let kept = engine.generations().unwrap();
        let damaged: Vec<usize> = kept.iter().map(|info| info.damage.len()).collect();
        assert_eq!(damaged, [shards.len(), 0]);
        assert_eq!(engine.rollback(1).unwrap_err().code(), ErrorCode::Damaged);
        check_all_is_served(&engine);
    }
}

#[test]
fn a_damaged_pointer_does_not_keep_a_generation_from_being_built() {
    let dir = healthy();
    let version = open(dir.path()).index_version();
    for content in [Some("{"), None] {
        let pointer = dir.path().join("model/current.json");
        match content {
            Some(content) => fs::write(&pointer, content).unwrap(),
            None => fs::remove_file(&pointer).unwrap(),
        }
        let data = DataDir::open(dir.path()).unwrap();
        let opened = data.engine(None, &model::options());
        let code = opened.unwrap_err().code();
        assert!(matches!(code, ErrorCode::Damaged | ErrorCode::CatalogNotFound), "{code:?}");
        publish(dir.path(), [r#"{"id": "a"}"#], 2);
        assert!(open(dir.path()).index_version() > version);
    }
}

/// Opens and uses everything once.
fn use_all(dir: &Path) -> Result<(), EngineError> {
    let engine = DataDir::open(dir)?.engine(None, &model::options())?;
    let request =
        SearchRequest::query("\"lantern bucket\" buck").facet("rating").facet("brand").limit(100);
    engine.search(&request)?;
    engine.search(&SearchRequest::everything().sort("rating:desc").limit(100))?;
    engine.documents().collect::<Result<Vec<_>, _>>()?;
    (0..20).try_for_each(|id| engine.product(&id.to_string()).map(drop))
}

#[test]
fn damage_is_reported_wherever_it_is() {
    let reference = healthy();
    use_all(reference.path()).unwrap();
    let files: Vec<PathBuf> = entries(reference.path())
        .into_iter()
        .filter(|path| path.is_file())
        .map(|path| path.strip_prefix(reference.path()).unwrap().to_owned())
        // Files of locks and tantivy's list of what it may remove hold nothing of the data.
        .filter(|path| {
            let name = path.file_name().unwrap().to_string_lossy();
            !name.starts_with('.') && !name.ends_with(".lock")
        })
        .collect();
    assert!(files.len() > 10, "{files:?}");
    type Damage = fn(&Path) -> std::io::Result<()>;
    let damages: [(&str, Damage); 4] = [
        ("deleted", |path| fs::remove_file(path)),
        ("emptied", |path| fs::write(path, "")),
        ("cut in half", |path| {
            let content = fs::read(path)?;
            fs::write(path, &content[..content.len() / 2])
        }),
        ("overwritten", |path| {
            let length = fs::metadata(path)?.len() as usize;
            fs::write(path, vec![0xA5; length])
        }),
    ];
    let mut unnoticed = Vec::new();
    // The names of segments are random, so each file is damaged where it lies and put back.
    for file in &files {
        for (what, damage) in damages {
            let path = reference.path().join(file);
            let before = fs::read(&path).unwrap();
            damage(&path).unwrap();
            match use_all(reference.path()) {
                Err(
                    EngineError::Damaged { .. }
                    | EngineError::Index(_)
                    | EngineError::Catalog(_)
                    | EngineError::NotADataDirectory { .. }
                    | EngineError::NoSuchCatalog { .. },
                ) => {}
                Ok(()) => unnoticed.push(format!("{} {what}", file.display())),
                Err(other) => panic!("{} {what}: {other:?}", file.display()),
            }
            fs::write(&path, before).unwrap();
        }
    }
    assert!(unnoticed.is_empty(), "{unnoticed:#?}");
    use_all(reference.path()).unwrap();
}

/// A bad byte anywhere is an error or no harm; never a panic.
#[test]
fn a_flipped_byte_never_panics() {
    let dir = healthy();
    let files = entries(dir.path()).into_iter().filter(|path| path.is_file());
    for path in files {
        let before = fs::read(&path).unwrap();
        let step = (before.len() / 12).max(1);
        for at in (0..before.len()).step_by(step).chain(before.len().checked_sub(5)) {
            let mut flipped = before.clone();
            flipped[at] ^= 0xFF;
            fs::write(&path, &flipped).unwrap();
            let used = std::panic::catch_unwind(|| drop(use_all(dir.path())));
            assert!(used.is_ok(), "a panic from byte {at} of {}", path.display());
        }
        fs::write(&path, before).unwrap();
    }
    use_all(dir.path()).unwrap();
}
